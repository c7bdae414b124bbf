/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Takes snapshots of all devices of this namespace once, and prints how many there are and how long it took. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <xdpx/error.h>
#include <xdpx/nic.h>

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(void)
{
	struct xdpx_nic_list *list;
	double start = seconds();

	if (xdpx_nic_list_new(NULL, &list)) {
		fprintf(stderr, "nic_list: %s\n", xdpx_error_last()->message);
		return EXIT_FAILURE;
	}
	printf("%zu %.6f\n", xdpx_nic_list_count(list), seconds() - start);
	xdpx_nic_list_free(list);
	return EXIT_SUCCESS;
}

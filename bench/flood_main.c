/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "flood.h"

#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

static volatile sig_atomic_t over;

static void end(int number)
{
	(void)number;
	over = 1;
}

int main(int argc, char **argv)
{
	struct itimerval limit = {.it_value = {.tv_sec = argc == 3 ? atoi(argv[2]) : 0}};
	struct sigaction action = {.sa_handler = end};
	unsigned int ifindex = argc == 3 ? if_nametoindex(argv[1]) : 0;
	int err;

	if (argc != 3 || limit.it_value.tv_sec < 1) {
		fprintf(stderr, "usage: flood DEVICE SECONDS\n");
		return 2;
	}
	if (!ifindex) {
		fprintf(stderr, "flood: no device %s\n", argv[1]);
		return 1;
	}
	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	setitimer(ITIMER_REAL, &limit, NULL);
	err = flood_until(ifindex, &over);
	if (err)
		fprintf(stderr, "flood: live frames: %s\n", strerror(-err));
	return err ? 1 : 0;
}

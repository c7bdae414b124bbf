/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Tells when one of a device's XDP features comes or goes, as they do with settings here and at the other end of a
 * pair. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <xdpx/xdpx.h>

static void print(const struct xdpx_change *change)
{
	struct xdpx_difference difference = {.size = sizeof(difference)};
	const struct xdpx_nic_diff *diff = xdpx_change_diff(change);

	for (size_t at = 0; diff && at < xdpx_nic_diff_count(diff); at++) {
		xdpx_nic_diff_at(diff, at, &difference);
		if (!strncmp(difference.name, "feature ", strlen("feature ")))
			printf("%s: %s was %s, is %s\n", xdpx_nic_name(xdpx_change_after(change)), difference.name,
			       difference.before, difference.after);
	}
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct xdpx_monitor *monitor;
	struct xdpx_change *change;
	int result;

	if (xdpx_monitor_new(argc > 1 ? argv[1] : NULL, NULL, &monitor) < 0) {
		fprintf(stderr, "%s (%s)\n", xdpx_error_last()->message, xdpx_error_last()->hint);
		return 1;
	}
	puts("listening");
	fflush(stdout);
	while ((result = xdpx_monitor_next(monitor, -1, &change)) >= 0 || result == -EINTR) {
		if (result != 1)
			continue;
		print(change);
		xdpx_change_free(change);
	}
	fprintf(stderr, "%s\n", xdpx_error_last()->message);
	xdpx_monitor_free(monitor);
	return 1;
}

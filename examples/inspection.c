/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * Sets a device up for a program that inspects every packet as it was on the wire: promiscuous, nothing merged, VLAN
 * tags left in. What the device can't do is told, and goes without. Ctrl-C puts all of it back; after a kill,
 * `xdpx tune` does.
 */
#include <signal.h>
#include <stdio.h>
#include <xdpx/xdpx.h>

static void report(const struct xdpx_tune *tune)
{
	const struct xdpx_tune_setting *setting;

	for (size_t at = 0; (setting = xdpx_tune_at(tune, at)); at++)
		printf("%-28s %-6s %-6s %s %s\n", xdpx_tune_setting_name(setting), xdpx_tune_setting_found(setting),
		       xdpx_tune_setting_set(setting), xdpx_tune_state_name(xdpx_tune_setting_state(setting)),
		       xdpx_tune_setting_why(setting));
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct xdpx_tune_opts want = {
		.size = sizeof(want),
		.flags = XDPX_TUNE_BEST_EFFORT,
		.promiscuous = XDPX_TUNE_ON,
		.gro = XDPX_TUNE_OFF,
		.gro_hw = XDPX_TUNE_OFF,
		.lro = XDPX_TUNE_OFF,
		.rx_vlan_offload = XDPX_TUNE_OFF,
		.symmetric_rss = XDPX_TUNE_ON,
	};
	struct xdpx_tune *tune;
	sigset_t ends;
	int signal;

	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	if (xdpx_tune_new(argc > 1 ? argv[1] : "lo", &want, &tune) < 0) {
		fprintf(stderr, "%s (%s)\n", xdpx_error_last()->message, xdpx_error_last()->hint);
		return 1;
	}

	report(tune);
	printf("ready; token %s\n", xdpx_tune_token(tune));
	fflush(stdout);
	sigwait(&ends, &signal);
	if (xdpx_tune_restore(tune) != 0)
		report(tune);
	xdpx_tune_free(tune);
	return 0;
}

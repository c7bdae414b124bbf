/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * How much room do programs have in front of and behind a packet on this device? Measures it, as root, on packets that
 * arrive within a second or that it can send to the device itself, and says where each number comes from.
 */
#include <stdio.h>
#include <xdpx/xdpx.h>

int main(int argc, char **argv)
{
	static const enum xdpx_limit limits[] = {XDPX_LIMIT_HEADROOM, XDPX_LIMIT_DATA_META, XDPX_LIMIT_TAILROOM};
	struct xdpx_probe_opts opts = {
		.size = sizeof(opts),
		.flags = XDPX_PROBE_INJECT,
		.features = 1ULL << XDPX_FEATURE_DATA_META | 1ULL << XDPX_FEATURE_TAIL_GROW,
	};
	struct xdpx_nic *nic;

	if (xdpx_probe(argc > 1 ? argv[1] : "lo", &opts, &nic) < 0) {
		fprintf(stderr, "%s (%s)\n", xdpx_error_last()->message, xdpx_error_last()->hint);
		return 1;
	}
	for (size_t at = 0; at < sizeof(limits) / sizeof(limits[0]); at++)
		printf("%-10s %4lld bytes  %s\n", xdpx_limit_name(limits[at]),
		       (long long)xdpx_nic_limit(nic, limits[at]), xdpx_nic_limit_why(nic, limits[at]));
	xdpx_nic_free(nic);
	return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include <stdio.h>
#include <xdpx/xdpx.h>

int main(int argc, char **argv)
{
	struct xdpx_port_opts opts = {.size = sizeof(opts), .traffic = XDPX_TRAFFIC_ALL, .queue_count = 1};
	struct xdpx_frame frames[64];
	struct xdpx_port *port;
	struct xdpx_xsk *xsk;

	if (xdpx_port_open(argc > 1 ? argv[1] : "lo", &opts, &port) < 0 || xdpx_port_claim(port, &xsk) < 0) {
		fprintf(stderr, "%s (%s)\n", xdpx_error_last()->message, xdpx_error_last()->hint);
		return 1;
	}

	const unsigned char *base = xdpx_umem_base(xdpx_xsk_umem(xsk));
	while (xdpx_xsk_wait(xsk, -1) >= 0) {
		unsigned int count = xdpx_xsk_recv(xsk, frames, 64);
		for (unsigned int at = 0; at < count; at++)
			printf("%u bytes, the first is %02x\n", frames[at].len, base[frames[at].addr]);
		xdpx_xsk_release(xsk, frames, count);
	}
	xdpx_port_free(port);
	return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Receives and drops with libxdpx, its defaults and its own XDP program. */
#include "round_xdpx.h"

#include <stdio.h>

static int open_failed(void)
{
	const struct xdpx_error *error = xdpx_error_last();

	fprintf(stderr, "rx_xdpx: %s: %s (%s)\n", error->stage, error->message, error->hint);
	return 1;
}

int main(int argc, char **argv)
{
	struct xdpx_port_opts opts = {.size = sizeof(opts), .traffic = XDPX_TRAFFIC_ALL, .queue_count = 1};
	struct xdpx_port *port;
	struct xdpx_xsk *xsk;
	unsigned int count;
	struct rx rx;
	void *base;
	int exit_code;

	rx_init(&rx, argc, argv);
	opts.queue_first = rx.queue;
	if (xdpx_port_open(rx.device, &opts, &port) < 0)
		return open_failed();
	if (xdpx_port_claim(port, &xsk) < 0)
		return open_failed();
	base = xdpx_umem_base(xdpx_xsk_umem(xsk));
	rx_ready();
	do {
		count = round_xdpx(xsk, base, rx.batch, &rx.checksum);
		if (!count && !rx.spin)
			xdpx_xsk_wait(xsk, RX_WAIT_MS);
	} while (rx_count(&rx, count));
	exit_code = rx_report(&rx, "xdpx", xdpx_xsk_fd(xsk));
	xdpx_port_free(port);
	return exit_code;
}

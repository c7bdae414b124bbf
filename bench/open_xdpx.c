/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* libxdpx's sockets, with its defaults and its own XDP program. */
#include "rounds_xdpx.h"

#include <errno.h>
#include <stdlib.h>

static int port_open(struct xdpx_ends *xdpx, const struct place *place)
{
	const struct xdpx_port_opts opts = {
		.size = sizeof(opts),
		.traffic = XDPX_TRAFFIC_ALL,
		.mode = place->generic ? XDPX_MODE_GENERIC : XDPX_MODE_NATIVE,
		.queue_count = 1,
		.umem = xdpx->umem,
	};
	int err = xdpx_port_open(place->from, &opts, &xdpx->port);

	return err ? err : xdpx_port_claim(xdpx->port, &xdpx->from);
}

static int ends_open(struct xdpx_ends *xdpx, const struct place *place)
{
	const struct xdpx_xsk_opts sends = {.size = sizeof(sends), .flags = XDPX_XSK_TX_ONLY};
	int err = xdpx_umem_new(NULL, &xdpx->umem);

	if (err)
		return err;
	xdpx->base = xdpx_umem_base(xdpx->umem);
	if (place->from)
		err = port_open(xdpx, place);
	if (err || !place->to)
		return err;
	if (place->from && !strcmp(place->from, place->to)) {
		xdpx->to = xdpx->from;
		return 0;
	}
	return xdpx_xsk_open(xdpx->umem, place->to, 0, &sends, &xdpx->to);
}

static int open_xdpx(const struct place *place, void **ends, const char **why)
{
	struct xdpx_ends *xdpx = calloc(1, sizeof(*xdpx));
	int err;

	*why = "open";
	if (!xdpx)
		return -ENOMEM;
	*ends = xdpx;
	err = ends_open(xdpx, place);
	if (err) {
		*why = xdpx_error_last()->message;
		return err;
	}
	return xdpx_xsk_fd(xdpx->from ? xdpx->from : xdpx->to);
}

static void idle(void *ends, bool spin)
{
	struct xdpx_ends *xdpx = ends;

	if (xdpx->from && !spin)
		xdpx_xsk_wait(xdpx->from, WAIT_MS);
}

static void close_xdpx(void *ends)
{
	struct xdpx_ends *xdpx = ends;

	if (xdpx->to && xdpx->to != xdpx->from)
		xdpx_xsk_close(xdpx->to);
	xdpx_port_free(xdpx->port);
	xdpx_umem_free(xdpx->umem);
	free(xdpx);
}

const struct contender contender_xdpx = {"xdpx", rounds_xdpx, open_xdpx, idle, close_xdpx};
const struct contender contender_xdpx_pool = {"xdpx-pool", rounds_xdpx_pool, open_xdpx, idle, close_xdpx};

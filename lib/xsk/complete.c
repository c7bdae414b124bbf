/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Sent frames: back into the pool, or to the application. */
#include "xsk/careful.h"
#include "xsk/xsk.h"

/* How many sent frames are there. */
static uint32_t there(struct xdpx_xsk *xsk)
{
	struct xdpx_ring *ring = &xsk->tx.completion;
	uint32_t count = xdpx_ring_look(ring) - ring->own;

	/* an index that jumps: no more than was sent can come back */
	return xdpx_smaller(count, xdpx_under_way(&xsk->tx));
}

static void advance(struct xdpx_xsk *xsk, uint32_t count)
{
	xsk->tx.completion.own += count;
	xdpx_ring_publish(&xsk->tx.completion);
	xdpx_counter_add(&xsk->tx.completed, count);
}

unsigned int xdpx_xsk_complete(struct xdpx_xsk *xsk)
{
	struct xdpx_ring *ring = &xsk->tx.completion;
	uint32_t count = there(xsk);
	uint32_t start = ring->own & ring->mask;
	uint32_t straight = xdpx_smaller(count, xdpx_ring_size(ring) - start);

	if (!count)
		return 0;
	xdpx_umem_put_back(xsk->umem, &ring->addresses[start], straight);
	if (straight < count)
		xdpx_umem_put_back(xsk->umem, ring->addresses, count - straight);
	advance(xsk, count);
	return count;
}

unsigned int xdpx_xsk_complete_frames(struct xdpx_xsk *xsk, struct xdpx_frame *frames, unsigned int max)
{
	struct xdpx_ring *ring = &xsk->tx.completion;
	uint32_t count = xdpx_smaller(there(xsk), max);
	uint32_t at;

	if (!count)
		return 0;
	for (at = 0; at < count; at++)
		frames[at] = (struct xdpx_frame){.addr = ring->addresses[(ring->own + at) & ring->mask]};
	if (xsk->umem->careful)
		xdpx_careful_received(xsk->umem, frames, count);
	advance(xsk, count);
	return count;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "insn.h"
#include "rounds_xdpx.h"

#include "xsk/xsk.h"

/* A ring that is written by us, or by the kernel. */
static void ring_set(struct xdpx_ring *ring, struct fake_ring *fake, bool ours)
{
	ring->mask = RING_SIZE - 1;
	ring->shared_own = ours ? &fake->producer : &fake->consumer;
	ring->shared_seen = ours ? &fake->consumer : &fake->producer;
	ring->flags = &fake->flags;
	ring->entries = fake->descs;
}

/* What a socket's open does, without the system calls. */
static int open_xdpx(struct fake *fake, void **ends)
{
	const struct xdpx_umem_opts opts = {.size = sizeof(opts), .frame_count = FRAMES, .frame_size = FRAME_SIZE};
	static struct xdpx_xsk xsk;
	static struct xdpx_ends xdpx;
	int err = xdpx_umem_new(&opts, &xsk.umem);

	if (err)
		return err;
	ring_set(&xsk.rx.rx, &fake->rx, false);
	ring_set(&xsk.rx.fill, &fake->fill, true);
	ring_set(&xsk.tx.tx, &fake->tx, true);
	ring_set(&xsk.tx.completion, &fake->completion, false);
	xsk.rx.target = RING_SIZE;
	xsk.rx.low = RING_SIZE / 4;
	xsk.rx.fd = -1;
	xsk.tx.limit = RING_SIZE;
	xsk.tx.packet_frames = 1;
	xsk.tx.fd = -1;
	xdpx_xsk_refill(&xsk);

	xdpx = (struct xdpx_ends){.umem = xsk.umem, .from = &xsk, .to = &xsk, .base = xdpx_umem_base(xsk.umem)};
	fake->frames = xdpx.base;
	*ends = &xdpx;
	return 0;
}

const struct player player_xdpx = {"xdpx", rounds_xdpx, open_xdpx};
const struct player player_xdpx_pool = {"xdpx-pool", rounds_xdpx_pool, open_xdpx};

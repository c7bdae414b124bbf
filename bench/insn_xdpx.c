/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "insn.h"
#include "round_xdpx.h"

#include "xsk/xsk.h"

static struct xdpx_xsk socket_in_memory;
static void *base;

/* What a socket's open does, without the system calls. */
static int open_xdpx(struct fake *fake)
{
	const struct xdpx_umem_opts opts = {
		.size = sizeof(opts),
		.frame_count = RX_FRAMES,
		.frame_size = RX_FRAME_SIZE,
	};
	struct xdpx_xsk_rx *rx = &socket_in_memory.rx;
	int err = xdpx_umem_new(&opts, &socket_in_memory.umem);

	if (err)
		return err;
	base = xdpx_umem_base(socket_in_memory.umem);
	fake->frames = base;
	rx->rx.mask = RX_RING_SIZE - 1;
	rx->rx.shared_own = &fake->rx_consumer;
	rx->rx.shared_seen = &fake->rx_producer;
	rx->rx.flags = &fake->rx_flags;
	rx->rx.entries = fake->rx;
	rx->fill.mask = RX_RING_SIZE - 1;
	rx->fill.shared_own = &fake->fill_producer;
	rx->fill.shared_seen = &fake->fill_consumer;
	rx->fill.flags = &fake->fill_flags;
	rx->fill.entries = fake->fill;
	rx->target = RX_RING_SIZE;
	rx->low = RX_RING_SIZE / 4;
	rx->fd = -1;
	xdpx_xsk_refill(&socket_in_memory);
	return 0;
}

static __attribute__((noinline)) unsigned int counted_xdpx(unsigned int batch, uint64_t *checksum)
{
	return round_xdpx(&socket_in_memory, base, batch, checksum);
}

static __attribute__((noinline)) unsigned int counted_xdpx_pool(unsigned int batch, uint64_t *checksum)
{
	return round_xdpx_pool(&socket_in_memory, base, batch, checksum);
}

const struct contender contender_xdpx = {"xdpx", open_xdpx, counted_xdpx};
const struct contender contender_xdpx_pool = {"xdpx-pool", open_xdpx, counted_xdpx_pool};

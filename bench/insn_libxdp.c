/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include <sys/socket.h>

#include "insn.h"
#include "round_libxdp.h"

static struct peer peer;

static int open_libxdp(struct fake *fake)
{
	int err = fake_fill(fake);

	if (err)
		return err;
	peer.rx = (struct xsk_ring_cons){
		.mask = RX_RING_SIZE - 1,
		.size = RX_RING_SIZE,
		.producer = &fake->rx_producer,
		.consumer = &fake->rx_consumer,
		.ring = fake->rx,
		.flags = &fake->rx_flags,
	};
	peer.fill = (struct xsk_ring_prod){
		.cached_prod = RX_RING_SIZE,
		.cached_cons = RX_RING_SIZE,
		.mask = RX_RING_SIZE - 1,
		.size = RX_RING_SIZE,
		.producer = &fake->fill_producer,
		.consumer = &fake->fill_consumer,
		.ring = fake->fill,
		.flags = &fake->fill_flags,
	};
	peer.frames = fake->frames;
	peer.fd = -1;
	return 0;
}

static __attribute__((noinline)) unsigned int counted_libxdp(unsigned int batch, uint64_t *checksum)
{
	return round_libxdp(&peer, batch, checksum);
}

const struct contender contender_libxdp = {"libxdp", open_libxdp, counted_libxdp};

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Receiving with libxdp, the way its examples and its users write it. */
#ifndef BENCH_ROUND_LIBXDP_H
#define BENCH_ROUND_LIBXDP_H

#include "rx.h"

#include <xdp/xsk.h>

struct peer {
	struct xsk_ring_cons rx;
	struct xsk_ring_prod fill;
	void *frames;
	int fd;
};

static inline void peer_wake(struct peer *peer)
{
	recvfrom(peer->fd, NULL, 0, MSG_DONTWAIT, NULL, NULL);
}

/* The room in the fill ring, which the kernel makes by taking frames for packets: never missing for long. */
static inline uint32_t peer_reserve(struct peer *peer, uint32_t count)
{
	uint32_t at;

	while (xsk_ring_prod__reserve(&peer->fill, count, &at) != count) {
		if (xsk_ring_prod__needs_wakeup(&peer->fill))
			peer_wake(peer);
	}
	return at;
}

/* One round: up to `batch` packets received, looked at, and their frames given back. Returns how many. */
static inline unsigned int round_libxdp(struct peer *peer, unsigned int batch, uint64_t *checksum)
{
	uint32_t from;
	uint32_t to;
	uint32_t count = xsk_ring_cons__peek(&peer->rx, batch, &from);

	if (!count)
		return 0;
	to = peer_reserve(peer, count);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t addr = xsk_ring_cons__rx_desc(&peer->rx, from + i)->addr;
		uint64_t frame = xsk_umem__extract_addr(addr);

		*checksum += rx_touch(xsk_umem__get_data(peer->frames, xsk_umem__add_offset_to_addr(addr)));
		*xsk_ring_prod__fill_addr(&peer->fill, to + i) = frame;
	}
	xsk_ring_prod__submit(&peer->fill, count);
	xsk_ring_cons__release(&peer->rx, count);
	return count;
}

#endif

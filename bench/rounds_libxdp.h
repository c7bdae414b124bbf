/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The peer's rings and, for sending, a stack of free frames, as its tutorial has one. */
#ifndef BENCH_ROUNDS_LIBXDP_H
#define BENCH_ROUNDS_LIBXDP_H

#include "work.h"

#include <sys/socket.h>
#include <xdp/xsk.h>

struct peer_side {
	struct xsk_ring_cons rx;
	struct xsk_ring_prod fill;
	struct xsk_ring_prod tx;
	struct xsk_ring_cons completion;
	struct xsk_socket *xsk;
	int fd;
};

struct peer {
	void *frames;
	struct xsk_umem *umem;
	struct peer_side *from;
	struct peer_side *to;
	struct peer_side sides[2];
	uint32_t outstanding; /* forwarded and not yet back */
	uint32_t free_count;
	uint64_t free[FRAMES];
};

static inline void peer_wake(struct peer_side *side)
{
	recvfrom(side->fd, NULL, 0, MSG_DONTWAIT, NULL, NULL);
}

/* Puts the frames from `first` on onto the stack. */
static inline void peer_free_fill(struct peer *peer, uint32_t first)
{
	for (uint32_t i = first; i < FRAMES; i++)
		peer->free[peer->free_count++] = (uint64_t)i * FRAME_SIZE;
}

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "insn.h"
#include "rounds_libxdp.h"

/* Its two kinds of rings have the same members. */
#define RING_SET(into, shared, produced, consumed)      \
	do {                                            \
		(into)->cached_prod = (produced);       \
		(into)->cached_cons = (consumed);       \
		(into)->mask = RING_SIZE - 1;           \
		(into)->size = RING_SIZE;               \
		(into)->producer = &(shared)->producer; \
		(into)->consumer = &(shared)->consumer; \
		(into)->ring = (shared)->descs;         \
		(into)->flags = &(shared)->flags;       \
	} while (0)

static int open_libxdp(struct fake *fake, void **ends)
{
	static struct peer peer;
	int err = fake_fill(fake);

	/* of a ring that is written, cached_cons is the reader's index and the ring's size */
	RING_SET(&peer.sides[0].rx, &fake->rx, 0, 0);
	RING_SET(&peer.sides[0].fill, &fake->fill, RING_SIZE, RING_SIZE);
	RING_SET(&peer.sides[0].tx, &fake->tx, 0, RING_SIZE);
	RING_SET(&peer.sides[0].completion, &fake->completion, 0, 0);
	peer.sides[0].fd = -1;
	peer.from = &peer.sides[0];
	peer.to = &peer.sides[0];
	peer.frames = fake->frames;
	peer_free_fill(&peer, RING_SIZE);
	*ends = &peer;
	return err;
}

const struct player player_libxdp = {"libxdp", rounds_libxdp, open_libxdp};

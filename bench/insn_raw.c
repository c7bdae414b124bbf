/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "insn.h"
#include "rounds_raw.h"

static void ring_set(struct raw_ring *ring, struct fake_ring *fake)
{
	*ring = (struct raw_ring){
		.entries = fake->descs,
		.producer = &fake->producer,
		.consumer = &fake->consumer,
		.flags = &fake->flags,
		.mask = RING_SIZE - 1,
	};
}

static int open_raw(struct fake *fake, void **ends)
{
	static struct raw raw;
	int err = fake_fill(fake);

	ring_set(&raw.sides[0].rx, &fake->rx);
	ring_set(&raw.sides[0].fill, &fake->fill);
	ring_set(&raw.sides[0].tx, &fake->tx);
	ring_set(&raw.sides[0].completion, &fake->completion);
	raw.sides[0].fill.at = RING_SIZE;
	raw.from = &raw.sides[0];
	raw.to = &raw.sides[0];
	raw.frames = fake->frames;
	*ends = &raw;
	return err;
}

const struct player player_raw = {"raw", rounds_raw, open_raw};

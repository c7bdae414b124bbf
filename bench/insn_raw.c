/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "insn.h"
#include "round_raw.h"

static struct raw raw;

static int open_raw(struct fake *fake)
{
	int err = fake_fill(fake);

	if (err)
		return err;
	raw = (struct raw){
		.rx = fake->rx,
		.fill = fake->fill,
		.rx_producer = &fake->rx_producer,
		.rx_consumer = &fake->rx_consumer,
		.fill_producer = &fake->fill_producer,
		.fill_flags = &fake->fill_flags,
		.rx_mask = RX_RING_SIZE - 1,
		.fill_mask = RX_RING_SIZE - 1,
		.fill_at = RX_RING_SIZE,
		.frames = fake->frames,
	};
	return 0;
}

static __attribute__((noinline)) unsigned int counted_raw(unsigned int batch, uint64_t *checksum)
{
	return round_raw(&raw, batch, checksum);
}

const struct contender contender_raw = {"raw", open_raw, counted_raw};

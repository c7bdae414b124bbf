/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * The least that a receiver on an AF_XDP socket's rings can do: the measure for the others. Not a model for an
 * application: it keeps no count of frames, sends nothing, and takes for granted that the fill ring has room for what
 * came out of the receive ring, which is so while no frame is held.
 */
#ifndef BENCH_ROUND_RAW_H
#define BENCH_ROUND_RAW_H

#include "rx.h"

#include <linux/if_xdp.h>

struct raw {
	const struct xdp_desc *rx;
	uint64_t *fill;
	uint32_t *rx_producer;
	uint32_t *rx_consumer;
	uint32_t *fill_producer;
	uint32_t *fill_flags;
	uint32_t rx_mask;
	uint32_t fill_mask;
	uint32_t rx_at;	  /* our copy of *rx_consumer */
	uint32_t fill_at; /* our copy of *fill_producer */
	unsigned char *frames;
};

/* One round: up to `batch` packets received, looked at, and their frames given back. Returns how many. */
static inline unsigned int round_raw(struct raw *raw, unsigned int batch, uint64_t *checksum)
{
	uint32_t count = __atomic_load_n(raw->rx_producer, __ATOMIC_ACQUIRE) - raw->rx_at;
	uint64_t sum = 0;

	if (count > batch)
		count = batch;
	for (uint32_t i = 0; i < count; i++) {
		uint64_t addr = raw->rx[(raw->rx_at + i) & raw->rx_mask].addr;

		sum += rx_touch(raw->frames + addr);
		raw->fill[(raw->fill_at + i) & raw->fill_mask] = addr;
	}
	*checksum += sum;
	raw->rx_at += count;
	raw->fill_at += count;
	__atomic_store_n(raw->rx_consumer, raw->rx_at, __ATOMIC_RELEASE);
	__atomic_store_n(raw->fill_producer, raw->fill_at, __ATOMIC_RELEASE);
	return count;
}

#endif

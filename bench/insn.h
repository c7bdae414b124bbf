/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * Rings in plain memory with a kernel that is played by fake_turn(), so that the instructions of a receiver's own side
 * can be counted without the system calls and the packets of a real one.
 *
 * Each contender has one function that is counted, named counted_*: bench/instructions counts inside those alone.
 */
#ifndef BENCH_INSN_H
#define BENCH_INSN_H

#include "rx.h"

#include <linux/if_xdp.h>

/* What the kernel leaves free before a packet. */
#define FAKE_HEADROOM 256
#define FAKE_LENGTH 60

struct fake {
	struct xdp_desc rx[RX_RING_SIZE];
	uint64_t fill[RX_RING_SIZE];
	uint32_t rx_producer;
	uint32_t rx_consumer;
	uint32_t rx_flags;
	uint32_t fill_producer;
	uint32_t fill_consumer;
	uint32_t fill_flags;
	unsigned char *frames; /* RX_FRAMES of RX_FRAME_SIZE */
};

struct contender {
	const char *name;
	/* Makes its socket out of the rings, with frames in the fill ring. Returns 0 or a negative errno. */
	int (*open)(struct fake *fake);
	unsigned int (*counted)(unsigned int batch, uint64_t *checksum);
};

extern const struct contender contender_raw;
extern const struct contender contender_libxdp;
extern const struct contender contender_xdpx;
extern const struct contender contender_xdpx_pool;

/* Makes the frames and fills the fill ring with them; for contenders that do not do it themselves. */
int fake_fill(struct fake *fake);

#endif

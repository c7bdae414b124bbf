/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * Rings in plain memory with a kernel that is played by fake_turn(), so that the instructions of a contender's own side
 * can be counted without the system calls and the packets of a real one. Receiving and sending are one socket's.
 */
#ifndef BENCH_INSN_H
#define BENCH_INSN_H

#include "work.h"

#include <linux/if_xdp.h>

/* What the kernel leaves free before a packet. */
#define FAKE_HEADROOM 256

struct fake_ring {
	uint32_t producer;
	uint32_t consumer;
	uint32_t flags;
	union {
		struct xdp_desc descs[RING_SIZE];
		uint64_t addresses[RING_SIZE];
	};
};

struct fake {
	struct fake_ring rx;
	struct fake_ring fill;
	struct fake_ring tx;
	struct fake_ring completion;
	unsigned char *frames; /* FRAMES of FRAME_SIZE */
};

struct player {
	const char *name;
	round_fn *const *rounds;
	/* Makes the contender's ends out of the rings, with frames in the fill ring. Returns 0 or a negative errno. */
	int (*open)(struct fake *fake, void **ends);
};

extern const struct player player_raw;
extern const struct player player_libxdp;
extern const struct player player_xdpx;
extern const struct player player_xdpx_pool;

/* Makes the frames and fills the fill ring with them; for contenders that do not do it themselves. */
int fake_fill(struct fake *fake);

#endif

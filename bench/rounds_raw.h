/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * The least that can be done on AF_XDP's rings: the measure for the others. Not a model for an application: it keeps no
 * count of frames, and takes for granted that the fill ring has room for what came out of the others, and that sent
 * frames come back in the order in which they were sent, which is so while none is held and each packet is copied.
 */
#ifndef BENCH_ROUNDS_RAW_H
#define BENCH_ROUNDS_RAW_H

#include "work.h"

#include <linux/if_xdp.h>

struct raw_ring {
	union {
		struct xdp_desc *descs; /* receive and transmit ring */
		uint64_t *addresses;	/* fill and completion ring */
		void *entries;
	};
	uint32_t *producer;
	uint32_t *consumer;
	uint32_t *flags;
	uint32_t mask;
	uint32_t at; /* our copy of the index that is ours */
};

struct raw_side {
	struct raw_ring rx;
	struct raw_ring fill;
	struct raw_ring tx;
	struct raw_ring completion;
	int fd;
};

struct raw {
	unsigned char *frames;
	struct raw_side *from;
	struct raw_side *to;
	struct raw_side sides[2];
};

#endif

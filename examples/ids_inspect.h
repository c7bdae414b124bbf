/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * The threads that inspect. All packets of a flow go to one of them, which keeps of each flow the last packet until the
 * next one has come: so frames go back one by one, in any order.
 */
#ifndef EXAMPLES_IDS_INSPECT_H
#define EXAMPLES_IDS_INSPECT_H

#include "ids_rules.h"

#include <xdpx/umem.h>

#define BATCH 64

void inspectors_start(struct xdpx_umem *umem, struct rules *rules);

/* Hands over a batch. Leaves in `frames` those that found no place, and returns how many. Any thread. */
unsigned int inspectors_give(struct xdpx_frame *frames, unsigned int count);

/* Other rules from the next batch on; returns those of before, which nobody uses any more. */
struct rules *inspectors_rules_set(struct rules *rules);

/* Ends them once they have inspected what they have, and given back what they kept. */
void inspectors_end(void);

struct inspected {
	uint64_t packets;
	uint64_t alerts;
};

struct inspected inspectors_total(void);

#endif

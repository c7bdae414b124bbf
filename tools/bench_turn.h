/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* One row of a benchmark, done by processes of its own: one that does the work, and where it receives, a sender. */
#ifndef TOOLS_BENCH_TURN_H
#define TOOLS_BENCH_TURN_H

#include "turn.h"

#include <stdbool.h>

struct bench_turn {
	const struct row *row;
	bool generic;
	unsigned int batch;
	double seconds;
};

/* What the worker tells when it is done; it goes through a pipe as it is. */
struct bench_report {
	int err;	      /* 0 or a negative errno, with a sentence */
	uint64_t all_packets; /* those of the warm-up included */
	struct turn_result result;
	char why[1024];
};

/* From here on SIGINT and SIGTERM end a turn. */
void bench_signals_take(void);
bool bench_interrupted(void);

/* Ends within `seconds` and a few more; whatever happens, no process is left when it returns, or when we are killed. */
void bench_turn_run(const struct bench_turn *turn, struct bench_report *report);

#endif

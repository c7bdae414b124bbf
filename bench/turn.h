/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * One turn of one contender: its rounds, one after the other, for a time.
 *
 * Time is kept by a timer's signal that moves a stage on, so that the loop's only cost is a look at a variable.
 */
#ifndef BENCH_TURN_H
#define BENCH_TURN_H

#include "work.h"

/* A line of the tables: which rounds, between which devices. */
struct row {
	const char *name; /* rx, rx-one, tx, forward or echo */
	enum round round;
	bool receives;
	bool sends;
	bool apart; /* from one device to another */
};

/* NULL where there is no such row. */
const struct row *row_find(const char *name);

struct turn {
	struct work work;
	bool spin;	  /* looks again at once when there is nothing, in place of waiting in poll() */
	double warm_up;	  /* seconds from the first packet to the start of counting */
	double seconds;	  /* how long to count */
	uint64_t packets; /* since the start, warm-up included */
};

struct turn_result {
	uint64_t packets; /* counted */
	double seconds;
	double pps;
	double cpu_ns; /* the process's CPU time a packet, system calls included */
};

/* Runs rounds until the time is over, or SIGINT or SIGTERM comes. */
void turn_run(struct turn *turn, const struct contender *contender, enum round round, void *ends,
	      struct turn_result *result);

#endif

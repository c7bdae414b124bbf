/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* `xdpx send`: the packets of a file, by a thread a queue that all keep one clock. */
#ifndef TOOLS_SEND_H
#define TOOLS_SEND_H

#include "pace.h"
#include "trace.h"
#include "workers.h"

/* What the clock counts in. */
enum send_unit {
	SEND_GAPS, /* nanoseconds between the packets of the capture */
	SEND_PACKETS,
	SEND_BITS,
};

struct sender {
	struct workers_opts opts;
	const char *nic;
	const char *path;
	enum send_unit unit;
	double ns_a_unit; /* 0: as fast as it goes */
	uint64_t loops;	  /* 0: for ever */
	uint64_t count;	  /* packets, 0: no limit */
	bool all_queues;
	bool json;
	struct trace trace;
	uint64_t total; /* packets to be sent, by all queues */
	uint64_t start_ns;
	struct send_queue *queues;
};

/* What was told of a queue. */
struct send_told {
	uint64_t packets;
	uint64_t bytes;
	uint64_t completed;
};

/* A thread's own. Its packets are one in as many as there are queues; it counts through those of the others, too. */
struct send_queue {
	struct pace pace;
	uint64_t next; /* packet to be sent, 0 to total - 1 */
	size_t at;     /* the same, in the trace */
	struct xdpx_frame frames[WORKER_BATCH];
	unsigned int ready;	  /* of `frames`, from the first on: filled, and not accepted yet */
	unsigned int taken;	  /* of `frames`: the application's */
	_Atomic uint64_t last_ns; /* when the last packet was accepted, since the start */
	struct send_told told;	  /* at the last second */
};

uint64_t send_now_ns(void);

/* Puts the queue at its first packet. */
void send_queue_start(struct sender *sender, uint32_t number);

/* How many packets of the queue the device has sent, as far as it tells: those that it dropped are none of them. */
uint64_t send_completed(const struct worker *worker);

/* The turn and the end of a worker whose `all->arg` is the sender. */
enum worker_turn send_turn(struct worker *worker);
void send_end(struct worker *worker);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* `xdpx forward`: packets from each queue of one device to a queue of another, and back. */
#ifndef TOOLS_FORWARD_H
#define TOOLS_FORWARD_H

#include "workers.h"

/* What was told of a lane. */
struct forward_told {
	uint64_t packets;
	uint64_t bytes;
	uint64_t too_long;
	uint64_t unsent; /* by the queue that it leads to, where no lane before it does */
	struct drops drops;
};

/* A worker's own: the way from its queue, and the guard of the way to it. */
struct lane {
	struct worker *to;     /* whose socket sends what this worker receives; NULL: it receives nothing */
	bool first;	       /* of the lanes that lead there */
	uint32_t longest;      /* packet that `to`'s device sends */
	pthread_mutex_t sends; /* held by who sends from this worker's queue: several may, where queues are unequal */
	struct xdpx_frame frames[WORKER_BATCH];
	unsigned int ready; /* of `frames`: received, and not accepted for sending yet */
	_Atomic uint64_t too_long;
	struct forward_told told; /* at the last second */
};

struct forwarder {
	struct workers_opts opts;
	const char *nics[2];
	bool one_way;
	bool json;
	uint32_t mtus[2];
	uint32_t queues[2];
	int promiscuous[2]; /* sockets that keep the devices so, or -1 */
	struct xdpx_umem *umem;
	double start_s;
	struct lane *lanes; /* as many as workers */
};

/* The turn and the end of a worker whose `all->arg` is the forwarder. */
enum worker_turn forward_turn(struct worker *worker);
void forward_end(struct worker *worker);

#endif

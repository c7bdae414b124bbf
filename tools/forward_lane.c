/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "forward.h"

#include <errno.h>
#include <time.h>

/* While the other device takes no more: how long until it is asked again. */
#define PAUSE_NS 100000
#define PAUSE_MS 1
#define NS_A_MS 1000000L
/* At the end: how often the device is asked for what it has sent. */
#define DRAIN_PAUSES 5000

static void pause_ns(long ns)
{
	const struct timespec time = {.tv_nsec = ns};

	nanosleep(&time, NULL);
}

static struct lane *lane_of(const struct worker *worker)
{
	const struct forwarder *forwarder = worker->all->arg;

	return &forwarder->lanes[worker->number];
}

/* Receives a batch. What the other device would not send goes back at once. */
static void batch_receive(struct worker *worker, struct lane *lane)
{
	unsigned int count = xdpx_xsk_recv(worker->xsk, lane->frames, WORKER_BATCH);
	uint64_t too_long = 0;

	for (unsigned int at = 0; at < count; at++) {
		if (lane->frames[at].len <= lane->longest) {
			lane->frames[lane->ready++] = lane->frames[at];
			continue;
		}
		xdpx_xsk_release(worker->xsk, &lane->frames[at], 1);
		too_long++;
	}
	worker_count(&lane->too_long, too_long);
}

static void batch_count(struct worker *worker, struct lane *lane, unsigned int accepted)
{
	uint64_t bytes = 0;

	for (unsigned int at = 0; at < accepted; at++)
		bytes += lane->frames[at].len;
	lane->ready -= accepted;
	for (unsigned int at = 0; at < lane->ready; at++)
		lane->frames[at] = lane->frames[at + accepted];
	worker_count(&worker->packets, accepted);
	worker_count(&worker->bytes, bytes);
}

/*
 * Sends what is ready, and fetches back what was sent. Frames that find no room stay ready, and nothing is received
 * meanwhile. Returns 0, -EAGAIN where packets wait still, or another negative errno.
 */
static int batch_send(struct worker *worker, struct lane *lane)
{
	struct lane *other = lane_of(lane->to);
	struct xdpx_xsk *to = lane->to->xsk;
	int accepted = 0;
	int err;

	pthread_mutex_lock(&other->sends);
	if (lane->ready)
		accepted = xdpx_xsk_send(to, lane->frames, lane->ready);
	err = xdpx_xsk_kick(to);
	xdpx_xsk_complete(to);
	pthread_mutex_unlock(&other->sends);
	if (accepted < 0)
		return accepted;
	batch_count(worker, lane, (unsigned int)accepted);
	return err ? err : lane->ready ? -EAGAIN : 0;
}

enum worker_turn forward_turn(struct worker *worker)
{
	struct lane *lane = lane_of(worker);
	int err;

	if (!lane->to)
		return WORKER_IS_DONE;
	if (!lane->ready)
		batch_receive(worker, lane);
	if (lane->ready) {
		err = batch_send(worker, lane);
		if (err == -EAGAIN && lane->ready)
			pause_ns(PAUSE_NS);
	} else {
		err = batch_send(worker, lane);
		/* a device that is gone shows in the wait */
		if (!err || err == -EAGAIN)
			err = xdpx_xsk_wait(worker->xsk, err ? PAUSE_MS : WORKER_WAIT_MS);
	}
	if (err >= 0 || err == -EAGAIN || err == -EINTR)
		return WORKER_GOES_ON;
	if (err == -ENETDOWN) {
		/* it may come up again, and then needs nothing else */
		pause_ns(WORKER_WAIT_MS * NS_A_MS);
		return WORKER_GOES_ON;
	}
	fail_library();
	return WORKER_HAS_FAILED;
}

static bool all_sent(const struct xdpx_xsk *xsk)
{
	struct xdpx_xsk_stats stats = {.size = sizeof(stats)};

	xdpx_xsk_stats(xsk, &stats);
	return stats.completed == stats.sent;
}

void forward_end(struct worker *worker)
{
	struct lane *lane = lane_of(worker);
	int err = lane->to ? -EAGAIN : 0;

	for (unsigned int tries = 0; tries < DRAIN_PAUSES && lane->to && (!err || err == -EAGAIN); tries++) {
		err = batch_send(worker, lane);
		if (!lane->ready && all_sent(lane->to->xsk))
			break;
		pause_ns(PAUSE_NS);
	}
	xdpx_xsk_release(worker->xsk, lane->frames, lane->ready);
	worker_count(&worker->unsent, lane->ready);
	lane->ready = 0;
}

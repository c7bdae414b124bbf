/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "send.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define NS_A_SECOND 1000000000ULL
#define NS_A_MS 1000000ULL
/* When the device takes no more, or gives nothing back: how long until it is asked again. */
#define PAUSE_NS 100000
/* At the end: how long to wait for the device to give back one more packet. */
#define DRAIN_NS (NS_A_SECOND)

uint64_t send_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_A_SECOND + (uint64_t)now.tv_nsec;
}

static void pause_for(uint64_t ns)
{
	const struct timespec time = {.tv_sec = (time_t)(ns / NS_A_SECOND), .tv_nsec = (long)(ns % NS_A_SECOND)};

	nanosleep(&time, NULL);
}

static double cost(const struct sender *sender, const struct trace_packet *packet)
{
	switch (sender->unit) {
	case SEND_PACKETS:
		return 1;
	case SEND_BITS:
		return packet->len * 8.0;
	default:
		return (double)packet->gap_ns;
	}
}

/* Moves on by so many packets, one of which may be the queue's own. */
static void walk(const struct sender *sender, struct send_queue *queue, uint32_t steps)
{
	const struct trace *trace = &sender->trace;

	while (steps--) {
		pace_spend(&queue->pace, cost(sender, &trace->packets[queue->at]));
		queue->at = queue->at + 1 < trace->count ? queue->at + 1 : 0;
		queue->next++;
	}
}

void send_queue_start(struct sender *sender, uint32_t number)
{
	struct send_queue *queue = &sender->queues[number];

	pace_start(&queue->pace, sender->ns_a_unit);
	walk(sender, queue, number);
}

/* Fills frames with the packets that may go now. Returns how long until the next one may, 0 when none has to wait. */
static uint64_t batch_fill(struct worker *worker, const struct sender *sender, struct send_queue *queue)
{
	uint64_t now = send_now_ns() - sender->start_ns;
	uint64_t wait = 0;

	while (queue->next < sender->total && queue->ready < WORKER_BATCH) {
		const struct trace_packet *packet = &sender->trace.packets[queue->at];
		struct xdpx_frame *frame = &queue->frames[queue->ready];

		wait = pace_wait(&queue->pace, now);
		if (wait)
			break;
		if (queue->ready == queue->taken)
			queue->taken +=
				xdpx_frames_take(xdpx_xsk_umem(worker->xsk), frame, WORKER_BATCH - queue->taken);
		if (queue->ready == queue->taken)
			break;
		frame->len = packet->len;
		memcpy(worker->base + frame->addr, sender->trace.bytes + packet->at, packet->len);
		queue->ready++;
		walk(sender, queue, worker->all->count);
	}
	return wait;
}

/* Hands over the filled frames. Returns how many were accepted, or a negative errno. */
static int batch_send(struct worker *worker, const struct sender *sender, struct send_queue *queue)
{
	uint64_t bytes = 0;
	int accepted = xdpx_xsk_send(worker->xsk, queue->frames, queue->ready);

	if (accepted <= 0)
		return accepted;
	for (int at = 0; at < accepted; at++)
		bytes += queue->frames[at].len;
	queue->ready -= (unsigned int)accepted;
	queue->taken -= (unsigned int)accepted;
	memmove(queue->frames, queue->frames + accepted, queue->taken * sizeof(*queue->frames));
	worker_count(&worker->packets, (uint64_t)accepted);
	worker_count(&worker->bytes, bytes);
	atomic_store(&queue->last_ns, send_now_ns() - sender->start_ns);
	return accepted;
}

enum worker_turn send_turn(struct worker *worker)
{
	struct sender *sender = worker->all->arg;
	struct send_queue *queue = &sender->queues[worker->number];
	uint64_t wait = batch_fill(worker, sender, queue);
	int accepted = 0;
	int kicked;

	if (queue->ready)
		accepted = batch_send(worker, sender, queue);
	/* what was accepted may wait for the kernel still; a device that is gone shows here */
	kicked = xdpx_xsk_kick(worker->xsk);
	if (accepted < 0 || (kicked && kicked != -EAGAIN)) {
		fail_library();
		return WORKER_HAS_FAILED;
	}
	if (accepted)
		return WORKER_GOES_ON;
	if (queue->next >= sender->total && !queue->ready)
		return WORKER_IS_DONE;

	xdpx_xsk_complete(worker->xsk);
	if (!wait || kicked)
		wait = PAUSE_NS;
	pause_for(wait < WORKER_WAIT_MS * NS_A_MS ? wait : WORKER_WAIT_MS * NS_A_MS);
	return WORKER_GOES_ON;
}

uint64_t send_completed(const struct worker *worker)
{
	struct xdpx_xsk_stats stats = {.size = sizeof(stats)};

	xdpx_xsk_stats(worker->xsk, &stats);
	/* a drop may be known before its frame is back */
	return stats.completed > stats.tx_unsent ? stats.completed - stats.tx_unsent : 0;
}

static bool all_back(const struct worker *worker)
{
	struct xdpx_xsk_stats stats = {.size = sizeof(stats)};

	xdpx_xsk_stats(worker->xsk, &stats);
	return stats.completed == stats.sent;
}

void send_end(struct worker *worker)
{
	struct sender *sender = worker->all->arg;
	struct send_queue *queue = &sender->queues[worker->number];
	uint64_t end = send_now_ns() + DRAIN_NS;
	int kicked = 0;

	xdpx_frames_release(xdpx_xsk_umem(worker->xsk), queue->frames, queue->taken);
	queue->taken = queue->ready = 0;
	/* of a device that is down or gone nothing more comes back */
	while ((!kicked || kicked == -EAGAIN) && !all_back(worker) && send_now_ns() < end) {
		kicked = xdpx_xsk_kick(worker->xsk);
		if (xdpx_xsk_complete(worker->xsk))
			end = send_now_ns() + DRAIN_NS;
		else
			pause_for(PAUSE_NS);
	}
}

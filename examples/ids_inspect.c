/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "ids_inspect.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define INSPECTORS 2
#define WAITING_MAX 512
#define FLOWS 256

struct inspector {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct xdpx_frame waiting[WAITING_MAX];
	unsigned int count;
	bool over;
	struct xdpx_frame kept[FLOWS]; /* its length is 0 where there is none */
	uint64_t packets;
	uint64_t alerts;
};

static struct inspector inspectors[INSPECTORS];
static struct xdpx_umem *umem;
static pthread_rwlock_t rules_lock = PTHREAD_RWLOCK_INITIALIZER;
static struct rules *rules;

static void batch_inspect(struct inspector *self, const struct xdpx_frame *frames, unsigned int count)
{
	pthread_rwlock_rdlock(&rules_lock);
	for (unsigned int at = 0; at < count; at++) {
		const unsigned char *packet = xdpx_frame_data(xdpx_umem_base(umem), &frames[at]);
		struct xdpx_frame *kept = &self->kept[packet_flow(packet, frames[at].len) / INSPECTORS % FLOWS];

		self->packets++;
		self->alerts += rules_match(rules, packet, frames[at].len) != NULL;
		if (kept->len)
			xdpx_frames_release(umem, kept, 1);
		*kept = frames[at];
	}
	pthread_rwlock_unlock(&rules_lock);
}

static unsigned int batch_take(struct inspector *self, struct xdpx_frame *frames)
{
	unsigned int count;

	pthread_mutex_lock(&self->lock);
	while (!self->count && !self->over)
		pthread_cond_wait(&self->more, &self->lock);
	count = self->count < BATCH ? self->count : BATCH;
	self->count -= count;
	memcpy(frames, self->waiting, count * sizeof(*frames));
	memmove(self->waiting, self->waiting + count, self->count * sizeof(*frames));
	pthread_mutex_unlock(&self->lock);
	return count;
}

static void *inspect(void *arg)
{
	struct inspector *self = arg;
	struct xdpx_frame frames[BATCH];
	unsigned int count;

	while ((count = batch_take(self, frames)))
		batch_inspect(self, frames, count);
	for (unsigned int flow = 0; flow < FLOWS; flow++)
		if (self->kept[flow].len)
			xdpx_frames_release(umem, &self->kept[flow], 1);
	return NULL;
}

void inspectors_start(struct xdpx_umem *packet_memory, struct rules *first)
{
	umem = packet_memory;
	rules = first;
	for (unsigned int at = 0; at < INSPECTORS; at++) {
		pthread_mutex_init(&inspectors[at].lock, NULL);
		pthread_cond_init(&inspectors[at].more, NULL);
		if (pthread_create(&inspectors[at].thread, NULL, inspect, &inspectors[at]))
			abort();
	}
}

/* Returns how many fit. */
static unsigned int give_one(struct inspector *to, const struct xdpx_frame *frames, unsigned int count)
{
	pthread_mutex_lock(&to->lock);
	if (count > WAITING_MAX - to->count)
		count = WAITING_MAX - to->count;
	memcpy(to->waiting + to->count, frames, count * sizeof(*frames));
	to->count += count;
	pthread_cond_signal(&to->more);
	pthread_mutex_unlock(&to->lock);
	return count;
}

unsigned int inspectors_give(struct xdpx_frame *frames, unsigned int count)
{
	struct xdpx_frame sorted[INSPECTORS][BATCH];
	unsigned int counts[INSPECTORS] = {0};
	unsigned int left = 0;

	for (unsigned int at = 0; at < count; at++) {
		const unsigned char *packet = xdpx_frame_data(xdpx_umem_base(umem), &frames[at]);
		unsigned int to = packet_flow(packet, frames[at].len) % INSPECTORS;

		sorted[to][counts[to]++] = frames[at];
	}
	for (unsigned int to = 0; to < INSPECTORS; to++) {
		unsigned int fit = counts[to] ? give_one(&inspectors[to], sorted[to], counts[to]) : 0;

		memcpy(frames + left, sorted[to] + fit, (counts[to] - fit) * sizeof(*frames));
		left += counts[to] - fit;
	}
	return left;
}

struct rules *inspectors_rules_set(struct rules *fresh)
{
	struct rules *old;

	pthread_rwlock_wrlock(&rules_lock);
	old = rules;
	rules = fresh;
	pthread_rwlock_unlock(&rules_lock);
	return old;
}

void inspectors_end(void)
{
	for (unsigned int at = 0; at < INSPECTORS; at++) {
		pthread_mutex_lock(&inspectors[at].lock);
		inspectors[at].over = true;
		pthread_cond_signal(&inspectors[at].more);
		pthread_mutex_unlock(&inspectors[at].lock);
		pthread_join(inspectors[at].thread, NULL);
	}
}

struct inspected inspectors_total(void)
{
	struct inspected total = {0};

	for (unsigned int at = 0; at < INSPECTORS; at++) {
		total.packets += inspectors[at].packets;
		total.alerts += inspectors[at].alerts;
	}
	return total;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "xsk/pool.h"

#include "base/fail.h"

#include <errno.h>
#include <stdlib.h>
#include <xdpx/umem.h>

#define END UINT32_MAX
#define EMPTY list_of(END, 0)

static uint64_t list_of(uint32_t first, uint32_t length)
{
	return (uint64_t)length << 32 | first;
}

static uint32_t list_first(uint64_t list)
{
	return (uint32_t)list;
}

static uint32_t list_length(uint64_t list)
{
	return (uint32_t)(list >> 32);
}

int xdpx_pool_init(struct xdpx_pool *pool, uint32_t count, uint32_t shift)
{
	uint32_t at;

	pool->next = calloc(count, sizeof(*pool->next));
	if (!pool->next)
		return -ENOMEM;

	for (at = 0; at < count; at++)
		pool->next[at] = at + 1 < count ? at + 1 : END;
	pool->count = count;
	pool->shift = shift;
	pool->released = EMPTY;
	pool->free = list_of(0, count);
	pthread_mutex_init(&pool->lock, NULL);
	return 0;
}

void xdpx_pool_fini(struct xdpx_pool *pool)
{
	if (!pool->next)
		return;
	pthread_mutex_destroy(&pool->lock);
	free(pool->next);
	pool->next = NULL;
}

/* A batch under way to the shared list, linked in memory that only this thread sees. */
struct batch {
	uint32_t first;
	uint32_t last;
	uint32_t length;
};

static void batch_add(struct xdpx_pool *pool, struct batch *batch, uint64_t address)
{
	uint64_t number = address >> pool->shift;

	if (number >= pool->count) {
		xdpx_log(XDPX_LOG_WARN, "address 0x%llx was released, but is not in this UMEM",
			 (unsigned long long)address);
		return;
	}
	if (!batch->length)
		batch->last = (uint32_t)number;
	pool->next[number] = batch->first;
	batch->first = (uint32_t)number;
	batch->length++;
}

static void batch_publish(struct xdpx_pool *pool, const struct batch *batch)
{
	uint64_t list = __atomic_load_n(&pool->released, __ATOMIC_RELAXED);
	uint64_t longer;

	if (!batch->length)
		return;
	do {
		pool->next[batch->last] = list_first(list);
		longer = list_of(batch->first, list_length(list) + batch->length);
		/* release: whoever takes the list over sees the links, and the packets as they were left */
	} while (
		!__atomic_compare_exchange_n(&pool->released, &list, longer, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
}

void xdpx_pool_put_frames(struct xdpx_pool *pool, const struct xdpx_frame *frames, unsigned int count)
{
	struct batch batch = {.first = END};
	unsigned int at;

	for (at = 0; at < count; at++)
		batch_add(pool, &batch, frames[at].addr);
	batch_publish(pool, &batch);
}

void xdpx_pool_put_addresses(struct xdpx_pool *pool, const uint64_t *addresses, unsigned int count)
{
	struct batch batch = {.first = END};
	unsigned int at;

	for (at = 0; at < count; at++)
		batch_add(pool, &batch, addresses[at]);
	batch_publish(pool, &batch);
}

/* Takes from `free` alone; under the lock. */
static unsigned int take_free(struct xdpx_pool *pool, uint32_t *numbers, unsigned int max)
{
	uint32_t first = list_first(pool->free);
	uint32_t length = list_length(pool->free);
	unsigned int taken = 0;

	/* A frame released twice ties lists into one another: then this one ends before its length says so. */
	while (taken < max && length && first != END) {
		numbers[taken++] = first;
		first = pool->next[first];
		length--;
	}
	__atomic_store_n(&pool->free, length && first != END ? list_of(first, length) : EMPTY, __ATOMIC_RELAXED);
	return taken;
}

unsigned int xdpx_pool_take(struct xdpx_pool *pool, uint32_t *numbers, unsigned int max)
{
	unsigned int taken;

	if (!xdpx_pool_level(pool))
		return 0;

	pthread_mutex_lock(&pool->lock);
	taken = take_free(pool, numbers, max);
	if (taken < max) {
		__atomic_store_n(&pool->free, __atomic_exchange_n(&pool->released, EMPTY, __ATOMIC_ACQUIRE),
				 __ATOMIC_RELAXED);
		taken += take_free(pool, numbers + taken, max - taken);
	}
	pthread_mutex_unlock(&pool->lock);
	return taken;
}

uint32_t xdpx_pool_level(const struct xdpx_pool *pool)
{
	return list_length(__atomic_load_n(&pool->free, __ATOMIC_RELAXED)) +
	       list_length(__atomic_load_n(&pool->released, __ATOMIC_RELAXED));
}

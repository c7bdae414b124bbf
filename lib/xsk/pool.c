/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "xsk/pool.h"

#include "base/fail.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xdpx/umem.h>

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

static uint64_t list_empty(const struct xdpx_pool *pool)
{
	return list_of(pool->count, 0);
}

int xdpx_pool_init(struct xdpx_pool *pool, uint32_t count, uint32_t stride)
{
	uint32_t at;

	pool->next = calloc((size_t)count + 1, sizeof(*pool->next));
	if (!pool->next)
		return -ENOMEM;

	for (at = 0; at < count; at++)
		pool->next[at] = at + 1;
	pool->next[count] = count;
	pool->count = count;
	pool->stride = stride;
	pool->shift = (uint32_t)__builtin_ctz(stride);
	pool->released = list_empty(pool);
	pool->free = list_of(0, count);
	pool->stacked = 0;
	pool->exhausted = 0;
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

/* Puts a list that only this thread sees in front of the shared one. */
static inline void publish(struct xdpx_pool *pool, uint32_t first, uint32_t last, uint32_t length)
{
	uint64_t list = __atomic_load_n(&pool->released, __ATOMIC_RELAXED);
	uint64_t longer;

	do {
		pool->next[last] = list_first(list);
		longer = list_of(first, list_length(list) + length);
		/* release: whoever takes the list over sees the links, and the packets as they were left */
	} while (
		!__atomic_compare_exchange_n(&pool->released, &list, longer, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
}

/* Addresses that lie `step` bytes apart. */
struct addresses {
	const unsigned char *first;
	size_t step;
	size_t count;
};

static inline uint64_t address_at(const struct addresses *list, size_t at)
{
	return *(const uint64_t *)(const void *)(list->first + at * list->step);
}

/* The bits of all decide alone where the UMEM's size is a power of two. Four at a time, as in link_all(). */
static inline bool all_inside(const struct xdpx_pool *pool, const struct addresses *list)
{
	const uint64_t end = (uint64_t)pool->count << pool->shift;
	uint64_t bits = 0;
	size_t at = 0;

	if (list->count == 1)
		return address_at(list, 0) < end;
	for (; at + 4 <= list->count; at += 4)
		bits |= address_at(list, at) | address_at(list, at + 1) | address_at(list, at + 2) |
			address_at(list, at + 3);
	for (; at < list->count; at++)
		bits |= address_at(list, at);
	if (bits < end)
		return true;
	for (at = 0; at < list->count; at++)
		if (address_at(list, at) >= end)
			return false;
	return true;
}

/* Links all in front of the list's first, which is linked to nothing yet; returns the new first. */
static inline uint32_t link_all(struct xdpx_pool *pool, const struct addresses *list, uint32_t first)
{
	const uint32_t shift = pool->shift;
	uint32_t *next = pool->next;
	uint64_t a = first;
	uint64_t b;
	size_t at = 1;

	for (; at + 4 <= list->count; at += 4) {
		b = address_at(list, at) >> shift;
		next[b] = (uint32_t)a;
		a = address_at(list, at + 1) >> shift;
		next[a] = (uint32_t)b;
		b = address_at(list, at + 2) >> shift;
		next[b] = (uint32_t)a;
		a = address_at(list, at + 3) >> shift;
		next[a] = (uint32_t)b;
	}
	for (; at < list->count; at++) {
		b = address_at(list, at) >> shift;
		next[b] = (uint32_t)a;
		a = b;
	}
	return (uint32_t)a;
}

/* One by one, as some are not in this UMEM. */
static __attribute__((noinline, cold)) void put_inside(struct xdpx_pool *pool, const struct addresses *list)
{
	size_t at;

	for (at = 0; at < list->count; at++) {
		uint64_t address = address_at(list, at);
		uint64_t number = address >> pool->shift;

		if (number < pool->count)
			publish(pool, (uint32_t)number, (uint32_t)number, 1);
		else
			xdpx_log(XDPX_LOG_WARN, "address 0x%llx was released, but is not in this UMEM",
				 (unsigned long long)address);
	}
}

/* Inline for certain: with `step` known, half of the instructions go away. */
static inline __attribute__((always_inline)) void put(struct xdpx_pool *pool, const struct addresses *list)
{
	uint32_t last;

	if (!list->count)
		return;
	if (!all_inside(pool, list)) {
		put_inside(pool, list);
		return;
	}
	last = (uint32_t)(address_at(list, 0) >> pool->shift);
	publish(pool, list->count == 1 ? last : link_all(pool, list, last), last, list->count);
}

void xdpx_pool_put_frames(struct xdpx_pool *pool, const struct xdpx_frame *frames, unsigned int count)
{
	const struct addresses list = {(const unsigned char *)&frames->addr, sizeof(*frames), count};

	put(pool, &list);
}

/* Of two frames. */
typedef uint64_t address_pair __attribute__((vector_size(16), aligned(8), may_alias));

static inline address_pair copy_pair(uint64_t *to, const uint64_t *from, address_pair mask)
{
	const address_pair pair = *(const address_pair *)from;

	*(address_pair *)to = pair & mask;
	return pair;
}

/* Copies where frames begin, which is what is left by `mask`; returns all bits of the addresses. */
static uint64_t copy_beginnings(uint64_t *to, const uint64_t *from, size_t count, uint64_t mask)
{
	const address_pair masks = {mask, mask};
	address_pair bits = {0};
	uint64_t rest = 0;
	size_t at = 0;

	for (; at + 8 <= count; at += 8) {
		bits |= copy_pair(to + at, from + at, masks);
		bits |= copy_pair(to + at + 2, from + at + 2, masks);
		bits |= copy_pair(to + at + 4, from + at + 4, masks);
		bits |= copy_pair(to + at + 6, from + at + 6, masks);
	}
	for (; at < count; at++) {
		to[at] = from[at] & mask;
		rest |= from[at];
	}
	return rest | bits[0] | bits[1];
}

/* Under the lock. False when there is no room, or when not all are in the UMEM. */
static bool stack_push(struct xdpx_pool *pool, const uint64_t *addresses, const struct addresses *list)
{
	const uint64_t end = (uint64_t)pool->count << pool->shift;
	const uint64_t mask = ~((uint64_t)pool->stride - 1);
	uint32_t stacked = pool->stacked;

	if (list->count > XDPX_POOL_STACK - stacked)
		return false;
	if (copy_beginnings(&pool->stack[stacked], addresses, list->count, mask) >= end && !all_inside(pool, list))
		return false;
	__atomic_store_n(&pool->stacked, stacked + (uint32_t)list->count, __ATOMIC_RELAXED);
	return true;
}

/* For fewer the lock costs more than it saves. */
#define STACK_BATCH 8

void xdpx_pool_put_addresses(struct xdpx_pool *pool, const uint64_t *addresses, unsigned int count)
{
	const struct addresses list = {(const unsigned char *)addresses, sizeof(*addresses), count};
	bool done = false;

	if (count >= STACK_BATCH && !pthread_mutex_trylock(&pool->lock)) {
		done = stack_push(pool, addresses, &list);
		pthread_mutex_unlock(&pool->lock);
	}
	if (!done)
		put(pool, &list);
}

void xdpx_pool_put_numbers(struct xdpx_pool *pool, const uint32_t *numbers, unsigned int count)
{
	uint32_t first;
	size_t at;

	if (!count)
		return;
	first = numbers[0];
	for (at = 1; at < count; at++) {
		pool->next[numbers[at]] = first;
		first = numbers[at];
	}
	publish(pool, first, numbers[0], count);
}

/* Follows `count` links, and writes where the frames on the way begin; returns the frame that comes next. */
static uint32_t walk(const struct xdpx_pool *pool, uint32_t frame, uint64_t *addresses, size_t count)
{
	const uint32_t *next = pool->next;
	const uint64_t stride = pool->stride;
	size_t at = 0;

	for (; at + 4 <= count; at += 4) {
		addresses[at] = frame * stride;
		frame = next[frame];
		addresses[at + 1] = frame * stride;
		frame = next[frame];
		addresses[at + 2] = frame * stride;
		frame = next[frame];
		addresses[at + 3] = frame * stride;
		frame = next[frame];
	}
	for (; at < count; at++) {
		addresses[at] = frame * stride;
		frame = next[frame];
	}
	return frame;
}

/* Takes from `free` alone; under the lock. */
static unsigned int take_free(struct xdpx_pool *pool, uint64_t *addresses, unsigned int max)
{
	const uint64_t end = (uint64_t)pool->count * pool->stride;
	uint32_t length = list_length(pool->free);
	unsigned int taken = max < length ? max : length;
	uint32_t next = walk(pool, list_first(pool->free), addresses, taken);

	length -= taken;
	/* A frame released twice ties lists into one another: then this one ends before its length says so. */
	while (taken && addresses[taken - 1] == end)
		taken--;
	__atomic_store_n(&pool->free, length && next != pool->count ? list_of(next, length) : list_empty(pool),
			 __ATOMIC_RELAXED);
	return taken;
}

/* Takes from `stack` alone; under the lock. */
static unsigned int take_stacked(struct xdpx_pool *pool, uint64_t *addresses, unsigned int max)
{
	uint32_t stacked = pool->stacked;
	unsigned int taken = max < stacked ? max : stacked;

	stacked -= taken;
	memcpy(addresses, &pool->stack[stacked], taken * sizeof(*addresses));
	__atomic_store_n(&pool->stacked, stacked, __ATOMIC_RELAXED);
	return taken;
}

unsigned int xdpx_pool_take(struct xdpx_pool *pool, uint64_t *addresses, unsigned int max)
{
	unsigned int taken = 0;

	if (xdpx_pool_level(pool)) {
		pthread_mutex_lock(&pool->lock);
		taken = take_stacked(pool, addresses, max);
		if (taken < max)
			taken += take_free(pool, addresses + taken, max - taken);
		if (taken < max) {
			__atomic_store_n(&pool->free,
					 __atomic_exchange_n(&pool->released, list_empty(pool), __ATOMIC_ACQUIRE),
					 __ATOMIC_RELAXED);
			taken += take_free(pool, addresses + taken, max - taken);
		}
		pthread_mutex_unlock(&pool->lock);
	}
	if (taken < max)
		__atomic_fetch_add(&pool->exhausted, 1, __ATOMIC_RELAXED);
	return taken;
}

uint32_t xdpx_pool_level(const struct xdpx_pool *pool)
{
	return __atomic_load_n(&pool->stacked, __ATOMIC_RELAXED) +
	       list_length(__atomic_load_n(&pool->free, __ATOMIC_RELAXED)) +
	       list_length(__atomic_load_n(&pool->released, __ATOMIC_RELAXED));
}

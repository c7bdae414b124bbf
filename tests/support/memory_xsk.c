/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "memory_xsk.h"

#include "xsk/xsk.h"

#include <linux/if_xdp.h>
#include <stdlib.h>
#include <string.h>

struct memory_ring {
	uint32_t producer __attribute__((aligned(64)));
	uint32_t consumer __attribute__((aligned(64)));
	uint32_t flags;
	void *entries; /* the end of a socket forgets them */
};

struct memory_xsk {
	struct xdpx_xsk xsk;
	struct xdpx_queue_totals totals;
	struct memory_ring rx, fill, tx, completion;
	uint32_t fetched; /* from the transmit ring: how far the kernel is, whether it has told so or not */
};

static void ring_set(struct xdpx_ring *ring, struct memory_ring *memory, uint32_t size, size_t entry, int producer)
{
	ring->mask = size - 1;
	ring->shared_own = producer ? &memory->producer : &memory->consumer;
	ring->shared_seen = producer ? &memory->consumer : &memory->producer;
	ring->flags = &memory->flags;
	memory->entries = aligned_alloc(64, size * entry < 64 ? 64 : size * entry);
	ring->entries = memory->entries;
	memset(ring->entries, 0, size * entry);
}

struct memory_xsk *memory_xsk_new(struct xdpx_umem *umem, uint32_t ring_size, uint32_t fill_target)
{
	struct memory_xsk *memory = aligned_alloc(64, (sizeof(*memory) + 63) & ~(size_t)63);
	struct xdpx_xsk *xsk = &memory->xsk;

	memset(memory, 0, sizeof(*memory));
	ring_set(&xsk->rx.rx, &memory->rx, ring_size, sizeof(struct xdpx_frame), 0);
	ring_set(&xsk->rx.fill, &memory->fill, ring_size, sizeof(uint64_t), 1);
	ring_set(&xsk->tx.tx, &memory->tx, ring_size, sizeof(struct xdpx_frame), 1);
	ring_set(&xsk->tx.completion, &memory->completion, ring_size, sizeof(uint64_t), 0);
	xsk->fd = xsk->rx.fd = xsk->tx.fd = xsk->control_fd = -1;
	xsk->rx.target = fill_target;
	xsk->rx.low = fill_target / 4 ? fill_target / 4 : 1;
	xsk->tx.limit = ring_size;
	xsk->tx.packet_frames = 1;
	xsk->totals = &memory->totals;
	xsk->umem = umem;
	xsk->rx.special = umem->careful;
	pthread_mutex_lock(&umem->lock);
	umem->users++;
	xsk->next = umem->sockets;
	umem->sockets = xsk;
	pthread_mutex_unlock(&umem->lock);
	return memory;
}

static void ring_start(struct xdpx_ring *ring, struct memory_ring *memory, uint32_t index)
{
	ring->own = ring->seen = index;
	memory->producer = memory->consumer = index;
}

void memory_xsk_start(struct memory_xsk *memory, uint32_t index)
{
	struct xdpx_xsk *xsk = &memory->xsk;

	ring_start(&xsk->rx.rx, &memory->rx, index);
	ring_start(&xsk->rx.fill, &memory->fill, index);
	ring_start(&xsk->tx.tx, &memory->tx, index);
	ring_start(&xsk->tx.completion, &memory->completion, index);
	memory->fetched = index;
}

/* Under the UMEM's lock. */
static void list_leave(struct xdpx_xsk *xsk)
{
	struct xdpx_xsk **link = &xsk->umem->sockets;

	while (*link != xsk)
		link = &(*link)->next;
	*link = xsk->next;
}

static void memory_end(struct memory_xsk *memory)
{
	struct xdpx_xsk *xsk = &memory->xsk;

	xdpx_umem_put(xsk->umem);
	free(memory->rx.entries);
	free(memory->fill.entries);
	free(memory->tx.entries);
	free(memory->completion.entries);
	free(memory);
}

void memory_xsk_free(struct memory_xsk *memory)
{
	struct xdpx_xsk *xsk = &memory->xsk;

	pthread_mutex_lock(&xsk->umem->lock);
	list_leave(xsk);
	pthread_mutex_unlock(&xsk->umem->lock);
	memory_end(memory);
}

void memory_xsk_close(struct memory_xsk *memory)
{
	struct xdpx_xsk *xsk = &memory->xsk;

	xsk->rx.fill.map = xsk; /* of no bytes: the end reclaims, and unmaps nothing */
	pthread_mutex_lock(&xsk->umem->lock);
	list_leave(xsk);
	xdpx_xsk_end(xsk);
	pthread_mutex_unlock(&xsk->umem->lock);
	memory_end(memory);
}

struct xdpx_xsk *memory_xsk_socket(struct memory_xsk *memory)
{
	return &memory->xsk;
}

static uint32_t acquire(const uint32_t *index)
{
	return __atomic_load_n(index, __ATOMIC_ACQUIRE);
}

static void publish(uint32_t *index, uint32_t value)
{
	__atomic_store_n(index, value, __ATOMIC_RELEASE);
}

uint32_t memory_xsk_drain_fill(struct memory_xsk *memory, uint64_t *addresses, uint32_t max)
{
	struct xdpx_ring *fill = &memory->xsk.rx.fill;
	uint32_t at = memory->fill.consumer;
	uint32_t end = acquire(&memory->fill.producer);
	uint32_t count = 0;

	while (at != end && count < max)
		addresses[count++] = fill->addresses[at++ & fill->mask];
	publish(&memory->fill.consumer, at);
	return count;
}

uint32_t memory_xsk_arrive(struct memory_xsk *memory, uint32_t count, uint32_t len)
{
	struct xdpx_umem *umem = memory->xsk.umem;
	struct xdpx_ring *rx = &memory->xsk.rx.rx;
	uint32_t end = memory->rx.producer;
	uint32_t room = rx->mask + 1 - (end - acquire(&memory->rx.consumer));
	uint32_t arrived = 0;
	const uint64_t offset = umem->headroom + XDPX_KERNEL_HEADROOM;
	const bool unaligned = umem->flags & XDPX_UMEM_UNALIGNED;
	uint64_t address;

	while (arrived < count && arrived < room && memory_xsk_drain_fill(memory, &address, 1)) {
		if (!unaligned)
			address &= ~(uint64_t)(umem->frame_size - 1);
		rx->frames[(end + arrived++) & rx->mask] = (struct xdpx_frame){
			.addr = address + (unaligned ? offset << XSK_UNALIGNED_BUF_OFFSET_SHIFT : offset),
			.len = len,
		};
	}
	publish(&memory->rx.producer, end + arrived);
	return arrived;
}

uint32_t memory_xsk_arrive_packet(struct memory_xsk *memory, uint32_t frames, uint32_t len)
{
	struct xdpx_ring *rx = &memory->xsk.rx.rx;
	uint32_t start = memory->rx.producer;
	uint32_t arrived = memory_xsk_arrive(memory, frames, len);
	uint32_t at;

	for (at = 0; at + 1 < frames && at < arrived; at++)
		rx->frames[(start + at) & rx->mask].options = XDPX_FRAME_CONTINUES;
	return arrived;
}

uint32_t memory_xsk_transmit(struct memory_xsk *memory, uint32_t max, struct xdpx_frame *last)
{
	struct xdpx_ring *tx = &memory->xsk.tx.tx;
	struct xdpx_ring *completion = &memory->xsk.tx.completion;
	uint32_t end = memory->completion.producer;
	uint32_t at = memory->fetched;
	uint32_t stop = acquire(&memory->tx.producer);
	uint32_t count = 0;

	for (; at != stop && count < max; count++) {
		if (last)
			*last = tx->frames[at & tx->mask];
		completion->addresses[end++ & completion->mask] = tx->frames[at++ & tx->mask].addr;
	}
	memory->fetched = at;
	publish(&memory->tx.consumer, at);
	publish(&memory->completion.producer, end);
	return count;
}

bool memory_xsk_receive(struct memory_xsk *memory, const struct xdpx_frame *frame)
{
	struct xdpx_ring *rx = &memory->xsk.rx.rx;
	uint32_t end = memory->rx.producer;

	if (end - acquire(&memory->rx.consumer) > rx->mask)
		return false;
	rx->frames[end & rx->mask] = *frame;
	publish(&memory->rx.producer, end + 1);
	return true;
}

uint32_t memory_xsk_fetch(struct memory_xsk *memory, struct xdpx_frame *frames, uint32_t max)
{
	struct xdpx_ring *tx = &memory->xsk.tx.tx;
	uint32_t stop = acquire(&memory->tx.producer);
	uint32_t count = 0;

	while (memory->fetched != stop && count < max)
		frames[count++] = tx->frames[memory->fetched++ & tx->mask];
	return count;
}

void memory_xsk_tell(struct memory_xsk *memory)
{
	publish(&memory->tx.consumer, memory->fetched);
}

uint32_t memory_xsk_fetched(const struct memory_xsk *memory)
{
	return memory->fetched;
}

void memory_xsk_finish(struct memory_xsk *memory, uint64_t address)
{
	struct xdpx_ring *completion = &memory->xsk.tx.completion;
	uint32_t end = memory->completion.producer;

	completion->addresses[end & completion->mask] = address;
	publish(&memory->completion.producer, end + 1);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "rounds_raw.h"

#include <sys/socket.h>

static inline uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Entries that the kernel has put into the receive or completion ring. */
static inline uint32_t ready(const struct raw_ring *ring)
{
	return __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE) - ring->at;
}

static inline void taken(struct raw_ring *ring, uint32_t count)
{
	ring->at += count;
	__atomic_store_n(ring->consumer, ring->at, __ATOMIC_RELEASE);
}

static inline void given(struct raw_ring *ring, uint32_t count)
{
	ring->at += count;
	__atomic_store_n(ring->producer, ring->at, __ATOMIC_RELEASE);
}

static inline void kick(struct raw_side *side)
{
	if (*(volatile uint32_t *)side->tx.flags & XDP_RING_NEED_WAKEUP)
		sendto(side->fd, NULL, 0, MSG_DONTWAIT, NULL, 0);
}

static __attribute__((noinline)) unsigned int counted_rx(void *ends, struct work *work)
{
	struct raw *raw = ends;
	struct raw_ring *rx = &raw->from->rx;
	struct raw_ring *fill = &raw->from->fill;
	uint32_t count = smaller(ready(rx), work->batch);
	uint64_t sum = 0;

	for (uint32_t i = 0; i < count; i++) {
		uint64_t address = rx->descs[(rx->at + i) & rx->mask].addr;

		sum += packet_read(raw->frames + address);
		fill->addresses[(fill->at + i) & fill->mask] = address;
	}
	work->checksum += sum;
	taken(rx, count);
	given(fill, count);
	return count;
}

static __attribute__((noinline)) unsigned int counted_rx_one(void *ends, struct work *work)
{
	struct raw *raw = ends;
	struct raw_ring *rx = &raw->from->rx;
	struct raw_ring *fill = &raw->from->fill;
	uint32_t count = smaller(ready(rx), work->batch);
	uint64_t sum = 0;

	for (uint32_t i = 0; i < count; i++) {
		uint64_t address = rx->descs[(rx->at + i) & rx->mask].addr;

		sum += packet_read(raw->frames + address);
		fill->addresses[fill->at & fill->mask] = address;
		given(fill, 1);
	}
	work->checksum += sum;
	taken(rx, count);
	return count;
}

/* Frames go round in the order of their numbers: the ones free are those not on their way. */
static __attribute__((noinline)) unsigned int counted_tx(void *ends, struct work *work)
{
	struct raw *raw = ends;
	struct raw_ring *tx = &raw->to->tx;
	struct raw_ring *completion = &raw->to->completion;
	uint32_t count;

	taken(completion, ready(completion));
	count = smaller(RING_SIZE - (tx->at - completion->at), work->batch);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t address = (uint64_t)((tx->at + i) & tx->mask) * FRAME_SIZE;

		packet_write(raw->frames + address);
		tx->descs[(tx->at + i) & tx->mask] = (struct xdp_desc){.addr = address, .len = sizeof(packet_sample)};
	}
	given(tx, count);
	kick(raw->to);
	return count;
}

/* What was sent can be received into again. */
static inline void sent_to_fill(struct raw *raw)
{
	struct raw_ring *completion = &raw->to->completion;
	struct raw_ring *fill = &raw->from->fill;
	uint32_t done = ready(completion);

	for (uint32_t i = 0; i < done; i++)
		fill->addresses[(fill->at + i) & fill->mask] =
			completion->addresses[(completion->at + i) & completion->mask];
	taken(completion, done);
	given(fill, done);
}

static inline __attribute__((always_inline)) unsigned int forward(struct raw *raw, struct work *work, bool turn)
{
	struct raw_ring *rx = &raw->from->rx;
	struct raw_ring *tx = &raw->to->tx;
	uint64_t sum = 0;
	uint32_t count;

	sent_to_fill(raw);
	count = smaller(ready(rx), work->batch);
	for (uint32_t i = 0; i < count; i++) {
		struct xdp_desc *to = &tx->descs[(tx->at + i) & tx->mask];

		*to = rx->descs[(rx->at + i) & rx->mask];
		if (turn)
			sum += packet_turn(raw->frames + to->addr);
	}
	work->checksum += sum;
	taken(rx, count);
	given(tx, count);
	if (tx->at != raw->to->completion.at)
		kick(raw->to);
	return count;
}

static __attribute__((noinline)) unsigned int counted_forward(void *ends, struct work *work)
{
	return forward(ends, work, false);
}

static __attribute__((noinline)) unsigned int counted_echo(void *ends, struct work *work)
{
	return forward(ends, work, true);
}

round_fn *const rounds_raw[ROUNDS] = {
	[ROUND_RX] = counted_rx,	   [ROUND_RX_ONE] = counted_rx_one, [ROUND_TX] = counted_tx,
	[ROUND_FORWARD] = counted_forward, [ROUND_ECHO] = counted_echo,
};

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The work done with libxdp, the way its examples and its users write it. */
#include "rounds_libxdp.h"

/* The room in the fill ring, which the kernel makes by taking frames for packets: never missing for long. */
static inline uint32_t fill_reserve(struct peer_side *side, uint32_t count)
{
	uint32_t at;

	while (xsk_ring_prod__reserve(&side->fill, count, &at) != count) {
		if (xsk_ring_prod__needs_wakeup(&side->fill))
			peer_wake(side);
	}
	return at;
}

static inline void kick(struct peer_side *side)
{
	if (xsk_ring_prod__needs_wakeup(&side->tx))
		sendto(side->fd, NULL, 0, MSG_DONTWAIT, NULL, 0);
}

static __attribute__((noinline)) unsigned int counted_rx(void *ends, struct work *work)
{
	struct peer *peer = ends;
	struct peer_side *side = peer->from;
	uint32_t from;
	uint32_t to;
	uint32_t count = xsk_ring_cons__peek(&side->rx, work->batch, &from);

	if (!count)
		return 0;
	to = fill_reserve(side, count);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t address = xsk_ring_cons__rx_desc(&side->rx, from + i)->addr;
		uint64_t frame = xsk_umem__extract_addr(address);

		work->checksum += packet_read(xsk_umem__get_data(peer->frames, xsk_umem__add_offset_to_addr(address)));
		*xsk_ring_prod__fill_addr(&side->fill, to + i) = frame;
	}
	xsk_ring_prod__submit(&side->fill, count);
	xsk_ring_cons__release(&side->rx, count);
	return count;
}

static __attribute__((noinline)) unsigned int counted_rx_one(void *ends, struct work *work)
{
	struct peer *peer = ends;
	struct peer_side *side = peer->from;
	uint32_t from;
	uint32_t count = xsk_ring_cons__peek(&side->rx, work->batch, &from);

	for (uint32_t i = 0; i < count; i++) {
		uint64_t address = xsk_ring_cons__rx_desc(&side->rx, from + i)->addr;
		uint64_t frame = xsk_umem__extract_addr(address);

		work->checksum += packet_read(xsk_umem__get_data(peer->frames, xsk_umem__add_offset_to_addr(address)));
		*xsk_ring_prod__fill_addr(&side->fill, fill_reserve(side, 1)) = frame;
		xsk_ring_prod__submit(&side->fill, 1);
	}
	xsk_ring_cons__release(&side->rx, count);
	return count;
}

static inline void sent_to_stack(struct peer *peer)
{
	struct peer_side *side = peer->to;
	uint32_t at;
	uint32_t done = xsk_ring_cons__peek(&side->completion, RING_SIZE, &at);

	for (uint32_t i = 0; i < done; i++)
		peer->free[peer->free_count++] = *xsk_ring_cons__comp_addr(&side->completion, at + i);
	xsk_ring_cons__release(&side->completion, done);
}

static __attribute__((noinline)) unsigned int counted_tx(void *ends, struct work *work)
{
	struct peer *peer = ends;
	struct peer_side *side = peer->to;
	uint32_t at;

	sent_to_stack(peer);
	if (peer->free_count < work->batch || xsk_ring_prod__reserve(&side->tx, work->batch, &at) != work->batch) {
		kick(side);
		return 0;
	}
	for (uint32_t i = 0; i < work->batch; i++) {
		struct xdp_desc *desc = xsk_ring_prod__tx_desc(&side->tx, at + i);

		desc->addr = peer->free[--peer->free_count];
		desc->len = sizeof(packet_sample);
		desc->options = 0;
		packet_write(xsk_umem__get_data(peer->frames, desc->addr));
	}
	xsk_ring_prod__submit(&side->tx, work->batch);
	kick(side);
	return work->batch;
}

/* What was sent can be received into again. */
static inline void sent_to_fill(struct peer *peer)
{
	uint32_t from;
	uint32_t to;
	uint32_t done = xsk_ring_cons__peek(&peer->to->completion, RING_SIZE, &from);

	if (!done)
		return;
	to = fill_reserve(peer->from, done);
	for (uint32_t i = 0; i < done; i++)
		*xsk_ring_prod__fill_addr(&peer->from->fill, to + i) =
			xsk_umem__extract_addr(*xsk_ring_cons__comp_addr(&peer->to->completion, from + i));
	xsk_ring_prod__submit(&peer->from->fill, done);
	xsk_ring_cons__release(&peer->to->completion, done);
	peer->outstanding -= done;
}

static inline uint32_t tx_reserve(struct peer *peer, uint32_t count)
{
	uint32_t at;

	while (xsk_ring_prod__reserve(&peer->to->tx, count, &at) != count) {
		kick(peer->to);
		sent_to_fill(peer);
	}
	return at;
}

static inline __attribute__((always_inline)) unsigned int forward(struct peer *peer, struct work *work, bool turn)
{
	struct xsk_ring_cons *rx = &peer->from->rx;
	struct xsk_ring_prod *tx = &peer->to->tx;
	uint32_t count;
	uint32_t from;
	uint32_t to;

	sent_to_fill(peer);
	count = xsk_ring_cons__peek(rx, work->batch, &from);
	if (!count) {
		if (peer->outstanding)
			kick(peer->to);
		return 0;
	}
	to = tx_reserve(peer, count);
	for (uint32_t i = 0; i < count; i++) {
		const struct xdp_desc *received = xsk_ring_cons__rx_desc(rx, from + i);
		struct xdp_desc *desc = xsk_ring_prod__tx_desc(tx, to + i);
		uint64_t address = xsk_umem__add_offset_to_addr(received->addr);

		if (turn)
			work->checksum += packet_turn(xsk_umem__get_data(peer->frames, address));
		desc->addr = received->addr;
		desc->len = received->len;
		desc->options = 0;
	}
	xsk_ring_prod__submit(tx, count);
	xsk_ring_cons__release(rx, count);
	peer->outstanding += count;
	kick(peer->to);
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

round_fn *const rounds_libxdp[ROUNDS] = {
	[ROUND_RX] = counted_rx,	   [ROUND_RX_ONE] = counted_rx_one, [ROUND_TX] = counted_tx,
	[ROUND_FORWARD] = counted_forward, [ROUND_ECHO] = counted_echo,
};

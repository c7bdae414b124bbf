/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The receive side: taking packets, and keeping the kernel supplied with free frames. */
#include "xsk/busy.h"
#include "xsk/careful.h"
#include "xsk/xsk.h"

#include <errno.h>
#include <linux/if_xdp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

/* What most calls don't need is kept out of them: inline, it would cost each some registers. */
#define APART __attribute__((noinline, cold))

static uint32_t missing(const struct xdpx_xsk_rx *rx)
{
	return rx->target - (rx->fill.own - rx->rx.own);
}

/* Before Linux 5.11 a poll() alone does it: such a socket can't be received from. */
static APART void kick(struct xdpx_xsk_rx *rx)
{
	struct pollfd sleeping = {.fd = rx->fd, .events = POLLIN};

	xdpx_counter_add(&rx->kicks, 1);
	if (recvfrom(rx->fd, NULL, 0, MSG_DONTWAIT, NULL, NULL) < 0 && errno == EOPNOTSUPP)
		(void)poll(&sleeping, 1, 0);
}

/*
 * Wakes a driver that sleeps for want of frames. The flag may be set just after it was looked at here: that heals with
 * the next receive that finds nothing, or with the poll() of a wait.
 */
static inline void wake(struct xdpx_xsk_rx *rx)
{
	if (__atomic_load_n(rx->fill.flags, __ATOMIC_RELAXED) & XDP_RING_NEED_WAKEUP)
		kick(rx);
}

/* Fills up to the ring's end at the most; returns how many frames the pool was short of. */
static uint32_t refill_straight(struct xdpx_xsk *xsk, uint32_t wanted)
{
	struct xdpx_ring *fill = &xsk->rx.fill;
	uint32_t start = fill->own & fill->mask;
	uint32_t straight = xdpx_smaller(wanted, xdpx_ring_size(fill) - start);
	uint32_t got = xdpx_pool_take(&xsk->umem->pool, &fill->addresses[start], straight);

	if (xsk->umem->careful)
		xdpx_careful_supplied(xsk->umem, &fill->addresses[start], got);
	fill->own += got;
	xdpx_ring_publish(fill);
	return straight - got;
}

void xdpx_xsk_refill(struct xdpx_xsk *xsk)
{
	struct xdpx_xsk_rx *rx = &xsk->rx;
	uint32_t short_of = 0;

	while (!short_of && missing(rx))
		short_of = refill_straight(xsk, missing(rx));
	if (short_of)
		xdpx_counter_add(&rx->starved, 1);
	wake(rx);
}

/* There is nothing: has the kernel look, where it is for us to do that. */
static APART uint32_t idle(struct xdpx_xsk *xsk)
{
	if (xsk->rx.busy)
		return xdpx_busy_poll(xsk);
	wake(&xsk->rx);
	return 0;
}

static APART void supply(struct xdpx_xsk *xsk)
{
	xdpx_xsk_refill(xsk);
	xdpx_umem_held_glance(xsk->umem);
}

static inline void copy_frames(const struct xdpx_ring *ring, struct xdpx_frame *frames, uint32_t count)
{
	uint32_t start = ring->own & ring->mask;
	uint32_t straight = xdpx_ring_size(ring) - start;

	if (count == 1) {
		frames[0] = ring->frames[start];
	} else if (count <= straight) {
		memcpy(frames, &ring->frames[start], count * sizeof(*frames));
	} else {
		memcpy(frames, &ring->frames[start], straight * sizeof(*frames));
		memcpy(frames + straight, ring->frames, (count - straight) * sizeof(*frames));
	}
}

/* As copy_frames(), of those that the application may have now, as it is to see them; returns how many. */
static APART uint32_t copy_special(struct xdpx_xsk *xsk, struct xdpx_frame *frames, uint32_t count, uint32_t max)
{
	count = xdpx_careful_allowed(xsk->umem, count);
	if (xsk->rx.whole)
		count = xdpx_packets_whole(&xsk->rx.rx, count, max);
	if (!count)
		return 0;
	copy_frames(&xsk->rx.rx, frames, count);
	xdpx_careful_received(xsk->umem, frames, count);
	return count;
}

/* Copies what is there from the receive ring, without taking it; returns how many. */
static inline __attribute__((always_inline)) uint32_t look(struct xdpx_xsk *xsk, struct xdpx_frame *frames,
							   uint32_t max)
{
	struct xdpx_ring *ring = &xsk->rx.rx;
	uint32_t count;

	if (missing(&xsk->rx) >= xsk->rx.low)
		supply(xsk);

	count = ring->seen - ring->own;
	if (count < max)
		count = xdpx_ring_look(ring) - ring->own;
	if (!count)
		count = idle(xsk);
	if (!count)
		return 0;
	if (count > max)
		count = max;
	if (count > xdpx_ring_size(ring)) /* an index that jumps */
		count = xdpx_ring_size(ring);
	if (xsk->rx.special)
		return copy_special(xsk, frames, count, max);
	copy_frames(ring, frames, count);
	return count;
}

static inline void advance(struct xdpx_xsk *xsk, uint32_t count)
{
	xsk->rx.rx.own += count;
	xdpx_ring_publish(&xsk->rx.rx);
	xdpx_counter_add(&xsk->rx.received, count);
}

unsigned int xdpx_xsk_recv(struct xdpx_xsk *xsk, struct xdpx_frame *frames, unsigned int max)
{
	uint32_t count = look(xsk, frames, max);

	if (count)
		advance(xsk, count);
	return count;
}

unsigned int xdpx_xsk_peek(struct xdpx_xsk *xsk, struct xdpx_frame *frames, unsigned int max)
{
	return look(xsk, frames, max);
}

unsigned int xdpx_xsk_take(struct xdpx_xsk *xsk, unsigned int count)
{
	uint32_t there = xsk->rx.rx.seen - xsk->rx.rx.own;

	if (count > there)
		count = there;
	if (count > xdpx_ring_size(&xsk->rx.rx))
		count = xdpx_ring_size(&xsk->rx.rx);
	advance(xsk, count);
	return count;
}

/* Two addresses in one store. */
typedef uint64_t address_pair __attribute__((vector_size(16), aligned(8), may_alias));

static inline address_pair copy_pair(uint64_t *addresses, const struct xdpx_frame *frames)
{
	address_pair pair = {frames[0].addr, frames[1].addr};

	*(address_pair *)addresses = pair;
	return pair;
}

/*
 * Copies addresses into the fill ring, and returns all their bits. The kernel takes any address inside a frame: it
 * masks what comes out of the ring. Eight at a time: `bench/instructions` tells what that saves.
 */
static uint64_t copy_addresses(uint64_t *addresses, const struct xdpx_frame *frames, uint32_t count)
{
	address_pair pairs = {0, 0};
	uint64_t bits = 0;
	uint32_t at = 0;

	for (; at + 8 <= count; at += 8) {
		pairs |= copy_pair(addresses + at, frames + at);
		pairs |= copy_pair(addresses + at + 2, frames + at + 2);
		pairs |= copy_pair(addresses + at + 4, frames + at + 4);
		pairs |= copy_pair(addresses + at + 6, frames + at + 6);
	}
	for (; at < count; at++) {
		addresses[at] = frames[at].addr;
		bits |= frames[at].addr;
	}
	return bits | pairs[0] | pairs[1];
}

/*
 * The kernel throws an address outside the UMEM away and tells nobody: it would count as a frame on its way for ever.
 * The bits of all addresses decide alone where the UMEM's size is a power of two.
 */
static bool all_inside(const struct xdpx_umem *umem, uint64_t bits, const struct xdpx_frame *frames, uint32_t count)
{
	uint32_t at;

	if (bits < umem->bytes)
		return true;
	for (at = 0; at < count; at++)
		if (frames[at].addr >= umem->bytes)
			return false;
	return true;
}

/* Frames straight into the fill ring, as far as they are missing there; returns how many. */
static uint32_t fill_numbers(struct xdpx_xsk *xsk, const uint32_t *numbers, uint32_t count)
{
	struct xdpx_ring *fill = &xsk->rx.fill;
	uint32_t direct = xdpx_smaller(missing(&xsk->rx), count);
	uint32_t at;

	for (at = 0; at < direct; at++)
		fill->addresses[fill->own++ & fill->mask] = (uint64_t)numbers[at] * xsk->umem->frame_size;
	xdpx_ring_publish(fill);
	return direct;
}

static APART void release_carefully(struct xdpx_xsk *xsk, const struct xdpx_frame *frames, uint32_t count,
				    const void *place)
{
	uint32_t numbers[XDPX_CAREFUL_BATCH];
	uint32_t accepted;
	uint32_t direct;
	uint32_t batch;

	for (; count; count -= batch, frames += batch) {
		batch = xdpx_smaller(count, XDPX_CAREFUL_BATCH);
		accepted = xdpx_careful_accept(xsk->umem, frames, batch, numbers, place);
		/* What is watched over goes through the pool, where nobody may write into it. */
		direct = xsk->umem->debug ? 0 : fill_numbers(xsk, numbers, accepted);
		xdpx_pool_put_numbers(&xsk->umem->pool, numbers + direct, accepted - direct);
	}
	wake(&xsk->rx);
}

/* As many as are missing in the fill ring; returns how many, or 0 when one is foreign. */
static inline uint32_t fill_frames(struct xdpx_xsk *xsk, const struct xdpx_frame *frames, uint32_t count)
{
	struct xdpx_ring *ring = &xsk->rx.fill;
	uint32_t start = ring->own & ring->mask;
	uint32_t straight = xdpx_ring_size(ring) - start;
	uint64_t bits;

	if (count <= straight) {
		bits = copy_addresses(&ring->addresses[start], frames, count);
	} else {
		bits = copy_addresses(&ring->addresses[start], frames, straight);
		bits |= copy_addresses(ring->addresses, frames + straight, count - straight);
	}
	return all_inside(xsk->umem, bits, frames, count) ? count : 0;
}

static __attribute__((noinline)) void release_all(struct xdpx_xsk *xsk, const struct xdpx_frame *frames, uint32_t count)
{
	struct xdpx_ring *ring = &xsk->rx.fill;
	uint32_t direct;

	/* With one foreign, nothing is published here: the pool takes what is a frame's and logs the rest. */
	direct = fill_frames(xsk, frames, xdpx_smaller(missing(&xsk->rx), count));
	ring->own += direct;
	xdpx_ring_publish(ring);
	wake(&xsk->rx);
	if (direct < count)
		xdpx_pool_put_frames(&xsk->umem->pool, frames + direct, count - direct);
}

/* A single frame is given back as often as not: its path has no more than it needs. */
void xdpx_xsk_release(struct xdpx_xsk *xsk, const struct xdpx_frame *frames, unsigned int count)
{
	struct xdpx_ring *ring = &xsk->rx.fill;

	if (xsk->umem->careful) {
		release_carefully(xsk, frames, count, __builtin_return_address(0));
	} else if (count == 1 && missing(&xsk->rx) && frames->addr < xsk->umem->bytes) {
		ring->addresses[ring->own++ & ring->mask] = frames->addr;
		xdpx_ring_publish(ring);
		wake(&xsk->rx);
	} else {
		release_all(xsk, frames, count);
	}
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The send side: frames to the kernel, and back into the pool once they are sent. */
#include "base/fail.h"
#include "xsk/careful.h"
#include "xsk/xsk.h"

#include <errno.h>
#include <linux/if_xdp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

/* Sent frames are fetched back once this many are out, so that they are not missing elsewhere. */
#define COMPLETE_BATCH 64

/* Whether the frame is a packet of its own that asks for nothing and lies where it may. */
static inline bool plain(const struct xdpx_umem *umem, const struct xdpx_frame *frame)
{
	uint64_t at = frame->addr & (umem->frame_size - 1);

	return umem->plain && frame->addr < umem->bytes && frame->len && at + frame->len <= umem->frame_size &&
	       !frame->options;
}

/*
 * How many frames make up the packet that comes first, 0 when it can't be sent. What the kernel would not send it drops
 * for good, frame and all, or never gets past: so it never gets to see such a frame.
 */
static inline uint32_t sendable(const struct xdpx_xsk *xsk, const struct xdpx_frame *frames, uint32_t count)
{
	struct xdpx_packet packet;

	if (plain(xsk->umem, frames))
		return 1;
	packet = xdpx_packet_check(xsk, frames, count);
	return packet.why_not ? 0 : packet.frames;
}

static int refuse(const struct xdpx_xsk *xsk, const struct xdpx_frame *frames, uint32_t count)
{
	struct xdpx_packet packet = xdpx_packet_check(xsk, frames, count);
	const struct xdpx_frame *frame = &frames[packet.frames];

	if (!packet.why_not)
		return xdpx_fail(-EINVAL, "xsk.send",
				 "%s queue %u: the packet at 0x%llx can't be sent: the application doesn't hold it, as "
				 "the log tells",
				 xsk->nic_name, xsk->queue, (unsigned long long)frames[0].addr);
	xdpx_fail(-EINVAL, "xsk.send",
		  "%s queue %u: the frame at 0x%llx, %u bytes long, options 0x%x, can't be sent: %s", xsk->nic_name,
		  xsk->queue, (unsigned long long)frame->addr, frame->len, frame->options, packet.why_not);
	xdpx_fail_hint(
		"the UMEM has %u frames of %u bytes, %u of them in front of packets for requests; packets may have "
		"up to %u frames here",
		xsk->umem->pool.count, xsk->umem->frame_size, xsk->umem->tx_metadata, xsk->tx.packet_frames);
	return -EINVAL;
}

/*
 * What the kernel's errors mean where it copies (net/xdp/xsk.c: __xsk_generic_xmit()). After all of these it goes on
 * where it stopped when it is called again, and it may have got on already.
 *
 * EAGAIN: it has used up its budget or what the socket may have under way, or the device's queue is full and the packet
 * was left in the ring. ENOBUFS, ENOMEM: no memory for now. EBUSY: the device dropped the packet, be its queue full or
 * its carrier off; the frames come back as if they had been sent, and only this error tells.
 */
static bool try_again(struct xdpx_xsk *xsk, int err)
{
	if (err != -EAGAIN && err != -EBUSY && err != -ENOBUFS && err != -ENOMEM)
		return false;
	xdpx_counter_add(err == -EBUSY && !xsk->zerocopy ? &xsk->tx.unsent : &xsk->tx.retries, 1);
	return true;
}

/* Moves whenever the kernel gets on. */
static uint32_t progress(struct xdpx_xsk_tx *tx)
{
	return xdpx_ring_look(&tx->tx) + xdpx_ring_look(&tx->completion);
}

int xdpx_xsk_push(struct xdpx_xsk *xsk)
{
	struct xdpx_ring *ring = &xsk->tx.tx;
	uint32_t tries = xdpx_ring_size(ring); /* each gets on: an index that jumps must not keep us here for ever */
	uint32_t before;
	int err;

	/* The entries must be out before the flag is read: a driver sets it when it has seen nothing to send. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	while (tries-- && xdpx_ring_look(ring) != ring->own &&
	       (__atomic_load_n(ring->flags, __ATOMIC_RELAXED) & XDP_RING_NEED_WAKEUP || xsk->tx.busy)) {
		before = progress(&xsk->tx);
		xdpx_counter_add(&xsk->tx.kicks, 1);
		if (sendto(xsk->tx.fd, NULL, 0, MSG_DONTWAIT, NULL, 0) >= 0)
			return 0;
		err = -errno;
		if (!try_again(xsk, err))
			return err;
		if (progress(&xsk->tx) == before)
			return -EAGAIN;
		if (!xsk->tx.keep)
			xdpx_xsk_complete(xsk);
	}
	return 0;
}

int xdpx_xsk_kick(struct xdpx_xsk *xsk)
{
	int state;
	int err;

	if (xsk->opts.flags & XDPX_XSK_RX_ONLY)
		return 0;

	err = xdpx_xsk_push(xsk);
	if (err == -EAGAIN)
		return err;
	state = err || xsk->fd < 0 ? xdpx_xsk_device_state(xsk) : 0;
	if (state)
		return xdpx_xsk_device_fail(xsk, state, "xsk.kick");
	if (!err)
		return 0;
	return xdpx_fail(err, "xsk.kick", "%s queue %u: the kernel doesn't send: %s", xsk->nic_name, xsk->queue,
			 xdpx_errno_text(err));
}

/* Of two frames. */
typedef uint64_t number_pair __attribute__((vector_size(16)));

static inline uint64_t length_and_options(const struct xdpx_frame *frame)
{
	return frame->len | (uint64_t)frame->options << 32;
}

/* All bits of addresses, and of where in its frame a packet ends. */
struct bits {
	number_pair addr;
	number_pair last;
};

/* With options, or empty, a packet ends far behind its frame: length and options are one number, less 1. */
static inline void look_at_pair(struct bits *bits, const struct xdpx_frame *pair, uint64_t size)
{
	const number_pair addr = {pair[0].addr, pair[1].addr};
	const number_pair length = {length_and_options(&pair[0]), length_and_options(&pair[1])};

	bits->addr |= addr;
	bits->last |= (length - 1) | ((addr & (size - 1)) + (length - 1));
}

/*
 * Whether all frames are for certain plain packets. They are looked at together, as hardly ever one is not. Their bits
 * decide, as a frame's size is a power of two; where the UMEM's is not, they may say no of addresses that are inside.
 */
static inline bool all_plain(const struct xdpx_umem *umem, const struct xdpx_frame *frames, uint32_t count)
{
	const uint64_t size = umem->frame_size;
	struct bits bits = {0};
	size_t at = 0;

	for (; at + 4 <= count; at += 4) {
		look_at_pair(&bits, &frames[at], size);
		look_at_pair(&bits, &frames[at + 2], size);
	}
	for (; at < count; at++)
		if (!plain(umem, &frames[at]))
			return false;
	return (bits.addr[0] | bits.addr[1]) < umem->bytes && (bits.last[0] | bits.last[1]) < size;
}

static inline void copy_in(const struct xdpx_ring *ring, uint32_t end, const struct xdpx_frame *frames, uint32_t count)
{
	uint32_t start = end & ring->mask;
	uint32_t straight = xdpx_smaller(count, xdpx_ring_size(ring) - start);

	memcpy(&ring->frames[start], frames, straight * sizeof(*frames));
	memcpy(ring->frames, frames + straight, (count - straight) * sizeof(*frames));
}

/*
 * Puts whole packets behind those that are staged; -EINVAL, not recorded, when the very first can't be sent. `place` is
 * where in the application.
 */
static inline int put(struct xdpx_xsk *xsk, const struct xdpx_frame *frames, unsigned int count, const void *place)
{
	struct xdpx_ring *ring = &xsk->tx.tx;
	uint32_t room = xsk->tx.limit - xsk->tx.staged - xdpx_under_way(&xsk->tx);
	uint32_t end = ring->own + xsk->tx.staged;
	uint32_t at = 0;
	uint32_t left;

	if ((room < count || xdpx_under_way(&xsk->tx) >= COMPLETE_BATCH) && !xsk->tx.keep)
		room += xdpx_xsk_complete(xsk);
	if (room > count)
		room = count;

	if (room > 1 && xsk->umem->plain && all_plain(xsk->umem, frames, room)) {
		copy_in(ring, end, frames, room);
		at = room;
	}

	while (at < room) {
		left = sendable(xsk, frames + at, count - at);
		if (!left && !at)
			return -EINVAL;
		if (!left || left > room - at)
			break;
		if (xsk->umem->careful && !xdpx_careful_send(xsk->umem, frames + at, left, place)) {
			if (!at)
				return -EINVAL;
			break;
		}
		do
			ring->frames[end++ & ring->mask] = frames[at++];
		while (--left);
	}
	xsk->tx.staged += at;
	return (int)at;
}

int xdpx_xsk_put(struct xdpx_xsk *xsk, const struct xdpx_frame *frames, unsigned int count)
{
	return put(xsk, frames, count, __builtin_return_address(0));
}

static inline int stage(struct xdpx_xsk *xsk, const struct xdpx_frame *frames, unsigned int count, const void *place)
{
	int staged;

	if (xsk->opts.flags & XDPX_XSK_RX_ONLY)
		return xdpx_fail(-EINVAL, "xsk.send", "%s queue %u: the socket was opened for receiving only",
				 xsk->nic_name, xsk->queue);
	staged = put(xsk, frames, count, place);
	return staged < 0 ? refuse(xsk, frames, count) : staged;
}

int xdpx_xsk_stage(struct xdpx_xsk *xsk, const struct xdpx_frame *frames, unsigned int count)
{
	return stage(xsk, frames, count, __builtin_return_address(0));
}

unsigned int xdpx_xsk_unstage(struct xdpx_xsk *xsk, unsigned int count)
{
	const struct xdpx_ring *ring = &xsk->tx.tx;
	uint32_t at;

	count = xdpx_smaller(count, xsk->tx.staged);
	xsk->tx.staged -= count;
	for (at = 0; xsk->umem->careful && at < count; at++)
		xdpx_careful_keep(xsk->umem, &ring->frames[(ring->own + xsk->tx.staged + at) & ring->mask]);
	return count;
}

static inline unsigned int submit(struct xdpx_xsk *xsk)
{
	uint32_t count = xsk->tx.staged;

	xsk->tx.staged = 0;
	xsk->tx.tx.own += count;
	xdpx_ring_publish(&xsk->tx.tx);
	xdpx_counter_add(&xsk->tx.sent, count);
	(void)xdpx_xsk_push(xsk);
	return count;
}

unsigned int xdpx_xsk_submit(struct xdpx_xsk *xsk)
{
	return submit(xsk);
}

int xdpx_xsk_send(struct xdpx_xsk *xsk, const struct xdpx_frame *frames, unsigned int count)
{
	int staged = stage(xsk, frames, count, __builtin_return_address(0));

	if (staged >= 0)
		submit(xsk);
	return staged;
}

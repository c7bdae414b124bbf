/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The send side: frames to the kernel, and back into the pool once they are sent. */
#include "base/fail.h"
#include "xsk/xsk.h"

#include <errno.h>
#include <linux/if_xdp.h>
#include <sys/socket.h>

/* Sent frames are fetched back once this many are out, so that they are not missing elsewhere. */
#define COMPLETE_BATCH 64

static uint32_t under_way(const struct xdpx_xsk_tx *tx)
{
	return tx->tx.own - tx->completion.own;
}

unsigned int xdpx_xsk_complete(struct xdpx_xsk *xsk)
{
	struct xdpx_ring *ring = &xsk->tx.completion;
	uint32_t count = xdpx_ring_look(ring) - ring->own;
	uint32_t start = ring->own & ring->mask;
	uint32_t straight = xdpx_ring_size(ring) - start;

	if (count > under_way(&xsk->tx)) /* an index that jumps: no more than was sent can come back */
		count = under_way(&xsk->tx);
	if (!count)
		return 0;
	if (straight > count)
		straight = count;
	xdpx_pool_put_addresses(&xsk->umem->pool, &ring->addresses[start], straight);
	if (straight < count)
		xdpx_pool_put_addresses(&xsk->umem->pool, ring->addresses, count - straight);

	ring->own += count;
	xdpx_ring_publish(ring);
	xdpx_counter_add(&xsk->tx.completed, count);
	return count;
}

/*
 * What the kernel would not send it drops for good, frame and all: so it never gets to see such a frame.
 */
static bool sendable(const struct xdpx_umem *umem, const struct xdpx_frame *frame)
{
	uint64_t at = frame->addr & (umem->frame_size - 1);

	return frame->addr < umem->bytes && frame->len && at + frame->len <= umem->frame_size && !frame->options;
}

static int refuse(const struct xdpx_xsk *xsk, const struct xdpx_frame *frame)
{
	return xdpx_fail(-EINVAL, "xsk.send",
			 "%s queue %u: the frame at 0x%llx, %u bytes long, options 0x%x, can't be sent: it must lie "
			 "inside one of the UMEM's %u frames of %u bytes, not be empty, and have no options",
			 xsk->nic_name, xsk->queue, (unsigned long long)frame->addr, frame->len, frame->options,
			 xsk->umem->pool.count, xsk->umem->frame_size);
}

/* The kernel wants to be called again after these: it ran out of its budget, or of room further on. */
static bool try_again(int err)
{
	return err == -EAGAIN || err == -EBUSY || err == -ENOBUFS;
}

int xdpx_xsk_push(struct xdpx_xsk *xsk)
{
	struct xdpx_ring *ring = &xsk->tx.tx;
	uint32_t before;
	int err;

	/* The entries must be out before the flag is read: a driver sets it when it has seen nothing to send. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	while (xdpx_ring_look(ring) != ring->own &&
	       __atomic_load_n(ring->flags, __ATOMIC_RELAXED) & XDP_RING_NEED_WAKEUP) {
		before = ring->seen;
		xdpx_counter_add(&xsk->tx.kicks, 1);
		if (sendto(xsk->tx.fd, NULL, 0, MSG_DONTWAIT, NULL, 0) >= 0)
			return 0;
		err = -errno;
		if (!try_again(err))
			return err;
		if (!xdpx_xsk_complete(xsk) && xdpx_ring_look(ring) == before)
			return -EAGAIN;
	}
	return 0;
}

int xdpx_xsk_kick(struct xdpx_xsk *xsk)
{
	int state;
	int err;

	if (xsk->fd < 0)
		return xdpx_xsk_device_fail(xsk, -ENODEV, "xsk.kick");
	if (!xsk->tx.limit)
		return 0;

	err = xdpx_xsk_push(xsk);
	if (!err || err == -EAGAIN)
		return err;
	state = xdpx_xsk_device_state(xsk);
	if (state)
		return xdpx_xsk_device_fail(xsk, state, "xsk.kick");
	return xdpx_fail(err, "xsk.kick", "%s queue %u: the kernel doesn't send: %s", xsk->nic_name, xsk->queue,
			 xdpx_errno_text(err));
}

int xdpx_xsk_send(struct xdpx_xsk *xsk, const struct xdpx_frame *frames, unsigned int count)
{
	struct xdpx_ring *ring = &xsk->tx.tx;
	uint32_t room = xsk->tx.limit - under_way(&xsk->tx);
	uint32_t at;

	if (xsk->opts.flags & XDPX_XSK_RX_ONLY)
		return xdpx_fail(-EINVAL, "xsk.send", "%s queue %u: the socket was opened for receiving only",
				 xsk->nic_name, xsk->queue);
	if (room < count || under_way(&xsk->tx) >= COMPLETE_BATCH)
		room += xdpx_xsk_complete(xsk);
	if (room > count)
		room = count;

	for (at = 0; at < room && sendable(xsk->umem, &frames[at]); at++)
		ring->frames[ring->own++ & ring->mask] = frames[at];
	if (!at && room)
		return refuse(xsk, frames);

	xdpx_ring_publish(ring);
	xdpx_counter_add(&xsk->tx.sent, at);
	(void)xdpx_xsk_push(xsk);
	return (int)at;
}

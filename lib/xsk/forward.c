/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* From one socket's receive ring to another's transmit ring; the packets stay where they are. */
#include "base/fail.h"
#include "xsk/xsk.h"

#include <errno.h>
#include <stdbool.h>

/* Looked at in pieces of this many, which holds any packet that can be sent. */
#define BATCH 64

static int check(const struct xdpx_xsk *from, const struct xdpx_xsk *to)
{
	if (from->umem != to->umem)
		return xdpx_fail(-EINVAL, "xsk.forward", "%s queue %u and %s queue %u have not the same UMEM",
				 from->nic_name, from->queue, to->nic_name, to->queue);
	if (from->opts.flags & XDPX_XSK_TX_ONLY)
		return xdpx_fail(-EINVAL, "xsk.forward", "%s queue %u: the socket was opened for sending only",
				 from->nic_name, from->queue);
	if (to->opts.flags & XDPX_XSK_RX_ONLY)
		return xdpx_fail(-EINVAL, "xsk.forward", "%s queue %u: the socket was opened for receiving only",
				 to->nic_name, to->queue);
	return 0;
}

/* Received frames, of which only where packets end is passed on: whoever else writes the ring makes no requests. */
static uint32_t look(struct xdpx_xsk *from, struct xdpx_frame *frames, uint32_t max)
{
	uint32_t count = xdpx_xsk_peek(from, frames, BATCH);
	uint32_t at;

	for (at = 0; at < count; at++)
		frames[at].options &= XDPX_FRAME_CONTINUES;
	return count > max ? xdpx_frames_next_packet(frames, count, max - 1) : count;
}

/* The first packet can't be sent, and must not stop those behind it. */
static void drop(struct xdpx_xsk *from, struct xdpx_xsk *to, const struct xdpx_frame *frames, uint32_t count)
{
	count = xdpx_frames_next_packet(frames, count, 0);
	xdpx_xsk_take(from, count);
	xdpx_xsk_release(from, frames, count);
	xdpx_counter_add(&to->tx.unsendable, count);
	from->rx.skip = frames[count - 1].options & XDPX_FRAME_CONTINUES;
}

/* One piece: how many frames went over; 0 when nothing is left, or no room. */
static uint32_t move(struct xdpx_xsk *from, struct xdpx_xsk *to, uint32_t max)
{
	struct xdpx_frame frames[BATCH];
	uint32_t count;
	int staged;

	while ((count = look(from, frames, max))) {
		staged = from->rx.skip ? -EINVAL : xdpx_xsk_put(to, frames, count);
		if (staged >= 0)
			return xdpx_xsk_take(from, (uint32_t)staged);
		drop(from, to, frames, count);
	}
	return 0;
}

int xdpx_xsk_forward(struct xdpx_xsk *from, struct xdpx_xsk *to, unsigned int max)
{
	unsigned int moved = 0;
	uint32_t piece = 1;
	int err = check(from, to);

	if (err)
		return err;
	while (piece && moved < max) {
		piece = move(from, to, max - moved);
		moved += piece;
	}
	if (!moved && !to->tx.keep)
		xdpx_xsk_complete(to); /* while nothing comes, nothing else fetches sent frames back */
	xdpx_xsk_submit(to);
	return (int)moved;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Ending a socket without losing one of the frames that the kernel had. */
#include "base/clock.h"
#include "base/fail.h"
#include "xsk/busy.h"
#include "xsk/careful.h"
#include "xsk/xsk.h"

#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

/* Frames on their way out get this long to come back. */
#define SEND_WAIT_MS 100

static void send_finish(struct xdpx_xsk *xsk)
{
	int tries;

	for (tries = 0; tries < SEND_WAIT_MS; tries++) {
		xdpx_xsk_complete(xsk);
		if (!xdpx_xsk_kernel_tx(xsk) || xdpx_xsk_device_state(xsk))
			return;
		(void)xdpx_xsk_push(xsk);
		xdpx_sleep_ms(1);
	}
}

static void put_address(struct xdpx_xsk *xsk, uint64_t address)
{
	xdpx_umem_put_back(xsk->umem, &address, 1);
}

/*
 * After close() has returned, the kernel writes neither into the rings nor, without zero-copy, into frames. What it had
 * lies in the fill ring from the kernel's index on, or in the receive ring, or is one last frame that it had drawn from
 * the fill ring for a packet that then did not fit into the receive ring: it draws no other before it has used that
 * one, so it is the entry just before the kernel's index, which nobody has overwritten since `target` keeps the frames
 * with the kernel to what the ring holds.
 */
static uint32_t receive_reclaim(struct xdpx_xsk *xsk)
{
	struct xdpx_ring *rx = &xsk->rx.rx;
	struct xdpx_ring *fill = &xsk->rx.fill;
	uint32_t left = fill->own - rx->own;
	uint32_t at;

	for (at = xdpx_ring_look(fill); at != fill->own; at++, left--)
		put_address(xsk, fill->addresses[at & fill->mask]);
	for (at = rx->own; at != xdpx_ring_look(rx); at++, left--)
		put_address(xsk, rx->frames[at & rx->mask].addr);
	if (left == 1) {
		put_address(xsk, fill->addresses[(fill->seen - 1) & fill->mask]);
		left = 0;
	}
	return left;
}

static bool completed_since(const struct xdpx_ring *completion, uint32_t since, uint64_t address)
{
	for (; since != completion->own; since++)
		if (completion->addresses[since & completion->mask] == address)
			return true;
	return false;
}

/*
 * How many frames lie before `end`, `max` at the most, of a packet that the kernel had only begun to copy: when its
 * socket is closed it forgets them, before 7.2, and has no more use for them. Later kernels complete them then.
 */
static uint32_t begun(const struct xdpx_xsk *xsk, uint32_t end, uint32_t max, uint32_t completed_before)
{
	const struct xdpx_ring *tx = &xsk->tx.tx;
	uint32_t count = 0;

	while (count < max && tx->frames[(end - 1 - count) & tx->mask].options & XDPX_FRAME_CONTINUES)
		count++;
	if (!count || xsk->zerocopy ||
	    completed_since(&xsk->tx.completion, completed_before, tx->frames[(end - 1) & tx->mask].addr))
		return 0;
	return count;
}

/*
 * What the kernel had not begun to send comes back; what is on its way out does not, and is counted. Before 6.17 a
 * kernel that copies may give frames back before it publishes that it took them: those are not taken twice.
 */
static uint32_t send_reclaim(struct xdpx_xsk *xsk)
{
	struct xdpx_ring *tx = &xsk->tx.tx;
	uint32_t completed_before = xsk->tx.completion.own;
	uint32_t left;
	uint32_t at;

	xdpx_xsk_complete(xsk);
	left = tx->own - xsk->tx.completion.own;
	at = xdpx_ring_look(tx);
	if (tx->own - at > left)
		at = tx->own - left;
	at -= begun(xsk, at, left - (tx->own - at), completed_before);
	for (; at != tx->own; at++, left--)
		put_address(xsk, tx->frames[at & tx->mask].addr);
	return left;
}

static void list_remove(struct xdpx_xsk *xsk)
{
	struct xdpx_xsk **link = &xsk->umem->sockets;

	while (*link && *link != xsk)
		link = &(*link)->next;
	if (*link)
		*link = xsk->next;
}

/* All that the calls on a socket look at says from now on that there is nothing to be had. */
static void sides_end(struct xdpx_xsk *xsk)
{
	xdpx_xsk_rings_unmap(xsk);
	xsk->rx.fd = xsk->tx.fd = -1;
	xsk->rx.target = 0;
	xsk->rx.low = 1;
	xsk->tx.limit = 0;
	xsk->tx.staged = 0;
	xsk->rx.skip = false;
	xsk->zerocopy = false;
}

void xdpx_xsk_end(struct xdpx_xsk *xsk)
{
	uint32_t stranded = 0;

	if (xsk->fd >= 0)
		close(xsk->fd);
	xsk->fd = -1;
	xdpx_busy_end(xsk);

	if (xsk->rx.fill.map) {
		xdpx_xsk_unstage(xsk, xsk->tx.staged); /* they stay the application's */
		/* With zero-copy the device may go on writing until the kernel has stopped its queue, in its own time.
		 */
		stranded = xsk->zerocopy ? xdpx_xsk_kernel_rx(xsk) : receive_reclaim(xsk);
		stranded += send_reclaim(xsk);
	}
	if (stranded)
		xdpx_log(XDPX_LOG_INFO, "%s queue %u: %u frames stay out of use until the UMEM ends", xsk->nic_name,
			 xsk->queue, stranded);
	xsk->umem->stranded += stranded;
	sides_end(xsk);
	if (xsk->control_fd >= 0)
		close(xsk->control_fd);
	xsk->control_fd = -1;
}

void xdpx_xsk_shut(struct xdpx_xsk *xsk)
{
	pthread_mutex_lock(&xsk->umem->lock);
	xdpx_xsk_totals_save(xsk);
	list_remove(xsk);
	xdpx_xsk_end(xsk);
	pthread_mutex_unlock(&xsk->umem->lock);
}

int xdpx_xsk_close(struct xdpx_xsk *xsk)
{
	struct xdpx_umem *umem;
	uint32_t held;

	if (!xsk)
		return 0;

	umem = xsk->umem;
	send_finish(xsk);
	xdpx_xsk_shut(xsk);
	free(xsk);

	held = xdpx_umem_held_count(umem);
	xdpx_umem_put(umem);
	return (int)held;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "xsk/xsk.h"

#include "base/fail.h"
#include "base/kernel.h"
#include "base/opts.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_xdp.h>
#include <string.h>
#include <sys/socket.h>

int xdpx_xsk_fd(const struct xdpx_xsk *xsk)
{
	return xsk->fd;
}

struct xdpx_umem *xdpx_xsk_umem(const struct xdpx_xsk *xsk)
{
	return xsk->umem;
}

uint32_t xdpx_xsk_queue(const struct xdpx_xsk *xsk)
{
	return xsk->queue;
}

const char *xdpx_xsk_nic_name(const struct xdpx_xsk *xsk)
{
	return xsk->nic_name;
}

int xdpx_xsk_is_zerocopy(const struct xdpx_xsk *xsk)
{
	return xsk->zerocopy;
}

/* How far one index is ahead of another that another thread moves: never below 0, nor past the ring's size. */
static uint32_t level(const struct xdpx_ring *ring, const uint32_t *behind, const uint32_t *ahead)
{
	uint32_t start = xdpx_index_read(behind);
	int32_t count = (int32_t)(xdpx_index_read(ahead) - start);

	if (count < 0)
		return 0;
	return (uint32_t)count < xdpx_ring_size(ring) ? (uint32_t)count : xdpx_ring_size(ring);
}

uint32_t xdpx_xsk_kernel_rx(const struct xdpx_xsk *xsk)
{
	return level(&xsk->rx.fill, xsk->rx.rx.shared_own, xsk->rx.fill.shared_own);
}

uint32_t xdpx_xsk_kernel_tx(const struct xdpx_xsk *xsk)
{
	return level(&xsk->tx.tx, xsk->tx.completion.shared_own, xsk->tx.tx.shared_own);
}

uint32_t xdpx_xsk_kernel_frames(const struct xdpx_xsk *xsk)
{
	return xdpx_xsk_kernel_rx(xsk) + xdpx_xsk_kernel_tx(xsk);
}

/* Other maps with values of four bytes would take the descriptor's number and say nothing. */
static int map_check(int map_fd)
{
	struct bpf_map_info info = {0};
	uint32_t length = sizeof(info);

	if (bpf_obj_get_info_by_fd(map_fd, &info, &length))
		return errno == EBADFD ? -EBADF : -errno; /* BPF's own word for a descriptor that is not open */
	return info.type == BPF_MAP_TYPE_XSKMAP ? 0 : -EINVAL;
}

int xdpx_xsk_steer(struct xdpx_xsk *xsk, int map_fd)
{
	uint32_t queue = xsk->queue;
	int fd = xsk->fd;
	int err;

	if (xsk->opts.flags & XDPX_XSK_TX_ONLY)
		return xdpx_fail(-EINVAL, "xsk.steer", "%s queue %u: the socket was opened for sending only",
				 xsk->nic_name, queue);
	err = map_check(map_fd);
	if (!err && !bpf_map_update_elem(map_fd, &queue, &fd, BPF_ANY))
		return 0;

	err = err ? err : -errno;
	if (err == -E2BIG)
		return xdpx_fail(err, "xsk.steer", "the map has no place for queue %u of %s: max_entries is too small",
				 queue, xsk->nic_name);
	if (err == -EOPNOTSUPP || err == -EINVAL || err == -ENOTSOCK) {
		xdpx_fail(-EINVAL, "xsk.steer", "the map on descriptor %d takes no AF_XDP socket", map_fd);
		xdpx_fail_kernel_code(err);
		xdpx_fail_hint("it must be of type BPF_MAP_TYPE_XSKMAP");
		return -EINVAL;
	}
	return xdpx_fail(err, "xsk.steer", "queue %u of %s can't be entered into the map on descriptor %d: %s", queue,
			 xsk->nic_name, map_fd, xdpx_errno_text(err));
}

/* The kernel's counters start again with each socket; these are added to what earlier ones had counted. */
static int kernel_stats(const struct xdpx_xsk *xsk, struct xdp_statistics *kernel)
{
	socklen_t length = sizeof(*kernel);
	int err;

	memset(kernel, 0, sizeof(*kernel));
	if (xsk->fd < 0) /* shut */
		return 0;
	if (!getsockopt(xsk->fd, SOL_XDP, XDP_STATISTICS, kernel, &length))
		return 0;
	err = -errno;
	return xdpx_fail(err, "xsk.stats", "%s queue %u: the kernel gives no statistics: %s", xsk->nic_name, xsk->queue,
			 xdpx_errno_text(err));
}

static int totals_of(const struct xdpx_xsk *xsk, struct xdpx_xsk_stats *now)
{
	struct xdp_statistics kernel;
	int err = kernel_stats(xsk, &kernel);

	if (err)
		return err;
	*now = xsk->totals->stats;
	now->received += xdpx_counter_read(&xsk->rx.received);
	now->sent += xdpx_counter_read(&xsk->tx.sent);
	now->completed += xdpx_counter_read(&xsk->tx.completed);
	now->kicks += xdpx_counter_read(&xsk->rx.kicks) + xdpx_counter_read(&xsk->tx.kicks);
	now->starved += xdpx_counter_read(&xsk->rx.starved);
	now->tx_retries += xdpx_counter_read(&xsk->tx.retries);
	now->tx_unsent += xdpx_counter_read(&xsk->tx.unsent);
	now->tx_unsendable += xdpx_counter_read(&xsk->tx.unsendable);
	now->rx_dropped += kernel.rx_dropped;
	now->rx_invalid_descs += kernel.rx_invalid_descs;
	now->tx_invalid_descs += kernel.tx_invalid_descs;
	now->rx_ring_full += kernel.rx_ring_full;
	now->rx_fill_ring_empty_descs += kernel.rx_fill_ring_empty_descs;
	now->tx_ring_empty_descs += kernel.tx_ring_empty_descs;
	return 0;
}

void xdpx_xsk_totals_save(struct xdpx_xsk *xsk)
{
	struct xdpx_xsk_stats now;

	if (totals_of(xsk, &now))
		return;
	xsk->totals->stats = now;
	xsk->rx.received = xsk->rx.kicks = xsk->rx.starved = 0;
	xsk->tx.sent = xsk->tx.completed = xsk->tx.kicks = 0;
	xsk->tx.retries = xsk->tx.unsent = xsk->tx.unsendable = 0;
}

static void levels_of(const struct xdpx_xsk *xsk, struct xdpx_xsk_stats *now)
{
	const struct xdpx_ring *rx = &xsk->rx.rx;
	const struct xdpx_ring *tx = &xsk->tx.tx;
	const struct xdpx_ring *completion = &xsk->tx.completion;
	uint32_t kernel_rx;

	now->rx_level = level(rx, rx->shared_own, rx->shared_seen);
	kernel_rx = xdpx_xsk_kernel_rx(xsk);
	now->fill_level = kernel_rx > now->rx_level ? kernel_rx - now->rx_level : 0;
	now->tx_level = level(tx, tx->shared_seen, tx->shared_own);
	now->completion_level = level(completion, completion->shared_own, completion->shared_seen);
}

int xdpx_xsk_stats(const struct xdpx_xsk *xsk, struct xdpx_xsk_stats *stats)
{
	struct xdpx_xsk_stats now;
	int err;

	/* The rings must stay while they are read: the socket's own thread may be opening it again. */
	pthread_mutex_lock(&xsk->umem->lock);
	err = totals_of(xsk, &now);
	if (!err)
		levels_of(xsk, &now);
	pthread_mutex_unlock(&xsk->umem->lock);
	if (err)
		return err;
	now.held = xdpx_umem_held_count(xsk->umem);
	return xdpx_out_give(stats, &now, sizeof(now), "xsk.stats");
}

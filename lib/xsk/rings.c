/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "base/fail.h"
#include "base/kernel.h"
#include "xsk/xsk.h"

#include <errno.h>
#include <linux/if_xdp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

/* One ring: which option sizes it, where it is mapped, and where its parts lie in that mapping. */
struct plan {
	struct xdpx_ring *ring;
	const char *name;
	int option;
	uint32_t size;
	size_t entry;
	off_t page_offset;
	const struct xdp_ring_offset *offset;
	bool producer; /* we produce, the kernel consumes */
};

static int ring_size(const struct xdpx_xsk *xsk, const struct plan *plan)
{
	int err;

	if (!setsockopt(xsk->fd, SOL_XDP, plan->option, &plan->size, sizeof(plan->size)))
		return 0;

	err = -errno;
	return xdpx_fail(err, "xsk.ring", "%s queue %u: no %s ring of %u entries: %s", xsk->nic_name, xsk->queue,
			 plan->name, plan->size, xdpx_errno_text(err));
}

static int ring_map(const struct xdpx_xsk *xsk, const struct plan *plan)
{
	struct xdpx_ring *ring = plan->ring;
	unsigned char *map;
	uint32_t *producer;
	uint32_t *consumer;
	int err;

	ring->map_bytes = plan->offset->desc + plan->size * plan->entry;
	map = mmap(NULL, ring->map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, xsk->fd,
		   plan->page_offset);
	if (map == MAP_FAILED) {
		err = -errno;
		return xdpx_fail(err, "xsk.ring", "%s queue %u: the %s ring can't be mapped: %s", xsk->nic_name,
				 xsk->queue, plan->name, xdpx_errno_text(err));
	}

	producer = (uint32_t *)(void *)(map + plan->offset->producer);
	consumer = (uint32_t *)(void *)(map + plan->offset->consumer);
	ring->map = map;
	ring->mask = plan->size - 1;
	ring->shared_own = plan->producer ? producer : consumer;
	ring->shared_seen = plan->producer ? consumer : producer;
	ring->flags = (uint32_t *)(void *)(map + plan->offset->flags);
	ring->entries = map + plan->offset->desc;
	return 0;
}

/* A ring that stays empty for ever, so that no path has to ask whether there is one. */
static void ring_absent(struct xdpx_xsk *xsk, struct xdpx_ring *ring)
{
	*ring = (struct xdpx_ring){
		.shared_own = &xsk->absent,
		.shared_seen = &xsk->absent,
		.flags = &xsk->absent,
	};
}

#define RINGS 4

/*
 * All rings that the socket has, of size 0 those that it has not: a receive-only socket has no transmit ring and the
 * other way round; the kernel wants the other two always. Their places are filled in by the kernel's offsets.
 */
static void plans_make(struct xdpx_xsk *xsk, const struct xdp_mmap_offsets *offsets, struct plan *plans)
{
	const struct xdpx_xsk_opts *opts = &xsk->opts;
	const struct plan all[RINGS] = {
		{&xsk->rx.fill, "fill", XDP_UMEM_FILL_RING, opts->fill_size, sizeof(uint64_t), XDP_UMEM_PGOFF_FILL_RING,
		 &offsets->fr, true},
		{&xsk->tx.completion, "completion", XDP_UMEM_COMPLETION_RING, opts->completion_size, sizeof(uint64_t),
		 XDP_UMEM_PGOFF_COMPLETION_RING, &offsets->cr, false},
		{&xsk->rx.rx, "receive", XDP_RX_RING, opts->flags & XDPX_XSK_TX_ONLY ? 0 : opts->rx_size,
		 sizeof(struct xdp_desc), XDP_PGOFF_RX_RING, &offsets->rx, false},
		{&xsk->tx.tx, "transmit", XDP_TX_RING, opts->flags & XDPX_XSK_RX_ONLY ? 0 : opts->tx_size,
		 sizeof(struct xdp_desc), XDP_PGOFF_TX_RING, &offsets->tx, true},
	};

	memcpy(plans, all, sizeof(all));
}

int xdpx_xsk_rings_size(struct xdpx_xsk *xsk)
{
	const struct xdp_mmap_offsets none = {0};
	struct plan plans[RINGS];
	size_t at;
	int err;

	plans_make(xsk, &none, plans);
	for (at = 0; at < RINGS; at++) {
		err = plans[at].size ? ring_size(xsk, &plans[at]) : 0;
		if (err)
			return err;
	}
	return 0;
}

int xdpx_xsk_rings_map(struct xdpx_xsk *xsk)
{
	struct xdp_mmap_offsets offsets;
	socklen_t length = sizeof(offsets);
	struct plan plans[RINGS];
	size_t at;
	int err;

	if (getsockopt(xsk->fd, SOL_XDP, XDP_MMAP_OFFSETS, &offsets, &length)) {
		err = -errno;
		return xdpx_fail(err, "xsk.ring", "%s queue %u: the kernel doesn't tell the layout of its rings: %s",
				 xsk->nic_name, xsk->queue, xdpx_errno_text(err));
	}

	plans_make(xsk, &offsets, plans);
	for (at = 0; at < RINGS; at++)
		ring_absent(xsk, plans[at].ring);
	for (at = 0; at < RINGS; at++) {
		err = plans[at].size ? ring_map(xsk, &plans[at]) : 0;
		if (err)
			return err;
	}
	return 0;
}

void xdpx_xsk_rings_unmap(struct xdpx_xsk *xsk)
{
	struct xdpx_ring *rings[] = {&xsk->rx.rx, &xsk->rx.fill, &xsk->tx.tx, &xsk->tx.completion};
	size_t at;

	for (at = 0; at < sizeof(rings) / sizeof(rings[0]); at++) {
		if (rings[at]->map)
			munmap(rings[at]->map, rings[at]->map_bytes);
		ring_absent(xsk, rings[at]);
	}
}

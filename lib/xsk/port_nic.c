/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* One device of a port: which of its queues, the packet memory for them, and the sockets. */
#include "base/clock.h"
#include "base/fail.h"
#include "base/netns.h"
#include "prog/prog.h"
#include "xsk/port.h"
#include "xsk/umem.h"
#include "xsk/xsk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xdpx/prog.h>

/* Beside the MTU: an Ethernet header with two VLAN tags. */
#define LINK_HEADER 22
#define CARRIER_LOOK_MS 10

struct xdpx_port_nic *xdpx_port_nic_new(void)
{
	struct xdpx_port_nic *nic = calloc(1, sizeof(*nic));

	if (nic)
		nic->map = nic->netns = -1;
	return nic;
}

static int fail_missing(const struct xdpx_nic *snapshot, const struct xdpx_queues *queues)
{
	if (queues->combined_max > queues->combined)
		xdpx_fail_hint("ethtool -L %s combined N adds queues; the driver allows up to %u",
			       xdpx_nic_name(snapshot), queues->combined_max);
	return -EINVAL;
}

/* How many queues, when they are given by the first and a count. */
static int range_choose(struct xdpx_port_nic *nic, const struct xdpx_nic *snapshot, const struct xdpx_queues *queues)
{
	const struct xdpx_port_opts *opts = &nic->opts;

	if (opts->queue_first < queues->usable && opts->queue_count <= queues->usable - opts->queue_first) {
		nic->count = opts->queue_count ? opts->queue_count : queues->usable - opts->queue_first;
		return 0;
	}
	xdpx_fail(-EINVAL, "port.queues", "%s: queues %u to %llu do not all exist; it has %u (0 to %u)",
		  xdpx_nic_name(snapshot), opts->queue_first,
		  (unsigned long long)opts->queue_first + (opts->queue_count ? opts->queue_count - 1 : 0),
		  queues->usable, queues->usable - 1);
	return fail_missing(snapshot, queues);
}

/* The same, when there is a list of them. */
static int list_choose(struct xdpx_port_nic *nic, const struct xdpx_nic *snapshot, const struct xdpx_queues *queues)
{
	const struct xdpx_port_opts *opts = &nic->opts;
	uint32_t at;

	for (at = 0; at < opts->queue_count; at++) {
		if (opts->queues[at] < queues->usable)
			continue;
		xdpx_fail(-EINVAL, "port.queues", "%s: queue %u does not exist; it has %u (0 to %u)",
			  xdpx_nic_name(snapshot), opts->queues[at], queues->usable, queues->usable - 1);
		return fail_missing(snapshot, queues);
	}
	nic->count = opts->queue_count;
	return 0;
}

/* Which queues, from what the caller wants and the device has. */
static int queues_choose(struct xdpx_port_nic *nic, const struct xdpx_nic *snapshot)
{
	const struct xdpx_port_opts *opts = &nic->opts;
	struct xdpx_queues queues = {.size = sizeof(queues)};
	uint32_t at;
	int err;

	err = xdpx_nic_queues(snapshot, &queues);
	if (err)
		return err;
	if (!queues.usable)
		return xdpx_fail(-EINVAL, "port.queues", "%s has no queue that AF_XDP can use: %s",
				 xdpx_nic_name(snapshot), xdpx_nic_queues_why(snapshot));
	err = opts->queues ? list_choose(nic, snapshot, &queues) : range_choose(nic, snapshot, &queues);
	if (err)
		return err;

	nic->queues = calloc(nic->count, sizeof(*nic->queues));
	nic->xsks = calloc(nic->count, sizeof(struct xdpx_xsk *));
	nic->umems = calloc(nic->count, sizeof(struct xdpx_umem *));
	if (!nic->queues || !nic->xsks || !nic->umems)
		return xdpx_fail(-ENOMEM, "port.alloc", "no memory for the handles of %u queues", nic->count);
	for (at = 0; at < nic->count; at++)
		nic->queues[at] = opts->queues ? opts->queues[at] : opts->queue_first + at;
	return 0;
}

static int umems_make(struct xdpx_port_nic *nic)
{
	bool per_queue = nic->opts.flags & XDPX_PORT_UMEM_PER_QUEUE;
	uint32_t wanted = nic->opts.umem ? 0 : per_queue ? nic->count : 1;
	uint64_t frames = (uint64_t)nic->opts.frame_count * (per_queue ? 1 : nic->count);
	int err;

	nic->umem_opts.frame_count = frames < UINT32_MAX ? (uint32_t)frames : UINT32_MAX;
	for (; nic->umem_count < wanted; nic->umem_count++) {
		err = xdpx_umem_new(&nic->umem_opts, &nic->umems[nic->umem_count]);
		if (err)
			return err;
	}
	return 0;
}

static struct xdpx_umem *umem_of(const struct xdpx_port_nic *nic, uint32_t at)
{
	if (nic->opts.umem)
		return nic->opts.umem;
	return nic->umems[nic->umem_count > 1 ? at : 0];
}

static int xsk_make(struct xdpx_port_nic *nic, const struct xdpx_nic *snapshot, uint32_t at)
{
	struct xdpx_umem *umem = umem_of(nic, at);
	struct xdpx_xsk_opts opts = nic->xsk_opts;
	uint32_t share = nic->opts.frame_count ? nic->opts.frame_count : xdpx_umem_frame_count(umem) / nic->count;
	int err;

	if (!opts.fill_target && !(opts.flags & XDPX_XSK_TX_ONLY))
		opts.fill_target = xdpx_smaller(share > 1 ? (share + 1) / 2 : 1, opts.fill_size);
	err = xdpx_xsk_open_on(umem, snapshot, nic->queues[at], &opts, &nic->xsks[at]);
	if (err || nic->map < 0)
		return err;
	return xdpx_xsk_steer(nic->xsks[at], nic->map);
}

void xdpx_port_room_warn(const struct xdpx_port_nic *nic, const struct xdpx_nic *snapshot)
{
	const struct xdpx_umem *umem = umem_of(nic, 0);
	uint32_t room;

	/* a broker's has none: each worker has its own */
	if (!umem || nic->map < 0 || nic->xsk_opts.flags & XDPX_XSK_MULTI_BUFFER)
		return;
	room = umem->frame_size - umem->headroom - XDPX_KERNEL_HEADROOM;
	if (xdpx_nic_mtu(snapshot) + LINK_HEADER > room)
		xdpx_log(XDPX_LOG_WARN,
			 "%s: packets longer than %u bytes do not fit into a frame and are dropped (rx_dropped counts "
			 "them); its MTU is %u",
			 xdpx_nic_name(snapshot), room, xdpx_nic_mtu(snapshot));
}

/* For finding the device again: its index it has only once. */
static int name_keep(struct xdpx_port_nic *nic, const char *name, const struct xdpx_nic *snapshot)
{
	nic->name = strdup(name[0] == '#' ? xdpx_nic_name(snapshot) : name);
	nic->index = xdpx_nic_index(snapshot);
	return nic->name ? 0 : xdpx_fail(-ENOMEM, "port.alloc", "no memory for the name of a device");
}

static int symmetry_check(const struct xdpx_port_nic *nic, const struct xdpx_nic *snapshot)
{
	const char *name = xdpx_nic_name(snapshot);

	if (!(nic->opts.flags & XDPX_PORT_SYMMETRIC_RSS) ||
	    xdpx_nic_can(snapshot, XDPX_FEATURE_RSS_SYMMETRIC) == XDPX_YES)
		return 0;
	xdpx_fail(-EOPNOTSUPP, "port.rss", "%s: the two directions of a connection may arrive on two queues: %s", name,
		  xdpx_nic_why(snapshot, XDPX_FEATURE_RSS_SYMMETRIC));
	xdpx_fail_hint(
		"xdpx_tune() with symmetric_rss, or 'ethtool -X %s xfrm symmetric-xor', makes the hash symmetric; "
		"with one queue ('ethtool -L %s combined 1', or rx 1) there is nothing to tell apart",
		name, name);
	return -EOPNOTSUPP;
}

int xdpx_port_nic_choose(struct xdpx_port_nic *nic, const char *name, const struct xdpx_nic *snapshot)
{
	int err = queues_choose(nic, snapshot);

	if (!err)
		err = symmetry_check(nic, snapshot);
	return err ? err : name_keep(nic, name, snapshot);
}

int xdpx_port_carrier_wait(const struct xdpx_port_nic *nic)
{
	int64_t end = xdpx_now_ms() + nic->opts.carrier_ms;
	const struct xdpx_xsk *xsk = nic->xsks[0];

	if (!nic->opts.carrier_ms)
		return 0;
	while (!xdpx_xsk_device_running(xsk)) {
		if (xdpx_now_ms() >= end)
			return xdpx_fail(-ETIMEDOUT, "port.carrier", "%s: there is no link after %u ms%s",
					 xsk->nic_name, nic->opts.carrier_ms,
					 xdpx_xsk_device_state(xsk) == -ENETDOWN ? ": the device is down" : "");
		xdpx_sleep_ms(CARRIER_LOOK_MS);
	}
	return 0;
}

int xdpx_port_nic_build(struct xdpx_port_nic *nic, const char *name, const struct xdpx_nic *snapshot)
{
	uint32_t at;
	int err;

	err = xdpx_port_nic_choose(nic, name, snapshot);
	if (!err)
		err = umems_make(nic);
	if (!err)
		err = xdpx_port_traffic_attach(nic, snapshot);
	for (at = 0; !err && at < nic->count; at++)
		err = xsk_make(nic, snapshot, at);
	if (err)
		return err;
	xdpx_port_traffic_settle(nic);
	xdpx_port_room_warn(nic, snapshot);
	return 0;
}

static int detach(void *arg)
{
	xdpx_port_traffic_detach(arg);
	return 0;
}

/* A bpf_link ends anywhere; what was attached over netlink does in its own network namespace only. */
static void detach_there(struct xdpx_port_nic *nic)
{
	struct xdpx_fail_saved *saved;

	if (nic->netns < 0 || !nic->link || nic->link->fd >= 0) {
		detach(nic);
		return;
	}
	saved = xdpx_fail_save();
	if (xdpx_netns_run(nic->netns, detach, nic) < 0)
		detach(nic);
	xdpx_fail_restore(saved);
}

void xdpx_port_nic_end(struct xdpx_port_nic *nic)
{
	uint32_t at;

	/* The program first: nothing more is steered to the sockets, and traffic goes to the network stack again. */
	detach_there(nic);
	xdpx_prog_free(nic->own_prog);
	for (at = 0; nic->xsks && at < nic->count; at++)
		xdpx_xsk_close(nic->xsks[at]);
	for (at = 0; at < nic->umem_count; at++)
		xdpx_umem_free(nic->umems[at]);
	free(nic->xsks);
	free(nic->umems);
	free(nic->queues);
	free(nic->name);
	if (nic->netns >= 0)
		close(nic->netns);
	free(nic);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "xsk/share_grant.h"

#include "base/clock.h"
#include "base/fail.h"
#include "tune/share.h"
#include "xsk/busy.h"
#include "xsk/umem.h"
#include "xsk/xsk.h"

#include <errno.h>
#include <linux/if_xdp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* How often a bind is tried again while the kernel frees the queue. */
#define BIND_PAUSE_MS 2

/* What is done with frames on the way, and where memory comes from: the one is the worker's, the other the broker's. */
#define WORKER_FLAGS (XDPX_UMEM_DEBUG | XDPX_UMEM_SCRUB)
#define BROKER_FLAGS (XDPX_UMEM_HUGE_2M | XDPX_UMEM_HUGE_1G | XDPX_UMEM_NUMA_NODE)

int xdpx_grant_memory(struct xdpx_grant *grant, const struct xdpx_port_nic *nic)
{
	struct xdpx_umem_opts opts = nic->umem_opts;

	opts.flags = (opts.flags | XDPX_UMEM_MEMFD) & ~WORKER_FLAGS;
	opts.frame_count = nic->opts.frame_count;
	return xdpx_umem_new(&opts, &grant->umem);
}

/*
 * A socket that can be asked about the device, for it lies in the device's network namespace, and can do nothing else
 * there: one end of a pair, with a name so that it can take no other, and connected so that it never reaches another.
 */
static int control_make(struct xdpx_grant *grant)
{
	const struct sockaddr_un_family {
		sa_family_t family;
	} name = {AF_UNIX};
	int pair[2];
	int err = 0;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return xdpx_fail(-errno, "share.control", "no control socket: %s", xdpx_errno_text(errno));
	grant->control_fd = pair[0];
	if (bind(pair[0], (const struct sockaddr *)&name, sizeof(name)))
		err = xdpx_fail(-errno, "share.control", "a control socket can't be given a name: %s",
				xdpx_errno_text(errno));
	close(pair[1]);
	return err;
}

static bool maps_when_bound(int fd)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *map = mmap(NULL, page, PROT_READ, MAP_SHARED, fd, XDP_UMEM_PGOFF_FILL_RING);

	if (map == MAP_FAILED)
		return false;
	munmap(map, page);
	return true;
}

static void socket_end(struct xdpx_grant *grant)
{
	if (grant->xsk)
		xdpx_xsk_end(grant->xsk);
	free(grant->xsk);
	grant->xsk = NULL;
	grant->bound = false;
}

/* And all that needs privileges. */
static int bind_it(struct xdpx_grant *grant, const struct xdpx_nic *snapshot)
{
	int err = xdpx_busy_options_set(grant->xsk->fd, &grant->xsk->opts);

	if (err)
		return err;
	err = xdpx_xsk_bind(grant->xsk, snapshot, NULL);
	grant->bound = !err;
	return err ? err : xdpx_busy_begin(grant->xsk, snapshot);
}

static int socket_try(struct xdpx_grant *grant, const struct xdpx_port_nic *nic, const struct xdpx_nic *snapshot,
		      uint32_t queue, bool late)
{
	struct xdpx_xsk_opts opts = nic->xsk_opts;
	struct xdpx_xsk *xsk;
	int err;

	err = xdpx_xsk_opts_check(grant->umem, &opts);
	if (err)
		return err;
	xsk = xdpx_xsk_new(grant->umem, xdpx_nic_index(snapshot), xdpx_nic_name(snapshot), queue, &opts);
	if (!xsk)
		return xdpx_fail(-ENOMEM, "share.alloc", "no memory for a socket's handle");
	grant->xsk = xsk;
	err = xdpx_xsk_socket_make(xsk);
	if (!err)
		err = xdpx_xsk_umem_register(xsk);
	if (!err)
		err = xdpx_xsk_rings_size(xsk);
	if (err)
		return err;
	xdpx_xsk_sides_set(xsk);
	return late ? 0 : bind_it(grant, snapshot);
}

int xdpx_grant_socket(struct xdpx_grant *grant, const struct xdpx_port_nic *nic, const struct xdpx_nic *snapshot,
		      uint32_t queue, bool *late)
{
	int err;

	socket_end(grant);
	err = socket_try(grant, nic, snapshot, queue, *late);
	if (!err && grant->bound && !maps_when_bound(grant->xsk->fd)) {
		*late = true;
		socket_end(grant);
		err = socket_try(grant, nic, snapshot, queue, *late);
	}
	if (!err && grant->control_fd < 0)
		err = control_make(grant);
	return err;
}

void xdpx_grant_describe(const struct xdpx_grant *grant, const struct xdpx_port_nic *nic, struct xdpx_share_grant *to,
			 int *fds)
{
	const struct xdpx_xsk *xsk = grant->xsk;

	*to = (struct xdpx_share_grant){
		.netns = xsk->netns,
		.umem_flags = (nic->umem_opts.flags | XDPX_UMEM_MEMFD) & ~BROKER_FLAGS,
		.xsk_flags = xsk->opts.flags,
		.frame_count = grant->umem->pool.count,
		.frame_size = grant->umem->frame_size,
		.headroom = grant->umem->headroom,
		.max_held = nic->umem_opts.max_held,
		.tx_metadata = grant->umem->tx_metadata,
		.rx_size = xsk->opts.rx_size,
		.tx_size = xsk->opts.tx_size,
		.fill_size = xsk->opts.fill_size,
		.completion_size = xsk->opts.completion_size,
		.fill_target = xsk->opts.fill_target,
		.zerocopy = xsk->opts.zerocopy,
		.busy_poll_us = xsk->opts.busy_poll_us,
		.busy_poll_budget = xsk->opts.busy_poll_budget,
		.nic_index = xsk->nic_index,
		.queue = xsk->queue,
	};
	snprintf(to->nic_name, sizeof(to->nic_name), "%s", xsk->nic_name);
	fds[XDPX_SHARE_SOCKET] = xsk->fd;
	fds[XDPX_SHARE_MEMORY] = xdpx_umem_fd(grant->umem);
	fds[XDPX_SHARE_CONTROL] = grant->control_fd;
}

static void all_close(struct xdpx_grant *grant)
{
	socket_end(grant);
	xdpx_umem_free(grant->umem);
	grant->umem = NULL;
	if (grant->control_fd >= 0)
		close(grant->control_fd);
	grant->control_fd = -1;
}

int xdpx_grant_start(struct xdpx_grant *grant, const struct xdpx_nic *snapshot, int map, struct xdpx_share_start *to)
{
	int64_t end = xdpx_now_ms() + grant->xsk->opts.deadline_ms;
	int err = 0;

	while (!grant->bound) {
		err = bind_it(grant, snapshot);
		if (err && (err != -EBUSY || xdpx_now_ms() >= end))
			return err;
		if (err)
			xdpx_sleep_ms(BIND_PAUSE_MS);
	}
	if (map >= 0)
		err = xdpx_xsk_steer(grant->xsk, map);
	if (err)
		return err;

	to->packet_frames = xdpx_packet_limit(grant->xsk, snapshot);
	to->busy = grant->xsk->rx.busy;
	to->requests = xdpx_tx_requests_possible(grant->xsk, snapshot);
	grant->knobs = grant->xsk->knobs;
	grant->xsk->knobs = NULL;
	all_close(grant);
	return 0;
}

void xdpx_grant_end(struct xdpx_grant *grant)
{
	all_close(grant);
	xdpx_tune_unshare(grant->knobs);
	grant->knobs = NULL;
}

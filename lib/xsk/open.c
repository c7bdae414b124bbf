/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "base/caps.h"
#include "base/clock.h"
#include "base/fail.h"
#include "base/kernel.h"
#include "base/opts.h"
#include "xsk/busy.h"
#include "xsk/xsk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xdpx/nic.h>

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

static int socket_failed(int err)
{
	if (err == -EPERM && !xdpx_cap_have(XDPX_CAP_NET_RAW)) {
		xdpx_fail(err, "xsk.socket", "no AF_XDP socket without the capability CAP_NET_RAW");
		xdpx_fail_hint("run as root, or give the program cap_net_raw, cap_net_admin and cap_bpf");
		return err;
	}
	if (err == -EAFNOSUPPORT) {
		xdpx_fail(-EOPNOTSUPP, "xsk.socket", "this kernel has no AF_XDP sockets");
		xdpx_fail_kernel_code(err);
		xdpx_fail_hint("it must be built with CONFIG_XDP_SOCKETS");
		return -EOPNOTSUPP;
	}
	return xdpx_fail(err, "xsk.socket", "no AF_XDP socket: %s", xdpx_errno_text(err));
}

int xdpx_xsk_socket_make(struct xdpx_xsk *xsk)
{
	socklen_t length = sizeof(xsk->netns);

	xsk->fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (xsk->fd < 0)
		return socket_failed(-errno);
	xsk->rx.fd = xsk->fd;
	xsk->tx.fd = xsk->fd;
	xsk->control_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (xsk->control_fd < 0)
		return xdpx_fail(-errno, "xsk.socket", "no control socket: %s", xdpx_errno_text(errno));
	if (getsockopt(xsk->fd, SOL_SOCKET, SO_NETNS_COOKIE, &xsk->netns, &length))
		xsk->netns = 0;
	return 0;
}

void xdpx_xsk_sides_set(struct xdpx_xsk *xsk)
{
	const struct xdpx_xsk_opts *opts = &xsk->opts;

	xsk->rx.target = opts->fill_target;
	xsk->rx.low = opts->fill_target / 4 ? opts->fill_target / 4 : 1;
	xsk->rx.whole = opts->flags & XDPX_XSK_MULTI_BUFFER;
	xsk->tx.keep = opts->flags & XDPX_XSK_KEEP_COMPLETED;
	xsk->rx.special = xsk->rx.whole || xsk->umem->careful;
	xsk->tx.limit = opts->flags & XDPX_XSK_RX_ONLY ? 0 : xdpx_smaller(opts->tx_size, opts->completion_size);
}

/* A socket that is opened again goes on counting where it was, whatever its device's index is now. */
static int totals_find(struct xdpx_xsk *xsk)
{
	if (!xsk->totals)
		xsk->totals = xdpx_umem_totals(xsk->umem, xsk->netns, xsk->nic_index, xsk->queue);
	if (!xsk->totals)
		return xdpx_fail(-ENOMEM, "xsk.alloc", "no memory for the counters of a queue");
	xsk->totals->netns = xsk->netns;
	xsk->totals->nic_index = xsk->nic_index;
	return 0;
}

int xdpx_xsk_enlist(struct xdpx_xsk *xsk)
{
	int err = totals_find(xsk);

	if (err)
		return err;
	xsk->next = xsk->umem->sockets;
	xsk->umem->sockets = xsk;
	return 0;
}

/* One try, from the socket on: a failed bind leaves nothing that another could use. Under the UMEM's lock. */
static int open_locked(struct xdpx_xsk *xsk, const struct xdpx_nic *nic)
{
	const struct xdpx_xsk *shared;
	int err;

	err = xdpx_xsk_socket_make(xsk);
	if (err)
		return err;

	shared = xdpx_xsk_sharer(xsk);
	err = shared ? 0 : xdpx_xsk_umem_register(xsk);
	if (!err)
		err = xdpx_xsk_rings_size(xsk);
	if (!err)
		err = xdpx_xsk_rings_map(xsk);
	if (err)
		return err;

	xdpx_xsk_sides_set(xsk);
	xdpx_xsk_refill(xsk);
	err = xdpx_busy_options_set(xsk->fd, &xsk->opts);
	if (!err)
		err = xdpx_xsk_bind(xsk, nic, shared);
	if (!err)
		err = xdpx_busy_begin(xsk, nic);
	if (err)
		return err;
	xsk->tx.packet_frames = xdpx_packet_limit(xsk, nic);
	xsk->tx.requests = xdpx_tx_requests_possible(xsk, nic);
	return xdpx_xsk_enlist(xsk);
}

/* Which device it is on; the queue stays. */
static void device_set(struct xdpx_xsk *xsk, uint32_t nic_index, const char *nic_name)
{
	xsk->nic_index = nic_index;
	snprintf(xsk->nic_name, sizeof(xsk->nic_name), "%s", nic_name);
}

struct xdpx_xsk *xdpx_xsk_new(struct xdpx_umem *umem, uint32_t nic_index, const char *nic_name, uint32_t queue,
			      const struct xdpx_xsk_opts *opts)
{
	struct xdpx_xsk *xsk = aligned_alloc(64, (sizeof(*xsk) + 63) & ~(size_t)63);

	if (!xsk)
		return NULL;
	*xsk = (struct xdpx_xsk){
		.umem = umem,
		.fd = -1,
		.control_fd = -1,
		.queue = queue,
		.opts = *opts,
	};
	device_set(xsk, nic_index, nic_name);
	return xsk;
}

static int open_once(struct xdpx_xsk *xsk, const struct xdpx_nic *nic)
{
	int err;

	pthread_mutex_lock(&xsk->umem->lock);
	err = open_locked(xsk, nic);
	if (err)
		xdpx_xsk_end(xsk);
	pthread_mutex_unlock(&xsk->umem->lock);
	return err;
}

/* The kernel frees a closed socket's queue in a worker of its own: until then the queue is busy with nobody. */
static int open_until(struct xdpx_xsk *xsk, const struct xdpx_nic *nic)
{
	struct xdpx_fail_saved *saved = xdpx_fail_save();
	unsigned int pause_ms = 1;
	int64_t end = xdpx_now_ms() + xsk->opts.deadline_ms;
	int err;

	while ((err = open_once(xsk, nic)) == -EBUSY && xdpx_now_ms() < end) {
		xdpx_sleep_ms(pause_ms);
		pause_ms = xdpx_smaller(2 * pause_ms, 16);
	}
	if (err)
		xdpx_fail_forget(saved);
	else
		xdpx_fail_restore(saved);
	return err;
}

int xdpx_xsk_open_on(struct xdpx_umem *umem, const struct xdpx_nic *nic, uint32_t queue,
		     const struct xdpx_xsk_opts *user_opts, struct xdpx_xsk **out)
{
	struct xdpx_xsk_opts opts;
	struct xdpx_xsk *xsk;
	int err;

	err = xdpx_opts_take(&opts, sizeof(opts), user_opts, "xsk.opts");
	if (!err)
		err = xdpx_xsk_opts_check(umem, &opts);
	if (err)
		return err;

	xsk = xdpx_xsk_new(umem, xdpx_nic_index(nic), xdpx_nic_name(nic), queue, &opts);
	if (!xsk)
		return xdpx_fail(-ENOMEM, "xsk.alloc", "no memory for a socket's handle");
	err = open_until(xsk, nic);
	if (err) {
		free(xsk);
		return err;
	}
	pthread_mutex_lock(&umem->lock);
	umem->users++;
	pthread_mutex_unlock(&umem->lock);
	*out = xsk;
	return 0;
}

int xdpx_xsk_reopen(struct xdpx_xsk *xsk, const struct xdpx_nic *nic)
{
	if (xsk->fd >= 0)
		xdpx_xsk_shut(xsk);
	device_set(xsk, xdpx_nic_index(nic), xdpx_nic_name(nic));
	return open_until(xsk, nic);
}

int xdpx_xsk_open(struct xdpx_umem *umem, const char *nic_name, uint32_t queue, const struct xdpx_xsk_opts *opts,
		  struct xdpx_xsk **out)
{
	struct xdpx_nic *nic;
	int err;

	if (!umem || !out)
		return xdpx_fail(-EINVAL, "xsk.open", "no %s given: the pointer is NULL",
				 umem ? "place for the socket" : "UMEM");
	err = xdpx_nic_open(nic_name, NULL, &nic);
	if (err)
		return err;
	err = xdpx_xsk_open_on(umem, nic, queue, opts, out);
	xdpx_nic_free(nic);
	return err;
}

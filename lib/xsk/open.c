/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "base/caps.h"
#include "base/clock.h"
#include "base/fail.h"
#include "base/kernel.h"
#include "base/opts.h"
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

static int socket_make(struct xdpx_xsk *xsk)
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

static void sides_set(struct xdpx_xsk *xsk)
{
	const struct xdpx_xsk_opts *opts = &xsk->opts;

	xsk->rx.target = opts->fill_target;
	xsk->rx.low = opts->fill_target / 4 ? opts->fill_target / 4 : 1;
	xsk->tx.limit = opts->flags & XDPX_XSK_RX_ONLY ? 0 : xdpx_smaller(opts->tx_size, opts->completion_size);
}

/* One try, from the socket on: a failed bind leaves nothing that another could use. Under the UMEM's lock. */
static int open_locked(struct xdpx_xsk *xsk, const struct xdpx_nic *nic)
{
	const struct xdpx_xsk *shared;
	int err;

	err = socket_make(xsk);
	if (err)
		return err;

	shared = xdpx_xsk_sharer(xsk);
	err = shared ? 0 : xdpx_xsk_umem_register(xsk);
	if (!err)
		err = xdpx_xsk_rings_map(xsk);
	if (err)
		return err;

	sides_set(xsk);
	xdpx_xsk_refill(xsk);
	err = xdpx_xsk_bind(xsk, nic, shared);
	if (err)
		return err;

	xsk->totals = xdpx_umem_totals(xsk->umem, xsk->netns, xsk->nic_index, xsk->queue);
	if (!xsk->totals)
		return xdpx_fail(-ENOMEM, "xsk.alloc", "no memory for the counters of a queue");
	xsk->next = xsk->umem->sockets;
	xsk->umem->sockets = xsk;
	xsk->umem->users++;
	return 0;
}

static struct xdpx_xsk *xsk_new(struct xdpx_umem *umem, const struct xdpx_nic *nic, uint32_t queue,
				const struct xdpx_xsk_opts *opts)
{
	struct xdpx_xsk *xsk = aligned_alloc(64, (sizeof(*xsk) + 63) & ~(size_t)63);

	if (!xsk)
		return NULL;
	*xsk = (struct xdpx_xsk){
		.umem = umem,
		.fd = -1,
		.control_fd = -1,
		.nic_index = xdpx_nic_index(nic),
		.queue = queue,
		.opts = *opts,
	};
	snprintf(xsk->nic_name, sizeof(xsk->nic_name), "%s", xdpx_nic_name(nic));
	return xsk;
}

static int open_once(struct xdpx_umem *umem, const struct xdpx_nic *nic, uint32_t queue,
		     const struct xdpx_xsk_opts *opts, struct xdpx_xsk **out)
{
	struct xdpx_xsk *xsk = xsk_new(umem, nic, queue, opts);
	int err;

	if (!xsk)
		return xdpx_fail(-ENOMEM, "xsk.alloc", "no memory for a socket's handle");

	pthread_mutex_lock(&umem->lock);
	err = open_locked(xsk, nic);
	if (err)
		xdpx_xsk_end(xsk);
	pthread_mutex_unlock(&umem->lock);
	if (err) {
		free(xsk);
		return err;
	}
	*out = xsk;
	return 0;
}

/* The kernel frees a closed socket's queue in a worker of its own: until then the queue is busy with nobody. */
static int open_until(struct xdpx_umem *umem, const struct xdpx_nic *nic, uint32_t queue,
		      const struct xdpx_xsk_opts *opts, struct xdpx_xsk **out)
{
	unsigned int pause_ms = 1;
	int64_t end = xdpx_now_ms() + opts->deadline_ms;
	int err;

	for (;;) {
		err = open_once(umem, nic, queue, opts, out);
		if (err != -EBUSY || xdpx_now_ms() >= end)
			return err;
		xdpx_sleep_ms(pause_ms);
		pause_ms = xdpx_smaller(2 * pause_ms, 16);
	}
}

int xdpx_xsk_open_on(struct xdpx_umem *umem, const struct xdpx_nic *nic, uint32_t queue,
		     const struct xdpx_xsk_opts *user_opts, struct xdpx_xsk **out)
{
	struct xdpx_fail_saved *saved;
	struct xdpx_xsk_opts opts;
	int err;

	err = xdpx_opts_take(&opts, sizeof(opts), user_opts, "xsk.opts");
	if (!err)
		err = xdpx_xsk_opts_check(umem, &opts);
	if (err)
		return err;

	saved = xdpx_fail_save();
	err = open_until(umem, nic, queue, &opts, out);
	if (err)
		xdpx_fail_forget(saved);
	else
		xdpx_fail_restore(saved);
	return err;
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

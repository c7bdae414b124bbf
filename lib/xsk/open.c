/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "base/caps.h"
#include "base/clock.h"
#include "base/fail.h"
#include "base/kernel.h"
#include "base/opts.h"
#include "xsk/xsk.h"

#include <errno.h>
#include <linux/if_xdp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xdpx/nic.h>

#define DEFAULT_RING 2048
#define DEFAULT_DEADLINE_MS 1000
/* The kernel wants a fill ring also of a socket that only sends. */
#define SMALLEST_RING 2
#define LARGEST_RING (1U << 30)

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

static int ring_check(uint32_t *size, const char *name)
{
	if (!*size)
		*size = DEFAULT_RING;
	if (*size >= SMALLEST_RING && *size <= LARGEST_RING && !(*size & (*size - 1)))
		return 0;
	return xdpx_fail(-EINVAL, "xsk.opts", "%s is %u; the kernel takes powers of two from %u to %u", name, *size,
			 SMALLEST_RING, LARGEST_RING);
}

static int rings_check(struct xdpx_xsk_opts *opts)
{
	int err;

	err = ring_check(&opts->rx_size, "rx_size");
	if (!err)
		err = ring_check(&opts->tx_size, "tx_size");
	if (!err)
		err = ring_check(&opts->fill_size, "fill_size");
	if (!err)
		err = ring_check(&opts->completion_size, "completion_size");
	return err;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static int opts_check(const struct xdpx_umem *umem, struct xdpx_xsk_opts *opts)
{
	const uint64_t one_side = XDPX_XSK_RX_ONLY | XDPX_XSK_TX_ONLY;
	int err;

	err = xdpx_opts_flags(opts->flags, one_side, "xsk.opts");
	if (!err)
		err = rings_check(opts);
	if (err)
		return err;

	if ((opts->flags & one_side) == one_side)
		return xdpx_fail(-EINVAL, "xsk.opts", "a socket can't be both receive-only and send-only");
	if (opts->zerocopy > XDPX_ZEROCOPY_NEVER)
		return xdpx_fail(-EINVAL, "xsk.opts", "zerocopy is %u, which is no enum xdpx_zerocopy", opts->zerocopy);
	if (opts->fill_target > opts->fill_size)
		return xdpx_fail(-EINVAL, "xsk.opts", "fill_target is %u, more than the fill ring's %u entries",
				 opts->fill_target, opts->fill_size);

	if (!opts->fill_target)
		opts->fill_target = smaller(opts->fill_size, (umem->pool.count + 1) / 2);
	if (opts->flags & XDPX_XSK_TX_ONLY) {
		opts->fill_size = SMALLEST_RING;
		opts->fill_target = 0;
	}
	if (!opts->deadline_ms)
		opts->deadline_ms = DEFAULT_DEADLINE_MS;
	return 0;
}

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

static int register_failed(const struct xdpx_umem *umem, int err)
{
	struct rlimit limit = {0};

	/* Locked memory is only counted without CAP_IPC_LOCK; the kernel then says ENOBUFS, which means nothing here.
	 */
	if (err == -ENOBUFS) {
		getrlimit(RLIMIT_MEMLOCK, &limit);
		xdpx_fail(-ENOMEM, "xsk.umem",
			  "the UMEM's %zu KiB are more than this process may lock: RLIMIT_MEMLOCK is %llu KiB, and it "
			  "hasn't CAP_IPC_LOCK outside of user namespaces",
			  umem->bytes / 1024, (unsigned long long)limit.rlim_cur / 1024);
		xdpx_fail_kernel_code(err);
		xdpx_fail_hint("give the process cap_ipc_lock, raise the limit (ulimit -l), or use fewer frames");
		return -ENOMEM;
	}
	return xdpx_fail(err, "xsk.umem", "the kernel doesn't take the UMEM of %u frames of %u bytes: %s",
			 umem->pool.count, umem->frame_size, xdpx_errno_text(err));
}

static int umem_register(const struct xdpx_xsk *xsk)
{
	const struct xdpx_umem *umem = xsk->umem;
	struct xdp_umem_reg request = {
		.addr = (uintptr_t)umem->base,
		.len = umem->bytes,
		.chunk_size = umem->frame_size,
		.headroom = umem->headroom,
	};

	if (setsockopt(xsk->fd, SOL_XDP, XDP_UMEM_REG, &request, sizeof(request)))
		return register_failed(umem, -errno);
	return 0;
}

/*
 * A socket of the same device that has registered the UMEM already: sharing saves the kernel from pinning and mapping
 * the memory once more, but hands down its copy mode, so the policies must be the same. Two on one queue would share
 * its rings too, which is not what is meant here.
 */
static const struct xdpx_xsk *sharer(const struct xdpx_xsk *xsk)
{
	const struct xdpx_xsk *other;

	for (other = xsk->umem->sockets; other; other = other->next)
		if (other->netns == xsk->netns && other->nic_index == xsk->nic_index && other->queue != xsk->queue &&
		    other->opts.zerocopy == xsk->opts.zerocopy)
			return other;
	return NULL;
}

static int queue_missing(const struct xdpx_xsk *xsk, const struct xdpx_nic *nic)
{
	struct xdpx_queues queues = {.size = sizeof(queues)};

	if (xdpx_nic_queues(nic, &queues) || !queues.usable || xsk->queue < queues.usable)
		return 0;

	xdpx_fail(-EINVAL, "xsk.bind", "%s: queue %u does not exist; it has %u (0 to %u)", xsk->nic_name, xsk->queue,
		  queues.usable, queues.usable - 1);
	if (queues.combined_max > queues.combined)
		xdpx_fail_hint("ethtool -L %s combined N adds queues; the driver allows up to %u", xsk->nic_name,
			       queues.combined_max);
	return -EINVAL;
}

static int bind_failed(const struct xdpx_xsk *xsk, const struct xdpx_nic *nic, int err)
{
	const char *driver = xdpx_nic_driver(nic);
	int code = err;

	if (err == -EINVAL && queue_missing(xsk, nic))
		return -EINVAL;
	if (err == -EBUSY) {
		xdpx_fail(err, "xsk.bind", "%s: queue %u is in use by another AF_XDP socket", xsk->nic_name,
			  xsk->queue);
		xdpx_fail_hint("ss --xdp -p shows whose it is");
		return err;
	}
	if (xsk->opts.zerocopy == XDPX_ZEROCOPY_REQUIRE && (err == -EOPNOTSUPP || err == -EINVAL)) {
		code = -EOPNOTSUPP;
		xdpx_fail(code, "xsk.bind", "%s: queue %u can't do zero-copy (%s %s)", xsk->nic_name, xsk->queue,
			  driver[0] ? "driver" : "kind", driver[0] ? driver : xdpx_nic_kind(nic));
		xdpx_fail_kernel_code(err);
		xdpx_fail_hint("XDPX_ZEROCOPY_TRY takes copies where there is nothing else");
		return code;
	}
	return xdpx_fail(code, "xsk.bind", "%s: an AF_XDP socket can't be bound to queue %u: %s", xsk->nic_name,
			 xsk->queue, xdpx_errno_text(err));
}

static int socket_bind(struct xdpx_xsk *xsk, const struct xdpx_nic *nic, const struct xdpx_xsk *shared)
{
	static const uint16_t policy[] = {
		[XDPX_ZEROCOPY_TRY] = 0,
		[XDPX_ZEROCOPY_REQUIRE] = XDP_ZEROCOPY,
		[XDPX_ZEROCOPY_NEVER] = XDP_COPY,
	};
	struct sockaddr_xdp address = {
		.sxdp_family = AF_XDP,
		.sxdp_ifindex = xsk->nic_index,
		.sxdp_queue_id = xsk->queue,
	};
	struct xdp_options options = {0};
	socklen_t length = sizeof(options);

	if (shared) {
		address.sxdp_flags = XDP_SHARED_UMEM;
		address.sxdp_shared_umem_fd = (uint32_t)shared->fd;
	} else {
		address.sxdp_flags = (uint16_t)(XDP_USE_NEED_WAKEUP | policy[xsk->opts.zerocopy]);
	}
	if (bind(xsk->fd, (struct sockaddr *)&address, sizeof(address)))
		return bind_failed(xsk, nic, -errno);

	if (!getsockopt(xsk->fd, SOL_XDP, XDP_OPTIONS, &options, &length))
		xsk->zerocopy = options.flags & XDP_OPTIONS_ZEROCOPY;
	return 0;
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
	xsk->tx.limit = opts->flags & XDPX_XSK_RX_ONLY ? 0 : smaller(opts->tx_size, opts->completion_size);
}

/* One try, from the socket on: a failed bind leaves nothing that another could use. Under the UMEM's lock. */
static int open_locked(struct xdpx_xsk *xsk, const struct xdpx_nic *nic)
{
	const struct xdpx_xsk *shared;
	int err;

	err = socket_make(xsk);
	if (err)
		return err;

	shared = sharer(xsk);
	err = shared ? 0 : umem_register(xsk);
	if (!err)
		err = xdpx_xsk_rings_map(xsk);
	if (err)
		return err;

	sides_set(xsk);
	xdpx_xsk_refill(xsk);
	err = socket_bind(xsk, nic, shared);
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
		pause_ms = smaller(2 * pause_ms, 16);
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
		err = opts_check(umem, &opts);
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

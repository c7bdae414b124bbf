/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What the kernel is told between making a socket and using it: whose memory, which queue; and why it refuses. */
#include "base/fail.h"
#include "base/kernel.h"
#include "xsk/xsk.h"

#include <errno.h>
#include <linux/if_xdp.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <xdpx/nic.h>

/* As the kernel has it since 6.8, which the headers may not: in older ones the last field is padding. */
struct umem_request {
	uint64_t addr;
	uint64_t len;
	uint32_t chunk_size;
	uint32_t headroom;
	uint32_t flags;
	uint32_t tx_metadata_len;
};

_Static_assert(offsetof(struct umem_request, flags) == offsetof(struct xdp_umem_reg, flags), "the same up to there");

#define UMEM_TX_SW_CSUM (1U << 1)
#define UMEM_TX_METADATA_LEN (1U << 2)

/* 6.6, and the headers may be older. */
#ifndef XDP_USE_SG
#define XDP_USE_SG (1 << 4)
#endif

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

static int register_as(const struct xdpx_xsk *xsk, const struct umem_request *request)
{
	return setsockopt(xsk->fd, SOL_XDP, XDP_UMEM_REG, request, sizeof(*request)) ? -errno : 0;
}

static uint32_t register_flags(const struct xdpx_umem *umem)
{
	return (umem->flags & XDPX_UMEM_UNALIGNED ? XDP_UMEM_UNALIGNED_CHUNK_FLAG : 0) |
	       (umem->flags & XDPX_UMEM_TX_SW_CSUM ? UMEM_TX_SW_CSUM : 0) |
	       (umem->tx_metadata ? UMEM_TX_METADATA_LEN : 0);
}

int xdpx_xsk_umem_register(const struct xdpx_xsk *xsk)
{
	const struct xdpx_umem *umem = xsk->umem;
	struct umem_request request = {
		.addr = (uintptr_t)umem->base,
		.len = umem->bytes,
		.chunk_size = umem->frame_size,
		.headroom = umem->headroom,
		.flags = register_flags(umem),
		.tx_metadata_len = umem->tx_metadata,
	};
	int err = register_as(xsk, &request);

	if (!err)
		return 0;
	if (err == -EINVAL && umem->tx_metadata) {
		request.flags &= ~(UMEM_TX_METADATA_LEN | UMEM_TX_SW_CSUM);
		request.tx_metadata_len = 0;
		if (register_as(xsk, &request))
			return register_failed(umem, err);
		xdpx_fail(-EOPNOTSUPP, "xsk.umem", "this kernel takes no requests with packets: tx_metadata must be 0");
		xdpx_fail_kernel_code(err);
		xdpx_fail_hint("Linux 6.11 and later do");
		return -EOPNOTSUPP;
	}
	return register_failed(umem, err);
}

/*
 * A socket of the same device that has registered the UMEM already: sharing saves the kernel from pinning and mapping
 * the memory once more, but hands down its copy mode and whether packets may have several frames, so the policies must
 * be the same. Two on one queue would share its rings too, which is not what is meant here.
 */
const struct xdpx_xsk *xdpx_xsk_sharer(const struct xdpx_xsk *xsk)
{
	const struct xdpx_xsk *other;

	for (other = xsk->umem->sockets; other; other = other->next)
		if (other->netns == xsk->netns && other->nic_index == xsk->nic_index && other->queue != xsk->queue &&
		    other->opts.zerocopy == xsk->opts.zerocopy &&
		    !((other->opts.flags ^ xsk->opts.flags) & XDPX_XSK_MULTI_BUFFER))
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

void xdpx_xsk_zerocopy_read(struct xdpx_xsk *xsk)
{
	struct xdp_options options = {0};
	socklen_t length = sizeof(options);

	if (!getsockopt(xsk->fd, SOL_XDP, XDP_OPTIONS, &options, &length))
		xsk->zerocopy = options.flags & XDP_OPTIONS_ZEROCOPY;
}

static int bind_with(const struct xdpx_xsk *xsk, const struct xdpx_xsk *shared, uint16_t flags)
{
	struct sockaddr_xdp address = {
		.sxdp_family = AF_XDP,
		.sxdp_ifindex = xsk->nic_index,
		.sxdp_queue_id = xsk->queue,
		.sxdp_flags = flags,
	};

	if (shared) {
		address.sxdp_flags = XDP_SHARED_UMEM;
		address.sxdp_shared_umem_fd = (uint32_t)shared->fd;
	}
	return bind(xsk->fd, (struct sockaddr *)&address, sizeof(address)) ? -errno : 0;
}

static uint16_t bind_flags(const struct xdpx_xsk *xsk)
{
	static const uint16_t policy[] = {
		[XDPX_ZEROCOPY_TRY] = 0,
		[XDPX_ZEROCOPY_REQUIRE] = XDP_ZEROCOPY,
		[XDPX_ZEROCOPY_NEVER] = XDP_COPY,
	};
	uint16_t several = xsk->opts.flags & XDPX_XSK_MULTI_BUFFER ? XDP_USE_SG : 0;
	uint32_t zerocopy = xsk->opts.zerocopy;

	/* With zero-copy the kernel throws frames away that lie in two pages which don't follow one another. */
	if (zerocopy == XDPX_ZEROCOPY_TRY && xdpx_umem_is_scattered(xsk->umem))
		zerocopy = XDPX_ZEROCOPY_NEVER;
	return (uint16_t)(XDP_USE_NEED_WAKEUP | policy[zerocopy] | several);
}

/* Whether it was the wish for packets of several frames that the kernel refused: it binds without. */
static bool refused_several(const struct xdpx_xsk *xsk, uint16_t flags, int err)
{
	return flags & XDP_USE_SG && (err == -EINVAL || err == -EOPNOTSUPP) &&
	       !bind_with(xsk, NULL, (uint16_t)(flags & ~XDP_USE_SG));
}

int xdpx_xsk_bind(struct xdpx_xsk *xsk, const struct xdpx_nic *nic, const struct xdpx_xsk *shared)
{
	uint16_t flags = bind_flags(xsk);
	int err;

	err = bind_with(xsk, shared, flags);
	if (err && !shared && refused_several(xsk, flags, err)) {
		xdpx_fail(-EOPNOTSUPP, "xsk.bind", "%s: queue %u takes no packets of several frames%s", xsk->nic_name,
			  xsk->queue, xsk->opts.zerocopy == XDPX_ZEROCOPY_REQUIRE ? " with zero-copy" : "");
		xdpx_fail_kernel_code(err);
		xdpx_fail_hint("the kernel does with copies since Linux 6.6; XDPX_XSK_MULTI_BUFFER asks for it");
		return -EOPNOTSUPP;
	}
	if (err)
		return bind_failed(xsk, nic, err);

	xdpx_xsk_zerocopy_read(xsk);
	return 0;
}

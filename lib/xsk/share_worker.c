/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The side without privileges: builds an ordinary UMEM and an ordinary socket from what the broker sends. */
#include "base/clock.h"
#include "base/fail.h"
#include "base/opts.h"
#include "xsk/share.h"
#include "xsk/umem.h"
#include "xsk/xsk.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <xdpx/share.h>

#define DEFAULT_TIMEOUT_MS 5000

struct xdpx_worker {
	int connection; /* the caller's */
	struct xdpx_umem *umem;
	struct xdpx_xsk *xsk;
};

static int gone(void)
{
	xdpx_fail(-EPIPE, "worker.check", "the broker has closed the connection");
	xdpx_fail_hint("its program is gone too, so no packets arrive: close the worker, and join again");
	return -EPIPE;
}

static int tell(const struct xdpx_worker *worker, enum xdpx_share_kind kind)
{
	struct xdpx_share_message message = {0};
	int err = xdpx_share_send(worker->connection, &message, kind, NULL);

	if (err == -EPIPE || err == -ECONNRESET)
		return gone();
	return err ? xdpx_fail(err, "worker.join", "the broker takes no message: %s", xdpx_errno_text(err)) : 0;
}

static int refused(const struct xdpx_share_refusal *refusal)
{
	xdpx_fail(refusal->code, "worker.refused", "%s", refusal->message);
	xdpx_fail_hint("%s", refusal->hint);
	return refusal->code;
}

/* Waits for a message until the end of time, so that any answer that is there is read first. */
static int await(const struct xdpx_worker *worker, int64_t end, struct xdpx_share_message *message, int *fds)
{
	struct pollfd ready = {.fd = worker->connection, .events = POLLIN};
	int64_t left;
	int got;

	while ((got = xdpx_share_receive(worker->connection, message, fds)) == -EAGAIN) {
		left = end - xdpx_now_ms();
		if (left <= 0)
			return xdpx_fail(-ETIMEDOUT, "worker.join", "the broker doesn't answer");
		if (poll(&ready, 1, left < INT_MAX ? (int)left : INT_MAX) < 0 && errno != EINTR)
			return xdpx_fail(-errno, "worker.join", "waiting for the broker failed: %s",
					 xdpx_errno_text(errno));
	}
	return got ? got : gone();
}

/* An answer of this kind; the descriptors are only taken with it. */
static int expect(const struct xdpx_worker *worker, int64_t end, enum xdpx_share_kind kind,
		  struct xdpx_share_message *message, int *fds)
{
	int got = await(worker, end, message, fds);

	if (got < 0)
		return got;
	if (message->header.kind == kind)
		return 0;
	xdpx_share_fds_close(fds);
	if (message->header.kind == XDPX_SHARE_REFUSE)
		return refused(&message->refusal);
	return xdpx_fail(-EPROTO, "worker.join", "the broker sent a message of kind %u where one of kind %u was due",
			 message->header.kind, kind);
}

/* Takes a descriptor out of the list: it is owned elsewhere from here on. */
static int fd_take(int *fds, int which)
{
	int fd = fds[which];

	fds[which] = -1;
	return fd;
}

static int umem_make(struct xdpx_worker *worker, const struct xdpx_share_grant *grant, int *fds)
{
	const struct xdpx_umem_opts opts = {
		.size = sizeof(opts),
		.flags = grant->umem_flags,
		.frame_count = grant->frame_count,
		.frame_size = grant->frame_size,
		.headroom = grant->headroom,
		.max_held = grant->max_held,
		.tx_metadata = grant->tx_metadata,
	};
	int err = xdpx_umem_new_on(fds[XDPX_SHARE_MEMORY], &opts, &worker->umem);

	if (!err)
		(void)fd_take(fds, XDPX_SHARE_MEMORY);
	return err;
}

/* What the rings' mappings are made by must be what the kernel has: it refuses to map more. Under the UMEM's lock. */
static int xsk_build(struct xdpx_xsk *xsk)
{
	int err = xdpx_xsk_rings_map(xsk);

	if (err)
		return err;
	xdpx_xsk_sides_set(xsk);
	xdpx_xsk_refill(xsk);
	err = xdpx_xsk_enlist(xsk);
	if (!err)
		xsk->umem->users++;
	return err;
}

static int xsk_make(struct xdpx_worker *worker, const struct xdpx_share_grant *grant, int *fds)
{
	struct xdpx_xsk_opts opts = {
		.size = sizeof(opts),
		.flags = grant->xsk_flags,
		.zerocopy = grant->zerocopy,
		.rx_size = grant->rx_size,
		.tx_size = grant->tx_size,
		.fill_size = grant->fill_size,
		.completion_size = grant->completion_size,
		.fill_target = grant->fill_target,
		.busy_poll_us = grant->busy_poll_us,
		.busy_poll_budget = grant->busy_poll_budget,
	};
	struct xdpx_xsk *xsk;
	int err;

	err = xdpx_xsk_opts_check(worker->umem, &opts);
	if (err)
		return err;
	xsk = xdpx_xsk_new(worker->umem, grant->nic_index, grant->nic_name, grant->queue, &opts);
	if (!xsk)
		return xdpx_fail(-ENOMEM, "worker.alloc", "no memory for a socket's handle");
	xsk->fd = fd_take(fds, XDPX_SHARE_SOCKET);
	xsk->rx.fd = xsk->fd;
	xsk->tx.fd = xsk->fd;
	xsk->control_fd = fd_take(fds, XDPX_SHARE_CONTROL);
	xsk->netns = grant->netns;

	pthread_mutex_lock(&worker->umem->lock);
	err = xsk_build(xsk);
	if (err)
		xdpx_xsk_end(xsk);
	pthread_mutex_unlock(&worker->umem->lock);
	if (err)
		free(xsk);
	else
		worker->xsk = xsk;
	return err;
}

static int granted(struct xdpx_worker *worker, const struct xdpx_share_grant *grant, int *fds)
{
	int err;

	if (fds[XDPX_SHARE_FDS - 1] < 0)
		return xdpx_fail(-EPROTO, "worker.join", "the broker's grant comes without its descriptors");
	if (!grant->frame_count || !grant->frame_size)
		return xdpx_fail(-EPROTO, "worker.join", "the broker's grant is of no frames");
	err = umem_make(worker, grant, fds);
	return err ? err : xsk_make(worker, grant, fds);
}

/* What the broker and the kernel have made of it. */
static void started(struct xdpx_xsk *xsk, const struct xdpx_share_start *start)
{
	xdpx_xsk_zerocopy_read(xsk);
	xsk->tx.packet_frames = xdpx_smaller(start->packet_frames, xsk->tx.limit);
	xsk->tx.requests = start->requests;
	xsk->rx.busy = start->busy;
	xsk->tx.busy = start->busy;
}

static int join(struct xdpx_worker *worker, int64_t end)
{
	struct xdpx_share_message message;
	int fds[XDPX_SHARE_FDS];
	int err;

	err = tell(worker, XDPX_SHARE_JOIN);
	if (!err)
		err = expect(worker, end, XDPX_SHARE_GRANT, &message, fds);
	if (err)
		return err;
	err = granted(worker, &message.grant, fds);
	xdpx_share_fds_close(fds);
	if (!err)
		err = tell(worker, XDPX_SHARE_MAPPED);
	if (!err)
		err = expect(worker, end, XDPX_SHARE_START, &message, NULL);
	if (!err)
		started(worker->xsk, &message.start);
	return err;
}

int xdpx_worker_join(int connection, const struct xdpx_worker_opts *user_opts, struct xdpx_worker **out)
{
	struct xdpx_fail_saved *saved;
	struct xdpx_worker_opts opts;
	struct xdpx_worker *worker;
	int err;

	if (!out)
		return xdpx_fail(-EINVAL, "worker.join", "no place for the worker given: the pointer is NULL");
	err = xdpx_opts_take(&opts, sizeof(opts), user_opts, "worker.opts");
	if (!err)
		err = xdpx_opts_flags(opts.flags, 0, "worker.opts");
	if (!err)
		err = xdpx_share_connection_check(connection, "worker.join");
	if (err)
		return err;

	worker = calloc(1, sizeof(*worker));
	if (!worker)
		return xdpx_fail(-ENOMEM, "worker.alloc", "no memory for the worker's handle");
	worker->connection = connection;
	saved = xdpx_fail_save();
	err = join(worker, xdpx_now_ms() + (opts.timeout_ms ? opts.timeout_ms : DEFAULT_TIMEOUT_MS));
	if (err) {
		xdpx_fail_forget(saved);
		xdpx_worker_free(worker);
		return err;
	}
	xdpx_fail_restore(saved);
	*out = worker;
	return 0;
}

void xdpx_worker_free(struct xdpx_worker *worker)
{
	if (!worker)
		return;
	xdpx_xsk_close(worker->xsk);
	xdpx_umem_free(worker->umem);
	free(worker);
}

int xdpx_worker_close(struct xdpx_worker *worker)
{
	uint32_t held = worker ? xdpx_umem_held_count(worker->umem) : 0;

	if (held) {
		xdpx_fail(-EBUSY, "worker.close", "the application holds %u frames of the worker", held);
		xdpx_fail_hint("release them first, or use xdpx_worker_free() and don't touch them any more");
		return -EBUSY;
	}
	xdpx_worker_free(worker);
	return 0;
}

struct xdpx_xsk *xdpx_worker_xsk(const struct xdpx_worker *worker)
{
	return worker->xsk;
}

int xdpx_worker_check(const struct xdpx_worker *worker)
{
	char byte;
	ssize_t got = recv(worker->connection, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	return got > 0 || (got < 0 && errno != ECONNRESET) ? 0 : gone();
}

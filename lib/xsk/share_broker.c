/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * The privileged side. It keeps nothing of a worker's once packets are steered to it: no descriptor and no mapping, so
 * that a worker's end alone frees its socket and its memory, and the next worker starts with new ones.
 */
#include "base/clock.h"
#include "base/fail.h"
#include "base/opts.h"
#include "xsk/share_grant.h"
#include "xsk/xsk.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <xdpx/prog.h>
#include <xdpx/share.h>

/* As of a socket's options, when nothing was said. */
#define DEFAULT_DEADLINE_MS 1000
/* How often other queues are tried while all that are free are still being freed by the kernel. */
#define BUSY_PAUSE_MS 2

enum state {
	FREE,
	OFFERED, /* the worker has to map its rings */
	RUNNING,
};

/* A queue, and the connection that has it. */
struct slot {
	enum state state;
	uint32_t queue;
	int connection;
	ino_t inode;   /* of the connection: its number may be another socket's when the application closed it */
	uint64_t turn; /* the free queue with the lowest is given next */
	struct xdpx_grant grant;
};

struct xdpx_broker {
	struct xdpx_port_nic *nic; /* a port's device, with program and queues, and without memory and sockets */
	bool late;		   /* sockets are bound when their rings are mapped */
	uint64_t turn;
	struct slot *slots; /* nic->count */
};

/* The queue goes to the network stack again, and to the next worker. */
static void slot_free(struct xdpx_broker *broker, struct slot *slot)
{
	if (broker->nic->map >= 0)
		(void)bpf_map_delete_elem(broker->nic->map, &slot->queue);
	xdpx_grant_end(&slot->grant);
	slot->state = FREE;
	slot->connection = -1;
	slot->turn = broker->turn++;
}

void xdpx_broker_free(struct xdpx_broker *broker)
{
	uint32_t at;

	if (!broker)
		return;
	/* A program of the caller's may be attached again: its map is left empty. */
	for (at = 0; broker->slots && at < broker->nic->count; at++)
		if (broker->slots[at].state != FREE)
			slot_free(broker, &broker->slots[at]);
	free(broker->slots);
	xdpx_port_nic_end(broker->nic);
	free(broker);
}

static int opts_check(const struct xdpx_port_nic *nic)
{
	if (nic->opts.netns || nic->opts.flags & XDPX_PORT_NETNS_FD || nic->opts.carrier_ms) {
		xdpx_fail(-EINVAL, "broker.opts", "a broker works in its own network namespace, and waits for no link");
		xdpx_fail_hint("start it in there: ip netns exec NAME, nsenter --net=");
		return -EINVAL;
	}
	if (nic->opts.umem || nic->umem_opts.memory)
		return xdpx_fail(-EINVAL, "broker.opts",
				 "packet memory is given, but each worker has memory of its own: those who share it "
				 "could change each other's packets");
	return 0;
}

static int slots_make(struct xdpx_broker *broker)
{
	uint32_t at;

	broker->slots = calloc(broker->nic->count, sizeof(*broker->slots));
	if (!broker->slots)
		return xdpx_fail(-ENOMEM, "broker.alloc", "no memory for %u queues", broker->nic->count);
	for (at = 0; at < broker->nic->count; at++)
		broker->slots[at] = (struct slot){
			.queue = broker->nic->queues[at],
			.connection = -1,
			.turn = broker->turn++,
			.grant.control_fd = -1,
		};
	return 0;
}

static int broker_build(struct xdpx_broker *broker, const char *name, const struct xdpx_port_opts *opts)
{
	struct xdpx_nic *snapshot;
	int err;

	err = xdpx_port_opts_take(broker->nic, opts);
	if (!err)
		err = opts_check(broker->nic);
	if (!err)
		err = xdpx_nic_open(name, NULL, &snapshot);
	if (err)
		return err;
	err = xdpx_port_nic_choose(broker->nic, name, snapshot);
	if (!err)
		err = slots_make(broker);
	if (!err)
		err = xdpx_port_traffic_attach(broker->nic, snapshot);
	xdpx_nic_free(snapshot);
	return err;
}

int xdpx_broker_open(const char *nic, const struct xdpx_port_opts *opts, struct xdpx_broker **out)
{
	struct xdpx_fail_saved *saved;
	struct xdpx_broker *broker;
	int err;

	if (!nic || !out)
		return xdpx_fail(-EINVAL, "broker.open", "no %s given: the pointer is NULL",
				 nic ? "place for the broker" : "device");
	broker = calloc(1, sizeof(*broker));
	if (broker)
		broker->nic = xdpx_port_nic_new();
	if (!broker || !broker->nic) {
		free(broker);
		return xdpx_fail(-ENOMEM, "broker.alloc", "no memory for the broker's handle");
	}

	saved = xdpx_fail_save();
	err = broker_build(broker, nic, opts);
	if (err) {
		xdpx_fail_forget(saved);
		xdpx_broker_free(broker);
		return err;
	}
	xdpx_fail_restore(saved);
	*out = broker;
	return 0;
}

static ino_t inode_of(int connection)
{
	struct stat status;

	return fstat(connection, &status) ? 0 : status.st_ino;
}

/* That of a connection with this number, which may be another by now. */
static struct slot *slot_find(const struct xdpx_broker *broker, int connection)
{
	struct slot *slot;

	for (slot = broker->slots; slot < broker->slots + broker->nic->count; slot++)
		if (slot->state != FREE && slot->connection == connection)
			return slot;
	return NULL;
}

/* A slot that is left from a connection which had the same number is freed on the way. */
static struct slot *slot_of(struct xdpx_broker *broker, int connection)
{
	struct slot *slot = slot_find(broker, connection);

	if (!slot || slot->inode == inode_of(connection))
		return slot;
	slot_free(broker, slot);
	return NULL;
}

/* That which has been free for longest: the kernel has had most time to free it, too. */
static struct slot *slot_next(struct xdpx_broker *broker)
{
	struct slot *next = NULL;
	struct slot *slot;

	for (slot = broker->slots; slot < broker->slots + broker->nic->count; slot++)
		if (slot->state == FREE && (!next || slot->turn < next->turn))
			next = slot;
	return next;
}

/* A socket on the next free queue that the kernel has really freed; the slot, or NULL with the error recorded. */
static struct slot *slot_open(struct xdpx_broker *broker, struct xdpx_grant *grant, const struct xdpx_nic *snapshot)
{
	uint32_t deadline = broker->nic->xsk_opts.deadline_ms;
	int64_t end = xdpx_now_ms() + (deadline ? deadline : DEFAULT_DEADLINE_MS);
	struct slot *slot;
	int err;

	for (;;) {
		slot = slot_next(broker);
		err = xdpx_grant_socket(grant, broker->nic, snapshot, slot->queue, &broker->late);
		if (!err)
			return slot;
		if (err != -EBUSY || xdpx_now_ms() >= end)
			return NULL;
		slot->turn = broker->turn++;
		xdpx_sleep_ms(BUSY_PAUSE_MS);
	}
}

static int offer_send(const struct xdpx_broker *broker, struct slot *slot)
{
	struct xdpx_share_message message = {0};
	int fds[XDPX_SHARE_FDS];
	int err;

	xdpx_grant_describe(&slot->grant, broker->nic, &message.grant, fds);
	err = xdpx_share_send(slot->connection, &message, XDPX_SHARE_GRANT, fds);
	if (!err)
		return 0;
	return xdpx_fail(err, "broker.serve", "queue %u can't be passed to the worker: %s", slot->queue,
			 xdpx_errno_text(err));
}

static int offer(struct xdpx_broker *broker, int connection)
{
	struct xdpx_grant grant = {.control_fd = -1};
	struct xdpx_nic *snapshot;
	struct slot *slot = NULL;
	int err;

	if (!slot_next(broker))
		return xdpx_fail(-EBUSY, "broker.serve", "%s: all %u queues have workers", broker->nic->name,
				 broker->nic->count);
	err = xdpx_nic_open(broker->nic->name, NULL, &snapshot);
	if (err)
		return err;
	err = xdpx_port_program_restore(broker->nic, snapshot);
	if (!err)
		err = xdpx_grant_memory(&grant, broker->nic);
	if (!err) {
		slot = slot_open(broker, &grant, snapshot);
		err = slot ? 0 : xdpx_error_last()->code;
	}
	xdpx_nic_free(snapshot);
	if (err) {
		xdpx_grant_end(&grant);
		return err;
	}

	slot->state = OFFERED;
	slot->connection = connection;
	slot->inode = inode_of(connection);
	slot->grant = grant;
	return offer_send(broker, slot);
}

static int start(struct xdpx_broker *broker, struct slot *slot)
{
	struct xdpx_share_message message = {0};
	struct xdpx_nic *snapshot;
	int err;

	err = xdpx_nic_open(broker->nic->name, NULL, &snapshot);
	if (err)
		return err;
	err = xdpx_grant_start(&slot->grant, snapshot, broker->nic->map, &message.start);
	xdpx_nic_free(snapshot);
	if (err)
		return err;
	slot->state = RUNNING;
	err = xdpx_share_send(slot->connection, &message, XDPX_SHARE_START, NULL);
	return err ? xdpx_fail(err, "broker.serve", "the worker takes no answer: %s", xdpx_errno_text(err)) : 0;
}

static int answer(struct xdpx_broker *broker, int connection, struct slot *slot,
		  const struct xdpx_share_message *message)
{
	if (message->header.kind == XDPX_SHARE_JOIN && !slot)
		return offer(broker, connection);
	if (message->header.kind == XDPX_SHARE_MAPPED && slot && slot->state == OFFERED)
		return start(broker, slot);
	return xdpx_fail(-EPROTO, "broker.serve", "the worker sent a message of kind %u out of turn",
			 message->header.kind);
}

/* Tells the worker what the error just recorded says; when it can't be told, it sees the end of the connection. */
static void refuse(int connection)
{
	const struct xdpx_error *error = xdpx_error_last();
	struct xdpx_share_message message = {.refusal.code = error->code};

	snprintf(message.refusal.message, sizeof(message.refusal.message), "%s", error->message);
	snprintf(message.refusal.hint, sizeof(message.refusal.hint), "%s", error->hint);
	(void)xdpx_share_send(connection, &message, XDPX_SHARE_REFUSE, NULL);
}

/* As xdpx_broker_serve(), which frees the queue when the connection doesn't go on. */
static int serve(struct xdpx_broker *broker, int connection)
{
	struct slot *slot = slot_of(broker, connection);
	struct xdpx_share_message message;
	int got;
	int err;

	got = xdpx_share_receive(connection, &message, NULL);
	if (got == -EAGAIN)
		return 1;
	if (!got)
		return 0;
	err = got < 0 ? got : answer(broker, connection, slot, &message);
	if (!err)
		return 1;
	refuse(connection);
	return err;
}

int xdpx_broker_serve(struct xdpx_broker *broker, int connection)
{
	struct xdpx_fail_saved *saved;
	int result;

	if (!broker)
		return xdpx_fail(-EINVAL, "broker.serve", "the broker is NULL");
	result = xdpx_share_connection_check(connection, "broker.serve");
	if (result)
		return result;

	saved = xdpx_fail_save();
	result = serve(broker, connection);
	if (result <= 0)
		xdpx_broker_release(broker, connection);
	if (result < 0)
		xdpx_fail_forget(saved);
	else
		xdpx_fail_restore(saved);
	return result;
}

void xdpx_broker_release(struct xdpx_broker *broker, int connection)
{
	struct slot *slot = broker ? slot_of(broker, connection) : NULL;

	if (slot)
		slot_free(broker, slot);
}

uint32_t xdpx_broker_queue_count(const struct xdpx_broker *broker)
{
	return broker->nic->count;
}

uint32_t xdpx_broker_free_count(const struct xdpx_broker *broker)
{
	uint32_t count = 0;
	uint32_t at;

	for (at = 0; at < broker->nic->count; at++)
		count += broker->slots[at].state == FREE;
	return count;
}

int xdpx_broker_queue(const struct xdpx_broker *broker, int connection)
{
	const struct slot *slot = slot_find(broker, connection);

	if (slot && slot->inode == inode_of(connection))
		return (int)slot->queue;
	return xdpx_fail(-ENOENT, "broker.queue", "the worker on connection %d has no queue", connection);
}

const struct xdpx_link *xdpx_broker_link(const struct xdpx_broker *broker)
{
	return broker->nic->link;
}

int xdpx_broker_peer(int connection, struct xdpx_peer *peer)
{
	struct xdpx_peer now = {0};
	struct ucred who;
	socklen_t length = sizeof(who);
	int err;

	if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &who, &length)) {
		err = -errno;
		return xdpx_fail(err, "broker.peer",
				 "the kernel doesn't tell who is at the other end of descriptor %d: %s", connection,
				 xdpx_errno_text(err));
	}
	now.pid = who.pid;
	now.uid = who.uid;
	now.gid = who.gid;
	return xdpx_out_give(peer, &now, sizeof(now), "broker.peer");
}

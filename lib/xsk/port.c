/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "base/fail.h"
#include "base/opts.h"
#include "prog/link.h"
#include "prog/prog.h"
#include "xsk/objects.h"
#include "xsk/umem.h"
#include "xsk/xsk.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <xdpx/nic.h>
#include <xdpx/port.h>
#include <xdpx/prog.h>

#define DEFAULT_FRAME_COUNT 4096
#define DEFAULT_FILL_SIZE 2048
/* Beside the MTU: an Ethernet header with two VLAN tags. */
#define LINK_HEADER 22

/* The names that bpf/redirect.bpf.c gives. */
#define REDIRECT_PROG "xdpx_redirect"
#define REDIRECT_MAP "xdpx_xsks"

struct xdpx_port {
	struct xdpx_port_opts opts; /* with defaults filled in */
	struct xdpx_prog *own_prog; /* NULL where the caller has brought one */
	struct xdpx_link *link;
	struct xdpx_umem **umems; /* the port's own: one, one for each queue, or none */
	uint32_t umem_count;
	struct xdpx_xsk **xsks;
	uint32_t count;
	uint32_t claimed; /* written by any thread */
};

static int traffic_check(const struct xdpx_port_opts *opts)
{
	if (opts->traffic == XDPX_TRAFFIC_UNSET) {
		xdpx_fail(-EINVAL, "port.opts", "it was not said which traffic the port is to take");
		xdpx_fail_hint("set .traffic: XDPX_TRAFFIC_ALL takes every packet from the network stack, ssh's too; "
			       "XDPX_TRAFFIC_PROG what your program redirects");
		return -EINVAL;
	}
	if (opts->traffic > XDPX_TRAFFIC_PROG)
		return xdpx_fail(-EINVAL, "port.opts", "traffic is %u, which is no enum xdpx_traffic", opts->traffic);
	if (opts->traffic == XDPX_TRAFFIC_PROG && (!opts->prog || !opts->xskmap))
		return xdpx_fail(-EINVAL, "port.opts", "XDPX_TRAFFIC_PROG needs a program and the name of its XSKMAP");
	if (opts->traffic == XDPX_TRAFFIC_ALL && (opts->prog || opts->xskmap))
		return xdpx_fail(-EINVAL, "port.opts",
				 "a program was given, but XDPX_TRAFFIC_ALL uses none but its own");
	return 0;
}

static int opts_check(struct xdpx_port_opts *opts)
{
	int err;

	err = xdpx_opts_flags(opts->flags, XDPX_PORT_UMEM_PER_QUEUE, "port.opts");
	if (!err)
		err = xdpx_opts_flags(opts->attach_flags, XDPX_ATTACH_FALLBACK_ANY | XDPX_ATTACH_NETLINK, "port.opts");
	if (!err)
		err = traffic_check(opts);
	if (err)
		return err;

	if (opts->umem && (opts->frame_count || opts->frame_size || opts->headroom || opts->flags))
		return xdpx_fail(-EINVAL, "port.opts",
				 "frames are described although a UMEM is given, which has its own");
	if (!opts->frame_count)
		opts->frame_count = DEFAULT_FRAME_COUNT;
	if (!opts->fill_size)
		opts->fill_size = DEFAULT_FILL_SIZE;
	return 0;
}

/* Which queues, from what the caller wants and the device has. */
static int queues_choose(struct xdpx_port *port, const struct xdpx_nic *nic)
{
	const struct xdpx_port_opts *opts = &port->opts;
	struct xdpx_queues queues = {.size = sizeof(queues)};
	int err;

	err = xdpx_nic_queues(nic, &queues);
	if (err)
		return err;
	if (!queues.usable)
		return xdpx_fail(-EINVAL, "port.queues", "%s has no queue that AF_XDP can use: %s", xdpx_nic_name(nic),
				 xdpx_nic_queues_why(nic));
	if (opts->queue_first >= queues.usable || opts->queue_count > queues.usable - opts->queue_first) {
		xdpx_fail(-EINVAL, "port.queues", "%s: queues %u to %llu do not all exist; it has %u (0 to %u)",
			  xdpx_nic_name(nic), opts->queue_first,
			  (unsigned long long)opts->queue_first + (opts->queue_count ? opts->queue_count - 1 : 0),
			  queues.usable, queues.usable - 1);
		if (queues.combined_max > queues.combined)
			xdpx_fail_hint("ethtool -L %s combined N adds queues; the driver allows up to %u",
				       xdpx_nic_name(nic), queues.combined_max);
		return -EINVAL;
	}
	port->count = opts->queue_count ? opts->queue_count : queues.usable - opts->queue_first;
	return 0;
}

static int umems_make(struct xdpx_port *port)
{
	bool per_queue = port->opts.flags & XDPX_PORT_UMEM_PER_QUEUE;
	uint32_t wanted = port->opts.umem ? 0 : per_queue ? port->count : 1;
	uint64_t frames = (uint64_t)port->opts.frame_count * (per_queue ? 1 : port->count);
	struct xdpx_umem_opts opts = {
		.size = sizeof(opts),
		.frame_count = frames < UINT32_MAX ? (uint32_t)frames : UINT32_MAX,
		.frame_size = port->opts.frame_size,
		.headroom = port->opts.headroom,
	};
	int err;

	port->umems = calloc(wanted ? wanted : 1, sizeof(struct xdpx_umem *));
	port->xsks = calloc(port->count, sizeof(struct xdpx_xsk *));
	if (!port->umems || !port->xsks)
		return xdpx_fail(-ENOMEM, "port.alloc", "no memory for the handles of %u queues", port->count);

	for (; port->umem_count < wanted; port->umem_count++) {
		err = xdpx_umem_new(&opts, &port->umems[port->umem_count]);
		if (err)
			return err;
	}
	return 0;
}

static struct xdpx_umem *umem_of(const struct xdpx_port *port, uint32_t at)
{
	if (port->opts.umem)
		return port->opts.umem;
	return port->umems[port->umem_count > 1 ? at : 0];
}

/* The embedded program, loaded; with `frags` it also takes packets of several buffers, where the kernel knows such. */
static int redirect_load(struct xdpx_port *port, bool frags)
{
	struct xdpx_prog_opts opts = {.size = sizeof(opts), .name = REDIRECT_PROG};
	int err;

	err = xdpx_prog_open_memory(xdpx_object_redirect, xdpx_object_redirect_bytes, &opts, &port->own_prog);
	if (!err)
		err = xdpx_prog_frags_set(port->own_prog, frags);
	if (!err)
		err = xdpx_prog_map_resize(port->own_prog, REDIRECT_MAP, port->opts.queue_first + port->count);
	if (!err)
		err = xdpx_prog_load(port->own_prog, NULL);
	if (err) {
		xdpx_prog_free(port->own_prog);
		port->own_prog = NULL;
	}
	return err;
}

static int prog_attach(struct xdpx_port *port, const struct xdpx_nic *nic)
{
	struct xdpx_attach_opts opts = {
		.size = sizeof(opts), .flags = port->opts.attach_flags, .mode = port->opts.mode};
	int err = 0;

	if (!port->opts.prog) {
		err = redirect_load(port, true);
		if (err == -EINVAL)
			err = redirect_load(port, false);
		port->opts.prog = port->own_prog;
		port->opts.xskmap = REDIRECT_MAP;
	}
	if (err)
		return err;
	return xdpx_link_attach_on(port->opts.prog, nic, &opts, &port->link);
}

static int xsk_make(struct xdpx_port *port, const struct xdpx_nic *nic, uint32_t at)
{
	const struct xdpx_port_opts *opts = &port->opts;
	struct xdpx_umem *umem = umem_of(port, at);
	uint32_t share = opts->umem ? xdpx_umem_frame_count(umem) / port->count : opts->frame_count;
	uint32_t target = share > 1 ? (share + 1) / 2 : 1;
	struct xdpx_xsk_opts xsk_opts = {
		.size = sizeof(xsk_opts),
		.zerocopy = opts->zerocopy,
		.rx_size = opts->rx_size,
		.tx_size = opts->tx_size,
		.fill_size = opts->fill_size,
		.completion_size = opts->completion_size,
		.fill_target = target < opts->fill_size ? target : opts->fill_size,
		.deadline_ms = opts->deadline_ms,
	};
	int map;
	int err;

	map = xdpx_prog_map_fd(opts->prog, opts->xskmap);
	if (map < 0)
		return map;
	err = xdpx_xsk_open_on(umem, nic, opts->queue_first + at, &xsk_opts, &port->xsks[at]);
	if (err)
		return err;
	return xdpx_xsk_steer(port->xsks[at], map);
}

static void room_warn(const struct xdpx_port *port, const struct xdpx_nic *nic)
{
	const struct xdpx_umem *umem = umem_of(port, 0);
	uint32_t room = umem->frame_size - umem->headroom - XDPX_KERNEL_HEADROOM;

	if (xdpx_nic_mtu(nic) + LINK_HEADER > room)
		xdpx_log(XDPX_LOG_WARN,
			 "%s: packets longer than %u bytes do not fit into a frame and are dropped (rx_dropped counts "
			 "them); its MTU is %u",
			 xdpx_nic_name(nic), room, xdpx_nic_mtu(nic));
}

static int port_build(struct xdpx_port *port, const struct xdpx_nic *nic)
{
	uint32_t at;
	int err;

	err = queues_choose(port, nic);
	if (!err)
		err = umems_make(port);
	if (!err)
		err = prog_attach(port, nic);
	for (at = 0; !err && at < port->count; at++)
		err = xsk_make(port, nic, at);
	if (!err)
		room_warn(port, nic);
	return err;
}

int xdpx_port_open(const char *nic_name, const struct xdpx_port_opts *user_opts, struct xdpx_port **out)
{
	struct xdpx_fail_saved *saved;
	struct xdpx_port_opts opts;
	struct xdpx_port *port;
	struct xdpx_nic *nic;
	int err;

	if (!out)
		return xdpx_fail(-EINVAL, "port.open", "no place for the port given: the pointer is NULL");
	err = xdpx_opts_take(&opts, sizeof(opts), user_opts, "port.opts");
	if (!err)
		err = opts_check(&opts);
	if (!err)
		err = xdpx_nic_open(nic_name, NULL, &nic);
	if (err)
		return err;

	saved = xdpx_fail_save();
	port = calloc(1, sizeof(*port));
	if (port) {
		port->opts = opts;
		err = port_build(port, nic);
	} else {
		err = xdpx_fail(-ENOMEM, "port.alloc", "no memory for the port's handle");
	}
	xdpx_nic_free(nic);
	if (err) {
		xdpx_fail_forget(saved);
		xdpx_port_free(port);
		return err;
	}
	xdpx_fail_restore(saved);
	*out = port;
	return 0;
}

void xdpx_port_free(struct xdpx_port *port)
{
	uint32_t at;

	if (!port)
		return;

	/* The program first: nothing more is steered to the sockets, and traffic goes to the network stack again. */
	xdpx_link_free(port->link);
	xdpx_prog_free(port->own_prog);
	for (at = 0; port->xsks && at < port->count; at++)
		xdpx_xsk_close(port->xsks[at]);
	for (at = 0; at < port->umem_count; at++)
		xdpx_umem_free(port->umems[at]);
	free(port->xsks);
	free(port->umems);
	free(port);
}

int xdpx_port_close(struct xdpx_port *port)
{
	uint32_t held = 0;
	uint32_t at;

	if (!port)
		return 0;

	for (at = 0; at < port->umem_count; at++)
		held += xdpx_umem_held_count(port->umems[at]);
	if (held) {
		xdpx_fail(-EBUSY, "port.close", "the application holds %u frames of the port", held);
		xdpx_fail_hint("release them first, or use xdpx_port_free() and don't touch them any more");
		return -EBUSY;
	}
	xdpx_port_free(port);
	return 0;
}

int xdpx_port_claim(struct xdpx_port *port, struct xdpx_xsk **xsk)
{
	uint32_t at = __atomic_load_n(&port->claimed, __ATOMIC_RELAXED);

	do {
		if (at == port->count)
			return xdpx_fail(-ENOENT, "port.claim", "all %u queues of the port are claimed", port->count);
	} while (!__atomic_compare_exchange_n(&port->claimed, &at, at + 1, true, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));

	*xsk = port->xsks[at];
	return 0;
}

uint32_t xdpx_port_queue_count(const struct xdpx_port *port)
{
	return port->count;
}

struct xdpx_xsk *xdpx_port_xsk(const struct xdpx_port *port, uint32_t at)
{
	return at < port->count ? port->xsks[at] : NULL;
}

const struct xdpx_link *xdpx_port_link(const struct xdpx_port *port)
{
	return port->link;
}

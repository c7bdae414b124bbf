/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The options of a device in a port: what goes with what, and what they are when nothing was said. */
#include "base/fail.h"
#include "base/opts.h"
#include "xsk/port.h"

#include <errno.h>

#define DEFAULT_FRAME_COUNT 4096
#define DEFAULT_FILL_SIZE 2048
#define PORTS_MAX 65536
#define KNOWN_FLAGS (XDPX_PORT_UMEM_PER_QUEUE | XDPX_PORT_NETNS_FD | XDPX_PORT_SYMMETRIC_RSS | XDPX_PORT_MULTI_BUFFER)
#define KNOWN_ATTACH_FLAGS (XDPX_ATTACH_FALLBACK_ANY | XDPX_ATTACH_NETLINK)

static const char *const traffic_names[] = {
	[XDPX_TRAFFIC_ALL] = "XDPX_TRAFFIC_ALL",     [XDPX_TRAFFIC_PROG] = "XDPX_TRAFFIC_PROG",
	[XDPX_TRAFFIC_PORTS] = "XDPX_TRAFFIC_PORTS", [XDPX_TRAFFIC_MAP] = "XDPX_TRAFFIC_MAP",
	[XDPX_TRAFFIC_NONE] = "XDPX_TRAFFIC_NONE",
};

static int ports_check(const struct xdpx_port_opts *opts, const char *name)
{
	if ((opts->udp_count && !opts->udp_ports) || (opts->tcp_count && !opts->tcp_ports))
		return xdpx_fail(-EINVAL, "port.opts", "ports are counted (%u of UDP, %u of TCP), but not given",
				 opts->udp_count, opts->tcp_count);
	if (opts->udp_count > PORTS_MAX || opts->tcp_count > PORTS_MAX)
		return xdpx_fail(-EINVAL, "port.opts", "%u ports of UDP and %u of TCP are more than there are",
				 opts->udp_count, opts->tcp_count);
	if (opts->traffic == XDPX_TRAFFIC_PORTS && !opts->udp_count && !opts->tcp_count)
		return xdpx_fail(-EINVAL, "port.opts", "%s needs ports of UDP or TCP", name);
	if (opts->traffic != XDPX_TRAFFIC_PORTS && (opts->udp_count || opts->tcp_count))
		return xdpx_fail(-EINVAL, "port.opts", "ports were given, but %s does not look at them", name);
	return 0;
}

static int traffic_check(const struct xdpx_port_opts *opts)
{
	const char *name =
		opts->traffic < sizeof(traffic_names) / sizeof(*traffic_names) ? traffic_names[opts->traffic] : NULL;

	if (opts->traffic == XDPX_TRAFFIC_UNSET) {
		xdpx_fail(-EINVAL, "port.opts", "it was not said which traffic the port is to take");
		xdpx_fail_hint("set .traffic: XDPX_TRAFFIC_ALL takes every packet from the network stack, ssh's too; "
			       "XDPX_TRAFFIC_PORTS packets to given ports; XDPX_TRAFFIC_MAP those to what is in your "
			       "map; XDPX_TRAFFIC_PROG what your program redirects; XDPX_TRAFFIC_NONE is for sending "
			       "only");
		return -EINVAL;
	}
	if (!name)
		return xdpx_fail(-EINVAL, "port.opts", "traffic is %u, which is no enum xdpx_traffic", opts->traffic);
	if (opts->traffic == XDPX_TRAFFIC_PROG && (!opts->prog || !opts->xskmap))
		return xdpx_fail(-EINVAL, "port.opts", "%s needs a program and the name of its XSKMAP", name);
	if (opts->traffic != XDPX_TRAFFIC_PROG && (opts->prog || opts->xskmap))
		return xdpx_fail(-EINVAL, "port.opts", "a program was given, but %s uses none but its own", name);
	if (opts->traffic != XDPX_TRAFFIC_MAP && opts->traffic_map)
		return xdpx_fail(-EINVAL, "port.opts", "a map was given, but %s looks into none", name);
	return ports_check(opts, name);
}

static int queues_check(const struct xdpx_port_opts *opts)
{
	uint32_t at;
	uint32_t other;

	if (!opts->queues)
		return 0;
	if (opts->queue_first || !opts->queue_count)
		return xdpx_fail(-EINVAL, "port.opts",
				 "with a list of queues, queue_count (%u) is its length and queue_first (%u) 0",
				 opts->queue_count, opts->queue_first);
	for (at = 1; at < opts->queue_count; at++)
		for (other = 0; other < at; other++)
			if (opts->queues[at] == opts->queues[other])
				return xdpx_fail(-EINVAL, "port.opts", "queue %u is twice in the list of queues",
						 opts->queues[at]);
	return 0;
}

static int netns_check(const struct xdpx_port_opts *opts)
{
	if (opts->netns && opts->flags & XDPX_PORT_NETNS_FD)
		return xdpx_fail(-EINVAL, "port.opts", "two network namespaces were given, \"%s\" and descriptor %d",
				 opts->netns, opts->netns_fd);
	if (opts->netns_fd && !(opts->flags & XDPX_PORT_NETNS_FD))
		return xdpx_fail(-EINVAL, "port.opts", "netns_fd is %d, but XDPX_PORT_NETNS_FD is not set",
				 opts->netns_fd);
	return 0;
}

static int umem_opts_take(struct xdpx_port_nic *nic)
{
	const struct xdpx_port_opts *opts = &nic->opts;
	struct xdpx_umem_opts *own = &nic->umem_opts;
	int err;

	err = xdpx_opts_take(own, sizeof(*own), opts->umem_opts, "port.opts");
	if (err)
		return err;
	if (opts->umem &&
	    (opts->umem_opts || opts->frame_size || opts->headroom || opts->flags & XDPX_PORT_UMEM_PER_QUEUE))
		return xdpx_fail(-EINVAL, "port.opts",
				 "frames are described although a UMEM is given, which has its own");
	if (opts->umem_opts && (own->frame_count || opts->frame_size || opts->headroom))
		return xdpx_fail(-EINVAL, "port.opts",
				 "with umem_opts, frames are counted by the port's frame_count, for each queue, and "
				 "described by umem_opts alone");
	if (own->memory && opts->flags & XDPX_PORT_UMEM_PER_QUEUE)
		return xdpx_fail(
			-EINVAL, "port.opts",
			"a UMEM for each queue was asked for, but all of them would lie in the one memory that "
			"is given");
	if (!opts->umem_opts) {
		own->frame_size = opts->frame_size;
		own->headroom = opts->headroom;
	}
	own->size = sizeof(*own);
	return 0;
}

static int xsk_opts_take(struct xdpx_port_nic *nic)
{
	const struct xdpx_port_opts *opts = &nic->opts;
	struct xdpx_xsk_opts *own = &nic->xsk_opts;
	int err;

	err = xdpx_opts_take(own, sizeof(*own), opts->xsk_opts, "port.opts");
	if (err)
		return err;
	if (opts->xsk_opts && (opts->zerocopy || opts->deadline_ms || opts->rx_size || opts->tx_size ||
			       opts->fill_size || opts->completion_size))
		return xdpx_fail(-EINVAL, "port.opts", "sockets are described twice, in the options and in xsk_opts");
	if (!opts->xsk_opts) {
		own->zerocopy = opts->zerocopy;
		own->deadline_ms = opts->deadline_ms;
		own->rx_size = opts->rx_size;
		own->tx_size = opts->tx_size;
		own->fill_size = opts->fill_size;
		own->completion_size = opts->completion_size;
	}
	if (!own->fill_size)
		own->fill_size = DEFAULT_FILL_SIZE;
	if (opts->traffic == XDPX_TRAFFIC_NONE)
		own->flags |= XDPX_XSK_TX_ONLY;
	if (opts->flags & XDPX_PORT_MULTI_BUFFER)
		own->flags |= XDPX_XSK_MULTI_BUFFER;
	own->size = sizeof(*own);
	return 0;
}

int xdpx_port_opts_take(struct xdpx_port_nic *nic, const struct xdpx_port_opts *user_opts)
{
	struct xdpx_port_opts *opts = &nic->opts;
	int err;

	err = xdpx_opts_take(opts, sizeof(*opts), user_opts, "port.opts");
	if (!err)
		err = xdpx_opts_flags(opts->flags, KNOWN_FLAGS, "port.opts");
	if (!err)
		err = xdpx_opts_flags(opts->attach_flags, KNOWN_ATTACH_FLAGS, "port.opts");
	if (!err)
		err = traffic_check(opts);
	if (!err)
		err = queues_check(opts);
	if (!err)
		err = netns_check(opts);
	if (!err)
		err = umem_opts_take(nic);
	if (!err)
		err = xsk_opts_take(nic);
	if (err)
		return err;

	if (!opts->frame_count && !opts->umem)
		opts->frame_count = DEFAULT_FRAME_COUNT;
	return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "xsk/port.h"

#include "base/fail.h"
#include "base/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

/* Keeps a descriptor of its own, for coming back. */
static int netns_keep(struct xdpx_port_nic *nic)
{
	const struct xdpx_port_opts *opts = &nic->opts;

	if (opts->netns) {
		nic->netns = xdpx_netns_open(opts->netns);
		return nic->netns < 0 ? nic->netns : 0;
	}
	if (!(opts->flags & XDPX_PORT_NETNS_FD))
		return 0;
	nic->netns = fcntl(opts->netns_fd, F_DUPFD_CLOEXEC, 3);
	if (nic->netns < 0)
		return xdpx_fail(-errno, "port.netns", "descriptor %d of a network namespace can't be kept: %s",
				 opts->netns_fd, xdpx_errno_text(errno));
	return 0;
}

struct opening {
	struct xdpx_port_nic *nic;
	const char *name;
};

/* In the device's network namespace. */
static int nic_open(void *arg)
{
	const struct opening *opening = arg;
	struct xdpx_nic *snapshot;
	int err;

	err = xdpx_nic_open(opening->name, NULL, &snapshot);
	if (err)
		return err;
	err = xdpx_port_nic_build(opening->nic, opening->name, snapshot);
	xdpx_nic_free(snapshot);
	return err;
}

/* A device, open and ready to be part of a port. */
static int nic_new(const char *name, const struct xdpx_port_opts *opts, struct xdpx_port_nic **out)
{
	struct xdpx_port_nic *nic = xdpx_port_nic_new();
	struct opening opening = {.nic = nic, .name = name};
	struct xdpx_fail_saved *saved;
	int err;

	if (!nic)
		return xdpx_fail(-ENOMEM, "port.alloc", "no memory for the port's handle");
	saved = xdpx_fail_save();
	err = xdpx_port_opts_take(nic, opts);
	if (!err)
		err = netns_keep(nic);
	if (!err)
		err = xdpx_netns_run(nic->netns, nic_open, &opening);
	if (!err)
		err = xdpx_port_carrier_wait(nic);
	if (err) {
		xdpx_fail_forget(saved);
		xdpx_port_nic_end(nic);
		return err;
	}
	xdpx_fail_restore(saved);
	*out = nic;
	return 0;
}

int xdpx_port_open(const char *name, const struct xdpx_port_opts *opts, struct xdpx_port **out)
{
	struct xdpx_port *port;
	int err;

	if (!out)
		return xdpx_fail(-EINVAL, "port.open", "no place for the port given: the pointer is NULL");
	port = calloc(1, sizeof(*port));
	if (!port)
		return xdpx_fail(-ENOMEM, "port.alloc", "no memory for the port's handle");
	pthread_mutex_init(&port->lock, NULL);
	err = nic_new(name, opts, &port->nics);
	if (err) {
		xdpx_port_free(port);
		return err;
	}
	*out = port;
	return 0;
}

/* Two devices can't steer by one map, which knows queues by their numbers alone. */
static int prog_check(const struct xdpx_port *port, const struct xdpx_port_opts *opts)
{
	const struct xdpx_port_nic *nic;

	for (nic = port->nics; nic; nic = nic->next)
		if (opts && opts->size >= offsetof(struct xdpx_port_opts, xskmap) && opts->prog &&
		    nic->opts.prog == opts->prog)
			return xdpx_fail(-EINVAL, "port.add",
					 "the program steers to another device of the port already: queues of two "
					 "devices have the same numbers in its XSKMAP");
	return 0;
}

int xdpx_port_add(struct xdpx_port *port, const char *name, const struct xdpx_port_opts *opts)
{
	struct xdpx_port_nic **end;
	int err;

	if (!port)
		return xdpx_fail(-EINVAL, "port.add", "the port is NULL");
	err = prog_check(port, opts);
	if (err)
		return err;
	for (end = &port->nics; *end; end = &(*end)->next)
		;
	return nic_new(name, opts, end);
}

void xdpx_port_free(struct xdpx_port *port)
{
	struct xdpx_port_nic *nic;

	if (!port)
		return;
	while ((nic = port->nics)) {
		port->nics = nic->next;
		xdpx_port_nic_end(nic);
	}
	pthread_mutex_destroy(&port->lock);
	free(port);
}

int xdpx_port_close(struct xdpx_port *port)
{
	const struct xdpx_port_nic *nic;
	uint32_t held = 0;
	uint32_t at;

	if (!port)
		return 0;

	for (nic = port->nics; nic; nic = nic->next)
		for (at = 0; at < nic->umem_count; at++)
			held += xdpx_umem_held_count(nic->umems[at]);
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
	uint32_t count = xdpx_port_queue_count(port);
	uint32_t at = __atomic_load_n(&port->claimed, __ATOMIC_RELAXED);

	do {
		if (at == count)
			return xdpx_fail(-ENOENT, "port.claim", "all %u queues of the port are claimed", count);
	} while (!__atomic_compare_exchange_n(&port->claimed, &at, at + 1, true, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));

	*xsk = xdpx_port_xsk(port, at);
	return 0;
}

uint32_t xdpx_port_queue_count(const struct xdpx_port *port)
{
	const struct xdpx_port_nic *nic;
	uint32_t count = 0;

	for (nic = port->nics; nic; nic = nic->next)
		count += nic->count;
	return count;
}

struct xdpx_xsk *xdpx_port_xsk(const struct xdpx_port *port, uint32_t at)
{
	const struct xdpx_port_nic *nic;

	for (nic = port->nics; nic; nic = nic->next) {
		if (at < nic->count)
			return nic->xsks[at];
		at -= nic->count;
	}
	return NULL;
}

const struct xdpx_link *xdpx_port_link(const struct xdpx_port *port)
{
	return port->nics->link;
}

struct xdpx_port_nic *xdpx_port_nic_of(const struct xdpx_port *port, const struct xdpx_xsk *xsk)
{
	struct xdpx_port_nic *nic;
	uint32_t at;

	for (nic = port->nics; nic; nic = nic->next)
		for (at = 0; at < nic->count; at++)
			if (nic->xsks[at] == xsk)
				return nic;
	return NULL;
}

const struct xdpx_link *xdpx_port_link_of(const struct xdpx_port *port, const struct xdpx_xsk *xsk)
{
	const struct xdpx_port_nic *nic = xdpx_port_nic_of(port, xsk);

	return nic ? nic->link : NULL;
}

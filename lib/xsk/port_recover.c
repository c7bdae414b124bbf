/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* A port whose device was down or gone: what of it is lost, and getting that back. */
#include "base/fail.h"
#include "base/netns.h"
#include "xsk/port.h"
#include "xsk/xsk.h"

#include <errno.h>
#include <xdpx/nic_lists.h>

/* Whether the port's program still runs on the device. */
static bool link_lives(const struct xdpx_port_nic *nic, const struct xdpx_nic *snapshot)
{
	struct xdpx_attachment entry = {.size = sizeof(entry)};
	size_t at;

	for (at = 0; !xdpx_nic_attachment(snapshot, at, &entry); at++)
		if (entry.prog_id == nic->link->prog_id)
			return true;
	return false;
}

/* The program, which the workers' calls find lost one after the other, and the first of them puts back. */
int xdpx_port_program_restore(struct xdpx_port_nic *nic, const struct xdpx_nic *snapshot)
{
	bool same = nic->index == xdpx_nic_index(snapshot);
	bool lives = nic->link ? link_lives(nic, snapshot) : nic->opts.traffic == XDPX_TRAFFIC_NONE;
	int err;

	if (same && lives)
		return 0;
	xdpx_port_traffic_detach(nic);
	err = xdpx_port_traffic_attach(nic, snapshot);
	if (err)
		return err;
	nic->index = xdpx_nic_index(snapshot);
	xdpx_port_room_warn(nic, snapshot);
	return 0;
}

/* After a failure the socket is shut, so that the next call finds that it is not in order. */
static int xsk_restore(const struct xdpx_port_nic *nic, struct xdpx_xsk *xsk, const struct xdpx_nic *snapshot)
{
	int err;

	if (!xdpx_xsk_device_state(xsk))
		return 0;
	err = xdpx_xsk_reopen(xsk, snapshot);
	if (err || nic->map < 0)
		return err;
	err = xdpx_xsk_steer(xsk, nic->map);
	if (err)
		xdpx_xsk_shut(xsk);
	return err;
}

/* What of the port is to be got back: all of a device, or its program and this socket. */
struct loss {
	struct xdpx_port *port;
	struct xdpx_port_nic *nic;
	struct xdpx_xsk *xsk;
};

static int parts_restore(const struct loss *loss, const struct xdpx_nic *snapshot)
{
	struct xdpx_port_nic *nic = loss->nic;
	uint32_t at;
	int err;

	if (xdpx_nic_up(snapshot) != XDPX_YES)
		return xdpx_xsk_device_fail(nic->xsks[0], -ENETDOWN, "port.recover");

	pthread_mutex_lock(&loss->port->lock);
	err = xdpx_port_program_restore(nic, snapshot);
	pthread_mutex_unlock(&loss->port->lock);
	for (at = 0; !err && at < nic->count; at++)
		if (!loss->xsk || nic->xsks[at] == loss->xsk)
			err = xsk_restore(nic, nic->xsks[at], snapshot);
	return err;
}

/* In the device's network namespace. */
static int loss_restore(void *arg)
{
	const struct loss *loss = arg;
	struct xdpx_nic *snapshot;
	int err;

	err = xdpx_nic_open(loss->nic->name, NULL, &snapshot);
	if (err)
		return err;
	err = parts_restore(loss, snapshot);
	xdpx_nic_free(snapshot);
	return err;
}

static int nic_restore(struct xdpx_port *port, struct xdpx_port_nic *nic, struct xdpx_xsk *xsk)
{
	struct loss loss = {.port = port, .nic = nic, .xsk = xsk};

	return xdpx_netns_run(nic->netns, loss_restore, &loss);
}

/* The socket is asked first, which needs no privilege: mostly the device was only down. */
static int xsk_recover(struct xdpx_port *port, struct xdpx_port_nic *nic, struct xdpx_xsk *xsk)
{
	int state = xdpx_xsk_device_state(xsk);

	if (state == -ENODEV)
		return nic_restore(port, nic, xsk);
	return xdpx_xsk_device_fail(xsk, state, "port.recover");
}

static int all_recover(struct xdpx_port *port)
{
	struct xdpx_port_nic *nic;
	int first = 0;
	int err;

	for (nic = port->nics; nic; nic = nic->next) {
		err = nic_restore(port, nic, NULL);
		if (!first)
			first = err;
	}
	return first;
}

int xdpx_port_recover(struct xdpx_port *port, struct xdpx_xsk *xsk)
{
	struct xdpx_fail_saved *saved;
	struct xdpx_port_nic *nic;
	int err;

	if (!port)
		return xdpx_fail(-EINVAL, "port.recover", "the port is NULL");
	nic = xsk ? xdpx_port_nic_of(port, xsk) : NULL;
	if (xsk && !nic)
		return xdpx_fail(-EINVAL, "port.recover", "the socket is none of the port's");

	saved = xdpx_fail_save();
	err = nic ? xsk_recover(port, nic, xsk) : all_recover(port);
	if (err)
		xdpx_fail_forget(saved);
	else
		xdpx_fail_restore(saved);
	return err;
}

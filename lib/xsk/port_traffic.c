/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Which packets a port takes: the program that steers them to its sockets, the caller's or one of the library's. */
#include "base/fail.h"
#include "prog/prog.h"
#include "xsk/objects.h"
#include "xsk/port.h"
#include "xsk/xsk.h"

#include <errno.h>
#include <xdpx/prog.h>

/* The names that bpf/redirect.bpf.c gives. */
#define REDIRECT_PROG "xdpx_redirect"
#define REDIRECT_MAP "xdpx_xsks"

/* As many as the device may ever have, so that the map is large enough also for a queue that is added. */
static uint32_t map_entries(const struct xdpx_port_nic *nic, const struct xdpx_nic *snapshot)
{
	struct xdpx_queues queues = {.size = sizeof(queues)};
	uint32_t entries = 1;
	uint32_t at;

	if (!xdpx_nic_queues(snapshot, &queues) && queues.usable > entries)
		entries = queues.usable;
	for (at = 0; at < nic->count; at++)
		if (nic->queues[at] >= entries)
			entries = nic->queues[at] + 1;
	return entries;
}

/* The embedded program, loaded; with `frags` it also takes packets of several buffers, where the kernel knows such. */
static int embedded_load(struct xdpx_port_nic *nic, const struct xdpx_nic *snapshot, bool frags)
{
	struct xdpx_prog_opts opts = {.size = sizeof(opts), .name = REDIRECT_PROG};
	int err;

	err = xdpx_prog_open_memory(xdpx_object_redirect, xdpx_object_redirect_bytes, &opts, &nic->own_prog);
	if (!err)
		err = xdpx_prog_frags_set(nic->own_prog, frags);
	if (!err)
		err = xdpx_prog_map_resize(nic->own_prog, REDIRECT_MAP, map_entries(nic, snapshot));
	if (!err)
		err = xdpx_prog_load(nic->own_prog, NULL);
	if (err) {
		xdpx_prog_free(nic->own_prog);
		nic->own_prog = NULL;
	}
	return err;
}

/* The program, loaded where it is one of the library's; NULL with the error recorded. */
static struct xdpx_prog *prog_get(struct xdpx_port_nic *nic, const struct xdpx_nic *snapshot)
{
	if (nic->opts.prog)
		return nic->opts.prog;
	if (!nic->own_prog && embedded_load(nic, snapshot, true) == -EINVAL)
		embedded_load(nic, snapshot, false);
	return nic->own_prog;
}

/* The socket map, once the program is loaded; nothing is steered to sockets that only send. */
static int map_find(struct xdpx_port_nic *nic, const struct xdpx_prog *prog)
{
	if (nic->map >= 0 || nic->opts.traffic == XDPX_TRAFFIC_NONE)
		return 0;
	nic->map = xdpx_prog_map_fd(prog, nic->opts.prog ? nic->opts.xskmap : REDIRECT_MAP);
	return nic->map < 0 ? nic->map : 0;
}

static int prog_attach(struct xdpx_port_nic *nic, const struct xdpx_nic *snapshot)
{
	const struct xdpx_attach_opts opts = {
		.size = sizeof(opts),
		.flags = nic->opts.attach_flags,
		.mode = nic->opts.mode,
	};
	struct xdpx_prog *prog = prog_get(nic, snapshot);
	int err;

	if (!prog)
		return xdpx_error_last()->code;
	err = xdpx_link_attach_on(prog, snapshot, &opts, &nic->link);
	return err ? err : map_find(nic, prog);
}

bool xdpx_port_sends_with_program(const struct xdpx_nic *snapshot, uint32_t zerocopy)
{
	return zerocopy != XDPX_ZEROCOPY_NEVER && xdpx_nic_can(snapshot, XDPX_FEATURE_ZEROCOPY) != XDPX_NO;
}

/*
 * Drivers make the queues on which zero-copy sockets send only while an XDP program runs: a program that passes all
 * packets is attached for that. One that is there already does as well. Where it can't be had, copies are sent, which
 * need none.
 */
static int transmit_enable(struct xdpx_port_nic *nic, const struct xdpx_nic *snapshot)
{
	struct xdpx_fail_saved *saved;
	int err;

	if (!xdpx_port_sends_with_program(snapshot, nic->xsk_opts.zerocopy))
		return 0;
	saved = xdpx_fail_save();
	err = prog_attach(nic, snapshot);
	if (err && err != -EBUSY && nic->xsk_opts.zerocopy == XDPX_ZEROCOPY_REQUIRE) {
		xdpx_fail_forget(saved);
		return err;
	}
	if (err && err != -EBUSY) {
		xdpx_log(XDPX_LOG_INFO, "%s: sending copies, for it takes no program: %s", xdpx_nic_name(snapshot),
			 xdpx_error_last()->message);
		nic->xsk_opts.zerocopy = XDPX_ZEROCOPY_NEVER;
	}
	xdpx_fail_restore(saved);
	return 0;
}

int xdpx_port_traffic_attach(struct xdpx_port_nic *nic, const struct xdpx_nic *snapshot)
{
	if (nic->opts.traffic == XDPX_TRAFFIC_NONE)
		return transmit_enable(nic, snapshot);
	return prog_attach(nic, snapshot);
}

void xdpx_port_traffic_detach(struct xdpx_port_nic *nic)
{
	xdpx_link_free(nic->link);
	nic->link = NULL;
}

void xdpx_port_traffic_settle(struct xdpx_port_nic *nic)
{
	bool zerocopy = false;
	uint32_t at;

	for (at = 0; at < nic->count; at++)
		zerocopy |= xdpx_xsk_is_zerocopy(nic->xsks[at]);
	if (nic->opts.traffic == XDPX_TRAFFIC_NONE && !zerocopy)
		xdpx_port_traffic_detach(nic);
}

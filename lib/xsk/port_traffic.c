/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Which packets a port takes: the program that steers them to its sockets, the caller's or one of the library's. */
#include "base/fail.h"
#include "prog/prog.h"
#include "xsk/objects.h"
#include "xsk/port.h"
#include "xsk/traffic.h"
#include "xsk/xsk.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <netinet/in.h>
#include <xdpx/prog.h>

#define ETHERNET_ADDRESS 6

/* The names that bpf/redirect.bpf.c and bpf/filter.bpf.c give. */
#define SOCKET_MAP "xdpx_xsks"
#define TRAFFIC_MAP "xdpx_traffic"

/* A program of the library's. */
struct embedded {
	const char *name;
	const unsigned char *object;
	const size_t *bytes;
};

static const struct embedded redirect = {"xdpx_redirect", xdpx_object_redirect, &xdpx_object_redirect_bytes};
static const struct embedded filter = {"xdpx_filter", xdpx_object_filter, &xdpx_object_filter_bytes};

_Static_assert(sizeof(struct xdpx_traffic_key) == sizeof(struct xdpx_filter_key), "the same key");
_Static_assert(offsetof(struct xdpx_traffic_key, protocol) == offsetof(struct xdpx_filter_key, protocol), "protocol");
_Static_assert(offsetof(struct xdpx_traffic_key, port) == offsetof(struct xdpx_filter_key, port), "port");

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

static bool is_filtered(const struct xdpx_port_nic *nic)
{
	return nic->opts.traffic == XDPX_TRAFFIC_PORTS || nic->opts.traffic == XDPX_TRAFFIC_MAP;
}

/* The caller's map in place of the filter's, however many entries it has room for. */
static int map_take(const struct xdpx_port_nic *nic)
{
	struct bpf_map_info info = {0};
	uint32_t length = sizeof(info);
	int err = 0;

	if (!bpf_obj_get_info_by_fd(nic->opts.traffic_map, &info, &length) && info.type == BPF_MAP_TYPE_HASH)
		err = xdpx_prog_map_resize(nic->own_prog, TRAFFIC_MAP, info.max_entries);
	return err ? err : xdpx_prog_map_reuse(nic->own_prog, TRAFFIC_MAP, nic->opts.traffic_map);
}

/* Before the filter is loaded: whose map it looks into, and whether packets have an Ethernet header. */
static int filter_prepare(const struct xdpx_port_nic *nic, const struct xdpx_nic *snapshot)
{
	const struct xdpx_port_opts *opts = &nic->opts;
	const uint8_t *mac;
	uint32_t ethernet = xdpx_nic_mac(snapshot, &mac) == ETHERNET_ADDRESS;
	int err;

	if (opts->traffic == XDPX_TRAFFIC_MAP)
		err = map_take(nic);
	else
		err = xdpx_prog_map_resize(nic->own_prog, TRAFFIC_MAP, opts->udp_count + opts->tcp_count);
	if (err)
		return err;
	return xdpx_prog_global_set(nic->own_prog, "xdpx_ethernet", &ethernet, sizeof(ethernet));
}

static int ports_enter(int map, uint8_t protocol, const uint16_t *ports, uint32_t count)
{
	const xdpx_filter_value taken = 1;
	uint32_t at;
	int err;

	for (at = 0; at < count; at++) {
		const struct xdpx_filter_key key = {.protocol = protocol, .port = ports[at]};

		err = bpf_map_update_elem(map, &key, &taken, BPF_ANY);
		if (err)
			return xdpx_fail(err, "port.traffic", "port %u can't be entered into the filter's map: %s",
					 ports[at], xdpx_errno_text(err));
	}
	return 0;
}

/* Once it is loaded. */
static int filter_fill(const struct xdpx_port_nic *nic)
{
	const struct xdpx_port_opts *opts = &nic->opts;
	int map = xdpx_prog_map_fd(nic->own_prog, TRAFFIC_MAP);
	int err;

	if (map < 0)
		return map;
	err = ports_enter(map, IPPROTO_UDP, opts->udp_ports, opts->udp_count);
	return err ? err : ports_enter(map, IPPROTO_TCP, opts->tcp_ports, opts->tcp_count);
}

/* The embedded program, loaded; with `frags` it also takes packets of several buffers, where the kernel knows such. */
static int embedded_load(struct xdpx_port_nic *nic, const struct xdpx_nic *snapshot, bool frags)
{
	const struct embedded *embedded = is_filtered(nic) ? &filter : &redirect;
	struct xdpx_prog_opts opts = {.size = sizeof(opts), .name = embedded->name};
	int err;

	err = xdpx_prog_open_memory(embedded->object, *embedded->bytes, &opts, &nic->own_prog);
	if (!err)
		err = xdpx_prog_frags_set(nic->own_prog, frags);
	if (!err)
		err = xdpx_prog_map_resize(nic->own_prog, SOCKET_MAP, map_entries(nic, snapshot));
	if (!err && is_filtered(nic))
		err = filter_prepare(nic, snapshot);
	if (!err)
		err = xdpx_prog_load(nic->own_prog, NULL);
	if (!err && nic->opts.traffic == XDPX_TRAFFIC_PORTS)
		err = filter_fill(nic);
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
	nic->map = xdpx_prog_map_fd(prog, nic->opts.prog ? nic->opts.xskmap : SOCKET_MAP);
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

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Taking snapshots: of one device, or of all in as many requests. */
#include "base/fail.h"
#include "base/opts.h"
#include "nic/sources.h"

#include <errno.h>
#include <stdlib.h>

static void target_fail(const struct xdpx_nic_target *target, int err)
{
	if (target->index)
		xdpx_fail(err, "nic.find", "no device has index %u in this network namespace", target->index);
	else
		xdpx_fail(err, "nic.find", "no device is named \"%s\" in this network namespace", target->name);
	xdpx_fail_hint("`ip link` lists the devices of this namespace, `ip netns` the namespaces");
}

static int links_fail(const struct xdpx_nl *route, const struct xdpx_nic_target *target, int err)
{
	if (err == -ENODEV) {
		target_fail(target, err);
	} else if (err == -EAGAIN) {
		xdpx_fail(err, "nic.find", "the list of devices changed each time while it was read");
		xdpx_fail_hint("try again when fewer devices come and go");
	} else {
		xdpx_fail(err, "nic.find", "asking rtnetlink for network devices failed: %s", xdpx_errno_text(err));
	}
	xdpx_fail_kernel(xdpx_nl_text(route));
	return err;
}

static int details_fail(const struct xdpx_nl *genl, const struct xdpx_nic *one, int err)
{
	if (one && err == -ENODEV) {
		xdpx_fail(err, "nic.details", "%s (index %u) went away while it was asked about", one->name,
			  one->index);
		xdpx_fail_hint("open it again once it is back; `ip link` lists the devices of this namespace");
	} else {
		xdpx_fail(err, "nic.details", "asking for the devices' abilities failed: %s", xdpx_errno_text(err));
	}
	xdpx_fail_kernel(xdpx_nl_text(genl));
	return err;
}

/* Takes the devices out that are gone. The netdev family has just told; where there is none, rtnetlink does again. */
static int gone_drop(struct xdpx_nl *route, const struct xdpx_nic *one, struct xdpx_nic_list *list)
{
	const struct xdpx_nic_target target = {.index = one ? one->index : 0};
	struct xdpx_nic_list now = {.nics = NULL};
	size_t i;
	int err;

	if (!list->count)
		return 0;
	if (list->nics[0].parts[XDPX_PART_FEATURES].state == -ENODEV)
		return -ENODEV;
	if (list->nics[0].parts[XDPX_PART_FEATURES].state < 0) {
		err = xdpx_nic_links(route, &target, &now);
		for (i = 0; !err && i < list->count; i++)
			list->nics[i].netdev.seen = xdpx_nic_list_find(&now, list->nics[i].index);
		xdpx_nic_list_end(&now);
		if (err)
			return err;
	}
	xdpx_nic_list_drop_unseen(list);
	return one && !list->count ? -ENODEV : 0;
}

static int details(struct xdpx_nl *route, struct xdpx_nl *genl, const struct xdpx_nic *one, struct xdpx_nic_list *list)
{
	const struct xdpx_nic_source *source;
	size_t at;
	int err;

	err = xdpx_nic_relate(route, one, list);
	if (!err)
		err = xdpx_nic_feature_bits(genl, list);
	for (at = 0; !err && (source = xdpx_nic_source_at(at)); at++)
		err = xdpx_nic_source_ask(source, genl, one, list);
	if (!err)
		err = gone_drop(route, one, list);
	return err ? err : xdpx_nic_attachments(list);
}

static void settle(struct xdpx_nic *nic, int fd, const struct xdpx_nic_machine *machine)
{
	nic->netns = machine->netns;
	xdpx_nic_driver_find(nic, fd);
	xdpx_nic_parts_settle(nic);
	xdpx_nic_queues_settle(nic);
	xdpx_nic_answers_settle(nic, machine);
	xdpx_nic_limits_settle(nic, machine);
}

int xdpx_nic_gather(struct xdpx_nl *route, struct xdpx_nl *genl, const struct xdpx_nic_target *target,
		    struct xdpx_nic_list *list)
{
	struct xdpx_nic_machine machine;
	const struct xdpx_nic *one;
	size_t i;
	int err;

	err = xdpx_nic_links(route, target, list);
	if (err)
		return links_fail(route, target, err);

	/* From here on by index: the name may be another device's by now. */
	one = target->index || target->name[0] ? &list->nics[0] : NULL;
	err = details(route, genl, one, list);
	if (!err)
		err = xdpx_nic_machine_find(&machine);
	if (err)
		return details_fail(genl, one, err);

	for (i = 0; i < list->count; i++)
		settle(&list->nics[i], xdpx_nl_fd(route), &machine);
	return 0;
}

static int socket_open(int protocol, struct xdpx_nl **nl)
{
	int err = xdpx_nl_open(protocol, nl);

	if (err)
		xdpx_fail(err, "nic.netlink", "a netlink socket could not be opened: %s", xdpx_errno_text(err));
	return err;
}

static int list_fill(const struct xdpx_nic_target *target, struct xdpx_nic_list *list)
{
	struct xdpx_nl *route = NULL;
	struct xdpx_nl *genl = NULL;
	int err;

	err = socket_open(NETLINK_ROUTE, &route);
	if (!err)
		err = socket_open(NETLINK_GENERIC, &genl);
	if (!err)
		err = xdpx_nic_gather(route, genl, target, list);
	xdpx_nl_close(genl);
	xdpx_nl_close(route);
	return err;
}

static int list_make(const struct xdpx_nic_target *target, const struct xdpx_nic_opts *opts, struct xdpx_nic_list **out)
{
	struct xdpx_nic_list *list;
	struct xdpx_nic_opts own;
	int err;

	err = xdpx_opts_take(&own, sizeof(own), opts, "nic.opts");
	if (!err)
		err = xdpx_opts_flags(own.flags, 0, "nic.opts");
	if (err)
		return err;

	list = calloc(1, sizeof(*list));
	if (!list)
		return xdpx_fail(-ENOMEM, "nic.alloc", "out of memory for a list of network devices");
	err = list_fill(target, list);
	if (err) {
		xdpx_nic_list_free(list);
		return err;
	}

	*out = list;
	return 0;
}

int xdpx_nic_list_new(const struct xdpx_nic_opts *opts, struct xdpx_nic_list **list)
{
	const struct xdpx_nic_target all = {.index = 0};

	return list_make(&all, opts, list);
}

int xdpx_nic_open(const char *name, const struct xdpx_nic_opts *opts, struct xdpx_nic **nic)
{
	struct xdpx_nic_target target;
	struct xdpx_nic_list *list;
	struct xdpx_nic *only;
	int err;

	err = xdpx_nic_target_read(name, &target);
	if (!err)
		err = list_make(&target, opts, &list);
	if (err)
		return err;

	only = malloc(sizeof(*only));
	if (only) {
		*only = list->nics[0];
		list->count = 0;
	}
	xdpx_nic_list_free(list);
	if (!only)
		return xdpx_fail(-ENOMEM, "nic.alloc", "out of memory for the snapshot of %s", name);

	*nic = only;
	return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Taking snapshots: of one device, or of all in as many requests. */
#include "base/fail.h"
#include "base/opts.h"
#include "netlink/netlink.h"
#include "nic/nic.h"

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

int xdpx_nic_gather(struct xdpx_nl *route, struct xdpx_nl *genl, const struct xdpx_nic_target *target,
		    struct xdpx_nic_list *list)
{
	const struct xdpx_nic *one;
	uint32_t index;
	size_t i;
	int err;

	err = xdpx_nic_links(route, target, list);
	if (err)
		return links_fail(route, target, err);

	/* From here on by index: the name may be another device's by now. */
	one = target->index || target->name[0] ? &list->nics[0] : NULL;
	index = one ? one->index : 0;
	err = xdpx_nic_channels(genl, index, list);
	if (!err)
		err = xdpx_nic_listed_queues(genl, index, list);
	if (!err)
		err = xdpx_nic_features(genl, index, list);
	if (!err && one && !list->count)
		err = -ENODEV;
	if (err)
		return details_fail(genl, one, err);

	for (i = 0; i < list->count; i++) {
		xdpx_nic_driver_find(&list->nics[i]);
		xdpx_nic_queues_settle(&list->nics[i]);
	}
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
	if (only)
		*only = list->nics[0];
	xdpx_nic_list_free(list);
	if (!only)
		return xdpx_fail(-ENOMEM, "nic.alloc", "out of memory for the snapshot of %s", name);

	*nic = only;
	return 0;
}

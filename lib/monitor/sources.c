/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Who announces changes, and which device an announcement is about. */
#include "monitor/monitor.h"

#include "base/fail.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

/* Of each ear. The kernel counts some 4 KiB for an announcement of rtnetlink's. */
#define ROOM_BYTES (4 * 1024 * 1024)

#define NETDEV_ADD_NTF 2
#define NETDEV_CHANGE_NTF 4
#define NETDEV_IFINDEX 1
#define ETHTOOL_HEADER 1
#define ETHTOOL_HEADER_INDEX 1

static const struct source {
	int protocol;
	const char *family; /* of generic netlink; NULL: the protocol's own group */
	const char *group;
	int number;
	xdpx_nl_fn *take;
	const char *heard;
	const char *missing;
} sources[XDPX_MONITOR_SOURCES] = {
	[XDPX_MONITOR_LINKS] = {NETLINK_ROUTE, NULL, NULL, RTNLGRP_LINK, xdpx_monitor_link_take,
				"rtnetlink announces devices, names, MTU, up and carrier, and programs attached over "
				"netlink",
				""},
	[XDPX_MONITOR_NETDEV] = {NETLINK_GENERIC, "netdev", "mgmt", 0, xdpx_monitor_netdev_take,
				 "netdev netlink announces what drivers do with XDP",
				 "the kernel does not have the netdev family, which came with Linux 6.3: what a driver "
				 "does with XDP is looked up when something else is announced"},
	[XDPX_MONITOR_ETHTOOL] =
		{NETLINK_GENERIC, "ethtool", "monitor", 0, xdpx_monitor_ethtool_take,
		 "ethtool netlink announces channels, rings, offloads, coalescing and the like",
		 "the kernel does not have the ethtool family, which came with Linux 5.6: such settings "
		 "are looked up when something else is announced"},
};

static bool index_is(uint32_t index)
{
	return index > 0 && index <= INT32_MAX;
}

int xdpx_monitor_link_take(const struct nlmsghdr *message, void *arg)
{
	const struct ifinfomsg *header = mnl_nlmsg_get_payload(message);
	struct xdpx_monitor *monitor = arg;
	struct xdpx_monitor_kept *kept;

	if (message->nlmsg_type != RTM_NEWLINK && message->nlmsg_type != RTM_DELLINK)
		return 0;
	if (message->nlmsg_len < NLMSG_HDRLEN + sizeof(*header) || header->ifi_index <= 0)
		return 0;

	xdpx_monitor_mark(monitor, (uint32_t)header->ifi_index);
	/* A bridge announces in the same way, as AF_BRIDGE, that a device left it. */
	kept = xdpx_monitor_find(monitor, (uint32_t)header->ifi_index);
	if (kept && message->nlmsg_type == RTM_DELLINK && header->ifi_family == AF_UNSPEC)
		kept->gone = true;
	return 0;
}

int xdpx_monitor_netdev_take(const struct nlmsghdr *message, void *arg)
{
	const struct genlmsghdr *header = mnl_nlmsg_get_payload(message);
	const struct nlattr *attrs[NETDEV_IFINDEX + 1];
	uint64_t index;

	/* the family announces more in this group, which is not about devices */
	if (message->nlmsg_len < NLMSG_HDRLEN + GENL_HDRLEN || header->cmd < NETDEV_ADD_NTF ||
	    header->cmd > NETDEV_CHANGE_NTF)
		return 0;

	xdpx_nl_message_attrs(message, GENL_HDRLEN, attrs, NETDEV_IFINDEX + 1);
	index = xdpx_nl_uint(attrs[NETDEV_IFINDEX]);
	if (index_is((uint32_t)index))
		xdpx_monitor_mark(arg, (uint32_t)index);
	return 0;
}

int xdpx_monitor_ethtool_take(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *attrs[ETHTOOL_HEADER + 1];
	const struct nlattr *device[ETHTOOL_HEADER_INDEX + 1];
	uint64_t index;

	xdpx_nl_message_attrs(message, GENL_HDRLEN, attrs, ETHTOOL_HEADER + 1);
	xdpx_nl_nested(attrs[ETHTOOL_HEADER], device, ETHTOOL_HEADER_INDEX + 1);
	index = xdpx_nl_uint(device[ETHTOOL_HEADER_INDEX]);
	if (index_is((uint32_t)index))
		xdpx_monitor_mark(arg, (uint32_t)index);
	return 0;
}

static int ear_open(struct xdpx_monitor_ear *ear, const struct source *source)
{
	struct xdpx_nl *nl;
	int group;
	int err;

	err = xdpx_nl_open(source->protocol, &nl);
	if (err)
		return err;
	group = source->family ? xdpx_nl_group(nl, source->family, source->group) : source->number;
	xdpx_nl_room(nl, ROOM_BYTES);
	err = group < 0 ? group : xdpx_nl_join(nl, group);
	if (err) {
		xdpx_nl_close(nl);
		ear->why = source->missing;
		return source->family && err == -ENOENT ? 0 : err;
	}

	ear->nl = nl;
	ear->why = source->heard;
	return 0;
}

int xdpx_monitor_ears_open(struct xdpx_monitor *monitor)
{
	unsigned int i;
	int err;

	for (i = 0; i < XDPX_MONITOR_SOURCES; i++) {
		err = ear_open(&monitor->ears[i], &sources[i]);
		if (err)
			return xdpx_fail(err, "monitor.listen", "no announcements of %s can be heard: %s",
					 sources[i].family ? sources[i].family : "rtnetlink", xdpx_errno_text(err));
	}
	return 0;
}

int xdpx_monitor_hear(struct xdpx_monitor *monitor)
{
	unsigned int i;
	int err;

	for (i = 0; i < XDPX_MONITOR_SOURCES; i++) {
		err = monitor->ears[i].nl ? xdpx_nl_listen(monitor->ears[i].nl, sources[i].take, monitor) : 0;
		if (err == -ENOBUFS)
			monitor->lost = true;
		else if (err)
			return xdpx_fail(err, "monitor.listen", "listening to %s failed: %s",
					 sources[i].family ? sources[i].family : "rtnetlink", xdpx_errno_text(err));
	}
	return 0;
}

enum xdpx_answer xdpx_monitor_hears(const struct xdpx_monitor *monitor, enum xdpx_monitor_source source)
{
	if ((unsigned int)source >= XDPX_MONITOR_SOURCES)
		return XDPX_UNKNOWN;
	return monitor->ears[source].nl ? XDPX_YES : XDPX_NO;
}

const char *xdpx_monitor_why(const struct xdpx_monitor *monitor, enum xdpx_monitor_source source)
{
	return (unsigned int)source < XDPX_MONITOR_SOURCES ? monitor->ears[source].why : "";
}

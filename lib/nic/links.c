/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* rtnetlink: which devices there are, and what it says about each. */
#include "nic/sources.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

/* Limits of the MTU came with 4.19, alternative names with 5.5, parent devices with 5.14, a tun's type with 4.17. */
#define LINK_MIN_MTU 50
#define LINK_MAX_MTU 51
#define LINK_ALT_IFNAME 53
#define LINK_PARENT_DEV_NAME 56
#define LINK_PARENT_DEV_BUS_NAME 57
#define LINK_COUNT 58
#define TUN_TYPE 3
#define TUN_NUM_QUEUES 8
#define TUN_COUNT 9
#define TUN_TYPE_TAP 2
#define FILTER_SKIP_STATS 8

static void tun_read(struct xdpx_nic *nic, const struct nlattr *data, uint16_t hardware)
{
	const struct nlattr *tun[TUN_COUNT];
	bool tap;

	xdpx_nl_nested(data, tun, TUN_COUNT);
	tap = tun[TUN_TYPE] ? xdpx_nl_uint(tun[TUN_TYPE]) == TUN_TYPE_TAP : hardware == ARPHRD_ETHER;
	/* The driver of both is "tun": keep that before the kind tells them apart. */
	strcpy(nic->driver, "tun");
	if (tap)
		strcpy(nic->kind, "tap");
	nic->attached = (uint32_t)xdpx_nl_uint(tun[TUN_NUM_QUEUES]);
}

static void bond_read(struct xdpx_nic *nic, const struct nlattr *data)
{
	const struct nlattr *bond[IFLA_BOND_MODE + 1];

	xdpx_nl_nested(data, bond, IFLA_BOND_MODE + 1);
	nic->place.bond_mode = (int32_t)xdpx_nl_int_or(bond[IFLA_BOND_MODE], -1);
}

static void kind_read(struct xdpx_nic *nic, const struct nlattr *linkinfo, uint16_t hardware)
{
	const struct nlattr *info[IFLA_INFO_DATA + 1];

	xdpx_nl_nested(linkinfo, info, IFLA_INFO_DATA + 1);
	xdpx_nl_string(info[IFLA_INFO_KIND], nic->kind, sizeof(nic->kind));
	if (!strcmp(nic->kind, "tun"))
		tun_read(nic, info[IFLA_INFO_DATA], hardware);
	else if (!strcmp(nic->kind, "bond"))
		bond_read(nic, info[IFLA_INFO_DATA]);
}

static void mac_read(struct xdpx_nic *nic, const struct nlattr *address)
{
	const void *bytes = NULL;
	size_t length = xdpx_nl_payload(address, &bytes);

	if (!length || length > sizeof(nic->mac))
		return;
	memcpy(nic->mac, bytes, length);
	nic->mac_bytes = length;
}

static void place_read(struct xdpx_nic *nic, const struct nlattr **attrs)
{
	nic->place.lower = (uint32_t)xdpx_nl_uint(attrs[IFLA_LINK]);
	nic->place.lower_netnsid = (int32_t)xdpx_nl_int_or(attrs[IFLA_LINK_NETNSID], -1);
	nic->place.master = (uint32_t)xdpx_nl_uint(attrs[IFLA_MASTER]);
	/* a device that is below nothing names itself */
	if (nic->place.lower == nic->index && nic->place.lower_netnsid < 0)
		nic->place.lower = 0;
}

static void link_read(struct xdpx_nic *nic, const struct ifinfomsg *header, const struct nlattr **attrs)
{
	nic->index = (uint32_t)header->ifi_index;
	nic->up = header->ifi_flags & IFF_UP;
	nic->loopback = header->ifi_flags & IFF_LOOPBACK;
	nic->carrier = xdpx_nl_uint(attrs[IFLA_CARRIER]);
	nic->mtu = (uint32_t)xdpx_nl_uint(attrs[IFLA_MTU]);
	nic->mtu_min = (uint32_t)xdpx_nl_uint(attrs[LINK_MIN_MTU]);
	nic->mtu_max = (uint32_t)xdpx_nl_uint(attrs[LINK_MAX_MTU]);
	nic->parts[XDPX_PART_LINK].state = 0;
	xdpx_nl_xdp_read(attrs[IFLA_XDP], &nic->programs);
	nic->allocated.rx = (uint32_t)xdpx_nl_uint(attrs[IFLA_NUM_RX_QUEUES]);
	nic->allocated.tx = (uint32_t)xdpx_nl_uint(attrs[IFLA_NUM_TX_QUEUES]);
	nic->allocated.known = attrs[IFLA_NUM_RX_QUEUES] || attrs[IFLA_NUM_TX_QUEUES];
	xdpx_nl_string(attrs[IFLA_IFNAME], nic->name, sizeof(nic->name));
	xdpx_nl_string(attrs[LINK_PARENT_DEV_NAME], nic->parent_name, sizeof(nic->parent_name));
	xdpx_nl_string(attrs[LINK_PARENT_DEV_BUS_NAME], nic->parent_bus, sizeof(nic->parent_bus));
	mac_read(nic, attrs[IFLA_ADDRESS]);
	place_read(nic, attrs);
	kind_read(nic, attrs[IFLA_LINKINFO], header->ifi_type);
}

static int link_take(const struct nlmsghdr *message, void *arg)
{
	const struct ifinfomsg *header = mnl_nlmsg_get_payload(message);
	const struct nlattr *attrs[LINK_COUNT];
	struct xdpx_nic_list *list = arg;
	struct xdpx_nic *nic;

	if (message->nlmsg_type != RTM_NEWLINK || message->nlmsg_len < NLMSG_HDRLEN + sizeof(*header) ||
	    header->ifi_index <= 0)
		return -EBADMSG;

	nic = xdpx_nic_list_add(list);
	if (!nic)
		return -ENOMEM;
	xdpx_nl_message_attrs(message, sizeof(*header), attrs, LINK_COUNT);
	link_read(nic, header, attrs);
	return 0;
}

static void links_forget(void *arg)
{
	struct xdpx_nic_list *list = arg;

	xdpx_nic_list_end(list);
}

static int link_ask(struct xdpx_nl *route, struct nlmsghdr *message, const struct xdpx_nic_target *target,
		    struct xdpx_nic_list *list)
{
	struct ifinfomsg *header = mnl_nlmsg_get_payload(message);
	int err;

	header->ifi_index = (int)target->index;
	/* The attribute for alternative names finds primary ones as well, but is as new as they are. */
	if (target->name[0])
		mnl_attr_put_strz(message, strlen(target->name) < IF_NAMESIZE ? IFLA_IFNAME : LINK_ALT_IFNAME,
				  target->name);
	err = xdpx_nl_do(route, message, link_take, list);
	if (!err && list->count != 1)
		return -EBADMSG;
	return err;
}

int xdpx_nic_links(struct xdpx_nl *route, const struct xdpx_nic_target *target, struct xdpx_nic_list *list)
{
	union xdpx_nl_request request;
	struct nlmsghdr *message = xdpx_nl_request(&request, RTM_GETLINK, sizeof(struct ifinfomsg));
	int err;

	mnl_attr_put_u32(message, IFLA_EXT_MASK, FILTER_SKIP_STATS);
	if (target->index || target->name[0])
		return link_ask(route, message, target, list);

	err = xdpx_nl_dump(route, message, link_take, links_forget, list);
	if (!err)
		xdpx_nic_list_sort(list);
	return err;
}

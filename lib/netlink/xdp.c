/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* XDP programs on a device, over rtnetlink: the way of kernels and modes that have no bpf_link for it. */
#include "netlink/netlink.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

static struct nlmsghdr *link_request(union xdpx_nl_request *request, uint16_t type, uint32_t ifindex)
{
	struct nlmsghdr *message = xdpx_nl_request(request, type, sizeof(struct ifinfomsg));
	struct ifinfomsg *header = mnl_nlmsg_get_payload(message);

	header->ifi_family = AF_UNSPEC;
	header->ifi_index = (int)ifindex;
	return message;
}

int xdpx_nl_xdp_set(uint32_t ifindex, int fd, uint32_t flags, int expected_fd, char *text, size_t text_bytes)
{
	union xdpx_nl_request request;
	struct nlmsghdr *message;
	struct nlattr *nest;
	struct xdpx_nl *nl;
	int err;

	text[0] = '\0';
	err = xdpx_nl_open(NETLINK_ROUTE, &nl);
	if (err)
		return err;

	message = link_request(&request, RTM_SETLINK, ifindex);
	nest = mnl_attr_nest_start(message, IFLA_XDP);
	mnl_attr_put_u32(message, IFLA_XDP_FD, (uint32_t)fd);
	mnl_attr_put_u32(message, IFLA_XDP_FLAGS, flags);
	if (flags & XDP_FLAGS_REPLACE)
		mnl_attr_put_u32(message, IFLA_XDP_EXPECTED_FD, (uint32_t)expected_fd);
	mnl_attr_nest_end(message, nest);

	err = xdpx_nl_do(nl, message, NULL, NULL);
	snprintf(text, text_bytes, "%s", xdpx_nl_text(nl));
	xdpx_nl_close(nl);
	return err;
}

void xdpx_nl_xdp_read(const struct nlattr *nest, struct xdpx_nl_xdp *xdp)
{
	const struct nlattr *attrs[IFLA_XDP_HW_PROG_ID + 1];

	xdpx_nl_nested(nest, attrs, IFLA_XDP_HW_PROG_ID + 1);
	*xdp = (struct xdpx_nl_xdp){
		.native = (uint32_t)xdpx_nl_uint(attrs[IFLA_XDP_DRV_PROG_ID]),
		.generic = (uint32_t)xdpx_nl_uint(attrs[IFLA_XDP_SKB_PROG_ID]),
		.offload = (uint32_t)xdpx_nl_uint(attrs[IFLA_XDP_HW_PROG_ID]),
	};
}

static int xdp_take(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *attrs[IFLA_XDP + 1];

	xdpx_nl_message_attrs(message, sizeof(struct ifinfomsg), attrs, IFLA_XDP + 1);
	xdpx_nl_xdp_read(attrs[IFLA_XDP], arg);
	return 0;
}

int xdpx_nl_xdp_get(uint32_t ifindex, struct xdpx_nl_xdp *xdp)
{
	struct xdpx_nl_xdp found = {.native = 0};
	union xdpx_nl_request request;
	struct xdpx_nl *nl;
	int err;

	err = xdpx_nl_open(NETLINK_ROUTE, &nl);
	if (err)
		return err;
	err = xdpx_nl_do(nl, link_request(&request, RTM_GETLINK, ifindex), xdp_take, &found);
	xdpx_nl_close(nl);
	if (!err)
		*xdp = found;
	return err;
}

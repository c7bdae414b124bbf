/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* ethtool over netlink (5.6): a driver's channels, which it may or may not tell. */
#include "netlink/netlink.h"
#include "nic/nic.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#define FAMILY "ethtool"
#define CHANNELS_GET 17
#define CHANNELS_REPLY 18

enum {
	CHANNELS_HEADER = 1,
	CHANNELS_RX_MAX = 2,
	CHANNELS_TX_MAX = 3,
	CHANNELS_COMBINED_MAX = 5,
	CHANNELS_RX = 6,
	CHANNELS_TX = 7,
	CHANNELS_COMBINED = 9,
	CHANNELS_COUNT = 10,
};

#define HEADER_DEV_INDEX 1
#define HEADER_COUNT 2

static int channels_take(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *attrs[CHANNELS_COUNT];
	const struct nlattr *header[HEADER_COUNT];
	struct xdpx_nic *nic;

	xdpx_nl_message_attrs(message, GENL_HDRLEN, attrs, CHANNELS_COUNT);
	xdpx_nl_nested(attrs[CHANNELS_HEADER], header, HEADER_COUNT);
	nic = xdpx_nic_list_find(arg, (uint32_t)xdpx_nl_uint(header[HEADER_DEV_INDEX]));
	if (!nic)
		return 0;

	nic->channels = (struct xdpx_nic_channels){
		.known = true,
		.rx = (uint32_t)xdpx_nl_uint(attrs[CHANNELS_RX]),
		.tx = (uint32_t)xdpx_nl_uint(attrs[CHANNELS_TX]),
		.combined = (uint32_t)xdpx_nl_uint(attrs[CHANNELS_COMBINED]),
		.rx_max = (uint32_t)xdpx_nl_uint(attrs[CHANNELS_RX_MAX]),
		.tx_max = (uint32_t)xdpx_nl_uint(attrs[CHANNELS_TX_MAX]),
		.combined_max = (uint32_t)xdpx_nl_uint(attrs[CHANNELS_COMBINED_MAX]),
	};
	return 0;
}

int xdpx_nic_channels(struct xdpx_nl *genl, uint32_t index, struct xdpx_nic_list *list)
{
	union xdpx_nl_request request;
	struct nlmsghdr *message;
	struct nlattr *header;
	int family;
	int err;

	family = xdpx_nl_family(genl, FAMILY);
	if (family < 0)
		return family == -ENOMEM ? family : 0;

	message = xdpx_nl_genl_request(&request, family, CHANNELS_GET);
	header = mnl_attr_nest_start(message, CHANNELS_HEADER);
	if (index)
		mnl_attr_put_u32(message, HEADER_DEV_INDEX, index);
	mnl_attr_nest_end(message, header);
	err = index ? xdpx_nl_do(genl, message, channels_take, list)
		    : xdpx_nl_dump(genl, message, channels_take, NULL, list);
	/* -ENODEV can also mean a device that sleeps; whether it is gone, the features tell. */
	return err == -ENOMEM ? err : 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* netdev: what the driver does with XDP (6.3), with packets' metadata (6.7), and with that of AF_XDP (6.8). */
#include "nic/netdev.h"

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

enum {
	DEV_IFINDEX = 1,
	DEV_XDP_FEATURES = 3,
	DEV_XDP_ZC_MAX_SEGS = 4,
	DEV_RX_METADATA = 5,
	DEV_XSK_FEATURES = 6,
	DEV_COUNT = 7,
};

static bool ask(struct nlmsghdr *message, const struct xdpx_nic *one)
{
	if (one)
		mnl_attr_put_u32(message, DEV_IFINDEX, one->index);
	return true;
}

static int take(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *attrs[DEV_COUNT];
	struct xdpx_nic *nic;

	xdpx_nl_message_attrs(message, GENL_HDRLEN, attrs, DEV_COUNT);
	nic = xdpx_nic_list_find(arg, (uint32_t)xdpx_nl_uint(attrs[DEV_IFINDEX]));
	if (!nic)
		return 0;

	nic->parts[XDPX_PART_FEATURES].state = attrs[DEV_XDP_FEATURES] ? 0 : XDPX_NIC_PART_UNTOLD;
	nic->netdev = (struct xdpx_nic_netdev){
		.seen = true,
		.xdp_known = attrs[DEV_XDP_FEATURES],
		.rx_metadata_known = attrs[DEV_RX_METADATA],
		.xsk_known = attrs[DEV_XSK_FEATURES],
		.xdp = xdpx_nl_uint(attrs[DEV_XDP_FEATURES]),
		.rx_metadata = xdpx_nl_uint(attrs[DEV_RX_METADATA]),
		.xsk = xdpx_nl_uint(attrs[DEV_XSK_FEATURES]),
		.zerocopy_segments = (uint32_t)xdpx_nl_uint(attrs[DEV_XDP_ZC_MAX_SEGS]),
	};
	return 0;
}

static void forget(struct xdpx_nic *nic)
{
	nic->netdev = (struct xdpx_nic_netdev){.seen = false};
}

const struct xdpx_nic_source xdpx_nic_features_source = {
	.part = XDPX_PART_FEATURES,
	.family = XDPX_NETDEV,
	.request = 1,
	.reply = 1,
	.ask = ask,
	.take = take,
	.forget = forget,
};

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* ethtool: the sizes of rings, and whether headers are split from data. */
#include "nic/ethtool.h"

#include "base/opts.h"

enum {
	RINGS_RX_MAX = 2,
	RINGS_TX_MAX = 5,
	RINGS_RX = 6,
	RINGS_TX = 9,
	RINGS_RX_BUF_LEN = 10,
	RINGS_TCP_DATA_SPLIT = 11,
	RINGS_COUNT = 12,
};

static void forget(struct xdpx_nic *nic)
{
	nic->rings = (struct xdpx_rings){.size = sizeof(nic->rings)};
	nic->header_split = 0;
}

static int take(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *attrs[RINGS_COUNT];
	struct xdpx_nic *nic = xdpx_ethtool_reply(message, arg, XDPX_PART_RINGS, attrs, RINGS_COUNT);

	if (!nic)
		return 0;

	nic->rings = (struct xdpx_rings){
		.size = sizeof(nic->rings),
		.rx = (uint32_t)xdpx_nl_uint(attrs[RINGS_RX]),
		.tx = (uint32_t)xdpx_nl_uint(attrs[RINGS_TX]),
		.rx_max = (uint32_t)xdpx_nl_uint(attrs[RINGS_RX_MAX]),
		.tx_max = (uint32_t)xdpx_nl_uint(attrs[RINGS_TX_MAX]),
		.rx_buffer_bytes = (uint32_t)xdpx_nl_uint(attrs[RINGS_RX_BUF_LEN]),
	};
	nic->header_split = (uint32_t)xdpx_nl_uint(attrs[RINGS_TCP_DATA_SPLIT]);
	return 0;
}

const struct xdpx_nic_source xdpx_nic_rings_source = {
	.part = XDPX_PART_RINGS,
	.family = XDPX_ETHTOOL,
	.request = 15,
	.reply = 16,
	.ask = xdpx_ethtool_ask_compact,
	.take = take,
	.forget = forget,
};

int xdpx_nic_rings(const struct xdpx_nic *nic, struct xdpx_rings *rings)
{
	return xdpx_out_give(rings, &nic->rings, sizeof(nic->rings), "nic.rings");
}

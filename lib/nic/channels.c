/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* ethtool: a driver's channels, which it may or may not tell. */
#include "nic/ethtool.h"

enum {
	CHANNELS_RX_MAX = 2,
	CHANNELS_TX_MAX = 3,
	CHANNELS_COMBINED_MAX = 5,
	CHANNELS_RX = 6,
	CHANNELS_TX = 7,
	CHANNELS_COMBINED = 9,
	CHANNELS_COUNT = 10,
};

static void forget(struct xdpx_nic *nic)
{
	nic->channels = (struct xdpx_nic_channels){.known = false};
}

static int take(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *attrs[CHANNELS_COUNT];
	struct xdpx_nic *nic = xdpx_ethtool_reply(message, arg, XDPX_PART_CHANNELS, attrs, CHANNELS_COUNT);

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

const struct xdpx_nic_source xdpx_nic_channels_source = {
	.part = XDPX_PART_CHANNELS,
	.family = XDPX_ETHTOOL,
	.request = 17,
	.reply = 18,
	.ask = xdpx_ethtool_ask_compact,
	.take = take,
	.forget = forget,
};

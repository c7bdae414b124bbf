/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* ethtool: how interrupts are delayed. The kernel leaves out what the driver does not have. */
#include "nic/ethtool.h"

#include "base/opts.h"

enum {
	COALESCE_RX_USECS = 2,
	COALESCE_RX_MAX_FRAMES = 3,
	COALESCE_TX_USECS = 6,
	COALESCE_TX_MAX_FRAMES = 7,
	COALESCE_ADAPTIVE_RX = 11,
	COALESCE_ADAPTIVE_TX = 12,
	COALESCE_COUNT = 13,
};

static void forget(struct xdpx_nic *nic)
{
	nic->coalesce = (struct xdpx_coalesce){sizeof(nic->coalesce), -1, -1, -1, -1, -1, -1};
}

static int take(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *attrs[COALESCE_COUNT];
	struct xdpx_nic *nic = xdpx_ethtool_reply(message, arg, XDPX_PART_COALESCE, attrs, COALESCE_COUNT);

	if (!nic)
		return 0;

	nic->coalesce = (struct xdpx_coalesce){
		.size = sizeof(nic->coalesce),
		.rx_usecs = xdpx_nl_int_or(attrs[COALESCE_RX_USECS], -1),
		.rx_frames = xdpx_nl_int_or(attrs[COALESCE_RX_MAX_FRAMES], -1),
		.tx_usecs = xdpx_nl_int_or(attrs[COALESCE_TX_USECS], -1),
		.tx_frames = xdpx_nl_int_or(attrs[COALESCE_TX_MAX_FRAMES], -1),
		.adaptive_rx = (int32_t)xdpx_nl_int_or(attrs[COALESCE_ADAPTIVE_RX], -1),
		.adaptive_tx = (int32_t)xdpx_nl_int_or(attrs[COALESCE_ADAPTIVE_TX], -1),
	};
	return 0;
}

const struct xdpx_nic_source xdpx_nic_coalesce_source = {
	.part = XDPX_PART_COALESCE,
	.family = XDPX_ETHTOOL,
	.request = 19,
	.reply = 20,
	.ask = xdpx_ethtool_ask_compact,
	.take = take,
	.forget = forget,
};

int xdpx_nic_coalesce(const struct xdpx_nic *nic, struct xdpx_coalesce *coalesce)
{
	return xdpx_out_give(coalesce, &nic->coalesce, sizeof(nic->coalesce), "nic.coalesce");
}

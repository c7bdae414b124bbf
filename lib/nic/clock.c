/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* ethtool: timestamps. Bit numbers are those of SOF_TIMESTAMPING_ flags and of HWTSTAMP_FILTER_ numbers. */
#include "nic/ethtool.h"

#include "base/opts.h"

enum { TSINFO_TIMESTAMPING = 2, TSINFO_RX_FILTERS = 4, TSINFO_PHC_INDEX = 5, TSINFO_COUNT = 6 };
enum { TIMESTAMPING_TX_HARDWARE = 0, TIMESTAMPING_RX_HARDWARE = 2, TIMESTAMPING_RAW_HARDWARE = 6 };

#define FILTER_ALL 1

static uint32_t answer(bool yes)
{
	return yes ? XDPX_YES : XDPX_NO;
}

static void forget(struct xdpx_nic *nic)
{
	nic->clock = (struct xdpx_clock){.size = sizeof(nic->clock), .phc_index = -1};
}

static int take(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *attrs[TSINFO_COUNT];
	struct xdpx_nic *nic = xdpx_ethtool_reply(message, arg, XDPX_PART_CLOCK, attrs, TSINFO_COUNT);
	const struct nlattr *bits;
	bool raw;
	bool rx;

	/* since 6.14 a dump also tells of the clocks of PHYs, after that of the device itself */
	if (!nic || nic->clock.hw_rx != XDPX_UNKNOWN)
		return 0;

	bits = attrs[TSINFO_TIMESTAMPING];
	raw = xdpx_ethtool_bit(bits, TIMESTAMPING_RAW_HARDWARE);
	rx = raw && xdpx_ethtool_bit(bits, TIMESTAMPING_RX_HARDWARE);
	nic->clock = (struct xdpx_clock){
		.size = sizeof(nic->clock),
		.phc_index = (int32_t)xdpx_nl_int_or(attrs[TSINFO_PHC_INDEX], -1),
		.hw_rx = answer(rx),
		.hw_rx_all = answer(rx && xdpx_ethtool_bit(attrs[TSINFO_RX_FILTERS], FILTER_ALL)),
		.hw_tx = answer(raw && xdpx_ethtool_bit(bits, TIMESTAMPING_TX_HARDWARE)),
	};
	return 0;
}

const struct xdpx_nic_source xdpx_nic_clock_source = {
	.part = XDPX_PART_CLOCK,
	.family = XDPX_ETHTOOL,
	.request = 25,
	.reply = 26,
	.ask = xdpx_ethtool_ask_compact,
	.take = take,
	.forget = forget,
};

int xdpx_nic_clock(const struct xdpx_nic *nic, struct xdpx_clock *clock)
{
	return xdpx_out_give(clock, &nic->clock, sizeof(nic->clock), "nic.clock");
}

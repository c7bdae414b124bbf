/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* ethtool: the speed of the link. */
#include "nic/ethtool.h"

enum { LINKMODES_SPEED = 5, LINKMODES_COUNT = 6 };

#define SPEED_UNKNOWN UINT32_MAX

static void forget(struct xdpx_nic *nic)
{
	nic->speed = 0;
}

static int take(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *attrs[LINKMODES_COUNT];
	struct xdpx_nic *nic = xdpx_ethtool_reply(message, arg, XDPX_PART_SPEED, attrs, LINKMODES_COUNT);

	if (!nic)
		return 0;

	nic->speed = (uint32_t)xdpx_nl_uint(attrs[LINKMODES_SPEED]);
	if (nic->speed == SPEED_UNKNOWN)
		nic->speed = 0;
	if (!nic->speed)
		nic->parts[XDPX_PART_SPEED].state = XDPX_NIC_PART_UNTOLD;
	return 0;
}

const struct xdpx_nic_source xdpx_nic_speed_source = {
	.part = XDPX_PART_SPEED,
	.family = XDPX_ETHTOOL,
	.request = 4,
	.reply = 4,
	.ask = xdpx_ethtool_ask_compact,
	.take = take,
	.forget = forget,
};

uint32_t xdpx_nic_speed(const struct xdpx_nic *nic)
{
	return nic->speed;
}

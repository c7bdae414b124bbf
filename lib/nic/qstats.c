/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* netdev: counters of a device's queues, added up by the kernel (6.9). */
#include "nic/netdev.h"

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

enum {
	QSTATS_IFINDEX = 1,
	QSTATS_QUEUE_ID = 3,
	QSTATS_RX_PACKETS = 8,
	QSTATS_RX_BYTES = 9,
	QSTATS_TX_PACKETS = 10,
	QSTATS_TX_BYTES = 11,
	QSTATS_RX_ALLOC_FAIL = 12,
	QSTATS_RX_HW_DROPS = 13,
	QSTATS_RX_OVERRUNS = 14,
	QSTATS_TX_HW_DROPS = 24,
	QSTATS_COUNT = 25,
};

static bool ask(struct nlmsghdr *message, const struct xdpx_nic *one)
{
	if (one)
		mnl_attr_put_u32(message, QSTATS_IFINDEX, one->index);
	return true;
}

static void forget(struct xdpx_nic *nic)
{
	nic->qstats = (struct xdpx_qstats){sizeof(nic->qstats), -1, -1, -1, -1, -1, -1, -1, -1};
}

static int take(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *attrs[QSTATS_COUNT];
	struct xdpx_nic *nic;

	xdpx_nl_message_attrs(message, GENL_HDRLEN, attrs, QSTATS_COUNT);
	nic = xdpx_nic_list_find(arg, (uint32_t)xdpx_nl_uint(attrs[QSTATS_IFINDEX]));
	if (!nic || attrs[QSTATS_QUEUE_ID])
		return 0;

	nic->qstats = (struct xdpx_qstats){
		.size = sizeof(nic->qstats),
		.rx_packets = xdpx_nl_int_or(attrs[QSTATS_RX_PACKETS], -1),
		.rx_bytes = xdpx_nl_int_or(attrs[QSTATS_RX_BYTES], -1),
		.rx_alloc_fail = xdpx_nl_int_or(attrs[QSTATS_RX_ALLOC_FAIL], -1),
		.rx_hw_drops = xdpx_nl_int_or(attrs[QSTATS_RX_HW_DROPS], -1),
		.rx_overruns = xdpx_nl_int_or(attrs[QSTATS_RX_OVERRUNS], -1),
		.tx_packets = xdpx_nl_int_or(attrs[QSTATS_TX_PACKETS], -1),
		.tx_bytes = xdpx_nl_int_or(attrs[QSTATS_TX_BYTES], -1),
		.tx_hw_drops = xdpx_nl_int_or(attrs[QSTATS_TX_HW_DROPS], -1),
	};
	nic->parts[XDPX_PART_QSTATS].state = 0;
	return 0;
}

const struct xdpx_nic_source xdpx_nic_qstats_source = {
	.part = XDPX_PART_QSTATS,
	.family = XDPX_NETDEV,
	.request = 12,
	.reply = 12,
	.dump_only = true,
	.ask = ask,
	.take = take,
	.forget = forget,
};

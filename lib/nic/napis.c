/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* netdev: NAPI instances (6.8), with their settings (6.13). */
#include "nic/netdev.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

enum {
	NAPI_IFINDEX = 1,
	NAPI_ID = 2,
	NAPI_IRQ = 3,
	NAPI_PID = 4,
	NAPI_DEFER_HARD_IRQS = 5,
	NAPI_GRO_FLUSH_TIMEOUT = 6,
	NAPI_IRQ_SUSPEND_TIMEOUT = 7,
	NAPI_COUNT = 8,
};

static bool ask(struct nlmsghdr *message, const struct xdpx_nic *one)
{
	if (one)
		mnl_attr_put_u32(message, NAPI_IFINDEX, one->index);
	return true;
}

static int take(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *attrs[NAPI_COUNT];
	struct xdpx_napi *napi;
	struct xdpx_nic *nic;

	xdpx_nl_message_attrs(message, GENL_HDRLEN, attrs, NAPI_COUNT);
	nic = xdpx_nic_list_find(arg, (uint32_t)xdpx_nl_uint(attrs[NAPI_IFINDEX]));
	if (!nic || !attrs[NAPI_ID])
		return 0;

	napi = xdpx_nic_entry_add(&nic->napis, sizeof(*napi));
	if (!napi)
		return -ENOMEM;
	napi->id = (uint32_t)xdpx_nl_uint(attrs[NAPI_ID]);
	napi->irq = (int32_t)xdpx_nl_int_or(attrs[NAPI_IRQ], -1);
	napi->pid = xdpx_nl_int_or(attrs[NAPI_PID], -1);
	napi->defer_hard_irqs = xdpx_nl_int_or(attrs[NAPI_DEFER_HARD_IRQS], -1);
	napi->gro_flush_timeout_ns = xdpx_nl_int_or(attrs[NAPI_GRO_FLUSH_TIMEOUT], -1);
	napi->irq_suspend_timeout_ns = xdpx_nl_int_or(attrs[NAPI_IRQ_SUSPEND_TIMEOUT], -1);
	nic->parts[XDPX_PART_NAPIS].state = 0;
	return 0;
}

static void forget(struct xdpx_nic *nic)
{
	xdpx_nic_entries_forget(&nic->napis);
}

const struct xdpx_nic_source xdpx_nic_napis_source = {
	.part = XDPX_PART_NAPIS,
	.family = XDPX_NETDEV,
	.request = 11,
	.reply = 11,
	.dump_only = true,
	.ask = ask,
	.take = take,
	.forget = forget,
};

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* netdev: page pools (6.8). The kernel lists those of all devices, also when it is asked about one. */
#include "nic/netdev.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

enum {
	POOL_ID = 1,
	POOL_IFINDEX = 2,
	POOL_NAPI_ID = 3,
	POOL_INFLIGHT = 4,
	POOL_INFLIGHT_MEM = 5,
	POOL_DETACH_TIME = 6,
	POOL_DMABUF = 7,
	POOL_COUNT = 8,
};

static bool ask(struct nlmsghdr *message, const struct xdpx_nic *one)
{
	(void)message;
	(void)one;
	return true;
}

static int take(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *attrs[POOL_COUNT];
	struct xdpx_page_pool *pool;
	struct xdpx_nic *nic;

	xdpx_nl_message_attrs(message, GENL_HDRLEN, attrs, POOL_COUNT);
	nic = xdpx_nic_list_find(arg, (uint32_t)xdpx_nl_uint(attrs[POOL_IFINDEX]));
	if (!nic || !attrs[POOL_ID])
		return 0;

	pool = xdpx_nic_entry_add(&nic->page_pools, sizeof(*pool));
	if (!pool)
		return -ENOMEM;
	pool->id = xdpx_nl_uint(attrs[POOL_ID]);
	pool->napi_id = (uint32_t)xdpx_nl_uint(attrs[POOL_NAPI_ID]);
	pool->dmabuf = (uint32_t)xdpx_nl_uint(attrs[POOL_DMABUF]);
	pool->inflight = xdpx_nl_int_or(attrs[POOL_INFLIGHT], -1);
	pool->inflight_bytes = xdpx_nl_int_or(attrs[POOL_INFLIGHT_MEM], -1);
	pool->detach_time = xdpx_nl_int_or(attrs[POOL_DETACH_TIME], -1);
	return 0;
}

static void forget(struct xdpx_nic *nic)
{
	xdpx_nic_entries_forget(&nic->page_pools);
}

const struct xdpx_nic_source xdpx_nic_page_pools_source = {
	.part = XDPX_PART_PAGE_POOLS,
	.family = XDPX_NETDEV,
	.request = 5,
	.reply = 5,
	.dump_only = true,
	.complete = true,
	.ask = ask,
	.take = take,
	.forget = forget,
};

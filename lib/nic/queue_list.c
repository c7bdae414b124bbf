/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* netdev: the queues in use (6.8), while the device is up. */
#include "nic/netdev.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

enum { QUEUE_ID = 1, QUEUE_IFINDEX = 2, QUEUE_TYPE = 3, QUEUE_NAPI_ID = 4, QUEUE_XSK = 7, QUEUE_COUNT = 8 };

static bool ask(struct nlmsghdr *message, const struct xdpx_nic *one)
{
	if (one)
		mnl_attr_put_u32(message, QUEUE_IFINDEX, one->index);
	return true;
}

static int take(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *attrs[QUEUE_COUNT];
	struct xdpx_queue *queue;
	struct xdpx_nic *nic;
	uint32_t *count;
	uint64_t id;

	xdpx_nl_message_attrs(message, GENL_HDRLEN, attrs, QUEUE_COUNT);
	nic = xdpx_nic_list_find(arg, (uint32_t)xdpx_nl_uint(attrs[QUEUE_IFINDEX]));
	id = xdpx_nl_uint(attrs[QUEUE_ID]);
	if (!nic || !attrs[QUEUE_ID] || !attrs[QUEUE_TYPE] || id >= XDPX_NETDEV_QUEUES)
		return 0;

	queue = xdpx_nic_entry_add(&nic->queue_list, sizeof(*queue));
	if (!queue)
		return -ENOMEM;
	queue->id = (uint32_t)id;
	queue->tx = xdpx_nl_uint(attrs[QUEUE_TYPE]) != XDPX_NETDEV_RX;
	queue->napi_id = (uint32_t)xdpx_nl_uint(attrs[QUEUE_NAPI_ID]);
	/* the attribute is absent where there is no socket, and on kernels that do not have it */
	queue->xsk = attrs[QUEUE_XSK] ? XDPX_YES : XDPX_UNKNOWN;

	nic->parts[XDPX_PART_QUEUES].state = 0;
	nic->listed.known = true;
	count = queue->tx ? &nic->listed.tx : &nic->listed.rx;
	if (id >= *count)
		*count = (uint32_t)id + 1;
	return 0;
}

static void forget(struct xdpx_nic *nic)
{
	nic->listed = (struct xdpx_nic_counts){.known = false};
	xdpx_nic_entries_forget(&nic->queue_list);
}

const struct xdpx_nic_source xdpx_nic_queues_source = {
	.part = XDPX_PART_QUEUES,
	.family = XDPX_NETDEV,
	.request = 10,
	.reply = 10,
	.dump_only = true,
	.ask = ask,
	.take = take,
	.forget = forget,
};

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The netdev family of generic netlink: XDP features (6.3) and queues (6.8). No privilege is needed. */
#include "base/fail.h"
#include "netlink/netlink.h"
#include "nic/nic.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <string.h>

#define FAMILY "netdev"
#define DEV_GET 1
#define QUEUE_GET 10

enum { DEV_IFINDEX = 1, DEV_XDP_FEATURES = 3, DEV_COUNT = 4 };
enum { QUEUE_ID = 1, QUEUE_IFINDEX = 2, QUEUE_TYPE = 3, QUEUE_COUNT = 4 };

#define QUEUE_TYPE_RX 0
#define QUEUE_TYPE_TX 1

/* The kernel's own limit of a device's queues is far lower; a number past this one is not a queue's. */
#define QUEUE_ID_LIMIT 65536

static int queue_take(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *attrs[QUEUE_COUNT];
	struct xdpx_nic *nic;
	uint32_t *count;
	uint64_t id;

	xdpx_nl_message_attrs(message, GENL_HDRLEN, attrs, QUEUE_COUNT);
	nic = xdpx_nic_list_find(arg, (uint32_t)xdpx_nl_uint(attrs[QUEUE_IFINDEX]));
	id = xdpx_nl_uint(attrs[QUEUE_ID]);
	if (!nic || !attrs[QUEUE_ID] || !attrs[QUEUE_TYPE] || id >= QUEUE_ID_LIMIT)
		return 0;

	nic->listed.known = true;
	count = xdpx_nl_uint(attrs[QUEUE_TYPE]) == QUEUE_TYPE_RX ? &nic->listed.rx : &nic->listed.tx;
	if (id >= *count)
		*count = (uint32_t)id + 1;
	return 0;
}

static void queues_forget(void *arg)
{
	const struct xdpx_nic_list *list = arg;
	size_t i;

	for (i = 0; i < list->count; i++)
		memset(&list->nics[i].listed, 0, sizeof(list->nics[i].listed));
}

int xdpx_nic_listed_queues(struct xdpx_nl *genl, uint32_t index, struct xdpx_nic_list *list)
{
	union xdpx_nl_request request;
	struct nlmsghdr *message;
	int family;
	int err;

	family = xdpx_nl_family(genl, FAMILY);
	if (family < 0)
		return family == -ENOMEM ? family : 0;

	message = xdpx_nl_genl_request(&request, family, QUEUE_GET);
	if (index)
		mnl_attr_put_u32(message, QUEUE_IFINDEX, index);
	err = xdpx_nl_dump(genl, message, queue_take, queues_forget, list);
	if (err) /* half a list counts too few */
		queues_forget(list);
	return err == -ENOMEM || err == -ENODEV ? err : 0;
}

static int features_take(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *attrs[DEV_COUNT];
	struct xdpx_nic *nic;

	xdpx_nl_message_attrs(message, GENL_HDRLEN, attrs, DEV_COUNT);
	nic = xdpx_nic_list_find(arg, (uint32_t)xdpx_nl_uint(attrs[DEV_IFINDEX]));
	if (!nic)
		return 0;

	nic->seen = true;
	nic->features_known = attrs[DEV_XDP_FEATURES];
	nic->features = xdpx_nl_uint(attrs[DEV_XDP_FEATURES]);
	if (!nic->features_known)
		snprintf(nic->features_why, sizeof(nic->features_why),
			 "netdev netlink does not tell: no xdp-features in its answer; only trying would");
	return 0;
}

static void features_forget(void *arg)
{
	const struct xdpx_nic_list *list = arg;
	size_t i;

	for (i = 0; i < list->count; i++) {
		list->nics[i].seen = false;
		list->nics[i].features_known = false;
	}
}

/* The family is not there, or refuses: nothing is known, and no "no" is made of it. */
static int features_unknown(struct xdpx_nic_list *list, int err)
{
	const char *reason = err == -ENOENT ? "the kernel does not have the family, which came with Linux 6.3"
					    : xdpx_errno_text(err);
	size_t i;

	features_forget(list);
	for (i = 0; i < list->count; i++)
		snprintf(list->nics[i].features_why, sizeof(list->nics[i].features_why),
			 "netdev netlink does not tell: %s; only trying would", reason);
	return 0;
}

/* Devices that went away since the list was made. */
static void unseen_drop(struct xdpx_nic_list *list)
{
	size_t kept = 0;
	size_t i;

	for (i = 0; i < list->count; i++)
		if (list->nics[i].seen)
			list->nics[kept++] = list->nics[i];
	list->count = kept;
}

int xdpx_nic_features(struct xdpx_nl *genl, uint32_t index, struct xdpx_nic_list *list)
{
	union xdpx_nl_request request;
	struct nlmsghdr *message;
	int family;
	int err;

	family = xdpx_nl_family(genl, FAMILY);
	if (family < 0)
		return family == -ENOMEM ? family : features_unknown(list, family);

	message = xdpx_nl_genl_request(&request, family, DEV_GET);
	if (index)
		mnl_attr_put_u32(message, DEV_IFINDEX, index);
	err = index ? xdpx_nl_do(genl, message, features_take, list)
		    : xdpx_nl_dump(genl, message, features_take, features_forget, list);
	if (err == -ENODEV || err == -ENOMEM)
		return err;
	if (err)
		return features_unknown(list, err);

	unseen_drop(list);
	return 0;
}

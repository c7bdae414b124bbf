/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* ethtool: flags that only this driver has; their names are its own, so that they are asked for with every answer. */
#include "nic/ethtool.h"

#include <errno.h>

enum { PRIVFLAGS_FLAGS = 2, PRIVFLAGS_COUNT = 3 };

struct flags_walk {
	struct xdpx_nic *nic;
	int err;
};

static void flag_take(const char *name, bool set, void *arg)
{
	struct flags_walk *walk = arg;
	struct xdpx_private_flag *flag = xdpx_nic_entry_add(&walk->nic->private_flags, sizeof(*flag));

	if (!flag) {
		walk->err = -ENOMEM;
		return;
	}
	flag->name = xdpx_nic_say(walk->nic, "%s", name);
	flag->on = set;
}

static void forget(struct xdpx_nic *nic)
{
	xdpx_nic_entries_forget(&nic->private_flags);
}

static int take(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *attrs[PRIVFLAGS_COUNT];
	struct xdpx_nic *nic = xdpx_ethtool_reply(message, arg, XDPX_PART_PRIVATE_FLAGS, attrs, PRIVFLAGS_COUNT);
	struct flags_walk walk = {.nic = nic};

	if (!nic)
		return 0;
	forget(nic);
	xdpx_ethtool_bits_each(attrs[PRIVFLAGS_FLAGS], flag_take, &walk);
	return walk.err;
}

const struct xdpx_nic_source xdpx_nic_private_flags_source = {
	.part = XDPX_PART_PRIVATE_FLAGS,
	.family = XDPX_ETHTOOL,
	.request = 13,
	.reply = 14,
	.ask = xdpx_ethtool_ask_named,
	.take = take,
	.forget = forget,
};

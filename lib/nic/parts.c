/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What was asked, and whether it was answered. */
#include "nic/nic.h"

#include "base/fail.h"

#include <errno.h>
#include <stdio.h>

struct part {
	const char *name;
	const char *source;
	const char *untold; /* the answer leaves the device out */
	const char *unsupported;
	const char *no_family;
	const char *not_allowed;
};

/* Made whole when compiled: a list has thousands of these. */
#define PART(name, source, since, reason)                                                                           \
	{                                                                                                           \
		name, source, source " does not tell: " reason,                                                     \
			source " does not tell: " reason ", or this kernel does not have the request",              \
			source " does not tell: the kernel does not have the family, which came with Linux " since, \
			source " does not tell: that takes more privileges",                                        \
	}

static const struct part parts[XDPX_NIC_PARTS] = {
	[XDPX_PART_LINK] = PART("link", "rtnetlink", "2.2", ""),
	[XDPX_PART_FEATURES] = PART("features", "netdev netlink", "6.3", "no xdp-features are in its answer"),
	[XDPX_PART_QUEUES] =
		PART("queues", "netdev netlink", "6.3",
		     "it lists no queue of this device (it does from Linux 6.8 on, while the device is up)"),
	[XDPX_PART_NAPIS] = PART("napis", "netdev netlink", "6.3",
				 "it lists no NAPI instance of this device (it does from Linux 6.8 on, where the "
				 "driver ties them to its queues, while they are in use)"),
	[XDPX_PART_PAGE_POOLS] = PART("page-pools", "netdev netlink", "6.3", "it lists page pools from Linux 6.8 on"),
	[XDPX_PART_QSTATS] = PART("qstats", "netdev netlink", "6.3", "the driver does not count by queue for it"),
	[XDPX_PART_CHANNELS] = PART("channels", "ethtool netlink", "5.6", "the driver has no channels to set"),
	[XDPX_PART_RINGS] = PART("rings", "ethtool netlink", "5.6", "the driver has no rings to set"),
	[XDPX_PART_OFFLOADS] = PART("offloads", "ethtool netlink", "5.6", "the driver does not tell"),
	[XDPX_PART_RSS] = PART("rss", "ethtool netlink", "5.6", "the driver does not tell how it spreads packets"),
	[XDPX_PART_SPEED] = PART("speed", "ethtool netlink", "5.6", "the driver knows no speed now"),
	[XDPX_PART_COALESCE] =
		PART("coalesce", "ethtool netlink", "5.6", "the driver has no interrupt coalescing to set"),
	[XDPX_PART_CLOCK] = PART("clock", "ethtool netlink", "5.6", "the driver does not tell"),
	[XDPX_PART_PRIVATE_FLAGS] =
		PART("private-flags", "ethtool netlink", "5.6", "the driver has no flags of its own"),
	[XDPX_PART_VERSIONS] = PART("versions", "devlink netlink", "4.6", "the driver has no devlink"),
	[XDPX_PART_PROGRAMS] = PART("programs", "the bpf system call", "3.18", "a program went away meanwhile"),
	[XDPX_PART_RELATED] = PART("related", "rtnetlink", "2.2", ""),
};

const char *xdpx_part_name(enum xdpx_part part)
{
	return (unsigned int)part < XDPX_NIC_PARTS ? parts[part].name : NULL;
}

static const char *why(struct xdpx_nic *nic, const struct part *part, int state)
{
	switch (state) {
	case 0:
		return part->source;
	case XDPX_NIC_PART_UNTOLD:
	case -ENODEV: /* also of a device that sleeps */
		return part->untold;
	case -EOPNOTSUPP:
		return part->unsupported;
	case -ENOENT:
		return part->no_family;
	case -EPERM:
		return part->not_allowed;
	default:
		return xdpx_nic_say(nic, "%s does not tell: %s", part->source, xdpx_errno_text(state));
	}
}

void xdpx_nic_parts_settle(struct xdpx_nic *nic)
{
	unsigned int i;

	for (i = 0; i < XDPX_NIC_PARTS; i++)
		nic->parts[i].why = why(nic, &parts[i], nic->parts[i].state);
}

enum xdpx_answer xdpx_nic_part_known(const struct xdpx_nic *nic, enum xdpx_part part)
{
	return (unsigned int)part < XDPX_NIC_PARTS && !nic->parts[part].state ? XDPX_YES : XDPX_UNKNOWN;
}

const char *xdpx_nic_part_why(const struct xdpx_nic *nic, enum xdpx_part part)
{
	return (unsigned int)part < XDPX_NIC_PARTS ? nic->parts[part].why : "this library does not know the part";
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Numbers that bound what can be done with XDP on a device. */
#include "nic/drivers.h"
#include "nic/nic.h"

#include <string.h>

#define MTU_MOST 65535

static const char *const names[XDPX_NIC_LIMITS] = {
	[XDPX_LIMIT_MTU_MIN] = "mtu-min",	[XDPX_LIMIT_MTU_MAX] = "mtu-max",
	[XDPX_LIMIT_MTU_NATIVE] = "mtu-native", [XDPX_LIMIT_MTU_NATIVE_FRAGS] = "mtu-native-frags",
	[XDPX_LIMIT_HEADROOM] = "headroom",	[XDPX_LIMIT_TAILROOM] = "tailroom",
	[XDPX_LIMIT_DATA_META] = "data-meta",	[XDPX_LIMIT_ZEROCOPY_SEGMENTS] = "zerocopy-segments",
	[XDPX_LIMIT_QUEUES_XDP] = "queues-xdp",
};

const char *xdpx_limit_name(enum xdpx_limit limit)
{
	return (unsigned int)limit < XDPX_NIC_LIMITS ? names[limit] : NULL;
}

static void tell(struct xdpx_nic *nic, enum xdpx_limit limit, int64_t value, enum xdpx_source source, const char *why)
{
	nic->numbers[limit] = (struct xdpx_nic_number){value, source, why};
}

void xdpx_nic_number_set(struct xdpx_nic *nic, enum xdpx_limit limit, int64_t value, enum xdpx_source source,
			 const char *why)
{
	tell(nic, limit, value, source, why);
}

/* Kinds of devices whose driver refuses an MTU that the device below cannot carry, whatever rtnetlink tells. */
static const struct bounded {
	const char *kind;
	bool adds_headers; /* and so many bytes that only the driver knows */
} bounded[] = {
	{"macvlan", false},
	{"macvtap", false},
	{"vlan", false},
	{"vxlan", true},
};

static const struct bounded *bounded_find(const struct xdpx_nic *nic)
{
	size_t i;

	for (i = 0; i < sizeof(bounded) / sizeof(bounded[0]); i++)
		if (!strcmp(bounded[i].kind, nic->kind))
			return &bounded[i];
	return NULL;
}

static void mtu_max_tell(struct xdpx_nic *nic)
{
	const struct bounded *kind = bounded_find(nic);
	uint32_t lower = nic->place.lower_mtu;

	if (!nic->mtu_max)
		tell(nic, XDPX_LIMIT_MTU_MAX, -1, XDPX_SOURCE_NONE, "rtnetlink: the driver sets no upper bound");
	else if (!kind)
		tell(nic, XDPX_LIMIT_MTU_MAX, nic->mtu_max, XDPX_SOURCE_RTNETLINK, "rtnetlink");
	else if (kind->adds_headers || !lower)
		tell(nic, XDPX_LIMIT_MTU_MAX, -1, XDPX_SOURCE_NONE,
		     "the device below bounds it, by how much nothing tells");
	else
		tell(nic, XDPX_LIMIT_MTU_MAX, lower < nic->mtu_max ? lower : nic->mtu_max, XDPX_SOURCE_RTNETLINK,
		     "rtnetlink: the MTU of the device below");
}

static void mtu_tell(struct xdpx_nic *nic)
{
	if (nic->mtu_min || nic->mtu_max)
		tell(nic, XDPX_LIMIT_MTU_MIN, nic->mtu_min, XDPX_SOURCE_RTNETLINK, "rtnetlink");
	else
		tell(nic, XDPX_LIMIT_MTU_MIN, -1, XDPX_SOURCE_NONE, "rtnetlink: the driver sets no bounds");
	mtu_max_tell(nic);
}

static void segments_tell(struct xdpx_nic *nic)
{
	if (nic->netdev.zerocopy_segments)
		tell(nic, XDPX_LIMIT_ZEROCOPY_SEGMENTS, nic->netdev.zerocopy_segments, XDPX_SOURCE_NETDEV,
		     "netdev netlink, xdp-zc-max-segs");
	else
		tell(nic, XDPX_LIMIT_ZEROCOPY_SEGMENTS, -1, XDPX_SOURCE_NONE,
		     xdpx_nic_can(nic, XDPX_FEATURE_ZEROCOPY) == XDPX_NO
			     ? "there is no zero-copy"
			     : "netdev netlink does not tell xdp-zc-max-segs (it does from Linux 6.6 on)");
}

/* Some drivers would take programs at an MTU that no device is allowed. */
static bool is_beyond(enum xdpx_limit limit, int64_t value)
{
	return (limit == XDPX_LIMIT_MTU_NATIVE || limit == XDPX_LIMIT_MTU_NATIVE_FRAGS) && value > MTU_MOST;
}

/* These are about native programs alone. */
static bool is_native_only(enum xdpx_limit limit)
{
	return limit == XDPX_LIMIT_MTU_NATIVE || limit == XDPX_LIMIT_MTU_NATIVE_FRAGS || limit == XDPX_LIMIT_QUEUES_XDP;
}

static void table_tell(struct xdpx_nic *nic, enum xdpx_limit limit, const struct xdpx_nic_sizes *sizes, uint32_t kernel)
{
	const struct xdpx_nic_limit_rule *rule;
	const char *driver = xdpx_nic_driver_name(nic);
	int64_t value;

	if (xdpx_nic_can(nic, XDPX_FEATURE_NATIVE) == XDPX_NO) {
		if (is_native_only(limit)) {
			tell(nic, limit, -1, XDPX_SOURCE_NONE, "it does not apply: there is no native XDP");
			return;
		}
		driver = XDPX_DRIVER_GENERIC;
	}
	rule = xdpx_nic_limit_find(driver, limit, kernel, sizes, &value);
	if (rule && is_beyond(limit, value))
		tell(nic, limit, MTU_MOST, XDPX_SOURCE_KERNEL,
		     "the kernel: the largest MTU of Ethernet; the driver takes native programs at any");
	else if (rule)
		tell(nic, limit, value, XDPX_SOURCE_TABLE, xdpx_nic_limit_words(rule));
}

void xdpx_nic_limits_settle(struct xdpx_nic *nic, const struct xdpx_nic_machine *machine)
{
	struct xdpx_nic_sizes sizes;
	unsigned int i;

	xdpx_nic_sizes_find(nic, machine, &sizes);

	for (i = 0; i < XDPX_NIC_LIMITS; i++)
		tell(nic, (enum xdpx_limit)i, -1, XDPX_SOURCE_NONE,
		     "no interface of the kernel's tells, and the table of drivers has no row for it");
	for (i = XDPX_LIMIT_MTU_NATIVE; i < XDPX_NIC_LIMITS; i++)
		table_tell(nic, (enum xdpx_limit)i, &sizes, machine->kernel);
	mtu_tell(nic);
	segments_tell(nic);
}

uint32_t xdpx_nic_native_mtu(const struct xdpx_nic *nic)
{
	return strcmp(nic->kind, "veth") ? nic->mtu : nic->place.lower_mtu;
}

static const struct xdpx_nic_number *number_of(const struct xdpx_nic *nic, enum xdpx_limit limit)
{
	static const struct xdpx_nic_number none = {.value = -1, .why = "this library does not know the limit"};

	return (unsigned int)limit < XDPX_NIC_LIMITS ? &nic->numbers[limit] : &none;
}

int64_t xdpx_nic_limit(const struct xdpx_nic *nic, enum xdpx_limit limit)
{
	return number_of(nic, limit)->value;
}

const char *xdpx_nic_limit_why(const struct xdpx_nic *nic, enum xdpx_limit limit)
{
	return number_of(nic, limit)->why;
}

enum xdpx_source xdpx_nic_limit_source(const struct xdpx_nic *nic, enum xdpx_limit limit)
{
	return number_of(nic, limit)->source;
}

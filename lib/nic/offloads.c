/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * ethtool: offloads. The bits of a device's features have no fixed numbers: their names are asked for once, and the
 * features of each device as words of bits.
 */
#include "nic/ethtool.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdlib.h>
#include <string.h>

#define STRSET_GET 1
#define STRINGS_OF_FEATURES 4
#define BIT_NONE UINT32_MAX

enum { STRSET_STRINGSETS = 2, STRSET_COUNT = 3 };
enum { STRINGSETS_STRINGSET = 1 };
enum { STRINGSET_ID = 1, STRINGSET_STRINGS = 3, STRINGSET_COUNT = 4 };
enum { STRINGS_STRING = 1 };
enum { STRING_INDEX = 1, STRING_VALUE = 2, STRING_COUNT = 3 };

enum { FEATURES_HW = 2, FEATURES_ACTIVE = 4, FEATURES_NOCHANGE = 5, FEATURES_COUNT = 6 };

struct xdpx_nic_feature_bits {
	uint32_t bit[XDPX_NIC_OFFLOADS];
};

/* The kernel's names (netdev_features_strings); header split is none of these. */
static const char *const feature_names[XDPX_NIC_OFFLOADS] = {
	[XDPX_OFFLOAD_LRO] = "rx-lro",
	[XDPX_OFFLOAD_GRO_HW] = "rx-gro-hw",
	[XDPX_OFFLOAD_GRO] = "rx-gro",
	[XDPX_OFFLOAD_RX_VLAN] = "rx-vlan-hw-parse",
	[XDPX_OFFLOAD_TX_VLAN] = "tx-vlan-hw-insert",
	[XDPX_OFFLOAD_RX_CHECKSUM] = "rx-checksum",
};

static int string_take(const struct nlattr *string, void *arg)
{
	struct xdpx_nic_feature_bits *bits = arg;
	const struct nlattr *attrs[STRING_COUNT];
	char name[64];
	unsigned int i;

	xdpx_nl_nested(string, attrs, STRING_COUNT);
	xdpx_nl_string(attrs[STRING_VALUE], name, sizeof(name));
	for (i = 0; i < XDPX_NIC_OFFLOADS; i++)
		if (attrs[STRING_INDEX] && feature_names[i] && !strcmp(feature_names[i], name))
			bits->bit[i] = (uint32_t)xdpx_nl_uint(attrs[STRING_INDEX]);
	return 0;
}

static int set_take(const struct nlattr *set, void *arg)
{
	const struct nlattr *attrs[STRINGSET_COUNT];

	xdpx_nl_nested(set, attrs, STRINGSET_COUNT);
	if (xdpx_nl_uint(attrs[STRINGSET_ID]) != STRINGS_OF_FEATURES)
		return 0;
	return xdpx_nl_each(attrs[STRINGSET_STRINGS], STRINGS_STRING, string_take, arg);
}

static int strings_take(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *attrs[STRSET_COUNT];
	struct xdpx_nic_list *list = arg;

	xdpx_nl_message_attrs(message, GENL_HDRLEN, attrs, STRSET_COUNT);
	return xdpx_nl_each(attrs[STRSET_STRINGSETS], STRINGSETS_STRINGSET, set_take, list->feature_bits);
}

static bool strings_ask(struct nlmsghdr *message, const struct xdpx_nic *one)
{
	struct nlattr *sets;
	struct nlattr *set;

	(void)one;
	xdpx_ethtool_ask_compact(message, NULL);
	sets = mnl_attr_nest_start(message, STRSET_STRINGSETS);
	set = mnl_attr_nest_start(message, STRINGSETS_STRINGSET);
	mnl_attr_put_u32(message, STRINGSET_ID, STRINGS_OF_FEATURES);
	mnl_attr_nest_end(message, set);
	mnl_attr_nest_end(message, sets);
	return true;
}

int xdpx_nic_feature_bits(struct xdpx_nl *genl, struct xdpx_nic_list *list)
{
	union xdpx_nl_request request;
	int family = xdpx_nl_family(genl, XDPX_ETHTOOL);
	unsigned int i;
	int err;

	list->feature_bits = malloc(sizeof(*list->feature_bits));
	if (!list->feature_bits || family == -ENOMEM)
		return -ENOMEM;
	for (i = 0; i < XDPX_NIC_OFFLOADS; i++)
		list->feature_bits->bit[i] = BIT_NONE;
	if (family < 0)
		return 0;

	strings_ask(xdpx_nl_genl_request(&request, family, STRSET_GET), NULL);
	err = xdpx_nl_do(genl, &request.header, strings_take, list);
	return err == -ENOMEM ? err : 0;
}

static void forget(struct xdpx_nic *nic)
{
	nic->offloads = (struct xdpx_nic_offloads){.known = 0};
}

static int take(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *attrs[FEATURES_COUNT];
	const struct xdpx_nic_list *list = arg;
	struct xdpx_nic_offloads *offloads;
	struct xdpx_nic *nic = xdpx_ethtool_reply(message, arg, XDPX_PART_OFFLOADS, attrs, FEATURES_COUNT);
	unsigned int i;
	uint32_t bit;

	if (!nic || !list->feature_bits)
		return 0;

	offloads = &nic->offloads;
	*offloads = (struct xdpx_nic_offloads){.known = 0};
	for (i = 0; i < XDPX_NIC_OFFLOADS; i++) {
		bit = list->feature_bits->bit[i];
		if (bit == BIT_NONE)
			continue;
		offloads->known |= 1U << i;
		if (xdpx_ethtool_bit(attrs[FEATURES_ACTIVE], bit))
			offloads->on |= 1U << i;
		if (xdpx_ethtool_bit(attrs[FEATURES_HW], bit) && !xdpx_ethtool_bit(attrs[FEATURES_NOCHANGE], bit))
			offloads->changeable |= 1U << i;
	}
	return 0;
}

const struct xdpx_nic_source xdpx_nic_offloads_source = {
	.part = XDPX_PART_OFFLOADS,
	.family = XDPX_ETHTOOL,
	.request = 11,
	.reply = 11,
	.ask = xdpx_ethtool_ask_compact,
	.take = take,
	.forget = forget,
};

static const char *const names[XDPX_NIC_OFFLOADS] = {
	[XDPX_OFFLOAD_LRO] = "lro",
	[XDPX_OFFLOAD_GRO_HW] = "gro-hw",
	[XDPX_OFFLOAD_GRO] = "gro",
	[XDPX_OFFLOAD_HEADER_SPLIT] = "header-split",
	[XDPX_OFFLOAD_RX_VLAN] = "rx-vlan",
	[XDPX_OFFLOAD_TX_VLAN] = "tx-vlan",
	[XDPX_OFFLOAD_RX_CHECKSUM] = "rx-checksum",
};

const char *xdpx_offload_name(enum xdpx_offload offload)
{
	return (unsigned int)offload < XDPX_NIC_OFFLOADS ? names[offload] : NULL;
}

/* Of the ring's settings: 0 is no word of the driver's. */
static enum xdpx_answer header_split(const struct xdpx_nic *nic)
{
	static const enum xdpx_answer answers[] = {XDPX_UNKNOWN, XDPX_NO, XDPX_YES};

	return nic->header_split < 3 ? answers[nic->header_split] : XDPX_UNKNOWN;
}

static enum xdpx_answer of_bits(const struct xdpx_nic *nic, enum xdpx_offload offload, uint32_t bits)
{
	if ((unsigned int)offload >= XDPX_NIC_OFFLOADS || !(nic->offloads.known & 1U << offload))
		return XDPX_UNKNOWN;
	return bits & 1U << offload ? XDPX_YES : XDPX_NO;
}

enum xdpx_answer xdpx_nic_offload(const struct xdpx_nic *nic, enum xdpx_offload offload)
{
	if (offload == XDPX_OFFLOAD_HEADER_SPLIT)
		return header_split(nic);
	return of_bits(nic, offload, nic->offloads.on);
}

enum xdpx_answer xdpx_nic_offload_changeable(const struct xdpx_nic *nic, enum xdpx_offload offload)
{
	return of_bits(nic, offload, nic->offloads.changeable);
}

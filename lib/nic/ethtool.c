/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "nic/ethtool.h"

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <string.h>

enum { HEADER_DEV_INDEX = 1, HEADER_FLAGS = 3, HEADER_COUNT = 4 };
enum { BITSET_NOMASK = 1, BITSET_BITS = 3, BITSET_VALUE = 4, BITSET_MASK = 5, BITSET_COUNT = 6 };
enum { BIT_NAME = 2, BIT_VALUE = 3, BIT_COUNT = 4 };

#define FLAG_COMPACT_BITSETS 1
#define BITS_BIT 1

/* The kernel's own is ETH_GSTRING_LEN, 32. */
#define BIT_NAME_BYTES 64

static bool header_put(struct nlmsghdr *message, const struct xdpx_nic *one, uint32_t flags)
{
	struct nlattr *header = mnl_attr_nest_start(message, XDPX_ETHTOOL_HEADER);

	if (one)
		mnl_attr_put_u32(message, HEADER_DEV_INDEX, one->index);
	if (flags)
		mnl_attr_put_u32(message, HEADER_FLAGS, flags);
	mnl_attr_nest_end(message, header);
	return true;
}

bool xdpx_ethtool_ask_compact(struct nlmsghdr *message, const struct xdpx_nic *one)
{
	return header_put(message, one, FLAG_COMPACT_BITSETS);
}

bool xdpx_ethtool_ask_named(struct nlmsghdr *message, const struct xdpx_nic *one)
{
	return header_put(message, one, 0);
}

struct xdpx_nic *xdpx_ethtool_reply(const struct nlmsghdr *message, struct xdpx_nic_list *list, enum xdpx_part part,
				    const struct nlattr **attrs, size_t count)
{
	const struct nlattr *header[HEADER_COUNT];
	struct xdpx_nic *nic;

	xdpx_nl_message_attrs(message, GENL_HDRLEN, attrs, count);
	xdpx_nl_nested(attrs[XDPX_ETHTOOL_HEADER], header, HEADER_COUNT);
	nic = xdpx_nic_list_find(list, (uint32_t)xdpx_nl_uint(header[HEADER_DEV_INDEX]));
	if (nic)
		nic->parts[part].state = 0;
	return nic;
}

static bool word_bit(const struct nlattr *words, unsigned int bit)
{
	const void *bytes = NULL;
	size_t length = xdpx_nl_payload(words, &bytes);
	size_t at = bit / 32 * sizeof(uint32_t);
	uint32_t word;

	if (length < sizeof(word) || at > length - sizeof(word))
		return false;
	memcpy(&word, (const unsigned char *)bytes + at, sizeof(word));
	return word & 1U << bit % 32;
}

bool xdpx_ethtool_bit(const struct nlattr *bitset, unsigned int bit)
{
	const struct nlattr *attrs[BITSET_COUNT];

	xdpx_nl_nested(bitset, attrs, BITSET_COUNT);
	return word_bit(attrs[BITSET_VALUE], bit);
}

bool xdpx_ethtool_mask_bit(const struct nlattr *bitset, unsigned int bit)
{
	const struct nlattr *attrs[BITSET_COUNT];

	xdpx_nl_nested(bitset, attrs, BITSET_COUNT);
	return word_bit(attrs[BITSET_MASK], bit);
}

struct bits_walk {
	xdpx_ethtool_bit_fn *fn;
	void *arg;
	bool all_set;
};

static int bit_take(const struct nlattr *bit, void *arg)
{
	const struct bits_walk *walk = arg;
	const struct nlattr *attrs[BIT_COUNT];
	char name[BIT_NAME_BYTES];

	xdpx_nl_nested(bit, attrs, BIT_COUNT);
	if (!attrs[BIT_NAME])
		return 0;
	xdpx_nl_string(attrs[BIT_NAME], name, sizeof(name));
	walk->fn(name, walk->all_set || attrs[BIT_VALUE], walk->arg);
	return 0;
}

void xdpx_ethtool_bits_each(const struct nlattr *bitset, xdpx_ethtool_bit_fn *fn, void *arg)
{
	const struct nlattr *attrs[BITSET_COUNT];
	struct bits_walk walk = {.fn = fn, .arg = arg};

	xdpx_nl_nested(bitset, attrs, BITSET_COUNT);
	walk.all_set = attrs[BITSET_NOMASK];
	xdpx_nl_each(attrs[BITSET_BITS], BITS_BIT, bit_take, &walk);
}

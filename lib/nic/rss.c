/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* ethtool: how packets are spread over queues (6.3; of all devices at once from 6.11 on). */
#include "nic/ethtool.h"

#include "nic/rss.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { RSS_CONTEXT = 2, RSS_HFUNC = 3, RSS_INDIR = 4, RSS_HKEY = 5, RSS_INPUT_XFRM = 6, RSS_COUNT = 7 };

/* Bits of the hash functions: ETH_RSS_HASH_TOP and so on. */
#define HASH_TOEPLITZ 1
#define HASH_XOR 2
#define HASH_CRC32 4

/* RXH_XFRM_SYM_XOR (6.8), RXH_XFRM_SYM_OR_XOR (6.16): the fields of both ends are made equal before they are hashed. */
#define TRANSFORM_SYMMETRIC 3

/* The driver's own transform is not told, and hashes as always. */
#define TRANSFORM_UNTOLD 0xff

static void forget(struct xdpx_nic *nic)
{
	free(nic->rss.table);
	free(nic->rss.key);
	nic->rss = (struct xdpx_nic_rss){.table = NULL};
}

/* A copy of whole elements; NULL with *count 0 for nothing. */
static int copy(const struct nlattr *attr, size_t element, void **out, size_t *count)
{
	const void *bytes = NULL;
	size_t length = xdpx_nl_payload(attr, &bytes) / element * element;

	if (!length)
		return 0;
	*out = malloc(length);
	if (!*out)
		return -ENOMEM;
	memcpy(*out, bytes, length);
	*count = length / element;
	return 0;
}

static int take(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *attrs[RSS_COUNT];
	struct xdpx_nic *nic = xdpx_ethtool_reply(message, arg, XDPX_PART_RSS, attrs, RSS_COUNT);
	uint64_t transform;
	void *table = NULL;
	void *key = NULL;
	int err;

	/* contexts past the first are for flows that rules steer there */
	if (!nic || xdpx_nl_uint(attrs[RSS_CONTEXT]))
		return 0;

	forget(nic);
	err = copy(attrs[RSS_INDIR], sizeof(*nic->rss.table), &table, &nic->rss.table_count);
	nic->rss.table = table;
	if (!err)
		err = copy(attrs[RSS_HKEY], sizeof(*nic->rss.key), &key, &nic->rss.key_bytes);
	nic->rss.key = key;
	if (err)
		return err;
	transform = xdpx_nl_uint(attrs[RSS_INPUT_XFRM]);
	nic->rss.transform = transform < TRANSFORM_UNTOLD ? (uint32_t)transform : 0;
	nic->rss.function = (uint32_t)xdpx_nl_uint(attrs[RSS_HFUNC]);
	return 0;
}

const struct xdpx_nic_source xdpx_nic_rss_source = {
	.part = XDPX_PART_RSS,
	.family = XDPX_ETHTOOL,
	.request = 38,
	.reply = 38,
	.ask = xdpx_ethtool_ask_compact,
	.take = take,
	.forget = forget,
};

/* Toeplitz gives both directions the same hash where the key repeats every 16 bits, as ports and halves of addresses
 * do. */
static bool key_repeats(const struct xdpx_nic_rss *rss)
{
	size_t i;

	for (i = 2; i < rss->key_bytes; i++)
		if (rss->key[i] != rss->key[i - 2])
			return false;
	return rss->key_bytes > 2;
}

enum xdpx_nic_symmetry xdpx_nic_rss_symmetry(const struct xdpx_nic *nic)
{
	const struct xdpx_nic_rss *rss = &nic->rss;

	if (nic->parts[XDPX_PART_RSS].state || (!rss->key_bytes && !rss->function))
		return XDPX_NIC_SYMMETRY_UNKNOWN;
	if (rss->transform & TRANSFORM_SYMMETRIC)
		return XDPX_NIC_SYMMETRY_TRANSFORM;
	if (rss->function == HASH_TOEPLITZ && rss->key_bytes)
		return key_repeats(rss) ? XDPX_NIC_SYMMETRY_KEY : XDPX_NIC_SYMMETRY_NONE;
	return XDPX_NIC_SYMMETRY_UNKNOWN;
}

size_t xdpx_nic_rss_table(const struct xdpx_nic *nic, const uint32_t **table)
{
	*table = nic->rss.table;
	return nic->rss.table_count;
}

size_t xdpx_nic_rss_key(const struct xdpx_nic *nic, const uint8_t **key)
{
	*key = nic->rss.key;
	return nic->rss.key_bytes;
}

const char *xdpx_nic_rss_function(const struct xdpx_nic *nic)
{
	switch (nic->rss.function) {
	case HASH_TOEPLITZ:
		return "toeplitz";
	case HASH_XOR:
		return "xor";
	case HASH_CRC32:
		return "crc32";
	default:
		return "";
	}
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * A device's values in words. Counters are left out, and what comes and goes by itself; so are timestamps, of which a
 * dump tells less than a request for one device does (6.14).
 */
#include "nic/describe.h"

#include <inttypes.h>

static void text_say(struct xdpx_nic_words *words, const char *text)
{
	xdpx_nic_words_say(words, "%s", text);
}

/* For values where 0 is no word of the device's. */
static void count_say(struct xdpx_nic_words *words, uint64_t count)
{
	if (count)
		xdpx_nic_words_say(words, "%" PRIu64, count);
}

/* For values where a negative number is no word of the device's. */
static void number_say(struct xdpx_nic_words *words, int64_t number)
{
	if (number >= 0)
		xdpx_nic_words_say(words, "%" PRId64, number);
}

static void answer_say(struct xdpx_nic_words *words, enum xdpx_answer answer)
{
	static const char *const answers[] = {[XDPX_UNKNOWN] = "", [XDPX_NO] = "no", [XDPX_YES] = "yes"};

	text_say(words, answers[answer]);
}

static void name_say(struct xdpx_nic_words *words, const struct xdpx_nic *nic, unsigned int at)
{
	(void)at;
	text_say(words, nic->name);
}

static void index_say(struct xdpx_nic_words *words, const struct xdpx_nic *nic, unsigned int at)
{
	(void)at;
	count_say(words, nic->index);
}

static void kind_say(struct xdpx_nic_words *words, const struct xdpx_nic *nic, unsigned int at)
{
	(void)at;
	text_say(words, xdpx_nic_kind(nic));
}

static void driver_say(struct xdpx_nic_words *words, const struct xdpx_nic *nic, unsigned int at)
{
	(void)at;
	text_say(words, nic->driver);
}

static void firmware_say(struct xdpx_nic_words *words, const struct xdpx_nic *nic, unsigned int at)
{
	(void)at;
	text_say(words, nic->firmware);
}

static void bus_say(struct xdpx_nic_words *words, const struct xdpx_nic *nic, unsigned int at)
{
	(void)at;
	text_say(words, nic->parent_bus);
}

static void bus_address_say(struct xdpx_nic_words *words, const struct xdpx_nic *nic, unsigned int at)
{
	(void)at;
	text_say(words, nic->parent_name);
}

static void mac_say(struct xdpx_nic_words *words, const struct xdpx_nic *nic, unsigned int at)
{
	size_t i;

	(void)at;
	for (i = 0; i < nic->mac_bytes; i++)
		xdpx_nic_words_say(words, i ? ":%02x" : "%02x", nic->mac[i]);
}

static void mtu_say(struct xdpx_nic_words *words, const struct xdpx_nic *nic, unsigned int at)
{
	(void)at;
	xdpx_nic_words_say(words, "%" PRIu32, nic->mtu);
}

static void up_say(struct xdpx_nic_words *words, const struct xdpx_nic *nic, unsigned int at)
{
	(void)at;
	answer_say(words, xdpx_nic_up(nic));
}

static void carrier_say(struct xdpx_nic_words *words, const struct xdpx_nic *nic, unsigned int at)
{
	(void)at;
	answer_say(words, xdpx_nic_carrier(nic));
}

static void speed_say(struct xdpx_nic_words *words, const struct xdpx_nic *nic, unsigned int at)
{
	(void)at;
	if (nic->speed)
		xdpx_nic_words_say(words, "%" PRIu32 " Mbit/s", nic->speed);
}

static void numa_node_say(struct xdpx_nic_words *words, const struct xdpx_nic *nic, unsigned int at)
{
	(void)at;
	number_say(words, nic->numa_node);
}

static void netns_say(struct xdpx_nic_words *words, const struct xdpx_nic *nic, unsigned int at)
{
	(void)at;
	count_say(words, nic->netns);
}

static const char *relation_name(unsigned int at)
{
	return xdpx_relation_name((enum xdpx_relation)at);
}

static void related_say(struct xdpx_nic_words *words, const struct xdpx_nic *nic, unsigned int relation)
{
	const struct xdpx_related *related = nic->related.at;
	size_t i;

	if (nic->parts[XDPX_PART_RELATED].state)
		return;
	for (i = 0; i < nic->related.count; i++) {
		if (related[i].relation != relation)
			continue;
		xdpx_nic_words_say(words, words->length ? ", #%" PRIu32 : "#%" PRIu32, related[i].index);
		if (related[i].netnsid >= 0)
			xdpx_nic_words_say(words, " in namespace %" PRId32, related[i].netnsid);
		else
			xdpx_nic_words_say(words, " %s", related[i].name);
	}
	if (!words->length)
		text_say(words, "none");
}

static void program_say(struct xdpx_nic_words *words, const struct xdpx_nic *nic, unsigned int at)
{
	const struct xdpx_attachment *attachment = nic->attachments.at;
	const char *mode;
	size_t i;

	(void)at;
	for (i = 0; i < nic->attachments.count; i++) {
		mode = xdpx_mode_name((enum xdpx_mode)attachment[i].mode);
		xdpx_nic_words_say(words, "%s%s %" PRIu32, i ? ", " : "", mode ? mode : "", attachment[i].prog_id);
		if (attachment[i].name[0])
			xdpx_nic_words_say(words, " %s", attachment[i].name);
		if (attachment[i].link_id)
			xdpx_nic_words_say(words, " by link %" PRIu32, attachment[i].link_id);
	}
	if (!words->length)
		text_say(words, "none");
}

static const char *feature_name(unsigned int at)
{
	return xdpx_feature_name((enum xdpx_feature)at);
}

static void feature_say(struct xdpx_nic_words *words, const struct xdpx_nic *nic, unsigned int feature)
{
	answer_say(words, xdpx_nic_can(nic, (enum xdpx_feature)feature));
}

static const char *limit_name(unsigned int at)
{
	return xdpx_limit_name((enum xdpx_limit)at);
}

static void limit_say(struct xdpx_nic_words *words, const struct xdpx_nic *nic, unsigned int limit)
{
	number_say(words, xdpx_nic_limit(nic, (enum xdpx_limit)limit));
}

static const char *offload_name(unsigned int at)
{
	return xdpx_offload_name((enum xdpx_offload)at);
}

static void offload_say(struct xdpx_nic_words *words, const struct xdpx_nic *nic, unsigned int offload)
{
	static const char *const answers[] = {[XDPX_UNKNOWN] = "", [XDPX_NO] = "off", [XDPX_YES] = "on"};

	text_say(words, answers[xdpx_nic_offload(nic, (enum xdpx_offload)offload)]);
	if (xdpx_nic_offload_changeable(nic, (enum xdpx_offload)offload) == XDPX_NO)
		text_say(words, " and fixed");
}

#define NAME(names, at) ((at) < sizeof(names) / sizeof((names)[0]) ? (names)[at] : NULL)

static const char *queues_name(unsigned int at)
{
	static const char *const names[] = {"rx", "tx", "combined", "rx-max", "tx-max", "combined-max", "usable"};

	return NAME(names, at);
}

static void queues_say(struct xdpx_nic_words *words, const struct xdpx_nic *nic, unsigned int at)
{
	const struct xdpx_queues *queues = &nic->queues;
	const uint32_t counts[] = {queues->rx,	   queues->tx,		 queues->combined, queues->rx_max,
				   queues->tx_max, queues->combined_max, queues->usable};

	count_say(words, counts[at]);
}

static const char *rings_name(unsigned int at)
{
	static const char *const names[] = {"rx", "tx", "rx-max", "tx-max", "rx-buffer-bytes"};

	return NAME(names, at);
}

static void rings_say(struct xdpx_nic_words *words, const struct xdpx_nic *nic, unsigned int at)
{
	const struct xdpx_rings *rings = &nic->rings;
	const uint32_t counts[] = {rings->rx, rings->tx, rings->rx_max, rings->tx_max, rings->rx_buffer_bytes};

	count_say(words, counts[at]);
}

static const char *coalesce_name(unsigned int at)
{
	static const char *const names[] = {"rx-usecs",	 "rx-frames",	"tx-usecs",
					    "tx-frames", "adaptive-rx", "adaptive-tx"};

	return NAME(names, at);
}

static void coalesce_say(struct xdpx_nic_words *words, const struct xdpx_nic *nic, unsigned int at)
{
	const struct xdpx_coalesce *coalesce = &nic->coalesce;
	const int64_t numbers[] = {coalesce->rx_usecs,	coalesce->rx_frames,   coalesce->tx_usecs,
				   coalesce->tx_frames, coalesce->adaptive_rx, coalesce->adaptive_tx};

	number_say(words, numbers[at]);
}

static void rss_table_say(struct xdpx_nic_words *words, const struct xdpx_nic *nic, unsigned int at)
{
	size_t i;

	(void)at;
	for (i = 0; i < nic->rss.table_count; i++)
		xdpx_nic_words_say(words, i ? " %" PRIu32 : "%" PRIu32, nic->rss.table[i]);
}

static void rss_key_say(struct xdpx_nic_words *words, const struct xdpx_nic *nic, unsigned int at)
{
	size_t i;

	(void)at;
	for (i = 0; i < nic->rss.key_bytes; i++)
		xdpx_nic_words_say(words, i ? ":%02x" : "%02x", nic->rss.key[i]);
}

static void rss_function_say(struct xdpx_nic_words *words, const struct xdpx_nic *nic, unsigned int at)
{
	(void)at;
	text_say(words, xdpx_nic_rss_function(nic));
}

static void rss_transform_say(struct xdpx_nic_words *words, const struct xdpx_nic *nic, unsigned int at)
{
	(void)at;
	if (nic->parts[XDPX_PART_RSS].state)
		return;
	if (nic->rss.transform)
		xdpx_nic_words_say(words, "%#" PRIx32, nic->rss.transform);
	else
		text_say(words, "none");
}

static void versions_say(struct xdpx_nic_words *words, const struct xdpx_nic *nic, unsigned int at)
{
	const struct xdpx_version_entry *version = nic->versions.at;
	size_t i;

	(void)at;
	for (i = 0; i < nic->versions.count; i++)
		xdpx_nic_words_say(words, "%s%s %s %s", i ? ", " : "", version[i].kind, version[i].name,
				   version[i].value);
}

static void private_flags_say(struct xdpx_nic_words *words, const struct xdpx_nic *nic, unsigned int at)
{
	const struct xdpx_private_flag *flag = nic->private_flags.at;
	size_t i;

	(void)at;
	for (i = 0; i < nic->private_flags.count; i++)
		xdpx_nic_words_say(words, "%s%s %s", i ? ", " : "", flag[i].name, flag[i].on ? "on" : "off");
}

static const struct xdpx_nic_row rows[] = {
	{"name", name_say, NULL},
	{"index", index_say, NULL},
	{"kind", kind_say, NULL},
	{"driver", driver_say, NULL},
	{"firmware", firmware_say, NULL},
	{"bus", bus_say, NULL},
	{"bus-address", bus_address_say, NULL},
	{"numa-node", numa_node_say, NULL},
	{"netns", netns_say, NULL},
	{"mac", mac_say, NULL},
	{"mtu", mtu_say, NULL},
	{"up", up_say, NULL},
	{"carrier", carrier_say, NULL},
	{"speed", speed_say, NULL},
	{"", related_say, relation_name},
	{"program", program_say, NULL},
	{"feature ", feature_say, feature_name},
	{"limit ", limit_say, limit_name},
	{"queues ", queues_say, queues_name},
	{"rings ", rings_say, rings_name},
	{"offload ", offload_say, offload_name},
	{"coalesce ", coalesce_say, coalesce_name},
	{"rss table", rss_table_say, NULL},
	{"rss key", rss_key_say, NULL},
	{"rss function", rss_function_say, NULL},
	{"rss transform", rss_transform_say, NULL},
	{"versions", versions_say, NULL},
	{"private-flags", private_flags_say, NULL},
};

const struct xdpx_nic_row *xdpx_nic_row_at(size_t at)
{
	return at < sizeof(rows) / sizeof(rows[0]) ? &rows[at] : NULL;
}

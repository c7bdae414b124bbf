/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "words.h"

#include "nic/nic.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINES_MAX 4096

struct words {
	char *lines[LINES_MAX];
	size_t count;
};

static void say(struct words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct words *words, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (words->count == LINES_MAX || vasprintf(&words->lines[words->count++], format, arguments) < 0)
		abort();
	va_end(arguments);
}

/* A count, where 0 says nothing, and a number, where -1 says nothing. */
static void count_say(struct words *words, const char *key, uint64_t count)
{
	if (count)
		say(words, "%s=%" PRIu64, key, count);
}

static void number_say(struct words *words, const char *key, int64_t number)
{
	if (number >= 0)
		say(words, "%s=%" PRId64, key, number);
}

struct bit_name {
	uint64_t bit;
	const char *name;
};

/* Tables of names are in the alphabet's order. */
static void bits_say(struct words *words, const char *key, uint64_t bits, const struct bit_name *names)
{
	char text[256] = "";

	for (; names->name; names++) {
		if (!(bits & names->bit))
			continue;
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", text[0] ? " " : "", names->name);
	}
	say(words, "%s=%s", key, text);
}

static void features_say(struct words *words, const struct xdpx_nic *nic)
{
	static const struct bit_name xdp[] = {
		{1, "basic"},	 {16, "hw-offload"}, {4, "ndo-xmit"},	  {64, "ndo-xmit-sg"},
		{2, "redirect"}, {32, "rx-sg"},	     {8, "xsk-zerocopy"}, {0, NULL},
	};
	static const struct bit_name rx[] = {{2, "hash"}, {1, "timestamp"}, {4, "vlan-tag"}, {0, NULL}};
	static const struct bit_name xsk[] = {
		{2, "tx-checksum"}, {4, "tx-launch-time-fifo"}, {1, "tx-timestamp"}, {0, NULL}};

	if (nic->netdev.xdp_known)
		bits_say(words, "netdev/dev-get/xdp-features", nic->netdev.xdp, xdp);
	if (nic->netdev.rx_metadata_known)
		bits_say(words, "netdev/dev-get/xdp-rx-metadata-features", nic->netdev.rx_metadata, rx);
	if (nic->netdev.xsk_known)
		bits_say(words, "netdev/dev-get/xsk-features", nic->netdev.xsk, xsk);
	count_say(words, "netdev/dev-get/xdp-zc-max-segs", nic->netdev.zerocopy_segments);
}

static void queues_say(struct words *words, const struct xdpx_nic *nic)
{
	struct xdpx_queue queue = {.size = sizeof(queue)};
	size_t i;

	for (i = 0; !xdpx_nic_queue(nic, i, &queue); i++) {
		const char *type = queue.tx ? "tx" : "rx";

		if (queue.napi_id)
			say(words, "netdev/queue-get/%s-%u/napi-id=%u", type, queue.id, queue.napi_id);
		say(words, "netdev/queue-get/%s-%u/xsk=%d", type, queue.id, queue.xsk == XDPX_YES);
	}
}

static void entry_say(struct words *words, const char *operation, uint64_t id, const char *name, int64_t number)
{
	if (number >= 0)
		say(words, "netdev/%s/%" PRIu64 "/%s=%" PRId64, operation, id, name, number);
}

static void napis_say(struct words *words, const struct xdpx_nic *nic)
{
	struct xdpx_napi napi = {.size = sizeof(napi)};
	size_t i;

	for (i = 0; !xdpx_nic_napi(nic, i, &napi); i++) {
		entry_say(words, "napi-get", napi.id, "irq", napi.irq);
		entry_say(words, "napi-get", napi.id, "pid", napi.pid);
		entry_say(words, "napi-get", napi.id, "defer-hard-irqs", napi.defer_hard_irqs);
		entry_say(words, "napi-get", napi.id, "gro-flush-timeout", napi.gro_flush_timeout_ns);
		entry_say(words, "napi-get", napi.id, "irq-suspend-timeout", napi.irq_suspend_timeout_ns);
	}
}

static void page_pools_say(struct words *words, const struct xdpx_nic *nic)
{
	struct xdpx_page_pool pool = {.size = sizeof(pool)};
	size_t i;

	for (i = 0; !xdpx_nic_page_pool(nic, i, &pool); i++) {
		entry_say(words, "page-pool-get", pool.id, "napi-id", pool.napi_id ? (int64_t)pool.napi_id : -1);
		entry_say(words, "page-pool-get", pool.id, "dmabuf", pool.dmabuf ? (int64_t)pool.dmabuf : -1);
		entry_say(words, "page-pool-get", pool.id, "inflight", pool.inflight);
		entry_say(words, "page-pool-get", pool.id, "inflight-mem", pool.inflight_bytes);
		entry_say(words, "page-pool-get", pool.id, "detach-time", pool.detach_time);
	}
}

static void qstats_say(struct words *words, const struct xdpx_nic *nic)
{
	struct xdpx_qstats stats = {.size = sizeof(stats)};

	xdpx_nic_qstats(nic, &stats);
	number_say(words, "netdev/qstats-get/rx-packets", stats.rx_packets);
	number_say(words, "netdev/qstats-get/rx-bytes", stats.rx_bytes);
	number_say(words, "netdev/qstats-get/rx-alloc-fail", stats.rx_alloc_fail);
	number_say(words, "netdev/qstats-get/rx-hw-drops", stats.rx_hw_drops);
	number_say(words, "netdev/qstats-get/rx-hw-drop-overruns", stats.rx_overruns);
	number_say(words, "netdev/qstats-get/tx-packets", stats.tx_packets);
	number_say(words, "netdev/qstats-get/tx-bytes", stats.tx_bytes);
	number_say(words, "netdev/qstats-get/tx-hw-drops", stats.tx_hw_drops);
}

static void channels_say(struct words *words, const struct xdpx_nic *nic)
{
	count_say(words, "ethtool/channels-get/rx-max", nic->channels.rx_max);
	count_say(words, "ethtool/channels-get/tx-max", nic->channels.tx_max);
	count_say(words, "ethtool/channels-get/combined-max", nic->channels.combined_max);
	count_say(words, "ethtool/channels-get/rx-count", nic->channels.rx);
	count_say(words, "ethtool/channels-get/tx-count", nic->channels.tx);
	count_say(words, "ethtool/channels-get/combined-count", nic->channels.combined);
}

static void rings_say(struct words *words, const struct xdpx_nic *nic)
{
	enum xdpx_answer split = xdpx_nic_offload(nic, XDPX_OFFLOAD_HEADER_SPLIT);
	struct xdpx_rings rings = {.size = sizeof(rings)};

	xdpx_nic_rings(nic, &rings);
	count_say(words, "ethtool/rings-get/rx", rings.rx);
	count_say(words, "ethtool/rings-get/tx", rings.tx);
	count_say(words, "ethtool/rings-get/rx-max", rings.rx_max);
	count_say(words, "ethtool/rings-get/tx-max", rings.tx_max);
	count_say(words, "ethtool/rings-get/rx-buf-len", rings.rx_buffer_bytes);
	if (split != XDPX_UNKNOWN)
		say(words, "ethtool/rings-get/tcp-data-split=%s", split == XDPX_YES ? "enabled" : "disabled");
}

static void offloads_say(struct words *words, const struct xdpx_nic *nic)
{
	static const char *const names[] = {
		[XDPX_OFFLOAD_LRO] = "rx-lro",
		[XDPX_OFFLOAD_GRO_HW] = "rx-gro-hw",
		[XDPX_OFFLOAD_GRO] = "rx-gro",
		[XDPX_OFFLOAD_RX_VLAN] = "rx-vlan-hw-parse",
		[XDPX_OFFLOAD_TX_VLAN] = "tx-vlan-hw-insert",
		[XDPX_OFFLOAD_RX_CHECKSUM] = "rx-checksum",
	};
	enum xdpx_offload offload;

	for (offload = 0; offload < sizeof(names) / sizeof(names[0]); offload++) {
		enum xdpx_answer on = xdpx_nic_offload(nic, offload);

		if (!names[offload] || on == XDPX_UNKNOWN)
			continue;
		say(words, "ethtool/features-get/active/%s=%d", names[offload], on == XDPX_YES);
		say(words, "ethtool/features-get/changeable/%s=%d", names[offload],
		    xdpx_nic_offload_changeable(nic, offload) == XDPX_YES);
	}
}

static void rss_say(struct words *words, const struct xdpx_nic *nic)
{
	static const struct bit_name transforms[] = {{2, "sym-or-xor"}, {1, "sym-xor"}, {0, NULL}};
	char text[16384] = "";
	size_t length = 0;
	const uint32_t *table;
	const uint8_t *key;
	size_t count;
	size_t i;

	count = xdpx_nic_rss_table(nic, &table);
	for (i = 0; i < count && length < sizeof(text); i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%u", i ? " " : "", table[i]);
	if (count)
		say(words, "ethtool/rss-get/indir=%s", text);
	count = xdpx_nic_rss_key(nic, &key);
	for (i = 0; i < count && 2 * i + 2 < sizeof(text); i++)
		snprintf(text + 2 * i, 3, "%02x", key[i]);
	if (count)
		say(words, "ethtool/rss-get/hkey=%s", text);
	if (xdpx_nic_rss_function(nic)[0])
		say(words, "ethtool/rss-get/hfunc=%s", xdpx_nic_rss_function(nic));
	if (nic->rss.transform)
		bits_say(words, "ethtool/rss-get/input-xfrm", nic->rss.transform, transforms);
}

static void coalesce_say(struct words *words, const struct xdpx_nic *nic)
{
	struct xdpx_coalesce coalesce = {.size = sizeof(coalesce)};

	xdpx_nic_coalesce(nic, &coalesce);
	number_say(words, "ethtool/coalesce-get/rx-usecs", coalesce.rx_usecs);
	number_say(words, "ethtool/coalesce-get/rx-max-frames", coalesce.rx_frames);
	number_say(words, "ethtool/coalesce-get/tx-usecs", coalesce.tx_usecs);
	number_say(words, "ethtool/coalesce-get/tx-max-frames", coalesce.tx_frames);
	number_say(words, "ethtool/coalesce-get/use-adaptive-rx", coalesce.adaptive_rx);
	number_say(words, "ethtool/coalesce-get/use-adaptive-tx", coalesce.adaptive_tx);
}

static void clock_say(struct words *words, const struct xdpx_nic *nic)
{
	struct xdpx_clock clock = {.size = sizeof(clock)};

	if (xdpx_nic_part_known(nic, XDPX_PART_CLOCK) != XDPX_YES)
		return;
	xdpx_nic_clock(nic, &clock);
	number_say(words, "ethtool/tsinfo-get/phc-index", clock.phc_index);
	say(words, "ethtool/tsinfo-get/hardware-receive=%d", clock.hw_rx == XDPX_YES);
	say(words, "ethtool/tsinfo-get/hardware-receive-all=%d", clock.hw_rx_all == XDPX_YES);
	say(words, "ethtool/tsinfo-get/hardware-transmit=%d", clock.hw_tx == XDPX_YES);
}

static void driver_say(struct words *words, const struct xdpx_nic *nic)
{
	struct xdpx_version_entry version = {.size = sizeof(version)};
	struct xdpx_private_flag flag = {.size = sizeof(flag)};
	size_t i;

	count_say(words, "ethtool/linkmodes-get/speed", xdpx_nic_speed(nic));
	for (i = 0; !xdpx_nic_private_flag(nic, i, &flag); i++)
		say(words, "ethtool/privflags-get/flags/%s=%u", flag.name, flag.on);
	for (i = 0; !xdpx_nic_version(nic, i, &version); i++) {
		if (!strcmp(version.name, "serial"))
			say(words, "devlink/info-get/info-serial-number=%s", version.value);
		else
			say(words, "devlink/info-get/info-version-%s/%s=%s", version.kind, version.name, version.value);
	}
}

static int compare(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static char *joined(struct words *words)
{
	size_t bytes = 1;
	char *text;
	char *end;
	size_t i;

	for (i = 0; i < words->count; i++)
		bytes += strlen(words->lines[i]) + 1;
	text = malloc(bytes);
	if (!text)
		abort();
	for (i = 0, end = text; i < words->count; i++) {
		end += sprintf(end, "%s\n", words->lines[i]);
		free(words->lines[i]);
	}
	*end = '\0';
	return text;
}

char *words_of(const struct xdpx_nic *nic)
{
	static void (*const parts[])(struct words *, const struct xdpx_nic *) = {
		features_say, queues_say,   napis_say, page_pools_say, qstats_say, channels_say,
		rings_say,    offloads_say, rss_say,   coalesce_say,   clock_say,  driver_say,
	};
	struct words words = {.count = 0};
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		parts[i](&words, nic);
	qsort(words.lines, words.count, sizeof(words.lines[0]), compare);
	return joined(&words);
}

/* Goes to the first line with the part's head, and returns what follows the head; NULL past the last. */
static const char *line_find(struct words_part *part)
{
	size_t length = strlen(part->head);
	const char *end;

	while (*part->text && strncmp(part->text, part->head, length) != 0) {
		end = strchr(part->text, '\n');
		part->text = end ? end + 1 : "";
	}
	return *part->text ? part->text + length : NULL;
}

static void line_leave(struct words_part *part)
{
	part->text += strcspn(part->text, "\n");
	part->text += *part->text == '\n';
}

/* As strcmp() does, up to the ends of the lines; a line that is not there comes last. */
static int line_compare(const char *one, const char *other)
{
	size_t length;
	size_t other_length;
	int order;

	if (!one || !other)
		return !one - !other;
	length = strcspn(one, "\n");
	other_length = strcspn(other, "\n");
	order = strncmp(one, other, length < other_length ? length : other_length);
	return order ? order : (length > other_length) - (length < other_length);
}

int words_compare(struct words_part one, struct words_part other, char *line, size_t bytes)
{
	const char *other_line;
	const char *one_line;
	int order;
	int same;

	for (same = 0;; same++) {
		one_line = line_find(&one);
		other_line = line_find(&other);
		if (!one_line && !other_line)
			return same;
		order = line_compare(one_line, other_line);
		if (order)
			break;
		line_leave(&one);
		line_leave(&other);
	}
	if (order > 0)
		one_line = other_line;
	snprintf(line, bytes, "%.*s", (int)strcspn(one_line, "\n"), one_line);
	return -1;
}

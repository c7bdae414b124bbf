/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* A device's settings, counters, and what is not known of it. */
#include "nic_json.h"
#include "words.h"

#include <xdpx/nic_lists.h>

static struct json_object *adaptive(int32_t value)
{
	return value < 0 ? NULL : json_object_new_boolean(value);
}

static void rings_add(struct json_object *object, const struct xdpx_nic *nic)
{
	struct json_object *entry = json_object_new_object();
	struct xdpx_rings rings = {.size = sizeof(rings)};

	xdpx_nic_rings(nic, &rings);
	json_add_number(entry, "rx", rings.rx);
	json_add_number(entry, "tx", rings.tx);
	json_add_number(entry, "rx_max", rings.rx_max);
	json_add_number(entry, "tx_max", rings.tx_max);
	json_add_number(entry, "rx_buffer_bytes", rings.rx_buffer_bytes);
	json_add(object, "rings", entry);
}

static void coalesce_add(struct json_object *object, const struct xdpx_nic *nic)
{
	struct json_object *entry = json_object_new_object();
	struct xdpx_coalesce delay = {.size = sizeof(delay)};

	xdpx_nic_coalesce(nic, &delay);
	json_add_number_or_null(entry, "rx_usecs", delay.rx_usecs, -1);
	json_add_number_or_null(entry, "rx_frames", delay.rx_frames, -1);
	json_add_number_or_null(entry, "tx_usecs", delay.tx_usecs, -1);
	json_add_number_or_null(entry, "tx_frames", delay.tx_frames, -1);
	json_add(entry, "adaptive_rx", adaptive(delay.adaptive_rx));
	json_add(entry, "adaptive_tx", adaptive(delay.adaptive_tx));
	json_add(object, "coalesce", entry);
}

static void clock_add(struct json_object *object, const struct xdpx_nic *nic)
{
	struct json_object *entry = json_object_new_object();
	struct xdpx_clock clock = {.size = sizeof(clock)};

	xdpx_nic_clock(nic, &clock);
	json_add_number_or_null(entry, "phc_index", clock.phc_index, -1);
	json_add_text(entry, "hw_rx", answer_word((enum xdpx_answer)clock.hw_rx));
	json_add_text(entry, "hw_rx_all", answer_word((enum xdpx_answer)clock.hw_rx_all));
	json_add_text(entry, "hw_tx", answer_word((enum xdpx_answer)clock.hw_tx));
	json_add(object, "timestamps", entry);
}

/* Keys have 40 or 52 bytes; a longer one is cut. */
#define KEY_BYTES 256

static void rss_add(struct json_object *object, const struct xdpx_nic *nic)
{
	struct json_object *entry = json_object_new_object();
	char text[HEX_BYTES(KEY_BYTES)];
	struct json_object *queues;
	const uint32_t *table;
	const uint8_t *key;
	size_t slots = xdpx_nic_rss_table(nic, &table);
	size_t bytes = xdpx_nic_rss_key(nic, &key);

	json_add_text_or_null(entry, "function", xdpx_nic_rss_function(nic));
	json_add_text_or_null(entry, "key", hex_text(key, bytes, text, sizeof(text)));
	queues = json_add_list(entry, "table");
	for (size_t at = 0; at < slots; at++)
		json_object_array_add(queues, json_object_new_int64(table[at]));
	json_add(object, "rss", entry);
}

static void offloads_add(struct json_object *object, const struct xdpx_nic *nic)
{
	struct json_object *offloads = json_object_new_object();
	const char *name;

	for (unsigned int at = 0; (name = xdpx_offload_name((enum xdpx_offload)at)); at++) {
		enum xdpx_offload offload = (enum xdpx_offload)at;
		struct json_object *entry = json_object_new_object();

		json_add_text(entry, "on", answer_word(xdpx_nic_offload(nic, offload)));
		json_add_text(entry, "changeable", answer_word(xdpx_nic_offload_changeable(nic, offload)));
		json_add(entry, "collides", json_object_new_boolean(offload_collides(offload) != NULL));
		json_add(offloads, name, entry);
	}
	json_add(object, "offloads", offloads);
}

static void qstats_add(struct json_object *object, const struct xdpx_nic *nic)
{
	struct json_object *entry = json_object_new_object();
	struct xdpx_qstats stats = {.size = sizeof(stats)};

	xdpx_nic_qstats(nic, &stats);
	json_add_number_or_null(entry, "rx_packets", stats.rx_packets, -1);
	json_add_number_or_null(entry, "rx_bytes", stats.rx_bytes, -1);
	json_add_number_or_null(entry, "rx_alloc_fail", stats.rx_alloc_fail, -1);
	json_add_number_or_null(entry, "rx_hw_drops", stats.rx_hw_drops, -1);
	json_add_number_or_null(entry, "rx_overruns", stats.rx_overruns, -1);
	json_add_number_or_null(entry, "tx_packets", stats.tx_packets, -1);
	json_add_number_or_null(entry, "tx_bytes", stats.tx_bytes, -1);
	json_add_number_or_null(entry, "tx_hw_drops", stats.tx_hw_drops, -1);
	json_add(object, "qstats", entry);
}

static void parts_add(struct json_object *object, const struct xdpx_nic *nic)
{
	struct json_object *parts = json_object_new_object();
	const char *name;

	for (unsigned int at = 0; (name = xdpx_part_name((enum xdpx_part)at)); at++) {
		struct json_object *entry = json_object_new_object();

		json_add_text(entry, "known", answer_word(xdpx_nic_part_known(nic, (enum xdpx_part)at)));
		json_add_text(entry, "why", xdpx_nic_part_why(nic, (enum xdpx_part)at));
		json_add(parts, name, entry);
	}
	json_add(object, "parts", parts);
}

void nic_json_settings_add(struct json_object *object, const struct xdpx_nic *nic)
{
	rings_add(object, nic);
	coalesce_add(object, nic);
	clock_add(object, nic);
	rss_add(object, nic);
	offloads_add(object, nic);
	qstats_add(object, nic);
	parts_add(object, nic);
}

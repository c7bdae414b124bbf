/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "nic.h"
#include "tool.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

/* Names have at most 15 bytes and reasons are sentences; a longer text is cut. */
#define TEXT_BYTES 1024

static void add(struct json_object *object, const char *key, struct json_object *value)
{
	json_object_object_add(object, key, value);
}

static void add_number(struct json_object *object, const char *key, uint32_t number)
{
	add(object, key, json_object_new_int64(number));
}

/* JSON is UTF-8, and names of devices need not be. */
static void add_text(struct json_object *object, const char *key, const char *text)
{
	char safe[TEXT_BYTES];

	add(object, key, json_object_new_string(text_safe(text, safe, sizeof(safe))));
}

static void add_text_or_null(struct json_object *object, const char *key, const char *text)
{
	if (*text)
		add_text(object, key, text);
	else
		add(object, key, NULL);
}

static struct json_object *queues_object(const struct xdpx_nic *nic)
{
	struct json_object *object = json_object_new_object();
	struct xdpx_queues queues = {.size = sizeof(queues)};

	xdpx_nic_queues(nic, &queues);
	add_number(object, "usable", queues.usable);
	add_number(object, "rx", queues.rx);
	add_number(object, "tx", queues.tx);
	add_number(object, "combined", queues.combined);
	add_number(object, "rx_max", queues.rx_max);
	add_number(object, "tx_max", queues.tx_max);
	add_number(object, "combined_max", queues.combined_max);
	add_text(object, "why", xdpx_nic_queues_why(nic));
	return object;
}

static struct json_object *features_object(const struct xdpx_nic *nic)
{
	struct json_object *object = json_object_new_object();
	const char *name;

	for (unsigned int at = 0; (name = xdpx_feature_name((enum xdpx_feature)at)); at++) {
		enum xdpx_feature feature = (enum xdpx_feature)at;
		struct json_object *entry = json_object_new_object();

		add_text(entry, "answer", answer_word(xdpx_nic_can(nic, feature)));
		add_text(entry, "why", xdpx_nic_why(nic, feature));
		add(object, name, entry);
	}
	return object;
}

static struct json_object *nic_object(const struct xdpx_nic *nic)
{
	struct json_object *object = json_object_new_object();
	char mac[MAC_TEXT_BYTES];

	add_text(object, "name", xdpx_nic_name(nic));
	add_number(object, "index", xdpx_nic_index(nic));
	add_text(object, "kind", xdpx_nic_kind(nic));
	add_text_or_null(object, "driver", xdpx_nic_driver(nic));
	add_text_or_null(object, "mac", mac_text(nic, mac, sizeof(mac)));
	add_number(object, "mtu", xdpx_nic_mtu(nic));
	add_text(object, "up", answer_word(xdpx_nic_up(nic)));
	add_text(object, "carrier", answer_word(xdpx_nic_carrier(nic)));
	if (xdpx_nic_prog_id(nic))
		add_number(object, "prog_id", xdpx_nic_prog_id(nic));
	else
		add(object, "prog_id", NULL);
	add(object, "queues", queues_object(nic));
	add(object, "features", features_object(nic));
	return object;
}

int nic_json_print(const struct xdpx_nic *const *nics, size_t count)
{
	struct json_object *document = json_object_new_object();
	struct json_object *list = json_object_new_array();
	const char *text;

	add_text(document, "version", xdpx_version());
	for (size_t at = 0; at < count; at++)
		json_object_array_add(list, nic_object(nics[at]));
	add(document, "nics", list);
	text = json_object_to_json_string_ext(document, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
								JSON_C_TO_STRING_NOSLASHESCAPE);
	if (text)
		puts(text);
	json_object_put(document);
	return text ? output_finish(stdout) : fail_with(NULL, "out of memory");
}

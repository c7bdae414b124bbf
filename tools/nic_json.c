/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Devices as JSON documents. */
#include "nic_json.h"

#include "nic.h"
#include "tool.h"

static struct json_object *queues_object(const struct xdpx_nic *nic)
{
	struct json_object *object = json_object_new_object();
	struct xdpx_queues queues = {.size = sizeof(queues)};

	xdpx_nic_queues(nic, &queues);
	json_add_number(object, "usable", queues.usable);
	json_add_number(object, "rx", queues.rx);
	json_add_number(object, "tx", queues.tx);
	json_add_number(object, "combined", queues.combined);
	json_add_number(object, "rx_max", queues.rx_max);
	json_add_number(object, "tx_max", queues.tx_max);
	json_add_number(object, "combined_max", queues.combined_max);
	json_add_text(object, "why", xdpx_nic_queues_why(nic));
	return object;
}

static struct json_object *feature_object(const struct xdpx_nic *nic, enum xdpx_feature feature)
{
	struct json_object *entry = json_object_new_object();

	json_add_text(entry, "answer", answer_word(xdpx_nic_can(nic, feature)));
	json_add_text(entry, "source", xdpx_source_name(xdpx_nic_source(nic, feature)));
	json_add_text(entry, "why", xdpx_nic_why(nic, feature));
	return entry;
}

static struct json_object *limit_object(const struct xdpx_nic *nic, enum xdpx_limit limit)
{
	struct json_object *entry = json_object_new_object();

	json_add_number_or_null(entry, "value", xdpx_nic_limit(nic, limit), -1);
	json_add_text(entry, "source", xdpx_source_name(xdpx_nic_limit_source(nic, limit)));
	json_add_text(entry, "why", xdpx_nic_limit_why(nic, limit));
	return entry;
}

static struct json_object *features_object(const struct xdpx_nic *nic)
{
	struct json_object *object = json_object_new_object();
	const char *name;

	for (unsigned int at = 0; (name = xdpx_feature_name((enum xdpx_feature)at)); at++)
		json_add(object, name, feature_object(nic, (enum xdpx_feature)at));
	return object;
}

static struct json_object *limits_object(const struct xdpx_nic *nic)
{
	struct json_object *object = json_object_new_object();
	const char *name;

	for (unsigned int at = 0; (name = xdpx_limit_name((enum xdpx_limit)at)); at++)
		json_add(object, name, limit_object(nic, (enum xdpx_limit)at));
	return object;
}

static void device_add(struct json_object *object, const struct xdpx_nic *nic)
{
	char mac[MAC_TEXT_BYTES];

	json_add_text(object, "kind", xdpx_nic_kind(nic));
	json_add_text_or_null(object, "driver", xdpx_nic_driver(nic));
	json_add_text_or_null(object, "firmware", xdpx_nic_firmware(nic));
	json_add_text_or_null(object, "bus", xdpx_nic_bus(nic));
	json_add_text_or_null(object, "bus_address", xdpx_nic_bus_address(nic));
	json_add_number_or_null(object, "numa_node", xdpx_nic_numa_node(nic), -1);
	json_add_number_or_null(object, "netns", (int64_t)xdpx_nic_netns(nic), 0);
	json_add_text_or_null(object, "mac", mac_text(nic, mac, sizeof(mac)));
	json_add_number(object, "mtu", xdpx_nic_mtu(nic));
	json_add_number_or_null(object, "speed", xdpx_nic_speed(nic), 0);
	json_add_text(object, "up", answer_word(xdpx_nic_up(nic)));
	json_add_text(object, "carrier", answer_word(xdpx_nic_carrier(nic)));
	json_add_number_or_null(object, "prog_id", xdpx_nic_prog_id(nic), 0);
}

static struct json_object *name_object(const struct xdpx_nic *nic)
{
	struct json_object *object = json_object_new_object();

	json_add_text(object, "name", xdpx_nic_name(nic));
	json_add_number(object, "index", xdpx_nic_index(nic));
	return object;
}

static struct json_object *nic_object(const struct xdpx_nic *nic)
{
	struct json_object *object = name_object(nic);

	device_add(object, nic);
	json_add(object, "queues", queues_object(nic));
	json_add(object, "features", features_object(nic));
	json_add(object, "limits", limits_object(nic));
	nic_json_lists_add(object, nic);
	nic_json_settings_add(object, nic);
	return object;
}

/* With NULL: what the matrix shows. */
static struct json_object *answers_object(const struct xdpx_nic *nic, const struct question *question)
{
	struct json_object *object = name_object(nic);
	struct json_object *part;

	if (!question) {
		json_add(object, "features", features_object(nic));
		return object;
	}
	if (question->feature >= 0) {
		part = json_object_new_object();
		json_add(part, question->name, feature_object(nic, (enum xdpx_feature)question->feature));
		json_add(object, "features", part);
	}
	if (question->limit >= 0) {
		part = json_object_new_object();
		json_add(part, question->name, limit_object(nic, (enum xdpx_limit)question->limit));
		json_add(object, "limits", part);
	}
	return object;
}

int nic_json_print(const struct nics *nics)
{
	struct json_object *document = json_document();
	struct json_object *list = json_add_list(document, "nics");

	for (size_t at = 0; at < nics->count; at++)
		json_object_array_add(list, nic_object(nics->list[at]));
	return json_print(document);
}

int nic_json_answers_print(const struct nics *nics, const struct question *question)
{
	struct json_object *document = json_document();
	struct json_object *list = json_add_list(document, "nics");

	for (size_t at = 0; at < nics->count; at++)
		json_object_array_add(list, answers_object(nics->list[at], question));
	return json_print(document);
}

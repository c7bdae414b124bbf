/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What a device has several of. */
#include "nic_json.h"
#include "words.h"

static void programs_add(struct json_object *object, const struct xdpx_nic *nic)
{
	struct json_object *list = json_add_list(object, "programs");
	struct xdpx_attachment program = {.size = sizeof(program)};
	char loaded[TIME_TEXT_BYTES];

	for (size_t at = 0; !xdpx_nic_attachment(nic, at, &program); at++) {
		struct json_object *entry = json_object_new_object();

		json_add_text(entry, "mode", xdpx_mode_name((enum xdpx_mode)program.mode));
		json_add_number(entry, "id", program.prog_id);
		json_add_text_or_null(entry, "name", program.name);
		json_add_text_or_null(entry, "tag", program.tag);
		json_add_number_or_null(entry, "loaded_ns", (int64_t)program.loaded_ns, 0);
		json_add_text_or_null(entry, "loaded_at", boot_time_text(program.loaded_ns, loaded, sizeof(loaded)));
		json_add_text(entry, "owner", program.owner_name);
		json_add_number_or_null(entry, "link_id", program.link_id, 0);
		json_object_array_add(list, entry);
	}
}

static void related_add(struct json_object *object, const struct xdpx_nic *nic)
{
	struct json_object *list = json_add_list(object, "related");
	struct xdpx_related related = {.size = sizeof(related)};

	for (size_t at = 0; !xdpx_nic_related(nic, at, &related); at++) {
		struct json_object *entry = json_object_new_object();

		json_add_text(entry, "relation", xdpx_relation_name((enum xdpx_relation)related.relation));
		json_add_number(entry, "index", related.index);
		json_add_text_or_null(entry, "name", related.name);
		json_add_number_or_null(entry, "netnsid", related.netnsid, -1);
		json_object_array_add(list, entry);
	}
}

static void queues_add(struct json_object *object, const struct xdpx_nic *nic)
{
	struct json_object *list = json_add_list(object, "queue_list");
	struct xdpx_queue queue = {.size = sizeof(queue)};

	for (size_t at = 0; !xdpx_nic_queue(nic, at, &queue); at++) {
		struct json_object *entry = json_object_new_object();

		json_add_number(entry, "id", queue.id);
		json_add_text(entry, "direction", queue.tx ? "tx" : "rx");
		json_add_number_or_null(entry, "napi_id", queue.napi_id, 0);
		json_add_text(entry, "xsk", answer_word((enum xdpx_answer)queue.xsk));
		json_object_array_add(list, entry);
	}
}

static void napis_add(struct json_object *object, const struct xdpx_nic *nic)
{
	struct json_object *list = json_add_list(object, "napis");
	struct xdpx_napi napi = {.size = sizeof(napi)};

	for (size_t at = 0; !xdpx_nic_napi(nic, at, &napi); at++) {
		struct json_object *entry = json_object_new_object();

		json_add_number(entry, "id", napi.id);
		json_add_number_or_null(entry, "irq", napi.irq, -1);
		json_add_number_or_null(entry, "pid", napi.pid, -1);
		json_add_number_or_null(entry, "defer_hard_irqs", napi.defer_hard_irqs, -1);
		json_add_number_or_null(entry, "gro_flush_timeout_ns", napi.gro_flush_timeout_ns, -1);
		json_add_number_or_null(entry, "irq_suspend_timeout_ns", napi.irq_suspend_timeout_ns, -1);
		json_object_array_add(list, entry);
	}
}

static void pools_add(struct json_object *object, const struct xdpx_nic *nic)
{
	struct json_object *list = json_add_list(object, "page_pools");
	struct xdpx_page_pool pool = {.size = sizeof(pool)};

	for (size_t at = 0; !xdpx_nic_page_pool(nic, at, &pool); at++) {
		struct json_object *entry = json_object_new_object();

		json_add(entry, "id", json_object_new_uint64(pool.id));
		json_add_number_or_null(entry, "napi_id", pool.napi_id, 0);
		json_add_number_or_null(entry, "dmabuf", pool.dmabuf, 0);
		json_add_number_or_null(entry, "inflight", pool.inflight, -1);
		json_add_number_or_null(entry, "inflight_bytes", pool.inflight_bytes, -1);
		json_add_number_or_null(entry, "detach_time", pool.detach_time, -1);
		json_object_array_add(list, entry);
	}
}

static void versions_add(struct json_object *object, const struct xdpx_nic *nic)
{
	struct json_object *list = json_add_list(object, "versions");
	struct xdpx_version_entry version = {.size = sizeof(version)};

	for (size_t at = 0; !xdpx_nic_version(nic, at, &version); at++) {
		struct json_object *entry = json_object_new_object();

		json_add_text(entry, "kind", version.kind);
		json_add_text(entry, "name", version.name);
		json_add_text(entry, "value", version.value);
		json_object_array_add(list, entry);
	}
}

static void flags_add(struct json_object *object, const struct xdpx_nic *nic)
{
	struct json_object *list = json_add_list(object, "private_flags");
	struct xdpx_private_flag flag = {.size = sizeof(flag)};

	for (size_t at = 0; !xdpx_nic_private_flag(nic, at, &flag); at++) {
		struct json_object *entry = json_object_new_object();

		json_add_text(entry, "name", flag.name);
		json_add(entry, "on", json_object_new_boolean(flag.on));
		json_object_array_add(list, entry);
	}
}

void nic_json_lists_add(struct json_object *object, const struct xdpx_nic *nic)
{
	programs_add(object, nic);
	related_add(object, nic);
	queues_add(object, nic);
	napis_add(object, nic);
	pools_add(object, nic);
	versions_add(object, nic);
	flags_add(object, nic);
}

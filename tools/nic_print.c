/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* All that is known about one device, in groups. */
#include "facts.h"
#include "nic.h"
#include "tool.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#define NS_A_SECOND UINT64_C(1000000000)
/* Of a list, more are in the JSON document alone. */
#define LIST_SHOWN 16
#define KEY_SHOWN 8

static void device_print(const struct xdpx_nic *nic)
{
	char text[MAC_TEXT_BYTES];
	int64_t least = xdpx_nic_limit(nic, XDPX_LIMIT_MTU_MIN);
	int64_t most = xdpx_nic_limit(nic, XDPX_LIMIT_MTU_MAX);

	color_print(stdout, HUE_BOLD, text_safe(xdpx_nic_name(nic), text, sizeof(text)), 0);
	putchar('\n');
	fact("index", "%u", xdpx_nic_index(nic));
	fact("kind", "%s", xdpx_nic_kind(nic));
	fact("driver", "%s", xdpx_nic_driver(nic));
	fact("firmware", "%s", xdpx_nic_firmware(nic));
	fact("bus", "%s%s%s", xdpx_nic_bus(nic), *xdpx_nic_bus_address(nic) ? " " : "", xdpx_nic_bus_address(nic));
	if (xdpx_nic_numa_node(nic) >= 0)
		fact("NUMA node", "%d", xdpx_nic_numa_node(nic));
	fact("address", "%s", mac_text(nic, text, sizeof(text)));
	if (least >= 0 && most >= 0)
		fact("mtu", "%u (can be set from %" PRId64 " to %" PRId64 ")", xdpx_nic_mtu(nic), least, most);
	else
		fact("mtu", "%u", xdpx_nic_mtu(nic));
	fact("up", "%s", answer_word(xdpx_nic_up(nic)));
	fact("carrier", "%s", answer_word(xdpx_nic_carrier(nic)));
	if (xdpx_nic_speed(nic))
		fact("speed", "%u Mbit/s", xdpx_nic_speed(nic));
	if (xdpx_nic_netns(nic))
		fact("network namespace", "inode %" PRIu64, xdpx_nic_netns(nic));
}

static void related_print(const struct xdpx_nic *nic)
{
	size_t count = xdpx_nic_related_count(nic);
	struct xdpx_related related = {.size = sizeof(related)};

	if (count)
		facts_title("related devices");
	for (size_t at = 0; at < count && at < LIST_SHOWN; at++) {
		const char *relation;

		xdpx_nic_related(nic, at, &related);
		relation = xdpx_relation_name((enum xdpx_relation)related.relation);
		if (*related.name)
			fact(relation, "%s (index %u)", related.name, related.index);
		else
			fact(relation, "index %u in another network namespace (id %d here)", related.index,
			     related.netnsid);
	}
	if (count > LIST_SHOWN)
		fact("...", "%zu more", count - LIST_SHOWN);
}

static uint64_t boot_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * NS_A_SECOND + (uint64_t)now.tv_nsec;
}

static void program_print(const struct xdpx_attachment *program)
{
	char loaded[TIME_TEXT_BYTES];
	char when[128] = "";
	char owner[96];

	boot_time_text(program->loaded_ns, loaded, sizeof(loaded));
	if (*loaded)
		snprintf(when, sizeof(when), ", loaded at %s (%" PRIu64 " s after boot, %" PRIu64 " s ago)", loaded,
			 program->loaded_ns / NS_A_SECOND, (boot_ns() - program->loaded_ns) / NS_A_SECOND);
	snprintf(owner, sizeof(owner), program->link_id ? "%s %u" : "%s", program->owner_name, program->link_id);
	fact(xdpx_mode_name((enum xdpx_mode)program->mode), "id %u%s%s%s%s%s%s; held by %s", program->prog_id,
	     *program->name ? ", \"" : "", program->name, *program->name ? "\"" : "", *program->tag ? ", tag " : "",
	     program->tag, when, owner);
}

static void programs_print(const struct xdpx_nic *nic)
{
	size_t count = xdpx_nic_attachment_count(nic);
	struct xdpx_attachment program = {.size = sizeof(program)};

	facts_title("programs");
	for (size_t at = 0; at < count; at++) {
		xdpx_nic_attachment(nic, at, &program);
		program_print(&program);
	}
	if (!count)
		fact("program", "none");
}

static void rss_print(const struct xdpx_nic *nic)
{
	char text[HEX_BYTES(KEY_SHOWN)];
	const uint32_t *table;
	const uint8_t *key;
	size_t slots = xdpx_nic_rss_table(nic, &table);
	size_t bytes = xdpx_nic_rss_key(nic, &key);
	uint32_t least = UINT32_MAX;
	uint32_t most = 0;

	if (xdpx_nic_part_known(nic, XDPX_PART_RSS) != XDPX_YES)
		return;
	facts_title("spread over queues (RSS)");
	fact("function", "%s", xdpx_nic_rss_function(nic));
	hex_text(key, bytes < KEY_SHOWN ? bytes : KEY_SHOWN, text, sizeof(text));
	fact("key", bytes > KEY_SHOWN ? "%s:... (%zu bytes)" : "%s", text, bytes);
	for (size_t at = 0; at < slots; at++) {
		least = table[at] < least ? table[at] : least;
		most = table[at] > most ? table[at] : most;
	}
	if (slots)
		fact("table", "%zu slots, to queues %u to %u", slots, least, most);
}

static void offload_print(const struct xdpx_nic *nic, enum xdpx_offload offload)
{
	enum xdpx_answer on = xdpx_nic_offload(nic, offload);
	bool fixed = xdpx_nic_offload_changeable(nic, offload) == XDPX_NO;
	const char *collides = offload_collides(offload);
	char why[192];

	if (on == XDPX_UNKNOWN) {
		fact_word(xdpx_offload_name(offload), HUE_YELLOW, "unknown", "");
		return;
	}
	if (on == XDPX_NO || !collides)
		collides = "";
	snprintf(why, sizeof(why), "%s%s%s", fixed ? "fixed" : "", fixed && *collides ? "; " : "", collides);
	fact_word(xdpx_offload_name(offload), *collides ? HUE_RED : HUE_NONE, on == XDPX_YES ? "on" : "off", why);
}

static void offloads_print(const struct xdpx_nic *nic)
{
	facts_title("offloads");
	for (unsigned int at = 0; xdpx_offload_name((enum xdpx_offload)at); at++)
		offload_print(nic, (enum xdpx_offload)at);
}

static void limits_print(const struct xdpx_nic *nic)
{
	const char *name;

	facts_title("limits");
	for (unsigned int at = 0; (name = xdpx_limit_name((enum xdpx_limit)at)); at++) {
		enum xdpx_limit limit = (enum xdpx_limit)at;
		int64_t value = xdpx_nic_limit(nic, limit);
		char word[24];

		snprintf(word, sizeof(word), "%" PRId64, value);
		fact_word(name, value < 0 ? HUE_YELLOW : HUE_NONE, value < 0 ? "unknown" : word,
			  xdpx_nic_limit_why(nic, limit));
	}
}

static void features_print(const struct xdpx_nic *nic)
{
	const char *name;

	facts_title("XDP");
	for (unsigned int at = 0; (name = xdpx_feature_name((enum xdpx_feature)at)); at++)
		fact_answer(name, xdpx_nic_can(nic, (enum xdpx_feature)at), xdpx_nic_why(nic, (enum xdpx_feature)at));
}

static void versions_print(const struct xdpx_nic *nic)
{
	size_t count = xdpx_nic_version_count(nic);
	struct xdpx_version_entry version = {.size = sizeof(version)};

	if (count)
		facts_title("versions");
	for (size_t at = 0; at < count; at++) {
		xdpx_nic_version(nic, at, &version);
		fact(version.name, "%s (%s)", version.value, version.kind);
	}
}

static void flags_print(const struct xdpx_nic *nic)
{
	size_t count = xdpx_nic_private_flag_count(nic);
	struct xdpx_private_flag flag = {.size = sizeof(flag)};

	if (count)
		facts_title("the driver's own flags");
	for (size_t at = 0; at < count; at++) {
		xdpx_nic_private_flag(nic, at, &flag);
		fact(flag.name, "%s", flag.on ? "on" : "off");
	}
}

static void unknown_print(const struct xdpx_nic *nic)
{
	bool titled = false;
	const char *name;

	for (unsigned int at = 0; (name = xdpx_part_name((enum xdpx_part)at)); at++) {
		if (xdpx_nic_part_known(nic, (enum xdpx_part)at) == XDPX_YES)
			continue;
		if (!titled)
			facts_title("not known, and why");
		titled = true;
		fact(name, "%s", xdpx_nic_part_why(nic, (enum xdpx_part)at));
	}
}

int nic_print(const struct xdpx_nic *nic)
{
	device_print(nic);
	related_print(nic);
	programs_print(nic);
	nic_queues_print(nic);
	rss_print(nic);
	offloads_print(nic);
	limits_print(nic);
	features_print(nic);
	versions_print(nic);
	flags_print(nic);
	unknown_print(nic);
	return output_finish(stdout);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Each value of a snapshot is compared, and its difference told by name and in words. */
#include "nic/describe.h"
#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xdpx/error.h>
#include <xdpx/nic_diff.h>

#define ENTRIES 2

/* What a change may need, so that it holds nothing on the heap. */
static struct xdpx_related related[ENTRIES];
static struct xdpx_attachment attachments[ENTRIES];
static struct xdpx_version_entry versions[ENTRIES];
static struct xdpx_private_flag flags[ENTRIES];
static uint32_t table[] = {0, 1, 2, 10};
static uint8_t key[] = {0x6d, 0x5a, 0x01};

/* A device about which the sources that tell "none" have told. */
static void device_begin(struct xdpx_nic *nic)
{
	xdpx_nic_begin(nic);
	nic->up = true;
	nic->carrier = true;
	nic->index = 1;
	nic->parts[XDPX_PART_RELATED].state = 0;
	nic->parts[XDPX_PART_RSS].state = 0;
	nic->offloads.known = UINT32_MAX;
	nic->offloads.changeable = UINT32_MAX;
}

static void name_change(struct xdpx_nic *nic)
{
	strcpy(nic->name, "eth0");
}

static void index_change(struct xdpx_nic *nic)
{
	nic->index = 7;
}

static void kind_change(struct xdpx_nic *nic)
{
	strcpy(nic->kind, "veth");
}

static void driver_change(struct xdpx_nic *nic)
{
	strcpy(nic->driver, "ice");
}

static void firmware_change(struct xdpx_nic *nic)
{
	strcpy(nic->firmware, "4.20 0x8001");
}

static void bus_change(struct xdpx_nic *nic)
{
	strcpy(nic->parent_bus, "pci");
}

static void bus_address_change(struct xdpx_nic *nic)
{
	strcpy(nic->parent_name, "0000:3b:00.0");
}

static void numa_change(struct xdpx_nic *nic)
{
	nic->numa_node = 0;
}

static void netns_change(struct xdpx_nic *nic)
{
	nic->netns = 4026531840;
}

static void mac_change(struct xdpx_nic *nic)
{
	static const uint8_t mac[] = {2, 0, 0, 0, 0, 0xfe};

	memcpy(nic->mac, mac, sizeof(mac));
	nic->mac_bytes = sizeof(mac);
}

static void mtu_change(struct xdpx_nic *nic)
{
	nic->mtu = 9000;
}

static void up_change(struct xdpx_nic *nic)
{
	nic->up = false;
}

static void carrier_change(struct xdpx_nic *nic)
{
	nic->carrier = false;
}

static void speed_change(struct xdpx_nic *nic)
{
	nic->speed = 25000;
}

static void relation_change(struct xdpx_nic *nic, enum xdpx_relation relation)
{
	related[0] = (struct xdpx_related){.relation = relation, .index = 3, .netnsid = -1, .name = "br0"};
	related[1] = (struct xdpx_related){.relation = relation, .index = 4, .netnsid = 2, .name = ""};
	nic->related = (struct xdpx_nic_entries){.at = related, .count = 2};
}

static void lower_change(struct xdpx_nic *nic)
{
	relation_change(nic, XDPX_RELATION_LOWER);
}

static void upper_change(struct xdpx_nic *nic)
{
	relation_change(nic, XDPX_RELATION_UPPER);
}

static void peer_change(struct xdpx_nic *nic)
{
	relation_change(nic, XDPX_RELATION_PEER);
}

static void master_change(struct xdpx_nic *nic)
{
	relation_change(nic, XDPX_RELATION_MASTER);
}

static void member_change(struct xdpx_nic *nic)
{
	relation_change(nic, XDPX_RELATION_MEMBER);
}

static void program_change(struct xdpx_nic *nic)
{
	attachments[0] = (struct xdpx_attachment){
		.mode = XDPX_MODE_NATIVE, .prog_id = 12, .link_id = 5, .name = "ids", .tag = "", .owner_name = ""};
	attachments[1] = (struct xdpx_attachment){
		.mode = XDPX_MODE_OFFLOAD, .prog_id = 13, .name = "", .tag = "", .owner_name = ""};
	nic->attachments = (struct xdpx_nic_entries){.at = attachments, .count = 2};
}

static void queues_change(struct xdpx_nic *nic)
{
	nic->queues = (struct xdpx_queues){sizeof(nic->queues), 1, 2, 3, 4, 5, 6, 7, 0};
}

static void rings_change(struct xdpx_nic *nic)
{
	nic->rings = (struct xdpx_rings){sizeof(nic->rings), 1, 2, 3, 4, 5, 0};
}

static void coalesce_change(struct xdpx_nic *nic)
{
	nic->coalesce = (struct xdpx_coalesce){sizeof(nic->coalesce), 1, 2, 3, 4, 0, 1};
}

static void rss_table_change(struct xdpx_nic *nic)
{
	nic->rss.table = table;
	nic->rss.table_count = sizeof(table) / sizeof(table[0]);
}

static void rss_key_change(struct xdpx_nic *nic)
{
	nic->rss.key = key;
	nic->rss.key_bytes = sizeof(key);
}

static void rss_function_change(struct xdpx_nic *nic)
{
	nic->rss.function = 1;
}

static void rss_transform_change(struct xdpx_nic *nic)
{
	nic->rss.transform = 1;
}

static void versions_change(struct xdpx_nic *nic)
{
	versions[0] = (struct xdpx_version_entry){.kind = "running", .name = "fw", .value = "1.2"};
	versions[1] = (struct xdpx_version_entry){.kind = "stored", .name = "fw", .value = "1.3"};
	nic->versions = (struct xdpx_nic_entries){.at = versions, .count = 2};
}

static void private_flags_change(struct xdpx_nic *nic)
{
	flags[0] = (struct xdpx_private_flag){.name = "legacy-rx", .on = 1};
	flags[1] = (struct xdpx_private_flag){.name = "vf-true-promisc-support", .on = 0};
	nic->private_flags = (struct xdpx_nic_entries){.at = flags, .count = 2};
}

static const struct change {
	const char *name;
	void (*make)(struct xdpx_nic *nic);
	const char *before;
	const char *after;
} changes[] = {
	{"name", name_change, "unknown", "eth0"},
	{"index", index_change, "1", "7"},
	{"kind", kind_change, "physical", "veth"},
	{"driver", driver_change, "unknown", "ice"},
	{"firmware", firmware_change, "unknown", "4.20 0x8001"},
	{"bus", bus_change, "unknown", "pci"},
	{"bus-address", bus_address_change, "unknown", "0000:3b:00.0"},
	{"numa-node", numa_change, "unknown", "0"},
	{"netns", netns_change, "unknown", "4026531840"},
	{"mac", mac_change, "unknown", "02:00:00:00:00:fe"},
	{"mtu", mtu_change, "0", "9000"},
	{"up", up_change, "yes", "no"},
	{"carrier", carrier_change, "yes", "no"},
	{"speed", speed_change, "unknown", "25000 Mbit/s"},
	{"lower", lower_change, "none", "#3 br0, #4 in namespace 2"},
	{"upper", upper_change, "none", "#3 br0, #4 in namespace 2"},
	{"peer", peer_change, "none", "#3 br0, #4 in namespace 2"},
	{"master", master_change, "none", "#3 br0, #4 in namespace 2"},
	{"member", member_change, "none", "#3 br0, #4 in namespace 2"},
	{"program", program_change, "none", "native 12 ids by link 5, offload 13"},
	{"queues rx", queues_change, "unknown", "1"},
	{"queues tx", queues_change, "unknown", "2"},
	{"queues rx-max", queues_change, "unknown", "3"},
	{"queues tx-max", queues_change, "unknown", "4"},
	{"queues combined", queues_change, "unknown", "5"},
	{"queues combined-max", queues_change, "unknown", "6"},
	{"queues usable", queues_change, "unknown", "7"},
	{"rings rx", rings_change, "unknown", "1"},
	{"rings tx", rings_change, "unknown", "2"},
	{"rings rx-max", rings_change, "unknown", "3"},
	{"rings tx-max", rings_change, "unknown", "4"},
	{"rings rx-buffer-bytes", rings_change, "unknown", "5"},
	{"coalesce rx-usecs", coalesce_change, "unknown", "1"},
	{"coalesce rx-frames", coalesce_change, "unknown", "2"},
	{"coalesce tx-usecs", coalesce_change, "unknown", "3"},
	{"coalesce tx-frames", coalesce_change, "unknown", "4"},
	{"coalesce adaptive-rx", coalesce_change, "unknown", "0"},
	{"coalesce adaptive-tx", coalesce_change, "unknown", "1"},
	{"rss table", rss_table_change, "unknown", "0 1 2 10"},
	{"rss key", rss_key_change, "unknown", "6d:5a:01"},
	{"rss function", rss_function_change, "unknown", "toeplitz"},
	{"rss transform", rss_transform_change, "none", "0x1"},
	{"versions", versions_change, "unknown", "running fw 1.2, stored fw 1.3"},
	{"private-flags", private_flags_change, "unknown", "legacy-rx on, vf-true-promisc-support off"},
};
#define CHANGES (sizeof(changes) / sizeof(changes[0]))

static struct xdpx_nic_diff *diff_of(const struct xdpx_nic *before, const struct xdpx_nic *after)
{
	struct xdpx_nic_diff *diff;

	ck_assert_int_eq(xdpx_nic_diff_new(before, after, &diff), 0);
	return diff;
}

/* The differences hold one of this name, with these words. */
static void tells(const struct xdpx_nic_diff *diff, const char *name, const char *before, const char *after)
{
	struct xdpx_difference difference = {.size = sizeof(difference)};
	size_t i;

	for (i = 0; i < xdpx_nic_diff_count(diff); i++) {
		ck_assert_int_eq(xdpx_nic_diff_at(diff, i, &difference), 0);
		if (strcmp(difference.name, name))
			continue;
		ck_assert_str_eq(difference.before, before);
		ck_assert_str_eq(difference.after, after);
		return;
	}
	ck_abort_msg("no difference is named %s", name);
}

/* There, and back again. */
static void is_told(const struct xdpx_nic *old, const struct xdpx_nic *new, const char *name, const char *before,
		    const char *after)
{
	struct xdpx_nic_diff *diff = diff_of(old, new);

	tells(diff, name, before, after);
	xdpx_nic_diff_free(diff);
	diff = diff_of(new, old);
	tells(diff, name, after, before);
	xdpx_nic_diff_free(diff);
}

START_TEST(equal_snapshots_do_not_differ)
{
	struct xdpx_nic_diff *diff;
	struct xdpx_nic before;
	struct xdpx_nic after;
	size_t i;

	device_begin(&before);
	device_begin(&after);
	for (i = 0; i < CHANGES; i++) {
		changes[i].make(&before);
		changes[i].make(&after);
		diff = diff_of(&before, &after);
		ck_assert_uint_eq(xdpx_nic_diff_count(diff), 0);
		xdpx_nic_diff_free(diff);
	}
}
END_TEST

START_TEST(each_value_that_changes_is_told)
{
	struct xdpx_nic before;
	struct xdpx_nic after;
	size_t i;

	device_begin(&before);
	for (i = 0; i < CHANGES; i++) {
		device_begin(&after);
		changes[i].make(&after);
		is_told(&before, &after, changes[i].name, changes[i].before, changes[i].after);
	}
}
END_TEST

START_TEST(each_feature_that_changes_is_told)
{
	struct xdpx_nic before;
	struct xdpx_nic after;
	char name[64];
	int i;

	device_begin(&before);
	device_begin(&after);
	for (i = 0; xdpx_feature_name(i); i++) {
		snprintf(name, sizeof(name), "feature %s", xdpx_feature_name(i));
		before.answers[i].answer = XDPX_NO;
		is_told(&before, &after, name, "no", "unknown");
		after.answers[i].answer = XDPX_YES;
		is_told(&before, &after, name, "no", "yes");
	}
	ck_assert_int_eq(i, XDPX_NIC_FEATURES);
}
END_TEST

START_TEST(each_limit_that_changes_is_told)
{
	struct xdpx_nic before;
	struct xdpx_nic after;
	char name[64];
	int i;

	device_begin(&before);
	device_begin(&after);
	for (i = 0; xdpx_limit_name(i); i++) {
		snprintf(name, sizeof(name), "limit %s", xdpx_limit_name(i));
		after.numbers[i].value = 0;
		is_told(&before, &after, name, "unknown", "0");
		after.numbers[i].value = 3506;
		is_told(&before, &after, name, "unknown", "3506");
	}
	ck_assert_int_eq(i, XDPX_NIC_LIMITS);
}
END_TEST

START_TEST(each_offload_that_changes_is_told)
{
	struct xdpx_nic before;
	struct xdpx_nic after;
	char name[64];
	int i;

	device_begin(&before);
	device_begin(&after);
	before.header_split = 1;
	after.header_split = 2;
	for (i = 0; xdpx_offload_name(i); i++) {
		snprintf(name, sizeof(name), "offload %s", xdpx_offload_name(i));
		after.offloads.on |= 1U << i;
		is_told(&before, &after, name, "off", "on");
		if (i == XDPX_OFFLOAD_HEADER_SPLIT)
			continue;
		after.offloads.changeable &= ~(1U << i);
		is_told(&before, &after, name, "off", "on and fixed");
	}
	ck_assert_int_eq(i, XDPX_NIC_OFFLOADS);
}
END_TEST

static bool is_tested(const char *name)
{
	size_t i;

	for (i = 0; i < CHANGES; i++)
		if (!strcmp(changes[i].name, name))
			return true;
	return !strncmp(name, "feature ", 8) || !strncmp(name, "limit ", 6) || !strncmp(name, "offload ", 8);
}

START_TEST(no_row_is_left_out_here)
{
	const struct xdpx_nic_row *row;
	unsigned int at;
	char name[64];
	size_t i;

	for (i = 0; (row = xdpx_nic_row_at(i)); i++) {
		if (!row->entry)
			ck_assert_msg(is_tested(row->name), "%s", row->name);
		for (at = 0; row->entry && row->entry(at); at++) {
			snprintf(name, sizeof(name), "%s%s", row->name, row->entry(at));
			ck_assert_msg(is_tested(name), "%s", name);
		}
	}
}
END_TEST

START_TEST(long_values_are_told_whole)
{
	static uint32_t slots[2048];
	struct xdpx_nic before;
	struct xdpx_nic after;
	struct xdpx_difference difference = {.size = sizeof(difference)};
	struct xdpx_nic_diff *diff;

	device_begin(&before);
	device_begin(&after);
	after.rss.table = slots;
	after.rss.table_count = sizeof(slots) / sizeof(slots[0]);
	diff = diff_of(&before, &after);
	ck_assert_int_eq(xdpx_nic_diff_at(diff, 0, &difference), 0);
	ck_assert_uint_eq(strlen(difference.after), 2 * 2048 - 1);
	xdpx_nic_diff_free(diff);
}
END_TEST

START_TEST(counters_do_not_differ)
{
	struct xdpx_nic_diff *diff;
	struct xdpx_nic before;
	struct xdpx_nic after;

	device_begin(&before);
	device_begin(&after);
	after.qstats.rx_packets = 1000;
	diff = diff_of(&before, &after);
	ck_assert_uint_eq(xdpx_nic_diff_count(diff), 0);
	xdpx_nic_diff_free(diff);
}
END_TEST

START_TEST(bad_arguments_are_refused)
{
	struct xdpx_difference difference = {.size = sizeof(difference)};
	struct xdpx_nic_diff *diff = NULL;
	struct xdpx_nic nic;

	device_begin(&nic);
	ck_assert_int_eq(xdpx_nic_diff_new(NULL, &nic, &diff), -EINVAL);
	ck_assert_int_eq(xdpx_nic_diff_new(&nic, NULL, &diff), -EINVAL);
	ck_assert_ptr_null(diff);
	diff = diff_of(&nic, &nic);
	ck_assert_int_eq(xdpx_nic_diff_at(diff, 0, &difference), -ERANGE);
	ck_assert_str_eq(xdpx_error_last()->stage, "nic.diff");
	xdpx_nic_diff_free(diff);
	xdpx_nic_diff_free(NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("diff");
	TCase *tests = tcase_create("diff");

	tcase_add_test(tests, equal_snapshots_do_not_differ);
	tcase_add_test(tests, each_value_that_changes_is_told);
	tcase_add_test(tests, each_feature_that_changes_is_told);
	tcase_add_test(tests, each_limit_that_changes_is_told);
	tcase_add_test(tests, each_offload_that_changes_is_told);
	tcase_add_test(tests, no_row_is_left_out_here);
	tcase_add_test(tests, long_values_are_told_whole);
	tcase_add_test(tests, counters_do_not_differ);
	tcase_add_test(tests, bad_arguments_are_refused);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}

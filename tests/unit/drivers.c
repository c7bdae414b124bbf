/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The table of drivers: its rows are sound, and lookups heed driver, kernel and sizes. */
#include "nic/drivers.h"
#include "nic/nic.h"
#include "run.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

static const struct xdpx_nic_sizes usual = {
	.page = 4096,
	.mtu = 1500,
	.mtu_max = 9000,
	.rx_max = 16,
	.tx_max = 16,
	.combined_max = 8,
	.cpus = 2,
};

static void range_is_sound(const char *driver, uint32_t from, uint32_t to)
{
	ck_assert_str_ne(driver, "");
	ck_assert_msg(from >= XDPX_KERNEL(5, 10), "%s: begins with %u.%u", driver, from >> 8, from & 255);
	ck_assert_msg(!to || from <= to, "%s: ends before it begins", driver);
}

static void words_are_sound(const char *driver, const char *reason, const char *file)
{
	const char *suffix = strrchr(file, '.');

	ck_assert_msg(strlen(reason) > 10 && reason[strlen(reason) - 1] != '.', "%s: \"%s\"", driver, reason);
	ck_assert_msg(suffix && (!strcmp(suffix, ".c") || !strcmp(suffix, ".h")), "%s: %s", driver, file);
	ck_assert_msg(!strncmp(file, "drivers/net/", 12) || !strncmp(file, "net/", 4) || !strncmp(file, "include/", 8),
		      "%s: %s", driver, file);
}

START_TEST(every_row_has_its_range_its_reason_and_its_file)
{
	size_t i;

	ck_assert_uint_gt(xdpx_nic_rules_count, 100);
	for (i = 0; i < xdpx_nic_rules_count; i++) {
		range_is_sound(xdpx_nic_rules[i].driver, xdpx_nic_rules[i].from, xdpx_nic_rules[i].to);
		words_are_sound(xdpx_nic_rules[i].driver, xdpx_nic_rules[i].reason, xdpx_nic_rules[i].file);
	}
	ck_assert_uint_gt(xdpx_nic_limit_rules_count, 30);
	for (i = 0; i < xdpx_nic_limit_rules_count; i++) {
		range_is_sound(xdpx_nic_limit_rules[i].driver, xdpx_nic_limit_rules[i].from,
			       xdpx_nic_limit_rules[i].to);
		words_are_sound(xdpx_nic_limit_rules[i].driver, xdpx_nic_limit_rules[i].reason,
				xdpx_nic_limit_rules[i].file);
	}
}
END_TEST

static bool overlap(uint32_t from, uint32_t to, uint32_t other_from, uint32_t other_to)
{
	return (!to || other_from <= to) && (!other_to || from <= other_to);
}

START_TEST(no_two_rows_tell_of_one_thing_in_one_kernel)
{
	const struct xdpx_nic_limit_rule *limit, *other_limit;
	const struct xdpx_nic_rule *rule, *other;

	for (rule = xdpx_nic_rules; rule < xdpx_nic_rules + xdpx_nic_rules_count; rule++)
		for (other = xdpx_nic_rules; other < rule; other++)
			ck_assert_msg(rule->feature != other->feature || strcmp(rule->driver, other->driver) ||
					      !overlap(rule->from, rule->to, other->from, other->to),
				      "%s: two rows for %s", rule->driver, xdpx_feature_name(rule->feature));
	for (limit = xdpx_nic_limit_rules; limit < xdpx_nic_limit_rules + xdpx_nic_limit_rules_count; limit++)
		for (other_limit = xdpx_nic_limit_rules; other_limit < limit; other_limit++)
			ck_assert_msg(limit->limit != other_limit->limit ||
					      strcmp(limit->driver, other_limit->driver) ||
					      !overlap(limit->from, limit->to, other_limit->from, other_limit->to),
				      "%s: two rows for %s", limit->driver, xdpx_limit_name(limit->limit));
}
END_TEST

START_TEST(every_limit_has_a_value_that_can_be_and_keeps_to_its_page)
{
	static const int64_t pages[] = {4096, 16384, 65536};
	struct xdpx_nic_sizes sizes = usual;
	const struct xdpx_nic_limit_rule *rule;
	int64_t value;
	size_t i;

	for (rule = xdpx_nic_limit_rules; rule < xdpx_nic_limit_rules + xdpx_nic_limit_rules_count; rule++) {
		for (i = 0; i < sizeof(pages) / sizeof(pages[0]) && strcmp(rule->driver, "*"); i++) {
			sizes.page = pages[i];
			value = -1;
			ck_assert_msg(xdpx_nic_limit_find(rule->driver, rule->limit, rule->from, &sizes, &value) ==
					      rule,
				      "%s: %s is not found", rule->driver, xdpx_limit_name(rule->limit));
			ck_assert_msg(value >= 0 && value <= pages[i] * 19, "%s: %s is %lld", rule->driver,
				      xdpx_limit_name(rule->limit), (long long)value);
		}
	}
}
END_TEST

static void answers(const char *driver, enum xdpx_feature feature, uint32_t kernel, enum xdpx_answer answer)
{
	const struct xdpx_nic_rule *rule = xdpx_nic_rule_find(driver, feature, kernel);

	ck_assert_msg(rule && rule->answer == answer, "%s %s in %u.%u: %s", driver, xdpx_feature_name(feature),
		      kernel >> 8, kernel & 255, rule ? rule->reason : "no row");
}

static void silent(const char *driver, enum xdpx_feature feature, uint32_t kernel)
{
	const struct xdpx_nic_rule *rule = xdpx_nic_rule_find(driver, feature, kernel);

	ck_assert_msg(!rule, "%s in %u.%u: %s", driver, kernel >> 8, kernel & 255, rule ? rule->reason : "");
}

START_TEST(a_row_answers_for_its_own_kernels_only)
{
	silent("virtio_net", XDPX_FEATURE_ZEROCOPY, 0);
	silent("virtio_net", XDPX_FEATURE_ZEROCOPY, XDPX_KERNEL(5, 9));
	answers("virtio_net", XDPX_FEATURE_ZEROCOPY, XDPX_KERNEL(5, 10), XDPX_NO);
	answers("virtio_net", XDPX_FEATURE_ZEROCOPY, XDPX_KERNEL(5, 15), XDPX_NO);
	answers("virtio_net", XDPX_FEATURE_ZEROCOPY, XDPX_KERNEL(6, 1), XDPX_NO);
	answers("virtio_net", XDPX_FEATURE_ZEROCOPY, XDPX_KERNEL(6, 12), XDPX_NO);
	silent("virtio_net", XDPX_FEATURE_ZEROCOPY, XDPX_KERNEL(6, 13));
	silent("virtio_net", XDPX_FEATURE_ZEROCOPY, XDPX_KERNEL(6, 17));
	answers("virtio_net", XDPX_FEATURE_ZEROCOPY, XDPX_KERNEL(6, 18), XDPX_UNKNOWN);
	answers("virtio_net", XDPX_FEATURE_ZEROCOPY, XDPX_KERNEL(99, 255), XDPX_UNKNOWN);
}
END_TEST

START_TEST(what_the_kernel_lacks_no_driver_has)
{
	answers("never-heard-of", XDPX_FEATURE_RX_HASH, XDPX_KERNEL(6, 1), XDPX_NO);
	silent("never-heard-of", XDPX_FEATURE_RX_HASH, XDPX_KERNEL(6, 12));
	silent("", XDPX_FEATURE_NATIVE, XDPX_KERNEL(6, 12));
	silent("never-heard-of", (enum xdpx_feature)99, XDPX_KERNEL(6, 12));
}
END_TEST

START_TEST(a_driver_without_native_xdp_lacks_what_needs_it)
{
	answers("macvlan", XDPX_FEATURE_NATIVE, XDPX_KERNEL(6, 12), XDPX_NO);
	answers("macvlan", XDPX_FEATURE_TX, XDPX_KERNEL(6, 12), XDPX_NO);
	answers("macvlan", XDPX_FEATURE_ZEROCOPY, XDPX_KERNEL(6, 12), XDPX_NO);
	silent("macvlan", XDPX_FEATURE_REDIRECT, XDPX_KERNEL(6, 12));
	silent("macvlan", XDPX_FEATURE_DATA_META, XDPX_KERNEL(6, 12));
	answers("netkit", XDPX_FEATURE_ZEROCOPY, XDPX_KERNEL(7, 2), XDPX_UNKNOWN);
}
END_TEST

START_TEST(a_tap_is_not_a_tun)
{
	answers("tap", XDPX_FEATURE_NATIVE, XDPX_KERNEL(5, 10), XDPX_YES);
	answers("tun", XDPX_FEATURE_NATIVE, XDPX_KERNEL(5, 10), XDPX_NO);
}
END_TEST

static void limits(const char *driver, enum xdpx_limit limit, uint32_t kernel, const struct xdpx_nic_sizes *sizes,
		   int64_t expected)
{
	int64_t value = -1;

	ck_assert_msg(xdpx_nic_limit_find(driver, limit, kernel, sizes, &value), "%s: no %s", driver,
		      xdpx_limit_name(limit));
	ck_assert_msg(value == expected, "%s: %s is %lld, not %lld", driver, xdpx_limit_name(limit), (long long)value,
		      (long long)expected);
}

static void limitless(const char *driver, enum xdpx_limit limit, uint32_t kernel, const struct xdpx_nic_sizes *sizes)
{
	int64_t value = -77;

	ck_assert_ptr_null(xdpx_nic_limit_find(driver, limit, kernel, sizes, &value));
	ck_assert_int_eq(value, -77);
}

#if defined(__x86_64__) || defined(__aarch64__)
START_TEST(limits_of_the_mtu_follow_the_page)
{
	struct xdpx_nic_sizes large = usual;

	large.page = 16384;
	limits("veth", XDPX_LIMIT_MTU_NATIVE, XDPX_KERNEL(6, 12), &usual, 3506);
	limits("veth", XDPX_LIMIT_MTU_NATIVE_FRAGS, XDPX_KERNEL(6, 12), &usual, 3506 + 17 * 4096);
	limits("veth", XDPX_LIMIT_MTU_NATIVE, XDPX_KERNEL(6, 12), &large, 3506 + 12288);
	limits("virtio_net", XDPX_LIMIT_MTU_NATIVE, XDPX_KERNEL(6, 12), &usual, 3506);
	limits("ixgbe", XDPX_LIMIT_MTU_NATIVE, XDPX_KERNEL(6, 12), &usual, 3050);
	limits("ixgbe", XDPX_LIMIT_MTU_NATIVE, XDPX_KERNEL(6, 12), &large, 2026);
	limitless("veth", XDPX_LIMIT_MTU_NATIVE_FRAGS, XDPX_KERNEL(5, 10), &usual);
}
END_TEST

START_TEST(of_the_headroom_the_kernel_keeps_a_part)
{
	limits("veth", XDPX_LIMIT_HEADROOM, XDPX_KERNEL(6, 12), &usual, 216);
	limits("ixgbe", XDPX_LIMIT_HEADROOM, XDPX_KERNEL(6, 12), &usual, 152);
	limits("generic", XDPX_LIMIT_HEADROOM, XDPX_KERNEL(6, 1), &usual, 202);
}
END_TEST

START_TEST(metadata_is_bounded_by_kernel_and_headroom)
{
	limits("veth", XDPX_LIMIT_DATA_META, XDPX_KERNEL(6, 1), &usual, 32);
	limits("veth", XDPX_LIMIT_DATA_META, XDPX_KERNEL(6, 12), &usual, 216);
	limits("ixgbe", XDPX_LIMIT_DATA_META, XDPX_KERNEL(6, 12), &usual, 152);
	limitless("never-heard-of", XDPX_LIMIT_DATA_META, XDPX_KERNEL(6, 12), &usual);
	limitless("hv_netvsc", XDPX_LIMIT_DATA_META, XDPX_KERNEL(6, 12), &usual);
}
END_TEST

START_TEST(the_tailroom_shrinks_as_the_mtu_grows)
{
	struct xdpx_nic_sizes sizes = usual;

	limits("ixgbe", XDPX_LIMIT_TAILROOM, XDPX_KERNEL(6, 12), &sizes, 22);
	sizes.mtu = 3000;
	limits("ixgbe", XDPX_LIMIT_TAILROOM, XDPX_KERNEL(6, 12), &sizes, 570);
	sizes.mtu = 9000;
	limitless("ixgbe", XDPX_LIMIT_TAILROOM, XDPX_KERNEL(6, 12), &sizes);
}
END_TEST
#endif

START_TEST(queues_for_xdp_are_what_the_channels_leave)
{
	struct xdpx_nic_sizes sizes = usual;

	limits("virtio_net", XDPX_LIMIT_QUEUES_XDP, XDPX_KERNEL(6, 12), &sizes, 6);
	sizes.cpus = 8;
	limits("virtio_net", XDPX_LIMIT_QUEUES_XDP, XDPX_KERNEL(6, 12), &sizes, 0);
	sizes.cpus = 129;
	limits("ixgbe", XDPX_LIMIT_QUEUES_XDP, XDPX_KERNEL(6, 12), &sizes, 0);
}
END_TEST

START_TEST(a_size_that_is_not_known_gives_no_limit)
{
	struct xdpx_nic_sizes sizes = usual;

	sizes.mtu_max = -1;
	limitless("virtio_net", XDPX_LIMIT_MTU_NATIVE_FRAGS, XDPX_KERNEL(6, 12), &sizes);
	sizes.rx_max = sizes.tx_max = sizes.combined_max = -1;
	limitless("virtio_net", XDPX_LIMIT_QUEUES_XDP, XDPX_KERNEL(6, 12), &sizes);
	limitless("veth", XDPX_LIMIT_ZEROCOPY_SEGMENTS, XDPX_KERNEL(6, 12), &sizes);
}
END_TEST

START_TEST(sizes_are_those_of_the_snapshot_and_of_this_machine)
{
	struct xdpx_nic nic = {.mtu = 1400, .channels = {.known = true, .combined_max = 4}};
	struct xdpx_nic_machine machine;
	struct xdpx_nic_sizes sizes;

	ck_assert_int_eq(xdpx_nic_machine_find(&machine), 0);
	xdpx_nic_sizes_find(&nic, &machine, &sizes);
	ck_assert_int_eq(sizes.mtu, 1400);
	ck_assert_int_eq(sizes.mtu_max, -1);
	ck_assert_int_eq(sizes.combined_max, 4);
	ck_assert_int_ge(sizes.page, 4096);
	ck_assert_int_ge(sizes.cpus, 1);
	nic.channels.known = false;
	xdpx_nic_sizes_find(&nic, &machine, &sizes);
	ck_assert_int_eq(sizes.combined_max, -1);
}
END_TEST

START_TEST(the_running_kernel_is_the_one_that_uname_tells)
{
	struct xdpx_nic_machine machine;
	struct utsname name;
	uint32_t kernel;
	char begin[32];

	ck_assert_int_eq(xdpx_nic_machine_find(&machine), 0);
	kernel = machine.kernel;
	ck_assert_int_eq(uname(&name), 0);
	snprintf(begin, sizeof(begin), "%u.%u", kernel >> 8, kernel & 255);
	ck_assert_msg(!strncmp(name.release, begin, strlen(begin)), "%s is not %s", begin, name.release);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("drivers");
	TCase *table = tcase_create("table");
	TCase *lookup = tcase_create("lookup");

	tcase_add_test(table, every_row_has_its_range_its_reason_and_its_file);
	tcase_add_test(table, no_two_rows_tell_of_one_thing_in_one_kernel);
	tcase_add_test(table, every_limit_has_a_value_that_can_be_and_keeps_to_its_page);
	tcase_add_test(lookup, a_row_answers_for_its_own_kernels_only);
	tcase_add_test(lookup, what_the_kernel_lacks_no_driver_has);
	tcase_add_test(lookup, a_driver_without_native_xdp_lacks_what_needs_it);
	tcase_add_test(lookup, a_tap_is_not_a_tun);
#if defined(__x86_64__) || defined(__aarch64__)
	tcase_add_test(lookup, limits_of_the_mtu_follow_the_page);
	tcase_add_test(lookup, of_the_headroom_the_kernel_keeps_a_part);
	tcase_add_test(lookup, metadata_is_bounded_by_kernel_and_headroom);
	tcase_add_test(lookup, the_tailroom_shrinks_as_the_mtu_grows);
#endif
	tcase_add_test(lookup, queues_for_xdp_are_what_the_channels_leave);
	tcase_add_test(lookup, a_size_that_is_not_known_gives_no_limit);
	tcase_add_test(lookup, sizes_are_those_of_the_snapshot_and_of_this_machine);
	tcase_add_test(lookup, the_running_kernel_is_the_one_that_uname_tells);
	suite_add_tcase(suite, table);
	suite_add_tcase(suite, lookup);
	return run_suite(suite);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What a snapshot says, of what its sources told: each value, and each reason that names what could be done about it.
 */
#include "nic/drivers.h"
#include "nic/netdev.h"
#include "nic/rss.h"
#include "nic/sources.h"
#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NATIVE (XDPX_NETDEV_BASIC | XDPX_NETDEV_REDIRECT)

static struct xdpx_nic_machine machine = {.xsk = XDPX_YES, .kernel = XDPX_KERNEL(6, 12), .page = 4096, .cpus = 2};

/* A device of which nothing is known but its driver, which is its kind where `soft`. */
static struct xdpx_nic *device(const char *driver, bool soft)
{
	struct xdpx_nic *nic = malloc(sizeof(*nic));

	ck_assert_ptr_nonnull(nic);
	xdpx_nic_begin(nic);
	strcpy(nic->driver, driver);
	if (soft)
		strcpy(nic->kind, driver);
	return nic;
}

static void features_set(struct xdpx_nic *nic, uint64_t xdp)
{
	nic->netdev = (struct xdpx_nic_netdev){.seen = true, .xdp_known = true, .xdp = xdp};
	nic->parts[XDPX_PART_FEATURES].state = 0;
}

static void settle(struct xdpx_nic *nic)
{
	xdpx_nic_parts_settle(nic);
	xdpx_nic_queues_settle(nic);
	xdpx_nic_answers_settle(nic, &machine);
	xdpx_nic_limits_settle(nic, &machine);
}

static void related_add(struct xdpx_nic *nic, enum xdpx_relation relation, uint32_t index, const char *name)
{
	struct xdpx_related *related = xdpx_nic_entry_add(&nic->related, sizeof(*related));

	ck_assert_ptr_nonnull(related);
	related->relation = relation;
	related->index = index;
	related->name = name;
}

static void says(const char *sentence, const char *part)
{
	ck_assert_msg(strstr(sentence, part), "\"%s\" is not in \"%s\"", part, sentence);
}

static void answer_is(const struct xdpx_nic *nic, enum xdpx_feature feature, enum xdpx_answer answer, const char *part)
{
	ck_assert_msg(xdpx_nic_can(nic, feature) == answer, "%s: %s", xdpx_feature_name(feature),
		      xdpx_nic_why(nic, feature));
	ck_assert_int_eq(xdpx_nic_source(nic, feature) == XDPX_SOURCE_NONE, answer == XDPX_UNKNOWN);
	says(xdpx_nic_why(nic, feature), part);
}

START_TEST(bounds_of_the_mtu_are_rtnetlinks)
{
	struct xdpx_nic *nic = device("", false);

	nic->mtu_max = 9000;
	settle(nic);
	ck_assert_int_eq(xdpx_nic_limit(nic, XDPX_LIMIT_MTU_MIN), 0);
	ck_assert_int_eq(xdpx_nic_limit(nic, XDPX_LIMIT_MTU_MAX), 9000);
	ck_assert_int_eq(xdpx_nic_limit_source(nic, XDPX_LIMIT_MTU_MIN), XDPX_SOURCE_RTNETLINK);
	nic->mtu_min = 68;
	nic->mtu_max = 0;
	settle(nic);
	ck_assert_int_eq(xdpx_nic_limit(nic, XDPX_LIMIT_MTU_MIN), 68);
	ck_assert_int_eq(xdpx_nic_limit(nic, XDPX_LIMIT_MTU_MAX), -1);
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(descriptors_of_zero_copy_are_netdevs)
{
	struct xdpx_nic *nic = device("", false);

	features_set(nic, NATIVE);
	settle(nic);
	ck_assert_int_eq(xdpx_nic_limit(nic, XDPX_LIMIT_ZEROCOPY_SEGMENTS), -1);
	says(xdpx_nic_limit_why(nic, XDPX_LIMIT_ZEROCOPY_SEGMENTS), "there is no zero-copy");
	answer_is(nic, XDPX_FEATURE_ZEROCOPY_FRAGS, XDPX_NO, "does not have AF_XDP zero-copy");

	features_set(nic, NATIVE | XDPX_NETDEV_ZEROCOPY);
	settle(nic);
	says(xdpx_nic_limit_why(nic, XDPX_LIMIT_ZEROCOPY_SEGMENTS), "6.6");
	answer_is(nic, XDPX_FEATURE_ZEROCOPY_FRAGS, XDPX_UNKNOWN, "6.6");

	nic->netdev.zerocopy_segments = 1;
	settle(nic);
	ck_assert_int_eq(xdpx_nic_limit(nic, XDPX_LIMIT_ZEROCOPY_SEGMENTS), 1);
	ck_assert_int_eq(xdpx_nic_limit_source(nic, XDPX_LIMIT_ZEROCOPY_SEGMENTS), XDPX_SOURCE_NETDEV);
	answer_is(nic, XDPX_FEATURE_ZEROCOPY_FRAGS, XDPX_NO, "1 descriptors a packet");
	nic->netdev.zerocopy_segments = 2;
	settle(nic);
	answer_is(nic, XDPX_FEATURE_ZEROCOPY_FRAGS, XDPX_YES, "2 descriptors a packet");
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(without_native_xdp_its_limits_do_not_apply_and_the_others_are_those_of_generic)
{
	static const enum xdpx_limit natives[] = {XDPX_LIMIT_MTU_NATIVE, XDPX_LIMIT_MTU_NATIVE_FRAGS,
						  XDPX_LIMIT_QUEUES_XDP};
	struct xdpx_nic *nic = device("ice", false);
	struct xdpx_nic_sizes sizes;
	int64_t headroom = -1;
	size_t i;

	nic->mtu = 1500;
	features_set(nic, 0);
	settle(nic);
	for (i = 0; i < sizeof(natives) / sizeof(natives[0]); i++) {
		ck_assert_int_eq(xdpx_nic_limit(nic, natives[i]), -1);
		says(xdpx_nic_limit_why(nic, natives[i]), "does not apply");
	}
	xdpx_nic_sizes_find(nic, &machine, &sizes);
	ck_assert_ptr_nonnull(xdpx_nic_limit_find("generic", XDPX_LIMIT_HEADROOM, machine.kernel, &sizes, &headroom));
	ck_assert_int_eq(xdpx_nic_limit(nic, XDPX_LIMIT_HEADROOM), headroom);
	ck_assert_int_eq(xdpx_nic_limit_source(nic, XDPX_LIMIT_HEADROOM), XDPX_SOURCE_TABLE);
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(limits_of_native_programs_are_the_tables_of_the_driver)
{
	struct xdpx_nic *nic = device("ice", false);
	struct xdpx_nic_sizes sizes;
	int64_t mtu = -1;

	nic->mtu = 1500;
	nic->mtu_max = 9702;
	features_set(nic, NATIVE);
	settle(nic);
	xdpx_nic_sizes_find(nic, &machine, &sizes);
	ck_assert_ptr_nonnull(xdpx_nic_limit_find("ice", XDPX_LIMIT_MTU_NATIVE, machine.kernel, &sizes, &mtu));
	ck_assert_int_eq(xdpx_nic_limit(nic, XDPX_LIMIT_MTU_NATIVE), mtu);
	ck_assert_int_eq(xdpx_nic_limit_source(nic, XDPX_LIMIT_MTU_NATIVE), XDPX_SOURCE_TABLE);
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(a_tap_without_fds_has_the_one_queue_that_the_kernel_keeps)
{
	struct xdpx_nic *nic = device("tun", false);

	nic->channels = (struct xdpx_nic_channels){.known = true, .combined_max = 256};
	settle(nic);
	ck_assert_uint_eq(nic->queues.rx, 1);
	ck_assert_uint_eq(nic->queues.tx, 1);
	ck_assert_uint_eq(nic->queues.usable, 1);
	ck_assert_uint_eq(nic->queues.rx_max, 256);
	ck_assert_uint_eq(nic->queues.tx_max, 256);
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(without_channels_queues_are_those_that_the_device_was_made_with)
{
	struct xdpx_nic *nic = device("", false);

	nic->allocated = (struct xdpx_nic_counts){.known = true, .rx = 2, .tx = 3};
	settle(nic);
	ck_assert_uint_eq(nic->queues.rx, 2);
	ck_assert_uint_eq(nic->queues.tx, 3);
	ck_assert_uint_eq(nic->queues.rx_max, 2);
	ck_assert_uint_eq(nic->queues.tx_max, 3);
	ck_assert_uint_eq(nic->queues.usable, 3);
	says(xdpx_nic_queues_why(nic), "rtnetlink");
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(a_part_says_why_it_is_not_known)
{
	static const struct {
		int state;
		const char *words;
	} cases[] = {
		{XDPX_NIC_PART_UNTOLD, "has no devlink"},
		{-ENODEV, "has no devlink"},
		{-EOPNOTSUPP, "this kernel does not have the request"},
		{-ENOENT, "the kernel does not have the family, which came with Linux 4.6"},
		{-EPERM, "that takes more privileges"},
		{-EIO, "Input/output error"},
	};
	struct xdpx_nic *nic = device("", false);
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		nic->parts[XDPX_PART_VERSIONS].state = cases[i].state;
		settle(nic);
		says(xdpx_nic_part_why(nic, XDPX_PART_VERSIONS), cases[i].words);
	}
	xdpx_nic_free(nic);
}
END_TEST

static void version_add(struct xdpx_nic *nic, const char *kind, const char *name, const char *value)
{
	struct xdpx_version_entry *entry = xdpx_nic_entry_add(&nic->versions, sizeof(*entry));

	ck_assert_ptr_nonnull(entry);
	entry->kind = kind;
	entry->name = name;
	entry->value = value;
}

START_TEST(the_firmware_is_the_running_one_and_of_the_whole_before_its_parts)
{
	struct xdpx_nic *nic = device("", false);

	version_add(nic, "stored", "fw", "1");
	version_add(nic, "running", "fw.mgmt", "2");
	xdpx_nic_driver_find(nic, -1);
	ck_assert_str_eq(xdpx_nic_firmware(nic), "2");
	version_add(nic, "running", "fw", "3");
	nic->firmware[0] = '\0';
	xdpx_nic_driver_find(nic, -1);
	ck_assert_str_eq(xdpx_nic_firmware(nic), "3");
	/* the driver's own word, which the ioctl gave, stays */
	strcpy(nic->firmware, "4");
	xdpx_nic_driver_find(nic, -1);
	ck_assert_str_eq(xdpx_nic_firmware(nic), "4");
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(what_a_veth_does_not_do_is_its_peers_matter)
{
	struct xdpx_nic *nic = device("veth", true);

	features_set(nic, NATIVE);
	settle(nic);
	answer_is(nic, XDPX_FEATURE_NATIVE, XDPX_YES, "");
	answer_is(nic, XDPX_FEATURE_REDIRECT_TARGET, XDPX_NO, "once its peer has GRO on ('ethtool -K PEER gro on')");
	answer_is(nic, XDPX_FEATURE_TX, XDPX_NO, "once its peer runs a native XDP program, too");
	related_add(nic, XDPX_RELATION_PEER, 7, "");
	settle(nic);
	answer_is(nic, XDPX_FEATURE_REDIRECT_TARGET, XDPX_NO, "index 7 in another network namespace");
	((struct xdpx_related *)nic->related.at)->name = "v1";
	settle(nic);
	answer_is(nic, XDPX_FEATURE_TARGET_FRAGS, XDPX_NO, "once its peer v1 has GRO on ('ethtool -K v1 gro on')");

	features_set(nic, NATIVE | XDPX_NETDEV_NDO_XMIT | XDPX_NETDEV_NDO_XMIT_SG);
	settle(nic);
	answer_is(nic, XDPX_FEATURE_REDIRECT_TARGET, XDPX_YES, "");
	answer_is(nic, XDPX_FEATURE_TARGET_FRAGS, XDPX_YES, "");
	answer_is(nic, XDPX_FEATURE_TX, XDPX_UNKNOWN, "it takes a native XDP program on its peer v1");
	nic->place.lower_native = XDPX_NO;
	settle(nic);
	answer_is(nic, XDPX_FEATURE_TX, XDPX_NO, "GRO there is not enough");
	nic->place.lower_native = XDPX_YES;
	settle(nic);
	answer_is(nic, XDPX_FEATURE_TX, XDPX_YES, "");

	features_set(nic, 0);
	settle(nic);
	answer_is(nic, XDPX_FEATURE_NATIVE, XDPX_NO, "its peer v1 has no more transmit queues");
	answer_is(nic, XDPX_FEATURE_TX, XDPX_YES, "generic mode");
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(virtio_net_is_a_target_once_it_runs_a_program)
{
	struct xdpx_nic *nic = device("virtio_net", false);

	features_set(nic, NATIVE);
	settle(nic);
	answer_is(nic, XDPX_FEATURE_REDIRECT_TARGET, XDPX_NO, "once it runs a native XDP program itself");
	features_set(nic, NATIVE | XDPX_NETDEV_NDO_XMIT);
	settle(nic);
	answer_is(nic, XDPX_FEATURE_REDIRECT_TARGET, XDPX_YES, "");
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(a_bond_without_members_may_still_run_programs)
{
	struct xdpx_nic *nic = device("bond", true);

	features_set(nic, 0);
	settle(nic);
	answer_is(nic, XDPX_FEATURE_NATIVE, XDPX_UNKNOWN, "it has none now");
	answer_is(nic, XDPX_FEATURE_REDIRECT, XDPX_UNKNOWN, "it has none now");
	related_add(nic, XDPX_RELATION_MEMBER, 3, "eth1");
	settle(nic);
	answer_is(nic, XDPX_FEATURE_NATIVE, XDPX_NO, "does not run XDP programs");
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(a_redirect_to_a_vlan_is_to_go_to_the_device_below)
{
	struct xdpx_nic *nic = device("vlan", true);

	features_set(nic, 0);
	related_add(nic, XDPX_RELATION_LOWER, 3, "eth1");
	settle(nic);
	answer_is(nic, XDPX_FEATURE_REDIRECT_TARGET, XDPX_NO, "redirect to eth1, below it");
	((struct xdpx_related *)nic->related.at)->name = "";
	settle(nic);
	answer_is(nic, XDPX_FEATURE_REDIRECT_TARGET, XDPX_NO, "redirect to the device, below it");
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(af_xdp_with_a_copy_is_the_kernels_own_matter)
{
	static const char *const words[] = {"could not be tried", "CONFIG_XDP_SOCKETS", "to any device"};
	struct xdpx_nic *nic = device("", false);

	machine.xsk = (enum xdpx_answer)_i;
	settle(nic);
	answer_is(nic, XDPX_FEATURE_XSK_COPY, (enum xdpx_answer)_i, words[_i]);
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(one_receive_queue_gets_both_directions)
{
	struct xdpx_nic *nic = device("", false);

	nic->listed = (struct xdpx_nic_counts){.known = true, .rx = 1, .tx = 4};
	settle(nic);
	answer_is(nic, XDPX_FEATURE_RSS_SYMMETRIC, XDPX_YES, "one receive queue");
	nic->listed.rx = 2;
	nic->parts[XDPX_PART_RSS].state = -EPERM;
	settle(nic);
	answer_is(nic, XDPX_FEATURE_RSS_SYMMETRIC, XDPX_UNKNOWN, "privileges");
	nic->parts[XDPX_PART_RSS].state = 0;
	settle(nic);
	answer_is(nic, XDPX_FEATURE_RSS_SYMMETRIC, XDPX_UNKNOWN, "not Toeplitz, or has no key");
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(what_the_table_calls_unknown_has_its_reason_and_no_source)
{
	struct xdpx_nic *nic = device("veth", true);

	settle(nic);
	answer_is(nic, XDPX_FEATURE_TAIL_GROW, XDPX_UNKNOWN, "table of drivers");
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(settings_are_blamed_only_where_the_kernel_said_no)
{
	struct xdpx_nic *nic = device("veth", true);

	settle(nic);
	ck_assert_ptr_null(strstr(xdpx_nic_why(nic, XDPX_FEATURE_TX), "its peer"));
	ck_assert_int_ne(xdpx_nic_source(nic, XDPX_FEATURE_REDIRECT_TARGET), XDPX_SOURCE_NETDEV);
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(a_key_that_is_too_short_to_repeat_tells_no_symmetry)
{
	static uint8_t key[] = {0x6d, 0x5a};
	struct xdpx_nic nic = {.rss = {.key = key, .key_bytes = sizeof(key), .function = 1}};

	ck_assert_int_eq(xdpx_nic_rss_symmetry(&nic), XDPX_NIC_SYMMETRY_NONE);
}
END_TEST

static struct xdpx_nic *list_device(struct xdpx_nic_list *list, uint32_t index, const char *kind, uint32_t lower)
{
	struct xdpx_nic *nic = xdpx_nic_list_add(list);

	ck_assert_ptr_nonnull(nic);
	nic->index = index;
	nic->place.lower = lower;
	strcpy(nic->kind, kind);
	snprintf(nic->name, sizeof(nic->name), "nic%u", index);
	return nic;
}

static void relation_is(const struct xdpx_nic_list *list, uint32_t index, size_t at,
			const struct xdpx_related *expected)
{
	struct xdpx_related entry = {.size = sizeof(entry)};

	ck_assert_int_eq(xdpx_nic_related(xdpx_nic_list_find(list, index), at, &entry), 0);
	ck_assert_uint_eq(entry.relation, expected->relation);
	ck_assert_uint_eq(entry.index, expected->index);
	ck_assert_int_eq(entry.netnsid, expected->netnsid);
	ck_assert_str_eq(entry.name, expected->name);
}

static size_t relations(const struct xdpx_nic_list *list, uint32_t index)
{
	return xdpx_nic_related_count(xdpx_nic_list_find(list, index));
}

#define RELATED(what, at, id, called)                                                        \
	&(const struct xdpx_related)                                                         \
	{                                                                                    \
		.relation = XDPX_RELATION_##what, .index = at, .netnsid = id, .name = called \
	}

START_TEST(devices_are_related_by_what_they_say_of_each_other)
{
	struct xdpx_nic_list list = {.count = 0};

	list_device(&list, 2, "netkit", 3);
	list_device(&list, 3, "netkit", 2);
	list_device(&list, 4, "vlan", 2)->place.lower_netnsid = 5;
	list_device(&list, 5, "vlan", 2)->place.master = 6;
	list_device(&list, 6, "bridge", 0)->place.master = 99;
	ck_assert_int_eq(xdpx_nic_relate(NULL, NULL, &list), 0);

	ck_assert_uint_eq(relations(&list, 2), 2);
	relation_is(&list, 2, 0, RELATED(PEER, 3, -1, "nic3"));
	relation_is(&list, 2, 1, RELATED(UPPER, 5, -1, "nic5"));
	ck_assert_uint_eq(relations(&list, 3), 1);
	relation_is(&list, 3, 0, RELATED(PEER, 2, -1, "nic2"));
	/* the index is one of another namespace */
	ck_assert_uint_eq(relations(&list, 4), 1);
	relation_is(&list, 4, 0, RELATED(LOWER, 2, 5, ""));
	ck_assert_uint_eq(relations(&list, 5), 2);
	relation_is(&list, 5, 0, RELATED(LOWER, 2, -1, "nic2"));
	relation_is(&list, 5, 1, RELATED(MASTER, 6, -1, "nic6"));
	ck_assert_uint_eq(relations(&list, 6), 2);
	relation_is(&list, 6, 0, RELATED(MASTER, 99, -1, ""));
	relation_is(&list, 6, 1, RELATED(MEMBER, 5, -1, "nic5"));
	xdpx_nic_list_end(&list);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("settle");
	TCase *limits = tcase_create("limits");
	TCase *queues = tcase_create("queues");
	TCase *answers = tcase_create("answers");

	tcase_add_test(limits, bounds_of_the_mtu_are_rtnetlinks);
	tcase_add_test(limits, descriptors_of_zero_copy_are_netdevs);
	tcase_add_test(limits, without_native_xdp_its_limits_do_not_apply_and_the_others_are_those_of_generic);
	tcase_add_test(limits, limits_of_native_programs_are_the_tables_of_the_driver);
	tcase_add_test(queues, a_tap_without_fds_has_the_one_queue_that_the_kernel_keeps);
	tcase_add_test(queues, without_channels_queues_are_those_that_the_device_was_made_with);
	tcase_add_test(answers, a_part_says_why_it_is_not_known);
	tcase_add_test(answers, the_firmware_is_the_running_one_and_of_the_whole_before_its_parts);
	tcase_add_test(answers, what_a_veth_does_not_do_is_its_peers_matter);
	tcase_add_test(answers, virtio_net_is_a_target_once_it_runs_a_program);
	tcase_add_test(answers, a_bond_without_members_may_still_run_programs);
	tcase_add_test(answers, a_redirect_to_a_vlan_is_to_go_to_the_device_below);
	tcase_add_loop_test(answers, af_xdp_with_a_copy_is_the_kernels_own_matter, 0, XDPX_YES + 1);
	tcase_add_test(answers, one_receive_queue_gets_both_directions);
	tcase_add_test(answers, what_the_table_calls_unknown_has_its_reason_and_no_source);
	tcase_add_test(answers, settings_are_blamed_only_where_the_kernel_said_no);
	tcase_add_test(answers, a_key_that_is_too_short_to_repeat_tells_no_symmetry);
	tcase_add_test(answers, devices_are_related_by_what_they_say_of_each_other);
	suite_add_tcase(suite, limits);
	suite_add_tcase(suite, queues);
	suite_add_tcase(suite, answers);
	return run_suite(suite);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What needs no device: names, the choice among sources, answers and their reasons. */
#include "nic/nic.h"
#include "nic/drivers.h"
#include "run.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xdpx/error.h>

static void refused(const char *name, const char *sentence_part)
{
	struct xdpx_nic untouched;
	struct xdpx_nic *nic = &untouched;

	ck_assert_int_eq(xdpx_nic_open(name, NULL, &nic), -EINVAL);
	ck_assert_ptr_eq(nic, &untouched);
	ck_assert_str_eq(xdpx_error_last()->stage, "nic.name");
	ck_assert_msg(strstr(xdpx_error_last()->message, sentence_part), "%s", xdpx_error_last()->message);
	ck_assert_str_ne(xdpx_error_last()->hint, "");
}

START_TEST(malformed_names_are_refused_in_words)
{
	char longest[128 + 1];

	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	refused(NULL, "NULL");
	refused("", "empty");
	refused(longest, "128 bytes");
}
END_TEST

START_TEST(malformed_indices_are_refused_in_words)
{
	static const char *const names[] = {"#",	   "#0",	  "#-1", "#+1",
					    "# 1",	   "#1 ",	  "#1a", "#abc",
					    "#2147483648", "#4294967297", "##1", "#18446744073709551617"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		refused(names[i], "is not a device index");
}
END_TEST

START_TEST(an_index_is_read_as_a_number)
{
	struct xdpx_nic_target target;

	ck_assert_int_eq(xdpx_nic_target_read("#2147483647", &target), 0);
	ck_assert_uint_eq(target.index, 2147483647);
	ck_assert_str_eq(target.name, "");
	ck_assert_int_eq(xdpx_nic_target_read("eth0", &target), 0);
	ck_assert_uint_eq(target.index, 0);
	ck_assert_str_eq(target.name, "eth0");
}
END_TEST

START_TEST(bad_options_are_refused)
{
	struct xdpx_nic_opts opts = {.size = 0};
	struct xdpx_nic_list *list;
	struct xdpx_nic *nic;

	ck_assert_int_eq(xdpx_nic_open("lo", &opts, &nic), -EINVAL);
	opts.size = sizeof(opts);
	opts.flags = 1;
	ck_assert_int_eq(xdpx_nic_open("lo", &opts, &nic), -EINVAL);
	ck_assert_int_eq(xdpx_nic_list_new(&opts, &list), -EINVAL);
}
END_TEST

START_TEST(devices_in_any_order_are_sorted_and_found)
{
	static const uint32_t indices[] = {7, 2, 900, 1, 3};
	struct xdpx_nic_list *list = calloc(1, sizeof(*list));
	size_t i;

	ck_assert_ptr_nonnull(list);
	xdpx_nic_list_sort(list);
	ck_assert_ptr_null(xdpx_nic_list_find(list, 1));
	for (i = 0; i < 5; i++)
		xdpx_nic_list_add(list)->index = indices[i];
	xdpx_nic_list_sort(list);
	for (i = 0; i < 5; i++)
		ck_assert_uint_eq(xdpx_nic_list_find(list, indices[i])->index, indices[i]);
	ck_assert_uint_eq(xdpx_nic_index(xdpx_nic_list_at(list, 0)), 1);
	ck_assert_uint_eq(xdpx_nic_index(xdpx_nic_list_at(list, 4)), 900);
	ck_assert_ptr_null(xdpx_nic_list_find(list, 4));
	xdpx_nic_list_free(list);
}
END_TEST

START_TEST(queues_come_from_the_netdev_list_before_any_other_source)
{
	struct xdpx_nic nic = {
		.listed = {.known = true, .rx = 2, .tx = 3},
		.channels = {.known = true, .rx = 7, .tx = 7, .rx_max = 8, .tx_max = 9},
		.allocated = {.known = true, .rx = 16, .tx = 16},
	};
	struct xdpx_queues queues = {.size = sizeof(queues)};

	xdpx_nic_queues_settle(&nic);
	ck_assert_int_eq(xdpx_nic_queues(&nic, &queues), 0);
	ck_assert_uint_eq(queues.rx, 2);
	ck_assert_uint_eq(queues.tx, 3);
	ck_assert_uint_eq(queues.usable, 3);
	ck_assert_uint_eq(queues.rx_max, 8);
	ck_assert_uint_eq(queues.tx_max, 9);
	ck_assert_ptr_nonnull(strstr(xdpx_nic_queues_why(&nic), "netdev netlink"));
}
END_TEST

START_TEST(combined_channels_count_as_receive_and_transmit_queues)
{
	struct xdpx_nic nic = {
		.channels = {.known = true, .rx = 1, .combined = 4, .combined_max = 8, .rx_max = 2},
		.allocated = {.known = true, .rx = 16, .tx = 16},
	};

	xdpx_nic_queues_settle(&nic);
	ck_assert_uint_eq(nic.queues.rx, 5);
	ck_assert_uint_eq(nic.queues.tx, 4);
	ck_assert_uint_eq(nic.queues.usable, 5);
	ck_assert_uint_eq(nic.queues.combined, 4);
	ck_assert_uint_eq(nic.queues.combined_max, 8);
	ck_assert_uint_eq(nic.queues.rx_max, 8);
	ck_assert_ptr_nonnull(strstr(xdpx_nic_queues_why(&nic), "ethtool netlink"));
}
END_TEST

START_TEST(a_tap_that_tells_no_channels_is_counted_by_its_open_fds)
{
	struct xdpx_nic nic = {.attached = 3, .allocated = {.known = true, .rx = 256, .tx = 256}};

	xdpx_nic_queues_settle(&nic);
	ck_assert_uint_eq(nic.queues.usable, 3);
}
END_TEST

START_TEST(queues_that_nothing_tells_are_0_and_say_so)
{
	struct xdpx_nic nic = {.index = 1};

	xdpx_nic_queues_settle(&nic);
	ck_assert_uint_eq(nic.queues.usable, 0);
	ck_assert_ptr_nonnull(strstr(xdpx_nic_queues_why(&nic), "neither"));
}
END_TEST

START_TEST(queues_need_a_struct_with_a_size)
{
	struct xdpx_queues queues = {.size = 0};
	struct xdpx_nic nic = {.index = 1};

	ck_assert_int_eq(xdpx_nic_queues(&nic, &queues), -EINVAL);
	ck_assert_int_eq(xdpx_nic_queues(&nic, NULL), -EINVAL);
}
END_TEST

/* A kernel of which the table of drivers knows nothing, and one without the netdev family of which it does. */
static const struct xdpx_nic_machine old_machine = {
	.xsk = XDPX_YES, .kernel = XDPX_KERNEL(6, 1), .page = 4096, .cpus = 2};
static const struct xdpx_nic_machine machine = {.xsk = XDPX_YES, .kernel = 0, .page = 4096, .cpus = 2};

static void settle(struct xdpx_nic *nic, const struct xdpx_nic_machine *on)
{
	xdpx_nic_parts_settle(nic);
	xdpx_nic_queues_settle(nic);
	xdpx_nic_answers_settle(nic, on);
	xdpx_nic_limits_settle(nic, on);
}

/* A snapshot of which nothing but this was told. */
static struct xdpx_nic *nic_with(const struct xdpx_nic_netdev *netdev, const char *driver)
{
	struct xdpx_nic *nic = malloc(sizeof(*nic));

	ck_assert_ptr_nonnull(nic);
	xdpx_nic_begin(nic);
	if (netdev) {
		nic->netdev = *netdev;
		nic->parts[XDPX_PART_FEATURES].state = 0;
	}
	strcpy(nic->driver, driver);
	settle(nic, &machine);
	return nic;
}

static const struct xdpx_nic_netdev everything = {.xdp_known = true,
						  .rx_metadata_known = true,
						  .xsk_known = true,
						  .xdp = UINT64_MAX,
						  .rx_metadata = UINT64_MAX,
						  .xsk = UINT64_MAX,
						  .zerocopy_segments = 4};
/* Without native XDP at all there would be generic redirects. */
static const struct xdpx_nic_netdev native_only = {
	.xdp_known = true, .rx_metadata_known = true, .xsk_known = true, .xdp = 1};
static const struct xdpx_nic_netdev nothing = {.xdp_known = true};

/* Whether the netdev family tells the feature. */
static bool is_netdev(enum xdpx_feature feature)
{
	return feature != XDPX_FEATURE_GENERIC && feature != XDPX_FEATURE_XSK_COPY &&
	       feature != XDPX_FEATURE_DATA_META && feature != XDPX_FEATURE_TAIL_GROW &&
	       feature != XDPX_FEATURE_RSS_SYMMETRIC;
}

START_TEST(every_feature_has_a_name_and_a_reason_for_each_answer)
{
	struct xdpx_nic *unknown = nic_with(NULL, "");
	struct xdpx_nic *yes = nic_with(&everything, "");
	struct xdpx_nic *no = nic_with(&native_only, "");
	int feature;

	for (feature = 0; xdpx_feature_name(feature); feature++) {
		ck_assert_str_ne(xdpx_nic_why(yes, feature), "");
		ck_assert_str_ne(xdpx_nic_why(no, feature), "");
		ck_assert_str_ne(xdpx_nic_why(unknown, feature), "");
		if (!is_netdev(feature))
			continue;
		ck_assert_int_eq(xdpx_nic_can(yes, feature), XDPX_YES);
		ck_assert_int_eq(xdpx_nic_source(yes, feature), XDPX_SOURCE_NETDEV);
		ck_assert_int_eq(xdpx_nic_can(no, feature),
				 feature == XDPX_FEATURE_NATIVE || feature == XDPX_FEATURE_TX ? XDPX_YES : XDPX_NO);
		ck_assert_int_eq(xdpx_nic_can(unknown, feature), XDPX_UNKNOWN);
		ck_assert_int_eq(xdpx_nic_source(unknown, feature), XDPX_SOURCE_NONE);
	}
	ck_assert_int_eq(feature, XDPX_NIC_FEATURES);
	xdpx_nic_free(unknown);
	xdpx_nic_free(yes);
	xdpx_nic_free(no);
}
END_TEST

START_TEST(every_limit_has_a_name_and_a_reason)
{
	struct xdpx_nic *nic = nic_with(NULL, "");
	int limit;

	for (limit = 0; xdpx_limit_name(limit); limit++) {
		ck_assert_int_eq(xdpx_nic_limit(nic, limit), -1);
		ck_assert_int_eq(xdpx_nic_limit_source(nic, limit), XDPX_SOURCE_NONE);
		ck_assert_str_ne(xdpx_nic_limit_why(nic, limit), "");
	}
	ck_assert_int_eq(limit, XDPX_NIC_LIMITS);
	ck_assert_int_eq(xdpx_nic_limit(nic, limit), -1);
	ck_assert_str_ne(xdpx_nic_limit_why(nic, limit), "");
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(every_part_has_a_name_and_a_reason_also_when_nothing_was_told)
{
	static const int states[] = {0, XDPX_NIC_PART_UNTOLD, -ENODEV, -EOPNOTSUPP, -ENOENT, -EPERM, -EIO};
	struct xdpx_nic *nic = nic_with(NULL, "");
	size_t i;
	int part;

	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		for (part = 0; xdpx_part_name(part); part++) {
			nic->parts[part].state = states[i];
			xdpx_nic_parts_settle(nic);
			ck_assert_str_ne(xdpx_nic_part_why(nic, part), "");
			ck_assert_int_eq(xdpx_nic_part_known(nic, part), states[i] ? XDPX_UNKNOWN : XDPX_YES);
		}
	ck_assert_int_eq(part, XDPX_NIC_PARTS);
	ck_assert_int_eq(xdpx_nic_part_known(nic, part), XDPX_UNKNOWN);
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(generic_xdp_is_there_whatever_the_driver)
{
	struct xdpx_nic *unknown = nic_with(NULL, "");
	struct xdpx_nic *none = nic_with(&nothing, "");

	ck_assert_int_eq(xdpx_nic_can(unknown, XDPX_FEATURE_GENERIC), XDPX_YES);
	ck_assert_int_eq(xdpx_nic_can(none, XDPX_FEATURE_GENERIC), XDPX_YES);
	ck_assert_int_eq(xdpx_nic_source(none, XDPX_FEATURE_GENERIC), XDPX_SOURCE_KERNEL);
	xdpx_nic_free(unknown);
	xdpx_nic_free(none);
}
END_TEST

START_TEST(a_device_without_native_xdp_redirects_in_generic_mode)
{
	struct xdpx_nic *none = nic_with(&nothing, "");

	ck_assert_int_eq(xdpx_nic_can(none, XDPX_FEATURE_NATIVE), XDPX_NO);
	ck_assert_int_eq(xdpx_nic_can(none, XDPX_FEATURE_REDIRECT), XDPX_YES);
	ck_assert_ptr_nonnull(strstr(xdpx_nic_why(none, XDPX_FEATURE_REDIRECT), "generic mode"));
	ck_assert_int_eq(xdpx_nic_can(none, XDPX_FEATURE_REDIRECT_TARGET), XDPX_NO);
	xdpx_nic_free(none);
}
END_TEST

START_TEST(a_no_that_a_setting_can_change_names_the_setting)
{
	struct xdpx_nic *veth = nic_with(&nothing, "veth");

	ck_assert_ptr_nonnull(strstr(xdpx_nic_why(veth, XDPX_FEATURE_NATIVE), "ethtool -L"));
	ck_assert_ptr_nonnull(strstr(xdpx_nic_why(veth, XDPX_FEATURE_REDIRECT_TARGET), "gro on"));
	xdpx_nic_free(veth);
}
END_TEST

START_TEST(where_only_the_table_knows_of_no_native_xdp_there_is_generic_xdp_too)
{
	struct xdpx_nic *bridge = nic_with(NULL, "bridge");

	strcpy(bridge->kind, "bridge");
	settle(bridge, &old_machine);
	ck_assert_int_eq(xdpx_nic_source(bridge, XDPX_FEATURE_NATIVE), XDPX_SOURCE_TABLE);
	ck_assert_int_eq(xdpx_nic_can(bridge, XDPX_FEATURE_NATIVE), XDPX_NO);
	ck_assert_int_eq(xdpx_nic_can(bridge, XDPX_FEATURE_REDIRECT), XDPX_YES);
	ck_assert_int_eq(xdpx_nic_source(bridge, XDPX_FEATURE_REDIRECT), XDPX_SOURCE_KERNEL);
	ck_assert_int_eq(xdpx_nic_can(bridge, XDPX_FEATURE_TX), XDPX_YES);
	ck_assert_int_eq(xdpx_nic_can(bridge, XDPX_FEATURE_DATA_META), XDPX_YES);
	ck_assert_ptr_nonnull(strstr(xdpx_nic_why(bridge, XDPX_FEATURE_DATA_META), "generic XDP"));
	xdpx_nic_free(bridge);
}
END_TEST

START_TEST(a_kernel_without_frags_in_zero_copy_has_them_with_no_driver)
{
	struct xdpx_nic *unknown = nic_with(NULL, "");
	struct xdpx_nic *zerocopy = nic_with(NULL, "ice");
	struct xdpx_nic *frags = nic_with(&everything, "ice");

	settle(unknown, &old_machine);
	settle(zerocopy, &old_machine);
	settle(frags, &old_machine);
	ck_assert_int_eq(xdpx_nic_can(unknown, XDPX_FEATURE_ZEROCOPY), XDPX_UNKNOWN);
	ck_assert_int_eq(xdpx_nic_can(unknown, XDPX_FEATURE_ZEROCOPY_FRAGS), XDPX_NO);
	ck_assert_int_eq(xdpx_nic_can(zerocopy, XDPX_FEATURE_ZEROCOPY), XDPX_YES);
	ck_assert_int_eq(xdpx_nic_can(zerocopy, XDPX_FEATURE_ZEROCOPY_FRAGS), XDPX_NO);
	ck_assert_int_eq(xdpx_nic_source(zerocopy, XDPX_FEATURE_ZEROCOPY_FRAGS), XDPX_SOURCE_TABLE);
	/* the running kernel's own word comes first */
	ck_assert_int_eq(xdpx_nic_can(frags, XDPX_FEATURE_ZEROCOPY_FRAGS), XDPX_YES);
	xdpx_nic_free(unknown);
	xdpx_nic_free(zerocopy);
	xdpx_nic_free(frags);
}
END_TEST

START_TEST(what_the_netdev_family_never_tells_is_not_blamed_on_its_absence)
{
	struct xdpx_nic *nic = nic_with(NULL, "");

	nic->parts[XDPX_PART_FEATURES].state = -ENOENT;
	settle(nic, &machine);
	ck_assert_ptr_nonnull(strstr(xdpx_nic_why(nic, XDPX_FEATURE_NATIVE), "Linux 6.3"));
	ck_assert_ptr_nonnull(strstr(xdpx_nic_why(nic, XDPX_FEATURE_RX_HASH), "Linux 6.3"));
	ck_assert_ptr_null(strstr(xdpx_nic_why(nic, XDPX_FEATURE_DATA_META), "netdev"));
	ck_assert_ptr_null(strstr(xdpx_nic_why(nic, XDPX_FEATURE_TAIL_GROW), "netdev"));
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(symmetric_rss_is_told_by_key_and_by_transform)
{
	static const uint8_t symmetric[] = {0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d};
	static const uint8_t usual[] = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e};
	struct xdpx_nic *nic = nic_with(&native_only, "");
	static const struct {
		const uint8_t *key;
		uint32_t function;
		uint32_t transform;
		enum xdpx_answer answer;
	} cases[] = {
		{symmetric, 1, 0, XDPX_YES}, {usual, 1, 0, XDPX_NO},	      {usual, 1, 1, XDPX_YES},
		{usual, 1, 2, XDPX_YES},     {symmetric, 2, 0, XDPX_UNKNOWN},
	};
	size_t i;

	ck_assert_int_eq(xdpx_nic_can(nic, XDPX_FEATURE_RSS_SYMMETRIC), XDPX_UNKNOWN);
	nic->parts[XDPX_PART_RSS].state = 0;
	nic->rss.key = malloc(sizeof(usual));
	nic->rss.key_bytes = sizeof(usual);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memcpy(nic->rss.key, cases[i].key, sizeof(usual));
		nic->rss.function = cases[i].function;
		nic->rss.transform = cases[i].transform;
		xdpx_nic_answers_settle(nic, &machine);
		ck_assert_msg(xdpx_nic_can(nic, XDPX_FEATURE_RSS_SYMMETRIC) == cases[i].answer, "case %zu: %s", i,
			      xdpx_nic_why(nic, XDPX_FEATURE_RSS_SYMMETRIC));
	}
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(entries_past_the_end_are_erange)
{
	struct xdpx_private_flag flag = {.size = sizeof(flag)};
	struct xdpx_attachment attachment = {.size = sizeof(attachment)};
	struct xdpx_nic *nic = nic_with(NULL, "");

	ck_assert_uint_eq(xdpx_nic_attachment_count(nic), 0);
	ck_assert_int_eq(xdpx_nic_attachment(nic, 0, &attachment), -ERANGE);
	ck_assert_int_eq(xdpx_nic_private_flag(nic, SIZE_MAX, &flag), -ERANGE);
	ck_assert_ptr_nonnull(xdpx_nic_entry_add(&nic->private_flags, sizeof(flag)));
	ck_assert_int_eq(xdpx_nic_private_flag(nic, 0, &flag), 0);
	ck_assert_int_eq(xdpx_nic_private_flag(nic, 1, &flag), -ERANGE);
	flag.size = 0;
	ck_assert_int_eq(xdpx_nic_private_flag(nic, 0, &flag), -EINVAL);
	xdpx_nic_free(nic);
}
END_TEST

/* One of a veth drops it, where its peer runs no program. */
START_TEST(a_bond_sends_as_its_members_do)
{
	struct xdpx_nic *bond = nic_with(&everything, "bond");

	ck_assert_int_eq(xdpx_nic_can(bond, XDPX_FEATURE_NATIVE), XDPX_YES);
	ck_assert_int_eq(xdpx_nic_can(bond, XDPX_FEATURE_TX), XDPX_UNKNOWN);
	ck_assert_ptr_nonnull(strstr(xdpx_nic_why(bond, XDPX_FEATURE_TX), "members"));
	xdpx_nic_free(bond);
}
END_TEST

/* A virtio_net that has all that the netdev family knows of, and these bits in sysfs, from 0 to 63. */
static struct xdpx_nic *virtio_with(const char *bits)
{
	struct xdpx_nic *nic = nic_with(&everything, "virtio_net");
	FILE *file = tmpfile();

	ck_assert_ptr_nonnull(file);
	fputs(bits, file);
	rewind(file);
	xdpx_nic_virtio_read(file, nic);
	fclose(file);
	settle(nic, &machine);
	return nic;
}

static void virtio_answers(const char *bits, enum xdpx_feature feature, enum xdpx_answer answer, const char *word)
{
	struct xdpx_nic *nic = virtio_with(bits);

	ck_assert_msg(xdpx_nic_can(nic, feature) == answer, "%s: %s: %s", bits, xdpx_feature_name(feature),
		      xdpx_nic_why(nic, feature));
	ck_assert_msg(strstr(xdpx_nic_why(nic, feature), word), "%s", xdpx_nic_why(nic, feature));
	xdpx_nic_free(nic);
}

#define VIRTIO_FIXED "0100000100000001000000000000000010000000000000000000000000000000\n"
#define VIRTIO_CHAINS "0110000100000000000000000000000011000000000000000000000000000000\n"
#define VIRTIO_USUAL "0110000110000001000000000000000010000000000000000000000000000000\n"
#define VIRTIO_MAPS "0110000110000001000000000000000011000000000000000000000000000000\n"

START_TEST(a_virtio_device_whose_offloads_are_fixed_has_no_native_xdp)
{
	virtio_answers(VIRTIO_FIXED, XDPX_FEATURE_NATIVE, XDPX_NO, "ctrl_guest_offloads");
	virtio_answers(VIRTIO_FIXED, XDPX_FEATURE_RX_FRAGS, XDPX_NO, "ctrl_guest_offloads");
	virtio_answers(VIRTIO_FIXED, XDPX_FEATURE_REDIRECT, XDPX_YES, "generic mode");
	virtio_answers(VIRTIO_USUAL, XDPX_FEATURE_NATIVE, XDPX_YES, "netdev");
}
END_TEST

START_TEST(a_virtio_device_that_receives_into_chains_of_pages_has_no_native_xdp)
{
	virtio_answers(VIRTIO_CHAINS, XDPX_FEATURE_NATIVE, XDPX_NO, "mrg_rxbuf");
	virtio_answers(VIRTIO_CHAINS, XDPX_FEATURE_ZEROCOPY, XDPX_NO, "mrg_rxbuf");
}
END_TEST

START_TEST(a_virtio_device_has_zerocopy_only_where_it_maps_memory)
{
	virtio_answers(VIRTIO_USUAL, XDPX_FEATURE_ZEROCOPY, XDPX_NO, "iommu_platform");
	virtio_answers(VIRTIO_USUAL, XDPX_FEATURE_ZEROCOPY_FRAGS, XDPX_NO, "iommu_platform");
	virtio_answers(VIRTIO_MAPS, XDPX_FEATURE_ZEROCOPY, XDPX_YES, "netdev");
}
END_TEST

START_TEST(bits_of_virtio_that_cannot_be_read_decide_nothing)
{
	virtio_answers("0100\n", XDPX_FEATURE_NATIVE, XDPX_YES, "netdev");
	virtio_answers("no bits", XDPX_FEATURE_ZEROCOPY, XDPX_YES, "netdev");
}
END_TEST

START_TEST(a_feature_of_a_newer_header_is_unknown)
{
	struct xdpx_nic *nic = nic_with(&everything, "");

	ck_assert_int_eq(xdpx_nic_can(nic, (enum xdpx_feature)99), XDPX_UNKNOWN);
	ck_assert_int_eq(xdpx_nic_can(nic, (enum xdpx_feature) - 1), XDPX_UNKNOWN);
	ck_assert_str_ne(xdpx_nic_why(nic, (enum xdpx_feature)99), "");
	ck_assert_ptr_null(xdpx_feature_name((enum xdpx_feature)99));
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(the_driver_is_that_of_the_parent_device)
{
	char target[256] = "";
	char bus[64], name[64];
	struct xdpx_nic nic = {.index = 1, .kind = "dummy"};
	ssize_t length;
	glob_t found;

	if (glob("/sys/bus/*/devices/*/driver", 0, NULL, &found))
		skip_test("sysfs shows no device with a driver");
	length = readlink(found.gl_pathv[0], target, sizeof(target) - 1);
	ck_assert_int_gt(length, 0);
	ck_assert_int_eq(sscanf(found.gl_pathv[0], "/sys/bus/%63[^/]/devices/%63[^/]/driver", bus, name), 2);
	globfree(&found);
	strcpy(nic.parent_bus, bus);
	strcpy(nic.parent_name, name);
	xdpx_nic_driver_find(&nic, -1);
	ck_assert_str_eq(nic.driver, strrchr(target, '/') + 1);

	/* A name that leads elsewhere is not followed. */
	snprintf(nic.parent_bus, sizeof(nic.parent_bus), "%.40s/.", bus);
	nic.driver[0] = '\0';
	xdpx_nic_driver_find(&nic, -1);
	ck_assert_str_eq(nic.driver, "dummy");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("nic");
	TCase *target = tcase_create("target");
	TCase *queues = tcase_create("queues");
	TCase *answers = tcase_create("answers");

	tcase_add_test(target, malformed_names_are_refused_in_words);
	tcase_add_test(target, malformed_indices_are_refused_in_words);
	tcase_add_test(target, an_index_is_read_as_a_number);
	tcase_add_test(target, bad_options_are_refused);
	tcase_add_test(target, devices_in_any_order_are_sorted_and_found);
	tcase_add_test(queues, queues_come_from_the_netdev_list_before_any_other_source);
	tcase_add_test(queues, combined_channels_count_as_receive_and_transmit_queues);
	tcase_add_test(queues, a_tap_that_tells_no_channels_is_counted_by_its_open_fds);
	tcase_add_test(queues, queues_that_nothing_tells_are_0_and_say_so);
	tcase_add_test(queues, queues_need_a_struct_with_a_size);
	tcase_add_test(answers, every_feature_has_a_name_and_a_reason_for_each_answer);
	tcase_add_test(answers, every_limit_has_a_name_and_a_reason);
	tcase_add_test(answers, every_part_has_a_name_and_a_reason_also_when_nothing_was_told);
	tcase_add_test(answers, symmetric_rss_is_told_by_key_and_by_transform);
	tcase_add_test(answers, entries_past_the_end_are_erange);
	tcase_add_test(answers, generic_xdp_is_there_whatever_the_driver);
	tcase_add_test(answers, a_device_without_native_xdp_redirects_in_generic_mode);
	tcase_add_test(answers, where_only_the_table_knows_of_no_native_xdp_there_is_generic_xdp_too);
	tcase_add_test(answers, a_kernel_without_frags_in_zero_copy_has_them_with_no_driver);
	tcase_add_test(answers, what_the_netdev_family_never_tells_is_not_blamed_on_its_absence);
	tcase_add_test(answers, a_no_that_a_setting_can_change_names_the_setting);
	tcase_add_test(answers, a_bond_sends_as_its_members_do);
	tcase_add_test(answers, a_virtio_device_whose_offloads_are_fixed_has_no_native_xdp);
	tcase_add_test(answers, a_virtio_device_that_receives_into_chains_of_pages_has_no_native_xdp);
	tcase_add_test(answers, a_virtio_device_has_zerocopy_only_where_it_maps_memory);
	tcase_add_test(answers, bits_of_virtio_that_cannot_be_read_decide_nothing);
	tcase_add_test(answers, a_feature_of_a_newer_header_is_unknown);
	tcase_add_test(answers, the_driver_is_that_of_the_parent_device);
	suite_add_tcase(suite, target);
	suite_add_tcase(suite, queues);
	suite_add_tcase(suite, answers);
	return run_suite(suite);
}

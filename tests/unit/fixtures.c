/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * Replies of drivers that no test machine has, encoded by the kernel's own Python: tests/fixtures, by
 * scripts/ynl-fixtures. They come as dumps about all the devices, and are read by the functions that read the
 * kernel's.
 */
#include "kernel.h"
#include "netlink/netlink.h"
#include "nic/ethtool.h"
#include "run.h"
#include "words.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xdpx/error.h>

#define FIXTURE_BYTES_MAX 65536
#define DEVICES 5
#define STRSET_GET 1

static const struct device {
	const char *name;
	uint32_t index;
	const char *address;
} devices[DEVICES] = {
	{"ice", 11, "0000:3b:00.0"},  {"mlx5", 12, "0000:5e:00.1"},   {"ena", 13, "0000:00:05.0"},
	{"i40e", 14, "0000:81:00.0"}, {"stmmac", 15, "0000:00:1d.1"},
};

/* One operation's replies, who gives them, and the source that reads them. */
static const struct operation {
	enum kernel_part part;
	const char *file;
	const struct xdpx_nic_source *source;
} operations[] = {
	{KERNEL_ETHTOOL, "ethtool.channels-get", &xdpx_nic_channels_source},
	{KERNEL_ETHTOOL, "ethtool.rings-get", &xdpx_nic_rings_source},
	{KERNEL_ETHTOOL, "ethtool.features-get", &xdpx_nic_offloads_source},
	{KERNEL_ETHTOOL, "ethtool.rss-get", &xdpx_nic_rss_source},
	{KERNEL_ETHTOOL, "ethtool.linkmodes-get", &xdpx_nic_speed_source},
	{KERNEL_ETHTOOL, "ethtool.coalesce-get", &xdpx_nic_coalesce_source},
	{KERNEL_ETHTOOL, "ethtool.tsinfo-get", &xdpx_nic_clock_source},
	{KERNEL_ETHTOOL, "ethtool.privflags-get", &xdpx_nic_private_flags_source},
	{KERNEL_DEVLINK, "devlink.info-get", &xdpx_nic_versions_source},
	{KERNEL_NETDEV, "netdev.dev-get", &xdpx_nic_features_source},
	{KERNEL_NETDEV, "netdev.queue-get", &xdpx_nic_queues_source},
	{KERNEL_NETDEV, "netdev.napi-get", &xdpx_nic_napis_source},
	{KERNEL_NETDEV, "netdev.page-pool-get", &xdpx_nic_page_pools_source},
	{KERNEL_NETDEV, "netdev.qstats-get", &xdpx_nic_qstats_source},
};

#define OPERATIONS (sizeof(operations) / sizeof(operations[0]))

static size_t fixture_read(const char *name, const char *suffix, char *bytes)
{
	char path[4096];
	size_t count;
	FILE *file;

	snprintf(path, sizeof(path), "%s/tests/fixtures/%s.%s", getenv("XDPX_SOURCE"), name, suffix);
	file = fopen(path, "re");
	ck_assert_msg(file, "%s is not there", path);
	count = fread(bytes, 1, FIXTURE_BYTES_MAX - 1, file);
	ck_assert_uint_lt(count, FIXTURE_BYTES_MAX - 1);
	bytes[count] = '\0';
	fclose(file);
	return count;
}

static void devices_make(struct xdpx_nic_list *list)
{
	struct xdpx_nic *nic;
	size_t i;

	memset(list, 0, sizeof(*list));
	for (i = 0; i < DEVICES; i++) {
		nic = xdpx_nic_list_add(list);
		ck_assert_ptr_nonnull(nic);
		nic->index = devices[i].index;
		strcpy(nic->name, devices[i].name);
		strcpy(nic->parent_bus, "pci");
		strcpy(nic->parent_name, devices[i].address);
	}
}

/* Which bit of the features is which: asked first, and of no device. */
static void strings_ask(struct xdpx_nl *nl, struct xdpx_nic_list *list)
{
	char bytes[FIXTURE_BYTES_MAX];
	size_t count = fixture_read("ethtool.strset-get", "nl", bytes);

	kernel_answers(KERNEL_ETHTOOL, STRSET_GET, bytes, count);
	ck_assert_int_eq(xdpx_nic_feature_bits(nl, list), 0);
}

static void operation_ask(struct xdpx_nl *nl, const struct operation *operation, struct xdpx_nic_list *list)
{
	char bytes[FIXTURE_BYTES_MAX];
	size_t count = fixture_read(operation->file, "nl", bytes);

	kernel_answers(operation->part, operation->source->request, bytes, count);
	ck_assert_int_eq(xdpx_nic_source_ask(operation->source, nl, NULL, list), 0);
}

static void all_ask(struct xdpx_nic_list *list)
{
	struct xdpx_nl *nl;
	size_t i;

	devices_make(list);
	ck_assert_int_eq(xdpx_nl_open(NETLINK_GENERIC, &nl), 0);
	strings_ask(nl, list);
	for (i = 0; i < OPERATIONS; i++)
		operation_ask(nl, &operations[i], list);
	xdpx_nl_close(nl);
}

START_TEST(replies_encoded_by_ynl_decode_to_what_was_encoded)
{
	static const char *const families[] = {"devlink/", "ethtool/", "netdev/"};
	char expected[FIXTURE_BYTES_MAX];
	struct xdpx_nic_list list;
	char difference[512];
	int same = 0;
	char *words;
	size_t i;

	all_ask(&list);
	words = words_of(&list.nics[_i]);
	fixture_read(devices[_i].name, "words", expected);
	for (i = 0; same >= 0 && i < sizeof(families) / sizeof(families[0]); i++)
		same = words_compare((struct words_part){words, families[i]},
				     (struct words_part){expected, families[i]}, difference, sizeof(difference));
	ck_assert_msg(same >= 0, "%s: only one has %s", devices[_i].name, difference);
	ck_assert_int_gt(same, 0);
	free(words);
	xdpx_nic_list_end(&list);
}
END_TEST

START_TEST(every_source_is_among_the_replies)
{
	const struct xdpx_nic_source *source;
	size_t count;
	size_t i;

	for (count = 0; (source = xdpx_nic_source_at(count)); count++) {
		for (i = 0; i < OPERATIONS && operations[i].source != source; i++)
			;
		ck_assert_msg(i < OPERATIONS, "%s %u has no fixture", source->family, source->request);
	}
	ck_assert_uint_eq(count, OPERATIONS);
}
END_TEST

/* Asks each source, for a dump that changed while it was read: asked again it does so again, or tells nothing. */
static void interrupted_ask(struct xdpx_nic_list *list,
			    void (*answers)(uint8_t part, uint8_t command, const void *bytes, size_t count), int state)
{
	union {
		struct nlmsghdr header;
		char bytes[FIXTURE_BYTES_MAX];
	} reply;
	struct xdpx_nl *nl;
	size_t count;
	size_t i, at;

	devices_make(list);
	ck_assert_int_eq(xdpx_nl_open(NETLINK_GENERIC, &nl), 0);
	strings_ask(nl, list);
	for (i = 0; i < OPERATIONS; i++) {
		count = fixture_read(operations[i].file, "nl", reply.bytes);
		reply.header.nlmsg_flags |= NLM_F_DUMP_INTR;
		answers(operations[i].part, operations[i].source->request, reply.bytes, count);
		ck_assert_int_eq(xdpx_nic_source_ask(operations[i].source, nl, NULL, list), 0);
		for (at = 0; at < DEVICES; at++)
			ck_assert_msg(list->nics[at].parts[operations[i].source->part].state == state, "%s: %d",
				      operations[i].file, list->nics[at].parts[operations[i].source->part].state);
	}
	xdpx_nl_close(nl);
}

static void knows_nothing(struct xdpx_nic_list *list)
{
	struct xdpx_nic_list fresh;
	char *words, *expected;
	size_t i;

	devices_make(&fresh);
	for (i = 0; i < DEVICES; i++) {
		words = words_of(&list->nics[i]);
		expected = words_of(&fresh.nics[i]);
		ck_assert_str_eq(words, expected);
		ck_assert(!list->nics[i].channels.known);
		ck_assert(!list->nics[i].listed.known);
		ck_assert_uint_eq(list->nics[i].speed, 0);
		ck_assert_uint_eq(list->nics[i].offloads.known, 0);
		ck_assert_int_eq(xdpx_nic_offload(&list->nics[i], XDPX_OFFLOAD_HEADER_SPLIT), XDPX_UNKNOWN);
		free(words);
		free(expected);
	}
	xdpx_nic_list_end(&fresh);
	xdpx_nic_list_end(list);
}

START_TEST(of_a_dump_that_never_came_out_whole_nothing_is_known)
{
	struct xdpx_nic_list list;

	interrupted_ask(&list, kernel_answers, -EAGAIN);
	knows_nothing(&list);
}
END_TEST

START_TEST(a_dump_that_begins_again_forgets_what_it_told_before)
{
	struct xdpx_nic_list list;

	interrupted_ask(&list, kernel_answers_once, XDPX_NIC_PART_UNTOLD);
	knows_nothing(&list);
}
END_TEST

static unsigned int requests_of_failing(const struct operation *operation, struct xdpx_nic_list *list, int err)
{
	char bytes[FIXTURE_BYTES_MAX];
	size_t count = fixture_read(operation->file, "nl", bytes);
	unsigned int requests;
	struct xdpx_nl *nl;

	devices_make(list);
	ck_assert_int_eq(xdpx_nl_open(NETLINK_GENERIC, &nl), 0);
	kernel_dump_fails(operation->part, operation->source->request, bytes, count, err);
	ck_assert_int_eq(xdpx_nic_source_ask(operation->source, nl, NULL, list), 0);
	requests = xdpx_nl_requests(nl);
	xdpx_nl_close(nl);
	return requests;
}

/* The kernel ends a dump where a driver fails, and tells of none behind it. */
START_TEST(where_one_driver_fails_the_others_are_asked_alone)
{
	struct xdpx_nic_list list;
	size_t told = 0;
	size_t at;

	/* one for the family, and the dump */
	ck_assert_uint_eq(requests_of_failing(&operations[_i], &list, -EIO), 2 + DEVICES);
	for (at = 0; at < DEVICES; at++)
		told += !list.nics[at].parts[operations[_i].source->part].state;
	ck_assert_uint_ge(told, 3);
	xdpx_nic_list_end(&list);
}
END_TEST

START_TEST(what_the_kernel_does_not_have_is_not_asked_of_each_device)
{
	static const int errors[] = {-EOPNOTSUPP, -EPERM, -EAGAIN, -ETIMEDOUT};
	struct xdpx_nic_list list;

	ck_assert_uint_eq(requests_of_failing(&operations[0], &list, errors[_i]), 2);
	ck_assert_int_eq(list.nics[DEVICES - 1].parts[operations[0].source->part].state, errors[_i]);
	xdpx_nic_list_end(&list);
}
END_TEST

static void rss_take(struct xdpx_nic_list *list, uint32_t context, uint32_t transform)
{
	union xdpx_nl_request reply;
	struct nlmsghdr *message = xdpx_nl_genl_request(&reply, NLMSG_MIN_TYPE, xdpx_nic_rss_source.reply);
	struct nlattr *header = mnl_attr_nest_start(message, XDPX_ETHTOOL_HEADER);

	mnl_attr_put_u32(message, 1, devices[0].index);
	mnl_attr_nest_end(message, header);
	if (context)
		mnl_attr_put_u32(message, 2, context);
	mnl_attr_put_u32(message, 3, 1);
	mnl_attr_put_u32(message, 4, context);
	mnl_attr_put_u32(message, 6, transform);
	ck_assert_int_eq(xdpx_nic_rss_source.take(message, list), 0);
}

START_TEST(the_hash_is_that_of_the_first_context_and_its_transform_may_be_untold)
{
	struct xdpx_nic_list list;
	const uint32_t *table;

	devices_make(&list);
	rss_take(&list, 0, 0xff);
	rss_take(&list, 7, 1);
	ck_assert_uint_eq(list.nics[0].rss.transform, 0);
	ck_assert_uint_eq(xdpx_nic_rss_table(&list.nics[0], &table), 1);
	ck_assert_uint_eq(table[0], 0);
	rss_take(&list, 0, 2);
	ck_assert_uint_eq(list.nics[0].rss.transform, 2);
	xdpx_nic_list_end(&list);
}
END_TEST

START_TEST(a_device_that_the_answer_leaves_out_is_enodev)
{
	char bytes[FIXTURE_BYTES_MAX];
	size_t count = fixture_read("netdev.dev-get", "nl", bytes);
	struct xdpx_nic *nic = NULL;

	kernel_answers(KERNEL_NETDEV, xdpx_nic_features_source.request, bytes, count);
	ck_assert_int_eq(xdpx_nic_open("#99", NULL, &nic), -ENODEV);
	ck_assert_ptr_null(nic);
	ck_assert_msg(strstr(xdpx_error_last()->message, "went away"), "%s", xdpx_error_last()->message);
}
END_TEST

enum { FEATURES_ACTIVE = 4, FEATURES_COUNT = 5 };

struct named_bits {
	unsigned int count;
	bool gro;
	bool lro;
};

static void bit_count(const char *name, bool set, void *arg)
{
	struct named_bits *bits = arg;

	bits->count += set;
	bits->gro |= set && !strcmp(name, "rx-gro");
	bits->lro |= set && !strcmp(name, "rx-lro");
}

static int names_take(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *attrs[FEATURES_COUNT];
	struct xdpx_nic *nic = xdpx_ethtool_reply(message, arg, XDPX_PART_OFFLOADS, attrs, FEATURES_COUNT);
	struct named_bits bits = {.count = 0};

	ck_assert_ptr_nonnull(nic);
	xdpx_ethtool_bits_each(attrs[FEATURES_ACTIVE], bit_count, &bits);
	ck_assert_uint_gt(bits.count, 10);
	ck_assert(bits.gro);
	ck_assert_int_eq(bits.lro, !strcmp(nic->name, "mlx5"));
	return 0;
}

/* Of features that come bit by bit, those that are on are listed, and no others. */
START_TEST(a_bitset_without_a_mask_lists_what_is_set)
{
	union xdpx_nl_request request;
	char bytes[FIXTURE_BYTES_MAX];
	struct xdpx_nic_list list;
	struct xdpx_nl *nl;
	size_t count = fixture_read("ethtool.features-get-by-name", "nl", bytes);
	int family;

	devices_make(&list);
	kernel_answers(KERNEL_ETHTOOL, xdpx_nic_offloads_source.request, bytes, count);
	ck_assert_int_eq(xdpx_nl_open(NETLINK_GENERIC, &nl), 0);
	family = xdpx_nl_family(nl, XDPX_ETHTOOL);
	xdpx_nl_genl_request(&request, family, xdpx_nic_offloads_source.request);
	ck_assert_int_eq(xdpx_nl_dump(nl, &request.header, names_take, NULL, &list), 0);
	ck_assert_int_eq(list.nics[0].parts[XDPX_PART_OFFLOADS].state, 0);
	xdpx_nl_close(nl);
	xdpx_nic_list_end(&list);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fixtures");
	TCase *tests = tcase_create("fixtures");

	tcase_add_loop_test(tests, replies_encoded_by_ynl_decode_to_what_was_encoded, 0, DEVICES);
	tcase_add_test(tests, a_bitset_without_a_mask_lists_what_is_set);
	tcase_add_test(tests, of_a_dump_that_never_came_out_whole_nothing_is_known);
	tcase_add_test(tests, a_dump_that_begins_again_forgets_what_it_told_before);
	tcase_add_loop_test(tests, where_one_driver_fails_the_others_are_asked_alone, 0, 4);
	tcase_add_loop_test(tests, what_the_kernel_does_not_have_is_not_asked_of_each_device, 0, 4);
	tcase_add_test(tests, the_hash_is_that_of_the_first_context_and_its_transform_may_be_untold);
	tcase_add_test(tests, a_device_that_the_answer_leaves_out_is_enodev);
	tcase_add_test(tests, every_source_is_among_the_replies);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}

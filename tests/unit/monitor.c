/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What an announcement marks, whatever its bytes, and what the snapshots then make of it. */
#include "monitor/monitor.h"
#include "run.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MUTATIONS 100000
#define FAMILY 0x20
#define DEV_CHANGE_NTF 4

/* One announcement, with room for the mutations' worst. */
struct announcement {
	struct nlmsghdr header;
	union {
		struct ifinfomsg link;
		struct genlmsghdr generic;
	};
	uint32_t attrs[8];
};

static void link_make(struct announcement *out, uint16_t type, uint8_t family, int index)
{
	memset(out, 0, sizeof(*out));
	out->header.nlmsg_len = NLMSG_HDRLEN + sizeof(out->link);
	out->header.nlmsg_type = type;
	out->link.ifi_family = family;
	out->link.ifi_index = index;
}

/* The attribute of type 1 with the index, in a nest of type 1 for ethtool. */
static void generic_make(struct announcement *out, uint8_t command, uint32_t index, bool nest)
{
	unsigned char *at = (unsigned char *)&out->generic + GENL_HDRLEN;
	struct nlattr outer = {.nla_len = 3 * NLA_HDRLEN, .nla_type = 1};
	struct nlattr inner = {.nla_len = 2 * NLA_HDRLEN, .nla_type = 1};

	memset(out, 0, sizeof(*out));
	out->header.nlmsg_type = FAMILY;
	out->generic.cmd = command;
	if (nest) {
		memcpy(at, &outer, sizeof(outer));
		at += sizeof(outer);
	}
	memcpy(at, &inner, sizeof(inner));
	memcpy(at + sizeof(inner), &index, sizeof(index));
	out->header.nlmsg_len = (uint32_t)(at + sizeof(inner) + sizeof(index) - (unsigned char *)out);
}

/* From memory that ends where the bytes end, so that a sanitizer sees each byte read past them. */
static int hear(const struct announcement *announcement, size_t bytes, xdpx_nl_fn *fn, struct xdpx_monitor *monitor)
{
	void *copy = malloc(bytes ? bytes : 1);
	int err;

	if (!copy)
		ck_abort_msg("out of memory");
	memcpy(copy, announcement, bytes);
	err = xdpx_nl_hear(copy, bytes, fn, monitor);
	free(copy);
	return err;
}

static void heard(const struct announcement *announcement, xdpx_nl_fn *fn, struct xdpx_monitor *monitor)
{
	ck_assert_int_eq(hear(announcement, announcement->header.nlmsg_len, fn, monitor), 0);
}

static struct xdpx_monitor *monitor_make(void)
{
	struct xdpx_monitor *monitor = calloc(1, sizeof(*monitor));

	ck_assert_ptr_nonnull(monitor);
	monitor->fd = monitor->more = monitor->timer = -1;
	return monitor;
}

static void device_make(struct xdpx_nic *nic, uint32_t index, const char *name)
{
	xdpx_nic_begin(nic);
	nic->index = index;
	nic->mtu = 1500;
	strcpy(nic->name, name);
}

static void device_keep(struct xdpx_monitor *monitor, uint32_t index, const char *name)
{
	struct xdpx_nic nic;

	device_make(&nic, index, name);
	ck_assert_int_eq(xdpx_monitor_keep(monitor, &nic), 0);
}

static void settle(struct xdpx_monitor *monitor, uint32_t index, uint32_t mtu)
{
	struct xdpx_nic nic;

	device_make(&nic, index, "eth0");
	nic.mtu = mtu;
	ck_assert_int_eq(xdpx_monitor_settle(monitor, index, &nic), 0);
}

static void told(struct xdpx_monitor *monitor, enum xdpx_change_kind kind)
{
	struct xdpx_change *change = monitor->first;

	ck_assert_ptr_nonnull(change);
	ck_assert_int_eq(xdpx_change_kind(change), kind);
	monitor->first = change->next;
	if (!monitor->first)
		monitor->last = NULL;
	xdpx_change_free(change);
}

START_TEST(announcements_of_each_source_mark_their_device)
{
	struct xdpx_monitor *monitor = monitor_make();
	struct announcement announcement;

	device_keep(monitor, 5, "eth0");
	ck_assert(!xdpx_monitor_is_marked(monitor));
	link_make(&announcement, RTM_NEWLINK, AF_UNSPEC, 5);
	heard(&announcement, xdpx_monitor_link_take, monitor);
	ck_assert(monitor->kept[0].marked && !monitor->kept[0].gone);
	xdpx_monitor_marks_clear(monitor);
	generic_make(&announcement, DEV_CHANGE_NTF, 5, false);
	heard(&announcement, xdpx_monitor_netdev_take, monitor);
	ck_assert(monitor->kept[0].marked);
	xdpx_monitor_marks_clear(monitor);
	generic_make(&announcement, 1, 5, true);
	heard(&announcement, xdpx_monitor_ethtool_take, monitor);
	ck_assert(monitor->kept[0].marked);
	xdpx_monitor_free(monitor);
}
END_TEST

START_TEST(other_announcements_mark_nothing)
{
	struct xdpx_monitor *monitor = monitor_make();
	struct announcement announcement;

	link_make(&announcement, RTM_NEWADDR, AF_UNSPEC, 5);
	heard(&announcement, xdpx_monitor_link_take, monitor);
	link_make(&announcement, RTM_NEWLINK, AF_UNSPEC, -5);
	heard(&announcement, xdpx_monitor_link_take, monitor);
	link_make(&announcement, RTM_NEWLINK, AF_UNSPEC, 5);
	announcement.header.nlmsg_len -= 1;
	heard(&announcement, xdpx_monitor_link_take, monitor);
	generic_make(&announcement, 6, 5, false);
	heard(&announcement, xdpx_monitor_netdev_take, monitor);
	generic_make(&announcement, DEV_CHANGE_NTF, 0, false);
	heard(&announcement, xdpx_monitor_netdev_take, monitor);
	generic_make(&announcement, 1, UINT32_MAX, true);
	heard(&announcement, xdpx_monitor_ethtool_take, monitor);
	ck_assert(!xdpx_monitor_is_marked(monitor));
	xdpx_monitor_free(monitor);
}
END_TEST

START_TEST(a_device_that_leaves_a_bridge_is_not_deleted)
{
	struct xdpx_monitor *monitor = monitor_make();
	struct announcement announcement;

	device_keep(monitor, 5, "eth0");
	link_make(&announcement, RTM_DELLINK, AF_BRIDGE, 5);
	heard(&announcement, xdpx_monitor_link_take, monitor);
	ck_assert(monitor->kept[0].marked && !monitor->kept[0].gone);
	link_make(&announcement, RTM_DELLINK, AF_UNSPEC, 5);
	heard(&announcement, xdpx_monitor_link_take, monitor);
	ck_assert(monitor->kept[0].gone);
	settle(monitor, 5, 1500);
	told(monitor, XDPX_CHANGE_REMOVED);
	told(monitor, XDPX_CHANGE_ADDED);
	ck_assert(!monitor->kept[0].gone);
	xdpx_monitor_free(monitor);
}
END_TEST

START_TEST(marks_of_unknown_devices_do_not_pile_up)
{
	struct xdpx_monitor *monitor = monitor_make();
	uint32_t index;

	for (index = 1; index <= XDPX_MONITOR_ONE_BY_ONE; index++) {
		xdpx_monitor_mark(monitor, index);
		xdpx_monitor_mark(monitor, index);
	}
	ck_assert_uint_eq(monitor->unknown_count, XDPX_MONITOR_ONE_BY_ONE);
	ck_assert(!monitor->all);
	for (; index <= 100000; index++)
		xdpx_monitor_mark(monitor, index);
	ck_assert_uint_eq(monitor->unknown_count, XDPX_MONITOR_ONE_BY_ONE);
	ck_assert(monitor->all);
	xdpx_monitor_free(monitor);
}
END_TEST

START_TEST(a_change_marks_the_devices_that_are_related)
{
	struct xdpx_monitor *monitor = monitor_make();
	struct xdpx_related *related;
	struct xdpx_nic nic;

	device_keep(monitor, 5, "eth0");
	device_keep(monitor, 6, "eth1");
	device_make(&nic, 7, "vlan0");
	related = xdpx_nic_entry_add(&nic.related, sizeof(*related));
	*related = (struct xdpx_related){.index = 5, .netnsid = -1, .name = ""};
	related = xdpx_nic_entry_add(&nic.related, sizeof(*related));
	*related = (struct xdpx_related){.index = 6, .netnsid = 0, .name = ""};
	ck_assert_int_eq(xdpx_monitor_settle(monitor, 7, &nic), 0);
	told(monitor, XDPX_CHANGE_ADDED);
	ck_assert(monitor->kept[0].marked);
	/* that is another device, in another namespace */
	ck_assert(!monitor->kept[1].marked);
	xdpx_monitor_free(monitor);
}
END_TEST

START_TEST(devices_are_kept_in_the_order_of_indices)
{
	static const uint32_t indices[] = {7, 2, 900, 1, 3, 20};
	struct xdpx_monitor *monitor = monitor_make();
	uint32_t last = 0;
	size_t i;

	for (i = 0; i < 6; i++)
		settle(monitor, indices[i], 1500);
	ck_assert_uint_eq(xdpx_monitor_nic_count(monitor), 6);
	for (i = 0; i < 6; i++) {
		ck_assert_uint_gt(xdpx_nic_index(xdpx_monitor_nic_at(monitor, i)), last);
		last = xdpx_nic_index(xdpx_monitor_nic_at(monitor, i));
		ck_assert_ptr_nonnull(xdpx_monitor_find(monitor, indices[i]));
	}
	ck_assert_ptr_null(xdpx_monitor_find(monitor, 4));
	ck_assert_int_eq(xdpx_monitor_settle(monitor, 7, NULL), 0);
	ck_assert_ptr_null(xdpx_monitor_find(monitor, 7));
	ck_assert_int_eq(xdpx_monitor_settle(monitor, 7, NULL), 0);
	xdpx_monitor_free(monitor);
}
END_TEST

START_TEST(changes_are_told_once)
{
	struct xdpx_monitor *monitor = monitor_make();

	device_keep(monitor, 5, "eth0");
	settle(monitor, 5, 1500);
	ck_assert_ptr_null(monitor->first);
	settle(monitor, 5, 1400);
	told(monitor, XDPX_CHANGE_CHANGED);
	settle(monitor, 5, 1400);
	ck_assert_ptr_null(monitor->first);
	xdpx_monitor_free(monitor);
}
END_TEST

START_TEST(what_is_no_announcement_is_a_loss)
{
	struct xdpx_monitor *monitor = monitor_make();
	struct announcement announcement;

	link_make(&announcement, NLMSG_OVERRUN, 0, 0);
	ck_assert_int_eq(hear(&announcement, announcement.header.nlmsg_len, xdpx_monitor_link_take, monitor), -ENOBUFS);
	link_make(&announcement, RTM_NEWLINK, 0, 5);
	ck_assert_int_eq(hear(&announcement, NLMSG_HDRLEN - 1, xdpx_monitor_link_take, monitor), -ENOBUFS);
	ck_assert_int_eq(hear(&announcement, NLMSG_HDRLEN, xdpx_monitor_link_take, monitor), -ENOBUFS);
	ck_assert_int_eq(hear(&announcement, 0, xdpx_monitor_link_take, monitor), 0);
	xdpx_monitor_free(monitor);
}
END_TEST

START_TEST(mutated_announcements_are_survived)
{
	xdpx_nl_fn *const takes[] = {xdpx_monitor_link_take, xdpx_monitor_netdev_take, xdpx_monitor_ethtool_take};
	struct xdpx_monitor *monitor = monitor_make();
	struct announcement announcement;
	unsigned int seed = 1;
	unsigned int i;
	int flips;

	device_keep(monitor, 5, "eth0");
	for (i = 0; i < MUTATIONS; i++) {
		if (i % 3)
			generic_make(&announcement, DEV_CHANGE_NTF, 5, i % 3 == 2);
		else
			link_make(&announcement, RTM_DELLINK, AF_UNSPEC, 5);
		for (flips = rand_r(&seed) % 4; flips >= 0; flips--)
			((unsigned char *)&announcement)[(unsigned int)rand_r(&seed) % sizeof(announcement)] =
				(unsigned char)rand_r(&seed);
		hear(&announcement, sizeof(announcement) - (unsigned int)rand_r(&seed) % 8, takes[i % 3], monitor);
	}
	ck_assert_uint_eq(monitor->count, 1);
	xdpx_monitor_free(monitor);
}
END_TEST

START_TEST(every_kind_has_a_name)
{
	int kind;

	for (kind = XDPX_CHANGE_ADDED; kind <= XDPX_CHANGE_RESYNC; kind++)
		ck_assert_ptr_nonnull(xdpx_change_kind_name(kind));
	ck_assert_ptr_null(xdpx_change_kind_name(kind));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("monitor");
	TCase *tests = tcase_create("monitor");

	tcase_add_test(tests, announcements_of_each_source_mark_their_device);
	tcase_add_test(tests, other_announcements_mark_nothing);
	tcase_add_test(tests, a_device_that_leaves_a_bridge_is_not_deleted);
	tcase_add_test(tests, marks_of_unknown_devices_do_not_pile_up);
	tcase_add_test(tests, a_change_marks_the_devices_that_are_related);
	tcase_add_test(tests, devices_are_kept_in_the_order_of_indices);
	tcase_add_test(tests, changes_are_told_once);
	tcase_add_test(tests, what_is_no_announcement_is_a_loss);
	tcase_add_test(tests, mutated_announcements_are_survived);
	tcase_add_test(tests, every_kind_has_a_name);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}

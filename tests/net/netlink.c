/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Requests and dumps against the kernel, in a namespace of the test's own. */
#include "netlink/netlink.h"
#include "net.h"
#include "run.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* So many links make a dump of several datagrams. */
#define MANY_PAIRS 100

static void isolate(void)
{
	net_isolate();
}

static struct xdpx_nl *nl_open(int protocol)
{
	struct xdpx_nl *nl;

	ck_assert_int_eq(xdpx_nl_open(protocol, &nl), 0);
	return nl;
}

static int pass_load(void)
{
	static const struct bpf_insn program[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "test_pass", "GPL", program, 2, NULL);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static void pairs_make(int count)
{
	sh("for i in $(seq %d); do echo link add v$i type veth peer name w$i; done | ip -batch -", count);
}

struct links {
	unsigned int count;
	unsigned int rounds;
	unsigned char seen[65536];
};

static int link_count(const struct nlmsghdr *message, void *arg)
{
	const struct ifinfomsg *header = mnl_nlmsg_get_payload(message);
	struct links *links = arg;

	links->count++;
	if (header->ifi_index < 65536)
		links->seen[header->ifi_index]++;
	return 0;
}

static void links_again(void *arg)
{
	struct links *links = arg;
	unsigned int rounds = links->rounds + 1;

	memset(links, 0, sizeof(*links));
	links->rounds = rounds;
}

static int links_dump(struct xdpx_nl *nl, struct links *links)
{
	union xdpx_nl_request request;

	memset(links, 0, sizeof(*links));
	return xdpx_nl_dump(nl, xdpx_nl_request(&request, RTM_GETLINK, sizeof(struct ifinfomsg)), link_count,
			    links_again, links);
}

START_TEST(a_dump_of_many_devices_comes_whole)
{
	struct xdpx_nl *nl = nl_open(NETLINK_ROUTE);
	unsigned int before;
	struct links links;

	ck_assert_int_eq(links_dump(nl, &links), 0);
	before = links.count;
	pairs_make(MANY_PAIRS);
	ck_assert_int_eq(links_dump(nl, &links), 0);
	ck_assert_uint_eq(links.count, before + 2 * MANY_PAIRS);
	xdpx_nl_close(nl);
}
END_TEST

static void churn(void)
{
	for (;;) {
		if (sh_try("ip link add c0 type veth peer name c1; ip link del c0"))
			_exit(1);
	}
}

START_TEST(a_dump_that_changes_underway_has_no_device_twice_and_misses_none)
{
	struct xdpx_nl *nl = nl_open(NETLINK_ROUTE);
	unsigned int again = 0;
	struct links links;
	pid_t child;
	int tries;
	int i;

	pairs_make(MANY_PAIRS);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (!child)
		churn();

	for (tries = 0; tries < 2000 && again < 5; tries++) {
		int err = links_dump(nl, &links);

		if (err)
			ck_assert_int_eq(err, -EAGAIN);
		again += links.rounds;
		if (err)
			continue;
		for (i = 0; i < 65536; i++)
			if (links.seen[i] > 1)
				ck_abort_msg("device %d came %u times", i, links.seen[i]);
		for (i = 1; i <= MANY_PAIRS; i += 33) {
			char name[16];

			snprintf(name, sizeof(name), "v%d", i);
			ck_assert_uint_eq(links.seen[if_nametoindex(name)], 1);
		}
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	xdpx_nl_close(nl);
	ck_assert_msg(again, "none of %d dumps was interrupted: the test tested nothing", tries);
}
END_TEST

static void nothing(int number)
{
	(void)number;
}

static void signals_begin(int microseconds)
{
	struct itimerval often = {.it_interval.tv_usec = microseconds, .it_value.tv_usec = microseconds};
	struct sigaction action = {.sa_handler = nothing};

	ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &often, NULL), 0);
}

START_TEST(signals_do_not_disturb_a_dump)
{
	struct xdpx_nl *nl = nl_open(NETLINK_ROUTE);
	unsigned int expected;
	struct links links;
	int i;

	pairs_make(MANY_PAIRS);
	ck_assert_int_eq(links_dump(nl, &links), 0);
	expected = links.count;
	signals_begin(50);
	for (i = 0; i < 200; i++) {
		ck_assert_int_eq(links_dump(nl, &links), 0);
		ck_assert_uint_eq(links.count, expected);
	}
	xdpx_nl_close(nl);
}
END_TEST

static int always_fails(const struct nlmsghdr *message, void *arg)
{
	(void)message;
	(void)arg;
	return -ENOMEM;
}

START_TEST(after_a_dump_whose_callback_failed_the_socket_still_serves)
{
	struct xdpx_nl *nl = nl_open(NETLINK_ROUTE);
	union xdpx_nl_request request;
	struct links links;

	pairs_make(MANY_PAIRS);
	ck_assert_int_eq(xdpx_nl_dump(nl, xdpx_nl_request(&request, RTM_GETLINK, sizeof(struct ifinfomsg)),
				      always_fails, NULL, NULL),
			 -ENOMEM);
	ck_assert_int_eq(links_dump(nl, &links), 0);
	ck_assert_uint_gt(links.count, 2 * MANY_PAIRS);
	xdpx_nl_close(nl);
}
END_TEST

/* The kernel does not answer an NLMSG_NOOP that asks for no acknowledgement: a lost answer, at will. */
START_TEST(a_request_without_an_answer_ends_in_time_also_under_signals)
{
	struct xdpx_nl *nl = nl_open(NETLINK_ROUTE);
	union xdpx_nl_request request;
	struct timespec before;
	struct timespec after;
	struct links links;

	signals_begin(100000);
	clock_gettime(CLOCK_MONOTONIC, &before);
	ck_assert_int_eq(xdpx_nl_dump(nl, xdpx_nl_request(&request, NLMSG_NOOP, 0), NULL, NULL, NULL), -ETIMEDOUT);
	clock_gettime(CLOCK_MONOTONIC, &after);
	ck_assert_int_le(after.tv_sec - before.tv_sec, 8);
	ck_assert_int_eq(links_dump(nl, &links), 0);
	xdpx_nl_close(nl);
}
END_TEST

START_TEST(a_family_is_asked_for_once)
{
	struct xdpx_nl *nl = nl_open(NETLINK_GENERIC);
	int id = xdpx_nl_family(nl, "nlctrl");

	ck_assert_int_eq(id, 16);
	ck_assert_uint_eq(xdpx_nl_requests(nl), 1);
	ck_assert_int_eq(xdpx_nl_family(nl, "nlctrl"), id);
	ck_assert_uint_eq(xdpx_nl_requests(nl), 1);
	xdpx_nl_close(nl);
}
END_TEST

START_TEST(a_family_that_is_missing_is_asked_for_once)
{
	struct xdpx_nl *nl = nl_open(NETLINK_GENERIC);

	ck_assert_int_eq(xdpx_nl_family(nl, "no-such"), -ENOENT);
	ck_assert_uint_eq(xdpx_nl_requests(nl), 1);
	ck_assert_int_eq(xdpx_nl_family(nl, "no-such"), -ENOENT);
	ck_assert_int_eq(xdpx_nl_family(nl, "a-name-longer-than-any-family"), -ENOENT);
	ck_assert_uint_eq(xdpx_nl_requests(nl), 1);
	xdpx_nl_close(nl);
}
END_TEST

START_TEST(more_families_than_are_remembered_are_still_found)
{
	static const char *const missing[] = {"no-1", "no-2", "no-3", "no-4", "no-5"};
	struct xdpx_nl *nl = nl_open(NETLINK_GENERIC);
	size_t i;

	for (i = 0; i < sizeof(missing) / sizeof(missing[0]); i++)
		ck_assert_int_eq(xdpx_nl_family(nl, missing[i]), -ENOENT);
	ck_assert_int_eq(xdpx_nl_family(nl, "nlctrl"), 16);
	xdpx_nl_close(nl);
}
END_TEST

START_TEST(a_refusal_brings_the_kernels_words)
{
	char text[XDPX_NL_TEXT_BYTES];

	ck_assert_int_eq(xdpx_nl_xdp_set(if_nametoindex("lo"), pass_load(), XDP_FLAGS_DRV_MODE, -1, text, sizeof(text)),
			 -EOPNOTSUPP);
	ck_assert_str_eq(text, "Underlying driver does not support XDP in native mode");
}
END_TEST

START_TEST(a_program_is_set_seen_and_removed)
{
	uint32_t lo = if_nametoindex("lo");
	char text[XDPX_NL_TEXT_BYTES];
	struct xdpx_nl_xdp xdp;

	ck_assert_int_eq(xdpx_nl_xdp_set(lo, pass_load(), XDP_FLAGS_SKB_MODE, -1, text, sizeof(text)), 0);
	ck_assert_int_eq(xdpx_nl_xdp_get(lo, &xdp), 0);
	ck_assert_uint_eq(xdp.generic, net_prog_id("lo"));
	ck_assert_uint_ne(xdp.generic, 0);
	ck_assert_uint_eq(xdp.native, 0);

	/* Another mode's flag: a success that does nothing. */
	ck_assert_int_eq(xdpx_nl_xdp_set(lo, -1, XDP_FLAGS_DRV_MODE, -1, text, sizeof(text)), 0);
	ck_assert_uint_ne(net_prog_id("lo"), 0);

	ck_assert_int_eq(xdpx_nl_xdp_set(lo, -1, XDP_FLAGS_SKB_MODE, -1, text, sizeof(text)), 0);
	ck_assert_int_eq(xdpx_nl_xdp_get(lo, &xdp), 0);
	ck_assert_uint_eq(xdp.generic, 0);
}
END_TEST

START_TEST(a_program_is_replaced_only_where_it_is_the_expected_one)
{
	uint32_t flags = XDP_FLAGS_SKB_MODE | XDP_FLAGS_REPLACE;
	uint32_t lo = if_nametoindex("lo");
	char text[XDPX_NL_TEXT_BYTES];
	int first = pass_load();
	int second = pass_load();
	unsigned int id;

	ck_assert_int_eq(xdpx_nl_xdp_set(lo, first, flags, -1, text, sizeof(text)), 0);
	id = net_prog_id("lo");
	ck_assert_int_eq(xdpx_nl_xdp_set(lo, second, flags, second, text, sizeof(text)), -EEXIST);
	ck_assert_str_eq(text, "Active program does not match expected");
	ck_assert_uint_eq(net_prog_id("lo"), id);
	ck_assert_int_eq(xdpx_nl_xdp_set(lo, second, flags, first, text, sizeof(text)), 0);
	ck_assert_uint_ne(net_prog_id("lo"), id);
}
END_TEST

START_TEST(a_device_that_does_not_exist_is_enodev)
{
	struct xdpx_nl_xdp xdp = {.native = 77};
	char text[XDPX_NL_TEXT_BYTES];

	ck_assert_int_eq(xdpx_nl_xdp_set(99999, -1, 0, -1, text, sizeof(text)), -ENODEV);
	ck_assert_int_eq(xdpx_nl_xdp_get(99999, &xdp), -ENODEV);
	ck_assert_uint_eq(xdp.native, 77);
}
END_TEST

START_TEST(a_protocol_that_does_not_exist_leaves_no_fd)
{
	unsigned int before = fd_count();
	struct xdpx_nl *nl;

	ck_assert_int_eq(xdpx_nl_open(31, &nl), -EPROTONOSUPPORT);
	ck_assert_uint_eq(fd_count(), before);
	xdpx_nl_close(NULL);
}
END_TEST

static int new_links_count(const struct nlmsghdr *message, void *arg)
{
	*(unsigned int *)arg += message->nlmsg_type == RTM_NEWLINK;
	return 0;
}

static struct xdpx_nl *links_join(void)
{
	struct xdpx_nl *nl = nl_open(NETLINK_ROUTE);

	ck_assert_int_eq(xdpx_nl_join(nl, RTNLGRP_LINK), 0);
	return nl;
}

START_TEST(announcements_are_heard_without_waiting)
{
	struct xdpx_nl *nl = links_join();
	unsigned int count = 0;

	ck_assert_int_eq(xdpx_nl_listen(nl, new_links_count, &count), 0);
	ck_assert_uint_eq(count, 0);
	sh("ip link add v0 type veth peer name v1");
	ck_assert_int_eq(xdpx_nl_listen(nl, new_links_count, &count), 0);
	ck_assert_uint_ge(count, 2);
	xdpx_nl_close(nl);
}
END_TEST

START_TEST(announcements_that_do_not_fit_are_said_to_be_lost_once)
{
	struct xdpx_nl *nl = links_join();
	unsigned int count = 0;

	xdpx_nl_room(nl, 1);
	pairs_make(MANY_PAIRS);
	ck_assert_int_eq(xdpx_nl_listen(nl, new_links_count, &count), -ENOBUFS);
	ck_assert_uint_lt(count, MANY_PAIRS);
	ck_assert_int_eq(xdpx_nl_listen(nl, new_links_count, &count), 0);
	xdpx_nl_close(nl);
}
END_TEST

START_TEST(a_group_is_found_by_its_name)
{
	struct xdpx_nl *nl = nl_open(NETLINK_GENERIC);

	ck_assert_int_gt(xdpx_nl_group(nl, "nlctrl", "notify"), 0);
	ck_assert_int_eq(xdpx_nl_group(nl, "nlctrl", "nope"), -ENOENT);
	ck_assert_int_eq(xdpx_nl_group(nl, "no-such-family", "mgmt"), -ENOENT);
	xdpx_nl_close(nl);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("netlink");
	TCase *dump = tcase_create("dump");
	TCase *family = tcase_create("family");
	TCase *listen = tcase_create("listen");
	TCase *xdp = tcase_create("xdp");

	tcase_add_checked_fixture(dump, isolate, NULL);
	tcase_set_timeout(dump, 60);
	tcase_add_test(dump, a_dump_of_many_devices_comes_whole);
	tcase_add_test(dump, a_dump_that_changes_underway_has_no_device_twice_and_misses_none);
	tcase_add_test(dump, signals_do_not_disturb_a_dump);
	tcase_add_test(dump, after_a_dump_whose_callback_failed_the_socket_still_serves);
	tcase_add_test(dump, a_request_without_an_answer_ends_in_time_also_under_signals);
	tcase_add_checked_fixture(family, isolate, NULL);
	tcase_add_test(family, a_family_is_asked_for_once);
	tcase_add_test(family, a_family_that_is_missing_is_asked_for_once);
	tcase_add_test(family, more_families_than_are_remembered_are_still_found);
	tcase_add_checked_fixture(listen, isolate, NULL);
	tcase_add_test(listen, announcements_are_heard_without_waiting);
	tcase_add_test(listen, announcements_that_do_not_fit_are_said_to_be_lost_once);
	tcase_add_test(listen, a_group_is_found_by_its_name);
	tcase_add_checked_fixture(xdp, isolate, NULL);
	tcase_add_test(xdp, a_refusal_brings_the_kernels_words);
	tcase_add_test(xdp, a_program_is_set_seen_and_removed);
	tcase_add_test(xdp, a_program_is_replaced_only_where_it_is_the_expected_one);
	tcase_add_test(xdp, a_device_that_does_not_exist_is_enodev);
	tcase_add_test(xdp, a_protocol_that_does_not_exist_leaves_no_fd);
	suite_add_tcase(suite, dump);
	suite_add_tcase(suite, family);
	suite_add_tcase(suite, listen);
	suite_add_tcase(suite, xdp);
	return run_suite(suite);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Devices that are renamed, moved away or deleted while a snapshot is taken: before each of its requests, in turn. */
#include "net.h"
#include "netlink/netlink.h"
#include "netlink/socket.h"
#include "nic/sources.h"
#include "run.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <xdpx/error.h>

#define QUEUES 4
#define REQUESTS_MOST 64

/* The command that changes things, and before which request it runs; 0 once it has run. */
static const char *change_command;
static unsigned int change_before;

/* Takes the place of libc's sendto(), also for libmnl, which sends each request by it. */
ssize_t request_send(int fd, const void *bytes, size_t length, int flags, const void *to,
		     socklen_t to_length) __asm__("sendto");

ssize_t request_send(int fd, const void *bytes, size_t length, int flags, const void *to, socklen_t to_length)
{
	if (change_before && !--change_before)
		sh("%s", change_command);
	return syscall(SYS_sendto, fd, bytes, length, flags, to, to_length);
}

struct attempt {
	struct xdpx_nl *route;
	struct xdpx_nl *genl;
	struct xdpx_nic_list list;
	int err;
};

/* Takes snapshots, of one device or of all, as on a kernel without the netdev family where that is wanted. */
static void attempt_begin(struct attempt *attempt, const char *name, bool netdev)
{
	struct xdpx_nic_target target = {.index = 0};

	memset(attempt, 0, sizeof(*attempt));
	if (name)
		strcpy(target.name, name);
	ck_assert_int_eq(xdpx_nl_open(NETLINK_ROUTE, &attempt->route), 0);
	ck_assert_int_eq(xdpx_nl_open(NETLINK_GENERIC, &attempt->genl), 0);
	if (!netdev)
		attempt->genl->families[attempt->genl->family_count++] =
			(struct xdpx_nl_family){.name = "netdev", .id = -ENOENT};
	attempt->err = xdpx_nic_gather(attempt->route, attempt->genl, &target, &attempt->list);
}

static void attempt_end(struct attempt *attempt)
{
	xdpx_nic_list_end(&attempt->list);
	xdpx_nl_close(attempt->route);
	xdpx_nl_close(attempt->genl);
}

/* A bit for each part that something told. */
static uint32_t parts_known(const struct xdpx_nic *nic)
{
	uint32_t known = 0;
	unsigned int i;

	for (i = 0; i < XDPX_NIC_PARTS; i++)
		known |= (uint32_t)!nic->parts[i].state << i;
	return known;
}

/* What snapshots are compared with: v0 where nothing changes. */
struct model {
	uint32_t index;
	uint32_t parts;
};

static void pair_make(void)
{
	sh("ip link add v0 numrxqueues %d numtxqueues %d type veth peer name v1", QUEUES, QUEUES);
}

static struct model model_take(bool netdev)
{
	struct attempt attempt;
	struct model model;

	attempt_begin(&attempt, "v0", netdev);
	ck_assert_int_eq(attempt.err, 0);
	model = (struct model){attempt.list.nics[0].index, parts_known(&attempt.list.nics[0])};
	ck_assert(model.parts & 1U << XDPX_PART_CHANNELS);
	ck_assert(model.parts & 1U << XDPX_PART_RELATED);
	attempt_end(&attempt);
	return model;
}

/* All that is told is v0's. */
static void is_whole(const struct xdpx_nic *nic, const struct model *model, unsigned int before)
{
	ck_assert_uint_eq(nic->index, model->index);
	ck_assert_str_eq(nic->kind, "veth");
	ck_assert_str_eq(nic->driver, "veth");
	ck_assert_uint_eq(nic->channels.rx, QUEUES);
	ck_assert_uint_eq(nic->queues.usable, QUEUES);
	ck_assert_msg(parts_known(nic) == model->parts, "before request %u: parts %#x, not %#x", before,
		      parts_known(nic), model->parts);
}

/* False: no request was left to change things before. */
static bool one_changes(const char *command, bool netdev, unsigned int before, int expected)
{
	struct attempt attempt;
	struct model model;
	bool changed;

	pair_make();
	model = model_take(netdev);
	change_command = command;
	change_before = before;
	attempt_begin(&attempt, "v0", netdev);
	changed = !change_before;
	change_before = 0;
	if (attempt.err != (changed ? expected : 0))
		ck_abort_msg("`%s` before request %u: %d, %s", command, before, attempt.err,
			     xdpx_error_last()->message);
	if (!attempt.err && attempt.list.nics[0].index != model.index) {
		ck_assert_uint_eq(before, 1);
		ck_assert_str_eq(attempt.list.nics[0].kind, "bridge");
		ck_assert_uint_eq(attempt.list.nics[0].queues.usable, 1);
	} else if (!attempt.err) {
		is_whole(&attempt.list.nics[0], &model, before);
	}
	attempt_end(&attempt);
	sh("ip link del v1; ip link show v0 && ip link del v0; true");
	return changed;
}

static void one_changes_everywhere(const char *command, int expected)
{
	unsigned int before = 1;

	net_isolate();
	while (one_changes(command, true, before, expected))
		ck_assert_uint_lt(before++, REQUESTS_MOST);
	ck_assert_uint_gt(before, 10);
	before = 1;
	while (one_changes(command, false, before, expected))
		ck_assert_uint_lt(before++, REQUESTS_MOST);
	ck_assert_uint_gt(before, 8);
}

/* The same while all devices are listed: `stays` tells whether v0 is still to be there. */
static bool list_changes(const char *command, bool netdev, unsigned int before, bool stays)
{
	struct attempt attempt;
	struct model model;
	const struct xdpx_nic *nic;
	bool changed;

	pair_make();
	model = model_take(netdev);
	change_command = command;
	change_before = before;
	attempt_begin(&attempt, NULL, netdev);
	changed = !change_before;
	change_before = 0;
	ck_assert_msg(!attempt.err, "`%s` before request %u: %d", command, before, attempt.err);
	nic = xdpx_nic_list_find(&attempt.list, model.index);
	ck_assert_msg(!nic == (changed && !stays), "`%s` before request %u: v0 is %sthere", command, before,
		      nic ? "" : "not ");
	if (nic)
		is_whole(nic, &model, before);
	nic = xdpx_nic_list_find(&attempt.list, if_nametoindex("other0"));
	ck_assert_ptr_nonnull(nic);
	model.index = nic->index;
	is_whole(nic, &model, before);
	attempt_end(&attempt);
	sh("ip link del v1; ip link show v0 && ip link del v0; true");
	return changed;
}

static void list_changes_everywhere(const char *command, bool stays)
{
	unsigned int before = 1;

	net_isolate();
	sh("ip link add other0 numrxqueues %d numtxqueues %d type veth peer name other1", QUEUES, QUEUES);
	while (list_changes(command, true, before, stays))
		ck_assert_uint_lt(before++, REQUESTS_MOST);
	ck_assert_uint_gt(before, 10);
	before = 1;
	while (list_changes(command, false, before, stays))
		ck_assert_uint_lt(before++, REQUESTS_MOST);
	ck_assert_uint_gt(before, 8);
}

/* A process in a network namespace of its own, to move devices to; ended with SIGKILL. */
static pid_t elsewhere(void)
{
	int ready[2];
	pid_t child;
	char byte;

	ck_assert_int_eq(pipe(ready), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (!child) {
		if (unshare(CLONE_NEWNET) || write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return child;
}

static const char rename_v0[] = "ip link set v0 name v2; ip link add v0 type bridge";
static const char delete_v0[] = "ip link del v0";

START_TEST(a_device_renamed_before_any_request_is_one_device_all_the_same)
{
	one_changes_everywhere(rename_v0, 0);
}
END_TEST

START_TEST(a_device_deleted_before_any_request_is_enodev)
{
	one_changes_everywhere(delete_v0, -ENODEV);
}
END_TEST

START_TEST(a_device_moved_away_before_any_request_is_enodev)
{
	char command[64];
	pid_t child = elsewhere();

	snprintf(command, sizeof(command), "ip link set v0 netns %d", child);
	one_changes_everywhere(command, -ENODEV);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}
END_TEST

START_TEST(a_device_renamed_while_all_are_listed_stays_the_one_it_was)
{
	list_changes_everywhere(rename_v0, true);
}
END_TEST

START_TEST(a_device_deleted_while_all_are_listed_is_not_in_the_list)
{
	list_changes_everywhere(delete_v0, false);
}
END_TEST

START_TEST(a_device_moved_away_while_all_are_listed_is_not_in_the_list)
{
	char command[64];
	pid_t child = elsewhere();

	snprintf(command, sizeof(command), "ip link set v0 netns %d", child);
	list_changes_everywhere(command, false);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}
END_TEST

static void come_and_go(void)
{
	for (;;)
		if (sh_try("ip link add c0 numrxqueues 3 numtxqueues 3 type veth peer name c1; ip link set c0 up; "
			   "ip link del c0"))
			_exit(1);
}

START_TEST(a_device_that_comes_and_goes_is_whole_or_enodev)
{
	unsigned int whole = 0;
	unsigned int gone = 0;
	time_t end = time(NULL) + 3;
	pid_t child;

	net_isolate();
	child = fork();

	ck_assert_int_ge(child, 0);
	if (!child)
		come_and_go();
	while (time(NULL) < end) {
		struct xdpx_queues queues = {.size = sizeof(queues)};
		struct xdpx_nic *nic;
		int err = xdpx_nic_open("c0", NULL, &nic);

		if (err) {
			if (err != -ENODEV)
				ck_abort_msg("%d: %s", err, xdpx_error_last()->message);
			gone++;
			continue;
		}
		whole++;
		xdpx_nic_queues(nic, &queues);
		if (queues.usable != 3 || strcmp(xdpx_nic_driver(nic), "veth") != 0)
			ck_abort_msg("%u usable queues: %s", queues.usable, xdpx_nic_queues_why(nic));
		xdpx_nic_free(nic);
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	ck_assert_uint_gt(whole, 0);
	ck_assert_uint_gt(gone, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("change");
	TCase *one = tcase_create("one");
	TCase *list = tcase_create("list");

	tcase_set_timeout(one, 60);
	tcase_add_test(one, a_device_renamed_before_any_request_is_one_device_all_the_same);
	tcase_add_test(one, a_device_deleted_before_any_request_is_enodev);
	tcase_add_test(one, a_device_moved_away_before_any_request_is_enodev);
	tcase_add_test(one, a_device_that_comes_and_goes_is_whole_or_enodev);
	suite_add_tcase(suite, one);
	tcase_set_timeout(list, 60);
	tcase_add_test(list, a_device_renamed_while_all_are_listed_stays_the_one_it_was);
	tcase_add_test(list, a_device_deleted_while_all_are_listed_is_not_in_the_list);
	tcase_add_test(list, a_device_moved_away_while_all_are_listed_is_not_in_the_list);
	suite_add_tcase(suite, list);
	return run_suite(suite);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Live changes of devices that each test makes for itself. */
#include "monitor/monitor.h"
#include "drop_caps.h"
#include "net.h"
#include "run.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xdpx/error.h>

/* How long an announcement may take on a busy machine, and how long there is none. */
#define SOON_MS 5000
#define QUIET_MS 300

static void isolate(void)
{
	net_isolate();
}

static struct xdpx_monitor *monitor_of(const char *nic)
{
	struct xdpx_monitor *monitor;

	ck_assert_msg(!xdpx_monitor_new(nic, NULL, &monitor), "%s", xdpx_error_last()->message);
	return monitor;
}

static struct xdpx_change *next_of(struct xdpx_monitor *monitor)
{
	struct xdpx_change *change;
	int result = xdpx_monitor_next(monitor, SOON_MS, &change);

	ck_assert_msg(result == 1, "no change came, but %d: %s", result, xdpx_error_last()->message);
	return change;
}

static const char *name_of(const struct xdpx_change *change)
{
	if (xdpx_change_after(change))
		return xdpx_nic_name(xdpx_change_after(change));
	return xdpx_change_before(change) ? xdpx_nic_name(xdpx_change_before(change)) : "";
}

/* Whether the change names this difference; values that are NULL may be any. */
static bool tells(const struct xdpx_change *change, const char *name, const char *before, const char *after)
{
	struct xdpx_difference difference = {.size = sizeof(difference)};
	size_t i;

	for (i = 0; xdpx_change_diff(change) && i < xdpx_nic_diff_count(xdpx_change_diff(change)); i++) {
		ck_assert_int_eq(xdpx_nic_diff_at(xdpx_change_diff(change), i, &difference), 0);
		if (!strcmp(difference.name, name))
			return (!before || !strcmp(difference.before, before)) &&
			       (!after || !strcmp(difference.after, after));
	}
	return false;
}

/* Reads changes until the device's tells this one. */
static void awaits(struct xdpx_monitor *monitor, const char *nic, const char *name, const char *before,
		   const char *after)
{
	struct xdpx_change *change;
	bool found = false;

	while (!found) {
		change = next_of(monitor);
		found = !strcmp(name_of(change), nic) && tells(change, name, before, after);
		xdpx_change_free(change);
	}
}

static void awaits_kind(struct xdpx_monitor *monitor, const char *nic, enum xdpx_change_kind kind)
{
	struct xdpx_change *change;
	bool found = false;

	while (!found) {
		change = next_of(monitor);
		found = !strcmp(name_of(change), nic) && xdpx_change_kind(change) == kind;
		xdpx_change_free(change);
	}
}

static void is_quiet(struct xdpx_monitor *monitor)
{
	struct xdpx_change *change;
	int result = xdpx_monitor_next(monitor, QUIET_MS, &change);

	ck_assert_msg(!result, "%d: %s %s", result, result == 1 ? xdpx_change_kind_name(xdpx_change_kind(change)) : "",
		      result == 1 ? name_of(change) : "");
}

static void settles(struct xdpx_monitor *monitor)
{
	struct xdpx_change *change;
	int result;

	while ((result = xdpx_monitor_next(monitor, QUIET_MS, &change)) == 1)
		xdpx_change_free(change);
	ck_assert_int_eq(result, 0);
}

/* What the monitor keeps is what a fresh list says. */
static void is_up_to_date(const struct xdpx_monitor *monitor)
{
	struct xdpx_difference difference = {.size = sizeof(difference)};
	struct xdpx_nic_list *list;
	struct xdpx_nic_diff *diff;
	size_t i;

	ck_assert_int_eq(xdpx_nic_list_new(NULL, &list), 0);
	ck_assert_uint_eq(xdpx_monitor_nic_count(monitor), xdpx_nic_list_count(list));
	for (i = 0; i < xdpx_nic_list_count(list); i++) {
		ck_assert_int_eq(xdpx_nic_diff_new(xdpx_monitor_nic_at(monitor, i), xdpx_nic_list_at(list, i), &diff),
				 0);
		if (xdpx_nic_diff_count(diff))
			xdpx_nic_diff_at(diff, 0, &difference);
		ck_assert_msg(!xdpx_nic_diff_count(diff), "%s, %s: %s, but %s now",
			      xdpx_nic_name(xdpx_nic_list_at(list, i)), difference.name, difference.before,
			      difference.after);
		xdpx_nic_diff_free(diff);
	}
	ck_assert_ptr_null(xdpx_monitor_nic_at(monitor, i));
	xdpx_nic_list_free(list);
}

START_TEST(mtu_up_down_and_carrier_are_told)
{
	struct xdpx_monitor *monitor;

	net_veth("v0", "v1", 1);
	monitor = monitor_of(NULL);
	sh("ip link set v0 mtu 1400");
	awaits(monitor, "v0", "mtu", "1500", "1400");
	sh("ip link set v1 down");
	awaits(monitor, "v1", "up", "yes", "no");
	settles(monitor);
	is_up_to_date(monitor);
	sh("ip link set v1 up");
	awaits(monitor, "v0", "carrier", "no", "yes");
	settles(monitor);
	is_up_to_date(monitor);
	xdpx_monitor_free(monitor);
}
END_TEST

START_TEST(a_change_has_the_snapshots_before_and_after)
{
	struct xdpx_monitor *monitor;
	struct xdpx_change *change;

	sh("ip link add d0 type ifb");
	monitor = monitor_of(NULL);
	sh("ip link set d0 mtu 1400");
	change = next_of(monitor);
	ck_assert_int_eq(xdpx_change_kind(change), XDPX_CHANGE_CHANGED);
	/* and outlives the monitor */
	xdpx_monitor_free(monitor);
	ck_assert_uint_eq(xdpx_nic_mtu(xdpx_change_before(change)), 1500);
	ck_assert_uint_eq(xdpx_nic_mtu(xdpx_change_after(change)), 1400);
	ck_assert(tells(change, "mtu", "1500", "1400"));
	xdpx_change_free(change);
	xdpx_change_free(NULL);
	xdpx_monitor_free(NULL);
}
END_TEST

START_TEST(a_new_name_is_a_change_of_the_same_device)
{
	struct xdpx_monitor *monitor;
	struct xdpx_change *change;

	sh("ip link add d0 type ifb");
	monitor = monitor_of(NULL);
	sh("ip link set d0 name d9");
	change = next_of(monitor);
	ck_assert(tells(change, "name", "d0", "d9"));
	ck_assert_uint_eq(xdpx_nic_index(xdpx_change_before(change)), xdpx_nic_index(xdpx_change_after(change)));
	xdpx_change_free(change);
	is_quiet(monitor);
	xdpx_monitor_free(monitor);
}
END_TEST

START_TEST(the_other_end_of_a_pair_hears_of_the_new_name)
{
	struct xdpx_monitor *monitor;

	net_veth("v0", "v1", 1);
	monitor = monitor_of(NULL);
	sh("ip link set v1 down; ip link set v1 name v9; ip link set v9 up");
	awaits_kind(monitor, "v0", XDPX_CHANGE_CHANGED);
	settles(monitor);
	is_up_to_date(monitor);
	xdpx_monitor_free(monitor);
}
END_TEST

START_TEST(devices_that_come_and_go_are_told_with_their_snapshots)
{
	struct xdpx_monitor *monitor;
	struct xdpx_change *change;

	monitor = monitor_of(NULL);
	sh("ip link add d0 type ifb");
	change = next_of(monitor);
	ck_assert_int_eq(xdpx_change_kind(change), XDPX_CHANGE_ADDED);
	ck_assert_ptr_null(xdpx_change_before(change));
	ck_assert_ptr_null(xdpx_change_diff(change));
	ck_assert_str_eq(xdpx_nic_name(xdpx_change_after(change)), "d0");
	xdpx_change_free(change);
	settles(monitor);
	sh("ip link del d0");
	change = next_of(monitor);
	ck_assert_int_eq(xdpx_change_kind(change), XDPX_CHANGE_REMOVED);
	ck_assert_ptr_null(xdpx_change_after(change));
	ck_assert_ptr_null(xdpx_change_diff(change));
	ck_assert_str_eq(xdpx_nic_name(xdpx_change_before(change)), "d0");
	xdpx_change_free(change);
	is_quiet(monitor);
	xdpx_monitor_free(monitor);
}
END_TEST

START_TEST(an_index_that_is_used_again_is_another_device)
{
	struct xdpx_monitor *monitor;

	sh("ip link add d0 index 77 type ifb");
	monitor = monitor_of(NULL);
	sh("ip link del d0; ip link add d0 index 77 type ifb");
	awaits_kind(monitor, "d0", XDPX_CHANGE_REMOVED);
	awaits_kind(monitor, "d0", XDPX_CHANGE_ADDED);
	is_quiet(monitor);
	is_up_to_date(monitor);
	xdpx_monitor_free(monitor);
}
END_TEST

START_TEST(a_device_that_leaves_a_bridge_is_not_gone)
{
	struct xdpx_monitor *monitor;

	sh("ip link add d0 type ifb; ip link add br0 type bridge; ip link set d0 master br0");
	monitor = monitor_of(NULL);
	sh("ip link set d0 nomaster");
	awaits(monitor, "d0", "master", NULL, "none");
	settles(monitor);
	is_up_to_date(monitor);
	sh("ip link set d0 master br0");
	awaits(monitor, "d0", "master", "none", NULL);
	settles(monitor);
	is_up_to_date(monitor);
	xdpx_monitor_free(monitor);
}
END_TEST

START_TEST(gro_at_one_end_of_a_veth_makes_the_other_a_target_of_redirects)
{
	struct xdpx_monitor *monitor;

	net_veth("v0", "v1", 1);
	monitor = monitor_of(NULL);
	if (xdpx_monitor_hears(monitor, XDPX_MONITOR_NETDEV) != XDPX_YES) {
		xdpx_monitor_free(monitor);
		skip_test("no netdev netlink family");
	}
	sh("ethtool -K v1 gro on");
	awaits(monitor, "v0", "feature redirect-target", "no", "yes");
	settles(monitor);
	is_up_to_date(monitor);
	xdpx_monitor_free(monitor);
}
END_TEST

START_TEST(offloads_and_channels_are_told)
{
	struct xdpx_monitor *monitor;

	net_veth("v0", "v1", 4);
	monitor = monitor_of(NULL);
	sh("ethtool -K v0 gro on");
	awaits(monitor, "v0", "offload gro", "off", "on");
	sh("ethtool -L v0 rx 2");
	awaits(monitor, "v0", "queues rx", "4", "2");
	settles(monitor);
	is_up_to_date(monitor);
	xdpx_monitor_free(monitor);
}
END_TEST

START_TEST(coalescing_is_told)
{
	struct xdpx_monitor *monitor;

	sh("ip tuntap add t0 mode tap");
	monitor = monitor_of(NULL);
	if (xdpx_monitor_hears(monitor, XDPX_MONITOR_ETHTOOL) != XDPX_YES) {
		xdpx_monitor_free(monitor);
		skip_test("no ethtool netlink family");
	}
	sh("ethtool -C t0 rx-frames 8");
	awaits(monitor, "t0", "coalesce rx-frames", "0", "8");
	is_quiet(monitor);
	xdpx_monitor_free(monitor);
}
END_TEST

static int program_load(void)
{
	static const struct bpf_insn pass[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "watched", "GPL", pass, 2, NULL);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static void program_is_told(uint32_t flags)
{
	struct xdpx_monitor *monitor = monitor_of(NULL);
	uint32_t index = if_nametoindex("v0");
	int fd = program_load();
	char text[XDPX_NL_TEXT_BYTES];

	ck_assert_int_eq(xdpx_nl_xdp_set(index, fd, flags, -1, text, sizeof(text)), 0);
	awaits(monitor, "v0", "program", "none", NULL);
	settles(monitor);
	is_up_to_date(monitor);
	ck_assert_int_eq(xdpx_nl_xdp_set(index, -1, flags, -1, text, sizeof(text)), 0);
	awaits(monitor, "v0", "program", NULL, "none");
	settles(monitor);
	is_up_to_date(monitor);
	close(fd);
	xdpx_monitor_free(monitor);
}

START_TEST(programs_attached_over_netlink_are_told)
{
	net_veth("v0", "v1", 1);
	program_is_told(XDP_FLAGS_DRV_MODE);
	program_is_told(XDP_FLAGS_SKB_MODE);
}
END_TEST

static int link_attach(int prog, const char *nic)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = XDP_FLAGS_SKB_MODE);
	int fd = bpf_link_create(prog, (int)if_nametoindex(nic), BPF_XDP, &opts);

	ck_assert_int_ge(fd, 0);
	return fd;
}

/* Linux announces no bpf_link on a device. Should it begin to, the header's words are to be mended. */
START_TEST(a_bpf_link_is_told_at_the_next_look)
{
	struct xdpx_monitor_opts opts = {.size = sizeof(opts), .interval_ms = 50};
	struct xdpx_monitor *without;
	struct xdpx_monitor *with;
	int prog = program_load();
	int link;

	sh("ip link add d0 type ifb");
	without = monitor_of(NULL);
	ck_assert_int_eq(xdpx_monitor_new(NULL, &opts, &with), 0);
	link = link_attach(prog, "d0");
	awaits(with, "d0", "program", "none", NULL);
	is_quiet(without);
	sh("ip link set d0 mtu 1400");
	awaits(without, "d0", "program", "none", NULL);
	close(link);
	awaits(with, "d0", "program", NULL, "none");
	close(prog);
	xdpx_monitor_free(with);
	xdpx_monitor_free(without);
}
END_TEST

/* A process in a network namespace of its own, which is there when this returns. */
static pid_t other_start(void)
{
	int ready[2];
	pid_t other;
	char byte;

	ck_assert_int_eq(pipe(ready), 0);
	other = fork();
	if (!other) {
		unshare(CLONE_NEWNET);
		if (write(ready[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return other;
}

START_TEST(a_device_that_moves_to_another_namespace_is_gone_and_may_come_back)
{
	struct xdpx_monitor *monitor;
	pid_t other;

	net_veth("v0", "v1", 1);
	monitor = monitor_of(NULL);
	other = other_start();
	sh("ip link set v1 netns %d", other);
	awaits_kind(monitor, "v1", XDPX_CHANGE_REMOVED);
	settles(monitor);
	is_up_to_date(monitor);
	sh("nsenter -t %d -n ip link set v1 netns %d", other, getpid());
	awaits_kind(monitor, "v1", XDPX_CHANGE_ADDED);
	settles(monitor);
	is_up_to_date(monitor);
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	xdpx_monitor_free(monitor);
}
END_TEST

START_TEST(nothing_is_told_where_nothing_changed)
{
	struct xdpx_monitor *monitor;
	struct xdpx_nic_list *list;
	struct xdpx_nic *nic;

	net_veth("v0", "v1", 1);
	monitor = monitor_of(NULL);
	is_quiet(monitor);
	/* asking, the same value again, and there and back */
	ck_assert_int_eq(xdpx_nic_list_new(NULL, &list), 0);
	ck_assert_int_eq(xdpx_nic_open("v0", NULL, &nic), 0);
	sh("ip link set v0 mtu 1500; ip link set v0 up; ethtool -K v0 gro off");
	sh("ip link set v0 mtu 1400; ip link set v0 mtu 1500");
	is_quiet(monitor);
	xdpx_nic_list_free(list);
	xdpx_nic_free(nic);
	xdpx_monitor_free(monitor);
}
END_TEST

START_TEST(the_descriptor_is_readable_while_there_is_something_to_tell)
{
	struct xdpx_monitor *monitor = monitor_of(NULL);
	struct pollfd ready = {.fd = xdpx_monitor_fd(monitor), .events = POLLIN};
	struct xdpx_change *change;
	int changes = 0;

	ck_assert_int_eq(poll(&ready, 1, QUIET_MS), 0);
	sh("ip link add v0 type veth peer name v1");
	while (poll(&ready, 1, QUIET_MS) == 1) {
		if (xdpx_monitor_next(monitor, 0, &change) != 1)
			continue;
		changes++;
		xdpx_change_free(change);
	}
	ck_assert_int_ge(changes, 2);
	is_up_to_date(monitor);
	xdpx_monitor_free(monitor);
}
END_TEST

static void mtu_set(int fd, const char *name, int mtu)
{
	struct ifreq request = {.ifr_mtu = mtu};

	strcpy(request.ifr_name, name);
	ck_assert_int_eq(ioctl(fd, SIOCSIFMTU, &request), 0);
}

static void mtus_set(const char *name, int count)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int i;

	ck_assert_int_ge(fd, 0);
	for (i = 0; i < count; i++)
		mtu_set(fd, name, 1000 + i);
	close(fd);
}

START_TEST(a_thousand_quick_changes_end_in_the_right_state)
{
	struct xdpx_monitor *monitor;
	struct xdpx_change *change;

	sh("ip link add d0 mtu 999 type ifb");
	monitor = monitor_of(NULL);
	mtus_set("d0", 1000);
	/* they come to one, as nobody looked in between */
	change = next_of(monitor);
	ck_assert_int_eq(xdpx_change_kind(change), XDPX_CHANGE_CHANGED);
	ck_assert(tells(change, "mtu", "999", "1999"));
	xdpx_change_free(change);
	settles(monitor);
	is_up_to_date(monitor);
	xdpx_monitor_free(monitor);
}
END_TEST

static void buffers_shrink(const struct xdpx_monitor *monitor)
{
	unsigned int i;

	for (i = 0; i < XDPX_MONITOR_SOURCES; i++)
		if (monitor->ears[i].nl)
			xdpx_nl_room(monitor->ears[i].nl, 1);
}

START_TEST(lost_announcements_are_a_resync_after_which_nothing_is_missing)
{
	struct xdpx_monitor *monitor;
	struct xdpx_change *change;

	sh("ip link add d0 mtu 999 type ifb; ip link add d1 type ifb; ip link add d2 type ifb");
	monitor = monitor_of(NULL);
	buffers_shrink(monitor);
	mtus_set("d0", 2000);
	sh("ip link del d1; ip link add d3 type ifb; ip link set d2 mtu 1234");
	change = next_of(monitor);
	ck_assert_int_eq(xdpx_change_kind(change), XDPX_CHANGE_RESYNC);
	ck_assert_ptr_null(xdpx_change_before(change));
	ck_assert_ptr_null(xdpx_change_after(change));
	ck_assert_ptr_null(xdpx_change_diff(change));
	xdpx_change_free(change);
	awaits_kind(monitor, "d1", XDPX_CHANGE_REMOVED);
	awaits(monitor, "d0", "mtu", "999", "2999");
	awaits(monitor, "d2", "mtu", "1500", "1234");
	awaits_kind(monitor, "d3", XDPX_CHANGE_ADDED);
	settles(monitor);
	is_up_to_date(monitor);
	xdpx_monitor_free(monitor);
}
END_TEST

START_TEST(many_devices_at_once_are_all_told)
{
	struct xdpx_monitor *monitor = monitor_of(NULL);
	struct xdpx_change *change;
	int added = 0;

	sh("for i in $(seq 100); do echo link add d$i type ifb; done | ip -batch -");
	while (added < 100) {
		change = next_of(monitor);
		added += xdpx_change_kind(change) == XDPX_CHANGE_ADDED;
		xdpx_change_free(change);
	}
	settles(monitor);
	is_up_to_date(monitor);
	xdpx_monitor_free(monitor);
}
END_TEST

START_TEST(devices_that_come_too_fast_to_be_listed_are_told_in_the_end)
{
	struct xdpx_monitor *monitor = monitor_of(NULL);
	struct xdpx_change *change;
	int added = 0;
	pid_t adder;

	adder = fork();
	if (!adder) {
		sh("for i in $(seq 300); do echo link add v$i type veth peer name w$i; done | ip -batch -");
		_exit(0);
	}
	while (added < 600) {
		change = next_of(monitor);
		added += xdpx_change_kind(change) == XDPX_CHANGE_ADDED;
		xdpx_change_free(change);
	}
	ck_assert_int_eq(waitpid(adder, NULL, 0), adder);
	settles(monitor);
	is_up_to_date(monitor);
	xdpx_monitor_free(monitor);
}
END_TEST

START_TEST(one_device_is_followed_through_names_and_its_successor_by_name)
{
	struct xdpx_monitor *monitor;

	sh("ip link add d0 type ifb; ip link add d1 type ifb");
	monitor = monitor_of("d0");
	sh("ip link set d1 mtu 1400");
	is_quiet(monitor);
	sh("ip link set d0 name e0; ip link set d1 name d0");
	awaits(monitor, "e0", "name", "d0", "e0");
	is_quiet(monitor);
	sh("ip link del e0");
	awaits_kind(monitor, "e0", XDPX_CHANGE_REMOVED);
	is_quiet(monitor);
	ck_assert_uint_eq(xdpx_monitor_nic_count(monitor), 0);
	sh("ip link add other type ifb");
	is_quiet(monitor);
	sh("ip link set d0 name e0");
	awaits_kind(monitor, "e0", XDPX_CHANGE_ADDED);
	ck_assert_uint_eq(xdpx_monitor_nic_count(monitor), 1);
	xdpx_monitor_free(monitor);
}
END_TEST

START_TEST(one_device_by_index_is_followed)
{
	struct xdpx_monitor *monitor;

	sh("ip link add d0 index 77 type ifb");
	monitor = monitor_of("#77");
	sh("ip link del d0; ip link add d0 index 78 type ifb");
	awaits_kind(monitor, "d0", XDPX_CHANGE_REMOVED);
	awaits_kind(monitor, "d0", XDPX_CHANGE_ADDED);
	is_quiet(monitor);
	xdpx_monitor_free(monitor);
}
END_TEST

static void refused(const char *nic, const struct xdpx_monitor_opts *opts, int err)
{
	struct xdpx_monitor untouched;
	struct xdpx_monitor *monitor = &untouched;
	unsigned int before = fd_count();

	ck_assert_int_eq(xdpx_monitor_new(nic, opts, &monitor), err);
	ck_assert_ptr_eq(monitor, &untouched);
	ck_assert_uint_eq(fd_count(), before);
	ck_assert_str_ne(xdpx_error_last()->message, "");
}

START_TEST(bad_names_and_options_are_refused_and_leave_nothing_open)
{
	struct xdpx_monitor_opts opts = {.size = sizeof(opts), .flags = 1};

	refused("nope", NULL, -ENODEV);
	refused("", NULL, -EINVAL);
	refused("#0", NULL, -EINVAL);
	refused(NULL, &opts, -EINVAL);
	opts = (struct xdpx_monitor_opts){.size = sizeof(opts), .reserved = 1};
	refused(NULL, &opts, -EINVAL);
	opts = (struct xdpx_monitor_opts){.size = 0};
	refused(NULL, &opts, -EINVAL);
}
END_TEST

static void on_alarm(int signal)
{
	(void)signal;
}

START_TEST(a_signal_ends_the_wait)
{
	struct sigaction action = {.sa_handler = on_alarm};
	struct itimerval times = {.it_value = {.tv_usec = 100000}};
	struct xdpx_monitor *monitor = monitor_of(NULL);
	struct xdpx_change *change;

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &times, NULL);
	ck_assert_int_eq(xdpx_monitor_next(monitor, -1, &change), -EINTR);
	sh("ip link add d0 type ifb");
	awaits_kind(monitor, "d0", XDPX_CHANGE_ADDED);
	xdpx_monitor_free(monitor);
}
END_TEST

START_TEST(no_privilege_is_needed)
{
	struct xdpx_monitor *monitor;
	int ready[2];
	pid_t child;
	int status;
	char byte;

	net_veth("v0", "v1", 1);
	ck_assert_int_eq(pipe(ready), 0);
	child = fork();
	if (!child) {
		drop_caps(UINT64_MAX);
		monitor = monitor_of(NULL);
		ck_assert_int_eq(write(ready[1], "", 1), 1);
		awaits(monitor, "v0", "mtu", "1500", "1400");
		xdpx_monitor_free(monitor);
		_exit(0);
	}
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	sh("ip link set v0 mtu 1400");
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(sources_are_said)
{
	struct xdpx_monitor *monitor = monitor_of(NULL);
	int source;

	ck_assert_int_eq(xdpx_monitor_hears(monitor, XDPX_MONITOR_LINKS), XDPX_YES);
	for (source = 0; source < (int)XDPX_MONITOR_SOURCES; source++)
		ck_assert_str_ne(xdpx_monitor_why(monitor, source), "");
	ck_assert_int_eq(xdpx_monitor_hears(monitor, XDPX_MONITOR_SOURCES), XDPX_UNKNOWN);
	ck_assert_str_eq(xdpx_monitor_why(monitor, XDPX_MONITOR_SOURCES), "");
	xdpx_monitor_free(monitor);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("monitor");
	TCase *tests = tcase_create("monitor");

	tcase_add_checked_fixture(tests, isolate, NULL);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, mtu_up_down_and_carrier_are_told);
	tcase_add_test(tests, a_change_has_the_snapshots_before_and_after);
	tcase_add_test(tests, a_new_name_is_a_change_of_the_same_device);
	tcase_add_test(tests, the_other_end_of_a_pair_hears_of_the_new_name);
	tcase_add_test(tests, devices_that_come_and_go_are_told_with_their_snapshots);
	tcase_add_test(tests, an_index_that_is_used_again_is_another_device);
	tcase_add_test(tests, a_device_that_leaves_a_bridge_is_not_gone);
	tcase_add_test(tests, gro_at_one_end_of_a_veth_makes_the_other_a_target_of_redirects);
	tcase_add_test(tests, offloads_and_channels_are_told);
	tcase_add_test(tests, coalescing_is_told);
	tcase_add_test(tests, programs_attached_over_netlink_are_told);
	tcase_add_test(tests, a_bpf_link_is_told_at_the_next_look);
	tcase_add_test(tests, a_device_that_moves_to_another_namespace_is_gone_and_may_come_back);
	tcase_add_test(tests, nothing_is_told_where_nothing_changed);
	tcase_add_test(tests, the_descriptor_is_readable_while_there_is_something_to_tell);
	tcase_add_test(tests, a_thousand_quick_changes_end_in_the_right_state);
	tcase_add_test(tests, lost_announcements_are_a_resync_after_which_nothing_is_missing);
	tcase_add_test(tests, many_devices_at_once_are_all_told);
	tcase_add_test(tests, devices_that_come_too_fast_to_be_listed_are_told_in_the_end);
	tcase_add_test(tests, one_device_is_followed_through_names_and_its_successor_by_name);
	tcase_add_test(tests, one_device_by_index_is_followed);
	tcase_add_test(tests, bad_names_and_options_are_refused_and_leave_nothing_open);
	tcase_add_test(tests, a_signal_ends_the_wait);
	tcase_add_test(tests, no_privilege_is_needed);
	tcase_add_test(tests, sources_are_said);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}

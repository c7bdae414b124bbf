/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * Busy polling of sockets. Where the kernel knows the NAPI of a veth's queue (before Linux 6.13) on a veth; else on two
 * devices that are joined and named in XDPX_BUSY_NIC, as tests/vm has them.
 */
#include "child.h"
#include "drop_caps.h"
#include "net.h"
#include "run.h"
#include "tune.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <xdpx/busy_poll.h>
#include <xdpx/error.h>
#include <xdpx/port.h>

#define PACKET 100
#define PREFER_BUSY_POLL 69

static struct xdpx_umem *umem;
static char near[16] = "v0";
static char far[16] = "v1";

/* With a device of the machine's own, its network namespace is the one to be in. */
static void setup(void)
{
	const char *names = getenv("XDPX_BUSY_NIC");

	if (names) {
		ck_assert_int_eq(sscanf(names, "%15s %15s", near, far), 2);
		sh("ip link set %s up; ip link set %s up", near, far);
	} else {
		tune_isolate();
		net_veth(near, far, 1);
	}
	ck_assert_int_eq(xdpx_umem_new(NULL, &umem), 0);
}

static struct xdpx_xsk_opts busy_opts(void)
{
	return (struct xdpx_xsk_opts){.size = sizeof(struct xdpx_xsk_opts), .busy_poll_us = 50};
}

static struct xdpx_busy_poll ask(struct xdpx_xsk *xsk)
{
	struct xdpx_busy_poll busy = {.size = sizeof(busy)};

	ck_assert_int_eq(xdpx_xsk_busy_poll(xsk, &busy), 0);
	return busy;
}

static struct xdpx_xsk *open_xsk(uint32_t queue, const struct xdpx_xsk_opts *opts)
{
	struct xdpx_xsk *xsk;

	ck_assert_msg(!xdpx_xsk_open(umem, near, queue, opts, &xsk), "%s", xdpx_error_last()->message);
	return xsk;
}

static struct xdpx_port *open_port(const struct xdpx_xsk_opts *xsk_opts)
{
	const struct xdpx_port_opts opts = {.size = sizeof(opts),
					    .traffic = XDPX_TRAFFIC_ALL,
					    .queue_count = 1,
					    .mode = XDPX_MODE_NATIVE,
					    .xsk_opts = xsk_opts};
	struct xdpx_port *port;

	ck_assert_msg(!xdpx_port_open(near, &opts, &port), "%s", xdpx_error_last()->message);
	return port;
}

static void send_one(int from)
{
	static const unsigned char packet[PACKET] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x88, 0xb5};

	ck_assert_int_eq(send(from, packet, sizeof(packet), 0), sizeof(packet));
}

/* Receives until nothing more comes; returns how many came. */
static unsigned int drain(struct xdpx_xsk *xsk)
{
	struct xdpx_frame frames[64];
	unsigned int total = 0;
	unsigned int count;

	while ((count = xdpx_xsk_recv(xsk, frames, 64))) {
		xdpx_xsk_release(xsk, frames, count);
		total += count;
	}
	return total;
}

/* The first packet, from which older kernels learn the NAPI. */
static void first_packet(struct xdpx_xsk *xsk, int from)
{
	int tries;

	for (tries = 0; tries < 20; tries++) {
		send_one(from);
		if (xdpx_xsk_wait(xsk, 100) == 1)
			break;
	}
	ck_assert_int_lt(tries, 20);
	drain(xsk);
}

static uint32_t rx_level(const struct xdpx_xsk *xsk)
{
	struct xdpx_xsk_stats stats = {.size = sizeof(stats)};

	ck_assert_int_eq(xdpx_xsk_stats(xsk, &stats), 0);
	return stats.rx_level;
}

/* Packets that others have sent on the machine's device may come in between; not on a veth. */
static void knobs_long(void)
{
	if (getenv("XDPX_BUSY_NIC")) {
		sh("echo 100 > /sys/class/net/%s/napi_defer_hard_irqs", near);
		sh("echo 1000000000 > /sys/class/net/%s/gro_flush_timeout", near);
		return;
	}
	sysfs_set(near, "napi_defer_hard_irqs", "100");
	sysfs_set(near, "gro_flush_timeout", "1000000000");
}

START_TEST(a_socket_that_did_not_ask_for_it_says_so)
{
	struct xdpx_xsk *xsk = open_xsk(0, NULL);
	struct xdpx_busy_poll busy = ask(xsk);

	ck_assert_int_eq(busy.answer, XDPX_NO);
	has(busy.why, "not asked for");
	busy.size = 0;
	ck_assert_int_eq(xdpx_xsk_busy_poll(xsk, &busy), -EINVAL);
	ck_assert_int_eq(xdpx_xsk_busy_poll(xsk, NULL), -EINVAL);
	xdpx_xsk_close(xsk);
}
END_TEST

static const struct {
	struct xdpx_xsk_opts opts;
	const char *word;
} refused[] = {
	{{.busy_poll_us = 1U << 31}, "busy_poll_us is 2147483648"},
	{{.busy_poll_us = 1, .busy_poll_budget = 65536}, "busy_poll_budget is 65536"},
	{{.busy_poll_budget = 8}, "without busy_poll_us"},
};

START_TEST(bad_options_are_refused_in_words)
{
	struct xdpx_xsk_opts opts = refused[_i].opts;
	struct xdpx_xsk *xsk;

	opts.size = sizeof(opts);
	ck_assert_int_eq(xdpx_xsk_open(umem, near, 0, &opts, &xsk), -EINVAL);
	has(xdpx_error_last()->message, refused[_i].word);
}
END_TEST

START_TEST(without_the_capability_it_is_refused_with_its_name)
{
	struct xdpx_xsk_opts opts = busy_opts();
	struct xdpx_xsk *xsk;

	drop_caps(1ULL << CAP_NET_ADMIN);
	ck_assert_int_eq(xdpx_xsk_open(umem, near, 0, &opts, &xsk), -EPERM);
	has(xdpx_error_last()->message, "CAP_NET_ADMIN");
	opts.busy_poll_us = 0;
	xdpx_xsk_close(open_xsk(0, &opts));
}
END_TEST

/* From here on this process has a kernel that does not know the option. */
static void take_option_away(unsigned int option)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_setsockopt, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, option, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOPROTOOPT),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), 0);
}

START_TEST(a_kernel_without_the_option_is_told_in_words)
{
	struct xdpx_xsk_opts opts = busy_opts();
	unsigned int before = fd_count();
	struct xdpx_xsk *xsk;

	take_option_away(PREFER_BUSY_POLL);
	ck_assert_int_eq(xdpx_xsk_open(umem, near, 0, &opts, &xsk), -EOPNOTSUPP);
	has(xdpx_error_last()->message, "no preferred busy polling");
	has(xdpx_error_last()->hint, "5.11");
	ck_assert_uint_eq(fd_count(), before);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), 4096);
}
END_TEST

START_TEST(the_options_of_the_socket_are_set)
{
	struct xdpx_xsk_opts opts = busy_opts();
	struct xdpx_xsk *xsk = open_xsk(0, &opts);
	socklen_t length = sizeof(int);
	int value = 0;

	ck_assert_int_eq(getsockopt(xdpx_xsk_fd(xsk), SOL_SOCKET, PREFER_BUSY_POLL, &value, &length), 0);
	ck_assert_int_eq(value, 1);
	ck_assert_int_eq(getsockopt(xdpx_xsk_fd(xsk), SOL_SOCKET, SO_BUSY_POLL, &value, &length), 0);
	ck_assert_int_eq(value, 50);
	value = 0;
	ck_assert_int_eq(setsockopt(xdpx_xsk_fd(xsk), SOL_SOCKET, SO_BUSY_POLL, &value, sizeof(value)), 0);
	has(ask(xsk).why, "SO_BUSY_POLL was set to 0 since");
	xdpx_xsk_close(xsk);
}
END_TEST

/* Whether it can't be in force on these devices and this kernel; then that was said, and nothing was changed. */
static bool hopeless(struct xdpx_xsk *xsk)
{
	struct xdpx_busy_poll busy = ask(xsk);

	if (busy.napi_id || busy.answer == XDPX_UNKNOWN)
		return false;
	ck_assert_int_eq(busy.answer, XDPX_NO);
	has(busy.why, "does not tell the kernel which NAPI serves queue 0");
	has(busy.why, "veth");
	ck_assert_uint_eq(tune_journal_files(), 0);
	sysfs_is(near, "napi_defer_hard_irqs", "0");
	sysfs_is(near, "gro_flush_timeout", "0");
	return true;
}

START_TEST(where_the_kernel_can_not_do_it_that_is_said_and_packets_come_all_the_same)
{
	struct xdpx_xsk_opts opts = busy_opts();
	struct xdpx_port *port = open_port(&opts);
	struct xdpx_xsk *xsk = xdpx_port_xsk(port, 0);

	if (!hopeless(xsk)) {
		xdpx_port_free(port);
		skip_test("this kernel can do it");
	}
	first_packet(xsk, net_packet_socket(far));
	ck_assert_uint_eq(ask(xsk).polls, 0);
	xdpx_port_free(port);
}
END_TEST

START_TEST(it_is_in_force_after_the_first_packet_at_the_latest)
{
	struct xdpx_xsk_opts opts = busy_opts();
	struct xdpx_port *port = open_port(&opts);
	struct xdpx_xsk *xsk = xdpx_port_xsk(port, 0);
	struct xdpx_busy_poll busy;

	if (hopeless(xsk)) {
		xdpx_port_free(port);
		skip_test("the kernel doesn't know the NAPI of a veth's queue");
	}
	first_packet(xsk, net_packet_socket(far));
	busy = ask(xsk);
	ck_assert_msg(busy.answer == XDPX_YES, "%s", busy.why);
	ck_assert_uint_ne(busy.napi_id, 0);
	ck_assert_uint_eq(busy.defer_hard_irqs, 2);
	ck_assert_uint_eq(busy.gro_flush_timeout, 200000);
	xdpx_port_free(port);
	ck_assert_uint_eq(tune_journal_files(), 0);
}
END_TEST

START_TEST(packets_come_when_the_socket_is_polled_and_not_before)
{
	struct xdpx_xsk_opts opts = busy_opts();
	struct xdpx_port *port;
	struct xdpx_xsk *xsk;
	unsigned int round;
	uint64_t polled;
	int from;

	knobs_long();
	port = open_port(&opts);
	xsk = xdpx_port_xsk(port, 0);
	from = net_packet_socket(far);
	if (!ask(xsk).napi_id && ask(xsk).answer == XDPX_NO) {
		xdpx_port_free(port);
		skip_test("the kernel doesn't know the NAPI of a veth's queue");
	}
	first_packet(xsk, from);
	ck_assert_msg(ask(xsk).answer == XDPX_YES, "%s", ask(xsk).why);
	polled = ask(xsk).polled;
	for (round = 0; round < 10; round++) {
		send_one(from);
		wait_ms(20);
		ck_assert_uint_eq(rx_level(xsk), 0);
		if (round % 2)
			ck_assert_int_eq(xdpx_xsk_wait(xsk, 0), 1);
		ck_assert_uint_ge(drain(xsk), 1);
	}
	ck_assert_uint_ge(ask(xsk).polled, polled + 10);
	xdpx_port_free(port);
}
END_TEST

START_TEST(knobs_that_somebody_puts_back_are_noticed)
{
	struct xdpx_xsk_opts opts = busy_opts();
	struct xdpx_port *port = open_port(&opts);
	struct xdpx_xsk *xsk = xdpx_port_xsk(port, 0);

	if (hopeless(xsk)) {
		xdpx_port_free(port);
		skip_test("the kernel doesn't know the NAPI of a veth's queue");
	}
	first_packet(xsk, net_packet_socket(far));
	if (getenv("XDPX_BUSY_NIC"))
		sh("echo 0 > /sys/class/net/%s/gro_flush_timeout", near);
	else
		sysfs_set(near, "gro_flush_timeout", "0");
	ck_assert_int_eq(ask(xsk).answer, XDPX_NO);
	has(ask(xsk).why, "gro_flush_timeout to 0 since");
	xdpx_port_free(port);
}
END_TEST

START_TEST(the_last_of_two_sockets_puts_the_knobs_back_whichever_it_is)
{
	struct xdpx_xsk_opts opts = busy_opts();
	struct xdpx_xsk *xsk[2];

	if (getenv("XDPX_BUSY_NIC"))
		skip_test("this is about knobs of a whole device, with two queues");
	sh("ip link del %s", near);
	net_veth(near, far, 2);
	xsk[0] = open_xsk(0, &opts);
	if (hopeless(xsk[0])) {
		xdpx_xsk_close(xsk[0]);
		skip_test("the kernel doesn't know the NAPI of a veth's queue");
	}
	xsk[1] = open_xsk(1, &opts);
	xdpx_xsk_close(xsk[_i]);
	sysfs_is(near, "napi_defer_hard_irqs", "2");
	sysfs_is(near, "gro_flush_timeout", "200000");
	xdpx_xsk_close(xsk[!_i]);
	sysfs_is(near, "napi_defer_hard_irqs", "0");
	sysfs_is(near, "gro_flush_timeout", "0");
	ck_assert_uint_eq(tune_journal_files(), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("busy");
	TCase *busy = tcase_create("busy");

	tcase_add_checked_fixture(busy, setup, NULL);
	tcase_add_test(busy, a_socket_that_did_not_ask_for_it_says_so);
	tcase_add_loop_test(busy, bad_options_are_refused_in_words, 0, sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(busy, without_the_capability_it_is_refused_with_its_name);
	tcase_add_test(busy, a_kernel_without_the_option_is_told_in_words);
	tcase_add_test(busy, the_options_of_the_socket_are_set);
	tcase_add_test(busy, where_the_kernel_can_not_do_it_that_is_said_and_packets_come_all_the_same);
	tcase_add_test(busy, it_is_in_force_after_the_first_packet_at_the_latest);
	tcase_add_test(busy, packets_come_when_the_socket_is_polled_and_not_before);
	tcase_add_test(busy, knobs_that_somebody_puts_back_are_noticed);
	tcase_add_loop_test(busy, the_last_of_two_sockets_puts_the_knobs_back_whichever_it_is, 0, 2);
	suite_add_tcase(suite, busy);
	return run_suite(suite);
}

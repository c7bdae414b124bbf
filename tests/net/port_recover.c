/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Ports whose devices go down, are changed, or go away and come back. */
#include "drop_caps.h"
#include "net.h"
#include "run.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xdpx/error.h>
#include <xdpx/port.h>

#define PACKET 64
#define FRAMES 64

static struct xdpx_port *port;

static const char *message(void)
{
	return xdpx_error_last()->message;
}

static void open_on(const char *name)
{
	const struct xdpx_port_opts opts = {.size = sizeof(opts), .traffic = XDPX_TRAFFIC_ALL, .frame_count = FRAMES};

	ck_assert_msg(xdpx_port_open(name, &opts, &port) == 0, "%s", message());
}

/* A packet into the device, from its far end. */
static void packet_send(unsigned char mark)
{
	unsigned char packet[PACKET] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 2, 2, 2, 2, 2, 0x88, 0xb5, mark};
	int fd = net_packet_socket("v1");

	ck_assert_int_eq(send(fd, packet, PACKET, 0), PACKET);
	close(fd);
}

static unsigned char mark_of(struct xdpx_xsk *xsk, const struct xdpx_frame *frame)
{
	return ((unsigned char *)xdpx_frame_data(xdpx_umem_base(xdpx_xsk_umem(xsk)), frame))[14];
}

/* The next of the test's packets is this one; the frame stays with the caller. */
static struct xdpx_frame packet_await(struct xdpx_xsk *xsk, unsigned char mark)
{
	struct xdpx_frame frame;

	ck_assert_int_eq(xdpx_xsk_wait(xsk, 2000), 1);
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, &frame, 1), 1);
	ck_assert_uint_eq(mark_of(xsk, &frame), mark);
	return frame;
}

static void passes(struct xdpx_xsk *xsk, unsigned char mark)
{
	struct xdpx_frame frame;

	packet_send(mark);
	frame = packet_await(xsk, mark);
	xdpx_xsk_release(xsk, &frame, 1);
}

static struct xdpx_xsk_stats stats_of(const struct xdpx_xsk *xsk)
{
	struct xdpx_xsk_stats stats = {.size = sizeof(stats)};

	ck_assert_int_eq(xdpx_xsk_stats(xsk, &stats), 0);
	return stats;
}

START_TEST(a_device_that_was_down_goes_on_once_it_is_up)
{
	struct xdpx_xsk *xsk;
	int fd;

	net_veth("v0", "v1", 1);
	open_on("v0");
	xsk = xdpx_port_xsk(port, 0);
	fd = xdpx_xsk_fd(xsk);
	passes(xsk, 1);
	sh("ip link set v0 down");
	ck_assert_int_eq(xdpx_xsk_wait(xsk, -1), -ENETDOWN);
	ck_assert_int_eq(xdpx_port_recover(port, xsk), -ENETDOWN);
	ck_assert_str_eq(message(), "v0: the device is down");
	ck_assert_int_eq(xdpx_port_recover(port, NULL), -ENETDOWN);
	sh("ip link set v0 up");
	ck_assert_int_eq(xdpx_port_recover(port, xsk), 0);
	ck_assert_int_eq(xdpx_xsk_fd(xsk), fd);
	passes(xsk, 2);
	ck_assert_int_eq(xdpx_port_close(port), 0);
}
END_TEST

START_TEST(a_device_that_is_made_anew_goes_on_in_the_same_socket)
{
	struct xdpx_frame held;
	struct xdpx_umem *umem;
	struct xdpx_xsk *xsk;

	net_veth("v0", "v1", 1);
	open_on("v0");
	xsk = xdpx_port_xsk(port, 0);
	umem = xdpx_xsk_umem(xsk);
	passes(xsk, 1);
	packet_send(2);
	held = packet_await(xsk, 2);

	sh("ip link del v0");
	ck_assert_int_eq(xdpx_xsk_wait(xsk, -1), -ENODEV);
	ck_assert_int_eq(xdpx_port_recover(port, xsk), -ENODEV);
	ck_assert_uint_eq(stats_of(xsk).received, 2);
	net_veth("v0", "v1", 1);
	sh("ip link set v0 down");
	ck_assert_int_eq(xdpx_port_recover(port, xsk), -ENETDOWN);
	sh("ip link set v0 up");
	ck_assert_int_eq(xdpx_port_recover(port, xsk), 0);

	passes(xsk, 3);
	ck_assert_uint_eq(mark_of(xsk, &held), 2);
	ck_assert_uint_eq(stats_of(xsk).received, 3);
	ck_assert_uint_eq(xdpx_umem_held_count(umem), 1);
	ck_assert_int_eq(xdpx_port_close(port), -EBUSY);
	xdpx_xsk_release(xsk, &held, 1);
	ck_assert_uint_eq(xdpx_umem_held_count(umem), 0);
	ck_assert_int_eq(xdpx_port_close(port), 0);
	ck_assert_uint_eq(net_prog_id("v0"), 0);
}
END_TEST

START_TEST(a_device_opened_by_its_index_is_found_again_by_its_name)
{
	char index[16];

	net_veth("v0", "v1", 1);
	snprintf(index, sizeof(index), "#%u", if_nametoindex("v0"));
	open_on(index);
	sh("ip link del v0");
	net_veth("v0", "v1", 1);
	ck_assert_int_eq(xdpx_port_recover(port, NULL), 0);
	passes(xdpx_port_xsk(port, 0), 3);
	ck_assert_int_eq(xdpx_port_close(port), 0);
}
END_TEST

/* A process in a namespace of its own. */
static int elsewhere(void)
{
	int ready[2];
	int child;
	char byte;

	ck_assert_int_eq(pipe(ready), 0);
	child = fork();
	if (!child) {
		ck_assert_int_eq(unshare(CLONE_NEWNET), 0);
		(void)!write(ready[1], "x", 1);
		pause();
	}
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	return child;
}

/* The device keeps its index, and yet its socket is lost. */
START_TEST(a_device_that_was_away_in_another_namespace_is_missed)
{
	struct xdpx_xsk *xsk;
	unsigned int index;
	int child;

	net_veth("v0", "v1", 1);
	open_on("v0");
	xsk = xdpx_port_xsk(port, 0);
	index = if_nametoindex("v0");
	child = elsewhere();
	sh("ip link set v0 netns %d; nsenter -t %d -n ip link set v0 netns %d; ip link set v0 up", child, child,
	   (int)getpid());
	kill(child, SIGKILL);
	ck_assert_uint_eq(if_nametoindex("v0"), index);
	ck_assert_int_eq(xdpx_xsk_wait(xsk, 2000), -ENODEV);
	ck_assert_int_eq(xdpx_port_recover(port, xsk), 0);
	passes(xsk, 3);
	ck_assert_int_eq(xdpx_port_close(port), 0);
}
END_TEST

START_TEST(an_mtu_that_is_changed_takes_nothing_away)
{
	struct xdpx_xsk *xsk;

	net_veth("v0", "v1", 1);
	open_on("v0");
	xsk = xdpx_port_xsk(port, 0);
	sh("ip link set v1 mtu 1400; ip link set v0 mtu 1400");
	passes(xsk, 1);
	ck_assert_int_eq(xdpx_port_recover(port, xsk), 0);
	sh("ip link set v0 mtu 1500; ip link set v1 mtu 1500");
	passes(xsk, 2);
	ck_assert_int_eq(xdpx_port_close(port), 0);
}
END_TEST

START_TEST(channels_that_are_added_take_nothing_away)
{
	struct xdpx_xsk *xsk;

	net_veth("v0", "v1", 2);
	if (sh_try("ethtool -L v0 rx 1 tx 1 && ethtool -L v1 rx 1 tx 1"))
		skip_test("the channels of a veth can't be changed");
	open_on("v0");
	ck_assert_uint_eq(xdpx_port_queue_count(port), 1);
	xsk = xdpx_port_xsk(port, 0);
	sh("ethtool -L v0 rx 2 tx 1");
	ck_assert_int_eq(xdpx_port_recover(port, xsk), 0);
	passes(xsk, 1);
	sh("ethtool -L v0 rx 1 tx 1");
	ck_assert_int_eq(xdpx_port_recover(port, xsk), 0);
	passes(xsk, 2);
	ck_assert_int_eq(xdpx_port_close(port), 0);
}
END_TEST

START_TEST(a_queue_with_a_socket_is_not_taken_away)
{
	int tries;

	net_veth("v0", "v1", 2);
	if (sh_try("ethtool -L v1 tx 1"))
		skip_test("the channels of a veth can't be changed");
	open_on("v0");
	ck_assert_int_ne(sh_try("ethtool -L v0 rx 1"), 0);
	ck_assert_int_eq(xdpx_port_recover(port, NULL), 0);
	ck_assert_int_eq(xdpx_port_close(port), 0);
	for (tries = 0; sh_try("ethtool -L v0 rx 1"); tries++) {
		ck_assert_int_lt(tries, 100); /* the kernel frees a closed socket's queue in its own time */
		usleep(20000);
	}
}
END_TEST

START_TEST(a_device_that_comes_back_with_fewer_queues_loses_the_others_only)
{
	struct xdpx_frame frame = {.addr = 0, .len = PACKET};
	struct xdpx_frame got;
	struct xdpx_xsk *lost;
	int round;

	net_veth("v0", "v1", 2);
	open_on("v0");
	lost = xdpx_port_xsk(port, 1);
	sh("ip link del v0");
	net_veth("v0", "v1", 1);
	ck_assert_int_eq(xdpx_port_recover(port, xdpx_port_xsk(port, 0)), 0);
	for (round = 0; round < 2; round++) {
		ck_assert_int_eq(xdpx_port_recover(port, lost), -EINVAL);
		ck_assert_str_eq(message(), "v0: queue 1 does not exist; it has 1 (0 to 0)");
	}
	passes(xdpx_port_xsk(port, 0), 4);

	/* what is shut can be called, and says so */
	ck_assert_uint_eq(xdpx_xsk_recv(lost, &got, 1), 0);
	ck_assert_int_eq(xdpx_xsk_wait(lost, -1), -ENODEV);
	ck_assert_int_eq(xdpx_xsk_kick(lost), -ENODEV);
	ck_assert_int_eq(xdpx_xsk_send(lost, &frame, 1), 0);
	ck_assert_uint_eq(xdpx_xsk_complete(lost), 0);
	ck_assert_uint_eq(stats_of(lost).fill_level, 0);
	ck_assert_uint_eq(xdpx_frames_take(xdpx_xsk_umem(lost), &frame, 1), 1);
	xdpx_xsk_release(lost, &frame, 1);
	ck_assert_uint_eq(xdpx_umem_held_count(xdpx_xsk_umem(lost)), 0);
	ck_assert_int_eq(xdpx_port_close(port), 0);
}
END_TEST

START_TEST(another_s_program_on_the_new_device_is_left_alone)
{
	struct xdpx_xsk *xsk;
	unsigned int id;

	net_veth("v0", "v1", 1);
	open_on("v0");
	xsk = xdpx_port_xsk(port, 0);
	sh("ip link del v0");
	net_veth("v0", "v1", 1);
	sh("ip link set v0 xdp obj " TEST_OBJECTS "/pass.bpf.o sec xdp");
	id = net_prog_id("v0");
	ck_assert_int_eq(xdpx_port_recover(port, xsk), -EBUSY);
	ck_assert_uint_eq(net_prog_id("v0"), id);
	sh("ip link set v0 xdp off");
	ck_assert_int_eq(xdpx_port_recover(port, xsk), 0);
	passes(xsk, 9);
	ck_assert_int_eq(xdpx_port_close(port), 0);
}
END_TEST

START_TEST(a_program_that_somebody_took_off_is_put_back_when_all_is_recovered)
{
	net_veth("v0", "v1", 1);
	open_on("v0");
	ck_assert_int_eq(bpf_link_detach(xdpx_link_fd(xdpx_port_link(port))), 0);
	ck_assert_uint_eq(net_prog_id("v0"), 0);
	ck_assert_int_eq(xdpx_port_recover(port, NULL), 0);
	passes(xdpx_port_xsk(port, 0), 9);
	ck_assert_int_eq(xdpx_port_close(port), 0);
}
END_TEST

START_TEST(without_privileges_a_device_that_was_down_goes_on_and_a_new_one_does_not)
{
	struct xdpx_xsk *xsk;
	int child[2];
	char byte;

	net_veth("v0", "v1", 1);
	open_on("v0");
	xsk = xdpx_port_xsk(port, 0);
	ck_assert_int_eq(pipe(child), 0);
	/* the one who keeps its privileges */
	if (!fork()) {
		ck_assert_int_eq(read(child[0], &byte, 1), 1);
		sh("ip link set v0 down; sleep 0.5; ip link set v0 up; sleep 0.5; ip link del v0");
		net_veth("v0", "v1", 1);
		_exit(0);
	}
	drop_caps(UINT64_MAX);
	ck_assert_int_eq(write(child[1], "x", 1), 1);
	ck_assert_int_eq(xdpx_xsk_wait(xsk, 5000), -ENETDOWN);
	while (xdpx_port_recover(port, xsk) == -ENETDOWN)
		usleep(10000);
	ck_assert_int_eq(xdpx_port_recover(port, xsk), 0);
	ck_assert_int_eq(xdpx_xsk_wait(xsk, 5000), -ENODEV);
	while (xdpx_port_recover(port, xsk) == -ENODEV || xdpx_error_last()->code == -ENETDOWN)
		usleep(10000);
	ck_assert_int_eq(xdpx_port_recover(port, xsk), -EPERM);
	/* some kernels attach a program for whoever has its descriptor, and refuse the socket then */
	if (strcmp(xdpx_error_last()->stage, "xsk.socket") != 0)
		ck_assert_str_eq(xdpx_error_last()->stage, "link.attach.native");
	ck_assert_ptr_nonnull(strstr(message(), "CAP_"));
	ck_assert_int_eq(xdpx_port_close(port), 0);
}
END_TEST

START_TEST(sockets_of_other_ports_are_refused)
{
	struct xdpx_port *other;

	net_veth("v0", "v1", 1);
	open_on("v0");
	other = port;
	open_on("v1");
	ck_assert_int_eq(xdpx_port_recover(port, xdpx_port_xsk(other, 0)), -EINVAL);
	ck_assert_int_eq(xdpx_port_recover(NULL, NULL), -EINVAL);
	xdpx_port_free(other);
	xdpx_port_free(port);
}
END_TEST

#define QUEUES 4
#define ROUNDS 12

static atomic_bool stopping;
static atomic_uint received;
static atomic_uint recovered;
static atomic_uint unexpected;

/* As an application would write it. */
static void *worker(void *arg)
{
	struct xdpx_xsk *xsk = arg;
	struct xdpx_frame frames[16];
	unsigned int count;
	int state;

	while (!stopping) {
		count = xdpx_xsk_recv(xsk, frames, 16);
		received += count;
		xdpx_xsk_release(xsk, frames, count);
		if (count)
			continue;
		state = xdpx_xsk_wait(xsk, 50);
		if (state >= 0)
			continue;
		while (state && !stopping) {
			state = xdpx_port_recover(port, xsk);
			/* the device may go while it is being opened */
			unexpected += state && state != -ENETDOWN && state != -ENODEV && state != -EINVAL;
			usleep(2000);
		}
		recovered++;
	}
	return NULL;
}

static void flood(int rounds)
{
	unsigned char packet[PACKET] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 2, 2, 2, 2, 2, 0x88, 0xb5, 1};
	int fd = net_packet_socket("v1");

	while (rounds--)
		(void)!send(fd, packet, PACKET, MSG_DONTWAIT);
	close(fd);
}

static void device_disturb(unsigned int round)
{
	if (round % 3 == 1) {
		sh("ip link set v0 down; sleep 0.1; ip link set v0 up");
	} else {
		sh("ip link del v0; sleep 0.%u", round % 3);
		net_veth("v0", "v1", QUEUES);
	}
}

START_TEST(workers_recover_their_sockets_at_the_same_time_under_load_and_lose_no_frame)
{
	pthread_t threads[QUEUES];
	struct xdpx_umem *umem;
	unsigned int round;
	unsigned int before;
	int at;

	net_veth("v0", "v1", QUEUES);
	open_on("v0");
	umem = xdpx_xsk_umem(xdpx_port_xsk(port, 0));
	for (at = 0; at < QUEUES; at++)
		ck_assert_int_eq(pthread_create(&threads[at], NULL, worker, xdpx_port_xsk(port, (uint32_t)at)), 0);
	for (round = 0; round < ROUNDS; round++) {
		flood(200);
		device_disturb(round);
		stats_of(xdpx_port_xsk(port, round % QUEUES));
	}
	/* until packets arrive on the last of the devices */
	before = received;
	for (at = 0; at < 500 && received < before + 100; at++) {
		flood(20);
		usleep(10000);
	}
	ck_assert_uint_ge(received, before + 100);
	stopping = true;
	for (at = 0; at < QUEUES; at++)
		pthread_join(threads[at], NULL);
	ck_assert_uint_ge(recovered, QUEUES);
	ck_assert_uint_eq(unexpected, 0);
	ck_assert_int_eq(xdpx_port_recover(port, NULL), 0);
	ck_assert_uint_eq(xdpx_umem_held_count(umem), 0);
	ck_assert_int_eq(xdpx_port_close(port), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("port_recover");
	TCase *tcase = tcase_create("port_recover");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, net_isolate, NULL);
	tcase_add_test(tcase, a_device_that_was_down_goes_on_once_it_is_up);
	tcase_add_test(tcase, a_device_that_is_made_anew_goes_on_in_the_same_socket);
	tcase_add_test(tcase, a_device_opened_by_its_index_is_found_again_by_its_name);
	tcase_add_test(tcase, a_device_that_was_away_in_another_namespace_is_missed);
	tcase_add_test(tcase, an_mtu_that_is_changed_takes_nothing_away);
	tcase_add_test(tcase, channels_that_are_added_take_nothing_away);
	tcase_add_test(tcase, a_queue_with_a_socket_is_not_taken_away);
	tcase_add_test(tcase, a_device_that_comes_back_with_fewer_queues_loses_the_others_only);
	tcase_add_test(tcase, another_s_program_on_the_new_device_is_left_alone);
	tcase_add_test(tcase, a_program_that_somebody_took_off_is_put_back_when_all_is_recovered);
	tcase_add_test(tcase, without_privileges_a_device_that_was_down_goes_on_and_a_new_one_does_not);
	tcase_add_test(tcase, sockets_of_other_ports_are_refused);
	tcase_add_test(tcase, workers_recover_their_sockets_at_the_same_time_under_load_and_lose_no_frame);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}

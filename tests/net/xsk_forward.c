/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* From one device to another in one UMEM; and what becomes of frames that a device would not send. */
#include "net.h"
#include "run.h"
#include "steer.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <xdpx/error.h>

#define FRAMES 256
#define LENGTH 1400
#define JUMBO 9014

static struct xdpx_umem *umem;

/* a0 - a1 = b1 - b0: the application has a1 and b1. */
static void setup(void)
{
	struct xdpx_umem_opts opts = {.size = sizeof(opts), .frame_count = FRAMES};

	net_isolate();
	net_veth("a0", "a1", 1);
	net_veth("b0", "b1", 1);
	sh("for nic in a0 a1 b0 b1; do ip link set $nic mtu 9000; done");
	ck_assert_int_eq(xdpx_umem_new(&opts, &umem), 0);
}

static void fill(unsigned char *packet, size_t length, unsigned int number)
{
	size_t at;

	memset(packet, 0xff, 6);
	memset(packet + 6, 2, 6);
	packet[12] = 0x88;
	packet[13] = 0xb5; /* an EtherType for experiments */
	for (at = 14; at < length; at++)
		packet[at] = (unsigned char)(number * 7 + at);
}

static void forward(struct xdpx_xsk *from, struct xdpx_xsk *to, int frames)
{
	ck_assert_int_eq(xdpx_xsk_wait(from, 2000), 1);
	while (frames > 0) {
		int moved = xdpx_xsk_forward(from, to, 64);

		ck_assert_int_ge(moved, 0);
		frames -= moved;
	}
	ck_assert_int_eq(frames, 0);
}

START_TEST(packets_of_any_length_go_both_ways_byte_for_byte)
{
	static unsigned char packet[JUMBO];
	static unsigned char got[JUMBO + 1];
	struct xdpx_xsk_stats stats = {.size = sizeof(stats)};
	struct xdpx_xsk_stats other = {.size = sizeof(other)};
	int ends[2] = {net_packet_socket("a0"), net_packet_socket("b0")};
	struct steered sides[2];
	unsigned int number;

	steer(&sides[0], "a1", umem, XDPX_XSK_MULTI_BUFFER, 0);
	steer(&sides[1], "b1", umem, XDPX_XSK_MULTI_BUFFER, 0);
	for (number = 0; number < 2000; number++) {
		unsigned int way = number % 2;
		int length = number % 3 ? 60 + rand() % LENGTH : JUMBO;

		fill(packet, (size_t)length, number);
		ck_assert_int_eq(send(ends[way], packet, (size_t)length, 0), length);
		forward(sides[way].xsk, sides[!way].xsk, 1 + length / (4096 - 256));
		ck_assert_int_eq(recv(ends[!way], got, sizeof(got), 0), length);
		ck_assert_mem_eq(got, packet, (size_t)length);
	}
	ck_assert_int_eq(xdpx_xsk_stats(sides[0].xsk, &stats), 0);
	ck_assert_int_eq(xdpx_xsk_stats(sides[1].xsk, &other), 0);
	ck_assert_uint_eq(stats.received, other.sent);
	ck_assert_uint_eq(stats.sent, other.received);
	ck_assert_uint_eq(stats.tx_invalid_descs + stats.tx_unsent + stats.tx_unsendable, 0);
	ck_assert_str_eq(xdpx_xsk_nic_name(sides[1].xsk), "b1");
	steer_end(&sides[0]);
	steer_end(&sides[1]);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), FRAMES);
}
END_TEST

#define BURST 40

/* While b1 is down nothing leaves; the rings fill, and all of it arrives once it is up again. */
START_TEST(nothing_is_lost_while_the_other_device_does_not_send)
{
	struct xdpx_xsk_opts opts = {.size = sizeof(opts), .flags = XDPX_XSK_TX_ONLY, .tx_size = 16};
	unsigned char packet[LENGTH];
	unsigned char got[LENGTH + 1];
	int in = net_packet_socket("a0");
	int out = net_packet_socket("b0");
	unsigned int number;
	struct xdpx_xsk *to;
	struct steered a1;
	int moved = 0;

	steer(&a1, "a1", umem, 0, 0);
	ck_assert_int_eq(xdpx_xsk_open(umem, "b1", 0, &opts, &to), 0);
	sh("ip link set b1 down");
	for (number = 0; number < BURST; number++) {
		fill(packet, sizeof(packet), number);
		ck_assert_int_eq(send(in, packet, sizeof(packet), 0), LENGTH);
	}
	ck_assert_int_eq(xdpx_xsk_wait(a1.xsk, 2000), 1);
	while (moved < 16)
		moved += xdpx_xsk_forward(a1.xsk, to, 64);
	ck_assert_int_eq(xdpx_xsk_forward(a1.xsk, to, 64), 0);
	ck_assert_int_eq(xdpx_xsk_kick(to), -ENETDOWN);

	sh("ip link set b1 up; while ! ip link show b1 | grep -q LOWER_UP; do sleep 0.01; done");
	for (number = 0; number < BURST; number++) {
		struct pollfd ready = {.fd = out, .events = POLLIN};

		do
			ck_assert_int_ge(xdpx_xsk_forward(a1.xsk, to, 64), 0);
		while (poll(&ready, 1, 10) == 0);
		ck_assert_int_eq(recv(out, got, sizeof(got), 0), LENGTH);
		fill(packet, sizeof(packet), number);
		ck_assert_mem_eq(got, packet, sizeof(packet));
	}
	steer_end(&a1);
	ck_assert_int_eq(xdpx_xsk_close(to), 0);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), FRAMES);
}
END_TEST

static void burst(struct xdpx_xsk *xsk, int count)
{
	struct xdpx_frame frames[64];
	int at;

	ck_assert_uint_eq(xdpx_frames_take(umem, frames, (unsigned int)count), count);
	for (at = 0; at < count; at++) {
		fill(xdpx_frame_data(xdpx_umem_base(umem), &frames[at]), LENGTH, 0);
		frames[at].len = LENGTH;
	}
	ck_assert_int_eq(xdpx_xsk_send(xsk, frames, (unsigned int)count), count);
}

START_TEST(packets_that_a_device_without_carrier_drops_are_counted_and_their_frames_come_back)
{
	struct xdpx_xsk_opts opts = {.size = sizeof(opts), .flags = XDPX_XSK_TX_ONLY};
	struct xdpx_xsk_stats stats = {.size = sizeof(stats)};
	struct xdpx_xsk *xsk;

	ck_assert_int_eq(xdpx_xsk_open(umem, "b1", 0, &opts, &xsk), 0);
	sh("ip link set b0 down; while ip link show b1 | grep -q LOWER_UP; do sleep 0.01; done");
	burst(xsk, BURST);
	ck_assert_int_eq(xdpx_xsk_kick(xsk), 0);
	xdpx_xsk_complete(xsk);
	ck_assert_int_eq(xdpx_xsk_stats(xsk, &stats), 0);
	ck_assert_uint_eq(stats.tx_unsent, BURST);
	ck_assert_uint_eq(stats.completed, BURST);
	ck_assert_uint_eq(stats.tx_level, 0);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), FRAMES);
	xdpx_xsk_close(xsk);
}
END_TEST

/* Each packet in flight counts against the socket's send buffer: with a small one the kernel says EAGAIN. */
START_TEST(packets_that_the_kernel_has_no_room_for_yet_are_sent_all_the_same)
{
	struct xdpx_xsk_opts opts = {.size = sizeof(opts), .flags = XDPX_XSK_TX_ONLY};
	struct xdpx_xsk_stats stats = {.size = sizeof(stats)};
	unsigned char got[LENGTH + 1];
	int out = net_packet_socket("b0");
	struct xdpx_xsk *xsk;
	int small = 4608;
	int at;

	ck_assert_int_eq(xdpx_xsk_open(umem, "b1", 0, &opts, &xsk), 0);
	ck_assert_int_eq(setsockopt(xdpx_xsk_fd(xsk), SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
	burst(xsk, 64);
	while (xdpx_xsk_kick(xsk) == -EAGAIN)
		poll(NULL, 0, 1);
	for (at = 0; at < 64; at++)
		ck_assert_int_eq(recv(out, got, sizeof(got), 0), LENGTH);
	ck_assert_int_eq(xdpx_xsk_stats(xsk, &stats), 0);
	ck_assert_uint_gt(stats.tx_retries, 0);
	ck_assert_uint_eq(stats.tx_unsent, 0);
	xdpx_xsk_close(xsk);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), FRAMES);
}
END_TEST

START_TEST(frames_that_are_kept_go_round_between_the_application_and_the_kernel)
{
	struct xdpx_xsk_opts opts = {.size = sizeof(opts), .flags = XDPX_XSK_TX_ONLY | XDPX_XSK_KEEP_COMPLETED};
	struct xdpx_frame frames[8];
	struct xdpx_frame back[8];
	struct xdpx_xsk *xsk;
	int round;
	int at;

	ck_assert_int_eq(xdpx_xsk_open(umem, "b1", 0, &opts, &xsk), 0);
	ck_assert_uint_eq(xdpx_frames_take(umem, frames, 8), 8);
	for (round = 0; round < 500; round++) {
		unsigned int count = 0;

		for (at = 0; at < 8; at++)
			frames[at].len = 60;
		ck_assert_int_eq(xdpx_xsk_send(xsk, frames, 8), 8);
		while (count < 8)
			count += xdpx_xsk_complete_frames(xsk, back + count, 8 - count);
		memcpy(frames, back, sizeof(frames));
	}
	ck_assert_uint_eq(xdpx_umem_held_count(umem), 8);
	ck_assert_int_eq(xdpx_xsk_send(xsk, frames, 0), 0);
	xdpx_frames_release(umem, frames, 8);
	xdpx_xsk_close(xsk);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), FRAMES);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("xsk_forward");
	TCase *tcase = tcase_create("forward");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, packets_of_any_length_go_both_ways_byte_for_byte);
	tcase_add_test(tcase, nothing_is_lost_while_the_other_device_does_not_send);
	tcase_add_test(tcase, packets_that_a_device_without_carrier_drops_are_counted_and_their_frames_come_back);
	tcase_add_test(tcase, packets_that_the_kernel_has_no_room_for_yet_are_sent_all_the_same);
	tcase_add_test(tcase, frames_that_are_kept_go_round_between_the_application_and_the_kernel);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Packets of several frames over a veth with jumbo frames. */
#include "kernel_log.h"
#include "net.h"
#include "run.h"
#include "steer.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <xdpx/error.h>

#define MTU 9000
#define JUMBO (MTU + 14)
#define FRAMES 256
#define BATCH 64
#define PACKET_FRAMES 18

static struct xdpx_umem *umem;
static unsigned char *base;
static unsigned char sent[65536];

static void open_several(struct xdpx_xsk **xsk, const char *nic, const struct xdpx_xsk_opts *opts)
{
	int err = xdpx_xsk_open(umem, nic, 0, opts, xsk);

	if (err == -EOPNOTSUPP)
		skip_test("packets of several frames came with Linux 6.6");
	ck_assert_msg(!err, "%s", xdpx_error_last()->message);
}

static void setup_with(uint32_t frame_size)
{
	struct xdpx_umem_opts opts = {.size = sizeof(opts), .frame_count = FRAMES, .frame_size = frame_size};

	if (frame_size & (frame_size - 1))
		opts.flags = XDPX_UMEM_UNALIGNED;

	net_isolate();
	net_veth("v0", "v1", 1);
	sh("ip link set v0 mtu %d; ip link set v1 mtu %d", MTU, MTU);
	ck_assert_int_eq(xdpx_umem_new(&opts, &umem), 0);
	base = xdpx_umem_base(umem);
}

static void setup(void)
{
	setup_with(4096);
}

static void fill(uint32_t length)
{
	uint32_t at;

	memset(sent, 0xff, 6);
	memset(sent + 6, 2, 6);
	sent[12] = 0x88;
	sent[13] = 0xb5; /* an EtherType for experiments */
	for (at = 14; at < length; at++)
		sent[at] = (unsigned char)rand();
}

/* The packet that is sent next, cut into frames of the pool. Returns how many. */
static unsigned int cut(struct xdpx_frame *frames, uint32_t length, uint32_t piece)
{
	unsigned int count = (length + piece - 1) / piece;
	unsigned int at;

	fill(length);
	ck_assert_uint_eq(xdpx_frames_take(umem, frames, count), count);
	for (at = 0; at < count; at++) {
		frames[at].len = at + 1 < count ? piece : length - at * piece;
		frames[at].options = at + 1 < count ? XDPX_FRAME_CONTINUES : 0;
		memcpy(base + frames[at].addr, sent + at * piece, frames[at].len);
	}
	return count;
}

static uint32_t same(const struct xdpx_frame *frames, unsigned int count)
{
	uint32_t length = 0;
	unsigned int at;

	for (at = 0; at < count; at++) {
		ck_assert_mem_eq(base + frames[at].addr, sent + length, frames[at].len);
		ck_assert_uint_eq(frames[at].options, at + 1 < count ? XDPX_FRAME_CONTINUES : 0);
		length += frames[at].len;
	}
	return length;
}

static unsigned int receive(struct xdpx_xsk *xsk, struct xdpx_frame *frames, unsigned int max)
{
	ck_assert_int_eq(xdpx_xsk_wait(xsk, 2000), 1);
	return xdpx_xsk_recv(xsk, frames, max);
}

/* The last one is of unaligned frames. */
static const uint32_t frame_sizes[] = {4096, 2048, 2560};

START_TEST(a_jumbo_frame_is_received_whole_over_several_frames)
{
	struct xdpx_frame frames[BATCH];
	struct steered v0;
	unsigned int count;
	int round;
	int fd;

	setup_with(frame_sizes[_i]);
	fd = net_packet_socket("v1");
	steer(&v0, "v0", umem, XDPX_XSK_MULTI_BUFFER, 0);
	for (round = 0; round < 500; round++) {
		uint32_t length = round % 2 ? JUMBO : 60 + (uint32_t)rand() % (JUMBO - 60);

		fill(length);
		ck_assert_int_eq(send(fd, sent, length, 0), length);
		count = receive(v0.xsk, frames, BATCH);
		ck_assert_uint_eq(xdpx_frames_next_packet(frames, count, 0), count);
		ck_assert_uint_eq(same(frames, count), length);
		if (length == JUMBO)
			ck_assert_uint_eq(count, JUMBO / (frame_sizes[_i] - 256) + 1);
		xdpx_xsk_release(v0.xsk, frames, count);
	}
	steer_end(&v0);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), FRAMES);
}
END_TEST

START_TEST(a_jumbo_frame_that_was_received_is_sent_on)
{
	struct xdpx_frame frames[BATCH];
	unsigned char got[JUMBO + 1];
	struct steered v0;
	int round;
	int fd;

	setup_with(frame_sizes[_i]);
	fd = net_packet_socket("v1");
	steer(&v0, "v0", umem, XDPX_XSK_MULTI_BUFFER, 0);
	for (round = 0; round < 200; round++) {
		unsigned int count;

		fill(JUMBO);
		ck_assert_int_eq(send(fd, sent, JUMBO, 0), JUMBO);
		count = receive(v0.xsk, frames, BATCH);
		ck_assert_int_eq(xdpx_xsk_send(v0.xsk, frames, count), (int)count);
		ck_assert_int_eq(recv(fd, got, sizeof(got), 0), JUMBO);
		ck_assert_mem_eq(got, sent, JUMBO);
	}
	steer_end(&v0);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), FRAMES);
}
END_TEST

START_TEST(a_jumbo_frame_is_sent_from_several_frames)
{
	struct xdpx_xsk_opts opts = {.size = sizeof(opts), .flags = XDPX_XSK_MULTI_BUFFER | XDPX_XSK_TX_ONLY};
	static const uint32_t pieces[] = {4096, 1000, JUMBO / PACKET_FRAMES + 1};
	struct xdpx_frame frames[PACKET_FRAMES];
	unsigned char got[JUMBO + 1];
	struct xdpx_xsk *xsk;
	unsigned int count;
	int round;
	int fd = net_packet_socket("v1");

	open_several(&xsk, "v0", &opts);
	for (round = 0; round < 300; round++) {
		while (xdpx_umem_free_count(umem) < PACKET_FRAMES)
			xdpx_xsk_complete(xsk);
		count = cut(frames, JUMBO, pieces[round % 3]);
		ck_assert_int_eq(xdpx_xsk_send(xsk, frames, count), (int)count);
		ck_assert_int_eq(recv(fd, got, sizeof(got), 0), JUMBO);
		ck_assert_mem_eq(got, sent, JUMBO);
	}
	ck_assert_int_eq(xdpx_xsk_close(xsk), 0);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), FRAMES);
}
END_TEST

START_TEST(jumbo_frames_go_both_ways_between_two_sockets_of_one_umem)
{
	struct xdpx_xsk_stats stats = {.size = sizeof(stats)};
	struct xdpx_frame frames[BATCH];
	struct steered ends[2];
	unsigned int count;
	int round;

	steer(&ends[0], "v0", umem, XDPX_XSK_MULTI_BUFFER, 0);
	steer(&ends[1], "v1", umem, XDPX_XSK_MULTI_BUFFER, 0);
	for (round = 0; round < 1000; round++) {
		struct xdpx_xsk *from = ends[round % 2].xsk;
		struct xdpx_xsk *to = ends[!(round % 2)].xsk;

		xdpx_xsk_complete(ends[0].xsk);
		xdpx_xsk_complete(ends[1].xsk);
		count = cut(frames, JUMBO, 2000);
		ck_assert_int_eq(xdpx_xsk_send(from, frames, count), (int)count);
		count = receive(to, frames, BATCH);
		ck_assert_uint_eq(count, 3);
		ck_assert_uint_eq(same(frames, count), JUMBO);
		xdpx_xsk_release(to, frames, count);
	}
	ck_assert_int_eq(xdpx_xsk_stats(ends[0].xsk, &stats), 0);
	ck_assert_uint_eq(stats.tx_invalid_descs, 0);
	ck_assert_uint_eq(stats.rx_dropped, 0);
	steer_end(&ends[0]);
	steer_end(&ends[1]);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), FRAMES);
}
END_TEST

START_TEST(without_multi_buffer_a_jumbo_frame_is_dropped_and_counted)
{
	struct xdpx_xsk_stats stats = {.size = sizeof(stats)};
	struct xdpx_frame frames[BATCH];
	int fd = net_packet_socket("v1");
	struct steered v0;

	steer(&v0, "v0", umem, 0, 0);
	fill(JUMBO);
	ck_assert_int_eq(send(fd, sent, JUMBO, 0), JUMBO);
	ck_assert_int_eq(send(fd, sent, 1000, 0), 1000);
	ck_assert_uint_eq(receive(v0.xsk, frames, BATCH), 1);
	ck_assert_uint_eq(same(frames, 1), 1000);
	ck_assert_int_eq(xdpx_xsk_stats(v0.xsk, &stats), 0);
	ck_assert_uint_eq(stats.rx_dropped, 1);
	xdpx_xsk_release(v0.xsk, frames, 1);
	steer_end(&v0);
}
END_TEST

START_TEST(sockets_with_and_without_multi_buffer_live_on_one_umem)
{
	struct xdpx_xsk_opts opts = {.size = sizeof(opts), .fill_target = 8};
	struct xdpx_xsk *several;
	struct xdpx_xsk *one;
	struct xdpx_frame frames[2];

	sh("ip link add w0 numrxqueues 2 numtxqueues 2 type veth peer name w1; ip link set w0 up; ip link set w1 up");
	ck_assert_int_eq(xdpx_xsk_open(umem, "w0", 1, &opts, &one), 0);
	opts.flags = XDPX_XSK_MULTI_BUFFER;
	open_several(&several, "w0", &opts);
	cut(frames, 200, 100);
	ck_assert_int_eq(xdpx_xsk_send(one, frames, 2), -EINVAL);
	ck_assert_int_eq(xdpx_xsk_send(several, frames, 2), 2);
	xdpx_xsk_close(one);
	xdpx_xsk_close(several);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), FRAMES);
}
END_TEST

/* While the device is down the kernel sends nothing. One call then sends 32 frames: one packet and a part of the next.
 */
START_TEST(a_close_in_the_middle_of_a_packet_that_the_kernel_is_sending_loses_no_frame)
{
	struct xdpx_xsk_opts opts = {
		.size = sizeof(opts), .flags = XDPX_XSK_MULTI_BUFFER, .fill_target = 8, .deadline_ms = 5000};
	struct xdpx_frame frames[PACKET_FRAMES];
	struct xdpx_xsk *xsk;
	unsigned int count;
	int log = kernel_log_open();
	int round;
	int packet;

	for (round = 0; round < 5; round++) {
		sh("ip link set v0 down");
		open_several(&xsk, "v0", &opts);
		for (packet = 0; packet < 5; packet++) {
			count = cut(frames, JUMBO, JUMBO / PACKET_FRAMES + 1);
			ck_assert_int_eq(xdpx_xsk_send(xsk, frames, count), (int)count);
		}
		sh("ip link set v0 up");
		(void)sendto(xdpx_xsk_fd(xsk), NULL, 0, MSG_DONTWAIT, NULL, 0);
		sh("ip link set v0 down");
		ck_assert_int_eq(xdpx_xsk_close(xsk), 0);
		ck_assert_uint_eq(xdpx_umem_free_count(umem), FRAMES);
	}
	kernel_log_check(log);
}
END_TEST

static atomic_bool flood_stop;

static void *flood(void *arg)
{
	int fd = *(int *)arg;

	while (!atomic_load(&flood_stop))
		(void)send(fd, sent, JUMBO, MSG_DONTWAIT);
	return NULL;
}

START_TEST(a_flood_of_jumbo_frames_during_close_50_times_loses_no_frame_and_upsets_no_kernel)
{
	int fd = net_packet_socket("v1");
	int log = kernel_log_open();
	struct xdpx_frame frames[BATCH];
	uint64_t received = 0;
	pthread_t thread;
	int round;
	int turn;

	fill(JUMBO);
	ck_assert_int_eq(pthread_create(&thread, NULL, flood, &fd), 0);
	for (round = 0; round < 50; round++) {
		struct steered v0;

		steer(&v0, "v0", umem, XDPX_XSK_MULTI_BUFFER, 16);
		for (turn = 0; turn < round % 7; turn++) {
			unsigned int count;

			xdpx_xsk_wait(v0.xsk, 10);
			count = xdpx_xsk_recv(v0.xsk, frames, BATCH);
			ck_assert_uint_eq(count % 3, 0);
			received += count;
			xdpx_xsk_release(v0.xsk, frames, count);
		}
		steer_end(&v0);
		ck_assert_uint_eq(xdpx_umem_free_count(umem), FRAMES);
	}
	atomic_store(&flood_stop, true);
	pthread_join(thread, NULL);
	ck_assert_uint_gt(received, 100);
	kernel_log_check(log);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("packets");
	TCase *packets = tcase_create("packets");
	TCase *sizes = tcase_create("sizes");

	tcase_set_timeout(sizes, 60);
	tcase_add_loop_test(sizes, a_jumbo_frame_is_received_whole_over_several_frames, 0, 3);
	tcase_add_loop_test(sizes, a_jumbo_frame_that_was_received_is_sent_on, 0, 3);
	suite_add_tcase(suite, sizes);

	tcase_set_timeout(packets, 60);
	tcase_add_checked_fixture(packets, setup, NULL);
	tcase_add_test(packets, a_jumbo_frame_is_sent_from_several_frames);
	tcase_add_test(packets, jumbo_frames_go_both_ways_between_two_sockets_of_one_umem);
	tcase_add_test(packets, without_multi_buffer_a_jumbo_frame_is_dropped_and_counted);
	tcase_add_test(packets, sockets_with_and_without_multi_buffer_live_on_one_umem);
	tcase_add_test(packets, a_close_in_the_middle_of_a_packet_that_the_kernel_is_sending_loses_no_frame);
	tcase_add_test(packets, a_flood_of_jumbo_frames_during_close_50_times_loses_no_frame_and_upsets_no_kernel);
	suite_add_tcase(suite, packets);
	return run_suite(suite);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Requests and answers in front of packets, with the kernel. */
#include <xdpx/metadata.h>

#include "kernel_log.h"
#include "net.h"
#include "run.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <xdpx/error.h>
#include <xdpx/link.h>
#include <xdpx/prog.h>
#include <xdpx/xsk.h>

#define FRAMES 64
#define LENGTH 142 /* Ethernet, IPv4, UDP and 100 bytes */
#define IP 14
#define UDP 34
#define CHECKSUM 6 /* in the UDP header */

static struct xdpx_umem *umem;
static struct xdpx_xsk *xsk;

static void open_with(uint64_t umem_flags, uint64_t flags, uint32_t tx_metadata)
{
	struct xdpx_umem_opts umem_opts = {
		.size = sizeof(umem_opts), .flags = umem_flags, .frame_count = FRAMES, .tx_metadata = tx_metadata};
	struct xdpx_xsk_opts opts = {.size = sizeof(opts), .flags = flags, .fill_target = 32, .deadline_ms = 5000};
	int err;

	ck_assert_int_eq(xdpx_umem_new(&umem_opts, &umem), 0);
	err = xdpx_xsk_open(umem, "v0", 0, &opts, &xsk);
	if (err == -EOPNOTSUPP && strstr(xdpx_error_last()->message, "takes no requests"))
		skip_test("requests with packets came with Linux 6.11");
	ck_assert_msg(!err, "%s", xdpx_error_last()->message);
}

static void setup(void)
{
	net_isolate();
	net_veth("v0", "v1", 1);
}

static void end(void)
{
	ck_assert_int_eq(xdpx_xsk_close(xsk), 0);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), FRAMES);
	ck_assert_int_eq(xdpx_umem_close(umem), 0);
}

static uint32_t sum_of(const unsigned char *bytes, size_t length)
{
	uint32_t sum = 0;
	size_t at;

	for (at = 0; at + 1 < length; at += 2)
		sum += (uint32_t)bytes[at] << 8 | bytes[at + 1];
	return sum;
}

static uint16_t folded(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static uint32_t pseudo_sum(const unsigned char *packet)
{
	return sum_of(packet + IP + 12, 8) + 17 + LENGTH - UDP;
}

static void packet_make(unsigned char *packet)
{
	static const unsigned char head[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,    0, 0,	0,  0, 1,   8,	 0,
					     0x45, 0,	 0,    128,  0,	   0,	 0x40, 0, 9,	17, 0, 0,   192, 0,
					     2,	   1,	 192,  0,    2,	   2,	 0x10, 0, 0x20, 0,  0, 108, 0,	 0};
	uint16_t sum;
	int at;

	memcpy(packet, head, sizeof(head));
	for (at = sizeof(head); at < LENGTH; at++)
		packet[at] = (unsigned char)rand();
	sum = folded(pseudo_sum(packet));
	packet[UDP + CHECKSUM] = (unsigned char)(sum >> 8);
	packet[UDP + CHECKSUM + 1] = (unsigned char)sum;
}

static void send_one(struct xdpx_frame *frame, const struct xdpx_tx_request *request)
{
	while (!xdpx_frames_take(umem, frame, 1))
		xdpx_xsk_complete(xsk);
	packet_make(xdpx_frame_data(xdpx_umem_base(umem), frame));
	frame->len = LENGTH;
	ck_assert_int_eq(xdpx_frame_request(umem, frame, request), 0);
	ck_assert_int_eq(xdpx_xsk_send(xsk, frame, 1), 1);
}

static const struct xdpx_tx_request checksum = {
	.size = sizeof(checksum), .flags = XDPX_TX_CHECKSUM, .csum_start = UDP, .csum_offset = CHECKSUM};

START_TEST(a_checksum_that_is_asked_for_is_right_at_the_other_end)
{
	int fd = net_packet_socket("v1");
	unsigned char got[LENGTH + 1];
	struct xdpx_frame frame;
	int round;

	open_with(XDPX_UMEM_TX_SW_CSUM, XDPX_XSK_TX_ONLY, 24);
	for (round = 0; round < 1000; round++) {
		send_one(&frame, &checksum);
		ck_assert_int_eq(recv(fd, got, sizeof(got), 0), LENGTH);
		ck_assert_uint_eq(folded(pseudo_sum(got) + sum_of(got + UDP, LENGTH - UDP)), 0xffff);
	}
	end();
}
END_TEST

static int64_t tai_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_TAI, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

START_TEST(each_frame_says_when_it_was_sent)
{
	struct xdpx_tx_request request = {.size = sizeof(request), .flags = XDPX_TX_TIMESTAMP};
	struct xdpx_frame frame;
	struct xdpx_frame back;
	int round;

	open_with(0, XDPX_XSK_TX_ONLY | XDPX_XSK_KEEP_COMPLETED, 16 + 8 * (uint32_t)_i);
	for (round = 0; round < 500; round++) {
		int64_t before = tai_ns();
		bool asked = round % 3;

		send_one(&frame, asked ? &request : NULL);
		while (!xdpx_xsk_complete_frames(xsk, &back, 1))
			;
		ck_assert_uint_eq(back.addr, frame.addr);
		if (asked) {
			ck_assert_int_ge((int64_t)xdpx_frame_sent_ns(umem, &back), before - 1000000);
			ck_assert_int_le((int64_t)xdpx_frame_sent_ns(umem, &back), tai_ns() + 1000000);
		} else {
			ck_assert_uint_eq(xdpx_frame_sent_ns(umem, &back), 0);
		}
		xdpx_frames_release(umem, &back, 1);
	}
	end();
}
END_TEST

/* A request that the kernel does not take stops its ring, and has it complete the frame again and again. */
START_TEST(requests_that_are_refused_leave_the_ring_in_order)
{
	struct xdpx_tx_request launch = {.size = sizeof(launch), .flags = XDPX_TX_LAUNCH_TIME, .launch_time = 1};
	struct xdpx_xsk_stats stats = {.size = sizeof(stats)};
	int fd = net_packet_socket("v1");
	unsigned char got[LENGTH + 1];
	int log = kernel_log_open();
	struct xdpx_frame good;
	struct xdpx_frame bad;
	uint64_t flags;
	int round;

	open_with(0, 0, 24);
	ck_assert_uint_eq(xdpx_frames_take(umem, &bad, 1), 1);
	for (round = 0; round < 200; round++) {
		bad.len = LENGTH;
		if (round % 2) {
			ck_assert_int_eq(xdpx_frame_request(umem, &bad, &checksum), 0);
			bad.len = UDP + CHECKSUM + 1;
		} else {
			ck_assert_int_eq(xdpx_frame_request(umem, &bad, &launch), 0);
		}
		ck_assert_int_eq(xdpx_xsk_send(xsk, &bad, 1), -EINVAL);
		flags = 1ULL << (round % 40 + 3);
		memcpy((unsigned char *)xdpx_frame_data(xdpx_umem_base(umem), &bad) - 24, &flags, sizeof(flags));
		ck_assert_int_eq(xdpx_xsk_send(xsk, &bad, 1), -EINVAL);
		send_one(&good, NULL);
		ck_assert_int_eq(recv(fd, got, sizeof(got), 0), LENGTH);
	}
	xdpx_xsk_complete(xsk);
	ck_assert_int_eq(xdpx_xsk_stats(xsk, &stats), 0);
	ck_assert_uint_eq(stats.completed, 200);
	ck_assert_uint_eq(stats.tx_invalid_descs, 0);
	ck_assert_uint_eq(xdpx_umem_held_count(umem), 1);
	xdpx_frames_release(umem, &bad, 1);
	end();
	kernel_log_check(log);
}
END_TEST

/* record.bpf.c says in front of each packet how long it is. */
START_TEST(a_program_s_record_is_found_in_front_of_each_packet)
{
	static unsigned char packet[9000];
	int fd = net_packet_socket("v1");
	struct xdpx_frame frames[8];
	struct xdpx_link *link;
	struct xdpx_prog *prog;
	uint32_t record[2];
	unsigned int count;
	uint32_t room;
	int round;

	sh("ip link set v0 mtu 9000; ip link set v1 mtu 9000");
	open_with(0, XDPX_XSK_MULTI_BUFFER, 0);
	ck_assert_int_eq(xdpx_prog_open(TEST_OBJECTS "/record.bpf.o", NULL, &prog), 0);
	ck_assert_msg(!xdpx_link_attach(prog, "v0", NULL, &link), "%s", xdpx_error_last()->message);
	ck_assert_int_eq(xdpx_xsk_steer(xsk, xdpx_prog_map_fd(prog, "sockets")), 0);
	memset(packet, 0xff, sizeof(packet));
	for (round = 0; round < 200; round++) {
		ssize_t length = 60 + rand() % 8900;

		ck_assert_int_eq(send(fd, packet, (size_t)length, 0), length);
		ck_assert_int_eq(xdpx_xsk_wait(xsk, 2000), 1);
		count = xdpx_xsk_recv(xsk, frames, 8);
		ck_assert_uint_eq(xdpx_frames_next_packet(frames, count, 0), count);
		memcpy(record, (const char *)xdpx_frame_metadata(umem, frames, &room) - sizeof(record), sizeof(record));
		ck_assert_uint_eq(room, 256);
		ck_assert_uint_eq(record[0], (uint32_t)length);
		ck_assert_uint_eq(record[1], 0x58445058);
		xdpx_xsk_release(xsk, frames, count);
	}
	xdpx_link_free(link);
	xdpx_prog_free(prog);
	end();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("metadata");
	TCase *tcase = tcase_create("metadata");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, a_checksum_that_is_asked_for_is_right_at_the_other_end);
	tcase_add_loop_test(tcase, each_frame_says_when_it_was_sent, 0, 2);
	tcase_add_test(tcase, requests_that_are_refused_leave_the_ring_in_order);
	tcase_add_test(tcase, a_program_s_record_is_found_in_front_of_each_packet);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}

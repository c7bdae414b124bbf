/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Packet memory of every kind with real packets, over a veth pair in a namespace of the test's own. */
#include "drop_caps.h"
#include "net.h"
#include "run.h"
#include "xsk/xsk.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xdpx/error.h>
#include <xdpx/port.h>
#include <xdpx/xsk.h>

#define FRAMES 64
#define LENGTH 1000
#define HEADER 14

static struct xdpx_umem *umem;
static struct xdpx_port *port;
static struct xdpx_xsk *xsk;
static int packets; /* a packet socket at the far end */
static char told[512];
static unsigned int told_count;

static void keep_told(void *arg, enum xdpx_log_level level, const char *message)
{
	(void)arg;
	if (level == XDPX_LOG_WARN && !told_count++)
		snprintf(told, sizeof(told), "%s", message);
}

static void made_of(struct xdpx_umem_opts opts)
{
	struct xdpx_port_opts port_opts = {.size = sizeof(port_opts), .traffic = XDPX_TRAFFIC_ALL};

	opts.size = sizeof(opts);
	opts.frame_count = opts.frame_count ? opts.frame_count : FRAMES;
	ck_assert_int_eq(xdpx_umem_new(&opts, &umem), 0);
	port_opts.umem = umem;
	ck_assert_msg(!xdpx_port_open("v0", &port_opts, &port), "%s", xdpx_error_last()->message);
	ck_assert_int_eq(xdpx_port_claim(port, &xsk), 0);
	xdpx_log_set(keep_told, NULL, XDPX_LOG_WARN);
}

static void setup(void)
{
	net_isolate();
	net_veth("v0", "v1", 1);
	packets = net_packet_socket("v1");
}

static void teardown(void)
{
	ck_assert_int_eq(xdpx_port_close(port), 0);
	ck_assert_int_eq(xdpx_umem_close(umem), 0);
}

static void packet_make(unsigned char *packet, unsigned int number)
{
	memset(packet, 0xff, 6);
	memset(packet + 6, 0x02, 6);
	packet[12] = 0x88;
	packet[13] = 0xb5;
	memset(packet + HEADER, (int)(number % 199 + 1), LENGTH - HEADER);
}

static void packet_check(const unsigned char *packet, unsigned int number)
{
	unsigned char wanted[LENGTH];

	packet_make(wanted, number);
	ck_assert_mem_eq(packet, wanted, LENGTH);
}

static void far_end_sends(unsigned int number)
{
	unsigned char packet[LENGTH];

	packet_make(packet, number);
	ck_assert_int_eq(send(packets, packet, LENGTH, 0), LENGTH);
}

static struct xdpx_frame frame_received(void)
{
	struct xdpx_frame frame;
	int tries;

	for (tries = 0; tries < 50; tries++) {
		if (xdpx_xsk_recv(xsk, &frame, 1))
			return frame;
		xdpx_xsk_wait(xsk, 100);
	}
	ck_abort_msg("no packet came");
}

static void far_end_receives(unsigned int number)
{
	unsigned char packet[LENGTH + 1];

	ck_assert_int_eq(recv(packets, packet, sizeof(packet), 0), LENGTH);
	packet_check(packet, number);
}

/* So many that each frame is used many times, some held meanwhile, released both ways; and sent ones among them. */
static void packets_go_both_ways(unsigned int headroom)
{
	const uint32_t size = xdpx_umem_frame_size(umem);
	unsigned char *base = xdpx_umem_base(umem);
	struct xdpx_frame held[8];
	struct xdpx_frame frame;
	unsigned int number;

	for (number = 0; number < 8 * FRAMES; number++) {
		far_end_sends(number);
		frame = frame_received();
		ck_assert_uint_eq(frame.len, LENGTH);
		ck_assert_uint_eq(frame.addr % size, 256 + headroom);
		packet_check(xdpx_frame_data(base, &frame), number);
		if (number >= 8) {
			packet_check(xdpx_frame_data(base, &held[number % 8]), number - 8);
			if (number % 3)
				xdpx_frames_release(umem, &held[number % 8], 1);
			else
				xdpx_xsk_release(xsk, &held[number % 8], 1);
		}
		held[number % 8] = frame;

		ck_assert_uint_eq(xdpx_frames_take(umem, &frame, 1), 1);
		frame.len = LENGTH;
		packet_make(xdpx_frame_data(base, &frame), number);
		ck_assert_int_eq(xdpx_xsk_send(xsk, &frame, 1), 1);
		far_end_receives(number);
		xdpx_xsk_complete(xsk);
	}
	xdpx_frames_release(umem, held, 8);
	ck_assert_uint_eq(xdpx_umem_held_count(umem), 0);
}

static const struct xdpx_umem_opts kinds[] = {
	{.frame_size = 2048},
	{.frame_size = 2304, .flags = XDPX_UMEM_UNALIGNED},
	{.frame_size = 2049, .flags = XDPX_UMEM_UNALIGNED, .headroom = 77},
	{.frame_size = 4096, .flags = XDPX_UMEM_UNALIGNED, .headroom = 128},
	{.frame_size = 3000, .flags = XDPX_UMEM_UNALIGNED | XDPX_UMEM_MEMFD},
	{.flags = XDPX_UMEM_MEMFD},
	{.flags = XDPX_UMEM_NUMA_NODE},
	{.flags = XDPX_UMEM_DEBUG, .headroom = 32},
	{.flags = XDPX_UMEM_SCRUB, .headroom = 32},
	{.frame_size = 2304, .flags = XDPX_UMEM_UNALIGNED | XDPX_UMEM_DEBUG | XDPX_UMEM_SCRUB},
	{.max_held = 9},
};

START_TEST(packets_come_and_go_in_memory_of_each_kind)
{
	made_of(kinds[_i]);
	packets_go_both_ways(kinds[_i].headroom);
	ck_assert_msg(!told_count, "%s", told);
	teardown();
}
END_TEST

static const struct xdpx_umem_opts largest_headrooms[] = {
	{.frame_size = 2048, .headroom = 2048 - 704},
	{.frame_size = 4096, .headroom = 4096 - 704, .tx_metadata = 24},
	{.frame_size = 2049, .headroom = 2049 - 704, .flags = XDPX_UMEM_UNALIGNED},
};

START_TEST(the_kernel_takes_the_most_headroom_that_the_library_does)
{
	made_of(largest_headrooms[_i]);
	teardown();
}
END_TEST

/* What an application's own packet buffer may look like, with what it keeps of it in front of the packet. */
struct buffer {
	uint64_t number;
	unsigned char own[120];
	unsigned char room[2176];
};

START_TEST(packets_come_and_go_in_the_caller_s_buffers_which_keep_what_is_theirs)
{
	const size_t bytes = FRAMES * sizeof(struct buffer);
	struct buffer *buffers = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned int at;

	for (at = 0; at < FRAMES; at++) {
		buffers[at].number = at;
		memset(buffers[at].own, 0x5a, sizeof(buffers[at].own));
	}
	made_of((struct xdpx_umem_opts){
		.flags = XDPX_UMEM_UNALIGNED | (_i ? XDPX_UMEM_SCRUB | XDPX_UMEM_DEBUG : 0),
		.frame_size = sizeof(struct buffer),
		.headroom = offsetof(struct buffer, room),
		.memory = buffers,
		.memory_bytes = bytes,
	});
	packets_go_both_ways(offsetof(struct buffer, room));
	ck_assert_msg(!told_count, "%s", told);
	teardown();
	for (at = 0; at < FRAMES; at++) {
		ck_assert_uint_eq(buffers[at].number, at);
		ck_assert_uint_eq(buffers[at].own[0], 0x5a);
		ck_assert_mem_eq(buffers[at].own, buffers[at].own + 1, sizeof(buffers[at].own) - 1);
	}
	munmap(buffers, bytes);
}
END_TEST

/* The machine's own setting: changed before and put back after all tests that need it, in the process that outlives
 * each. */
static long huge_before;
static bool huge_there;

static long huge_count(void)
{
	char text[32];

	sh_read(text, sizeof(text),
		"cat /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages 2>/dev/null || echo -1");
	return strtol(text, NULL, 10);
}

static void huge_set(long count)
{
	sh_try("echo %ld > /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", count);
}

static void huge_get(void)
{
	huge_before = huge_count();
	if (huge_before < 0)
		return;
	huge_set(huge_before + 2);
	huge_there = huge_count() == huge_before + 2;
}

static void huge_put_back(void)
{
	if (huge_before >= 0)
		huge_set(huge_before);
}

static const struct xdpx_umem_opts huge[] = {
	{.flags = XDPX_UMEM_HUGE_2M},
	{.flags = XDPX_UMEM_HUGE_2M, .frame_count = 1024},
	{.flags = XDPX_UMEM_HUGE_2M | XDPX_UMEM_MEMFD},
	{.flags = XDPX_UMEM_HUGE_2M | XDPX_UMEM_NUMA_NODE},
	{.flags = XDPX_UMEM_HUGE_2M | XDPX_UMEM_UNALIGNED, .frame_size = 2304, .frame_count = 1000},
};

/* Also where all frames together are less than one page. */
START_TEST(packets_come_and_go_in_huge_pages)
{
	if (!huge_there)
		skip_test("the machine has no free huge pages");
	made_of(huge[_i]);
	ck_assert_msg(!strncmp(xdpx_umem_memory_why(umem), "pages of 2 MiB", 14), "%s", xdpx_umem_memory_why(umem));
	packets_go_both_ways(0);
	teardown();
}
END_TEST

/* Of 1000 frames that lie in two pages, one lies in both; also where another process has made the memory. */
START_TEST(an_unaligned_frame_in_two_huge_pages_is_never_used)
{
	const struct xdpx_umem_opts opts = {
		.size = sizeof(opts),
		.flags = XDPX_UMEM_HUGE_2M | XDPX_UMEM_MEMFD | XDPX_UMEM_UNALIGNED,
		.frame_count = 1000,
		.frame_size = 2304,
	};
	struct xdpx_frame frames[1000];
	struct xdpx_umem *other;
	unsigned int at;

	if (!huge_there)
		skip_test("the machine has no free huge pages");
	ck_assert_int_eq(xdpx_umem_new(&opts, &umem), 0);
	ck_assert_int_eq(xdpx_umem_new_on(dup(xdpx_umem_fd(umem)), &opts, &other), 0);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), 999);
	ck_assert_uint_eq(xdpx_umem_held_count(umem), 0);
	ck_assert_uint_eq(xdpx_frames_take(other, frames, 1000), 999);
	for (at = 0; at < 999; at++)
		ck_assert_uint_eq(frames[at].addr >> 21, (frames[at].addr + 2303) >> 21);
	ck_assert(!xdpx_umem_is_scattered(umem) && !xdpx_umem_is_scattered(other));
	xdpx_umem_free(other);
	ck_assert_int_eq(xdpx_umem_close(umem), 0);
}
END_TEST

/* The kernel counts what it locks in pages of the common size, whichever they are. */
START_TEST(huge_pages_count_as_locked_memory_too)
{
	struct rlimit limit = {.rlim_cur = 64 * 1024, .rlim_max = 64 * 1024};
	struct xdpx_umem_opts opts = {.size = sizeof(opts), .flags = XDPX_UMEM_HUGE_2M, .frame_count = FRAMES};

	if (!huge_there)
		skip_test("the machine has no free huge pages");
	ck_assert_int_eq(xdpx_umem_new(&opts, &umem), 0);
	ck_assert_str_eq(xdpx_umem_memory_why(umem), "pages of 2 MiB");
	ck_assert_int_eq(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
	drop_caps(1ULL << CAP_IPC_LOCK);
	ck_assert_int_eq(xdpx_xsk_open(umem, "v0", 0, NULL, &xsk), -ENOMEM);
	ck_assert_ptr_nonnull(strstr(xdpx_error_last()->message, "RLIMIT_MEMLOCK is 64 KiB"));
	xdpx_umem_free(umem);
}
END_TEST

/* Each frame is filled with what nobody may see again; then every byte behind a short packet must be 0. */
START_TEST(no_packet_shows_what_was_in_its_frame_before)
{
	struct xdpx_frame frames[FRAMES];
	unsigned char *base;
	unsigned int number;
	unsigned int count;

	made_of((struct xdpx_umem_opts){.flags = XDPX_UMEM_SCRUB, .frame_size = 2048});
	base = xdpx_umem_base(umem);
	count = xdpx_frames_take(umem, frames, FRAMES);
	ck_assert_uint_ge(count, 8);
	for (number = 0; number < 10 * FRAMES; number++) {
		while (count) {
			memset(base + frames[--count].addr / 2048 * 2048, 0xee, 2048);
			xdpx_frames_release(umem, &frames[count], 1);
		}
		far_end_sends(number);
		frames[0] = frame_received();
		count = 1;
		packet_check(xdpx_frame_data(base, &frames[0]), number);
		ck_assert_ptr_null(memchr(base + frames[0].addr / 2048 * 2048, 0xee, 2048));
		ck_assert_ptr_null(memmem(base, (size_t)FRAMES * 2048, "\xee\xee\xee\xee", 4));
	}
	xdpx_frames_release(umem, frames, 1);
	teardown();
}
END_TEST

START_TEST(a_write_into_a_released_frame_is_told_before_its_next_packet)
{
	struct xdpx_frame frames[FRAMES];
	unsigned int at;

	made_of((struct xdpx_umem_opts){.flags = XDPX_UMEM_DEBUG, .frame_size = 2048});
	far_end_sends(1);
	frames[0] = frame_received();
	xdpx_xsk_release(xsk, &frames[0], 1);
	xdpx_frames_release(umem, &frames[0], 1);
	ck_assert_uint_eq(told_count, 1);
	ck_assert_ptr_nonnull(strstr(told, "was released before by"));
	ck_assert_ptr_nonnull(strstr(told, "net-umem"));
	memset(xdpx_frame_data(xdpx_umem_base(umem), &frames[0]), 0, 10);
	for (at = 0; at < 2 * FRAMES && told_count < 2; at++) {
		far_end_sends(at);
		frames[0] = frame_received();
		xdpx_xsk_release(xsk, &frames[0], 1);
	}
	ck_assert_uint_eq(told_count, 2);
	teardown();
}
END_TEST

START_TEST(with_max_held_packets_wait_until_frames_are_released)
{
	struct xdpx_umem_stats stats = {.size = sizeof(stats)};
	struct xdpx_frame frames[FRAMES];
	unsigned int number;

	made_of((struct xdpx_umem_opts){.max_held = 4});
	for (number = 0; number < 10; number++)
		far_end_sends(number);
	for (number = 0; number < 4; number++)
		frames[number] = frame_received();
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, frames + 4, FRAMES - 4), 0);
	xdpx_frames_release(umem, frames, 4);
	for (; number < 10; number++) {
		frames[0] = frame_received();
		packet_check(xdpx_frame_data(xdpx_umem_base(umem), &frames[0]), number);
		xdpx_xsk_release(xsk, frames, 1);
	}
	ck_assert_int_eq(xdpx_umem_stats(umem, &stats), 0);
	ck_assert_uint_eq(stats.held_max, 4);
	ck_assert_uint_ge(stats.limited, 1);
	teardown();
}
END_TEST

START_TEST(a_umem_that_is_freed_with_a_socket_open_lasts_until_that_is_closed)
{
	struct xdpx_umem_opts opts = {.size = sizeof(opts),
				      .flags = XDPX_UMEM_UNALIGNED | XDPX_UMEM_DEBUG,
				      .frame_size = 3000,
				      .frame_count = FRAMES};
	struct xdpx_frame frame;

	ck_assert_int_eq(xdpx_umem_new(&opts, &umem), 0);
	ck_assert_int_eq(xdpx_xsk_open(umem, "v0", 0, NULL, &xsk), 0);
	ck_assert_int_eq(xdpx_umem_close(umem), -EBUSY);
	xdpx_umem_free(umem);
	ck_assert_uint_eq(xdpx_frames_take(umem, &frame, 1), 1);
	frame.len = LENGTH;
	packet_make(xdpx_frame_data(xdpx_umem_base(umem), &frame), 3);
	ck_assert_int_eq(xdpx_xsk_send(xsk, &frame, 1), 1);
	far_end_receives(3);
	ck_assert_int_eq(xdpx_xsk_close(xsk), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("umem");
	TCase *tcase = tcase_create("umem");
	TCase *pages = tcase_create("huge pages");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_loop_test(tcase, the_kernel_takes_the_most_headroom_that_the_library_does, 0,
			    sizeof(largest_headrooms) / sizeof(largest_headrooms[0]));
	tcase_add_loop_test(tcase, packets_come_and_go_in_memory_of_each_kind, 0, sizeof(kinds) / sizeof(kinds[0]));
	tcase_add_loop_test(tcase, packets_come_and_go_in_the_caller_s_buffers_which_keep_what_is_theirs, 0, 2);
	tcase_add_test(tcase, no_packet_shows_what_was_in_its_frame_before);
	tcase_add_test(tcase, a_write_into_a_released_frame_is_told_before_its_next_packet);
	tcase_add_test(tcase, with_max_held_packets_wait_until_frames_are_released);
	tcase_add_test(tcase, a_umem_that_is_freed_with_a_socket_open_lasts_until_that_is_closed);
	suite_add_tcase(suite, tcase);

	tcase_set_timeout(pages, 60);
	tcase_add_unchecked_fixture(pages, huge_get, huge_put_back);
	tcase_add_checked_fixture(pages, setup, NULL);
	tcase_add_loop_test(pages, packets_come_and_go_in_huge_pages, 0, sizeof(huge) / sizeof(huge[0]));
	tcase_add_test(pages, an_unaligned_frame_in_two_huge_pages_is_never_used);
	tcase_add_test(pages, huge_pages_count_as_locked_memory_too);
	suite_add_tcase(suite, pages);
	return run_suite(suite);
}

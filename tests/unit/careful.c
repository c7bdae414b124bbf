/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Frames that are unaligned, scrubbed, watched over or limited: on rings in memory; tests/net/umem.c has packets. */
#include "xsk/careful.h"
#include "memory_xsk.h"
#include "run.h"
#include "xsk/xsk.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <xdpx/error.h>

#define FRAMES 100
#define RING 32
#define SIZE 2304 /* no power of two */
#define HEADROOM 40

static struct xdpx_umem *umem;
static struct memory_xsk *memory;
static struct xdpx_xsk *xsk;
static char told[8][512];
static unsigned int told_count;

static void keep_told(void *arg, enum xdpx_log_level level, const char *message)
{
	(void)arg;
	ck_assert_int_eq(level, XDPX_LOG_WARN);
	if (told_count < 8)
		snprintf(told[told_count], sizeof(told[0]), "%s", message);
	told_count++;
}

static void has(unsigned int line, const char *words)
{
	ck_assert_uint_lt(line, told_count);
	ck_assert_msg(!!strstr(told[line], words), "'%s' is not in '%s'", words, told[line]);
}

static void made_of(struct xdpx_umem_opts opts)
{
	opts.size = sizeof(opts);
	opts.frame_count = opts.frame_count ? opts.frame_count : FRAMES;
	opts.frame_size = opts.frame_size ? opts.frame_size : opts.flags & XDPX_UMEM_UNALIGNED ? SIZE : 2048;
	ck_assert_int_eq(xdpx_umem_new(&opts, &umem), 0);
	memory = memory_xsk_new(umem, RING, RING);
	xsk = memory_xsk_socket(memory);
	xsk->tx.packet_frames = 1;
	xdpx_log_set(keep_told, NULL, XDPX_LOG_WARN);
}

static struct xdpx_umem_stats stats(void)
{
	struct xdpx_umem_stats now = {.size = sizeof(now)};

	ck_assert_int_eq(xdpx_umem_stats(umem, &now), 0);
	return now;
}

static unsigned char *bytes_of(uint64_t frame)
{
	return (unsigned char *)xdpx_umem_base(umem) + frame * xdpx_umem_frame_size(umem);
}

static void teardown(void)
{
	memory_xsk_free(memory);
	xdpx_umem_free(umem);
}

START_TEST(unaligned_packets_have_plain_addresses)
{
	struct xdpx_frame frames[RING];
	unsigned char seen[FRAMES] = {0};
	unsigned int at;

	made_of((struct xdpx_umem_opts){.flags = XDPX_UMEM_UNALIGNED, .headroom = HEADROOM});
	xdpx_xsk_recv(xsk, frames, 0);
	ck_assert_uint_eq(memory_xsk_arrive(memory, RING, 60), RING);
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, frames, RING), RING);
	for (at = 0; at < RING; at++) {
		ck_assert_uint_eq(frames[at].addr % SIZE, 256 + HEADROOM);
		ck_assert_uint_lt(frames[at].addr, FRAMES * SIZE);
		ck_assert_uint_eq(seen[frames[at].addr / SIZE]++, 0);
	}
	teardown();
}
END_TEST

START_TEST(unaligned_frames_go_back_by_any_address_to_where_they_begin)
{
	struct xdpx_frame frames[RING];
	uint64_t addresses[RING];
	unsigned int at;

	made_of((struct xdpx_umem_opts){.flags = XDPX_UMEM_UNALIGNED, .headroom = HEADROOM});
	xdpx_xsk_recv(xsk, frames, 0);
	memory_xsk_arrive(memory, RING, 60);
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, frames, RING), RING);
	for (at = 0; at < RING; at++)
		frames[at].addr = frames[at].addr / SIZE * SIZE + at * 70;
	xdpx_frames_release(umem, frames, 10);
	xdpx_xsk_release(xsk, frames + 10, 22);
	ck_assert_uint_eq(xdpx_umem_held_count(umem), 0);
	ck_assert_uint_eq(memory_xsk_drain_fill(memory, addresses, RING), 22);
	for (at = 0; at < 22; at++)
		ck_assert_uint_eq(addresses[at], frames[10 + at].addr / SIZE * SIZE);
	teardown();
}
END_TEST

/* Round after round, some through the pool: nothing is lost, nothing comes twice. */
START_TEST(unaligned_frames_never_get_lost)
{
	struct xdpx_frame frames[RING];
	unsigned int round;
	unsigned int got;
	unsigned int at;

	made_of((struct xdpx_umem_opts){.flags = XDPX_UMEM_UNALIGNED, .headroom = HEADROOM});
	for (round = 0; round < 10000; round++) {
		memory_xsk_arrive(memory, round % RING, 60);
		got = xdpx_xsk_recv(xsk, frames, 1 + round % RING);
		for (at = 0; at < got; at++)
			ck_assert_uint_eq(frames[at].addr % SIZE, 256 + HEADROOM);
		xdpx_frames_release(umem, frames, got / 3);
		xdpx_xsk_release(xsk, frames + got / 3, got - got / 3);
		ck_assert_uint_eq(xdpx_umem_held_count(umem), 0);
	}
	teardown();
}
END_TEST

START_TEST(unaligned_frames_are_sent_and_come_back)
{
	struct xdpx_frame frames[FRAMES];
	struct xdpx_frame last;
	unsigned int at;

	made_of((struct xdpx_umem_opts){.flags = XDPX_UMEM_UNALIGNED, .headroom = HEADROOM});
	ck_assert_uint_eq(xdpx_frames_take(umem, frames, FRAMES), FRAMES);
	for (at = 0; at < FRAMES; at++) {
		ck_assert_uint_eq(frames[at].addr % SIZE, HEADROOM);
		frames[at].len = SIZE - HEADROOM;
	}
	ck_assert_int_eq(xdpx_xsk_send(xsk, frames, RING), RING);
	ck_assert_uint_eq(memory_xsk_transmit(memory, RING, &last), RING);
	ck_assert_mem_eq(&last, &frames[RING - 1], sizeof(last));
	ck_assert_uint_eq(xdpx_xsk_complete(xsk), RING);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), RING);

	frames[RING].len++;
	ck_assert_int_eq(xdpx_xsk_send(xsk, frames + RING, 1), -EINVAL);
	ck_assert_ptr_nonnull(strstr(xdpx_error_last()->message, "crosses the end of its frame"));
	teardown();
}
END_TEST

START_TEST(a_close_gets_unaligned_frames_back_from_every_ring)
{
	struct xdpx_frame frames[4];
	uint64_t drawn;

	made_of((struct xdpx_umem_opts){.flags = XDPX_UMEM_UNALIGNED, .headroom = HEADROOM});
	xdpx_xsk_recv(xsk, frames, 0);
	ck_assert_uint_eq(memory_xsk_arrive(memory, 10, 60), 10);
	ck_assert_uint_eq(memory_xsk_drain_fill(memory, &drawn, 1), 1);
	ck_assert_uint_eq(xdpx_frames_take(umem, frames, 4), 4);
	frames[0].len = frames[1].len = 60;
	ck_assert_int_eq(xdpx_xsk_send(xsk, frames, 2), 2);
	memory_xsk_close(memory);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), FRAMES - 2);
	ck_assert_uint_eq(told_count, 0);
	xdpx_umem_free(umem);
}
END_TEST

static const uint64_t careful[] = {XDPX_UMEM_UNALIGNED, XDPX_UMEM_SCRUB, XDPX_UMEM_DEBUG,
				   XDPX_UMEM_UNALIGNED | XDPX_UMEM_DEBUG | XDPX_UMEM_SCRUB};

START_TEST(foreign_addresses_are_told_and_nothing_else_is_lost)
{
	struct xdpx_frame frames[4];

	made_of((struct xdpx_umem_opts){.flags = careful[_i]});
	xdpx_xsk_recv(xsk, frames, 0);
	ck_assert_uint_eq(xdpx_frames_take(umem, frames, 4), 4);
	frames[1].addr = (uint64_t)FRAMES * xdpx_umem_frame_size(umem);
	frames[3].addr = UINT64_MAX;
	xdpx_frames_release(umem, frames, 2);
	xdpx_xsk_release(xsk, frames + 2, 2);
	ck_assert_uint_eq(told_count, 2);
	has(0, "not in this UMEM");
	has(1, "0xffffffffffffffff");
	ck_assert_uint_eq(xdpx_umem_held_count(umem), 2);
	if (careful[_i] & XDPX_UMEM_DEBUG) {
		ck_assert_uint_eq(stats().foreign, 2);
		has(0, "unit-careful");
	}
	teardown();
}
END_TEST

/* Of every way that a frame can come back, none lets anybody see what was in it. */
static bool clean(uint64_t frame)
{
	const unsigned char *bytes = bytes_of(frame);
	uint32_t size = xdpx_umem_frame_size(umem);

	return !bytes[0] && !memcmp(bytes, bytes + 1, size - 1);
}

static void pollute(const struct xdpx_frame *frames, unsigned int count)
{
	while (count--)
		memset(bytes_of(xdpx_frame_number(umem, &frames[count])), 0xee, xdpx_umem_frame_size(umem));
}

static void all_free_are_clean(void)
{
	struct xdpx_frame frames[FRAMES];
	unsigned int count = xdpx_frames_take(umem, frames, FRAMES);

	while (count--)
		ck_assert_msg(clean(xdpx_frame_number(umem, &frames[count])), "frame %u", count);
}

static const uint64_t scrubbed[] = {XDPX_UMEM_SCRUB, XDPX_UMEM_SCRUB | XDPX_UMEM_UNALIGNED,
				    XDPX_UMEM_SCRUB | XDPX_UMEM_DEBUG, XDPX_UMEM_SCRUB | XDPX_UMEM_MEMFD};

START_TEST(released_frames_are_scrubbed_whoever_gets_them)
{
	struct xdpx_frame frames[RING];
	uint64_t addresses[RING];
	uint32_t count;

	made_of((struct xdpx_umem_opts){.flags = scrubbed[_i]});
	xdpx_xsk_recv(xsk, frames, 0);
	memory_xsk_arrive(memory, RING, 60);
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, frames, RING), RING);
	pollute(frames, RING);
	xdpx_xsk_release(xsk, frames, RING / 2);
	xdpx_frames_release(umem, frames + RING / 2, RING / 2);
	xdpx_xsk_recv(xsk, frames, 0);
	count = memory_xsk_drain_fill(memory, addresses, RING);
	ck_assert_uint_eq(count, RING);
	while (count--)
		ck_assert(clean(addresses[count] / xdpx_umem_frame_size(umem)));
	all_free_are_clean();
	ck_assert_uint_eq(told_count, 0);
	teardown();
}
END_TEST

START_TEST(sent_frames_are_scrubbed_when_they_come_back)
{
	struct xdpx_frame frames[RING];
	unsigned int at;

	made_of((struct xdpx_umem_opts){.flags = scrubbed[_i]});
	ck_assert_uint_eq(xdpx_frames_take(umem, frames, RING), RING);
	pollute(frames, RING);
	for (at = 0; at < RING; at++)
		frames[at].len = 1500;
	ck_assert_int_eq(xdpx_xsk_send(xsk, frames, RING), RING);
	ck_assert_uint_eq(memory_xsk_transmit(memory, RING, NULL), RING);
	ck_assert_uint_eq(xdpx_xsk_complete(xsk), RING);
	all_free_are_clean();
	teardown();
}
END_TEST

START_TEST(a_close_scrubs_what_it_gets_back)
{
	struct xdpx_frame frames[RING];

	made_of((struct xdpx_umem_opts){.flags = scrubbed[_i]});
	xdpx_xsk_recv(xsk, frames, 0);
	memory_xsk_arrive(memory, 20, 60);
	ck_assert_uint_eq(xdpx_xsk_peek(xsk, frames, 20), 20);
	pollute(frames, 20);
	memory_xsk_close(memory);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), FRAMES);
	all_free_are_clean();
	xdpx_umem_free(umem);
}
END_TEST

START_TEST(scrubbing_leaves_the_headroom_of_the_caller_s_memory)
{
	static unsigned char own[2 * 4096] __attribute__((aligned(65536)));
	struct xdpx_frame frame;

	memset(own, 0x77, sizeof(own));
	made_of((struct xdpx_umem_opts){.flags = XDPX_UMEM_SCRUB,
					.frame_size = 4096,
					.frame_count = 2,
					.headroom = 64,
					.memory = own,
					.memory_bytes = sizeof(own)});
	ck_assert_uint_eq(own[64], 0); /* what was in it before is nobody's to see either */
	ck_assert_uint_eq(xdpx_frames_take(umem, &frame, 1), 1);
	memset(xdpx_frame_data(own, &frame), 0xee, 4096 - 64);
	xdpx_frames_release(umem, &frame, 1);
	ck_assert_uint_eq(own[63], 0x77);
	ck_assert_uint_eq(own[64], 0);
	ck_assert_uint_eq(own[4095], 0);
	ck_assert_uint_eq(own[4096 + 63], 0x77);
	teardown();
}
END_TEST

/* Of global functions, the log has the names: but only of what is in the dynamic symbol table, as here nothing is. */
START_TEST(a_double_release_is_told_with_both_places_and_not_carried_out)
{
	struct xdpx_frame frames[2];

	made_of((struct xdpx_umem_opts){.flags = XDPX_UMEM_DEBUG | (_i ? XDPX_UMEM_UNALIGNED : 0)});
	ck_assert_uint_eq(xdpx_frames_take(umem, frames, 2), 2);
	xdpx_frames_release(umem, frames, 2);
	ck_assert_uint_eq(told_count, 0);
	xdpx_frames_release(umem, &frames[1], 1);
	xdpx_xsk_release(xsk, &frames[0], 1);
	ck_assert_uint_eq(told_count, 2);
	has(0, "frame 1 (address ");
	has(0, "is released by");
	has(0, "was released before by");
	ck_assert_ptr_nonnull(strstr(strstr(told[0], "unit-careful+0x") + 1, "unit-careful+0x"));
	has(1, "frame 0 ");
	ck_assert_uint_eq(stats().double_releases, 2);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), FRAMES);
	teardown();
}
END_TEST

START_TEST(the_release_of_a_frame_twice_in_one_batch_is_told)
{
	struct xdpx_frame frames[2];

	made_of((struct xdpx_umem_opts){.flags = XDPX_UMEM_DEBUG});
	ck_assert_uint_eq(xdpx_frames_take(umem, frames, 1), 1);
	frames[1] = frames[0];
	frames[1].addr += 100;
	xdpx_frames_release(umem, frames, 2);
	ck_assert_uint_eq(stats().double_releases, 1);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), FRAMES);
	teardown();
}
END_TEST

START_TEST(the_release_of_a_frame_that_the_kernel_has_is_told)
{
	struct xdpx_frame frame = {.addr = 0};

	made_of((struct xdpx_umem_opts){.flags = XDPX_UMEM_DEBUG});
	xdpx_xsk_recv(xsk, &frame, 0);
	xdpx_frames_release(umem, &frame, 1);
	ck_assert_uint_eq(told_count, 1);
	has(0, "it was never handed out");
	ck_assert_uint_eq(xdpx_umem_held_count(umem), 0);
	teardown();
}
END_TEST

START_TEST(a_frame_that_was_sent_can_be_neither_released_nor_sent_again)
{
	struct xdpx_frame frame;

	made_of((struct xdpx_umem_opts){.flags = XDPX_UMEM_DEBUG});
	ck_assert_uint_eq(xdpx_frames_take(umem, &frame, 1), 1);
	frame.len = 60;
	ck_assert_int_eq(xdpx_xsk_send(xsk, &frame, 1), 1);
	xdpx_frames_release(umem, &frame, 1);
	has(0, "was sent before by");
	ck_assert_int_eq(xdpx_xsk_send(xsk, &frame, 1), -EINVAL);
	ck_assert_ptr_nonnull(strstr(xdpx_error_last()->message, "doesn't hold it"));
	has(1, "is sent by");
	ck_assert_uint_eq(stats().double_releases, 2);
	ck_assert_uint_eq(memory_xsk_transmit(memory, RING, NULL), 1);
	ck_assert_uint_eq(xdpx_xsk_complete(xsk), 1);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), FRAMES);
	teardown();
}
END_TEST

START_TEST(a_frame_that_is_taken_out_of_the_transmit_ring_is_held_again)
{
	struct xdpx_frame frames[3];
	unsigned int at;

	made_of((struct xdpx_umem_opts){.flags = XDPX_UMEM_DEBUG});
	ck_assert_uint_eq(xdpx_frames_take(umem, frames, 3), 3);
	for (at = 0; at < 3; at++)
		frames[at].len = 60;
	ck_assert_int_eq(xdpx_xsk_stage(xsk, frames, 3), 3);
	ck_assert_uint_eq(xdpx_xsk_unstage(xsk, 2), 2);
	ck_assert_uint_eq(xdpx_xsk_submit(xsk), 1);
	xdpx_frames_release(umem, frames + 1, 2);
	ck_assert_uint_eq(told_count, 0);
	xdpx_frames_release(umem, frames, 1);
	ck_assert_uint_eq(told_count, 1);
	teardown();
}
END_TEST

static const struct {
	uint64_t flags;
	const char *byte;
} late[] = {
	{XDPX_UMEM_DEBUG, "is 0x41"},
	{XDPX_UMEM_DEBUG | XDPX_UMEM_SCRUB, "is 0x41"},
	{XDPX_UMEM_DEBUG | XDPX_UMEM_UNALIGNED, "is 0x41"},
};

START_TEST(a_write_after_the_release_is_told_when_the_frame_is_taken_or_supplied)
{
	struct xdpx_frame frames[FRAMES];
	char address[32];

	made_of((struct xdpx_umem_opts){.flags = late[_i].flags});
	ck_assert_uint_eq(xdpx_frames_take(umem, frames, FRAMES), FRAMES);
	xdpx_frames_release(umem, frames, FRAMES);
	*((unsigned char *)xdpx_frame_data(xdpx_umem_base(umem), &frames[FRAMES - 1]) + 300) = 0x41;
	xdpx_xsk_recv(xsk, frames, 0); /* supplies those that were released last */
	ck_assert_uint_eq(told_count, 1);
	has(0, "was written to after it was given away by");
	has(0, late[_i].byte);
	snprintf(address, sizeof(address), "byte 0x%llx", (unsigned long long)frames[FRAMES - 1].addr + 300);
	has(0, address);
	*((unsigned char *)xdpx_frame_data(xdpx_umem_base(umem), &frames[0])) = 0x42;
	ck_assert_uint_eq(xdpx_frames_take(umem, frames, FRAMES), FRAMES - RING);
	ck_assert_uint_eq(told_count, 2);
	has(1, "is 0x42");
	ck_assert_uint_eq(stats().late_writes, 2);
	teardown();
}
END_TEST

START_TEST(in_order_nothing_is_told)
{
	struct xdpx_frame frames[RING];
	unsigned int round;
	unsigned int got;
	unsigned int at;

	made_of((struct xdpx_umem_opts){.flags = careful[_i]});
	for (round = 0; round < 1000; round++) {
		memory_xsk_arrive(memory, round % RING, 60);
		got = xdpx_xsk_recv(xsk, frames, RING);
		pollute(frames, got);
		for (at = 0; at < got / 2; at++)
			xdpx_frames_release(umem, frames + at, 1);
		xdpx_xsk_release(xsk, frames + at, got - at);
		got = xdpx_frames_take(umem, frames, 5);
		for (at = 0; at < got; at++)
			frames[at].len = 60;
		at = (unsigned int)xdpx_xsk_send(xsk, frames, got);
		xdpx_frames_release(umem, frames + at, got - at);
		memory_xsk_transmit(memory, 4, NULL);
	}
	ck_assert_msg(!told_count, "%s", told[0]);
	ck_assert_uint_eq(xdpx_umem_held_count(umem), 0);
	teardown();
}
END_TEST

static void *release_one(void *arg)
{
	xdpx_frames_release(umem, arg, 1);
	return NULL;
}

START_TEST(of_two_threads_that_release_one_frame_at_once_one_is_told)
{
	struct xdpx_frame frame;
	pthread_t threads[2];
	unsigned int round;

	made_of((struct xdpx_umem_opts){.flags = XDPX_UMEM_DEBUG});
	for (round = 1; round <= 200; round++) {
		ck_assert_uint_eq(xdpx_frames_take(umem, &frame, 1), 1);
		ck_assert_int_eq(pthread_create(&threads[0], NULL, release_one, &frame), 0);
		ck_assert_int_eq(pthread_create(&threads[1], NULL, release_one, &frame), 0);
		pthread_join(threads[0], NULL);
		pthread_join(threads[1], NULL);
		ck_assert_uint_eq(stats().double_releases, round);
		ck_assert_uint_eq(xdpx_umem_free_count(umem), FRAMES);
	}
	teardown();
}
END_TEST

START_TEST(max_held_stops_receiving_and_nothing_is_lost)
{
	struct xdpx_frame frames[RING];
	struct xdpx_frame more[RING];

	made_of((struct xdpx_umem_opts){.max_held = 20});
	xdpx_xsk_recv(xsk, frames, 0);
	memory_xsk_arrive(memory, RING, 60);
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, frames, 8), 8);
	ck_assert_uint_eq(stats().limited, 0);
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, frames + 8, 20), 12);
	ck_assert_uint_eq(stats().limited, 1);
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, more, 1), 0);
	ck_assert_uint_eq(stats().limited, 2);
	ck_assert_uint_eq(xdpx_umem_held_count(umem), 20);
	ck_assert_uint_eq(stats().held_max, 20);
	xdpx_frames_release(umem, frames, 3);
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, more, RING), 3);
	xdpx_xsk_release(xsk, more, 3);
	xdpx_xsk_release(xsk, frames + 3, 17);
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, more, RING), RING - 23);
	ck_assert_uint_eq(stats().held_max, 20);
	teardown();
}
END_TEST

START_TEST(frames_taken_for_sending_count_as_held)
{
	struct xdpx_frame frames[FRAMES];

	made_of((struct xdpx_umem_opts){.max_held = 20});
	ck_assert_uint_eq(xdpx_frames_take(umem, frames, 25), 25);
	xdpx_xsk_recv(xsk, frames + 25, 0);
	memory_xsk_arrive(memory, 10, 60);
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, frames + 25, 10), 0);
	xdpx_frames_release(umem, frames, 25);
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, frames, 10), 10);
	teardown();
}
END_TEST

START_TEST(the_most_held_is_seen_when_the_kernel_is_supplied)
{
	struct xdpx_frame frames[RING];

	made_of((struct xdpx_umem_opts){.frame_size = 2048});
	xdpx_xsk_recv(xsk, frames, 0);
	memory_xsk_arrive(memory, RING, 60);
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, frames, RING), RING);
	xdpx_xsk_recv(xsk, frames, 0);
	xdpx_frames_release(umem, frames, RING);
	ck_assert_uint_eq(stats().held, 0);
	ck_assert_uint_eq(stats().held_max, RING);
	teardown();
}
END_TEST

/* With all frames held the kernel gets none, and what is held stays as it is. */
START_TEST(at_exhaustion_it_is_counted_and_nothing_overwritten)
{
	struct xdpx_frame frames[FRAMES + RING];
	unsigned int held = 0;
	unsigned int at;

	made_of((struct xdpx_umem_opts){.flags = _i ? XDPX_UMEM_UNALIGNED : 0});
	for (at = 0; at < 20; at++) {
		xdpx_xsk_recv(xsk, frames, 0);
		memory_xsk_arrive(memory, RING, 60);
		held += xdpx_xsk_recv(xsk, frames + held, RING);
		pollute(frames, held);
	}
	ck_assert_uint_eq(held, FRAMES);
	ck_assert_uint_eq(memory_xsk_arrive(memory, 1, 60), 0);
	ck_assert_uint_gt(stats().exhausted, 1);
	ck_assert_uint_eq(stats().free, 0);
	ck_assert_uint_eq(stats().held, FRAMES);
	ck_assert_uint_eq(xdpx_frames_take(umem, frames + held, 1), 0);
	for (at = 0; at < FRAMES; at++)
		ck_assert_uint_eq(bytes_of(at)[0], 0xee);
	xdpx_frames_release(umem, frames, FRAMES);
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, frames, RING), 0);
	ck_assert_uint_eq(memory_xsk_arrive(memory, RING, 60), RING);
	teardown();
}
END_TEST

START_TEST(the_stats_want_their_size)
{
	struct xdpx_umem_stats none = {0};

	made_of((struct xdpx_umem_opts){0});
	ck_assert_int_eq(xdpx_umem_stats(umem, &none), -EINVAL);
	teardown();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("careful");
	TCase *tcase = tcase_create("careful");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, unaligned_packets_have_plain_addresses);
	tcase_add_test(tcase, unaligned_frames_go_back_by_any_address_to_where_they_begin);
	tcase_add_test(tcase, unaligned_frames_never_get_lost);
	tcase_add_test(tcase, unaligned_frames_are_sent_and_come_back);
	tcase_add_test(tcase, a_close_gets_unaligned_frames_back_from_every_ring);
	tcase_add_loop_test(tcase, foreign_addresses_are_told_and_nothing_else_is_lost, 0, 4);
	tcase_add_loop_test(tcase, released_frames_are_scrubbed_whoever_gets_them, 0, 4);
	tcase_add_loop_test(tcase, sent_frames_are_scrubbed_when_they_come_back, 0, 4);
	tcase_add_loop_test(tcase, a_close_scrubs_what_it_gets_back, 0, 4);
	tcase_add_test(tcase, scrubbing_leaves_the_headroom_of_the_caller_s_memory);
	tcase_add_loop_test(tcase, a_double_release_is_told_with_both_places_and_not_carried_out, 0, 2);
	tcase_add_test(tcase, the_release_of_a_frame_twice_in_one_batch_is_told);
	tcase_add_test(tcase, the_release_of_a_frame_that_the_kernel_has_is_told);
	tcase_add_test(tcase, a_frame_that_was_sent_can_be_neither_released_nor_sent_again);
	tcase_add_test(tcase, a_frame_that_is_taken_out_of_the_transmit_ring_is_held_again);
	tcase_add_loop_test(tcase, a_write_after_the_release_is_told_when_the_frame_is_taken_or_supplied, 0, 3);
	tcase_add_loop_test(tcase, in_order_nothing_is_told, 0, 4);
	tcase_add_test(tcase, of_two_threads_that_release_one_frame_at_once_one_is_told);
	tcase_add_test(tcase, max_held_stops_receiving_and_nothing_is_lost);
	tcase_add_test(tcase, frames_taken_for_sending_count_as_held);
	tcase_add_test(tcase, the_most_held_is_seen_when_the_kernel_is_supplied);
	tcase_add_loop_test(tcase, at_exhaustion_it_is_counted_and_nothing_overwritten, 0, 2);
	tcase_add_test(tcase, the_stats_want_their_size);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}

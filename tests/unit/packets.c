/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Packets of several frames, and rings that are looked at before anything is taken: on rings in plain memory. */
#include "memory_xsk.h"
#include "run.h"
#include "xsk/xsk.h"

#include <errno.h>
#include <string.h>
#include <xdpx/error.h>

#define FRAMES 256
#define RING 64
#define SIZE 2048
#define PACKET_FRAMES 18

static struct xdpx_umem *umem;
static struct memory_xsk *memory;
static struct xdpx_xsk *xsk;

static void setup(void)
{
	struct xdpx_umem_opts opts = {.size = sizeof(opts), .frame_count = FRAMES, .frame_size = SIZE};
	struct xdpx_frame none;

	ck_assert_int_eq(xdpx_umem_new(&opts, &umem), 0);
	memory = memory_xsk_new(umem, RING, RING);
	xsk = memory_xsk_socket(memory);
	xsk->rx.whole = xsk->rx.special = true;
	xsk->tx.packet_frames = PACKET_FRAMES;
	xdpx_xsk_recv(xsk, &none, 0);
}

static void teardown(void)
{
	memory_xsk_free(memory);
	xdpx_umem_free(umem);
}

/* A packet of so many frames from the pool. */
static void packet_take(struct xdpx_frame *frames, unsigned int count)
{
	unsigned int at;

	ck_assert_uint_eq(xdpx_frames_take(umem, frames, count), count);
	for (at = 0; at < count; at++) {
		frames[at].len = 60;
		frames[at].options = at + 1 < count ? XDPX_FRAME_CONTINUES : 0;
	}
}

START_TEST(the_next_packet_begins_behind_the_first_frame_that_does_not_continue)
{
	struct xdpx_frame frames[6] = {{.options = 1}, {.options = 1}, {0}, {0}, {.options = 1}, {.options = 1}};

	ck_assert_uint_eq(xdpx_frames_next_packet(frames, 6, 0), 3);
	ck_assert_uint_eq(xdpx_frames_next_packet(frames, 6, 3), 4);
	ck_assert_uint_eq(xdpx_frames_next_packet(frames, 6, 4), 6);
	ck_assert_uint_eq(xdpx_frames_next_packet(frames, 2, 0), 2);
	ck_assert_uint_eq(xdpx_frames_next_packet(frames, 6, 6), 6);
	ck_assert_uint_eq(xdpx_frames_next_packet(frames, 6, UINT32_MAX), 6);
	ck_assert_uint_eq(xdpx_frames_next_packet(NULL, 0, 0), 0);
}
END_TEST

START_TEST(whole_packets_are_received_and_one_that_does_not_fit_waits)
{
	struct xdpx_frame frames[RING];

	ck_assert_uint_eq(memory_xsk_arrive_packet(memory, 3, 100), 3);
	ck_assert_uint_eq(memory_xsk_arrive_packet(memory, 3, 100), 3);
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, frames, 5), 3);
	ck_assert_uint_eq(xdpx_frames_next_packet(frames, 3, 0), 3);
	ck_assert_uint_eq(frames[2].options, 0);
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, frames, 5), 3);
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, frames, 5), 0);
}
END_TEST

START_TEST(half_a_packet_waits_for_its_other_half)
{
	struct xdpx_frame frames[RING];

	memory_xsk_arrive(memory, 1, 60);
	memory_xsk_arrive(memory, 2, 60);
	xsk->rx.rx.frames[1].options = xsk->rx.rx.frames[2].options = XDPX_FRAME_CONTINUES;
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, frames, RING), 1);
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, frames, RING), 0);
	memory_xsk_arrive(memory, 1, 60);
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, frames, RING), 3);
}
END_TEST

START_TEST(a_packet_of_more_frames_than_asked_for_comes_in_pieces)
{
	struct xdpx_frame frames[RING];

	ck_assert_uint_eq(memory_xsk_arrive_packet(memory, 5, 100), 5);
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, frames, 2), 2);
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, frames + 2, 2), 2);
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, frames + 4, 2), 1);
	ck_assert_uint_eq(xdpx_frames_next_packet(frames, 5, 0), 5);
	ck_assert_uint_eq(frames[4].options, 0);
}
END_TEST

START_TEST(a_ring_full_of_frames_that_all_continue_stops_nothing)
{
	struct xdpx_frame frames[2 * RING];
	uint32_t at;

	ck_assert_uint_eq(memory_xsk_arrive(memory, RING, 60), RING);
	for (at = 0; at < RING; at++)
		xsk->rx.rx.frames[at].options = UINT32_MAX;
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, frames, 2 * RING), RING);
	ck_assert_uint_eq(xdpx_frames_next_packet(frames, RING, 0), RING);
	xdpx_xsk_release(xsk, frames, RING);
	ck_assert_uint_eq(memory_xsk_arrive(memory, RING, 60), RING);
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, frames, 2 * RING), RING);
}
END_TEST

START_TEST(an_index_of_the_kernel_s_that_jumps_leads_to_no_more_than_a_ring)
{
	static const uint32_t jumps[] = {RING + 1, 1U << 31, UINT32_MAX, UINT32_MAX - RING};
	struct xdpx_frame frames[4 * RING];
	struct xdpx_frame guard = {.addr = 1, .len = 2, .options = 3};
	size_t at;

	frames[RING] = guard;
	for (at = 0; at < sizeof(jumps) / sizeof(jumps[0]); at++) {
		*xsk->rx.rx.shared_seen = xsk->rx.rx.own + jumps[at];
		ck_assert_uint_le(xdpx_xsk_peek(xsk, frames, 4 * RING), RING);
		ck_assert_uint_le(xdpx_xsk_take(xsk, UINT32_MAX), RING);
		*xsk->tx.completion.shared_seen = xsk->tx.completion.own + jumps[at];
		ck_assert_uint_eq(xdpx_xsk_complete(xsk), 0);
		*xsk->tx.tx.shared_seen = xsk->tx.tx.own + jumps[at];
		(void)xdpx_xsk_kick(xsk);
	}
	ck_assert_mem_eq(&frames[RING], &guard, sizeof(guard));
	ck_assert_uint_le(xdpx_umem_held_count(umem), FRAMES);
}
END_TEST

START_TEST(what_was_only_looked_at_is_there_again)
{
	struct xdpx_frame frames[RING];
	struct xdpx_frame again[RING];

	memory_xsk_arrive(memory, 10, 60);
	ck_assert_uint_eq(xdpx_xsk_peek(xsk, frames, RING), 10);
	ck_assert_uint_eq(xdpx_umem_held_count(umem), 0);
	ck_assert_uint_eq(xdpx_xsk_peek(xsk, again, RING), 10);
	ck_assert_mem_eq(frames, again, 10 * sizeof(*frames));
	ck_assert_uint_eq(xdpx_xsk_take(xsk, 4), 4);
	ck_assert_uint_eq(xdpx_umem_held_count(umem), 4);
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, again, RING), 6);
	ck_assert_mem_eq(frames + 4, again, 6 * sizeof(*frames));
	ck_assert_uint_eq(xdpx_xsk_take(xsk, 1), 0);
}
END_TEST

START_TEST(receiving_64_and_taking_51_goes_on_100_000_times)
{
	struct xdpx_frame frames[RING];
	uint64_t taken = 0;
	uint32_t got;
	int round;

	for (round = 0; round < 100000; round++) {
		memory_xsk_arrive(memory, RING, 60);
		got = xdpx_xsk_peek(xsk, frames, RING);
		ck_assert_uint_ge(got, 51);
		ck_assert_uint_eq(xdpx_xsk_take(xsk, 51), 51);
		xdpx_xsk_release(xsk, frames, 51);
		taken += 51;
	}
	ck_assert_uint_eq(xsk->rx.received, taken);
	ck_assert_uint_eq(xdpx_umem_held_count(umem), 0);
}
END_TEST

START_TEST(staging_64_and_sending_51_of_them_goes_on_100_000_times)
{
	struct xdpx_frame frames[RING];
	struct xdpx_frame last;
	int round;
	int at;

	for (round = 0; round < 100000; round++) {
		ck_assert_uint_eq(xdpx_frames_take(umem, frames, RING), RING);
		for (at = 0; at < RING; at++)
			frames[at].len = 60 + (uint32_t)at;
		ck_assert_int_eq(xdpx_xsk_stage(xsk, frames, RING), RING);
		ck_assert_uint_eq(memory_xsk_transmit(memory, RING, NULL), 0);
		ck_assert_uint_eq(xdpx_xsk_unstage(xsk, 13), 13);
		ck_assert_uint_eq(xdpx_xsk_submit(xsk), 51);
		ck_assert_uint_eq(memory_xsk_transmit(memory, RING, &last), 51);
		ck_assert_mem_eq(&last, &frames[50], sizeof(last));
		ck_assert_uint_eq(xdpx_xsk_complete(xsk), 51);
		xdpx_frames_release(umem, frames + 51, 13);
	}
	ck_assert_uint_eq(xsk->tx.sent, 51 * 100000ULL);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), FRAMES - RING);
}
END_TEST

START_TEST(staged_frames_are_held_go_first_and_fill_the_ring_with_the_others)
{
	struct xdpx_frame frames[RING + 1];
	struct xdpx_frame last;

	packet_take(frames, 1);
	ck_assert_int_eq(xdpx_xsk_stage(xsk, frames, 1), 1);
	ck_assert_uint_eq(xdpx_umem_held_count(umem), 1);
	ck_assert_uint_eq(xdpx_frames_take(umem, frames + 1, RING), RING);
	for (int at = 1; at <= RING; at++)
		frames[at].len = 60;
	ck_assert_int_eq(xdpx_xsk_send(xsk, frames + 1, RING), RING - 1);
	ck_assert_uint_eq(xdpx_umem_held_count(umem), 1);
	ck_assert_int_eq(xdpx_xsk_stage(xsk, frames + RING, 1), 0);
	ck_assert_uint_eq(memory_xsk_transmit(memory, 1, &last), 1);
	ck_assert_mem_eq(&last, &frames[0], sizeof(last));
	ck_assert_uint_eq(xdpx_xsk_unstage(xsk, 1), 0);
	ck_assert_uint_eq(xdpx_xsk_submit(xsk), 0);
}
END_TEST

START_TEST(a_packet_of_several_frames_is_sent_whole_or_not_at_all)
{
	struct xdpx_frame frames[RING];
	struct xdpx_frame packet[PACKET_FRAMES];
	int sent;

	packet_take(packet, PACKET_FRAMES);
	ck_assert_int_eq(xdpx_xsk_send(xsk, packet, PACKET_FRAMES), PACKET_FRAMES);
	for (sent = PACKET_FRAMES; sent + PACKET_FRAMES <= RING; sent += PACKET_FRAMES) {
		packet_take(frames, PACKET_FRAMES);
		ck_assert_int_eq(xdpx_xsk_send(xsk, frames, PACKET_FRAMES), PACKET_FRAMES);
	}
	packet_take(frames, PACKET_FRAMES);
	ck_assert_int_eq(xdpx_xsk_send(xsk, frames, PACKET_FRAMES), 0);
	ck_assert_uint_eq(memory_xsk_transmit(memory, RING, NULL), (uint32_t)sent);
	ck_assert_int_eq(xdpx_xsk_send(xsk, frames, PACKET_FRAMES), PACKET_FRAMES);
}
END_TEST

static const struct {
	uint32_t count;
	uint32_t bad;	      /* this frame ... */
	struct xdpx_frame as; /* ... is this */
	const char *word;
} unsendable[] = {
	{4, 3, {.addr = 0, .len = 60, .options = 1}, "the rest was not given"},
	{PACKET_FRAMES + 1, PACKET_FRAMES, {.addr = 0, .len = 60}, "more frames than can be sent as one"},
	{4, 2, {.addr = 0, .len = 0, .options = 1}, "empty"},
	{4, 2, {.addr = FRAMES * SIZE, .len = 60, .options = 1}, "not in the UMEM"},
	{4, 2, {.addr = SIZE - 30, .len = 60, .options = 1}, "crosses"},
	{4, 2, {.addr = 0, .len = 60, .options = 5}, "options"},
	{4, 3, {.addr = 0, .len = 60, .options = 1U << 31}, "options"},
};

START_TEST(a_packet_that_can_t_be_sent_never_reaches_the_kernel)
{
	struct xdpx_frame frames[PACKET_FRAMES + 2];

	packet_take(frames, 1);
	packet_take(frames + 1, unsendable[_i].count);
	frames[1 + unsendable[_i].bad] = unsendable[_i].as;
	ck_assert_int_eq(xdpx_xsk_send(xsk, frames, 1 + unsendable[_i].count), 1);
	ck_assert_int_eq(xdpx_xsk_send(xsk, frames + 1, unsendable[_i].count), -EINVAL);
	ck_assert_msg(strstr(xdpx_error_last()->message, unsendable[_i].word), "%s", xdpx_error_last()->message);
	ck_assert_uint_eq(memory_xsk_transmit(memory, RING, NULL), 1);
}
END_TEST

START_TEST(without_multi_buffer_no_packet_continues)
{
	struct xdpx_frame frames[2];

	xsk->tx.packet_frames = 1;
	packet_take(frames, 2);
	ck_assert_int_eq(xdpx_xsk_send(xsk, frames, 2), -EINVAL);
	ck_assert_ptr_nonnull(strstr(xdpx_error_last()->message, "XDPX_XSK_MULTI_BUFFER"));
}
END_TEST

static void end_socket(void)
{
	xsk->rx.fill.map = xsk; /* of no bytes: the end reclaims, and unmaps nothing */
	xsk->control_fd = -1;
	xdpx_xsk_end(xsk);
	xsk->rx.fill.map = NULL;
}

START_TEST(a_close_takes_half_packets_back_from_every_ring)
{
	struct xdpx_frame frames[PACKET_FRAMES];
	struct xdpx_frame staged[3];

	ck_assert_uint_eq(memory_xsk_arrive(memory, 3, 60), 3);
	xsk->rx.rx.frames[0].options = xsk->rx.rx.frames[1].options = xsk->rx.rx.frames[2].options = 1;
	packet_take(frames, PACKET_FRAMES);
	packet_take(staged, 3);
	ck_assert_int_eq(xdpx_xsk_send(xsk, frames, PACKET_FRAMES), PACKET_FRAMES);
	ck_assert_int_eq(xdpx_xsk_stage(xsk, staged, 3), 3);
	ck_assert_uint_eq(memory_xsk_transmit(memory, 7, NULL), 7);
	end_socket();
	ck_assert_uint_eq(umem->stranded, 0);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), FRAMES - 3);
}
END_TEST

/* Before 7.2 the kernel drops what it had begun to copy, without a completion. */
START_TEST(a_close_takes_a_packet_back_that_the_kernel_had_begun_and_forgot)
{
	struct xdpx_frame frames[2 * PACKET_FRAMES];

	packet_take(frames, PACKET_FRAMES);
	packet_take(frames + PACKET_FRAMES, PACKET_FRAMES);
	ck_assert_int_eq(xdpx_xsk_send(xsk, frames, 2 * PACKET_FRAMES), 2 * PACKET_FRAMES);
	ck_assert_uint_eq(memory_xsk_transmit(memory, PACKET_FRAMES, NULL), PACKET_FRAMES);
	*xsk->tx.tx.shared_seen += 7;
	end_socket();
	ck_assert_uint_eq(umem->stranded, 0);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), FRAMES);
}
END_TEST

/* Whole packets that a device still has are not taken for one that was begun. */
START_TEST(a_close_leaves_what_is_on_its_way_out)
{
	struct xdpx_frame frames[2 * PACKET_FRAMES];

	packet_take(frames, PACKET_FRAMES);
	packet_take(frames + PACKET_FRAMES, PACKET_FRAMES);
	ck_assert_int_eq(xdpx_xsk_send(xsk, frames, 2 * PACKET_FRAMES), 2 * PACKET_FRAMES);
	*xsk->tx.tx.shared_seen += PACKET_FRAMES;
	end_socket();
	ck_assert_uint_eq(umem->stranded, PACKET_FRAMES);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), FRAMES - PACKET_FRAMES);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("packets");
	TCase *tcase = tcase_create("packets");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, the_next_packet_begins_behind_the_first_frame_that_does_not_continue);
	tcase_add_test(tcase, whole_packets_are_received_and_one_that_does_not_fit_waits);
	tcase_add_test(tcase, half_a_packet_waits_for_its_other_half);
	tcase_add_test(tcase, a_packet_of_more_frames_than_asked_for_comes_in_pieces);
	tcase_add_test(tcase, a_ring_full_of_frames_that_all_continue_stops_nothing);
	tcase_add_test(tcase, an_index_of_the_kernel_s_that_jumps_leads_to_no_more_than_a_ring);
	tcase_add_test(tcase, what_was_only_looked_at_is_there_again);
	tcase_add_test(tcase, receiving_64_and_taking_51_goes_on_100_000_times);
	tcase_add_test(tcase, staging_64_and_sending_51_of_them_goes_on_100_000_times);
	tcase_add_test(tcase, staged_frames_are_held_go_first_and_fill_the_ring_with_the_others);
	tcase_add_test(tcase, a_packet_of_several_frames_is_sent_whole_or_not_at_all);
	tcase_add_loop_test(tcase, a_packet_that_can_t_be_sent_never_reaches_the_kernel, 0,
			    sizeof(unsendable) / sizeof(unsendable[0]));
	tcase_add_test(tcase, without_multi_buffer_no_packet_continues);
	tcase_add_test(tcase, a_close_takes_half_packets_back_from_every_ring);
	tcase_add_test(tcase, a_close_takes_a_packet_back_that_the_kernel_had_begun_and_forgot);
	tcase_add_test(tcase, a_close_leaves_what_is_on_its_way_out);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}

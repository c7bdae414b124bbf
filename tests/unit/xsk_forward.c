/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* From one socket to another, and sent frames that are kept: on rings in plain memory. */
#include "memory_xsk.h"
#include "run.h"
#include "xsk/xsk.h"

#include <errno.h>
#include <string.h>
#include <xdpx/error.h>

#define FRAMES 512
#define RING 128
#define TO_RING 32
#define SIZE 2048

static struct xdpx_umem *umem;
static struct memory_xsk *from_memory;
static struct memory_xsk *to_memory;
static struct xdpx_xsk *from;
static struct xdpx_xsk *to;

static void setup(void)
{
	struct xdpx_umem_opts opts = {.size = sizeof(opts), .frame_count = FRAMES, .frame_size = SIZE};
	struct xdpx_frame none;

	ck_assert_int_eq(xdpx_umem_new(&opts, &umem), 0);
	from_memory = memory_xsk_new(umem, RING, RING);
	to_memory = memory_xsk_new(umem, TO_RING, TO_RING);
	from = memory_xsk_socket(from_memory);
	to = memory_xsk_socket(to_memory);
	from->rx.whole = from->rx.special = true;
	to->tx.packet_frames = 18;
	xdpx_xsk_recv(from, &none, 0);
}

static void teardown(void)
{
	memory_xsk_free(from_memory);
	memory_xsk_free(to_memory);
	xdpx_umem_free(umem);
}

static uint64_t unsendable(void)
{
	return to->tx.unsendable;
}

START_TEST(packets_go_over_in_order_without_being_held)
{
	struct xdpx_frame expected = {0};
	struct xdpx_frame last;
	int round;

	for (round = 0; round < 1000; round++) {
		ck_assert_uint_eq(memory_xsk_arrive(from_memory, 5, 60), 5);
		expected = from->rx.rx.frames[(from->rx.rx.own + 4) & from->rx.rx.mask];
		ck_assert_int_eq(xdpx_xsk_forward(from, to, 64), 5);
		ck_assert_uint_eq(xdpx_umem_held_count(umem), 0);
		ck_assert_uint_eq(memory_xsk_transmit(to_memory, RING, &last), 5);
		ck_assert_mem_eq(&last, &expected, sizeof(last));
		ck_assert_int_eq(xdpx_xsk_forward(from, to, 64), 0);
	}
	ck_assert_uint_eq(xdpx_umem_free_count(umem) + xdpx_xsk_kernel_rx(from), FRAMES);
}
END_TEST

START_TEST(what_there_is_no_room_for_stays_and_goes_over_later)
{
	uint64_t total = 0;
	int round;

	ck_assert_uint_eq(memory_xsk_arrive(from_memory, 100, 60), 100);
	ck_assert_int_eq(xdpx_xsk_forward(from, to, 1000), TO_RING);
	ck_assert_int_eq(xdpx_xsk_forward(from, to, 1000), 0);
	ck_assert_uint_eq(xdpx_umem_held_count(umem), 0);
	for (round = 0; round < 10; round++) {
		total += memory_xsk_transmit(to_memory, 13, NULL);
		xdpx_xsk_forward(from, to, 1000);
	}
	ck_assert_uint_eq(total, 100);
	ck_assert_uint_eq(unsendable(), 0);
}
END_TEST

START_TEST(the_packet_that_begins_within_the_bound_goes_over_whole)
{
	memory_xsk_arrive_packet(from_memory, 3, 60);
	memory_xsk_arrive_packet(from_memory, 3, 60);
	memory_xsk_arrive(from_memory, 1, 60);
	ck_assert_int_eq(xdpx_xsk_forward(from, to, 0), 0);
	ck_assert_int_eq(xdpx_xsk_forward(from, to, 1), 3);
	ck_assert_int_eq(xdpx_xsk_forward(from, to, 3), 3);
	ck_assert_int_eq(xdpx_xsk_forward(from, to, 3), 1);
}
END_TEST

/* Of 19 to 100 frames: what is left of a packet that was begun to be dropped must not look like a packet. */
START_TEST(a_packet_that_can_t_be_sent_is_dropped_whole_and_stops_nothing)
{
	static const uint32_t lengths[] = {19, 64, 65, 70, 82, 83, 100};
	struct xdpx_frame last;
	size_t at;
	uint64_t dropped = 0;

	for (at = 0; at < sizeof(lengths) / sizeof(lengths[0]); at++) {
		ck_assert_uint_eq(memory_xsk_arrive(from_memory, 1, 61), 1);
		ck_assert_uint_eq(memory_xsk_arrive_packet(from_memory, lengths[at], 60), lengths[at]);
		ck_assert_uint_eq(memory_xsk_arrive(from_memory, 1, 62), 1);
		ck_assert_int_eq(xdpx_xsk_forward(from, to, 64), 2);
		ck_assert_uint_eq(memory_xsk_transmit(to_memory, RING, &last), 2);
		ck_assert_uint_eq(last.len, 62);
		dropped += lengths[at];
		ck_assert_uint_eq(unsendable(), dropped);
		ck_assert_uint_eq(xdpx_umem_held_count(umem), 0);
	}
}
END_TEST

START_TEST(option_bits_of_received_frames_make_no_requests)
{
	struct xdpx_frame last;

	memory_xsk_arrive(from_memory, 1, 60);
	from->rx.rx.frames[0].options = UINT32_MAX & ~XDPX_FRAME_CONTINUES;
	ck_assert_int_eq(xdpx_xsk_forward(from, to, 1), 1);
	ck_assert_uint_eq(memory_xsk_transmit(to_memory, 1, &last), 1);
	ck_assert_uint_eq(last.options, 0);
}
END_TEST

START_TEST(sockets_that_can_t_forward_are_refused_in_words)
{
	struct xdpx_umem *other;
	struct xdpx_umem *own = to->umem;

	ck_assert_int_eq(xdpx_umem_new(NULL, &other), 0);
	to->umem = other;
	ck_assert_int_eq(xdpx_xsk_forward(from, to, 1), -EINVAL);
	ck_assert_ptr_nonnull(strstr(xdpx_error_last()->message, "not the same UMEM"));
	to->umem = own;
	xdpx_umem_free(other);
	to->opts.flags = XDPX_XSK_RX_ONLY;
	ck_assert_int_eq(xdpx_xsk_forward(from, to, 1), -EINVAL);
	ck_assert_ptr_nonnull(strstr(xdpx_error_last()->message, "receiving only"));
	to->opts.flags = XDPX_XSK_TX_ONLY;
	ck_assert_int_eq(xdpx_xsk_forward(to, from, 1), -EINVAL);
	ck_assert_ptr_nonnull(strstr(xdpx_error_last()->message, "sending only"));
	to->opts.flags = 0;
}
END_TEST

START_TEST(frames_that_are_kept_come_back_to_the_application_in_any_portions)
{
	struct xdpx_frame frames[TO_RING];
	struct xdpx_frame back[TO_RING];
	int round;
	int at;

	to->tx.keep = true;
	for (round = 0; round < 1000; round++) {
		ck_assert_uint_eq(xdpx_frames_take(umem, frames, TO_RING), TO_RING);
		for (at = 0; at < TO_RING; at++)
			frames[at].len = 60;
		ck_assert_int_eq(xdpx_xsk_send(to, frames, TO_RING), TO_RING);
		ck_assert_uint_eq(memory_xsk_transmit(to_memory, TO_RING, NULL), TO_RING);
		ck_assert_int_eq(xdpx_xsk_send(to, frames, 0), 0);
		ck_assert_uint_eq(xdpx_umem_held_count(umem), 0);
		ck_assert_uint_eq(xdpx_xsk_complete_frames(to, back, 13), 13);
		ck_assert_uint_eq(xdpx_umem_held_count(umem), 13);
		ck_assert_uint_eq(xdpx_xsk_complete_frames(to, back + 13, TO_RING), TO_RING - 13);
		ck_assert_uint_eq(xdpx_xsk_complete_frames(to, back, TO_RING), 0);
		for (at = 0; at < TO_RING; at++)
			ck_assert_uint_eq(back[at].addr, frames[at].addr);
		xdpx_frames_release(umem, back, TO_RING);
	}
	ck_assert_uint_eq(to->tx.completed, 1000 * TO_RING);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("xsk_forward");
	TCase *tcase = tcase_create("forward");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, packets_go_over_in_order_without_being_held);
	tcase_add_test(tcase, what_there_is_no_room_for_stays_and_goes_over_later);
	tcase_add_test(tcase, the_packet_that_begins_within_the_bound_goes_over_whole);
	tcase_add_test(tcase, a_packet_that_can_t_be_sent_is_dropped_whole_and_stops_nothing);
	tcase_add_test(tcase, option_bits_of_received_frames_make_no_requests);
	tcase_add_test(tcase, sockets_that_can_t_forward_are_refused_in_words);
	tcase_add_test(tcase, frames_that_are_kept_come_back_to_the_application_in_any_portions);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What lies in front of packets, on rings in plain memory. */
#include <xdpx/metadata.h>

#include "memory_xsk.h"
#include "run.h"
#include "xsk/xsk.h"

#include <errno.h>
#include <string.h>
#include <xdpx/error.h>

#define FRAMES 64
#define RING 32
#define SIZE 2048
#define HEADROOM 32

static struct xdpx_umem *umem;
static struct memory_xsk *memory;
static struct xdpx_xsk *xsk;
static struct xdpx_frame frame;

static void setup_with(uint32_t tx_metadata)
{
	struct xdpx_umem_opts opts = {
		.size = sizeof(opts),
		.frame_count = FRAMES,
		.frame_size = SIZE,
		.headroom = HEADROOM,
		.tx_metadata = tx_metadata,
	};

	ck_assert_int_eq(xdpx_umem_new(&opts, &umem), 0);
	memory = memory_xsk_new(umem, RING, RING);
	xsk = memory_xsk_socket(memory);
	xsk->tx.packet_frames = 18;
	xsk->tx.requests = XDPX_TX_TIMESTAMP | XDPX_TX_CHECKSUM | XDPX_TX_LAUNCH_TIME;
	ck_assert_uint_eq(xdpx_frames_take(umem, &frame, 1), 1);
	frame.len = 100;
}

static void setup(void)
{
	setup_with(24);
}

static void teardown(void)
{
	memory_xsk_free(memory);
	xdpx_umem_free(umem);
}

static const char *message(void)
{
	return xdpx_error_last()->message;
}

/* The kernel's place for it. */
static unsigned char *metadata(void)
{
	return (unsigned char *)xdpx_frame_data(xdpx_umem_base(umem), &frame) - 24;
}

START_TEST(frames_are_taken_with_room_for_requests)
{
	ck_assert_uint_eq(frame.addr % SIZE, HEADROOM + 24);
	ck_assert_int_eq(xdpx_xsk_send(xsk, &frame, 1), 1);
}
END_TEST

START_TEST(a_request_is_written_where_the_kernel_reads_it)
{
	struct xdpx_tx_request request = {
		.size = sizeof(request),
		.flags = XDPX_TX_CHECKSUM | XDPX_TX_LAUNCH_TIME,
		.csum_start = 0x22,
		.csum_offset = 6,
		.launch_time = 0x1122334455667788,
	};
	uint64_t words[3];
	uint16_t csum[2];

	ck_assert_int_eq(xdpx_frame_request(umem, &frame, &request), 0);
	ck_assert_uint_eq(frame.options, XDPX_FRAME_TX_METADATA);
	memcpy(words, metadata(), sizeof(words));
	memcpy(csum, metadata() + 8, sizeof(csum));
	ck_assert_uint_eq(words[0], 6);
	ck_assert_uint_eq(csum[0], 0x22);
	ck_assert_uint_eq(csum[1], 6);
	ck_assert_uint_eq(words[2], 0x1122334455667788);
	ck_assert_int_eq(xdpx_xsk_send(xsk, &frame, 1), 1);

	ck_assert_int_eq(xdpx_frame_request(umem, &frame, NULL), 0);
	ck_assert_uint_eq(frame.options, 0);
	memcpy(words, metadata(), sizeof(words));
	ck_assert_uint_eq(words[0], 0);
}
END_TEST

START_TEST(a_checksum_up_to_the_last_byte_is_asked_for_and_one_behind_is_refused)
{
	struct xdpx_tx_request request = {.size = sizeof(request), .flags = XDPX_TX_CHECKSUM};

	request.csum_start = 90;
	request.csum_offset = 8;
	ck_assert_int_eq(xdpx_frame_request(umem, &frame, &request), 0);
	request.csum_offset = 9;
	ck_assert_int_eq(xdpx_frame_request(umem, &frame, &request), -EINVAL);
	ck_assert_ptr_nonnull(strstr(message(), "checksum"));
	request.csum_start = request.csum_offset = UINT16_MAX;
	ck_assert_int_eq(xdpx_frame_request(umem, &frame, &request), -EINVAL);
}
END_TEST

START_TEST(a_bad_request_is_refused_in_words)
{
	struct xdpx_tx_request request = {.size = sizeof(request), .flags = 8};
	struct xdpx_frame untouched;

	ck_assert_int_eq(xdpx_frame_request(umem, &frame, &request), -EINVAL);
	ck_assert_ptr_nonnull(strstr(message(), "flags"));
	request.flags = XDPX_TX_TIMESTAMP;
	untouched = frame;
	frame.addr = (uint64_t)FRAMES * SIZE;
	ck_assert_int_eq(xdpx_frame_request(umem, &frame, &request), -EINVAL);
	frame.addr = SIZE + 23;
	ck_assert_int_eq(xdpx_frame_request(umem, &frame, &request), -EINVAL);
	frame.addr = UINT64_MAX;
	ck_assert_int_eq(xdpx_frame_request(umem, &frame, &request), -EINVAL);
	ck_assert_uint_eq(xdpx_frame_sent_ns(umem, &frame), 0);
	frame = untouched;
	request.size = 0;
	ck_assert_int_eq(xdpx_frame_request(umem, &frame, &request), -EINVAL);
	ck_assert_uint_eq(frame.options, 0);
}
END_TEST

static const struct {
	uint64_t flags;
	uint16_t csum_start;
	uint64_t possible;
	const char *word;
} unsendable[] = {
	{8, 0, UINT64_MAX, "flags"},
	{UINT64_MAX, 0, UINT64_MAX, "flags"},
	{XDPX_TX_CHECKSUM, 99, UINT64_MAX, "behind its end"},
	{XDPX_TX_LAUNCH_TIME, 0, XDPX_TX_TIMESTAMP | XDPX_TX_CHECKSUM, "no launch time"},
	{XDPX_TX_CHECKSUM, 0, XDPX_TX_TIMESTAMP, "zero-copy"},
};

/* The kernel gets stuck on these, and gives the frame back again and again. */
START_TEST(a_request_that_the_kernel_would_not_take_never_reaches_it)
{
	memcpy(metadata(), &unsendable[_i].flags, 8);
	memcpy(metadata() + 8, &unsendable[_i].csum_start, 2);
	xsk->tx.requests = unsendable[_i].possible;
	frame.options = XDPX_FRAME_TX_METADATA;
	ck_assert_int_eq(xdpx_xsk_send(xsk, &frame, 1), -EINVAL);
	ck_assert_msg(strstr(message(), unsendable[_i].word), "%s", message());
	ck_assert_uint_eq(memory_xsk_transmit(memory, 1, NULL), 0);
}
END_TEST

START_TEST(a_frame_without_room_for_requests_never_reaches_the_kernel)
{
	frame.addr -= HEADROOM + 1;
	ck_assert_int_eq(xdpx_xsk_send(xsk, &frame, 1), -EINVAL);
	ck_assert_ptr_nonnull(strstr(message(), "no room for tx_metadata"));
	frame.addr++;
	ck_assert_int_eq(xdpx_xsk_send(xsk, &frame, 1), 1);
}
END_TEST

START_TEST(a_frame_without_room_among_others_never_reaches_the_kernel)
{
	struct xdpx_frame frames[4] = {frame};

	ck_assert_uint_eq(xdpx_frames_take(umem, frames + 1, 3), 3);
	frames[1].len = 100;
	frames[2].len = 100;
	frames[3].len = 100;
	frames[2].addr &= ~(uint64_t)(SIZE - 1);
	ck_assert_int_eq(xdpx_xsk_send(xsk, frames, 4), 2);
}
END_TEST

START_TEST(without_tx_metadata_nothing_can_be_asked)
{
	struct xdpx_tx_request request = {.size = sizeof(request), .flags = XDPX_TX_TIMESTAMP};

	setup_with(0);
	ck_assert_int_eq(xdpx_frame_request(umem, &frame, &request), -EINVAL);
	ck_assert_ptr_nonnull(strstr(xdpx_error_last()->hint, "tx_metadata"));
	ck_assert_uint_eq(xdpx_frame_sent_ns(umem, &frame), 0);
	frame.options = XDPX_FRAME_TX_METADATA;
	ck_assert_int_eq(xdpx_xsk_send(xsk, &frame, 1), -EINVAL);
	teardown();
}
END_TEST

START_TEST(a_launch_time_needs_24_bytes)
{
	struct xdpx_tx_request request = {.size = sizeof(request), .flags = XDPX_TX_LAUNCH_TIME, .launch_time = 1};
	unsigned char *packet;

	setup_with(16);
	packet = xdpx_frame_data(xdpx_umem_base(umem), &frame);
	*packet = 0x5a;
	ck_assert_int_eq(xdpx_frame_request(umem, &frame, &request), -EINVAL);
	ck_assert_ptr_nonnull(strstr(message(), "24 bytes"));
	request.flags = XDPX_TX_TIMESTAMP;
	ck_assert_int_eq(xdpx_frame_request(umem, &frame, &request), 0);
	ck_assert_uint_eq(*packet, 0x5a);
	teardown();
}
END_TEST

START_TEST(tx_metadata_that_no_kernel_takes_is_refused)
{
	static const uint32_t sizes[] = {1, 8, 20, 252, 256, UINT32_MAX};
	struct xdpx_umem_opts opts = {.size = sizeof(opts)};
	struct xdpx_umem *none;
	size_t at;

	for (at = 0; at < sizeof(sizes) / sizeof(sizes[0]); at++) {
		opts.tx_metadata = sizes[at];
		ck_assert_int_eq(xdpx_umem_new(&opts, &none), -EINVAL);
		ck_assert_ptr_nonnull(strstr(message(), "tx_metadata"));
	}
	opts.tx_metadata = 0;
	opts.flags = XDPX_UMEM_TX_SW_CSUM;
	ck_assert_int_eq(xdpx_umem_new(&opts, &none), -EINVAL);
}
END_TEST

START_TEST(the_time_of_sending_is_told_once_it_is_there_and_only_where_it_was_asked_for)
{
	struct xdpx_tx_request request = {
		.size = sizeof(request),
		.flags = XDPX_TX_TIMESTAMP | XDPX_TX_CHECKSUM,
		.csum_start = 98,
	};
	uint64_t time = 1790000000000000000;

	ck_assert_uint_eq(xdpx_frame_sent_ns(umem, &frame), 0);
	ck_assert_int_eq(xdpx_frame_request(umem, &frame, &request), 0);
	ck_assert_uint_eq(xdpx_frame_sent_ns(umem, &frame), 0);
	memcpy(metadata() + 8, &time, sizeof(time));
	ck_assert_uint_eq(xdpx_frame_sent_ns(umem, &frame), time);

	frame.options = 0;
	ck_assert_int_eq(xdpx_xsk_send(xsk, &frame, 1), 1);
	ck_assert_uint_eq(xdpx_frame_sent_ns(umem, &frame), 0);
}
END_TEST

START_TEST(received_metadata_has_its_end_and_its_room)
{
	const unsigned char *base = xdpx_umem_base(umem);
	struct xdpx_frame received;
	uint32_t room;

	xdpx_xsk_recv(xsk, &received, 0);
	ck_assert_uint_eq(memory_xsk_arrive(memory, 1, 60), 1);
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, &received, 1), 1);
	ck_assert_ptr_eq(xdpx_frame_metadata(umem, &received, &room), base + received.addr);
	ck_assert_uint_eq(room, 256);
	ck_assert_ptr_eq(xdpx_frame_metadata(umem, &received, NULL), base + received.addr);
	received.addr = 3 * SIZE + 8;
	ck_assert_ptr_eq(xdpx_frame_metadata(umem, &received, &room), base + received.addr);
	ck_assert_uint_eq(room, 0);
	received.addr = FRAMES * SIZE;
	ck_assert_ptr_null(xdpx_frame_metadata(umem, &received, &room));
	ck_assert_uint_eq(room, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("metadata");
	TCase *tcase = tcase_create("metadata");
	TCase *own = tcase_create("own");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, frames_are_taken_with_room_for_requests);
	tcase_add_test(tcase, a_request_is_written_where_the_kernel_reads_it);
	tcase_add_test(tcase, a_checksum_up_to_the_last_byte_is_asked_for_and_one_behind_is_refused);
	tcase_add_test(tcase, a_bad_request_is_refused_in_words);
	tcase_add_loop_test(tcase, a_request_that_the_kernel_would_not_take_never_reaches_it, 0,
			    sizeof(unsendable) / sizeof(unsendable[0]));
	tcase_add_test(tcase, a_frame_without_room_for_requests_never_reaches_the_kernel);
	tcase_add_test(tcase, a_frame_without_room_among_others_never_reaches_the_kernel);
	tcase_add_test(tcase, the_time_of_sending_is_told_once_it_is_there_and_only_where_it_was_asked_for);
	tcase_add_test(tcase, received_metadata_has_its_end_and_its_room);
	suite_add_tcase(suite, tcase);

	tcase_add_test(own, without_tx_metadata_nothing_can_be_asked);
	tcase_add_test(own, a_launch_time_needs_24_bytes);
	tcase_add_test(own, tx_metadata_that_no_kernel_takes_is_refused);
	suite_add_tcase(suite, own);
	return run_suite(suite);
}

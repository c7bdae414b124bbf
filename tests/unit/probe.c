/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Answers from what was measured, on devices that are not here. */
#include "probe/probe.h"
#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ck_says(text, part) ck_assert_msg(strstr(text, part), "\"%s\" is not in: %s", part, text)

static struct xdpx_nic nic;
static struct xdpx_probe probe;

static void setup(void)
{
	size_t at;

	xdpx_nic_begin(&nic);
	nic.up = true;
	nic.mtu = 1500;
	nic.mac_bytes = 6;
	for (at = 0; at < XDPX_NIC_FEATURES; at++)
		nic.answers[at].why = "before";
	for (at = 0; at < XDPX_NIC_LIMITS; at++)
		nic.numbers[at].why = "before";
	probe = (struct xdpx_probe){
		.nic = &nic,
		.opts = {.features = 1ULL << XDPX_FEATURE_GENERIC | 1ULL << XDPX_FEATURE_DATA_META |
				     1ULL << XDPX_FEATURE_TAIL_GROW,
			 .wait_ms = 10},
		.inject.fd = -1,
	};
}

static void teardown(void)
{
	xdpx_nic_end(&nic);
}

static void room(enum xdpx_probe_sort sort, uint64_t bytes, uint64_t meta, uint64_t tail)
{
	probe.rooms[sort] = (struct xdpx_probe_room){
		.seen = true,
		.bytes = bytes,
		.meta = meta,
		.meta_error = meta == XDPX_PROBE_META_MAX ? 0 : -EINVAL,
		.head = meta,
		.tail_tried = true,
		.tail = tail,
		.tail_most = tail,
		.tail_error = -EINVAL,
	};
}

START_TEST(the_least_room_of_all_packets_is_what_fits)
{
	room(XDPX_PROBE_SHORT, 100, 252, 300);
	room(XDPX_PROBE_FULL, 1514, 216, 20);
	room(XDPX_PROBE_OTHER, 700, 248, 0);
	xdpx_probe_tell_rooms(&probe, XDPX_MODE_NATIVE);
	ck_assert_int_eq(xdpx_nic_limit(&nic, XDPX_LIMIT_DATA_META), 216);
	ck_assert_int_eq(xdpx_nic_limit(&nic, XDPX_LIMIT_HEADROOM), 216);
	ck_assert_int_eq(xdpx_nic_limit(&nic, XDPX_LIMIT_TAILROOM), 20);
	ck_assert_int_eq(xdpx_nic_can(&nic, XDPX_FEATURE_TAIL_GROW), XDPX_YES);
	ck_says(xdpx_nic_why(&nic, XDPX_FEATURE_TAIL_GROW), "up to 300 bytes");
	ck_says(xdpx_nic_limit_why(&nic, XDPX_LIMIT_DATA_META), "refused 220: Invalid argument");
}
END_TEST

START_TEST(the_most_that_a_kernel_gives_is_no_refusal)
{
	room(XDPX_PROBE_SHORT, 100, XDPX_PROBE_META_MAX, 1);
	xdpx_probe_tell_rooms(&probe, XDPX_MODE_NATIVE);
	ck_assert_int_eq(xdpx_nic_limit(&nic, XDPX_LIMIT_DATA_META), XDPX_PROBE_META_MAX);
	ck_says(xdpx_nic_limit_why(&nic, XDPX_LIMIT_DATA_META), "the most that the kernel gives");
}
END_TEST

START_TEST(a_driver_without_metadata_is_told)
{
	room(XDPX_PROBE_SHORT, 100, 0, 1);
	probe.rooms[XDPX_PROBE_SHORT].meta_error = -524;
	xdpx_probe_tell_rooms(&probe, XDPX_MODE_NATIVE);
	ck_assert_int_eq(xdpx_nic_can(&nic, XDPX_FEATURE_DATA_META), XDPX_NO);
	ck_assert_int_eq(xdpx_nic_limit(&nic, XDPX_LIMIT_DATA_META), 0);
	ck_assert_int_eq(xdpx_nic_source(&nic, XDPX_FEATURE_DATA_META), XDPX_SOURCE_PROBE);
}
END_TEST

START_TEST(a_packet_that_fills_its_buffer_tells_nothing_of_the_tail)
{
	room(XDPX_PROBE_SHORT, 128, 216, 0);
	xdpx_probe_tell_rooms(&probe, XDPX_MODE_NATIVE);
	ck_assert_int_eq(xdpx_nic_can(&nic, XDPX_FEATURE_TAIL_GROW), XDPX_UNKNOWN);
	ck_assert_int_eq(xdpx_nic_source(&nic, XDPX_FEATURE_TAIL_GROW), XDPX_SOURCE_NONE);
	ck_says(xdpx_nic_why(&nic, XDPX_FEATURE_TAIL_GROW), "before; trying told nothing: ");
}
END_TEST

START_TEST(a_short_and_a_full_packet_that_do_not_grow_in_a_driver_are_a_no)
{
	room(XDPX_PROBE_SHORT, 128, 216, 0);
	room(XDPX_PROBE_FULL, 1514, 216, 0);
	xdpx_probe_tell_rooms(&probe, XDPX_MODE_GENERIC);
	ck_assert_int_eq(xdpx_nic_can(&nic, XDPX_FEATURE_TAIL_GROW), XDPX_UNKNOWN);
	xdpx_probe_tell_rooms(&probe, XDPX_MODE_NATIVE);
	ck_assert_int_eq(xdpx_nic_can(&nic, XDPX_FEATURE_TAIL_GROW), XDPX_NO);
	ck_assert_int_eq(xdpx_nic_limit(&nic, XDPX_LIMIT_TAILROOM), 0);
}
END_TEST

/* The kernel would switch them off, and not on again. */
START_TEST(generic_mode_is_not_tried_while_the_device_joins_packets)
{
	static const enum xdpx_offload offloads[] = {XDPX_OFFLOAD_LRO, XDPX_OFFLOAD_GRO_HW};

	nic.offloads.known = ~0U;
	nic.offloads.on = 1U << offloads[_i];
	snprintf(probe.name, sizeof(probe.name), "nowhere");
	ck_assert_int_eq(xdpx_probe_generic(&probe), 0);
	ck_says(xdpx_nic_why(&nic, XDPX_FEATURE_GENERIC), "would switch");
	ck_says(xdpx_nic_why(&nic, XDPX_FEATURE_GENERIC), xdpx_offload_name(offloads[_i]));
	ck_says(xdpx_nic_why(&nic, XDPX_FEATURE_DATA_META), "would switch");
	ck_says(xdpx_nic_limit_why(&nic, XDPX_LIMIT_TAILROOM), "would switch");
}
END_TEST

START_TEST(only_some_errors_are_a_no)
{
	static const struct {
		int code;
		enum xdpx_probe_verdict verdict;
	} verdicts[] = {
		{-EOPNOTSUPP, XDPX_PROBE_REFUSED}, {-ERANGE, XDPX_PROBE_REFUSED}, {-ENETDOWN, XDPX_PROBE_UNTOLD},
		{-EIO, XDPX_PROBE_UNTOLD},	   {-EPERM, XDPX_PROBE_FAILED},	  {-EBUSY, XDPX_PROBE_FAILED},
		{-ENOMEM, XDPX_PROBE_FAILED},
	};
	size_t at;

	for (at = 0; at < sizeof(verdicts) / sizeof(verdicts[0]); at++)
		ck_assert_int_eq(xdpx_probe_verdict(verdicts[at].code), verdicts[at].verdict);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("probe");
	TCase *words = tcase_create("words");

	tcase_add_checked_fixture(words, setup, teardown);
	tcase_add_test(words, the_least_room_of_all_packets_is_what_fits);
	tcase_add_test(words, the_most_that_a_kernel_gives_is_no_refusal);
	tcase_add_test(words, a_driver_without_metadata_is_told);
	tcase_add_test(words, a_packet_that_fills_its_buffer_tells_nothing_of_the_tail);
	tcase_add_test(words, a_short_and_a_full_packet_that_do_not_grow_in_a_driver_are_a_no);
	tcase_add_loop_test(words, generic_mode_is_not_tried_while_the_device_joins_packets, 0, 2);
	tcase_add_test(words, only_some_errors_are_a_no);
	suite_add_tcase(suite, words);
	return run_suite(suite);
}

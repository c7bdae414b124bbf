/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The clock that `xdpx send` sends by, with a clock of the test's own. */
#include "pace.h"
#include "run.h"

#include <stdlib.h>

#define NS_A_SECOND 1000000000ULL
#define CATCH_UP_NS ((uint64_t)PACE_CATCH_UP_NS)

static const double rates[] = {1, 3, 7.5, 1000, 33333, 1000000};

/* How many packets may go at `now`. */
static uint64_t burst(struct pace *pace, uint64_t now)
{
	uint64_t count = 0;

	while (!pace_wait(pace, now)) {
		pace_spend(pace, 1);
		count++;
	}
	return count;
}

START_TEST(the_first_packet_may_go_at_once)
{
	struct pace pace;

	pace_start(&pace, 1e9 / rates[_i]);
	ck_assert_uint_eq(pace_wait(&pace, 0), 0);
	pace_spend(&pace, 1);
	ck_assert_uint_gt(pace_wait(&pace, 0), 0);
}
END_TEST

/* Sleeps that last too long, as those of a busy machine do, by up to 5 ms. */
START_TEST(the_rate_is_held_over_sleeps_that_last_too_long)
{
	double seconds = rates[_i] < 100 ? 100 : 3;
	struct pace pace;
	uint64_t now = 0;
	double count = 0;

	srand(1);
	pace_start(&pace, 1e9 / rates[_i]);
	while ((double)now < seconds * 1e9) {
		count += (double)burst(&pace, now);
		now += pace_wait(&pace, now) + (uint64_t)(rand() % 5000000);
	}
	/* one more at the very start, and what the last sleep was too long for */
	ck_assert_double_ge(count, seconds * rates[_i] - rates[_i] * 0.005);
	ck_assert_double_le(count, (double)now / 1e9 * rates[_i] + 1);
	ck_assert_double_eq(pace.behind, 0);
}
END_TEST

START_TEST(a_waiter_wakes_at_the_packet_and_not_before)
{
	struct pace pace;
	uint64_t now = 0;

	pace_start(&pace, 1e9 / rates[_i]);
	for (unsigned int number = 1; number < 1000; number++) {
		uint64_t wait;

		ck_assert_uint_eq(burst(&pace, now), 1);
		wait = pace_wait(&pace, now);
		ck_assert_uint_gt(pace_wait(&pace, now + wait - 2), 0);
		now += wait;
		ck_assert_double_ge((double)now, number * 1e9 / rates[_i]);
		ck_assert_double_le((double)now, number * 1e9 / rates[_i] + 2);
	}
}
END_TEST

START_TEST(a_burst_after_a_standstill_is_no_longer_than_what_may_be_made_good)
{
	struct pace pace;
	double most = rates[_i] * PACE_CATCH_UP_NS / 1e9;

	pace_start(&pace, 1e9 / rates[_i]);
	burst(&pace, 0);
	ck_assert_double_le((double)burst(&pace, 3600 * NS_A_SECOND), most + 2);
	ck_assert_double_gt(pace.behind, 3500e9);
	/* and then the rate again */
	ck_assert_double_le((double)burst(&pace, 3601 * NS_A_SECOND), most + 2);
}
END_TEST

START_TEST(a_wake_up_that_is_late_by_less_than_the_gap_shifts_nothing)
{
	struct pace pace;

	pace_start(&pace, 1e9);
	burst(&pace, 0);
	ck_assert_uint_eq(burst(&pace, NS_A_SECOND + 700000000), 1);
	ck_assert_uint_gt(pace_wait(&pace, NS_A_SECOND + 700000000), 0);
	ck_assert_uint_le(pace_wait(&pace, NS_A_SECOND + 700000000), 300000001);
	ck_assert_double_eq(pace.behind, 0);
}
END_TEST

START_TEST(the_gaps_of_a_capture_are_kept)
{
	static const uint64_t gaps[] = {5, 0, 1000000, 20000000, 3000000000};
	struct pace pace;
	uint64_t at = 0;

	pace_start(&pace, 1);
	for (size_t number = 0; number < sizeof(gaps) / sizeof(gaps[0]); number++) {
		ck_assert_uint_eq(pace_wait(&pace, at), 0);
		pace_spend(&pace, (double)gaps[number]);
		if (gaps[number])
			ck_assert_uint_eq(pace_wait(&pace, at), gaps[number] + 1);
		at += gaps[number];
	}
}
END_TEST

START_TEST(threads_that_share_a_rate_keep_it_together)
{
	struct pace paces[3];
	uint64_t counts[3] = {0};

	for (unsigned int thread = 0; thread < 3; thread++) {
		pace_start(&paces[thread], 1e9 / 30000);
		for (unsigned int other = 0; other < thread; other++)
			pace_spend(&paces[thread], 1);
	}
	for (uint64_t now = 0; now <= NS_A_SECOND; now += 1000000) {
		for (unsigned int thread = 0; thread < 3; thread++) {
			while (!pace_wait(&paces[thread], now)) {
				counts[thread]++;
				pace_spend(&paces[thread], 3);
			}
		}
	}
	for (unsigned int thread = 0; thread < 3; thread++) {
		ck_assert_uint_ge(counts[thread], 10000);
		ck_assert_uint_le(counts[thread], 10001);
	}
}
END_TEST

START_TEST(without_a_rate_nothing_waits)
{
	struct pace pace;

	pace_start(&pace, 0);
	for (unsigned int number = 0; number < 1000; number++) {
		ck_assert_uint_eq(pace_wait(&pace, number * CATCH_UP_NS), 0);
		pace_spend(&pace, 1e9);
	}
	ck_assert_double_eq(pace.behind, 0);
}
END_TEST

START_TEST(a_gap_of_centuries_is_waited_for_and_overflows_nothing)
{
	struct pace pace;

	pace_start(&pace, 1e9 / 1e-9);
	ck_assert_uint_eq(pace_wait(&pace, 0), 0);
	pace_spend(&pace, 1e12);
	ck_assert_uint_ge(pace_wait(&pace, UINT64_MAX / 2), INT64_MAX);
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof((array)[0]))

int main(void)
{
	Suite *suite = suite_create("pace");
	TCase *clock = tcase_create("clock");

	tcase_add_loop_test(clock, the_first_packet_may_go_at_once, 0, COUNT(rates));
	tcase_add_loop_test(clock, the_rate_is_held_over_sleeps_that_last_too_long, 0, COUNT(rates));
	tcase_add_loop_test(clock, a_waiter_wakes_at_the_packet_and_not_before, 0, COUNT(rates));
	tcase_add_loop_test(clock, a_burst_after_a_standstill_is_no_longer_than_what_may_be_made_good, 0, COUNT(rates));
	tcase_add_test(clock, a_wake_up_that_is_late_by_less_than_the_gap_shifts_nothing);
	tcase_add_test(clock, the_gaps_of_a_capture_are_kept);
	tcase_add_test(clock, threads_that_share_a_rate_keep_it_together);
	tcase_add_test(clock, without_a_rate_nothing_waits);
	tcase_add_test(clock, a_gap_of_centuries_is_waited_for_and_overflows_nothing);
	suite_add_tcase(suite, clock);
	return run_suite(suite);
}

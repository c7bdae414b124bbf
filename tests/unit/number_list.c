/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* How the tool reads a choice of queues or ports. */
#include "number_list.h"
#include "run.h"

static const struct {
	const char *text;
	uint32_t numbers[8];
	uint32_t count;
} lists[] = {
	{"0", {0}, 1},
	{"3,1", {3, 1}, 2},
	{"0-3", {0, 1, 2, 3}, 4},
	{"7,2-4,0", {7, 2, 3, 4, 0}, 5},
	{"5-5", {5}, 1},
	{"4294967294-4294967295", {4294967294, 4294967295}, 2},
};

START_TEST(numbers_and_ranges_are_read_in_their_order)
{
	struct number_list list = {.count = 99};

	ck_assert(number_list_read(lists[_i].text, &list));
	ck_assert_uint_eq(list.count, lists[_i].count);
	for (uint32_t at = 0; at < list.count; at++)
		ck_assert_uint_eq(list.numbers[at], lists[_i].numbers[at]);
}
END_TEST

static const char *const no_lists[] = {
	"",   ",",    "0,",  ",0",	   "-1", "1-",	  "3-1",    "0-0x2",	    "1 ",
	" 1", "1,,2", "all", "4294967296", "+1", "1-2-3", "0-1024", "0-4294967295", "99999999999999999999",
};

START_TEST(anything_else_is_no_list_and_changes_nothing)
{
	struct number_list list = {.count = 99};

	ck_assert_msg(!number_list_read(no_lists[_i], &list), "%s was read", no_lists[_i]);
	ck_assert_uint_eq(list.count, 99);
}
END_TEST

START_TEST(a_list_holds_the_most_and_not_one_more)
{
	static struct number_list list;

	ck_assert(number_list_read("0-1023", &list));
	ck_assert_uint_eq(list.count, NUMBER_LIST_MOST);
	ck_assert_uint_eq(list.numbers[NUMBER_LIST_MOST - 1], NUMBER_LIST_MOST - 1);
	ck_assert(!number_list_read("0-1023,7", &list));
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof((array)[0]))

int main(void)
{
	Suite *suite = suite_create("number_list");
	TCase *reading = tcase_create("reading");

	tcase_add_loop_test(reading, numbers_and_ranges_are_read_in_their_order, 0, COUNT(lists));
	tcase_add_loop_test(reading, anything_else_is_no_list_and_changes_nothing, 0, COUNT(no_lists));
	tcase_add_test(reading, a_list_holds_the_most_and_not_one_more);
	suite_add_tcase(suite, reading);
	return run_suite(suite);
}

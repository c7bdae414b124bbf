/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "base/fail.h"
#include "base/opts.h"
#include "run.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct opts {
	size_t size;
	uint64_t flags;
	uint32_t count;
	uint32_t reserved;
};

struct longer_opts {
	struct opts opts;
	uint64_t newer;
};

START_TEST(before_any_failure_every_string_is_empty)
{
	const struct xdpx_error *error = xdpx_error_last();

	ck_assert_int_eq(error->code, 0);
	ck_assert_str_eq(error->stage, "");
	ck_assert_str_eq(error->message, "");
	ck_assert_str_eq(error->kernel, "");
	ck_assert_str_eq(error->hint, "");
}
END_TEST

START_TEST(a_failure_keeps_code_stage_message_kernel_text_and_hint)
{
	const struct xdpx_error *error = xdpx_error_last();

	ck_assert_int_eq(xdpx_fail(-EBUSY, "link.attach", "%s: program %d", "eth0", 7), -EBUSY);
	xdpx_fail_kernel("XDP program already attached\n");
	xdpx_fail_kernel_code(-EEXIST);
	xdpx_fail_hint("detach it");
	error = xdpx_error_last();
	ck_assert_int_eq(error->code, -EBUSY);
	ck_assert_int_eq(error->kernel_code, -EEXIST);
	ck_assert_str_eq(error->stage, "link.attach");
	ck_assert_str_eq(error->message, "eth0: program 7");
	ck_assert_str_eq(error->kernel, "XDP program already attached");
	ck_assert_str_eq(error->hint, "detach it");
}
END_TEST

START_TEST(a_new_failure_forgets_hint_and_kernel_text_of_the_last)
{
	xdpx_fail(-EBUSY, "a", "first");
	xdpx_fail_kernel("words");
	xdpx_fail_hint("advice");
	xdpx_fail(-EINVAL, "b", "second");
	ck_assert_str_eq(xdpx_error_last()->kernel, "");
	ck_assert_str_eq(xdpx_error_last()->hint, "");
	ck_assert_int_eq(xdpx_error_last()->kernel_code, -EINVAL);
}
END_TEST

START_TEST(a_failure_inside_a_success_is_forgotten)
{
	struct xdpx_fail_saved *saved;

	xdpx_fail(-EBUSY, "mine", "before");
	xdpx_fail_kernel("words");
	saved = xdpx_fail_save();
	xdpx_fail(-EINVAL, "inside", "a first try");
	xdpx_fail_kernel("other words");
	xdpx_fail_restore(saved);
	ck_assert_int_eq(xdpx_error_last()->code, -EBUSY);
	ck_assert_str_eq(xdpx_error_last()->message, "before");
	ck_assert_str_eq(xdpx_error_last()->kernel, "words");

	saved = xdpx_fail_save();
	xdpx_fail(-EINVAL, "inside", "the last try");
	xdpx_fail_forget(saved);
	ck_assert_str_eq(xdpx_error_last()->message, "the last try");
	xdpx_fail_restore(NULL);
	xdpx_fail_forget(NULL);
}
END_TEST

START_TEST(a_message_longer_than_its_room_is_cut_and_terminated)
{
	char text[2048];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	xdpx_fail(-EINVAL, text, "%s", text);
	xdpx_fail_hint("%s", text);
	ck_assert_uint_lt(strlen(xdpx_error_last()->stage), 64);
	ck_assert_uint_lt(strlen(xdpx_error_last()->message), 1024);
	ck_assert_uint_lt(strlen(xdpx_error_last()->hint), 1024);
}
END_TEST

static void *fail_elsewhere(void *arg)
{
	(void)arg;
	ck_assert_int_eq(xdpx_error_last()->code, 0);
	xdpx_fail(-ENOENT, "other", "other thread");
	return NULL;
}

START_TEST(each_thread_has_its_own_error)
{
	pthread_t thread;

	xdpx_fail(-EBUSY, "mine", "this thread");
	ck_assert_int_eq(pthread_create(&thread, NULL, fail_elsewhere, NULL), 0);
	pthread_join(thread, NULL);
	ck_assert_int_eq(xdpx_error_last()->code, -EBUSY);
	ck_assert_str_eq(xdpx_error_last()->message, "this thread");
}
END_TEST

START_TEST(the_kernels_524_has_words)
{
	ck_assert_str_eq(xdpx_errno_text(-524), "Operation is not supported");
	ck_assert_str_eq(xdpx_errno_text(-EBUSY), strerror(EBUSY));
}
END_TEST

static int lines;

static void count_line(void *arg, enum xdpx_log_level level, const char *message)
{
	ck_assert_ptr_eq(arg, &lines);
	ck_assert_int_eq(level, XDPX_LOG_WARN);
	ck_assert_str_eq(message, "queue 3");
	lines++;
}

START_TEST(log_lines_up_to_the_level_reach_the_callback)
{
	xdpx_log(XDPX_LOG_WARN, "nobody listens");
	xdpx_log_set(count_line, &lines, XDPX_LOG_WARN);
	xdpx_log(XDPX_LOG_WARN, "queue %d", 3);
	xdpx_log(XDPX_LOG_INFO, "not wanted");
	xdpx_log_set(NULL, NULL, XDPX_LOG_DEBUG);
	xdpx_log(XDPX_LOG_WARN, "nobody listens");
	ck_assert_int_eq(lines, 1);
}
END_TEST

START_TEST(no_options_are_all_zero)
{
	struct opts own = {.flags = 1, .count = 2};

	ck_assert_int_eq(xdpx_opts_take(&own, sizeof(own), NULL, "test"), 0);
	ck_assert_uint_eq(own.flags, 0);
	ck_assert_uint_eq(own.count, 0);
}
END_TEST

START_TEST(options_of_an_older_caller_are_filled_up_with_zeros)
{
	struct opts theirs = {.size = offsetof(struct opts, count), .flags = 5, .count = 9};
	struct opts own;

	ck_assert_int_eq(xdpx_opts_take(&own, sizeof(own), &theirs, "test"), 0);
	ck_assert_uint_eq(own.flags, 5);
	ck_assert_uint_eq(own.count, 0);
}
END_TEST

START_TEST(an_unknown_option_that_is_set_is_refused)
{
	struct longer_opts theirs = {.opts.size = sizeof(theirs), .newer = 1};
	struct opts own;

	ck_assert_int_eq(xdpx_opts_take(&own, sizeof(own), &theirs, "test"), -E2BIG);
	theirs.newer = 0;
	ck_assert_int_eq(xdpx_opts_take(&own, sizeof(own), &theirs, "test"), 0);
}
END_TEST

START_TEST(a_size_never_set_is_refused_in_words)
{
	struct opts theirs = {.size = 0};
	struct opts own;

	ck_assert_int_eq(xdpx_opts_take(&own, sizeof(own), &theirs, "test"), -EINVAL);
	ck_assert_ptr_nonnull(strstr(xdpx_error_last()->hint, ".size = sizeof"));
	theirs.size = sizeof(size_t) - 1;
	ck_assert_int_eq(xdpx_opts_take(&own, sizeof(own), &theirs, "test"), -EINVAL);
	theirs.size = SIZE_MAX;
	ck_assert_int_eq(xdpx_opts_take(&own, sizeof(own), &theirs, "test"), -EINVAL);
}
END_TEST

START_TEST(unknown_flags_are_refused_and_named)
{
	ck_assert_int_eq(xdpx_opts_flags(0x3, 0x3, "test"), 0);
	ck_assert_int_eq(xdpx_opts_flags(0x5, 0x3, "test"), -EINVAL);
	ck_assert_ptr_nonnull(strstr(xdpx_error_last()->message, "0x4"));
}
END_TEST

START_TEST(an_output_struct_gets_what_fits_and_zeros_past_it)
{
	struct opts own = {.size = sizeof(own), .flags = 7, .count = 8};
	struct longer_opts longer;
	struct opts shorter = {.size = offsetof(struct opts, count), .count = 99};

	memset(&longer, 0xff, sizeof(longer));
	longer.opts.size = sizeof(longer);
	ck_assert_int_eq(xdpx_out_give(&longer, &own, sizeof(own), "test"), 0);
	ck_assert_uint_eq(longer.opts.size, sizeof(longer));
	ck_assert_uint_eq(longer.opts.count, 8);
	ck_assert_uint_eq(longer.newer, 0);

	ck_assert_int_eq(xdpx_out_give(&shorter, &own, sizeof(own), "test"), 0);
	ck_assert_uint_eq(shorter.flags, 7);
	ck_assert_uint_eq(shorter.count, 99);
	ck_assert_int_eq(xdpx_out_give(NULL, &own, sizeof(own), "test"), -EINVAL);
}
END_TEST

static void *other_fails(void *arg)
{
	struct xdpx_fail_saved **saved = arg;

	xdpx_fail(-EBUSY, "other.stage", "another thread's message");
	xdpx_fail_hint("its hint");
	xdpx_fail_kernel("its kernel's words");
	*saved = xdpx_fail_save();
	return NULL;
}

START_TEST(an_error_of_another_thread_s_becomes_one_s_own_whole)
{
	struct xdpx_fail_saved *saved;
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, other_fails, &saved), 0);
	pthread_join(thread, NULL);
	xdpx_fail_restore(saved);
	ck_assert_int_eq(xdpx_error_last()->code, -EBUSY);
	ck_assert_str_eq(xdpx_error_last()->stage, "other.stage");
	ck_assert_str_eq(xdpx_error_last()->message, "another thread's message");
	ck_assert_str_eq(xdpx_error_last()->hint, "its hint");
	ck_assert_str_eq(xdpx_error_last()->kernel, "its kernel's words");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("error");
	TCase *error = tcase_create("error");
	TCase *opts = tcase_create("opts");

	tcase_add_test(error, before_any_failure_every_string_is_empty);
	tcase_add_test(error, a_failure_keeps_code_stage_message_kernel_text_and_hint);
	tcase_add_test(error, a_new_failure_forgets_hint_and_kernel_text_of_the_last);
	tcase_add_test(error, an_error_of_another_thread_s_becomes_one_s_own_whole);
	tcase_add_test(error, a_failure_inside_a_success_is_forgotten);
	tcase_add_test(error, a_message_longer_than_its_room_is_cut_and_terminated);
	tcase_add_test(error, each_thread_has_its_own_error);
	tcase_add_test(error, the_kernels_524_has_words);
	tcase_add_test(error, log_lines_up_to_the_level_reach_the_callback);
	tcase_add_test(opts, no_options_are_all_zero);
	tcase_add_test(opts, options_of_an_older_caller_are_filled_up_with_zeros);
	tcase_add_test(opts, an_unknown_option_that_is_set_is_refused);
	tcase_add_test(opts, a_size_never_set_is_refused_in_words);
	tcase_add_test(opts, unknown_flags_are_refused_and_named);
	tcase_add_test(opts, an_output_struct_gets_what_fits_and_zeros_past_it);
	suite_add_tcase(suite, error);
	suite_add_tcase(suite, opts);
	return run_suite(suite);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "nic/nic.h"
#include "prog/link.h"
#include "prog/report.h"
#include "run.h"

#include <xdpx/error.h>
#include <xdpx/needs.h>
#include <xdpx/prog.h>

#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ck_says(text, part) ck_assert_msg(strstr(text, part), "\"%s\" is not in: %s", part, text)

/* A device that this machine need not have: everything is unknown until a test says otherwise. */
static struct xdpx_nic nic;
static struct xdpx_nic other;

static void nic_name(struct xdpx_nic *made, const char *name)
{
	unsigned int at;

	xdpx_nic_begin(made);
	made->index = 7;
	made->mtu = 1500;
	snprintf(made->name, sizeof(made->name), "%s", name);
	for (at = 0; at < XDPX_NIC_FEATURES; at++)
		made->answers[at] = (struct xdpx_nic_answer){XDPX_UNKNOWN, XDPX_SOURCE_NONE, "nothing tells"};
	for (at = 0; at < XDPX_NIC_LIMITS; at++)
		made->numbers[at] = (struct xdpx_nic_number){-1, XDPX_SOURCE_NONE, "nothing tells"};
}

static void answer(struct xdpx_nic *made, enum xdpx_feature feature, enum xdpx_answer given, const char *why)
{
	made->answers[feature] = (struct xdpx_nic_answer){given, XDPX_SOURCE_TABLE, why};
}

static void setup(void)
{
	nic_name(&nic, "eth7");
	nic_name(&other, "eth8");
	answer(&nic, XDPX_FEATURE_NATIVE, XDPX_YES, "it does");
	answer(&nic, XDPX_FEATURE_GENERIC, XDPX_YES, "it does");
}

static void teardown(void)
{
	xdpx_nic_end(&nic);
	xdpx_nic_end(&other);
}

static struct xdpx_prog *prog_named(const char *object, const char *name)
{
	struct xdpx_prog_opts opts = {.size = sizeof(opts), .name = name};
	struct xdpx_prog *prog = NULL;
	char path[512];

	snprintf(path, sizeof(path), "%s/%s.bpf.o", TEST_OBJECTS, object);
	ck_assert_msg(xdpx_prog_open(path, &opts, &prog) == 0, "%s", xdpx_error_last()->message);
	return prog;
}

/* What the report of the program says of the need; size 0: nothing. The strings are valid until the next call. */
static struct xdpx_report_entry entry_of(const char *object, const char *name, enum xdpx_mode mode, enum xdpx_need need)
{
	static struct xdpx_report *report;
	struct xdpx_check_opts opts = {.size = sizeof(opts), .mode = mode, .target = &other};
	struct xdpx_report_entry entry = {.size = sizeof(entry)};
	struct xdpx_prog *prog = prog_named(object, name);
	size_t at;

	xdpx_report_free(report);
	report = NULL;
	ck_assert_int_eq(xdpx_prog_check(prog, &nic, &opts, &report), 0);
	xdpx_prog_free(prog);
	for (at = 0; at < xdpx_report_count(report); at++) {
		ck_assert_int_eq(xdpx_report_at(report, at, &entry), 0);
		if (entry.need == need)
			return entry;
	}
	return (struct xdpx_report_entry){.size = 0};
}

struct rule {
	const char *object;
	const char *program;
	enum xdpx_need need;
	enum xdpx_feature feature;
	uint32_t loss;
};

static const struct rule rules[] = {
	{"needs", "in_global_function", XDPX_NEED_REDIRECT, XDPX_FEATURE_REDIRECT, 1},
	{"needs", "to_devices", XDPX_NEED_REDIRECT_MAP, XDPX_FEATURE_REDIRECT, 1},
	{"needs", "to_devices", XDPX_NEED_DEVMAP, XDPX_FEATURE_REDIRECT, 1},
	{"needs", "to_processors", XDPX_NEED_CPUMAP, XDPX_FEATURE_REDIRECT, 1},
	{"needs", "to_sockets", XDPX_NEED_XSKMAP, XDPX_FEATURE_REDIRECT, 1},
	{"needs", "in_static_function", XDPX_NEED_TX, XDPX_FEATURE_TX, 1},
	{"needs", "other_lengths", XDPX_NEED_ADJUST_META, XDPX_FEATURE_DATA_META, 1},
	{"needs", "other_lengths", XDPX_NEED_ADJUST_TAIL, XDPX_FEATURE_TAIL_GROW, 0},
	{"needs", "other_lengths", XDPX_NEED_FRAGS, XDPX_FEATURE_RX_FRAGS, 0},
	{"metadata", "timestamp", XDPX_NEED_RX_TIMESTAMP, XDPX_FEATURE_RX_TIMESTAMP, 0},
	{"metadata", "hash_and_vlan", XDPX_NEED_RX_HASH, XDPX_FEATURE_RX_HASH, 0},
	{"metadata", "hash_and_vlan", XDPX_NEED_RX_VLAN, XDPX_FEATURE_RX_VLAN, 0},
};

START_TEST(native_needs_follow_the_answers_of_the_device)
{
	static const enum xdpx_verdict verdicts[] = {
		[XDPX_UNKNOWN] = XDPX_VERDICT_UNKNOWN,
		[XDPX_NO] = XDPX_VERDICT_UNMET,
		[XDPX_YES] = XDPX_VERDICT_MET,
	};
	const struct rule *rule = &rules[_i];
	int given;

	for (given = XDPX_UNKNOWN; given <= XDPX_YES; given++) {
		struct xdpx_report_entry entry;

		answer(&nic, rule->feature, (enum xdpx_answer)given, "because of the test");
		entry = entry_of(rule->object, rule->program, XDPX_MODE_NATIVE, rule->need);
		ck_assert_uint_ne(entry.size, 0);
		ck_assert_uint_eq(entry.verdict, verdicts[given]);
		ck_assert_uint_eq(entry.loss, given == XDPX_NO && rule->loss);
		ck_says(entry.text, "eth7: program \"");
		ck_says(entry.text, rule->program);
		ck_says(entry.text, "because of the test");
	}
}
END_TEST

START_TEST(generic_mode_does_without_the_driver)
{
	const struct rule *rule = &rules[_i];
	struct xdpx_report_entry entry;

	answer(&nic, rule->feature, XDPX_NO, "because of the test");
	entry = entry_of(rule->object, rule->program, XDPX_MODE_GENERIC, rule->need);
	ck_assert_uint_ne(entry.size, 0);
	ck_assert_uint_eq(entry.loss, 0);
	if (!strcmp(rule->object, "metadata"))
		ck_assert_uint_eq(entry.verdict, XDPX_VERDICT_UNMET);
	else if (rule->need == XDPX_NEED_CPUMAP)
		ck_assert_uint_eq(entry.verdict, XDPX_VERDICT_UNKNOWN);
	else
		ck_assert_uint_eq(entry.verdict, XDPX_VERDICT_MET);
}
END_TEST

START_TEST(best_is_generic_only_without_native_xdp)
{
	answer(&nic, XDPX_FEATURE_REDIRECT, XDPX_NO, "no redirect");
	ck_assert_uint_eq(entry_of("needs", "to_sockets", XDPX_MODE_BEST, XDPX_NEED_XSKMAP).loss, 1);
	answer(&nic, XDPX_FEATURE_NATIVE, XDPX_UNKNOWN, "nothing tells");
	ck_assert_uint_eq(entry_of("needs", "to_sockets", XDPX_MODE_BEST, XDPX_NEED_XSKMAP).loss, 1);
	answer(&nic, XDPX_FEATURE_NATIVE, XDPX_NO, "no native");
	ck_assert_uint_eq(entry_of("needs", "to_sockets", XDPX_MODE_BEST, XDPX_NEED_XSKMAP).verdict, XDPX_VERDICT_MET);
	ck_assert_uint_eq(entry_of("needs", "to_sockets", XDPX_MODE_BEST, XDPX_NEED_RUN).verdict, XDPX_VERDICT_MET);
}
END_TEST

START_TEST(programs_with_metadata_functions_are_loaded_for_any_driver_that_runs_programs)
{
	struct xdpx_report_entry entry;

	answer(&nic, XDPX_FEATURE_RX_TIMESTAMP, XDPX_NO, "no time");
	entry = entry_of("metadata", "timestamp", XDPX_MODE_NATIVE, XDPX_NEED_BOUND);
	ck_assert_uint_eq(entry.verdict, XDPX_VERDICT_MET);
	answer(&nic, XDPX_FEATURE_NATIVE, XDPX_NO, "no native");
	entry = entry_of("metadata", "timestamp", XDPX_MODE_NATIVE, XDPX_NEED_BOUND);
	ck_assert_uint_eq(entry.verdict, XDPX_VERDICT_UNMET);
	ck_assert_uint_eq(entry.loss, 0);
	ck_says(entry.text, "no native");
	ck_says(entry.hint, "leave the metadata functions out");
}
END_TEST

START_TEST(metadata_functions_in_generic_mode_are_a_loss)
{
	answer(&nic, XDPX_FEATURE_RX_TIMESTAMP, XDPX_YES, "it does");
	ck_assert_uint_eq(entry_of("metadata", "only_if_asked", XDPX_MODE_GENERIC, XDPX_NEED_BOUND).loss, 1);
}
END_TEST

START_TEST(headroom_and_mtu_follow_the_limits_of_the_device)
{
	struct xdpx_report_entry entry;

	ck_assert_uint_eq(entry_of("needs", "in_static_function", XDPX_MODE_NATIVE, XDPX_NEED_LINEAR).size, 0);
	entry = entry_of("needs", "in_static_function", XDPX_MODE_NATIVE, XDPX_NEED_ADJUST_HEAD);
	ck_assert_uint_eq(entry.verdict, XDPX_VERDICT_UNKNOWN);

	nic.numbers[XDPX_LIMIT_HEADROOM].value = 256;
	nic.numbers[XDPX_LIMIT_MTU_NATIVE].value = 1500;
	entry = entry_of("needs", "in_static_function", XDPX_MODE_NATIVE, XDPX_NEED_ADJUST_HEAD);
	ck_assert_uint_eq(entry.verdict, XDPX_VERDICT_MET);
	ck_says(entry.text, "256 bytes");
	entry = entry_of("needs", "in_static_function", XDPX_MODE_NATIVE, XDPX_NEED_LINEAR);
	ck_assert_uint_eq(entry.verdict, XDPX_VERDICT_MET);

	nic.mtu = 1501;
	nic.numbers[XDPX_LIMIT_HEADROOM].value = 0;
	entry = entry_of("needs", "in_static_function", XDPX_MODE_NATIVE, XDPX_NEED_ADJUST_HEAD);
	ck_assert_uint_eq(entry.verdict, XDPX_VERDICT_UNMET);
	entry = entry_of("needs", "in_static_function", XDPX_MODE_NATIVE, XDPX_NEED_LINEAR);
	ck_assert_uint_eq(entry.verdict, XDPX_VERDICT_UNMET);
	ck_assert_uint_eq(entry.loss, 0);
	ck_says(entry.hint, "ip link set dev eth7 mtu 1500");
	ck_says(entry.hint, "xdp.frags");
}
END_TEST

START_TEST(a_target_that_takes_no_frames_is_a_loss_from_a_driver_only)
{
	struct xdpx_report_entry entry;

	answer(&other, XDPX_FEATURE_REDIRECT_TARGET, XDPX_NO, "its peer has neither GRO nor a program");
	entry = entry_of("needs", "to_devices", XDPX_MODE_NATIVE, XDPX_NEED_TARGET);
	ck_assert_uint_eq(entry.loss, 1);
	ck_says(entry.text, "to eth8: its peer has neither GRO nor a program");
	entry = entry_of("needs", "to_devices", XDPX_MODE_GENERIC, XDPX_NEED_TARGET);
	ck_assert_uint_eq(entry.verdict, XDPX_VERDICT_MET);
	/* this one redirects to sockets only */
	ck_assert_uint_eq(entry_of("needs", "to_sockets", XDPX_MODE_NATIVE, XDPX_NEED_TARGET).size, 0);
}
END_TEST

START_TEST(attaching_a_steering_program_to_a_driver_without_redirect_is_refused)
{
	struct xdpx_attach_opts opts = {.size = sizeof(opts)};
	struct xdpx_link link = {.fd = -1};
	struct xdpx_prog *prog = prog_named("needs", "to_sockets");
	const struct xdpx_attempt attempt = {.link = &link, .prog = prog, .nic = &nic, .opts = &opts};

	answer(&nic, XDPX_FEATURE_REDIRECT, XDPX_NO, "the driver does not implement XDP_REDIRECT");
	ck_assert_int_eq(xdpx_preflight(&attempt, XDPX_MODE_NATIVE), 0);
	ck_assert_ptr_nonnull(xdpx_preflight_loss(&attempt));
	ck_assert_int_eq(xdpx_fail_loss(&attempt), -EOPNOTSUPP);
	ck_says(xdpx_error_last()->message, "eth7: program \"to_sockets\"");
	ck_says(xdpx_error_last()->message, "the driver does not implement XDP_REDIRECT");
	ck_says(xdpx_error_last()->hint, "XDPX_MODE_GENERIC");
	ck_says(xdpx_error_last()->hint, "XDPX_ATTACH_ALLOW_LOSS");
	opts.flags = XDPX_ATTACH_ALLOW_LOSS;
	ck_assert_ptr_null(xdpx_preflight_loss(&attempt));
	opts.flags = 0;
	ck_assert_int_eq(xdpx_preflight(&attempt, XDPX_MODE_GENERIC), 0);
	ck_assert_ptr_null(xdpx_preflight_loss(&attempt));
	xdpx_report_free(link.report);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(on_the_device_itself_only_the_device_tells)
{
	struct xdpx_report_entry entry;

	answer(&nic, XDPX_FEATURE_OFFLOAD, XDPX_YES, "it does");
	ck_assert_uint_eq(entry_of("needs", "to_devices", XDPX_MODE_OFFLOAD, XDPX_NEED_RUN).verdict, XDPX_VERDICT_MET);
	entry = entry_of("needs", "to_devices", XDPX_MODE_OFFLOAD, XDPX_NEED_DEVMAP);
	ck_assert_uint_eq(entry.verdict, XDPX_VERDICT_UNKNOWN);
}
END_TEST

START_TEST(what_the_kernel_does_is_met_and_what_tail_calls_need_is_unknown)
{
	struct xdpx_report_entry entry;

	entry = entry_of("needs", "routes", XDPX_MODE_NATIVE, XDPX_NEED_FIB_LOOKUP);
	ck_assert_uint_eq(entry.verdict, XDPX_VERDICT_MET);
	entry = entry_of("needs", "other_lengths", XDPX_MODE_NATIVE, XDPX_NEED_FRAG_BYTES);
	ck_assert_uint_eq(entry.verdict, XDPX_VERDICT_MET);
	entry = entry_of("needs", "to_programs", XDPX_MODE_NATIVE, XDPX_NEED_TAIL_CALL);
	ck_assert_uint_eq(entry.verdict, XDPX_VERDICT_UNKNOWN);
	entry = entry_of("missing", "missing", XDPX_MODE_NATIVE, XDPX_NEED_KFUNC);
	ck_assert_uint_eq(entry.verdict, XDPX_VERDICT_UNKNOWN);
}
END_TEST

START_TEST(wrong_arguments_are_refused)
{
	struct xdpx_check_opts opts = {.size = sizeof(opts), .mode = 4};
	struct xdpx_prog *prog = prog_named("needs", "constants");
	struct xdpx_report_entry entry = {.size = sizeof(entry)};
	struct xdpx_report *report = NULL;

	ck_assert_int_eq(xdpx_prog_check(NULL, &nic, NULL, &report), -EINVAL);
	ck_assert_int_eq(xdpx_prog_check(prog, NULL, NULL, &report), -EINVAL);
	ck_assert_int_eq(xdpx_prog_check(prog, &nic, NULL, NULL), -EINVAL);
	ck_assert_int_eq(xdpx_prog_check(prog, &nic, &opts, &report), -EINVAL);
	ck_says(xdpx_error_last()->message, "unknown mode 4");
	opts.mode = 0;
	opts.flags = 1;
	ck_assert_int_eq(xdpx_prog_check(prog, &nic, &opts, &report), -EINVAL);
	opts.size = 0;
	ck_assert_int_eq(xdpx_prog_check(prog, &nic, &opts, &report), -EINVAL);
	ck_assert_ptr_null(report);

	ck_assert_int_eq(xdpx_prog_check(prog, &nic, NULL, &report), 0);
	ck_assert_int_eq(xdpx_report_at(report, xdpx_report_count(report), &entry), -ENOENT);
	ck_assert_int_eq(xdpx_report_at(NULL, 0, &entry), -EINVAL);
	ck_assert_int_eq(xdpx_report_at(report, 0, NULL), -EINVAL);
	entry.size = 0;
	ck_assert_int_eq(xdpx_report_at(report, 0, &entry), -EINVAL);
	xdpx_report_free(report);
	xdpx_report_free(NULL);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(each_verdict_has_a_name_and_none_past_the_last)
{
	ck_assert_str_eq(xdpx_verdict_name(XDPX_VERDICT_UNKNOWN), "unknown");
	ck_assert_str_eq(xdpx_verdict_name(XDPX_VERDICT_UNMET), "unmet");
	ck_assert_str_eq(xdpx_verdict_name(XDPX_VERDICT_MET), "met");
	ck_assert_ptr_null(xdpx_verdict_name((enum xdpx_verdict)3));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("check");
	TCase *check = tcase_create("check");
	const int count = sizeof(rules) / sizeof(*rules);

	tcase_add_checked_fixture(check, setup, teardown);
	tcase_add_loop_test(check, native_needs_follow_the_answers_of_the_device, 0, count);
	tcase_add_loop_test(check, generic_mode_does_without_the_driver, 0, count);
	tcase_add_test(check, best_is_generic_only_without_native_xdp);
	tcase_add_test(check, programs_with_metadata_functions_are_loaded_for_any_driver_that_runs_programs);
	tcase_add_test(check, metadata_functions_in_generic_mode_are_a_loss);
	tcase_add_test(check, headroom_and_mtu_follow_the_limits_of_the_device);
	tcase_add_test(check, a_target_that_takes_no_frames_is_a_loss_from_a_driver_only);
	tcase_add_test(check, attaching_a_steering_program_to_a_driver_without_redirect_is_refused);
	tcase_add_test(check, on_the_device_itself_only_the_device_tells);
	tcase_add_test(check, what_the_kernel_does_is_met_and_what_tail_calls_need_is_unknown);
	tcase_add_test(check, wrong_arguments_are_refused);
	tcase_add_test(check, each_verdict_has_a_name_and_none_past_the_last);
	suite_add_tcase(suite, check);
	return run_suite(suite);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The knobs of NAPI that several share: set by the first, put back by the last. */
#include "child.h"
#include "drop_caps.h"
#include "net.h"
#include "run.h"
#include "tune.h"
#include "tune/share.h"

#include <errno.h>
#include <linux/capability.h>
#include <net/if.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xdpx/error.h>

/* A bridge has the knobs, and no NAPI of its own. */
static uint32_t bridge(void)
{
	sh("ip link add b0 type bridge; ip link set b0 up");
	return if_nametoindex("b0");
}

static void knobs_are(const char *defer, const char *timeout)
{
	sysfs_is("b0", "napi_defer_hard_irqs", defer);
	sysfs_is("b0", "gro_flush_timeout", timeout);
}

static struct xdpx_tune *share(uint32_t ifindex, uint32_t napi)
{
	struct xdpx_tune *tune;

	ck_assert_msg(!xdpx_tune_share(ifindex, napi, &tune), "%s", xdpx_error_last()->message);
	return tune;
}

static pid_t holder_start(uint32_t ifindex, int hold_ms)
{
	int pipes[2];
	char ready;
	pid_t pid;

	ck_assert_int_eq(pipe(pipes), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (!pid) {
		struct xdpx_tune *tune;

		if (xdpx_tune_share(ifindex, 0, &tune) || write(pipes[1], "r", 1) != 1)
			_exit(1);
		wait_ms(hold_ms);
		xdpx_tune_unshare(tune);
		_exit(0);
	}
	close(pipes[1]);
	ck_assert_int_eq(read(pipes[0], &ready, 1), 1);
	close(pipes[0]);
	return pid;
}

START_TEST(knobs_are_set_by_the_first_and_put_back_by_the_last_in_any_order)
{
	static const unsigned int orders[][3] = {{0, 1, 2}, {2, 1, 0}, {1, 0, 2}};
	struct xdpx_tune *tunes[3];
	uint32_t ifindex = bridge();
	unsigned int before = fd_count();
	unsigned int at;

	for (at = 0; at < 3; at++) {
		tunes[at] = share(ifindex, 0);
		knobs_are("2", "200000");
	}
	for (at = 0; at < 3; at++) {
		knobs_are("2", "200000");
		xdpx_tune_unshare(tunes[orders[_i][at]]);
	}
	knobs_are("0", "0");
	ck_assert_uint_eq(tune_journal_files(), 0);
	ck_assert_uint_eq(fd_count(), before);
}
END_TEST

START_TEST(the_last_of_several_processes_puts_the_knobs_back)
{
	uint32_t ifindex = bridge();
	pid_t first = holder_start(ifindex, 50);
	struct xdpx_tune *tune = share(ifindex, 0);
	int status;

	ck_assert_int_eq(waitpid(first, &status, 0), first);
	ck_assert_int_eq(status, 0);
	knobs_are("2", "200000");
	xdpx_tune_unshare(tune);
	knobs_are("0", "0");
}
END_TEST

START_TEST(those_who_live_put_back_what_a_killed_process_has_set)
{
	uint32_t ifindex = bridge();
	pid_t first = holder_start(ifindex, 100000);
	struct xdpx_tune *tune = share(ifindex, 0);

	tune_holder_kill(first);
	knobs_are("2", "200000");
	xdpx_tune_unshare(tune);
	knobs_are("0", "0");
	ck_assert_uint_eq(tune_journal_files(), 0);
}
END_TEST

START_TEST(after_a_kill_of_all_the_next_one_puts_the_knobs_back_in_the_end)
{
	uint32_t ifindex = bridge();

	tune_holder_kill(holder_start(ifindex, 100000));
	knobs_are("2", "200000");
	xdpx_tune_unshare(share(ifindex, 0));
	knobs_are("0", "0");
}
END_TEST

START_TEST(after_a_kill_of_all_the_token_restores_and_before_it_is_refused)
{
	pid_t pid = holder_start(bridge(), 100000);
	struct xdpx_tune_list *list;
	char token[17];

	ck_assert_int_eq(xdpx_tune_list_new(&list), 0);
	ck_assert_uint_eq(xdpx_tune_list_count(list), 1);
	memcpy(token, xdpx_tune_token(xdpx_tune_list_at(list, 0)), sizeof(token));
	has(xdpx_tune_why(xdpx_tune_list_at(list, 0)), "still runs");
	xdpx_tune_list_free(list);
	ck_assert_int_eq(xdpx_tune_restore_token(token), -EBUSY);
	tune_holder_kill(pid);
	ck_assert_int_eq(xdpx_tune_restore_token(token), 0);
	knobs_are("0", "0");
}
END_TEST

START_TEST(a_knob_that_has_a_value_keeps_it)
{
	uint32_t ifindex = bridge();
	struct xdpx_tune *tune;

	sysfs_set("b0", "gro_flush_timeout", "777");
	tune = share(ifindex, 0);
	knobs_are("2", "777");
	xdpx_tune_unshare(tune);
	knobs_are("0", "777");
}
END_TEST

START_TEST(a_knob_that_somebody_changed_since_is_left_alone)
{
	struct xdpx_tune *tune = share(bridge(), 0);

	sysfs_set("b0", "gro_flush_timeout", "777");
	xdpx_tune_unshare(tune);
	knobs_are("0", "777");
}
END_TEST

START_TEST(a_device_that_goes_away_takes_its_knobs_along)
{
	struct xdpx_tune *tune = share(bridge(), 0);

	sh("ip link del b0");
	xdpx_tune_unshare(tune);
	ck_assert_uint_eq(tune_journal_files(), 0);
}
END_TEST

START_TEST(without_a_journal_the_knobs_are_set_and_put_back_all_the_same)
{
	uint32_t ifindex = bridge();
	struct xdpx_tune *tune;

	sh("mkdir /run/sys; mount -o remount,ro /run");
	tune = share(ifindex, 0);
	knobs_are("2", "200000");
	xdpx_tune_unshare(tune);
	knobs_are("0", "0");
}
END_TEST

START_TEST(without_the_capability_it_is_refused_with_its_name)
{
	uint32_t ifindex = bridge();
	struct xdpx_tune *tune;

	drop_caps(1ULL << CAP_NET_ADMIN);
	ck_assert_int_eq(xdpx_tune_share(ifindex, 0, &tune), -EPERM);
	has(xdpx_error_last()->message, "CAP_NET_ADMIN");
}
END_TEST

/* Their ids, from the names that a tune has for them. */
static void napis_find(uint32_t *napis, unsigned int count)
{
	const struct xdpx_tune_opts want = {
		.size = sizeof(want), .flags = XDPX_TUNE_DEFER_HARD_IRQS, .napi_defer_hard_irqs = 1};
	struct xdpx_tune *tune = tune_new("v0", &want);
	unsigned int i;

	ck_assert_uint_ge(xdpx_tune_count(tune), count);
	for (i = 0; i < count; i++)
		napis[i] = (uint32_t)strtoul(strchr(xdpx_tune_setting_name(xdpx_tune_at(tune, i)), ' '), NULL, 10);
	xdpx_tune_free(tune);
}

START_TEST(the_knobs_of_one_napi_leave_those_of_others_alone)
{
	struct xdpx_tune_knobs knobs[2];
	struct xdpx_tune *tune;
	uint32_t ifindex;
	uint32_t napis[2];

	net_veth("v0", "v1", 2);
	sh("ethtool -K v0 gro on");
	ifindex = if_nametoindex("v0");
	ck_assert_int_eq(xdpx_tune_reader(ifindex, &tune), 0);
	if (!xdpx_tune_has_napi_knobs(tune))
		skip_test("this kernel's netlink has no knobs of NAPI");
	xdpx_tune_unshare(tune);

	napis_find(napis, 2);
	tune = share(ifindex, napis[1]);
	ck_assert_int_eq(xdpx_tune_knobs_read(tune, napis[0], &knobs[0]), 0);
	ck_assert_int_eq(xdpx_tune_knobs_read(tune, napis[1], &knobs[1]), 0);
	ck_assert_uint_eq(knobs[0].defer_hard_irqs, 0);
	ck_assert_uint_eq(knobs[0].gro_flush_timeout, 0);
	ck_assert_uint_eq(knobs[1].defer_hard_irqs, 2);
	ck_assert_uint_eq(knobs[1].gro_flush_timeout, 200000);
	xdpx_tune_unshare(tune);

	ck_assert_int_eq(xdpx_tune_reader(ifindex, &tune), 0);
	ck_assert_int_eq(xdpx_tune_knobs_read(tune, napis[1], &knobs[1]), 0);
	ck_assert_uint_eq(knobs[1].defer_hard_irqs, 0);
	ck_assert_int_eq(xdpx_tune_knobs_read(tune, 1, &knobs[1]), -ENOENT);
	xdpx_tune_unshare(tune);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("knobs");
	TCase *knobs = tcase_create("knobs");

	tcase_add_checked_fixture(knobs, tune_isolate, NULL);
	tcase_add_loop_test(knobs, knobs_are_set_by_the_first_and_put_back_by_the_last_in_any_order, 0, 3);
	tcase_add_test(knobs, the_last_of_several_processes_puts_the_knobs_back);
	tcase_add_test(knobs, those_who_live_put_back_what_a_killed_process_has_set);
	tcase_add_test(knobs, after_a_kill_of_all_the_next_one_puts_the_knobs_back_in_the_end);
	tcase_add_test(knobs, after_a_kill_of_all_the_token_restores_and_before_it_is_refused);
	tcase_add_test(knobs, a_knob_that_has_a_value_keeps_it);
	tcase_add_test(knobs, a_knob_that_somebody_changed_since_is_left_alone);
	tcase_add_test(knobs, a_device_that_goes_away_takes_its_knobs_along);
	tcase_add_test(knobs, without_a_journal_the_knobs_are_set_and_put_back_all_the_same);
	tcase_add_test(knobs, without_the_capability_it_is_refused_with_its_name);
	tcase_add_test(knobs, the_knobs_of_one_napi_leave_those_of_others_alone);
	suite_add_tcase(suite, knobs);
	return run_suite(suite);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* `xdpx bench`: that it measures, and that nothing of it is left. No figure is judged. */
#include "child.h"
#include "net.h"
#include "run.h"
#include "schema.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static const char *tool;

static void setup(void)
{
	child_setup();
	tool = program("XDPX_TOOL");
	/* what it leaves behind becomes this process's child */
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
}

static void nothing_is_left(void)
{
	pid_t left = 0;

	for (int at = 0; at < 100 && left >= 0; at++) {
		left = waitpid(-1, NULL, WNOHANG);
		if (!left)
			wait_ms(20);
	}
	ck_assert_int_eq(left, -1);
	ck_assert_int_eq(errno, ECHILD);
	sh("test $(ip -o link | wc -l) -eq 1");
}

/* Live frames came with Linux 5.18. */
static int makes_packets(void)
{
	return sh_try("%s bench --row rx --mode native 2>&1 | grep -q 'makes no packets'", tool) != 0;
}

START_TEST(every_row_sees_packets_and_nothing_is_left)
{
	char out[TEXT_BYTES];

	if (!makes_packets())
		skip_test("the kernel makes no packets to receive");
	sh_read(out, sizeof(out), "%s bench", tool);
	has(out, "\nmitigations: ");
	has(out, "\nrx       native  ");
	has(out, "\nrx       generic ");
	has(out, "\ntx       -       ");
	has(out, "\nforward  native  ");
	has(out, "\nforward  generic ");
	has(out, "\necho     native  ");
	has(out, "\necho     generic ");
	nothing_is_left();
}
END_TEST

START_TEST(json_is_as_its_schema_says)
{
	schema_check("bench", "%s bench --json --row tx --batch 1", tool);
	nothing_is_left();
}
END_TEST

START_TEST(a_signal_ends_it_and_nothing_is_left)
{
	char out[TEXT_BYTES];
	pid_t pid = child_start("%s bench --row tx --seconds 60 2>&1", tool);

	wait_ms(600);
	child_ends(pid, SIGINT, 1);
	child_output(out);
	has(out, "xdpx: interrupted");
	nothing_is_left();
}
END_TEST

START_TEST(a_kill_leaves_nothing)
{
	pid_t pid = child_start("%s bench --row echo --seconds 60", tool);

	wait_ms(600);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	nothing_is_left();
}
END_TEST

START_TEST(a_wrong_command_line_is_exit_code_2)
{
	sh("%s bench --row up 2>/dev/null; test $? -eq 2", tool);
	sh("%s bench --mode best 2>/dev/null; test $? -eq 2", tool);
	sh("%s bench --batch 257 2>/dev/null; test $? -eq 2", tool);
	sh("%s bench --seconds 0 2>/dev/null; test $? -eq 2", tool);
	sh("%s bench eth0 2>/dev/null; test $? -eq 2", tool);
	sh("%s bench --help | grep -q -- --batch", tool);
}
END_TEST

START_TEST(without_privilege_it_says_what_it_needs)
{
	char err[TEXT_BYTES];

	sh_read(err, sizeof(err),
		"setpriv --bounding-set=-all --inh-caps=-all --reuid=65534 --clear-groups %s bench 2>&1 "
		"; test $? -eq 1",
		tool);
	has(err, "no network namespace can be made");
	has(err, "hint: run it as root");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("bench_tool");
	TCase *bench = tcase_create("bench");

	tcase_set_timeout(bench, 60);
	tcase_add_checked_fixture(bench, setup, child_teardown);
	tcase_add_test(bench, every_row_sees_packets_and_nothing_is_left);
	tcase_add_test(bench, json_is_as_its_schema_says);
	tcase_add_test(bench, a_signal_ends_it_and_nothing_is_left);
	tcase_add_test(bench, a_kill_leaves_nothing);
	tcase_add_test(bench, a_wrong_command_line_is_exit_code_2);
	tcase_add_test(bench, without_privilege_it_says_what_it_needs);
	suite_add_tcase(suite, bench);
	return run_suite(suite);
}

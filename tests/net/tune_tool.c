/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* `xdpx tune`, and the example that changes settings. */
#include "child.h"
#include "net.h"
#include "run.h"

#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>

static const char *tool;

static void setup(void)
{
	child_setup();
	tool = program("XDPX_TOOL");
	ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
	ck_assert_int_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	ck_assert_int_eq(mount("none", "/run", "tmpfs", 0, NULL), 0);
	net_veth("va", "vb", 1);
}

static void rx_vlan_is(const char *value)
{
	sh("ethtool -k va | grep -q '^rx-vlan-offload: %s$'", value);
}

/* Starts the example, and gets its token. */
static pid_t inspection_start(char *token)
{
	pid_t pid = child_start("%s va", program("XDPX_INSPECTION"));
	char out[TEXT_BYTES];

	child_await("ready; token ");
	child_output(out);
	memcpy(token, strstr(out, "token ") + 6, 16);
	token[16] = '\0';
	return pid;
}

static void killed(pid_t pid)
{
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

START_TEST(the_example_tells_what_it_set_and_puts_it_back)
{
	char out[TEXT_BYTES];
	char token[17];
	pid_t pid;

	pid = inspection_start(token);
	rx_vlan_is("off");
	sh("ip link show va | grep -q PROMISC");
	child_output(out);
	has(out, "gro                          off    off    already so");
	has(out, "rx-vlan-offload              on     off    changed");
	has(out, "refused va: symmetric-rss can't be read");
	child_ends(pid, SIGINT, 0);
	rx_vlan_is("on");
	sh("! ip link show va | grep -q PROMISC");
}
END_TEST

START_TEST(the_tool_shows_and_restores_what_a_killed_process_has_left)
{
	char out[TEXT_BYTES];
	char token[17];
	pid_t pid;

	sh_read(out, sizeof(out), "%s tune", tool);
	ck_assert_str_eq(out, "nothing is left to put back");

	pid = inspection_start(token);
	sh_read(out, sizeof(out), "%s tune", tool);
	has(out, "rx-vlan-offload");
	has(out, token);
	has(out, "still runs");
	sh_read(out, sizeof(out), "%s tune --restore %s 2>&1; test $? -eq 1", tool, token);
	has(out, "still runs");

	killed(pid);
	sh_read(out, sizeof(out), "%s tune", tool);
	has(out, "rx-vlan-offload");
	ck_assert_ptr_null(strstr(out, "still runs"));
	rx_vlan_is("off");
	sh_read(out, sizeof(out), "%s tune --restore %s", tool, token);
	ck_assert_str_eq(out, "put back");
	rx_vlan_is("on");
	sh_read(out, sizeof(out), "%s tune", tool);
	ck_assert_str_eq(out, "nothing is left to put back");
}
END_TEST

START_TEST(the_tool_forgets_what_is_not_to_be_put_back)
{
	char out[TEXT_BYTES];
	char token[17];

	killed(inspection_start(token));
	sh_read(out, sizeof(out), "%s tune --forget %s", tool, token);
	ck_assert_str_eq(out, "");
	rx_vlan_is("off");
	sh_read(out, sizeof(out), "%s tune --forget %s 2>&1; test $? -eq 1", tool, token);
	has(out, "there is nothing in the journal under");
}
END_TEST

START_TEST(a_wrong_command_line_is_exit_code_2)
{
	sh("%s tune --restore 2>/dev/null; test $? -eq 2", tool);
	sh("%s tune --restore a --forget b 2>/dev/null; test $? -eq 2", tool);
	sh("%s tune eth0 2>/dev/null; test $? -eq 2", tool);
	sh("%s tune --restore nonsense 2>/dev/null; test $? -eq 1", tool);
	sh("%s tune --help | grep -q -- --restore", tool);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tune_tool");
	TCase *tune = tcase_create("tune");

	tcase_add_checked_fixture(tune, setup, child_teardown);
	tcase_add_test(tune, the_example_tells_what_it_set_and_puts_it_back);
	tcase_add_test(tune, the_tool_shows_and_restores_what_a_killed_process_has_left);
	tcase_add_test(tune, the_tool_forgets_what_is_not_to_be_put_back);
	tcase_add_test(tune, a_wrong_command_line_is_exit_code_2);
	suite_add_tcase(suite, tune);
	return run_suite(suite);
}

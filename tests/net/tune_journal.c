/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What is left in the journal by processes that were killed, and by others. Each test has a /run of its own. */
#include "child.h"
#include "net.h"
#include "run.h"
#include "tune.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xdpx/error.h>

START_TEST(after_a_kill_the_token_restores)
{
	unsigned int before;
	char token[17];
	pid_t pid;

	tune_pair();
	before = fd_count();
	pid = tune_holder_start("v0", &tune_some, token);
	tune_some_are_set("v0", true);
	tune_holder_kill(pid);
	tune_some_are_set("v0", true);
	ck_assert_msg(xdpx_tune_restore_token(token) == 0, "%s", xdpx_error_last()->message);
	tune_some_are_set("v0", false);
	ck_assert_uint_eq(tune_journal_files(), 0);
	ck_assert_int_eq(xdpx_tune_restore_token(token), -ENOENT);
	has(xdpx_error_last()->message, token);
	ck_assert_uint_eq(fd_count(), before);
}
END_TEST

START_TEST(what_a_killed_process_had_only_begun_to_write_the_next_one_removes)
{
	tune_pair();
	sh("mkdir -m 755 %s; touch %s/tune-0123456789abcdef.new", TUNE_JOURNAL, TUNE_JOURNAL);
	xdpx_tune_free(tune_new("v0", &tune_some));
	ck_assert_uint_eq(tune_journal_files(), 0);
}
END_TEST

START_TEST(after_a_kill_each_napi_is_restored_too)
{
	struct xdpx_tune_opts want = {.size = sizeof(want), .flags = TUNE_NAPI_FLAGS, .napi_defer_hard_irqs = 7};
	struct xdpx_tune *tune;
	char token[17];

	net_veth("v0", "v1", 1);
	sh("ethtool -K v0 gro on");
	tune_holder_kill(tune_holder_start("v0", &want, token));
	ck_assert_int_eq(xdpx_tune_restore_token(token), 0);
	tune = tune_new("v0", &want);
	tune_setting_is(tune, "napi-defer-hard-irqs", XDPX_TUNE_CHANGED, "0", "7");
	xdpx_tune_free(tune);
}
END_TEST

START_TEST(the_token_restores_a_device_that_was_renamed)
{
	char token[17];

	tune_pair();
	tune_holder_kill(tune_holder_start("v0", &tune_some, token));
	sh("ip link set v0 down; ip link set v0 name w0");
	ck_assert_int_eq(xdpx_tune_restore_token(token), 0);
	tune_some_are_set("w0", false);
}
END_TEST

START_TEST(the_token_leaves_alone_what_was_changed_since)
{
	char token[17];

	sh("ip link add br0 type bridge");
	tune_holder_kill(tune_holder_start("br0", &tune_defer, token));
	sysfs_set("br0", "napi_defer_hard_irqs", "3");
	ck_assert_int_eq(xdpx_tune_restore_token(token), 1);
	sysfs_is("br0", "napi_defer_hard_irqs", "3");
	promiscuous_is("br0", false);
}
END_TEST

START_TEST(the_token_of_a_living_process_is_refused_with_its_id)
{
	char expected[32];
	char token[17];
	pid_t pid;

	tune_pair();
	pid = tune_holder_start("v0", &tune_some, token);
	snprintf(expected, sizeof(expected), "process %d", pid);
	ck_assert_int_eq(xdpx_tune_restore_token(token), -EBUSY);
	has(xdpx_error_last()->message, expected);
	ck_assert_int_eq(xdpx_tune_forget_token(token), -EBUSY);
	tune_some_are_set("v0", true);
	ck_assert_uint_eq(tune_journal_files(), 1);
	tune_holder_kill(pid);
	ck_assert_int_eq(xdpx_tune_restore_token(token), 0);
}
END_TEST

START_TEST(a_daemon_whose_parent_has_ended_still_holds_its_settings)
{
	char token[17] = "";
	int tokens[2];
	int stop[2];
	pid_t pid;

	tune_pair();
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	ck_assert_int_eq(pipe(tokens), 0);
	ck_assert_int_eq(pipe(stop), 0);
	pid = fork();
	if (!pid) {
		struct xdpx_tune *tune;

		close(stop[1]);
		if (xdpx_tune_new("v0", &tune_some, &tune) || write(tokens[1], xdpx_tune_token(tune), 16) < 0)
			_exit(1);
		if (!fork() && read(stop[0], token, 1) < 0)
			_exit(1);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_int_eq(read(tokens[0], token, 16), 16);
	ck_assert_int_eq(xdpx_tune_restore_token(token), -EBUSY);
	tune_some_are_set("v0", true);
	close(stop[1]);
	ck_assert_int_ge(wait(NULL), 0);
	ck_assert_int_eq(xdpx_tune_restore_token(token), 0);
	tune_some_are_set("v0", false);
	close(stop[0]);
	close(tokens[0]);
	close(tokens[1]);
}
END_TEST

START_TEST(a_device_that_is_gone_is_enodev_and_its_journal_is_removed)
{
	char token[17];

	tune_pair();
	tune_holder_kill(tune_holder_start("v0", &tune_some, token));
	sh("ip link del v0");
	ck_assert_int_eq(xdpx_tune_restore_token(token), -ENODEV);
	has(xdpx_error_last()->message, "v0 (index");
	ck_assert_uint_eq(tune_journal_files(), 0);
}
END_TEST

START_TEST(another_device_with_the_same_index_is_not_touched)
{
	unsigned int index;
	char token[17];

	tune_pair();
	index = if_nametoindex("v0");
	tune_holder_kill(tune_holder_start("v0", &tune_some, token));
	sh("ip link del v0; ip link add w0 index %u type veth peer name w1; ip link set w0 promisc on", index);
	ck_assert_int_eq(xdpx_tune_restore_token(token), -ENODEV);
	has(xdpx_error_last()->message, "the index is now w0's");
	promiscuous_is("w0", true);
	ck_assert_uint_eq(tune_journal_files(), 0);
}
END_TEST

START_TEST(in_another_namespace_the_token_is_exdev_and_stays)
{
	char token[17];
	char namespace[32];
	int home;

	tune_pair();
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	sh_read(namespace, sizeof(namespace), "readlink /proc/self/ns/net | tr -dc 0-9");
	tune_holder_kill(tune_holder_start("v0", &tune_some, token));
	ck_assert_int_eq(unshare(CLONE_NEWNET), 0);
	ck_assert_int_eq(xdpx_tune_restore_token(token), -EXDEV);
	has(xdpx_error_last()->message, namespace);
	has(xdpx_error_last()->hint, "nsenter");
	ck_assert_uint_eq(tune_journal_files(), 1);
	ck_assert_int_eq(setns(home, CLONE_NEWNET), 0);
	ck_assert_int_eq(xdpx_tune_restore_token(token), 0);
	close(home);
}
END_TEST

START_TEST(what_an_earlier_boot_has_left_is_estale_and_removed)
{
	char token[17];

	tune_pair();
	tune_holder_kill(tune_holder_start("v0", &tune_some, token));
	sh("sed -i 's/^boot=.*/boot=00000000-0000-0000-0000-000000000000/' %s/tune-%s", TUNE_JOURNAL, token);
	ck_assert_int_eq(xdpx_tune_restore_token(token), -ESTALE);
	has(xdpx_error_last()->message, "earlier boot");
	ck_assert_uint_eq(tune_journal_files(), 0);
	tune_some_are_set("v0", true);
}
END_TEST

START_TEST(the_journal_lists_the_living_and_the_dead)
{
	struct xdpx_tune_opts want = {.size = sizeof(want), .promiscuous = XDPX_TUNE_ON};
	struct xdpx_tune_list *list;
	const struct xdpx_tune *dead;
	const struct xdpx_tune *alive;
	struct xdpx_tune *own;
	char token[17];
	pid_t pid;

	tune_pair();
	ck_assert_int_eq(xdpx_tune_list_new(&list), 0);
	ck_assert_uint_eq(xdpx_tune_list_count(list), 0);
	xdpx_tune_list_free(list);

	pid = tune_holder_start("v0", &tune_some, token);
	tune_holder_kill(pid);
	own = tune_new("v1", &want);
	ck_assert_int_eq(xdpx_tune_list_new(&list), 0);
	ck_assert_uint_eq(xdpx_tune_list_count(list), 2);
	ck_assert_ptr_null(xdpx_tune_list_at(list, 2));
	dead = xdpx_tune_list_at(list, strcmp(xdpx_tune_token(xdpx_tune_list_at(list, 0)), token) ? 1 : 0);
	alive = xdpx_tune_list_at(list, dead == xdpx_tune_list_at(list, 0));
	ck_assert_str_eq(xdpx_tune_token(dead), token);
	ck_assert_str_eq(xdpx_tune_nic_name(dead), "v0");
	ck_assert_uint_eq(xdpx_tune_nic_index(dead), if_nametoindex("v0"));
	ck_assert_uint_eq(xdpx_tune_pid(dead), pid);
	ck_assert_str_eq(xdpx_tune_why(dead), "");
	tune_setting_is(dead, "gro", XDPX_TUNE_CHANGED, "off", "on");
	ck_assert_uint_eq(xdpx_tune_count(dead), 3);
	ck_assert_str_eq(xdpx_tune_token(alive), xdpx_tune_token(own));
	has(xdpx_tune_why(alive), "still runs");
	xdpx_tune_list_free(list);
	xdpx_tune_free(own);
	ck_assert_int_eq(xdpx_tune_restore_token(token), 0);
}
END_TEST

/* Puts a file of the token "0123456789abcdef" into the journal with a shell command. */
static void planted(const char *command, int code, const char *part)
{
	struct xdpx_tune_list *list;

	sh("rm -rf %s; mkdir -m 700 %s; cd %s; f=tune-0123456789abcdef; umask 077; %s", TUNE_JOURNAL, TUNE_JOURNAL,
	   TUNE_JOURNAL, command);
	ck_assert_msg(xdpx_tune_restore_token("0123456789abcdef") == code, "%s gave %s", command,
		      xdpx_error_last()->message);
	has(xdpx_error_last()->message, part);
	ck_assert_int_eq(xdpx_tune_list_new(&list), 0);
	ck_assert_uint_eq(xdpx_tune_list_count(list), 1);
	has(xdpx_tune_why(xdpx_tune_list_at(list, 0)), part);
	xdpx_tune_list_free(list);
	ck_assert_int_eq(xdpx_tune_forget_token("0123456789abcdef"), 0);
	ck_assert_uint_eq(tune_journal_files(), 0);
}

START_TEST(a_file_that_is_not_of_the_librarys_making_is_refused)
{
	planted("echo hello >$f", -EBADMSG, "line 1 is broken");
	planted(": >$f", -EBADMSG, "line 1 is broken");
	planted("printf 'xdpx-tune=1\\nboot=x\\n' >$f", -EBADMSG, "line 3 is broken");
	planted("truncate -s 2M $f", -EBADMSG, "longer than");
	planted("echo hello >$f; chmod 666 $f", -EPERM, "not to be trusted");
	planted("echo hello >$f; chown 65534 $f", -EPERM, "not to be trusted");
	planted("ln -s /etc/passwd $f", -ELOOP, "can't be opened");
	planted("mkfifo $f", -EBADMSG, "is no file");
}
END_TEST

START_TEST(a_folder_that_others_can_write_is_not_trusted)
{
	struct xdpx_tune_list *list;

	tune_pair();
	sh("mkdir -m 777 %s", TUNE_JOURNAL);
	tune_fails("v0", &tune_some, -EPERM, "/run/xdpx is not to be trusted");
	ck_assert_int_eq(xdpx_tune_list_new(&list), -EPERM);
	ck_assert_int_eq(xdpx_tune_restore_token("0123456789abcdef"), -EPERM);
	sh("rmdir %s; ln -s /tmp %s", TUNE_JOURNAL, TUNE_JOURNAL);
	ck_assert_int_eq(xdpx_tune_list_new(&list), -ENOTDIR);
	tune_some_are_set("v0", false);
}
END_TEST

START_TEST(without_a_journal_nothing_is_changed_unless_asked_for)
{
	struct xdpx_tune_opts want = tune_some;
	struct xdpx_tune *tune;

	tune_pair();
	sh("mount -o remount,ro /run");
	want.flags = XDPX_TUNE_BEST_EFFORT;
	tune_fails("v0", &want, -EROFS, "/run/xdpx can't be opened");
	has(xdpx_error_last()->hint, "XDPX_TUNE_NO_JOURNAL");
	tune_some_are_set("v0", false);
	want.flags = XDPX_TUNE_NO_JOURNAL;
	tune = tune_new("v0", &want);
	tune_some_are_set("v0", true);
	ck_assert_str_eq(xdpx_tune_token(tune), "");
	xdpx_tune_free(tune);
	tune_some_are_set("v0", false);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tune_journal");
	TCase *tune = tcase_create("tune");

	tcase_add_checked_fixture(tune, tune_isolate, NULL);
	tcase_add_test(tune, after_a_kill_the_token_restores);
	tcase_add_test(tune, what_a_killed_process_had_only_begun_to_write_the_next_one_removes);
	tcase_add_test(tune, after_a_kill_each_napi_is_restored_too);
	tcase_add_test(tune, the_token_restores_a_device_that_was_renamed);
	tcase_add_test(tune, the_token_leaves_alone_what_was_changed_since);
	tcase_add_test(tune, the_token_of_a_living_process_is_refused_with_its_id);
	tcase_add_test(tune, a_daemon_whose_parent_has_ended_still_holds_its_settings);
	tcase_add_test(tune, a_device_that_is_gone_is_enodev_and_its_journal_is_removed);
	tcase_add_test(tune, another_device_with_the_same_index_is_not_touched);
	tcase_add_test(tune, in_another_namespace_the_token_is_exdev_and_stays);
	tcase_add_test(tune, what_an_earlier_boot_has_left_is_estale_and_removed);
	tcase_add_test(tune, the_journal_lists_the_living_and_the_dead);
	tcase_add_test(tune, a_file_that_is_not_of_the_librarys_making_is_refused);
	tcase_add_test(tune, a_folder_that_others_can_write_is_not_trusted);
	tcase_add_test(tune, without_a_journal_nothing_is_changed_unless_asked_for);
	suite_add_tcase(suite, tune);
	return run_suite(suite);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The doctor finds what is wrong, and the command that it prints puts it right. */
#include "child.h"
#include "net.h"
#include "run.h"
#include "schema.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define WITHOUT_CAPABILITIES "setpriv --bounding-set=-all --inh-caps=-all"
#define PASS TEST_OBJECTS "/pass.bpf.o"
#define METADATA TEST_OBJECTS "/metadata.bpf.o --program timestamp"
#define SEVERAL TEST_OBJECTS "/several.bpf.o"

static const char *tool;

static void setup(void)
{
	child_setup();
	tool = program("XDPX_TOOL");
}

/* Runs the doctor, who must exit with `code`, and puts what he prints into `out`. */
static void doctor(char *out, int code, const char *args)
{
	sh_read(out, TEXT_BYTES, "%s doctor %s; test $? -eq %d", tool, args, code);
}

/* The line of a check, as far as its reason, with this status. */
static void finds(const char *out, const char *status, const char *check)
{
	char line[64];

	snprintf(line, sizeof(line), "\n%-6s%-17s", status, check);
	has(out, line);
}

/*
 * The doctor finds the check in this state and names a command for it; once that was run as it is printed, the check is
 * in order.
 */
static void mends(const char *args, const char *status, const char *check)
{
	char out[TEXT_BYTES];
	char command[TEXT_BYTES];

	doctor(out, strcmp(status, "FAIL") ? 0 : 1, args);
	finds(out, status, check);
	sh_read(command, sizeof(command), "%s doctor %s | sed -n '/^%s *%s /,/^[^ ]/s/^ *mend: //p' | head -n 1", tool,
		args, status, check);
	ck_assert_msg(*command, "no command for %s in: %s", check, out);
	sh("%s", command);
	doctor(out, 0, args);
	finds(out, "ok", check);
}

START_TEST(a_pair_in_order_has_nothing_that_stops_it)
{
	static const char *const fine[] = {"af-xdp", "memlock", "link",	    "program", "native", "mtu",
					   "frame",  "lro",	"redirect", "gro-hw",  "queues", "rss"};
	char out[TEXT_BYTES];

	net_veth("va", "vb", 1);
	doctor(out, 0, "va");
	for (size_t at = 0; at < sizeof(fine) / sizeof(fine[0]); at++)
		finds(out, "ok", fine[at]);
	finds(out, "info", "zerocopy");
	finds(out, "info", "polling");
	finds(out, "info", "firmware");
	has(out, "\nva: nothing stops XDP or AF_XDP");
	ck_assert_ptr_null(strstr(out, "FAIL"));
}
END_TEST

START_TEST(a_device_without_native_xdp_is_a_warning)
{
	char out[TEXT_BYTES];

	doctor(out, 0, "lo");
	finds(out, "warn", "native");
	has(out, "generic mode");
}
END_TEST

START_TEST(a_device_that_is_down_is_set_up)
{
	net_veth("va", "vb", 1);
	sh("ip link set va down");
	mends("va", "FAIL", "link");
}
END_TEST

START_TEST(a_peer_that_is_down_is_set_up)
{
	net_veth("va", "vb", 1);
	sh("ip link set vb down");
	mends("va", "warn", "link");
}
END_TEST

START_TEST(the_mtu_of_the_peer_is_lowered)
{
	net_veth("va", "vb", 1);
	sh("ip link set vb mtu 9000");
	mends("va", "warn", "mtu");
	sh("ip link set dev va xdpdrv obj " PASS " sec xdp");
}
END_TEST

START_TEST(the_mtu_stops_a_program_without_frags)
{
	char out[TEXT_BYTES];

	net_veth("va", "vb", 1);
	sh("ip link set vb mtu 9000");
	ck_assert_int_ne(sh_try("ip link set dev va xdpdrv obj " PASS " sec xdp"), 0);
	mends("va " PASS, "FAIL", "mtu");
	sh("ip link set vb mtu 9000");
	doctor(out, 0, "va " TEST_OBJECTS "/frags.bpf.o");
	finds(out, "warn", "mtu");
}
END_TEST

START_TEST(packets_are_made_to_fit_into_a_frame)
{
	mends("lo", "warn", "frame");
}
END_TEST

START_TEST(gro_is_turned_on_at_the_peer)
{
	net_veth("va", "vb", 1);
	mends("va", "warn", "redirect-target");
}
END_TEST

START_TEST(a_program_at_the_peer_makes_it_transmit)
{
	char out[TEXT_BYTES];

	net_veth("va", "vb", 1);
	doctor(out, 0, "va");
	finds(out, "warn", "tx");
	has(out, "'ip link set dev vb xdpdrv obj PASS.o sec xdp'");
	sh("ip link set dev vb xdpdrv obj " PASS " sec xdp");
	doctor(out, 0, "va");
	finds(out, "ok", "tx");
}
END_TEST

START_TEST(receive_queues_are_added)
{
	net_veth("va", "vb", 2);
	sh("ethtool -L va rx 1");
	mends("va", "FAIL", "native");
	sh("ip link set dev va xdpdrv obj " PASS " sec xdp");
}
END_TEST

START_TEST(transmit_queues_are_taken_from_the_peer)
{
	sh("ip link add va numrxqueues 1 numtxqueues 1 type veth peer name vb numrxqueues 1 numtxqueues 4");
	sh("ip link set va up; ip link set vb up; ethtool -L vb tx 4");
	ck_assert_int_ne(sh_try("ip link set dev va xdpdrv obj " PASS " sec xdp"), 0);
	mends("va", "FAIL", "native");
	sh("ip link set dev va xdpdrv obj " PASS " sec xdp");
}
END_TEST

static const char *const modes[] = {"xdpdrv", "xdpgeneric"};

START_TEST(a_program_that_nobody_holds_is_removed)
{
	char out[TEXT_BYTES];
	char words[64];

	net_veth("va", "vb", 1);
	sh("ip link set dev va %s obj " PASS " sec xdp", modes[_i]);
	doctor(out, 1, "va");
	snprintf(words, sizeof(words), "program %u (\"test_pass\") is attached in %s mode", net_prog_id("va"),
		 modes[_i] + strlen("xdp"));
	if (_i)
		has(out, words);
	has(out, "\nva: 1 of these stops XDP or AF_XDP");
	mends("va", "FAIL", "program");
	ck_assert_uint_eq(net_prog_id("va"), 0);
}
END_TEST

START_TEST(a_program_that_a_link_holds_is_named_with_it)
{
	char out[TEXT_BYTES];
	pid_t pid;

	net_veth("va", "vb", 1);
	pid = child_start("%s recv va", tool);
	child_await("mode: ");
	doctor(out, 1, "va");
	finds(out, "FAIL", "program");
	has(out, "(bpf_link ");
	has(out, "mend: bpftool link detach id ");
	child_ends(pid, SIGTERM, 0);
	doctor(out, 0, "va");
	finds(out, "ok", "program");
}
END_TEST

START_TEST(a_command_works_for_a_name_that_a_shell_would_obey)
{
	char out[TEXT_BYTES];
	char command[TEXT_BYTES];

	sh("ip link add dev 'a;b$c&\\' type veth peer name vb");
	doctor(out, 1, "'a;b$c&\\'");
	finds(out, "FAIL", "link");
	sh_read(command, sizeof(command), "%s doctor 'a;b$c&\\' | sed -n 's/^ *mend: \\(ip link.* up\\)$/\\1/p'", tool);
	sh("%s", command);
	sh("ip link set vb up");
	doctor(out, 0, "'a;b$c&\\'");
	finds(out, "ok", "link");
}
END_TEST

START_TEST(a_peer_in_another_namespace_is_mended_there)
{
	char out[TEXT_BYTES];

	net_veth("va", "vb", 1);
	client_start("vb");
	doctor(out, 0, "va");
	finds(out, "?", "mtu");
	has(out, "hint: in the network namespace of its peer: 'ethtool -K PEER gro on'");
	ck_assert_ptr_null(strstr(out, "mend: ethtool"));
}
END_TEST

START_TEST(root_of_a_user_namespace_is_told_that_it_is_none)
{
	char out[TEXT_BYTES];

	if (sh_try("unshare -Ur true"))
		skip_test("this system lets nobody make user namespaces");
	sh_read(out, sizeof(out), "unshare -Ur %s doctor lo; test $? -eq 1", tool);
	has(out, "FAIL  privileges       this process is in a user namespace");
}
END_TEST

START_TEST(missing_privileges_are_named)
{
	char out[TEXT_BYTES];

	net_veth("va", "vb", 1);
	sh_read(out, sizeof(out), WITHOUT_CAPABILITIES " %s doctor va; test $? -eq 1", tool);
	has(out, "FAIL  privileges       CAP_NET_ADMIN is missing");
	has(out, "FAIL  privileges       CAP_BPF is missing");
	has(out, "FAIL  privileges       CAP_NET_RAW is missing");
	has(out, "info  privileges       CAP_SYS_ADMIN is missing");
	has(out, "mend: sudo setcap cap_bpf,cap_net_admin,cap_net_raw+ep /");
	finds(out, "ok", "native");
}
END_TEST

START_TEST(locked_memory_that_is_too_little_is_raised)
{
	char out[TEXT_BYTES];
	char command[TEXT_BYTES];
	char line[TEXT_BYTES];

	net_veth("va", "vb", 1);
	snprintf(line, sizeof(line),
		 "ulimit -S -l 64; setpriv --bounding-set=-ipc_lock --inh-caps=-ipc_lock %s doctor va", tool);
	sh_read(out, sizeof(out), "%s; test $? -eq 1", line);
	finds(out, "FAIL", "memlock");
	has(out, "RLIMIT_MEMLOCK is 64 KiB");
	sh_read(command, sizeof(command), "%s | sed -n 's/^ *mend: \\(.*\\(ulimit\\|prlimit\\).*\\)/\\1/p'", line);
	ck_assert_msg(*command, "no command in: %s", out);
	/* raising the hard limit takes what this machine may not give */
	if (!strncmp(command, "ulimit", 6)) {
		sh_read(out, sizeof(out), "%s; setpriv --bounding-set=-ipc_lock --inh-caps=-ipc_lock %s doctor va",
			command, tool);
		finds(out, "ok", "memlock");
	}
}
END_TEST

START_TEST(a_program_is_set_against_the_device)
{
	char out[TEXT_BYTES];

	net_veth("va", "vb", 1);
	doctor(out, 0, "va " PASS);
	finds(out, "ok", "needs");
	has(out, "va: program \"test_pass\" ");
}
END_TEST

START_TEST(a_program_that_could_not_run_there_is_a_failure)
{
	char out[TEXT_BYTES];

	doctor(out, 1, "lo " METADATA);
	finds(out, "FAIL", "needs");
	has(out, "hint: ");
	has(out, " XDP or AF_XDP");
}
END_TEST

START_TEST(one_of_several_programs_is_chosen_by_name)
{
	char out[TEXT_BYTES];

	sh_read(out, sizeof(out), "%s doctor lo " SEVERAL " 2>&1 >%s/out; test $? -eq 1", tool, scratch);
	has(out, "xdpx: ");
	sh("test ! -s %s/out", scratch);
	sh_read(out, sizeof(out), "%s doctor lo " SEVERAL " --program no_such 2>&1; test $? -eq 1", tool);
	has(out, "no_such");
	doctor(out, 0, "lo " SEVERAL " --program test_second");
	has(out, "program \"test_second\" runs");
}
END_TEST

static const char *const no_programs[] = {"/etc/passwd", "/no/such/file", "/", "/dev/null", "''"};

START_TEST(a_file_that_is_no_program_is_a_failure_in_words)
{
	char out[TEXT_BYTES];

	sh_read(out, sizeof(out), "%s doctor lo %s 2>&1 >%s/out; test $? -eq 1", tool, no_programs[_i], scratch);
	ck_assert_msg(!strncmp(out, "xdpx: ", 6), "stderr begins with: %s", out);
	sh("test ! -s %s/out", scratch);
}
END_TEST

START_TEST(json_is_as_its_schema_says)
{
	char out[TEXT_BYTES];

	net_veth("va", "vb", 1);
	schema_check("doctor", "%s doctor --json va", tool);
	schema_check("doctor", "%s doctor --json va " PASS, tool);
	schema_check("doctor", "%s doctor --json lo " METADATA, tool);
	schema_check("doctor", WITHOUT_CAPABILITIES " %s doctor --json va", tool);
	doctor(out, 0, "--json va");
	has(out, "\"healthy\": true");
	sh("ip link set va down");
	doctor(out, 1, "--json va");
	has(out, "\"healthy\": false");
	has(out, "\"mend\": \"ip link set dev va up\"");
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof((array)[0]))

int main(void)
{
	Suite *suite = suite_create("doctor");
	TCase *device = tcase_create("device");
	TCase *host = tcase_create("host");

	tcase_add_checked_fixture(device, setup, child_teardown);
	tcase_set_timeout(device, 60);
	tcase_add_test(device, a_pair_in_order_has_nothing_that_stops_it);
	tcase_add_test(device, a_device_without_native_xdp_is_a_warning);
	tcase_add_test(device, a_device_that_is_down_is_set_up);
	tcase_add_test(device, a_peer_that_is_down_is_set_up);
	tcase_add_test(device, the_mtu_of_the_peer_is_lowered);
	tcase_add_test(device, the_mtu_stops_a_program_without_frags);
	tcase_add_test(device, packets_are_made_to_fit_into_a_frame);
	tcase_add_test(device, gro_is_turned_on_at_the_peer);
	tcase_add_test(device, a_program_at_the_peer_makes_it_transmit);
	tcase_add_test(device, receive_queues_are_added);
	tcase_add_test(device, transmit_queues_are_taken_from_the_peer);
	tcase_add_loop_test(device, a_program_that_nobody_holds_is_removed, 0, COUNT(modes));
	tcase_add_test(device, a_program_that_a_link_holds_is_named_with_it);
	tcase_add_test(device, a_command_works_for_a_name_that_a_shell_would_obey);
	tcase_add_test(device, a_peer_in_another_namespace_is_mended_there);
	suite_add_tcase(suite, device);

	tcase_add_checked_fixture(host, setup, child_teardown);
	tcase_set_timeout(host, 60);
	tcase_add_test(host, root_of_a_user_namespace_is_told_that_it_is_none);
	tcase_add_test(host, missing_privileges_are_named);
	tcase_add_test(host, locked_memory_that_is_too_little_is_raised);
	tcase_add_test(host, a_program_is_set_against_the_device);
	tcase_add_test(host, a_program_that_could_not_run_there_is_a_failure);
	tcase_add_test(host, one_of_several_programs_is_chosen_by_name);
	tcase_add_loop_test(host, a_file_that_is_no_program_is_a_failure_in_words, 0, COUNT(no_programs));
	tcase_add_test(host, json_is_as_its_schema_says);
	suite_add_tcase(suite, host);
	return run_suite(suite);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The examples, and the tool's responder, which stands on one of them. */
#include "child.h"
#include "net.h"
#include "run.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static const char *tool;

static void setup(void)
{
	child_setup();
	tool = program("XDPX_TOOL");
}

START_TEST(ping_responder_answers_ping_and_dig_without_loss)
{
	char out[TEXT_BYTES];
	pid_t client;
	pid_t pid;

	net_veth("va", "vb", 2);
	client = client_start("vb");
	pid = child_start("%s ping-responder va --address 192.0.2.1 --address6 2001:db8::1 --dns host.example", tool);
	child_await("answering 192.0.2.1 2001:db8::1 host.example on 2 queues");
	client_is_answered(client);
	child_ends(pid, SIGINT, 0);
	ck_assert_uint_eq(net_prog_id("va"), 0);
	child_output(out);
	has(out, "ANSWERED");
	has(out, "mode: native");
}
END_TEST

START_TEST(ping_responder_answers_for_the_devices_own_addresses)
{
	char out[TEXT_BYTES];
	pid_t client;
	pid_t pid;

	net_veth("va", "vb", 1);
	sh_read(out, sizeof(out), "timeout 20 %s ping-responder va 2>&1; test $? -eq 1", tool);
	has(out, "--address");
	sh("ip address add 192.0.2.1/24 dev va");
	client = client_start("vb");
	pid = child_start("%s ping-responder va --mode generic", tool);
	child_await("answering 192.0.2.1 on 1 queue");
	sh_read(out, sizeof(out), "nsenter -t %d -n ping -c 5 -i 0.1 -W 2 192.0.2.1", client);
	has(out, " 0% packet loss");
	child_ends(pid, SIGTERM, 0);
	child_output(out);
	has(out, "mode: generic");
}
END_TEST

START_TEST(the_responder_example_answers_ping_and_dig)
{
	pid_t client;
	pid_t pid;

	net_veth("va", "vb", 2);
	client = client_start("vb");
	pid = child_start("%s va 192.0.2.1 2001:db8::1 host.example", program("XDPX_RESPONDER"));
	child_await("answering on 2 queues");
	client_is_answered(client);
	child_ends(pid, SIGINT, 0);
	ck_assert_uint_eq(net_prog_id("va"), 0);
}
END_TEST

/* Two hosts, va's and vb's, that reach each other through the forwarder between xa and xb. */
START_TEST(the_forwarder_connects_two_devices_both_ways)
{
	char out[TEXT_BYTES];
	pid_t client;
	pid_t pid;

	net_veth("va", "xa", 2);
	net_veth("vb", "xb", 2);
	/* without, packets of a local host have checksums that a device would fill in */
	sh("ethtool -K va tx off && ethtool -K vb tx off");
	sh("ip address add 192.0.2.1/24 dev va");
	client = client_start("vb");
	pid = child_start("%s xa xb", program("XDPX_FORWARDER"));
	child_await("forwarding on 2 queues");
	sh_read(out, sizeof(out), "nsenter -t %d -n ping -c 20 -i 0.02 -s 1400 -W 2 192.0.2.1", client);
	has(out, " 0% packet loss");
	child_ends(pid, SIGINT, 0);
	child_output(out);
	has(out, "forwarded ");
	ck_assert_uint_eq(net_prog_id("xa"), 0);
	ck_assert_uint_eq(net_prog_id("xb"), 0);
}
END_TEST

static pid_t receiver_start(void)
{
	pid_t pid;

	net_veth("va", "vb", 1);
	pid = child_start("%s va", program("XDPX_RECEIVER"));
	for (unsigned int tries = 0; tries < 100 && !net_prog_id("va"); tries++)
		wait_ms(50);
	ck_assert_uint_ne(net_prog_id("va"), 0);
	/* the program comes first, then the socket */
	wait_ms(200);
	return pid;
}

START_TEST(the_readmes_receiver_receives_until_the_device_goes_away)
{
	char out[TEXT_BYTES];
	pid_t pid = receiver_start();

	frames_send("vb", 3);
	wait_ms(200);
	sh("ip link del va");
	child_ends(pid, 0, 0);
	child_output(out);
	ck_assert_str_eq(out, "60 bytes, the first is ff\n64 bytes, the first is ff\n68 bytes, the first is ff");
}
END_TEST

START_TEST(a_receiver_that_is_killed_leaves_no_program)
{
	pid_t pid = receiver_start();

	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	/* the kernel takes the program away in its own time */
	for (unsigned int tries = 0; tries < 100 && net_prog_id("va"); tries++)
		wait_ms(50);
	ck_assert_uint_eq(net_prog_id("va"), 0);
}
END_TEST

START_TEST(the_receiver_says_why_it_can_not_receive)
{
	char out[TEXT_BYTES];

	sh_read(out, sizeof(out), "%s eth7 2>&1; test $? -eq 1", program("XDPX_RECEIVER"));
	has(out, "eth7");
}
END_TEST

START_TEST(choose_device_says_how_each_device_receives)
{
	char out[TEXT_BYTES];

	net_veth("va", "vb", 1);
	sh_read(out, sizeof(out), "%s", program("XDPX_CHOOSE_DEVICE"));
	has(out, "va: native, with a copy");
	has(out, "lo: generic");
}
END_TEST

START_TEST(follow_devices_tells_what_a_setting_of_the_peer_changes)
{
	pid_t pid;

	net_veth("va", "vb", 1);
	pid = child_start("%s va", program("XDPX_FOLLOW_DEVICES"));
	child_await("listening");
	sh("ethtool -K vb gro on");
	child_await("va: feature redirect-target was no, is yes");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
END_TEST

START_TEST(measure_device_measures_a_veth)
{
	char out[TEXT_BYTES];

	net_veth("va", "vb", 1);
	sh_read(out, sizeof(out), "%s va", program("XDPX_MEASURE_DEVICE"));
	has(out, "headroom    216 bytes");
	has(out, "data-meta   216 bytes");
	has(out, "tried");
}
END_TEST

START_TEST(preflight_says_whether_a_program_would_work)
{
	const char *preflight = program("XDPX_PREFLIGHT");
	char out[TEXT_BYTES];

	net_veth("va", "vb", 1);
	sh_read(out, sizeof(out), "%s %s/pass.bpf.o va", preflight, TEST_OBJECTS);
	has(out, "run            met");
	sh_read(out, sizeof(out), "%s %s/pass.bpf.o nope 2>&1; test $? -eq 2", preflight, TEST_OBJECTS);
	has(out, "nope");
	/* XDP_TX on a veth whose peer drops it */
	sh_read(out, sizeof(out), "%s %s/needs.bpf.o va if_the_kernel_has; test $? -eq 1", preflight, TEST_OBJECTS);
	has(out, "its peer vb runs a native XDP program");
}
END_TEST

/* As the units in examples/systemd start them: the one with its capabilities, the other with none. */
#define AS_NOBODY "setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs --bounding-set -all"
#define BROKER_CAPS "+net_admin,+net_raw,+bpf,+ipc_lock" /* the last in place of the unit's LimitMEMLOCK */

static pid_t broker_start(void)
{
	pid_t pid = child_start(AS_NOBODY "," BROKER_CAPS " --inh-caps -all," BROKER_CAPS " --ambient-caps " BROKER_CAPS
					  " %s va %s/sock",
				program("XDPX_BROKER"), scratch);

	child_await("va: 2 queues to hand out");
	return pid;
}

/* Its output goes to scratch/NAME. */
static pid_t worker_start(const char *name)
{
	return child_start(AS_NOBODY " --inh-caps -all sh -c 'exec %s %s/sock >>%s/%s 2>&1'", program("XDPX_WORKER"),
			   scratch, scratch, name);
}

static void worker_says(const char *name, const char *what)
{
	for (unsigned int tries = 0; sh_try("grep -q '%s' %s/%s", what, scratch, name); tries++) {
		ck_assert_msg(tries < 100, "%s did not say \"%s\" in 5 seconds", name, what);
		wait_ms(50);
	}
}

START_TEST(broker_and_workers_go_on_after_any_of_them_is_killed)
{
	pid_t broker;
	pid_t pids[2];

	net_veth("va", "vb", 2);
	sh("chmod 777 %s", scratch);
	broker = broker_start();
	pids[0] = worker_start("first");
	worker_says("first", "queue 0");
	pids[1] = worker_start("second");
	worker_says("second", "queue 1");

	kill(pids[0], SIGKILL);
	waitpid(pids[0], NULL, 0);
	pids[0] = worker_start("third");
	worker_says("third", "queue 0");
	frames_send("vb", 64);
	wait_ms(300);
	child_ends(pids[0], SIGTERM, 0);

	kill(broker, SIGKILL);
	waitpid(broker, NULL, 0);
	worker_says("second", "the broker has closed the connection");
	broker = broker_start();
	worker_says("second", "queue 0");
	child_ends(pids[1], SIGTERM, 0);
	child_ends(broker, SIGTERM, 0);
	ck_assert_uint_eq(net_prog_id("va"), 0);
	/* all on one of the two queues */
	sh("cat %s/second %s/third | grep -qx '64 packets, 1[0-9]* bytes'", scratch, scratch);
}
END_TEST

START_TEST(a_worker_says_why_the_connection_that_it_was_started_with_is_none)
{
	char out[TEXT_BYTES];

	sh_read(out, sizeof(out), "timeout 10 %s 0 </dev/null 2>&1; test $? -eq 1", program("XDPX_WORKER"));
	has(out, "no Unix socket of type SOCK_SEQPACKET");
}
END_TEST

START_TEST(the_ids_worker_keeps_its_rules_where_new_ones_are_wrong)
{
	const char *worker = program("XDPX_IDS_WORKER");
	char out[TEXT_BYTES];
	pid_t pid;

	net_veth("va", "vb", 2);
	sh("chmod 755 %s; echo 'udp 53 dns' >%s/rules", scratch, scratch);
	sh_read(out, sizeof(out), "%s eth7 %s/rules 2>&1; test $? -eq 1", worker, scratch);
	has(out, "eth7");
	sh_read(out, sizeof(out), "%s va %s/none 2>&1; test $? -eq 1", worker, scratch);
	has(out, "none: No such file");
	pid = child_start("%s va %s/rules", worker, scratch);
	child_await("inspecting on 2 queues");
	sh("echo 'udp every port' >%s/rules", scratch);
	kill(pid, SIGHUP);
	child_await("not a rule: udp every port");
	frames_send("vb", 3);
	wait_ms(200);
	child_ends(pid, SIGINT, 0);
	child_output(out);
	has(out, "received 3, inspected 3, let through 0, alerts 0");
	ck_assert_uint_eq(net_prog_id("va"), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("examples");
	TCase *examples = tcase_create("examples");

	tcase_add_checked_fixture(examples, setup, child_teardown);
	tcase_set_timeout(examples, 60);
	tcase_add_test(examples, ping_responder_answers_ping_and_dig_without_loss);
	tcase_add_test(examples, ping_responder_answers_for_the_devices_own_addresses);
	tcase_add_test(examples, the_responder_example_answers_ping_and_dig);
	tcase_add_test(examples, the_forwarder_connects_two_devices_both_ways);
	tcase_add_test(examples, the_readmes_receiver_receives_until_the_device_goes_away);
	tcase_add_test(examples, a_receiver_that_is_killed_leaves_no_program);
	tcase_add_test(examples, the_receiver_says_why_it_can_not_receive);
	tcase_add_test(examples, the_ids_worker_keeps_its_rules_where_new_ones_are_wrong);
	tcase_add_test(examples, choose_device_says_how_each_device_receives);
	tcase_add_test(examples, follow_devices_tells_what_a_setting_of_the_peer_changes);
	tcase_add_test(examples, measure_device_measures_a_veth);
	tcase_add_test(examples, preflight_says_whether_a_program_would_work);
	tcase_add_test(examples, broker_and_workers_go_on_after_any_of_them_is_killed);
	tcase_add_test(examples, a_worker_says_why_the_connection_that_it_was_started_with_is_none);
	suite_add_tcase(suite, examples);
	return run_suite(suite);
}

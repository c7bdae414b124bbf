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
	tcase_add_test(examples, choose_device_says_how_each_device_receives);
	tcase_add_test(examples, follow_devices_tells_what_a_setting_of_the_peer_changes);
	tcase_add_test(examples, measure_device_measures_a_veth);
	tcase_add_test(examples, preflight_says_whether_a_program_would_work);
	suite_add_tcase(suite, examples);
	return run_suite(suite);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* `xdpx forward` between two hosts, each in a namespace of its own: ha has the end `ca` of `va`, hb the end `cb` of
 * `vb`. */
#include "child.h"
#include "net.h"
#include "packets.h"
#include "run.h"
#include "schema.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MANY 100000
#define TCP_BYTES (8 << 20)
#define TCP_PORT 5000

static const char *tool;
static pid_t ha;
static pid_t hb;

static void setup(void)
{
	child_setup();
	tool = program("XDPX_TOOL");
}

static void hosts_start(unsigned int queues_a, unsigned int queues_b)
{
	net_veth("va", "ca", queues_a);
	net_veth("vb", "cb", queues_b);
	ha = host_start("ca", 1);
	hb = host_start("cb", 2);
	/* a host leaves its checksums to a veth, which sends them as they are when nobody is to see them */
	sh("nsenter -t %d -n ethtool -K ca tx off; nsenter -t %d -n ethtool -K cb tx off", ha, hb);
}

static pid_t forward_start(const char *args)
{
	pid_t pid = child_start("%s forward va vb %s", tool, args);

	/* the last title of the table, or the first second of a document a line */
	child_await(strstr(args, "--json") ? "second" : "other drop");
	return pid;
}

static bool is_promiscuous(const char *nic)
{
	return !sh_try("ip -d link show %s | grep -q 'promiscuity 1'", nic);
}

static void leaves_nothing(void)
{
	ck_assert_uint_eq(net_prog_id("va"), 0);
	ck_assert_uint_eq(net_prog_id("vb"), 0);
	ck_assert(!is_promiscuous("va"));
	ck_assert(!is_promiscuous("vb"));
}

static void ping_works(pid_t from, const char *options)
{
	char out[TEXT_BYTES];

	sh_read(out, sizeof(out), "nsenter -t %d -n ping -c 20 -i 0.05 -W 2 %s", from, options);
	has(out, " 0% packet loss");
}

static void namespace_enter(pid_t host)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", host);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		_exit(10);
	close(fd);
}

static uint8_t tcp_byte(size_t at)
{
	return (uint8_t)(at * 2654435761U >> 24);
}

/* Takes one connection and what comes over it. Never returns. */
static void tcp_serve(int ready)
{
	const struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(TCP_PORT)};
	static uint8_t bytes[65536];
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t at = 0;
	ssize_t got;
	int fd;

	if (bind(listener, (const struct sockaddr *)&address, sizeof(address)) || listen(listener, 1) ||
	    write(ready, "", 1) != 1)
		_exit(11);
	fd = accept(listener, NULL, NULL);
	while ((got = read(fd, bytes, sizeof(bytes))) > 0) {
		for (ssize_t byte = 0; byte < got; byte++)
			if (bytes[byte] != tcp_byte(at++))
				_exit(12);
	}
	_exit(at == TCP_BYTES ? 0 : 13);
}

static void tcp_connect(const char *to)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(TCP_PORT)};
	static uint8_t bytes[TCP_BYTES];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t sent = 0;
	ssize_t wrote;

	inet_pton(AF_INET, to, &address.sin_addr);
	for (size_t at = 0; at < TCP_BYTES; at++)
		bytes[at] = tcp_byte(at);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)))
		_exit(14);
	while (sent < TCP_BYTES && (wrote = write(fd, bytes + sent, TCP_BYTES - sent)) > 0)
		sent += (size_t)wrote;
	_exit(sent == TCP_BYTES ? 0 : 15);
}

static pid_t host_fork(pid_t host)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(30);
	namespace_enter(host);
	return 0;
}

static void ends_well(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && !WEXITSTATUS(status), "status 0x%x", status);
}

/* 8 MiB, each byte of which is checked. */
static void tcp_works(pid_t from, pid_t to, const char *address)
{
	int ready[2];
	pid_t server;
	pid_t client;
	char byte;

	ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
	server = host_fork(to);
	if (!server)
		tcp_serve(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	client = host_fork(from);
	if (!client)
		tcp_connect(address);
	ends_well(client);
	ends_well(server);
	close(ready[0]);
	close(ready[1]);
}

static const unsigned int queues[][2] = {{1, 1}, {3, 2}, {1, 4}};

START_TEST(ping_and_tcp_pass_both_ways)
{
	pid_t pid;

	hosts_start(queues[_i][0], queues[_i][1]);
	ck_assert_int_ne(sh_try("nsenter -t %d -n ping -c 1 -W 1 192.0.2.2", ha), 0);
	pid = forward_start("");
	ping_works(ha, "192.0.2.2");
	ping_works(hb, "192.0.2.1");
	ping_works(ha, "-6 2001:db8::2");
	ping_works(ha, "-s 1472 -M do 192.0.2.2");
	tcp_works(ha, hb, "192.0.2.2");
	tcp_works(hb, ha, "192.0.2.1");
	ck_assert(is_promiscuous("va"));
	child_ends(pid, SIGINT, 0);
	leaves_nothing();
}
END_TEST

static int socket_of(pid_t host, const char *nic)
{
	int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	char path[64];
	int there;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", host);
	there = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(setns(there, CLONE_NEWNET), 0);
	fd = packets_socket(nic);
	ck_assert_int_eq(setns(own, CLONE_NEWNET), 0);
	close(own);
	close(there);
	return fd;
}

START_TEST(all_of_100000_packets_pass_byte_for_byte)
{
	char out[TEXT_BYTES];
	pid_t sender;
	pid_t pid;
	int fd;

	hosts_start(queues[_i][0], queues[_i][1]);
	snprintf(out, sizeof(out), "%s/packets", scratch);
	packets_write(out, MANY, 0);
	pid = forward_start("");
	fd = socket_of(hb, "cb");
	sender = fork();
	if (!sender) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(sh_try("timeout 60 nsenter -t %d -n %s send ca %s --rate 20000 --all-queues", ha, tool, out));
	}
	packets_receive(fd, MANY, queues[_i][0] == 1);
	ends_well(sender);
	close(fd);
	child_ends(pid, SIGTERM, 0);
	leaves_nothing();
	child_output(out);
	ck_assert_msg(!strstr(out, "not sent any more"), "%s", out);
}
END_TEST

START_TEST(one_way_leaves_the_way_back_to_the_network_stack)
{
	pid_t pid;

	hosts_start(2, 1);
	pid = forward_start("--one-way");
	ck_assert_uint_ne(net_prog_id("va"), 0);
	ck_assert_uint_eq(net_prog_id("vb"), 0);
	ck_assert(!is_promiscuous("vb"));
	/* asks go there, answers don't come back but to this host */
	ck_assert_int_ne(sh_try("nsenter -t %d -n ping -c 1 -W 1 192.0.2.2", ha), 0);
	sh("nsenter -t %d -n ip neigh show 192.0.2.1 | grep -q lladdr", hb);
	sh("ip address add 192.0.2.3/24 dev vb");
	ping_works(hb, "192.0.2.3");
	child_ends(pid, SIGINT, 0);
	leaves_nothing();
}
END_TEST

START_TEST(packets_too_long_for_the_other_device_are_counted)
{
	char out[TEXT_BYTES];
	pid_t pid;

	hosts_start(1, 1);
	sh("ip link set vb mtu 1000");
	pid = forward_start("--json");
	ping_works(ha, "-s 900 192.0.2.2");
	ck_assert_int_ne(sh_try("nsenter -t %d -n ping -c 3 -i 0.1 -W 1 -s 1400 192.0.2.2", ha), 0);
	child_ends(pid, SIGTERM, 0);
	child_output(out);
	has(strstr(out, "\"total\""), "\"too_long\":3,");
}
END_TEST

static const int signals[] = {SIGINT, SIGTERM};

START_TEST(a_signal_ends_forward_under_load_and_leaves_nothing)
{
	char out[TEXT_BYTES];
	pid_t sender;
	pid_t pid;

	hosts_start(2, 2);
	snprintf(out, sizeof(out), "%s/packets", scratch);
	packets_write(out, 1000, 0);
	pid = forward_start("");
	sender = fork();
	if (!sender) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sh_try("timeout 60 nsenter -t %d -n %s send ca %s --topspeed --all-queues --loop 0 --seconds 2", ha,
		       tool, out);
		_exit(0);
	}
	wait_ms(700);
	child_ends(pid, signals[_i], 0);
	leaves_nothing();
	ends_well(sender);
}
END_TEST

START_TEST(a_killed_forward_leaves_nothing)
{
	int status;
	pid_t pid;

	hosts_start(1, 1);
	pid = forward_start("");
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	/* the kernel takes the program off in its own time */
	for (unsigned int tries = 0; tries < 100 && net_prog_id("vb"); tries++)
		wait_ms(20);
	leaves_nothing();
}
END_TEST

START_TEST(a_device_that_goes_away_ends_forward_with_a_sentence)
{
	const char *gone = _i ? "vb" : "va";
	char out[TEXT_BYTES];
	pid_t pid;

	hosts_start(1, 1);
	pid = forward_start("");
	sh("ip link del %s", gone);
	child_ends(pid, 0, 1);
	child_output(out);
	has(out, "xdpx: ");
	has(out, gone);
	ck_assert_uint_eq(net_prog_id(_i ? "va" : "vb"), 0);
}
END_TEST

START_TEST(a_device_that_is_down_for_a_while_does_not_end_forward)
{
	pid_t pid;

	hosts_start(2, 2);
	pid = forward_start("");
	ping_works(ha, "192.0.2.2");
	sh("ip link set vb down");
	ck_assert_int_ne(sh_try("nsenter -t %d -n ping -c 3 -i 0.1 -W 1 192.0.2.2", ha), 0);
	sh("ip link set vb up");
	wait_ms(300);
	ping_works(ha, "192.0.2.2");
	child_ends(pid, SIGINT, 0);
	leaves_nothing();
}
END_TEST

static void refuses(const char *args, const char *words)
{
	char err[TEXT_BYTES];

	sh_read(err, sizeof(err), "timeout 20 %s forward %s 2>&1 >/dev/null; test $? -eq 1 || echo exited otherwise",
		tool, args);
	has(err, "xdpx: ");
	has(err, words);
	ck_assert_msg(!strstr(err, "exited otherwise"), "%s", err);
}

START_TEST(devices_that_will_not_do_are_refused_in_words)
{
	char args[64];
	pid_t pid;

	net_veth("va", "ca", 1);
	net_veth("vb", "cb", 1);
	sh("ip tuntap add dev tun0 mode tun; ip link set tun0 up");
	refuses("va va", "va and va are the same device");
	sh_read(args, sizeof(args), "ip -o link show va | sed \"s/:.*//; s/.*/va '#&'/\"");
	refuses(args, "same device");
	refuses("va eth9", "eth9");
	refuses("eth9 va", "eth9");
	refuses("va tun0", "only one of va and tun0 has Ethernet headers");
	pid = child_start("%s recv vb", tool);
	child_await("mode: ");
	refuses("va vb", "vb");
	ck_assert_uint_eq(net_prog_id("va"), 0);
	ck_assert_uint_ne(net_prog_id("vb"), 0);
	child_ends(pid, SIGTERM, 0);
}
END_TEST

START_TEST(packets_that_the_other_device_does_not_send_are_counted)
{
	pid_t pid;

	hosts_start(2, 1);
	pid = forward_start("--json");
	ping_works(ha, "192.0.2.2");
	/* vb has no link then */
	sh("nsenter -t %d -n ip link set cb down", hb);
	ck_assert_int_ne(sh_try("nsenter -t %d -n ping -c 3 -i 0.1 -W 1 192.0.2.2", ha), 0);
	child_ends(pid, SIGTERM, 0);
	sh("grep total %s/out | grep -o '\"from\":\"va\",\"from_queue\":0[^}]*' | grep -q 'not_sent\":[1-9]'", scratch);
}
END_TEST

START_TEST(each_second_is_told_by_queue_with_what_was_dropped)
{
	char out[TEXT_BYTES];

	net_veth("va", "ca", 3);
	net_veth("vb", "cb", 2);
	sh_read(out, sizeof(out), "timeout 20 %s forward va vb --seconds 1", tool);
	has(out, "forwarding from va (3 queues) to vb (2 queues) and back");
	has(out, "\n       1         va:0         vb:0 ");
	has(out, "\n       1         va:2         vb:0 ");
	has(out, "\n   total         va:1         vb:1 ");
	has(out, "\n   total         vb:1         va:1 ");
	has(out, "ring full");
}
END_TEST

START_TEST(json_is_as_its_schema_says)
{
	net_veth("va", "ca", 1);
	net_veth("vb", "cb", 2);
	schema_check("forward", "timeout 20 %s forward va vb --seconds 2 --json", tool);
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof((array)[0]))

int main(void)
{
	Suite *suite = suite_create("forward");
	TCase *packets = tcase_create("packets");

	tcase_add_checked_fixture(packets, setup, child_teardown);
	tcase_set_timeout(packets, 120);
	tcase_add_loop_test(packets, ping_and_tcp_pass_both_ways, 0, COUNT(queues));
	tcase_add_loop_test(packets, all_of_100000_packets_pass_byte_for_byte, 0, COUNT(queues));
	tcase_add_test(packets, one_way_leaves_the_way_back_to_the_network_stack);
	tcase_add_test(packets, packets_too_long_for_the_other_device_are_counted);
	tcase_add_loop_test(packets, a_signal_ends_forward_under_load_and_leaves_nothing, 0, COUNT(signals));
	tcase_add_test(packets, a_killed_forward_leaves_nothing);
	tcase_add_loop_test(packets, a_device_that_goes_away_ends_forward_with_a_sentence, 0, 2);
	tcase_add_test(packets, a_device_that_is_down_for_a_while_does_not_end_forward);
	tcase_add_test(packets, devices_that_will_not_do_are_refused_in_words);
	tcase_add_test(packets, packets_that_the_other_device_does_not_send_are_counted);
	tcase_add_test(packets, each_second_is_told_by_queue_with_what_was_dropped);
	tcase_add_test(packets, json_is_as_its_schema_says);
	suite_add_tcase(suite, packets);
	return run_suite(suite);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* `xdpx recv` on packets. */
#include "child.h"
#include "net.h"
#include "run.h"

#include <pcap/pcap.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SENT 300

static const char *tool;

static void setup(void)
{
	child_setup();
	tool = program("XDPX_TOOL");
}

static void pcap_check(const char *path, unsigned int count)
{
	char error[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline(path, error);
	struct pcap_pkthdr *header;
	const u_char *packet;
	unsigned int number;
	uint8_t frame[2048];

	ck_assert_msg(pcap, "%s", error);
	ck_assert_int_eq(pcap_datalink(pcap), DLT_EN10MB);
	for (number = 0; number < count; number++) {
		ck_assert_int_eq(pcap_next_ex(pcap, &header, &packet), 1);
		ck_assert_uint_eq(header->caplen, frame_make(frame, number));
		ck_assert_uint_eq(header->len, header->caplen);
		ck_assert_mem_eq(packet, frame, header->caplen);
	}
	ck_assert_int_eq(pcap_next_ex(pcap, &header, &packet), PCAP_ERROR_BREAK);
	pcap_close(pcap);
}

START_TEST(recv_ends_when_its_output_can_not_be_written)
{
	char err[TEXT_BYTES];

	net_veth("va", "vb", 1);
	sh_read(err, sizeof(err), "timeout 5 %s recv va 2>&1 >/dev/full; test $? -eq 1", tool);
	has(err, "No space left on device");
	sh_read(err, sizeof(err), "timeout 5 %s recv va --pcap /dev/full 2>&1 >/dev/null; test $? -eq 1", tool);
	has(err, "/dev/full");
	sh_read(err, sizeof(err), "timeout 5 %s recv va --pcap /no/such/folder 2>&1; test $? -eq 1", tool);
	has(err, "/no/such/folder");
	ck_assert_uint_eq(net_prog_id("va"), 0);
}
END_TEST

START_TEST(recv_writes_the_packets_it_received_to_a_pcap_file)
{
	char path[sizeof(scratch) + 16];
	char out[TEXT_BYTES];
	pid_t pid;

	net_veth("va", "vb", 1);
	snprintf(path, sizeof(path), "%s/pcap", scratch);
	pid = child_start("timeout 20 %s recv va --pcap %s --count %d", tool, path, SENT);
	child_await("mode: native");
	/* more than it is to take */
	frames_send("vb", SENT + 10);
	child_ends(pid, 0, 0);
	pcap_check(path, SENT);
	child_output(out);
	has(out, "total");
	sh("tcpdump -nr - <%s 2>/dev/null | grep -c 0x88b5 | grep -qx %d", path, SENT);
}
END_TEST

START_TEST(recv_writes_the_packets_to_the_standard_output)
{
	char path[sizeof(scratch) + 16];
	pid_t pid;

	net_veth("va", "vb", 1);
	snprintf(path, sizeof(path), "%s/out", scratch);
	pid = child_start("timeout 20 sh -c '%s recv va --pcap - --count %d 2>%s/err'", tool, SENT, scratch);
	for (unsigned int tries = 0; tries < 100 && sh_try("grep -q second %s/err", scratch); tries++)
		wait_ms(50);
	frames_send("vb", SENT);
	child_ends(pid, 0, 0);
	pcap_check(path, SENT);
	sh("grep -q total %s/err", scratch);
}
END_TEST

START_TEST(recv_counts_packets_and_bytes_by_queue)
{
	unsigned long long packets = 0;
	unsigned long long bytes = 0;
	unsigned long long sent = 0;
	char out[TEXT_BYTES];
	uint8_t frame[2048];
	char *line;
	pid_t pid;

	for (unsigned int number = 0; number < 100; number++)
		sent += frame_make(frame, number);
	net_veth("va", "vb", 2);
	pid = child_start("timeout 20 %s recv va --seconds 2", tool);
	child_await("mode: native");
	frames_send("vb", 100);
	child_ends(pid, 0, 0);
	child_output(out);
	for (line = out; (line = strstr(line, "total")); line++) {
		unsigned long long counts[6];

		ck_assert_int_eq(sscanf(line, "total %llu %llu %llu %llu %llu %llu", &counts[0], &counts[1], &counts[2],
					&counts[3], &counts[4], &counts[5]),
				 6);
		packets += counts[1];
		bytes += counts[2];
		ck_assert_uint_eq(counts[3] + counts[4] + counts[5], 0);
	}
	ck_assert_uint_eq(packets, 100);
	ck_assert_uint_eq(bytes, sent);
}
END_TEST

START_TEST(a_packet_that_recv_was_too_slow_for_is_counted_as_one_drop)
{
	unsigned long long packets;
	unsigned long long drops[3];
	char out[TEXT_BYTES];
	pid_t pid;

	net_veth("va", "vb", 1);
	pid = child_start("%s recv va", tool);
	child_await("mode: native");
	kill(pid, SIGSTOP);
	for (unsigned int round = 0; round < 60; round++)
		frames_send("vb", 100);
	kill(pid, SIGCONT);
	wait_ms(500);
	child_ends(pid, SIGINT, 0);
	child_output(out);
	ck_assert_ptr_nonnull(strstr(out, "total"));
	ck_assert_int_eq(sscanf(strstr(out, "total"), "total %*u %llu %*u %llu %llu %llu", &packets, &drops[0],
				&drops[1], &drops[2]),
			 4);
	ck_assert_uint_lt(packets, 6000);
	ck_assert_uint_eq(packets + drops[0] + drops[1], 6000);
	ck_assert_uint_eq(drops[2], 0);
}
END_TEST

START_TEST(recv_takes_the_mode_that_is_asked_for)
{
	char err[TEXT_BYTES];
	pid_t pid;

	net_veth("va", "vb", 1);
	pid = child_start("timeout 20 %s recv va --mode generic", tool);
	child_await("mode: generic");
	child_ends(pid, SIGTERM, 0);
	pid = child_start("timeout 20 %s recv lo", tool);
	child_await("mode: generic");
	child_ends(pid, SIGTERM, 0);
	sh_read(err, sizeof(err), "timeout 20 %s recv lo --mode native 2>&1; test $? -eq 1", tool);
	has(err, "lo");
}
END_TEST

static const struct {
	const char *command;
	const char *name;
	const char *mode;
	unsigned int queues;
} kinds[] = {
	{"ip link set lo up", "lo", "mode: generic", 1},
	{"ip link add va type veth peer name vb; ip link set va up; ip link set vb up", "va", "mode: native", 1},
	{"ip link add va numrxqueues 4 numtxqueues 4 type veth peer name vb; ip link set va up; ip link set vb up",
	 "va", "mode: native", 4},
	{"ip tuntap add dev tap0 mode tap; ip link set tap0 up", "tap0", "mode: native", 1},
	{"ip tuntap add dev tun0 mode tun; ip link set tun0 up", "tun0", "mode: generic", 1},
	{"ip link add br0 type bridge; ip link set br0 up", "br0", "mode: generic", 1},
	{"ip link add va type veth peer name vb; ip link set va mtu 9000 up; ip link set vb mtu 9000 up", "va",
	 "mode: native", 1},
};

START_TEST(recv_opens_all_queues_of_each_kind_of_device)
{
	char out[TEXT_BYTES];
	char last[32];

	sh("%s", kinds[_i].command);
	sh_read(out, sizeof(out), "timeout 20 %s recv %s --seconds 1", tool, kinds[_i].name);
	has(out, kinds[_i].mode);
	snprintf(last, sizeof(last), "\n   total %6u ", kinds[_i].queues - 1);
	has(out, last);
	snprintf(last, sizeof(last), "\n   total %6u ", kinds[_i].queues);
	ck_assert_ptr_null(strstr(out, last));
}
END_TEST

START_TEST(recv_takes_what_goes_to_the_ports_it_is_told_and_no_more)
{
	char out[TEXT_BYTES];
	pid_t client;
	pid_t pid;

	net_veth("va", "vb", 1);
	sh("ip address add 192.0.2.1/24 dev va");
	client = client_start("vb");
	pid = child_start("timeout 20 %s recv va --udp 53,5300-5301 --tcp 80 --pcap %s/pcap", tool, scratch);
	child_await("mode: native");
	/* the stack answers what is not taken */
	sh("nsenter -t %d -n ping -c 3 -i 0.1 -W 2 192.0.2.1", client);
	for (unsigned int port = 5299; port <= 5302; port++)
		sh("nsenter -t %d -n bash -c 'echo x >/dev/udp/192.0.2.1/%u'", client, port);
	sh_try("nsenter -t %d -n timeout 1 bash -c 'echo x >/dev/tcp/192.0.2.1/80'", client);
	child_ends(pid, SIGTERM, 0);
	sh_read(out, sizeof(out), "tcpdump -nr - <%s/pcap 2>/dev/null | grep -c 192.0.2.1.530[01]:", scratch);
	ck_assert_str_eq(out, "2");
	sh("tcpdump -nr - <%s/pcap 2>/dev/null | grep -q 192.0.2.1.80:", scratch);
	ck_assert_int_ne(sh_try("tcpdump -nr - <%s/pcap 2>/dev/null | grep -q 'ICMP\\|ARP\\|5299:\\|5302:'", scratch),
			 0);
}
END_TEST

START_TEST(recv_takes_the_queues_it_is_told)
{
	char out[TEXT_BYTES];

	net_veth("va", "vb", 4);
	sh_read(out, sizeof(out), "timeout 20 %s recv va --seconds 1 --queues 3,1", tool);
	has(out, "\n   total      3 ");
	has(out, "\n   total      1 ");
	ck_assert_ptr_null(strstr(out, "\n   total      0 "));
	ck_assert_ptr_null(strstr(out, "\n   total      2 "));
}
END_TEST

static const int signals[] = {SIGINT, SIGTERM};

START_TEST(a_signal_ends_recv_and_leaves_no_program)
{
	char out[TEXT_BYTES];
	pid_t pid;

	net_veth("va", "vb", 2);
	pid = child_start("%s recv va", tool);
	child_await("mode: native");
	ck_assert_uint_ne(net_prog_id("va"), 0);
	child_ends(pid, signals[_i], 0);
	ck_assert_uint_eq(net_prog_id("va"), 0);
	child_output(out);
	has(out, "total");
}
END_TEST

START_TEST(a_device_that_goes_away_ends_recv_with_a_sentence)
{
	char out[TEXT_BYTES];
	pid_t pid;

	net_veth("va", "vb", 1);
	pid = child_start("timeout 20 %s recv va", tool);
	child_await("mode: native");
	sh("ip link del va");
	child_ends(pid, 0, 1);
	child_output(out);
	has(out, "xdpx: ");
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof((array)[0]))

int main(void)
{
	Suite *suite = suite_create("recv");
	TCase *packets = tcase_create("packets");

	tcase_add_checked_fixture(packets, setup, child_teardown);
	tcase_set_timeout(packets, 60);
	tcase_add_test(packets, recv_ends_when_its_output_can_not_be_written);
	tcase_add_test(packets, recv_writes_the_packets_it_received_to_a_pcap_file);
	tcase_add_test(packets, recv_writes_the_packets_to_the_standard_output);
	tcase_add_test(packets, recv_counts_packets_and_bytes_by_queue);
	tcase_add_test(packets, a_packet_that_recv_was_too_slow_for_is_counted_as_one_drop);
	tcase_add_test(packets, recv_takes_the_mode_that_is_asked_for);
	tcase_add_test(packets, recv_takes_what_goes_to_the_ports_it_is_told_and_no_more);
	tcase_add_test(packets, recv_takes_the_queues_it_is_told);
	tcase_add_loop_test(packets, recv_opens_all_queues_of_each_kind_of_device, 0, COUNT(kinds));
	tcase_add_loop_test(packets, a_signal_ends_recv_and_leaves_no_program, 0, COUNT(signals));
	tcase_add_test(packets, a_device_that_goes_away_ends_recv_with_a_sentence);
	suite_add_tcase(suite, packets);
	return run_suite(suite);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* `xdpx send` on packets. */
#include "child.h"
#include "net.h"
#include "packets.h"
#include "run.h"
#include "schema.h"

#include <pcap/pcap.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MANY 100000
/* How much longer than it should something may take on a machine that has other things to do. */
#define PATIENCE 1.5

static const char *tool;
static char file[sizeof(scratch) + 16];

static void setup(void)
{
	child_setup();
	tool = program("XDPX_TOOL");
	snprintf(file, sizeof(file), "%s/packets", scratch);
}

/* The summary's figures. */
struct summary {
	unsigned long long packets;
	double seconds;
	unsigned long long completed;
	unsigned long long lost;
};

static struct summary summary_read(const char *out)
{
	const char *line = strstr(out, " packets sent in ");
	const char *ends;
	struct summary summary;

	ck_assert_msg(line, "no summary: %s", out);
	while (line[-1] != ' ')
		line--;
	ck_assert_int_eq(sscanf(line, "%llu packets sent in %lf s", &summary.packets, &summary.seconds), 2);
	ends = strstr(line, "; ");
	ck_assert_ptr_nonnull(ends);
	ck_assert_int_eq(sscanf(ends, "; %llu completed, %llu lost", &summary.completed, &summary.lost), 2);
	return summary;
}

/* Sends in the foreground; it must exit with 0. */
static struct summary sends(const char *args)
{
	char out[TEXT_BYTES];

	sh_read(out, sizeof(out), "timeout 60 %s send va %s %s", tool, file, args);
	return summary_read(out);
}

/* It must exit with 1, and say this. */
static void refuses(const char *path, const char *args, const char *words)
{
	char err[TEXT_BYTES];

	sh_read(err, sizeof(err), "timeout 20 %s send va %s %s 2>&1 >/dev/null; test $? -eq 1 || echo exited otherwise",
		tool, path, args);
	has(err, "xdpx: ");
	has(err, words);
	ck_assert_msg(!strstr(err, "exited otherwise"), "%s", err);
}

static const char *const queues[] = {"", "--queues 1", "--all-queues", "--queues 2,0"};

START_TEST(at_a_paced_rate_all_of_100000_packets_arrive_byte_for_byte)
{
	bool one = _i < 2;
	char out[TEXT_BYTES];
	struct summary summary;
	pid_t pid;
	int fd;

	net_veth("va", "vb", 3);
	packets_write(file, MANY, 10);
	fd = packets_socket("vb");
	pid = child_start("timeout 60 %s send va %s --rate 40000 %s", tool, file, queues[_i]);
	/* of several queues only each keeps its order */
	packets_receive(fd, MANY, one);
	child_ends(pid, 0, 0);
	close(fd);
	child_output(out);
	summary = summary_read(out);
	ck_assert_uint_eq(summary.packets, MANY);
	ck_assert_uint_eq(summary.completed, MANY);
	ck_assert_uint_eq(summary.lost, 0);
	ck_assert_double_ge(summary.seconds, (MANY - 1) / 40000.0 - 0.001);
}
END_TEST

START_TEST(packets_of_a_pcapng_file_and_of_the_standard_input_are_sent)
{
	/* a section, an Ethernet interface, and one packet of 60 bytes */
	static const uint32_t pcapng[] = {
		0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff, 28, /* section */
		1,	    20, 1,	    0, 20,			   /* interface */
		6,	    92, 0,	    0, 0,	   60,	       60, /* packet */
	};
	uint8_t packet[PACKET_BYTES];
	uint32_t end = 92;
	FILE *out = fopen(file, "we");
	int fd;

	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(packet_make(packet, 0), 60);
	fwrite(pcapng, sizeof(pcapng), 1, out);
	fwrite(packet, 60, 1, out);
	fwrite(&end, sizeof(end), 1, out);
	fclose(out);
	net_veth("va", "vb", 1);
	fd = packets_socket("vb");
	ck_assert_uint_eq(sends("").packets, 1);
	packets_receive(fd, 1, 1);
	packets_write(file, 10, 0);
	sh("cat %s | timeout 20 %s send va -", file, tool);
	packets_receive(fd, 10, 1);
	close(fd);
}
END_TEST

static const struct {
	const char *args;
	unsigned long long packets;
	double seconds;
} paces[] = {
	{"--rate 1 --count 3", 3, 2},
	{"--rate 0.8 --count 2", 2, 1.25},
	{"--rate 1000 --count 2000 --loop 0", 2000, 1.999},
	{"--rate 20000 --loop 20", 20000, 19999 / 20000.0},
	/* the packets' mean length is 60 + (7 * number mod 500) = 309.5 bytes */
	{"--mbps 5 --loop 2", 2000, 2000 * 309.5 * 8 / 5e6},
	{"--as-captured", 1000, 0.999},
	{"", 1000, 0.999},
	{"--speed 2 --loop 2", 2000, 0.9995},
	{"--speed 0.5", 1000, 1.998},
};

START_TEST(the_pace_is_kept)
{
	struct summary summary;

	net_veth("va", "vb", 1);
	packets_write(file, 1000, 1000);
	summary = sends(paces[_i].args);
	ck_assert_uint_eq(summary.packets, paces[_i].packets);
	ck_assert_uint_eq(summary.lost, 0);
	/* never faster; the last packets of a batch are due a little before it was handed over */
	ck_assert_double_ge(summary.seconds, paces[_i].seconds - 0.002);
	ck_assert_double_le(summary.seconds, paces[_i].seconds * PATIENCE);
}
END_TEST

START_TEST(topspeed_waits_for_nothing)
{
	struct summary summary;

	net_veth("va", "vb", 1);
	/* a day */
	packets_write(file, 1000, 86400000);
	summary = sends("--topspeed --loop 10");
	ck_assert_uint_eq(summary.packets, 10000);
	ck_assert_double_le(summary.seconds, 5);
}
END_TEST

START_TEST(the_gaps_of_the_capture_are_those_on_the_wire)
{
	struct timespec before = {0};
	int on = 1;
	pid_t pid;
	int fd;

	net_veth("va", "vb", 1);
	packets_write(file, 4, 200000);
	fd = packets_socket("vb");
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)), 0);
	pid = child_start("timeout 20 %s send va %s", tool, file);
	for (unsigned int number = 0; number < 4; number++) {
		uint8_t packet[2048];
		uint8_t control[256];
		struct iovec part = {packet, sizeof(packet)};
		struct msghdr message = {
			.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
		struct timespec now;

		ck_assert_int_gt(recvmsg(fd, &message, 0), 0);
		memcpy(&now, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(now));
		if (number) {
			double gap =
				(double)(now.tv_sec - before.tv_sec) + (double)(now.tv_nsec - before.tv_nsec) / 1e9;

			ck_assert_double_ge(gap, 0.15);
			ck_assert_double_le(gap, 0.25);
		}
		before = now;
	}
	child_ends(pid, 0, 0);
	close(fd);
}
END_TEST

static void bytes_write(const char *name, const void *bytes, size_t count)
{
	char path[sizeof(scratch) + 32];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", scratch, name);
	out = fopen(path, "we");
	ck_assert_ptr_nonnull(out);
	fwrite(bytes, count, 1, out);
	fclose(out);
}

START_TEST(a_file_that_can_not_be_read_to_its_end_is_refused)
{
	char whole[sizeof(scratch) + 32];

	net_veth("va", "vb", 1);
	bytes_write("nothing", "", 0);
	bytes_write("garbage", "this is no capture file, but a text that is long enough for a header", 68);
	refuses("/no/such/file", "", "/no/such/file");
	refuses(scratch, "", "Is a directory");
	snprintf(whole, sizeof(whole), "%s/nothing", scratch);
	refuses(whole, "", "truncated");
	snprintf(whole, sizeof(whole), "%s/garbage", scratch);
	refuses(whole, "", "unknown file format");
	packets_write(file, 0, 0);
	refuses(file, "", "has no packets");
	packets_write(file, 100, 0);
	sh("truncate -s -1 %s", file);
	refuses(file, "", "after 99 packets: truncated");
	refuses(file, "", "hint: --count");
	ck_assert_uint_eq(sends("--count 99").packets, 99);
	/* a length that is none */
	sh("printf '\\377\\377\\377\\377' | dd of=%s bs=1 seek=32 conv=notrunc 2>/dev/null", file);
	refuses(file, "", "after 0 packets");
}
END_TEST

static void odd_write(int link_type, const uint32_t (*packets)[2], unsigned int count)
{
	static uint8_t bytes[10000];
	pcap_t *pcap = pcap_open_dead(link_type, 65535);
	pcap_dumper_t *dumper = pcap_dump_open(pcap, file);

	memset(bytes, 0xff, sizeof(bytes));
	for (unsigned int at = 0; at < count; at++) {
		struct pcap_pkthdr header = {.caplen = packets[at][0], .len = packets[at][1]};

		pcap_dump((u_char *)dumper, &header, bytes);
	}
	pcap_dump_close(dumper);
	pcap_close(pcap);
}

START_TEST(packets_that_are_not_of_ethernet_are_refused_in_words)
{
	static const uint32_t packets[][2] = {{60, 60}};

	net_veth("va", "vb", 1);
	odd_write(DLT_LINUX_SLL2, packets, 1);
	refuses(file, "", "link type LINUX_SLL2");
	odd_write(DLT_RAW, packets, 1);
	refuses(file, "", "link type RAW");
	odd_write(DLT_EN10MB, packets, 1);
	sh("ip tuntap add dev tun0 mode tun; ip link set tun0 up");
	sh("%s send tun0 %s 2>&1 | grep -q 'tun0: no Ethernet device'", tool, file);
}
END_TEST

START_TEST(packets_that_can_not_be_sent_are_left_out_and_counted)
{
	static const uint32_t packets[][2] = {{1514, 1514}, {1515, 1515}, {9000, 9000}, {13, 13},
					      {0, 100},	    {14, 14},	  {100, 1500}};
	char out[TEXT_BYTES];
	char err[TEXT_BYTES];

	net_veth("va", "vb", 1);
	odd_write(DLT_EN10MB, packets, 7);
	sh_read(out, sizeof(out), "timeout 20 %s send va %s --json 2>%s/err", tool, file, scratch);
	sh_read(err, sizeof(err), "cat %s/err", scratch);
	has(err, "too long: 2 ");
	has(err, "MTU is 1500");
	has(err, "shorter than an Ethernet header: 2");
	has(err, "cut, sent as far as they are there: 1");
	has(out, "\"packets\":3,");
	has(out, "\"completed\":3,");
	has(out, "\"too_long\":2,");
	has(out, "\"too_short\":2,");
	has(out, "\"cut\":1,");
	odd_write(DLT_EN10MB, packets + 1, 3);
	refuses(file, "", "no packet that can be sent");
	/* where the device has more room, a frame is the limit */
	sh("ip link set va mtu 9000; ip link set vb mtu 9000");
	odd_write(DLT_EN10MB, packets, 7);
	sh_read(out, sizeof(out), "timeout 20 %s send va %s --json 2>&1", tool, file);
	has(out, "too long: 1 (the device's MTU is 9000, a frame has 4096 bytes)");
	has(out, "\"packets\":4,");
}
END_TEST

START_TEST(a_device_that_goes_away_ends_send_and_what_is_lost_is_said)
{
	char out[TEXT_BYTES];
	struct summary summary;
	pid_t pid;

	net_veth("va", "vb", 1);
	packets_write(file, 1000, 0);
	pid = child_start("timeout 20 %s send va %s --rate 5000 --loop 0", tool, file);
	child_await("sending on 1 queue");
	wait_ms(300);
	sh("ip link del va");
	child_ends(pid, 0, 1);
	child_output(out);
	has(out, "xdpx: va: the device is gone");
	summary = summary_read(out);
	ck_assert_uint_gt(summary.packets, 0);
	ck_assert_uint_eq(summary.packets, summary.completed + summary.lost);
}
END_TEST

START_TEST(a_device_that_is_down_takes_nothing_and_all_is_said_to_be_lost)
{
	char out[TEXT_BYTES];
	struct summary summary;

	net_veth("va", "vb", 1);
	sh("ip link set va down");
	packets_write(file, 10, 0);
	sh_read(out, sizeof(out), "timeout 20 %s send va %s 2>&1; test $? -eq 1", tool, file);
	has(out, "xdpx: va: the device is down");
	has(out, "packets are lost");
	summary = summary_read(out);
	ck_assert_uint_eq(summary.completed, 0);
	ck_assert_uint_eq(summary.packets, summary.lost);
}
END_TEST

START_TEST(packets_that_the_device_drops_are_said_to_be_lost)
{
	char out[TEXT_BYTES];
	struct summary summary;
	pid_t pid;

	net_veth("va", "vb", 1);
	packets_write(file, 100, 0);
	pid = child_start("timeout 20 %s send va %s --rate 500 --loop 10", tool, file);
	child_await("sending on 1 queue");
	/* va has no link then */
	sh("ip link set vb down");
	child_ends(pid, 0, 1);
	child_output(out);
	has(out, "packets are lost: the device dropped them");
	summary = summary_read(out);
	ck_assert_uint_eq(summary.packets, 1000);
	ck_assert_uint_gt(summary.lost, 0);
	ck_assert_uint_eq(summary.completed + summary.lost, 1000);
}
END_TEST

static const int signals[] = {SIGINT, SIGTERM};

START_TEST(a_signal_ends_send_with_every_packet_accounted_for)
{
	char out[TEXT_BYTES];
	struct summary summary;
	pid_t pid;

	net_veth("va", "vb", 2);
	packets_write(file, 1000, 0);
	pid = child_start("%s send va %s --topspeed --loop 0 --all-queues", tool, file);
	child_await("sending on 2 queues");
	wait_ms(300);
	child_ends(pid, signals[_i], 0);
	child_output(out);
	summary = summary_read(out);
	ck_assert_uint_gt(summary.packets, 1000);
	ck_assert_uint_eq(summary.completed, summary.packets);
	ck_assert_uint_eq(summary.lost, 0);
}
END_TEST

START_TEST(a_limit_of_time_ends_send)
{
	net_veth("va", "vb", 1);
	packets_write(file, 10, 0);
	ck_assert_double_le(sends("--rate 100 --loop 0 --seconds 1").seconds, 1.5);
	/* which waits for something that is far away */
	packets_write(file, 2, 1000000000);
	ck_assert_uint_eq(sends("--seconds 1").packets, 1);
}
END_TEST

START_TEST(each_second_is_told_by_queue)
{
	char out[TEXT_BYTES];

	net_veth("va", "vb", 2);
	packets_write(file, 100, 0);
	sh_read(out, sizeof(out), "timeout 20 %s send va %s --rate 1000 --count 2500 --loop 0 --queues 1,0", tool,
		file);
	has(out, "\n       1      1 ");
	has(out, "\n       1      0 ");
	has(out, "\n       2      0 ");
	has(out, "\n   total      1         1250 ");
	has(out, "\n   total      0         1250 ");
}
END_TEST

START_TEST(send_leaves_another_program_and_the_network_stack_alone)
{
	unsigned int id;
	pid_t pid;

	net_veth("va", "vb", 1);
	pid = child_start("timeout 20 %s recv va --pcap %s/received", tool, scratch);
	child_await("mode: ");
	id = net_prog_id("va");
	packets_write(file, 10, 0);
	/* queue 0 is the receiver's, and in use */
	sh_try("timeout 20 %s send va %s", tool, file);
	ck_assert_uint_eq(net_prog_id("va"), id);
	child_ends(pid, SIGTERM, 0);
	ck_assert_uint_eq(sends("").packets, 10);
	ck_assert_uint_eq(net_prog_id("va"), 0);
}
END_TEST

START_TEST(queues_that_do_not_exist_are_refused)
{
	net_veth("va", "vb", 2);
	packets_write(file, 10, 0);
	refuses(file, "--queues 2", "queue 2");
	refuses(file, "--queues 0,0", "twice");
}
END_TEST

START_TEST(json_is_as_its_schema_says)
{
	net_veth("va", "vb", 2);
	packets_write(file, 100, 0);
	schema_check("send", "timeout 20 %s send va %s --rate 100 --count 150 --loop 0 --all-queues --json", tool,
		     file);
}
END_TEST

START_TEST(an_output_that_can_not_be_written_ends_send)
{
	char err[TEXT_BYTES];

	net_veth("va", "vb", 1);
	packets_write(file, 10, 0);
	sh_read(err, sizeof(err), "timeout 20 %s send va %s --loop 0 2>&1 >/dev/full; test $? -eq 1", tool, file);
	has(err, "No space left on device");
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof((array)[0]))

int main(void)
{
	Suite *suite = suite_create("send");
	TCase *packets = tcase_create("packets");

	tcase_add_checked_fixture(packets, setup, child_teardown);
	tcase_set_timeout(packets, 120);
	tcase_add_loop_test(packets, at_a_paced_rate_all_of_100000_packets_arrive_byte_for_byte, 0, COUNT(queues));
	tcase_add_test(packets, packets_of_a_pcapng_file_and_of_the_standard_input_are_sent);
	tcase_add_loop_test(packets, the_pace_is_kept, 0, COUNT(paces));
	tcase_add_test(packets, topspeed_waits_for_nothing);
	tcase_add_test(packets, the_gaps_of_the_capture_are_those_on_the_wire);
	tcase_add_test(packets, a_file_that_can_not_be_read_to_its_end_is_refused);
	tcase_add_test(packets, packets_that_are_not_of_ethernet_are_refused_in_words);
	tcase_add_test(packets, packets_that_can_not_be_sent_are_left_out_and_counted);
	tcase_add_test(packets, a_device_that_goes_away_ends_send_and_what_is_lost_is_said);
	tcase_add_test(packets, a_device_that_is_down_takes_nothing_and_all_is_said_to_be_lost);
	tcase_add_test(packets, packets_that_the_device_drops_are_said_to_be_lost);
	tcase_add_loop_test(packets, a_signal_ends_send_with_every_packet_accounted_for, 0, COUNT(signals));
	tcase_add_test(packets, a_limit_of_time_ends_send);
	tcase_add_test(packets, each_second_is_told_by_queue);
	tcase_add_test(packets, send_leaves_another_program_and_the_network_stack_alone);
	tcase_add_test(packets, queues_that_do_not_exist_are_refused);
	tcase_add_test(packets, json_is_as_its_schema_says);
	tcase_add_test(packets, an_output_that_can_not_be_written_ends_send);
	suite_add_tcase(suite, packets);
	return run_suite(suite);
}

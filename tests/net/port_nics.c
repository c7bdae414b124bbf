/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Ports of several devices, of chosen queues, and ports that only send. */
#include "net.h"
#include "nic/nic.h"
#include "run.h"
#include "xsk/port.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xdpx/error.h>
#include <xdpx/prog.h>

#define PACKET 64

static const char *message(void)
{
	return xdpx_error_last()->message;
}

static void frame_send(int fd, unsigned char mark)
{
	unsigned char packet[PACKET] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 2, 2, 2, 2, 2, 0x88, 0xb5, mark};

	ck_assert_int_eq(send(fd, packet, PACKET, 0), PACKET);
}

/* The mark of the next packet on a packet socket; other packets don't count. */
static int mark_of(int fd)
{
	unsigned char packet[PACKET];

	do
		ck_assert_int_gt(recv(fd, packet, sizeof(packet), 0), 0);
	while (packet[12] != 0x88 || packet[13] != 0xb5);
	return packet[14];
}

static struct xdpx_umem *umem_make(uint32_t frames)
{
	const struct xdpx_umem_opts opts = {.size = sizeof(opts), .frame_count = frames};
	struct xdpx_umem *umem;

	ck_assert_int_eq(xdpx_umem_new(&opts, &umem), 0);
	return umem;
}

START_TEST(a_port_of_two_devices_hands_out_the_queues_of_both)
{
	const struct xdpx_port_opts opts = {.size = sizeof(opts), .traffic = XDPX_TRAFFIC_ALL, .frame_count = 64};
	static const uint32_t queues[] = {0, 1, 0, 1, 2};
	struct xdpx_port *port;
	struct xdpx_xsk *xsk;
	unsigned int at;

	net_veth("v0", "v1", 2);
	net_veth("w0", "w1", 3);
	ck_assert_int_eq(xdpx_port_open("v0", &opts, &port), 0);
	ck_assert_int_eq(xdpx_port_add(port, "w0", &opts), 0);
	ck_assert_uint_eq(xdpx_port_queue_count(port), 5);
	for (at = 0; at < 5; at++) {
		ck_assert_int_eq(xdpx_port_claim(port, &xsk), 0);
		ck_assert_ptr_eq(xsk, xdpx_port_xsk(port, at));
		ck_assert_uint_eq(xdpx_xsk_queue(xsk), queues[at]);
	}
	ck_assert_int_eq(xdpx_port_claim(port, &xsk), -ENOENT);
	ck_assert_ptr_null(xdpx_port_xsk(port, 5));
	ck_assert_ptr_eq(xdpx_port_link_of(port, xdpx_port_xsk(port, 1)), xdpx_port_link(port));
	ck_assert_ptr_ne(xdpx_port_link_of(port, xdpx_port_xsk(port, 2)), xdpx_port_link(port));
	ck_assert_ptr_null(xdpx_port_link_of(port, NULL));
	ck_assert_int_eq(xdpx_port_close(port), 0);
	ck_assert_uint_eq(net_prog_id("v0"), 0);
	ck_assert_uint_eq(net_prog_id("w0"), 0);
}
END_TEST

START_TEST(devices_of_one_umem_pass_packets_on_without_copying_them)
{
	struct xdpx_port_opts opts = {.size = sizeof(opts), .traffic = XDPX_TRAFFIC_ALL, .frame_count = 64};
	struct xdpx_frame frame;
	struct xdpx_port *port;
	int in;
	int out;

	net_veth("v0", "v1", 1);
	net_veth("w0", "w1", 1);
	opts.umem = umem_make(128);
	ck_assert_int_eq(xdpx_port_open("v0", &opts, &port), 0);
	ck_assert_int_eq(xdpx_port_add(port, "w0", &opts), 0);
	/* each has made half of its share ready */
	ck_assert_uint_eq(xdpx_umem_free_count(opts.umem), 64);
	in = net_packet_socket("v1");
	out = net_packet_socket("w1");
	frame_send(in, 9);
	ck_assert_int_eq(xdpx_xsk_wait(xdpx_port_xsk(port, 0), 1000), 1);
	ck_assert_uint_eq(xdpx_xsk_recv(xdpx_port_xsk(port, 0), &frame, 1), 1);
	ck_assert_int_eq(xdpx_xsk_send(xdpx_port_xsk(port, 1), &frame, 1), 1);
	ck_assert_int_eq(mark_of(out), 9);
	ck_assert_int_eq(xdpx_port_close(port), 0);
	ck_assert_int_eq(xdpx_umem_close(opts.umem), 0);
}
END_TEST

START_TEST(a_device_that_cannot_be_added_leaves_the_port_as_it_was)
{
	struct xdpx_port_opts opts = {.size = sizeof(opts), .traffic = XDPX_TRAFFIC_ALL, .frame_count = 64};
	struct xdpx_port *port;
	unsigned int fds;

	net_veth("v0", "v1", 1);
	ck_assert_int_eq(xdpx_port_open("v0", &opts, &port), 0);
	fds = fd_count();
	ck_assert_int_eq(xdpx_port_add(NULL, "v1", &opts), -EINVAL);
	ck_assert_int_eq(xdpx_port_add(port, "nosuch", &opts), -ENODEV);
	ck_assert_int_eq(xdpx_port_add(port, "v1", NULL), -EINVAL);
	opts.queue_first = 4;
	ck_assert_int_eq(xdpx_port_add(port, "v1", &opts), -EINVAL);
	ck_assert_uint_eq(fd_count(), fds);
	ck_assert_uint_eq(xdpx_port_queue_count(port), 1);
	ck_assert_int_eq(xdpx_port_close(port), 0);
}
END_TEST

START_TEST(one_program_of_the_caller_s_does_not_steer_to_two_devices)
{
	struct xdpx_port_opts opts = {
		.size = sizeof(opts), .traffic = XDPX_TRAFFIC_PROG, .xskmap = "sockets", .frame_count = 64};
	struct xdpx_port *port;

	net_veth("v0", "v1", 1);
	ck_assert_int_eq(xdpx_prog_open(TEST_OBJECTS "/steer.bpf.o", NULL, &opts.prog), 0);
	ck_assert_int_eq(xdpx_port_open("v0", &opts, &port), 0);
	ck_assert_int_eq(xdpx_port_add(port, "v1", &opts), -EINVAL);
	ck_assert_ptr_nonnull(strstr(message(), "another device"));
	ck_assert_int_eq(xdpx_port_close(port), 0);
	xdpx_prog_free(opts.prog);
}
END_TEST

START_TEST(a_list_of_queues_opens_those_in_its_order)
{
	static const uint32_t queues[] = {3, 1};
	const struct xdpx_port_opts opts = {.size = sizeof(opts),
					    .traffic = XDPX_TRAFFIC_ALL,
					    .frame_count = 64,
					    .queues = queues,
					    .queue_count = 2};
	struct xdpx_port *port;

	net_veth("v0", "v1", 4);
	ck_assert_int_eq(xdpx_port_open("v0", &opts, &port), 0);
	ck_assert_uint_eq(xdpx_port_queue_count(port), 2);
	ck_assert_uint_eq(xdpx_xsk_queue(xdpx_port_xsk(port, 0)), 3);
	ck_assert_uint_eq(xdpx_xsk_queue(xdpx_port_xsk(port, 1)), 1);
	ck_assert_int_eq(xdpx_port_close(port), 0);
}
END_TEST

static const uint32_t first_twice[] = {0, 0};
static const uint32_t past_the_end[] = {1, 2};
static const struct xdpx_umem_opts counted = {.size = sizeof(counted), .frame_count = 8};
static const struct xdpx_umem_opts no_size = {.frame_count = 8};
static const struct xdpx_xsk_opts plain = {.size = sizeof(plain)};
static const struct xdpx_xsk_opts rx_only = {.size = sizeof(rx_only), .flags = XDPX_XSK_RX_ONLY};
static const struct {
	struct xdpx_port_opts opts;
	const char *word;
} refused[] = {
	{{.traffic = XDPX_TRAFFIC_ALL, .queues = first_twice, .queue_count = 2}, "queue 0 is twice"},
	{{.traffic = XDPX_TRAFFIC_ALL, .queues = past_the_end, .queue_count = 2}, "queue 2 does not exist"},
	{{.traffic = XDPX_TRAFFIC_ALL, .queues = past_the_end}, "with a list of queues"},
	{{.traffic = XDPX_TRAFFIC_ALL, .queues = first_twice, .queue_count = 1, .queue_first = 1}, "with a list"},
	{{.traffic = XDPX_TRAFFIC_ALL, .umem_opts = &counted}, "with umem_opts"},
	{{.traffic = XDPX_TRAFFIC_ALL, .umem_opts = &no_size}, "`size` is 0"},
	{{.traffic = XDPX_TRAFFIC_ALL, .xsk_opts = &plain, .tx_size = 64}, "described twice"},
	{{.traffic = XDPX_TRAFFIC_NONE, .xsk_opts = &rx_only}, "both receive-only and send-only"},
	{{.traffic = XDPX_TRAFFIC_NONE, .xskmap = "sockets"}, "XDPX_TRAFFIC_NONE uses none but its own"},
};

START_TEST(options_that_do_not_go_together_are_refused_in_words)
{
	struct xdpx_port_opts opts = refused[_i].opts;
	struct xdpx_port *untouched = (struct xdpx_port *)&opts;

	net_veth("v0", "v1", 2);
	opts.size = sizeof(opts);
	ck_assert_int_eq(xdpx_port_open("v0", &opts, &untouched), -EINVAL);
	ck_assert_msg(strstr(message(), refused[_i].word), "\"%s\" is not in \"%s\"", refused[_i].word, message());
	ck_assert_ptr_eq(untouched, &opts);
	ck_assert_uint_eq(net_prog_id("v0"), 0);
}
END_TEST

START_TEST(options_of_memory_and_sockets_are_passed_on)
{
	const struct xdpx_umem_opts umem_opts = {.size = sizeof(umem_opts), .frame_size = 2048, .headroom = 64};
	const struct xdpx_xsk_opts xsk_opts = {.size = sizeof(xsk_opts), .fill_target = 3, .flags = XDPX_XSK_RX_ONLY};
	const struct xdpx_port_opts opts = {.size = sizeof(opts),
					    .traffic = XDPX_TRAFFIC_ALL,
					    .frame_count = 16,
					    .umem_opts = &umem_opts,
					    .xsk_opts = &xsk_opts};
	struct xdpx_frame frame = {.len = 60};
	struct xdpx_port *port;
	struct xdpx_umem *umem;

	net_veth("v0", "v1", 2);
	ck_assert_int_eq(xdpx_port_open("v0", &opts, &port), 0);
	umem = xdpx_xsk_umem(xdpx_port_xsk(port, 0));
	ck_assert_uint_eq(xdpx_umem_frame_size(umem), 2048);
	ck_assert_uint_eq(xdpx_umem_frame_count(umem), 32);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), 32 - 2 * 3);
	ck_assert_int_eq(xdpx_xsk_send(xdpx_port_xsk(port, 0), &frame, 1), -EINVAL);
	ck_assert_int_eq(xdpx_port_close(port), 0);
}
END_TEST

static unsigned int warnings;

static void warning(void *arg, enum xdpx_log_level level, const char *text)
{
	(void)arg;
	(void)text;
	warnings += level == XDPX_LOG_WARN;
}

START_TEST(one_flag_is_all_that_packets_of_several_frames_need)
{
	const struct xdpx_port_opts opts = {
		.size = sizeof(opts), .traffic = XDPX_TRAFFIC_ALL, .flags = XDPX_PORT_MULTI_BUFFER, .frame_count = 64};
	static unsigned char packet[9000] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 2, 2, 2, 2, 2, 0x88, 0xb5};
	struct xdpx_frame frames[8];
	struct xdpx_port *port;
	struct xdpx_xsk *xsk;
	unsigned int bytes = 0;
	unsigned int count;
	unsigned int at;

	net_veth("v0", "v1", 1);
	sh("ip link set v0 mtu 9000; ip link set v1 mtu 9000");
	xdpx_log_set(warning, NULL, XDPX_LOG_WARN);
	if (xdpx_port_open("v0", &opts, &port) == -EOPNOTSUPP)
		skip_test("the kernel has no packets of several frames");
	ck_assert_uint_eq(warnings, 0);
	xsk = xdpx_port_xsk(port, 0);
	ck_assert_int_eq(send(net_packet_socket("v1"), packet, sizeof(packet), 0), sizeof(packet));
	ck_assert_int_eq(xdpx_xsk_wait(xsk, 1000), 1);
	count = xdpx_xsk_recv(xsk, frames, 8);
	ck_assert_uint_eq(xdpx_frames_next_packet(frames, count, 0), count);
	for (at = 0; at < count; at++)
		bytes += frames[at].len;
	ck_assert_uint_gt(count, 1);
	ck_assert_uint_eq(bytes, sizeof(packet));
	xdpx_xsk_release(xsk, frames, count);
	ck_assert_int_eq(xdpx_port_close(port), 0);
}
END_TEST

START_TEST(a_port_without_traffic_sends_and_leaves_all_packets_to_the_network_stack)
{
	const struct xdpx_port_opts opts = {.size = sizeof(opts), .traffic = XDPX_TRAFFIC_NONE, .frame_count = 64};
	struct xdpx_frame frame;
	struct xdpx_port *port;
	struct xdpx_xsk *xsk;
	unsigned char *packet;
	int near;
	int far;

	net_veth("v0", "v1", 2);
	near = net_packet_socket("v0");
	far = net_packet_socket("v1");
	ck_assert_int_eq(xdpx_port_open("v0", &opts, &port), 0);
	xsk = xdpx_port_xsk(port, 1);
	ck_assert_uint_eq(xdpx_frames_take(xdpx_xsk_umem(xsk), &frame, 1), 1);
	packet = xdpx_frame_data(xdpx_umem_base(xdpx_xsk_umem(xsk)), &frame);
	memset(packet, 0xff, PACKET);
	memcpy(packet + 12, "\x88\xb5\x11", 3);
	frame.len = PACKET;
	ck_assert_int_eq(xdpx_xsk_send(xsk, &frame, 1), 1);
	ck_assert_int_eq(mark_of(far), 0x11);
	frame_send(far, 7);
	ck_assert_int_eq(mark_of(near), 7);
	/* nothing is ready for receiving: every frame can be sent */
	ck_assert_uint_eq(xdpx_umem_free_count(xdpx_xsk_umem(xsk)) + xdpx_xsk_complete(xsk), 128);
	ck_assert_int_eq(xdpx_port_close(port), 0);
}
END_TEST

START_TEST(a_port_without_traffic_needs_no_program_on_a_device_without_zero_copy)
{
	const struct xdpx_port_opts opts = {.size = sizeof(opts), .traffic = XDPX_TRAFFIC_NONE, .frame_count = 64};
	struct xdpx_port *port;

	net_veth("v0", "v1", 1);
	ck_assert_int_eq(xdpx_port_open("v0", &opts, &port), 0);
	ck_assert_ptr_null(xdpx_port_link(port));
	ck_assert_uint_eq(net_prog_id("v0"), 0);
	ck_assert_int_eq(xdpx_port_close(port), 0);
}
END_TEST

START_TEST(a_device_may_send_with_a_program_only_where_it_may_do_zero_copy)
{
	static const struct {
		enum xdpx_answer answer;
		uint32_t policy;
		bool needed;
	} cases[] = {
		{XDPX_YES, XDPX_ZEROCOPY_TRY, true},	{XDPX_UNKNOWN, XDPX_ZEROCOPY_TRY, true},
		{XDPX_NO, XDPX_ZEROCOPY_TRY, false},	{XDPX_YES, XDPX_ZEROCOPY_REQUIRE, true},
		{XDPX_YES, XDPX_ZEROCOPY_NEVER, false},
	};
	struct xdpx_nic *nic;
	size_t at;

	ck_assert_int_eq(xdpx_nic_open("lo", NULL, &nic), 0);
	for (at = 0; at < sizeof(cases) / sizeof(cases[0]); at++) {
		xdpx_nic_answer_set(nic, XDPX_FEATURE_ZEROCOPY, cases[at].answer, XDPX_SOURCE_NETDEV, "a test");
		ck_assert_int_eq(xdpx_port_sends_with_program(nic, cases[at].policy), cases[at].needed);
	}
	xdpx_nic_free(nic);
}
END_TEST

/* A device whose driver says that it does zero-copy, which no software device does: so the answer is the test's. */
static struct xdpx_port_nic *enabled(const char *name, uint32_t zerocopy)
{
	struct xdpx_port_nic *nic = xdpx_port_nic_new();
	struct xdpx_nic *snapshot;

	ck_assert_ptr_nonnull(nic);
	nic->opts.traffic = XDPX_TRAFFIC_NONE;
	nic->xsk_opts.zerocopy = zerocopy;
	ck_assert_int_eq(xdpx_nic_open(name, NULL, &snapshot), 0);
	xdpx_nic_answer_set(snapshot, XDPX_FEATURE_ZEROCOPY, XDPX_YES, XDPX_SOURCE_NETDEV, "a test");
	ck_assert_int_eq(xdpx_port_traffic_attach(nic, snapshot), 0);
	xdpx_nic_free(snapshot);
	return nic;
}

START_TEST(the_program_that_enables_sending_passes_all_packets)
{
	struct xdpx_port_nic *nic;
	int near;
	int far;

	net_veth("v0", "v1", 2);
	near = net_packet_socket("v0");
	far = net_packet_socket("v1");
	nic = enabled("v0", XDPX_ZEROCOPY_REQUIRE);
	ck_assert_uint_ne(net_prog_id("v0"), 0);
	frame_send(far, 21);
	ck_assert_int_eq(mark_of(near), 21);
	xdpx_port_nic_end(nic);
	ck_assert_uint_eq(net_prog_id("v0"), 0);
}
END_TEST

START_TEST(sockets_that_turn_out_to_copy_do_without_the_program)
{
	struct xdpx_port_nic *nic;

	net_veth("v0", "v1", 1);
	nic = enabled("v0", XDPX_ZEROCOPY_TRY);
	ck_assert_ptr_nonnull(nic->link);
	xdpx_port_traffic_settle(nic); /* of its sockets, which are none, none does zero-copy */
	ck_assert_ptr_null(nic->link);
	ck_assert_uint_eq(net_prog_id("v0"), 0);
	xdpx_port_nic_end(nic);
}
END_TEST

START_TEST(another_s_program_enables_sending_as_well)
{
	struct xdpx_port_nic *nic;
	unsigned int id;

	net_veth("v0", "v1", 1);
	sh("ip link set v0 xdp obj " TEST_OBJECTS "/pass.bpf.o sec xdp");
	id = net_prog_id("v0");
	nic = enabled("v0", XDPX_ZEROCOPY_REQUIRE);
	ck_assert_ptr_null(nic->link);
	ck_assert_int_eq(xdpx_error_last()->code, 0);
	xdpx_port_nic_end(nic);
	ck_assert_uint_eq(net_prog_id("v0"), id);
}
END_TEST

START_TEST(a_device_that_takes_no_program_sends_copies)
{
	struct xdpx_port_nic *nic;

	/* more queues to send on there than to receive on here: veth refuses programs then */
	sh("ip link add w0 numrxqueues 1 numtxqueues 1 type veth peer name w1 numrxqueues 2 numtxqueues 2");
	sh("ip link set w0 up; ip link set w1 up");
	nic = enabled("w0", XDPX_ZEROCOPY_TRY);
	ck_assert_ptr_null(nic->link);
	ck_assert_uint_eq(nic->xsk_opts.zerocopy, XDPX_ZEROCOPY_NEVER);
	xdpx_port_nic_end(nic);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("port_nics");
	TCase *tcase = tcase_create("port_nics");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, net_isolate, NULL);
	tcase_add_test(tcase, a_port_of_two_devices_hands_out_the_queues_of_both);
	tcase_add_test(tcase, devices_of_one_umem_pass_packets_on_without_copying_them);
	tcase_add_test(tcase, a_device_that_cannot_be_added_leaves_the_port_as_it_was);
	tcase_add_test(tcase, one_program_of_the_caller_s_does_not_steer_to_two_devices);
	tcase_add_test(tcase, a_list_of_queues_opens_those_in_its_order);
	tcase_add_loop_test(tcase, options_that_do_not_go_together_are_refused_in_words, 0,
			    sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(tcase, options_of_memory_and_sockets_are_passed_on);
	tcase_add_test(tcase, one_flag_is_all_that_packets_of_several_frames_need);
	tcase_add_test(tcase, a_port_without_traffic_sends_and_leaves_all_packets_to_the_network_stack);
	tcase_add_test(tcase, a_port_without_traffic_needs_no_program_on_a_device_without_zero_copy);
	tcase_add_test(tcase, a_device_may_send_with_a_program_only_where_it_may_do_zero_copy);
	tcase_add_test(tcase, the_program_that_enables_sending_passes_all_packets);
	tcase_add_test(tcase, sockets_that_turn_out_to_copy_do_without_the_program);
	tcase_add_test(tcase, another_s_program_enables_sending_as_well);
	tcase_add_test(tcase, a_device_that_takes_no_program_sends_copies);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What a broker's options make of its workers. */
#include "drop_caps.h"
#include "net.h"
#include "run.h"
#include "share.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xdpx/busy_poll.h>
#include <xdpx/error.h>
#include <xdpx/metadata.h>
#include <xdpx/prog.h>

#ifndef SO_PREFER_BUSY_POLL
#define SO_PREFER_BUSY_POLL 69
#define SO_BUSY_POLL_BUDGET 70
#endif

static const char *message(void)
{
	return xdpx_error_last()->message;
}

static void setup(void)
{
	net_isolate();
	net_veth("v0", "v1", 1);
}

static void send_only(int connection)
{
	struct xdpx_worker *worker;
	struct xdpx_frame frame;
	unsigned char *packet;

	NEED(!xdpx_worker_join(connection, NULL, &worker));
	NEED(xdpx_frames_take(xdpx_xsk_umem(xdpx_worker_xsk(worker)), &frame, 1) == 1);
	packet = xdpx_frame_data(xdpx_umem_base(xdpx_xsk_umem(xdpx_worker_xsk(worker))), &frame);
	memcpy(packet, "\xff\xff\xff\xff\xff\xff\x02\x02\x02\x02\x02\x02\x88\xb5\x2a", 15);
	frame.len = SHARE_PACKET;
	NEED(xdpx_xsk_wait(xdpx_worker_xsk(worker), 0) == -EINVAL);
	NEED(xdpx_xsk_send(xdpx_worker_xsk(worker), &frame, 1) == 1);
	xdpx_worker_free(worker);
}

START_TEST(a_worker_that_only_sends_takes_nothing_from_the_network_stack)
{
	struct xdpx_port_opts opts = {.traffic = XDPX_TRAFFIC_NONE};
	struct xdpx_broker *broker = share_broker(&opts);
	int fd = net_packet_socket("v1");
	int connection;
	pid_t pid = share_worker(&connection, send_only);

	share_serve_start(broker, connection);
	ck_assert_int_eq(share_seen(fd, 5000), 42);
	ck_assert_int_eq(share_serve_out(broker, connection), 0);
	share_ends(pid);
	xdpx_broker_free(broker);
}
END_TEST

#define LONG_PACKET 5000

/* One packet of two frames, sent back as it came. */
static void echo_long(int connection)
{
	struct xdpx_worker *worker;
	struct xdpx_frame frames[4];

	NEED(!xdpx_worker_join(connection, NULL, &worker));
	NEED(xdpx_xsk_wait(xdpx_worker_xsk(worker), 5000) == 1);
	NEED(xdpx_xsk_recv(xdpx_worker_xsk(worker), frames, 4) == 2);
	NEED(frames[0].options & XDPX_FRAME_CONTINUES && frames[0].len + frames[1].len == LONG_PACKET);
	NEED(xdpx_xsk_send(xdpx_worker_xsk(worker), frames, 2) == 2);
	NEED(!xdpx_worker_close(worker));
}

START_TEST(a_worker_receives_and_sends_packets_of_several_frames_where_its_broker_says_so)
{
	struct xdpx_xsk_opts xsk_opts = {.size = sizeof(xsk_opts), .flags = XDPX_XSK_MULTI_BUFFER};
	struct xdpx_port_opts opts = {.xsk_opts = &xsk_opts};
	static unsigned char packet[LONG_PACKET] = "\xff\xff\xff\xff\xff\xff\x02\x02\x02\x02\x02\x02\x88\xb5";
	struct xdpx_broker *broker;
	int connection;
	pid_t pid;
	int fd;

	sh("ip link set v0 mtu 9000; ip link set v1 mtu 9000");
	broker = share_broker(&opts);
	fd = net_packet_socket("v1");
	pid = share_worker(&connection, echo_long);
	share_serve_start(broker, connection);
	ck_assert_int_eq(send(fd, packet, sizeof(packet), 0), sizeof(packet));
	ck_assert_int_eq(recv(fd, packet, sizeof(packet), 0), sizeof(packet));
	ck_assert_int_eq(share_serve_out(broker, connection), 0);
	share_ends(pid);
	xdpx_broker_free(broker);
}
END_TEST

/* The device is asked as by a process that has opened the socket itself. */
static void ask_for_a_time(struct xdpx_worker *worker)
{
	const struct xdpx_tx_request request = {.size = sizeof(request), .flags = XDPX_TX_TIMESTAMP};
	struct xdpx_umem *umem = xdpx_xsk_umem(xdpx_worker_xsk(worker));
	struct xdpx_frame frame;

	NEED(xdpx_frames_take(umem, &frame, 1) == 1);
	memset(xdpx_frame_data(xdpx_umem_base(umem), &frame), 0xff, 60);
	frame.len = 60;
	NEED(!xdpx_frame_request(umem, &frame, &request));
	NEED(xdpx_xsk_send(xdpx_worker_xsk(worker), &frame, 1) == 1);
}

static void see_memory(int connection)
{
	struct xdpx_worker *worker;
	struct xdpx_umem *umem;
	struct xdpx_frame frames[SHARE_FRAMES];
	struct xdpx_frame frame;
	unsigned char *packet;
	unsigned int taken;

	NEED(!xdpx_worker_join(connection, NULL, &worker));
	umem = xdpx_xsk_umem(xdpx_worker_xsk(worker));
	NEED(xdpx_umem_frame_size(umem) == 3008 && xdpx_umem_frame_count(umem) == SHARE_FRAMES);
	NEED(xdpx_frames_take(umem, &frame, 1) == 1 && frame.addr % 3008 == 64 + 24);
	packet = xdpx_frame_data(xdpx_umem_base(umem), &frame);
	memset(packet, 0xee, 64);
	xdpx_frames_release(umem, &frame, 1);
	taken = xdpx_frames_take(umem, frames, SHARE_FRAMES);
	NEED(taken > 1 && packet[0] == 0 && packet[63] == 0);
	xdpx_frames_release(umem, frames, taken);
	share_echo(worker);
	ask_for_a_time(worker);
	NEED(!xdpx_worker_close(worker));
}

START_TEST(packet_memory_is_as_the_broker_s_options_say)
{
	struct xdpx_umem_opts umem_opts = {.size = sizeof(umem_opts), .flags = XDPX_UMEM_UNALIGNED | XDPX_UMEM_SCRUB};
	struct xdpx_port_opts opts = {.umem_opts = &umem_opts};
	struct xdpx_broker *broker;
	int connection;
	pid_t pid;

	umem_opts.frame_size = 3008;
	umem_opts.headroom = 64;
	umem_opts.tx_metadata = 24;
	umem_opts.max_held = 8;
	broker = share_broker(&opts);
	pid = share_worker(&connection, see_memory);
	share_echo_serve(broker, connection, pid);
	xdpx_broker_free(broker);
}
END_TEST

static int option(int fd, int name)
{
	socklen_t length = sizeof(int);
	int value = -1;

	NEED(!getsockopt(fd, SOL_SOCKET, name, &value, &length));
	return value;
}

static void see_busy(int connection)
{
	struct xdpx_busy_poll busy = {.size = sizeof(busy)};
	struct xdpx_worker *worker;
	int more = 64;
	int fd;

	NEED(!xdpx_worker_join(connection, NULL, &worker));
	fd = xdpx_xsk_fd(xdpx_worker_xsk(worker));
	NEED(option(fd, SO_BUSY_POLL) == 50 && option(fd, SO_PREFER_BUSY_POLL) == 1);
	NEED(setsockopt(fd, SOL_SOCKET, SO_BUSY_POLL_BUDGET, &more, sizeof(more)) == -1 && errno == EPERM);
	NEED(!xdpx_xsk_busy_poll(xdpx_worker_xsk(worker), &busy));
	NEED(!strstr(busy.why, "not asked for"));
	share_echo(worker);
	NEED(!xdpx_worker_close(worker));
}

START_TEST(options_that_need_privileges_are_set_by_the_broker)
{
	struct xdpx_xsk_opts xsk_opts = {.size = sizeof(xsk_opts), .busy_poll_us = 50, .busy_poll_budget = 32};
	struct xdpx_port_opts opts = {.xsk_opts = &xsk_opts};
	struct xdpx_broker *broker = share_broker(&opts);
	unsigned int fds = fd_count();
	int connection;
	pid_t pid = share_worker(&connection, see_busy);

	share_echo_serve(broker, connection, pid);
	ck_assert_uint_eq(fd_count(), fds);
	xdpx_broker_free(broker);
}
END_TEST

static const struct {
	struct xdpx_port_opts opts;
	const char *nic;
	int code;
	const char *word;
} refused[] = {
	{{0}, "v0", -EINVAL, "which traffic"},
	{{.traffic = 99}, "v0", -EINVAL, "no enum xdpx_traffic"},
	{{.traffic = XDPX_TRAFFIC_ALL, .queue_first = 7}, "v0", -EINVAL, "do not all exist"},
	{{.traffic = XDPX_TRAFFIC_ALL, .netns = "other"}, "v0", -EINVAL, "its own network namespace"},
	{{.traffic = XDPX_TRAFFIC_ALL, .carrier_ms = 5}, "v0", -EINVAL, "waits for no link"},
	{{.traffic = XDPX_TRAFFIC_ALL}, "nosuch", -ENODEV, "nosuch"},
	{{.traffic = XDPX_TRAFFIC_ALL}, NULL, -EINVAL, "no device"},
};

START_TEST(a_broker_s_bad_options_are_refused_in_words)
{
	struct xdpx_port_opts opts = refused[_i].opts;
	struct xdpx_broker *broker = NULL;
	unsigned int fds = fd_count();

	opts.size = sizeof(opts);
	ck_assert_int_eq(xdpx_broker_open(refused[_i].nic, &opts, &broker), refused[_i].code);
	ck_assert_msg(strstr(message(), refused[_i].word), "%s", message());
	ck_assert_ptr_null(broker);
	ck_assert_uint_eq(fd_count(), fds);
	ck_assert_uint_eq(net_prog_id("v0"), 0);
}
END_TEST

/* The program is its owner's, who may attach it again. */
START_TEST(in_a_program_of_the_caller_s_a_broker_leaves_no_socket_behind)
{
	struct xdpx_port_opts opts = {.traffic = XDPX_TRAFFIC_PROG, .xskmap = "sockets"};
	struct xdpx_worker *worker;
	struct xdpx_broker *broker;
	uint32_t queue = 0;
	int pair[2];
	int fd;

	ck_assert_int_eq(xdpx_prog_open(TEST_OBJECTS "/steer.bpf.o", NULL, &opts.prog), 0);
	broker = share_broker(&opts);
	worker = share_join(broker, pair);
	fd = xdpx_xsk_fd(xdpx_worker_xsk(worker));
	ck_assert_int_eq(bpf_map_update_elem(xdpx_prog_map_fd(opts.prog, "sockets"), &queue, &fd, BPF_EXIST), 0);
	xdpx_broker_free(broker);
	ck_assert_int_eq(bpf_map_update_elem(xdpx_prog_map_fd(opts.prog, "sockets"), &queue, &fd, BPF_EXIST), -ENOENT);
	xdpx_worker_free(worker);
	xdpx_prog_free(opts.prog);
}
END_TEST

START_TEST(a_broker_takes_no_memory_of_the_caller_s_and_leaves_other_programs_alone)
{
	struct xdpx_port_opts opts = {.size = sizeof(opts), .traffic = XDPX_TRAFFIC_ALL};
	struct xdpx_umem_opts umem_opts = {.size = sizeof(umem_opts)};
	struct xdpx_broker *broker;
	unsigned int program;

	ck_assert_int_eq(xdpx_umem_new(NULL, &opts.umem), 0);
	ck_assert_int_eq(xdpx_broker_open("v0", &opts, &broker), -EINVAL);
	ck_assert_ptr_nonnull(strstr(message(), "each worker has memory of its own"));
	opts.umem_opts = &umem_opts;
	umem_opts.memory = xdpx_umem_base(opts.umem);
	umem_opts.memory_bytes = 1 << 20;
	xdpx_umem_free(opts.umem);
	opts.umem = NULL;
	ck_assert_int_eq(xdpx_broker_open("v0", &opts, &broker), -EINVAL);
	ck_assert_ptr_nonnull(strstr(message(), "each worker has memory of its own"));
	opts.umem_opts = NULL;
	ck_assert_int_eq(xdpx_broker_open("v0", &opts, NULL), -EINVAL);

	sh("ip link set v0 xdp obj " TEST_OBJECTS "/pass.bpf.o sec xdp");
	program = net_prog_id("v0");
	ck_assert_int_eq(xdpx_broker_open("v0", &opts, &broker), -EBUSY);
	ck_assert_uint_eq(net_prog_id("v0"), program);
	sh("ip link set v0 xdp off");
	drop_caps(UINT64_MAX);
	ck_assert_int_eq(xdpx_broker_open("v0", &opts, &broker), -EPERM);
	ck_assert_ptr_nonnull(strstr(message(), "CAP_"));
	xdpx_broker_free(NULL);
	xdpx_broker_release(NULL, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("share_opts");
	TCase *tcase = tcase_create("share_opts");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, a_worker_that_only_sends_takes_nothing_from_the_network_stack);
	tcase_add_test(tcase, a_worker_receives_and_sends_packets_of_several_frames_where_its_broker_says_so);
	tcase_add_test(tcase, packet_memory_is_as_the_broker_s_options_say);
	tcase_add_test(tcase, options_that_need_privileges_are_set_by_the_broker);
	tcase_add_loop_test(tcase, a_broker_s_bad_options_are_refused_in_words, 0,
			    sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(tcase, in_a_program_of_the_caller_s_a_broker_leaves_no_socket_behind);
	tcase_add_test(tcase, a_broker_takes_no_memory_of_the_caller_s_and_leaves_other_programs_alone);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}

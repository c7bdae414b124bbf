/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "drop_caps.h"
#include "net.h"
#include "prog/prog.h"
#include "run.h"
#include "xsk/objects.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_packet.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xdpx/error.h>
#include <xdpx/port.h>
#include <xdpx/prog.h>

#define PACKET 64

static const char *message(void)
{
	return xdpx_error_last()->message;
}

static struct xdpx_port *open_with(const char *nic, const struct xdpx_port_opts *more)
{
	struct xdpx_port_opts opts = more ? *more : (struct xdpx_port_opts){.traffic = XDPX_TRAFFIC_ALL};
	struct xdpx_port *port;

	opts.size = sizeof(opts);
	opts.frame_count = opts.frame_count || opts.umem ? opts.frame_count : 64;
	ck_assert_msg(xdpx_port_open(nic, &opts, &port) == 0, "%s: %s", message(), xdpx_error_last()->kernel);
	return port;
}

/* A frame for nobody's protocol, `type` in the last byte of its EtherType, `mark` in its payload. */
static void frame_send(int fd, unsigned char type, unsigned char mark)
{
	unsigned char packet[PACKET] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 2, 2, 2, 2, 2, 0x88, type, mark};

	ck_assert_int_eq(send(fd, packet, PACKET, 0), PACKET);
}

/* The mark of the next packet on the socket, -1 when none comes within the time. */
static int frame_mark(struct xdpx_xsk *xsk, int timeout_ms)
{
	struct xdpx_frame frame;
	int mark;

	if (xdpx_xsk_wait(xsk, timeout_ms) != 1 || !xdpx_xsk_recv(xsk, &frame, 1))
		return -1;
	ck_assert_uint_eq(frame.len, PACKET);
	mark = ((unsigned char *)xdpx_frame_data(xdpx_umem_base(xdpx_xsk_umem(xsk)), &frame))[14];
	xdpx_xsk_release(xsk, &frame, 1);
	return mark;
}

START_TEST(traffic_that_was_not_said_is_refused)
{
	struct xdpx_port_opts opts = {.size = sizeof(opts)};
	struct xdpx_port *port;

	ck_assert_int_eq(xdpx_port_open("lo", &opts, &port), -EINVAL);
	ck_assert_ptr_nonnull(strstr(message(), "which traffic"));
	ck_assert_ptr_nonnull(strstr(xdpx_error_last()->hint, "XDPX_TRAFFIC_ALL"));
	ck_assert_int_eq(xdpx_port_open("lo", NULL, &port), -EINVAL);
}
END_TEST

static unsigned char page[8192] __attribute__((aligned(65536)));
static const struct xdpx_umem_opts in_one_memory = {
	.size = sizeof(in_one_memory), .memory = page, .memory_bytes = sizeof(page)};

static const struct {
	struct xdpx_port_opts opts;
	const char *word;
} refused[] = {
	{{.traffic = 7}, "traffic is 7"},
	{{.traffic = XDPX_TRAFFIC_PROG}, "needs a program"},
	{{.traffic = XDPX_TRAFFIC_ALL, .xskmap = "sockets"}, "none but its own"},
	{{.traffic = XDPX_TRAFFIC_ALL, .flags = 1ULL << 20}, "flags"},
	{{.traffic = XDPX_TRAFFIC_ALL, .attach_flags = XDPX_ATTACH_REPLACE}, "flags"},
	{{.traffic = XDPX_TRAFFIC_ALL, .mode = 9}, "unknown mode 9"},
	{{.traffic = XDPX_TRAFFIC_ALL, .frame_size = 100}, "frame_size is 100"},
	{{.traffic = XDPX_TRAFFIC_ALL, .rx_size = 5}, "rx_size is 5"},
	{{.traffic = XDPX_TRAFFIC_ALL, .zerocopy = 5}, "zerocopy is 5"},
	{{.traffic = XDPX_TRAFFIC_ALL,
	  .flags = XDPX_PORT_UMEM_PER_QUEUE,
	  .frame_count = 2,
	  .umem_opts = &in_one_memory},
	 "in the one memory"},
	{{.traffic = XDPX_TRAFFIC_ALL, .queue_first = 2}, "queues 2 to 2 do not all exist; it has 2 (0 to 1)"},
	{{.traffic = XDPX_TRAFFIC_ALL, .queue_first = 1, .queue_count = 2}, "queues 1 to 2 do not all exist"},
	{{.traffic = XDPX_TRAFFIC_ALL, .queue_count = UINT32_MAX}, "do not all exist"},
};

START_TEST(bad_options_are_refused_in_words_and_leave_nothing_behind)
{
	struct xdpx_port_opts opts = refused[_i].opts;
	struct xdpx_port *untouched = (struct xdpx_port *)&opts;
	unsigned int fds;

	net_veth("v0", "v1", 2);
	fds = fd_count();
	opts.size = sizeof(opts);
	ck_assert_int_eq(xdpx_port_open("v0", &opts, &untouched), -EINVAL);
	ck_assert_msg(strstr(message(), refused[_i].word), "\"%s\" is not in \"%s\"", refused[_i].word, message());
	ck_assert_ptr_eq(untouched, &opts);
	ck_assert_uint_eq(fd_count(), fds);
	ck_assert_uint_eq(net_prog_id("v0"), 0);
}
END_TEST

START_TEST(null_arguments_and_unknown_devices_are_refused)
{
	struct xdpx_port_opts opts = {.size = sizeof(opts), .traffic = XDPX_TRAFFIC_ALL};
	struct xdpx_port *port;

	ck_assert_int_eq(xdpx_port_open(NULL, &opts, &port), -EINVAL);
	ck_assert_int_eq(xdpx_port_open("lo", &opts, NULL), -EINVAL);
	ck_assert_int_eq(xdpx_port_open("nosuch", &opts, &port), -ENODEV);
	ck_assert_int_eq(xdpx_port_close(NULL), 0);
	xdpx_port_free(NULL);
}
END_TEST

START_TEST(without_capabilities_the_error_names_one)
{
	struct xdpx_port_opts opts = {.size = sizeof(opts), .traffic = XDPX_TRAFFIC_ALL};
	struct xdpx_port *port;

	drop_caps(UINT64_MAX);
	ck_assert_int_eq(xdpx_port_open("lo", &opts, &port), -EPERM);
	ck_assert_ptr_nonnull(strstr(message(), "CAP_"));
	ck_assert_str_eq(xdpx_error_last()->kernel, ""); /* not libbpf's guess at RLIMIT_MEMLOCK */
}
END_TEST

static const struct {
	const char *make;
	enum xdpx_mode mode;
} devices[] = {
	{"true; ip link set lo up; ip link property add dev lo altname dut", XDPX_MODE_GENERIC},
	{"ip link add dut type bridge; ip link set dut up", XDPX_MODE_GENERIC},
	{"ip link add dut type veth peer name v1; ip link set dut up; ip link set v1 up", XDPX_MODE_NATIVE},
	{"ip tuntap add dut mode tap; ip link set dut up", XDPX_MODE_NATIVE},
	{"ip tuntap add dut mode tun; ip link set dut up", XDPX_MODE_GENERIC},
};

START_TEST(each_kind_of_device_opens_in_its_mode_and_says_why)
{
	struct xdpx_port *port;

	sh("%s", devices[_i].make);
	port = open_with("dut", NULL);
	ck_assert_int_eq(xdpx_link_mode(xdpx_port_link(port)), devices[_i].mode);
	ck_assert_uint_gt(strlen(xdpx_link_mode_why(xdpx_port_link(port))), 10);
	ck_assert_uint_ge(xdpx_port_queue_count(port), 1);
	ck_assert_int_eq(xdpx_port_close(port), 0);
}
END_TEST

START_TEST(a_loopback_packet_is_received_in_generic_mode)
{
	struct xdpx_port *port = open_with("lo", NULL);
	int fd = net_packet_socket("lo");

	frame_send(fd, 0xb5, 77);
	ck_assert_int_eq(frame_mark(xdpx_port_xsk(port, 0), 1000), 77);
	xdpx_port_close(port);
}
END_TEST

START_TEST(another_s_program_is_left_alone_and_named)
{
	struct xdpx_port_opts opts = {.size = sizeof(opts), .traffic = XDPX_TRAFFIC_ALL};
	struct xdpx_port *port;
	unsigned int id;

	net_veth("v0", "v1", 1);
	sh("ip link set v0 xdp obj " TEST_OBJECTS "/pass.bpf.o sec xdp");
	id = net_prog_id("v0");
	ck_assert_uint_ne(id, 0);
	ck_assert_int_eq(xdpx_port_open("v0", &opts, &port), -EBUSY);
	ck_assert_ptr_nonnull(strstr(message(), "program"));
	ck_assert_uint_eq(net_prog_id("v0"), id);
}
END_TEST

START_TEST(a_killed_receiver_leaves_no_program)
{
	int ready[2];
	pid_t child;
	char byte;

	net_veth("v0", "v1", 2);
	ck_assert_int_eq(pipe(ready), 0);
	child = fork();
	if (!child) {
		open_with("v0", NULL);
		(void)!write(ready[1], "x", 1);
		pause();
	}
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	ck_assert_uint_ne(net_prog_id("v0"), 0);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	for (int tries = 0; net_prog_id("v0") && tries < 50; tries++)
		usleep(20000); /* the kernel ends a link's last reference in its own time */
	ck_assert_uint_eq(net_prog_id("v0"), 0);
	xdpx_port_free(open_with("v0", NULL));
}
END_TEST

START_TEST(two_devices_with_two_queues_open_in_one_process_by_alternative_names)
{
	struct xdpx_port *port[2];
	int fd[2];
	int at;

	net_veth("v0", "v1", 2);
	net_veth("w0", "w1", 2);
	sh("ip link property add dev v0 altname a-name-longer-than-fifteen-bytes-v");
	sh("ip link property add dev w0 altname a-name-longer-than-fifteen-bytes-w");
	port[0] = open_with("a-name-longer-than-fifteen-bytes-v", NULL);
	port[1] = open_with("a-name-longer-than-fifteen-bytes-w", NULL);
	fd[0] = net_packet_socket("v1");
	fd[1] = net_packet_socket("w1");
	for (at = 0; at < 2; at++) {
		int mark;

		ck_assert_uint_eq(xdpx_port_queue_count(port[at]), 2);
		frame_send(fd[at], 0xb5, (unsigned char)(10 + at));
		mark = frame_mark(xdpx_port_xsk(port[at], 0), 200);
		if (mark < 0)
			mark = frame_mark(xdpx_port_xsk(port[at], 1), 1000);
		ck_assert_int_eq(mark, 10 + at);
	}
	ck_assert_ptr_null(xdpx_port_xsk(port[0], 2));
	ck_assert_int_eq(xdpx_port_close(port[0]), 0);
	ck_assert_int_eq(xdpx_port_close(port[1]), 0);
	ck_assert_uint_eq(net_prog_id("v0"), 0);
}
END_TEST

#define CLAIM_QUEUES 16
#define CLAIM_THREADS 8

static unsigned int claimed[CLAIM_QUEUES];
static unsigned int claims_refused;

static void *claim_all(void *arg)
{
	struct xdpx_xsk *xsk;

	while (!xdpx_port_claim(arg, &xsk))
		__atomic_fetch_add(&claimed[xdpx_xsk_queue(xsk)], 1, __ATOMIC_RELAXED);
	if (xdpx_error_last()->code == -ENOENT)
		__atomic_fetch_add(&claims_refused, 1, __ATOMIC_RELAXED);
	return NULL;
}

START_TEST(workers_never_claim_the_same_queue)
{
	pthread_t threads[CLAIM_THREADS];
	struct xdpx_port *port;
	int at;

	net_veth("v0", "v1", CLAIM_QUEUES);
	port = open_with("v0", NULL);
	for (at = 0; at < CLAIM_THREADS; at++)
		pthread_create(&threads[at], NULL, claim_all, port);
	for (at = 0; at < CLAIM_THREADS; at++)
		pthread_join(threads[at], NULL);
	for (at = 0; at < CLAIM_QUEUES; at++)
		ck_assert_uint_eq(claimed[at], 1);
	ck_assert_uint_eq(claims_refused, CLAIM_THREADS);
	xdpx_port_close(port);
}
END_TEST

START_TEST(closing_is_refused_while_frames_are_held_and_the_port_goes_on)
{
	struct xdpx_port *port;
	struct xdpx_frame frame;
	struct xdpx_xsk *xsk;
	int fd;

	net_veth("v0", "v1", 1);
	port = open_with("v0", NULL);
	xsk = xdpx_port_xsk(port, 0);
	fd = net_packet_socket("v1");
	frame_send(fd, 0xb5, 1);
	ck_assert_int_eq(xdpx_xsk_wait(xsk, 1000), 1);
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, &frame, 1), 1);
	ck_assert_int_eq(xdpx_port_close(port), -EBUSY);
	ck_assert_str_eq(message(), "the application holds 1 frames of the port");
	frame_send(fd, 0xb5, 2);
	ck_assert_int_eq(frame_mark(xsk, 1000), 2);
	xdpx_xsk_release(xsk, &frame, 1);
	ck_assert_int_eq(xdpx_port_close(port), 0);
}
END_TEST

START_TEST(the_caller_s_program_decides_what_is_taken)
{
	struct xdpx_port_opts opts = {.traffic = XDPX_TRAFFIC_PROG, .xskmap = "sockets"};
	struct xdpx_port *port;
	unsigned char packet[PACKET];
	int receiver;
	int sender;

	net_veth("v0", "v1", 1);
	ck_assert_int_eq(xdpx_prog_open(TEST_OBJECTS "/steer.bpf.o", NULL, &opts.prog), 0);
	port = open_with("v0", &opts);
	receiver = net_packet_socket("v0");
	sender = net_packet_socket("v1");
	frame_send(sender, 0xb6, 1);
	frame_send(sender, 0xb5, 2);
	ck_assert_int_eq(frame_mark(xdpx_port_xsk(port, 0), 1000), 2);
	ck_assert_int_eq(recv(receiver, packet, sizeof(packet), 0), PACKET);
	ck_assert_uint_eq(packet[13], 0xb6);
	ck_assert_int_eq(xdpx_port_close(port), 0);

	opts.size = sizeof(opts);
	opts.xskmap = "nosuch";
	ck_assert_int_eq(xdpx_port_open("v0", &opts, &port), -ENOENT);
	ck_assert_uint_eq(net_prog_id("v0"), 0);
	xdpx_prog_free(opts.prog);
}
END_TEST

START_TEST(queues_that_were_not_asked_for_stay_with_the_network_stack)
{
	struct xdpx_port_opts opts = {.traffic = XDPX_TRAFFIC_ALL, .queue_first = 1, .queue_count = 1};
	unsigned char packet[PACKET];
	struct xdpx_port *port;
	int receiver;
	int sender;
	int on = 1;

	net_veth("v0", "v1", 2);
	port = open_with("v0", &opts);
	ck_assert_uint_eq(xdpx_port_queue_count(port), 1);
	ck_assert_uint_eq(xdpx_xsk_queue(xdpx_port_xsk(port, 0)), 1);
	receiver = net_packet_socket("v0");
	sender = net_packet_socket("v1");
	/*
	 * Past the queueing discipline a packet socket's frames leave on the queue of their CPU, here the first. Else
	 * the queue comes from a hash, with a secret of the running kernel's.
	 */
	ck_assert_int_eq(setsockopt(sender, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)), 0);
	sh("taskset -p 1 %d >/dev/null", (int)getpid());
	frame_send(sender, 0xb5, 3);
	ck_assert_int_eq(recv(receiver, packet, sizeof(packet), 0), PACKET);
	ck_assert_uint_eq(packet[14], 3);
	ck_assert_int_eq(frame_mark(xdpx_port_xsk(port, 0), 20), -1);
	xdpx_port_close(port);
}
END_TEST

START_TEST(each_queue_has_its_own_umem_when_asked_for)
{
	struct xdpx_port_opts opts = {.traffic = XDPX_TRAFFIC_ALL, .flags = XDPX_PORT_UMEM_PER_QUEUE};
	struct xdpx_port *port;

	net_veth("v0", "v1", 2);
	port = open_with("v0", &opts);
	ck_assert_ptr_ne(xdpx_xsk_umem(xdpx_port_xsk(port, 0)), xdpx_xsk_umem(xdpx_port_xsk(port, 1)));
	ck_assert_uint_eq(xdpx_umem_frame_count(xdpx_xsk_umem(xdpx_port_xsk(port, 1))), 64);
	ck_assert_int_eq(xdpx_port_close(port), 0);
	opts.flags = 0;
	port = open_with("v0", &opts);
	ck_assert_ptr_eq(xdpx_xsk_umem(xdpx_port_xsk(port, 0)), xdpx_xsk_umem(xdpx_port_xsk(port, 1)));
	ck_assert_uint_eq(xdpx_umem_frame_count(xdpx_xsk_umem(xdpx_port_xsk(port, 0))), 128);
	ck_assert_int_eq(xdpx_port_close(port), 0);
}
END_TEST

static int warnings;

static void warning(void *arg, enum xdpx_log_level level, const char *text)
{
	(void)arg;
	warnings += level == XDPX_LOG_WARN && strstr(text, "longer than 3840 bytes");
}

START_TEST(a_port_opens_natively_at_mtu_9000_and_warns_that_long_packets_do_not_fit)
{
	struct xdpx_port *port;

	net_veth("v0", "v1", 1);
	sh("ip link set v0 mtu 9000; ip link set v1 mtu 9000");
	xdpx_log_set(warning, NULL, XDPX_LOG_WARN);
	port = open_with("v0", NULL);
	ck_assert_int_eq(xdpx_link_mode(xdpx_port_link(port)), XDPX_MODE_NATIVE);
	ck_assert_int_eq(warnings, 1);
	xdpx_port_close(port);
}
END_TEST

START_TEST(the_embedded_program_looks_nothing_up_itself)
{
	struct xdpx_prog *prog;
	const struct bpf_insn *code;
	size_t count;
	size_t at;
	int calls = 0;

	ck_assert_int_eq(xdpx_prog_open_memory(xdpx_object_redirect, xdpx_object_redirect_bytes, NULL, &prog), 0);
	ck_assert_int_eq(xdpx_prog_load(prog, NULL), 0);
	code = bpf_program__insns(prog->program);
	count = bpf_program__insn_cnt(prog->program);
	for (at = 0; at < count; at++) {
		if (code[at].code != (BPF_JMP | BPF_CALL))
			continue;
		ck_assert_int_eq(code[at].imm, BPF_FUNC_redirect_map);
		calls++;
	}
	ck_assert_int_eq(calls, 1);
	xdpx_prog_free(prog);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("port");
	TCase *tcase = tcase_create("port");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, net_isolate, NULL);
	tcase_add_test(tcase, traffic_that_was_not_said_is_refused);
	tcase_add_loop_test(tcase, bad_options_are_refused_in_words_and_leave_nothing_behind, 0,
			    sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(tcase, null_arguments_and_unknown_devices_are_refused);
	tcase_add_test(tcase, without_capabilities_the_error_names_one);
	tcase_add_loop_test(tcase, each_kind_of_device_opens_in_its_mode_and_says_why, 0,
			    sizeof(devices) / sizeof(devices[0]));
	tcase_add_test(tcase, a_loopback_packet_is_received_in_generic_mode);
	tcase_add_test(tcase, another_s_program_is_left_alone_and_named);
	tcase_add_test(tcase, a_killed_receiver_leaves_no_program);
	tcase_add_test(tcase, two_devices_with_two_queues_open_in_one_process_by_alternative_names);
	tcase_add_test(tcase, workers_never_claim_the_same_queue);
	tcase_add_test(tcase, closing_is_refused_while_frames_are_held_and_the_port_goes_on);
	tcase_add_test(tcase, the_caller_s_program_decides_what_is_taken);
	tcase_add_test(tcase, queues_that_were_not_asked_for_stay_with_the_network_stack);
	tcase_add_test(tcase, each_queue_has_its_own_umem_when_asked_for);
	tcase_add_test(tcase, a_port_opens_natively_at_mtu_9000_and_warns_that_long_packets_do_not_fit);
	tcase_add_test(tcase, the_embedded_program_looks_nothing_up_itself);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}

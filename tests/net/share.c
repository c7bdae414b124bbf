/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Queues handed to workers that may do nothing: what those can do with them, and what not. */
#include "share.h"
#include "drop_caps.h"
#include "net.h"
#include "run.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/if_xdp.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xdpx/error.h>

static const char *message(void)
{
	return xdpx_error_last()->message;
}

static void setup(void)
{
	net_isolate();
	net_veth("v0", "v1", 1);
}

static void two_queues_setup(void)
{
	net_isolate();
	net_veth("v0", "v1", 2);
}

START_TEST(a_worker_without_capabilities_receives_and_sends)
{
	struct xdpx_broker *broker = share_broker(NULL);
	unsigned int program = net_prog_id("v0");
	int connection;
	pid_t pid;

	ck_assert_uint_ne(program, 0);
	ck_assert_uint_eq(xdpx_broker_queue_count(broker), 1);
	ck_assert_int_eq(xdpx_link_mode(xdpx_broker_link(broker)), XDPX_MODE_NATIVE);
	pid = share_worker(&connection, share_join_and_echo);
	share_echo_serve(broker, connection, pid);
	ck_assert_uint_eq(net_prog_id("v0"), program);
	xdpx_broker_free(broker);
	ck_assert_uint_eq(net_prog_id("v0"), 0);
}
END_TEST

/* A worker that was never a child of the broker's: it knows no more than the socket's name. */
START_TEST(a_worker_that_connects_by_name_receives_and_sends_and_can_be_told_from_others)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0xdpx-test-share"};
	struct xdpx_peer peer = {.size = sizeof(peer)};
	struct xdpx_broker *broker = share_broker(NULL);
	int listening = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int connection;
	pid_t pid;

	ck_assert_int_eq(bind(listening, (struct sockaddr *)&name, sizeof(name)), 0);
	ck_assert_int_eq(listen(listening, 8), 0);
	pid = fork();
	if (!pid) {
		close(listening);
		nobody_become();
		connection = socket(AF_UNIX, SOCK_SEQPACKET, 0);
		NEED(!connect(connection, (struct sockaddr *)&name, sizeof(name)));
		share_join_and_echo(connection);
		_exit(0);
	}
	connection = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_eq(xdpx_broker_peer(connection, &peer), 0);
	ck_assert_int_eq(peer.pid, pid);
	ck_assert_uint_eq(peer.uid, 65534);
	ck_assert_uint_eq(peer.gid, 65534);
	ck_assert_int_eq(xdpx_broker_peer(connection, NULL), -EINVAL);
	ck_assert_int_eq(xdpx_broker_peer(-1, &peer), -EBADF);
	share_echo_serve(broker, connection, pid);
	close(listening);
	xdpx_broker_free(broker);
}
END_TEST

#ifdef __SANITIZE_ADDRESS__ /* which makes system calls of its own */
#define TIGHT 0
#else
#define TIGHT 1
#endif

#define ALLOW(name) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* What is left to a worker that has joined: the calls on descriptors that it has. Any other call ends it. */
static void tighten(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
#ifdef SYS_poll
		ALLOW(poll),
#endif
		ALLOW(ppoll),
		ALLOW(sendto),
		ALLOW(recvfrom),
		ALLOW(getsockopt),
		ALLOW(ioctl),
		ALLOW(close),
		ALLOW(munmap),
		ALLOW(clock_nanosleep),
		ALLOW(exit_group),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	NEED(!prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
}

static void tight_echo(int connection)
{
	struct xdpx_worker *worker;

	NEED(!xdpx_worker_join(connection, NULL, &worker));
	if (TIGHT)
		tighten();
	share_echo(worker);
	NEED(!xdpx_worker_close(worker));
}

START_TEST(a_worker_that_has_joined_needs_no_more_than_calls_on_its_descriptors)
{
	struct xdpx_broker *broker = share_broker(NULL);
	int connection;
	pid_t pid = share_worker(&connection, tight_echo);

	share_echo_serve(broker, connection, pid);
	xdpx_broker_free(broker);
}
END_TEST

#define NO_NAMESPACES 77

static void echo_elsewhere(int connection)
{
	struct xdpx_worker *worker;
	pid_t pid;
	int status;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWIPC))
		_exit(NO_NAMESPACES);
	pid = fork();
	if (!pid) {
		/* in its user namespace it is all-powerful, which is worth nothing to the device */
		drop_caps(UINT64_MAX);
		NEED(!if_nametoindex("v0"));
		NEED(!xdpx_worker_join(connection, NULL, &worker));
		share_echo(worker);
		NEED(!xdpx_worker_close(worker));
		_exit(0);
	}
	close(connection);
	NEED(waitpid(pid, &status, 0) == pid && !status);
}

START_TEST(a_worker_in_other_user_network_and_process_namespaces_receives_and_sends)
{
	struct xdpx_broker *broker = share_broker(NULL);
	int connection;
	int status;
	pid_t pid = fork();

	if (!pid) {
		nobody_become();
		_exit(unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWIPC) ? NO_NAMESPACES : 0);
	}
	waitpid(pid, &status, 0);
	if (WEXITSTATUS(status) == NO_NAMESPACES)
		skip_test("nobody may make a user namespace");
	pid = share_worker(&connection, echo_elsewhere);
	share_echo_serve(broker, connection, pid);
	xdpx_broker_free(broker);
}
END_TEST

START_TEST(two_workers_have_two_queues_and_a_third_is_refused_in_words_until_one_leaves)
{
	struct xdpx_broker *broker = share_broker(NULL);
	struct xdpx_worker *workers[2];
	struct xdpx_worker *third = NULL;
	int pairs[3][2];

	workers[0] = share_join(broker, pairs[0]);
	workers[1] = share_join(broker, pairs[1]);
	ck_assert_uint_eq(xdpx_xsk_queue(xdpx_worker_xsk(workers[0])), 0);
	ck_assert_uint_eq(xdpx_xsk_queue(xdpx_worker_xsk(workers[1])), 1);
	ck_assert_int_eq(xdpx_broker_queue(broker, pairs[1][0]), 1);
	ck_assert_uint_eq(xdpx_broker_free_count(broker), 0);
	ck_assert_ptr_ne(xdpx_xsk_umem(xdpx_worker_xsk(workers[0])), xdpx_xsk_umem(xdpx_worker_xsk(workers[1])));

	share_pair(pairs[2]);
	ck_assert_int_eq(send(pairs[2][1], "XDPX", 4, 0), 4);
	ck_assert_int_eq(xdpx_broker_serve(broker, pairs[2][0]), -EPROTO);
	close(pairs[2][0]);
	close(pairs[2][1]);

	xdpx_worker_free(workers[0]);
	close(pairs[0][1]);
	ck_assert_int_eq(share_serve_out(broker, pairs[0][0]), 0);
	close(pairs[0][0]);
	ck_assert_uint_eq(xdpx_broker_free_count(broker), 1);
	ck_assert_int_eq(xdpx_broker_queue(broker, pairs[0][0]), -ENOENT);
	third = share_join(broker, pairs[2]);
	ck_assert_uint_eq(xdpx_xsk_queue(xdpx_worker_xsk(third)), 0);
	xdpx_worker_free(third);
	xdpx_worker_free(workers[1]);
	xdpx_broker_free(broker);
}
END_TEST

/* The application has closed the worker's connection and told nobody; another has the number now. */
START_TEST(a_new_connection_has_no_queue_though_its_number_had_one)
{
	struct xdpx_broker *broker = share_broker(NULL);
	struct xdpx_worker *worker;
	int pairs[2][2];

	worker = share_join(broker, pairs[0]);
	ck_assert_int_eq(xdpx_broker_queue(broker, pairs[0][0]), 0);
	share_pair(pairs[1]);
	ck_assert_int_eq(dup2(pairs[1][0], pairs[0][0]), pairs[0][0]);
	ck_assert_int_eq(xdpx_broker_queue(broker, pairs[0][0]), -ENOENT);
	xdpx_worker_free(worker);
	xdpx_broker_free(broker);
}
END_TEST

static void join_refused(int connection)
{
	struct xdpx_worker *worker;

	NEED(xdpx_worker_join(connection, NULL, &worker) == -EBUSY);
	NEED(!strcmp(message(), "v0: all 1 queues have workers"));
	NEED(!strcmp(xdpx_error_last()->stage, "worker.refused"));
}

START_TEST(a_worker_without_a_queue_is_told_the_broker_s_words)
{
	struct xdpx_broker *broker = share_broker(NULL);
	struct xdpx_worker *worker;
	int pair[2];
	int connection;
	pid_t pid;

	worker = share_join(broker, pair);
	pid = share_worker(&connection, join_refused);
	ck_assert_int_eq(share_serve_out(broker, connection), -EBUSY);
	ck_assert_str_eq(message(), "v0: all 1 queues have workers");
	share_ends(pid);
	xdpx_worker_free(worker);
	xdpx_broker_free(broker);
}
END_TEST

START_TEST(joining_and_leaving_leaves_no_descriptor_and_no_mapping_behind)
{
	struct xdpx_broker *broker = share_broker(NULL);
	struct xdpx_worker *worker;
	unsigned int fds = fd_count();
	int pair[2];
	int at;

	for (at = 0; at < 20; at++) {
		worker = share_join(broker, pair);
		/* socket, memfd, control; both ends of the connection: the broker keeps none of its own */
		ck_assert_uint_eq(fd_count(), fds + 5);
		ck_assert_int_eq(xdpx_worker_close(worker), 0);
		close(pair[1]);
		ck_assert_int_eq(xdpx_broker_serve(broker, pair[0]), 0);
		close(pair[0]);
		ck_assert_uint_eq(fd_count(), fds);
	}
	ck_assert_int_ne(sh_try("grep -q xdpx-umem /proc/%d/maps", (int)getpid()), 0);
	xdpx_broker_free(broker);
}
END_TEST

START_TEST(what_is_held_is_told_before_a_worker_is_closed)
{
	struct xdpx_broker *broker = share_broker(NULL);
	struct xdpx_worker *worker;
	struct xdpx_frame frame;
	int pair[2];

	worker = share_join(broker, pair);
	ck_assert_uint_eq(xdpx_frames_take(xdpx_xsk_umem(xdpx_worker_xsk(worker)), &frame, 1), 1);
	ck_assert_int_eq(xdpx_worker_close(worker), -EBUSY);
	ck_assert_ptr_nonnull(strstr(message(), "holds 1 frames"));
	xdpx_frames_release(xdpx_xsk_umem(xdpx_worker_xsk(worker)), &frame, 1);
	ck_assert_int_eq(xdpx_worker_close(worker), 0);
	ck_assert_int_eq(xdpx_worker_close(NULL), 0);
	xdpx_worker_free(NULL);
	xdpx_broker_free(broker);
}
END_TEST

START_TEST(a_queue_without_a_worker_stays_with_the_network_stack)
{
	struct xdpx_broker *broker = share_broker(NULL);
	int stack = net_packet_socket("v0");
	int fd = net_packet_socket("v1");
	struct xdpx_worker *worker;
	int pair[2];

	share_send(fd, 1);
	ck_assert_int_eq(share_seen(stack, 5000), 1);
	worker = share_join(broker, pair);
	share_send(fd, 2);
	ck_assert_int_eq(share_mark(xdpx_worker_xsk(worker), 5000), 2);
	xdpx_broker_release(broker, pair[0]);
	share_send(fd, 3);
	ck_assert_int_eq(share_seen(stack, 5000), 3);
	ck_assert_int_eq(share_mark(xdpx_worker_xsk(worker), 20), -1);
	xdpx_worker_free(worker);
	xdpx_broker_free(broker);
}
END_TEST

static void join_busy(int connection)
{
	struct xdpx_worker *worker;

	NEED(xdpx_worker_join(connection, NULL, &worker) == -EBUSY);
	NEED(strstr(message(), "queue 0 is in use by another AF_XDP socket"));
}

START_TEST(a_worker_whose_queue_is_taken_away_keeps_the_next_from_it_until_it_ends)
{
	struct xdpx_xsk_opts xsk_opts = {.size = sizeof(xsk_opts), .deadline_ms = 300};
	struct xdpx_port_opts opts = {.xsk_opts = &xsk_opts};
	struct xdpx_broker *broker = share_broker(&opts);
	struct xdpx_worker *worker;
	int connection;
	int pair[2];
	pid_t pid;

	worker = share_join(broker, pair);
	xdpx_broker_release(broker, pair[0]);
	ck_assert_int_eq(xdpx_worker_check(worker), 0);
	close(pair[0]);
	ck_assert_int_eq(xdpx_worker_check(worker), -EPIPE);
	ck_assert_ptr_nonnull(strstr(xdpx_error_last()->hint, "join again"));

	pid = share_worker(&connection, join_busy);
	ck_assert_int_eq(share_serve_out(broker, connection), -EBUSY);
	share_ends(pid);
	close(connection);

	xdpx_worker_free(worker);
	xdpx_worker_free(share_join(broker, pair));
	xdpx_broker_free(broker);
}
END_TEST

START_TEST(a_connection_closed_without_a_word_to_the_broker_frees_its_queue_for_the_next_of_that_number)
{
	struct xdpx_broker *broker = share_broker(NULL);
	struct xdpx_worker *worker;
	int pair[2];
	int first;

	worker = share_join(broker, pair);
	first = pair[0];
	xdpx_worker_free(worker);
	close(pair[0]);
	close(pair[1]);
	worker = share_join(broker, pair);
	ck_assert_int_eq(pair[0], first);
	xdpx_worker_free(worker);
	xdpx_broker_free(broker);
}
END_TEST

/* Before 6.4 the fill ring of a bound socket could not be mapped; this process may not, either. */
static void bound_rings_forbid(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[5]) + 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(XDP_UMEM_PGOFF_FILL_RING >> 32), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

START_TEST(where_rings_of_bound_sockets_can_not_be_mapped_the_worker_maps_them_before)
{
	struct xdpx_broker *broker = share_broker(NULL);
	int connections[2];
	pid_t pids[2];
	int at;

	for (at = 0; at < 2; at++)
		pids[at] = share_worker(&connections[at], share_join_and_echo);
	bound_rings_forbid();
	for (at = 0; at < 2; at++)
		share_echo_serve(broker, connections[at], pids[at]);
	xdpx_broker_free(broker);
}
END_TEST

START_TEST(a_device_that_was_made_anew_is_served_by_the_same_broker)
{
	struct xdpx_broker *broker = share_broker(NULL);
	struct xdpx_worker *worker;
	int connection;
	int pair[2];
	pid_t pid;

	worker = share_join(broker, pair);
	sh("ip link del v0");
	ck_assert_int_eq(xdpx_xsk_wait(xdpx_worker_xsk(worker), 5000), -ENODEV);
	xdpx_worker_free(worker);
	close(pair[1]);
	ck_assert_int_eq(xdpx_broker_serve(broker, pair[0]), 0);
	close(pair[0]);
	net_veth("v0", "v1", 1);
	pid = share_worker(&connection, share_join_and_echo);
	share_echo_serve(broker, connection, pid);
	xdpx_broker_free(broker);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("share");
	TCase *one = tcase_create("one queue");
	TCase *two = tcase_create("two queues");

	tcase_add_checked_fixture(one, setup, NULL);
	tcase_add_checked_fixture(two, two_queues_setup, NULL);
	tcase_set_timeout(one, 60);
	tcase_set_timeout(two, 60);
	tcase_add_test(one, a_worker_without_capabilities_receives_and_sends);
	tcase_add_test(one, a_worker_that_connects_by_name_receives_and_sends_and_can_be_told_from_others);
	tcase_add_test(one, a_worker_that_has_joined_needs_no_more_than_calls_on_its_descriptors);
	tcase_add_test(one, a_worker_in_other_user_network_and_process_namespaces_receives_and_sends);
	tcase_add_test(two, two_workers_have_two_queues_and_a_third_is_refused_in_words_until_one_leaves);
	tcase_add_test(one, a_new_connection_has_no_queue_though_its_number_had_one);
	tcase_add_test(one, a_worker_without_a_queue_is_told_the_broker_s_words);
	tcase_add_test(one, joining_and_leaving_leaves_no_descriptor_and_no_mapping_behind);
	tcase_add_test(one, what_is_held_is_told_before_a_worker_is_closed);
	tcase_add_test(one, a_queue_without_a_worker_stays_with_the_network_stack);
	tcase_add_test(one, a_worker_whose_queue_is_taken_away_keeps_the_next_from_it_until_it_ends);
	tcase_add_test(one,
		       a_connection_closed_without_a_word_to_the_broker_frees_its_queue_for_the_next_of_that_number);
	tcase_add_test(one, where_rings_of_bound_sockets_can_not_be_mapped_the_worker_maps_them_before);
	tcase_add_test(one, a_device_that_was_made_anew_is_served_by_the_same_broker);
	suite_add_tcase(suite, one);
	suite_add_tcase(suite, two);
	return run_suite(suite);
}

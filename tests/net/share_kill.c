/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * Workers and brokers that are killed at random points, with packets under way: what comes after them finds all there.
 * XDPX_KILLS says how often; 30 unless it is set.
 */
#include "net.h"
#include "run.h"
#include "share.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <xdpx/error.h>

/* The latest that a process is killed after its start. */
#define LATEST_US 20000
#define CONNECTIONS 8

static unsigned int rounds = 30;
static unsigned int seed;
static pid_t sender;

static void pause_us(long us)
{
	const struct timespec time = {.tv_nsec = us * 1000};

	nanosleep(&time, NULL);
}

/* When to kill: as often while the other is joining, which takes a millisecond or two, as later. */
static long moment_us(void)
{
	return (rand_r(&seed) % LATEST_US) >> (rand_r(&seed) % 5);
}

static pid_t process(void (*run)(void))
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	run();
	_exit(0);
}

static void killed(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "it ended before with 0x%x", status);
}

static void send_on(void)
{
	int fd = net_packet_socket("v1");

	for (;;) {
		for (int at = 0; at < 16; at++)
			share_send(fd, 3);
		pause_us(200);
	}
}

static void setup(void)
{
	const char *more = getenv("XDPX_KILLS");

	if (more)
		rounds = (unsigned int)strtoul(more, NULL, 10);
	seed = (unsigned int)time(NULL) ^ (unsigned int)getpid();
	net_isolate();
	net_veth("v0", "v1", 1);
	sender = process(send_on);
}

static void teardown(void)
{
	killed(sender);
}

/* Receives and sends, and holds frames all the while. */
static void work_on(struct xdpx_worker *worker)
{
	struct xdpx_xsk *xsk = xdpx_worker_xsk(worker);
	struct xdpx_frame frames[16];
	unsigned int count;
	int sent;

	for (;;) {
		count = xdpx_xsk_recv(xsk, frames, 16);
		sent = xdpx_xsk_send(xsk, frames, count / 2);
		NEED(sent >= 0);
		if (count > (unsigned int)sent)
			xdpx_xsk_release(xsk, frames + sent, count - (unsigned int)sent);
		if (!count)
			(void)xdpx_xsk_wait(xsk, 10);
	}
}

static void join_and_work(int connection)
{
	struct xdpx_worker *worker;

	if (!xdpx_worker_join(connection, NULL, &worker))
		work_on(worker);
	/* killed in the midst of it, the broker is gone */
	for (;;)
		pause();
}

/* Serves this connection until the worker has been killed, at some moment from before its first message on. */
static void serve_until_killed(struct xdpx_broker *broker, int connection, pid_t pid)
{
	struct pollfd ready = {.fd = connection, .events = POLLIN};
	long left_us = moment_us();
	bool alive = true;

	for (;;) {
		if (poll(&ready, 1, 0) == 1 && xdpx_broker_serve(broker, connection) <= 0)
			break;
		if (alive && left_us <= 0) {
			killed(pid);
			alive = false;
		}
		pause_us(100);
		left_us -= 100;
	}
	ck_assert_msg(!alive, "the connection ended before the worker: %s", xdpx_error_last()->message);
	close(connection);
}

static void next_worker_has_all(struct xdpx_broker *broker)
{
	struct xdpx_worker *worker;
	int pair[2];
	int at;

	worker = share_join(broker, pair);
	ck_assert_uint_eq(share_frames(worker), SHARE_FRAMES);
	for (at = 0; at < 3; at++)
		ck_assert_int_eq(share_mark(xdpx_worker_xsk(worker), 5000), 3);
	ck_assert_int_eq(xdpx_worker_close(worker), 0);
	close(pair[1]);
	ck_assert_int_eq(share_serve_out(broker, pair[0]), 0);
	close(pair[0]);
}

START_TEST(the_next_worker_after_a_killed_one_has_the_queue_and_all_frames)
{
	struct xdpx_broker *broker = share_broker(NULL);
	unsigned int program = net_prog_id("v0");
	unsigned int fds = fd_count();
	unsigned int round;
	int connection;
	pid_t pid;

	for (round = 0; round < rounds; round++) {
		pid = share_worker(&connection, join_and_work);
		serve_until_killed(broker, connection, pid);
		ck_assert_uint_eq(xdpx_broker_free_count(broker), 1);
		next_worker_has_all(broker);
		ck_assert_uint_eq(net_prog_id("v0"), program);
		ck_assert_uint_eq(fd_count(), fds);
	}
	xdpx_broker_free(broker);
	ck_assert_uint_eq(net_prog_id("v0"), 0);
}
END_TEST

static const struct sockaddr_un place = {.sun_family = AF_UNIX, .sun_path = "\0xdpx-test-share-kill"};

/* A broker's process, as an application would have it: poll() on all connections. */
static void broker_run(void)
{
	struct xdpx_port_opts opts = {.size = sizeof(opts), .traffic = XDPX_TRAFFIC_ALL, .frame_count = SHARE_FRAMES};
	struct pollfd polled[CONNECTIONS + 1] = {{.events = POLLIN}};
	struct xdpx_broker *broker;
	int count = 1;
	int at;

	polled[0].fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	NEED(!xdpx_broker_open("v0", &opts, &broker));
	NEED(!bind(polled[0].fd, (const struct sockaddr *)&place, sizeof(place)) && !listen(polled[0].fd, 8));
	for (;;) {
		NEED(poll(polled, (nfds_t)count, -1) > 0);
		for (at = count - 1; at; at--) {
			if (!polled[at].revents || xdpx_broker_serve(broker, polled[at].fd) > 0)
				continue;
			close(polled[at].fd);
			polled[at] = polled[--count];
		}
		if (polled[0].revents && count <= CONNECTIONS)
			polled[count++] = (struct pollfd){.fd = accept4(polled[0].fd, NULL, NULL, SOCK_CLOEXEC),
							  .events = POLLIN};
	}
}

/* A connection to the broker, made as soon as there is one; -1 when none comes in a second. */
static int dial(void)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int tries;

	for (tries = 0; tries < 1000; tries++) {
		if (!connect(fd, (const struct sockaddr *)&place, sizeof(place)))
			return fd;
		pause_us(1000);
	}
	close(fd);
	return -1;
}

static void worker_run(void)
{
	int connection;

	nobody_become();
	connection = dial();
	NEED(connection >= 0);
	join_and_work(connection);
}

/* A worker in this process, from the broker that is another's; waits while the kernel frees what the last one had. */
static void worker_receives(void)
{
	struct xdpx_worker *worker = NULL;
	int tries;
	int fd;

	for (tries = 0; tries < 5; tries++) {
		fd = dial();
		ck_assert_int_ge(fd, 0);
		if (!xdpx_worker_join(fd, NULL, &worker))
			break;
		close(fd);
		pause_us(20000);
	}
	ck_assert_msg(worker, "%s", xdpx_error_last()->message);
	ck_assert_uint_eq(share_frames(worker), SHARE_FRAMES);
	ck_assert_int_eq(share_mark(xdpx_worker_xsk(worker), 5000), 3);
	ck_assert_int_eq(xdpx_worker_check(worker), 0);
	ck_assert_int_eq(xdpx_worker_close(worker), 0);
	close(fd);
}

static void program_goes(void)
{
	int tries;

	for (tries = 0; tries < 100 && net_prog_id("v0"); tries++)
		pause_us(10000);
	ck_assert_uint_eq(net_prog_id("v0"), 0);
}

START_TEST(a_broker_that_is_killed_takes_its_program_along_and_its_worker_notices)
{
	struct xdpx_worker *worker;
	pid_t broker = process(broker_run);
	int fd = dial();

	ck_assert_msg(!xdpx_worker_join(fd, NULL, &worker), "%s", xdpx_error_last()->message);
	ck_assert_int_eq(share_mark(xdpx_worker_xsk(worker), 5000), 3);
	ck_assert_int_eq(xdpx_worker_check(worker), 0);
	killed(broker);
	ck_assert_int_lt(xdpx_worker_check(worker), 0);
	program_goes();
	/* what was under way is received; then no more comes */
	while (share_mark(xdpx_worker_xsk(worker), 50) == 3)
		;
	xdpx_worker_free(worker);
	close(fd);

	broker = process(broker_run);
	worker_receives();
	killed(broker);
	program_goes();
}
END_TEST

START_TEST(a_new_broker_starts_clean_wherever_the_one_before_was_killed)
{
	unsigned int round;
	pid_t broker;
	pid_t worker;

	for (round = 0; round < rounds; round++) {
		broker = process(broker_run);
		worker = process(worker_run);
		pause_us(moment_us() + moment_us());
		killed(broker);
		if (round % 2)
			killed(worker);
		program_goes();
		broker = process(broker_run);
		if (!(round % 2))
			killed(worker);
		worker_receives();
		killed(broker);
		program_goes();
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("share_kill");
	TCase *tcase = tcase_create("share_kill");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, getenv("XDPX_KILLS") ? 0 : 120);
	tcase_add_test(tcase, the_next_worker_after_a_killed_one_has_the_queue_and_all_frames);
	tcase_add_test(tcase, a_broker_that_is_killed_takes_its_program_along_and_its_worker_notices);
	tcase_add_test(tcase, a_new_broker_starts_clean_wherever_the_one_before_was_killed);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}

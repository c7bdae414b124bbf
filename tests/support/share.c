/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "share.h"

#include "drop_caps.h"
#include "net.h"

#include <check.h>
#include <grp.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xdpx/error.h>

#define NOBODY 65534
/* The broker's answers and a worker's steps come at once: in a test that takes longer something hangs. */
#define PATIENCE_MS 10000

void need_failed(const char *condition, const char *file, int line)
{
	fprintf(stderr, "%s:%d: %s does not hold; the last error: %s\n", file, line, condition,
		xdpx_error_last()->message);
	_exit(1);
}

struct xdpx_broker *share_broker(const struct xdpx_port_opts *more)
{
	struct xdpx_port_opts opts = more ? *more : (struct xdpx_port_opts){0};
	struct xdpx_broker *broker;

	opts.size = sizeof(opts);
	if (!opts.traffic)
		opts.traffic = XDPX_TRAFFIC_ALL;
	if (!opts.frame_count)
		opts.frame_count = SHARE_FRAMES;
	ck_assert_msg(!xdpx_broker_open("v0", &opts, &broker), "%s", xdpx_error_last()->message);
	return broker;
}

void share_pair(int pair[2])
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
}

void nobody_become(void)
{
	NEED(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	NEED(!setgroups(0, NULL) && !setresgid(NOBODY, NOBODY, NOBODY) && !setresuid(NOBODY, NOBODY, NOBODY));
	drop_caps(UINT64_MAX);
	/* the change of user has taken this back */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

pid_t share_worker(int *connection, void (*work)(int connection))
{
	int pair[2];
	pid_t pid;

	share_pair(pair);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (!pid) {
		close(pair[0]);
		nobody_become();
		work(pair[1]);
		_exit(0);
	}
	close(pair[1]);
	*connection = pair[0];
	return pid;
}

static void readable_await(int connection)
{
	struct pollfd ready = {.fd = connection, .events = POLLIN};

	ck_assert_int_eq(poll(&ready, 1, PATIENCE_MS), 1);
}

int share_serve_out(struct xdpx_broker *broker, int connection)
{
	int result;

	do {
		readable_await(connection);
		result = xdpx_broker_serve(broker, connection);
	} while (result == 1);
	return result;
}

void share_serve_start(struct xdpx_broker *broker, int connection)
{
	int at;

	for (at = 0; at < 2; at++) {
		readable_await(connection);
		ck_assert_msg(xdpx_broker_serve(broker, connection) == 1, "%s", xdpx_error_last()->message);
	}
}

void share_ends(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && !WEXITSTATUS(status), "the worker's process ended with 0x%x", status);
}

struct joining {
	int connection;
	struct xdpx_worker *worker;
	char words[256];
};

static void *join(void *arg)
{
	struct joining *joining = arg;

	if (xdpx_worker_join(joining->connection, NULL, &joining->worker))
		snprintf(joining->words, sizeof(joining->words), "%s", xdpx_error_last()->message);
	return NULL;
}

struct xdpx_worker *share_join(struct xdpx_broker *broker, int pair[2])
{
	struct joining joining = {0};
	pthread_t thread;

	share_pair(pair);
	joining.connection = pair[1];
	pthread_create(&thread, NULL, join, &joining);
	share_serve_start(broker, pair[0]);
	pthread_join(thread, NULL);
	ck_assert_msg(joining.worker, "%s", joining.words);
	return joining.worker;
}

void share_send(int fd, unsigned char mark)
{
	unsigned char packet[SHARE_PACKET] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 2, 2, 2, 2, 2, 0x88, 0xb5, mark};

	ck_assert_int_eq(send(fd, packet, sizeof(packet), 0), sizeof(packet));
}

int share_mark(struct xdpx_xsk *xsk, int timeout_ms)
{
	struct xdpx_frame frame;
	int mark;

	if (xdpx_xsk_wait(xsk, timeout_ms) != 1 || !xdpx_xsk_recv(xsk, &frame, 1))
		return -1;
	mark = ((unsigned char *)xdpx_frame_data(xdpx_umem_base(xdpx_xsk_umem(xsk)), &frame))[14];
	xdpx_xsk_release(xsk, &frame, 1);
	return mark;
}

int share_seen(int fd, int timeout_ms)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	unsigned char packet[SHARE_PACKET];
	struct sockaddr_ll from;
	socklen_t length;

	while (poll(&ready, 1, timeout_ms) == 1) {
		length = sizeof(from);
		if (recvfrom(fd, packet, sizeof(packet), 0, (struct sockaddr *)&from, &length) == SHARE_PACKET &&
		    from.sll_pkttype != PACKET_OUTGOING && packet[12] == 0x88 && packet[13] == 0xb5)
			return packet[14];
	}
	return -1;
}

uint32_t share_frames(struct xdpx_worker *worker)
{
	struct xdpx_umem *umem = xdpx_xsk_umem(xdpx_worker_xsk(worker));

	return xdpx_umem_frame_count(umem) - xdpx_umem_held_count(umem);
}

void share_echo(struct xdpx_worker *worker)
{
	struct xdpx_xsk *xsk = xdpx_worker_xsk(worker);
	unsigned char *base = xdpx_umem_base(xdpx_xsk_umem(xsk));
	struct xdpx_xsk_stats stats = {.size = sizeof(stats)};
	struct xdpx_frame frame;
	int left;

	for (left = 3; left; left--) {
		NEED(xdpx_xsk_wait(xsk, 5000) == 1);
		NEED(xdpx_xsk_recv(xsk, &frame, 1) == 1);
		base[frame.addr + 14] += 100;
		NEED(xdpx_xsk_send(xsk, &frame, 1) == 1);
	}
	while (!xdpx_xsk_complete(xsk) && share_frames(worker) != SHARE_FRAMES)
		NEED(xdpx_xsk_kick(xsk) <= 0);
	NEED(!xdpx_xsk_stats(xsk, &stats));
	NEED(stats.received == 3 && stats.sent == 3 && stats.held == 0);
	NEED(share_frames(worker) == SHARE_FRAMES);
	NEED(!xdpx_worker_check(worker));
}

void share_join_and_echo(int connection)
{
	struct xdpx_worker *worker;

	NEED(!xdpx_worker_join(connection, NULL, &worker));
	share_echo(worker);
	NEED(!xdpx_worker_close(worker));
}

void share_echo_serve(struct xdpx_broker *broker, int connection, pid_t pid)
{
	int fd = net_packet_socket("v1");
	unsigned char mark;

	share_serve_start(broker, connection);
	for (mark = 1; mark <= 3; mark++) {
		share_send(fd, mark);
		ck_assert_int_eq(share_seen(fd, 5000), mark + 100);
	}
	ck_assert_int_eq(share_serve_out(broker, connection), 0);
	share_ends(pid);
	close(connection);
	close(fd);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * Hands the queues of a device to workers without privileges: see worker.c, and systemd/ for the two as services.
 *
 *	broker eth0 /run/xdpx/eth0.sock
 *	broker eth0			with the socket that systemd has made
 *
 * Whoever may connect to the socket may have a queue: its file's owner and mode decide.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <xdpx/xdpx.h>

#define CONNECTIONS 64
#define SYSTEMD_FD 3

static volatile sig_atomic_t stopping;

static void stop(int signal)
{
	(void)signal;
	stopping = 1;
}

static void fail(const char *what)
{
	fprintf(stderr, "broker: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static int listening_socket(const char *path)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd;

	if (!path)
		return SYSTEMD_FD;
	snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
	unlink(path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof(name)) || listen(fd, CONNECTIONS))
		fail(path);
	return fd;
}

static void greet(struct pollfd *polled, nfds_t *count)
{
	struct xdpx_peer peer = {.size = sizeof(peer)};
	int fd = accept4(polled[0].fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return;
	if (*count > CONNECTIONS || xdpx_broker_peer(fd, &peer)) {
		close(fd);
		return;
	}
	printf("connection %d: process %d of user %u\n", fd, peer.pid, peer.uid);
	polled[(*count)++] = (struct pollfd){.fd = fd, .events = POLLIN};
}

/* Serves all that have something to say; those that are done are closed and make room. */
static void serve(struct xdpx_broker *broker, struct pollfd *polled, nfds_t *count)
{
	nfds_t at;
	int result;

	for (at = *count - 1; at; at--) {
		if (!polled[at].revents)
			continue;
		result = xdpx_broker_serve(broker, polled[at].fd);
		if (result > 0)
			continue;
		printf("connection %d: %s\n", polled[at].fd, result ? xdpx_error_last()->message : "the worker left");
		close(polled[at].fd);
		polled[at] = polled[--*count];
	}
}

int main(int argc, char **argv)
{
	struct xdpx_port_opts opts = {.size = sizeof(opts), .traffic = XDPX_TRAFFIC_ALL};
	struct pollfd polled[CONNECTIONS + 1] = {{.events = POLLIN}};
	struct sigaction action = {.sa_handler = stop};
	struct xdpx_broker *broker;
	sigset_t signals;
	sigset_t before;
	nfds_t count = 1;

	if (argc != 3 && !(argc == 2 && getenv("LISTEN_FDS"))) {
		fprintf(stderr, "usage: broker NIC [SOCKET]\n");
		return 2;
	}
	/* they only come while ppoll() waits, so that none is missed just before */
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, &before);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);

	setvbuf(stdout, NULL, _IOLBF, 0);
	polled[0].fd = listening_socket(argv[2]);
	if (xdpx_broker_open(argv[1], &opts, &broker)) {
		fprintf(stderr, "broker: %s (%s)\n", xdpx_error_last()->message, xdpx_error_last()->hint);
		return EXIT_FAILURE;
	}
	printf("%s: %u queues to hand out\n", argv[1], xdpx_broker_queue_count(broker));
	while (!stopping) {
		if (ppoll(polled, count, NULL, &before) < 0)
			continue;
		serve(broker, polled, &count);
		if (polled[0].revents)
			greet(polled, &count);
	}
	xdpx_broker_free(broker);
	return EXIT_SUCCESS;
}

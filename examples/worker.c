/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * Receives the packets of one queue without any privilege: broker.c hands the queue out.
 *
 *	worker /run/xdpx/eth0.sock
 *	worker 5			on a connection that it was started with, here descriptor 5
 *
 * When the broker goes, its worker waits for the next one.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <xdpx/xdpx.h>

#define BATCH 64
/* How often a worker that waits for packets looks whether the broker is there, and whether it should end. */
#define WAIT_MS 100

static volatile sig_atomic_t stopping;

static void stop(int signal)
{
	(void)signal;
	stopping = 1;
}

static int connection_open(const char *path)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd;

	snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd >= 0 && !connect(fd, (struct sockaddr *)&name, sizeof(name)))
		return fd;
	fprintf(stderr, "worker: %s: %s\n", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Until it is to stop, the broker goes or the device does. */
static void work(struct xdpx_worker *worker)
{
	struct xdpx_xsk *xsk = xdpx_worker_xsk(worker);
	struct xdpx_frame frames[BATCH];
	unsigned long long packets = 0;
	unsigned long long bytes = 0;

	printf("queue %u\n", xdpx_xsk_queue(xsk));
	while (!stopping) {
		unsigned int count = xdpx_xsk_recv(xsk, frames, BATCH);

		for (unsigned int at = 0; at < count; at++)
			bytes += frames[at].len;
		packets += count;
		xdpx_xsk_release(xsk, frames, count);
		if (count)
			continue;
		int ready = xdpx_xsk_wait(xsk, WAIT_MS);
		if ((ready < 0 && ready != -EINTR) || xdpx_worker_check(worker)) {
			fprintf(stderr, "worker: %s\n", xdpx_error_last()->message);
			break;
		}
	}
	printf("%llu packets, %llu bytes\n", packets, bytes);
}

static bool work_on(int connection)
{
	struct xdpx_worker *worker;

	if (connection < 0)
		return false;
	if (xdpx_worker_join(connection, NULL, &worker)) {
		fprintf(stderr, "worker: %s\n", xdpx_error_last()->message);
		close(connection);
		return false;
	}
	work(worker);
	xdpx_worker_close(worker);
	close(connection);
	return true;
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = stop};
	char *end;
	long fd;

	if (argc != 2) {
		fprintf(stderr, "usage: worker SOCKET\n");
		return 2;
	}
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	setvbuf(stdout, NULL, _IOLBF, 0);

	fd = strtol(argv[1], &end, 10);
	if (end != argv[1] && !*end)
		return work_on((int)fd) ? EXIT_SUCCESS : EXIT_FAILURE;
	while (!stopping) {
		work_on(connection_open(argv[1]));
		if (!stopping)
			sleep(1);
	}
	return EXIT_SUCCESS;
}

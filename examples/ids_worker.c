/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * An intrusion detection in small: a thread receives from each queue, others inspect and give back (ids_inspect.c).
 *
 *	ids_worker eth0 rules.txt
 *
 * It gives up all privileges once the port is open. SIGHUP makes it read its rules again. Its device may go down and
 * come up. Ctrl-C ends it.
 */
#include "ids_inspect.h"

#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>
#include <xdpx/xdpx.h>

#define NOBODY 65534
#define LOOK_MS 100

static struct xdpx_port *port;
static atomic_bool stopping;
static atomic_bool failed;
static atomic_uint_fast64_t let_through;

static void complain(const char *what)
{
	const struct xdpx_error *error = xdpx_error_last();

	fprintf(stderr, "ids_worker: %s: %s%s%s\n", what, error->message, *error->hint ? "; " : "", error->hint);
}

/* Waits for the device to come back. Made anew it would need the privileges that are gone: then this ends. */
static bool recover(struct xdpx_xsk *xsk)
{
	const struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
	int err;

	complain("waiting for the device");
	while ((err = xdpx_port_recover(port, xsk)) == -ENETDOWN || err == -ENODEV) {
		if (atomic_load(&stopping))
			return true;
		nanosleep(&pause, NULL);
	}
	if (err)
		complain("no way back");
	return !err;
}

static void *receive(void *unused)
{
	struct xdpx_frame frames[BATCH];
	struct xdpx_xsk *xsk;

	(void)unused;
	if (xdpx_port_claim(port, &xsk))
		return NULL;
	while (!atomic_load(&stopping)) {
		unsigned int count = xdpx_xsk_recv(xsk, frames, BATCH);
		int ready = count ? 1 : xdpx_xsk_wait(xsk, LOOK_MS);

		count = inspectors_give(frames, count);
		/* those that found no place are let through without a look */
		xdpx_xsk_release(xsk, frames, count);
		atomic_fetch_add(&let_through, count);
		if (ready < 0 && ready != -EINTR && !recover(xsk)) {
			atomic_store(&failed, true);
			kill(getpid(), SIGTERM);
			break;
		}
	}
	return NULL;
}

static bool privileges_drop(void)
{
	/* of all threads, and with the user id go the capabilities */
	if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) {
		perror("ids_worker: privileges");
		return false;
	}
	return true;
}

/* Rules that can't be read change nothing. */
static void reload(const char *path)
{
	struct rules *fresh = rules_read(path);

	if (!fresh)
		return;
	rules_free(inspectors_rules_set(fresh));
	printf("%u rules\n", rules_count(fresh));
	fflush(stdout);
}

static void report(uint32_t queues)
{
	struct xdpx_xsk_stats stats = {.size = sizeof(stats)};
	uint64_t received = 0;
	uint64_t dropped = 0;
	struct inspected inspected = inspectors_total();

	for (uint32_t at = 0; at < queues; at++) {
		if (xdpx_xsk_stats(xdpx_port_xsk(port, at), &stats))
			continue;
		received += stats.received;
		dropped += stats.rx_ring_full + stats.rx_fill_ring_empty_descs;
	}
	printf("received %" PRIu64 ", inspected %" PRIu64 ", let through %" PRIuFAST64 ", alerts %" PRIu64
	       ", dropped by the kernel %" PRIu64 "\n",
	       received, inspected.packets, atomic_load(&let_through), inspected.alerts, dropped);
}

static void serve(const char *nic, const char *path, uint32_t queues, const sigset_t *signals)
{
	pthread_t *receivers = calloc(queues, sizeof(*receivers));
	int signal = 0;

	for (uint32_t at = 0; at < queues; at++)
		if (!receivers || pthread_create(&receivers[at], NULL, receive, NULL))
			abort();
	printf("%s: inspecting on %u queues\n", nic, queues);
	fflush(stdout);
	while (!sigwait(signals, &signal) && signal == SIGHUP)
		reload(path);
	atomic_store(&stopping, true);
	for (uint32_t at = 0; at < queues; at++)
		pthread_join(receivers[at], NULL);
	free(receivers);
	inspectors_end();
}

int main(int argc, char **argv)
{
	struct xdpx_port_opts opts = {.size = sizeof(opts), .traffic = XDPX_TRAFFIC_ALL};
	struct rules *rules;
	sigset_t signals;

	if (argc != 3) {
		fprintf(stderr, "usage: ids_worker NIC RULES\n");
		return 2;
	}
	/* before the threads, which inherit it: main() alone takes the signals */
	sigemptyset(&signals);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);

	rules = rules_read(argv[2]);
	if (!rules)
		return EXIT_FAILURE;
	if (xdpx_port_open(argv[1], &opts, &port)) {
		complain("no port");
		return EXIT_FAILURE;
	}
	if (!privileges_drop())
		return EXIT_FAILURE;
	inspectors_start(xdpx_xsk_umem(xdpx_port_xsk(port, 0)), rules);
	serve(argv[1], argv[2], xdpx_port_queue_count(port), &signals);
	report(xdpx_port_queue_count(port));
	/* refuses while a frame is held: none may be */
	if (xdpx_port_close(port)) {
		complain("not ended");
		return EXIT_FAILURE;
	}
	rules_free(inspectors_rules_set(NULL));
	return atomic_load(&failed) ? EXIT_FAILURE : EXIT_SUCCESS;
}

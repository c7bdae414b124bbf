/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "workers.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

/* How often a thread that waits for packets looks whether it should end. */
#define WAIT_MS 100
#define MS_A_SECOND 1000
#define NS_A_MS 1000000

int workers_option(const struct command *command, struct workers_opts *opts, int option, char **argv)
{
	const char *mode;

	switch (option) {
	case 'f':
		opts->attach_flags |= XDPX_ATTACH_FALLBACK_ANY;
		return EXIT_SUCCESS;
	case 's':
		if (number_read(optarg, 1, UINT32_MAX, &opts->seconds))
			return EXIT_SUCCESS;
		return fail_usage(command, "%s is no number of seconds", optarg);
	case 'm':
		for (unsigned int at = 0; (mode = xdpx_mode_name((enum xdpx_mode)at)); at++) {
			opts->mode = at;
			if (!strcmp(optarg, mode))
				return EXIT_SUCCESS;
		}
		return fail_usage(command, "%s is no mode: best, native or generic", optarg);
	default:
		return fail_option(command, option, argv);
	}
}

static void *work(void *arg)
{
	struct worker *worker = arg;
	struct workers *workers = worker->all;
	struct xdpx_frame frames[WORKER_BATCH];
	int ready;

	while (!atomic_load_explicit(&workers->stopping, memory_order_relaxed)) {
		unsigned int count = xdpx_xsk_recv(worker->xsk, frames, WORKER_BATCH);

		if (count) {
			workers->batch(worker, frames, count);
			continue;
		}
		/* what the kernel had no room for; a device that is gone shows in the wait */
		xdpx_xsk_kick(worker->xsk);
		ready = xdpx_xsk_wait(worker->xsk, WAIT_MS);
		if (ready >= 0 || ready == -EINTR)
			continue;
		/* here, since the words are this thread's */
		worker->code = fail_library();
		workers_stop(workers);
		break;
	}
	return NULL;
}

/* Threads inherit the mask, so that the signals reach the descriptor alone. */
static int signals_take(struct workers *workers)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	workers->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
	workers->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (workers->signal_fd >= 0 && workers->wake_fd >= 0)
		return EXIT_SUCCESS;
	return fail_with(NULL, "no descriptor for signals: %s", strerror(errno));
}

static int worker_start(struct workers *workers, struct worker *worker)
{
	struct xdpx_umem *umem;
	int err;

	if (xdpx_port_claim(workers->port, &worker->xsk))
		return fail_library();
	umem = xdpx_xsk_umem(worker->xsk);
	worker->all = workers;
	worker->base = xdpx_umem_base(umem);
	worker->frame_size = xdpx_umem_frame_size(umem);
	err = pthread_create(&worker->thread, NULL, work, worker);
	if (err)
		return fail_with(NULL, "no thread for queue %u: %s", xdpx_xsk_queue(worker->xsk), strerror(err));
	worker->running = true;
	return EXIT_SUCCESS;
}

int workers_open(struct workers *workers, const char *nic, const struct workers_opts *opts)
{
	struct xdpx_port_opts port_opts = {
		.size = sizeof(port_opts),
		.traffic = XDPX_TRAFFIC_ALL,
		.mode = opts->mode,
		.attach_flags = opts->attach_flags,
	};
	int code;

	workers->signal_fd = workers->wake_fd = -1;
	code = signals_take(workers);
	if (code)
		return code;
	if (xdpx_port_open(nic, &port_opts, &workers->port))
		return fail_library();

	workers->count = xdpx_port_queue_count(workers->port);
	workers->list = calloc(workers->count, sizeof(*workers->list));
	if (!workers->list)
		return fail_with(NULL, "out of memory");
	for (uint32_t at = 0; at < workers->count; at++) {
		code = worker_start(workers, &workers->list[at]);
		if (code)
			return code;
	}
	return EXIT_SUCCESS;
}

void workers_stop(struct workers *workers)
{
	uint64_t one = 1;

	atomic_store(&workers->stopping, true);
	/* fails only when it is full, and then it wakes, too */
	if (write(workers->wake_fd, &one, sizeof(one)) < 0)
		return;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * MS_A_SECOND + now.tv_nsec / NS_A_MS;
}

/* Whether the end has come before the moment. */
static bool end_wait(const struct workers *workers, int64_t until_ms)
{
	struct pollfd fds[] = {
		{.fd = workers->signal_fd, .events = POLLIN},
		{.fd = workers->wake_fd, .events = POLLIN},
	};
	int64_t left;

	while ((left = until_ms - now_ms()) > 0) {
		if (poll(fds, 2, (int)left) > 0)
			return true;
	}
	return false;
}

static int workers_join(struct workers *workers)
{
	int code = EXIT_SUCCESS;

	workers_stop(workers);
	for (uint32_t at = 0; workers->list && at < workers->count; at++) {
		struct worker *worker = &workers->list[at];

		if (worker->running)
			pthread_join(worker->thread, NULL);
		worker->running = false;
		if (worker->code)
			code = worker->code;
	}
	return code;
}

int workers_run(struct workers *workers, const struct workers_opts *opts, workers_tick_fn *tick)
{
	int64_t start = now_ms();
	int code = EXIT_SUCCESS;
	uint64_t second;
	int failed;

	for (second = 1; !end_wait(workers, start + (int64_t)second * MS_A_SECOND); second++) {
		code = tick ? tick(workers, second) : EXIT_SUCCESS;
		if (code || second == opts->seconds)
			break;
	}
	failed = workers_join(workers);
	return failed ? failed : code;
}

void workers_close(struct workers *workers)
{
	workers_join(workers);
	xdpx_port_free(workers->port);
	free(workers->list);
	if (workers->signal_fd >= 0)
		close(workers->signal_fd);
	if (workers->wake_fd >= 0)
		close(workers->wake_fd);
}

void workers_mode_print(const struct workers *workers, FILE *out)
{
	const struct xdpx_link *link = xdpx_port_link(workers->port);
	char safe[1024];

	fprintf(out, "mode: %s: %s\n", xdpx_mode_name(xdpx_link_mode(link)),
		text_safe(xdpx_link_mode_why(link), safe, sizeof(safe)));
}

void worker_drops(const struct worker *worker, struct drops *drops)
{
	struct xdpx_xsk_stats stats = {.size = sizeof(stats)};

	/* the kernel's counts stay 0 when it does not tell them */
	xdpx_xsk_stats(worker->xsk, &stats);
	drops->ring_full = stats.rx_ring_full;
	drops->no_frame = stats.rx_fill_ring_empty_descs;
	drops->other = stats.rx_dropped + stats.rx_invalid_descs;
}

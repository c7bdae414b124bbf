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

#define MS_A_SECOND 1000
#define NS_A_MS 1000000

static int ports_option(const struct command *command, struct port_list *ports)
{
	struct number_list list;

	if (!number_list_read(optarg, &list))
		return fail_usage(command, "%s is no list of up to %d ports, such as 53,5300-5309", optarg,
				  NUMBER_LIST_MOST);
	for (ports->count = 0; ports->count < list.count; ports->count++) {
		uint32_t number = list.numbers[ports->count];

		if (!number || number > UINT16_MAX)
			return fail_usage(command, "%u is no port", number);
		ports->numbers[ports->count] = (uint16_t)number;
	}
	return EXIT_SUCCESS;
}

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
	case 'q':
		if (number_list_read(optarg, &opts->queues))
			return EXIT_SUCCESS;
		return fail_usage(command, "%s is no list of queues, such as 0,2-5", optarg);
	case 'u':
		return ports_option(command, &opts->udp);
	case 'p':
		return ports_option(command, &opts->tcp);
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

static enum worker_turn receive(struct worker *worker)
{
	struct xdpx_frame frames[WORKER_BATCH];
	unsigned int count = xdpx_xsk_recv(worker->xsk, frames, WORKER_BATCH);
	int ready;

	if (count) {
		worker->all->batch(worker, frames, count);
		return WORKER_GOES_ON;
	}
	/* what the kernel had no room for; a device that is gone shows in the wait */
	xdpx_xsk_kick(worker->xsk);
	ready = xdpx_xsk_wait(worker->xsk, WORKER_WAIT_MS);
	if (ready >= 0 || ready == -EINTR)
		return WORKER_GOES_ON;
	/* here, since the words are this thread's */
	fail_library();
	return WORKER_HAS_FAILED;
}

static void *work(void *arg)
{
	struct worker *worker = arg;
	struct workers *workers = worker->all;
	worker_turn_fn *turn_fn = workers->turn ? workers->turn : receive;
	enum worker_turn turn = WORKER_GOES_ON;

	while (turn == WORKER_GOES_ON && !atomic_load_explicit(&workers->stopping, memory_order_relaxed))
		turn = turn_fn(worker);
	if (turn == WORKER_HAS_FAILED)
		worker->code = EXIT_FAILED;
	if (workers->end)
		workers->end(worker);
	if (atomic_fetch_sub(&workers->working, 1) == 1 || turn == WORKER_HAS_FAILED)
		workers_stop(workers);
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

static struct xdpx_port_opts port_opts(const struct workers_opts *opts)
{
	struct xdpx_port_opts port_opts = {
		.size = sizeof(port_opts),
		.traffic = opts->traffic ? opts->traffic : XDPX_TRAFFIC_ALL,
		.mode = opts->mode,
		.attach_flags = opts->attach_flags,
		.queues = opts->queues.count ? opts->queues.numbers : NULL,
		.queue_count = opts->queues.count,
		.umem = opts->umem,
		.udp_ports = opts->udp.count ? opts->udp.numbers : NULL,
		.udp_count = opts->udp.count,
		.tcp_ports = opts->tcp.count ? opts->tcp.numbers : NULL,
		.tcp_count = opts->tcp.count,
	};

	if (opts->umem)
		port_opts.frame_count = WORKER_FRAMES;
	if (opts->udp.count || opts->tcp.count)
		port_opts.traffic = XDPX_TRAFFIC_PORTS;
	return port_opts;
}

int workers_open(struct workers *workers, const char *nic, const struct workers_opts *opts)
{
	struct xdpx_port_opts wanted = port_opts(opts);
	int code;

	workers->signal_fd = workers->wake_fd = -1;
	code = signals_take(workers);
	if (code)
		return code;
	return xdpx_port_open(nic, &wanted, &workers->port) ? fail_library() : EXIT_SUCCESS;
}

int workers_add(struct workers *workers, const char *nic, const struct workers_opts *opts)
{
	struct xdpx_port_opts wanted = port_opts(opts);

	return xdpx_port_add(workers->port, nic, &wanted) ? fail_library() : EXIT_SUCCESS;
}

int workers_claim(struct workers *workers)
{
	uint32_t count = xdpx_port_queue_count(workers->port);

	workers->list = calloc(count, sizeof(*workers->list));
	if (!workers->list)
		return fail_with(NULL, "out of memory");
	for (; workers->count < count; workers->count++) {
		struct worker *worker = &workers->list[workers->count];
		struct xdpx_umem *umem;

		if (xdpx_port_claim(workers->port, &worker->xsk))
			return fail_library();
		umem = xdpx_xsk_umem(worker->xsk);
		worker->all = workers;
		worker->number = workers->count;
		worker->base = xdpx_umem_base(umem);
		worker->frame_size = xdpx_umem_frame_size(umem);
	}
	return EXIT_SUCCESS;
}

int workers_start(struct workers *workers)
{
	atomic_store(&workers->working, workers->count);
	for (uint32_t at = 0; at < workers->count; at++) {
		struct worker *worker = &workers->list[at];
		int err = pthread_create(&worker->thread, NULL, work, worker);

		if (err)
			return fail_with(NULL, "no thread for queue %u: %s", xdpx_xsk_queue(worker->xsk),
					 strerror(err));
		worker->running = true;
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
	for (uint32_t at = 0; at < workers->count; at++) {
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

void worker_mode_print(const struct worker *worker, FILE *out)
{
	const struct xdpx_link *link = xdpx_port_link_of(worker->all->port, worker->xsk);
	char safe[1024];

	if (!link)
		return;
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
	/* where the kernel copies, it counts a packet that it has no frame for in both ways */
	if (!xdpx_xsk_is_zerocopy(worker->xsk))
		drops->other -= stats.rx_dropped < drops->no_frame ? stats.rx_dropped : drops->no_frame;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* A port with one thread a queue, until a signal, a limit or a failure ends it. */
#ifndef TOOLS_WORKERS_H
#define TOOLS_WORKERS_H

#include "tool.h"

#include <getopt.h>
#include <pthread.h>
#include <stdatomic.h>
#include <xdpx/xdpx.h>

#define WORKER_BATCH 64

struct workers;

/* One thread and its queue. The counts are the thread's own; others only read them. */
struct worker {
	struct workers *all;
	struct xdpx_xsk *xsk;
	uint8_t *base;
	uint32_t frame_size;
	pthread_t thread;
	bool running;
	int code;
	_Atomic uint64_t packets;
	_Atomic uint64_t bytes;
	_Atomic uint64_t answered;
	_Atomic uint64_t unsent;
};

/* Takes a batch that a worker received: counts, and gives back or sends each frame. */
typedef void worker_batch_fn(struct worker *worker, struct xdpx_frame *frames, unsigned int count);

struct workers {
	struct xdpx_port *port;
	worker_batch_fn *batch;
	void *arg; /* the command's own */
	struct worker *list;
	uint32_t count;
	int wake_fd;
	int signal_fd;
	atomic_bool stopping;
};

/* The options that all commands with a port have, for getopt_long(). */
#define WORKERS_OPTIONS                                                               \
	{"mode", required_argument, NULL, 'm'}, {"fallback", no_argument, NULL, 'f'}, \
		{"seconds", required_argument, NULL, 's'},                            \
	{                                                                             \
		"help", no_argument, NULL, 'h'                                        \
	}
#define WORKERS_SHORT "m:fs:h"
#define WORKERS_HELP                                                                                      \
	"  -m, --mode MODE     where the XDP program runs: best (the default), native or generic\n"       \
	"  -f, --fallback      with best: generic mode whatever the reason that native was refused for\n" \
	"  -s, --seconds N     end after N seconds\n"                                                     \
	"  -h, --help          this text\n"

struct workers_opts {
	uint32_t mode;
	uint64_t attach_flags;
	uint64_t seconds; /* 0: until a signal */
};

/* Takes one of WORKERS_OPTIONS but --help. Returns EXIT_SUCCESS, or prints why not. */
int workers_option(const struct command *command, struct workers_opts *opts, int option, char **argv);

/*
 * Opens the port and starts the threads; from here on SIGINT and SIGTERM end them in order. On failure says why and
 * returns an exit code; workers_close() is due in any case.
 */
int workers_open(struct workers *workers, const char *nic, const struct workers_opts *opts);

/*
 * Calls `tick` once a second, if there is one, until a signal comes, `seconds` are over, a worker fails, `tick` returns
 * another code than EXIT_SUCCESS or workers_stop() is called; then ends the threads. Returns an exit code.
 */
typedef int workers_tick_fn(struct workers *workers, uint64_t second);
int workers_run(struct workers *workers, const struct workers_opts *opts, workers_tick_fn *tick);

/* Makes workers_run() return; any thread may call it. */
void workers_stop(struct workers *workers);

/* Takes the program off the device and frees all. NULL and what workers_open() left half open are fine. */
void workers_close(struct workers *workers);

/* "native mode" with its reason. */
void workers_mode_print(const struct workers *workers, FILE *out);

/* Frames that the kernel dropped at this queue, by the reason. */
struct drops {
	uint64_t ring_full; /* the application was too slow */
	uint64_t no_frame;  /* the kernel had no free frame */
	uint64_t other;
};

void worker_drops(const struct worker *worker, struct drops *drops);

/* The worker's thread alone writes its counts, so that no locked instruction is needed. */
static inline void worker_count(_Atomic uint64_t *counter, uint64_t more)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + more,
			      memory_order_relaxed);
}

#endif

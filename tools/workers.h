/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* A port with one thread a queue, until a signal, a limit, a failure or their own end ends them. */
#ifndef TOOLS_WORKERS_H
#define TOOLS_WORKERS_H

#include "number_list.h"
#include "tool.h"

#include <getopt.h>
#include <pthread.h>
#include <stdatomic.h>
#include <xdpx/xdpx.h>

/* Of packet memory that devices share, for each queue. */
#define WORKER_FRAMES 4096
#define WORKER_BATCH 64
/* A thread looks at least this often whether it should end. */
#define WORKER_WAIT_MS 100

struct workers;

/* One thread and its queue. The counts are the thread's own; others only read them. */
struct worker {
	struct workers *all;
	struct xdpx_xsk *xsk;
	uint32_t number; /* its place in the list */
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

/* What a thread does again and again, for WORKER_WAIT_MS at the most. */
enum worker_turn {
	WORKER_GOES_ON,
	WORKER_IS_DONE,	  /* this thread has nothing more to do; the others go on */
	WORKER_HAS_FAILED /* and has said why; all end */
};
typedef enum worker_turn worker_turn_fn(struct worker *worker);
/* What it does last, however it came to its end. */
typedef void worker_end_fn(struct worker *worker);

struct workers {
	struct xdpx_port *port;
	worker_batch_fn *batch; /* of the turn that receives */
	worker_turn_fn *turn;	/* NULL: the one that receives */
	worker_end_fn *end;	/* or NULL */
	void *arg;		/* the command's own */
	struct worker *list;
	uint32_t count;
	int wake_fd;
	int signal_fd;
	atomic_bool stopping;
	_Atomic uint32_t working; /* threads that are neither done nor have failed */
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

/* For the commands that can do with some of the queues. */
#define QUEUES_OPTION                                  \
	{                                              \
		"queues", required_argument, NULL, 'q' \
	}
#define QUEUES_SHORT "q:"

/* For the commands that can do with some of the packets. */
#define PORTS_OPTIONS                               \
	{"udp", required_argument, NULL, 'u'},      \
	{                                           \
		"tcp", required_argument, NULL, 'p' \
	}
#define PORTS_SHORT "u:p:"

struct port_list {
	uint16_t numbers[NUMBER_LIST_MOST];
	uint32_t count;
};

struct workers_opts {
	uint32_t traffic; /* enum xdpx_traffic; 0: all */
	uint32_t mode;
	uint64_t attach_flags;
	uint64_t seconds; /* 0: until a signal */
	struct number_list queues;
	struct port_list udp; /* with tcp: the destination ports whose packets are taken; none: `traffic` decides */
	struct port_list tcp;
	struct xdpx_umem *umem; /* NULL: the port's own */
};

/* Takes one of WORKERS_OPTIONS but --help, QUEUES_OPTION or PORTS_OPTIONS. Returns EXIT_SUCCESS, or prints why not. */
int workers_option(const struct command *command, struct workers_opts *opts, int option, char **argv);

/*
 * Opens the port; from here on SIGINT and SIGTERM end the threads in order. On failure says why and returns an exit
 * code, as those below do; workers_close() is due in any case.
 */
int workers_open(struct workers *workers, const char *nic, const struct workers_opts *opts);

/* Adds another device to the port. */
int workers_add(struct workers *workers, const char *nic, const struct workers_opts *opts);

/* Claims a queue for each worker, in the order of the devices and their queues. The threads don't run yet. */
int workers_claim(struct workers *workers);
/* Starts the threads. */
int workers_start(struct workers *workers);

/*
 * Calls `tick` once a second, if there is one, until a signal comes, `seconds` are over, all workers are done or one
 * has failed, `tick` returns another code than EXIT_SUCCESS or workers_stop() is called; then ends the threads. Returns
 * an exit code.
 */
typedef int workers_tick_fn(struct workers *workers, uint64_t second);
int workers_run(struct workers *workers, const struct workers_opts *opts, workers_tick_fn *tick);

/* Makes workers_run() return; any thread may call it. */
void workers_stop(struct workers *workers);

/* Takes the program off the device and frees all. NULL and what workers_open() left half open are fine. */
void workers_close(struct workers *workers);

/* The mode of the program on the worker's device, with its reason; nothing where there is no program. */
void worker_mode_print(const struct worker *worker, FILE *out);

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

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * What the receivers have in common, so that they differ in nothing but how they receive: arguments, sizes, the clock
 * and the line printed at the end.
 *
 * Time is kept by a timer's signal that moves `stage` on, so that the loop's only cost is a look at a variable.
 */
#ifndef BENCH_RX_H
#define BENCH_RX_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The defaults of libxdp and of libxdpx; the raw receiver takes the same. */
#define RX_FRAMES 4096
#define RX_FRAME_SIZE 4096
#define RX_RING_SIZE 2048

/* 0 to count what moving frames takes, without looking at them. */
#ifndef BENCH_TOUCH
#define BENCH_TOUCH 1
#endif

#define RX_BATCH_MAX 256
#define RX_WAIT_MS 100

enum rx_stage { RX_WARM_UP, RX_MEASURE, RX_OVER };

struct rx {
	const char *device;
	unsigned int queue;
	unsigned int batch;
	bool spin;	   /* looks again at once when there is nothing, in place of waiting in poll() */
	double warm_up;	   /* seconds from the first packet to the start of counting */
	double seconds;	   /* how long to count */
	uint64_t limit;	   /* ends after so many packets; 0: none */
	uint64_t packets;  /* received since the start, warm-up included */
	uint64_t checksum; /* of what was read from the packets */
};

/* Moved on by the timer. */
extern volatile sig_atomic_t rx_stage;

/* Reads the arguments; ends the process with a line about usage where they are wrong. */
void rx_init(struct rx *rx, int argc, char **argv);

/* Says that packets may be sent now. */
void rx_ready(void);

/* Takes the time; called when `stage` has changed or the first packets are there. */
void rx_tick(struct rx *rx);

/* Prints the result; `fd` is the socket, asked for what the kernel dropped. Returns main()'s exit code. */
int rx_report(const struct rx *rx, const char *name, int fd);

/* Prints what failed and returns 1, for main(). */
int rx_fail(const char *what, int err);

/* What every receiver does with a packet: reads its first bytes. */
static inline uint64_t rx_touch(const void *data)
{
	uint64_t first = 0;

	if (BENCH_TOUCH)
		memcpy(&first, data, sizeof(first));
	return first;
}

/* Counts a batch. Returns false when it is time to stop. */
static inline bool rx_count(struct rx *rx, unsigned int count)
{
	static int seen = -1;

	rx->packets += count;
	if (__builtin_expect(seen != rx_stage, 0) && rx->packets) {
		seen = rx_stage;
		rx_tick(rx);
	}
	return rx_stage != RX_OVER && (!rx->limit || rx->packets < rx->limit);
}

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "rx.h"

#include <inttypes.h>
#include <linux/if_xdp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

volatile sig_atomic_t rx_stage = RX_WARM_UP;

static double started;
static double cpu_started;
static uint64_t packets_at_start;

static const char usage[] = "usage: %s [-q QUEUE] [-b BATCH] [-w WARM-UP] [-s SECONDS] [-n PACKETS] [-p] DEVICE\n"
			    "  -q  queue, 0\n"
			    "  -b  packets received at once, 64\n"
			    "  -w  seconds not counted after the first packet, 0.3\n"
			    "  -s  seconds counted, 2\n"
			    "  -n  ends after so many packets\n"
			    "  -p  never sleeps: looks again at once when nothing is there\n";

static double now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void stage_next(int number)
{
	(void)number;
	rx_stage = rx_stage == RX_WARM_UP ? RX_MEASURE : RX_OVER;
}

static void stop(int number)
{
	(void)number;
	rx_stage = RX_OVER;
}

static void timer_set(double seconds)
{
	struct itimerval timer = {0};

	timer.it_value.tv_sec = (time_t)seconds;
	timer.it_value.tv_usec = (suseconds_t)((seconds - (double)timer.it_value.tv_sec) * 1e6) + 1;
	setitimer(ITIMER_REAL, &timer, NULL);
}

static void usage_exit(const char *program)
{
	fprintf(stderr, usage, program);
	exit(2);
}

void rx_init(struct rx *rx, int argc, char **argv)
{
	struct sigaction action = {.sa_handler = stage_next};
	int option;

	*rx = (struct rx){.batch = 64, .warm_up = 0.3, .seconds = 2};
	while ((option = getopt(argc, argv, "q:b:w:s:n:p")) != -1) {
		switch (option) {
		case 'q':
			rx->queue = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		case 'b':
			rx->batch = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		case 'w':
			rx->warm_up = strtod(optarg, NULL);
			break;
		case 's':
			rx->seconds = strtod(optarg, NULL);
			break;
		case 'n':
			rx->limit = strtoull(optarg, NULL, 10);
			break;
		case 'p':
			rx->spin = true;
			break;
		default:
			usage_exit(argv[0]);
		}
	}
	if (optind + 1 != argc || rx->batch < 1 || rx->batch > RX_BATCH_MAX || rx->warm_up < 0 || rx->seconds <= 0)
		usage_exit(argv[0]);
	rx->device = argv[optind];

	sigaction(SIGALRM, &action, NULL);
	action.sa_handler = stop;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

void rx_ready(void)
{
	printf("ready\n");
	fflush(stdout);
}

void rx_tick(struct rx *rx)
{
	if (rx_stage == RX_WARM_UP) {
		timer_set(rx->warm_up);
		return;
	}
	if (rx_stage == RX_MEASURE) {
		packets_at_start = rx->packets;
		started = now(CLOCK_MONOTONIC);
		cpu_started = now(CLOCK_PROCESS_CPUTIME_ID);
		timer_set(rx->seconds);
	}
}

int rx_report(const struct rx *rx, const char *name, int fd)
{
	double seconds = started > 0 ? now(CLOCK_MONOTONIC) - started : 0;
	double cpu_seconds = started > 0 ? now(CLOCK_PROCESS_CPUTIME_ID) - cpu_started : 0;
	uint64_t packets = rx->packets - packets_at_start;
	struct xdp_statistics kernel = {0};
	socklen_t bytes = sizeof(kernel);

	getsockopt(fd, SOL_XDP, XDP_STATISTICS, &kernel, &bytes);
	printf("{\"name\": \"%s\", \"packets\": %" PRIu64 ", \"seconds\": %.6f, \"pps\": %.0f, \"cpu_ns\": %.2f, "
	       "\"rx_ring_full\": %llu, \"fill_ring_empty\": %llu, \"checksum\": \"%016" PRIx64 "\"}\n",
	       name, packets, seconds, seconds > 0 ? (double)packets / seconds : 0,
	       packets ? cpu_seconds / (double)packets * 1e9 : 0, (unsigned long long)kernel.rx_ring_full,
	       (unsigned long long)kernel.rx_fill_ring_empty_descs, rx->checksum);
	return 0;
}

int rx_fail(const char *what, int err)
{
	fprintf(stderr, "%s: %s\n", what, strerror(abs(err)));
	return 1;
}

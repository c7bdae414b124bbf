/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "turn.h"

#include <signal.h>
#include <sys/time.h>
#include <time.h>

static const struct row rows[] = {
	{"rx", ROUND_RX, true, false, false},	 {"rx-one", ROUND_RX_ONE, true, false, false},
	{"tx", ROUND_TX, false, true, false},	 {"forward", ROUND_FORWARD, true, true, true},
	{"echo", ROUND_ECHO, true, true, false},
};

enum stage { WARM_UP, MEASURE, OVER };

static volatile sig_atomic_t stage;

static double started;
static double cpu_started;
static uint64_t packets_at_start;

const struct row *row_find(const char *name)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!strcmp(rows[i].name, name))
			return &rows[i];
	}
	return NULL;
}

static double now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void stage_next(int number)
{
	(void)number;
	stage = stage == WARM_UP ? MEASURE : OVER;
}

static void stop(int number)
{
	(void)number;
	stage = OVER;
}

static void signals_set(void)
{
	struct sigaction action = {.sa_handler = stage_next};

	sigaction(SIGALRM, &action, NULL);
	action.sa_handler = stop;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static void timer_set(double seconds)
{
	struct itimerval timer = {0};

	timer.it_value.tv_sec = (time_t)seconds;
	timer.it_value.tv_usec = (suseconds_t)((seconds - (double)timer.it_value.tv_sec) * 1e6) + 1;
	setitimer(ITIMER_REAL, &timer, NULL);
}

/* Called when the stage has changed or the first packets are there. */
static void tick(const struct turn *turn)
{
	if (stage == WARM_UP) {
		timer_set(turn->warm_up);
		return;
	}
	if (stage == MEASURE) {
		packets_at_start = turn->packets;
		started = now(CLOCK_MONOTONIC);
		cpu_started = now(CLOCK_PROCESS_CPUTIME_ID);
		timer_set(turn->seconds);
	}
}

static void result_set(const struct turn *turn, struct turn_result *result)
{
	double cpu_seconds = started > 0 ? now(CLOCK_PROCESS_CPUTIME_ID) - cpu_started : 0;

	result->packets = turn->packets - packets_at_start;
	result->seconds = started > 0 ? now(CLOCK_MONOTONIC) - started : 0;
	result->pps = result->seconds > 0 ? (double)result->packets / result->seconds : 0;
	result->cpu_ns = result->packets ? cpu_seconds / (double)result->packets * 1e9 : 0;
}

void turn_run(struct turn *turn, const struct contender *contender, enum round round, void *ends,
	      struct turn_result *result)
{
	round_fn *const one = contender->rounds[round];
	int seen = -1;

	signals_set();
	while (stage != OVER) {
		unsigned int count = one(ends, &turn->work);

		if (!count)
			contender->idle(ends, turn->spin);
		turn->packets += count;
		if (__builtin_expect(seen != stage, 0) && turn->packets) {
			seen = stage;
			tick(turn);
		}
	}
	result_set(turn, result);
}

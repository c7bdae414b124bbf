/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "bench_turn.h"

#include "bench_net.h"
#include "flood.h"

#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <xdpx/error.h>

#define WARM_UP 0.2  /* seconds */
#define PATIENCE 5   /* seconds to open and close, beside those of the turn */
#define SLICE_MS 100 /* a signal that comes between a look and poll() is seen this much later */

static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

void bench_signals_take(void)
{
	struct sigaction action = {.sa_handler = interrupt};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

bool bench_interrupted(void)
{
	return interrupted;
}

/* A process that ends when this one does. Returns 0 in it. */
static pid_t child_fork(void)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	return 0;
}

static void child_end(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* On the first CPU that is allowed, or the last: sender and worker are not to share one where there are two. */
static void cpu_choose(bool last)
{
	cpu_set_t allowed;
	cpu_set_t one;
	int chosen = -1;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return;
	for (int cpu = 0; cpu < CPU_SETSIZE && (last || chosen < 0); cpu++) {
		if (CPU_ISSET(cpu, &allowed))
			chosen = cpu;
	}
	CPU_ZERO(&one);
	CPU_SET(chosen, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

/* Sends until it is killed. */
static pid_t sender_start(void)
{
	static const volatile sig_atomic_t never;
	pid_t pid = child_fork();

	if (pid)
		return pid;
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	cpu_choose(false);
	_exit(-flood_until(if_nametoindex(BENCH_SOURCE), &never));
}

static void report_write(int fd, const struct bench_report *report)
{
	if (write(fd, report, sizeof(*report)) != sizeof(*report))
		_exit(EXIT_FAILURE);
}

/* The worker's process: a report when it is ready, and another with the result. */
static void work(const struct bench_turn *turn, int fd)
{
	const struct row *row = turn->row;
	const struct place place = {
		.from = row->receives ? BENCH_FROM : NULL,
		.to = !row->sends		     ? NULL
		      : row->receives && !row->apart ? BENCH_FROM
						     : BENCH_TO,
		.generic = turn->generic,
	};
	struct turn run = {.work = {.batch = turn->batch}, .warm_up = WARM_UP, .seconds = turn->seconds};
	struct bench_report report = {0};
	const char *why = "";
	void *ends = NULL;
	int opened;

	cpu_choose(true);
	opened = contender_xdpx.open(&place, &ends, &why);
	report.err = opened < 0 ? opened : 0;
	snprintf(report.why, sizeof(report.why), "%s", why);
	report_write(fd, &report);
	if (report.err)
		_exit(EXIT_FAILURE);
	turn_run(&run, &contender_xdpx, row->round, ends, &report.result);
	contender_xdpx.close(ends);
	report.all_packets = run.packets;
	report_write(fd, &report);
	_exit(EXIT_SUCCESS);
}

static int64_t now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void report_fail(struct bench_report *report, int err, const char *why)
{
	report->err = err;
	snprintf(report->why, sizeof(report->why), "%s", why);
}

/* The sender's failure, 0 while it runs. */
static int sender_failure(pid_t *sender)
{
	int status;

	if (*sender <= 0 || waitpid(*sender, &status, WNOHANG) != *sender)
		return 0;
	*sender = 0;
	return WIFEXITED(status) && WEXITSTATUS(status) ? -WEXITSTATUS(status) : -ECHILD;
}

/* Waits for the worker's next report. */
static void report_read(int fd, pid_t *sender, int64_t end_ms, struct bench_report *report)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	int failure;

	for (;;) {
		if (interrupted) {
			report_fail(report, -EINTR, "interrupted");
			return;
		}
		if (now_ms() >= end_ms) {
			report_fail(report, -ETIMEDOUT, "no packet arrived in time");
			return;
		}
		failure = sender_failure(sender);
		if (failure) {
			report_fail(report, failure, "the kernel makes no packets to receive (since Linux 5.18)");
			return;
		}
		if (poll(&ready, 1, SLICE_MS) > 0)
			break;
	}
	if (read(fd, report, sizeof(*report)) != sizeof(*report))
		report_fail(report, -ECHILD, "the process that does the work has ended");
}

static void turn_watch(const struct bench_turn *turn, int fd, pid_t *sender, struct bench_report *report)
{
	int64_t end_ms = now_ms() + (int64_t)((turn->seconds + WARM_UP + PATIENCE) * 1000);

	report_read(fd, sender, end_ms, report);
	if (report->err)
		return;
	if (turn->row->receives) {
		*sender = sender_start();
		if (*sender < 0) {
			report_fail(report, -errno, "no process for the sender");
			return;
		}
	}
	report_read(fd, sender, end_ms, report);
}

/* What a veth drops for want of room behind it was not sent, and was cheap: it must not count. */
static void arrived_only(struct bench_report *report, uint64_t arrived)
{
	double share = report->all_packets ? (double)arrived / (double)report->all_packets : 0;

	if (share >= 1)
		return;
	if (share <= 0) {
		report_fail(report, -ENODATA, "nothing that was sent has arrived");
		return;
	}
	report->result.packets = (uint64_t)((double)report->result.packets * share);
	report->result.pps *= share;
	report->result.cpu_ns /= share;
}

void bench_turn_run(const struct bench_turn *turn, struct bench_report *report)
{
	const char *sink = turn->row->apart || !turn->row->receives ? BENCH_SINK : BENCH_SOURCE;
	uint64_t before = bench_net_arrived(sink);
	pid_t sender = 0;
	pid_t worker;
	int fds[2];

	if (pipe(fds)) {
		report_fail(report, -errno, "no pipe");
		return;
	}
	fflush(NULL);
	worker = child_fork();
	if (!worker)
		work(turn, fds[1]);
	close(fds[1]);
	if (worker < 0)
		report_fail(report, -errno, "no process for the work");
	else
		turn_watch(turn, fds[0], &sender, report);
	child_end(sender);
	child_end(worker);
	close(fds[0]);
	if (!report->err && turn->row->sends)
		arrived_only(report, bench_net_arrived(sink) - before);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * Receivers that are killed at random points, from their start on, with packets under way, a program attached and
 * settings of the device changed: the next one finds all as it was before the first.
 *
 * XDPX_KILLS: how many; a few unless it is set. XDPX_SOAK_SUMMARY: a file that a line on what was seen goes to.
 */
#include "child.h"
#include "net.h"
#include "run.h"
#include "soak.h"
#include "tune.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xdpx/error.h>
#include <xdpx/port.h>

#define KILLS 15
#define LATEST_US 60000 /* that a process is killed after its start */
#define SETTLE_MS 2000	/* what the kernel may take to end what a killed process had */

static struct {
	unsigned int tuned; /* settings were changed when a process was killed */
	unsigned int waits; /* until the kernel had taken the program off */
} seen;

static int port_open(struct xdpx_port **port, bool busy)
{
	struct xdpx_xsk_opts polling = {.size = sizeof(polling), .busy_poll_us = 20};
	struct xdpx_port_opts opts = {.size = sizeof(opts), .traffic = XDPX_TRAFFIC_ALL, .frame_count = 512};

	opts.xsk_opts = busy ? &polling : NULL;
	return xdpx_port_open("v0", &opts, port);
}

/* Receives, holds some of it, and goes on until it is killed. */
static void victim_run(void)
{
	struct xdpx_tune_opts want = {.size = sizeof(want), .promiscuous = XDPX_TUNE_ON, .gro = XDPX_TUNE_ON};
	struct xdpx_frame frames[64];
	struct xdpx_port *port;
	struct xdpx_tune *tune;
	struct xdpx_xsk *xsk;
	bool busy = getpid() % 2; /* every other one changes the knobs of NAPI as well */

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (xdpx_tune_new("v0", &want, &tune) || port_open(&port, busy) || xdpx_port_claim(port, &xsk))
		_exit(1);
	for (;;) {
		unsigned int got = xdpx_xsk_recv(xsk, frames, 64);

		xdpx_xsk_release(xsk, frames, got - got / 8);
		if (!got)
			xdpx_xsk_wait(xsk, 10);
	}
}

static pid_t process(void (*run)(void))
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (!pid) {
		run();
		_exit(1);
	}
	return pid;
}

static void sender_run(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		frames_send("v1", 32);
		soak_pause_us(500);
	}
}

static void settings_restore(void)
{
	struct xdpx_tune_list *list;

	ck_assert_int_eq(xdpx_tune_list_new(&list), 0);
	seen.tuned += xdpx_tune_list_count(list) > 0;
	for (size_t at = 0; at < xdpx_tune_list_count(list); at++) {
		const char *token = xdpx_tune_token(xdpx_tune_list_at(list, at));

		ck_assert_msg(xdpx_tune_restore_token(token) == 0, "%s", xdpx_error_last()->message);
	}
	xdpx_tune_list_free(list);
}

static void all_is_as_before(void)
{
	char out[TEXT_BYTES];

	for (int ms = 0; net_prog_id("v0") && ms < SETTLE_MS; ms += 10)
		wait_ms(10);
	ck_assert_uint_eq(net_prog_id("v0"), 0);
	promiscuous_is("v0", false);
	feature_is("v0", "generic-receive-offload", "off");
	sh_read(out, sizeof(out), "ls %s 2>/dev/null | grep -v '[.]new$'; true", TUNE_JOURNAL);
	ck_assert_msg(!*out, "left in the journal: %s", out);
	/* what a process had only begun to write the next that writes removes */
	ck_assert_uint_le(tune_journal_files(), 1);
}

/* A program that the kernel has not taken off yet is somebody else's to the next. */
static struct xdpx_port *next_open(void)
{
	struct xdpx_port *port;
	int err;

	for (int ms = 0; (err = port_open(&port, false)) == -EBUSY && ms < SETTLE_MS; ms += 10) {
		seen.waits++;
		wait_ms(10);
	}
	ck_assert_msg(!err, "%s", xdpx_error_last()->message);
	return port;
}

static void next_receives(void)
{
	struct xdpx_port *port = next_open();
	struct xdpx_umem *umem = xdpx_xsk_umem(xdpx_port_xsk(port, 0));
	struct xdpx_frame frame;
	struct xdpx_xsk *xsk;

	ck_assert_int_eq(xdpx_port_claim(port, &xsk), 0);
	ck_assert_int_eq(xdpx_xsk_wait(xsk, 5000), 1);
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, &frame, 1), 1);
	xdpx_xsk_release(xsk, &frame, 1);
	ck_assert_uint_eq(xdpx_umem_held_count(umem), 0);
	ck_assert_int_eq(xdpx_port_close(port), 0);
}

START_TEST(whatever_a_killed_receiver_had_the_next_one_finds_all_as_before)
{
	uint64_t kills = soak_number("XDPX_KILLS", KILLS);
	unsigned int seed = 1;
	unsigned int fds;
	pid_t sender;

	net_veth("v0", "v1", 1);
	sh("ethtool -K v0 gro off");
	sender = process(sender_run);
	next_receives();
	fds = fd_count();
	for (uint64_t round = 0; round < kills; round++) {
		pid_t victim = process(victim_run);
		int status;

		soak_pause_us((rand_r(&seed) % LATEST_US) >> (rand_r(&seed) % 4));
		kill(victim, SIGKILL);
		ck_assert_int_eq(waitpid(victim, &status, 0), victim);
		ck_assert_msg(WIFSIGNALED(status), "a receiver ended by itself");
		settings_restore();
		next_receives();
		all_is_as_before();
		ck_assert_uint_eq(fd_count(), fds);
	}
	kill(sender, SIGKILL);
	waitpid(sender, NULL, 0);
	soak_summary("kills: %llu receivers killed, %u of them with settings changed; the next one received each time, "
		     "after "
		     "%u waits of 10 ms for the kernel altogether",
		     (unsigned long long)kills, seen.tuned, seen.waits);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("kills");
	TCase *kills = tcase_create("kills");

	tcase_add_checked_fixture(kills, tune_isolate, NULL);
	tcase_set_timeout(kills, 120 + (double)soak_number("XDPX_KILLS", KILLS) * 2);
	tcase_add_test(kills, whatever_a_killed_receiver_had_the_next_one_finds_all_as_before);
	suite_add_tcase(suite, kills);
	return run_suite(suite);
}

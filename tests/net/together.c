/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What the parts do together: ports, sockets that send, settings of devices, threads and processes without privileges.
 */
#include "child.h"
#include "drop_caps.h"
#include "net.h"
#include "run.h"
#include "tune.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xdpx/error.h>
#include <xdpx/port.h>

#define FRAMES 1024
#define RING 256
#define PACKET_BYTES 60
#define NUMBER_AT 14

static struct xdpx_port *port;
static struct xdpx_xsk *receiver;
static struct xdpx_umem *send_umem;
static struct xdpx_xsk *sender;

static void port_open(const char *nic)
{
	struct xdpx_port_opts opts = {
		.size = sizeof(opts), .traffic = XDPX_TRAFFIC_ALL, .frame_count = FRAMES, .rx_size = RING};

	ck_assert_msg(xdpx_port_open(nic, &opts, &port) == 0, "%s", xdpx_error_last()->message);
	ck_assert_int_eq(xdpx_port_claim(port, &receiver), 0);
}

/* Receives on v0 what is sent on v1. */
static void pair_open(void)
{
	struct xdpx_umem_opts umem_opts = {.size = sizeof(umem_opts), .frame_count = FRAMES};
	struct xdpx_xsk_opts opts = {
		.size = sizeof(opts), .flags = XDPX_XSK_TX_ONLY, .tx_size = RING, .completion_size = RING};

	net_veth("v0", "v1", 1);
	port_open("v0");
	ck_assert_int_eq(xdpx_umem_new(&umem_opts, &send_umem), 0);
	ck_assert_msg(xdpx_xsk_open(send_umem, "v1", 0, &opts, &sender) == 0, "%s", xdpx_error_last()->message);
}

static void pair_close(void)
{
	ck_assert_int_eq(xdpx_xsk_close(sender), 0);
	ck_assert_uint_eq(xdpx_umem_free_count(send_umem), FRAMES);
	ck_assert_int_eq(xdpx_umem_close(send_umem), 0);
	ck_assert_uint_eq(xdpx_umem_held_count(xdpx_xsk_umem(receiver)), 0);
	ck_assert_int_eq(xdpx_port_close(port), 0);
}

static unsigned char *data(struct xdpx_umem *umem, const struct xdpx_frame *frame)
{
	return xdpx_frame_data(xdpx_umem_base(umem), frame);
}

static void packet_write(struct xdpx_frame *frame, uint64_t number)
{
	unsigned char *packet = data(send_umem, frame);

	memset(packet, (int)(number % 251), PACKET_BYTES);
	memcpy(packet, "\xff\xff\xff\xff\xff\xff\x02\0\0\0\0\x0b\x88\xb5", NUMBER_AT);
	memcpy(packet + NUMBER_AT, &number, sizeof(number));
	frame->len = PACKET_BYTES;
}

static void packet_is(const struct xdpx_frame *frame, uint64_t expected)
{
	const unsigned char *packet = data(xdpx_xsk_umem(receiver), frame);
	uint64_t number;

	memcpy(&number, packet + NUMBER_AT, sizeof(number));
	must(frame->len == PACKET_BYTES);
	ck_assert_msg(number == expected, "packet %llu came in place of %llu", (unsigned long long)number,
		      (unsigned long long)expected);
	must(packet[PACKET_BYTES - 1] == number % 251);
}

/* Takes frames, fetching sent ones back until there are as many. */
static void frames_take(struct xdpx_frame *frames, unsigned int count)
{
	unsigned int got = xdpx_frames_take(send_umem, frames, count);

	for (int tries = 0; got < count && tries < 1000; tries++) {
		xdpx_xsk_kick(sender);
		if (!xdpx_xsk_complete(sender))
			wait_ms(1);
		got += xdpx_frames_take(send_umem, frames + got, count - got);
	}
	must(got == count);
}

static void all_come_back(void)
{
	for (int tries = 0; xdpx_umem_free_count(send_umem) < FRAMES && tries < 1000; tries++) {
		xdpx_xsk_kick(sender);
		if (!xdpx_xsk_complete(sender))
			wait_ms(1);
	}
}

#define PACE_PACKETS 20000
#define PACE_BATCH 50 /* a millisecond */

START_TEST(packets_sent_at_a_pace_arrive_all_and_completions_balance)
{
	struct xdpx_xsk_stats stats = {.size = sizeof(stats)};
	struct xdpx_frame frames[RING];
	uint64_t received = 0;
	uint64_t number = 0;
	unsigned int at;

	pair_open();
	while (received < PACE_PACKETS) {
		if (number < PACE_PACKETS) {
			frames_take(frames, PACE_BATCH);
			for (at = 0; at < PACE_BATCH; at++)
				packet_write(&frames[at], number++);
			ck_assert_int_eq(xdpx_xsk_send(sender, frames, PACE_BATCH), PACE_BATCH);
			wait_ms(1);
		} else {
			ck_assert_msg(xdpx_xsk_wait(receiver, 5000) == 1, "%llu of %d packets came",
				      (unsigned long long)received, PACE_PACKETS);
		}
		unsigned int got = xdpx_xsk_recv(receiver, frames, RING);

		for (at = 0; at < got; at++)
			packet_is(&frames[at], received++);
		xdpx_xsk_release(receiver, frames, got);
	}
	all_come_back();
	ck_assert_int_eq(xdpx_xsk_stats(sender, &stats), 0);
	ck_assert_uint_eq(stats.sent, PACE_PACKETS);
	ck_assert_uint_eq(stats.completed, PACE_PACKETS);
	ck_assert_uint_eq(stats.tx_invalid_descs, 0);
	pair_close();
}
END_TEST

START_TEST(no_more_is_accepted_for_sending_than_the_rings_hold)
{
	struct xdpx_frame frames[RING + 10];
	unsigned int at;

	pair_open();
	ck_assert_uint_eq(xdpx_frames_take(send_umem, frames, RING + 10), RING + 10);
	for (at = 0; at < RING + 10; at++)
		packet_write(&frames[at], at);
	ck_assert_int_eq(xdpx_xsk_stage(sender, frames, RING + 10), RING);
	ck_assert_int_eq(xdpx_xsk_stage(sender, frames + RING, 10), 0);
	ck_assert_uint_eq(xdpx_xsk_unstage(sender, RING), RING);
	ck_assert_int_eq(xdpx_xsk_stage(sender, frames, RING + 10), RING);
	ck_assert_uint_eq(xdpx_xsk_submit(sender), RING);
	xdpx_frames_release(send_umem, frames + RING, 10);
	all_come_back();
	ck_assert_uint_eq(xdpx_umem_free_count(send_umem), FRAMES);
	pair_close();
}
END_TEST

#define RESERVED 64
#define USED 51
#define ROUNDS 4000

/* Reserves more than it uses, on the sending side and on the receiving one, so many times that every ring has wrapped.
 */
START_TEST(sixty_four_reserved_and_fifty_one_used_stall_no_ring)
{
	struct xdpx_frame frames[RESERVED];
	struct xdpx_frame seen[RESERVED];
	uint64_t number = 0;
	uint64_t received = 0;
	unsigned int round;
	unsigned int at;

	pair_open();
	for (round = 0; round < ROUNDS; round++) {
		frames_take(frames, RESERVED);
		for (at = 0; at < RESERVED; at++)
			packet_write(&frames[at], number + at);
		must(xdpx_xsk_stage(sender, frames, RESERVED) == RESERVED);
		must(xdpx_xsk_unstage(sender, RESERVED - USED) == RESERVED - USED);
		must(xdpx_xsk_submit(sender) == USED);
		xdpx_frames_release(send_umem, frames + USED, RESERVED - USED);
		number += USED;

		while (received < number) {
			unsigned int there = xdpx_xsk_peek(receiver, seen, RESERVED);
			unsigned int some = there < USED ? there : USED;

			must(there || xdpx_xsk_wait(receiver, 5000) == 1);
			must(xdpx_xsk_take(receiver, some) == some);
			for (at = 0; at < some; at++)
				packet_is(&seen[at], received++);
			xdpx_xsk_release(receiver, seen, some);
		}
	}
	all_come_back();
	pair_close();
}
END_TEST

static void *without_capabilities(void *arg)
{
	struct xdpx_frame frame;
	uintptr_t *received = arg;

	drop_caps(UINT64_MAX);
	while (*received < 3 && xdpx_xsk_wait(receiver, 5000) == 1)
		if (xdpx_xsk_recv(receiver, &frame, 1)) {
			xdpx_xsk_release(receiver, &frame, 1);
			(*received)++;
		}
	return NULL;
}

START_TEST(a_thread_without_capabilities_receives_on_a_queue_that_root_has_set_up)
{
	uintptr_t received = 0;
	pthread_t thread;

	net_veth("v0", "v1", 1);
	port_open("v0");
	ck_assert_int_eq(pthread_create(&thread, NULL, without_capabilities, &received), 0);
	frames_send("v1", 3);
	pthread_join(thread, NULL);
	ck_assert_uint_eq(received, 3);
	ck_assert_int_eq(xdpx_port_close(port), 0);
}
END_TEST

static const struct xdpx_tune_opts all_settings = {
	.size = sizeof(all_settings),
	.flags = XDPX_TUNE_BEST_EFFORT | TUNE_NAPI_FLAGS,
	.promiscuous = XDPX_TUNE_ON,
	.gro = XDPX_TUNE_ON,
	.channels_rx = 2,
	.channels_tx = 2,
	.napi_defer_hard_irqs = 2,
	.gro_flush_timeout = 200000,
};

/* False where channels can't be set. */
static bool settings_begin(void)
{
	tune_pair();
	sh("ethtool -K v0 gro off");
	/* a veth with fewer receive queues than its peer has transmit queues takes no program */
	return sh_try("ethtool -L v1 tx 2") == 0;
}

static void settings_are(bool changed)
{
	char out[256];

	promiscuous_is("v0", changed);
	feature_is("v0", "generic-receive-offload", changed ? "on" : "off");
	sh_read(out, sizeof(out),
		"ethtool -l v0 | awk '/^Current/ { now = 1 } now && /^[RT]X:/ { printf \"%%s \", $2 }'");
	ck_assert_str_eq(out, changed ? "2 2 " : "4 4 ");
}

START_TEST(settings_are_back_once_the_port_and_its_tune_have_ended)
{
	struct xdpx_tune *tune;

	if (!settings_begin())
		skip_test("this kernel's veth has no channels that can be set");
	tune = tune_new("v0", &all_settings);
	port_open("v0");
	ck_assert_uint_eq(xdpx_port_queue_count(port), 2);
	settings_are(true);
	ck_assert_int_eq(xdpx_port_close(port), 0);
	settings_are(true);
	ck_assert_int_eq(xdpx_tune_restore(tune), 0);
	xdpx_tune_free(tune);
	settings_are(false);
	ck_assert_uint_eq(tune_journal_files(), 0);
}
END_TEST

static pid_t tuned_receiver_start(char *token)
{
	struct xdpx_tune *tune;
	int tokens[2];
	pid_t pid;

	ck_assert_int_eq(pipe(tokens), 0);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		tune = tune_new("v0", &all_settings);
		port_open("v0");
		if (write(tokens[1], xdpx_tune_token(tune), 17) == 17)
			pause();
		_exit(1);
	}
	close(tokens[1]);
	ck_assert_int_eq(read(tokens[0], token, 17), 17);
	close(tokens[0]);
	return pid;
}

START_TEST(settings_of_a_killed_receiver_are_put_back_by_token_and_its_program_is_gone)
{
	char token[17];
	pid_t pid;

	if (!settings_begin())
		skip_test("this kernel's veth has no channels that can be set");
	pid = tuned_receiver_start(token);
	settings_are(true);
	ck_assert_uint_ne(net_prog_id("v0"), 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	for (int tries = 0; net_prog_id("v0") && tries < 50; tries++)
		wait_ms(20);
	ck_assert_uint_eq(net_prog_id("v0"), 0);
	ck_assert_msg(xdpx_tune_restore_token(token) == 0, "%s", xdpx_error_last()->message);
	settings_are(false);
	ck_assert_uint_eq(tune_journal_files(), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("together");
	TCase *together = tcase_create("together");

	tcase_add_checked_fixture(together, tune_isolate, NULL);
	tcase_set_timeout(together, 60);
	tcase_add_test(together, packets_sent_at_a_pace_arrive_all_and_completions_balance);
	tcase_add_test(together, no_more_is_accepted_for_sending_than_the_rings_hold);
	tcase_add_test(together, sixty_four_reserved_and_fifty_one_used_stall_no_ring);
	tcase_add_test(together, a_thread_without_capabilities_receives_on_a_queue_that_root_has_set_up);
	tcase_add_test(together, settings_are_back_once_the_port_and_its_tune_have_ended);
	tcase_add_test(together, settings_of_a_killed_receiver_are_put_back_by_token_and_its_program_is_gone);
	suite_add_tcase(suite, together);
	return run_suite(suite);
}

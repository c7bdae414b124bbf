/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * The IDS example at work: two queues, each with a sender of its own, as fast as it goes; meanwhile its device goes
 * down and comes up, and it reads other rules.
 *
 * XDPX_SOAK_PACKETS: how many. XDPX_SOAK_RATE: packets a second; 0, and unless told otherwise: as many as are not lost.
 * XDPX_SOAK_SECONDS: how long at the most. XDPX_SOAK_SUMMARY: a file that a line on what was seen goes to.
 */
#include "child.h"
#include "net.h"
#include "run.h"
#include "soak.h"
#include "stream.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PACKETS 400000
#define SECONDS 120
#define STREAMS 2
#define TURN_US 1000
#define RATE_FIRST 100000.0
#define RATE_LEAST 10000.0

static struct stream *streams[STREAMS];
static double allowed; /* of each stream's packets */

struct pace {
	double rate; /* of each stream */
	double turned;
	uint64_t lost;
	bool fixed;
};

/* What the device has dropped, as it tells without a system call for each counter. */
static uint64_t dropped(void)
{
	unsigned long long drops = 0;
	char line[256];
	FILE *file = fopen("/proc/net/dev", "re");

	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file))
		if (strstr(line, "va:"))
			sscanf(strchr(line, ':') + 1, "%*u %*u %*u %llu", &drops);
	fclose(file);
	return drops;
}

/* Slower when packets were lost since, else a little faster. */
static void pace_turn(struct pace *pace)
{
	double now = soak_now();
	uint64_t lost = dropped();

	allowed += (now - pace->turned < 0.1 ? now - pace->turned : 0.1) * pace->rate;
	if (!pace->fixed && lost > pace->lost)
		pace->rate = pace->rate * 0.7 > RATE_LEAST ? pace->rate * 0.7 : RATE_LEAST;
	else if (!pace->fixed)
		pace->rate *= 1.002;
	pace->lost = lost;
	pace->turned = now;
	for (unsigned int at = 0; at < STREAMS; at++)
		stream_limit(streams[at], (uint64_t)allowed);
}

static uint64_t sent(void)
{
	uint64_t sum = 0;

	for (unsigned int at = 0; at < STREAMS; at++)
		sum += stream_sent(streams[at]);
	return sum;
}

static void send_up_to(struct pace *pace, uint64_t packets, double end)
{
	pace->turned = soak_now();
	while (sent() < packets && soak_now() < end) {
		pace_turn(pace);
		soak_pause_us(TURN_US);
	}
	/* and let what is on its way arrive */
	for (unsigned int at = 0; at < STREAMS; at++)
		stream_limit(streams[at], 0);
	soak_pause_us(300000);
}

static void rules_write(const char *rules)
{
	sh("chmod 755 %s; echo '%s' >%s/rules", scratch, rules, scratch);
}

static void privileges_are_gone(pid_t pid)
{
	char out[64];

	sh_read(out, sizeof(out), "awk '/^(Uid|CapEff|CapPrm)/ { printf \"%%s \", $2 }' /proc/%d/status", pid);
	ck_assert_str_eq(out, "65534 0000000000000000 0000000000000000 ");
}

static unsigned long long number_after(const char *text, const char *word)
{
	const char *found = strstr(text, word);

	ck_assert_msg(found, "no \"%s\" in: %s", word, text);
	return strtoull(found + strlen(word), NULL, 10);
}

static void all_are_accounted(double seconds)
{
	struct stream_losses losses;
	unsigned long long received;
	char out[TEXT_BYTES];

	child_output(out);
	stream_losses("vb", "va", &losses);
	received = number_after(out, "received ");
	soak_summary(
		"ids: %llu sent in %.0f s (%.2f million a second); lost %llu on the way and %llu at the receiver; %s",
		(unsigned long long)sent(), seconds, (double)sent() / seconds / 1e6,
		(unsigned long long)losses.on_the_way, (unsigned long long)losses.at_the_end, strstr(out, "received "));
	ck_assert_uint_eq(received + losses.on_the_way + losses.at_the_end, sent());
	ck_assert_uint_eq(received, number_after(out, "inspected ") + number_after(out, "let through "));
	ck_assert_uint_gt(number_after(out, "alerts "), 0);
	ck_assert_uint_le(number_after(out, "alerts "), number_after(out, "inspected "));
}

START_TEST(the_ids_goes_on_while_its_device_goes_down_and_its_rules_change_and_loses_nothing_untold)
{
	double begun = soak_now();
	double third = (double)soak_number("XDPX_SOAK_SECONDS", SECONDS) / 3;
	uint64_t packets = soak_number("XDPX_SOAK_PACKETS", PACKETS);
	struct pace pace = {.rate = (double)soak_number("XDPX_SOAK_RATE", 0) / STREAMS};
	const char *reason;
	pid_t pid;

	if (!stream_possible(&reason))
		skip_test(reason);
	pace.fixed = pace.rate > 0;
	pace.rate = pace.fixed ? pace.rate : RATE_FIRST;
	net_veth("va", "vb", STREAMS);
	rules_write("tcp 9 none of these");
	pid = child_start("%s va %s/rules", program("XDPX_IDS_WORKER"), scratch);
	child_await("inspecting on 2 queues");
	privileges_are_gone(pid);
	for (uint16_t at = 0; at < STREAMS; at++)
		streams[at] = stream_start(&(struct stream_opts){
			.device = "vb", .number = at, .packets = packets / STREAMS, .window = UINT32_MAX});

	send_up_to(&pace, packets / 3, begun + third);
	sh("ip link set va down");
	child_await("waiting for the device");
	sh("ip link set va up");
	send_up_to(&pace, packets / 3 * 2, begun + 2 * third);
	rules_write("udp 9 discard");
	kill(pid, SIGHUP);
	child_await("1 rules");
	send_up_to(&pace, packets / STREAMS * STREAMS, begun + 3 * third);

	child_ends(pid, SIGTERM, 0);
	ck_assert_uint_eq(net_prog_id("va"), 0);
	all_are_accounted(soak_now() - begun);
	for (unsigned int at = 0; at < STREAMS; at++)
		stream_end(streams[at]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ids");
	TCase *ids = tcase_create("ids");

	tcase_add_checked_fixture(ids, child_setup, child_teardown);
	tcase_set_timeout(ids, (double)soak_number("XDPX_SOAK_SECONDS", SECONDS) + 60);
	tcase_add_test(ids, the_ids_goes_on_while_its_device_goes_down_and_its_rules_change_and_loses_nothing_untold);
	suite_add_tcase(suite, ids);
	return run_suite(suite);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "capture.h"
#include "workers.h"

#include <inttypes.h>
#include <net/ethernet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

/* What a queue had counted at the last tick. */
struct counts {
	uint64_t packets;
	uint64_t bytes;
	struct drops drops;
};

struct receiver {
	struct workers_opts opts;
	const char *nic;
	const char *path; /* of the pcap file, or NULL */
	uint64_t limit;	  /* packets, 0 for none */
	_Atomic uint64_t left;
	struct capture *capture;
	struct counts *last;
	FILE *report; /* stderr when the packets go to stdout */
};

/* How many of `count` packets the limit still allows. */
static unsigned int limit_take(struct receiver *receiver, unsigned int count)
{
	uint64_t left = atomic_load(&receiver->left);
	uint64_t taken;

	do
		taken = left < count ? left : count;
	while (!atomic_compare_exchange_weak(&receiver->left, &left, left - taken));
	return (unsigned int)taken;
}

static void batch_capture(const struct worker *worker, const struct xdpx_frame *frames, unsigned int count)
{
	struct receiver *receiver = worker->all->arg;
	struct timeval now;

	capture_lock(receiver->capture);
	/* under the lock, so that the file's times never go back */
	gettimeofday(&now, NULL);
	for (unsigned int at = 0; at < count; at++)
		capture_packet(receiver->capture, &now, worker->base + frames[at].addr, frames[at].len);
	capture_unlock(receiver->capture);
}

static void batch_receive(struct worker *worker, struct xdpx_frame *frames, unsigned int count)
{
	struct receiver *receiver = worker->all->arg;
	unsigned int taken = receiver->limit ? limit_take(receiver, count) : count;
	uint64_t bytes = 0;

	for (unsigned int at = 0; at < taken; at++)
		bytes += frames[at].len;
	worker_count(&worker->packets, taken);
	worker_count(&worker->bytes, bytes);
	if (receiver->capture)
		batch_capture(worker, frames, taken);
	xdpx_xsk_release(worker->xsk, frames, count);
	if (receiver->limit && !atomic_load(&receiver->left))
		workers_stop(worker->all);
}

static void counts_read(const struct worker *worker, struct counts *counts)
{
	counts->packets = atomic_load(&worker->packets);
	counts->bytes = atomic_load(&worker->bytes);
	worker_drops(worker, &counts->drops);
}

static void line_print(FILE *out, const char *when, uint32_t queue, const struct counts *now, const struct counts *then)
{
	fprintf(out, "%8s %6u %12" PRIu64 " %14" PRIu64 " %12" PRIu64 " %12" PRIu64 " %12" PRIu64 "\n", when, queue,
		now->packets - then->packets, now->bytes - then->bytes, now->drops.ring_full - then->drops.ring_full,
		now->drops.no_frame - then->drops.no_frame, now->drops.other - then->drops.other);
}

static void titles_print(FILE *out)
{
	fprintf(out, "%8s %6s %12s %14s %12s %12s %12s\n", "second", "queue", "packets", "bytes", "ring full",
		"no frame", "other drop");
}

static int receiver_tick(struct workers *workers, uint64_t second)
{
	struct receiver *receiver = workers->arg;
	char when[24];
	int code;

	snprintf(when, sizeof(when), "%" PRIu64, second);
	for (uint32_t at = 0; at < workers->count; at++) {
		struct counts now;

		counts_read(&workers->list[at], &now);
		line_print(receiver->report, when, xdpx_xsk_queue(workers->list[at].xsk), &now, &receiver->last[at]);
		receiver->last[at] = now;
	}
	code = output_finish(receiver->report);
	return code || !receiver->capture ? code : capture_flush(receiver->capture);
}

static int summary_print(const struct workers *workers)
{
	struct receiver *receiver = workers->arg;
	const struct counts none = {0};
	int code = EXIT_SUCCESS;

	for (uint32_t at = 0; at < workers->count; at++) {
		struct counts now;

		counts_read(&workers->list[at], &now);
		line_print(receiver->report, "total", xdpx_xsk_queue(workers->list[at].xsk), &now, &none);
	}
	if (receiver->capture)
		code = capture_flush(receiver->capture);
	return code ? code : output_finish(receiver->report);
}

static int is_ethernet(const char *name)
{
	struct xdpx_nic *nic;
	const uint8_t *mac;
	int answer;

	/* opening the port says what is wrong */
	if (xdpx_nic_open(name, NULL, &nic))
		return true;
	answer = xdpx_nic_mac(nic, &mac) == ETH_ALEN;
	xdpx_nic_free(nic);
	return answer;
}

static int receive(struct receiver *receiver, struct workers *workers)
{
	int code = workers_open(workers, receiver->nic, &receiver->opts);
	int summary;

	if (!code)
		code = workers_claim(workers);
	if (!code)
		code = workers_start(workers);
	if (code)
		return code;
	receiver->last = calloc(workers->count, sizeof(*receiver->last));
	if (!receiver->last)
		return fail_with(NULL, "out of memory");

	worker_mode_print(&workers->list[0], receiver->report);
	titles_print(receiver->report);
	code = output_finish(receiver->report);
	if (code)
		return code;
	code = workers_run(workers, &receiver->opts, receiver_tick);
	summary = summary_print(workers);
	return code ? code : summary;
}

static int receiver_option(const struct command *command, struct receiver *receiver, int option, char **argv)
{
	if (option == 'w') {
		receiver->path = optarg;
		return EXIT_SUCCESS;
	}
	if (option != 'c')
		return workers_option(command, &receiver->opts, option, argv);
	if (!number_read(optarg, 1, UINT64_MAX, &receiver->limit))
		return fail_usage(command, "%s is no number of packets", optarg);
	atomic_store(&receiver->left, receiver->limit);
	return EXIT_SUCCESS;
}

static int receiver_run(struct receiver *receiver)
{
	struct workers workers = {.batch = batch_receive, .arg = receiver, .signal_fd = -1, .wake_fd = -1};
	int code;

	receiver->report = receiver->path && !strcmp(receiver->path, "-") ? stderr : stdout;
	if (receiver->path) {
		receiver->capture = capture_new(receiver->path, is_ethernet(receiver->nic));
		if (!receiver->capture)
			return EXIT_FAILED;
	}
	code = receive(receiver, &workers);
	workers_close(&workers);
	capture_free(receiver->capture);
	free(receiver->last);
	return code;
}

static int recv_run(const struct command *command, int argc, char **argv)
{
	static const struct option options[] = {
		{"pcap", required_argument, NULL, 'w'},
		{"count", required_argument, NULL, 'c'},
		QUEUES_OPTION,
		PORTS_OPTIONS,
		WORKERS_OPTIONS,
		{0},
	};
	struct receiver receiver = {0};
	int option;
	int code;

	while ((option = getopt_long(argc, argv, ":w:c:" QUEUES_SHORT PORTS_SHORT WORKERS_SHORT, options, NULL)) !=
	       -1) {
		if (option == 'h') {
			fputs(command->help, stdout);
			return output_finish(stdout);
		}
		code = receiver_option(command, &receiver, option, argv);
		if (code)
			return code;
	}
	if (argc - optind != 1)
		return fail_usage(command, argc == optind ? "no device was named" : "one device at a time");
	receiver.nic = argv[optind];
	return receiver_run(&receiver);
}

const struct command command_recv = {
	.name = "recv",
	.summary = "receive the packets of a device and count them",
	.help = "usage: xdpx recv NAME [OPTION]...\n"
		"\n"
		"Receives all packets that arrive on the device's queues, all or some, and counts them by queue\n"
		"once a second, with what was dropped and why. Nothing but what is left to it by --queues, --udp and\n"
		"--tcp reaches the network stack meanwhile. Ctrl-C ends it.\n"
		"It needs CAP_NET_ADMIN, CAP_NET_RAW and CAP_BPF.\n"
		"\n"
		"  -w, --pcap FILE     write the packets to a pcap file; '-' writes it to the standard output,\n"
		"                      and the counts to the standard error\n"
		"  -c, --count N       end after N packets\n"
		"  -q, --queues LIST   only these queues, such as 0,2-5; the network stack keeps the others\n"
		"  -u, --udp PORTS     only packets to these UDP ports, such as 53,5300-5309\n"
		"  -p, --tcp PORTS     the same of TCP; both may be given\n" WORKERS_HELP "\n"
		"Drops: ring full: the packets were not fetched fast enough. no frame: the kernel had no free\n"
		"frame to put a packet in. other: the packet did not fit into a frame, or the like.\n",
	.run = recv_run,
};

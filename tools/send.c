/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "send.h"

#include "json.h"

#include <inttypes.h>
#include <net/ethernet.h>
#include <stdlib.h>
#include <string.h>

#define NS_A_SECOND 1e9
#define NS_A_MS 1e6
#define BITS_A_MEGABIT 1e6
#define BITS_A_BYTE 8.0
/* A rate over less than this would be a guess. */
#define SHORTEST_S 0.001

/* What all queues together have done. */
struct sums {
	uint64_t packets;
	uint64_t bytes;
	uint64_t completed;
	double seconds;	  /* until the last packet was accepted */
	double behind_ms; /* of the queue that fell behind the most */
};

static struct sums sums_of(const struct workers *workers)
{
	const struct sender *sender = workers->arg;
	struct sums sums = {0};

	for (uint32_t at = 0; at < workers->count; at++) {
		const struct worker *worker = &workers->list[at];
		const struct send_queue *queue = &sender->queues[at];
		double seconds = (double)atomic_load(&queue->last_ns) / NS_A_SECOND;

		sums.packets += atomic_load(&worker->packets);
		sums.bytes += atomic_load(&worker->bytes);
		sums.completed += send_completed(worker);
		if (seconds > sums.seconds)
			sums.seconds = seconds;
		if (queue->pace.behind / NS_A_MS > sums.behind_ms)
			sums.behind_ms = queue->pace.behind / NS_A_MS;
	}
	return sums;
}

static void titles_print(void)
{
	printf("%8s %6s %12s %14s %12s %12s %12s\n", "second", "queue", "packets", "bytes", "Mbit/s", "completed",
	       "unsent");
}

/* What the queue did since `then`; and what was not sent, or not yet. */
static void line_print(const char *when, uint32_t queue, const struct send_told *now, const struct send_told *then,
		       double seconds)
{
	uint64_t bytes = now->bytes - then->bytes;

	printf("%8s %6u %12" PRIu64 " %14" PRIu64 " %12.2f %12" PRIu64 " %12" PRIu64 "\n", when, queue,
	       now->packets - then->packets, bytes,
	       seconds > SHORTEST_S ? (double)bytes * BITS_A_BYTE / BITS_A_MEGABIT / seconds : 0,
	       now->completed - then->completed, now->packets - now->completed);
}

static struct send_told told_now(const struct worker *worker)
{
	uint64_t completed = send_completed(worker);
	uint64_t packets = atomic_load(&worker->packets);

	/* the kernel may be done with packets that the thread has not counted yet */
	return (struct send_told){packets, atomic_load(&worker->bytes), completed < packets ? completed : packets};
}

static void queues_json(const struct workers *workers, struct json_object *list, const struct send_queue *since)
{
	static const struct send_told none;

	for (uint32_t at = 0; at < workers->count; at++) {
		const struct send_told now = told_now(&workers->list[at]);
		const struct send_told *then = since ? &since[at].told : &none;
		struct json_object *object = json_object_new_object();

		json_add_number(object, "queue", xdpx_xsk_queue(workers->list[at].xsk));
		json_add_number(object, "packets", (int64_t)(now.packets - then->packets));
		json_add_number(object, "bytes", (int64_t)(now.bytes - then->bytes));
		json_add_number(object, "completed", (int64_t)(now.completed - then->completed));
		json_object_array_add(list, object);
	}
}

static int second_json(const struct workers *workers, uint64_t second)
{
	const struct sender *sender = workers->arg;
	struct json_object *document = json_object_new_object();

	json_add_text(document, "kind", "second");
	json_add_number(document, "second", (int64_t)second);
	queues_json(workers, json_add_list(document, "queues"), sender->queues);
	return json_line_print(document);
}

static int sender_tick(struct workers *workers, uint64_t second)
{
	struct sender *sender = workers->arg;
	int code = sender->json ? second_json(workers, second) : EXIT_SUCCESS;
	char when[24];

	snprintf(when, sizeof(when), "%" PRIu64, second);
	for (uint32_t at = 0; at < workers->count; at++) {
		struct send_told now = told_now(&workers->list[at]);

		if (!sender->json)
			line_print(when, xdpx_xsk_queue(workers->list[at].xsk), &now, &sender->queues[at].told, 1);
		sender->queues[at].told = now;
	}
	return code ? code : output_finish(stdout);
}

static int summary_json(const struct workers *workers, const struct sums *sums)
{
	const struct sender *sender = workers->arg;
	struct json_object *document = json_document();

	json_add_text(document, "kind", "total");
	json_add_text(document, "nic", sender->nic);
	json_add_text(document, "file", sender->path);
	json_add_number(document, "too_long", (int64_t)sender->trace.too_long);
	json_add_number(document, "too_short", (int64_t)sender->trace.too_short);
	json_add_number(document, "cut", (int64_t)sender->trace.cut);
	json_add_number(document, "packets", (int64_t)sums->packets);
	json_add_number(document, "bytes", (int64_t)sums->bytes);
	json_add_number(document, "completed", (int64_t)sums->completed);
	json_add_number(document, "lost", (int64_t)(sums->packets - sums->completed));
	json_add(document, "seconds", json_object_new_double(sums->seconds));
	json_add(document, "behind_ms", json_object_new_double(sums->behind_ms));
	queues_json(workers, json_add_list(document, "queues"), NULL);
	return json_line_print(document);
}

static void summary_print(const struct workers *workers, const struct sums *sums)
{
	static const struct send_told none;
	const struct sender *sender = workers->arg;
	char safe[256];

	for (uint32_t at = 0; at < workers->count; at++) {
		struct send_told now = told_now(&workers->list[at]);

		line_print("total", xdpx_xsk_queue(workers->list[at].xsk), &now, &none, sums->seconds);
	}
	printf("%s: %" PRIu64 " packets sent in %.3f s", text_safe(sender->nic, safe, sizeof(safe)), sums->packets,
	       sums->seconds);
	if (sums->seconds > SHORTEST_S)
		printf(", %.0f a second", (double)sums->packets / sums->seconds);
	printf("; %" PRIu64 " completed, %" PRIu64 " lost\n", sums->completed, sums->packets - sums->completed);
	if (sums->behind_ms > 0)
		printf("fell behind by %.1f ms: neither faster sending nor longer bursts were possible\n",
		       sums->behind_ms);
}

static int summarize(const struct workers *workers)
{
	const struct sender *sender = workers->arg;
	struct sums sums = sums_of(workers);
	uint64_t lost = sums.packets - sums.completed;
	int code;

	if (sender->json) {
		code = summary_json(workers, &sums);
	} else {
		summary_print(workers, &sums);
		code = output_finish(stdout);
	}
	if (!lost)
		return code;
	return fail_with(NULL,
			 "%" PRIu64 " of %" PRIu64
			 " packets are lost: the device dropped them, or has not given them back as sent",
			 lost, sums.packets);
}

static int nic_look(const struct sender *sender, struct trace_limits *limits)
{
	struct xdpx_nic *nic;
	const uint8_t *mac;
	char safe[256];
	int code = EXIT_SUCCESS;

	if (xdpx_nic_open(sender->nic, NULL, &nic))
		return fail_library();
	limits->mtu = xdpx_nic_mtu(nic);
	if (xdpx_nic_mac(nic, &mac) != ETH_ALEN)
		code = fail_with(NULL, "%s: no Ethernet device, and the packets are Ethernet's",
				 text_safe(sender->nic, safe, sizeof(safe)));
	xdpx_nic_free(nic);
	return code;
}

/* What will not be sent as it was captured. */
static void trace_notes(const struct sender *sender, const struct trace_limits *limits)
{
	const struct trace *trace = &sender->trace;

	if (trace->too_long)
		fprintf(stderr,
			"note: packets not sent, for they are too long: %" PRIu64
			" (the device's MTU is %u, a frame has %u "
			"bytes)\n",
			trace->too_long, limits->mtu, limits->frame_size);
	if (trace->too_short)
		fprintf(stderr, "note: packets not sent, for they are shorter than an Ethernet header: %" PRIu64 "\n",
			trace->too_short);
	if (trace->cut)
		fprintf(stderr, "note: packets that the capture has cut, sent as far as they are there: %" PRIu64 "\n",
			trace->cut);
}

static void total_set(struct sender *sender)
{
	if (!sender->loops || __builtin_mul_overflow(sender->trace.count, sender->loops, &sender->total))
		sender->total = UINT64_MAX;
	if (sender->count && sender->count < sender->total)
		sender->total = sender->count;
}

static int greeting_print(const struct sender *sender, const struct workers *workers)
{
	char nic[256];
	char path[1024];

	if (sender->json)
		return EXIT_SUCCESS;
	printf("%s: sending on %u queue%s %zu packets of %s, captured in %.3f s\n",
	       text_safe(sender->nic, nic, sizeof(nic)), workers->count, workers->count == 1 ? "" : "s",
	       sender->trace.count, text_safe(sender->path, path, sizeof(path)),
	       (double)sender->trace.duration_ns / NS_A_SECOND);
	titles_print();
	return output_finish(stdout);
}

static int sender_open(struct sender *sender, struct workers *workers)
{
	int code = workers_open(workers, sender->nic, &sender->opts);

	if (!code)
		code = workers_claim(workers);
	if (code)
		return code;
	sender->queues = calloc(workers->count, sizeof(*sender->queues));
	return sender->queues ? EXIT_SUCCESS : fail_with(NULL, "out of memory");
}

static int transmit(struct sender *sender, struct workers *workers)
{
	/* as long as a frame of a port is where nothing else is said */
	struct trace_limits limits = {.frame_size = 4096, .count = sender->count};
	int code = nic_look(sender, &limits);
	int summary;

	if (!code)
		code = trace_read(&sender->trace, sender->path, &limits);
	if (code)
		return code;
	trace_notes(sender, &limits);
	total_set(sender);
	code = sender_open(sender, workers);
	if (!code)
		code = greeting_print(sender, workers);
	if (code)
		return code;

	for (uint32_t at = 0; at < workers->count; at++)
		send_queue_start(sender, at);
	sender->start_ns = send_now_ns();
	code = workers_start(workers);
	if (code)
		return code;
	code = workers_run(workers, &sender->opts, sender_tick);
	summary = summarize(workers);
	return code ? code : summary;
}

/* Sets the pace, once. */
static int pace_option(const struct command *command, struct sender *sender, enum send_unit unit, double ns_a_unit)
{
	static bool set;

	if (set)
		return fail_usage(command, "only one of --rate, --mbps, --topspeed and --speed can be the pace");
	set = true;
	sender->unit = unit;
	sender->ns_a_unit = ns_a_unit;
	return EXIT_SUCCESS;
}

static int number_option(const struct command *command, struct sender *sender, int option)
{
	double number;

	if (!decimal_read(optarg, 1e-6, 1e9, &number))
		return fail_usage(command, "%s is no number from 0.000001 to 1000000000", optarg);
	if (option == 'r')
		return pace_option(command, sender, SEND_PACKETS, NS_A_SECOND / number);
	if (option == 'b')
		return pace_option(command, sender, SEND_BITS, NS_A_SECOND / BITS_A_MEGABIT / number);
	return pace_option(command, sender, SEND_GAPS, 1 / number);
}

static int sender_option(const struct command *command, struct sender *sender, int option, char **argv)
{
	switch (option) {
	case 'r':
	case 'b':
	case 'x':
		return number_option(command, sender, option);
	case 'a':
		return pace_option(command, sender, SEND_GAPS, 1);
	case 't':
		return pace_option(command, sender, SEND_PACKETS, 0);
	case 'l':
		if (number_read(optarg, 0, UINT64_MAX, &sender->loops))
			return EXIT_SUCCESS;
		return fail_usage(command, "%s is no number of loops", optarg);
	case 'c':
		if (number_read(optarg, 1, UINT64_MAX, &sender->count))
			return EXIT_SUCCESS;
		return fail_usage(command, "%s is no number of packets", optarg);
	case 'A':
		sender->all_queues = true;
		return EXIT_SUCCESS;
	case 'j':
		sender->json = true;
		return EXIT_SUCCESS;
	default:
		return workers_option(command, &sender->opts, option, argv);
	}
}

static int sender_run(struct sender *sender)
{
	struct workers workers = {.turn = send_turn, .end = send_end, .arg = sender, .signal_fd = -1, .wake_fd = -1};
	int code = transmit(sender, &workers);

	workers_close(&workers);
	trace_free(&sender->trace);
	free(sender->queues);
	return code;
}

static int send_run(const struct command *command, int argc, char **argv)
{
	static const struct option options[] = {
		{"rate", required_argument, NULL, 'r'},
		{"mbps", required_argument, NULL, 'b'},
		{"topspeed", no_argument, NULL, 't'},
		{"as-captured", no_argument, NULL, 'a'},
		{"speed", required_argument, NULL, 'x'},
		{"loop", required_argument, NULL, 'l'},
		{"count", required_argument, NULL, 'c'},
		{"all-queues", no_argument, NULL, 'A'},
		{"json", no_argument, NULL, 'j'},
		QUEUES_OPTION,
		WORKERS_OPTIONS,
		{0},
	};
	struct sender sender = {.ns_a_unit = 1, .loops = 1, .opts.traffic = XDPX_TRAFFIC_NONE};
	int option;
	int code;

	while ((option = getopt_long(argc, argv, ":r:b:tax:l:c:Aj" QUEUES_SHORT WORKERS_SHORT, options, NULL)) != -1) {
		if (option == 'h') {
			fputs(command->help, stdout);
			return output_finish(stdout);
		}
		code = sender_option(command, &sender, option, argv);
		if (code)
			return code;
	}
	if (argc - optind != 2)
		return fail_usage(command, "a device and a file are needed, and nothing else");
	if (sender.all_queues && sender.opts.queues.count)
		return fail_usage(command, "either --all-queues or --queues");
	if (!sender.all_queues && !sender.opts.queues.count)
		sender.opts.queues.count = 1; /* queue 0 */
	sender.nic = argv[optind];
	sender.path = argv[optind + 1];
	return sender_run(&sender);
}

const struct command command_send = {
	.name = "send",
	.summary = "send the packets of a pcap file, at a pace",
	.help = "usage: xdpx send NAME FILE [OPTION]...\n"
		"\n"
		"Sends the packets of a pcap or pcapng file from the device, past the network stack, which goes on\n"
		"receiving. '-' reads the standard input. The file is read into memory first; one whose end is\n"
		"missing is not sent. Once a second the packets are counted by queue. Exits with 1 unless the\n"
		"device gave back as sent every packet that it took.\n"
		"It needs CAP_NET_ADMIN, CAP_NET_RAW and CAP_BPF.\n"
		"\n"
		"The pace, of all queues together:\n"
		"  -a, --as-captured   with the gaps at which they were captured; the default\n"
		"  -x, --speed F       the same, F times as fast\n"
		"  -r, --rate N        N packets a second\n"
		"  -b, --mbps N        N million bits a second, of the packets as they are in the file\n"
		"  -t, --topspeed      as fast as the device takes them\n"
		"\n"
		"  -l, --loop N        all packets N times, 0: without end; the default is once\n"
		"  -c, --count N       end after N packets\n"
		"  -q, --queues LIST   the queues to send from, such as 0,2-5; the default is 0\n"
		"  -A, --all-queues    send from all queues\n"
		"  -j, --json          a JSON document a line for each second, and one for all: see "
		"doc/json.md\n" WORKERS_HELP "\n"
		"Several queues take turns, packet by packet, each with a thread of its own: packets keep their order\n"
		"within a queue only. What falls behind is made good in bursts of what is due in 20 ms at the most.\n"
		"A packet that is too long for the device or a frame, or shorter than an Ethernet header, is left\n"
		"out, and counted.\n",
	.run = send_run,
};

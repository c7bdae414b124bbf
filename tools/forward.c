/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "forward.h"

#include "json.h"

#include <inttypes.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define NS_A_SECOND 1e9
#define BITS_A_MEGABIT 1e6
#define BITS_A_BYTE 8.0
#define VLAN_TAG_BYTES 4
/* "eth0:12", of a name that may be an alternative one. */
#define PLACE_BYTES 160

static struct forward_told told_now(const struct worker *worker, const struct lane *lane)
{
	struct forward_told told = {
		.packets = atomic_load(&worker->packets),
		.bytes = atomic_load(&worker->bytes),
		.too_long = atomic_load(&lane->too_long),
	};
	struct xdpx_xsk_stats sent = {.size = sizeof(sent)};

	worker_drops(worker, &told.drops);
	if (lane->first)
		xdpx_xsk_stats(lane->to->xsk, &sent);
	told.unsent = sent.tx_unsent;
	return told;
}

static struct forward_told told_since(const struct forward_told *now, const struct forward_told *then)
{
	return (struct forward_told){
		.packets = now->packets - then->packets,
		.bytes = now->bytes - then->bytes,
		.too_long = now->too_long - then->too_long,
		.unsent = now->unsent - then->unsent,
		.drops = {now->drops.ring_full - then->drops.ring_full, now->drops.no_frame - then->drops.no_frame,
			  now->drops.other - then->drops.other},
	};
}

static const char *nic_of(const struct forwarder *forwarder, const struct worker *worker)
{
	return forwarder->nics[worker->number < forwarder->queues[0] ? 0 : 1];
}

static const char *place(const struct forwarder *forwarder, const struct worker *worker, char *out)
{
	char safe[PLACE_BYTES - 16];

	snprintf(out, PLACE_BYTES, "%s:%u", text_safe(nic_of(forwarder, worker), safe, sizeof(safe)),
		 xdpx_xsk_queue(worker->xsk));
	return out;
}

static void titles_print(void)
{
	printf("%8s %12s %12s %12s %14s %10s %10s %10s %10s %10s %10s\n", "second", "from", "to", "packets", "bytes",
	       "Mbit/s", "ring full", "no frame", "too long", "not sent", "other drop");
}

static void line_print(const char *when, const struct worker *worker, const struct lane *lane,
		       const struct forward_told *told, double seconds)
{
	const struct forwarder *forwarder = worker->all->arg;
	char from[PLACE_BYTES];
	char to[PLACE_BYTES];

	printf("%8s %12s %12s %12" PRIu64 " %14" PRIu64 " %10.2f %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %10" PRIu64
	       " %10" PRIu64 "\n",
	       when, place(forwarder, worker, from), place(forwarder, lane->to, to), told->packets, told->bytes,
	       seconds > 0 ? (double)told->bytes * BITS_A_BYTE / BITS_A_MEGABIT / seconds : 0, told->drops.ring_full,
	       told->drops.no_frame, told->too_long, told->unsent, told->drops.other);
}

static struct json_object *lane_json(const struct worker *worker, const struct lane *lane,
				     const struct forward_told *told)
{
	const struct forwarder *forwarder = worker->all->arg;
	struct json_object *object = json_object_new_object();
	struct json_object *drops = json_object_new_object();

	json_add_text(object, "from", nic_of(forwarder, worker));
	json_add_number(object, "from_queue", xdpx_xsk_queue(worker->xsk));
	json_add_text(object, "to", nic_of(forwarder, lane->to));
	json_add_number(object, "to_queue", xdpx_xsk_queue(lane->to->xsk));
	json_add_number(object, "packets", (int64_t)told->packets);
	json_add_number(object, "bytes", (int64_t)told->bytes);
	json_add_number(drops, "ring_full", (int64_t)told->drops.ring_full);
	json_add_number(drops, "no_frame", (int64_t)told->drops.no_frame);
	json_add_number(drops, "too_long", (int64_t)told->too_long);
	json_add_number(drops, "not_sent", (int64_t)told->unsent);
	json_add_number(drops, "other", (int64_t)told->drops.other);
	json_add(object, "drops", drops);
	return object;
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / NS_A_SECOND;
}

/* Tells of each lane what it did since the last second; or in all, into an array or, where that is NULL, as a table. */
static void lanes_tell(const struct workers *workers, const char *when, double seconds, bool all,
		       struct json_object *list)
{
	static const struct forward_told none;
	const struct forwarder *forwarder = workers->arg;

	for (uint32_t at = 0; at < workers->count; at++) {
		const struct worker *worker = &workers->list[at];
		struct lane *lane = &forwarder->lanes[at];
		struct forward_told now;
		struct forward_told since;

		if (!lane->to)
			continue;
		now = told_now(worker, lane);
		since = told_since(&now, all ? &none : &lane->told);
		lane->told = now;
		if (list)
			json_object_array_add(list, lane_json(worker, lane, &since));
		else
			line_print(when, worker, lane, &since, seconds);
	}
}

static int forwarder_tick(struct workers *workers, uint64_t second)
{
	const struct forwarder *forwarder = workers->arg;
	struct json_object *document;
	char when[24];

	snprintf(when, sizeof(when), "%" PRIu64, second);
	if (!forwarder->json) {
		lanes_tell(workers, when, 1, false, NULL);
		return output_finish(stdout);
	}
	document = json_object_new_object();
	json_add_text(document, "kind", "second");
	json_add_number(document, "second", (int64_t)second);
	lanes_tell(workers, when, 1, false, json_add_list(document, "lanes"));
	return json_line_print(document);
}

static int summarize(const struct workers *workers)
{
	const struct forwarder *forwarder = workers->arg;
	double seconds = now_s() - forwarder->start_s;
	struct json_object *document;
	uint64_t unsent = 0;

	for (uint32_t at = 0; at < workers->count; at++)
		unsent += atomic_load(&workers->list[at].unsent);
	if (!forwarder->json) {
		lanes_tell(workers, "total", seconds, true, NULL);
		if (unsent)
			printf("received at the end, and not sent any more: %" PRIu64 "\n", unsent);
		return output_finish(stdout);
	}
	document = json_document();
	json_add_text(document, "kind", "total");
	json_add(document, "seconds", json_object_new_double(seconds));
	json_add_number(document, "unsent", (int64_t)unsent);
	lanes_tell(workers, "total", seconds, true, json_add_list(document, "lanes"));
	return json_line_print(document);
}

static int nic_look(struct forwarder *forwarder, unsigned int which, unsigned int *index, int *link_bytes)
{
	struct xdpx_queues queues = {.size = sizeof(queues)};
	struct xdpx_nic *nic;
	const uint8_t *mac;
	int err;

	if (xdpx_nic_open(forwarder->nics[which], NULL, &nic))
		return fail_library();
	*index = xdpx_nic_index(nic);
	*link_bytes = xdpx_nic_mac(nic, &mac);
	forwarder->mtus[which] = xdpx_nic_mtu(nic);
	err = xdpx_nic_queues(nic, &queues);
	forwarder->queues[which] = queues.usable;
	xdpx_nic_free(nic);
	return err ? fail_library() : EXIT_SUCCESS;
}

static int nics_look(struct forwarder *forwarder)
{
	unsigned int indices[2];
	int link_bytes[2];
	char safe[2][256];
	int code = nic_look(forwarder, 0, &indices[0], &link_bytes[0]);

	if (!code)
		code = nic_look(forwarder, 1, &indices[1], &link_bytes[1]);
	if (code)
		return code;
	for (unsigned int which = 0; which < 2; which++)
		text_safe(forwarder->nics[which], safe[which], sizeof(safe[which]));
	if (indices[0] == indices[1])
		return fail_with(NULL, "%s and %s are the same device", safe[0], safe[1]);
	if ((link_bytes[0] == ETH_ALEN) != (link_bytes[1] == ETH_ALEN))
		return fail_with(NULL, "only one of %s and %s has Ethernet headers", safe[0], safe[1]);
	return EXIT_SUCCESS;
}

/* A device that is to pass on what is not addressed to it. The kernel ends this with the socket. */
static int promiscuous_socket(const char *nic)
{
	struct packet_mreq request = {.mr_type = PACKET_MR_PROMISC};
	struct xdpx_nic *found;
	int fd;

	if (xdpx_nic_open(nic, NULL, &found))
		return -1;
	request.mr_ifindex = (int)xdpx_nic_index(found);
	xdpx_nic_free(found);
	/* of no protocol: it gets no packets */
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd >= 0 && !setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &request, sizeof(request)))
		return fd;
	fprintf(stderr, "note: the device can't be made promiscuous: it may drop what is not addressed to it\n");
	if (fd >= 0)
		close(fd);
	return -1;
}

static int umem_make(struct forwarder *forwarder)
{
	struct xdpx_umem_opts opts = {
		.size = sizeof(opts),
		.frame_count = (forwarder->queues[0] + forwarder->queues[1]) * WORKER_FRAMES,
	};

	if (xdpx_umem_new(&opts, &forwarder->umem))
		return fail_library();
	forwarder->opts.umem = forwarder->umem;
	return EXIT_SUCCESS;
}

static int lanes_make(struct forwarder *forwarder, struct workers *workers)
{
	uint32_t behind = forwarder->queues[0];

	forwarder->queues[1] = workers->count - behind;
	forwarder->lanes = calloc(workers->count, sizeof(*forwarder->lanes));
	if (!forwarder->lanes)
		return fail_with(NULL, "out of memory");
	for (uint32_t at = 0; at < workers->count; at++) {
		struct lane *lane = &forwarder->lanes[at];
		bool back = at >= behind;
		uint32_t number = back ? at - behind : at;

		pthread_mutex_init(&lane->sends, NULL);
		lane->longest = forwarder->mtus[back ? 0 : 1] + ETH_HLEN + VLAN_TAG_BYTES;
		if (!back)
			lane->to = &workers->list[behind + number % forwarder->queues[1]];
		else if (!forwarder->one_way)
			lane->to = &workers->list[number % behind];
		lane->first = lane->to && number < forwarder->queues[back ? 0 : 1];
	}
	return EXIT_SUCCESS;
}

static int forwarder_open(struct forwarder *forwarder, struct workers *workers)
{
	struct workers_opts opts;
	int code = nics_look(forwarder);

	if (!code)
		code = umem_make(forwarder);
	if (code)
		return code;
	opts = forwarder->opts;
	code = workers_open(workers, forwarder->nics[0], &opts);
	if (code)
		return code;
	forwarder->queues[0] = xdpx_port_queue_count(workers->port);
	if (forwarder->one_way)
		opts.traffic = XDPX_TRAFFIC_NONE;
	code = workers_add(workers, forwarder->nics[1], &opts);
	if (!code)
		code = workers_claim(workers);
	return code ? code : lanes_make(forwarder, workers);
}

static int greeting_print(const struct forwarder *forwarder, const struct workers *workers)
{
	char safe[2][256];

	if (forwarder->json)
		return EXIT_SUCCESS;
	printf("forwarding from %s (%u queue%s) to %s (%u queue%s)%s\n",
	       text_safe(forwarder->nics[0], safe[0], sizeof(safe[0])), forwarder->queues[0],
	       forwarder->queues[0] == 1 ? "" : "s", text_safe(forwarder->nics[1], safe[1], sizeof(safe[1])),
	       forwarder->queues[1], forwarder->queues[1] == 1 ? "" : "s", forwarder->one_way ? "" : " and back");
	worker_mode_print(&workers->list[0], stdout);
	worker_mode_print(&workers->list[forwarder->queues[0]], stdout);
	titles_print();
	return output_finish(stdout);
}

static int lanes_run(struct forwarder *forwarder, struct workers *workers)
{
	int code = forwarder_open(forwarder, workers);
	int summary;

	if (code)
		return code;
	forwarder->promiscuous[0] = promiscuous_socket(forwarder->nics[0]);
	if (!forwarder->one_way)
		forwarder->promiscuous[1] = promiscuous_socket(forwarder->nics[1]);
	forwarder->start_s = now_s();
	code = workers_start(workers);
	if (!code)
		code = greeting_print(forwarder, workers);
	if (code)
		return code;
	code = workers_run(workers, &forwarder->opts, forwarder_tick);
	summary = summarize(workers);
	return code ? code : summary;
}

static int forwarder_run(struct forwarder *forwarder)
{
	struct workers workers = {
		.turn = forward_turn, .end = forward_end, .arg = forwarder, .signal_fd = -1, .wake_fd = -1};
	int code = lanes_run(forwarder, &workers);

	workers_close(&workers);
	xdpx_umem_free(forwarder->umem);
	for (uint32_t at = 0; forwarder->lanes && at < workers.count; at++)
		pthread_mutex_destroy(&forwarder->lanes[at].sends);
	free(forwarder->lanes);
	for (unsigned int which = 0; which < 2; which++) {
		if (forwarder->promiscuous[which] >= 0)
			close(forwarder->promiscuous[which]);
	}
	return code;
}

static int forward_run(const struct command *command, int argc, char **argv)
{
	static const struct option options[] = {
		{"one-way", no_argument, NULL, 'o'},
		{"json", no_argument, NULL, 'j'},
		WORKERS_OPTIONS,
		{0},
	};
	struct forwarder forwarder = {.promiscuous = {-1, -1}};
	int option;
	int code;

	while ((option = getopt_long(argc, argv, ":oj" WORKERS_SHORT, options, NULL)) != -1) {
		if (option == 'h') {
			fputs(command->help, stdout);
			return output_finish(stdout);
		}
		if (option == 'o' || option == 'j') {
			*(option == 'o' ? &forwarder.one_way : &forwarder.json) = true;
			continue;
		}
		code = workers_option(command, &forwarder.opts, option, argv);
		if (code)
			return code;
	}
	if (argc - optind != 2)
		return fail_usage(command, "two devices are needed, and nothing else");
	forwarder.nics[0] = argv[optind];
	forwarder.nics[1] = argv[optind + 1];
	return forwarder_run(&forwarder);
}

const struct command command_forward = {
	.name = "forward",
	.summary = "pass packets between two devices, in place of the network stack",
	.help = "usage: xdpx forward A B [OPTION]...\n"
		"\n"
		"Sends from B every packet that arrives at A, and from A every packet that arrives at B, unchanged,\n"
		"without copying them in between. Nothing of either reaches the network stack meanwhile. Each queue\n"
		"has a thread; where one device has more queues than the other, several send from one queue. Once a\n"
		"second packets and drops are counted by queue. Ctrl-C ends it.\n"
		"It needs CAP_NET_ADMIN, CAP_NET_RAW and CAP_BPF.\n"
		"\n"
		"  -o, --one-way       from A to B only; the network stack goes on receiving from B\n"
		"  -j, --json          a JSON document a line for each second, and one for all: see "
		"doc/json.md\n" WORKERS_HELP "\n"
		"Drops: ring full: the packets were not fetched, or could not be sent, fast enough. no frame: the\n"
		"kernel had no free frame to put a packet in. too long: for the MTU of the other device. not sent: "
		"the\n"
		"other device had no room or no link; told with the first of the queues that lead there. other: the\n"
		"packet did not fit into a frame, or the like.\n"
		"\n"
		"The devices are promiscuous meanwhile. Packets go out as they came: where a host leaves checksums\n"
		"and segments to a veth, turn that off at the host: ethtool -K NAME tx off\n",
	.run = forward_run,
};

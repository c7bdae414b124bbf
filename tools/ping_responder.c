/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "answer.h"
#include "table.h"
#include "workers.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct responder {
	struct workers_opts opts;
	struct answer_config config;
	const char *nic;
	const char *dns;
	bool addressed; /* the user named an address */
};

static const char *const titles[] = {"QUEUE",  "FRAMES",    "BYTES",	"ANSWERED",
				     "UNSENT", "RING FULL", "NO FRAME", "OTHER DROP"};
#define TITLES (sizeof(titles) / sizeof(titles[0]))

static void batch_send(struct worker *worker, const struct xdpx_frame *frames, unsigned int count)
{
	int sent = count ? xdpx_xsk_send(worker->xsk, frames, count) : 0;
	unsigned int accepted = sent > 0 ? (unsigned int)sent : 0;

	/* those that found the ring full are dropped, as a NIC would */
	xdpx_xsk_release(worker->xsk, frames + accepted, count - accepted);
	worker_count(&worker->answered, accepted);
	worker_count(&worker->unsent, count - accepted);
}

/* Answers go out in the frames of their questions, and move to the front of the batch; other frames go back. */
static void batch_respond(struct worker *worker, struct xdpx_frame *frames, unsigned int count)
{
	struct responder *responder = worker->all->arg;
	unsigned int answers = 0;
	uint64_t bytes = 0;

	for (unsigned int at = 0; at < count; at++) {
		struct xdpx_frame frame = frames[at];
		size_t room = worker->frame_size - frame.addr % worker->frame_size;
		size_t length = answer_frame(&responder->config, worker->base + frame.addr, frame.len, room);

		bytes += frame.len;
		if (!length) {
			xdpx_xsk_release(worker->xsk, &frame, 1);
			continue;
		}
		frame.len = (uint32_t)length;
		frames[answers++] = frame;
	}
	batch_send(worker, frames, answers);
	worker_count(&worker->packets, count);
	worker_count(&worker->bytes, bytes);
}

static void summary_print(const struct workers *workers)
{
	struct table table = {.titles = titles, .columns = TITLES, .right = (1U << TITLES) - 1};

	for (uint32_t at = 0; at < workers->count; at++) {
		const struct worker *worker = &workers->list[at];
		struct drops drops;

		worker_drops(worker, &drops);
		table_add(&table, "%u", xdpx_xsk_queue(worker->xsk));
		table_add(&table, "%" PRIu64, atomic_load(&worker->packets));
		table_add(&table, "%" PRIu64, atomic_load(&worker->bytes));
		table_add(&table, "%" PRIu64, atomic_load(&worker->answered));
		table_add(&table, "%" PRIu64, atomic_load(&worker->unsent));
		table_add(&table, "%" PRIu64, drops.ring_full);
		table_add(&table, "%" PRIu64, drops.no_frame);
		table_add(&table, "%" PRIu64, drops.other);
	}
	table_print(&table, stdout);
	table_free(&table);
	worker_mode_print(&workers->list[0], stdout);
}

/* The device's first address of a family; an IPv6 address of the link alone only where there is no other. */
static void address_take(struct dns_host *host, const struct sockaddr *address)
{
	const struct in6_addr *address6;

	if (address->sa_family == AF_INET && !host->address.s_addr)
		host->address = ((const struct sockaddr_in *)(const void *)address)->sin_addr;
	if (address->sa_family != AF_INET6)
		return;
	address6 = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
	if (IN6_IS_ADDR_UNSPECIFIED(&host->address6) ||
	    (IN6_IS_ADDR_LINKLOCAL(&host->address6) && !IN6_IS_ADDR_LINKLOCAL(address6)))
		host->address6 = *address6;
}

static int addresses_read(struct responder *responder, const char *name)
{
	struct dns_host *host = &responder->config.host;
	struct ifaddrs *list;

	if (getifaddrs(&list))
		return fail_with(NULL, "the addresses of %s can't be read", name);
	for (struct ifaddrs *at = list; at; at = at->ifa_next) {
		if (at->ifa_addr && !strcmp(at->ifa_name, name))
			address_take(host, at->ifa_addr);
	}
	freeifaddrs(list);
	if (host->address.s_addr || !IN6_IS_ADDR_UNSPECIFIED(&host->address6))
		return EXIT_SUCCESS;
	return fail_with("name one that no other host has: --address 192.0.2.1",
			 "%s: the device has no address to answer for", name);
}

static int config_read(struct responder *responder)
{
	struct xdpx_nic *nic;
	const uint8_t *mac;
	int code = EXIT_SUCCESS;

	if (xdpx_nic_open(responder->nic, NULL, &nic))
		return fail_library();
	if (xdpx_nic_mac(nic, &mac) != ETH_ALEN)
		code = fail_with(NULL, "%s: no Ethernet device", xdpx_nic_name(nic));
	else
		memcpy(responder->config.mac, mac, ETH_ALEN);
	if (!code && !responder->addressed)
		code = addresses_read(responder, xdpx_nic_name(nic));
	xdpx_nic_free(nic);
	return code;
}

static int greeting_print(const struct responder *responder, const struct workers *workers)
{
	const struct dns_host *host = &responder->config.host;
	char text[INET6_ADDRSTRLEN];
	char safe[256];

	printf("%s: answering", text_safe(responder->nic, safe, sizeof(safe)));
	if (host->address.s_addr)
		printf(" %s", inet_ntop(AF_INET, &host->address, text, sizeof(text)));
	if (!IN6_IS_ADDR_UNSPECIFIED(&host->address6))
		printf(" %s", inet_ntop(AF_INET6, &host->address6, text, sizeof(text)));
	if (responder->dns)
		printf(" %s", text_safe(responder->dns, safe, sizeof(safe)));
	printf(" on %u queue%s\n", workers->count, workers->count == 1 ? "" : "s");
	return output_finish(stdout);
}

static int respond(struct responder *responder, struct workers *workers)
{
	int code = config_read(responder);
	int summary;

	if (!code)
		code = workers_open(workers, responder->nic, &responder->opts);
	if (!code)
		code = workers_claim(workers);
	if (!code)
		code = workers_start(workers);
	if (!code)
		code = greeting_print(responder, workers);
	if (code)
		return code;

	code = workers_run(workers, &responder->opts, NULL);
	summary_print(workers);
	summary = output_finish(stdout);
	return code ? code : summary;
}

static int responder_option(const struct command *command, struct responder *responder, int option, char **argv)
{
	struct dns_host *host = &responder->config.host;

	switch (option) {
	case '4':
		responder->addressed = true;
		if (inet_pton(AF_INET, optarg, &host->address) == 1 && host->address.s_addr)
			return EXIT_SUCCESS;
		return fail_usage(command, "%s is no IPv4 address", optarg);
	case '6':
		responder->addressed = true;
		if (inet_pton(AF_INET6, optarg, &host->address6) == 1 && !IN6_IS_ADDR_UNSPECIFIED(&host->address6))
			return EXIT_SUCCESS;
		return fail_usage(command, "%s is no IPv6 address", optarg);
	case 'd':
		responder->dns = optarg;
		if (!dns_host_name(host, optarg))
			return EXIT_SUCCESS;
		return fail_usage(command, "%s is no DNS name", optarg);
	default:
		return workers_option(command, &responder->opts, option, argv);
	}
}

static int ping_responder_run(const struct command *command, int argc, char **argv)
{
	static const struct option options[] = {
		{"address", required_argument, NULL, '4'},
		{"address6", required_argument, NULL, '6'},
		{"dns", required_argument, NULL, 'd'},
		WORKERS_OPTIONS,
		{0},
	};
	struct responder responder = {0};
	struct workers workers = {.batch = batch_respond, .arg = &responder, .signal_fd = -1, .wake_fd = -1};
	int option;
	int code;

	while ((option = getopt_long(argc, argv, ":4:6:d:" WORKERS_SHORT, options, NULL)) != -1) {
		if (option == 'h') {
			fputs(command->help, stdout);
			return output_finish(stdout);
		}
		code = responder_option(command, &responder, option, argv);
		if (code)
			return code;
	}
	if (argc - optind != 1)
		return fail_usage(command, argc == optind ? "no device was named" : "one device at a time");
	responder.nic = argv[optind];
	code = respond(&responder, &workers);
	workers_close(&workers);
	return code;
}

const struct command command_ping_responder = {
	.name = "ping-responder",
	.summary = "answer ARP, neighbour discovery, ping and one DNS name",
	.help = "usage: xdpx ping-responder NAME [OPTION]...\n"
		"\n"
		"Answers in user space, on all queues of the device, in place of the network stack, which gets no\n"
		"packets of this device meanwhile: ARP, IPv6 neighbour discovery, ping, and DNS questions for one\n"
		"name. Ctrl-C ends it, and prints what was received and answered.\n"
		"It needs CAP_NET_ADMIN, CAP_NET_RAW and CAP_BPF.\n"
		"\n"
		"  -4, --address A     answer for this IPv4 address\n"
		"  -6, --address6 A    answer for this IPv6 address; without any, for those that the device has\n"
		"  -d, --dns NAME      answer DNS questions: the addresses are those of NAME, no other name "
		"exists\n" WORKERS_HELP,
	.run = ping_responder_run,
};

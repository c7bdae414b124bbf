/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* One turn of one contender in a process of its own; prints the result as JSON. */
#include "turn.h"

#include <inttypes.h>
#include <linux/if_xdp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct contender *const contenders[] = {
	&contender_raw,
#ifdef BENCH_LIBXDP
	&contender_libxdp,
#endif
	&contender_xdpx,   &contender_xdpx_pool, &contender_packet,
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const char usage[] = "usage: contend [-b BATCH] [-w WARM-UP] [-s SECONDS] [-p] [-g] CONTENDER ROW DEVICE [TO]\n"
			    "  -b  packets at once, 64\n"
			    "  -w  seconds not counted after the first packet, 0.3\n"
			    "  -s  seconds counted, 2\n"
			    "  -p  never sleeps: looks again at once when nothing is there\n"
			    "  -g  the XDP program runs in generic mode\n"
			    "ROW is rx, rx-one, tx, forward or echo; forward sends to TO\n";

static void usage_exit(void)
{
	fputs(usage, stderr);
	exit(2);
}

static void options_take(struct turn *turn, struct place *place, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "b:w:s:pg")) != -1) {
		switch (option) {
		case 'b':
			turn->work.batch = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		case 'w':
			turn->warm_up = strtod(optarg, NULL);
			break;
		case 's':
			turn->seconds = strtod(optarg, NULL);
			break;
		case 'p':
			turn->spin = true;
			break;
		case 'g':
			place->generic = true;
			break;
		default:
			usage_exit();
		}
	}
	if (turn->work.batch < 1 || turn->work.batch > BATCH_MAX || turn->warm_up < 0 || turn->seconds <= 0)
		usage_exit();
}

static const struct contender *contender_find(const char *name)
{
	for (size_t i = 0; i < COUNT(contenders); i++) {
		if (!strcmp(contenders[i]->name, name))
			return contenders[i];
	}
	usage_exit();
	return NULL;
}

/* What an AF_XDP socket's kernel side dropped; a packet socket says nothing. */
static void report(const struct turn *turn, const struct turn_result *result, const char *name, int fd)
{
	struct xdp_statistics kernel = {0};
	socklen_t bytes = sizeof(kernel);

	getsockopt(fd, SOL_XDP, XDP_STATISTICS, &kernel, &bytes);
	printf("{\"name\": \"%s\", \"packets\": %" PRIu64 ", \"all_packets\": %" PRIu64 ", \"seconds\": %.6f, "
	       "\"pps\": %.0f, \"cpu_ns\": %.2f, \"rx_ring_full\": %llu, \"fill_ring_empty\": %llu, "
	       "\"tx_invalid\": %llu, \"checksum\": \"%016" PRIx64 "\"}\n",
	       name, result->packets, turn->packets, result->seconds, result->pps, result->cpu_ns,
	       (unsigned long long)kernel.rx_ring_full, (unsigned long long)kernel.rx_fill_ring_empty_descs,
	       (unsigned long long)kernel.tx_invalid_descs, turn->work.checksum);
}

int main(int argc, char **argv)
{
	struct turn turn = {.work = {.batch = 64}, .warm_up = 0.3, .seconds = 2};
	struct place place = {0};
	struct turn_result result;
	const struct contender *contender;
	const struct row *row;
	const char *why = "open";
	void *ends = NULL;
	int fd;

	options_take(&turn, &place, argc, argv);
	if (argc - optind < 3)
		usage_exit();
	contender = contender_find(argv[optind]);
	row = row_find(argv[optind + 1]);
	if (!row || !contender->rounds[row->round])
		usage_exit();
	place.from = row->receives ? argv[optind + 2] : NULL;
	place.to = row->sends ? argv[argc - 1] : NULL;

	fd = contender->open(&place, &ends, &why);
	if (fd < 0) {
		fprintf(stderr, "%s: %s: %s\n", contender->name, why, strerror(-fd));
		return 1;
	}
	printf("ready\n");
	fflush(stdout);
	turn_run(&turn, contender, row->round, ends, &result);
	report(&turn, &result, contender->name, fd);
	contender->close(ends);
	return 0;
}

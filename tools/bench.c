/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* xdpx bench: packets a second through sockets on veth devices of its own. */
#include "bench_net.h"
#include "bench_turn.h"
#include "json.h"
#include "table.h"
#include "tool.h"

#include <dirent.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define VULNERABILITIES "/sys/devices/system/cpu/vulnerabilities"

struct bench {
	const char *row;  /* NULL: all */
	const char *mode; /* NULL: both */
	uint64_t batch;
	uint64_t seconds;
	bool json;
	struct json_object *document;
	struct json_object *mitigations;
	struct json_object *results;
	struct table table;
	int code;
};

static const char *const row_names[] = {"rx", "tx", "forward", "echo"};
static const char *const mode_names[] = {"native", "generic"};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const char *name_find(const char *const *names, size_t count, const char *name)
{
	for (size_t at = 0; at < count; at++) {
		if (!strcmp(names[at], name))
			return names[at];
	}
	return NULL;
}

/* What costs time on this machine, by weakness; those that it does not have are left out. */
static void mitigation_add(struct json_object *list, const char *name)
{
	char path[sizeof(VULNERABILITIES) + 256];
	char text[256] = "";
	FILE *file;

	snprintf(path, sizeof(path), VULNERABILITIES "/%s", name);
	file = fopen(path, "r");
	if (!file)
		return;
	if (fgets(text, sizeof(text), file) && strcmp(text, "Not affected\n")) {
		text[strcspn(text, "\n")] = '\0';
		json_add_text(list, name, text);
	}
	fclose(file);
}

static struct json_object *mitigations_read(void)
{
	struct json_object *list = json_object_new_object();
	struct dirent **entries;
	int count = scandir(VULNERABILITIES, &entries, NULL, alphasort);

	for (int at = 0; at < count; at++) {
		if (entries[at]->d_name[0] != '.')
			mitigation_add(list, entries[at]->d_name);
		free(entries[at]);
	}
	if (count >= 0)
		free(entries);
	return list;
}

static void machine_add(struct bench *bench)
{
	struct utsname system;

	uname(&system);
	bench->document = json_document();
	json_add_text(bench->document, "kernel", system.release);
	json_add_number(bench->document, "cpus", sysconf(_SC_NPROCESSORS_ONLN));
	bench->mitigations = mitigations_read();
	json_add(bench->document, "mitigations", bench->mitigations);
	bench->results = json_add_list(bench->document, "results");
}

static void machine_print(const struct bench *bench)
{
	const char *between = "";
	char safe[TEXT_SAFE_BYTES(256)];
	struct utsname system;

	uname(&system);
	printf("Linux %s, %ld CPUs, veth, batches of %u\n", system.release, sysconf(_SC_NPROCESSORS_ONLN),
	       (unsigned int)bench->batch);
	printf("mitigations: ");
	json_object_object_foreach(bench->mitigations, name, text)
	{
		printf("%s%s: %s", between, name, text_safe(json_object_get_string(text), safe, sizeof(safe)));
		between = "; ";
	}
	puts(*between ? "" : "none");
}

static void result_add(struct bench *bench, const char *row, const char *mode, const struct turn_result *result)
{
	struct json_object *entry = json_object_new_object();

	table_add(&bench->table, "%s", row);
	table_add(&bench->table, "%s", mode ? mode : "-");
	table_add(&bench->table, "%.0f", result->pps);
	table_add(&bench->table, "%.1f", result->pps > 0 ? 1e9 / result->pps : 0);
	table_add(&bench->table, "%.1f", result->cpu_ns);

	json_add_text(entry, "row", row);
	json_add_text_or_null(entry, "mode", mode ? mode : "");
	json_add_number(entry, "batch", (int64_t)bench->batch);
	json_add_number(entry, "packets", (int64_t)result->packets);
	json_add(entry, "seconds", json_object_new_double(result->seconds));
	json_add(entry, "packets_per_second", json_object_new_double(result->pps));
	json_add(entry, "ns_per_packet", json_object_new_double(result->pps > 0 ? 1e9 / result->pps : 0));
	json_add(entry, "cpu_ns_per_packet", json_object_new_double(result->cpu_ns));
	json_object_array_add(bench->results, entry);
}

static void row_run(struct bench *bench, const char *name, const char *mode)
{
	const struct bench_turn turn = {
		.row = row_find(name),
		.generic = mode && !strcmp(mode, "generic"),
		.batch = (unsigned int)bench->batch,
		.seconds = (double)bench->seconds,
	};
	struct bench_report report = {0};

	bench_turn_run(&turn, &report);
	if (!report.err) {
		result_add(bench, name, mode, &report.result);
		return;
	}
	bench->code = bench_interrupted() ? fail_with(NULL, "interrupted")
					  : fail_with(NULL, "%s%s%s: %s: %s", name, mode ? ", " : "", mode ? mode : "",
						      report.why, strerror(-report.err));
}

static void rows_run(struct bench *bench)
{
	for (size_t row = 0; row < COUNT(row_names); row++) {
		const char *name = row_names[row];

		if (bench->row && strcmp(bench->row, name))
			continue;
		for (size_t at = 0; at < COUNT(mode_names) && !bench_interrupted(); at++) {
			if (bench->mode && strcmp(bench->mode, mode_names[at]))
				continue;
			row_run(bench, name, row_find(name)->receives ? mode_names[at] : NULL);
			if (!row_find(name)->receives)
				break; /* no program, no mode */
		}
	}
}

static int bench_measure(struct bench *bench)
{
	static const char *const titles[] = {"ROW", "MODE", "PACKETS/S", "NS/PACKET", "CPU NS/PACKET"};
	int code = bench_net_make();

	if (code)
		return code;
	bench->table = (struct table){.titles = titles, .columns = COUNT(titles), .right = 7U << 2};
	machine_add(bench);
	bench_signals_take();
	rows_run(bench);
	if (bench->json) {
		code = json_print(bench->document);
	} else {
		machine_print(bench);
		if (bench->table.count)
			table_print(&bench->table, stdout);
		json_object_put(bench->document);
		code = output_finish(stdout);
	}
	table_free(&bench->table);
	return bench->code ? bench->code : code;
}

static int bench_option(const struct command *command, struct bench *bench, int option, char **argv)
{
	switch (option) {
	case 'r':
		bench->row = name_find(row_names, COUNT(row_names), optarg);
		return bench->row ? EXIT_SUCCESS : fail_usage(command, "there is no row %s", optarg);
	case 'm':
		bench->mode = name_find(mode_names, COUNT(mode_names), optarg);
		return bench->mode ? EXIT_SUCCESS : fail_usage(command, "%s is no mode: native or generic", optarg);
	case 'b':
		return number_read(optarg, 1, BATCH_MAX, &bench->batch)
			       ? EXIT_SUCCESS
			       : fail_usage(command, "%s is no batch: 1 to %d", optarg, BATCH_MAX);
	case 's':
		return number_read(optarg, 1, 60, &bench->seconds)
			       ? EXIT_SUCCESS
			       : fail_usage(command, "%s is no number of seconds: 1 to 60", optarg);
	case 'j':
		bench->json = true;
		return EXIT_SUCCESS;
	default:
		return fail_option(command, option, argv);
	}
}

static int bench_run(const struct command *command, int argc, char **argv)
{
	static const struct option options[] = {
		{"row", required_argument, NULL, 'r'},
		{"mode", required_argument, NULL, 'm'},
		{"batch", required_argument, NULL, 'b'},
		{"seconds", required_argument, NULL, 's'},
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	struct bench bench = {.batch = 64, .seconds = 1};
	int option;
	int code;

	while ((option = getopt_long(argc, argv, ":r:m:b:s:jh", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(command->help, stdout);
			return output_finish(stdout);
		}
		code = bench_option(command, &bench, option, argv);
		if (code)
			return code;
	}
	if (optind < argc)
		return fail_usage(command, "%s is one argument too many", argv[optind]);
	return bench_measure(&bench);
}

const struct command command_bench = {
	.name = "bench",
	.summary = "measure packets a second on this machine, through devices of its own",
	.help = "usage: xdpx bench [OPTION]...\n"
		"\n"
		"Makes two pairs of veth devices in a network namespace of its own and measures how many packets\n"
		"of 60 bytes AF_XDP sockets take there. The packets are copied: figures of this machine's CPUs and\n"
		"kernel, not of a network card. No device of the machine is touched, and nothing is left behind.\n"
		"It needs root, and Linux 5.18 to make packets to receive.\n"
		"\n"
		"  -r, --row ROW      only this: rx (receive and drop), tx (send), forward (receive on one device,\n"
		"                     send on another) or echo (send back on the same)\n"
		"  -m, --mode MODE    only with the XDP program in this mode: native or generic\n"
		"  -b, --batch N      packets at once, 1 to 256; 64 if not said\n"
		"  -s, --seconds N    how long each row is measured, 1 to 60; 1 if not said\n"
		"  -j, --json         as JSON\n"
		"  -h, --help         this text\n"
		"\n"
		"CPU NS/PACKET is the time that the process used a packet, in the kernel and outside; what the\n"
		"sender's CPU does for receiving is not in it.\n",
	.run = bench_run,
};

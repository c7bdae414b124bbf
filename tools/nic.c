/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "nic.h"

#include "table.h"
#include "tool.h"

#include <getopt.h>
#include <stdlib.h>

static const char *const titles[] = {"INDEX", "NAME",	"KIND",	  "DRIVER",    "LINK",
				     "MTU",   "QUEUES", "NATIVE", "ZERO-COPY", "PROGRAM"};
#define TITLES (sizeof(titles) / sizeof(titles[0]))
/* INDEX, MTU and QUEUES are numbers. */
#define TITLES_RIGHT (1U << 0 | 1U << 5 | 1U << 6)

const char *answer_word(enum xdpx_answer answer)
{
	if (answer == XDPX_YES)
		return "yes";
	return answer == XDPX_NO ? "no" : "unknown";
}

const char *mac_text(const struct xdpx_nic *nic, char *text, size_t bytes)
{
	const uint8_t *mac;
	size_t count = xdpx_nic_mac(nic, &mac);
	size_t at = 0;

	*text = '\0';
	for (size_t byte = 0; byte < count && at + 4 <= bytes; byte++)
		at += (size_t)snprintf(text + at, bytes - at, "%s%02x", byte ? ":" : "", mac[byte]);
	return text;
}

static const char *link_word(const struct xdpx_nic *nic)
{
	if (xdpx_nic_up(nic) != XDPX_YES)
		return "down";
	return xdpx_nic_carrier(nic) == XDPX_NO ? "no carrier" : "up";
}

static const char *or_dash(const char *text)
{
	return *text ? text : "-";
}

static void row_add(struct table *table, const struct xdpx_nic *nic)
{
	struct xdpx_queues queues = {.size = sizeof(queues)};

	xdpx_nic_queues(nic, &queues);
	table_add(table, "%u", xdpx_nic_index(nic));
	table_add(table, "%s", xdpx_nic_name(nic));
	table_add(table, "%s", xdpx_nic_kind(nic));
	table_add(table, "%s", or_dash(xdpx_nic_driver(nic)));
	table_add(table, "%s", link_word(nic));
	table_add(table, "%u", xdpx_nic_mtu(nic));
	table_add(table, "%u", queues.usable);
	table_add(table, "%s", answer_word(xdpx_nic_can(nic, XDPX_FEATURE_NATIVE)));
	table_add(table, "%s", answer_word(xdpx_nic_can(nic, XDPX_FEATURE_ZEROCOPY)));
	if (xdpx_nic_prog_id(nic))
		table_add(table, "id %u", xdpx_nic_prog_id(nic));
	else
		table_add(table, "-");
}

static int list_print(const struct xdpx_nic *const *nics, size_t count)
{
	struct table table = {.titles = titles, .columns = TITLES, .right = TITLES_RIGHT};

	for (size_t at = 0; at < count; at++)
		row_add(&table, nics[at]);
	table_print(&table, stdout);
	table_free(&table);
	return output_finish(stdout);
}

static void fact_print(const char *label, const char *text)
{
	char safe[1024];

	printf("  %-18s%s\n", label, text_safe(or_dash(text), safe, sizeof(safe)));
}

static void count_print(const char *label, uint32_t now, uint32_t most)
{
	printf("  %-18s%u", label, now);
	if (most)
		printf(" of at most %u", most);
	putchar('\n');
}

static void queues_print(const struct xdpx_nic *nic)
{
	struct xdpx_queues queues = {.size = sizeof(queues)};

	xdpx_nic_queues(nic, &queues);
	printf("\nqueues\n");
	count_print("for AF_XDP", queues.usable, 0);
	count_print("receive", queues.rx, queues.rx_max);
	count_print("transmit", queues.tx, queues.tx_max);
	count_print("combined", queues.combined, queues.combined_max);
	fact_print("source", xdpx_nic_queues_why(nic));
}

static void features_print(const struct xdpx_nic *nic)
{
	char safe[1024];
	const char *name;

	printf("\nXDP\n");
	for (unsigned int at = 0; (name = xdpx_feature_name((enum xdpx_feature)at)); at++)
		printf("  %-18s%-9s%s\n", name, answer_word(xdpx_nic_can(nic, (enum xdpx_feature)at)),
		       text_safe(xdpx_nic_why(nic, (enum xdpx_feature)at), safe, sizeof(safe)));
}

static int nic_print(const struct xdpx_nic *nic)
{
	char text[MAC_TEXT_BYTES];

	printf("%s\n", text_safe(xdpx_nic_name(nic), text, sizeof(text)));
	printf("  %-18s%u\n", "index", xdpx_nic_index(nic));
	fact_print("kind", xdpx_nic_kind(nic));
	fact_print("driver", xdpx_nic_driver(nic));
	fact_print("address", mac_text(nic, text, sizeof(text)));
	printf("  %-18s%u\n", "mtu", xdpx_nic_mtu(nic));
	fact_print("up", answer_word(xdpx_nic_up(nic)));
	fact_print("carrier", answer_word(xdpx_nic_carrier(nic)));
	if (xdpx_nic_prog_id(nic))
		printf("  %-18sid %u\n", "program", xdpx_nic_prog_id(nic));
	else
		fact_print("program", "none");
	queues_print(nic);
	features_print(nic);
	return output_finish(stdout);
}

static int one_show(const char *name, bool json)
{
	struct xdpx_nic *nic;
	int code;

	if (xdpx_nic_open(name, NULL, &nic))
		return fail_library();
	code = json ? nic_json_print((const struct xdpx_nic *const *)&nic, 1) : nic_print(nic);
	xdpx_nic_free(nic);
	return code;
}

static int all_show(bool json)
{
	const struct xdpx_nic **nics;
	struct xdpx_nic_list *list;
	size_t count;
	int code;

	if (xdpx_nic_list_new(NULL, &list))
		return fail_library();
	count = xdpx_nic_list_count(list);
	nics = calloc(count + 1, sizeof(*nics));
	for (size_t at = 0; nics && at < count; at++)
		nics[at] = xdpx_nic_list_at(list, at);
	if (!nics)
		code = fail_with(NULL, "out of memory");
	else
		code = json ? nic_json_print(nics, count) : list_print(nics, count);
	free(nics);
	xdpx_nic_list_free(list);
	return code;
}

static int nic_run(const struct command *command, int argc, char **argv)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	bool json = false;
	int option;

	while ((option = getopt_long(argc, argv, ":jh", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(command->help, stdout);
			return output_finish(stdout);
		}
		if (option != 'j')
			return fail_option(command, option, argv);
		json = true;
	}
	if (argc - optind > 1)
		return fail_usage(command, "one device at a time: %s is one too many", argv[optind + 1]);
	return optind < argc ? one_show(argv[optind], json) : all_show(json);
}

const struct command command_nic = {
	.name = "nic",
	.summary = "show network devices and what they can do with XDP",
	.help = "usage: xdpx nic [--json] [NAME]\n"
		"\n"
		"Shows all network devices of this network namespace in a table, or with NAME all that is\n"
		"known about one: queues, what it can do with XDP, and how that is known.\n"
		"No privilege is needed.\n"
		"\n"
		"  -j, --json   as JSON, with names that stay (doc/json.md)\n"
		"  -h, --help   this text\n",
	.run = nic_run,
};

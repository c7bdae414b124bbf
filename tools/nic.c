/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* xdpx nic: which devices are to be shown, and how. */
#include "nic.h"

#include "tool.h"

#include <getopt.h>
#include <stdlib.h>
#include <xdpx/probe.h>

struct request {
	const char *name; /* NULL: all devices */
	const char *why;  /* the feature or limit asked about */
	bool matrix;
	bool watch;
	bool probe;  /* by trying what can be tried */
	bool inject; /* with packets of the probe's own */
	bool json;
	uint64_t count;	  /* of changes to be watched, 0 for no end */
	uint64_t seconds; /* to watch for, 0 for no end */
};

static int show(const struct nics *nics, const struct request *request)
{
	struct question question;

	if (request->why) {
		question_read(request->why, &question);
		return request->json ? nic_json_answers_print(nics, &question) : nic_why_print(nics, &question);
	}
	if (request->matrix)
		return request->json ? nic_json_answers_print(nics, NULL) : nic_matrix_print(nics);
	if (request->json)
		return nic_json_print(nics);
	return request->name ? nic_print(nics->list[0]) : nic_list_print(nics);
}

static int one_show(const struct request *request)
{
	const struct xdpx_probe_opts opts = {.size = sizeof(opts), .flags = request->inject ? XDPX_PROBE_INJECT : 0};
	struct xdpx_nic *nic;
	struct nics nics = {.count = 1};
	int code;

	if (request->probe ? xdpx_probe(request->name, &opts, &nic) : xdpx_nic_open(request->name, NULL, &nic))
		return fail_library();
	nics.list = (const struct xdpx_nic *const *)&nic;
	code = show(&nics, request);
	xdpx_nic_free(nic);
	return code;
}

static int all_show(const struct request *request)
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
	code = nics ? show(&(struct nics){nics, count}, request) : fail_with(NULL, "out of memory");
	free(nics);
	xdpx_nic_list_free(list);
	return code;
}

static int request_check(const struct command *command, const struct request *request)
{
	struct question question;
	char names[1024];

	if (!!request->why + request->matrix + request->watch > 1)
		return fail_usage(command, "only one of --why, --matrix and --watch at a time");
	if (!request->watch && (request->count || request->seconds))
		return fail_usage(command, "--count and --seconds go with --watch only");
	if (request->probe && (request->watch || !request->name))
		return fail_usage(command, request->watch ? "--probe and --watch do not go together"
							  : "--probe: no device was named");
	if (request->inject && !request->probe)
		return fail_usage(command, "--inject goes with --probe only");
	if (!request->why || question_read(request->why, &question))
		return EXIT_SUCCESS;
	return fail_usage(command, "there is no feature and no limit %s; there are %s", request->why,
			  question_names(names, sizeof(names)));
}

static int request_option(const struct command *command, struct request *request, int option, char **argv)
{
	switch (option) {
	case 'j':
		request->json = true;
		return EXIT_SUCCESS;
	case 'w':
		request->why = optarg;
		return EXIT_SUCCESS;
	case 'm':
		request->matrix = true;
		return EXIT_SUCCESS;
	case 'W':
		request->watch = true;
		return EXIT_SUCCESS;
	case 'p':
		request->probe = true;
		return EXIT_SUCCESS;
	case 'i':
		request->inject = true;
		return EXIT_SUCCESS;
	case 'c':
		if (number_read(optarg, 1, UINT64_MAX, &request->count))
			return EXIT_SUCCESS;
		return fail_usage(command, "%s is no number of changes", optarg);
	case 's':
		if (number_read(optarg, 1, UINT32_MAX, &request->seconds))
			return EXIT_SUCCESS;
		return fail_usage(command, "%s is no number of seconds", optarg);
	default:
		return fail_option(command, option, argv);
	}
}

static int request_run(const struct request *request)
{
	const struct watch_opts opts = {.count = request->count, .seconds = request->seconds, .json = request->json};

	if (request->watch)
		return nic_watch(request->name, &opts);
	return request->name ? one_show(request) : all_show(request);
}

static int nic_run(const struct command *command, int argc, char **argv)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},	 {"why", required_argument, NULL, 'w'},
		{"matrix", no_argument, NULL, 'm'},	 {"watch", no_argument, NULL, 'W'},
		{"probe", no_argument, NULL, 'p'},	 {"inject", no_argument, NULL, 'i'},
		{"count", required_argument, NULL, 'c'}, {"seconds", required_argument, NULL, 's'},
		{"help", no_argument, NULL, 'h'},	 {0},
	};
	struct request request = {0};
	int option;
	int code;

	while ((option = getopt_long(argc, argv, ":jw:mWpic:s:h", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(command->help, stdout);
			return output_finish(stdout);
		}
		code = request_option(command, &request, option, argv);
		if (code)
			return code;
	}
	if (argc - optind > 1)
		return fail_usage(command, "one device at a time: %s is one too many", argv[optind + 1]);
	request.name = argv[optind];
	code = request_check(command, &request);
	return code ? code : request_run(&request);
}

const struct command command_nic = {
	.name = "nic",
	.summary = "show network devices and what they can do with XDP",
	.help = "usage: xdpx nic [--json] [NAME]\n"
		"       xdpx nic [--json] --why FEATURE [NAME]\n"
		"       xdpx nic [--json] --matrix [NAME]\n"
		"       xdpx nic [--json] [--why FEATURE | --matrix] --probe [--inject] NAME\n"
		"       xdpx nic [--json] --watch [--count N] [--seconds N] [NAME]\n"
		"\n"
		"Shows all network devices of this network namespace in a table, or with NAME all that is\n"
		"known about one: queues, what it can do with XDP, and how that is known.\n"
		"No privilege is needed but for --probe; CAP_SYS_ADMIN tells whose the programs on it are.\n"
		"\n"
		"  -w, --why FEATURE   one feature or limit alone: the answer, what tells it, and the reason\n"
		"  -m, --matrix        devices against features: yes, no, or ? for unknown\n"
		"  -p, --probe         find answers about NAME by trying: a program that passes all packets is\n"
		"                      attached and an AF_XDP socket bound, which may reset the driver's queues\n"
		"  -i, --inject        with --probe, send packets for it to measure, where the machine can\n"
		"  -W, --watch         changes as they happen, until Ctrl-C: when, where, what, from what to what\n"
		"  -c, --count N       end after N changes\n"
		"  -s, --seconds N     end after N seconds\n"
		"  -j, --json          as JSON, with names that stay (doc/json.md, doc/nic.schema.json)\n"
		"  -h, --help          this text\n",
	.run = nic_run,
};

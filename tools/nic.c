/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* xdpx nic: which devices are to be shown, and how. */
#include "nic.h"

#include "tool.h"

#include <getopt.h>
#include <stdlib.h>

struct request {
	const char *name; /* NULL: all devices */
	const char *why;  /* the feature or limit asked about */
	bool matrix;
	bool json;
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
	struct xdpx_nic *nic;
	struct nics nics = {.count = 1};
	int code;

	if (xdpx_nic_open(request->name, NULL, &nic))
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

	if (request->why && request->matrix)
		return fail_usage(command, "--why and --matrix do not go together");
	if (!request->why || question_read(request->why, &question))
		return EXIT_SUCCESS;
	return fail_usage(command, "there is no feature and no limit %s; there are %s", request->why,
			  question_names(names, sizeof(names)));
}

static int nic_run(const struct command *command, int argc, char **argv)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},
		{"why", required_argument, NULL, 'w'},
		{"matrix", no_argument, NULL, 'm'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	struct request request = {0};
	int option;
	int code;

	while ((option = getopt_long(argc, argv, ":jw:mh", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(command->help, stdout);
			return output_finish(stdout);
		}
		if (option == 'j')
			request.json = true;
		else if (option == 'w')
			request.why = optarg;
		else if (option == 'm')
			request.matrix = true;
		else
			return fail_option(command, option, argv);
	}
	if (argc - optind > 1)
		return fail_usage(command, "one device at a time: %s is one too many", argv[optind + 1]);
	request.name = argv[optind];
	code = request_check(command, &request);
	if (code)
		return code;
	return request.name ? one_show(&request) : all_show(&request);
}

const struct command command_nic = {
	.name = "nic",
	.summary = "show network devices and what they can do with XDP",
	.help = "usage: xdpx nic [--json] [NAME]\n"
		"       xdpx nic [--json] --why FEATURE [NAME]\n"
		"       xdpx nic [--json] --matrix [NAME]\n"
		"\n"
		"Shows all network devices of this network namespace in a table, or with NAME all that is\n"
		"known about one: queues, what it can do with XDP, and how that is known.\n"
		"No privilege is needed; CAP_SYS_ADMIN tells whose the programs on it are.\n"
		"\n"
		"  -w, --why FEATURE   one feature or limit alone: the answer, what tells it, and the reason\n"
		"  -m, --matrix        devices against features: yes, no, or ? for unknown\n"
		"  -j, --json          as JSON, with names that stay (doc/json.md, doc/nic.schema.json)\n"
		"  -h, --help          this text\n",
	.run = nic_run,
};

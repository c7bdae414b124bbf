/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* xdpx tune: what is left of settings that a process has changed, and putting them back. */
#include "table.h"
#include "tool.h"

#include <getopt.h>
#include <stdlib.h>
#include <xdpx/tune.h>

static void rows_add(struct table *table, const struct xdpx_tune *tune)
{
	const struct xdpx_tune_setting *setting;
	size_t at;

	for (at = 0; (setting = xdpx_tune_at(tune, at)); at++) {
		table_add(table, "%s", xdpx_tune_token(tune));
		table_add(table, "%s", xdpx_tune_nic_name(tune));
		table_add(table, "%u", xdpx_tune_pid(tune));
		table_add(table, "%s", xdpx_tune_setting_name(setting));
		table_add(table, "%s", xdpx_tune_setting_found(setting));
		table_add(table, "%s", xdpx_tune_setting_set(setting));
	}
}

static void hindrances_print(const struct xdpx_tune_list *list)
{
	const struct xdpx_tune *tune;
	char safe[1024];
	size_t at;

	for (at = 0; (tune = xdpx_tune_list_at(list, at)); at++)
		if (xdpx_tune_why(tune)[0])
			printf("%s: %s\n", xdpx_tune_token(tune), text_safe(xdpx_tune_why(tune), safe, sizeof(safe)));
}

static int list_show(void)
{
	static const char *const titles[] = {"TOKEN", "NAME", "PROCESS", "SETTING", "FOUND", "SET"};
	struct table table = {.titles = titles, .columns = sizeof(titles) / sizeof(titles[0]), .right = 1U << 2};
	struct xdpx_tune_list *list;
	size_t at;

	if (xdpx_tune_list_new(&list))
		return fail_library();
	for (at = 0; at < xdpx_tune_list_count(list); at++)
		rows_add(&table, xdpx_tune_list_at(list, at));
	if (table.count)
		table_print(&table, stdout);
	else if (!xdpx_tune_list_count(list))
		puts("nothing is left to put back");
	table_free(&table);
	hindrances_print(list);
	xdpx_tune_list_free(list);
	return output_finish(stdout);
}

static int restore(const char *token)
{
	int left = xdpx_tune_restore_token(token);

	if (left < 0)
		return fail_library();
	if (left)
		printf("put back, but for %d that somebody has changed since\n", left);
	else
		puts("put back");
	return output_finish(stdout);
}

static int forget(const char *token)
{
	return xdpx_tune_forget_token(token) ? fail_library() : EXIT_SUCCESS;
}

static int tune_run(const struct command *command, int argc, char **argv)
{
	static const struct option options[] = {
		{"restore", required_argument, NULL, 'r'},
		{"forget", required_argument, NULL, 'f'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int (*act)(const char *token) = NULL;
	const char *token = NULL;
	int option;

	while ((option = getopt_long(argc, argv, ":r:f:h", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(command->help, stdout);
			return output_finish(stdout);
		}
		if (option != 'r' && option != 'f')
			return fail_option(command, option, argv);
		if (act)
			return fail_usage(command, "one token at a time: %s is one too many", optarg);
		act = option == 'r' ? restore : forget;
		token = optarg;
	}
	if (optind < argc)
		return fail_usage(command, "%s is one argument too many", argv[optind]);
	return act ? act(token) : list_show();
}

const struct command command_tune = {
	.name = "tune",
	.summary = "show and put back settings that a killed process has left changed",
	.help = "usage: xdpx tune [--restore TOKEN | --forget TOKEN]\n"
		"\n"
		"Shows which settings of network devices processes have changed, and what they were before:\n"
		"of processes that still run, and of those that were killed before they could put them back.\n"
		"The journal is in /run/xdpx, and root's.\n"
		"\n"
		"  -r, --restore TOKEN   put back what still has the value that was set\n"
		"  -f, --forget TOKEN    remove it from the journal, and leave the settings as they are\n"
		"  -h, --help            this text\n",
	.run = tune_run,
};

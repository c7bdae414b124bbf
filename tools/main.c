/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "tool.h"

#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xdpx/api.h>

static const struct command *const commands[] = {
	&command_nic,	  &command_doctor,	   &command_recv, &command_send,
	&command_forward, &command_ping_responder, &command_tune, &command_bench,
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void help_print(FILE *out)
{
	fputs("usage: xdpx COMMAND [OPTION]...\n"
	      "       xdpx COMMAND --help\n"
	      "       xdpx --version\n"
	      "\n"
	      "Looks at network devices, receives, sends, forwards and answers packets, and measures, through XDP.\n"
	      "\n"
	      "commands:\n",
	      out);
	for (size_t at = 0; at < COMMANDS; at++)
		fprintf(out, "  %-16s%s\n", commands[at]->name, commands[at]->summary);
	fputs("\n"
	      "NAME is a device's name, an alternative name of it, or its index, such as '#2'.\n"
	      "Exit codes: 0 done, 1 failed, 2 wrong usage.\n",
	      out);
}

/*
 * A file opened later must not become what print functions write to. Standard output is needed, so that it is an error
 * when it is closed; the two others are given a place that swallows all.
 */
static bool streams_open(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		if (fd == STDOUT_FILENO)
			return false;
		if (open("/dev/null", O_RDWR) != fd)
			return false;
	}
	return true;
}

static int command_run(int argc, char **argv)
{
	for (size_t at = 0; at < COMMANDS; at++) {
		if (strcmp(argv[0], commands[at]->name))
			continue;
		/* 0 makes getopt_long() forget where it was */
		optind = 0;
		return commands[at]->run(commands[at], argc, argv);
	}
	return fail_usage(NULL, "there is no command %s", argv[0]);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{0},
	};
	int option;

	/* a reader that goes away is an error of writing like any other */
	signal(SIGPIPE, SIG_IGN);
	if (!streams_open())
		return fail_with(NULL, "the standard output is closed");

	option = getopt_long(argc, argv, "+:hV", options, NULL);
	if (option == 'h') {
		help_print(stdout);
		return output_finish(stdout);
	}
	if (option == 'V') {
		printf("xdpx %s\n", xdpx_version());
		return output_finish(stdout);
	}
	if (option != -1)
		return fail_option(NULL, option, argv);
	if (optind >= argc)
		return fail_usage(NULL, "no command was given");
	return command_run(argc - optind, argv + optind);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What the commands of `xdpx` share: how a command looks, how it fails, how it prints what it was told. */
#ifndef TOOLS_TOOL_H
#define TOOLS_TOOL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Exit codes, with EXIT_SUCCESS. */
#define EXIT_FAILED 1
#define EXIT_USAGE 2

struct command {
	const char *name;
	const char *summary; /* for the list of commands */
	const char *help;    /* all of --help */
	int (*run)(const struct command *command, int argc, char **argv);
};

extern const struct command command_bench;
extern const struct command command_doctor;
extern const struct command command_forward;
extern const struct command command_nic;
extern const struct command command_recv;
extern const struct command command_send;
extern const struct command command_ping_responder;
extern const struct command command_tune;

/* Each prints to stderr why the command fails, and returns its exit code. */

/* ... by what the library says about its last failing call on this thread, or about another one. */
struct xdpx_error;
int fail_library(void);
int fail_error(const struct xdpx_error *error);
/* ... by a sentence of the tool's own and, unless it is NULL, what to do. */
int fail_with(const char *hint, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* ... because the command line is wrong. */
int fail_usage(const struct command *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What getopt_long() found wrong: `option` is its '?' or ':', with an optstring that begins with "+:" or ":". */
int fail_option(const struct command *command, int option, char **argv);

/* Flushes the stream; EXIT_FAILED, with a word on stderr, when something did not reach its end. */
int output_finish(FILE *out);

/*
 * Text that others have chosen, such as a device's name, may hold bytes that a terminal obeys. These print all but
 * plain ASCII as \xNN; a newline, too, unless it is a text of lines.
 */
#define TEXT_SAFE_BYTES(bytes) ((bytes)*4 + 1)
const char *text_safe(const char *text, char *out, size_t bytes);
void text_lines(FILE *out, const char *prefix, const char *text);

/* A whole decimal number from `least` to `most`. */
bool number_read(const char *text, uint64_t least, uint64_t most, uint64_t *number);
/* A decimal number that may have a fraction, such as 2.5. */
bool decimal_read(const char *text, double least, double most, double *number);

#endif

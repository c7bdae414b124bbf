/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "tool.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <xdpx/error.h>

/* Longer than any sentence of the library; what is past it is cut. */
#define SENTENCE_BYTES 1024

const char *text_safe(const char *text, char *out, size_t bytes)
{
	static const char digits[] = "0123456789abcdef";
	char *at = out;

	for (; *text && (size_t)(at - out) + 4 < bytes; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte >= ' ' && byte <= '~') {
			*at++ = *text;
			continue;
		}
		*at++ = '\\';
		*at++ = 'x';
		*at++ = digits[byte >> 4];
		*at++ = digits[byte & 0xf];
	}
	*at = '\0';
	return out;
}

void text_lines(FILE *out, const char *prefix, const char *text)
{
	char line[SENTENCE_BYTES];
	char safe[TEXT_SAFE_BYTES(sizeof(line))];

	while (*text) {
		size_t bytes = strcspn(text, "\n");
		size_t kept = bytes < sizeof(line) ? bytes : sizeof(line) - 1;

		memcpy(line, text, kept);
		line[kept] = '\0';
		/* a verifier log indents by tabs */
		for (char *tab = line; (tab = strchr(tab, '\t'));)
			*tab = ' ';
		fprintf(out, "%s%s\n", prefix, text_safe(line, safe, sizeof(safe)));
		text += bytes;
		text += *text == '\n';
	}
}

int fail_error(const struct xdpx_error *error)
{
	text_lines(stderr, "xdpx: ", *error->message ? error->message : strerror(abs(error->code)));
	text_lines(stderr, "kernel: ", error->kernel);
	text_lines(stderr, "hint: ", error->hint);
	return EXIT_FAILED;
}

int fail_library(void)
{
	return fail_error(xdpx_error_last());
}

static void sentence_print(const char *format, va_list args)
{
	char sentence[SENTENCE_BYTES];

	vsnprintf(sentence, sizeof(sentence), format, args);
	text_lines(stderr, "xdpx: ", sentence);
}

int fail_with(const char *hint, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	sentence_print(format, args);
	va_end(args);
	if (hint)
		text_lines(stderr, "hint: ", hint);
	return EXIT_FAILED;
}

int fail_usage(const struct command *command, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	sentence_print(format, args);
	va_end(args);
	fprintf(stderr, "hint: xdpx%s%s --help\n", command ? " " : "", command ? command->name : "");
	return EXIT_USAGE;
}

int fail_option(const struct command *command, int option, char **argv)
{
	if (option == ':')
		return fail_usage(command, "%s needs a value", argv[optind - 1]);
	if (!optopt)
		return fail_usage(command, "%s is no option, or not written in full", argv[optind - 1]);
	if (!strncmp(argv[optind - 1], "--", 2))
		return fail_usage(command, "%s: this option takes no value", argv[optind - 1]);
	return fail_usage(command, "there is no option -%c", optopt);
}

/* Why writing failed: the reason of an earlier failure is lost to stdio, so it is made to fail once more. */
static int write_errno(FILE *out)
{
	if (!errno) {
		clearerr(out);
		fputc('\n', out);
		fflush(out);
	}
	return errno;
}

int output_finish(FILE *out)
{
	int error;

	errno = 0;
	if (!fflush(out) && !ferror(out))
		return EXIT_SUCCESS;
	error = write_errno(out);
	return fail_with(NULL, "the output could not be written%s%s", error ? ": " : "", error ? strerror(error) : "");
}

bool number_read(const char *text, uint64_t least, uint64_t most, uint64_t *number)
{
	unsigned long long value;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || *end || value < least || value > most)
		return false;
	*number = value;
	return true;
}

bool decimal_read(const char *text, double least, double most, double *number)
{
	double value;
	char *end;

	/* strtod() knows more ways to write a number, and some that are none */
	if (*text < '0' || *text > '9' || text[strspn(text, "0123456789.")])
		return false;
	value = strtod(text, &end);
	if (*end || value < least || value > most)
		return false;
	*number = value;
	return true;
}

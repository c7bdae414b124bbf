/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What the doctor found: a status, a sentence, and what would mend it. */
#ifndef TOOLS_FINDINGS_H
#define TOOLS_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>

enum status {
	STATUS_OK,
	STATUS_INFO,	/* worth knowing, and in nobody's way */
	STATUS_UNKNOWN, /* nothing tells */
	STATUS_WARN,	/* it works, but not as one would wish */
	STATUS_FAIL,	/* it stops XDP or AF_XDP */
	STATUS_COUNT,
};

#define FINDING_TEXT_BYTES 1024
#define FINDING_MEND_BYTES 512

struct finding {
	enum status status;
	const char *check; /* a word that stays */
	char text[FINDING_TEXT_BYTES];
	char mend[FINDING_MEND_BYTES]; /* a command to be pasted into a shell, or "" */
	char hint[FINDING_TEXT_BYTES]; /* what else could be done, or "" */
};

struct findings {
	struct finding *list;
	size_t count;
	size_t room;
};

/* Adds a finding, printf-style. Ends the program when memory runs out. */
void find(struct findings *findings, enum status status, const char *check, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* Gives the last finding a command, or a hint. */
void find_mend(struct findings *findings, const char *format, ...) __attribute__((format(printf, 2, 3)));
void find_hint(struct findings *findings, const char *format, ...) __attribute__((format(printf, 2, 3)));

size_t findings_count(const struct findings *findings, enum status status);
void findings_free(struct findings *findings);

/*
 * Text as a word for a shell: as it is where that is one, else as a printf that makes it, whatever bytes it has.
 * Long enough for a device's name, each byte of it as an octal number.
 */
#define SHELL_WORD_BYTES(bytes) ((bytes)*4 + 16)
const char *shell_word(const char *text, char *out, size_t bytes);

#endif

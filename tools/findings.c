/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "findings.h"

#include "tool.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define PLAIN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:@/+-"

void find(struct findings *findings, enum status status, const char *check, const char *format, ...)
{
	struct finding *finding;
	va_list args;

	if (findings->count == findings->room) {
		findings->room = findings->room ? 2 * findings->room : 32;
		findings->list = reallocarray(findings->list, findings->room, sizeof(*findings->list));
		if (!findings->list)
			exit(fail_with(NULL, "out of memory"));
	}
	finding = &findings->list[findings->count++];
	*finding = (struct finding){.status = status, .check = check};
	va_start(args, format);
	vsnprintf(finding->text, sizeof(finding->text), format, args);
	va_end(args);
}

void find_mend(struct findings *findings, const char *format, ...)
{
	struct finding *last = &findings->list[findings->count - 1];
	va_list args;

	va_start(args, format);
	vsnprintf(last->mend, sizeof(last->mend), format, args);
	va_end(args);
}

void find_hint(struct findings *findings, const char *format, ...)
{
	struct finding *last = &findings->list[findings->count - 1];
	va_list args;

	va_start(args, format);
	vsnprintf(last->hint, sizeof(last->hint), format, args);
	va_end(args);
}

size_t findings_count(const struct findings *findings, enum status status)
{
	size_t count = 0;

	for (size_t at = 0; at < findings->count; at++)
		count += findings->list[at].status == status;
	return count;
}

void findings_free(struct findings *findings)
{
	free(findings->list);
	*findings = (struct findings){0};
}

const char *shell_word(const char *text, char *out, size_t bytes)
{
	size_t at;

	if (*text && strspn(text, PLAIN) == strlen(text)) {
		snprintf(out, bytes, "%s", text);
		return out;
	}
	at = (size_t)snprintf(out, bytes, "\"$(printf '");
	for (; *text && at + 8 < bytes; text++)
		at += (size_t)snprintf(out + at, bytes - at, "\\%03o", (unsigned char)*text);
	snprintf(out + at, bytes - at, "')\"");
	return out;
}

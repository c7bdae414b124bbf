/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "facts.h"

#include "nic.h"
#include "tool.h"

#include <stdarg.h>
#include <string.h>

void wrapped_print(FILE *out, unsigned int column, const char *text)
{
	char safe[FACT_TEXT_BYTES];
	const char *word = text_safe(text, safe, sizeof(safe));
	unsigned int at = column;

	while (*word) {
		int length = (int)strcspn(word, " ");
		bool first = at == column;

		if (!first && at + 1 + (unsigned int)length > LINE_COLUMNS) {
			fprintf(out, "\n%*s", (int)column, "");
			at = column;
			first = true;
		}
		at += (unsigned int)fprintf(out, "%s%.*s", first ? "" : " ", length, word);
		word += length;
		word += strspn(word, " ");
	}
	fputc('\n', out);
}

void facts_title(const char *title)
{
	putchar('\n');
	color_print(stdout, HUE_BOLD, title, 0);
	putchar('\n');
}

static void label_print(const char *label)
{
	char safe[TEXT_SAFE_BYTES(64)];

	text_safe(label, safe, sizeof(safe));
	printf("  %-*s", FACT_COLUMN - 2, safe);
	/* a value stays apart from a label that takes its place */
	if (strlen(safe) >= FACT_COLUMN - 2)
		printf("\n%*s", FACT_COLUMN, "");
}

void fact(const char *label, const char *format, ...)
{
	char value[FACT_TEXT_BYTES];
	va_list args;

	va_start(args, format);
	vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	label_print(label);
	wrapped_print(stdout, FACT_COLUMN, *value ? value : "-");
}

void fact_word(const char *label, enum hue hue, const char *word, const char *why)
{
	label_print(label);
	color_print(stdout, hue, word, *why ? WORD_COLUMNS : 0);
	wrapped_print(stdout, FACT_COLUMN + WORD_COLUMNS, why);
}

void fact_answer(const char *label, enum xdpx_answer answer, const char *why)
{
	fact_word(label, answer_hue(answer), answer_word(answer), why);
}

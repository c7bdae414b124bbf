/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "table.h"

#include "tool.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define CELL_BYTES 64
#define GAP 2

static void *memory_or_exit(void *memory)
{
	if (!memory)
		exit(fail_with(NULL, "out of memory"));
	return memory;
}

static void cell_add(struct table *table, enum hue hue, const char *format, va_list args)
{
	char cell[CELL_BYTES];
	char safe[TEXT_SAFE_BYTES(CELL_BYTES)];
	char *text;

	vsnprintf(cell, sizeof(cell), format, args);
	text = memory_or_exit(strdup(text_safe(cell, safe, sizeof(safe))));
	if (table->count == table->room) {
		table->room = table->room ? 2 * table->room : 64;
		table->cells = memory_or_exit(reallocarray(table->cells, table->room, sizeof(*table->cells)));
	}
	table->cells[table->count++] = (struct cell){text, hue};
}

void table_add(struct table *table, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	cell_add(table, HUE_NONE, format, args);
	va_end(args);
}

void table_add_colored(struct table *table, enum hue hue, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	cell_add(table, hue, format, args);
	va_end(args);
}

static unsigned int column_width(const struct table *table, unsigned int column)
{
	size_t width = strlen(table->titles[column]);

	for (size_t at = column; at < table->count; at += table->columns) {
		if (strlen(table->cells[at].text) > width)
			width = strlen(table->cells[at].text);
	}
	return (unsigned int)width;
}

static void cell_print(const struct table *table, unsigned int column, const char *text, enum hue hue,
		       unsigned int width, FILE *out)
{
	bool last = column + 1 == table->columns;

	if (table->right & 1U << column)
		fprintf(out, "%*s%*s", (int)width, text, last ? 0 : GAP, "");
	else
		color_print(out, hue, text, last ? 0 : width + GAP);
}

void table_print(const struct table *table, FILE *out)
{
	unsigned int *widths = memory_or_exit(calloc(table->columns, sizeof(*widths)));

	for (unsigned int column = 0; column < table->columns; column++) {
		widths[column] = column_width(table, column);
		cell_print(table, column, table->titles[column], HUE_BOLD, widths[column], out);
	}
	fputc('\n', out);
	for (size_t at = 0; at < table->count; at++) {
		unsigned int column = at % table->columns;

		cell_print(table, column, table->cells[at].text, table->cells[at].hue, widths[column], out);
		if (column + 1 == table->columns)
			fputc('\n', out);
	}
	free(widths);
}

void table_free(struct table *table)
{
	for (size_t at = 0; at < table->count; at++)
		free(table->cells[at].text);
	free(table->cells);
	table->cells = NULL;
	table->count = table->room = 0;
}

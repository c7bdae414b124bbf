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

void table_add(struct table *table, const char *format, ...)
{
	char cell[CELL_BYTES];
	char safe[TEXT_SAFE_BYTES(CELL_BYTES)];
	va_list args;

	va_start(args, format);
	vsnprintf(cell, sizeof(cell), format, args);
	va_end(args);

	if (table->count == table->room) {
		table->room = table->room ? 2 * table->room : 64;
		table->cells = memory_or_exit(reallocarray(table->cells, table->room, sizeof(*table->cells)));
	}
	table->cells[table->count++] = memory_or_exit(strdup(text_safe(cell, safe, sizeof(safe))));
}

static int column_width(const struct table *table, unsigned int column)
{
	size_t width = strlen(table->titles[column]);

	for (size_t at = column; at < table->count; at += table->columns) {
		if (strlen(table->cells[at]) > width)
			width = strlen(table->cells[at]);
	}
	return (int)width;
}

static void row_print(const struct table *table, const char *const *row, const int *widths, FILE *out)
{
	for (unsigned int column = 0; column < table->columns; column++) {
		bool last = column + 1 == table->columns;

		if (table->right & 1U << column)
			fprintf(out, "%*s", widths[column], row[column]);
		else
			fprintf(out, "%-*s", last ? 0 : widths[column], row[column]);
		fprintf(out, "%*s", last ? 0 : GAP, "");
	}
	fputc('\n', out);
}

void table_print(const struct table *table, FILE *out)
{
	int *widths = memory_or_exit(calloc(table->columns, sizeof(*widths)));

	for (unsigned int column = 0; column < table->columns; column++)
		widths[column] = column_width(table, column);
	row_print(table, table->titles, widths, out);
	for (size_t at = 0; at + table->columns <= table->count; at += table->columns)
		row_print(table, (const char *const *)table->cells + at, widths, out);
	free(widths);
}

void table_free(struct table *table)
{
	for (size_t at = 0; at < table->count; at++)
		free(table->cells[at]);
	free(table->cells);
	table->cells = NULL;
	table->count = table->room = 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Rows of words, printed in columns as wide as their widest word. */
#ifndef TOOLS_TABLE_H
#define TOOLS_TABLE_H

#include "color.h"

#include <stdio.h>

struct cell {
	char *text;
	enum hue hue;
};

struct table {
	const char *const *titles;
	unsigned int columns;
	unsigned int right; /* a bit a column: set to the right, as numbers are */
	struct cell *cells; /* row by row */
	size_t count;
	size_t room;
};

/* Adds the next cell, printf-style; it makes itself safe to print. Ends the program when memory runs out. */
void table_add(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));
void table_add_colored(struct table *table, enum hue hue, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void table_print(const struct table *table, FILE *out);
void table_free(struct table *table);

#endif

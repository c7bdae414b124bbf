/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "schema.h"

#include "child.h"
#include "net.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The module is the distribution's, and so only its own Python may know it. */
#define PYTHON "$(python3 -c 'import jsonschema' 2>/dev/null && echo python3 || echo /usr/bin/python3)"

/* Definitions of what a line is; of the others a document is all that is printed. */
static const char *const lines[] = {"event", "forward", "send"};

static const char *lines_option(const char *definition)
{
	for (size_t at = 0; at < sizeof(lines) / sizeof(lines[0]); at++)
		if (!strcmp(lines[at], definition))
			return " --lines";
	return "";
}

void schema_check(const char *definition, const char *format, ...)
{
	const char *root = program("XDPX_SOURCE");
	char command[512];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	sh("%s | " PYTHON " %s/tests/support/schema.py %s/doc/nic.schema.json %s%s", command, root, root, definition,
	   lines_option(definition));
}

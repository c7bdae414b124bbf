/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "base/fail.h"

#include <stdarg.h>
#include <stdio.h>

static xdpx_log_fn *log_fn;
static void *log_arg;
static enum xdpx_log_level log_level;

void xdpx_log_set(xdpx_log_fn *fn, void *arg, enum xdpx_log_level level)
{
	log_fn = fn;
	log_arg = arg;
	log_level = level;
}

void xdpx_log(enum xdpx_log_level level, const char *format, ...)
{
	char line[1024];
	va_list args;

	if (!log_fn || level > log_level)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	log_fn(log_arg, level, line);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "prog/libbpf_print.h"

#include <bpf/libbpf.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned int threads_inside;
/* The application's hook. Kept after the last end: a thread may still be on its way through ours. */
static libbpf_print_fn_t theirs;

static __thread struct xdpx_libbpf_words *catching;

static void catch_line(struct xdpx_libbpf_words *words, const char *format, va_list args)
{
	static const char prefix[] = "libbpf: ";
	size_t room = sizeof(words->text) - words->length;
	int length;

	if (!strncmp(format, prefix, sizeof(prefix) - 1))
		format += sizeof(prefix) - 1;
	length = vsnprintf(words->text + words->length, room, format, args);
	if (length > 0)
		words->length += (size_t)length < room ? (size_t)length : room - 1;
}

static int ours(enum libbpf_print_level level, const char *format, va_list args)
{
	libbpf_print_fn_t next;

	if (catching) {
		if (level == LIBBPF_WARN)
			catch_line(catching, format, args);
		return 0;
	}

	/* waits where another thread has set our hook and does not yet know whose place it took */
	pthread_mutex_lock(&lock);
	next = theirs;
	pthread_mutex_unlock(&lock);
	return next ? next(level, format, args) : 0;
}

void xdpx_libbpf_begin(struct xdpx_libbpf_words *words)
{
	libbpf_print_fn_t before;

	words->length = 0;
	words->text[0] = '\0';
	words->outer = catching;
	catching = words;

	pthread_mutex_lock(&lock);
	threads_inside++;
	before = libbpf_set_print(ours);
	/* ours is there already when another thread is inside, or when the application put back what it had found */
	if (before != ours)
		theirs = before;
	pthread_mutex_unlock(&lock);
}

void xdpx_libbpf_end(struct xdpx_libbpf_words *words)
{
	libbpf_print_fn_t now;

	pthread_mutex_lock(&lock);
	if (--threads_inside == 0) {
		now = libbpf_set_print(theirs);
		/* the application set another meanwhile: that one counts */
		if (now != ours)
			libbpf_set_print(now);
	}
	pthread_mutex_unlock(&lock);
	catching = words->outer;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "base/fail.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The kernel's own ENOTSUPP, which it should not let out but does, from drivers and from BPF. */
#define KERNEL_ENOTSUPP 524

struct state {
	struct xdpx_error error;
	char stage[48];
	char message[512];
	char hint[512];
	char *kernel;
};

static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static int key_failed;
static __thread struct state *state;

static const struct xdpx_error no_error = {
	.size = sizeof(no_error), .stage = "", .message = "", .kernel = "", .hint = ""};

static const struct xdpx_error no_memory = {
	.size = sizeof(no_memory),
	.code = -ENOMEM,
	.kernel_code = -ENOMEM,
	.stage = "error.alloc",
	.message = "out of memory, so that not even the error could be recorded",
	.kernel = "",
	.hint = "",
};

/* What xdpx_error_last() gives while `state` is NULL. */
static __thread const struct xdpx_error *stateless = &no_error;

static void state_free(void *arg)
{
	struct state *old = arg;

	free(old->kernel);
	free(old);
	state = NULL;
}

static void key_make(void)
{
	key_failed = pthread_key_create(&key, state_free);
}

/* The public struct's strings are this thread's own. */
static void strings_point(void)
{
	state->error.size = sizeof(state->error);
	state->error.stage = state->stage;
	state->error.message = state->message;
	state->error.hint = state->hint;
	state->error.kernel = state->kernel ? state->kernel : "";
}

static struct state *state_get(void)
{
	struct state *fresh;

	if (state)
		return state;

	pthread_once(&key_once, key_make);
	fresh = key_failed ? NULL : calloc(1, sizeof(*fresh));
	if (!fresh || pthread_setspecific(key, fresh)) {
		free(fresh);
		stateless = &no_memory;
		return NULL;
	}

	state = fresh;
	strings_point();
	return state;
}

const struct xdpx_error *xdpx_error_last(void)
{
	return state ? &state->error : stateless;
}

int xdpx_fail(int code, const char *stage, const char *format, ...)
{
	struct state *now = state_get();
	va_list args;

	if (!now)
		return code;

	now->error.code = code;
	now->error.kernel_code = code;
	snprintf(now->stage, sizeof(now->stage), "%s", stage);
	va_start(args, format);
	vsnprintf(now->message, sizeof(now->message), format, args);
	va_end(args);
	now->hint[0] = '\0';
	xdpx_fail_kernel("");
	return code;
}

void xdpx_fail_message(const char *format, ...)
{
	va_list args;

	if (!state)
		return;
	va_start(args, format);
	vsnprintf(state->message, sizeof(state->message), format, args);
	va_end(args);
}

void xdpx_fail_hint(const char *format, ...)
{
	va_list args;

	if (!state)
		return;
	va_start(args, format);
	vsnprintf(state->hint, sizeof(state->hint), format, args);
	va_end(args);
}

void xdpx_fail_kernel(const char *text)
{
	size_t length = strlen(text);

	if (!state)
		return;
	free(state->kernel);
	state->kernel = length ? strdup(text) : NULL;
	if (!state->kernel) {
		state->error.kernel = "";
		return;
	}
	while (length && state->kernel[length - 1] == '\n')
		state->kernel[--length] = '\0';
	state->error.kernel = state->kernel;
}

void xdpx_fail_kernel_code(int code)
{
	if (state)
		state->error.kernel_code = code;
}

struct xdpx_fail_saved {
	struct state state;
};

struct xdpx_fail_saved *xdpx_fail_save(void)
{
	struct state *now = state_get();
	struct xdpx_fail_saved *saved = now ? malloc(sizeof(*saved)) : NULL;

	if (!saved)
		return NULL;
	saved->state = *now;
	saved->state.kernel = now->kernel ? strdup(now->kernel) : NULL;
	return saved;
}

void xdpx_fail_restore(struct xdpx_fail_saved *saved)
{
	if (!saved)
		return;
	if (!state_get()) {
		xdpx_fail_forget(saved);
		return;
	}
	free(state->kernel);
	*state = saved->state;
	strings_point();
	free(saved);
}

void xdpx_fail_forget(struct xdpx_fail_saved *saved)
{
	if (!saved)
		return;
	free(saved->state.kernel);
	free(saved);
}

const char *xdpx_errno_text(int code)
{
	int number = abs(code);

	if (number == KERNEL_ENOTSUPP)
		return "Operation is not supported";
	return strerror(number);
}

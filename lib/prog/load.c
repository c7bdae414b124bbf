/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "base/fail.h"
#include "prog/bind.h"
#include "prog/libbpf_print.h"
#include "prog/permission.h"
#include "prog/prog.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What every kernel takes (5.1 and before took no more). Untouched pages of it cost nothing. */
#define LOG_BYTES ((16U << 20) - 1)
/* The end of a log says why; what comes before shows the way there. */
#define LOG_KEPT 65536

static const char *log_tail(const char *log)
{
	size_t length = strlen(log);
	const char *line;

	if (length <= LOG_KEPT)
		return log;
	line = strchr(log + length - LOG_KEPT, '\n');
	return line ? line + 1 : log + length - LOG_KEPT;
}

static bool begins_with_any(const char *line, const char *const *starts, size_t count)
{
	while (count--)
		if (!strncmp(line, starts[count], strlen(starts[count])))
			return true;
	return false;
}

static bool is_statistics(const char *line)
{
	static const char *const starts[] = {"processed ", "verification time ", "stack depth "};

	return begins_with_any(line, starts, sizeof(starts) / sizeof(*starts));
}

/* Instructions ("12: (b7) r0 = 1"), source lines (";"), registers and branches: the way to where it went wrong. */
static bool is_trace(const char *line)
{
	static const char *const starts[] = {";", " ", "from ", "func#", "last_idx ", "regs=", "mark_precise"};

	return (*line >= '0' && *line <= '9') || begins_with_any(line, starts, sizeof(starts) / sizeof(*starts));
}

static const char *line_before(const char *log, const char *line)
{
	if (line > log)
		line--;
	while (line > log && line[-1] != '\n')
		line--;
	return line;
}

/* The one or two lines of the verifier's log that say why: the last before its statistics. */
static void log_reason(const char *log, char *reason, size_t bytes)
{
	const char *end = log + strlen(log);
	const char *line = line_before(log, end);
	const char *before;
	char *newline;

	while (line > log && (is_statistics(line) || *line == '\n')) {
		end = line;
		line = line_before(log, line);
	}
	before = line_before(log, line);
	if (before < line && !is_trace(before))
		line = before;

	snprintf(reason, bytes, "%.*s", (int)(end - line < 240 ? end - line : 240), line);
	while (*reason && reason[strlen(reason) - 1] == '\n')
		reason[strlen(reason) - 1] = '\0';
	for (newline = reason; *newline; newline++)
		if (*newline == '\n')
			*newline = ' ';
}

static int fail_load(const struct xdpx_prog *prog, const struct xdpx_place *place, int err, const char *log,
		     const char *words)
{
	char what[128];
	char reason[256];
	int told;

	if (err == -EPERM) {
		snprintf(what, sizeof(what), "loading program \"%s\"", prog->name);
		xdpx_fail_load_permission("prog.load", what);
		/* Without a log, libbpf guesses at RLIMIT_MEMLOCK, whatever is missing. */
		xdpx_fail_kernel(log[0] ? log_tail(log) : "");
		return err;
	}

	told = xdpx_fail_bound(prog, place, err, log, words);
	if (told)
		return told;
	log_reason(log, reason, sizeof(reason));
	if (reason[0]) {
		xdpx_fail(err, "prog.load", "the verifier refused program \"%s\": %s (%s)", prog->name, reason,
			  xdpx_errno_text(err));
		xdpx_fail_hint(strstr(log, "require device-bound")
				       ? "a program that calls metadata functions is loaded for one device: give it to "
					 "xdpx_prog_load(), or let xdpx_link_attach() load it"
				       : "the error's kernel text is the verifier's log");
	} else {
		xdpx_fail(err, "prog.load", "the kernel refused program \"%s\": %s", prog->name, xdpx_errno_text(err));
	}
	if (!reason[0] && err == -EINVAL && xdpx_prog_frags(prog))
		xdpx_fail_hint("kernels before 5.18 refuse programs marked SEC(\"xdp.frags\"): mark it SEC(\"xdp\")");
	xdpx_fail_kernel(log[0] ? log_tail(log) : words);
	return err;
}

static int load(struct xdpx_prog *prog, const struct xdpx_place *place, char *log)
{
	struct xdpx_libbpf_words words;
	struct bpf_prog_info info = {0};
	uint32_t length = sizeof(info);
	int err;

	/* libbpf loads without a log first, and asks for one, into this buffer, only when the kernel refuses. */
	xdpx_libbpf_begin(&words);
	err = bpf_program__set_log_buf(prog->program, log, LOG_BYTES);
	if (!err)
		err = bpf_object__load(prog->object);
	xdpx_libbpf_end(&words);
	if (err)
		return fail_load(prog, place, err, log, words.text);

	if (bpf_obj_get_info_by_fd(bpf_program__fd(prog->program), &info, &length))
		return xdpx_fail(-errno, "prog.load", "asking for the id of program \"%s\" failed: %s", prog->name,
				 xdpx_errno_text(errno));
	prog->fd = bpf_program__fd(prog->program);
	prog->id = info.id;
	return 0;
}

int xdpx_prog_load_for(struct xdpx_prog *prog, const struct xdpx_place *place)
{
	char *log;
	int err;

	if (prog->fd >= 0)
		return xdpx_bound_check(prog, place);
	if (prog->load_error) {
		xdpx_fail(prog->load_error, "prog.load", "loading program \"%s\" has failed before: %s", prog->name,
			  xdpx_errno_text(prog->load_error));
		xdpx_fail_hint("open it again: an object is loaded once");
		return prog->load_error;
	}

	err = place ? xdpx_bind(prog, place) : 0;
	if (err)
		return err;
	log = calloc(1, LOG_BYTES);
	if (!log)
		return xdpx_fail(-ENOMEM, "prog.load", "no memory for the verifier's log");
	prog->load_error = load(prog, place, log);
	free(log);
	return prog->load_error;
}

int xdpx_prog_load(struct xdpx_prog *prog, const struct xdpx_nic *nic)
{
	struct xdpx_place place;

	if (!prog)
		return xdpx_fail(-EINVAL, "prog.load", "the program is NULL");
	if (!nic)
		return xdpx_prog_load_for(prog, NULL);
	place = xdpx_place_of(nic, false);
	return xdpx_prog_load_for(prog, &place);
}

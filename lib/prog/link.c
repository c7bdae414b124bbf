/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "prog/link.h"

#include "base/fail.h"
#include "base/netns.h"
#include "base/opts.h"
#include "prog/bind.h"
#include "prog/prog.h"
#include "prog/report.h"

#include <xdpx/nic.h>

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KNOWN_FLAGS (XDPX_ATTACH_FALLBACK_ANY | XDPX_ATTACH_NETLINK | XDPX_ATTACH_REPLACE | XDPX_ATTACH_ALLOW_LOSS)
#define OPTIONS_STAGE "link.attach.options"

static int opts_take(struct xdpx_attach_opts *own, const struct xdpx_attach_opts *opts)
{
	int err = xdpx_opts_take(own, sizeof(*own), opts, OPTIONS_STAGE);

	if (!err)
		err = xdpx_opts_flags(own->flags, KNOWN_FLAGS, OPTIONS_STAGE);
	if (err)
		return err;
	if (!xdpx_mode_name((enum xdpx_mode)own->mode))
		return xdpx_fail(-EINVAL, OPTIONS_STAGE, "unknown mode %u; this library (%s) knows 0 to %u", own->mode,
				 xdpx_version(), XDPX_MODE_OFFLOAD);
	if (!(own->flags & XDPX_ATTACH_REPLACE) != !own->expect_id)
		return xdpx_fail(-EINVAL, OPTIONS_STAGE, "XDPX_ATTACH_REPLACE and `expect_id` (here %u) go together",
				 own->expect_id);
	return 0;
}

static int prog_take(struct xdpx_link *link, const struct xdpx_prog *prog)
{
	link->prog_name = prog->name;
	link->prog_fd = fcntl(prog->fd, F_DUPFD_CLOEXEC, 3);
	if (link->prog_fd < 0)
		return xdpx_fail(-errno, "link.attach", "duplicating the program's file descriptor failed: %s",
				 xdpx_errno_text(errno));
	return 0;
}

static struct xdpx_link *link_new(const struct xdpx_nic *nic)
{
	struct xdpx_link *link = calloc(1, sizeof(*link));

	if (!link) {
		xdpx_fail(-ENOMEM, "link.alloc", "no memory for the attachment's handle");
		return NULL;
	}
	link->fd = -1;
	link->prog_fd = -1;
	link->nic_index = xdpx_nic_index(nic);
	link->netns = xdpx_netns_id();
	snprintf(link->nic_name, sizeof(link->nic_name), "%s", xdpx_nic_name(nic));
	return link;
}

/* Loads the program as the mode wants it, and takes it, unless that was done for another mode. */
static int load(const struct xdpx_attempt *attempt, enum xdpx_mode mode)
{
	struct xdpx_place place = xdpx_place_of(attempt->nic, mode == XDPX_MODE_OFFLOAD);
	int err;

	err = xdpx_prog_load_for(attempt->prog, mode == XDPX_MODE_GENERIC ? NULL : &place);
	if (err || attempt->link->prog_fd >= 0)
		return err;
	return prog_take(attempt->link, attempt->prog);
}

/* Before the first attempt in a mode. */
static int prepare(const struct xdpx_attempt *attempt, enum xdpx_mode mode)
{
	int err;

	err = xdpx_preflight(attempt, mode);
	if (err)
		return err;
	if (xdpx_preflight_loss(attempt))
		return xdpx_fail_loss(attempt);
	return load(attempt, mode);
}

static int fail_attach(const struct xdpx_link *link, const struct xdpx_refusal *refusal, enum xdpx_mode mode, bool best)
{
	enum xdpx_mode their_mode;
	uint32_t id;

	if (xdpx_refusal_is_occupied(link, refusal, &id, &their_mode))
		return xdpx_fail_occupied(link, refusal, id, their_mode);
	return xdpx_fail_refused(link, refusal, mode, best);
}

/* Generic mode would fail in the same way, or must not hide this. */
static bool ends_the_ladder(const struct xdpx_link *link, const struct xdpx_refusal *refusal)
{
	enum xdpx_mode mode;
	uint32_t id;

	return refusal->code == -EPERM || refusal->code == -ENODEV || refusal->code == -ENOMEM ||
	       xdpx_refusal_is_occupied(link, refusal, &id, &mode);
}

static int attach_generic(const struct xdpx_attempt *attempt, const char *format, const char *reason)
{
	struct xdpx_link *link = attempt->link;
	struct xdpx_refusal refusal;
	int err;

	/* the reason may be the report's, which the next one takes the place of */
	snprintf(link->why, sizeof(link->why), format, link->nic_name, reason);
	err = prepare(attempt, XDPX_MODE_GENERIC);
	if (err)
		return err;
	if (xdpx_attach_try(link, XDPX_MODE_GENERIC, attempt->opts->flags & XDPX_ATTACH_NETLINK, &refusal))
		return fail_attach(link, &refusal, XDPX_MODE_GENERIC, false);
	xdpx_log(XDPX_LOG_INFO, "generic mode: %s", link->why);
	return 0;
}

static int attach_best(const struct xdpx_attempt *attempt)
{
	const bool any = attempt->opts->flags & XDPX_ATTACH_FALLBACK_ANY;
	const enum xdpx_mode first = xdpx_mode_first(XDPX_MODE_BEST, attempt->nic);
	struct xdpx_link *link = attempt->link;
	struct xdpx_refusal native;
	bool none;
	int err;

	err = xdpx_preflight(attempt, first);
	if (err)
		return err;
	if (xdpx_preflight_loss(attempt) && first == XDPX_MODE_NATIVE && any)
		return attach_generic(attempt, "%s would lose packets in native mode: %s",
				      xdpx_preflight_loss(attempt));
	if (xdpx_preflight_loss(attempt))
		return xdpx_fail_loss(attempt);
	err = load(attempt, first);
	if (err)
		return err;

	/* also where the snapshot says that there is no native XDP: the kernel's own words are the better reason */
	if (!xdpx_attach_try(link, XDPX_MODE_NATIVE, attempt->opts->flags & XDPX_ATTACH_NETLINK, &native)) {
		snprintf(link->why, sizeof(link->why), "%s runs XDP in its driver", link->nic_name);
		return 0;
	}
	none = xdpx_refusal_is_no_native(&native, attempt->nic);
	if (ends_the_ladder(link, &native) || (!none && !any))
		return fail_attach(link, &native, XDPX_MODE_NATIVE, true);
	return attach_generic(attempt, none ? "%s has no native XDP: %s" : "%s refused native XDP: %s",
			      xdpx_refusal_words(&native));
}

static int fail_fixed(const struct xdpx_attempt *attempt, const struct xdpx_refusal *refusal, enum xdpx_mode mode)
{
	struct xdpx_place place = xdpx_place_of(attempt->nic, true);

	/* what the kernel says where there is nothing that could run it */
	if (mode == XDPX_MODE_OFFLOAD && !refusal->text[0] &&
	    (refusal->code == -EINVAL || refusal->code == -EOPNOTSUPP))
		return xdpx_fail_no_offload(attempt->prog, &place, refusal->bpf_link_code);
	return fail_attach(attempt->link, refusal, mode, false);
}

static int attach_fixed(const struct xdpx_attempt *attempt)
{
	const enum xdpx_mode mode = (enum xdpx_mode)attempt->opts->mode;
	struct xdpx_link *link = attempt->link;
	struct xdpx_refusal refusal;
	int err;

	err = prepare(attempt, mode);
	if (err)
		return err;
	if (xdpx_attach_try(link, mode, attempt->opts->flags & XDPX_ATTACH_NETLINK, &refusal))
		return fail_fixed(attempt, &refusal, mode);
	snprintf(link->why, sizeof(link->why), "%s mode was asked for", xdpx_mode_name(mode));
	return 0;
}

/* In which mode the program to be replaced runs: the new one takes its place there. */
static int replaced_mode(const struct xdpx_link *link, const struct xdpx_attach_opts *opts, enum xdpx_mode *mode)
{
	const struct xdpx_refusal other = {.code = -EBUSY, .bpf_link_code = -EBUSY};
	struct xdpx_nl_xdp now;
	int err;

	err = xdpx_nl_xdp_get(link->nic_index, &now);
	if (err)
		return xdpx_fail(err, "link.attach.replace", "%s: asking for its program failed: %s", link->nic_name,
				 xdpx_errno_text(err));
	if (!now.native && !now.generic)
		return xdpx_fail(-ENOENT, "link.attach.replace",
				 "%s: there is no program %u to be replaced, nor another", link->nic_name,
				 opts->expect_id);
	if (opts->expect_id != now.native && opts->expect_id != now.generic)
		return now.native ? xdpx_fail_occupied(link, &other, now.native, XDPX_MODE_NATIVE)
				  : xdpx_fail_occupied(link, &other, now.generic, XDPX_MODE_GENERIC);

	*mode = opts->expect_id == now.native ? XDPX_MODE_NATIVE : XDPX_MODE_GENERIC;
	if (opts->mode == XDPX_MODE_BEST || opts->mode == *mode)
		return 0;
	return xdpx_fail(-EINVAL, "link.attach.replace",
			 "%s: program %u runs in %s mode, and a replacement does as well", link->nic_name,
			 opts->expect_id, xdpx_mode_name(*mode));
}

static int fail_replace(const struct xdpx_link *link, const struct xdpx_refusal *refusal, uint32_t id,
			enum xdpx_mode mode)
{
	/* "Can't replace active BPF XDP link" */
	if (refusal->code == -EBUSY) {
		xdpx_fail_occupied(link, refusal, id, mode);
		xdpx_fail_message(
			"%s: program %u is held by a bpf_link, which only its owner can replace; it is left alone",
			link->nic_name, id);
		return -EBUSY;
	}
	return fail_attach(link, refusal, mode, false);
}

static int attach_replacing(const struct xdpx_attempt *attempt)
{
	const struct xdpx_attach_opts *opts = attempt->opts;
	struct xdpx_link *link = attempt->link;
	enum xdpx_mode mode = XDPX_MODE_BEST;
	struct xdpx_refusal refusal;
	int expected;
	int err;

	err = replaced_mode(link, opts, &mode);
	if (!err)
		err = prepare(attempt, mode);
	if (err)
		return err;
	expected = bpf_prog_get_fd_by_id(opts->expect_id);
	if (expected < 0) {
		xdpx_fail(expected, "link.attach.replace", "%s: opening program %u by its id failed: %s",
			  link->nic_name, opts->expect_id, xdpx_errno_text(expected));
		if (expected == -EPERM)
			xdpx_fail_hint("the kernel lets only CAP_SYS_ADMIN open programs by id");
		return expected;
	}

	err = xdpx_attach_in_place(link, mode, expected, &refusal);
	close(expected);
	if (err)
		return fail_replace(link, &refusal, opts->expect_id, mode);
	snprintf(link->why, sizeof(link->why), "program %u ran in %s mode", opts->expect_id, xdpx_mode_name(mode));
	return 0;
}

static int attach(const struct xdpx_attempt *attempt)
{
	if (attempt->opts->flags & XDPX_ATTACH_REPLACE)
		return attach_replacing(attempt);
	if (attempt->opts->mode == XDPX_MODE_BEST)
		return attach_best(attempt);
	return attach_fixed(attempt);
}

static int attach_to(const struct xdpx_nic *nic, struct xdpx_prog *prog, const struct xdpx_attach_opts *opts,
		     struct xdpx_link **out)
{
	const struct xdpx_attempt attempt = {.link = link_new(nic), .prog = prog, .nic = nic, .opts = opts};
	int err;

	if (!attempt.link)
		return -ENOMEM;
	attempt.link->prog_name = prog->name;
	attempt.link->allow_loss = opts->flags & XDPX_ATTACH_ALLOW_LOSS;
	err = attach(&attempt);
	if (err) {
		xdpx_link_free(attempt.link);
		return err;
	}

	xdpx_preflight_end(&attempt);
	attempt.link->prog_id = prog->id;
	attempt.link->prog_name = NULL;
	*out = attempt.link;
	return 0;
}

int xdpx_link_attach_on(struct xdpx_prog *prog, const struct xdpx_nic *nic, const struct xdpx_attach_opts *opts,
			struct xdpx_link **link)
{
	struct xdpx_attach_opts own;
	int err = opts_take(&own, opts);

	return err ? err : attach_to(nic, prog, &own, link);
}

int xdpx_link_attach(struct xdpx_prog *prog, const char *nic, const struct xdpx_attach_opts *opts,
		     struct xdpx_link **link)
{
	struct xdpx_nic *snapshot;
	int err;

	if (!prog || !nic || !link)
		return xdpx_fail(-EINVAL, "link.attach", "the %s is NULL",
				 !prog	? "program"
				 : !nic ? "device's name"
					: "place for the attachment");
	err = xdpx_nic_open(nic, NULL, &snapshot);
	if (err)
		return err;
	err = xdpx_link_attach_on(prog, snapshot, opts, link);
	xdpx_nic_free(snapshot);
	return err;
}

/* Which program the bpf_link runs now; 0 where the kernel does not say. */
static uint32_t bpf_link_prog_id(const struct xdpx_link *link)
{
	struct bpf_link_info info = {0};
	uint32_t length = sizeof(info);

	return bpf_obj_get_info_by_fd(link->fd, &info, &length) ? 0 : info.prog_id;
}

static void bpf_link_replace(const struct xdpx_link *link, int fd, struct xdpx_refusal *refusal)
{
	LIBBPF_OPTS(bpf_link_update_opts, opts, .flags = BPF_F_REPLACE, .old_prog_fd = (uint32_t)link->prog_fd);
	int err = bpf_link_update(link->fd, fd, &opts);

	refusal->bpf_link_code = err;
	refusal->code = err == -ENOLINK ? -ENODEV : err;
	/* what the kernel says when the program is not the one expected */
	if (err == -EPERM && bpf_link_prog_id(link) != link->prog_id)
		refusal->code = -EEXIST;
}

static int fail_replaced(const struct xdpx_link *link, const struct xdpx_prog *prog, const struct xdpx_refusal *refusal)
{
	switch (refusal->code) {
	case -EEXIST:
		xdpx_fail(-EEXIST, "link.replace",
			  "%s: program %u is not there any more: somebody else has replaced it", link->nic_name,
			  link->prog_id);
		break;
	case -ENODEV:
		xdpx_fail(-ENODEV, "link.replace", "%s (index %u) is gone, and the attachment with it", link->nic_name,
			  link->nic_index);
		break;
	default:
		xdpx_fail(refusal->code, "link.replace", "%s: replacing program %u by \"%s\" failed: %s",
			  link->nic_name, link->prog_id, prog->name, xdpx_refusal_words(refusal));
	}
	xdpx_fail_kernel(refusal->text);
	xdpx_fail_kernel_code(refusal->bpf_link_code);
	return refusal->code;
}

/* Where the device can't be asked about: in another namespace, or gone. */
static int load_unchecked(struct xdpx_link *next, struct xdpx_prog *prog)
{
	const struct xdpx_place place = {.index = next->nic_index,
					 .nic = next->nic_name,
					 .driver = "",
					 .firmware = "",
					 .offload = next->mode == XDPX_MODE_OFFLOAD};
	int err = xdpx_prog_load_for(prog, next->mode == XDPX_MODE_GENERIC ? NULL : &place);

	return err ? err : prog_take(next, prog);
}

/* NULL, and no error, where the device can't be asked about. */
static int snapshot_again(const struct xdpx_link *link, struct xdpx_nic **snapshot)
{
	struct xdpx_fail_saved *saved = xdpx_fail_save();
	char name[16];
	int err = -ENODEV;

	*snapshot = NULL;
	snprintf(name, sizeof(name), "#%u", link->nic_index);
	if (link->netns == xdpx_netns_id())
		err = xdpx_nic_open(name, NULL, snapshot);
	if (err && err != -ENODEV) {
		xdpx_fail_forget(saved);
		return err;
	}
	xdpx_fail_restore(saved);
	return 0;
}

/* As an attachment in the mode that is in force, with what was allowed then. */
static int load_checked(struct xdpx_link *next, struct xdpx_prog *prog, const struct xdpx_nic *nic)
{
	const struct xdpx_attach_opts opts = {.size = sizeof(opts),
					      .flags = next->allow_loss ? XDPX_ATTACH_ALLOW_LOSS : 0};
	const struct xdpx_attempt attempt = {.link = next, .prog = prog, .nic = nic, .opts = &opts};

	return prepare(&attempt, next->mode);
}

static int replace_by(struct xdpx_link *link, struct xdpx_link *next, struct xdpx_prog *prog)
{
	struct xdpx_refusal refusal = {.code = 0};
	struct xdpx_nic *nic;
	int err;

	err = snapshot_again(link, &nic);
	if (!err)
		err = nic ? load_checked(next, prog, nic) : load_unchecked(next, prog);
	xdpx_nic_free(nic);
	if (err)
		return err;

	if (link->fd >= 0)
		bpf_link_replace(link, next->prog_fd, &refusal);
	else
		xdpx_attach_in_place(next, link->mode, link->prog_fd, &refusal);
	return refusal.code ? fail_replaced(link, prog, &refusal) : 0;
}

int xdpx_link_replace(struct xdpx_link *link, struct xdpx_prog *prog)
{
	const struct xdpx_attempt done = {.link = link};
	struct xdpx_link next;
	int err;

	if (!link || !prog)
		return xdpx_fail(-EINVAL, "link.replace", "the %s is NULL", link ? "program" : "attachment");
	next = *link;
	next.prog_fd = -1;
	next.report = NULL;
	err = replace_by(link, &next, prog);
	if (err) {
		if (next.prog_fd >= 0)
			close(next.prog_fd);
		xdpx_report_free(next.report);
		return err;
	}

	close(link->prog_fd);
	link->prog_fd = next.prog_fd;
	link->prog_id = prog->id;
	if (next.report) {
		xdpx_report_free(link->report);
		link->report = next.report;
		xdpx_preflight_end(&done);
	}
	return 0;
}

void xdpx_link_free(struct xdpx_link *link)
{
	if (!link)
		return;
	if (link->fd >= 0) {
		/* closing alone leaves it attached for as long as somebody looks at the bpf_link */
		bpf_link_detach(link->fd);
		close(link->fd);
	} else if (link->prog_id)
		xdpx_detach_netlink(link);
	if (link->prog_fd >= 0)
		close(link->prog_fd);
	xdpx_report_free(link->report);
	free(link);
}

enum xdpx_mode xdpx_link_mode(const struct xdpx_link *link)
{
	return link->mode;
}

const char *xdpx_link_mode_why(const struct xdpx_link *link)
{
	return link->why;
}

const struct xdpx_report *xdpx_link_report(const struct xdpx_link *link)
{
	return link->report;
}

uint32_t xdpx_link_nic_index(const struct xdpx_link *link)
{
	return link->nic_index;
}

int xdpx_link_fd(const struct xdpx_link *link)
{
	if (link->fd < 0)
		return xdpx_fail(-EOPNOTSUPP, "link.fd", "%s: attached over netlink, which has no descriptor",
				 link->nic_name);
	return link->fd;
}

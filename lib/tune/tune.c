/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The life of a tune. */
#include "tune/tune.h"

#include "base/caps.h"
#include "base/fail.h"
#include "base/opts.h"
#include "netlink/netlink.h"
#include "tune/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xdpx/nic.h>

#define NAPI_FLAGS (XDPX_TUNE_DEFER_HARD_IRQS | XDPX_TUNE_GRO_FLUSH_TIMEOUT | XDPX_TUNE_IRQ_SUSPEND_TIMEOUT)
#define FLAGS (XDPX_TUNE_BEST_EFFORT | XDPX_TUNE_NO_JOURNAL | NAPI_FLAGS)

/* The kernel's limits of the knobs: a signed number, and the longest that an hrtimer can run. */
#define DEFER_MAX INT32_MAX
#define TIMEOUT_MAX INT64_MAX

static int napi_check(const struct xdpx_tune_opts *want)
{
	const struct {
		const char *name;
		uint64_t flag;
		uint64_t value;
		uint64_t max;
	} knobs[] = {
		{"napi_defer_hard_irqs", XDPX_TUNE_DEFER_HARD_IRQS, want->napi_defer_hard_irqs, DEFER_MAX},
		{"gro_flush_timeout", XDPX_TUNE_GRO_FLUSH_TIMEOUT, want->gro_flush_timeout, TIMEOUT_MAX},
		{"irq_suspend_timeout", XDPX_TUNE_IRQ_SUSPEND_TIMEOUT, want->irq_suspend_timeout, TIMEOUT_MAX},
	};
	size_t i;

	for (i = 0; i < sizeof(knobs) / sizeof(knobs[0]); i++) {
		if (knobs[i].value > knobs[i].max)
			return xdpx_fail(-EINVAL, "tune.opts", "%s is %llu; the kernel takes up to %llu", knobs[i].name,
					 (unsigned long long)knobs[i].value, (unsigned long long)knobs[i].max);
		if (!knobs[i].value || want->flags & knobs[i].flag)
			continue;
		xdpx_fail(-EINVAL, "tune.opts", "%s is %llu, but its flag is not set", knobs[i].name,
			  (unsigned long long)knobs[i].value);
		xdpx_fail_hint("since 0 is a value too, a flag says that the field counts: 0x%llx",
			       (unsigned long long)knobs[i].flag);
		return -EINVAL;
	}
	return 0;
}

static int switches_check(const struct xdpx_tune_opts *want)
{
	const struct xdpx_tune_kind *kind;
	uint32_t value;
	size_t i;

	for (i = 0; i < xdpx_tune_kind_count; i++) {
		kind = &xdpx_tune_kinds[i];
		if (kind->ops->wanted != xdpx_tune_switch_wanted)
			continue;
		value = xdpx_tune_switch_of(kind, want);
		if (value > XDPX_TUNE_OFF)
			return xdpx_fail(-EINVAL, "tune.opts", "%s is %u, which is no enum xdpx_tune_switch",
					 kind->name, value);
	}
	if (want->symmetric_rss == XDPX_TUNE_OFF)
		return xdpx_fail(-EINVAL, "tune.opts",
				 "symmetric-rss can be set on, not off: nothing says to which key");
	return 0;
}

static int opts_check(const struct xdpx_tune_opts *want)
{
	int err;

	err = xdpx_opts_flags(want->flags, FLAGS, "tune.opts");
	if (!err && want->reserved)
		err = xdpx_fail(-EINVAL, "tune.opts", "the reserved field of the options is not 0");
	if (!err)
		err = switches_check(want);
	return err ? err : napi_check(want);
}

int xdpx_tune_alloc(struct xdpx_tune **out)
{
	struct xdpx_tune *tune = calloc(1, sizeof(*tune));

	if (!tune)
		return xdpx_fail(-ENOMEM, "tune.alloc", "out of memory for a handle");
	tune->sysfs = -1;
	tune->file = -1;
	*out = tune;
	return 0;
}

int xdpx_tune_sockets(struct xdpx_tune *tune)
{
	int err;

	err = xdpx_nl_open(NETLINK_ROUTE, &tune->route);
	if (!err)
		err = xdpx_nl_open(NETLINK_GENERIC, &tune->genl);
	if (err)
		xdpx_fail(err, "tune.netlink", "a netlink socket could not be opened: %s", xdpx_errno_text(err));
	return err;
}

/* The name is looked up once; from then on it is the index that counts. */
static int identify(struct xdpx_tune *tune, const char *name)
{
	struct xdpx_tune_journal *journal = &tune->journal;
	struct xdpx_nic *nic;
	int err;

	err = xdpx_nic_open(name, NULL, &nic);
	if (err)
		return err;
	journal->ifindex = xdpx_nic_index(nic);
	strncpy(journal->nic, xdpx_nic_name(nic), sizeof(journal->nic) - 1);
	xdpx_nic_free(nic);
	return xdpx_tune_same_device(tune);
}

int xdpx_tune_sign(struct xdpx_tune *tune)
{
	int err;

	tune->journal.pid = (uint32_t)getpid();
	err = xdpx_tune_netns(&tune->journal.netns);
	return err ? err : xdpx_tune_boot_id(tune->journal.boot);
}

static int open_on(struct xdpx_tune *tune, const char *nic)
{
	int err;

	err = xdpx_tune_sockets(tune);
	if (!err)
		err = identify(tune, nic);
	return err || tune->flags & XDPX_TUNE_NO_JOURNAL ? err : xdpx_tune_sign(tune);
}

void xdpx_tune_drop(struct xdpx_tune *tune)
{
	if (!tune)
		return;
	xdpx_nl_close(tune->route);
	xdpx_nl_close(tune->genl);
	if (tune->sysfs >= 0)
		close(tune->sysfs);
	if (tune->file >= 0)
		close(tune->file);
	xdpx_tune_journal_clear(&tune->journal);
	free(tune->why);
	free(tune);
}

/* After a failure: the error stays that failure's, with a word more where undoing failed too. */
static void roll_back(struct xdpx_tune *tune)
{
	struct xdpx_fail_saved *saved = xdpx_fail_save();
	int err = xdpx_tune_restore(tune);

	xdpx_fail_restore(saved);
	if (err < 0 && err != -ENODEV)
		xdpx_fail_hint("not all that was changed before could be put back; token %s has it", tune->token);
}

static int make(const char *nic, const struct xdpx_tune_opts *want, struct xdpx_tune **out)
{
	struct xdpx_tune *tune = NULL;
	int err;

	err = xdpx_tune_alloc(&tune);
	if (err)
		return err;
	tune->flags = want->flags;
	err = open_on(tune, nic);
	if (!err) {
		err = xdpx_tune_apply(tune, want);
		if (err)
			roll_back(tune);
	}
	if (err) {
		xdpx_tune_drop(tune);
		return err;
	}
	*out = tune;
	return 0;
}

int xdpx_tune_new(const char *nic, const struct xdpx_tune_opts *want, struct xdpx_tune **tune)
{
	struct xdpx_fail_saved *saved;
	struct xdpx_tune_opts own;
	int err;

	if (!want || !tune)
		return xdpx_fail(-EINVAL, "tune.opts", "%s is NULL",
				 want ? "the place for the handle" : "what is wanted");
	err = xdpx_opts_take(&own, sizeof(own), want, "tune.opts");
	if (!err)
		err = opts_check(&own);
	if (!err && !xdpx_cap_have(XDPX_CAP_NET_ADMIN))
		err = xdpx_tune_no_permission("tune.new", "changing settings of a network device");
	if (err)
		return err;

	/* Refusals that the best effort lets pass are recorded on the way, and no failure. */
	saved = xdpx_fail_save();
	err = make(nic, &own, tune);
	if (err)
		xdpx_fail_forget(saved);
	else
		xdpx_fail_restore(saved);
	return err;
}

void xdpx_tune_free(struct xdpx_tune *tune)
{
	struct xdpx_fail_saved *saved;

	if (!tune)
		return;
	saved = xdpx_fail_save();
	if (xdpx_tune_restore(tune) < 0)
		xdpx_log(XDPX_LOG_WARN, "%s", xdpx_error_last()->message);
	xdpx_fail_restore(saved);
	xdpx_tune_drop(tune);
}

static int take_and_restore(struct xdpx_tune *tune, const char *token)
{
	int err;

	err = xdpx_tune_store_take(tune, token);
	if (err)
		return err;
	err = xdpx_tune_store_here(tune);
	if (err == -ESTALE)
		xdpx_tune_store_remove(tune);
	if (!err)
		err = xdpx_tune_sockets(tune);
	return err ? err : xdpx_tune_restore(tune);
}

int xdpx_tune_restore_token(const char *token)
{
	struct xdpx_tune *tune = NULL;
	int err;

	if (!xdpx_cap_have(XDPX_CAP_NET_ADMIN))
		return xdpx_tune_no_permission("tune.token", "putting back settings of a network device");
	err = xdpx_tune_alloc(&tune);
	if (err)
		return err;
	err = take_and_restore(tune, token);
	xdpx_tune_drop(tune);
	return err;
}

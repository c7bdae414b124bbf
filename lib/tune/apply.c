/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Changing settings, one after the other: look, write it down, change it, look again. */
#include "base/fail.h"
#include "tune/store.h"
#include "tune/tune.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool best_effort(const struct xdpx_tune *tune)
{
	return tune->flags & XDPX_TUNE_BEST_EFFORT && !tune->stopped;
}

/* A driver may take a value and make another of it, or keep it for later. */
static int in_force(struct xdpx_tune *tune, const struct xdpx_tune_setting *setting)
{
	const struct xdpx_tune_ops *ops = setting->kind->ops;
	char now[XDPX_TUNE_VALUE_BYTES];
	int err;

	err = ops->read(tune, setting, now);
	if (err)
		return err;
	if (strcmp(now, setting->set) != 0)
		return xdpx_fail(-EIO, "tune.check", "%s: %s was set to %.96s, but the driver made it %.96s",
				 tune->journal.nic, setting->name, setting->set, now);
	return ops->check ? ops->check(tune, setting) : 0;
}

/* What was refused half-way is taken back at once; the refusal stays the last error. */
static void take_back(struct xdpx_tune *tune, struct xdpx_tune_setting *setting)
{
	const struct xdpx_tune_ops *ops = setting->kind->ops;
	struct xdpx_fail_saved *saved = xdpx_fail_save();
	char now[XDPX_TUNE_VALUE_BYTES];
	int err;

	err = ops->read(tune, setting, now);
	if (!err && strcmp(now, setting->found) != 0)
		err = ops->write(tune, setting, now, setting->found);
	setting->state = err && err != -ENOENT && err != -ENODEV ? XDPX_TUNE_STUCK : XDPX_TUNE_REFUSED;
	xdpx_fail_restore(saved);
}

static int set(struct xdpx_tune *tune, struct xdpx_tune_setting *setting)
{
	const struct xdpx_tune_ops *ops = setting->kind->ops;
	int err;

	if (!strcmp(setting->found, setting->set)) {
		err = ops->check ? ops->check(tune, setting) : 0;
		if (!err)
			setting->state = XDPX_TUNE_ALREADY;
		return err;
	}

	setting->state = XDPX_TUNE_CHANGED;
	err = xdpx_tune_store_write(tune);
	if (err) {
		setting->state = XDPX_TUNE_REFUSED;
		tune->stopped = true;
		return err;
	}
	err = ops->write(tune, setting, setting->found, setting->set);
	if (!err)
		err = in_force(tune, setting);
	if (err)
		take_back(tune, setting);
	return err;
}

static int attempts(struct xdpx_tune *tune, struct xdpx_tune_setting *setting, const struct xdpx_tune_opts *want)
{
	const struct xdpx_tune_ops *ops = setting->kind->ops;
	char text[XDPX_TUNE_VALUE_BYTES];
	unsigned int attempt;
	int err;

	err = ops->read(tune, setting, text);
	if (!err)
		err = xdpx_tune_text_set(&setting->found, text);
	if (err)
		return err;

	for (attempt = 0; ops->aim(setting, want, attempt, text); attempt++) {
		err = xdpx_tune_text_set(&setting->set, text);
		if (!err)
			err = set(tune, setting);
		if ((err != -EOPNOTSUPP && err != -EINVAL) || tune->stopped || setting->state == XDPX_TUNE_STUCK)
			break;
	}
	return err;
}

/* 0 also where a refusal may pass. */
static int change(struct xdpx_tune *tune, const struct xdpx_tune_kind *kind, uint32_t id,
		  const struct xdpx_tune_opts *want)
{
	struct xdpx_tune_setting *setting = xdpx_tune_journal_add(&tune->journal, kind, id);
	int err;

	if (!setting)
		return xdpx_fail(-ENOMEM, "tune.alloc", "out of memory for the settings of %s", tune->journal.nic);
	err = attempts(tune, setting, want);
	if (!err)
		return 0;
	if (err == -ENOMEM || xdpx_tune_why_set(setting))
		return -ENOMEM;
	return best_effort(tune) ? 0 : err;
}

static int change_kind(struct xdpx_tune *tune, const struct xdpx_tune_kind *kind, const struct xdpx_tune_opts *want)
{
	uint32_t *ids = NULL;
	size_t count = 0;
	size_t i;
	int err = 0;

	if (kind->ops->ids)
		err = kind->ops->ids(tune, kind, &ids, &count);
	if (!err && !count)
		err = change(tune, kind, 0, want);
	for (i = 0; i < count && !err; i++)
		err = change(tune, kind, ids[i], want);
	free(ids);
	return err;
}

/* What is off first: offloads exclude one another. NAPIs last: they come and go with channels and offloads. */
static bool is_late(const struct xdpx_tune_kind *kind, const struct xdpx_tune_opts *want)
{
	return kind->ops->ids || (kind->word && xdpx_tune_switch_of(kind, want) == XDPX_TUNE_ON);
}

int xdpx_tune_apply(struct xdpx_tune *tune, const struct xdpx_tune_opts *want)
{
	const struct xdpx_tune_kind *kind;
	int late;
	size_t i;
	int err;

	for (late = 0; late <= 1; late++) {
		for (i = 0; i < xdpx_tune_kind_count; i++) {
			kind = &xdpx_tune_kinds[i];
			if (!kind->ops->wanted(kind, want) || is_late(kind, want) != late)
				continue;
			err = change_kind(tune, kind, want);
			if (err)
				return err;
		}
	}
	/* What was refused after the last writing is still in there. */
	return tune->file >= 0 ? xdpx_tune_store_write(tune) : 0;
}

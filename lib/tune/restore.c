/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Putting back. */
#include "base/fail.h"
#include "tune/store.h"
#include "tune/tune.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int leave_alone(struct xdpx_tune_setting *setting)
{
	setting->state = XDPX_TUNE_LEFT_ALONE;
	return xdpx_tune_why_set(setting);
}

static int stuck(struct xdpx_tune_setting *setting, int err)
{
	setting->state = XDPX_TUNE_STUCK;
	return xdpx_tune_why_set(setting) ? -ENOMEM : err;
}

static int put_back(struct xdpx_tune *tune, struct xdpx_tune_setting *setting)
{
	const struct xdpx_tune_ops *ops = setting->kind->ops;
	char now[XDPX_TUNE_VALUE_BYTES];
	int err;

	err = ops->read(tune, setting, now);
	if (err == -ENOENT)
		return leave_alone(setting);
	if (err)
		return stuck(setting, err);

	if (strcmp(now, setting->found) != 0) {
		if (strcmp(now, setting->set) != 0) {
			xdpx_fail(-EBUSY, "tune.restore", "%s: %s is %.96s now, not the %.96s that was set",
				  tune->journal.nic, setting->name, now, setting->set);
			return leave_alone(setting);
		}
		err = ops->write(tune, setting, now, setting->found);
		if (err)
			return err == -ENOENT ? leave_alone(setting) : stuck(setting, err);
	}
	setting->state = XDPX_TUNE_RESTORED;
	return 0;
}

static int device_gone(struct xdpx_tune *tune)
{
	struct xdpx_tune_setting *setting;
	size_t i;
	int err = 0;

	for (i = 0; i < tune->journal.count && !err; i++) {
		setting = &tune->journal.settings[i];
		if (xdpx_tune_is_pending(setting))
			err = leave_alone(setting);
	}
	xdpx_tune_store_remove(tune);
	return err ? err : -ENODEV;
}

/* The last error as a sentence about all of them: that of the first that got stuck. */
static void tell_all(const struct xdpx_tune *tune, const char *why)
{
	size_t count = 0;
	size_t i;

	for (i = 0; i < tune->journal.count; i++)
		count += tune->journal.settings[i].state == XDPX_TUNE_STUCK;
	xdpx_fail_message("%zu of the settings of %s could not be put back: %s", count, tune->journal.nic, why);
	if (tune->token[0])
		xdpx_fail_hint("they stay in the journal under %s, for another try", tune->token);
}

/* The first error of several is the last one on record. */
static int put_all_back(struct xdpx_tune *tune)
{
	struct xdpx_fail_saved *saved = NULL;
	const char *why = NULL;
	int first = 0;
	size_t i;
	int err;

	for (i = tune->journal.count; i-- > 0;) {
		if (!xdpx_tune_is_pending(&tune->journal.settings[i]))
			continue;
		err = put_back(tune, &tune->journal.settings[i]);
		if (!err || first)
			continue;
		first = err;
		why = tune->journal.settings[i].why;
		saved = xdpx_fail_save();
	}
	xdpx_fail_restore(saved);
	if (first)
		tell_all(tune, why ? why : xdpx_errno_text(first));
	return first;
}

static int left_alone(const struct xdpx_tune *tune)
{
	int count = 0;
	size_t i;

	for (i = 0; i < tune->journal.count; i++)
		count += tune->journal.settings[i].state == XDPX_TUNE_LEFT_ALONE;
	return count;
}

static int restore(struct xdpx_tune *tune)
{
	int err;

	if (!xdpx_tune_pending_count(&tune->journal))
		return 0;
	err = xdpx_tune_same_device(tune);
	if (err)
		return err == -ENODEV ? device_gone(tune) : err;
	err = put_all_back(tune);
	if (err)
		return err;
	xdpx_tune_store_remove(tune);
	return 0;
}

int xdpx_tune_restore(struct xdpx_tune *tune)
{
	struct xdpx_fail_saved *saved;
	int err;

	if (!tune)
		return xdpx_fail(-EINVAL, "tune.restore", "no settings to put back: the pointer is NULL");

	/* What is left alone is recorded on the way, and no failure. */
	saved = xdpx_fail_save();
	err = restore(tune);
	if (err) {
		xdpx_fail_forget(saved);
		return err;
	}
	xdpx_fail_restore(saved);
	return left_alone(tune);
}

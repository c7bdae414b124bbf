/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What a tune says. */
#include "base/fail.h"
#include "tune/tune.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const states[] = {
	[XDPX_TUNE_REFUSED] = "refused",   [XDPX_TUNE_ALREADY] = "already so",	  [XDPX_TUNE_CHANGED] = "changed",
	[XDPX_TUNE_RESTORED] = "restored", [XDPX_TUNE_LEFT_ALONE] = "left alone", [XDPX_TUNE_STUCK] = "stuck",
};

int xdpx_tune_why_set(struct xdpx_tune_setting *setting)
{
	const struct xdpx_error *last = xdpx_error_last();
	char *why;

	if (asprintf(&why, last->kernel[0] ? "%s (the kernel: %s)" : "%s", last->message, last->kernel) < 0)
		return xdpx_fail(-ENOMEM, "tune.alloc", "out of memory for the reason of a refusal");
	free(setting->why);
	setting->why = why;
	return 0;
}

const char *xdpx_tune_token(const struct xdpx_tune *tune)
{
	return tune->token;
}

const char *xdpx_tune_nic_name(const struct xdpx_tune *tune)
{
	return tune->journal.nic;
}

uint32_t xdpx_tune_nic_index(const struct xdpx_tune *tune)
{
	return tune->journal.ifindex;
}

uint32_t xdpx_tune_pid(const struct xdpx_tune *tune)
{
	return tune->journal.pid;
}

const char *xdpx_tune_why(const struct xdpx_tune *tune)
{
	return tune->why ? tune->why : "";
}

size_t xdpx_tune_count(const struct xdpx_tune *tune)
{
	return tune->journal.count;
}

const struct xdpx_tune_setting *xdpx_tune_at(const struct xdpx_tune *tune, size_t at)
{
	return at < tune->journal.count ? &tune->journal.settings[at] : NULL;
}

const char *xdpx_tune_setting_name(const struct xdpx_tune_setting *setting)
{
	return setting->name;
}

const char *xdpx_tune_setting_found(const struct xdpx_tune_setting *setting)
{
	return setting->found ? setting->found : "";
}

const char *xdpx_tune_setting_set(const struct xdpx_tune_setting *setting)
{
	return setting->set ? setting->set : "";
}

enum xdpx_tune_state xdpx_tune_setting_state(const struct xdpx_tune_setting *setting)
{
	return setting->state;
}

const char *xdpx_tune_setting_why(const struct xdpx_tune_setting *setting)
{
	return setting->why ? setting->why : "";
}

const char *xdpx_tune_state_name(enum xdpx_tune_state state)
{
	return (size_t)state < sizeof(states) / sizeof(states[0]) ? states[state] : NULL;
}

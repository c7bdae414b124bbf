/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Why a setting can't be had, in words. */
#include "base/caps.h"
#include "base/fail.h"
#include "tune/tune.h"

#include <errno.h>
#include <stdio.h>

int xdpx_tune_no_permission(const char *stage, const char *what)
{
	if (!xdpx_cap_have(XDPX_CAP_NET_ADMIN)) {
		xdpx_fail(-EPERM, stage, "%s is not allowed: the capability CAP_NET_ADMIN is missing", what);
		xdpx_fail_hint("run as root, or give the program file what it needs: 'setcap cap_net_admin+ep FILE'");
		return -EPERM;
	}
	xdpx_fail(-EPERM, stage, "%s is not allowed, though CAP_NET_ADMIN is there", what);
	xdpx_fail_hint("in a user namespace not all settings of its devices may be changed; else a security policy of "
		       "this system refuses it: see 'dmesg'");
	return -EPERM;
}

static int permission_refused(const struct xdpx_tune *tune, const struct xdpx_tune_setting *setting, const char *stage,
			      const char *doing, const char *kernel)
{
	char what[128];

	snprintf(what, sizeof(what), "%s %s of %s", doing, setting->name, tune->journal.nic);
	xdpx_tune_no_permission(stage, what);
	xdpx_fail_kernel(kernel);
	return -EPERM;
}

int xdpx_tune_read_refused(const struct xdpx_tune *tune, const struct xdpx_tune_setting *setting, int err,
			   const char *kernel)
{
	const char *nic = tune->journal.nic;

	if (err == -EPERM || err == -EACCES)
		return permission_refused(tune, setting, "tune.read", "reading", kernel);
	if (err == -ENODEV) {
		xdpx_fail(err, "tune.read", "%s (index %u) went away", nic, tune->journal.ifindex);
	} else if (err == -EOPNOTSUPP || err == -ENOENT) {
		/* -ENOENT: no such netlink family. What is gone says so itself. */
		err = -EOPNOTSUPP;
		xdpx_fail(err, "tune.read", "%s: %s can't be read: neither its driver nor this kernel tells it", nic,
			  setting->name);
	} else {
		xdpx_fail(err, "tune.read", "%s: reading %s failed: %s", nic, setting->name, xdpx_errno_text(err));
	}
	xdpx_fail_kernel(kernel);
	xdpx_fail_hint("`%s %s` shows what the device offers", setting->kind->looked, nic);
	return err;
}

int xdpx_tune_write_refused(const struct xdpx_tune *tune, const struct xdpx_tune_setting *setting, const char *to,
			    int err, const char *kernel)
{
	const char *nic = tune->journal.nic;

	if (err == -EPERM || err == -EACCES)
		return permission_refused(tune, setting, "tune.write", "setting", kernel);
	if (err == -ENODEV) {
		xdpx_fail(err, "tune.write", "%s (index %u) went away", nic, tune->journal.ifindex);
	} else if (err == -EOPNOTSUPP) {
		xdpx_fail(err, "tune.write", "%s: %s can't be set to %.64s: its driver does not offer it", nic,
			  setting->name, to);
	} else {
		xdpx_fail(err, "tune.write", "%s: setting %s to %.64s failed: %s", nic, setting->name, to,
			  xdpx_errno_text(err));
	}
	xdpx_fail_kernel(kernel);
	xdpx_fail_hint("`%s %s` shows what the device offers", setting->kind->looked, nic);
	return err;
}

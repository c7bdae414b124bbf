/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "probe/probe.h"

#include "base/fail.h"

#include <errno.h>
#include <stdio.h>

/* A device that somebody uses is refused before anything of it is touched. */
static int run(struct xdpx_probe *probe)
{
	int err;

	snprintf(probe->name, sizeof(probe->name), "#%u", xdpx_nic_index(probe->nic));
	err = xdpx_probe_check(probe);
	if (!err)
		err = xdpx_probe_copy(probe);
	if (!err)
		err = xdpx_probe_inject_begin(probe);
	if (!err)
		err = xdpx_probe_native(probe);
	if (!err)
		err = xdpx_probe_generic(probe);
	xdpx_probe_inject_end(probe);
	return err;
}

int xdpx_probe(const char *nic, const struct xdpx_probe_opts *opts, struct xdpx_nic **out)
{
	struct xdpx_probe probe = {.inject.fd = -1};
	struct xdpx_fail_saved *saved;
	int err;

	if (!nic || !out)
		return xdpx_fail(-EINVAL, "probe", "no %s given: the pointer is NULL",
				 nic ? "place for the snapshot" : "name of a device");
	err = xdpx_probe_opts_take(&probe.opts, opts);
	if (!err)
		err = xdpx_nic_open(nic, NULL, &probe.nic);
	if (err)
		return err;

	/* What is refused on the way is an answer, and no error of the probe's. */
	saved = xdpx_fail_save();
	err = run(&probe);
	if (err) {
		xdpx_fail_forget(saved);
		xdpx_nic_free(probe.nic);
		return err;
	}
	xdpx_fail_restore(saved);
	*out = probe.nic;
	return 0;
}

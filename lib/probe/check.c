/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Options, and whether the device is free to be probed. */
#include "probe/probe.h"

#include "base/fail.h"
#include "base/opts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define BIT(feature) (1ULL << XDPX_FEATURE_##feature)
#define FEATURES \
	(BIT(NATIVE) | BIT(GENERIC) | BIT(RX_FRAGS) | BIT(XSK_COPY) | BIT(ZEROCOPY) | BIT(DATA_META) | BIT(TAIL_GROW))

#define DEFAULT_WAIT_MS 1000

static int features_fail(uint64_t unknown)
{
	unsigned int feature = 0;
	const char *name;

	while (!(unknown >> feature & 1))
		feature++;
	name = xdpx_feature_name((enum xdpx_feature)feature);
	xdpx_fail(-EINVAL, "probe.opts", "feature %u%s%s%s can't be tried", feature, name ? " (" : "", name ? name : "",
		  name ? ")" : "");
	xdpx_fail_hint("what can: native, generic, rx-frags, xsk-copy, zerocopy, data-meta, tail-grow; 0 tries them "
		       "all");
	return -EINVAL;
}

int xdpx_probe_opts_take(struct xdpx_probe_opts *own, const struct xdpx_probe_opts *opts)
{
	int err;

	err = xdpx_opts_take(own, sizeof(*own), opts, "probe.opts");
	if (!err)
		err = xdpx_opts_flags(own->flags, XDPX_PROBE_INJECT, "probe.opts");
	if (err)
		return err;
	if (own->features & ~FEATURES)
		return features_fail(own->features & ~FEATURES);
	if (own->mode > XDPX_MODE_GENERIC)
		return xdpx_fail(-EINVAL, "probe.opts", "mode is %u; packets are measured in mode %u to %u", own->mode,
				 XDPX_MODE_BEST, XDPX_MODE_GENERIC);

	if (!own->features)
		own->features = FEATURES;
	if (!own->wait_ms)
		own->wait_ms = DEFAULT_WAIT_MS;
	return 0;
}

static int programs_check(const struct xdpx_nic *nic)
{
	struct xdpx_attachment entry = {.size = sizeof(entry)};

	if (!xdpx_nic_attachment_count(nic))
		return 0;
	xdpx_nic_attachment(nic, 0, &entry);
	xdpx_fail(-EBUSY, "probe.programs", "%s: program %u%s%s%s is attached in %s mode, and is left alone",
		  xdpx_nic_name(nic), entry.prog_id, entry.name[0] ? " (\"" : "", entry.name,
		  entry.name[0] ? "\")" : "", xdpx_mode_name((enum xdpx_mode)entry.mode));
	xdpx_fail_hint(
		"a device is probed while no XDP program runs on it; 'bpftool prog show id %u' tells more of this "
		"one",
		entry.prog_id);
	return -EBUSY;
}

int xdpx_probe_check(const struct xdpx_probe *probe)
{
	struct xdpx_queues queues = {.size = sizeof(queues)};
	uint32_t queue = probe->opts.queue;
	int err;

	err = xdpx_nic_queues(probe->nic, &queues);
	if (err)
		return err;
	if (queues.usable && queue >= queues.usable)
		return xdpx_fail(-EINVAL, "probe.queue", "%s: queue %u does not exist; it has %u (0 to %u)",
				 xdpx_nic_name(probe->nic), queue, queues.usable, queues.usable - 1);
	return programs_check(probe->nic);
}

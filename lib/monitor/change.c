/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* One change, and the snapshots that it shares with the monitor and with other changes. */
#include "monitor/monitor.h"

#include <stdatomic.h>
#include <stdlib.h>

struct xdpx_monitor_nic {
	/* Changes go to other threads: the last one frees, and sees what the others did. */
	atomic_uint holders;
	struct xdpx_nic nic;
};

struct xdpx_monitor_nic *xdpx_monitor_nic_take(struct xdpx_nic *nic)
{
	struct xdpx_monitor_nic *taken = malloc(sizeof(*taken));

	if (!taken)
		return NULL;
	atomic_init(&taken->holders, 1);
	taken->nic = *nic;
	xdpx_nic_begin(nic);
	return taken;
}

struct xdpx_monitor_nic *xdpx_monitor_nic_hold(struct xdpx_monitor_nic *nic)
{
	if (nic)
		atomic_fetch_add_explicit(&nic->holders, 1, memory_order_relaxed);
	return nic;
}

void xdpx_monitor_nic_drop(struct xdpx_monitor_nic *nic)
{
	if (!nic || atomic_fetch_sub_explicit(&nic->holders, 1, memory_order_acq_rel) != 1)
		return;
	xdpx_nic_end(&nic->nic);
	free(nic);
}

const struct xdpx_nic *xdpx_monitor_nic_of(const struct xdpx_monitor_nic *nic)
{
	return nic ? &nic->nic : NULL;
}

struct xdpx_change *xdpx_change_make(enum xdpx_change_kind kind, struct xdpx_monitor_nic *before,
				     struct xdpx_monitor_nic *after, struct xdpx_nic_diff *diff)
{
	struct xdpx_change *change = calloc(1, sizeof(*change));

	if (!change)
		return NULL;
	change->kind = kind;
	change->before = xdpx_monitor_nic_hold(before);
	change->after = xdpx_monitor_nic_hold(after);
	change->diff = diff;
	return change;
}

void xdpx_change_free(struct xdpx_change *change)
{
	if (!change)
		return;
	xdpx_monitor_nic_drop(change->before);
	xdpx_monitor_nic_drop(change->after);
	xdpx_nic_diff_free(change->diff);
	free(change);
}

enum xdpx_change_kind xdpx_change_kind(const struct xdpx_change *change)
{
	return change->kind;
}

const char *xdpx_change_kind_name(enum xdpx_change_kind kind)
{
	static const char *const names[] = {
		[XDPX_CHANGE_ADDED] = "added",
		[XDPX_CHANGE_REMOVED] = "removed",
		[XDPX_CHANGE_CHANGED] = "changed",
		[XDPX_CHANGE_RESYNC] = "resync",
	};

	return (unsigned int)kind < sizeof(names) / sizeof(names[0]) ? names[kind] : NULL;
}

const struct xdpx_nic *xdpx_change_before(const struct xdpx_change *change)
{
	return xdpx_monitor_nic_of(change->before);
}

const struct xdpx_nic *xdpx_change_after(const struct xdpx_change *change)
{
	return xdpx_monitor_nic_of(change->after);
}

const struct xdpx_nic_diff *xdpx_change_diff(const struct xdpx_change *change)
{
	return change->diff;
}

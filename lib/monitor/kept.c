/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The devices as they were when last looked at, the marks on them, and what differs when they are looked at again. */
#include "monitor/monitor.h"

#include "base/fail.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 16

static uint32_t index_of(const struct xdpx_monitor_kept *kept)
{
	return xdpx_monitor_nic_of(kept->nic)->index;
}

/* Where the index is, or would be. */
static size_t place_of(const struct xdpx_monitor *monitor, uint32_t index)
{
	size_t low = 0;
	size_t high = monitor->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (index_of(&monitor->kept[middle]) < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct xdpx_monitor_kept *xdpx_monitor_find(const struct xdpx_monitor *monitor, uint32_t index)
{
	size_t place = place_of(monitor, index);

	return place < monitor->count && index_of(&monitor->kept[place]) == index ? &monitor->kept[place] : NULL;
}

static int no_memory(void)
{
	return xdpx_fail(-ENOMEM, "monitor.alloc", "out of memory for the change of a network device");
}

static int room_make(struct xdpx_monitor *monitor)
{
	size_t room = monitor->room ? monitor->room * 2 : ROOM_FIRST;
	struct xdpx_monitor_kept *larger;

	if (monitor->count < monitor->room)
		return 0;
	larger = reallocarray(monitor->kept, room, sizeof(*larger));
	if (!larger)
		return no_memory();
	monitor->kept = larger;
	monitor->room = room;
	return 0;
}

/* There is room. */
static void insert(struct xdpx_monitor *monitor, struct xdpx_monitor_nic *now)
{
	size_t place = place_of(monitor, xdpx_monitor_nic_of(now)->index);
	struct xdpx_monitor_kept *at = &monitor->kept[place];

	memmove(at + 1, at, (monitor->count - place) * sizeof(*at));
	*at = (struct xdpx_monitor_kept){.nic = now};
	monitor->count++;
}

static void take_out(struct xdpx_monitor *monitor, struct xdpx_monitor_kept *kept)
{
	size_t place = (size_t)(kept - monitor->kept);

	if (monitor->one) {
		monitor->target.index = 0;
		memcpy(monitor->target.name, xdpx_monitor_nic_of(kept->nic)->name, IF_NAMESIZE);
	}
	xdpx_monitor_nic_drop(kept->nic);
	memmove(kept, kept + 1, (monitor->count - place - 1) * sizeof(*kept));
	monitor->count--;
}

void xdpx_monitor_queue(struct xdpx_monitor *monitor, struct xdpx_change *change)
{
	if (monitor->last)
		monitor->last->next = change;
	else
		monitor->first = change;
	monitor->last = change;
}

static bool is_related(const struct xdpx_nic *nic, uint32_t index)
{
	const struct xdpx_related *related = nic->related.at;
	size_t i;

	for (i = 0; i < nic->related.count; i++)
		if (related[i].netnsid < 0 && related[i].index == index)
			return true;
	return false;
}

/* The one that is followed, a relative on which its abilities depend, or what may take its place. */
static void one_mark(struct xdpx_monitor *monitor, uint32_t index)
{
	if (!monitor->count || index_of(monitor->kept) == index ||
	    is_related(xdpx_monitor_nic_of(monitor->kept->nic), index))
		monitor->all = true;
}

static void unknown_mark(struct xdpx_monitor *monitor, uint32_t index)
{
	size_t i;

	for (i = 0; i < monitor->unknown_count; i++)
		if (monitor->unknown[i] == index)
			return;
	if (monitor->unknown_count == XDPX_MONITOR_ONE_BY_ONE)
		monitor->all = true;
	else
		monitor->unknown[monitor->unknown_count++] = index;
}

void xdpx_monitor_mark(struct xdpx_monitor *monitor, uint32_t index)
{
	struct xdpx_monitor_kept *kept = monitor->one ? NULL : xdpx_monitor_find(monitor, index);

	if (monitor->one)
		one_mark(monitor, index);
	else if (kept)
		kept->marked = true;
	else
		unknown_mark(monitor, index);
}

void xdpx_monitor_marks_clear(struct xdpx_monitor *monitor)
{
	size_t i;

	monitor->all = false;
	monitor->unknown_count = 0;
	for (i = 0; i < monitor->count; i++)
		monitor->kept[i].marked = false;
}

bool xdpx_monitor_is_marked(const struct xdpx_monitor *monitor)
{
	size_t i;

	if (monitor->all || monitor->lost || monitor->unknown_count)
		return true;
	for (i = 0; i < monitor->count; i++)
		if (monitor->kept[i].marked)
			return true;
	return false;
}

/* What a device can do depends on those above, below and beside it: the kernel does not announce it for each of them.
 */
static void relatives_mark(struct xdpx_monitor *monitor, const struct xdpx_nic *nic)
{
	const struct xdpx_related *related = nic->related.at;
	struct xdpx_monitor_kept *kept;
	size_t i;

	for (i = 0; i < nic->related.count; i++) {
		kept = related[i].netnsid < 0 ? xdpx_monitor_find(monitor, related[i].index) : NULL;
		if (kept)
			kept->marked = true;
	}
}

static int added(struct xdpx_monitor *monitor, struct xdpx_monitor_nic *now)
{
	struct xdpx_change *change = NULL;
	int err;

	err = room_make(monitor);
	if (!err) {
		change = xdpx_change_make(XDPX_CHANGE_ADDED, NULL, now, NULL);
		err = change ? 0 : no_memory();
	}
	if (err)
		return err;

	relatives_mark(monitor, xdpx_monitor_nic_of(now));
	insert(monitor, xdpx_monitor_nic_hold(now));
	xdpx_monitor_queue(monitor, change);
	return 0;
}

static int removed(struct xdpx_monitor *monitor, struct xdpx_monitor_kept *kept)
{
	struct xdpx_change *change = xdpx_change_make(XDPX_CHANGE_REMOVED, kept->nic, NULL, NULL);

	if (!change)
		return no_memory();
	relatives_mark(monitor, xdpx_monitor_nic_of(kept->nic));
	take_out(monitor, kept);
	xdpx_monitor_queue(monitor, change);
	return 0;
}

static void replace(struct xdpx_monitor_kept *kept, struct xdpx_monitor_nic *now)
{
	xdpx_monitor_nic_drop(kept->nic);
	kept->nic = xdpx_monitor_nic_hold(now);
	kept->marked = false;
}

static int changed(struct xdpx_monitor *monitor, struct xdpx_monitor_kept *kept, struct xdpx_monitor_nic *now)
{
	const struct xdpx_nic *before = xdpx_monitor_nic_of(kept->nic);
	struct xdpx_change *change;
	struct xdpx_nic_diff *diff;
	int err;

	err = xdpx_nic_diff_new(before, xdpx_monitor_nic_of(now), &diff);
	if (err)
		return err;
	if (!xdpx_nic_diff_count(diff)) {
		xdpx_nic_diff_free(diff);
		replace(kept, now);
		return 0;
	}

	change = xdpx_change_make(XDPX_CHANGE_CHANGED, kept->nic, now, diff);
	if (!change) {
		xdpx_nic_diff_free(diff);
		return no_memory();
	}
	relatives_mark(monitor, before);
	relatives_mark(monitor, xdpx_monitor_nic_of(now));
	replace(kept, now);
	xdpx_monitor_queue(monitor, change);
	return 0;
}

/* A device's kind stays; so does what it is, until it is deleted. */
static bool is_another(const struct xdpx_monitor_kept *kept, const struct xdpx_nic *now)
{
	return kept->gone || strcmp(xdpx_nic_kind(xdpx_monitor_nic_of(kept->nic)), xdpx_nic_kind(now));
}

/* Whether a device that was not there is one to follow. */
static bool is_followed(const struct xdpx_monitor *monitor, const struct xdpx_nic *now)
{
	if (!monitor->one)
		return true;
	return !monitor->count && !strcmp(monitor->target.name, now->name);
}

static int settle(struct xdpx_monitor *monitor, uint32_t index, struct xdpx_monitor_nic *now)
{
	struct xdpx_monitor_kept *kept = xdpx_monitor_find(monitor, index);
	const struct xdpx_nic *nic = xdpx_monitor_nic_of(now);
	int err;

	if (kept && nic && !is_another(kept, nic))
		return changed(monitor, kept, now);
	if (kept) {
		err = removed(monitor, kept);
		if (err)
			return err;
	}
	return nic && is_followed(monitor, nic) ? added(monitor, now) : 0;
}

int xdpx_monitor_settle(struct xdpx_monitor *monitor, uint32_t index, struct xdpx_nic *now)
{
	struct xdpx_monitor_nic *taken = NULL;
	int err;

	if (now) {
		taken = xdpx_monitor_nic_take(now);
		if (!taken)
			return no_memory();
	}
	err = settle(monitor, index, taken);
	xdpx_monitor_nic_drop(taken);
	return err;
}

int xdpx_monitor_keep(struct xdpx_monitor *monitor, struct xdpx_nic *now)
{
	struct xdpx_monitor_nic *taken;
	int err;

	err = room_make(monitor);
	if (err)
		return err;
	taken = xdpx_monitor_nic_take(now);
	if (!taken)
		return no_memory();
	insert(monitor, taken);
	return 0;
}

size_t xdpx_monitor_nic_count(const struct xdpx_monitor *monitor)
{
	return monitor->count;
}

const struct xdpx_nic *xdpx_monitor_nic_at(const struct xdpx_monitor *monitor, size_t at)
{
	return at < monitor->count ? xdpx_monitor_nic_of(monitor->kept[at].nic) : NULL;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Looking at devices: one by one, or at all of them where many are marked. */
#include "monitor/monitor.h"

#include "base/fail.h"

#include <errno.h>

static const struct xdpx_nic_target every = {.index = 0};

/* A device's relatives take a dump, also where one device is asked about: not known now is no change. */
static bool is_half(const struct xdpx_nic_list *list)
{
	return list->count && list->nics[0].parts[XDPX_PART_RELATED].state == -EAGAIN;
}

/* As xdpx_nic_gather(), but a device that is not there is none in the list, and -EAGAIN is no error to record. */
static int gather(struct xdpx_monitor *monitor, const struct xdpx_nic_target *target, struct xdpx_nic_list *list)
{
	struct xdpx_fail_saved *saved = xdpx_fail_save();
	int err = xdpx_nic_gather(monitor->route, monitor->genl, target, list);

	if (!err && is_half(list))
		err = -EAGAIN;
	if (err == -ENODEV || err == -EAGAIN)
		xdpx_fail_restore(saved);
	else
		xdpx_fail_forget(saved);
	if (err != -ENODEV)
		return err;
	xdpx_nic_list_end(list);
	return 0;
}

static int index_look(struct xdpx_monitor *monitor, uint32_t index)
{
	const struct xdpx_nic_target target = {.index = index};
	struct xdpx_nic_list list = {.nics = NULL};
	int err;

	err = gather(monitor, &target, &list);
	if (!err)
		err = xdpx_monitor_settle(monitor, index, list.count ? list.nics : NULL);
	xdpx_nic_list_end(&list);
	return err;
}

/* A device that has the name now. */
static int name_look(struct xdpx_monitor *monitor)
{
	struct xdpx_nic_target target = monitor->target;
	struct xdpx_nic_list list = {.nics = NULL};
	int err;

	err = gather(monitor, &target, &list);
	if (!err && list.count)
		err = xdpx_monitor_settle(monitor, list.nics->index, list.nics);
	xdpx_nic_list_end(&list);
	return err;
}

static int one_look(struct xdpx_monitor *monitor)
{
	int err = 0;

	xdpx_monitor_marks_clear(monitor);
	if (monitor->count)
		err = index_look(monitor, xdpx_monitor_nic_at(monitor, 0)->index);
	if (!err && !monitor->count)
		err = name_look(monitor);
	return err;
}

/* Those that went first, so that a name is given up before it is taken. */
static int list_settle(struct xdpx_monitor *monitor, struct xdpx_nic_list *list)
{
	uint32_t index;
	size_t at;
	int err = 0;

	for (at = monitor->count; !err && at > 0; at--) {
		index = xdpx_monitor_nic_at(monitor, at - 1)->index;
		if (!xdpx_nic_list_find(list, index))
			err = xdpx_monitor_settle(monitor, index, NULL);
	}
	for (at = 0; !err && at < list->count; at++)
		err = xdpx_monitor_settle(monitor, list->nics[at].index, &list->nics[at]);
	return err;
}

static int all_look(struct xdpx_monitor *monitor)
{
	struct xdpx_nic_list list = {.nics = NULL};
	int err;

	err = gather(monitor, &every, &list);
	if (!err)
		err = list_settle(monitor, &list);
	/* the relatives of those that changed have just been looked at as well */
	if (!err)
		xdpx_monitor_marks_clear(monitor);
	xdpx_nic_list_end(&list);
	return err;
}

/* The indices that are marked, up to `room`; returns how many there are. */
static size_t marks_collect(const struct xdpx_monitor *monitor, uint32_t *indices, size_t room)
{
	size_t count = 0;
	size_t i;

	for (i = 0; i < monitor->unknown_count; i++, count++)
		if (count < room)
			indices[count] = monitor->unknown[i];
	for (i = 0; i < monitor->count; i++) {
		if (!monitor->kept[i].marked)
			continue;
		if (count < room)
			indices[count] = xdpx_monitor_nic_at(monitor, i)->index;
		count++;
	}
	return count;
}

static int marked_look(struct xdpx_monitor *monitor)
{
	uint32_t indices[XDPX_MONITOR_ONE_BY_ONE];
	size_t count = marks_collect(monitor, indices, XDPX_MONITOR_ONE_BY_ONE);
	size_t i;
	int err = 0;

	if (monitor->one)
		return one_look(monitor);
	if (monitor->all || count > XDPX_MONITOR_ONE_BY_ONE)
		return all_look(monitor);
	/* before the first look, so that a mark that is made from now on stays */
	xdpx_monitor_marks_clear(monitor);
	for (i = 0; !err && i < count; i++)
		err = index_look(monitor, indices[i]);
	return err;
}

int xdpx_monitor_look(struct xdpx_monitor *monitor)
{
	struct xdpx_change *resync;
	int err;

	if (!xdpx_monitor_is_marked(monitor))
		return 0;
	if (monitor->lost) {
		resync = xdpx_change_make(XDPX_CHANGE_RESYNC, NULL, NULL, NULL);
		if (!resync)
			return xdpx_fail(-ENOMEM, "monitor.alloc", "out of memory for word of lost announcements");
		xdpx_monitor_queue(monitor, resync);
		monitor->lost = false;
		monitor->all = true;
		return 0;
	}

	err = marked_look(monitor);
	if (err)
		monitor->all = true;
	return err;
}

int xdpx_monitor_look_first(struct xdpx_monitor *monitor)
{
	struct xdpx_nic_list list = {.nics = NULL};
	size_t i;
	int err;

	err = xdpx_nic_gather(monitor->route, monitor->genl, &monitor->target, &list);
	for (i = 0; !err && i < list.count; i++)
		err = xdpx_monitor_keep(monitor, &list.nics[i]);
	xdpx_nic_list_end(&list);
	return err;
}

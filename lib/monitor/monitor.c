/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The monitor's life, and waiting. */
#include "monitor/monitor.h"

#include "base/clock.h"
#include "base/fail.h"
#include "base/opts.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define MOMENT_MS 20

static void fd_close(int fd)
{
	if (fd >= 0)
		close(fd);
}

void xdpx_monitor_free(struct xdpx_monitor *monitor)
{
	struct xdpx_change *change;
	unsigned int i;

	if (!monitor)
		return;
	while ((change = monitor->first)) {
		monitor->first = change->next;
		xdpx_change_free(change);
	}
	while (monitor->count)
		xdpx_monitor_nic_drop(monitor->kept[--monitor->count].nic);
	free(monitor->kept);
	for (i = 0; i < XDPX_MONITOR_SOURCES; i++)
		xdpx_nl_close(monitor->ears[i].nl);
	xdpx_nl_close(monitor->genl);
	xdpx_nl_close(monitor->route);
	fd_close(monitor->timer);
	fd_close(monitor->more);
	fd_close(monitor->fd);
	free(monitor);
}

static int watch(const struct xdpx_monitor *monitor, int fd)
{
	struct epoll_event event = {.events = EPOLLIN};

	return epoll_ctl(monitor->fd, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static int timer_start(struct xdpx_monitor *monitor, uint32_t interval_ms)
{
	struct timespec every = {.tv_sec = interval_ms / 1000, .tv_nsec = interval_ms % 1000 * 1000000L};
	struct itimerspec times = {.it_interval = every, .it_value = every};

	if (!interval_ms)
		return 0;
	monitor->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (monitor->timer < 0 || timerfd_settime(monitor->timer, 0, &times, NULL))
		return -errno;
	return watch(monitor, monitor->timer);
}

static int fds_open(struct xdpx_monitor *monitor, uint32_t interval_ms)
{
	unsigned int i;
	int err = 0;

	monitor->fd = epoll_create1(EPOLL_CLOEXEC);
	if (monitor->fd < 0)
		return -errno;
	monitor->more = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (monitor->more < 0)
		return -errno;

	err = watch(monitor, monitor->more);
	for (i = 0; !err && i < XDPX_MONITOR_SOURCES; i++)
		if (monitor->ears[i].nl)
			err = watch(monitor, xdpx_nl_fd(monitor->ears[i].nl));
	return err ? err : timer_start(monitor, interval_ms);
}

static int asking_open(struct xdpx_monitor *monitor)
{
	int err;

	err = xdpx_nl_open(NETLINK_ROUTE, &monitor->route);
	if (!err)
		err = xdpx_nl_open(NETLINK_GENERIC, &monitor->genl);
	if (err)
		xdpx_fail(err, "monitor.netlink", "a netlink socket could not be opened: %s", xdpx_errno_text(err));
	return err;
}

/* Listens before it looks, so that nothing falls between. */
static int start(struct xdpx_monitor *monitor, const struct xdpx_monitor_opts *opts)
{
	int err;

	err = asking_open(monitor);
	if (!err)
		err = xdpx_monitor_ears_open(monitor);
	if (err)
		return err;
	err = fds_open(monitor, opts->interval_ms);
	if (err)
		return xdpx_fail(err, "monitor.fd", "the descriptor to poll could not be made: %s",
				 xdpx_errno_text(err));
	return xdpx_monitor_look_first(monitor);
}

int xdpx_monitor_new(const char *nic, const struct xdpx_monitor_opts *opts, struct xdpx_monitor **out)
{
	struct xdpx_nic_target target = {.index = 0};
	struct xdpx_monitor_opts own;
	struct xdpx_monitor *monitor;
	int err;

	err = xdpx_opts_take(&own, sizeof(own), opts, "monitor.opts");
	if (!err)
		err = xdpx_opts_flags(own.flags, 0, "monitor.opts");
	if (!err && own.reserved)
		err = xdpx_fail(-EINVAL, "monitor.opts", "reserved is %u and not 0", own.reserved);
	if (!err && nic)
		err = xdpx_nic_target_read(nic, &target);
	if (err)
		return err;

	monitor = calloc(1, sizeof(*monitor));
	if (!monitor)
		return xdpx_fail(-ENOMEM, "monitor.alloc", "out of memory for a monitor of network devices");
	monitor->fd = monitor->more = monitor->timer = -1;
	monitor->one = nic;
	monitor->target = target;
	err = start(monitor, &own);
	if (err) {
		xdpx_monitor_free(monitor);
		return err;
	}

	*out = monitor;
	return 0;
}

int xdpx_monitor_fd(const struct xdpx_monitor *monitor)
{
	return monitor->fd;
}

/* Makes the descriptor readable where no announcement does: what is left to tell or to look at. */
static void more_set(const struct xdpx_monitor *monitor)
{
	bool more = monitor->first || xdpx_monitor_is_marked(monitor);
	uint64_t count = 1;

	/* both at most say that it is already so */
	if (more ? write(monitor->more, &count, sizeof(count)) : read(monitor->more, &count, sizeof(count)))
		return;
}

static void timer_read(struct xdpx_monitor *monitor)
{
	uint64_t count;

	if (monitor->timer >= 0 && read(monitor->timer, &count, sizeof(count)) == sizeof(count))
		monitor->all = true;
}

static int changes_find(struct xdpx_monitor *monitor)
{
	int err;

	timer_read(monitor);
	err = xdpx_monitor_hear(monitor);
	return err ? err : xdpx_monitor_look(monitor);
}

/* For an announcement; or, where devices come too fast to be listed, for a moment. A negative errno, or not. */
static int pause_for(const struct xdpx_monitor *monitor, int64_t left, bool moment)
{
	struct pollfd ready = {.fd = monitor->fd, .events = POLLIN};
	int err;

	if (moment && (left < 0 || left > MOMENT_MS))
		left = MOMENT_MS;
	err = poll(&ready, moment ? 0 : 1, (int)left) < 0 ? -errno : 0;
	if (err)
		xdpx_fail(err, "monitor.wait", "waiting for changes was interrupted: %s", xdpx_errno_text(err));
	return err;
}

static struct xdpx_change *pop(struct xdpx_monitor *monitor)
{
	struct xdpx_change *change = monitor->first;

	monitor->first = change->next;
	if (!monitor->first)
		monitor->last = NULL;
	change->next = NULL;
	return change;
}

/* Finds changes, or waits: 0, or a negative errno. Each round ends, however much is announced meanwhile. */
static int next(struct xdpx_monitor *monitor, int timeout_ms)
{
	int64_t end = timeout_ms < 0 ? INT64_MAX : xdpx_now_ms() + timeout_ms;
	int64_t left;
	bool too_fast;
	int err;

	while (!monitor->first) {
		err = changes_find(monitor);
		more_set(monitor);
		too_fast = err == -EAGAIN;
		if (monitor->first || (err && !too_fast))
			return err;
		left = timeout_ms < 0 ? -1 : end - xdpx_now_ms();
		if (timeout_ms >= 0 && left <= 0)
			return 0;
		err = pause_for(monitor, left, too_fast);
		if (err)
			return err;
	}
	return 0;
}

int xdpx_monitor_next(struct xdpx_monitor *monitor, int timeout_ms, struct xdpx_change **change)
{
	int err = next(monitor, timeout_ms);

	if (!monitor->first)
		return err;
	*change = pop(monitor);
	more_set(monitor);
	return 1;
}

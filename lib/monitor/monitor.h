/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * The monitor, for the files of this folder.
 *
 * An announcement only marks the device that it is about; what changed is found out by a new snapshot. Marks lie on the
 * devices that are kept, and for indices that are not known in a short list, past which all devices are looked at: the
 * monitor's memory grows with the devices, not with the announcements.
 */
#ifndef XDPX_MONITOR_MONITOR_H
#define XDPX_MONITOR_MONITOR_H

#include "nic/nic.h"

#include <xdpx/monitor.h>

#define XDPX_MONITOR_SOURCES (XDPX_MONITOR_ETHTOOL + 1)

/* How many devices are looked at one by one; each takes as many requests as the list of all. */
#define XDPX_MONITOR_ONE_BY_ONE 8

/* A snapshot that the monitor and its changes share. */
struct xdpx_monitor_nic;

struct xdpx_change {
	enum xdpx_change_kind kind;
	struct xdpx_monitor_nic *before;
	struct xdpx_monitor_nic *after;
	struct xdpx_nic_diff *diff;
	struct xdpx_change *next;
};

/* A device that is followed. */
struct xdpx_monitor_kept {
	struct xdpx_monitor_nic *nic;
	bool marked;
	bool gone; /* announced as deleted: one that has its index is another */
};

struct xdpx_monitor_ear {
	struct xdpx_nl *nl; /* NULL: not heard */
	const char *why;
};

struct xdpx_monitor {
	int fd;	   /* epoll: the ears, the timer, and `more` */
	int more;  /* eventfd: there is something to do without a new announcement */
	int timer; /* timerfd, or -1 */
	struct xdpx_nl *route;
	struct xdpx_nl *genl;
	struct xdpx_monitor_ear ears[XDPX_MONITOR_SOURCES];

	bool one;		       /* one device is followed */
	struct xdpx_nic_target target; /* it; while it is gone, by the name that it last had */

	struct xdpx_monitor_kept *kept; /* in the order of indices */
	size_t count;
	size_t room;

	uint32_t unknown[XDPX_MONITOR_ONE_BY_ONE]; /* marked, and not kept */
	size_t unknown_count;
	bool all;  /* everything is marked */
	bool lost; /* announcements are, and nobody was told yet */

	struct xdpx_change *first; /* to be told, in order */
	struct xdpx_change *last;
};

/* Takes the snapshot out of a list that keeps the others; NULL when memory runs out. Freed when the last lets go. */
struct xdpx_monitor_nic *xdpx_monitor_nic_take(struct xdpx_nic *nic);
struct xdpx_monitor_nic *xdpx_monitor_nic_hold(struct xdpx_monitor_nic *nic);
void xdpx_monitor_nic_drop(struct xdpx_monitor_nic *nic);
const struct xdpx_nic *xdpx_monitor_nic_of(const struct xdpx_monitor_nic *nic);

/* Makes a change that holds both snapshots, either of which may be NULL, and takes over the differences. NULL: ENOMEM.
 */
struct xdpx_change *xdpx_change_make(enum xdpx_change_kind kind, struct xdpx_monitor_nic *before,
				     struct xdpx_monitor_nic *after, struct xdpx_nic_diff *diff);

/* Puts a change behind those that are to be told. */
void xdpx_monitor_queue(struct xdpx_monitor *monitor, struct xdpx_change *change);

/* The device with this index among those kept, or NULL. */
struct xdpx_monitor_kept *xdpx_monitor_find(const struct xdpx_monitor *monitor, uint32_t index);

/*
 * Puts what is there now, NULL for nothing, in the place of what was kept with this index, and queues the changes. The
 * snapshot is taken over, also on failure: -ENOMEM, after which all devices are to be looked at again.
 */
int xdpx_monitor_settle(struct xdpx_monitor *monitor, uint32_t index, struct xdpx_nic *now);

/* Keeps a device without a word, at the beginning. 0, or -ENOMEM. */
int xdpx_monitor_keep(struct xdpx_monitor *monitor, struct xdpx_nic *now);

/* Marks a device to be looked at. */
void xdpx_monitor_mark(struct xdpx_monitor *monitor, uint32_t index);
bool xdpx_monitor_is_marked(const struct xdpx_monitor *monitor);
void xdpx_monitor_marks_clear(struct xdpx_monitor *monitor);

/* Opens the sockets that listen, and hears what has come. A negative errno, with the error recorded. */
int xdpx_monitor_ears_open(struct xdpx_monitor *monitor);
int xdpx_monitor_hear(struct xdpx_monitor *monitor);

/* Takes one announcement, whatever its bytes; `arg` is the monitor. */
int xdpx_monitor_link_take(const struct nlmsghdr *message, void *arg);
int xdpx_monitor_netdev_take(const struct nlmsghdr *message, void *arg);
int xdpx_monitor_ethtool_take(const struct nlmsghdr *message, void *arg);

/*
 * Looks at the devices that are marked. A negative errno, with the error recorded, leaves the marks; so does -EAGAIN,
 * of which nothing is recorded: the devices came and went too fast to be listed.
 */
int xdpx_monitor_look(struct xdpx_monitor *monitor);

/* The first snapshots. A negative errno, with the error recorded. */
int xdpx_monitor_look_first(struct xdpx_monitor *monitor);

#endif

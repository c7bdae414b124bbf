/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/**
 * @file xdpx/monitor.h
 * Live changes of network devices: which came, which went, and what is different about the others.
 *
 * A monitor keeps a snapshot of each device, listens for what the kernel announces, takes a new snapshot of the devices
 * that were announced and tells what differs. Several announcements that come to the same state are one change, or
 * none where nothing differs in the end.
 *
 * Not everything is announced. Linux says nothing when a program is attached or detached as a bpf_link (drivers may
 * announce what changes with it, such as the XDP features of a veth's other end), nor of most settings that are
 * changed through ethtool's ioctl. Such a change shows with the device's next announced one, or with `interval_ms` as
 * soon as the monitor looks by itself.
 *
 * The devices are those of the network namespace of the thread that makes the monitor; call xdpx_monitor_next() from
 * the same one. A monitor is used by one thread at a time. Changes do not depend on it: they may outlive it and go to
 * other threads. No privilege is needed.
 */
#ifndef XDPX_MONITOR_H
#define XDPX_MONITOR_H

#include <xdpx/nic.h>
#include <xdpx/nic_diff.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Listens for changes of network devices. */
struct xdpx_monitor;

/** One change. */
struct xdpx_change;

/** What happened. */
enum xdpx_change_kind {
	XDPX_CHANGE_ADDED = 0,	 /**< a device is there that was not: made, or moved into this namespace */
	XDPX_CHANGE_REMOVED = 1, /**< a device is gone: deleted, or moved into another namespace */
	XDPX_CHANGE_CHANGED = 2, /**< a device is not as it was, its name included */
	XDPX_CHANGE_RESYNC = 3,	 /**< announcements were lost: all devices are looked at, and the changes that follow
				    lead to what is there now */
};

/** Who announces changes. */
enum xdpx_monitor_source {
	XDPX_MONITOR_LINKS = 0,	  /**< rtnetlink: devices, names, MTU, up and carrier, programs attached over netlink */
	XDPX_MONITOR_NETDEV = 1,  /**< the netdev family (6.3): what drivers do with XDP */
	XDPX_MONITOR_ETHTOOL = 2, /**< the ethtool family (5.6): channels, rings, offloads, coalescing and the like */
};

/** Options of xdpx_monitor_new(). */
struct xdpx_monitor_opts {
	size_t size;	      /**< sizeof(struct xdpx_monitor_opts) */
	uint64_t flags;	      /**< none yet: 0 */
	uint32_t interval_ms; /**< look at all devices this often, for what nobody announces; 0: never */
	uint32_t reserved;    /**< 0 */
};

/**
 * Starts to listen, and takes the first snapshots.
 *
 * A monitor of one device follows it under whatever name. Once it is gone, a device that has its last name is followed
 * in its place.
 *
 * @param nic      the device, as for xdpx_nic_open(), or NULL for all
 * @param opts     options, or NULL for the defaults
 * @param monitor  out: the monitor, to be freed with xdpx_monitor_free(); untouched on failure
 * @return 0, or
 *         -EINVAL: `nic` is empty, too long or a malformed index; bad options
 *         -ENODEV: no such device in this network namespace
 *         -EAGAIN: devices came and went too fast to be listed
 *         -ENOMEM: out of memory
 *         or another errno that netlink or the making of an epoll instance gave
 * @since 0.1
 */
XDPX_API int xdpx_monitor_new(const char *nic, const struct xdpx_monitor_opts *opts, struct xdpx_monitor **monitor);

/**
 * Stops listening.
 *
 * @param monitor  the monitor, or NULL
 * @since 0.1
 */
XDPX_API void xdpx_monitor_free(struct xdpx_monitor *monitor);

/**
 * A file descriptor to poll: readable when xdpx_monitor_next() may have a change to tell.
 *
 * @param monitor  the monitor, which owns the descriptor: do not read or close it
 * @return the descriptor
 * @since 0.1
 */
XDPX_API int xdpx_monitor_fd(const struct xdpx_monitor *monitor);

/**
 * Waits for the next change.
 *
 * @param monitor     the monitor
 * @param timeout_ms  how long to wait in milliseconds; 0: not at all; -1: without end
 * @param change      out: the change, to be freed with xdpx_change_free(); untouched unless 1 is returned
 * @return 1: there is a change; 0: there was none in this time, or
 *         -EINTR: a signal came
 *         -ENOMEM: out of memory
 *         or another errno that netlink gave; nothing is lost by a failure, call again
 * @since 0.1
 */
XDPX_API int xdpx_monitor_next(struct xdpx_monitor *monitor, int timeout_ms, struct xdpx_change **change);

/**
 * How many devices the monitor follows, as of the changes told so far and those about to be told.
 *
 * @param monitor  the monitor
 * @return the count
 * @since 0.1
 */
XDPX_API size_t xdpx_monitor_nic_count(const struct xdpx_monitor *monitor);

/**
 * The last snapshot of one of the devices, in the order of their indices.
 *
 * @param monitor  the monitor, which owns the snapshot: it lives until the next call of xdpx_monitor_next()
 * @param at       0 to xdpx_monitor_nic_count() - 1
 * @return the snapshot, or NULL when `at` is past the end
 * @since 0.1
 */
XDPX_API const struct xdpx_nic *xdpx_monitor_nic_at(const struct xdpx_monitor *monitor, size_t at);

/**
 * Whether a source's announcements are heard.
 *
 * @param monitor  the monitor
 * @param source   the source
 * @return XDPX_YES, or XDPX_NO where the kernel does not have it; XDPX_UNKNOWN for a source that is none
 * @since 0.1
 */
XDPX_API enum xdpx_answer xdpx_monitor_hears(const struct xdpx_monitor *monitor, enum xdpx_monitor_source source);

/**
 * What is heard from a source, or why nothing is.
 *
 * @param monitor  the monitor, which owns the string
 * @param source   the source
 * @return a sentence, "" for a source that is none
 * @since 0.1
 */
XDPX_API const char *xdpx_monitor_why(const struct xdpx_monitor *monitor, enum xdpx_monitor_source source);

/**
 * What happened.
 *
 * @param change  the change
 * @return the kind
 * @since 0.1
 */
XDPX_API enum xdpx_change_kind xdpx_change_kind(const struct xdpx_change *change);

/**
 * A kind's name: "added", "removed", "changed" or "resync".
 *
 * @param kind  the kind
 * @return the name, or NULL for a number that is no kind
 * @since 0.1
 */
XDPX_API const char *xdpx_change_kind_name(enum xdpx_change_kind kind);

/**
 * The device as it was.
 *
 * @param change  the change, which owns the snapshot: do not free it
 * @return the snapshot, or NULL where a device was added and for XDPX_CHANGE_RESYNC
 * @since 0.1
 */
XDPX_API const struct xdpx_nic *xdpx_change_before(const struct xdpx_change *change);

/**
 * The device as it is.
 *
 * @param change  the change, which owns the snapshot: do not free it
 * @return the snapshot, or NULL where a device was removed and for XDPX_CHANGE_RESYNC
 * @since 0.1
 */
XDPX_API const struct xdpx_nic *xdpx_change_after(const struct xdpx_change *change);

/**
 * In what the device differs.
 *
 * @param change  the change, which owns the differences: do not free them
 * @return the differences, at least one; or NULL unless the kind is XDPX_CHANGE_CHANGED
 * @since 0.1
 */
XDPX_API const struct xdpx_nic_diff *xdpx_change_diff(const struct xdpx_change *change);

/**
 * Frees a change with its snapshots and differences.
 *
 * @param change  the change, or NULL
 * @since 0.1
 */
XDPX_API void xdpx_change_free(struct xdpx_change *change);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#ifndef XDPX_BASE_NETNS_H
#define XDPX_BASE_NETNS_H

#include <stdint.h>

/* The network namespace of this thread: its inode number, 0 where nothing tells. */
uint64_t xdpx_netns_id(void);

/* A descriptor of the namespace that `ip netns` knows by this name, or of that at a path, which has a slash in it. */
int xdpx_netns_open(const char *name);

/*
 * Calls `fn` in the namespace, and returns what it returns. It runs on a thread of its own, which ends in there: the
 * calling thread never leaves its namespace, whatever fails. -1: on this thread, where it is. An error is this
 * thread's.
 */
int xdpx_netns_run(int netns, int (*fn)(void *arg), void *arg);

#endif

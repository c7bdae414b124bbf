/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#ifndef XDPX_BASE_NETNS_H
#define XDPX_BASE_NETNS_H

#include <stdint.h>

/* The network namespace of this thread: its inode number, 0 where nothing tells. */
uint64_t xdpx_netns_id(void);

#endif

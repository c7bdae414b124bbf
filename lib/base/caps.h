/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Capabilities of this thread, for error messages: the kernel says EPERM and no more. */
#ifndef XDPX_BASE_CAPS_H
#define XDPX_BASE_CAPS_H

#include <stdbool.h>

/* Numbers of the capabilities asked for here, as in linux/capability.h (CAP_BPF only since 5.8). */
enum xdpx_cap {
	XDPX_CAP_NET_ADMIN = 12,
	XDPX_CAP_NET_RAW = 13,
	XDPX_CAP_IPC_LOCK = 14,
	XDPX_CAP_SYS_ADMIN = 21,
	XDPX_CAP_BPF = 39,
};

/* Whether this thread has the capability in force; true where it can't be found out. */
bool xdpx_cap_have(enum xdpx_cap cap);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What bpf/filter.bpf.c and the library both know: the map that says which packets are taken. */
#ifndef XDPX_XSK_TRAFFIC_H
#define XDPX_XSK_TRAFFIC_H

#include <linux/types.h>

/* The same as the public struct xdpx_traffic_key, which a BPF program can't include. */
struct xdpx_filter_key {
	__u8 protocol;
	__u8 reserved;
	__u16 port;
};

typedef __u32 xdpx_filter_value;

_Static_assert(sizeof(struct xdpx_filter_key) == 4, "no padding, the same on both sides");

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What the probe's BPF program notes of a packet, for the library to read. */
#ifndef XDPX_PROBE_RESULT_H
#define XDPX_PROBE_RESULT_H

#include <linux/types.h>

/* One packet of each sort is measured on each CPU. */
enum xdpx_probe_sort {
	XDPX_PROBE_SHORT,   /* buffers of one size leave ample room behind it */
	XDPX_PROBE_FULL,    /* it fills the MTU */
	XDPX_PROBE_OTHER,   /* any length between or beyond */
	XDPX_PROBE_SEVERAL, /* it spans several buffers */
	XDPX_PROBE_SORTS,
};

#define XDPX_PROBE_SHORT_BYTES 512

/* Steps in which metadata is asked for, and the most that any kernel gives. */
#define XDPX_PROBE_META_STEP 4
#define XDPX_PROBE_META_MAX 252

struct xdpx_probe_result {
	__u64 done; /* 1: a packet was measured */
	__u64 bytes;
	__u64 meta;	  /* bytes of metadata that were given */
	__s64 meta_error; /* what the next step gave, 0 where the most was given */
	__u64 head;	  /* bytes given in front of the packet */
	__u64 tail;	  /* bytes given behind it */
	__s64 tail_error; /* what one byte more gave */
	__u64 tail_tried; /* 0: growing the tail was left alone */
};

_Static_assert(sizeof(struct xdpx_probe_result) == 64, "both sides see the same struct");

#endif

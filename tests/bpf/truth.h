/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What the programs of truth.bpf.c are told, and what they tell. */
#ifndef TESTS_BPF_TRUTH_H
#define TESTS_BPF_TRUTH_H

#include <linux/types.h>

/* Frames that a test sends have this at this offset, with an Ethernet header in front and without one. */
#define TRUTH_MARK 0x1badb002cafef00dULL
#define TRUTH_MARK_AT 48

struct truth {
	__u64 seen;	/* marked packets that the program ran on */
	__s32 amount;	/* in: bytes of metadata, of headroom or of tail to take */
	__s32 result;	/* what the helper returned for that */
	__u32 length;	/* of the packet */
	__u32 linear;	/* of its first buffer */
	__u32 queue;	/* that it arrived on */
	__s32 time;	/* what the metadata functions returned */
	__s32 hash;	/* likewise */
	__s32 vlan;	/* likewise */
	__u32 vlan_tag; /* and the tag that the last one told */
	__u32 reserved;
};

#endif

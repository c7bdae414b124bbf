/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Finds out how far packets can be enlarged at either end, and passes each of them on as it came. */
#include <linux/bpf.h>

#include "../lib/probe/result.h"

#include <bpf/bpf_helpers.h>

#define ETHERNET_HEADER 14
/* The first steps of the searches; the others are halves of the one before. */
#define HEAD_STEP 4096
#define TAIL_STEP 32768

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct xdpx_probe_result);
	__uint(max_entries, XDPX_PROBE_SORTS);
} xdpx_results SEC(".maps");

/* Set before loading. */
const volatile __u32 xdpx_full_bytes; /* the length of a packet that fills the MTU */
const volatile __u32 xdpx_full_slack; /* what VLAN tags may add to it */
const volatile __u32 xdpx_tail_bytes; /* the longest packet whose tail is tried */
const volatile __u32 xdpx_frags;      /* 1: packets of several buffers come, too */

/*
 * The sums are kept in the map and not in variables, so that the verifier does not follow each of their values. What
 * was given is given back at the end of each search; the kernel refuses that only to packets shorter than an Ethernet
 * header, which are not measured.
 */
static __always_inline void meta_try(struct xdp_md *ctx, struct xdpx_probe_result *result)
{
	int step;

	for (step = 0; step < XDPX_PROBE_META_MAX / XDPX_PROBE_META_STEP; step++) {
		result->meta_error = bpf_xdp_adjust_meta(ctx, -XDPX_PROBE_META_STEP);
		if (result->meta_error)
			break;
		result->meta += XDPX_PROBE_META_STEP;
	}
	if (result->meta)
		bpf_xdp_adjust_meta(ctx, (int)result->meta);
}

static __always_inline void head_try(struct xdp_md *ctx, struct xdpx_probe_result *result)
{
	int step;

	for (step = HEAD_STEP; step; step >>= 1)
		if (!bpf_xdp_adjust_head(ctx, -step))
			result->head += step;
	if (result->head)
		bpf_xdp_adjust_head(ctx, (int)result->head);
}

static __always_inline void tail_try(struct xdp_md *ctx, struct xdpx_probe_result *result)
{
	int step;

	for (step = TAIL_STEP; step; step >>= 1) {
		long error = bpf_xdp_adjust_tail(ctx, step);

		if (error)
			result->tail_error = error;
		else
			result->tail += step;
	}
	if (result->tail)
		bpf_xdp_adjust_tail(ctx, -(int)result->tail);
	result->tail_tried = 1;
}

static __always_inline __u32 sort_of(__u64 linear, __u64 bytes)
{
	if (bytes > linear)
		return XDPX_PROBE_SEVERAL;
	if (bytes >= xdpx_full_bytes && bytes <= (__u64)xdpx_full_bytes + xdpx_full_slack)
		return XDPX_PROBE_FULL;
	return bytes <= XDPX_PROBE_SHORT_BYTES ? XDPX_PROBE_SHORT : XDPX_PROBE_OTHER;
}

/* Not SEC("xdp.frags"): the library sets the flag. */
SEC("xdp")
int xdpx_probe_pass(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	__u64 linear = end - data;
	__u64 bytes = xdpx_frags ? bpf_xdp_get_buff_len(ctx) : linear;
	__u32 sort = sort_of(linear, bytes);
	struct xdpx_probe_result *result;

	if (linear < ETHERNET_HEADER)
		return XDP_PASS;
	result = bpf_map_lookup_elem(&xdpx_results, &sort);
	if (!result || result->done)
		return XDP_PASS;

	result->bytes = bytes;
	meta_try(ctx, result);
	head_try(ctx, result);
	if (bytes == linear && bytes <= xdpx_tail_bytes)
		tail_try(ctx, result);
	result->done = 1;
	return XDP_PASS;
}

char xdpx_license[] SEC("license") = "Dual BSD/GPL";

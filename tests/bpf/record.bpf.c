/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writes a record in front of each packet, which says how long it is, and hands both to user space. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#define TAG 0x58445058

struct record {
	__u32 length;
	__u32 tag;
};

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
	__uint(max_entries, 4);
} sockets SEC(".maps");

SEC("xdp.frags")
int note(struct xdp_md *ctx)
{
	struct record *record;
	void *data;

	if (bpf_xdp_adjust_meta(ctx, -(int)sizeof(*record)))
		return XDP_DROP;
	record = (void *)(long)ctx->data_meta;
	data = (void *)(long)ctx->data;
	if ((void *)(record + 1) > data)
		return XDP_DROP;
	record->length = (__u32)bpf_xdp_get_buff_len(ctx);
	record->tag = TAG;
	return bpf_redirect_map(&sockets, ctx->rx_queue_index, XDP_DROP);
}

char test_license[] SEC("license") = "Dual BSD/GPL";

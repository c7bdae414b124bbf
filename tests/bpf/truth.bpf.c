/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Programs that try what the library says of a device, each one thing, on the marked packets of a test. */
#include "truth.h"

#include <linux/bpf.h>
#include <stdbool.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <linux/if_ether.h>

struct truth truth;

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
	__uint(max_entries, 1);
} target SEC(".maps");

/* The kernel's BTF tells what it holds; only the name must agree. */
enum xdp_rss_hash_type { HASH_NONE };

extern int bpf_xdp_metadata_rx_timestamp(const struct xdp_md *ctx, __u64 *timestamp) __ksym __weak;
extern int bpf_xdp_metadata_rx_hash(const struct xdp_md *ctx, __u32 *hash, enum xdp_rss_hash_type *type) __ksym __weak;
extern int bpf_xdp_metadata_rx_vlan_tag(const struct xdp_md *ctx, __be16 *protocol, __u16 *tci) __ksym __weak;

/* Counts the packet, if it is a test's. */
static bool marked(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	__u64 *mark = (void *)(long)ctx->data + TRUTH_MARK_AT;

	if ((void *)(mark + 1) > end || *mark != TRUTH_MARK)
		return false;
	truth.linear = ctx->data_end - ctx->data;
	truth.queue = ctx->rx_queue_index;
	truth.seen++;
	return true;
}

SEC("xdp")
int count(struct xdp_md *ctx)
{
	marked(ctx);
	return XDP_PASS;
}

SEC("xdp")
int measure(struct xdp_md *ctx)
{
	if (marked(ctx))
		truth.length = bpf_xdp_get_buff_len(ctx);
	return XDP_PASS;
}

/* Back to where it came from. Once: on lo it arrives again. */
SEC("xdp")
int bounce(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	unsigned char address[ETH_ALEN];

	if (!marked(ctx) || truth.seen > 1 || (void *)(eth + 1) > end)
		return XDP_PASS;
	if (eth->h_proto == bpf_htons(ETH_P_IP)) {
		__builtin_memcpy(address, eth->h_dest, ETH_ALEN);
		__builtin_memcpy(eth->h_dest, eth->h_source, ETH_ALEN);
		__builtin_memcpy(eth->h_source, address, ETH_ALEN);
	}
	return XDP_TX;
}

SEC("xdp")
int redirect(struct xdp_md *ctx)
{
	if (!marked(ctx) || truth.seen > 1)
		return XDP_PASS;
	return bpf_redirect_map(&target, 0, 0);
}

SEC("xdp")
int meta(struct xdp_md *ctx)
{
	if (marked(ctx))
		truth.result = bpf_xdp_adjust_meta(ctx, -truth.amount);
	return XDP_PASS;
}

SEC("xdp")
int head(struct xdp_md *ctx)
{
	if (!marked(ctx))
		return XDP_PASS;
	truth.result = bpf_xdp_adjust_head(ctx, -truth.amount);
	if (!truth.result)
		bpf_xdp_adjust_head(ctx, truth.amount);
	return XDP_PASS;
}

SEC("xdp")
int tail(struct xdp_md *ctx)
{
	if (!marked(ctx))
		return XDP_PASS;
	truth.result = bpf_xdp_adjust_tail(ctx, truth.amount);
	if (!truth.result)
		bpf_xdp_adjust_tail(ctx, -truth.amount);
	return XDP_PASS;
}

SEC("xdp")
int hint_time(struct xdp_md *ctx)
{
	__u64 timestamp;

	if (marked(ctx))
		truth.time = bpf_xdp_metadata_rx_timestamp(ctx, &timestamp);
	return XDP_PASS;
}

SEC("xdp")
int hint_hash(struct xdp_md *ctx)
{
	enum xdp_rss_hash_type type;
	__u32 hash;

	if (marked(ctx))
		truth.hash = bpf_xdp_metadata_rx_hash(ctx, &hash, &type);
	return XDP_PASS;
}

SEC("xdp")
int hint_vlan(struct xdp_md *ctx)
{
	__be16 protocol;
	__u16 tci = 0;

	if (!marked(ctx))
		return XDP_PASS;
	truth.vlan = bpf_xdp_metadata_rx_vlan_tag(ctx, &protocol, &tci);
	truth.vlan_tag = tci;
	return XDP_PASS;
}

/* On the sender's side: a tag beside the packet, as a device takes it off, and not in it. */
SEC("tc")
int tag(struct __sk_buff *skb)
{
	bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), 7);
	return 0;
}

/* What this device receives, another one does. */
SEC("tc")
int feed(struct __sk_buff *skb)
{
	return bpf_redirect(truth.amount, BPF_F_INGRESS);
}

char test_license[] SEC("license") = "Dual BSD/GPL";

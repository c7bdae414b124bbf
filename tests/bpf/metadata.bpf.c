/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Programs that ask the driver for what it knows of a packet. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

enum xdp_rss_hash_type;

extern int bpf_xdp_metadata_rx_timestamp(const struct xdp_md *ctx, __u64 *timestamp) __ksym;
extern int bpf_xdp_metadata_rx_hash(const struct xdp_md *ctx, __u32 *hash, enum xdp_rss_hash_type *type) __ksym;
extern int bpf_xdp_metadata_rx_vlan_tag(const struct xdp_md *ctx, __be16 *protocol, __u16 *tag) __ksym __weak;
extern int xdpx_test_no_such_weak_function(const struct xdp_md *ctx) __ksym __weak;

const volatile __u32 asking;

SEC("xdp")
int timestamp(struct xdp_md *ctx)
{
	__u64 time;

	return bpf_xdp_metadata_rx_timestamp(ctx, &time) ? XDP_PASS : XDP_DROP;
}

SEC("xdp")
int hash_and_vlan(struct xdp_md *ctx)
{
	__be16 protocol;
	__u32 hash;
	__u16 tag;
	int type;

	if (bpf_xdp_metadata_rx_hash(ctx, &hash, (enum xdp_rss_hash_type *)&type))
		return XDP_PASS;
	return bpf_xdp_metadata_rx_vlan_tag(ctx, &protocol, &tag) ? XDP_PASS : XDP_DROP;
}

SEC("xdp")
int only_if_asked(struct xdp_md *ctx)
{
	__u64 time;

	if (asking)
		bpf_xdp_metadata_rx_timestamp(ctx, &time);
	return XDP_PASS;
}

SEC("xdp")
int missing_and_weak(struct xdp_md *ctx)
{
	if (asking)
		return xdpx_test_no_such_weak_function(ctx);
	return XDP_PASS;
}

char test_license[] SEC("license") = "Dual BSD/GPL";

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Hands packets to chosen protocols and ports to the AF_XDP socket of their queue, and all others to the stack. */
#include <linux/bpf.h>

#include "../lib/xsk/traffic.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <stdbool.h>

/* More VLAN tags or extension headers than these, and the packet goes to the network stack. */
#define VLAN_TAGS 2
#define EXTENSIONS 8

/* Tags and extension headers of full length are less: masking changes no offset, and spares the verifier most sums. */
#define OFFSET_MASK 0x7fff

#define QINQ_OLD 0x9100
#define IPV4_FRAGMENT 0x3fff /* the bit that more follow, and the offset */
#define IPV6_FRAGMENT 0xfff9
#ifndef IPPROTO_DCCP
#define IPPROTO_DCCP 33
#endif
#ifndef IPPROTO_UDPLITE
#define IPPROTO_UDPLITE 136
#endif

struct vlan_tag {
	__be16 tci;
	__be16 type;
};

/* What all extension headers begin with; the fragment's has its offset behind it. */
struct extension {
	__u8 next;
	__u8 length;
	__be16 fragment;
};

struct ports {
	__be16 source;
	__be16 destination;
};

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
	__uint(max_entries, 64); /* the library sets the device's queue count before loading */
} xdpx_xsks SEC(".maps");

/* What is in it is taken, whatever the value. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct xdpx_filter_key);
	__type(value, xdpx_filter_value);
	__uint(max_entries, 1024); /* the library sets the count of ports, or puts the application's map in its place */
} xdpx_traffic SEC(".maps");

/* Set before loading; 0: packets begin with their IP header, as those of a tun do. */
const volatile __u32 xdpx_ethernet = 1;

/* The header at this offset, or NULL where the packet, or its first buffer, ends before it does. */
static __always_inline void *header_at(const struct xdp_md *ctx, __u64 offset, __u64 bytes)
{
	void *header = (void *)(long)ctx->data + offset;
	void *end = (void *)(long)ctx->data_end;

	return header + bytes > end ? NULL : header;
}

static __always_inline bool is_vlan(__be16 type)
{
	return type == bpf_htons(ETH_P_8021Q) || type == bpf_htons(ETH_P_8021AD) || type == bpf_htons(QINQ_OLD);
}

/* What comes behind the Ethernet header and its tags: the EtherType, 0 when nothing whole does. */
static __always_inline __be16 ethernet_skip(const struct xdp_md *ctx, __u64 *offset)
{
	const struct ethhdr *ethernet = header_at(ctx, 0, sizeof(*ethernet));
	const struct vlan_tag *tag;
	__be16 type;
	int tags;

	if (!ethernet)
		return 0;
	type = ethernet->h_proto;
	*offset = sizeof(*ethernet);
	for (tags = 0; tags < VLAN_TAGS && is_vlan(type); tags++) {
		tag = header_at(ctx, *offset, sizeof(*tag));
		if (!tag)
			return 0;
		type = tag->type;
		*offset += sizeof(*tag);
	}
	return type;
}

static __always_inline __be16 version_read(const struct xdp_md *ctx)
{
	const __u8 *first = header_at(ctx, 0, 1);

	if (!first)
		return 0;
	return *first >> 4 == 6 ? bpf_htons(ETH_P_IPV6) : bpf_htons(ETH_P_IP);
}

/* The protocol of a packet that is whole, in `key`, and where its header begins. False: it is for the stack. */
static __always_inline bool ipv4_read(const struct xdp_md *ctx, __u64 *offset, struct xdpx_filter_key *key)
{
	const struct iphdr *ip = header_at(ctx, *offset, sizeof(*ip));

	if (!ip || ip->version != 4 || ip->ihl < 5 || ip->frag_off & bpf_htons(IPV4_FRAGMENT))
		return false;
	key->protocol = ip->protocol;
	*offset += ip->ihl * 4;
	return true;
}

static __always_inline bool is_extension(__u8 protocol)
{
	return protocol == IPPROTO_HOPOPTS || protocol == IPPROTO_ROUTING || protocol == IPPROTO_DSTOPTS ||
	       protocol == IPPROTO_FRAGMENT || protocol == IPPROTO_AH;
}

static __always_inline __u64 extension_bytes(__u8 protocol, const struct extension *header)
{
	if (protocol == IPPROTO_FRAGMENT)
		return 8;
	if (protocol == IPPROTO_AH)
		return (header->length + 2) * 4;
	return (header->length + 1) * 8;
}

static __always_inline bool ipv6_read(const struct xdp_md *ctx, __u64 *offset, struct xdpx_filter_key *key)
{
	const struct ipv6hdr *ip = header_at(ctx, *offset, sizeof(*ip));
	const struct extension *header;
	__u8 protocol;
	int count;

	if (!ip || ip->version != 6)
		return false;
	protocol = ip->nexthdr;
	*offset += sizeof(*ip);
	for (count = 0; count < EXTENSIONS && is_extension(protocol); count++) {
		header = header_at(ctx, *offset, sizeof(*header));
		if (!header || (protocol == IPPROTO_FRAGMENT && header->fragment & bpf_htons(IPV6_FRAGMENT)))
			return false;
		*offset = (*offset + extension_bytes(protocol, header)) & OFFSET_MASK;
		protocol = header->next;
	}
	key->protocol = protocol;
	return !is_extension(protocol);
}

static __always_inline bool has_ports(__u8 protocol)
{
	return protocol == IPPROTO_UDP || protocol == IPPROTO_TCP || protocol == IPPROTO_SCTP ||
	       protocol == IPPROTO_DCCP || protocol == IPPROTO_UDPLITE;
}

static __always_inline bool key_read(const struct xdp_md *ctx, struct xdpx_filter_key *key)
{
	const struct ports *ports;
	__u64 offset = 0;
	__be16 type = xdpx_ethernet ? ethernet_skip(ctx, &offset) : version_read(ctx);
	bool whole = false;

	if (type == bpf_htons(ETH_P_IP))
		whole = ipv4_read(ctx, &offset, key);
	else if (type == bpf_htons(ETH_P_IPV6))
		whole = ipv6_read(ctx, &offset, key);
	if (!whole || !has_ports(key->protocol))
		return whole;

	ports = header_at(ctx, offset, sizeof(*ports));
	if (!ports)
		return false;
	key->port = bpf_ntohs(ports->destination);
	return true;
}

/*
 * Fragments are for the stack, the first one too, though it has ports: who gets one part only gets no packet.
 * Not SEC("xdp.frags"): the library sets the flag where the kernel knows it (5.18), and libbpf would insist on it.
 */
SEC("xdp")
int xdpx_filter(struct xdp_md *ctx)
{
	struct xdpx_filter_key key = {0};

	if (!key_read(ctx, &key) || !bpf_map_lookup_elem(&xdpx_traffic, &key))
		return XDP_PASS;
	return bpf_redirect_map(&xdpx_xsks, ctx->rx_queue_index, XDP_PASS);
}

char xdpx_license[] SEC("license") = "Dual BSD/GPL";

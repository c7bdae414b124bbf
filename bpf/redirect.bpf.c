/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Hands each packet to the AF_XDP socket of the queue it came in on; without one, to the network stack. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
	__uint(max_entries, 64); /* the library sets the device's queue count before loading */
} xdpx_xsks SEC(".maps");

/*
 * The action in the flags (5.3) is taken where the map has no socket: no lookup of our own is needed.
 * Not SEC("xdp.frags"): the library sets the flag where the kernel knows it (5.18), and libbpf would insist on it.
 */
SEC("xdp")
int xdpx_redirect(struct xdp_md *ctx)
{
	return bpf_redirect_map(&xdpx_xsks, ctx->rx_queue_index, XDP_PASS);
}

char xdpx_license[] SEC("license") = "Dual BSD/GPL";

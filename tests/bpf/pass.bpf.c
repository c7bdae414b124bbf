/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Lets each packet pass; takes packets of one buffer only. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("xdp")
int test_pass(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char test_license[] SEC("license") = "Dual BSD/GPL";

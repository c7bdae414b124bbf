/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Lets each packet pass, also one of several buffers. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("xdp.frags")
int test_frags(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char test_license[] SEC("license") = "Dual BSD/GPL";

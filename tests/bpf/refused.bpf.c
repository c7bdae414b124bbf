/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads the packet without asking how long it is: the verifier refuses it. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("xdp")
int test_refused(struct xdp_md *ctx)
{
	return *(__u8 *)(long)ctx->data;
}

char test_license[] SEC("license") = "Dual BSD/GPL";

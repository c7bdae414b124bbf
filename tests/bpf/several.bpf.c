/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Two XDP programs, one that the verifier would refuse, and one for another hook. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("xdp")
int test_first(struct xdp_md *ctx)
{
	return XDP_DROP;
}

SEC("xdp")
int test_second(struct xdp_md *ctx)
{
	return *(__u8 *)(long)ctx->data;
}

SEC("tc")
int test_tc(struct __sk_buff *ctx)
{
	return 0;
}

char test_license[] SEC("license") = "Dual BSD/GPL";

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Calls a function that no kernel has. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

extern int xdpx_test_no_such_function(const struct xdp_md *ctx) __ksym;

SEC("xdp")
int missing(struct xdp_md *ctx)
{
	return xdpx_test_no_such_function(ctx);
}

char test_license[] SEC("license") = "Dual BSD/GPL";

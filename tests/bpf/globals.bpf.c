/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Returns what its globals add up to, and counts its runs in a map. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 2);
} test_runs SEC(".maps");

const volatile __u32 in_rodata = 1; /* read-only data */
volatile __u32 in_data = 10;
volatile __u32 in_bss;
volatile __u64 wide;

SEC("xdp")
int test_globals(struct xdp_md *ctx)
{
	__u32 slot = 1;
	__u64 *runs = bpf_map_lookup_elem(&test_runs, &slot);

	if (runs)
		__sync_fetch_and_add(runs, 1);
	return in_rodata + in_data + in_bss + (__u32)wide;
}

char test_license[] SEC("license") = "Dual BSD/GPL";

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Programs of which each needs something else, directly or through what it calls. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#define MAP(map_type, name)             \
	struct {                        \
		__uint(type, map_type); \
		__type(key, __u32);     \
		__type(value, __u32);   \
		__uint(max_entries, 4); \
	} name SEC(".maps")

MAP(BPF_MAP_TYPE_DEVMAP, devices);
MAP(BPF_MAP_TYPE_DEVMAP_HASH, named_devices);
MAP(BPF_MAP_TYPE_CPUMAP, processors);
MAP(BPF_MAP_TYPE_XSKMAP, sockets);
MAP(BPF_MAP_TYPE_PROG_ARRAY, programs);

const volatile __u32 redirecting;
volatile __u32 redirecting_now;

SEC("xdp")
int constants(struct xdp_md *ctx)
{
	return ctx->rx_queue_index == 3 ? XDP_PASS : XDP_DROP;
}

SEC("xdp")
int computed(struct xdp_md *ctx)
{
	if (ctx->rx_queue_index == 3)
		return XDP_PASS;
	return ctx->ingress_ifindex;
}

static __attribute__((noinline)) int verdict_static(struct xdp_md *ctx)
{
	if (ctx->rx_queue_index == 3)
		return XDP_TX;
	return bpf_xdp_adjust_head(ctx, 4) ? XDP_ABORTED : XDP_PASS;
}

SEC("xdp")
int in_static_function(struct xdp_md *ctx)
{
	return verdict_static(ctx);
}

__attribute__((noinline)) int verdict_global(struct xdp_md *ctx)
{
	return bpf_redirect(ctx->ingress_ifindex, 0);
}

SEC("xdp")
int in_global_function(struct xdp_md *ctx)
{
	return verdict_global(ctx);
}

SEC("xdp")
int to_devices(struct xdp_md *ctx)
{
	if (ctx->rx_queue_index == 3)
		return bpf_redirect_map(&named_devices, 0, XDP_DROP);
	return bpf_redirect_map(&devices, 0, XDP_PASS);
}

SEC("xdp")
int to_processors(struct xdp_md *ctx)
{
	return bpf_redirect_map(&processors, 0, ctx->rx_queue_index);
}

SEC("xdp")
int to_sockets(struct xdp_md *ctx)
{
	return bpf_redirect_map(&sockets, ctx->rx_queue_index, XDP_PASS);
}

SEC("xdp")
int to_programs(struct xdp_md *ctx)
{
	bpf_tail_call(ctx, &programs, 0);
	return XDP_PASS;
}

SEC("xdp")
int if_constant(struct xdp_md *ctx)
{
	if (redirecting)
		return bpf_redirect(redirecting, 0);
	return XDP_PASS;
}

SEC("xdp")
int if_variable(struct xdp_md *ctx)
{
	if (redirecting_now)
		return bpf_redirect(redirecting_now, 0);
	return XDP_PASS;
}

SEC("xdp.frags")
int other_lengths(struct xdp_md *ctx)
{
	__u32 word = 0;

	if (bpf_xdp_adjust_meta(ctx, -4) || bpf_xdp_adjust_tail(ctx, -4) ||
	    bpf_xdp_load_bytes(ctx, 0, &word, sizeof(word)))
		return XDP_DROP;
	return XDP_PASS;
}

static long redirect_once(__u32 at, void *arg)
{
	*(int *)arg = bpf_redirect(at, 0);
	return 1;
}

SEC("xdp")
int in_callback(struct xdp_md *ctx)
{
	int verdict = XDP_PASS;

	bpf_loop(1, redirect_once, &verdict, 0);
	return verdict;
}

SEC("xdp")
int routes(struct xdp_md *ctx)
{
	struct bpf_fib_lookup lookup = {.ifindex = ctx->ingress_ifindex};

	return bpf_fib_lookup(ctx, &lookup, sizeof(lookup), 0) ? XDP_PASS : XDP_DROP;
}

struct fitted {
	int present;
} __attribute__((preserve_access_index));

SEC("xdp")
int if_the_kernel_has(struct xdp_md *ctx)
{
	if (__builtin_preserve_type_info(*(struct fitted *)0, 0))
		return XDP_DROP;
	return XDP_TX;
}

char test_license[] SEC("license") = "Dual BSD/GPL";

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Numbers packets and sends them out of a device: run on live frames, it is a sender as fast as a kernel has one. While
 * the receiver is a window behind, or the rate is reached, it sends nothing.
 */
#include <linux/bpf.h>

#include "stamp.h"

#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct stamp_stream);
	__uint(max_entries, 1);
} streams SEC(".maps");

const volatile __u32 device;
const volatile __u16 stream_number;

static __attribute__((always_inline)) int may_send(struct stamp_stream *stream)
{
	__u64 number = stream->sent;
	__u64 passed;

	if (number >= stream->end || number - *(volatile __u64 *)&stream->seen >= stream->window)
		return 0;
	if (!stream->rate)
		return 1;
	if (!stream->begun_ns)
		stream->begun_ns = bpf_ktime_get_ns();
	passed = bpf_ktime_get_ns() - stream->begun_ns;
	return number < passed / 1000 * stream->rate / 1000000;
}

SEC("xdp")
int stamp(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data;
	unsigned char *end = (void *)(long)ctx->data_end;
	struct stamp *packet = (void *)(data + STAMP_AT);
	__u64 *words = (void *)(data + STAMP_BYTES);
	struct stamp_stream *stream;
	__u32 slot = 0;
	__u64 number;
	int at;

	stream = bpf_map_lookup_elem(&streams, &slot);
	if (!stream || data + STAMP_BYTES > end || !may_send(stream))
		return XDP_DROP;

	number = stream->sent;
	packet->stream = stream_number;
	packet->number = number;
	packet->digest = stamp_digest(stream_number, number);
	/* of many flows */
	*(__u16 *)(data + 34) = (__u16)packet->digest;
	if (data + STAMP_LONG_BYTES <= end)
		for (at = 0; at < STAMP_WORDS; at++)
			words[at] = stamp_word(packet->digest, at);
	*(volatile __u64 *)&stream->sent = number + 1;
	return bpf_redirect(device, 0);
}

char test_license[] SEC("license") = "Dual BSD/GPL";

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What lies in front of a packet: the kernel's struct xsk_tx_metadata on sending, a program's record on receiving. */
#include <xdpx/metadata.h>

#include "base/fail.h"
#include "base/opts.h"
#include "xsk/xsk.h"

#include <errno.h>
#include <string.h>
#include <xdpx/nic.h>

/* The kernel's struct xsk_tx_metadata: the time of sending takes the place of the request for a checksum. */
struct tx_metadata {
	uint64_t flags;
	union {
		struct {
			uint16_t csum_start;
			uint16_t csum_offset;
		};
		uint64_t sent_ns;
	};
	uint64_t launch_time; /* since 6.15 */
};

_Static_assert(sizeof(struct tx_metadata) == 24, "as the kernel has it");

#define WITHOUT_LAUNCH_TIME offsetof(struct tx_metadata, launch_time)
#define LARGEST 248
#define KNOWN (XDPX_TX_TIMESTAMP | XDPX_TX_CHECKSUM | XDPX_TX_LAUNCH_TIME)

int xdpx_tx_metadata_check(const struct xdpx_umem_opts *opts)
{
	uint32_t bytes = opts->tx_metadata;

	if (!bytes && opts->flags & XDPX_UMEM_TX_SW_CSUM)
		return xdpx_fail(-EINVAL, "umem.opts", "XDPX_UMEM_TX_SW_CSUM needs tx_metadata, for the requests");
	if (bytes && (bytes < WITHOUT_LAUNCH_TIME || bytes > LARGEST || bytes % 8))
		return xdpx_fail(-EINVAL, "umem.opts",
				 "tx_metadata is %u bytes; the kernel takes multiples of 8 from %zu to %u", bytes,
				 WITHOUT_LAUNCH_TIME, LARGEST);
	return 0;
}

static unsigned char *place(const struct xdpx_umem *umem, const struct xdpx_frame *frame)
{
	return (unsigned char *)umem->base + frame->addr - umem->tx_metadata;
}

static bool has_place(const struct xdpx_umem *umem, const struct xdpx_frame *frame)
{
	return umem->tx_metadata && frame->addr < umem->bytes && frame->addr % umem->frame_size >= umem->tx_metadata;
}

/* As much of it as there is: its end may be missing. */
static struct tx_metadata metadata_get(const struct xdpx_umem *umem, const struct xdpx_frame *frame)
{
	struct tx_metadata metadata = {0};

	memcpy(&metadata, place(umem, frame), xdpx_smaller(umem->tx_metadata, sizeof(metadata)));
	return metadata;
}

static const char *why_not(const struct xdpx_umem *umem, const struct tx_metadata *metadata, uint32_t length)
{
	if (metadata->flags & ~KNOWN)
		return "the request in front of it has flags that are not known";
	if (metadata->flags & XDPX_TX_LAUNCH_TIME && umem->tx_metadata < sizeof(*metadata))
		return "a launch time needs tx_metadata of 24 bytes";
	if (metadata->flags & XDPX_TX_CHECKSUM &&
	    (uint32_t)metadata->csum_start + metadata->csum_offset + sizeof(uint16_t) > length)
		return "the checksum that is asked for lies behind its end";
	return NULL;
}

const char *xdpx_tx_request_check(const struct xdpx_xsk *xsk, const struct xdpx_frame *frame)
{
	const struct xdpx_umem *umem = xsk->umem;
	struct tx_metadata metadata;
	const char *why;

	if (!umem->tx_metadata)
		return "requests need a UMEM with tx_metadata";
	metadata = metadata_get(umem, frame);
	why = why_not(umem, &metadata, frame->len);
	if (!why && metadata.flags & ~xsk->tx.requests)
		return metadata.flags & ~xsk->tx.requests & XDPX_TX_LAUNCH_TIME
			       ? "the device has no launch time"
			       : "the device can't do with zero-copy what is asked for";
	return why;
}

void xdpx_tx_request_forget(const struct xdpx_umem *umem, const struct xdpx_frame *frame)
{
	uint64_t none = 0;

	if (has_place(umem, frame))
		memcpy(place(umem, frame), &none, sizeof(none));
}

uint64_t xdpx_tx_requests_possible(const struct xdpx_xsk *xsk, const struct xdpx_nic *nic)
{
	static const struct {
		uint64_t request;
		enum xdpx_feature feature;
		bool kernel; /* it does without the device where it copies */
	} requests[] = {
		{XDPX_TX_TIMESTAMP, XDPX_FEATURE_TX_TIMESTAMP, true},
		{XDPX_TX_CHECKSUM, XDPX_FEATURE_TX_CHECKSUM, true},
		/* A kernel that doesn't know it gets stuck: one whose device has it does. */
		{XDPX_TX_LAUNCH_TIME, XDPX_FEATURE_TX_LAUNCH_TIME, false},
	};
	uint64_t possible = 0;
	size_t at;

	for (at = 0; xsk->umem->tx_metadata && at < sizeof(requests) / sizeof(requests[0]); at++)
		if ((requests[at].kernel && !xsk->zerocopy) || xdpx_nic_can(nic, requests[at].feature) == XDPX_YES)
			possible |= requests[at].request;
	return possible;
}

static int frame_check(const struct xdpx_umem *umem, const struct xdpx_frame *frame)
{
	if (!umem->tx_metadata) {
		xdpx_fail(-EINVAL, "frame.request", "the UMEM has no room for requests in front of packets");
		xdpx_fail_hint("make it with .tx_metadata = 24");
		return -EINVAL;
	}
	if (!has_place(umem, frame))
		return xdpx_fail(-EINVAL, "frame.request",
				 "the frame at 0x%llx has not the %u bytes for a request in front of it",
				 (unsigned long long)frame->addr, umem->tx_metadata);
	return 0;
}

int xdpx_frame_request(struct xdpx_umem *umem, struct xdpx_frame *frame, const struct xdpx_tx_request *user_request)
{
	struct xdpx_tx_request request = {0};
	struct tx_metadata metadata = {0};
	const char *why;
	int err;

	err = xdpx_opts_take(&request, sizeof(request), user_request, "frame.request");
	if (!err)
		err = frame_check(umem, frame);
	if (err)
		return err;

	metadata.flags = request.flags;
	if (request.flags & XDPX_TX_CHECKSUM) {
		metadata.csum_start = request.csum_start;
		metadata.csum_offset = request.csum_offset;
	}
	metadata.launch_time = request.launch_time;
	why = why_not(umem, &metadata, frame->len);
	if (why)
		return xdpx_fail(-EINVAL, "frame.request", "of the frame at 0x%llx, %u bytes long: %s",
				 (unsigned long long)frame->addr, frame->len, why);

	memcpy(place(umem, frame), &metadata, xdpx_smaller(umem->tx_metadata, sizeof(metadata)));
	frame->options &= ~XDPX_FRAME_TX_METADATA;
	if (request.flags)
		frame->options |= XDPX_FRAME_TX_METADATA;
	return 0;
}

uint64_t xdpx_frame_sent_ns(const struct xdpx_umem *umem, const struct xdpx_frame *frame)
{
	struct tx_metadata metadata;

	if (!has_place(umem, frame))
		return 0;
	metadata = metadata_get(umem, frame);
	/* Without an answer the request for a checksum is still there, which fills 32 bits: four seconds of 1970. */
	return metadata.flags & XDPX_TX_TIMESTAMP && metadata.sent_ns > UINT32_MAX ? metadata.sent_ns : 0;
}

const void *xdpx_frame_metadata(const struct xdpx_umem *umem, const struct xdpx_frame *frame, uint32_t *room)
{
	uint32_t before = (uint32_t)(frame->addr % umem->frame_size);
	bool inside = frame->addr < umem->bytes;

	if (room)
		*room = inside && before > umem->headroom ? before - umem->headroom : 0;
	return inside ? (const unsigned char *)umem->base + frame->addr : NULL;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Packets of several frames: where one ends in a list of frames, and which can be sent. */
#include "xsk/xsk.h"

#include <linux/if_xdp.h>
#include <xdpx/nic.h>

/* The kernel's: MAX_SKB_FRAGS as it is unless configured otherwise, and the frame that the packet begins with. */
#define PACKET_FRAMES 18

unsigned int xdpx_frames_next_packet(const struct xdpx_frame *frames, unsigned int count, unsigned int at)
{
	while (at < count && frames[at].options & XDPX_FRAME_CONTINUES)
		at++;
	return at < count ? at + 1 : count;
}

uint32_t xdpx_packets_whole(const struct xdpx_ring *ring, uint32_t count, uint32_t max)
{
	uint32_t whole = count;

	while (whole && ring->frames[(ring->own + whole - 1) & ring->mask].options & XDPX_FRAME_CONTINUES)
		whole--;
	if (!whole && (count == max || count == xdpx_ring_size(ring)))
		return count;
	return whole;
}

static const char *place_why_not(const struct xdpx_umem *umem, const struct xdpx_frame *frame)
{
	uint64_t at = frame->addr % umem->frame_size;

	if (!frame->len)
		return "it is empty";
	if (frame->addr >= umem->bytes)
		return "it is not in the UMEM";
	if (at + frame->len > umem->frame_size)
		return "it crosses the end of its frame in the UMEM";
	if (at < umem->tx_metadata)
		return "there is no room for tx_metadata in front of it";
	return NULL;
}

static const char *frame_why_not(const struct xdpx_xsk *xsk, const struct xdpx_frame *frame)
{
	const char *why = place_why_not(xsk->umem, frame);

	if (why)
		return why;
	if (frame->options & ~(XDPX_FRAME_CONTINUES | XDPX_FRAME_TX_METADATA))
		return "it has options that are not known";
	if (frame->options & XDPX_FRAME_CONTINUES && xsk->tx.packet_frames < 2)
		return "packets of several frames need XDPX_XSK_MULTI_BUFFER";
	if (frame->options & XDPX_FRAME_TX_METADATA)
		return xdpx_tx_request_check(xsk, frame);
	return NULL;
}

struct xdpx_packet xdpx_packet_check(const struct xdpx_xsk *xsk, const struct xdpx_frame *frames, uint32_t count)
{
	struct xdpx_packet packet = {0};

	for (; packet.frames < count; packet.frames++) {
		packet.why_not = frame_why_not(xsk, &frames[packet.frames]);
		if (packet.why_not)
			return packet;
		if (!(frames[packet.frames].options & XDPX_FRAME_TX_METADATA))
			xdpx_tx_request_forget(xsk->umem, &frames[packet.frames]);
		if (!(frames[packet.frames].options & XDPX_FRAME_CONTINUES)) {
			packet.frames++;
			return packet;
		}
		if (packet.frames + 1 == xsk->tx.packet_frames) {
			packet.why_not = "its packet goes on after it, and has more frames than can be sent as one";
			return packet;
		}
	}
	packet.frames--;
	packet.why_not = "its packet goes on after it, but the rest was not given";
	return packet;
}

uint32_t xdpx_packet_limit(const struct xdpx_xsk *xsk, const struct xdpx_nic *nic)
{
	int64_t limit = xsk->zerocopy ? xdpx_nic_limit(nic, XDPX_LIMIT_ZEROCOPY_SEGMENTS) : PACKET_FRAMES;

	if (!(xsk->opts.flags & XDPX_XSK_MULTI_BUFFER))
		return 1;
	if (limit < 1 || limit > PACKET_FRAMES)
		limit = PACKET_FRAMES;
	return xdpx_smaller((uint32_t)limit, xsk->tx.limit);
}

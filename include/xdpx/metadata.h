/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/**
 * @file xdpx/metadata.h
 * What lies in front of a packet: what a program or a driver has left there on receiving, and on sending what the
 * device is asked to do, and its answer.
 */
#ifndef XDPX_METADATA_H
#define XDPX_METADATA_H

#include <xdpx/umem.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Tell when the packet was sent: xdpx_frame_sent_ns(). Without zero-copy it is the kernel's clock, not the device's.
 */
#define XDPX_TX_TIMESTAMP (1ULL << 0)
/** Complete the packet's checksum: see `csum_start`. */
#define XDPX_TX_CHECKSUM (1ULL << 1)
/** Send the packet at `launch_time`. Since Linux 6.15, by devices with XDPX_FEATURE_TX_LAUNCH_TIME. */
#define XDPX_TX_LAUNCH_TIME (1ULL << 2)

/** What a device is asked to do with a packet that it sends. */
struct xdpx_tx_request {
	size_t size;	      /**< sizeof(struct xdpx_tx_request) */
	uint64_t flags;	      /**< XDPX_TX_ flags */
	uint16_t csum_start;  /**< with XDPX_TX_CHECKSUM: where in the packet to begin, as at the TCP or UDP header */
	uint16_t csum_offset; /**< and where from there the 16 bits of the checksum are; they must hold the sum of the
				 pseudo-header, not complemented */
	uint32_t reserved;    /**< 0 */
	uint64_t launch_time; /**< with XDPX_TX_LAUNCH_TIME: nanoseconds of the device's clock */
};

/**
 * Asks something of the device for one packet: writes it in front of the packet, and sets XDPX_FRAME_TX_METADATA.
 *
 * The UMEM must have been made with `tx_metadata`. The answer overwrites the request, so each sending needs a new one.
 * Of a packet of several frames, ask for the first, whose length must hold the checksum. Whether the device can do it
 * shows on sending: what it can't do is refused there.
 *
 * @param umem     the frame's memory
 * @param frame    the frame, with its `addr` and `len`; `options` are changed
 * @param request  what to do; NULL or without flags: nothing, after all
 * @return 0, or
 *         -EINVAL: the UMEM has no `tx_metadata`, or less than a launch time needs (24); the frame lies outside of it,
 *                  or has less than `tx_metadata` bytes in front of it; the checksum is not inside the frame; bad
 *                  flags; `size` is 0
 *         -E2BIG: the request is that of a newer library, and something in it is set that this one does not know
 * @since 0.1
 */
XDPX_API int xdpx_frame_request(struct xdpx_umem *umem, struct xdpx_frame *frame,
				const struct xdpx_tx_request *request);

/**
 * When a frame's packet was sent, for which XDPX_TX_TIMESTAMP had asked: of frames from xdpx_xsk_complete_frames(),
 * until they are written to again.
 *
 * @param umem   the frame's memory
 * @param frame  the frame
 * @return nanoseconds of the device's clock, or with copies of the kernel's (CLOCK_TAI); 0 when it was not asked for,
 * or the device did not say
 * @since 0.1
 */
XDPX_API uint64_t xdpx_frame_sent_ns(const struct xdpx_umem *umem, const struct xdpx_frame *frame);

/**
 * Where the metadata of a received packet ends, and how much there can be.
 *
 * Nothing tells whether there is any, and how long it is: that is between the application and the program or driver
 * that writes it. Of a packet of several frames the first has it.
 *
 * @param umem   the frame's memory
 * @param frame  the frame, as received
 * @param room   out: how many bytes in front of the end may be metadata, which is more than any has; may be NULL
 * @return the byte behind the last of the metadata, which is the packet's first; NULL, and no room, when the frame lies
 *         outside of the memory
 * @since 0.1
 */
XDPX_API const void *xdpx_frame_metadata(const struct xdpx_umem *umem, const struct xdpx_frame *frame, uint32_t *room);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/**
 * @file xdpx/umem.h
 * Packet memory for AF_XDP, and the pool of its frames.
 *
 * A UMEM is a piece of memory cut into frames of one size. At any time a frame is in one place: free in the pool, with
 * the kernel (fill, receive, transmit or completion ring), or held by the application. What the application holds is
 * its own for as long as it likes, and it gives frames back in any order from any thread.
 */
#ifndef XDPX_UMEM_H
#define XDPX_UMEM_H

#include <xdpx/api.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Packet memory with its frame pool. */
struct xdpx_umem;

/**
 * A packet, or the room for one: equals the kernel's struct xdp_desc, and is frozen for good.
 *
 * `addr` is where the packet starts, which for received packets lies some way inside the frame (headroom and
 * metadata). Every call that takes a frame accepts any address inside it.
 */
struct xdpx_frame {
	uint64_t addr;	  /**< where the packet starts, in bytes from the start of the UMEM */
	uint32_t len;	  /**< length of the packet in bytes */
	uint32_t options; /**< XDPX_FRAME_ flags, which are the kernel's descriptor options; 0 for a plain packet */
};

/** In a frame's `options`: the packet goes on in the next frame. */
#define XDPX_FRAME_CONTINUES (1U << 0)

/**
 * The memory lies in a memfd, which other processes can map: xdpx_umem_fd() gives it. It is sealed against shrinking
 * and growing (F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_SEAL): whoever gets it can read and write all packets, but can't end
 * the other processes by taking the memory away.
 */
#define XDPX_UMEM_MEMFD (UINT64_C(1) << 3)

/** Options of xdpx_umem_new(). */
struct xdpx_umem_opts {
	size_t size;	      /**< sizeof(struct xdpx_umem_opts) */
	uint64_t flags;	      /**< XDPX_UMEM_ flags */
	uint32_t frame_count; /**< how many frames; 0: 4096 */
	uint32_t frame_size;  /**< bytes in a frame, 2048 or 4096; 0: 4096 */
	uint32_t headroom;    /**< bytes that are kept free before each packet for the application, beside the kernel's
				 256;    it and the kernel's must leave room for a packet */
	uint32_t reserved;    /**< 0 */
};

/**
 * Allocates packet memory.
 *
 * @param opts  options, or NULL for the defaults
 * @param umem  out: the memory, to be freed with xdpx_umem_close() or xdpx_umem_free(); untouched on failure
 * @return 0, or
 *         -EINVAL: bad options; the message names the one and its limits
 *         -E2BIG: the options are those of a newer library, and one that this one does not know is set
 *         -ENOMEM: out of memory
 *         another: the kernel makes no memfd; the message says why
 * @since 0.1
 */
XDPX_API int xdpx_umem_new(const struct xdpx_umem_opts *opts, struct xdpx_umem **umem);

/**
 * Frees packet memory that nobody uses.
 *
 * @param umem  the memory, or NULL
 * @return 0, or
 *         -EBUSY: frames are held by the application, or sockets are open on it; the message says how many; nothing is
 *                 freed
 * @since 0.1
 */
XDPX_API int xdpx_umem_close(struct xdpx_umem *umem);

/**
 * Frees packet memory though frames of it may be held; those must not be touched afterwards.
 *
 * Sockets that are still open on it keep the memory until the last of them is closed.
 *
 * @param umem  the memory, or NULL
 * @since 0.1
 */
XDPX_API void xdpx_umem_free(struct xdpx_umem *umem);

/**
 * Where the packet memory starts; for xdpx_frame_data().
 *
 * @param umem  the memory
 * @return its start; stays the same for the life of `umem`
 * @since 0.1
 */
XDPX_API void *xdpx_umem_base(const struct xdpx_umem *umem);

/**
 * The memfd that the memory lies in: to be passed to another process. It belongs to `umem`, which closes it.
 *
 * @param umem  the memory
 * @return the descriptor, or
 *         -ENOENT: there is none, as the memory was not made with XDPX_UMEM_MEMFD
 * @since 0.1
 */
XDPX_API int xdpx_umem_fd(const struct xdpx_umem *umem);

/**
 * How many bytes a frame has.
 *
 * @param umem  the memory
 * @return the size in bytes
 * @since 0.1
 */
XDPX_API uint32_t xdpx_umem_frame_size(const struct xdpx_umem *umem);

/**
 * How many frames the memory has.
 *
 * @param umem  the memory
 * @return the count
 * @since 0.1
 */
XDPX_API uint32_t xdpx_umem_frame_count(const struct xdpx_umem *umem);

/**
 * How many frames are free in the pool. Any thread may ask; while others take and release, it is a moment's value.
 *
 * @param umem  the memory
 * @return the count
 * @since 0.1
 */
XDPX_API uint32_t xdpx_umem_free_count(const struct xdpx_umem *umem);

/**
 * How many frames the application holds: received or taken, and not yet released or sent.
 *
 * Exact while no other thread is inside a call on this UMEM or its sockets.
 *
 * @param umem  the memory
 * @return the count
 * @since 0.1
 */
XDPX_API uint32_t xdpx_umem_held_count(const struct xdpx_umem *umem);

/**
 * Takes free frames, for sending.
 *
 * Any thread may call it. The frames' `addr` points behind the headroom that the UMEM was made with; `len` and
 * `options` are 0. The application writes the packet and its length.
 *
 * @param umem    the memory
 * @param frames  out: the frames taken
 * @param count   how many are wanted
 * @return how many were taken, 0 to `count`
 * @since 0.1
 */
XDPX_API unsigned int xdpx_frames_take(struct xdpx_umem *umem, struct xdpx_frame *frames, unsigned int count);

/**
 * Gives frames back. Any thread may call it, in any order; it never blocks.
 *
 * A frame must be released once. An address outside the UMEM is logged and otherwise ignored. The thread that
 * receives gives frames back faster with xdpx_xsk_release().
 *
 * @param umem    the memory
 * @param frames  the frames
 * @param count   how many
 * @since 0.1
 */
XDPX_API void xdpx_frames_release(struct xdpx_umem *umem, const struct xdpx_frame *frames, unsigned int count);

/**
 * The next packet in a list of frames, where packets may have several frames: XDPX_XSK_MULTI_BUFFER.
 *
 *     for (at = 0; at < count; at = next) {
 *             next = xdpx_frames_next_packet(frames, count, at);
 *             ... the packet is in frames[at] to frames[next - 1] ...
 *     }
 *
 * @param frames  the frames
 * @param count   how many
 * @param at      where a packet begins
 * @return where the next one begins: behind the first frame from `at` on without XDPX_FRAME_CONTINUES; `count` when
 * there is none, be it that the packet ends there or that its end is missing, as its last frame then tells
 * @since 0.1
 */
XDPX_API unsigned int xdpx_frames_next_packet(const struct xdpx_frame *frames, unsigned int count, unsigned int at);

/**
 * Where a frame's packet lies in this process.
 *
 * @param base   xdpx_umem_base() of the frame's UMEM
 * @param frame  the frame
 * @return its first byte
 * @since 0.1
 */
static inline void *xdpx_frame_data(void *base, const struct xdpx_frame *frame)
{
	return (unsigned char *)base + frame->addr;
}

/**
 * xdpx_frame_data() as a function, for bindings.
 *
 * @param base   xdpx_umem_base() of the frame's UMEM
 * @param frame  the frame
 * @return its first byte
 * @since 0.1
 */
XDPX_API void *xdpx_frame_address(void *base, const struct xdpx_frame *frame);

#ifdef __cplusplus
}
#endif

#endif

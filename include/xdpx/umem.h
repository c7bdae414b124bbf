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
/** In a frame's `options`: a request for the device lies in front of the packet; xdpx_frame_request() sets it. */
#define XDPX_FRAME_TX_METADATA (1U << 1)

/**
 * Frames of any size, one behind the other: for memory that is laid out already, such as an array of the application's
 * own packet buffers (`memory`, with `frame_size` for the distance of one to the next and `headroom` for what the
 * application has at the start of each). Takes a few more instructions a packet than aligned frames.
 *
 * With zero-copy the kernel uses no frame that lies in two pages, unless these follow upon one another for the device.
 * So sockets take copies, and XDPX_ZEROCOPY_REQUIRE is refused, unless the memory has XDPX_UMEM_HUGE_2M, or a page
 * holds a whole number of frames. Frames that lie in two huge pages stay out of use from the beginning.
 */
#define XDPX_UMEM_UNALIGNED (UINT64_C(1) << 0)

/**
 * The memory lies in pages of 2 MiB, which cost less to reach; where too few are free, in smaller ones, which the log
 * and xdpx_umem_memory_why() say. `sysctl vm.nr_hugepages=N` has the kernel keep some. The last page is used up whole,
 * however little of it is needed.
 */
#define XDPX_UMEM_HUGE_2M (UINT64_C(1) << 1)

/** As XDPX_UMEM_HUGE_2M, with pages of 1 GiB. With both flags, those of 2 MiB are second choice. */
#define XDPX_UMEM_HUGE_1G (UINT64_C(1) << 2)

/**
 * The memory lies in a memfd, which other processes can map: xdpx_umem_fd() gives it. It is sealed against shrinking
 * and growing (F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_SEAL): whoever gets it can read and write all packets, but can't end
 * the other processes by taking the memory away.
 */
#define XDPX_UMEM_MEMFD (UINT64_C(1) << 3)

/**
 * The memory comes from the NUMA node `numa_node`, as far as that has any: xdpx_umem_memory_why() says so. Only this
 * memory is concerned; the memory policy of thread and process stays as it is.
 */
#define XDPX_UMEM_NUMA_NODE (UINT64_C(1) << 4)

/**
 * For development: finds frames that are given away twice (released, or sent and released), addresses outside of the
 * memory, and frames that are written to after they were released. Each goes to the log (xdpx_log_set(), as
 * XDPX_LOG_WARN) with where in the application it happened and where the frame was given away before, and is counted:
 * xdpx_umem_stats(). A second release is not carried out; nothing ends the process.
 *
 * A released frame is filled with 0xdb, or with zeros under XDPX_UMEM_SCRUB, and looked at when it is used next: what
 * is written later than that isn't seen. Costs some microseconds a packet.
 */
#define XDPX_UMEM_DEBUG (UINT64_C(1) << 5)

/**
 * A frame that comes back, by release or after it was sent, is overwritten with zeros before anybody can get it again:
 * whoever has it next, in another queue or process, sees nothing of the packet before. Of memory that is the
 * application's own (`memory`) the headroom is left as it is.
 */
#define XDPX_UMEM_SCRUB (UINT64_C(1) << 6)

/**
 * Where packets are sent with a copy, the kernel computes checksums that are asked for (XDPX_TX_CHECKSUM) in software:
 * for devices that can't. Needs `tx_metadata`.
 */
#define XDPX_UMEM_TX_SW_CSUM (UINT64_C(1) << 7)

/** Options of xdpx_umem_new(). */
struct xdpx_umem_opts {
	size_t size;	       /**< sizeof(struct xdpx_umem_opts) */
	uint64_t flags;	       /**< XDPX_UMEM_ flags */
	uint32_t frame_count;  /**< how many frames; 0: 4096, or as many as fit into `memory` */
	uint32_t frame_size;   /**< bytes in a frame, 2048 or 4096, or with XDPX_UMEM_UNALIGNED any from 2048 to 4096;
				  0: 4096. Where pages are larger than 4096, up to the page size */
	uint32_t headroom;     /**< bytes that are kept free at the start of each frame for the application, before the
				  kernel's 256; at most `frame_size` - 704, which leaves the kernel what it wants */
	uint32_t max_held;     /**< the most frames that the application may hold by receiving: no packets are handed
				  out that would make it more, and they wait in the receive ring; 0: no limit. With
				  XDPX_XSK_MULTI_BUFFER, at least as many as a packet of 64 KiB has: 18 of 4096
				  bytes without headroom, 37 of 2048 */
	uint32_t numa_node;    /**< the node, with XDPX_UMEM_NUMA_NODE; else 0 */
	uint32_t tx_metadata;  /**< bytes in front of each packet that is sent for what is asked of the device and its
				  answer: xdpx/metadata.h. A multiple of 8 from 16 to 248; 24 holds all there is; 0:
				  none, and nothing can be asked. All frames that are sent must have that room, also
				  those without a request: taken and received ones do. Since Linux 6.11 */
	void *memory;	       /**< the application's own memory, where a page begins; or NULL. It is the application's
				  to free, after the UMEM; the kernel writes only into frames that it was given */
	uint64_t memory_bytes; /**< how much of it there is: at least frame_count times frame_size */
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
 * Which memory it became, and why: "pages of 2 MiB on NUMA node 0", or "no pages of 2 MiB (fewer than needed are free),
 * pages of 4 KiB".
 *
 * @param umem  the memory
 * @return words; they stay there for the life of `umem`
 * @since 0.1
 */
XDPX_API const char *xdpx_umem_memory_why(const struct xdpx_umem *umem);

/**
 * The number of the frame that an address lies in: for what the application keeps beside each frame.
 *
 * Frames follow one another from xdpx_umem_base() on, so number `n` begins `n` times xdpx_umem_frame_size() behind it.
 *
 * @param umem   the memory
 * @param frame  the frame; of it `addr` counts, which may lie anywhere inside
 * @return the number, below xdpx_umem_frame_count() for a frame of this UMEM
 * @since 0.1
 */
XDPX_API uint32_t xdpx_frame_number(const struct xdpx_umem *umem, const struct xdpx_frame *frame);

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

/** Frames of a UMEM, and what went wrong with them; from xdpx_umem_stats(). */
struct xdpx_umem_stats {
	size_t size;	    /**< in: sizeof(struct xdpx_umem_stats) */
	uint64_t exhausted; /**< times that there were fewer free frames than were wanted: nothing is overwritten then,
			       but the kernel, or xdpx_frames_take(), gets fewer */
	uint64_t limited;   /**< times that max_held kept packets back */
	uint64_t double_releases; /**< frames released, or sent, that the application didn't hold; XDPX_UMEM_DEBUG */
	uint64_t late_writes;	  /**< frames written to after they were released; XDPX_UMEM_DEBUG */
	uint64_t foreign;	  /**< addresses outside of the memory that were released; XDPX_UMEM_DEBUG */
	uint32_t free;		  /**< now: frames in the pool */
	uint32_t held;		  /**< now: frames that the application holds */
	uint32_t held_max; /**< the most that it ever held, as far as the library looked: at each receive with max_held,
			      else when the kernel gets frames from the pool, and when somebody asks */
	uint32_t reserved; /**< out: 0 */
};

/**
 * Counts of a UMEM's frames. Any thread may ask.
 *
 * @param umem   the memory
 * @param stats  out: the counts; set `size` before
 * @return 0, or
 *         -EINVAL: `size` is 0, or no struct's
 * @since 0.1
 */
XDPX_API int xdpx_umem_stats(const struct xdpx_umem *umem, struct xdpx_umem_stats *stats);

/**
 * Takes free frames, for sending.
 *
 * Any thread may call it. The frames' `addr` points behind the headroom and `tx_metadata` that the UMEM was made with;
 * `len` and `options` are 0. The application writes the packet and its length.
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

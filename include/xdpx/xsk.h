/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/**
 * @file xdpx/xsk.h
 * One AF_XDP socket on one queue of a network device.
 *
 * The receive side (recv, peek, take, release, wait) and the send side (send, stage, unstage, submit, complete, kick)
 * may be used by two threads at once; each side by one thread at a time.
 *
 * Most applications want all queues of a device, with the program that steers packets to them: see xdpx/port.h.
 */
#ifndef XDPX_XSK_H
#define XDPX_XSK_H

#include <xdpx/umem.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One AF_XDP socket. */
struct xdpx_xsk;

/** Whether packets may be, must be or must not be received and sent without a copy. */
enum xdpx_zerocopy {
	XDPX_ZEROCOPY_TRY = 0,	   /**< where the driver can; see xdpx_xsk_is_zerocopy() */
	XDPX_ZEROCOPY_REQUIRE = 1, /**< or the open fails */
	XDPX_ZEROCOPY_NEVER = 2,   /**< always copy */
};

/** Opens the receive side only. */
#define XDPX_XSK_RX_ONLY (1ULL << 0)
/** Opens the send side only; no frame is given to the kernel for receiving. */
#define XDPX_XSK_TX_ONLY (1ULL << 1)
/**
 * Packets may be longer than a frame, up to jumbo frames and what GRO puts together: then they have several frames, of
 * which all but the last say XDPX_FRAME_CONTINUES. Both ways; xdpx_frames_next_packet() finds the packets again.
 *
 * The program that redirects them must take frags (SEC("xdp.frags")). Without this such packets are dropped and counted
 * in `rx_dropped`. Since Linux 6.6; with zero-copy only where the driver can.
 */
#define XDPX_XSK_MULTI_BUFFER (1ULL << 2)

/**
 * Sent frames don't return to the pool by themselves: they wait for xdpx_xsk_complete_frames(), which hands them to the
 * application with what the kernel has written about them (xdpx_frame_sent_ns()). While they wait they take up the
 * room of frames to send.
 */
#define XDPX_XSK_KEEP_COMPLETED (1ULL << 3)

/** Options of xdpx_xsk_open(). */
struct xdpx_xsk_opts {
	size_t size;		  /**< sizeof(struct xdpx_xsk_opts) */
	uint64_t flags;		  /**< XDPX_XSK_ flags */
	uint32_t zerocopy;	  /**< enum xdpx_zerocopy */
	uint32_t rx_size;	  /**< entries in the receive ring, a power of two; 0: 2048 */
	uint32_t tx_size;	  /**< entries in the transmit ring, a power of two; 0: 2048 */
	uint32_t fill_size;	  /**< entries in the fill ring, a power of two; 0: 2048 */
	uint32_t completion_size; /**< entries in the completion ring, a power of two; 0: 2048 */
	uint32_t fill_target; /**< how many frames the kernel is to have for receiving; 0: half of the UMEM's, at most
				 what the fill ring holds */
	uint32_t deadline_ms; /**< how long to go on trying while the kernel frees the queue's previous socket, which it
				 does in its own time; 0: 1000 */
	uint32_t busy_poll_us; /**< microseconds that xdpx_xsk_wait() polls the device itself before it sleeps, while
				  interrupts stay off; 0: no busy polling. See xdpx/busy_poll.h */
	uint32_t busy_poll_budget; /**< packets that the driver takes in one such poll at the most; 0: 64 */
	uint32_t reserved;	   /**< 0 */
};

/** What a socket and its queue have counted. Totals go on where a queue is opened again on the same UMEM. */
struct xdpx_xsk_stats {
	size_t size;		   /**< in: sizeof(struct xdpx_xsk_stats) */
	uint64_t received;	   /**< frames handed to the application */
	uint64_t sent;		   /**< frames accepted for sending */
	uint64_t completed;	   /**< frames that the kernel has given back after sending */
	uint64_t kicks;		   /**< system calls made to wake the kernel */
	uint64_t starved;	   /**< times the pool had no frame when the kernel should have been given some */
	uint64_t rx_dropped;	   /**< kernel: dropped, because the packet did not fit or for want of memory; where it
				      copies, those of rx_fill_ring_empty_descs are in it, too */
	uint64_t rx_invalid_descs; /**< kernel: bad entries in the receive ring; not those of the fill ring */
	uint64_t tx_invalid_descs; /**< kernel: bad frames in the transmit ring */
	uint64_t rx_ring_full;	   /**< kernel: dropped, because the application did not receive fast enough */
	uint64_t rx_fill_ring_empty_descs; /**< kernel: dropped, because it had no free frame */
	uint64_t tx_ring_empty_descs;	   /**< kernel: found nothing to send when asked to */
	uint32_t fill_level;		   /**< now: frames that the kernel has for receiving */
	uint32_t rx_level;		   /**< now: frames received and not yet taken by the application */
	uint32_t tx_level;		   /**< now: frames that wait for the kernel to send them */
	uint32_t completion_level;	   /**< now: frames sent and not yet returned to the pool */
	uint32_t held;			   /**< now: frames of the UMEM that the application holds */
	uint32_t reserved;		   /**< out: 0 */
	uint64_t tx_retries; /**< times the kernel had to be asked once more to send: it was out of budget, memory or
		     room; nothing is lost by that */
	uint64_t tx_unsent; /**< packets that the device dropped on sending, having no room or no carrier, as far as the
			       kernel tells; their frames came back like those that were sent. It tells the calls that
			       send, and xdpx_xsk_kick(). It tells nobody with zero-copy, nor of what it sends inside a
			       poll() on the socket, be that the application's or one of xdpx_xsk_wait() */
	uint64_t tx_unsendable; /**< frames of packets that xdpx_xsk_forward() dropped, as they can't be sent here */
};

/**
 * Opens an AF_XDP socket on one queue. Packets arrive once an XDP program redirects to it: xdpx_xsk_steer().
 *
 * The queue may still be busy with a socket just closed, whose resources the kernel frees in its own time: the call
 * tries again until the deadline.
 *
 * @param umem   packet memory; may be shared by sockets of several queues and devices; it must outlive the socket
 * @param nic    name, alternative name or index ("#2") of the device
 * @param queue  the queue, 0 to xdpx_queues.usable - 1
 * @param opts   options, or NULL for the defaults
 * @param xsk    out: the socket, to be closed with xdpx_xsk_close(); untouched on failure
 * @return 0, or
 *         -EINVAL: NULL arguments; bad options; the queue does not exist
 *         -E2BIG: the options are those of a newer library, and one that this one does not know is set
 *         -EBUSY: the queue is in use by another socket, still so at the deadline
 *         -ENODEV: no such device
 *         -EPERM: not allowed; the message names the missing capability (CAP_NET_RAW; CAP_NET_ADMIN for busy polling)
 *         -ENOMEM: out of memory, or more locked memory than RLIMIT_MEMLOCK allows; the message says which
 *         -EOPNOTSUPP: zero-copy is required and not to be had, or packets of several frames; or the kernel has no
 *                      AF_XDP, or takes no `tx_metadata`, or has no preferred busy polling (before 5.11), or the device
 *                      no knobs for it
 * @since 0.1
 */
XDPX_API int xdpx_xsk_open(struct xdpx_umem *umem, const char *nic, uint32_t queue, const struct xdpx_xsk_opts *opts,
			   struct xdpx_xsk **xsk);

/**
 * Closes a socket. Its frames that the kernel had return to the pool; those that the application holds stay valid for
 * as long as the UMEM.
 *
 * With zero-copy the device may write for a while into frames it had: those stay out of the pool until the UMEM ends.
 *
 * @param xsk  the socket, or NULL; not valid afterwards
 * @return how many frames of the UMEM the application holds, 0 or more
 * @since 0.1
 */
XDPX_API int xdpx_xsk_close(struct xdpx_xsk *xsk);

/**
 * Puts the socket into an XSKMAP, under its queue's number, so that a program's redirect finds it.
 *
 * @param xsk     the socket
 * @param map_fd  the map, of type BPF_MAP_TYPE_XSKMAP
 * @return 0, or
 *         -E2BIG: the map has no place for this queue
 *         -EINVAL: not an XSKMAP, or the socket was opened for sending only
 *         -EBADF: not an open descriptor
 *         -EPERM: not allowed
 * @since 0.1
 */
XDPX_API int xdpx_xsk_steer(struct xdpx_xsk *xsk, int map_fd);

/**
 * Receives what is there; never blocks. The frames are the caller's until released.
 *
 * The kernel's supply of free frames is kept up from the pool on the way.
 *
 * With XDPX_XSK_MULTI_BUFFER whole packets are received. The one exception is a packet of more than `max` frames: it
 * comes in pieces, the rest with the next calls. A packet of 64 KiB has 18 frames of 4096 bytes, or 37 of 2048.
 *
 * @param xsk     the socket
 * @param frames  out: the frames received
 * @param max     how many at the most
 * @return how many were received, 0 when there is none
 * @since 0.1
 */
XDPX_API unsigned int xdpx_xsk_recv(struct xdpx_xsk *xsk, struct xdpx_frame *frames, unsigned int max);

/**
 * Looks at what is there, as xdpx_xsk_recv(), but does not take it: the frames stay in the receive ring, and the next
 * call finds them again. They may be read, and must not be released or sent before xdpx_xsk_take().
 *
 * @param xsk     the socket
 * @param frames  out: the frames, from the first that is not taken on
 * @param max     how many at the most
 * @return how many there are, 0 when there is none
 * @since 0.1
 */
XDPX_API unsigned int xdpx_xsk_peek(struct xdpx_xsk *xsk, struct xdpx_frame *frames, unsigned int max);

/**
 * Takes the first of the frames that xdpx_xsk_peek() has shown: they are the caller's, as received ones are. Those
 * behind them stay.
 *
 * @param xsk    the socket
 * @param count  how many; at most as many as the last xdpx_xsk_peek() returned
 * @return how many were taken: `count`, or as many as there were
 * @since 0.1
 */
XDPX_API unsigned int xdpx_xsk_take(struct xdpx_xsk *xsk, unsigned int count);

/**
 * Gives frames back from the thread that receives: straight to the kernel where there is room, else to the pool.
 *
 * Any frames of the UMEM may be released, in any order; an address outside it is treated as by xdpx_frames_release().
 * Other threads use xdpx_frames_release().
 *
 * @param xsk     the socket
 * @param frames  the frames
 * @param count   how many
 * @since 0.1
 */
XDPX_API void xdpx_xsk_release(struct xdpx_xsk *xsk, const struct xdpx_frame *frames, unsigned int count);

/**
 * Waits until packets can be received.
 *
 * @param xsk         the socket
 * @param timeout_ms  how long at the most; -1: for ever
 * @return 1: packets are there; 0: the time is over; or
 *         -EINVAL: the socket was opened for sending only
 *         -EINTR: a signal came
 *         -ENETDOWN: the device is down
 *         -ENODEV: the device is gone
 * @since 0.1
 */
XDPX_API int xdpx_xsk_wait(struct xdpx_xsk *xsk, int timeout_ms);

/**
 * Sends frames, taken or received; wakes the kernel where it asks for it; never blocks.
 *
 * Frames that were accepted belong to the kernel, and return to the pool once sent. Those that were not stay the
 * caller's.
 *
 * With XDPX_XSK_MULTI_BUFFER a packet may have several frames, up to 18 (with zero-copy as many as the device takes):
 * all but the last with XDPX_FRAME_CONTINUES. It is accepted whole or not at all.
 *
 * What can't be sent ends the list, and never reaches the kernel, which would drop it, frame and all: a frame that is
 * empty, lies outside the UMEM, crosses the end of its frame there, has less than the UMEM's `tx_metadata` in front of
 * it, or has options that are not known; a request that the device can't do; a packet of too many frames, or without
 * its end.
 *
 * Is what xdpx_xsk_stage() and xdpx_xsk_submit() do: frames that were staged before go first.
 *
 * @param xsk     the socket
 * @param frames  the frames: address and length of each packet
 * @param count   how many
 * @return how many frames were accepted, from the first on: fewer than `count` when the transmit ring is full, or where
 *         a packet can't be sent; or
 *         -EINVAL: that is the very first packet, and the message says why; or the socket was opened for receiving only
 * @since 0.1
 */
XDPX_API int xdpx_xsk_send(struct xdpx_xsk *xsk, const struct xdpx_frame *frames, unsigned int count);

/**
 * Puts frames into the transmit ring as xdpx_xsk_send() does, but does not pass them to the kernel yet: that is left to
 * xdpx_xsk_submit(), and until then xdpx_xsk_unstage() takes them out again.
 *
 * Staged frames are still the caller's, and count as held; they must not be released. A close forgets them.
 *
 * (The other rings need nothing like it. Releasing puts into the fill ring what it was given, at once: no entry is
 * ever reserved and left empty. Receiving has xdpx_xsk_peek().)
 *
 * @param xsk     the socket
 * @param frames  the frames: address and length of each packet
 * @param count   how many
 * @return how many frames were staged, as xdpx_xsk_send()
 * @since 0.1
 */
XDPX_API int xdpx_xsk_stage(struct xdpx_xsk *xsk, const struct xdpx_frame *frames, unsigned int count);

/**
 * Takes frames out of the transmit ring again that were staged last and not submitted.
 *
 * With XDPX_XSK_MULTI_BUFFER take out whole packets.
 *
 * @param xsk    the socket
 * @param count  how many
 * @return how many were taken out: `count`, or as many as were staged
 * @since 0.1
 */
XDPX_API unsigned int xdpx_xsk_unstage(struct xdpx_xsk *xsk, unsigned int count);

/**
 * Passes all staged frames to the kernel, and wakes it where it asks for that.
 *
 * @param xsk  the socket
 * @return how many frames were passed on
 * @since 0.1
 */
XDPX_API unsigned int xdpx_xsk_submit(struct xdpx_xsk *xsk);

/**
 * Returns sent frames to the pool. xdpx_xsk_send() does it too, unless the socket was opened with
 * XDPX_XSK_KEEP_COMPLETED.
 *
 * @param xsk  the socket
 * @return how many came back
 * @since 0.1
 */
XDPX_API unsigned int xdpx_xsk_complete(struct xdpx_xsk *xsk);

/**
 * Hands sent frames to the application: they are its own again, to be sent once more or released. For sockets opened
 * with XDPX_XSK_KEEP_COMPLETED; without, it gets those that have not returned to the pool yet.
 *
 * @param xsk     the socket
 * @param frames  out: the frames, in the order in which the device was done with them; `addr` is as it was when they
 * were sent, `len` and `options` are 0
 * @param max     how many at the most; the others wait on
 * @return how many there are, 0 when there is none
 * @since 0.1
 */
XDPX_API unsigned int xdpx_xsk_complete_frames(struct xdpx_xsk *xsk, struct xdpx_frame *frames, unsigned int max);

/**
 * Sends what one socket has received by another, without touching the packets: only their places are handed over.
 *
 * What the other socket has no room for stays in the receive ring, for the next call. The frames return to the pool
 * once they are sent, and from there to the receiving socket. Packets that can't be sent at all, since they have more
 * frames than the other socket takes, are dropped and counted in its `tx_unsendable`.
 *
 * The caller must be the one thread of the receive side of `from`, and of the send side of `to`.
 *
 * @param from  the socket that receives
 * @param to    the socket that sends, on the same UMEM; may be `from` itself
 * @param max   how many frames at the most; the packet that begins within is forwarded whole
 * @return how many frames were forwarded, 0 when there was nothing or no room; or
 *         -EINVAL: the sockets have not the same UMEM, `from` was opened for sending only, or `to` for receiving only
 * @since 0.1
 */
XDPX_API int xdpx_xsk_forward(struct xdpx_xsk *from, struct xdpx_xsk *to, unsigned int max);

/**
 * Wakes the kernel to send what waits in the transmit ring, if it has to be woken; goes on while it makes progress.
 *
 * A packet that the device drops because its queue is full or it has no carrier is not sent again: it is counted in
 * `tx_unsent`, and its frames come back. What the kernel sends inside a poll() on the socket, before
 * this call, and is dropped, is not counted.
 *
 * @param xsk  the socket
 * @return 0: all is handed to the device; or
 *         -EAGAIN: some still waits, call again later
 *         -ENETDOWN: the device is down
 *         -ENODEV: the device is gone
 *         or another errno that the kernel gave
 * @since 0.1
 */
XDPX_API int xdpx_xsk_kick(struct xdpx_xsk *xsk);

/**
 * The socket's file descriptor, for poll(): readable when packets are there, writable when some can be sent.
 *
 * @param xsk  the socket, which owns the descriptor: do not close it
 * @return the descriptor
 * @since 0.1
 */
XDPX_API int xdpx_xsk_fd(const struct xdpx_xsk *xsk);

/**
 * The socket's packet memory.
 *
 * @param xsk  the socket
 * @return the UMEM it was opened with
 * @since 0.1
 */
XDPX_API struct xdpx_umem *xdpx_xsk_umem(const struct xdpx_xsk *xsk);

/**
 * The queue that the socket is bound to.
 *
 * @param xsk  the socket
 * @return the queue's number
 * @since 0.1
 */
XDPX_API uint32_t xdpx_xsk_queue(const struct xdpx_xsk *xsk);

/**
 * The name of the device that the socket is on, as it was when the socket was opened.
 *
 * @param xsk  the socket, which owns the string
 * @return the name
 * @since 0.1
 */
XDPX_API const char *xdpx_xsk_nic_name(const struct xdpx_xsk *xsk);

/**
 * Whether packets are received and sent without a copy, as the kernel tells.
 *
 * @param xsk  the socket
 * @return 1 or 0
 * @since 0.1
 */
XDPX_API int xdpx_xsk_is_zerocopy(const struct xdpx_xsk *xsk);

/**
 * What the socket and its queue have counted.
 *
 * Any thread may ask; while others are inside calls on the socket, it is a moment's picture.
 *
 * @param xsk    the socket
 * @param stats  in: `size`; out: the counts, as much as fits
 * @return 0, or
 *         -EINVAL: `stats` is NULL or its `size` is 0
 *         or an errno that the kernel gave
 * @since 0.1
 */
XDPX_API int xdpx_xsk_stats(const struct xdpx_xsk *xsk, struct xdpx_xsk_stats *stats);

#ifdef __cplusplus
}
#endif

#endif

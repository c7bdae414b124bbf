/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/**
 * @file xdpx/busy_poll.h
 * Busy polling: the application's own thread makes the driver look for packets, in place of interrupts.
 *
 * It is asked for with `busy_poll_us` in struct xdpx_xsk_opts. xdpx_xsk_recv() then polls the queue once when it has
 * nothing, and xdpx_xsk_wait() polls it for that long before it sleeps; sending polls it too. So one processor does
 * what else a second one does in its interrupts, and neither gets in the way of the other.
 *
 * On the machine it changes two knobs, unless they have a value: napi_defer_hard_irqs to 2 and gro_flush_timeout to
 * 200 microseconds; of the queue's NAPI alone where the kernel can (Linux 6.13), else of the whole device. As long as
 * the application polls more often than that, interrupts stay off; when it stops, a timer polls twice in its place,
 * and then interrupts are back. The last socket to be closed puts the knobs back. When all its processes are killed,
 * the next one to open such a socket does, or xdpx_tune_restore_token() with what xdpx_tune_list_new() finds.
 *
 * Not every driver and kernel can do it, and the kernel says nothing when it does not: xdpx_xsk_busy_poll() finds out.
 */
#ifndef XDPX_BUSY_POLL_H
#define XDPX_BUSY_POLL_H

#include <xdpx/nic.h>
#include <xdpx/xsk.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Whether busy polling of a socket is in force. */
struct xdpx_busy_poll {
	size_t size;		    /**< in: sizeof(struct xdpx_busy_poll) */
	uint32_t answer;	    /**< enum xdpx_answer; XDPX_UNKNOWN while the kernel waits for a first packet */
	uint32_t napi_id;	    /**< the NAPI that is polled, 0: none that the kernel knows */
	uint64_t defer_hard_irqs;   /**< that knob as it is now, 0 also where it can't be read */
	uint64_t gro_flush_timeout; /**< that knob as it is now, in nanoseconds, 0 also where it can't be read */
	uint64_t polls;		    /**< polls by xdpx_xsk_recv() and xdpx_xsk_wait() */
	uint64_t polled;	    /**< frames that were there right after one of these polls, and not before */
	char why[256];		    /**< the answer's reason, a sentence */
};

/**
 * Finds out whether busy polling is in force: reads back the socket's options, looks whether the NAPI that it polls is
 * there, and reads its knobs.
 *
 * `polled` against the frames received, in struct xdpx_xsk_stats, tells how many of them the application's own polls
 * have fetched: nearly all where it receives without pause, and does not send.
 *
 * @param xsk   the socket; no other thread may be inside this function with it
 * @param busy  in: `size`; out: the answer, as much as fits
 * @return 0, or
 *         -EINVAL: `busy` is NULL or its `size` is 0
 * @since 0.1
 */
XDPX_API int xdpx_xsk_busy_poll(struct xdpx_xsk *xsk, struct xdpx_busy_poll *busy);

#ifdef __cplusplus
}
#endif

#endif

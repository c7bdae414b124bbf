/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* XDPX_UMEM_DEBUG: who has each frame, who gave it away last and where, and whether it was written to afterwards. */
#ifndef XDPX_XSK_DEBUG_H
#define XDPX_XSK_DEBUG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define XDPX_POISON 0xdb

struct xdpx_debug;

/* NULL: no memory. All frames are free. */
struct xdpx_debug *xdpx_debug_new(uint32_t frame_count, uint64_t frame_size);
void xdpx_debug_free(struct xdpx_debug *debug);

/*
 * The application gives a frame away: back, or to be sent. False, and told in the log, when it hasn't got the frame;
 * `place` is where in the application.
 */
bool xdpx_debug_release(struct xdpx_debug *debug, uint32_t number, const void *place);
bool xdpx_debug_send(struct xdpx_debug *debug, uint32_t number, const void *place);

/* The application gets a frame, or keeps one that was to be sent. The pool or the kernel has it: nothing to check. */
void xdpx_debug_hold(struct xdpx_debug *debug, uint32_t number);
void xdpx_debug_free_again(struct xdpx_debug *debug, uint32_t number);

/* Looks whether a frame that was free still holds what it was filled with. */
void xdpx_debug_unwritten(struct xdpx_debug *debug, uint32_t number, const unsigned char *bytes, size_t count,
			  unsigned char filling);

/* An address outside of the UMEM. */
void xdpx_debug_foreign(struct xdpx_debug *debug, uint64_t address, const void *place);

struct xdpx_umem_stats;
void xdpx_debug_count(const struct xdpx_debug *debug, struct xdpx_umem_stats *stats);

#endif

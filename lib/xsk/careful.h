/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * What moving frames takes beyond the ordinary where a UMEM is unaligned, scrubbed, watched over or limited: apart from
 * the paths that all others go, which ask only whether `umem->careful` is set.
 */
#ifndef XDPX_XSK_CAREFUL_H
#define XDPX_XSK_CAREFUL_H

#include "xsk/umem.h"

#include <stdbool.h>
#include <stdint.h>

/* Sets up what the options ask for; records errors. The end is that of the UMEM. */
int xdpx_careful_init(struct xdpx_umem *umem, const struct xdpx_umem_opts *opts);
void xdpx_careful_fini(struct xdpx_umem *umem);

/* All frames are free, and no better than a released one is to be. */
void xdpx_careful_begin(struct xdpx_umem *umem);

/* How many of `count` frames that have been received the application may have now. */
uint32_t xdpx_careful_allowed(struct xdpx_umem *umem, uint32_t count);

/* Frames go to the application: from the kernel, their addresses as it gives them; from the pool. */
void xdpx_careful_received(struct xdpx_umem *umem, struct xdpx_frame *frames, uint32_t count);
void xdpx_careful_taken(struct xdpx_umem *umem, const uint64_t *addresses, uint32_t count);

/* Frames go from the pool to the kernel. */
void xdpx_careful_supplied(struct xdpx_umem *umem, const uint64_t *addresses, uint32_t count);

/*
 * Frames that the application releases at `place`, at most XDPX_CAREFUL_BATCH: made ready for their next use. Writes
 * the numbers of those that can be accepted, and returns how many.
 */
#define XDPX_CAREFUL_BATCH 64
uint32_t xdpx_careful_accept(struct xdpx_umem *umem, const struct xdpx_frame *frames, uint32_t count, uint32_t *numbers,
			     const void *place);

/* As xdpx_frames_release() from `place`. */
void xdpx_careful_release(struct xdpx_umem *umem, const struct xdpx_frame *frames, uint32_t count, const void *place);

/*
 * Whether the application, at `place`, holds all frames of a packet that is fit to be sent; it doesn't from then on.
 * And takes that back for one of them.
 */
bool xdpx_careful_send(struct xdpx_umem *umem, const struct xdpx_frame *frames, uint32_t count, const void *place);
void xdpx_careful_keep(struct xdpx_umem *umem, const struct xdpx_frame *frame);

/* Frames that the kernel has given back go into the pool, by their addresses as it gives them. */
void xdpx_careful_put(struct xdpx_umem *umem, const uint64_t *addresses, uint32_t count);

static inline void xdpx_umem_put_back(struct xdpx_umem *umem, const uint64_t *addresses, uint32_t count)
{
	if (umem->careful)
		xdpx_careful_put(umem, addresses, count);
	else
		xdpx_pool_put_addresses(&umem->pool, addresses, count);
}

#endif

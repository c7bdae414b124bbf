/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * The free frames of a UMEM, by number.
 *
 * Two lists run through one array of links. Anybody may push onto `released`, a batch with one compare-and-swap; takers
 * work on `free` under a lock, and when it is empty take over the whole of `released` with one exchange. Nobody ever
 * pops a single entry off the shared list, so there is no ABA problem.
 *
 * A batch that comes back while nobody has the lock goes onto `stack`, from where frames are taken first: copying is
 * less than following links.
 */
#ifndef XDPX_XSK_POOL_H
#define XDPX_XSK_POOL_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct xdpx_frame;

#define XDPX_POOL_STACK 1024

struct xdpx_pool {
	uint32_t *next; /* `count` stands for the end of a list, and links to itself: a walk past the end stays there */
	uint32_t count; /* of the frames that there are */
	uint32_t stride; /* bytes from one frame to the next */
	uint32_t shift;	 /* the same as a power of two; of no meaning for other strides */

	/* The list's first frame in the low half, its length in the high half, so that both change at once. */
	uint64_t released __attribute__((aligned(64)));

	pthread_mutex_t lock __attribute__((aligned(64)));
	uint64_t free;			 /* as `released`; written under the lock */
	uint64_t exhausted;		 /* times that there were fewer frames than wanted */
	uint32_t stacked;		 /* entries of `stack`; both are written under the lock */
	uint64_t stack[XDPX_POOL_STACK]; /* where frames begin */
};

/* All frames are free to begin with. -ENOMEM, or 0. */
int xdpx_pool_init(struct xdpx_pool *pool, uint32_t count, uint32_t stride);
void xdpx_pool_fini(struct xdpx_pool *pool);

/* Give frames back by any address inside them, where strides are powers of two. Any thread; never block. */
void xdpx_pool_put_frames(struct xdpx_pool *pool, const struct xdpx_frame *frames, unsigned int count);
void xdpx_pool_put_addresses(struct xdpx_pool *pool, const uint64_t *addresses, unsigned int count);

/* Gives frames back by their numbers, each below `count`. */
void xdpx_pool_put_numbers(struct xdpx_pool *pool, const uint32_t *numbers, unsigned int count);

/* Takes up to `max` frames, and writes where they begin; returns how many. Any thread. */
unsigned int xdpx_pool_take(struct xdpx_pool *pool, uint64_t *addresses, unsigned int max);

/* How many are free at this moment. */
uint32_t xdpx_pool_level(const struct xdpx_pool *pool);

#endif

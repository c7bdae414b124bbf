/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * One of the four rings that an AF_XDP socket shares with the kernel.
 *
 * Each side writes its own index and reads the other's. `own` is this side's index, `seen` the kernel's as last read.
 * Indices run over all of 32 bits and are masked only to find an entry.
 */
#ifndef XDPX_XSK_RING_H
#define XDPX_XSK_RING_H

#include <stddef.h>
#include <stdint.h>

struct xdpx_frame;

struct xdpx_ring {
	uint32_t own;
	uint32_t seen;
	uint32_t mask;
	uint32_t *shared_own;  /* where `own` is published */
	uint32_t *shared_seen; /* where the kernel publishes its index */
	uint32_t *flags;
	union {
		struct xdpx_frame *frames; /* receive and transmit ring */
		uint64_t *addresses;	   /* fill and completion ring */
		void *entries;
	};
	void *map;
	size_t map_bytes;
};

static inline uint32_t xdpx_ring_size(const struct xdpx_ring *ring)
{
	return ring->mask + 1;
}

/* The kernel's index: the entries behind it, up to our own index or from it on, are ours. */
static inline uint32_t xdpx_ring_look(struct xdpx_ring *ring)
{
	ring->seen = __atomic_load_n(ring->shared_seen, __ATOMIC_ACQUIRE);
	return ring->seen;
}

/* Passes the entries up to `own` to the kernel. */
static inline void xdpx_ring_publish(struct xdpx_ring *ring)
{
	__atomic_store_n(ring->shared_own, ring->own, __ATOMIC_RELEASE);
}

/* An index as published: for threads other than the one that the ring belongs to. */
static inline uint32_t xdpx_index_read(const uint32_t *shared)
{
	return __atomic_load_n(shared, __ATOMIC_RELAXED);
}

/* A counter that one thread writes and any may read. */
static inline void xdpx_counter_add(uint64_t *counter, uint64_t more)
{
	__atomic_store_n(counter, *counter + more, __ATOMIC_RELAXED);
}

static inline uint64_t xdpx_counter_read(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

#endif

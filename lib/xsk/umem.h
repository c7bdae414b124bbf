/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#ifndef XDPX_XSK_UMEM_H
#define XDPX_XSK_UMEM_H

#include "xsk/memory.h"
#include "xsk/pool.h"

#include <stdbool.h>
#include <xdpx/umem.h>
#include <xdpx/xsk.h>

/* What the kernel leaves free before each packet, for metadata and for programs that grow it: XDP_PACKET_HEADROOM. */
#define XDPX_KERNEL_HEADROOM 256

/* What a queue had counted when its last socket on this UMEM was closed: counts go on when it is opened again. */
struct xdpx_queue_totals {
	struct xdpx_queue_totals *next;
	uint64_t netns;
	uint32_t nic_index;
	uint32_t queue;
	struct xdpx_xsk_stats stats;
};

struct xdpx_debug;

struct xdpx_umem {
	void *base;
	size_t bytes;
	uint32_t frame_size;
	uint32_t headroom;
	uint64_t flags;
	bool careful;	       /* what follows is in use, or frames are unaligned: see careful.h */
	bool wiped;	       /* frames that come back are filled */
	unsigned char filling; /* with this */
	uint32_t wipe_from;    /* this far inside */
	uint32_t max_held;
	struct xdpx_debug *debug;
	uint32_t tx_metadata; /* bytes that each packet sent has in front of it for struct xsk_tx_metadata */
	bool plain;	      /* not careful, and no room is needed in front of a packet on sending */
	struct xdpx_pool pool;
	struct xdpx_memory memory;
	uint64_t limited;  /* times that max_held kept frames back */
	uint32_t held_max; /* whenever somebody looked */

	pthread_mutex_t lock; /* for all below */
	struct xdpx_xsk *sockets;
	struct xdpx_queue_totals *totals;
	uint32_t stranded; /* frames out of use until the end: a closed socket's device may still write into them */
	uint32_t users;	   /* the application's handle, and each open socket */
};

/* Checks the options and fills in the defaults (umem_opts.c). Records errors. */
int xdpx_umem_opts_check(struct xdpx_umem_opts *opts);

/* As xdpx_umem_new(), on the memfd that another process made; owns the descriptor from here on if it works. */
int xdpx_umem_new_on(int fd, const struct xdpx_umem_opts *opts, struct xdpx_umem **out);

/* As xdpx_umem_held_count(); and keeps the most. */
uint32_t xdpx_umem_held_look(struct xdpx_umem *umem);
/* Keeps the most alone, and never waits: while a socket is opened, its device may hold the lock up for long. */
void xdpx_umem_held_glance(struct xdpx_umem *umem);
/* Whether the options for requests on sending are good (metadata.c). Records errors. */
int xdpx_tx_metadata_check(const struct xdpx_umem_opts *opts);

/* Ends one use, and the UMEM with the last. */
void xdpx_umem_put(struct xdpx_umem *umem);

/* The totals of a queue, made when there are none yet; NULL: no memory. Under the lock. */
struct xdpx_queue_totals *xdpx_umem_totals(struct xdpx_umem *umem, uint64_t netns, uint32_t nic_index, uint32_t queue);

#endif

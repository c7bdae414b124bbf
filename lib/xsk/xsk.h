/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * The inside of a socket. The receive side and the send side are used by two threads at once: they share nothing that
 * either writes, and lie on cache lines of their own.
 */
#ifndef XDPX_XSK_XSK_H
#define XDPX_XSK_XSK_H

#include "xsk/ring.h"
#include "xsk/umem.h"

#include <stdbool.h>

struct xdpx_nic;

struct xdpx_xsk_rx {
	struct xdpx_ring rx;
	struct xdpx_ring fill;
	/*
	 * How many frames the kernel is to have, in the fill ring, on its way through or in the receive ring. At most
	 * what the fill ring holds: so there is always room in it, and the kernel's index need not be read.
	 */
	uint32_t target;
	uint32_t low; /* refill from the pool once this many are missing */
	int fd;
	bool special; /* `whole`, or the UMEM is careful: asked once a call */
	bool whole;   /* packets may have several frames: none is handed out without its end */
	bool skip;    /* a packet is being dropped whose end has not been seen */
	bool busy;    /* the device is polled, here and by sending */
	uint64_t received;
	uint64_t kicks;
	uint64_t starved;
	uint64_t polls;
	uint64_t polled;
};

struct xdpx_xsk_tx {
	struct xdpx_ring tx;
	struct xdpx_ring completion;
	uint32_t limit;		/* frames under way at the most: what both rings hold */
	uint32_t staged;	/* frames in the ring from `own` on that the kernel is not to see yet */
	uint32_t packet_frames; /* in one packet, at the most */
	bool keep;		/* sent frames are left to the application */
	uint64_t requests;	/* XDPX_TX_ flags that the device or the kernel does */
	int fd;
	bool busy;
	uint64_t sent;
	uint64_t completed;
	uint64_t kicks;
	uint64_t retries;
	uint64_t unsent;
	uint64_t unsendable;
};

struct xdpx_xsk {
	struct xdpx_xsk_rx rx __attribute__((aligned(64)));
	struct xdpx_xsk_tx tx __attribute__((aligned(64)));

	struct xdpx_umem *umem __attribute__((aligned(64)));
	struct xdpx_xsk *next; /* in umem->sockets, under its lock */
	struct xdpx_queue_totals *totals;
	int fd;
	int control_fd; /* for questions about the device, which an AF_XDP socket doesn't take */
	uint32_t nic_index;
	uint32_t queue;
	bool zerocopy;
	uint64_t netns;	 /* cookie of its network namespace, 0 before 5.14 */
	uint32_t absent; /* stands in for the indices and flags of a ring that the socket was not given: always 0 */
	struct xdpx_xsk_opts opts; /* with defaults filled in */
	char nic_name[16];
	char driver[32];	 /* for busy polling's words */
	struct xdpx_tune *knobs; /* of busy polling, NULL where it is not asked for */
};

static inline uint32_t xdpx_smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* How many frames the kernel has for sending, as this side sees it. */
static inline uint32_t xdpx_under_way(const struct xdpx_xsk_tx *tx)
{
	return tx->tx.own - tx->completion.own;
}

/* As xdpx_xsk_stage(), but records no error, and leaves out whether the socket sends at all. */
int xdpx_xsk_put(struct xdpx_xsk *xsk, const struct xdpx_frame *frames, unsigned int count);

/*
 * How many of the ring's first `count` entries are whole packets. The beginning of one that can't be had whole, because
 * it has more than `max` frames or fills the ring without an end, is as good as whole: it must not block what follows.
 */
uint32_t xdpx_packets_whole(const struct xdpx_ring *ring, uint32_t count, uint32_t max);

/* What begins a list of frames: a packet of so many that can be sent; or, with a reason, the one frame that can't. */
struct xdpx_packet {
	uint32_t frames;
	const char *why_not;
};

struct xdpx_packet xdpx_packet_check(const struct xdpx_xsk *xsk, const struct xdpx_frame *frames, uint32_t count);

/*
 * Requests in front of packets (metadata.c): why one can't be sent, NULL when it can; makes none of what is left there
 * from an earlier one; and which the socket can take, once it is bound.
 */
const char *xdpx_tx_request_check(const struct xdpx_xsk *xsk, const struct xdpx_frame *frame);
void xdpx_tx_request_forget(const struct xdpx_umem *umem, const struct xdpx_frame *frame);
uint64_t xdpx_tx_requests_possible(const struct xdpx_xsk *xsk, const struct xdpx_nic *nic);

/* How many frames a packet may have that this socket sends; once it is bound. */
uint32_t xdpx_packet_limit(const struct xdpx_xsk *xsk, const struct xdpx_nic *nic);

/* How many frames the kernel has for receiving; for sending. Any thread may ask. */
uint32_t xdpx_xsk_kernel_rx(const struct xdpx_xsk *xsk);
uint32_t xdpx_xsk_kernel_tx(const struct xdpx_xsk *xsk);
uint32_t xdpx_xsk_kernel_frames(const struct xdpx_xsk *xsk);

/* Wakes the kernel to send, for as long as that gets it on: as xdpx_xsk_kick(), but records no error. */
int xdpx_xsk_push(struct xdpx_xsk *xsk);

/* Brings the kernel's supply of frames up to the target, as far as the pool has any. */
void xdpx_xsk_refill(struct xdpx_xsk *xsk);

/* Moves what the socket has counted to its queue's totals. Under the UMEM's lock. */
void xdpx_xsk_totals_save(struct xdpx_xsk *xsk);

/*
 * Gives all frames that the kernel has back to the pool, and ends the socket, under the UMEM's lock (close.c). Calls on
 * it find nothing to receive and no room to send afterwards.
 */
void xdpx_xsk_end(struct xdpx_xsk *xsk);

/* The same for a socket that was open; its counts are kept. Takes the lock. */
void xdpx_xsk_shut(struct xdpx_xsk *xsk);

/* The kernel's rings (rings.c): sized by xsk->opts, before the socket is bound; and mapped. Record errors. */
int xdpx_xsk_rings_size(struct xdpx_xsk *xsk);
int xdpx_xsk_rings_map(struct xdpx_xsk *xsk);
void xdpx_xsk_rings_unmap(struct xdpx_xsk *xsk);

/* Whether the socket's device is there and up: 0, -ENETDOWN or -ENODEV; and that in words (wait.c). */
int xdpx_xsk_device_state(const struct xdpx_xsk *xsk);
bool xdpx_xsk_device_running(const struct xdpx_xsk *xsk); /* up, and with a link */
int xdpx_xsk_device_fail(const struct xdpx_xsk *xsk, int state, const char *stage);

/* Checks the options and fills in the defaults (opts.c). Records errors. */
int xdpx_xsk_opts_check(const struct xdpx_umem *umem, struct xdpx_xsk_opts *opts);

/* Whether a frame of the UMEM may lie in two pages that don't follow one another in the device's eyes (opts.c). */
bool xdpx_umem_is_scattered(const struct xdpx_umem *umem);

/* A socket of the same device whose UMEM registration this one can share, or NULL. Under the UMEM's lock (bind.c). */
const struct xdpx_xsk *xdpx_xsk_sharer(const struct xdpx_xsk *xsk);

/* Gives the kernel the packet memory; binds the socket to its queue, sharing with `shared` unless that is NULL. */
int xdpx_xsk_umem_register(const struct xdpx_xsk *xsk);
int xdpx_xsk_bind(struct xdpx_xsk *xsk, const struct xdpx_nic *nic, const struct xdpx_xsk *shared);

/* Finds out whether the bound socket does zero-copy. */
void xdpx_xsk_zerocopy_read(struct xdpx_xsk *xsk);

/* The steps of opening (open.c). A handle with checked options and nothing open, or NULL: no memory. */
struct xdpx_xsk *xdpx_xsk_new(struct xdpx_umem *umem, uint32_t nic_index, const char *nic_name, uint32_t queue,
			      const struct xdpx_xsk_opts *opts);
/* The kernel's socket, and the one for questions. Records errors. */
int xdpx_xsk_socket_make(struct xdpx_xsk *xsk);
/* What both sides go by, from the options. */
void xdpx_xsk_sides_set(struct xdpx_xsk *xsk);
/* Makes the socket one of its UMEM's, under the UMEM's lock. Records errors. */
int xdpx_xsk_enlist(struct xdpx_xsk *xsk);

/* As xdpx_xsk_open(), with a snapshot that is at hand. */
int xdpx_xsk_open_on(struct xdpx_umem *umem, const struct xdpx_nic *nic, uint32_t queue,
		     const struct xdpx_xsk_opts *opts, struct xdpx_xsk **out);

/*
 * Opens a socket once more, in place, on the device that the snapshot is of and the queue that it had. Frames that the
 * application holds stay its own, and counts go on. After a failure the socket is shut; it may be tried again.
 */
int xdpx_xsk_reopen(struct xdpx_xsk *xsk, const struct xdpx_nic *nic);

#endif

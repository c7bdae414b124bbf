/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/**
 * @file xdpx/port.h
 * The queues of a network device, with packet memory and the program that steers packets to them.
 *
 * Workers claim a queue each and use its socket: see xdpx/xsk.h.
 */
#ifndef XDPX_PORT_H
#define XDPX_PORT_H

#include <xdpx/link.h>
#include <xdpx/umem.h>
#include <xdpx/xsk.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xdpx_prog;

/** The queues of a network device. */
struct xdpx_port;

/** Which packets the port takes from the network stack. Must be said. */
enum xdpx_traffic {
	XDPX_TRAFFIC_UNSET = 0, /**< not said: an error */
	XDPX_TRAFFIC_ALL = 1,	/**< every packet that arrives on the port's queues */
	XDPX_TRAFFIC_PROG = 2,	/**< what the caller's program redirects into its XSKMAP */
};

/** A UMEM for each queue, in place of one for all. */
#define XDPX_PORT_UMEM_PER_QUEUE (1ULL << 0)

/** Options of xdpx_port_open(); `traffic` is required. */
struct xdpx_port_opts {
	size_t size;		  /**< sizeof(struct xdpx_port_opts) */
	uint64_t flags;		  /**< XDPX_PORT_ flags */
	uint32_t traffic;	  /**< enum xdpx_traffic */
	uint32_t mode;		  /**< enum xdpx_mode: where the program runs */
	uint64_t attach_flags;	  /**< XDPX_ATTACH_FALLBACK_ANY, XDPX_ATTACH_NETLINK */
	uint32_t queue_first;	  /**< the first queue to open */
	uint32_t queue_count;	  /**< how many queues; 0: all from the first on */
	uint32_t zerocopy;	  /**< enum xdpx_zerocopy */
	uint32_t deadline_ms;	  /**< as in struct xdpx_xsk_opts */
	uint32_t frame_count;	  /**< frames for each queue; 0: 4096. Not with `umem` */
	uint32_t frame_size;	  /**< bytes in a frame, 2048 or 4096; 0: 4096. Not with `umem` */
	uint32_t headroom;	  /**< as in struct xdpx_umem_opts. Not with `umem` */
	uint32_t rx_size;	  /**< as in struct xdpx_xsk_opts */
	uint32_t tx_size;	  /**< as in struct xdpx_xsk_opts */
	uint32_t fill_size;	  /**< as in struct xdpx_xsk_opts */
	uint32_t completion_size; /**< as in struct xdpx_xsk_opts */
	uint32_t reserved;	  /**< 0 */
	struct xdpx_umem *umem;	  /**< the caller's packet memory, which must outlive the port; NULL: the port's own */
	struct xdpx_prog *prog;	  /**< with XDPX_TRAFFIC_PROG: the program; it must outlive the port */
	const char *xskmap;	  /**< with XDPX_TRAFFIC_PROG: the name of the program's XSKMAP */
};

/**
 * Opens a port: packet memory, a socket on each queue, and the program that steers packets to them.
 *
 * @param nic   name, alternative name or index ("#2") of the device
 * @param opts  options; `traffic` is required
 * @param port  out: the port, to be ended with xdpx_port_close() or xdpx_port_free(); untouched on failure
 * @return 0, or
 *         -EINVAL: NULL arguments; bad options; `traffic` not said; the queues do not exist
 *         -E2BIG: the options are those of a newer library, and one that this one does not know is set
 *         -EBUSY: another program is attached, which is named and left alone; or a queue is in use
 *         -ENOENT: the program has no map of that name
 *         or as xdpx_link_attach(), xdpx_umem_new() and xdpx_xsk_open()
 * @since 0.1
 */
XDPX_API int xdpx_port_open(const char *nic, const struct xdpx_port_opts *opts, struct xdpx_port **port);

/**
 * Detaches the program and closes the sockets; refuses while frames of the port's own memory are held.
 *
 * @param port  the port, or NULL
 * @return 0, or
 *         -EBUSY: the application holds frames; the message says how many; the port goes on working
 * @since 0.1
 */
XDPX_API int xdpx_port_close(struct xdpx_port *port);

/**
 * Ends a port though frames of it may be held; those must not be touched afterwards.
 *
 * @param port  the port, or NULL
 * @since 0.1
 */
XDPX_API void xdpx_port_free(struct xdpx_port *port);

/**
 * Takes the next queue that nobody has claimed. Any thread may call it; no two get the same queue.
 *
 * @param port  the port, which owns the socket: do not close it
 * @param xsk   out: the queue's socket; untouched on failure
 * @return 0, or
 *         -ENOENT: all queues are claimed
 * @since 0.1
 */
XDPX_API int xdpx_port_claim(struct xdpx_port *port, struct xdpx_xsk **xsk);

/**
 * How many queues the port has.
 *
 * @param port  the port
 * @return the count
 * @since 0.1
 */
XDPX_API uint32_t xdpx_port_queue_count(const struct xdpx_port *port);

/**
 * The socket of one queue, claimed or not; for reading statistics.
 *
 * @param port  the port, which owns the socket: do not close it
 * @param at    0 to xdpx_port_queue_count() - 1
 * @return the socket, or NULL when `at` is past the end
 * @since 0.1
 */
XDPX_API struct xdpx_xsk *xdpx_port_xsk(const struct xdpx_port *port, uint32_t at);

/**
 * The attachment of the port's program: its mode, and why that one.
 *
 * @param port  the port, which owns the link: do not free it
 * @return the link
 * @since 0.1
 */
XDPX_API const struct xdpx_link *xdpx_port_link(const struct xdpx_port *port);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/**
 * @file xdpx/port.h
 * The queues of network devices, with packet memory and the programs that steer packets to them.
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

/** The queues of one or more network devices. */
struct xdpx_port;

/** Which packets the port takes from the network stack. Must be said. */
enum xdpx_traffic {
	XDPX_TRAFFIC_UNSET = 0, /**< not said: an error */
	XDPX_TRAFFIC_ALL = 1,	/**< every packet that arrives on the port's queues */
	XDPX_TRAFFIC_PROG = 2,	/**< what the caller's program redirects into its XSKMAP */
	/**
	 * UDP and TCP packets to the ports that are listed, over IPv4 and IPv6, with up to two VLAN tags and up to
	 * eight extension headers. Fragments go to the network stack, the first of a packet too.
	 */
	XDPX_TRAFFIC_PORTS = 3,
	/** The same, to the protocols and ports that are in the caller's map; see struct xdpx_traffic_key. */
	XDPX_TRAFFIC_MAP = 4,
	XDPX_TRAFFIC_NONE = 5, /**< none: the sockets only send, and all packets go to the network stack */
};

/**
 * What is looked up in the map of XDPX_TRAFFIC_MAP: a packet is taken whose protocol and port are in it.
 *
 * The map is of type BPF_MAP_TYPE_HASH, with this struct for its key and a value of 4 bytes, which may be any. Entries
 * that are added or deleted hold from the next packet on; one map may serve several ports. It is frozen for good.
 */
struct xdpx_traffic_key {
	uint8_t protocol; /**< of the IP header, or of the last IPv6 extension header: 17 for UDP, 6 for TCP */
	uint8_t reserved; /**< 0 */
	uint16_t port;	  /**< destination port in the machine's byte order, with UDP, TCP, SCTP, DCCP and UDP-Lite; 0
			     with protocols that have none */
};

/** A UMEM for each queue, in place of one for all. Not with memory of the caller's in `umem_opts`. */
#define XDPX_PORT_UMEM_PER_QUEUE (1ULL << 0)
/** The device is in the network namespace on descriptor `netns_fd`. */
#define XDPX_PORT_NETNS_FD (1ULL << 1)
/** Refuse a device on which the two directions of a connection may arrive on two queues. */
#define XDPX_PORT_SYMMETRIC_RSS (1ULL << 2)
/** Receive and send packets of several frames: XDPX_XSK_MULTI_BUFFER for each socket, and nothing else is needed. */
#define XDPX_PORT_MULTI_BUFFER (1ULL << 3)

/** Options of xdpx_port_open() and xdpx_port_add(); `traffic` is required. */
struct xdpx_port_opts {
	size_t size;	       /**< sizeof(struct xdpx_port_opts) */
	uint64_t flags;	       /**< XDPX_PORT_ flags */
	uint32_t traffic;      /**< enum xdpx_traffic */
	uint32_t mode;	       /**< enum xdpx_mode: where the program runs */
	uint64_t attach_flags; /**< XDPX_ATTACH_FALLBACK_ANY, XDPX_ATTACH_NETLINK */
	uint32_t queue_first;  /**< the first queue to open */
	uint32_t queue_count;  /**< how many queues; 0: all from the first on; with `queues`: how many are listed */
	uint32_t zerocopy;     /**< enum xdpx_zerocopy */
	uint32_t deadline_ms;  /**< as in struct xdpx_xsk_opts */
	uint32_t frame_count;  /**< frames for each queue; 0: 4096. With `umem`: how many of its frames each queue may
				  count on, half of which it keeps ready for packets; 0: all of them, in equal parts */
	uint32_t frame_size;   /**< bytes in a frame, 2048 or 4096; 0: 4096. Not with `umem` */
	uint32_t headroom;     /**< as in struct xdpx_umem_opts. Not with `umem` */
	uint32_t rx_size;      /**< as in struct xdpx_xsk_opts */
	uint32_t tx_size;      /**< as in struct xdpx_xsk_opts */
	uint32_t fill_size;    /**< as in struct xdpx_xsk_opts */
	uint32_t completion_size; /**< as in struct xdpx_xsk_opts */
	uint32_t carrier_ms;	/**< how long to wait for the device's link, which some drivers reset when a program is
				   attached; 0: not at all */
	struct xdpx_umem *umem; /**< the caller's packet memory, which must outlive the port; NULL: the port's own */
	struct xdpx_prog *prog; /**< with XDPX_TRAFFIC_PROG: the program; it must outlive the port */
	const char *xskmap;	/**< with XDPX_TRAFFIC_PROG: the name of the program's XSKMAP */
	const uint32_t *queues; /**< the numbers of the queues to open, in any order; NULL: they are a range */
	const struct xdpx_umem_opts *umem_opts; /**< the port's own packet memory, in place of `frame_size` and
						   `headroom`; its frame_count is 0. Not with `umem` */
	const struct xdpx_xsk_opts *xsk_opts;	/**< each socket, in place of `zerocopy`, `deadline_ms` and the sizes of
						   rings */
	const uint16_t *udp_ports;		/**< with XDPX_TRAFFIC_PORTS: destination ports */
	const uint16_t *tcp_ports;		/**< with XDPX_TRAFFIC_PORTS: destination ports */
	uint32_t udp_count;			/**< how many `udp_ports` there are */
	uint32_t tcp_count;			/**< how many `tcp_ports` there are */
	int32_t traffic_map; /**< with XDPX_TRAFFIC_MAP: the map's descriptor, which stays the caller's */
	int32_t netns_fd;    /**< with XDPX_PORT_NETNS_FD; it stays the caller's */
	const char *netns;   /**< the network namespace of the device, as `ip netns` names it, or the path of one; NULL:
				the calling thread's. The calling thread stays where it is */
};

/**
 * Opens a port: packet memory, a socket on each queue, and the program that steers packets to them.
 *
 * With XDPX_TRAFFIC_NONE a program that passes all packets is attached where the sockets may send without copies, for
 * many drivers send nothing else then; another's program does as well, and is left alone.
 *
 * @param nic   name, alternative name or index ("#2") of the device
 * @param opts  options; `traffic` is required
 * @param port  out: the port, to be ended with xdpx_port_close() or xdpx_port_free(); untouched on failure
 * @return 0, or
 *         -EINVAL: NULL arguments; bad options; `traffic` not said; the queues do not exist
 *         -E2BIG: the options are those of a newer library, and one that this one does not know is set
 *         -EBUSY: another program is attached, which is named and left alone; or a queue is in use
 *         -ENOENT: the program has no map of that name
 *         -EBADF: `traffic_map` is no BPF map, or `netns_fd` not an open descriptor
 *         -EOPNOTSUPP: with XDPX_PORT_SYMMETRIC_RSS, the device is not known to keep connections on one queue
 *         -ETIMEDOUT: the device has no link, still not after carrier_ms
 *         -EPERM: not allowed; the message names the missing capability, CAP_SYS_ADMIN for another namespace
 *         or as xdpx_link_attach(), xdpx_umem_new() and xdpx_xsk_open()
 * @since 0.1
 */
XDPX_API int xdpx_port_open(const char *nic, const struct xdpx_port_opts *opts, struct xdpx_port **port);

/**
 * Adds a device to a port. Its queues can be claimed after those that are there.
 *
 * Without a UMEM of the caller's it has packet memory of its own. With the same UMEM for all devices, frames received
 * on one are sent on another without copying; `frame_count` then says how the frames are shared out. No other thread
 * may use the port at the same time; sockets that were claimed may be in use.
 *
 * @param port  the port; unchanged on failure
 * @param nic   name, alternative name or index ("#2") of the device
 * @param opts  options for this device; `traffic` is required
 * @return 0, or
 *         -EINVAL: the port is NULL; the program is that of another device of the port, whose XSKMAP has no place for
 *                  a second device's queues
 *         or as xdpx_port_open()
 * @since 0.1
 */
XDPX_API int xdpx_port_add(struct xdpx_port *port, const char *nic, const struct xdpx_port_opts *opts);

/**
 * Gets a port on its way again whose device was down or gone: after -ENETDOWN or -ENODEV from xdpx_xsk_wait() or
 * xdpx_xsk_kick().
 *
 * A device that was only down needs nothing but to be up again, and no privilege; nor does one whose MTU or channels
 * were changed. One that was deleted and made again, under the same name, gets its program and its sockets anew. The
 * struct of the socket stays valid, its descriptor and what xdpx_port_link() gave do not; statistics go on, and frames
 * that the application holds stay its own. What was on its way to be sent is lost.
 *
 * Queues that were added to the device are not opened: what arrives there reaches the network stack.
 *
 * A socket that could not be opened again receives nothing, takes nothing to send, and can be tried again.
 *
 * Never blocks for longer than the socket's deadline_ms. While the device is away the caller waits and tries again.
 *
 * @param port  the port
 * @param xsk   a socket of the port's, by the worker that uses it: nobody else may be inside a call on it, but for
 *              xdpx_xsk_stats(); other workers may recover theirs at the same time. NULL: all sockets of the port, of
 *              which none is in use meanwhile
 * @return 0: all is as it was before; or
 *         -ENETDOWN: the device is down
 *         -ENODEV: there is no device of that name
 *         -EINVAL: `port` is NULL; the socket is none of the port's; the queue does not exist any more
 *         -EBUSY: another program is attached, which is named and left alone; or the queue is in use
 *         -EPERM: the device was made anew, and the process may no longer attach programs or open sockets
 *         or as xdpx_port_open()
 * @since 0.1
 */
XDPX_API int xdpx_port_recover(struct xdpx_port *port, struct xdpx_xsk *xsk);

/**
 * Detaches the programs and closes the sockets; refuses while frames of the port's own memory are held.
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
 * The attachment of the program on the port's first device: its mode, and why that one.
 *
 * @param port  the port, which owns the link: do not free it
 * @return the link; NULL where no program is needed (XDPX_TRAFFIC_NONE)
 * @since 0.1
 */
XDPX_API const struct xdpx_link *xdpx_port_link(const struct xdpx_port *port);

/**
 * The attachment of the program on the device of one of the port's sockets.
 *
 * @param port  the port, which owns the link: do not free it
 * @param xsk   the socket
 * @return the link; NULL where no program is needed (XDPX_TRAFFIC_NONE), and for a socket that is not the port's
 * @since 0.1
 */
XDPX_API const struct xdpx_link *xdpx_port_link_of(const struct xdpx_port *port, const struct xdpx_xsk *xsk);

#ifdef __cplusplus
}
#endif

#endif

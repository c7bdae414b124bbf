/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/**
 * @file xdpx/share.h
 * Handing queues of a network device to processes without privileges.
 *
 * A broker, with privileges, owns the XDP program of a device and opens a socket for each worker. A worker needs none
 * at all: no capability, no BPF, no right to make sockets; it may live in other namespaces. Over a Unix socket that the
 * application provides it gets an AF_XDP socket of its own and packet memory of its own, and from then on uses them
 * with the ordinary calls of xdpx/xsk.h and xdpx/umem.h. The broker takes no part in the traffic.
 *
 * Each connection has one queue and one worker. Packet memory is never shared between workers: whoever can write to it
 * could change another's packets. The broker trusts nothing that a worker can write: it reads neither rings nor packet
 * memory, which go with the worker. doc/share.md tells more.
 */
#ifndef XDPX_SHARE_H
#define XDPX_SHARE_H

#include <xdpx/port.h>
#include <xdpx/xsk.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The privileged side: the program on a device, and which worker has which of its queues. */
struct xdpx_broker;

/** The side without privileges: one queue, its socket and packet memory. */
struct xdpx_worker;

/** Who is on the other end of a connection. */
struct xdpx_peer {
	size_t size;   /**< in: sizeof(struct xdpx_peer) */
	int32_t pid;   /**< process, as this process sees it; 0: in a namespace where it can't be seen */
	uint32_t uid;  /**< user */
	uint32_t gid;  /**< group */
	uint32_t zero; /**< out: 0 */
};

/** Options of xdpx_worker_join(). */
struct xdpx_worker_opts {
	size_t size;	     /**< sizeof(struct xdpx_worker_opts) */
	uint64_t flags;	     /**< none yet: 0 */
	uint32_t timeout_ms; /**< how long to wait for the broker's answers altogether; 0: 5000 */
	uint32_t reserved;   /**< 0 */
};

/**
 * Attaches the program to a device, and makes ready to hand out its queues.
 *
 * The options are those of a port. They say what each worker gets, too: `frame_count` frames of packet memory,
 * described by `umem_opts`, and a socket as `xsk_opts` say, with the options that need privileges set. A worker can ask
 * for nothing. Until a queue has a worker, and again when its worker has gone, its packets go to the network stack.
 *
 * One thread at a time may use a broker.
 *
 * @param nic     name, alternative name or index ("#2") of the device
 * @param opts    options; `traffic` is required; `umem` and the caller's memory in `umem_opts` are not possible, as
 *                each worker has memory of its own; nor are `netns`, XDPX_PORT_NETNS_FD and `carrier_ms`
 * @param broker  out: the broker, to be ended with xdpx_broker_free(); untouched on failure
 * @return 0, or
 *         -EINVAL: NULL arguments; bad options; `traffic` not said; the queues do not exist
 *         -E2BIG: the options are those of a newer library, and one that this one does not know is set
 *         -EBUSY: another program is attached, which is named and left alone
 *         -ENOENT: the program has no map of that name
 *         or as xdpx_link_attach()
 * @since 0.1
 */
XDPX_API int xdpx_broker_open(const char *nic, const struct xdpx_port_opts *opts, struct xdpx_broker **broker);

/**
 * Takes the program off the device. Workers keep their sockets, on which nothing more arrives.
 *
 * A broker that dies does the same: its bpf_link ends with it.
 *
 * @param broker  the broker, or NULL
 * @since 0.1
 */
XDPX_API void xdpx_broker_free(struct xdpx_broker *broker);

/**
 * Answers what a worker has sent, one message a call; notices when the worker has gone. To be called whenever the
 * connection is readable.
 *
 * Never waits for the worker. It may wait for the kernel to free a queue whose worker has just gone: up to the
 * `deadline_ms` of the socket's options. Nothing that a worker sends can do more than end its own connection:
 * descriptors that it sends are never opened, and it gets one queue.
 *
 * @param broker      the broker
 * @param connection  a connected Unix socket of type SOCK_SEQPACKET, which stays the caller's. It may be in blocking
 *                    mode. Others must not have it too, children for example: the worker would not notice this
 *                    process's end
 * @return 1: the connection goes on;
 *         0: the worker has gone, and its queue is free for another: close the connection; or, with the queue free,
 *         too, the worker told why, and the connection to be closed:
 *         -EBUSY: no queue is free
 *         -EPROTO: the message is none of the protocol, or out of turn
 *         -EPROTONOSUPPORT: the worker speaks another version of the protocol
 *         -EINVAL: NULL; or the connection is no such socket
 *         -ENODEV: the device is gone
 *         or as xdpx_umem_new(), xdpx_xsk_open() and xdpx_xsk_steer()
 * @since 0.1
 */
XDPX_API int xdpx_broker_serve(struct xdpx_broker *broker, int connection);

/**
 * Takes a queue from its worker: no packet is steered to the worker any more, and the next worker gets the queue.
 *
 * The kernel keeps the queue for the worker's socket until that is closed: by the worker, at the latest by its end.
 * Closing the connection afterwards tells the worker. xdpx_broker_serve() does all this by itself when a worker goes.
 *
 * @param broker      the broker, or NULL
 * @param connection  the worker's connection; without a queue nothing happens
 * @since 0.1
 */
XDPX_API void xdpx_broker_release(struct xdpx_broker *broker, int connection);

/**
 * How many queues there are to hand out.
 *
 * @param broker  the broker
 * @return the count
 * @since 0.1
 */
XDPX_API uint32_t xdpx_broker_queue_count(const struct xdpx_broker *broker);

/**
 * How many of the queues have no worker.
 *
 * @param broker  the broker
 * @return the count
 * @since 0.1
 */
XDPX_API uint32_t xdpx_broker_free_count(const struct xdpx_broker *broker);

/**
 * Which queue the worker on a connection has.
 *
 * @param broker      the broker
 * @param connection  the worker's connection
 * @return the queue's number, or
 *         -ENOENT: it has none
 * @since 0.1
 */
XDPX_API int xdpx_broker_queue(const struct xdpx_broker *broker, int connection);

/**
 * The attachment of the broker's program: its mode, and why that one.
 *
 * @param broker  the broker, which owns the link: do not free it
 * @return the link; NULL with XDPX_TRAFFIC_NONE where no program is needed
 * @since 0.1
 */
XDPX_API const struct xdpx_link *xdpx_broker_link(const struct xdpx_broker *broker);

/**
 * Who is on the other end of a connection, as the kernel tells: whom to serve is the application's decision.
 *
 * @param connection  a connected Unix socket. Of a socketpair() the kernel names the process that made it
 * @param peer        in: `size`; out: the process and its user, as they were when it connected
 * @return 0, or
 *         -EINVAL: `peer` is NULL or its `size` is 0
 *         -ENOTSOCK, -EBADF or another errno: the kernel tells nothing of this descriptor
 * @since 0.1
 */
XDPX_API int xdpx_broker_peer(int connection, struct xdpx_peer *peer);

/**
 * Gets a queue from the broker: socket and packet memory are ready for use afterwards. Needs no privileges.
 *
 * @param connection  a Unix socket of type SOCK_SEQPACKET, connected to the broker; stays the caller's, who keeps it
 *                    open for as long as the worker is in use: closing it tells the broker that the queue is free
 * @param opts        options, or NULL for the defaults
 * @param worker      out: the worker, to be ended with xdpx_worker_close() or xdpx_worker_free(); untouched on failure
 * @return 0, or
 *         -EINVAL: NULL; bad options; or the connection is no such socket; or the broker's description can't be
 *         -E2BIG: the options are those of a newer library, and one that this one does not know is set
 *         -ETIMEDOUT: the broker doesn't answer
 *         -EPIPE: the broker has closed the connection
 *         -EPROTO: what answers is no broker
 *         -EPROTONOSUPPORT: the broker speaks another version of the protocol
 *         -ENOMEM: out of memory
 *         or what the broker refuses with, -EBUSY for example when all queues have workers; its words are the message
 * @since 0.1
 */
XDPX_API int xdpx_worker_join(int connection, const struct xdpx_worker_opts *opts, struct xdpx_worker **worker);

/**
 * Ends the use of the queue; refuses while frames are held. The caller then closes the connection.
 *
 * @param worker  the worker, or NULL
 * @return 0, or
 *         -EBUSY: the application holds frames; the message says how many; the worker goes on working
 * @since 0.1
 */
XDPX_API int xdpx_worker_close(struct xdpx_worker *worker);

/**
 * Ends the use of the queue though frames may be held; those must not be touched afterwards.
 *
 * @param worker  the worker, or NULL
 * @since 0.1
 */
XDPX_API void xdpx_worker_free(struct xdpx_worker *worker);

/**
 * The worker's socket; xdpx_xsk_umem() of it is its packet memory.
 *
 * @param worker  the worker, which owns the socket: do not close it
 * @return the socket
 * @since 0.1
 */
XDPX_API struct xdpx_xsk *xdpx_worker_xsk(const struct xdpx_worker *worker);

/**
 * Whether the broker is still there. When it has gone its program has, too: no more packets arrive, and sending goes
 * on. The connection is then readable, so that poll() on it tells, too. Any thread may ask.
 *
 * @param worker  the worker
 * @return 0: it is there; or
 *         -EPIPE: it has gone, or has taken the queue away; close the worker and the connection, and join again
 * @since 0.1
 */
XDPX_API int xdpx_worker_check(const struct xdpx_worker *worker);

#ifdef __cplusplus
}
#endif

#endif

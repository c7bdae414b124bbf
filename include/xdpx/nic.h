/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/**
 * @file xdpx/nic.h
 * One network device, as the kernel describes it: a snapshot.
 *
 * A snapshot does not change; open the device again for a new one. Devices are those of the calling thread's network
 * namespace. No privilege is needed.
 */
#ifndef XDPX_NIC_H
#define XDPX_NIC_H

#include <xdpx/api.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A snapshot of one network device. */
struct xdpx_nic;

/** Snapshots of all network devices of a namespace. */
struct xdpx_nic_list;

/** An answer that may be unknown. */
enum xdpx_answer {
	XDPX_UNKNOWN = 0, /**< nothing that could be asked tells */
	XDPX_NO = 1,	  /**< no */
	XDPX_YES = 2,	  /**< yes */
};

/** What a device may be able to do with XDP, now, in its present settings. */
enum xdpx_feature {
	XDPX_FEATURE_NATIVE = 0,	  /**< run an XDP program in the driver */
	XDPX_FEATURE_GENERIC = 1,	  /**< run an XDP program in the network stack, on packets already copied */
	XDPX_FEATURE_OFFLOAD = 2,	  /**< run an XDP program on the device itself */
	XDPX_FEATURE_REDIRECT = 3,	  /**< XDP_REDIRECT from it, AF_XDP included */
	XDPX_FEATURE_REDIRECT_TARGET = 4, /**< XDP_REDIRECT to it */
	XDPX_FEATURE_ZEROCOPY = 5,	  /**< AF_XDP without a copy */
	XDPX_FEATURE_RX_FRAGS = 6,	  /**< native XDP on packets that span several buffers */
	XDPX_FEATURE_TARGET_FRAGS = 7,	  /**< XDP_REDIRECT of such packets to it */
};

/** Queue counts of a device; a count that nothing tells is 0. */
struct xdpx_queues {
	size_t size;	       /**< in: sizeof(struct xdpx_queues) */
	uint32_t rx;	       /**< receive queues in use, combined ones included */
	uint32_t tx;	       /**< transmit queues in use, combined ones included */
	uint32_t rx_max;       /**< the most receive queues that the driver can be set to */
	uint32_t tx_max;       /**< the most transmit queues that the driver can be set to */
	uint32_t combined;     /**< channels that are a receive and a transmit queue together */
	uint32_t combined_max; /**< the most combined channels that the driver can be set to */
	uint32_t usable;       /**< AF_XDP sockets can be bound to queues 0 to usable - 1 */
	uint32_t reserved;     /**< out: 0 */
};

/** Options of xdpx_nic_open() and xdpx_nic_list_new(). */
struct xdpx_nic_opts {
	size_t size;	/**< sizeof(struct xdpx_nic_opts) */
	uint64_t flags; /**< none yet: 0 */
};

/**
 * Takes a snapshot of one network device.
 *
 * @param name  its name ("eth0"), an alternative name, or its index as "#2"
 * @param opts  options, or NULL for the defaults
 * @param nic   out: the snapshot, to be freed with xdpx_nic_free(); untouched on failure
 * @return 0, or
 *         -EINVAL: `name` is NULL, empty, too long or a malformed index; bad options
 *         -ENODEV: no such device in this network namespace
 *         -ENOMEM: out of memory
 *         or another errno that netlink gave
 * @since 0.1
 */
XDPX_API int xdpx_nic_open(const char *name, const struct xdpx_nic_opts *opts, struct xdpx_nic **nic);

/**
 * Frees a snapshot.
 *
 * @param nic  the snapshot, or NULL
 * @since 0.1
 */
XDPX_API void xdpx_nic_free(struct xdpx_nic *nic);

/**
 * Takes snapshots of all network devices of this namespace, in a number of requests that does not grow with theirs.
 *
 * @param opts  options, or NULL for the defaults
 * @param list  out: the list, to be freed with xdpx_nic_list_free(); untouched on failure
 * @return 0, or
 *         -EINVAL: bad options
 *         -ENOMEM: out of memory
 *         or another errno that netlink gave
 * @since 0.1
 */
XDPX_API int xdpx_nic_list_new(const struct xdpx_nic_opts *opts, struct xdpx_nic_list **list);

/**
 * Frees a list and all the snapshots in it.
 *
 * @param list  the list, or NULL
 * @since 0.1
 */
XDPX_API void xdpx_nic_list_free(struct xdpx_nic_list *list);

/**
 * How many devices the list holds.
 *
 * @param list  the list
 * @return the count
 * @since 0.1
 */
XDPX_API size_t xdpx_nic_list_count(const struct xdpx_nic_list *list);

/**
 * One device of the list, in the order of their indices.
 *
 * @param list  the list, which owns the snapshot: do not free it
 * @param at    0 to xdpx_nic_list_count() - 1
 * @return the snapshot, or NULL when `at` is past the end
 * @since 0.1
 */
XDPX_API const struct xdpx_nic *xdpx_nic_list_at(const struct xdpx_nic_list *list, size_t at);

/**
 * The device's primary name, also where it was opened by another.
 *
 * @param nic  the snapshot, which owns the string
 * @return the name, at most 15 bytes
 * @since 0.1
 */
XDPX_API const char *xdpx_nic_name(const struct xdpx_nic *nic);

/**
 * The device's index in its network namespace.
 *
 * @param nic  the snapshot
 * @return the index, 1 or more
 * @since 0.1
 */
XDPX_API uint32_t xdpx_nic_index(const struct xdpx_nic *nic);

/**
 * The driver's name, such as "virtio_net", "veth" or "tun".
 *
 * @param nic  the snapshot, which owns the string
 * @return the name, "" where nothing tells
 * @since 0.1
 */
XDPX_API const char *xdpx_nic_driver(const struct xdpx_nic *nic);

/**
 * The kind of device: rtnetlink's for software devices ("veth", "bridge", "tun"), else "loopback" or "physical".
 *
 * A tap is told from a tun: "tap".
 *
 * @param nic  the snapshot, which owns the string
 * @return the kind
 * @since 0.1
 */
XDPX_API const char *xdpx_nic_kind(const struct xdpx_nic *nic);

/**
 * The hardware address.
 *
 * @param nic  the snapshot, which owns the bytes
 * @param mac  out: the address
 * @return how many bytes it has: 6 for Ethernet, 0 where there is none (a tun)
 * @since 0.1
 */
XDPX_API size_t xdpx_nic_mac(const struct xdpx_nic *nic, const uint8_t **mac);

/**
 * The largest packet that is sent, without the Ethernet header.
 *
 * @param nic  the snapshot
 * @return the MTU in bytes
 * @since 0.1
 */
XDPX_API uint32_t xdpx_nic_mtu(const struct xdpx_nic *nic);

/**
 * Whether the device is up, as set by the administrator.
 *
 * @param nic  the snapshot
 * @return XDPX_YES or XDPX_NO
 * @since 0.1
 */
XDPX_API enum xdpx_answer xdpx_nic_up(const struct xdpx_nic *nic);

/**
 * Whether the device sees a link: a cable, a peer, a program that holds the tap.
 *
 * @param nic  the snapshot
 * @return XDPX_YES, XDPX_NO, or XDPX_UNKNOWN while the device is down
 * @since 0.1
 */
XDPX_API enum xdpx_answer xdpx_nic_carrier(const struct xdpx_nic *nic);

/**
 * How many queues the device has, and how many of them AF_XDP can use.
 *
 * @param nic     the snapshot
 * @param queues  in: `size`; out: the counts, as much as fits
 * @return 0, or
 *         -EINVAL: `queues` is NULL or its `size` is 0
 * @since 0.1
 */
XDPX_API int xdpx_nic_queues(const struct xdpx_nic *nic, struct xdpx_queues *queues);

/**
 * Where the queue counts come from.
 *
 * @param nic  the snapshot, which owns the string
 * @return the source and its reason, in words
 * @since 0.1
 */
XDPX_API const char *xdpx_nic_queues_why(const struct xdpx_nic *nic);

/**
 * Whether the device can do something with XDP, now, in its present settings.
 *
 * @param nic      the snapshot
 * @param feature  what is asked
 * @return the answer; XDPX_UNKNOWN for a feature that this library does not know
 * @since 0.1
 */
XDPX_API enum xdpx_answer xdpx_nic_can(const struct xdpx_nic *nic, enum xdpx_feature feature);

/**
 * Why xdpx_nic_can() answers as it does.
 *
 * @param nic      the snapshot, which owns the string
 * @param feature  what was asked
 * @return source and reason, in words
 * @since 0.1
 */
XDPX_API const char *xdpx_nic_why(const struct xdpx_nic *nic, enum xdpx_feature feature);

/**
 * A feature's name, such as "redirect-target".
 *
 * @param feature  the feature
 * @return the name, or NULL past the last feature that this library knows: count up from 0 to see them all
 * @since 0.1
 */
XDPX_API const char *xdpx_feature_name(enum xdpx_feature feature);

/**
 * The XDP program that runs on the device now, in whatever mode.
 *
 * @param nic  the snapshot
 * @return the program's id, 0 when there is none; the native one where several modes are in use
 * @since 0.1
 */
XDPX_API uint32_t xdpx_nic_prog_id(const struct xdpx_nic *nic);

#ifdef __cplusplus
}
#endif

#endif

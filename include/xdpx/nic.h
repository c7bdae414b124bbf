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
	XDPX_FEATURE_TX = 8,		  /**< XDP_TX: send a packet back out of the device */
	XDPX_FEATURE_XSK_COPY = 9,	  /**< AF_XDP with a copy */
	XDPX_FEATURE_ZEROCOPY_FRAGS = 10, /**< AF_XDP without a copy for packets of several descriptors */
	XDPX_FEATURE_RX_TIMESTAMP = 11,	  /**< a native program can read when the device received the packet */
	XDPX_FEATURE_RX_HASH = 12,	  /**< a native program can read the packet's RSS hash */
	XDPX_FEATURE_RX_VLAN = 13,	  /**< a native program can read the VLAN tag that the device took off */
	XDPX_FEATURE_TX_TIMESTAMP = 14,	  /**< tell a zero-copy socket when the device sent the packet */
	XDPX_FEATURE_TX_CHECKSUM = 15,	  /**< fill in checksums of packets from a zero-copy socket */
	XDPX_FEATURE_TX_LAUNCH_TIME = 16, /**< send packets from a zero-copy socket at a time that is set for each */
	XDPX_FEATURE_DATA_META = 17,	  /**< room for metadata in front of the packet, bpf_xdp_adjust_meta() */
	XDPX_FEATURE_TAIL_GROW = 18,	  /**< longer packets by bpf_xdp_adjust_tail() */
	XDPX_FEATURE_RSS_SYMMETRIC = 19,  /**< both directions of a connection arrive on the same queue */
};

/** What tells an answer. */
enum xdpx_source {
	XDPX_SOURCE_NONE = 0,	   /**< nothing */
	XDPX_SOURCE_KERNEL = 1,	   /**< the running kernel, which does it for every device */
	XDPX_SOURCE_RTNETLINK = 2, /**< rtnetlink */
	XDPX_SOURCE_NETDEV = 3,	   /**< the netdev family of generic netlink */
	XDPX_SOURCE_ETHTOOL = 4,   /**< the ethtool family of generic netlink */
	XDPX_SOURCE_DEVLINK = 5,   /**< the devlink family of generic netlink */
	XDPX_SOURCE_IOCTL = 6,	   /**< ethtool's ioctl */
	XDPX_SOURCE_SYSFS = 7,	   /**< sysfs */
	XDPX_SOURCE_BPF = 8,	   /**< the bpf system call */
	XDPX_SOURCE_TABLE = 9,	   /**< this library's table of what drivers do, read off the kernel's source */
	XDPX_SOURCE_PROBE = 10,	   /**< it was tried, by xdpx_probe() */
};

/** A number that bounds what can be done with XDP on a device. */
enum xdpx_limit {
	XDPX_LIMIT_MTU_MIN = 0,		 /**< the smallest MTU that can be set, in bytes */
	XDPX_LIMIT_MTU_MAX = 1,		 /**< the largest MTU that can be set, in bytes */
	XDPX_LIMIT_MTU_NATIVE = 2,	 /**< the largest MTU with a native program that takes no frags, in bytes */
	XDPX_LIMIT_MTU_NATIVE_FRAGS = 3, /**< the largest MTU with a native program that takes frags, in bytes */
	XDPX_LIMIT_HEADROOM = 4,	 /**< bytes in front of the packet that a native program can take */
	XDPX_LIMIT_TAILROOM = 5,	 /**< bytes behind a packet that fills its MTU that a native program can take */
	XDPX_LIMIT_DATA_META = 6,	 /**< bytes of metadata that fit in front of the packet */
	XDPX_LIMIT_ZEROCOPY_SEGMENTS = 7, /**< descriptors a packet with zero-copy */
	XDPX_LIMIT_QUEUES_XDP = 8,	  /**< channels with which the driver still has transmit queues left for XDP */
};

/** An offload or aggregation that changes what XDP sees, or keeps native XDP from running. */
enum xdpx_offload {
	XDPX_OFFLOAD_LRO = 0,	       /**< the device joins packets (large receive offload) */
	XDPX_OFFLOAD_GRO_HW = 1,       /**< the device joins packets that GRO would join */
	XDPX_OFFLOAD_GRO = 2,	       /**< the kernel joins packets */
	XDPX_OFFLOAD_HEADER_SPLIT = 3, /**< headers and data arrive in separate buffers */
	XDPX_OFFLOAD_RX_VLAN = 4,      /**< the device takes VLAN tags off, so that programs do not see them */
	XDPX_OFFLOAD_TX_VLAN = 5,      /**< the device puts VLAN tags on */
	XDPX_OFFLOAD_RX_CHECKSUM = 6,  /**< the device checks checksums */
};

/** Where a program runs. */
enum xdpx_mode {
	XDPX_MODE_BEST = 0,    /**< native; generic only where the driver has no native XDP at all */
	XDPX_MODE_NATIVE = 1,  /**< in the driver */
	XDPX_MODE_GENERIC = 2, /**< in the network stack, on packets already copied: any device, but slower */
	XDPX_MODE_OFFLOAD = 3, /**< on the device itself */
};

/** What was asked about a device beside its features: for each, it is known whether something answered. */
enum xdpx_part {
	XDPX_PART_LINK = 0,	      /**< name, index, MTU and what else rtnetlink tells of every device */
	XDPX_PART_FEATURES = 1,	      /**< what the driver does with XDP */
	XDPX_PART_QUEUES = 2,	      /**< the list of queues */
	XDPX_PART_NAPIS = 3,	      /**< the list of NAPI instances */
	XDPX_PART_PAGE_POOLS = 4,     /**< the list of page pools */
	XDPX_PART_QSTATS = 5,	      /**< counters of the driver's queues */
	XDPX_PART_CHANNELS = 6,	      /**< how many queues there can be */
	XDPX_PART_RINGS = 7,	      /**< sizes of rings */
	XDPX_PART_OFFLOADS = 8,	      /**< what is offloaded */
	XDPX_PART_RSS = 9,	      /**< how packets are spread over queues */
	XDPX_PART_SPEED = 10,	      /**< speed */
	XDPX_PART_COALESCE = 11,      /**< interrupt coalescing */
	XDPX_PART_CLOCK = 12,	      /**< timestamping */
	XDPX_PART_PRIVATE_FLAGS = 13, /**< the driver's own flags */
	XDPX_PART_VERSIONS = 14,      /**< versions of firmware and the like */
	XDPX_PART_PROGRAMS = 15,      /**< what is known about the programs attached */
	XDPX_PART_RELATED = 16,	      /**< devices above, below and beside it */
};

/** Sizes of a device's rings, in entries; what nothing tells is 0. */
struct xdpx_rings {
	size_t size;		  /**< in: sizeof(struct xdpx_rings) */
	uint32_t rx;		  /**< entries of a receive ring */
	uint32_t tx;		  /**< entries of a transmit ring */
	uint32_t rx_max;	  /**< the most that a receive ring can have */
	uint32_t tx_max;	  /**< the most that a transmit ring can have */
	uint32_t rx_buffer_bytes; /**< bytes of a receive buffer */
	uint32_t reserved;	  /**< out: 0 */
};

/** How a device delays interrupts; what nothing tells is -1. */
struct xdpx_coalesce {
	size_t size;	     /**< in: sizeof(struct xdpx_coalesce) */
	int64_t rx_usecs;    /**< microseconds to wait after a packet arrived */
	int64_t rx_frames;   /**< packets to wait for */
	int64_t tx_usecs;    /**< microseconds to wait after a packet was sent */
	int64_t tx_frames;   /**< packets to wait for */
	int32_t adaptive_rx; /**< 1: the driver adapts the receive side by itself; 0: it does not */
	int32_t adaptive_tx; /**< 1: the driver adapts the transmit side by itself; 0: it does not */
};

/** Timestamps that a device takes. */
struct xdpx_clock {
	size_t size;	    /**< in: sizeof(struct xdpx_clock) */
	int32_t phc_index;  /**< number of its hardware clock, /dev/ptpN; -1: none, or nothing tells */
	uint32_t hw_rx;	    /**< enum xdpx_answer: takes the time of received packets in hardware */
	uint32_t hw_rx_all; /**< enum xdpx_answer: of all packets, not only of PTP's */
	uint32_t hw_tx;	    /**< enum xdpx_answer: takes the time of sent packets in hardware */
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
 * Takes snapshots of all network devices of this namespace, in a number of requests that does not grow with theirs;
 * only where a driver fails to answer are the devices asked one by one.
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

/**
 * What tells the answer of xdpx_nic_can().
 *
 * @param nic      the snapshot
 * @param feature  what was asked
 * @return the source; XDPX_SOURCE_NONE for an answer that is unknown
 * @since 0.1
 */
XDPX_API enum xdpx_source xdpx_nic_source(const struct xdpx_nic *nic, enum xdpx_feature feature);

/**
 * A source's name, such as "netdev netlink".
 *
 * @param source  the source
 * @return the name, or NULL past the last source that this library knows
 * @since 0.1
 */
XDPX_API const char *xdpx_source_name(enum xdpx_source source);

/**
 * A number that bounds what can be done with XDP on the device.
 *
 * @param nic    the snapshot
 * @param limit  which one
 * @return the number, or -1 where it is not known, does not apply, or is no limit that this library knows
 * @since 0.1
 */
XDPX_API int64_t xdpx_nic_limit(const struct xdpx_nic *nic, enum xdpx_limit limit);

/**
 * Why xdpx_nic_limit() gives this number.
 *
 * @param nic    the snapshot, which owns the string
 * @param limit  which one
 * @return source and reason, in words
 * @since 0.1
 */
XDPX_API const char *xdpx_nic_limit_why(const struct xdpx_nic *nic, enum xdpx_limit limit);

/**
 * What tells the number of xdpx_nic_limit().
 *
 * @param nic    the snapshot
 * @param limit  which one
 * @return the source; XDPX_SOURCE_NONE for a number that is not known
 * @since 0.1
 */
XDPX_API enum xdpx_source xdpx_nic_limit_source(const struct xdpx_nic *nic, enum xdpx_limit limit);

/**
 * A limit's name, such as "mtu-native".
 *
 * @param limit  the limit
 * @return the name, or NULL past the last limit that this library knows: count up from 0 to see them all
 * @since 0.1
 */
XDPX_API const char *xdpx_limit_name(enum xdpx_limit limit);

/**
 * Whether an offload is on.
 *
 * @param nic      the snapshot
 * @param offload  which one
 * @return XDPX_YES when it is on, XDPX_NO when it is off or the device has none, XDPX_UNKNOWN where nothing tells
 * @since 0.1
 */
XDPX_API enum xdpx_answer xdpx_nic_offload(const struct xdpx_nic *nic, enum xdpx_offload offload);

/**
 * Whether an offload can be switched.
 *
 * @param nic      the snapshot
 * @param offload  which one
 * @return XDPX_YES when it can, XDPX_NO when it stays as it is, XDPX_UNKNOWN where nothing tells
 * @since 0.1
 */
XDPX_API enum xdpx_answer xdpx_nic_offload_changeable(const struct xdpx_nic *nic, enum xdpx_offload offload);

/**
 * An offload's name, such as "lro".
 *
 * @param offload  the offload
 * @return the name, or NULL past the last offload that this library knows: count up from 0 to see them all
 * @since 0.1
 */
XDPX_API const char *xdpx_offload_name(enum xdpx_offload offload);

/**
 * A mode's name: "best", "native", "generic" or "offload".
 *
 * @param mode  the mode
 * @return the name, or NULL for a number that is no mode
 * @since 0.1
 */
XDPX_API const char *xdpx_mode_name(enum xdpx_mode mode);

/**
 * Whether something answered when it was asked about a part of the device.
 *
 * @param nic   the snapshot
 * @param part  which part
 * @return XDPX_YES when its values are the device's, XDPX_UNKNOWN when they are those of not knowing
 * @since 0.1
 */
XDPX_API enum xdpx_answer xdpx_nic_part_known(const struct xdpx_nic *nic, enum xdpx_part part);

/**
 * Where a part comes from, or why it is not known.
 *
 * @param nic   the snapshot, which owns the string
 * @param part  which part
 * @return source and reason, in words
 * @since 0.1
 */
XDPX_API const char *xdpx_nic_part_why(const struct xdpx_nic *nic, enum xdpx_part part);

/**
 * A part's name, such as "page-pools".
 *
 * @param part  the part
 * @return the name, or NULL past the last part that this library knows: count up from 0 to see them all
 * @since 0.1
 */
XDPX_API const char *xdpx_part_name(enum xdpx_part part);

/**
 * The sizes of the device's rings.
 *
 * @param nic    the snapshot
 * @param rings  in: `size`; out: the sizes, as much as fits
 * @return 0, or
 *         -EINVAL: `rings` is NULL or its `size` is 0
 * @since 0.1
 */
XDPX_API int xdpx_nic_rings(const struct xdpx_nic *nic, struct xdpx_rings *rings);

/**
 * How the device delays interrupts.
 *
 * @param nic       the snapshot
 * @param coalesce  in: `size`; out: the settings, as much as fits
 * @return 0, or
 *         -EINVAL: `coalesce` is NULL or its `size` is 0
 * @since 0.1
 */
XDPX_API int xdpx_nic_coalesce(const struct xdpx_nic *nic, struct xdpx_coalesce *coalesce);

/**
 * Which timestamps the device takes.
 *
 * @param nic    the snapshot
 * @param clock  in: `size`; out: what is known, as much as fits
 * @return 0, or
 *         -EINVAL: `clock` is NULL or its `size` is 0
 * @since 0.1
 */
XDPX_API int xdpx_nic_clock(const struct xdpx_nic *nic, struct xdpx_clock *clock);

/**
 * The table that maps a packet's hash to a queue.
 *
 * @param nic    the snapshot, which owns the table
 * @param table  out: a queue a slot; a hash takes the slot of its lowest bits
 * @return how many slots, 0 where nothing tells
 * @since 0.1
 */
XDPX_API size_t xdpx_nic_rss_table(const struct xdpx_nic *nic, const uint32_t **table);

/**
 * The key of the RSS hash.
 *
 * @param nic  the snapshot, which owns the bytes
 * @param key  out: the key
 * @return how many bytes, 0 where nothing tells
 * @since 0.1
 */
XDPX_API size_t xdpx_nic_rss_key(const struct xdpx_nic *nic, const uint8_t **key);

/**
 * The function of the RSS hash.
 *
 * @param nic  the snapshot, which owns the string
 * @return "toeplitz", "xor" or "crc32"; "" where nothing tells
 * @since 0.1
 */
XDPX_API const char *xdpx_nic_rss_function(const struct xdpx_nic *nic);

/**
 * The bus that the device is on, such as "pci" or "virtio".
 *
 * @param nic  the snapshot, which owns the string
 * @return the bus, "" for a software device or where nothing tells
 * @since 0.1
 */
XDPX_API const char *xdpx_nic_bus(const struct xdpx_nic *nic);

/**
 * The device's address on its bus, such as "0000:3b:00.0".
 *
 * @param nic  the snapshot, which owns the string
 * @return the address, "" for a software device or where nothing tells
 * @since 0.1
 */
XDPX_API const char *xdpx_nic_bus_address(const struct xdpx_nic *nic);

/**
 * The version of the firmware that runs on the device.
 *
 * @param nic  the snapshot, which owns the string
 * @return the version as the driver writes it, "" where nothing tells
 * @since 0.1
 */
XDPX_API const char *xdpx_nic_firmware(const struct xdpx_nic *nic);

/**
 * The NUMA node that is nearest to the device.
 *
 * @param nic  the snapshot
 * @return the node, or -1 where there is none or nothing tells
 * @since 0.1
 */
XDPX_API int xdpx_nic_numa_node(const struct xdpx_nic *nic);

/**
 * The speed of the link.
 *
 * @param nic  the snapshot
 * @return the speed in Mbit/s, 0 where nothing tells
 * @since 0.1
 */
XDPX_API uint32_t xdpx_nic_speed(const struct xdpx_nic *nic);

/**
 * The network namespace that the device was in.
 *
 * @param nic  the snapshot
 * @return the inode number of the namespace, as `ls -L -i /proc/self/ns/net` shows; 0 where nothing tells
 * @since 0.1
 */
XDPX_API uint64_t xdpx_nic_netns(const struct xdpx_nic *nic);

#ifdef __cplusplus
}
#endif

#endif

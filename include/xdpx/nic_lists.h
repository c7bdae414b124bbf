/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/**
 * @file xdpx/nic_lists.h
 * What a snapshot of a network device holds several of: programs, queues, NAPI instances, page pools, related devices,
 * versions, private flags.
 *
 * Each list has a function that counts, and one that fills a struct with an entry from 0 to the count - 1. A list that
 * is empty because nothing tells is told from one that is empty by xdpx_nic_part_known(). Strings in the structs are
 * the snapshot's and live as long as it does; none is NULL.
 */
#ifndef XDPX_NIC_LISTS_H
#define XDPX_NIC_LISTS_H

#include <xdpx/nic.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Who holds an XDP program on a device. */
enum xdpx_owner {
	XDPX_OWNER_UNKNOWN = 0, /**< it can't be asked for: that takes CAP_SYS_ADMIN */
	XDPX_OWNER_LINK = 1,	/**< a bpf_link */
	XDPX_OWNER_NETLINK = 2, /**< nobody: attached over netlink, it stays until somebody detaches it */
	XDPX_OWNER_LIBXDP = 3,	/**< libxdp: the program is its dispatcher, with others below it */
	XDPX_OWNER_CHAIN = 4,	/**< this library's chain of programs */
};

/** An XDP program that runs on a device. What nothing tells is 0 or "". */
struct xdpx_attachment {
	size_t size;		/**< in: sizeof(struct xdpx_attachment) */
	uint32_t mode;		/**< enum xdpx_mode: native, generic or offload */
	uint32_t owner;		/**< enum xdpx_owner */
	uint32_t prog_id;	/**< the program's id */
	uint32_t link_id;	/**< the id of the bpf_link that holds it, also where libxdp or a chain does so */
	uint64_t loaded_ns;	/**< when it was loaded, in nanoseconds since boot, time asleep included */
	const char *name;	/**< the program's name */
	const char *tag;	/**< the hash of its instructions, 16 hex digits */
	const char *owner_name; /**< the owner's kind in words, such as "bpf_link" */
};

/** A queue in use. */
struct xdpx_queue {
	size_t size;	  /**< in: sizeof(struct xdpx_queue) */
	uint32_t id;	  /**< its number, from 0 in each direction */
	uint32_t tx;	  /**< 0: a receive queue; 1: a transmit queue */
	uint32_t napi_id; /**< the NAPI instance that serves it, 0 where nothing tells */
	uint32_t xsk;	  /**< enum xdpx_answer: whether an AF_XDP socket is bound to it; unknown before Linux 6.15 */
};

/** A NAPI instance: the context in which a device's packets are received. What nothing tells is -1. */
struct xdpx_napi {
	size_t size;			/**< in: sizeof(struct xdpx_napi) */
	uint32_t id;			/**< its id, as sockets tell it (SO_INCOMING_NAPI_ID) */
	int32_t irq;			/**< the interrupt's number */
	int64_t pid;			/**< the thread that runs it, where it has one */
	int64_t defer_hard_irqs;	/**< empty polls before the interrupt comes on again (6.13) */
	int64_t gro_flush_timeout_ns;	/**< nanoseconds until it polls by itself (6.13) */
	int64_t irq_suspend_timeout_ns; /**< nanoseconds without interrupts while an application polls (6.13) */
};

/** A page pool: memory that a driver receives into. What nothing tells is -1. */
struct xdpx_page_pool {
	size_t size;		/**< in: sizeof(struct xdpx_page_pool) */
	uint64_t id;		/**< its id */
	uint32_t napi_id;	/**< the NAPI instance that uses it, 0 for none */
	uint32_t dmabuf;	/**< id of the DMA buffer that its memory comes from, 0 for none */
	int64_t inflight;	/**< pages that somebody holds */
	int64_t inflight_bytes; /**< their memory in bytes */
	int64_t detach_time;	/**< since when it waits for its last pages, in seconds since boot; -1: in use */
};

/** Counters of a device's queues, added up. What nothing tells is -1. */
struct xdpx_qstats {
	size_t size;	       /**< in: sizeof(struct xdpx_qstats) */
	int64_t rx_packets;    /**< packets received */
	int64_t rx_bytes;      /**< their bytes */
	int64_t rx_alloc_fail; /**< packets lost for lack of memory */
	int64_t rx_hw_drops;   /**< packets that the device dropped */
	int64_t rx_overruns;   /**< of these, for lack of descriptors */
	int64_t tx_packets;    /**< packets sent */
	int64_t tx_bytes;      /**< their bytes */
	int64_t tx_hw_drops;   /**< packets that the device did not send */
};

/** How another device is related. */
enum xdpx_relation {
	XDPX_RELATION_LOWER = 0,  /**< it carries this device's packets, such as the device below a VLAN or a macvlan */
	XDPX_RELATION_UPPER = 1,  /**< this device carries its packets */
	XDPX_RELATION_PEER = 2,	  /**< the other end of a pair */
	XDPX_RELATION_MASTER = 3, /**< the bridge, bond or the like that this device belongs to */
	XDPX_RELATION_MEMBER = 4, /**< it belongs to this bridge, bond or the like */
};

/** A related device. */
struct xdpx_related {
	size_t size;	   /**< in: sizeof(struct xdpx_related) */
	uint32_t relation; /**< enum xdpx_relation */
	uint32_t index;	   /**< its index in its own network namespace */
	int32_t netnsid;   /**< -1: in the same namespace; else this namespace's id of the other one */
	uint32_t reserved; /**< out: 0 */
	const char *name;  /**< its name; "" where it is in another namespace */
};

/** A version that a device tells through devlink. */
struct xdpx_version_entry {
	size_t size;	   /**< in: sizeof(struct xdpx_version_entry) */
	const char *kind;  /**< "fixed", "running" or "stored" */
	const char *name;  /**< what has this version, such as "fw" or "fw.app" */
	const char *value; /**< the version */
};

/** A flag that only this driver has. */
struct xdpx_private_flag {
	size_t size;	   /**< in: sizeof(struct xdpx_private_flag) */
	const char *name;  /**< its name, such as "legacy-rx" */
	uint32_t on;	   /**< 1: set */
	uint32_t reserved; /**< out: 0 */
};

/**
 * How many XDP programs run on the device.
 *
 * @param nic  the snapshot
 * @return the count, 0 where nothing tells
 * @since 0.1
 */
XDPX_API size_t xdpx_nic_attachment_count(const struct xdpx_nic *nic);

/**
 * One of the programs.
 *
 * @param nic    the snapshot
 * @param at     0 to xdpx_nic_attachment_count() - 1
 * @param entry  in: `size`; out: the entry, as much as fits
 * @return 0, or
 *         -ERANGE: `at` is past the end
 *         -EINVAL: `entry` is NULL or its `size` is 0
 * @since 0.1
 */
XDPX_API int xdpx_nic_attachment(const struct xdpx_nic *nic, size_t at, struct xdpx_attachment *entry);

/**
 * How many queues are in use.
 *
 * @param nic  the snapshot
 * @return the count, 0 where nothing tells
 * @since 0.1
 */
XDPX_API size_t xdpx_nic_queue_count(const struct xdpx_nic *nic);

/**
 * One of the queues.
 *
 * @param nic    the snapshot
 * @param at     0 to xdpx_nic_queue_count() - 1
 * @param entry  in: `size`; out: the entry, as much as fits
 * @return 0, or
 *         -ERANGE: `at` is past the end
 *         -EINVAL: `entry` is NULL or its `size` is 0
 * @since 0.1
 */
XDPX_API int xdpx_nic_queue(const struct xdpx_nic *nic, size_t at, struct xdpx_queue *entry);

/**
 * How many NAPI instances the device has.
 *
 * @param nic  the snapshot
 * @return the count, 0 where nothing tells
 * @since 0.1
 */
XDPX_API size_t xdpx_nic_napi_count(const struct xdpx_nic *nic);

/**
 * One of the napis.
 *
 * @param nic    the snapshot
 * @param at     0 to xdpx_nic_napi_count() - 1
 * @param entry  in: `size`; out: the entry, as much as fits
 * @return 0, or
 *         -ERANGE: `at` is past the end
 *         -EINVAL: `entry` is NULL or its `size` is 0
 * @since 0.1
 */
XDPX_API int xdpx_nic_napi(const struct xdpx_nic *nic, size_t at, struct xdpx_napi *entry);

/**
 * How many page pools the device has.
 *
 * @param nic  the snapshot
 * @return the count, 0 where nothing tells
 * @since 0.1
 */
XDPX_API size_t xdpx_nic_page_pool_count(const struct xdpx_nic *nic);

/**
 * One of the page pools.
 *
 * @param nic    the snapshot
 * @param at     0 to xdpx_nic_page_pool_count() - 1
 * @param entry  in: `size`; out: the entry, as much as fits
 * @return 0, or
 *         -ERANGE: `at` is past the end
 *         -EINVAL: `entry` is NULL or its `size` is 0
 * @since 0.1
 */
XDPX_API int xdpx_nic_page_pool(const struct xdpx_nic *nic, size_t at, struct xdpx_page_pool *entry);

/**
 * How many devices are related to it.
 *
 * @param nic  the snapshot
 * @return the count, 0 where nothing tells
 * @since 0.1
 */
XDPX_API size_t xdpx_nic_related_count(const struct xdpx_nic *nic);

/**
 * One of the related devices.
 *
 * @param nic    the snapshot
 * @param at     0 to xdpx_nic_related_count() - 1
 * @param entry  in: `size`; out: the entry, as much as fits
 * @return 0, or
 *         -ERANGE: `at` is past the end
 *         -EINVAL: `entry` is NULL or its `size` is 0
 * @since 0.1
 */
XDPX_API int xdpx_nic_related(const struct xdpx_nic *nic, size_t at, struct xdpx_related *entry);

/**
 * How many versions the device tells.
 *
 * @param nic  the snapshot
 * @return the count, 0 where nothing tells
 * @since 0.1
 */
XDPX_API size_t xdpx_nic_version_count(const struct xdpx_nic *nic);

/**
 * One of the versions.
 *
 * @param nic    the snapshot
 * @param at     0 to xdpx_nic_version_count() - 1
 * @param entry  in: `size`; out: the entry, as much as fits
 * @return 0, or
 *         -ERANGE: `at` is past the end
 *         -EINVAL: `entry` is NULL or its `size` is 0
 * @since 0.1
 */
XDPX_API int xdpx_nic_version(const struct xdpx_nic *nic, size_t at, struct xdpx_version_entry *entry);

/**
 * How many private flags the driver has.
 *
 * @param nic  the snapshot
 * @return the count, 0 where nothing tells
 * @since 0.1
 */
XDPX_API size_t xdpx_nic_private_flag_count(const struct xdpx_nic *nic);

/**
 * One of the private flags.
 *
 * @param nic    the snapshot
 * @param at     0 to xdpx_nic_private_flag_count() - 1
 * @param entry  in: `size`; out: the entry, as much as fits
 * @return 0, or
 *         -ERANGE: `at` is past the end
 *         -EINVAL: `entry` is NULL or its `size` is 0
 * @since 0.1
 */
XDPX_API int xdpx_nic_private_flag(const struct xdpx_nic *nic, size_t at, struct xdpx_private_flag *entry);

/**
 * The counters of the device's queues, added up.
 *
 * @param nic    the snapshot
 * @param stats  in: `size`; out: the counters, as much as fits
 * @return 0, or
 *         -EINVAL: `stats` is NULL or its `size` is 0
 * @since 0.1
 */
XDPX_API int xdpx_nic_qstats(const struct xdpx_nic *nic, struct xdpx_qstats *stats);

/**
 * A relation's name: "lower", "upper", "peer", "master" or "member".
 *
 * @param relation  the relation
 * @return the name, or NULL for a number that is none
 * @since 0.1
 */
XDPX_API const char *xdpx_relation_name(enum xdpx_relation relation);

#ifdef __cplusplus
}
#endif

#endif

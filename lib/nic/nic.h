/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The snapshot, for the files of this folder. One device and a list of all are gathered in the same way. */
#ifndef XDPX_NIC_NIC_H
#define XDPX_NIC_NIC_H

#include "netlink/netlink.h"

#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <xdpx/nic.h>
#include <xdpx/nic_lists.h>

/* The kernel's limits: MAX_ADDR_LEN, ALTIFNAMSIZ, ETHTOOL_BUSINFO_LEN and the like. */
#define XDPX_NIC_MAC_BYTES 32
#define XDPX_NIC_NAME_BYTES 128
#define XDPX_NIC_WORD_BYTES 64

/* How many there are of each; XDPX_NIC_FEATURES of the features, which have a bit each in some places. */
#define XDPX_NIC_FEATURES (XDPX_FEATURE_RSS_SYMMETRIC + 1)
#define XDPX_NIC_LIMITS (XDPX_LIMIT_QUEUES_XDP + 1)
#define XDPX_NIC_OFFLOADS (XDPX_OFFLOAD_RX_CHECKSUM + 1)
#define XDPX_NIC_PARTS (XDPX_PART_RELATED + 1)

/* Counts of one source, and whether it answered at all. */
struct xdpx_nic_counts {
	bool known;
	uint32_t rx;
	uint32_t tx;
};

/* What ethtool calls channels. */
struct xdpx_nic_channels {
	bool known;
	uint32_t rx, tx, combined;
	uint32_t rx_max, tx_max, combined_max;
};

/* What the netdev family says of a device; each word of bits may be missing. */
struct xdpx_nic_netdev {
	bool seen; /* it listed the device */
	bool xdp_known, rx_metadata_known, xsk_known;
	uint64_t xdp;
	uint64_t rx_metadata;
	uint64_t xsk;
	uint32_t zerocopy_segments; /* 0: not told */
};

/* What rtnetlink says of other devices and of the kind of this one. */
struct xdpx_nic_place {
	uint32_t lower;	       /* index of the device below, or the other end of a pair; 0: none */
	int32_t lower_netnsid; /* -1: in this namespace */
	uint32_t lower_mtu;    /* its MTU; 0: not known */
	uint32_t lower_native; /* enum xdpx_answer: whether it runs a native program */
	uint32_t master;       /* 0: none */
	int32_t bond_mode;     /* -1: no bond */
};

struct xdpx_nic_offloads {
	uint32_t known; /* a bit an offload, as in the next two */
	uint32_t on;
	uint32_t changeable;
};

struct xdpx_nic_rss {
	uint32_t *table;
	size_t table_count;
	uint8_t *key;
	size_t key_bytes;
	uint32_t function; /* one bit, of the set of names that ethtool has for them */
	uint32_t transform;
};

/* An answer to "can it", or a number, and where it comes from. `why` is constant, or one of the snapshot's texts. */
struct xdpx_nic_answer {
	enum xdpx_answer answer;
	enum xdpx_source source;
	const char *why;
};

struct xdpx_nic_number {
	int64_t value;
	enum xdpx_source source;
	const char *why;
};

/* Why a part is not known: 0 for known, a negative errno of the request, or this, of an answer without the device. */
#define XDPX_NIC_PART_UNTOLD 1

struct xdpx_nic_part {
	int state;
	const char *why;
};

/* Entries of one kind, each of the public struct, which is as large as this library knows it. */
struct xdpx_nic_entries {
	void *at;
	size_t count;
	size_t room;
};

struct xdpx_nic_text;

struct xdpx_nic {
	uint32_t index;
	uint32_t mtu;
	uint32_t mtu_min, mtu_max; /* 0: not told */
	bool up;
	bool loopback;
	bool carrier;
	char name[IF_NAMESIZE];
	char kind[XDPX_NIC_WORD_BYTES];
	char driver[XDPX_NIC_WORD_BYTES];
	char parent_bus[XDPX_NIC_WORD_BYTES];
	char parent_name[XDPX_NIC_WORD_BYTES];
	char firmware[XDPX_NIC_WORD_BYTES];
	uint8_t mac[XDPX_NIC_MAC_BYTES];
	size_t mac_bytes;
	int numa_node;
	uint64_t virtio; /* the bits that virtio device and driver agreed on; 0: not known */
	uint64_t netns;
	struct xdpx_nl_xdp programs;
	struct xdpx_nic_place place;

	struct xdpx_nic_counts allocated; /* rtnetlink: as many as it was made with */
	struct xdpx_nic_channels channels;
	uint32_t attached; /* the open fds of a multi-queue tun or tap, as rtnetlink tells them; 0 for any other */
	struct xdpx_nic_counts listed; /* netdev: those in use, while the device is up */
	struct xdpx_queues queues;
	const char *queues_why;

	struct xdpx_nic_netdev netdev;
	struct xdpx_rings rings;
	uint32_t header_split; /* as ethtool tells it: 0 not, 1 off, 2 on */
	struct xdpx_nic_offloads offloads;
	struct xdpx_nic_rss rss;
	uint32_t speed;
	struct xdpx_coalesce coalesce;
	struct xdpx_clock clock;
	struct xdpx_qstats qstats;

	struct xdpx_nic_entries attachments, queue_list, napis, page_pools, related, versions, private_flags;

	struct xdpx_nic_part parts[XDPX_NIC_PARTS];
	struct xdpx_nic_answer answers[XDPX_NIC_FEATURES];
	struct xdpx_nic_number numbers[XDPX_NIC_LIMITS];
	struct xdpx_nic_text *texts;
};

/* In the order of their indices once xdpx_nic_links() has filled it. */
struct xdpx_nic_list {
	struct xdpx_nic *nics;
	size_t count;
	size_t room;
	struct xdpx_nic_feature_bits *feature_bits; /* which bit of ethtool's features is which offload */
};

/* What is the same for all devices. */
struct xdpx_nic_machine {
	uint64_t netns;
	enum xdpx_answer xsk; /* whether the kernel has AF_XDP sockets */
	uint32_t kernel;      /* XDPX_KERNEL(), of drivers.h */
	int64_t page;	      /* bytes */
	int64_t cpus;	      /* that may ever be there */
};

/* Which device is meant: by index, or else by name; all of them where neither is set. */
struct xdpx_nic_target {
	uint32_t index;
	char name[XDPX_NIC_NAME_BYTES];
};

/* Reads "eth0" or "#2"; -EINVAL with the error recorded. */
int xdpx_nic_target_read(const char *name, struct xdpx_nic_target *target);

/* Makes a snapshot that knows nothing, and frees what one holds, without the struct itself. */
void xdpx_nic_begin(struct xdpx_nic *nic);
void xdpx_nic_end(struct xdpx_nic *nic);

/* A string of the snapshot's, printf-style; "" when memory runs out. */
const char *xdpx_nic_say(struct xdpx_nic *nic, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Room for one more entry of `bytes`, zeroed but for its size, or NULL; and dropping all of them. */
void *xdpx_nic_entry_add(struct xdpx_nic_entries *entries, size_t bytes);
void xdpx_nic_entries_forget(struct xdpx_nic_entries *entries);

/* Into the order of indices; the kernel's own order is another before 6.9. */
void xdpx_nic_list_sort(struct xdpx_nic_list *list);

/* The device with this index, or NULL; of a list in order. */
struct xdpx_nic *xdpx_nic_list_find(const struct xdpx_nic_list *list, uint32_t index);

/* Room for one more at the end, begun, or NULL. */
struct xdpx_nic *xdpx_nic_list_add(struct xdpx_nic_list *list);

/* Takes those out that netdev has not listed: they went away since the list was made. */
void xdpx_nic_list_drop_unseen(struct xdpx_nic_list *list);

/* Frees what the list holds, without the struct itself. */
void xdpx_nic_list_end(struct xdpx_nic_list *list);

/* Takes the snapshots; `route` and `genl` are the caller's, who may count the requests. Errors are recorded. */
int xdpx_nic_gather(struct xdpx_nl *route, struct xdpx_nl *genl, const struct xdpx_nic_target *target,
		    struct xdpx_nic_list *list);

/* Finds the driver's name, NUMA node and firmware, with ioctls on `fd`, any socket of the network namespace. */
void xdpx_nic_driver_find(struct xdpx_nic *nic, int fd);

/* Pick the best source of each thing; they ask nothing. */
void xdpx_nic_queues_settle(struct xdpx_nic *nic);
void xdpx_nic_parts_settle(struct xdpx_nic *nic);
void xdpx_nic_answers_settle(struct xdpx_nic *nic, const struct xdpx_nic_machine *machine);
void xdpx_nic_limits_settle(struct xdpx_nic *nic, const struct xdpx_nic_machine *machine);

/* Of virtio devices: reads their bits from a file of sysfs, and says why they decide against it, or NULL. */
void xdpx_nic_virtio_read(FILE *file, struct xdpx_nic *nic);
const char *xdpx_nic_virtio_no_native(const struct xdpx_nic *nic);
const char *xdpx_nic_virtio_no_zerocopy(const struct xdpx_nic *nic);

/* 0, or -ENOMEM. */
int xdpx_nic_machine_find(struct xdpx_nic_machine *machine);

/* Replace an answer or a number, for those who know better; `why` is constant, or one of the snapshot's texts. */
void xdpx_nic_answer_set(struct xdpx_nic *nic, enum xdpx_feature feature, enum xdpx_answer answer,
			 enum xdpx_source source, const char *why);
void xdpx_nic_number_set(struct xdpx_nic *nic, enum xdpx_limit limit, int64_t value, enum xdpx_source source,
			 const char *why);

/* The MTU that XDPX_LIMIT_MTU_NATIVE bounds: of a veth that of its peer; 0: not known. */
uint32_t xdpx_nic_native_mtu(const struct xdpx_nic *nic);

/* A related device of this relation, or NULL. */
const struct xdpx_related *xdpx_nic_related_find(const struct xdpx_nic *nic, enum xdpx_relation relation);

#endif

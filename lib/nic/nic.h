/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The snapshot, for the files of this folder. One device and a list of all are gathered in the same way. */
#ifndef XDPX_NIC_NIC_H
#define XDPX_NIC_NIC_H

#include <net/if.h>
#include <stdbool.h>
#include <xdpx/nic.h>

/* The kernel's limits: MAX_ADDR_LEN, ALTIFNAMSIZ, ETHTOOL_BUSINFO_LEN and the like. */
#define XDPX_NIC_MAC_BYTES 32
#define XDPX_NIC_NAME_BYTES 128
#define XDPX_NIC_WORD_BYTES 64

struct xdpx_nl;
struct nlmsghdr;

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

struct xdpx_nic {
	uint32_t index;
	uint32_t mtu;
	uint32_t prog_id;
	bool up;
	bool loopback;
	bool carrier;
	char name[IF_NAMESIZE];
	char kind[XDPX_NIC_WORD_BYTES];
	char driver[XDPX_NIC_WORD_BYTES];
	char parent_bus[XDPX_NIC_WORD_BYTES];
	char parent_name[XDPX_NIC_WORD_BYTES];
	uint8_t mac[XDPX_NIC_MAC_BYTES];
	size_t mac_bytes;

	struct xdpx_nic_counts allocated; /* rtnetlink: as many as it was made with */
	struct xdpx_nic_channels channels;
	uint32_t attached; /* the open fds of a multi-queue tun or tap, as rtnetlink tells them; 0 for any other */
	struct xdpx_nic_counts listed; /* netdev: those in use, while the device is up */
	struct xdpx_queues queues;
	const char *queues_why;

	bool seen; /* netdev listed the device */
	bool features_known;
	uint64_t features;
	char features_why[192]; /* why they are not known */
};

/* In the order of their indices once xdpx_nic_links() has filled it. */
struct xdpx_nic_list {
	struct xdpx_nic *nics;
	size_t count;
	size_t room;
};

/* Which device is meant: by index, or else by name; all of them where neither is set. */
struct xdpx_nic_target {
	uint32_t index;
	char name[XDPX_NIC_NAME_BYTES];
};

/* Reads "eth0" or "#2"; -EINVAL with the error recorded. */
int xdpx_nic_target_read(const char *name, struct xdpx_nic_target *target);

/* Fills the list with the target, or with all. No error is recorded. */
int xdpx_nic_links(struct xdpx_nl *route, const struct xdpx_nic_target *target, struct xdpx_nic_list *list);

/*
 * Add to the snapshots in the list; `index` 0 asks for all devices. A source that is missing leaves things unknown;
 * the only errors are -ENODEV, for a device that is gone, and -ENOMEM. Features come last: they also tell which
 * devices are still there.
 */
int xdpx_nic_channels(struct xdpx_nl *genl, uint32_t index, struct xdpx_nic_list *list);
int xdpx_nic_listed_queues(struct xdpx_nl *genl, uint32_t index, struct xdpx_nic_list *list);
int xdpx_nic_features(struct xdpx_nl *genl, uint32_t index, struct xdpx_nic_list *list);

/* Asks nothing of netlink: picks the best source of the counts, finds the driver's name. */
void xdpx_nic_queues_settle(struct xdpx_nic *nic);
void xdpx_nic_driver_find(struct xdpx_nic *nic);

/* Into the order of indices; the kernel's own order is another before 6.9. */
void xdpx_nic_list_sort(struct xdpx_nic_list *list);

/* The device with this index, or NULL; of a list in order. */
struct xdpx_nic *xdpx_nic_list_find(const struct xdpx_nic_list *list, uint32_t index);

/* Room for one more at the end, zeroed, or NULL. */
struct xdpx_nic *xdpx_nic_list_add(struct xdpx_nic_list *list);

/* Takes the snapshots; `route` and `genl` are the caller's, who may count the requests. Errors are recorded. */
int xdpx_nic_gather(struct xdpx_nl *route, struct xdpx_nl *genl, const struct xdpx_nic_target *target,
		    struct xdpx_nic_list *list);

#endif

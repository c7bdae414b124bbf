/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * What generic netlink is asked about devices: one request a source, for one device or for all of them; where a driver
 * fails, which ends the dump about all, one more a device.
 *
 * A source that is missing leaves its part of the snapshot unknown. The parsers take any bytes.
 */
#ifndef XDPX_NIC_SOURCES_H
#define XDPX_NIC_SOURCES_H

#include "nic/nic.h"

struct xdpx_nic_source {
	enum xdpx_part part;
	const char *family;
	uint8_t request; /* the command, and that of the reply */
	uint8_t reply;
	bool dump_only; /* about one device, too, the kernel answers with a dump */
	bool complete;	/* a device that the answer leaves out has none */
	/* Puts into the request what is asked: about one device, or with NULL about all. False: this can't be asked. */
	bool (*ask)(struct nlmsghdr *message, const struct xdpx_nic *one);
	/* Reads one reply into the list of snapshots, which is `arg`. */
	xdpx_nl_fn *take;
	/* Frees what was read, and back to what stands for not knowing; also takes a snapshot that is all zeros. */
	void (*forget)(struct xdpx_nic *nic);
};

/* All of them, in the order of asking; NULL past the last. The netdev family's features come last. */
const struct xdpx_nic_source *xdpx_nic_source_at(size_t at);

/* Makes a zeroed snapshot know nothing of any of them, and frees what one knows. */
void xdpx_nic_sources_forget(struct xdpx_nic *nic);

/* Asks one; what it does not tell stays unknown. 0, or -ENOMEM. */
int xdpx_nic_source_ask(const struct xdpx_nic_source *source, struct xdpx_nl *genl, const struct xdpx_nic *one,
			struct xdpx_nic_list *list);

/* Each in the file of its name. */
extern const struct xdpx_nic_source xdpx_nic_features_source;
extern const struct xdpx_nic_source xdpx_nic_queues_source;
extern const struct xdpx_nic_source xdpx_nic_napis_source;
extern const struct xdpx_nic_source xdpx_nic_page_pools_source;
extern const struct xdpx_nic_source xdpx_nic_qstats_source;
extern const struct xdpx_nic_source xdpx_nic_channels_source;
extern const struct xdpx_nic_source xdpx_nic_rings_source;
extern const struct xdpx_nic_source xdpx_nic_offloads_source;
extern const struct xdpx_nic_source xdpx_nic_rss_source;
extern const struct xdpx_nic_source xdpx_nic_speed_source;
extern const struct xdpx_nic_source xdpx_nic_coalesce_source;
extern const struct xdpx_nic_source xdpx_nic_clock_source;
extern const struct xdpx_nic_source xdpx_nic_private_flags_source;
extern const struct xdpx_nic_source xdpx_nic_versions_source;

/* rtnetlink: fills the list with the target, or with all. No error is recorded. */
int xdpx_nic_links(struct xdpx_nl *route, const struct xdpx_nic_target *target, struct xdpx_nic_list *list);

/* Who is above, below and beside the devices of `list`; reads all devices where the list holds but one. */
int xdpx_nic_relate(struct xdpx_nl *route, const struct xdpx_nic *one, struct xdpx_nic_list *list);

/*
 * The bpf system call: what is known about the attached programs. Takes CAP_SYS_ADMIN; without, they have their ids.
 * 0, or -ENOMEM.
 */
int xdpx_nic_attachments(struct xdpx_nic_list *list);

/* Finds which bit of ethtool's features is which offload. 0, or -ENOMEM. */
int xdpx_nic_feature_bits(struct xdpx_nl *genl, struct xdpx_nic_list *list);

#endif

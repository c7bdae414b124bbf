/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The netdev family of generic netlink: XDP features (6.3), the rest from 6.8 on. No privilege is needed. */
#ifndef XDPX_NIC_NETDEV_H
#define XDPX_NIC_NETDEV_H

#include "nic/sources.h"

#define XDPX_NETDEV "netdev"

/* Of xdp-features. */
enum {
	XDPX_NETDEV_BASIC = 1,
	XDPX_NETDEV_REDIRECT = 2,
	XDPX_NETDEV_NDO_XMIT = 4,
	XDPX_NETDEV_ZEROCOPY = 8,
	XDPX_NETDEV_HW_OFFLOAD = 16,
	XDPX_NETDEV_RX_SG = 32,
	XDPX_NETDEV_NDO_XMIT_SG = 64,
};

/* Of rx-metadata-features, and of xsk-features. */
enum { XDPX_NETDEV_RX_TIMESTAMP = 1, XDPX_NETDEV_RX_HASH = 2, XDPX_NETDEV_RX_VLAN = 4 };
enum { XDPX_NETDEV_TX_TIMESTAMP = 1, XDPX_NETDEV_TX_CHECKSUM = 2, XDPX_NETDEV_TX_LAUNCH_TIME = 4 };

/* The directions of queues. */
enum { XDPX_NETDEV_RX = 0, XDPX_NETDEV_TX = 1 };

/* The kernel's own limit of a device's queues is far lower; a number past this one is not a queue's. */
#define XDPX_NETDEV_QUEUES 65536

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * How many queues, from the best source that answered.
 *
 * The kernel binds an AF_XDP socket to queue < max(real_num_rx_queues, real_num_tx_queues). The netdev family tells
 * just these numbers, but only while the device is up. Channels tell them too, except that a tap without an open fd
 * says 0 of them where the kernel keeps one. What the device was made with can be far more than is in use (256 for a
 * multi-queue tap), and is right for devices whose driver has no channels to set.
 */
#include "base/opts.h"
#include "nic/nic.h"

static uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static void in_use(struct xdpx_nic *nic, uint32_t rx, uint32_t tx, const char *why)
{
	nic->queues.rx = rx;
	nic->queues.tx = tx;
	nic->queues_why = why;
}

void xdpx_nic_queues_settle(struct xdpx_nic *nic)
{
	const struct xdpx_nic_channels *channels = &nic->channels;

	nic->queues = (struct xdpx_queues){.size = sizeof(nic->queues)};
	if (channels->known) {
		nic->queues.combined = channels->combined;
		nic->queues.combined_max = channels->combined_max;
		/* Drivers that have both kinds let one be chosen, not added up. */
		nic->queues.rx_max = larger(channels->rx_max, channels->combined_max);
		nic->queues.tx_max = larger(channels->tx_max, channels->combined_max);
	} else {
		nic->queues.rx_max = nic->allocated.rx;
		nic->queues.tx_max = nic->allocated.tx;
	}

	if (nic->listed.known)
		in_use(nic, nic->listed.rx, nic->listed.tx, "netdev netlink: the kernel's list of queues in use");
	else if (channels->known)
		in_use(nic, larger(channels->rx + channels->combined, 1), larger(channels->tx + channels->combined, 1),
		       "ethtool netlink: the driver's channels, since the kernel lists no queues of this device (they "
		       "are listed from Linux 6.8 on, while it is up)");
	else if (nic->attached)
		in_use(nic, nic->attached, nic->attached, "rtnetlink: the file descriptors open on the device");
	else if (nic->allocated.known)
		in_use(nic, nic->allocated.rx, nic->allocated.tx,
		       "rtnetlink: the queues that the device was made with, since its driver has no channels and the "
		       "kernel lists no queues of it (they are listed from Linux 6.8 on, while it is up)");
	else
		in_use(nic, 0, 0, "neither netdev netlink, ethtool netlink nor rtnetlink tells");
	nic->queues.usable = larger(nic->queues.rx, nic->queues.tx);
}

int xdpx_nic_queues(const struct xdpx_nic *nic, struct xdpx_queues *queues)
{
	return xdpx_out_give(queues, &nic->queues, sizeof(nic->queues), "nic.queues");
}

const char *xdpx_nic_queues_why(const struct xdpx_nic *nic)
{
	return nic->queues_why;
}

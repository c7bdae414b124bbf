/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * What a virtio device and its driver agreed on when it was set up. It decides on XDP, and neither the netdev family
 * nor the table of drivers knows of it. The numbers are those of the virtio specification.
 */
#include "nic/nic.h"

#include <stdio.h>

#define BIT(number) (UINT64_C(1) << (number))

#define GUEST_CSUM BIT(1)
#define CTRL_GUEST_OFFLOADS BIT(2)
#define MTU BIT(3)
#define GUEST_TSO (BIT(7) | BIT(8) | BIT(9)) /* for IPv4, for IPv6, with ECN */
#define GUEST_UFO BIT(10)
#define MRG_RXBUF BIT(15)
#define ACCESS_PLATFORM BIT(33)
#define GUEST_USO (BIT(54) | BIT(55)) /* for IPv4, for IPv6 */

/* A character each, that of bit 0 first. */
void xdpx_nic_virtio_read(FILE *file, struct xdpx_nic *nic)
{
	uint64_t bits = 0;
	int character;
	int i;

	for (i = 0; i < 64; i++) {
		character = fgetc(file);
		if (character != '0' && character != '1')
			return;
		if (character == '1')
			bits |= BIT(i);
	}
	nic->virtio = bits;
}

/* virtio_net gives each packet a chain of pages, in the one receive path of it that runs no programs. */
static bool has_chains(const struct xdpx_nic *nic)
{
	if (nic->virtio & MRG_RXBUF)
		return false;
	return nic->virtio & (GUEST_TSO | GUEST_UFO) || (nic->virtio & GUEST_USO) == GUEST_USO ||
	       (nic->virtio & MTU && nic->mtu_max > 1500);
}

const char *xdpx_nic_virtio_no_native(const struct xdpx_nic *nic)
{
	if (nic->virtio & (GUEST_CSUM | GUEST_TSO | GUEST_UFO | GUEST_USO) && !(nic->virtio & CTRL_GUEST_OFFLOADS))
		return "sysfs, features of virtio: the host leaves out checksums or joins packets, and does not let "
		       "the "
		       "guest turn that off (ctrl_guest_offloads of QEMU), so virtio_net refuses programs";
	if (has_chains(nic))
		return "sysfs, features of virtio: the host sends large packets and does not merge buffers (mrg_rxbuf "
		       "of "
		       "QEMU), so virtio_net takes native programs but never runs them";
	return NULL;
}

const char *xdpx_nic_virtio_no_zerocopy(const struct xdpx_nic *nic)
{
	if (has_chains(nic))
		return "sysfs, features of virtio: the host sends large packets and does not merge buffers (mrg_rxbuf "
		       "of "
		       "QEMU), so virtio_net has no AF_XDP zero-copy; sockets copy";
	if (nic->virtio && !(nic->virtio & ACCESS_PLATFORM))
		return "sysfs, features of virtio: virtio_net has AF_XDP zero-copy only where the host leaves it to "
		       "map "
		       "memory (iommu_platform of QEMU), which it does not; sockets copy";
	return NULL;
}

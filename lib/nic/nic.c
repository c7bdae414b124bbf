/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What a snapshot says. */
#include "nic/nic.h"

#include <stdlib.h>

void xdpx_nic_free(struct xdpx_nic *nic)
{
	free(nic);
}

const char *xdpx_nic_name(const struct xdpx_nic *nic)
{
	return nic->name;
}

uint32_t xdpx_nic_index(const struct xdpx_nic *nic)
{
	return nic->index;
}

const char *xdpx_nic_driver(const struct xdpx_nic *nic)
{
	return nic->driver;
}

const char *xdpx_nic_kind(const struct xdpx_nic *nic)
{
	if (nic->kind[0])
		return nic->kind;
	return nic->loopback ? "loopback" : "physical";
}

size_t xdpx_nic_mac(const struct xdpx_nic *nic, const uint8_t **mac)
{
	*mac = nic->mac;
	return nic->mac_bytes;
}

uint32_t xdpx_nic_mtu(const struct xdpx_nic *nic)
{
	return nic->mtu;
}

enum xdpx_answer xdpx_nic_up(const struct xdpx_nic *nic)
{
	return nic->up ? XDPX_YES : XDPX_NO;
}

enum xdpx_answer xdpx_nic_carrier(const struct xdpx_nic *nic)
{
	if (!nic->up)
		return XDPX_UNKNOWN;
	return nic->carrier ? XDPX_YES : XDPX_NO;
}

uint32_t xdpx_nic_prog_id(const struct xdpx_nic *nic)
{
	return nic->prog_id;
}

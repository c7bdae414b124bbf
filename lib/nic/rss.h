/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Whether both directions of a connection are hashed alike, and by what. */
#ifndef XDPX_NIC_RSS_H
#define XDPX_NIC_RSS_H

#include "nic/nic.h"

enum xdpx_nic_symmetry {
	XDPX_NIC_SYMMETRY_UNKNOWN,
	XDPX_NIC_SYMMETRY_NONE,
	XDPX_NIC_SYMMETRY_KEY,
	XDPX_NIC_SYMMETRY_TRANSFORM,
};

enum xdpx_nic_symmetry xdpx_nic_rss_symmetry(const struct xdpx_nic *nic);

#endif

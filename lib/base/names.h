/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Names in the kernel by which floors that do not know one another find things of this library, and of others. */
#ifndef XDPX_BASE_NAMES_H
#define XDPX_BASE_NAMES_H

/* The program that a chain runs, and the map in which it keeps who its members are. */
#define XDPX_CHAIN_PROG "xdpx_chain"
#define XDPX_CHAIN_REGISTRY "xdpx_registry"

/* The program at the root of libxdp's programs, which hang below it. */
#define XDPX_LIBXDP_DISPATCHER "xdp_dispatcher"

#endif

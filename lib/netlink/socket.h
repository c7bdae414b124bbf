/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The body of the socket, for the files of this folder. */
#ifndef XDPX_NETLINK_SOCKET_H
#define XDPX_NETLINK_SOCKET_H

#include "netlink/netlink.h"

#include <sys/types.h>

/* Families that one socket remembers; the library speaks with three. */
#define XDPX_NL_FAMILIES 4

struct mnl_socket;

struct xdpx_nl_family {
	char name[16];
	int id; /* or -ENOENT */
};

struct xdpx_nl {
	struct mnl_socket *socket;
	uint32_t sequence;
	unsigned int requests;
	void *buffer;
	size_t buffer_bytes;
	struct xdpx_nl_answer answer;
	struct xdpx_nl_family families[XDPX_NL_FAMILIES];
	unsigned int family_count;
};

/* Receives the next datagram, which is there, into the buffer: its length, 0 for one that is not the kernel's. */
ssize_t xdpx_nl_receive(struct xdpx_nl *nl);

#endif

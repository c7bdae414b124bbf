/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What the broker makes for one worker: packet memory, and a socket whose rings the worker maps. */
#ifndef XDPX_XSK_SHARE_GRANT_H
#define XDPX_XSK_SHARE_GRANT_H

#include "xsk/port.h"
#include "xsk/share.h"

struct xdpx_grant {
	struct xdpx_umem *umem;
	struct xdpx_xsk *xsk;
	struct xdpx_tune *knobs; /* of busy polling, for as long as the worker has its queue */
	int control_fd;
	bool bound;
};

/* The packet memory. What a failure leaves is for xdpx_grant_end(), as with all of these. They record errors. */
int xdpx_grant_memory(struct xdpx_grant *grant, const struct xdpx_port_nic *nic);

/*
 * The socket, for this queue: once, without trying again. Before 6.4 the rings of a bound socket can't be mapped: then
 * `late` becomes true, and the socket is bound when the worker has mapped them.
 */
int xdpx_grant_socket(struct xdpx_grant *grant, const struct xdpx_port_nic *nic, const struct xdpx_nic *snapshot,
		      uint32_t queue, bool *late);

/* The message that tells the worker, and the descriptors that go with it; they stay the grant's. */
void xdpx_grant_describe(const struct xdpx_grant *grant, const struct xdpx_port_nic *nic, struct xdpx_share_grant *to,
			 int *fds);

/*
 * With the rings mapped by the worker: binds the socket, unless it is, and steers packets to it. All descriptors and
 * mappings of it are this process's no more; what the worker has of it lives on.
 */
int xdpx_grant_start(struct xdpx_grant *grant, const struct xdpx_nic *snapshot, int map, struct xdpx_share_start *to);

/* Ends this process's part. */
void xdpx_grant_end(struct xdpx_grant *grant);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* A device whose packets all go to one socket, without a port: the socket's options are the test's. */
#ifndef TESTS_STEER_H
#define TESTS_STEER_H

#include <xdpx/xsk.h>

/* How many frames the kernel gets for receiving. */
#define STEERED_TARGET 64

struct steered {
	struct xdpx_prog *prog;
	struct xdpx_link *link;
	struct xdpx_xsk *xsk;
};

/* Opens queue 0 of the device and attaches the library's program, which takes packets of several frames too. */
void steer(struct steered *steered, const char *nic, struct xdpx_umem *umem, uint64_t flags, uint32_t rx_size);

/* Ends all that; the test fails unless no frame is held. */
void steer_end(struct steered *steered);

#endif

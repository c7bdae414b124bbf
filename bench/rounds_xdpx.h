/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#ifndef BENCH_ROUNDS_XDPX_H
#define BENCH_ROUNDS_XDPX_H

#include "work.h"

#include <xdpx/xdpx.h>

struct xdpx_ends {
	struct xdpx_umem *umem;
	struct xdpx_port *port; /* of `from` */
	struct xdpx_xsk *from;
	struct xdpx_xsk *to;
	void *base; /* of the UMEM */
};

#endif

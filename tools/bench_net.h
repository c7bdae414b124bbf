/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The network that a benchmark runs in: two veth pairs in a namespace that ends with the process. */
#ifndef TOOLS_BENCH_NET_H
#define TOOLS_BENCH_NET_H

#include <stdint.h>

/* Packets are received on FROM, whose other end is SOURCE, and sent on TO, whose other end is SINK. */
#define BENCH_FROM "from"
#define BENCH_SOURCE "source"
#define BENCH_TO "to"
#define BENCH_SINK "sink"

/* Moves the process into the namespace, and makes the pairs. Returns an exit code, after saying why. */
int bench_net_make(void);

/* Packets that came out of a veth's end, 0 when that can't be read. */
uint64_t bench_net_arrived(const char *device);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * Sends the sample packet over and over, as fast as one core can.
 *
 * The frames are made inside the kernel (live frames of BPF_PROG_TEST_RUN, 5.18) and redirected to the device's
 * ndo_xdp_xmit: no socket buffers, so that the sender is not what is measured.
 */
#ifndef BENCH_FLOOD_H
#define BENCH_FLOOD_H

#include <signal.h>

/* Sends until a signal's handler sets *over. Returns 0 or a negative errno. */
int flood_until(unsigned int ifindex, const volatile sig_atomic_t *over);

#endif

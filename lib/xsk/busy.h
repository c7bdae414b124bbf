/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Busy polling: what open, close, receiving and waiting have to do for it. */
#ifndef XDPX_XSK_BUSY_H
#define XDPX_XSK_BUSY_H

#include <stdbool.h>
#include <stdint.h>

struct xdpx_nic;
struct xdpx_xsk;
struct xdpx_xsk_opts;

/* Checks the options and fills in the defaults. Records errors. */
int xdpx_busy_opts_check(struct xdpx_xsk_opts *opts);

/* Sets the options of a socket, if busy polling is asked for; it takes CAP_NET_ADMIN. Records errors. */
int xdpx_busy_options_set(int fd, const struct xdpx_xsk_opts *opts);

/* After the bind: sets the knobs, if busy polling is asked for. Records errors. */
int xdpx_busy_begin(struct xdpx_xsk *xsk, const struct xdpx_nic *nic);
void xdpx_busy_end(struct xdpx_xsk *xsk);

/* Has the driver look for packets; returns how many frames there are then. */
uint32_t xdpx_busy_poll(struct xdpx_xsk *xsk);

/* The same again and again, for as long as the options say and no longer than this: whether frames are there. */
bool xdpx_busy_wait(struct xdpx_xsk *xsk, int most_ms);

#endif

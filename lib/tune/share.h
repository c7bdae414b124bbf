/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * A tune that several hold at once, in one process or in several: the first sets, the last puts back, in whatever order
 * they come and go. It is for settings that are the same for all of them: here the knobs of NAPI for busy polling.
 *
 * The journal's file is where they meet: its token follows from the device and the NAPI, each holder has a shared lock
 * on it, and whoever can lock it alone is the last. So a kill gives up what it held, as it does with any other tune.
 */
#ifndef XDPX_TUNE_SHARE_H
#define XDPX_TUNE_SHARE_H

#include <stdbool.h>
#include <stdint.h>

struct xdpx_tune;

/*
 * Sets the two knobs for one NAPI over netlink, or with id 0 for the whole device through sysfs, unless they are set;
 * or joins those who have done so. A knob that has a value keeps it. Fails with the error recorded, as xdpx_tune_new().
 */
int xdpx_tune_share(uint32_t ifindex, uint32_t napi, struct xdpx_tune **tune);

/* Ends a holder; the last one puts the knobs back. NULL is fine. */
void xdpx_tune_unshare(struct xdpx_tune *tune);

/* The knobs as they are now. Fails with the error recorded: -ENOENT when the NAPI is gone. */
struct xdpx_tune_knobs {
	uint64_t defer_hard_irqs;
	uint64_t gro_flush_timeout;
};
int xdpx_tune_knobs_read(struct xdpx_tune *tune, uint32_t napi, struct xdpx_tune_knobs *knobs);

/* A handle that has set nothing, to read with; ended by xdpx_tune_unshare() too. */
int xdpx_tune_reader(uint32_t ifindex, struct xdpx_tune **tune);

/* Whether the kernel has knobs for each NAPI (Linux 6.13). */
bool xdpx_tune_has_napi_knobs(struct xdpx_tune *tune);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Programs that are loaded for one device: bound to it, for its metadata functions, or to run on it. */
#ifndef XDPX_PROG_BIND_H
#define XDPX_PROG_BIND_H

#include <stdbool.h>
#include <stdint.h>

struct xdpx_nic;
struct xdpx_prog;

/* The device to load for. */
struct xdpx_place {
	uint32_t index;
	const char *nic; /* its name and so on, for the errors; "" where not known */
	const char *driver;
	const char *firmware;
	bool offload; /* to run on the device itself */
};

struct xdpx_place xdpx_place_of(const struct xdpx_nic *nic, bool offload);

/* As xdpx_prog_load(); `place` NULL: for any device. */
int xdpx_prog_load_for(struct xdpx_prog *prog, const struct xdpx_place *place);

/* Before loading: marks the program for the device, where it is to run there or calls metadata functions. Recorded. */
int xdpx_bind(struct xdpx_prog *prog, const struct xdpx_place *place);

/* Whether a program that is loaded can be used for the place; recorded where it can't. */
int xdpx_bound_check(const struct xdpx_prog *prog, const struct xdpx_place *place);

/*
 * Records why loading for a device failed, where the kernel said no word of it. Returns the code, or 0 for what is
 * nothing of this file's.
 */
int xdpx_fail_bound(const struct xdpx_prog *prog, const struct xdpx_place *place, int err, const char *log,
		    const char *words);

/* Records that the device itself runs no programs, with the kernel's code for it; -EOPNOTSUPP. */
int xdpx_fail_no_offload(const struct xdpx_prog *prog, const struct xdpx_place *place, int err);

#endif

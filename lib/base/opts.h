/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Structs that cross the ABI: they begin with `size_t size` and only ever grow at the end. */
#ifndef XDPX_BASE_OPTS_H
#define XDPX_BASE_OPTS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Copies the caller's options into `own`, `known` bytes long: NULL and shorter structs are filled up with zeros.
 * -EINVAL when `size` is 0 or cuts off the `size` field itself, -E2BIG when the caller set something past `known`.
 */
int xdpx_opts_take(void *own, size_t known, const void *opts, const char *stage);

/* -EINVAL when `flags` has a bit that is not in `known`. */
int xdpx_opts_flags(uint64_t flags, uint64_t known, const char *stage);

/* Fills the caller's struct, whose `size` says how long it is, with as much of `own` as fits, and zeroes the rest. */
int xdpx_out_give(void *out, const void *own, size_t known, const char *stage);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* A program's needs, for the files of this folder. */
#ifndef XDPX_PROG_NEEDS_H
#define XDPX_PROG_NEEDS_H

#include <xdpx/needs.h>

#include <stdbool.h>

#define XDPX_NEED_BIT(need) (1ULL << (need))

/* Fills all of `needs`. -ENOMEM, recorded. */
int xdpx_needs_find(const struct xdpx_prog *prog, struct xdpx_needs *needs);

/* What the program does for the need, as in "it ...": "calls bpf_redirect_map()". */
const char *xdpx_need_words(enum xdpx_need need);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Where a UMEM's bytes come from. */
#ifndef XDPX_XSK_MEMORY_H
#define XDPX_XSK_MEMORY_H

#include <stddef.h>

struct xdpx_umem_opts;

struct xdpx_memory {
	void *base;
	size_t bytes; /* mapped: whole pages */
	int fd;	      /* the memfd that it lies in, or -1 */
};

/* Makes `bytes` of memory as the options say. Records errors; what was made half-way is for xdpx_memory_unmap(). */
int xdpx_memory_map(struct xdpx_memory *memory, const struct xdpx_umem_opts *opts, size_t bytes);

/* Maps another process's memfd, which must be sealed against shrinking; owns the descriptor from here on if it works.
 */
int xdpx_memory_adopt(struct xdpx_memory *memory, int fd, size_t bytes);

void xdpx_memory_unmap(struct xdpx_memory *memory);

#endif

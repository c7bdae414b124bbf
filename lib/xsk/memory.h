/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Where a UMEM's bytes come from, and which pages hold them. */
#ifndef XDPX_XSK_MEMORY_H
#define XDPX_XSK_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

struct xdpx_umem_opts;

struct xdpx_memory {
	void *base;
	size_t bytes; /* mapped: whole pages */
	size_t page;  /* bytes in one of them */
	int fd;	      /* the memfd that it lies in, or -1 */
	bool foreign; /* the caller's: stays when the UMEM goes */
	char why[256];
};

/* Makes `bytes` of memory as the options say. Records errors; what was made half-way is for xdpx_memory_unmap(). */
int xdpx_memory_map(struct xdpx_memory *memory, const struct xdpx_umem_opts *opts, size_t bytes);

/*
 * Maps another process's memfd, which must be sealed against shrinking. The descriptor is the memory's from here on if
 * that works.
 */
int xdpx_memory_adopt(struct xdpx_memory *memory, int fd, size_t bytes);

void xdpx_memory_unmap(struct xdpx_memory *memory);

/* Whether memory can be put on a NUMA node (numa.c). Records errors. */
int xdpx_memory_node_check(unsigned int node);

/* Wants the pages of a mapping that has none yet to come from a node, as far as it has any. */
void xdpx_memory_place(void *base, size_t bytes, unsigned int node);

/* How many of some of the mapping's pages, looked at all over it, are on another node; 0 where nobody can tell. */
unsigned int xdpx_memory_misplaced(const struct xdpx_memory *memory, unsigned int node, unsigned int *looked_at);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Packet memory on a NUMA node: the policy is the mapping's, so that the thread's own stays as it is. */
#include "base/fail.h"
#include "xsk/memory.h"

#include <errno.h>
#include <linux/mempolicy.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NODES 1024 /* the most that the kernel can be built for */
#define WORD_BITS (8 * sizeof(unsigned long))
#define SAMPLES 64

static int place(void *base, size_t bytes, unsigned int node)
{
	unsigned long nodes[NODES / WORD_BITS] = {0};

	if (node >= NODES)
		return -EINVAL;
	nodes[node / WORD_BITS] |= 1UL << node % WORD_BITS;
	/* Preferred, not bound: a bound page that the node has no room for ends the process when it is touched. */
	if (!syscall(SYS_mbind, base, bytes, MPOL_PREFERRED, nodes, NODES + 1, 0))
		return 0;
	return errno == ENOSYS && !node ? 0 : -errno; /* a kernel without NUMA has everything on its one node */
}

int xdpx_memory_node_check(unsigned int node)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *base = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int err;

	if (base == MAP_FAILED)
		return xdpx_fail(-ENOMEM, "umem.map", "no memory for a page");
	err = place(base, page, node);
	munmap(base, page);
	if (!err)
		return 0;

	if (err != -EINVAL && err != -ENOSYS)
		return xdpx_fail(err, "umem.numa", "the packet memory can't be put on NUMA node %u: %s", node,
				 xdpx_errno_text(err));
	xdpx_fail(-EINVAL, "umem.numa", "there is no NUMA node %u, or this process may not use its memory", node);
	xdpx_fail_kernel_code(err);
	xdpx_fail_hint("/sys/devices/system/node lists the nodes, and Mems_allowed_list in /proc/self/status those "
		       "allowed");
	return -EINVAL;
}

void xdpx_memory_place(void *base, size_t bytes, unsigned int node)
{
	(void)place(base, bytes, node);
}

unsigned int xdpx_memory_misplaced(const struct xdpx_memory *memory, unsigned int node, unsigned int *looked_at)
{
	size_t count = memory->bytes / memory->page;
	unsigned int elsewhere = 0;
	void *pages[SAMPLES];
	int nodes[SAMPLES];
	size_t at;

	*looked_at = count < SAMPLES ? (unsigned int)count : SAMPLES;
	for (at = 0; at < *looked_at; at++)
		pages[at] = (unsigned char *)memory->base + count * at / *looked_at * memory->page;
	if (syscall(SYS_move_pages, 0, (unsigned long)*looked_at, pages, NULL, nodes, 0))
		return 0;
	for (at = 0; at < *looked_at; at++)
		elsewhere += nodes[at] >= 0 && (unsigned int)nodes[at] != node;
	return elsewhere;
}

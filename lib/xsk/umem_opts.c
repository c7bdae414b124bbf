/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The options of a UMEM: what they may be, and what they are when nothing was said. */
#include "base/fail.h"
#include "base/opts.h"
#include "xsk/umem.h"

#include <errno.h>
#include <unistd.h>

#define DEFAULT_FRAME_COUNT 4096
#define DEFAULT_FRAME_SIZE 4096
#define SMALLEST_FRAME_SIZE 2048
/*
 * What must be left behind the headroom and XDP_PACKET_HEADROOM: the kernel's struct skb_shared_info, 320 bytes, and
 * 128 for a packet. Kernels before this was mended, in 2026, want but a single byte, and have no use for so little.
 */
#define SMALLEST_ROOM (320 + 128)

/* What says where memory is to come from, and so has no meaning for the caller's own. */
#define MEMORY_FLAGS (XDPX_UMEM_HUGE_2M | XDPX_UMEM_HUGE_1G | XDPX_UMEM_MEMFD | XDPX_UMEM_NUMA_NODE)
#define KNOWN_FLAGS (MEMORY_FLAGS | XDPX_UMEM_UNALIGNED | XDPX_UMEM_DEBUG | XDPX_UMEM_SCRUB | XDPX_UMEM_TX_SW_CSUM)

static int frame_check(const struct xdpx_umem_opts *opts)
{
	const uint32_t page = (uint32_t)sysconf(_SC_PAGESIZE);
	const uint32_t size = opts->frame_size;

	if (size < SMALLEST_FRAME_SIZE || size > page)
		return xdpx_fail(-EINVAL, "umem.opts",
				 "frame_size is %u bytes; the kernel takes %u to the page size, %u", size,
				 SMALLEST_FRAME_SIZE, page);
	if (size & (size - 1) && !(opts->flags & XDPX_UMEM_UNALIGNED)) {
		xdpx_fail(-EINVAL, "umem.opts", "frame_size is %u bytes; aligned frames are powers of two", size);
		xdpx_fail_hint("XDPX_UMEM_UNALIGNED takes every size from %u to %u", SMALLEST_FRAME_SIZE, page);
		return -EINVAL;
	}
	if (opts->headroom > size - XDPX_KERNEL_HEADROOM - SMALLEST_ROOM)
		return xdpx_fail(-EINVAL, "umem.opts",
				 "headroom of %u bytes leaves no room for packets in frames of %u; the kernel takes up "
				 "to %u",
				 opts->headroom, size, size - XDPX_KERNEL_HEADROOM - SMALLEST_ROOM);
	return 0;
}

static int foreign_check(const struct xdpx_umem_opts *opts)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (opts->flags & MEMORY_FLAGS)
		return xdpx_fail(-EINVAL, "umem.opts",
				 "flags 0x%llx say where memory is to come from, but the caller gives its own",
				 (unsigned long long)(opts->flags & MEMORY_FLAGS));
	if ((uintptr_t)opts->memory % page)
		return xdpx_fail(-EINVAL, "umem.opts",
				 "memory begins at %p; the kernel wants it to begin a page of %zu", opts->memory, page);
	if (opts->memory_bytes < opts->frame_size)
		return xdpx_fail(-EINVAL, "umem.opts", "memory_bytes is %llu, less than a frame of %u",
				 (unsigned long long)opts->memory_bytes, opts->frame_size);
	if (opts->memory_bytes / opts->frame_size < opts->frame_count)
		return xdpx_fail(-EINVAL, "umem.opts", "memory_bytes is %llu, too few for %u frames of %u bytes",
				 (unsigned long long)opts->memory_bytes, opts->frame_count, opts->frame_size);
	return 0;
}

static int memory_check(const struct xdpx_umem_opts *opts)
{
	if (opts->memory)
		return foreign_check(opts);
	if (opts->memory_bytes)
		return xdpx_fail(-EINVAL, "umem.opts", "memory_bytes is %llu, but memory is NULL",
				 (unsigned long long)opts->memory_bytes);
	if (opts->numa_node && !(opts->flags & XDPX_UMEM_NUMA_NODE))
		return xdpx_fail(-EINVAL, "umem.opts", "numa_node is %u, but XDPX_UMEM_NUMA_NODE is not set",
				 opts->numa_node);
	return 0;
}

static uint32_t default_count(const struct xdpx_umem_opts *opts)
{
	uint64_t fit = opts->memory_bytes / opts->frame_size;

	if (!opts->memory)
		return DEFAULT_FRAME_COUNT;
	return fit < UINT32_MAX ? (uint32_t)fit : UINT32_MAX;
}

int xdpx_umem_opts_check(struct xdpx_umem_opts *opts)
{
	int err;

	err = xdpx_opts_flags(opts->flags, KNOWN_FLAGS, "umem.opts");
	if (err)
		return err;
	if (!opts->frame_size)
		opts->frame_size = DEFAULT_FRAME_SIZE;
	if (!opts->frame_count)
		opts->frame_count = default_count(opts);

	err = frame_check(opts);
	if (!err)
		err = memory_check(opts);
	if (err)
		return err;
	if (opts->frame_count > INT32_MAX || (uint64_t)opts->frame_count * opts->frame_size > SIZE_MAX / 2)
		return xdpx_fail(-EINVAL, "umem.opts", "frame_count is %u, which is more than can be addressed",
				 opts->frame_count);
	return xdpx_tx_metadata_check(opts);
}

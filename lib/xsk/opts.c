/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The options of a socket: what they may be, and what they are when nothing was said. */
#include "base/opts.h"
#include "base/fail.h"
#include "xsk/busy.h"
#include "xsk/xsk.h"

#include <errno.h>
#include <unistd.h>

#define DEFAULT_RING 2048
#define DEFAULT_DEADLINE_MS 1000
/* The kernel wants a fill ring also of a socket that only sends. */
#define SMALLEST_RING 2
#define LARGEST_RING (1U << 30)
/* What GRO puts together at the most, unless more is asked for. */
#define LARGEST_PACKET (1U << 16)

static int ring_check(uint32_t *size, const char *name)
{
	if (!*size)
		*size = DEFAULT_RING;
	if (*size >= SMALLEST_RING && *size <= LARGEST_RING && !(*size & (*size - 1)))
		return 0;
	return xdpx_fail(-EINVAL, "xsk.opts", "%s is %u; the kernel takes powers of two from %u to %u", name, *size,
			 SMALLEST_RING, LARGEST_RING);
}

static int rings_check(struct xdpx_xsk_opts *opts)
{
	int err;

	err = ring_check(&opts->rx_size, "rx_size");
	if (!err)
		err = ring_check(&opts->tx_size, "tx_size");
	if (!err)
		err = ring_check(&opts->fill_size, "fill_size");
	if (!err)
		err = ring_check(&opts->completion_size, "completion_size");
	return err;
}

bool xdpx_umem_is_scattered(const struct xdpx_umem *umem)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return umem->flags & XDPX_UMEM_UNALIGNED && page % umem->frame_size && umem->memory.page == page;
}

/* With zero-copy the kernel throws scattered frames away, and tells nobody. */
static int scatter_check(const struct xdpx_umem *umem, const struct xdpx_xsk_opts *opts)
{
	if (opts->zerocopy != XDPX_ZEROCOPY_REQUIRE || !xdpx_umem_is_scattered(umem))
		return 0;
	xdpx_fail(-EINVAL, "xsk.opts",
		  "zero-copy is required, but unaligned frames of %u bytes in pages of %zu lie in two pages at times, "
		  "which the kernel then can't use",
		  umem->frame_size, umem->memory.page);
	xdpx_fail_hint("give the UMEM pages of 2 MiB (XDPX_UMEM_HUGE_2M), or frames of which a page holds a whole "
		       "number, or take copies (XDPX_ZEROCOPY_TRY)");
	return -EINVAL;
}

/* A packet that is longer than the application may hold would wait in the receive ring for ever. */
static int held_check(const struct xdpx_umem *umem, const struct xdpx_xsk_opts *opts)
{
	const uint32_t room = umem->frame_size - umem->headroom - XDPX_KERNEL_HEADROOM;
	const uint32_t frames = (LARGEST_PACKET + room - 1) / room;

	if (!(opts->flags & XDPX_XSK_MULTI_BUFFER) || opts->flags & XDPX_XSK_TX_ONLY || !umem->max_held ||
	    umem->max_held >= frames)
		return 0;
	xdpx_fail(-EINVAL, "xsk.opts",
		  "max_held of the UMEM is %u, fewer than the %u frames that a packet of 64 KiB has, which then could "
		  "never be received",
		  umem->max_held, frames);
	xdpx_fail_hint("let max_held be %u or more, or leave out XDPX_XSK_MULTI_BUFFER", frames);
	return -EINVAL;
}

int xdpx_xsk_opts_check(const struct xdpx_umem *umem, struct xdpx_xsk_opts *opts)
{
	const uint64_t one_side = XDPX_XSK_RX_ONLY | XDPX_XSK_TX_ONLY;
	int err;

	err = xdpx_opts_flags(opts->flags, one_side | XDPX_XSK_MULTI_BUFFER | XDPX_XSK_KEEP_COMPLETED, "xsk.opts");
	if (!err)
		err = rings_check(opts);
	if (!err)
		err = xdpx_busy_opts_check(opts);
	if (err)
		return err;

	if ((opts->flags & one_side) == one_side)
		return xdpx_fail(-EINVAL, "xsk.opts", "a socket can't be both receive-only and send-only");
	if (opts->zerocopy > XDPX_ZEROCOPY_NEVER)
		return xdpx_fail(-EINVAL, "xsk.opts", "zerocopy is %u, which is no enum xdpx_zerocopy", opts->zerocopy);
	if (opts->fill_target > opts->fill_size)
		return xdpx_fail(-EINVAL, "xsk.opts", "fill_target is %u, more than the fill ring's %u entries",
				 opts->fill_target, opts->fill_size);

	err = scatter_check(umem, opts);
	if (!err)
		err = held_check(umem, opts);
	if (err)
		return err;

	if (!opts->fill_target)
		opts->fill_target = xdpx_smaller(opts->fill_size, (umem->pool.count + 1) / 2);
	if (opts->flags & XDPX_XSK_TX_ONLY) {
		opts->fill_size = SMALLEST_RING;
		opts->fill_target = 0;
	}
	if (!opts->deadline_ms)
		opts->deadline_ms = DEFAULT_DEADLINE_MS;
	return 0;
}

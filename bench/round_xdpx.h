/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Receiving with libxdpx. */
#ifndef BENCH_ROUND_XDPX_H
#define BENCH_ROUND_XDPX_H

#include "rx.h"

#include <xdpx/xdpx.h>

static inline uint64_t frames_touch(void *base, const struct xdpx_frame *frames, unsigned int count)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < count; i++)
		sum += rx_touch(xdpx_frame_data(base, &frames[i]));
	return sum;
}

/* One round: up to `batch` packets received, looked at, and their frames given back. Returns how many. */
static inline unsigned int round_xdpx(struct xdpx_xsk *xsk, void *base, unsigned int batch, uint64_t *checksum)
{
	struct xdpx_frame frames[RX_BATCH_MAX];
	unsigned int count = xdpx_xsk_recv(xsk, frames, batch);

	*checksum += frames_touch(base, frames, count);
	xdpx_xsk_release(xsk, frames, count);
	return count;
}

/* The same, but the frames go back as from any other thread: into the pool, from where recv() takes them. */
static inline unsigned int round_xdpx_pool(struct xdpx_xsk *xsk, void *base, unsigned int batch, uint64_t *checksum)
{
	struct xdpx_frame frames[RX_BATCH_MAX];
	unsigned int count = xdpx_xsk_recv(xsk, frames, batch);

	*checksum += frames_touch(base, frames, count);
	xdpx_frames_release(xdpx_xsk_umem(xsk), frames, count);
	return count;
}

#endif

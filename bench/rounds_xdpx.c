/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The work done with libxdpx. */
#include "rounds_xdpx.h"

static inline uint64_t frames_read(void *base, const struct xdpx_frame *frames, unsigned int count)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < count; i++)
		sum += packet_read(xdpx_frame_data(base, &frames[i]));
	return sum;
}

static __attribute__((noinline)) unsigned int counted_rx(void *ends, struct work *work)
{
	struct xdpx_ends *xdpx = ends;
	struct xdpx_frame frames[BATCH_MAX];
	unsigned int count = xdpx_xsk_recv(xdpx->from, frames, work->batch);

	work->checksum += frames_read(xdpx->base, frames, count);
	xdpx_xsk_release(xdpx->from, frames, count);
	return count;
}

static __attribute__((noinline)) unsigned int counted_rx_one(void *ends, struct work *work)
{
	struct xdpx_ends *xdpx = ends;
	struct xdpx_frame frames[BATCH_MAX];
	unsigned int count = xdpx_xsk_recv(xdpx->from, frames, work->batch);

	for (unsigned int i = 0; i < count; i++) {
		work->checksum += packet_read(xdpx_frame_data(xdpx->base, &frames[i]));
		xdpx_xsk_release(xdpx->from, &frames[i], 1);
	}
	return count;
}

/* The same two, but the frames go back as from any other thread: into the pool, from where recv() takes them. */
static __attribute__((noinline)) unsigned int counted_rx_pool(void *ends, struct work *work)
{
	struct xdpx_ends *xdpx = ends;
	struct xdpx_frame frames[BATCH_MAX];
	unsigned int count = xdpx_xsk_recv(xdpx->from, frames, work->batch);

	work->checksum += frames_read(xdpx->base, frames, count);
	xdpx_frames_release(xdpx->umem, frames, count);
	return count;
}

static __attribute__((noinline)) unsigned int counted_rx_one_pool(void *ends, struct work *work)
{
	struct xdpx_ends *xdpx = ends;
	struct xdpx_frame frames[BATCH_MAX];
	unsigned int count = xdpx_xsk_recv(xdpx->from, frames, work->batch);

	for (unsigned int i = 0; i < count; i++) {
		work->checksum += packet_read(xdpx_frame_data(xdpx->base, &frames[i]));
		xdpx_frames_release(xdpx->umem, &frames[i], 1);
	}
	return count;
}

static __attribute__((noinline)) unsigned int counted_tx(void *ends, struct work *work)
{
	struct xdpx_ends *xdpx = ends;
	struct xdpx_frame frames[BATCH_MAX];
	unsigned int count = xdpx_frames_take(xdpx->umem, frames, work->batch);
	int sent;

	for (unsigned int i = 0; i < count; i++) {
		packet_write(xdpx_frame_data(xdpx->base, &frames[i]));
		frames[i].len = sizeof(packet_sample);
	}
	sent = xdpx_xsk_send(xdpx->to, frames, count);
	if (sent < 0)
		sent = 0;
	if ((unsigned int)sent < count)
		xdpx_frames_release(xdpx->umem, frames + sent, count - (unsigned int)sent);
	return (unsigned int)sent;
}

/* Sends all, as the other contenders do, which wait for room. */
static inline void send_all(struct xdpx_ends *xdpx, const struct xdpx_frame *frames, unsigned int count)
{
	int sent;

	while (count) {
		sent = xdpx_xsk_send(xdpx->to, frames, count);
		if (sent < 0)
			break;
		frames += sent;
		count -= (unsigned int)sent;
	}
	if (count)
		xdpx_frames_release(xdpx->umem, frames, count);
}

static __attribute__((noinline)) unsigned int counted_forward(void *ends, struct work *work)
{
	struct xdpx_ends *xdpx = ends;
	int count = xdpx_xsk_forward(xdpx->from, xdpx->to, work->batch);

	return count < 0 ? 0 : (unsigned int)count;
}

static __attribute__((noinline)) unsigned int counted_echo(void *ends, struct work *work)
{
	struct xdpx_ends *xdpx = ends;
	struct xdpx_frame frames[BATCH_MAX];
	unsigned int count = xdpx_xsk_recv(xdpx->from, frames, work->batch);

	if (!count) {
		xdpx_xsk_kick(xdpx->to);
		xdpx_xsk_complete(xdpx->to);
		return 0;
	}
	for (unsigned int i = 0; i < count; i++)
		work->checksum += packet_turn(xdpx_frame_data(xdpx->base, &frames[i]));
	send_all(xdpx, frames, count);
	return count;
}

round_fn *const rounds_xdpx[ROUNDS] = {
	[ROUND_RX] = counted_rx,	   [ROUND_RX_ONE] = counted_rx_one, [ROUND_TX] = counted_tx,
	[ROUND_FORWARD] = counted_forward, [ROUND_ECHO] = counted_echo,
};

round_fn *const rounds_xdpx_pool[ROUNDS] = {
	[ROUND_RX] = counted_rx_pool,
	[ROUND_RX_ONE] = counted_rx_one_pool,
};

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "xsk/umem.h"

#include "base/fail.h"
#include "base/opts.h"
#include "xsk/careful.h"
#include "xsk/debug.h"
#include "xsk/xsk.h"

#include <errno.h>
#include <linux/if_xdp.h>
#include <stdlib.h>
#include <unistd.h>

_Static_assert(sizeof(struct xdpx_frame) == sizeof(struct xdp_desc), "a frame is the kernel's descriptor");
_Static_assert(offsetof(struct xdpx_frame, addr) == offsetof(struct xdp_desc, addr), "addr");
_Static_assert(offsetof(struct xdpx_frame, len) == offsetof(struct xdp_desc, len), "len");
_Static_assert(offsetof(struct xdpx_frame, options) == offsetof(struct xdp_desc, options), "options");

/* Taken from the pool in pieces of this many, to keep the addresses on the stack. */
#define TAKE_BATCH 64

/*
 * Frames that lie in two huge pages: with zero-copy the kernel would throw them away, and tell nobody. One in hundreds.
 */
static void split_set_aside(struct xdpx_umem *umem)
{
	const uint32_t last = umem->frame_size - 1;
	const size_t page = umem->memory.page;
	uint64_t addresses[TAKE_BATCH];
	uint32_t left;
	uint32_t got;
	uint32_t at;

	if (!(umem->flags & XDPX_UMEM_UNALIGNED) || page == (size_t)sysconf(_SC_PAGESIZE))
		return;
	for (left = umem->pool.count; left; left -= got) {
		got = xdpx_pool_take(&umem->pool, addresses, xdpx_smaller(left, TAKE_BATCH));
		for (at = 0; at < got; at++) {
			uint32_t number = (uint32_t)(addresses[at] / umem->frame_size);

			if (addresses[at] / page == (addresses[at] + last) / page)
				xdpx_pool_put_numbers(&umem->pool, &number, 1);
			else
				umem->stranded++;
		}
	}
}

static int new_with(const struct xdpx_umem_opts *user_opts, int fd, struct xdpx_umem **out)
{
	struct xdpx_umem_opts opts;
	struct xdpx_umem *umem;
	int err;

	err = xdpx_opts_take(&opts, sizeof(opts), user_opts, "umem.opts");
	if (!err)
		err = xdpx_umem_opts_check(&opts);
	if (!err && !out)
		err = xdpx_fail(-EINVAL, "umem.new", "no place for the UMEM given: the pointer is NULL");
	if (err)
		return err;

	umem = aligned_alloc(64, (sizeof(*umem) + 63) & ~(size_t)63);
	if (!umem)
		return xdpx_fail(-ENOMEM, "umem.alloc", "no memory for the UMEM handle");
	*umem = (struct xdpx_umem){
		.bytes = (size_t)opts.frame_count * opts.frame_size,
		.frame_size = opts.frame_size,
		.headroom = opts.headroom,
		.flags = opts.flags,
		.tx_metadata = opts.tx_metadata,
		.memory.fd = -1,
		.users = 1,
	};
	pthread_mutex_init(&umem->lock, NULL);

	/* First: the pool of a UMEM that there is no memory for would take gigabytes itself. */
	if (fd < 0)
		err = xdpx_memory_map(&umem->memory, &opts, umem->bytes);
	else
		err = xdpx_memory_adopt(&umem->memory, fd, umem->bytes);
	if (!err) {
		err = xdpx_pool_init(&umem->pool, opts.frame_count, opts.frame_size);
		if (err)
			xdpx_fail(err, "umem.alloc", "no memory for a pool of %u frames", opts.frame_count);
	}
	if (!err)
		err = xdpx_careful_init(umem, &opts);
	if (err) {
		if (fd >= 0)
			umem->memory.fd = -1; /* the caller's, as before */
		xdpx_umem_free(umem);
		return err;
	}

	umem->base = umem->memory.base;
	umem->plain = !umem->careful && !umem->tx_metadata;
	xdpx_careful_begin(umem);
	split_set_aside(umem);
	*out = umem;
	return 0;
}

int xdpx_umem_new(const struct xdpx_umem_opts *opts, struct xdpx_umem **out)
{
	return new_with(opts, -1, out);
}

int xdpx_umem_new_on(int fd, const struct xdpx_umem_opts *opts, struct xdpx_umem **out)
{
	return new_with(opts, fd, out);
}

void xdpx_umem_put(struct xdpx_umem *umem)
{
	struct xdpx_queue_totals *totals;
	uint32_t users;

	pthread_mutex_lock(&umem->lock);
	users = --umem->users;
	pthread_mutex_unlock(&umem->lock);
	if (users)
		return;

	while ((totals = umem->totals)) {
		umem->totals = totals->next;
		free(totals);
	}
	xdpx_careful_fini(umem);
	xdpx_memory_unmap(&umem->memory);
	xdpx_pool_fini(&umem->pool);
	pthread_mutex_destroy(&umem->lock);
	free(umem);
}

void xdpx_umem_free(struct xdpx_umem *umem)
{
	if (umem)
		xdpx_umem_put(umem);
}

int xdpx_umem_close(struct xdpx_umem *umem)
{
	uint32_t held;
	uint32_t sockets;

	if (!umem)
		return 0;

	held = xdpx_umem_held_count(umem);
	pthread_mutex_lock(&umem->lock);
	sockets = umem->users - 1;
	pthread_mutex_unlock(&umem->lock);
	if (held || sockets) {
		xdpx_fail(-EBUSY, "umem.close",
			  "the UMEM is in use: the application holds %u of its %u frames, and %u sockets are open",
			  held, umem->pool.count, sockets);
		xdpx_fail_hint("release the frames and close the sockets first, or use xdpx_umem_free()");
		return -EBUSY;
	}
	xdpx_umem_put(umem);
	return 0;
}

struct xdpx_queue_totals *xdpx_umem_totals(struct xdpx_umem *umem, uint64_t netns, uint32_t nic_index, uint32_t queue)
{
	struct xdpx_queue_totals *totals;

	for (totals = umem->totals; totals; totals = totals->next)
		if (totals->netns == netns && totals->nic_index == nic_index && totals->queue == queue)
			return totals;

	totals = calloc(1, sizeof(*totals));
	if (!totals)
		return NULL;
	totals->netns = netns;
	totals->nic_index = nic_index;
	totals->queue = queue;
	totals->next = umem->totals;
	umem->totals = totals;
	return totals;
}

void *xdpx_umem_base(const struct xdpx_umem *umem)
{
	return umem->base;
}

int xdpx_umem_fd(const struct xdpx_umem *umem)
{
	if (umem->memory.fd >= 0)
		return umem->memory.fd;
	xdpx_fail(-ENOENT, "umem.fd", "the UMEM's memory is not in a memfd");
	xdpx_fail_hint("make it with XDPX_UMEM_MEMFD");
	return -ENOENT;
}

const char *xdpx_umem_memory_why(const struct xdpx_umem *umem)
{
	return umem->memory.why;
}

uint32_t xdpx_umem_frame_size(const struct xdpx_umem *umem)
{
	return umem->frame_size;
}

uint32_t xdpx_umem_frame_count(const struct xdpx_umem *umem)
{
	return umem->pool.count;
}

uint32_t xdpx_umem_free_count(const struct xdpx_umem *umem)
{
	return xdpx_pool_level(&umem->pool);
}

static void held_note(struct xdpx_umem *umem, uint32_t held)
{
	uint32_t most = __atomic_load_n(&umem->held_max, __ATOMIC_RELAXED);

	while (held > most &&
	       !__atomic_compare_exchange_n(&umem->held_max, &most, held, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

/* Under the lock. */
static uint32_t held_find(struct xdpx_umem *umem)
{
	uint32_t elsewhere = xdpx_pool_level(&umem->pool) + umem->stranded;
	const struct xdpx_xsk *xsk;
	uint32_t held;

	for (xsk = umem->sockets; xsk; xsk = xsk->next)
		elsewhere += xdpx_xsk_kernel_frames(xsk);
	held = elsewhere < umem->pool.count ? umem->pool.count - elsewhere : 0;
	held_note(umem, held);
	return held;
}

uint32_t xdpx_umem_held_look(struct xdpx_umem *umem)
{
	uint32_t held;

	pthread_mutex_lock(&umem->lock);
	held = held_find(umem);
	pthread_mutex_unlock(&umem->lock);
	return held;
}

void xdpx_umem_held_glance(struct xdpx_umem *umem)
{
	if (pthread_mutex_trylock(&umem->lock))
		return;
	held_find(umem);
	pthread_mutex_unlock(&umem->lock);
}

uint32_t xdpx_umem_held_count(const struct xdpx_umem *umem)
{
	/* The lock orders the walk against opening and closing of sockets; nothing changes that the caller handed in.
	 */
	return xdpx_umem_held_look((struct xdpx_umem *)(uintptr_t)umem);
}

int xdpx_umem_stats(const struct xdpx_umem *umem, struct xdpx_umem_stats *stats)
{
	struct xdpx_umem_stats now = {
		.held = xdpx_umem_held_count(umem),
		.held_max = __atomic_load_n(&umem->held_max, __ATOMIC_RELAXED),
		.free = xdpx_pool_level(&umem->pool),
		.limited = __atomic_load_n(&umem->limited, __ATOMIC_RELAXED),
		.exhausted = __atomic_load_n(&umem->pool.exhausted, __ATOMIC_RELAXED),
	};

	if (umem->debug)
		xdpx_debug_count(umem->debug, &now);
	return xdpx_out_give(stats, &now, sizeof(now), "umem.stats");
}

static inline struct xdpx_frame empty_frame(uint64_t address)
{
	return (struct xdpx_frame){.addr = address};
}

/* Empty frames whose packets begin `room` bytes inside. Four at a time: `bench/instructions` tells what that saves. */
static void begin_frames(struct xdpx_frame *frames, const uint64_t *addresses, size_t count, uint64_t room)
{
	size_t at = 0;

	for (; at + 4 <= count; at += 4) {
		frames[at] = empty_frame(addresses[at] + room);
		frames[at + 1] = empty_frame(addresses[at + 1] + room);
		frames[at + 2] = empty_frame(addresses[at + 2] + room);
		frames[at + 3] = empty_frame(addresses[at + 3] + room);
	}
	for (; at < count; at++)
		frames[at] = empty_frame(addresses[at] + room);
}

unsigned int xdpx_frames_take(struct xdpx_umem *umem, struct xdpx_frame *frames, unsigned int count)
{
	uint64_t addresses[TAKE_BATCH];
	unsigned int taken = 0;
	unsigned int wanted;
	unsigned int got;

	do {
		wanted = count - taken < TAKE_BATCH ? count - taken : TAKE_BATCH;
		got = xdpx_pool_take(&umem->pool, addresses, wanted);
		if (umem->careful)
			xdpx_careful_taken(umem, addresses, got);
		begin_frames(frames + taken, addresses, got, umem->headroom + umem->tx_metadata);
		taken += got;
	} while (got == wanted && taken < count);
	return taken;
}

void xdpx_frames_release(struct xdpx_umem *umem, const struct xdpx_frame *frames, unsigned int count)
{
	if (umem->careful)
		xdpx_careful_release(umem, frames, count, __builtin_return_address(0));
	else
		xdpx_pool_put_frames(&umem->pool, frames, count);
}

uint32_t xdpx_frame_number(const struct xdpx_umem *umem, const struct xdpx_frame *frame)
{
	uint64_t number = frame->addr / umem->frame_size;

	return number < UINT32_MAX ? (uint32_t)number : UINT32_MAX;
}

void *xdpx_frame_address(void *base, const struct xdpx_frame *frame)
{
	return xdpx_frame_data(base, frame);
}

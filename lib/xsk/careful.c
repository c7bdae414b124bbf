/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "xsk/careful.h"

#include "base/fail.h"
#include "xsk/debug.h"

#include <errno.h>
#include <linux/if_xdp.h>
#include <string.h>

int xdpx_careful_init(struct xdpx_umem *umem, const struct xdpx_umem_opts *opts)
{
	const uint64_t careful = XDPX_UMEM_UNALIGNED | XDPX_UMEM_DEBUG | XDPX_UMEM_SCRUB;

	umem->careful = opts->flags & careful || opts->max_held;
	umem->wiped = opts->flags & (XDPX_UMEM_DEBUG | XDPX_UMEM_SCRUB);
	umem->filling = opts->flags & XDPX_UMEM_SCRUB ? 0 : XDPX_POISON;
	umem->wipe_from = opts->memory ? opts->headroom : 0;
	umem->max_held = opts->max_held;
	if (!(opts->flags & XDPX_UMEM_DEBUG))
		return 0;

	umem->debug = xdpx_debug_new(umem->pool.count, umem->frame_size);
	if (!umem->debug)
		return xdpx_fail(-ENOMEM, "umem.alloc", "no memory to watch over %u frames", umem->pool.count);
	return 0;
}

void xdpx_careful_fini(struct xdpx_umem *umem)
{
	xdpx_debug_free(umem->debug);
}

static unsigned char *wiped_bytes(const struct xdpx_umem *umem, uint32_t number)
{
	return (unsigned char *)umem->base + (size_t)number * umem->frame_size + umem->wipe_from;
}

static void wipe(struct xdpx_umem *umem, uint32_t number)
{
	memset(wiped_bytes(umem, number), umem->filling, umem->frame_size - umem->wipe_from);
}

void xdpx_careful_begin(struct xdpx_umem *umem)
{
	uint32_t number;

	for (number = 0; umem->wiped && number < umem->pool.count; number++)
		wipe(umem, number);
}

/* The kernel gives unaligned frames by where they begin, with the packet's distance from there in the upper bits. */
static uint64_t plain_address(const struct xdpx_umem *umem, uint64_t address)
{
	if (!(umem->flags & XDPX_UMEM_UNALIGNED))
		return address;
	return (address & XSK_UNALIGNED_BUF_ADDR_MASK) + (address >> XSK_UNALIGNED_BUF_OFFSET_SHIFT);
}

static bool number_find(const struct xdpx_umem *umem, uint64_t address, uint32_t *number)
{
	*number = (uint32_t)(address / umem->frame_size);
	return address < umem->bytes;
}

uint32_t xdpx_careful_allowed(struct xdpx_umem *umem, uint32_t count)
{
	uint32_t held;

	if (!umem->max_held || !count)
		return count;
	held = xdpx_umem_held_count(umem);
	if (held + count <= umem->max_held)
		return count;
	__atomic_fetch_add(&umem->limited, 1, __ATOMIC_RELAXED);
	return held < umem->max_held ? umem->max_held - held : 0;
}

void xdpx_careful_received(struct xdpx_umem *umem, struct xdpx_frame *frames, uint32_t count)
{
	uint32_t number;
	uint32_t at;

	for (at = 0; at < count; at++) {
		frames[at].addr = plain_address(umem, frames[at].addr);
		if (umem->debug && number_find(umem, frames[at].addr, &number))
			xdpx_debug_hold(umem->debug, number);
	}
}

static void unwritten_check(struct xdpx_umem *umem, uint32_t number)
{
	xdpx_debug_unwritten(umem->debug, number, wiped_bytes(umem, number), umem->frame_size - umem->wipe_from,
			     umem->filling);
}

void xdpx_careful_taken(struct xdpx_umem *umem, const uint64_t *addresses, uint32_t count)
{
	uint32_t number;
	uint32_t at;

	for (at = 0; umem->debug && at < count; at++) {
		number_find(umem, addresses[at], &number);
		unwritten_check(umem, number);
		xdpx_debug_hold(umem->debug, number);
	}
}

void xdpx_careful_supplied(struct xdpx_umem *umem, const uint64_t *addresses, uint32_t count)
{
	uint32_t number;
	uint32_t at;

	for (at = 0; umem->debug && at < count; at++) {
		number_find(umem, addresses[at], &number);
		unwritten_check(umem, number);
	}
}

static void foreign_tell(struct xdpx_umem *umem, uint64_t address, const void *place)
{
	if (umem->debug)
		xdpx_debug_foreign(umem->debug, address, place);
	else
		xdpx_log(XDPX_LOG_WARN, "address 0x%llx was released, but is not in this UMEM",
			 (unsigned long long)address);
}

uint32_t xdpx_careful_accept(struct xdpx_umem *umem, const struct xdpx_frame *frames, uint32_t count, uint32_t *numbers,
			     const void *place)
{
	uint32_t accepted = 0;
	uint32_t number;
	uint32_t at;

	for (at = 0; at < count; at++) {
		if (!number_find(umem, frames[at].addr, &number)) {
			foreign_tell(umem, frames[at].addr, place);
			continue;
		}
		if (umem->debug && !xdpx_debug_release(umem->debug, number, place))
			continue;
		if (umem->wiped)
			wipe(umem, number);
		numbers[accepted++] = number;
	}
	return accepted;
}

void xdpx_careful_release(struct xdpx_umem *umem, const struct xdpx_frame *frames, uint32_t count, const void *place)
{
	uint32_t numbers[XDPX_CAREFUL_BATCH];
	uint32_t batch;

	for (; count; count -= batch, frames += batch) {
		batch = count < XDPX_CAREFUL_BATCH ? count : XDPX_CAREFUL_BATCH;
		xdpx_pool_put_numbers(&umem->pool, numbers, xdpx_careful_accept(umem, frames, batch, numbers, place));
	}
}

void xdpx_careful_keep(struct xdpx_umem *umem, const struct xdpx_frame *frame)
{
	uint32_t number;

	if (umem->debug && number_find(umem, frame->addr, &number))
		xdpx_debug_hold(umem->debug, number);
}

bool xdpx_careful_send(struct xdpx_umem *umem, const struct xdpx_frame *frames, uint32_t count, const void *place)
{
	uint32_t number;
	uint32_t at;

	for (at = 0; umem->debug && at < count; at++) {
		number_find(umem, frames[at].addr, &number);
		if (xdpx_debug_send(umem->debug, number, place))
			continue;
		while (at--)
			xdpx_careful_keep(umem, &frames[at]);
		return false;
	}
	return true;
}

void xdpx_careful_put(struct xdpx_umem *umem, const uint64_t *addresses, uint32_t count)
{
	uint32_t number;
	uint32_t at;

	for (at = 0; at < count; at++) {
		uint64_t address = plain_address(umem, addresses[at]);

		if (!number_find(umem, address, &number)) {
			foreign_tell(umem, address, NULL);
			continue;
		}
		if (umem->debug)
			xdpx_debug_free_again(umem->debug, number);
		if (umem->wiped)
			wipe(umem, number);
		xdpx_pool_put_numbers(&umem->pool, &number, 1);
	}
}

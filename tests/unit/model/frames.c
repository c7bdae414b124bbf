/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Frames taken and given back. */
#include "operations.h"

#include "xsk/xsk.h"

#include <string.h>

void app_take(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
{
	uint32_t free = xdpx_umem_free_count(world->umem);
	struct xdpx_frame frames[FRAMES];
	unsigned int got;

	(void)socket;
	(void)chance;
	amount = xdpx_smaller(amount, FRAMES);
	got = xdpx_frames_take(world->umem, frames, amount);
	world_note(world, "%u frames asked for, %u got", amount, got);
	if (got != xdpx_smaller(amount, free))
		world_fail(world, "%u of %u frames were taken, while %u were free", got, amount, free);
	hold(world, frames, got);
}

void app_release_anywhere(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
{
	struct xdpx_frame frames[FRAMES];

	(void)socket;
	amount = let_go(world, amount, chance, frames);
	world_note(world, "%u frames", amount);
	xdpx_frames_release(world->umem, frames, amount);
}

void app_release(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
{
	struct xdpx_frame frames[FRAMES];

	amount = let_go(world, amount, chance, frames);
	world_note(world, "%u frames", amount);
	xdpx_xsk_release(world_xsk(world, socket), frames, amount);
}

/* Among good frames one that is none of this UMEM's: it is left out, and they are not. */
void app_release_foreign(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
{
	struct xdpx_frame frames[FRAMES + 1];
	unsigned int bad;

	amount = let_go(world, amount, chance, frames);
	bad = dice(chance, amount + 1);
	memmove(&frames[bad + 1], &frames[bad], (amount - bad) * sizeof(*frames));
	frames[bad].addr = (uint64_t)FRAMES * world->frame_size + dice(chance, 100000);
	world_note(world, "%u frames, and before number %u a foreign one", amount, bad);
	if (dice(chance, 2))
		xdpx_xsk_release(world_xsk(world, socket), frames, amount + 1);
	else
		xdpx_frames_release(world->umem, frames, amount + 1);
}

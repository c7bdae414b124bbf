/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Opening and closing. */
#include "operations.h"

#include "xsk/xsk.h"

#include <string.h>

/* With zero-copy the device may go on using what it had. */
static void strand(struct world *world, const struct row *row)
{
	unsigned int at;

	for (at = 0; at < row->count; at++)
		world->stranded[frame_number(world, row->frames[at].addr)] = true;
}

static void strand_fill(struct world *world, const struct xdpx_ring *fill)
{
	uint32_t at;

	for (at = *fill->shared_seen; at != *fill->shared_own; at++)
		world->stranded[frame_number(world, fill->addresses[at & fill->mask])] = true;
}

void app_close(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
{
	struct end *end = &world->ends[socket];
	struct xdpx_xsk *xsk = world_xsk(world, socket);

	(void)amount;
	(void)chance;
	world_note(world, "%s, %u frames drawn, %u on their way out", end->zerocopy ? "zero-copy" : "copy",
		   end->drawn.count, end->fetched.count);
	if (end->zerocopy) {
		strand(world, &end->drawn);
		strand(world, &end->arrived);
		strand_fill(world, &xsk->rx.fill);
	}
	strand(world, &end->fetched);
	hold(world, end->staged.frames, end->staged.count); /* forgotten by the socket */
	/* Which frames are on their way and which only wait, nobody could tell otherwise. */
	if (end->fetched.count)
		memory_xsk_tell(end->memory);
	memory_xsk_close(end->memory);
	memset(end, 0, sizeof(*end));
}

#define PACKET_FRAMES 18

static void options_set(struct xdpx_xsk *xsk, const struct end *end)
{
	xsk->zerocopy = end->zerocopy;
	xsk->rx.whole = end->several;
	xsk->rx.special = end->several || xsk->umem->careful;
	xsk->tx.packet_frames = end->several ? xdpx_smaller(PACKET_FRAMES, xsk->tx.limit) : 1;
	xsk->tx.keep = end->keep;
}

void app_open(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
{
	static const uint32_t sizes[][2] = {{16, 16}, {16, 5}, {8, 8}, {4, 1}, {2, 2}, {64, 20}};
	static const uint32_t starts[] = {0, UINT32_MAX - 3, INT32_MAX - 3};
	struct end *end = &world->ends[socket];
	uint32_t size = dice(chance, sizeof(sizes) / sizeof(sizes[0]));
	uint32_t start = starts[dice(chance, sizeof(starts) / sizeof(starts[0]))];

	(void)amount;
	if (end->memory)
		return;
	end->memory = memory_xsk_new(world->umem, sizes[size][0], sizes[size][1]);
	memory_xsk_start(end->memory, start);
	end->zerocopy = !dice(chance, 16);
	end->several = dice(chance, 2);
	end->keep = !dice(chance, 3);
	options_set(world_xsk(world, socket), end);
	world_note(world, "%s%s%s, rings of %u, %u frames for the kernel, indices from %u",
		   end->zerocopy ? "zero-copy" : "copy", end->several ? ", packets of several frames" : "",
		   end->keep ? ", keeps what was sent" : "", sizes[size][0], sizes[size][1], start);
}

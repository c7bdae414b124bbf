/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Receiving, and the kernel's part in it. */
#include "operations.h"

#include "xsk/xsk.h"

#include <linux/if_xdp.h>
#include <string.h>

#define PACKET_BYTES 1500
#define PACKET_FRAMES 5

/* How many frames a receive of up to `max` must give: whole packets, but for one that can't be had whole. */
static unsigned int receivable(const struct world *world, unsigned int socket, uint32_t max)
{
	const struct end *end = &world->ends[socket];
	unsigned int count = xdpx_smaller(max, end->arrived.count);
	unsigned int held = xdpx_umem_held_count(world->umem);
	unsigned int whole;

	if (world->max_held)
		count = xdpx_smaller(count, held < world->max_held ? world->max_held - held : 0);
	whole = count;
	if (!end->several)
		return count;
	while (whole && end->arrived.frames[whole - 1].options & XDPX_FRAME_CONTINUES)
		whole--;
	if (!whole && (count == max || count == xdpx_ring_size(&world_xsk(world, socket)->rx.rx)))
		return count;
	return whole;
}

/* Whether these are the very frames that must come; if not, it is a failure. */
static bool received_rightly(struct world *world, unsigned int socket, uint32_t max, const struct xdpx_frame *frames,
			     unsigned int got, unsigned int expected)
{
	const struct row *arrived = &world->ends[socket].arrived;
	unsigned int at;

	if (got != expected)
		world_fail(world, "%u frames were received, and not %u, of at most %u, while %u were there", got,
			   expected, max, arrived->count);
	for (at = 0; at < got && !world->failure[0]; at++) {
		struct xdpx_frame expected_frame = frame_plain(world, &arrived->frames[at]);

		if (memcmp(&frames[at], &expected_frame, sizeof(*frames)))
			world_fail(world, "frame %u of those received is not the one that arrived", at);
	}
	return !world->failure[0];
}

void app_recv(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
{
	struct xdpx_frame frames[FRAMES];
	unsigned int expected;
	unsigned int got;

	(void)chance;
	amount = xdpx_smaller(amount - 1, FRAMES);
	expected = receivable(world, socket, amount);
	got = xdpx_xsk_recv(world_xsk(world, socket), frames, amount);
	world_note(world, "%u frames at the most, %u got", amount, got);
	if (!received_rightly(world, socket, amount, frames, got, expected))
		return;
	row_cut(&world->ends[socket].arrived, 0, got, NULL);
	hold(world, frames, got);
}

void app_peek(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
{
	struct xdpx_xsk *xsk = world_xsk(world, socket);
	struct xdpx_frame frames[FRAMES];
	unsigned int expected;
	unsigned int wanted;
	unsigned int taken;
	unsigned int got;

	amount = xdpx_smaller(amount, FRAMES);
	expected = receivable(world, socket, amount);
	got = xdpx_xsk_peek(xsk, frames, amount);
	if (!received_rightly(world, socket, amount, frames, got, expected))
		return;
	wanted = dice(chance, got + 1);
	taken = xdpx_xsk_take(xsk, wanted);
	world_note(world, "%u frames at the most, %u there, %u of %u taken", amount, got, taken, wanted);
	if (taken != wanted)
		world_fail(world, "%u frames were taken of %u", taken, wanted);
	row_cut(&world->ends[socket].arrived, 0, taken, NULL);
	hold(world, frames, taken);
}

static bool draw(struct world *world, struct end *end)
{
	struct xdpx_frame frame = {0};

	if (!memory_xsk_drain_fill(end->memory, &frame.addr, 1))
		return false;
	if (frame.addr >= (uint64_t)FRAMES * world->frame_size || (world->unaligned && frame.addr % world->frame_size))
		world_fail(world,
			   "the kernel drew address 0x%llx, which is none of the UMEM's, or not where a frame begins",
			   (unsigned long long)frame.addr);
	row_add(&end->drawn, &frame);
	return true;
}

/* A packet of `count` frames, into what was drawn first. */
static void packet_arrive(struct world *world, struct end *end, unsigned int count, uint32_t *chance)
{
	const uint64_t offset = world->headroom + XDPX_KERNEL_HEADROOM;
	struct xdpx_frame frame;

	for (; count; count--) {
		row_cut(&end->drawn, 0, 1, &frame);
		frame.addr = (uint64_t)frame_number(world, frame.addr) * world->frame_size;
		frame.addr += world->unaligned ? offset << XSK_UNALIGNED_BUF_OFFSET_SHIFT : offset;
		frame.len = 1 + dice(chance, PACKET_BYTES);
		frame.options = count > 1 ? XDPX_FRAME_CONTINUES : 0;
		if (!memory_xsk_receive(end->memory, &frame))
			world_fail(world, "the receive ring has no room for what it had room for");
		row_add(&end->arrived, &frame);
	}
}

/* What was drawn and dropped is used first. A packet whose frames don't all fit is dropped before any is drawn. */
void kernel_receive(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
{
	struct end *end = &world->ends[socket];
	const struct xdpx_ring *fill = &world_xsk(world, socket)->rx.fill;
	uint32_t size = xdpx_ring_size(&world_xsk(world, socket)->rx.rx);
	uint32_t packets = 0;

	for (; packets < amount; packets++) {
		unsigned int frames = end->several ? 1 + dice(chance, PACKET_FRAMES) : 1;
		uint32_t there = end->drawn.count + (*fill->shared_own - *fill->shared_seen);

		if (there < frames || size - end->arrived.count < frames)
			break;
		while (end->drawn.count < frames)
			draw(world, end);
		packet_arrive(world, end, frames, chance);
	}
	world_note(world, "%u packets came, %u frames stay drawn", packets, end->drawn.count);
}

/* A kernel that copies draws one frame at a time; with zero-copy the device has as many as it likes. */
void kernel_draw(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
{
	struct end *end = &world->ends[socket];
	uint32_t most = end->zerocopy ? amount : 1;

	(void)chance;
	while (end->drawn.count < most && draw(world, end))
		;
	world_note(world, "%u frames are drawn", end->drawn.count);
}

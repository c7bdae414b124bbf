/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Sending, and the kernel's part in it. */
#include "operations.h"

#include "xsk/xsk.h"

#include <errno.h>
#include <linux/if_xdp.h>
#include <string.h>

/* Lengths and, where the socket takes them, packets of several frames. */
static void packets_make(struct world *world, const struct end *end, struct xdpx_frame *frames, unsigned int count,
			 uint32_t *chance)
{
	unsigned int at;

	for (at = 0; at < count; at++) {
		frames[at].len = 1 + dice(chance, world->frame_size - (uint32_t)(frames[at].addr % world->frame_size));
		frames[at].options = end->several && at + 1 < count && !dice(chance, 3) ? XDPX_FRAME_CONTINUES : 0;
	}
}

/* One batch in four has something in it that can't be sent. */
static void spoil(struct world *world, struct xdpx_frame *frames, unsigned int count, uint32_t *chance)
{
	unsigned int bad;

	if (!count || dice(chance, 4))
		return;
	bad = dice(chance, count);
	switch (dice(chance, 4)) {
	case 0:
		frames[bad].len = 0;
		break;
	case 1:
		frames[bad].len = world->frame_size + 1;
		break;
	case 2:
		frames[bad].options |= 1U << 31;
		break;
	default:
		frames[count - 1].options |= XDPX_FRAME_CONTINUES;
	}
}

/* How many frames the packet that begins there has, 0 if it can't be sent. */
static unsigned int packet_frames(const struct world *world, const struct xdpx_xsk *xsk,
				  const struct xdpx_frame *frames, unsigned int count)
{
	unsigned int at;

	for (at = 0; at < count && at < xsk->tx.packet_frames; at++) {
		uint64_t inside = frame_plain(world, &frames[at]).addr % world->frame_size;

		if (!frames[at].len || inside + frames[at].len > world->frame_size ||
		    frames[at].options & ~XDPX_FRAME_CONTINUES)
			return 0;
		if (!frames[at].options)
			return at + 1;
	}
	return 0;
}

static bool has_room(const struct xdpx_xsk *xsk, unsigned int frames)
{
	return xdpx_xsk_kernel_tx(xsk) + xsk->tx.staged + frames <= xsk->tx.limit;
}

/* Whether as many were accepted as must be: whole packets, up to one that can't be sent or has no room. */
static void accepted_rightly(struct world *world, const struct xdpx_xsk *xsk, const struct xdpx_frame *frames,
			     unsigned int count, int accepted)
{
	unsigned int taken = accepted < 0 ? 0 : (unsigned int)accepted;
	unsigned int packet = 1;
	unsigned int at = 0;

	while (at < taken && packet) {
		packet = packet_frames(world, xsk, frames + at, count - at);
		at += packet;
	}
	if (!packet || at != taken) {
		world_fail(world, "%u frames were accepted, among them what can't be sent or is no whole packet",
			   taken);
		return;
	}
	packet = packet_frames(world, xsk, frames + at, count - at);
	if (packet && has_room(xsk, packet))
		world_fail(world, "%u frames were accepted, while there was room for %u more", taken, packet);
	else if (accepted < 0 && (accepted != -EINVAL || packet || !count))
		world_fail(world, "%u frames gave %d", count, accepted);
}

/* What was staged is the kernel's. */
static void staged_go(struct end *end)
{
	unsigned int at;

	for (at = 0; at < end->staged.count; at++)
		row_add(&end->sent, &end->staged.frames[at]);
	end->staged.count = 0;
}

/* Sends or stages; the frames accepted go to `row`, behind those that were staged before. */
static void give(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance, bool stage)
{
	struct xdpx_xsk *xsk = world_xsk(world, socket);
	struct end *end = &world->ends[socket];
	struct xdpx_frame frames[FRAMES];
	unsigned int at;
	int accepted;

	amount = let_go(world, amount, chance, frames);
	packets_make(world, end, frames, amount, chance);
	spoil(world, frames, amount, chance);
	accepted = stage ? xdpx_xsk_stage(xsk, frames, amount) : xdpx_xsk_send(xsk, frames, amount);
	world_note(world, "%u frames, %d accepted", amount, accepted);
	accepted_rightly(world, xsk, frames, amount, accepted);
	for (at = 0; at < amount; at++) {
		if ((int)at < accepted) {
			row_add(&end->staged, &frames[at]);
			continue;
		}
		frames[at].options = 0;
		hold(world, &frames[at], 1);
	}
	if (!stage && accepted >= 0)
		staged_go(end);
}

void app_send(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
{
	give(world, socket, amount, chance, false);
}

void app_stage(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
{
	give(world, socket, amount, chance, true);
}

void app_submit(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
{
	unsigned int staged = world->ends[socket].staged.count;
	unsigned int passed = xdpx_xsk_submit(world_xsk(world, socket));

	(void)amount;
	(void)chance;
	world_note(world, "%u frames", passed);
	if (passed != staged)
		world_fail(world, "%u frames were submitted, and %u staged", passed, staged);
	staged_go(&world->ends[socket]);
}

/* Whole packets, from the last on. */
void app_unstage(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
{
	struct row *staged = &world->ends[socket].staged;
	struct xdpx_frame frames[FRAMES];
	unsigned int taken;

	(void)chance;
	amount = xdpx_smaller(amount, staged->count);
	while (amount < staged->count && staged->frames[staged->count - 1 - amount].options & XDPX_FRAME_CONTINUES)
		amount++;
	taken = xdpx_xsk_unstage(world_xsk(world, socket), amount);
	world_note(world, "%u frames", taken);
	if (taken != amount)
		world_fail(world, "%u frames were unstaged of %u", taken, amount);
	row_cut(staged, staged->count - amount, amount, frames);
	for (taken = 0; taken < amount; taken++)
		frames[taken].options = 0;
	hold(world, frames, amount);
}

void app_complete(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
{
	(void)amount;
	(void)chance;
	world_note(world, "%u frames came back", xdpx_xsk_complete(world_xsk(world, socket)));
}

/* In the order in which the device was done with them. */
void app_complete_frames(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
{
	struct xdpx_xsk *xsk = world_xsk(world, socket);
	const struct xdpx_ring *ring = &xsk->tx.completion;
	uint32_t first = *ring->shared_own;
	uint32_t there = *ring->shared_seen - first;
	struct xdpx_frame frames[FRAMES];
	unsigned int got;
	unsigned int at;

	(void)chance;
	amount = xdpx_smaller(amount, FRAMES);
	got = xdpx_xsk_complete_frames(xsk, frames, amount);
	world_note(world, "%u frames at the most, %u got", amount, got);
	if (got != xdpx_smaller(amount, there))
		world_fail(world, "%u of %u sent frames came back, while %u were there", got, amount, there);
	for (at = 0; at < got; at++)
		if (frames[at].addr != ring->addresses[(first + at) & ring->mask])
			world_fail(world, "sent frame %u came back as another", at);
	hold(world, frames, got);
}

void app_kick(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
{
	(void)amount;
	(void)chance;
	world_note(world, "it gave %d", xdpx_xsk_kick(world_xsk(world, socket)));
}

/* What is consumed of the receive ring either goes over, or can't be sent and is dropped. */
static void forwarded_rightly(struct world *world, struct end *from, const struct xdpx_xsk *to, struct row *over,
			      unsigned int consumed)
{
	unsigned int at = 0;

	while (at < consumed) {
		const struct xdpx_frame *frames = from->arrived.frames + at;
		unsigned int sendable = packet_frames(world, to, frames, from->arrived.count - at);
		unsigned int length = xdpx_frames_next_packet(from->arrived.frames, from->arrived.count, at) - at;
		unsigned int number;

		for (number = 0; sendable && number < length; number++) {
			struct xdpx_frame plain = frame_plain(world, &frames[number]);

			row_add(over, &plain);
		}
		at += length;
	}
	if (at != consumed)
		world_fail(world, "%u frames were taken, which is in the middle of a packet", consumed);
	row_cut(&from->arrived, 0, consumed, NULL);
}

void app_forward(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
{
	unsigned int partner = dice(chance, SOCKETS);
	struct xdpx_xsk *from = world_xsk(world, socket);
	struct xdpx_xsk *to = world_xsk(world, partner);
	struct row *staged = &world->ends[partner].staged;
	unsigned int before = staged->count;
	uint32_t own = from->rx.rx.own;
	int moved;

	world->partner = partner;
	if (!to)
		return;
	moved = xdpx_xsk_forward(from, to, amount);
	forwarded_rightly(world, &world->ends[socket], to, staged, from->rx.rx.own - own);
	world_note(world, "to socket %u, %u frames at the most, %d moved, %u taken", partner, amount, moved,
		   from->rx.rx.own - own);
	if (moved != (int)(staged->count - before))
		world_fail(world, "%d frames were forwarded, and %u that could be sent taken", moved,
			   staged->count - before);
	staged_go(&world->ends[partner]);
	if (moved < (int)amount && world->ends[socket].arrived.count && !world->max_held) {
		const struct row *left = &world->ends[socket].arrived;
		unsigned int packet = packet_frames(world, to, left->frames, left->count);

		if (packet && has_room(to, packet))
			world_fail(world, "%d frames were forwarded, while there was room for %u more", moved, packet);
	}
}

/* Whole packets, so that none is on its way by half when the socket is closed. */
static unsigned int fetch(struct memory_xsk *memory, struct xdpx_frame *frames, uint32_t amount)
{
	unsigned int got = memory_xsk_fetch(memory, frames, xdpx_smaller(amount, FRAMES));

	while (got && got < FRAMES && frames[got - 1].options & XDPX_FRAME_CONTINUES)
		if (memory_xsk_fetch(memory, frames + got, 1))
			got++;
		else
			break;
	return got;
}

void kernel_fetch(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
{
	struct end *end = &world->ends[socket];
	struct xdpx_frame expected[FRAMES];
	struct xdpx_frame frames[FRAMES];
	bool late = dice(chance, 2);
	unsigned int got = fetch(end->memory, frames, amount);
	unsigned int at;

	if (!late)
		memory_xsk_tell(end->memory);
	world_note(world, "%u frames%s", got, late ? ", and doesn't tell yet" : "");
	if (got > end->sent.count) {
		world_fail(world, "the kernel fetched %u frames for sending, and %u were sent", got, end->sent.count);
		return;
	}
	row_cut(&end->sent, 0, got, expected);
	if (memcmp(frames, expected, got * sizeof(*frames)))
		world_fail(world, "the kernel fetched other frames than were sent, or in another order");
	for (at = 0; at < got; at++)
		row_add(&end->fetched, &frames[at]);
}

void kernel_tell(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
{
	(void)amount;
	(void)chance;
	world_note(world, "how far it is in the transmit ring");
	memory_xsk_tell(world->ends[socket].memory);
}

/* In whatever order the device is done. */
void kernel_finish(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
{
	struct row *fetched = &world->ends[socket].fetched;
	struct xdpx_frame frame;
	unsigned int at;

	amount = xdpx_smaller(amount, fetched->count);
	for (at = 0; at < amount; at++) {
		row_cut(fetched, dice(chance, fetched->count), 1, &frame);
		memory_xsk_finish(world->ends[socket].memory, frame.addr);
	}
	world_note(world, "%u frames", amount);
}

/* What it asks for while nobody answers: the socket here has no descriptor. */
void kernel_ask(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
{
	struct xdpx_xsk *xsk = world_xsk(world, socket);

	(void)amount;
	*xsk->tx.tx.flags = dice(chance, 2) ? XDP_RING_NEED_WAKEUP : 0;
	*xsk->rx.fill.flags = dice(chance, 2) ? XDP_RING_NEED_WAKEUP : 0;
	world_note(world, "to be woken: flags %u for sending, %u for receiving", *xsk->tx.tx.flags,
		   *xsk->rx.fill.flags);
}

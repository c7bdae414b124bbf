/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What the application, the kernel and the device may do, and which frames move where by it. */
#include "world.h"

#include "xsk/xsk.h"

#include <errno.h>
#include <linux/if_xdp.h>
#include <string.h>

#define PACKET_BYTES 1500

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Takes up to `count` frames, here and there, out of what the application holds; any address inside each will do. */
static unsigned int let_go(struct world *world, uint32_t count, uint32_t *chance, struct xdpx_frame *frames)
{
	unsigned int at;

	count = smaller(count, world->held.count);
	for (at = 0; at < count; at++) {
		row_cut(&world->held, dice(chance, world->held.count), 1, &frames[at]);
		if (dice(chance, 2))
			frames[at].addr = (uint64_t)frame_number(world, frames[at].addr) * world->frame_size +
					  dice(chance, world->frame_size);
	}
	return count;
}

static void hold(struct world *world, const struct xdpx_frame *frames, unsigned int count)
{
	unsigned int at;

	for (at = 0; at < count; at++)
		row_add(&world->held, &frames[at]);
}

static void app_take(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
{
	uint32_t free = xdpx_umem_free_count(world->umem);
	struct xdpx_frame frames[FRAMES];
	unsigned int got;

	(void)socket;
	(void)chance;
	amount = smaller(amount, FRAMES);
	got = xdpx_frames_take(world->umem, frames, amount);
	world_note(world, "%u frames asked for, %u got", amount, got);
	if (got != smaller(amount, free))
		world_fail(world, "%u of %u frames were taken, while %u were free", got, amount, free);
	hold(world, frames, got);
}

static void app_release_anywhere(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
{
	struct xdpx_frame frames[FRAMES];

	(void)socket;
	amount = let_go(world, amount, chance, frames);
	world_note(world, "%u frames", amount);
	xdpx_frames_release(world->umem, frames, amount);
}

static void app_release(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
{
	struct xdpx_frame frames[FRAMES];

	amount = let_go(world, amount, chance, frames);
	world_note(world, "%u frames", amount);
	xdpx_xsk_release(world_xsk(world, socket), frames, amount);
}

/* Among good frames one that is none of this UMEM's: it is left out, and they are not. */
static void app_release_foreign(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
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

static void app_recv(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
{
	struct row *arrived = &world->ends[socket].arrived;
	struct xdpx_frame expected[FRAMES];
	struct xdpx_frame frames[FRAMES];
	unsigned int got;

	(void)chance;
	amount = smaller(amount - 1, FRAMES);
	got = xdpx_xsk_recv(world_xsk(world, socket), frames, amount);
	world_note(world, "%u frames at the most, %u got", amount, got);
	if (got != smaller(amount, arrived->count)) {
		world_fail(world, "%u of %u frames were received, while %u were there", got, amount, arrived->count);
		return;
	}
	row_cut(arrived, 0, got, expected);
	if (memcmp(frames, expected, got * sizeof(*frames)))
		world_fail(world, "other frames were received than arrived, or in another order");
	hold(world, frames, got);
}

/* One in four batches has a frame in it that can't be sent. */
static unsigned int spoil(struct world *world, struct xdpx_frame *frames, unsigned int count, uint32_t *chance)
{
	unsigned int bad;

	if (!count || dice(chance, 4))
		return count;
	bad = dice(chance, count);
	switch (dice(chance, 3)) {
	case 0:
		frames[bad].len = 0;
		break;
	case 1:
		frames[bad].len = world->frame_size + 1;
		break;
	default:
		frames[bad].options = 1U << 31;
	}
	return bad;
}

static void app_send(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
{
	struct xdpx_xsk *xsk = world_xsk(world, socket);
	struct row *sent = &world->ends[socket].sent;
	struct xdpx_frame frames[FRAMES];
	unsigned int good;
	unsigned int at;
	int accepted;

	amount = let_go(world, amount, chance, frames);
	for (at = 0; at < amount; at++)
		frames[at].len = 1 + dice(chance, world->frame_size - (uint32_t)(frames[at].addr % world->frame_size));
	good = spoil(world, frames, amount, chance);
	accepted = xdpx_xsk_send(xsk, frames, amount);
	world_note(world, "%u frames, the first %u good, %d accepted", amount, good, accepted);

	at = accepted < 0 ? 0 : (unsigned int)accepted;
	if (at > good)
		world_fail(world, "%u frames were accepted, where number %u can't be sent", at, good);
	else if (at < good && xdpx_xsk_kernel_tx(xsk) < xsk->tx.limit)
		world_fail(world, "%u of %u good frames were accepted, while there was room", at, good);
	else if (accepted < 0 && (accepted != -EINVAL || good))
		world_fail(world, "the send failed with %d", accepted);
	if (world->failure[0])
		return;
	for (unsigned int number = 0; number < amount; number++) {
		if (number < at) {
			row_add(sent, &frames[number]);
			continue;
		}
		frames[number].options = 0;
		hold(world, &frames[number], 1);
	}
}

static void app_complete(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
{
	(void)amount;
	(void)chance;
	world_note(world, "%u frames came back", xdpx_xsk_complete(world_xsk(world, socket)));
}

static void app_kick(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
{
	(void)amount;
	(void)chance;
	world_note(world, "it gave %d", xdpx_xsk_kick(world_xsk(world, socket)));
}

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

static void app_close(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
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
	/* Which frames are on their way and which only wait, nobody could tell otherwise. */
	if (end->fetched.count)
		memory_xsk_tell(end->memory);
	memory_xsk_close(end->memory);
	memset(end, 0, sizeof(*end));
}

static void app_open(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
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
	world_xsk(world, socket)->zerocopy = end->zerocopy;
	world_note(world, "%s, rings of %u, %u frames for the kernel, indices from %u",
		   end->zerocopy ? "zero-copy" : "copy", sizes[size][0], sizes[size][1], start);
}

static bool draw(struct world *world, struct end *end)
{
	struct xdpx_frame frame = {0};

	if (!memory_xsk_drain_fill(end->memory, &frame.addr, 1))
		return false;
	if (frame.addr >= (uint64_t)FRAMES * world->frame_size)
		world_fail(world, "the kernel drew address 0x%llx, which is none of the UMEM's",
			   (unsigned long long)frame.addr);
	row_add(&end->drawn, &frame);
	return true;
}

/* What was drawn and dropped is used first. */
static void kernel_receive(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
{
	struct end *end = &world->ends[socket];
	struct xdpx_frame frame;
	uint32_t count = 0;

	for (; count < amount && (end->drawn.count || draw(world, end)); count++) {
		frame.addr = (uint64_t)frame_number(world, end->drawn.frames[0].addr) * world->frame_size +
			     world->headroom + XDPX_KERNEL_HEADROOM;
		frame.len = 1 + dice(chance, PACKET_BYTES);
		frame.options = 0;
		if (!memory_xsk_receive(end->memory, &frame))
			break;
		row_cut(&end->drawn, 0, 1, NULL);
		row_add(&end->arrived, &frame);
	}
	world_note(world, "%u packets came, %u frames stay drawn", count, end->drawn.count);
}

/* A kernel that copies draws one frame at a time; with zero-copy the device has as many as it likes. */
static void kernel_draw(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
{
	struct end *end = &world->ends[socket];
	uint32_t most = end->zerocopy ? amount : 1;

	(void)chance;
	while (end->drawn.count < most && draw(world, end))
		;
	world_note(world, "%u frames are drawn", end->drawn.count);
}

static void kernel_fetch(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
{
	struct end *end = &world->ends[socket];
	struct xdpx_frame expected[FRAMES];
	struct xdpx_frame frames[FRAMES];
	bool late = dice(chance, 2);
	unsigned int got = memory_xsk_fetch(end->memory, frames, smaller(amount, FRAMES));
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

static void kernel_tell(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
{
	(void)amount;
	(void)chance;
	world_note(world, "how far it is in the transmit ring");
	memory_xsk_tell(world->ends[socket].memory);
}

/* In whatever order the device is done. */
static void kernel_finish(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
{
	struct row *fetched = &world->ends[socket].fetched;
	struct xdpx_frame frame;
	unsigned int at;

	amount = smaller(amount, fetched->count);
	for (at = 0; at < amount; at++) {
		row_cut(fetched, dice(chance, fetched->count), 1, &frame);
		memory_xsk_finish(world->ends[socket].memory, frame.addr);
	}
	world_note(world, "%u frames", amount);
}

/* What it asks for while nobody answers: the socket here has no descriptor. */
static void kernel_ask(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance)
{
	struct xdpx_xsk *xsk = world_xsk(world, socket);

	(void)amount;
	*xsk->tx.tx.flags = dice(chance, 2) ? XDP_RING_NEED_WAKEUP : 0;
	*xsk->rx.fill.flags = dice(chance, 2) ? XDP_RING_NEED_WAKEUP : 0;
	world_note(world, "to be woken: flags %u for sending, %u for receiving", *xsk->tx.tx.flags,
		   *xsk->rx.fill.flags);
}

const struct operation operations[] = {
	{"take", 4, app_take, .closed = true, .moves = {{FREE, HELD}}},
	{"release from any thread", 6, app_release_anywhere, .closed = true, .moves = {{HELD, FREE}}},
	{"release", 8, app_release, .moves = {{HELD, FILL}, {HELD, FREE}}},
	{"release, foreign", 2, app_release_foreign, .moves = {{HELD, FILL}, {HELD, FREE}}},
	{"recv", 12, app_recv, .moves = {{RX, HELD}, {FREE, FILL}}},
	{"send", 10, app_send, .moves = {{HELD, TX}, {COMPLETION, FREE}}},
	{"complete", 4, app_complete, .moves = {{COMPLETION, FREE}}},
	{"kick", 2, app_kick, .moves = {{COMPLETION, FREE}}},
	{"close", 1, app_close,
	 .moves = {{FILL, FREE},
		   {DRAWN, FREE},
		   {RX, FREE},
		   {TX, FREE},
		   {COMPLETION, FREE},
		   {FILL, STRANDED},
		   {DRAWN, STRANDED},
		   {RX, STRANDED},
		   {FETCHED, STRANDED}}},
	{"open", 6, app_open, .closed = true},
	{"kernel receives", 12, kernel_receive, .moves = {{FILL, RX}, {DRAWN, RX}, {FILL, DRAWN}}},
	{"kernel draws and drops", 2, kernel_draw, .moves = {{FILL, DRAWN}}},
	{"kernel fetches", 8, kernel_fetch, .moves = {{TX, FETCHED}}},
	{"kernel tells", 2, kernel_tell},
	{"kernel finishes", 8, kernel_finish, .moves = {{FETCHED, COMPLETION}}},
	{"kernel asks", 1, kernel_ask},
};

const unsigned int operation_count = sizeof(operations) / sizeof(operations[0]);

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "world.h"

#include "xsk/xsk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const place_names[] = {
	[NOWHERE] = "lost",
	[FREE] = "free",
	[HELD] = "held",
	[STAGED] = "staged",
	[FILL] = "in the fill ring",
	[DRAWN] = "drawn by the kernel",
	[RX] = "in the receive ring",
	[TX] = "in the transmit ring",
	[FETCHED] = "on its way out",
	[COMPLETION] = "in the completion ring",
	[STRANDED] = "stranded",
};

void world_fail(struct world *world, const char *format, ...)
{
	va_list args;

	if (world->failure[0])
		return;
	va_start(args, format);
	vsnprintf(world->failure, sizeof(world->failure), format, args);
	va_end(args);
}

void world_note(struct world *world, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(world->note, sizeof(world->note), format, args);
	va_end(args);
}

struct xdpx_xsk *world_xsk(const struct world *world, unsigned int socket)
{
	return world->ends[socket].memory ? memory_xsk_socket(world->ends[socket].memory) : NULL;
}

#define OFFSET_SHIFT 48

struct xdpx_frame frame_plain(const struct world *world, const struct xdpx_frame *frame)
{
	struct xdpx_frame plain = *frame;

	if (world->unaligned)
		plain.addr = (plain.addr & ((1ULL << OFFSET_SHIFT) - 1)) + (plain.addr >> OFFSET_SHIFT);
	return plain;
}

unsigned int frame_number(const struct world *world, uint64_t address)
{
	const struct xdpx_frame frame = {.addr = address};

	return (unsigned int)(frame_plain(world, &frame).addr / world->frame_size);
}

void row_add(struct row *row, const struct xdpx_frame *frame)
{
	if (row->count < FRAMES)
		row->frames[row->count++] = *frame;
}

void row_cut(struct row *row, unsigned int at, unsigned int count, struct xdpx_frame *out)
{
	if (out)
		memcpy(out, row->frames + at, count * sizeof(*out));
	row->count -= count;
	memmove(row->frames + at, row->frames + at + count, (row->count - at) * sizeof(*row->frames));
}

uint32_t dice(uint32_t *state, uint32_t below)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state % below;
}

void hold(struct world *world, const struct xdpx_frame *frames, unsigned int count)
{
	unsigned int at;

	for (at = 0; at < count; at++)
		row_add(&world->held, &frames[at]);
}

unsigned int let_go(struct world *world, uint32_t count, uint32_t *chance, struct xdpx_frame *frames)
{
	unsigned int at;

	count = xdpx_smaller(count, world->held.count);
	for (at = 0; at < count; at++) {
		row_cut(&world->held, dice(chance, world->held.count), 1, &frames[at]);
		if (dice(chance, 2))
			frames[at].addr = (uint64_t)frame_number(world, frames[at].addr) * world->frame_size +
					  dice(chance, world->frame_size);
	}
	return count;
}

void world_begin(struct world *world, unsigned int kind)
{
	static const struct {
		uint64_t flags;
		uint32_t frame_size;
		uint32_t max_held;
	} kinds[WORLD_KINDS] = {
		{.frame_size = 2048},
		{.frame_size = 3000, .flags = XDPX_UMEM_UNALIGNED},
		{.frame_size = 2048, .flags = XDPX_UMEM_SCRUB},
		{.frame_size = 2048, .flags = XDPX_UMEM_DEBUG},
		{.frame_size = 4096, .max_held = 12},
	};
	struct xdpx_umem_opts opts = {
		.size = sizeof(opts),
		.flags = kinds[kind].flags,
		.frame_count = FRAMES,
		.frame_size = kinds[kind].frame_size,
		.headroom = 64,
		.max_held = kinds[kind].max_held,
	};
	unsigned int at;

	memset(world, 0, sizeof(*world));
	if (xdpx_umem_new(&opts, &world->umem))
		abort();
	world->frame_size = opts.frame_size;
	world->headroom = opts.headroom;
	world->max_held = opts.max_held;
	world->unaligned = opts.flags & XDPX_UMEM_UNALIGNED;
	for (at = 0; at < FRAMES; at++)
		world->spots[at].place = FREE;
}

void world_end(struct world *world)
{
	unsigned int at;

	for (at = 0; at < SOCKETS; at++)
		if (world->ends[at].memory)
			memory_xsk_free(world->ends[at].memory);
	xdpx_umem_free(world->umem);
}

static void place_name(char *out, size_t bytes, struct spot spot)
{
	bool owned = spot.place != NOWHERE && spot.place != FREE && spot.place != HELD && spot.place != STRANDED;

	if (owned)
		snprintf(out, bytes, "%s of socket %u", place_names[spot.place], spot.socket);
	else
		snprintf(out, bytes, "%s", place_names[spot.place]);
}

/* Notes that a frame was found there: the first time that it is found at all. */
static void found(struct world *world, struct spot *spots, uint64_t number, enum place place, unsigned int socket)
{
	struct spot spot = {place, socket};
	char before[64];
	char now[64];

	place_name(now, sizeof(now), spot);
	if (number >= FRAMES) {
		world_fail(world, "%s lies frame %llu, which there is not", now, (unsigned long long)number);
		return;
	}
	if (spots[number].place != NOWHERE) {
		place_name(before, sizeof(before), spots[number]);
		world_fail(world, "frame %u is in two places: %s, and %s", (unsigned int)number, before, now);
		return;
	}
	spots[number] = spot;
}

/* One of the pool's two lists: its first frame in the low half, its length in the high one. */
static void list_find(struct world *world, struct spot *spots, uint64_t list)
{
	uint32_t length = (uint32_t)(list >> 32);
	uint32_t number = (uint32_t)list;

	for (; length && number < FRAMES && !world->failure[0]; length--) {
		found(world, spots, number, FREE, 0);
		number = world->umem->pool.next[number];
	}
	if (length || number != world->umem->pool.count)
		world_fail(world, "a list of the pool says that it is %s than it is", length ? "longer" : "shorter");
}

static void stack_find(struct world *world, struct spot *spots, const struct xdpx_pool *pool)
{
	uint32_t at;

	for (at = 0; at < pool->stacked; at++)
		found(world, spots, frame_number(world, pool->stack[at]), FREE, 0);
}

static void addresses_find(struct world *world, struct spot *spots, const struct xdpx_ring *ring, uint32_t from,
			   uint32_t to, struct spot spot)
{
	if (to - from > xdpx_ring_size(ring)) {
		world_fail(world, "%u entries of %u are %s of socket %u", to - from, xdpx_ring_size(ring),
			   place_names[spot.place], spot.socket);
		return;
	}
	for (; from != to; from++)
		found(world, spots, frame_number(world, ring->addresses[from & ring->mask]), spot.place, spot.socket);
}

/* These must also hold the very frames, in their order, that were put there. */
static void frames_find(struct world *world, struct spot *spots, const struct xdpx_ring *ring, uint32_t from,
			uint32_t to, const struct row *row, struct spot spot)
{
	unsigned int at;

	if (to - from != row->count) {
		world_fail(world, "%u frames are %s of socket %u, where %u were put", to - from,
			   place_names[spot.place], spot.socket, row->count);
		return;
	}
	for (at = 0; at < row->count; at++) {
		const struct xdpx_frame *frame = &ring->frames[(from + at) & ring->mask];

		if (memcmp(frame, &row->frames[at], sizeof(*frame)))
			world_fail(world, "entry %u %s of socket %u is 0x%llx, %u bytes, and was 0x%llx, %u bytes", at,
				   place_names[spot.place], spot.socket, (unsigned long long)frame->addr, frame->len,
				   (unsigned long long)row->frames[at].addr, row->frames[at].len);
		found(world, spots, frame_number(world, frame->addr), spot.place, spot.socket);
	}
}

static void row_find(struct world *world, struct spot *spots, const struct row *row, enum place place,
		     unsigned int socket)
{
	unsigned int at;

	for (at = 0; at < row->count; at++)
		found(world, spots, frame_number(world, row->frames[at].addr), place, socket);
}

static void socket_find(struct world *world, struct spot *spots, unsigned int socket)
{
	const struct end *end = &world->ends[socket];
	const struct xdpx_xsk *xsk = world_xsk(world, socket);
	const struct xdpx_ring *fill = &xsk->rx.fill;
	const struct xdpx_ring *completion = &xsk->tx.completion;
	const struct xdpx_ring *rx = &xsk->rx.rx;
	const struct xdpx_ring *tx = &xsk->tx.tx;

	addresses_find(world, spots, fill, *fill->shared_seen, *fill->shared_own, (struct spot){FILL, socket});
	addresses_find(world, spots, completion, *completion->shared_own, *completion->shared_seen,
		       (struct spot){COMPLETION, socket});
	frames_find(world, spots, rx, *rx->shared_own, *rx->shared_seen, &end->arrived, (struct spot){RX, socket});
	frames_find(world, spots, tx, memory_xsk_fetched(end->memory), *tx->shared_own, &end->sent,
		    (struct spot){TX, socket});
	row_find(world, spots, &end->staged, STAGED, socket);
	row_find(world, spots, &end->drawn, DRAWN, socket);
	row_find(world, spots, &end->fetched, FETCHED, socket);
}

static void find(struct world *world, struct spot *spots)
{
	unsigned int at;

	stack_find(world, spots, &world->umem->pool);
	list_find(world, spots, world->umem->pool.free);
	list_find(world, spots, world->umem->pool.released);
	for (at = 0; at < SOCKETS; at++)
		if (world->ends[at].memory)
			socket_find(world, spots, at);
	row_find(world, spots, &world->held, HELD, 0);
	for (at = 0; at < FRAMES; at++)
		if (world->stranded[at])
			found(world, spots, at, STRANDED, 0);
}

/* Whether it is nobody's place, or that of a socket which the step is about. */
static bool concerned(const struct world *world, struct spot spot, unsigned int socket)
{
	return spot.place == FREE || spot.place == HELD || spot.place == STRANDED || spot.socket == socket ||
	       spot.socket == world->partner;
}

static bool move_allowed(const struct world *world, const struct step *step, struct spot from, struct spot to)
{
	const struct operation *operation = &operations[step->operation];
	const struct move *move;

	if (!concerned(world, from, step->socket) || !concerned(world, to, step->socket))
		return false;
	if (from.place == COMPLETION && to.place != HELD && world->ends[from.socket].keep && !operation->kept)
		return false;
	for (move = operation->moves; move < operation->moves + MOVES && move->from != NOWHERE; move++)
		if (move->from == from.place && move->to == to.place)
			return true;
	return false;
}

static void moves_check(struct world *world, const struct spot *spots, const struct step *step)
{
	char before[64];
	char now[64];
	unsigned int at;

	for (at = 0; at < FRAMES; at++) {
		if (spots[at].place == world->spots[at].place && spots[at].socket == world->spots[at].socket)
			continue;
		if (spots[at].place != NOWHERE && move_allowed(world, step, world->spots[at], spots[at]))
			continue;
		place_name(before, sizeof(before), world->spots[at]);
		place_name(now, sizeof(now), spots[at]);
		world_fail(world, "frame %u was %s, and is %s", at, before, now);
	}
}

static unsigned int place_count(const struct spot *spots, enum place place)
{
	unsigned int count = 0;
	unsigned int at;

	for (at = 0; at < FRAMES; at++)
		count += spots[at].place == place;
	return count;
}

/* What the library itself says. */
static void counts_check(struct world *world, const struct spot *spots)
{
	struct {
		const char *name;
		uint32_t said;
		unsigned int are;
	} counts[] = {
		{"free", xdpx_umem_free_count(world->umem), place_count(spots, FREE)},
		{"held", xdpx_umem_held_count(world->umem), place_count(spots, HELD) + place_count(spots, STAGED)},
		{"stranded", world->umem->stranded, place_count(spots, STRANDED)},
	};
	size_t at;

	for (at = 0; at < sizeof(counts) / sizeof(counts[0]); at++)
		if (counts[at].said != counts[at].are)
			world_fail(world, "the library says that %u frames are %s, and %u are", counts[at].said,
				   counts[at].name, counts[at].are);
}

bool world_step(struct world *world, const struct step *step)
{
	const struct operation *operation = &operations[step->operation];
	struct spot spots[FRAMES] = {{NOWHERE, 0}};
	uint32_t chance = step->choice | 1;

	world->partner = step->socket;
	snprintf(world->note, sizeof(world->note), "nothing");
	if (world->ends[step->socket].memory || operation->closed)
		operation->run(world, step->socket, step->amount, &chance);
	find(world, spots);
	if (!world->failure[0])
		moves_check(world, spots, step);
	if (!world->failure[0])
		counts_check(world, spots);
	memcpy(world->spots, spots, sizeof(spots));
	return !world->failure[0];
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * A UMEM with several sockets over rings in memory, and beside them a simple model: where each frame is.
 *
 * What lies in the pool and in the rings is read from the library's own objects after each step. What lies nowhere
 * there the model knows of: the application holds it, or the kernel has drawn it from the fill ring or fetched it for
 * sending, or a closed socket's device still has it. Each frame must be in one of these places, and may only have come
 * there by a move that the step's operation makes.
 */
#ifndef TESTS_MODEL_WORLD_H
#define TESTS_MODEL_WORLD_H

#include "memory_xsk.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#define FRAMES 48
#define SOCKETS 3
#define NOTE_BYTES 256

enum place {
	NOWHERE,
	FREE,
	HELD,	    /* by the application */
	STAGED,	    /* by the application, too, and in the transmit ring where the kernel doesn't look yet */
	FILL,	    /* in the fill ring */
	DRAWN,	    /* out of the fill ring, without a packet yet */
	RX,	    /* in the receive ring */
	TX,	    /* in the transmit ring */
	FETCHED,    /* out of the transmit ring, on its way */
	COMPLETION, /* in the completion ring */
	STRANDED,   /* out of use */
};

struct spot {
	enum place place;
	unsigned int socket; /* whose; 0 where it is nobody's */
};

/* Frames in an order. */
struct row {
	struct xdpx_frame frames[FRAMES];
	unsigned int count;
};

struct end {
	struct memory_xsk *memory; /* NULL: closed */
	bool zerocopy;
	bool several; /* packets may have several frames */
	bool keep;    /* sent frames are left to the application */
	struct row drawn;
	struct row arrived; /* what the receive ring must hold */
	struct row staged;
	struct row sent; /* what the transmit ring must hold */
	struct row fetched;
};

struct world {
	struct xdpx_umem *umem;
	uint32_t frame_size;
	uint32_t headroom;
	uint32_t max_held; /* 0: no limit */
	bool unaligned;
	struct end ends[SOCKETS];
	struct row held;
	unsigned int partner; /* another socket that the step is about */
	bool stranded[FRAMES];
	struct spot spots[FRAMES]; /* after the last step */
	char failure[NOTE_BYTES];  /* empty: none */
	char note[NOTE_BYTES];	   /* what the last step did */
};

/* One step. Whatever the state, each does something or nothing: so any part of a sequence is a sequence. */
struct step {
	uint16_t operation;
	uint16_t socket;
	uint32_t amount; /* 1 or more */
	uint32_t choice; /* what else the operation decides by chance */
};

/* UMEMs of all kinds, 0 to WORLD_KINDS - 1: plain, unaligned, scrubbed, watched over, limited. */
#define WORLD_KINDS 5
void world_begin(struct world *world, unsigned int kind);
void world_end(struct world *world);

/* Takes the step and looks at everything; false: world->failure says what is wrong. */
bool world_step(struct world *world, const struct step *step);

void world_fail(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));
void world_note(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The socket itself, NULL while it is closed. */
struct xdpx_xsk *world_xsk(const struct world *world, unsigned int socket);

/* A frame as the application sees it: in the receive ring of an unaligned UMEM the upper bits are an offset. */
struct xdpx_frame frame_plain(const struct world *world, const struct xdpx_frame *frame);
unsigned int frame_number(const struct world *world, uint64_t address);

void row_add(struct row *row, const struct xdpx_frame *frame);
/* Removes `count` frames from `at` on; they go to `out` unless that is NULL. */
void row_cut(struct row *row, unsigned int at, unsigned int count, struct xdpx_frame *out);

/* What a step draws from its choice: 0 to below - 1. */
uint32_t dice(uint32_t *state, uint32_t below);

/* The application takes frames, or gives up to `count` away, here and there; any address inside each will do. */
void hold(struct world *world, const struct xdpx_frame *frames, unsigned int count);
unsigned int let_go(struct world *world, uint32_t count, uint32_t *chance, struct xdpx_frame *frames);

struct move {
	enum place from;
	enum place to;
};

#define MOVES 12

struct operation {
	const char *name;
	unsigned int weight; /* how often it comes */
	void (*run)(struct world *world, unsigned int socket, uint32_t amount,
		    uint32_t *chance); /* chance: for dice() */
	bool closed;		       /* on a closed socket, too */
	bool kept;		       /* takes sent frames away, also where they are kept for the application */
	struct move moves[MOVES];
};

/* operations.c */
extern const struct operation operations[];
extern const unsigned int operation_count;

#endif

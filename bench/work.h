/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * The work of a benchmark, by rounds: what is done with each packet, the same for all contenders, and how a contender
 * looks. The rounds that bench/run times are those whose instructions bench/instructions counts.
 */
#ifndef BENCH_WORK_H
#define BENCH_WORK_H

#include "packet.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The defaults of libxdp and of libxdpx; the others take the same. */
#define FRAMES 4096
#define FRAME_SIZE 4096
#define RING_SIZE 2048

#define BATCH_MAX 256
#define WAIT_MS 100

/* 0 to count what moving frames takes, without looking at them. */
#ifndef BENCH_TOUCH
#define BENCH_TOUCH 1
#endif

enum round {
	ROUND_RX,      /* receive, read 8 bytes, give the frames back all at once */
	ROUND_RX_ONE,  /* the same, but give them back one by one, as they are done with */
	ROUND_TX,      /* take frames, write packets, send them, get them back */
	ROUND_FORWARD, /* receive and send on, not looking at the packets */
	ROUND_ECHO,    /* receive, exchange the MAC addresses, send */
	ROUNDS
};

struct work {
	unsigned int batch; /* packets a round at the most */
	uint64_t checksum;  /* of what was read */
};

/* One round; `ends` is the contender's own. Returns how many packets it received, for ROUND_TX sent. */
typedef unsigned int round_fn(void *ends, struct work *work);

/* By enum round; NULL where a contender has none. Their functions are named counted_*: see bench/instructions. */
extern round_fn *const rounds_raw[ROUNDS];
extern round_fn *const rounds_libxdp[ROUNDS];
extern round_fn *const rounds_xdpx[ROUNDS];
extern round_fn *const rounds_xdpx_pool[ROUNDS];
extern round_fn *const rounds_packet[ROUNDS];

/* Where a contender works, always on queue 0. */
struct place {
	const char *from; /* the device that it receives from; NULL: it does not receive */
	const char *to;	  /* the device that it sends to, the same for an echo; NULL: it does not send */
	bool generic;	  /* the XDP program runs in generic mode, not in native */
};

struct contender {
	const char *name;
	round_fn *const *rounds;
	/* Returns the socket to ask for what the kernel dropped, or a negative errno with `why` a static text. */
	int (*open)(const struct place *place, void **ends, const char **why);
	/* Called when a round had nothing to do: sleeps until there is, or with `spin` does only what wakes a driver.
	 */
	void (*idle)(void *ends, bool spin);
	/* Takes its program off the device, if that does not end with the process. */
	void (*close)(void *ends);
};

extern const struct contender contender_raw;
extern const struct contender contender_libxdp;
extern const struct contender contender_xdpx;
extern const struct contender contender_xdpx_pool;
extern const struct contender contender_packet;

/* Whether it takes a second socket to send. */
static inline bool place_apart(const struct place *place)
{
	return place->from && place->to && strcmp(place->from, place->to);
}

/* The device of the first or only socket. */
static inline const char *place_first(const struct place *place)
{
	return place->from ? place->from : place->to;
}

static inline uint64_t packet_read(const void *data)
{
	uint64_t first = 0;

	if (BENCH_TOUCH)
		memcpy(&first, data, sizeof(first));
	return first;
}

static inline void packet_write(void *data)
{
	if (BENCH_TOUCH)
		memcpy(data, &packet_sample, sizeof(packet_sample));
}

/* Exchanges the MAC addresses; returns what packet_read() would have. */
static inline uint64_t packet_turn(void *data)
{
	struct ethhdr *ethernet = data;
	uint64_t first = packet_read(data);
	unsigned char address[ETH_ALEN];

	if (BENCH_TOUCH) {
		memcpy(address, ethernet->h_dest, ETH_ALEN);
		memcpy(ethernet->h_dest, ethernet->h_source, ETH_ALEN);
		memcpy(ethernet->h_source, address, ETH_ALEN);
	}
	return first;
}

#endif

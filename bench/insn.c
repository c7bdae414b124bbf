/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "insn.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const struct player *const players[] = {
	&player_raw,
#ifdef BENCH_LIBXDP
	&player_libxdp,
#endif
	&player_xdpx,
	&player_xdpx_pool,
};

static const char *const round_names[ROUNDS] = {
	[ROUND_RX] = "rx",	     [ROUND_RX_ONE] = "rx-one", [ROUND_TX] = "tx",
	[ROUND_FORWARD] = "forward", [ROUND_ECHO] = "echo",
};

#define PLAYERS (sizeof(players) / sizeof(players[0]))

int fake_fill(struct fake *fake)
{
	fake->frames = calloc(FRAMES, FRAME_SIZE);
	if (!fake->frames)
		return -ENOMEM;
	for (uint32_t i = 0; i < RING_SIZE; i++)
		fake->fill.addresses[i] = (uint64_t)i * FRAME_SIZE;
	fake->fill.producer = RING_SIZE;
	return 0;
}

/* Takes frames from the fill ring and puts packets in them into the receive ring. */
static int fake_receive(struct fake *fake, unsigned int count)
{
	if (fake->rx.consumer != fake->rx.producer || fake->fill.producer - fake->fill.consumer < count)
		return -EPROTO;

	for (unsigned int i = 0; i < count; i++) {
		uint64_t address =
			fake->fill.addresses[fake->fill.consumer++ % RING_SIZE] & ~(uint64_t)(FRAME_SIZE - 1);

		if (address >= (uint64_t)FRAMES * FRAME_SIZE)
			return -ERANGE;
		/* as copy mode does; a frame never written would be the page of zeros, always in the cache */
		memset(fake->frames + address + FAKE_HEADROOM, 1, sizeof(packet_sample));
		fake->rx.descs[fake->rx.producer++ % RING_SIZE] =
			(struct xdp_desc){.addr = address + FAKE_HEADROOM, .len = sizeof(packet_sample)};
	}
	return 0;
}

/* Takes what is to be sent, `count` packets, and gives their frames back; looks at what was written. */
static int fake_send(struct fake *fake, unsigned int count, bool written)
{
	if (fake->tx.producer - fake->tx.consumer != count)
		return -EPROTO;

	for (unsigned int i = 0; i < count; i++) {
		const struct xdp_desc *desc = &fake->tx.descs[fake->tx.consumer++ % RING_SIZE];

		if (desc->addr >= (uint64_t)FRAMES * FRAME_SIZE || desc->len != sizeof(packet_sample))
			return -ERANGE;
		if (BENCH_TOUCH && written && memcmp(fake->frames + desc->addr, &packet_sample, desc->len))
			return -EBADMSG;
		fake->completion.addresses[fake->completion.producer++ % RING_SIZE] = desc->addr;
	}
	return 0;
}

/* The kernel's part between two rounds; `sent` is what the last round is to have sent. */
static int fake_turn(struct fake *fake, enum round round, unsigned int batch, unsigned int sent)
{
	int err = 0;

	if (round == ROUND_TX || round == ROUND_FORWARD || round == ROUND_ECHO)
		err = fake_send(fake, sent, round == ROUND_TX);
	if (!err && round != ROUND_TX)
		err = fake_receive(fake, batch);
	/* A kernel writes on another core: its stores are not in our store buffer, where wide loads wait for them. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return err;
}

static uint64_t now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* Prints the time that the counted functions took; looking at the clock is in it, once a round. */
static int rounds_run(const struct player *player, enum round round, unsigned int batch, unsigned int rounds)
{
	struct fake *fake = calloc(1, sizeof(*fake));
	struct work work = {.batch = batch};
	uint64_t spent = 0;
	void *ends = NULL;
	int err = fake ? player->open(fake, &ends) : -ENOMEM;

	if (!err)
		memset(fake->frames, 0, (size_t)FRAMES * FRAME_SIZE); /* no page is touched for the first time later */
	for (unsigned int i = 0; !err && i < rounds; i++) {
		uint64_t start;

		err = fake_turn(fake, round, batch, i ? batch : 0);
		start = now_ns();
		if (!err && player->rounds[round](ends, &work) != batch)
			err = -EPROTO;
		spent += now_ns() - start;
	}
	printf("%.3f ns a packet, checksum %" PRIu64 "\n", (double)spent / rounds / batch, work.checksum);
	return err;
}

static int names_print(void)
{
	for (int round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < PLAYERS; i++)
			if (players[i]->rounds[round])
				printf("%s %s\n", round_names[round], players[i]->name);
	}
	return 0;
}

static const struct player *player_find(const char *name)
{
	for (size_t i = 0; i < PLAYERS; i++)
		if (!strcmp(players[i]->name, name))
			return players[i];
	return NULL;
}

static enum round round_find(const char *name)
{
	int round = 0;

	while (round < ROUNDS && strcmp(round_names[round], name))
		round++;
	return (enum round)round;
}

int main(int argc, char **argv)
{
	const struct player *player = argc == 5 ? player_find(argv[2]) : NULL;
	enum round round = argc == 5 ? round_find(argv[1]) : ROUNDS;
	unsigned int batch = argc == 5 ? (unsigned int)strtoul(argv[3], NULL, 10) : 0;
	unsigned int rounds = argc == 5 ? (unsigned int)strtoul(argv[4], NULL, 10) : 0;
	int err;

	if (argc == 2 && !strcmp(argv[1], "list"))
		return names_print();
	if (!player || round == ROUNDS || !player->rounds[round] || batch < 1 || batch > BATCH_MAX || !rounds) {
		fprintf(stderr, "usage: insn list | insn ROUND CONTENDER BATCH ROUNDS\n");
		return 2;
	}
	err = rounds_run(player, round, batch, rounds);
	if (err)
		fprintf(stderr, "insn %s %s: %s\n", argv[1], argv[2], strerror(-err));
	return err ? 1 : 0;
}

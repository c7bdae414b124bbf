/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "insn.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const struct contender *const contenders[] = {
	&contender_raw,
#ifdef BENCH_LIBXDP
	&contender_libxdp,
#endif
	&contender_xdpx,
	&contender_xdpx_pool,
};

#define CONTENDERS (sizeof(contenders) / sizeof(contenders[0]))

int fake_fill(struct fake *fake)
{
	fake->frames = calloc(RX_FRAMES, RX_FRAME_SIZE);
	if (!fake->frames)
		return -ENOMEM;
	for (uint32_t i = 0; i < RX_RING_SIZE; i++)
		fake->fill[i] = (uint64_t)i * RX_FRAME_SIZE;
	fake->fill_producer = RX_RING_SIZE;
	return 0;
}

/* The kernel's part: takes frames from the fill ring and puts packets in them into the receive ring. */
static int fake_turn(struct fake *fake, unsigned int count)
{
	if (fake->rx_consumer != fake->rx_producer || fake->fill_producer - fake->fill_consumer < count)
		return -EPROTO;

	for (unsigned int i = 0; i < count; i++) {
		uint64_t addr = fake->fill[fake->fill_consumer++ % RX_RING_SIZE] & ~(uint64_t)(RX_FRAME_SIZE - 1);

		if (addr >= (uint64_t)RX_FRAMES * RX_FRAME_SIZE)
			return -ERANGE;
		/* as copy mode does; a frame never written would be the page of zeros, always in the cache */
		memset(fake->frames + addr + FAKE_HEADROOM, 1, FAKE_LENGTH);
		fake->rx[fake->rx_producer++ % RX_RING_SIZE] =
			(struct xdp_desc){.addr = addr + FAKE_HEADROOM, .len = FAKE_LENGTH};
	}
	/* A kernel writes on another core: its stores are not in our store buffer, where wide loads wait for them. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return 0;
}

static uint64_t now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* Prints the time that the counted functions took; looking at the clock is in it, once a round. */
static int rounds_run(const struct contender *contender, struct fake *fake, unsigned int batch, unsigned int rounds)
{
	uint64_t checksum = 0;
	uint64_t spent = 0;
	int err = contender->open(fake);

	for (unsigned int i = 0; !err && i < rounds; i++) {
		uint64_t start;

		err = fake_turn(fake, batch);
		start = now_ns();
		if (!err && contender->counted(batch, &checksum) != batch)
			err = -EPROTO;
		spent += now_ns() - start;
	}
	printf("%.3f ns a packet, checksum %" PRIu64 "\n", (double)spent / rounds / batch, checksum);
	return err;
}

static const struct contender *contender_find(const char *name)
{
	for (size_t i = 0; i < CONTENDERS; i++) {
		if (!strcmp(contenders[i]->name, name))
			return contenders[i];
	}
	return NULL;
}

static int names_print(void)
{
	for (size_t i = 0; i < CONTENDERS; i++)
		puts(contenders[i]->name);
	return 0;
}

int main(int argc, char **argv)
{
	const struct contender *contender = argc == 4 ? contender_find(argv[1]) : NULL;
	unsigned int batch = argc == 4 ? (unsigned int)strtoul(argv[2], NULL, 10) : 0;
	struct fake *fake = calloc(1, sizeof(*fake));
	int err;

	if (argc == 2 && !strcmp(argv[1], "list"))
		return names_print();
	if (!contender || batch < 1 || batch > RX_BATCH_MAX || strtoul(argv[3], NULL, 10) < 1) {
		fprintf(stderr, "usage: insn list | insn CONTENDER BATCH ROUNDS\n");
		return 2;
	}
	if (!fake)
		return rx_fail("insn", -ENOMEM);
	err = rounds_run(contender, fake, batch, (unsigned int)strtoul(argv[3], NULL, 10));
	return err ? rx_fail(contender->name, err) : 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "insn.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

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
		fake->rx[fake->rx_producer++ % RX_RING_SIZE] =
			(struct xdp_desc){.addr = addr + FAKE_HEADROOM, .len = FAKE_LENGTH};
	}
	return 0;
}

static int rounds_run(const struct contender *contender, struct fake *fake, unsigned int batch, unsigned int rounds)
{
	uint64_t checksum = 0;
	int err = contender->open(fake);

	for (unsigned int i = 0; !err && i < rounds; i++) {
		err = fake_turn(fake, batch);
		if (!err && contender->counted(batch, &checksum) != batch)
			err = -EPROTO;
	}
	printf("%s checksum %" PRIu64 "\n", contender->name, checksum);
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
	if (!contender || batch < 1 || batch > RX_BATCH_MAX) {
		fprintf(stderr, "usage: insn list | insn CONTENDER BATCH ROUNDS\n");
		return 2;
	}
	if (!fake)
		return rx_fail("insn", -ENOMEM);
	err = rounds_run(contender, fake, batch, (unsigned int)strtoul(argv[3], NULL, 10));
	return err ? rx_fail(contender->name, err) : 0;
}

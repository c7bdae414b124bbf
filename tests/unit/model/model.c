/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * Random sequences of what can be done with a UMEM and its sockets, each step held against a model.
 *
 * XDPX_MODEL_STEPS: how many steps, a million unless told otherwise. XDPX_MODEL_SEED: the first sequence's seed.
 */
#include "run.h"
#include "soak.h"
#include "trial.h"

#define STEPS 1000000
#define SEQUENCE 1000
#define AMOUNT 24

static uint16_t operation_draw(uint32_t *state, uint32_t weights)
{
	uint32_t drawn = dice(state, weights);
	uint16_t at = 0;

	while (drawn >= operations[at].weight)
		drawn -= operations[at++].weight;
	return at;
}

static void sequence_make(struct step *steps, unsigned int count, uint32_t seed)
{
	uint32_t state = seed * 2654435761U | 1;
	uint32_t weights = 0;
	unsigned int at;

	for (at = 0; at < operation_count; at++)
		weights += operations[at].weight;
	for (at = 0; at < count; at++)
		steps[at] = (struct step){
			.operation = operation_draw(&state, weights),
			.socket = (uint16_t)dice(&state, SOCKETS),
			.amount = 1 + dice(&state, 1 + dice(&state, AMOUNT)),
			.choice = dice(&state, UINT32_MAX),
		};
}

static void fail_with_the_shortest(struct trial *trial, struct step *steps, unsigned int count, uint32_t seed)
{
	unsigned int left = trial_shrink(trial, seed % WORLD_KINDS, steps, count);

	trial_run(trial, seed % WORLD_KINDS, steps, left, true);
	ck_abort_msg("seed %u, %u steps of %u: %s\n%s", seed, left, count, trial->failure, trial->notes);
}

START_TEST(each_frame_is_in_one_place_whatever_is_done_in_whatever_order)
{
	uint64_t sequences = soak_number("XDPX_MODEL_STEPS", STEPS) / SEQUENCE;
	uint32_t seed = (uint32_t)soak_number("XDPX_MODEL_SEED", 1);
	uint64_t at;
	struct trial *trial = trial_new();
	struct step sequence[SEQUENCE];

	for (at = 0; at < sequences; at++, seed++) {
		sequence_make(sequence, SEQUENCE, seed);
		if (!trial_run(trial, seed % WORLD_KINDS, sequence, SEQUENCE, false))
			fail_with_the_shortest(trial, sequence, SEQUENCE, seed);
	}
	soak_summary("model: %llu random steps, in sequences of %d", (unsigned long long)sequences * SEQUENCE,
		     SEQUENCE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("model");
	TCase *model = tcase_create("model");

	tcase_set_timeout(model, (double)soak_number("XDPX_SOAK_SECONDS", 250));
	tcase_add_test(model, each_frame_is_in_one_place_whatever_is_done_in_whatever_order);
	suite_add_tcase(suite, model);
	return run_suite(suite);
}

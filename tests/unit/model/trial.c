/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* A sequence takes milliseconds. */
#define HANG_SECONDS 20

struct trial *trial_new(void)
{
	void *trial = mmap(NULL, sizeof(struct trial), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (trial == MAP_FAILED)
		abort();
	return trial;
}

static void step_note(struct trial *trial, const struct step *step, const char *note)
{
	size_t room = sizeof(trial->notes) - trial->noted;
	int length;

	length = snprintf(trial->notes + trial->noted, room, "%4u. {%u, %u, %u, 0x%08x} %s, socket %u: %s\n", trial->at,
			  step->operation, step->socket, step->amount, step->choice, operations[step->operation].name,
			  step->socket, note);
	if (length > 0 && (size_t)length < room)
		trial->noted += (unsigned int)length;
}

static void steps_take(struct trial *trial, unsigned int kind, const struct step *steps, unsigned int count, bool notes)
{
	struct world world;

	world_begin(&world, kind);
	for (trial->at = 0; trial->at < count; trial->at++) {
		bool good;

		if (notes) /* for a step that kills the process */
			snprintf(trial->notes + trial->noted, sizeof(trial->notes) - trial->noted, "%4u. %s\n",
				 trial->at, operations[steps[trial->at].operation].name);
		good = world_step(&world, &steps[trial->at]);
		if (notes)
			step_note(trial, &steps[trial->at], world.note);
		if (good)
			continue;
		snprintf(trial->failure, sizeof(trial->failure), "%s", world.failure);
		break;
	}
	world_end(&world);
}

bool trial_run(struct trial *trial, unsigned int kind, const struct step *steps, unsigned int count, bool notes)
{
	int status;
	pid_t pid;

	memset(trial, 0, sizeof(*trial));
	pid = fork();
	if (pid < 0)
		abort();
	if (!pid) {
		alarm(HANG_SECONDS);
		steps_take(trial, kind, steps, count, notes);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid)
		abort();
	if (!trial->failure[0] && (!WIFEXITED(status) || WEXITSTATUS(status)))
		snprintf(trial->failure, sizeof(trial->failure), "the process ended with status 0x%x", status);
	return !trial->failure[0];
}

/* Tries the sequence without the steps from `at` on; keeps it so when that fails as well. */
static bool part_remove(struct trial *trial, unsigned int kind, struct step *steps, unsigned int *count,
			unsigned int at, unsigned int length)
{
	struct step *shorter = malloc(*count * sizeof(*steps));
	unsigned int left = *count - length;
	bool failed;

	if (!shorter)
		abort();
	memcpy(shorter, steps, at * sizeof(*steps));
	memcpy(shorter + at, steps + at + length, (left - at) * sizeof(*steps));
	failed = !trial_run(trial, kind, shorter, left, false);
	if (failed) {
		/* what comes after the failure has no part in it */
		*count = trial->at + 1 < left ? trial->at + 1 : left;
		memcpy(steps, shorter, *count * sizeof(*steps));
	}
	free(shorter);
	return failed;
}

static void amounts_lower(struct trial *trial, unsigned int kind, struct step *steps, unsigned int count)
{
	unsigned int at;
	uint32_t before;

	for (at = 0; at < count; at++)
		while (steps[at].amount > 1) {
			before = steps[at].amount;
			steps[at].amount = before / 2;
			if (!trial_run(trial, kind, steps, count, false))
				continue;
			steps[at].amount = before;
			break;
		}
}

unsigned int trial_shrink(struct trial *trial, unsigned int kind, struct step *steps, unsigned int count)
{
	unsigned int length;
	unsigned int at;
	bool removed;

	count = trial->at + 1 < count ? trial->at + 1 : count;
	for (length = count / 2; length; length = removed ? length : length / 2) {
		removed = false;
		for (at = 0; at + length <= count && count > 1;) {
			if (part_remove(trial, kind, steps, &count, at, length))
				removed = true;
			else
				at += length;
		}
		if (length > count / 2 && length > 1)
			removed = false;
	}
	amounts_lower(trial, kind, steps, count);
	return count;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Running a sequence of steps in a process of its own, and finding the shortest part of it that still fails. */
#ifndef TESTS_MODEL_TRIAL_H
#define TESTS_MODEL_TRIAL_H

#include "world.h"

/* What came of a sequence, in memory that both processes see. */
struct trial {
	unsigned int at;    /* the step that failed, or was being taken when the process died */
	char failure[512];  /* empty: none */
	char notes[16384];  /* each step and what it did, when asked for */
	unsigned int noted; /* bytes of it */
};

struct trial *trial_new(void);

/* Takes the steps, from a UMEM of this kind on that nobody uses; true: all went well. A crash or a hang is a failure,
 * too. */
bool trial_run(struct trial *trial, unsigned int kind, const struct step *steps, unsigned int count, bool notes);

/* Removes steps for as long as what is left fails, and returns how many are left. */
unsigned int trial_shrink(struct trial *trial, unsigned int kind, struct step *steps, unsigned int count);

#endif

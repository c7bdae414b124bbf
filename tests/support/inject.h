/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * System calls that fail where a test wants them to. Those that open and set things up are counted; one of them is
 * answered with an errno in place of the kernel's answer, and all others go on to the kernel. What ends things
 * (close, munmap) always does.
 */
#ifndef TESTS_INJECT_H
#define TESTS_INJECT_H

#include <stdint.h>

/* A system call that was made to fail. */
struct inject_call {
	const char *name; /* NULL: none was, for fewer were made */
	uint64_t args[6];
};

/*
 * Runs `fn` on a thread of its own, whose system calls the calling thread watches, and returns after it. The two below
 * are for use in there. Returns 0, or a negative errno where the kernel does not let calls be watched (before 5.5).
 */
int inject_run(void (*fn)(void *arg), void *arg);

/* From now on, the `nth` counted system call (from 1 on) fails with `error`, a positive errno. */
void inject_arm(unsigned int nth, int error);

/* Ends that, and tells which system call was made to fail. */
struct inject_call inject_disarm(void);

#endif

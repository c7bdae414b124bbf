/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What every test binary needs: running a suite, skipping with a reason. */
#ifndef TESTS_RUN_H
#define TESTS_RUN_H

#include <check.h>

/* Runs the suite, each test in a process of its own, and prints TAP. Returns main()'s exit code. */
int run_suite(Suite *suite);

/* As ck_assert(), for what is asked millions of times: Check writes down each time that an assertion of its own held.
 */
#define must(condition)                                           \
	do {                                                      \
		if (!(condition))                                 \
			ck_abort_msg("not true: %s", #condition); \
	} while (0)

/*
 * Ends the running test as skipped. Only after the feature itself was tried; `reason` says what is missing.
 * scripts/check fails on a skip that tests/skips does not list.
 */
#define skip_test(reason)                      \
	do {                                   \
		skip_record(__func__, reason); \
		return;                        \
	} while (0)

void skip_record(const char *function, const char *reason);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What the tests that can go on for long have in common: as tests they are short, scripts/soak lets them run. */
#ifndef TESTS_SOAK_H
#define TESTS_SOAK_H

#include <stdint.h>

/* A number from the environment. */
uint64_t soak_number(const char *variable, uint64_t otherwise);

/* Seconds since some time. */
double soak_now(void);
void soak_pause_us(long us);

/* Moves this thread to a CPU, where there is such a one. */
void soak_cpu(unsigned int cpu);

/* A line for the file that XDPX_SOAK_SUMMARY names, if it does. */
void soak_summary(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif

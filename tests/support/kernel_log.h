/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Whether the kernel complained while a test ran. */
#ifndef TESTS_KERNEL_LOG_H
#define TESTS_KERNEL_LOG_H

/* From now on; a descriptor for kernel_log_check(). */
int kernel_log_open(void);

/* The test fails with the line, if the kernel has warned, oopsed or found a bug since. */
void kernel_log_check(int fd);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The device's folder in the sysfs of its network namespace, and the numbers in its files. No error is recorded. */
#ifndef XDPX_TUNE_SYSFS_H
#define XDPX_TUNE_SYSFS_H

#include <stdint.h>

struct xdpx_tune;

/* The folder, which the tune keeps open: a descriptor, or a negative errno; -EXDEV: it is another namespace's. */
int xdpx_tune_sysfs(struct xdpx_tune *tune);

int xdpx_tune_sysfs_get(int folder, const char *name, uint64_t *number);
int xdpx_tune_sysfs_put(int folder, const char *name, const char *text);

#endif

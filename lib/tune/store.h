/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * The journal's files: one for each tune, locked for as long as its process lives. The lock is of the open file and so
 * goes with forked children: when a daemon's parent ends, the daemon still holds it; a kill ends it.
 */
#ifndef XDPX_TUNE_STORE_H
#define XDPX_TUNE_STORE_H

#include "tune/tune.h"

/* This boot's id, and the inode number of this thread's network namespace. The error is recorded. */
int xdpx_tune_boot_id(char *boot);
int xdpx_tune_netns(uint64_t *netns);

/*
 * Writes the journal, whole or not at all, and locks it; with nothing in it to be put back, removes it. The error is
 * recorded.
 */
int xdpx_tune_store_write(struct xdpx_tune *tune);

/* Removes the journal's file. */
void xdpx_tune_store_remove(struct xdpx_tune *tune);

/* Gives the handle the file of that token, read and locked. The error is recorded. */
int xdpx_tune_store_take(struct xdpx_tune *tune, const char *token);

/* Whether this boot and this namespace are the journal's: -ESTALE or -EXDEV with the error recorded. */
int xdpx_tune_store_here(const struct xdpx_tune *tune);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The journal's folder and the files in it: opening, checking, locking, reading. */
#ifndef XDPX_TUNE_FOLDER_H
#define XDPX_TUNE_FOLDER_H

#include "tune/journal.h"

#include <stdbool.h>

#define XDPX_TUNE_FOLDER "/run/xdpx"
#define XDPX_TUNE_FILE_PREFIX "tune-"
#define XDPX_TUNE_FILE_BYTES (sizeof(XDPX_TUNE_FILE_PREFIX) - 1 + XDPX_TUNE_TOKEN_BYTES)

/* A descriptor. The error is recorded, but for -ENOENT where it is not to be made. */
int xdpx_tune_folder_open(bool make);

/* -EINVAL with the error recorded. */
int xdpx_tune_token_check(const char *token);
bool xdpx_tune_token_valid(const char *token);
void xdpx_tune_file_name(const char *token, char *name);

/* Records why the file of a token can't be had, and returns the errno. */
int xdpx_tune_token_fail(int err, const char *token);

/* -EAGAIN (some kernels: -EACCES) when another has it. No error is recorded. */
int xdpx_tune_file_lock(int fd);
int xdpx_tune_file_share(int fd); /* with others that share it; also instead of the lock that this one had */
bool xdpx_tune_file_locked(int fd);

/* Whether the file of this name is still the one that is open: it may have been removed or replaced before the lock. */
bool xdpx_tune_file_still_there(int folder, const char *name, int fd);

/*
 * While a file is written its name ends like this (fresh.c). Makes one, and locks it before anybody can read it: a
 * descriptor, or an errno that is not recorded. Those of processes that were killed meanwhile are removed by the next
 * that writes: what they were about to change they have not.
 */
#define XDPX_TUNE_FRESH ".new"
int xdpx_tune_file_fresh(int folder, const char *name);
void xdpx_tune_left_over_remove(int folder);

/* Reads the journal in an open file, if it is one that can be trusted. The error is recorded. */
int xdpx_tune_file_read(int fd, struct xdpx_tune_journal *journal);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Recording why a call fails, and writing log lines. */
#ifndef XDPX_BASE_FAIL_H
#define XDPX_BASE_FAIL_H

#include <xdpx/error.h>

/*
 * Records a new error for this thread and returns `code`, a negative errno. Record once, where the cause is known;
 * callers further up pass the code on.
 */
int xdpx_fail(int code, const char *stage, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Add to the error just recorded: what to do; the kernel's words; the errno that the kernel gave, where ours differs.
 */
void xdpx_fail_hint(const char *format, ...) __attribute__((format(printf, 1, 2)));
void xdpx_fail_kernel(const char *text);
void xdpx_fail_kernel_code(int code);

/* Replaces the message of the error just recorded, and keeps the rest: for a caller that knows better names. */
void xdpx_fail_message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Around a call that may fail inside and succeed in the end: success leaves the caller's last error as it was. NULL,
 * where there is nothing to keep, is fine for the other two. Another thread may put it back: then it is its error.
 */
struct xdpx_fail_saved;
struct xdpx_fail_saved *xdpx_fail_save(void);
void xdpx_fail_restore(struct xdpx_fail_saved *saved); /* puts it back, and frees it */
void xdpx_fail_forget(struct xdpx_fail_saved *saved);  /* frees it */

/* An errno of either sign in words; also the kernel-internal 524 (ENOTSUPP). Never NULL. */
const char *xdpx_errno_text(int code);

void xdpx_log(enum xdpx_log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif

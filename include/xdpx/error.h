/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/**
 * @file xdpx/error.h
 * Why the last call on this thread failed, and the log callback.
 *
 * Functions of this library that can fail return 0 or a count, or a negative errno. The rest of the story is kept for
 * the calling thread: which step failed, a sentence with names and numbers, the kernel's own words, and what to do.
 * Nothing is ever printed.
 */
#ifndef XDPX_ERROR_H
#define XDPX_ERROR_H

#include <xdpx/api.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Why a call failed. Every string is valid, if only empty; none is NULL. */
struct xdpx_error {
	size_t size;	   /**< bytes of this struct that the running library knows */
	int code;	   /**< the negative errno that the call returned; 0 when none has failed */
	int kernel_code;   /**< the negative errno as the kernel gave it, where `code` corrects it; else equal to `code`
			    */
	const char *stage; /**< the step that failed, a short dotted word such as "link.attach.native" */
	const char *message; /**< one sentence with names and numbers */
	const char *kernel;  /**< extended-ack text or verifier log, "" where the kernel said nothing */
	const char *hint;    /**< what to do about it, "" where nothing general can be said */
};

/**
 * Why the last failing call on this thread failed.
 *
 * A call that succeeds leaves it as it was, and -EAGAIN from a hot path (receive, send, kick) records nothing.
 * Bindings must stay on the same OS thread between the call and the reading.
 *
 * @return the error; owned by the library and valid until the next failing call on this thread or the thread's end
 * @since 0.1
 */
XDPX_API const struct xdpx_error *xdpx_error_last(void);

/** How much a log line matters. */
enum xdpx_log_level {
	XDPX_LOG_NONE = 0,  /**< nothing */
	XDPX_LOG_WARN = 1,  /**< it works, but not as one would wish */
	XDPX_LOG_INFO = 2,  /**< a choice made on the caller's behalf, such as a fallback */
	XDPX_LOG_DEBUG = 3, /**< steps, for reports of defects */
};

/** Receives one log line, without a newline; called on the thread that was inside the library. */
typedef void xdpx_log_fn(void *arg, enum xdpx_log_level level, const char *message);

/**
 * Sets where log lines go; without a call, nowhere.
 *
 * @param fn     the callback, or NULL for none; it must not call into the library
 * @param arg    handed to `fn` as it is; must outlive the use of the library or the next call
 * @param level  the highest level wanted
 *
 * Process-wide: call it before other threads use the library.
 *
 * @since 0.1
 */
XDPX_API void xdpx_log_set(xdpx_log_fn *fn, void *arg, enum xdpx_log_level level);

#ifdef __cplusplus
}
#endif

#endif

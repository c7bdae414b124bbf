/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * Busy polling. Of the ways into the kernel only recvfrom() and sendto() without blocking poll the NAPI of an AF_XDP
 * socket, once each; poll() does so only where the sysctl net.core.busy_poll is set, for all sockets.
 *
 * Which NAPI that is the kernel finds out by itself: up to Linux 6.12 from the first packet of a native program, since
 * 6.14 at the bind, from drivers that say which NAPI serves a queue. 6.13 began without either. A kernel that does not
 * know it polls nothing, and says nothing.
 */
#include "xsk/busy.h"

#include "base/clock.h"
#include "base/fail.h"
#include "base/opts.h"
#include "tune/share.h"
#include "xsk/xsk.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <xdpx/busy_poll.h>
#include <xdpx/nic.h>

#ifndef SO_PREFER_BUSY_POLL
#define SO_PREFER_BUSY_POLL 69
#define SO_BUSY_POLL_BUDGET 70
#endif

/* What drivers are polled with from interrupts; the kernel's own number for busy polling is 8. */
#define DEFAULT_BUDGET 64
#define LARGEST_BUDGET UINT16_MAX

int xdpx_busy_opts_check(struct xdpx_xsk_opts *opts)
{
	if (opts->busy_poll_us > INT32_MAX)
		return xdpx_fail(-EINVAL, "xsk.opts", "busy_poll_us is %u; the kernel takes up to %d",
				 opts->busy_poll_us, INT32_MAX);
	if (opts->busy_poll_budget > LARGEST_BUDGET)
		return xdpx_fail(-EINVAL, "xsk.opts", "busy_poll_budget is %u; the kernel takes up to %u",
				 opts->busy_poll_budget, LARGEST_BUDGET);
	if (opts->busy_poll_budget && !opts->busy_poll_us)
		return xdpx_fail(-EINVAL, "xsk.opts",
				 "busy_poll_budget is %u, but without busy_poll_us nothing is polled",
				 opts->busy_poll_budget);
	if (opts->busy_poll_us && !opts->busy_poll_budget)
		opts->busy_poll_budget = DEFAULT_BUDGET;
	return 0;
}

static int option_failed(const char *name, int err)
{
	if (err == -ENOPROTOOPT) {
		xdpx_fail(-EOPNOTSUPP, "xsk.busy", "this kernel has no preferred busy polling (%s)", name);
		xdpx_fail_kernel_code(err);
		xdpx_fail_hint("it came with Linux 5.11, and must be built with CONFIG_NET_RX_BUSY_POLL; leave "
			       "busy_poll_us at 0 to go without");
		return -EOPNOTSUPP;
	}
	if (err == -EPERM) {
		xdpx_fail(err, "xsk.busy", "busy polling (%s) is not allowed without the capability CAP_NET_ADMIN",
			  name);
		xdpx_fail_hint("run as root, or give the program cap_net_raw, cap_net_admin and cap_bpf");
		return err;
	}
	return xdpx_fail(err, "xsk.busy", "busy polling (%s) can't be set: %s", name, xdpx_errno_text(err));
}

int xdpx_busy_options_set(int fd, const struct xdpx_xsk_opts *opts)
{
	const struct {
		const char *name;
		int option;
		int value;
	} options[] = {
		{"SO_PREFER_BUSY_POLL", SO_PREFER_BUSY_POLL, 1},
		{"SO_BUSY_POLL", SO_BUSY_POLL, (int)opts->busy_poll_us},
		{"SO_BUSY_POLL_BUDGET", SO_BUSY_POLL_BUDGET, (int)opts->busy_poll_budget},
	};
	size_t i;

	if (!opts->busy_poll_us)
		return 0;
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (setsockopt(fd, SOL_SOCKET, options[i].option, &options[i].value, sizeof(options[i].value)))
			return option_failed(options[i].name, -errno);
	return 0;
}

/* 0 where there is no such option or it is not set. */
static uint32_t option_read(int fd, int option)
{
	socklen_t length = sizeof(int);
	int value = 0;

	return getsockopt(fd, SOL_SOCKET, option, &value, &length) ? 0 : (uint32_t)value;
}

/*
 * A kernel that can set the knobs of one NAPI should know at the bind which it is. Where it doesn't it never will, and
 * knobs would only make its interrupts late.
 */
static int knobs_take(struct xdpx_xsk *xsk)
{
	uint32_t napi = option_read(xsk->fd, SO_INCOMING_NAPI_ID);
	struct xdpx_tune *reader;
	bool each;
	int err;

	err = xdpx_tune_reader(xsk->nic_index, &reader);
	if (err)
		return err;
	each = xdpx_tune_has_napi_knobs(reader);
	if (each && !napi) {
		xsk->knobs = reader;
		return 0;
	}
	xdpx_tune_unshare(reader);
	err = xdpx_tune_share(xsk->nic_index, each ? napi : 0, &xsk->knobs);
	xsk->rx.busy = !err;
	xsk->tx.busy = !err;
	return err;
}

int xdpx_busy_begin(struct xdpx_xsk *xsk, const struct xdpx_nic *nic)
{
	struct xdpx_busy_poll busy = {.size = sizeof(busy)};
	int err;

	if (!xsk->opts.busy_poll_us)
		return 0;
	snprintf(xsk->driver, sizeof(xsk->driver), "%s", xdpx_nic_driver(nic));
	err = knobs_take(xsk);
	if (!err && !xsk->rx.busy && !xdpx_xsk_busy_poll(xsk, &busy))
		xdpx_log(XDPX_LOG_WARN, "%s queue %u: no busy polling: %s", xsk->nic_name, xsk->queue, busy.why);
	return err;
}

void xdpx_busy_end(struct xdpx_xsk *xsk)
{
	xdpx_tune_unshare(xsk->knobs);
	xsk->knobs = NULL;
	xsk->rx.busy = false;
	xsk->tx.busy = false;
}

uint32_t xdpx_busy_poll(struct xdpx_xsk *xsk)
{
	struct xdpx_ring *ring = &xsk->rx.rx;
	uint32_t before = ring->seen;

	(void)recvfrom(xsk->rx.fd, NULL, 0, MSG_DONTWAIT, NULL, NULL);
	xdpx_counter_add(&xsk->rx.polls, 1);
	xdpx_counter_add(&xsk->rx.polled, xdpx_ring_look(ring) - before);
	return ring->seen - ring->own;
}

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

bool xdpx_busy_wait(struct xdpx_xsk *xsk, int most_ms)
{
	int64_t most_us = (int64_t)most_ms * 1000;
	int64_t end = now_us() + (most_us < xsk->opts.busy_poll_us ? most_us : xsk->opts.busy_poll_us);

	do {
		if (xdpx_busy_poll(xsk))
			return true;
	} while (now_us() < end);
	return false;
}

static void answer(struct xdpx_busy_poll *busy, enum xdpx_answer answer, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void answer(struct xdpx_busy_poll *busy, enum xdpx_answer answer, const char *format, ...)
{
	va_list words;

	busy->answer = answer;
	va_start(words, format);
	vsnprintf(busy->why, sizeof(busy->why), format, words);
	va_end(words);
}

/* Why the kernel does not know the NAPI. */
static void answer_without_napi(const struct xdpx_xsk *xsk, struct xdpx_busy_poll *busy)
{
	if (!xsk->rx.busy)
		answer(busy, XDPX_NO,
		       "the driver%s%s does not tell the kernel which NAPI serves queue %u, and this kernel doesn't "
		       "find "
		       "out from packets, as those before 6.13 did; interrupts drive the queue as usual",
		       xsk->driver[0] ? " " : "", xsk->driver, xsk->queue);
	else if (xsk->rx.rx.map && xdpx_index_read(xsk->rx.rx.shared_seen))
		answer(busy, XDPX_NO,
		       "packets have come, and the kernel has not learnt from them which NAPI serves queue %u: the "
		       "program runs in generic mode, or the driver doesn't tell",
		       xsk->queue);
	else
		answer(busy, XDPX_UNKNOWN, "the kernel learns from the first packet which NAPI serves queue %u",
		       xsk->queue);
}

/* Those of the NAPI; before 6.13 only the device has them. */
static int knobs_read(struct xdpx_xsk *xsk, uint32_t napi, struct xdpx_tune_knobs *knobs)
{
	int err = xdpx_tune_knobs_read(xsk->knobs, napi, knobs);

	return err == -EOPNOTSUPP ? xdpx_tune_knobs_read(xsk->knobs, 0, knobs) : err;
}

static void answer_with_napi(struct xdpx_xsk *xsk, struct xdpx_busy_poll *busy)
{
	struct xdpx_tune_knobs knobs = {.defer_hard_irqs = 0};
	int err = knobs_read(xsk, busy->napi_id, &knobs);

	busy->defer_hard_irqs = knobs.defer_hard_irqs;
	busy->gro_flush_timeout = knobs.gro_flush_timeout;
	if (err == -ENOENT)
		answer(busy, XDPX_NO,
		       "NAPI %u, which the socket polls, is gone: the driver has made others; open the socket again",
		       busy->napi_id);
	else if (err)
		answer(busy, XDPX_UNKNOWN, "the knobs of NAPI %u can't be read: %.160s", busy->napi_id,
		       xdpx_error_last()->message);
	else if (!knobs.defer_hard_irqs || !knobs.gro_flush_timeout)
		answer(busy, XDPX_NO,
		       "interrupts come back after each poll of NAPI %u, for somebody has set napi_defer_hard_irqs to "
		       "%llu "
		       "and gro_flush_timeout to %llu since",
		       busy->napi_id, (unsigned long long)knobs.defer_hard_irqs,
		       (unsigned long long)knobs.gro_flush_timeout);
	else
		answer(busy, XDPX_YES,
		       "NAPI %u is polled; %llu polls have fetched %llu of the frames (napi_defer_hard_irqs %llu, "
		       "gro_flush_timeout %llu)",
		       busy->napi_id, (unsigned long long)busy->polls, (unsigned long long)busy->polled,
		       (unsigned long long)knobs.defer_hard_irqs, (unsigned long long)knobs.gro_flush_timeout);
}

static void find_out(struct xdpx_xsk *xsk, struct xdpx_busy_poll *busy)
{
	uint32_t us = option_read(xsk->fd, SO_BUSY_POLL);

	busy->polls = xdpx_counter_read(&xsk->rx.polls);
	busy->polled = xdpx_counter_read(&xsk->rx.polled);
	busy->napi_id = option_read(xsk->fd, SO_INCOMING_NAPI_ID);
	if (!xsk->opts.busy_poll_us)
		answer(busy, XDPX_NO, "it was not asked for: busy_poll_us is 0");
	else if (!us || !option_read(xsk->fd, SO_PREFER_BUSY_POLL))
		answer(busy, XDPX_NO, "the socket's %s was set to 0 since",
		       us ? "SO_PREFER_BUSY_POLL" : "SO_BUSY_POLL");
	else if (!busy->napi_id)
		answer_without_napi(xsk, busy);
	else if (!xsk->knobs)
		answer(busy, XDPX_UNKNOWN,
		       "NAPI %u is polled; its knobs, which the broker has set, can't be read by a worker",
		       busy->napi_id);
	else
		answer_with_napi(xsk, busy);
}

int xdpx_xsk_busy_poll(struct xdpx_xsk *xsk, struct xdpx_busy_poll *out)
{
	struct xdpx_busy_poll busy = {.size = sizeof(busy)};
	struct xdpx_fail_saved *saved = xdpx_fail_save();

	find_out(xsk, &busy);
	xdpx_fail_restore(saved);
	return xdpx_out_give(out, &busy, sizeof(busy), "xsk.busy");
}

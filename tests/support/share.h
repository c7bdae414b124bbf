/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* A broker on a veth, and workers that are nobody. The device is v0; packets come from and go to v1. */
#ifndef TESTS_SHARE_H
#define TESTS_SHARE_H

#include <sys/types.h>
#include <xdpx/share.h>

#define SHARE_FRAMES 64
#define SHARE_PACKET 64

/* In processes where Check's own assertions don't end the test: exits with 1, and says where. */
#define NEED(condition)                                              \
	do {                                                         \
		if (!(condition))                                    \
			need_failed(#condition, __FILE__, __LINE__); \
	} while (0)
void need_failed(const char *condition, const char *file, int line) __attribute__((noreturn));

/* The broker of v0 with these options, SHARE_FRAMES frames a worker and all traffic where they don't say. */
struct xdpx_broker *share_broker(const struct xdpx_port_opts *more);

/* A connection: the broker's end and the worker's. */
void share_pair(int pair[2]);

/* For good: nobody, without groups and capabilities, and without a way to get any. */
void nobody_become(void);

/*
 * A worker's process, as nobody: runs `work` on its end of a new connection, the other one is put into `connection`.
 * It exits 0 when `work` returns.
 */
pid_t share_worker(int *connection, void (*work)(int connection));

/* The broker serves the connection until that is over; what the last call returned. */
int share_serve_out(struct xdpx_broker *broker, int connection);
/* The same until its worker has all that it needs: the broker has answered twice. */
void share_serve_start(struct xdpx_broker *broker, int connection);

/* The process ends well. */
void share_ends(pid_t pid);

/* A worker in this process; serves the broker meanwhile, on the other end of `pair`. */
struct xdpx_worker *share_join(struct xdpx_broker *broker, int pair[2]);

/* Sends a frame that carries the mark, of an Ethernet type for experiments, from the packet socket. */
void share_send(int fd, unsigned char mark);
/* The mark of the next frame of such, -1 when none comes in time. */
int share_mark(struct xdpx_xsk *xsk, int timeout_ms);
/* The mark of the next frame of such on a packet socket that did not leave by it, -1 when none comes in time. */
int share_seen(int fd, int timeout_ms);

/* A worker's part: receives three packets, sends each back with its mark raised by 100, and holds on to nothing. */
void share_echo(struct xdpx_worker *worker);
/* The same with joining before and leaving after it. */
void share_join_and_echo(int connection);
/* Feeds such a worker, sees it off, and closes the connection. */
void share_echo_serve(struct xdpx_broker *broker, int connection, pid_t pid);

/* How many frames the worker's memory has that are free or the kernel's. */
uint32_t share_frames(struct xdpx_worker *worker);

#endif

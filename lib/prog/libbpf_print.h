/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* libbpf's words, caught for the error. */
#ifndef XDPX_PROG_LIBBPF_PRINT_H
#define XDPX_PROG_LIBBPF_PRINT_H

#include <stddef.h>

/* What libbpf warned of on this thread between begin and end; as much of it as fits. */
struct xdpx_libbpf_words {
	struct xdpx_libbpf_words *outer;
	size_t length;
	char text[4096];
};

/*
 * Around each call into libbpf that may print, and nowhere else. libbpf has one print hook a process, and it is the
 * application's: ours is in its place only while some thread is between begin and end, and hands on whatever other
 * threads make libbpf say.
 */
void xdpx_libbpf_begin(struct xdpx_libbpf_words *words);
void xdpx_libbpf_end(struct xdpx_libbpf_words *words);

#endif

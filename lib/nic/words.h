/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* A string that grows. */
#ifndef XDPX_NIC_WORDS_H
#define XDPX_NIC_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* Begins as zeros; `text` is NULL until something was said, and belongs to the words. */
struct xdpx_nic_words {
	char *text;
	size_t length;
	size_t room;
	bool failed; /* out of memory: something is missing */
};

void xdpx_nic_words_say(struct xdpx_nic_words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));
void xdpx_nic_words_clear(struct xdpx_nic_words *words);
void xdpx_nic_words_end(struct xdpx_nic_words *words);

/* What was said, "unknown" for nothing. */
const char *xdpx_nic_words_text(const struct xdpx_nic_words *words);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The hash of receive-side scaling. The pure parts are tested without a device. */
#ifndef XDPX_TUNE_RSS_H
#define XDPX_TUNE_RSS_H

#include "tune/journal.h"

#include <stdbool.h>

struct nlmsghdr;

/* Of the device's main context. Numbers as in linux/ethtool.h. */
struct xdpx_tune_rss {
	uint32_t hfunc; /* ETH_RSS_HASH_TOP is 1 */
	uint32_t xfrm;	/* RXH_XFRM_SYM_XOR is 1 */
	size_t key_bytes;
	uint8_t key[XDPX_TUNE_KEY_BYTES];
};

/* "hfunc=1 xfrm=0 key=6d5a6d5a"; into XDPX_TUNE_VALUE_BYTES, and from there. */
void xdpx_tune_rss_text(const struct xdpx_tune_rss *rss, char *text);
bool xdpx_tune_rss_parse(const char *text, struct xdpx_tune_rss *rss);

/* Makes it symmetric in the way of this attempt; false where there is no such way. */
bool xdpx_tune_rss_aim(struct xdpx_tune_rss *rss, unsigned int attempt);

/* Reads the kernel's answer: any message. Wants a struct xdpx_tune_rss. */
int xdpx_tune_rss_take(const struct nlmsghdr *message, void *arg);

/* Puts what differs into a request of RSS_SET. */
void xdpx_tune_rss_put(struct nlmsghdr *message, const struct xdpx_tune_rss *from, const struct xdpx_tune_rss *to);

#endif

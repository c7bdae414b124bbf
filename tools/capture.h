/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* A pcap file that several threads write to. */
#ifndef TOOLS_CAPTURE_H
#define TOOLS_CAPTURE_H

#include <stdint.h>

struct capture;
struct timeval;

/* Makes the file, for Ethernet frames or for bare IP packets. Returns NULL, with a word on stderr, on failure. */
struct capture *capture_new(const char *path, int ethernet);

/* Writes a packet; any thread may call it between capture_lock() and capture_unlock(). */
void capture_lock(struct capture *capture);
void capture_packet(struct capture *capture, const struct timeval *when, const uint8_t *packet, uint32_t bytes);
void capture_unlock(struct capture *capture);

/* Writes out what is held back. Returns an exit code, with a word on stderr when something could not be written. */
int capture_flush(struct capture *capture);
void capture_free(struct capture *capture);

#endif

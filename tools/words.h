/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Values of the library in words. */
#ifndef TOOLS_WORDS_H
#define TOOLS_WORDS_H

#include "color.h"

#include <stddef.h>
#include <xdpx/nic.h>
#include <xdpx/nic_lists.h>

/* "yes", "no" or "unknown", and its colour. */
const char *answer_word(enum xdpx_answer answer);
enum hue answer_hue(enum xdpx_answer answer);

/* "up", "down" or "no carrier". */
const char *link_word(const struct xdpx_nic *nic);

/* "-" for an empty text. */
const char *or_dash(const char *text);

/* Bytes in hex with colons, such as "02:00:00:00:00:01"; "" for none. */
#define HEX_BYTES(count) ((count)*3 + 1)
const char *hex_text(const uint8_t *bytes, size_t count, char *text, size_t room);

/* Bytes of a hardware address in words, InfiniBand's 20 bytes included. */
#define MAC_TEXT_BYTES 64
const char *mac_text(const struct xdpx_nic *nic, char *text, size_t bytes);

/* A moment in nanoseconds since boot as wall clock, "2026-11-24T07:31:03Z"; "" for 0. */
#define TIME_TEXT_BYTES 32
const char *boot_time_text(uint64_t ns, char *text, size_t bytes);

/* Why the offload is in the way of XDP when it is on; NULL for one that is not. */
const char *offload_collides(enum xdpx_offload offload);

#endif

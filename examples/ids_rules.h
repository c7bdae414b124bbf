/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Rules of an intrusion detection that is just an example: a protocol and a port. Nothing of the library. */
#ifndef EXAMPLES_IDS_RULES_H
#define EXAMPLES_IDS_RULES_H

#include <stddef.h>
#include <stdint.h>

struct rules;

/* Reads lines such as "udp 53 dns"; NULL: it can't, and has said why. */
struct rules *rules_read(const char *path);
void rules_free(struct rules *rules);
unsigned int rules_count(const struct rules *rules);

/* What identifies a packet's flow: the same for both directions, and 0 where it is neither IPv4 nor IPv6. */
uint32_t packet_flow(const unsigned char *packet, size_t bytes);

/* The name of the first rule that a packet fits, or NULL. */
const char *rules_match(const struct rules *rules, const unsigned char *packet, size_t bytes);

#endif

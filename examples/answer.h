/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What a host answers on the wire: ARP, neighbour discovery, ping and one DNS name. Packets in, packets out. */
#ifndef EXAMPLES_ANSWER_H
#define EXAMPLES_ANSWER_H

#include "dns.h"

#include <net/ethernet.h>

/* Who answers. */
struct answer_config {
	uint8_t mac[ETH_ALEN];
	struct dns_host host; /* a host without a name answers no DNS, one without an address nothing of that family */
};

/*
 * Writes the answer to an Ethernet frame of `length` bytes in its place; up to `capacity` bytes may be written.
 *
 * VLAN tags, IPv4 options and fragments, and IPv6 extension headers are left alone. Checksums of what arrives are not
 * looked at: a veth hands over packets whose sums its peer left to be finished by hardware that is not there.
 *
 * Returns the length of the answer, or 0 when there is none; the frame may be changed then.
 */
size_t answer_frame(const struct answer_config *config, void *frame, size_t length, size_t capacity);

#endif

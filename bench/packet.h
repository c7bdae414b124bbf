/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The packet that all senders send: 60 bytes, the shortest on a wire, UDP between addresses kept for documentation. */
#ifndef BENCH_PACKET_H
#define BENCH_PACKET_H

#include <linux/if_ether.h>
#include <netinet/ip.h>
#include <netinet/udp.h>

struct packet {
	struct ethhdr ethernet;
	struct iphdr ip;
	struct udphdr udp;
	unsigned char payload[18];
} __attribute__((packed));

extern const struct packet packet_sample;

#endif

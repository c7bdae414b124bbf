/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "packet.h"

#include <asm/byteorder.h>

/* To nobody's MAC address: the stack that gets it drops it at once. */
const struct packet packet_sample = {
	.ethernet =
		{
			.h_dest = {0x02, 0x02, 0x02, 0x02, 0x02, 0x02},
			.h_source = {0x06, 0x06, 0x06, 0x06, 0x06, 0x06},
			.h_proto = __constant_htons(ETH_P_IP),
		},
	.ip =
		{
			.version = 4,
			.ihl = 5,
			.ttl = 64,
			.protocol = IPPROTO_UDP,
			.tot_len = __constant_htons(sizeof(struct packet) - sizeof(struct ethhdr)),
			.saddr = __constant_htonl(0xc0000201),
			.daddr = __constant_htonl(0xc0000202),
		},
	.udp =
		{
			.source = __constant_htons(9),
			.dest = __constant_htons(9),
			.len = __constant_htons(sizeof(struct packet) - sizeof(struct ethhdr) - sizeof(struct iphdr)),
		},
};

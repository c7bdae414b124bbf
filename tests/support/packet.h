/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Packets built of layers. */
#ifndef TESTS_PACKET_H
#define TESTS_PACKET_H

#include <stddef.h>
#include <stdint.h>

#define PACKET_BYTES 8192
#define PACKET_ETHERNET 14

enum layer {
	LAYER_END,
	LAYER_VLAN,	/* 0x8100 */
	LAYER_QINQ,	/* 0x88a8 */
	LAYER_QINQ_OLD, /* 0x9100 */
	LAYER_MPLS,	/* nobody looks into it */
	LAYER_V4,
	LAYER_V4_OPTIONS, /* 40 bytes of them */
	LAYER_V4_SHORT,	  /* a header length of 16 bytes */
	LAYER_V4_IS_6,	  /* a version that is not what was announced */
	LAYER_V4_DF,
	LAYER_V4_FIRST, /* the first fragment of several */
	LAYER_V4_LATER, /* another one */
	LAYER_V6,
	LAYER_V6_IS_4,
	LAYER_HOP,
	LAYER_ROUTING,
	LAYER_OPTIONS,
	LAYER_OPTIONS_LONG, /* 2048 bytes */
	LAYER_AUTH,
	LAYER_ATOMIC, /* a fragment header on a packet that is whole */
	LAYER_FIRST,
	LAYER_LATER,
	LAYER_UDP,
	LAYER_TCP,
	LAYER_SCTP,
	LAYER_ICMP,
	LAYER_LAST,
};

/* To this port. */
#define PACKET_PORT 4789

struct packet {
	size_t bytes;
	size_t needed;		  /* up to the end of its ports, or of the header that says its protocol */
	uint8_t at[PACKET_BYTES]; /* from the Ethernet header on */
};

/* An Ethernet header and these layers, up to LAYER_END, with 16 bytes behind. */
void packet_build(struct packet *packet, const uint8_t *layers);

#endif

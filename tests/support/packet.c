/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "packet.h"

#include <check.h>
#include <string.h>

#define PAYLOAD 16

/* How a layer is announced by the one before, how long it is, and where it announces the next. */
static const struct {
	uint16_t number;
	uint16_t bytes;
	uint8_t next; /* where the number of the next one is; 0xff: nothing comes behind it */
	uint8_t next_bytes;
	uint8_t first[8]; /* its first bytes */
} layers_known[LAYER_LAST] = {
	[LAYER_VLAN] = {0x8100, 4, 2, 2, {0x00, 0x05}},
	[LAYER_QINQ] = {0x88a8, 4, 2, 2, {0x00, 0x06}},
	[LAYER_QINQ_OLD] = {0x9100, 4, 2, 2, {0x00, 0x07}},
	[LAYER_MPLS] = {0x8847, 4, 0xff, 0, {0}},
	[LAYER_V4] = {0x0800, 20, 9, 1, {0x45}},
	[LAYER_V4_OPTIONS] = {0x0800, 60, 9, 1, {0x4f}},
	[LAYER_V4_SHORT] = {0x0800, 20, 9, 1, {0x44}},
	[LAYER_V4_IS_6] = {0x0800, 20, 9, 1, {0x65}},
	[LAYER_V4_DF] = {0x0800, 20, 9, 1, {0x45, 0, 0, 0, 0, 0, 0x40, 0}},
	[LAYER_V4_FIRST] = {0x0800, 20, 9, 1, {0x45, 0, 0, 0, 0, 0, 0x20, 0}},
	[LAYER_V4_LATER] = {0x0800, 20, 9, 1, {0x45, 0, 0, 0, 0, 0, 0, 1}},
	[LAYER_V6] = {0x86dd, 40, 6, 1, {0x60}},
	[LAYER_V6_IS_4] = {0x86dd, 40, 6, 1, {0x45}},
	[LAYER_HOP] = {0, 8, 0, 1, {0, 0}},
	[LAYER_ROUTING] = {43, 24, 0, 1, {0, 2}},
	[LAYER_OPTIONS] = {60, 16, 0, 1, {0, 1}},
	[LAYER_OPTIONS_LONG] = {60, 2048, 0, 1, {0, 255}},
	[LAYER_AUTH] = {51, 24, 0, 1, {0, 4}},
	/* reserved bits are no length, and no offset */
	[LAYER_ATOMIC] = {44, 8, 0, 1, {0, 0xff, 0x00, 0x06}},
	[LAYER_FIRST] = {44, 8, 0, 1, {0, 0, 0x00, 0x01}},
	[LAYER_LATER] = {44, 8, 0, 1, {0, 0, 0x00, 0x08}},
	[LAYER_UDP] = {17, 8, 0xff, 0, {0, 9, PACKET_PORT >> 8, PACKET_PORT & 0xff}},
	[LAYER_TCP] = {6, 20, 0xff, 0, {0, 9, PACKET_PORT >> 8, PACKET_PORT & 0xff}},
	[LAYER_SCTP] = {132, 12, 0xff, 0, {0, 9, PACKET_PORT >> 8, PACKET_PORT & 0xff}},
	[LAYER_ICMP] = {1, 8, 0xff, 0, {8, 0}},
};

void packet_build(struct packet *packet, const uint8_t *layers)
{
	uint8_t *next = packet->at + 12;
	size_t next_bytes = 2;

	memset(packet, 0, sizeof(*packet));
	memset(packet->at, 0xff, 6);
	memset(packet->at + 6, 2, 6);
	packet->bytes = PACKET_ETHERNET;
	for (; *layers; layers++) {
		uint16_t number = layers_known[*layers].number;
		uint8_t *layer = packet->at + packet->bytes;

		if (next_bytes == 2)
			*next++ = (uint8_t)(number >> 8);
		*next = (uint8_t)number;
		memcpy(layer, layers_known[*layers].first, sizeof(layers_known[*layers].first));
		next = layer + layers_known[*layers].next;
		next_bytes = layers_known[*layers].next_bytes;
		packet->needed = packet->bytes + (next_bytes || *layers == LAYER_ICMP ? 0 : 4);
		packet->bytes += layers_known[*layers].bytes;
		ck_assert_uint_lt(packet->bytes, PACKET_BYTES - PAYLOAD);
	}
	packet->bytes += PAYLOAD;
}

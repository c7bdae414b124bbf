/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "packets.h"

#include "net.h"

#include <arpa/inet.h>
#include <check.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NUMBER_AT 14
#define PAYLOAD_AT 18
#define US_A_SECOND 1000000
#define BUFFER_BYTES (512 << 20)
#define QUIET_MS 3000

uint32_t packet_make(uint8_t *packet, uint32_t number)
{
	uint32_t bytes = 60 + number * 7 % (PACKET_BYTES - 60);
	uint32_t word = number;

	/* to all, of an Ethernet type for experiments */
	memset(packet, 0xff, 6);
	memcpy(packet + 6, "\x02\0\0\0\0\x0b\x88\xb5", 8);
	memcpy(packet + NUMBER_AT, &number, sizeof(number));
	for (uint32_t at = PAYLOAD_AT; at < bytes; at++) {
		word = word * 1664525 + 1013904223;
		packet[at] = (uint8_t)(word >> 24);
	}
	return bytes;
}

void packets_write(const char *path, uint32_t count, uint32_t gap_us)
{
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, 65535);
	pcap_dumper_t *dumper = pcap_dump_open(pcap, path);
	uint8_t packet[PACKET_BYTES];

	ck_assert_msg(dumper, "%s", pcap_geterr(pcap));
	for (uint32_t number = 0; number < count; number++) {
		uint64_t us = (uint64_t)number * gap_us;
		struct pcap_pkthdr header = {
			.ts = {.tv_sec = (time_t)(1000 + us / US_A_SECOND), .tv_usec = (suseconds_t)(us % US_A_SECOND)},
		};

		header.len = header.caplen = packet_make(packet, number);
		pcap_dump((u_char *)dumper, &header, packet);
	}
	pcap_dump_close(dumper);
	pcap_close(pcap);
}

int packets_socket(const char *nic)
{
	int bytes = BUFFER_BYTES;
	int fd = net_packet_socket(nic);

	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)), 0);
	return fd;
}

static void check_packet(const uint8_t *packet, ssize_t bytes, uint32_t number)
{
	uint8_t wanted[PACKET_BYTES];

	ck_assert_int_eq(bytes, packet_make(wanted, number));
	ck_assert_mem_eq(packet, wanted, (size_t)bytes);
}

void packets_receive(int fd, uint32_t count, int ordered)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	uint8_t *seen = calloc(1, count);
	uint32_t received = 0;

	ck_assert_ptr_nonnull(seen);
	while (received < count && poll(&ready, 1, QUIET_MS) > 0) {
		uint8_t packet[2048];
		ssize_t bytes = recv(fd, packet, sizeof(packet), 0);
		uint32_t number;

		if (bytes < PAYLOAD_AT || memcmp(packet + 12, "\x88\xb5", 2))
			continue;
		memcpy(&number, packet + NUMBER_AT, sizeof(number));
		ck_assert_uint_lt(number, count);
		if (ordered)
			ck_assert_uint_eq(number, received);
		check_packet(packet, bytes, number);
		ck_assert_msg(!seen[number]++, "packet %u came twice", number);
		received++;
	}
	ck_assert_uint_eq(received, count);
	free(seen);
}

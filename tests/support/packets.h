/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Numbered packets: in a file, on a wire, and held against what they should be. */
#ifndef TESTS_PACKETS_H
#define TESTS_PACKETS_H

#include <stdint.h>
#include <sys/types.h>

/* The number's packet, whose bytes all depend on it; 60 to 559 of them. Returns its length. */
#define PACKET_BYTES 560
uint32_t packet_make(uint8_t *packet, uint32_t number);

/* Writes packets 0 to count - 1 to a pcap file, `gap_us` apart. */
void packets_write(const char *path, uint32_t count, uint32_t gap_us);

/* A packet socket on the device that holds very many packets and hears no others than numbered ones. */
int packets_socket(const char *nic);

/*
 * Receives packets until `count` have come, or for 3 seconds none: each must be as it was made, with a number below
 * `count`, and come once. With `ordered` in the order of the numbers. Fails unless all came.
 */
void packets_receive(int fd, uint32_t count, int ordered);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Networks of a test's own: nothing reaches the machine's devices, and parallel runs do not meet. */
#ifndef TESTS_NET_H
#define TESTS_NET_H

#include <stddef.h>

/* Moves this process into a new network namespace, with lo up. It ends with the process. */
void net_isolate(void);

/* Runs a shell command, printf-style; the test fails, with the command's output, unless it exits 0. */
void sh(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Runs a shell command and returns its exit code; prints nothing. */
int sh_try(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Runs a shell command and puts what it prints, without the last newline, into `out`; fails unless it exits 0. */
void sh_read(char *out, size_t bytes, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Makes a veth pair, both ends up, `queues` receive and transmit queues each, IPv6 and offloads off for silence. */
void net_veth(const char *name, const char *peer, unsigned int queues);

/* The id of the XDP program on the device, 0 when there is none. Asks `ip`, not the library. */
unsigned int net_prog_id(const char *name);

/* Loads a program of this name that passes all packets and has an array of this name. Returns its descriptor. */
int net_prog_with_map(const char *name, const char *map);

/* How many file descriptors this process has open. */
unsigned int fd_count(void);

/* A packet socket on the device, for sending and receiving whole frames past the library. */
int net_packet_socket(const char *name);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Programs under test, run as a user runs them, and a host on the other end of a veth that talks to them. */
#ifndef TESTS_CHILD_H
#define TESTS_CHILD_H

#include <stdint.h>
#include <sys/types.h>

/* Room for what a program prints. */
#define TEXT_BYTES 16384

/* A folder for this test's files, without an end slash. Made by child_setup(), removed by child_teardown(). */
extern char scratch[64];

/* A fixture: a network namespace, and the folder. */
void child_setup(void);
void child_teardown(void);

/* The path in the environment variable, which meson sets. */
const char *program(const char *variable);

/* The test fails unless `part` occurs in `text`. */
void has(const char *text, const char *part);

void wait_ms(long ms);

/* Starts a shell command, printf-style, in the background in place of the shell; its output goes to scratch/out. */
pid_t child_start(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What the command has printed, TEXT_BYTES of it at the most. */
void child_output(char *out);
/* Waits up to 5 seconds for it to print this. */
void child_await(const char *part);

/* Sends the signal, unless it is 0, and waits for the command to exit with this code. */
void child_ends(pid_t pid, int signal, int code);

/*
 * A host in a namespace of its own, with the veth's end `peer`, 192.0.2.NUMBER and 2001:db8::NUMBER. Ends with this
 * test. Commands run there through `nsenter -t PID -n`.
 */
pid_t host_start(const char *peer, unsigned int number);
/* The one with the number 2. */
pid_t client_start(const char *peer);

/* Lets the host ping 192.0.2.1 and 2001:db8::1, and ask them for host.example; each must be answered, and rightly. */
void client_is_answered(pid_t client);

/* Frames that can be told apart: the number's frame, 2048 bytes at most. Returns its length. */
size_t frame_make(uint8_t *frame, unsigned int number);
/* Sends the frames 0 to count - 1 from the device. */
void frames_send(const char *nic, unsigned int count);

#endif

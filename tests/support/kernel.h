/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * In place of lib/netlink/socket.c: requests are answered with bytes of a test's or a fuzzer's. All else of the library
 * is the real one.
 *
 * One request gets these bytes for its answer. Where others are asked before or after, they are answered in the
 * plainest way: there are two devices, and the kernel knows families, but no command of theirs.
 */
#ifndef TESTS_KERNEL_H
#define TESTS_KERNEL_H

#include <stddef.h>
#include <stdint.h>

/* The answers' sequence and port; the devices' indices. */
#define KERNEL_SEQUENCE 1
#define KERNEL_PORT 4096
#define KERNEL_DEVICE_FIRST 11
#define KERNEL_DEVICE_LAST 12

/* Whom the bytes come from. scripts/ynl-fixtures writes the same numbers into the seeds. */
enum kernel_part { KERNEL_ROUTE = 0, KERNEL_FAMILIES = 1, KERNEL_NETDEV = 2, KERNEL_ETHTOOL = 3, KERNEL_DEVLINK = 4 };

/* The name of a part's family; NULL for rtnetlink, for the list of families, and past the last. */
const char *kernel_family(uint8_t part);

/* From now on this command of this part is answered with these bytes, which stay the caller's. */
void kernel_answers(uint8_t part, uint8_t command, const void *bytes, size_t count);

/* The same, but when the command is asked again it is answered with nothing. */
void kernel_answers_once(uint8_t part, uint8_t command, const void *bytes, size_t count);

/* The same, but a dump fails with this error: only who asks about one device gets the bytes. */
void kernel_dump_fails(uint8_t part, uint8_t command, const void *bytes, size_t count, int err);

#endif

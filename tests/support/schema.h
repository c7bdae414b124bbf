/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Whether JSON that a program prints is as doc/nic.schema.json says. */
#ifndef TESTS_SCHEMA_H
#define TESTS_SCHEMA_H

/*
 * Runs a shell command, printf-style, whose output must be a document of this definition; of "event", "forward" and
 * "send" one a line. Its exit code is not looked at.
 */
void schema_check(const char *definition, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif

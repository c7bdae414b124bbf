/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What a snapshot says, in the words of the kernel's netlink specs; tests/support/ynl_words.py says the same out of
 * replies. */
#ifndef TESTS_WORDS_H
#define TESTS_WORDS_H

#include <stddef.h>
#include <xdpx/nic.h>

/* Lines of "family/operation/attribute=value", sorted, for free(). What nothing tells is left out. */
char *words_of(const struct xdpx_nic *nic);

/* Of sorted lines, those that begin with a head; what follows the head is compared. */
struct words_part {
	const char *text;
	const char *head;
};

/* How many lines they have in common, or -1 with the first line that only one of them has. */
int words_compare(struct words_part one, struct words_part other, char *line, size_t bytes);

#endif

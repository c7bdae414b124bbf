/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What a snapshot says, a value a row, in words that are the same for the same value. */
#ifndef XDPX_NIC_DESCRIBE_H
#define XDPX_NIC_DESCRIBE_H

#include "nic/nic.h"
#include "nic/words.h"

struct xdpx_nic_row {
	const char *name; /* or what stands in front of the entries' own names */
	/* Puts the value into words, or says nothing for one that is not known; `at` counts a row's entries. */
	void (*say)(struct xdpx_nic_words *words, const struct xdpx_nic *nic, unsigned int at);
	/* The names of a row's entries, NULL past the last; a row without is one value. */
	const char *(*entry)(unsigned int at);
};

/* All of them; NULL past the last. */
const struct xdpx_nic_row *xdpx_nic_row_at(size_t at);

#endif

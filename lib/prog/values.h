/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What is known of a register: a set of constants, or a pointer into constant bytes, as constant propagation needs it.
 */
#ifndef XDPX_PROG_VALUES_H
#define XDPX_PROG_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum xdpx_value_kind {
	XDPX_VALUE_SET = 0, /* the constants in `small`, and anything else where `other` */
	XDPX_VALUE_NUMBER,  /* one constant that is too large for the set */
	XDPX_VALUE_POINTER, /* to `number` bytes behind the begin of `map` */
};

/* Zeroed: no value has come there yet. */
struct xdpx_value {
	uint64_t number;
	uint32_t small; /* bit N: the constant N is among them */
	uint32_t map;
	uint8_t kind;
	bool other;
};

/* The ways that a conditional jump can go. */
struct xdpx_ways {
	bool jump;
	bool pass;
};

struct xdpx_value xdpx_value_unknown(void);
struct xdpx_value xdpx_value_number(uint64_t number);
struct xdpx_value xdpx_value_pointer(uint32_t map, uint64_t offset);
struct xdpx_value xdpx_value_read(const unsigned char *bytes, size_t length);

bool xdpx_value_is_none(const struct xdpx_value *value);
bool xdpx_value_is_number(const struct xdpx_value *value, uint64_t *number);
bool xdpx_value_is_pointer(const struct xdpx_value *value, uint32_t *map, uint64_t *offset);

/* The small constants among the values, and whether there are no others. */
uint32_t xdpx_value_small(const struct xdpx_value *value);
bool xdpx_value_is_small(const struct xdpx_value *value);

/* Adds the values of `more`; true when that made a difference. Values are added a bounded number of times. */
bool xdpx_value_join(struct xdpx_value *value, struct xdpx_value more);

/* The low 32 bits. */
struct xdpx_value xdpx_value_truncate(struct xdpx_value value);

/* `op` is the operation's code, BPF_ADD or BPF_JEQ and so on; `narrow` for 32 bits. Unknown ones give unknown values,
 * and go both ways. */
struct xdpx_value xdpx_value_compute(uint8_t op, bool narrow, const struct xdpx_value *left,
				     const struct xdpx_value *right);
struct xdpx_ways xdpx_value_compare(uint8_t op, bool narrow, const struct xdpx_value *left,
				    const struct xdpx_value *right);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "prog/values.h"

#include <linux/bpf.h>
#include <string.h>

/* XDP's actions are 0 to 4. The fewer, the sooner sets stop growing. */
#define SMALL 8

struct xdpx_value xdpx_value_unknown(void)
{
	return (struct xdpx_value){.other = true};
}

struct xdpx_value xdpx_value_number(uint64_t number)
{
	if (number < SMALL)
		return (struct xdpx_value){.small = 1U << number};
	return (struct xdpx_value){.kind = XDPX_VALUE_NUMBER, .number = number};
}

struct xdpx_value xdpx_value_pointer(uint32_t map, uint64_t offset)
{
	return (struct xdpx_value){.kind = XDPX_VALUE_POINTER, .map = map, .number = offset};
}

struct xdpx_value xdpx_value_read(const unsigned char *bytes, size_t length)
{
	uint8_t one = 0;
	uint16_t two = 0;
	uint32_t four = 0;
	uint64_t eight = 0;

	switch (length) {
	case sizeof(one):
		return xdpx_value_number(bytes[0]);
	case sizeof(two):
		memcpy(&two, bytes, sizeof(two));
		return xdpx_value_number(two);
	case sizeof(four):
		memcpy(&four, bytes, sizeof(four));
		return xdpx_value_number(four);
	case sizeof(eight):
		memcpy(&eight, bytes, sizeof(eight));
		return xdpx_value_number(eight);
	default:
		return xdpx_value_unknown();
	}
}

bool xdpx_value_is_none(const struct xdpx_value *value)
{
	return value->kind == XDPX_VALUE_SET && !value->small && !value->other;
}

bool xdpx_value_is_number(const struct xdpx_value *value, uint64_t *number)
{
	if (value->kind == XDPX_VALUE_NUMBER) {
		*number = value->number;
		return true;
	}
	if (value->kind != XDPX_VALUE_SET || value->other || !value->small || value->small & (value->small - 1))
		return false;
	*number = (uint64_t)__builtin_ctz(value->small);
	return true;
}

bool xdpx_value_is_pointer(const struct xdpx_value *value, uint32_t *map, uint64_t *offset)
{
	if (value->kind != XDPX_VALUE_POINTER)
		return false;
	*map = value->map;
	*offset = value->number;
	return true;
}

uint32_t xdpx_value_small(const struct xdpx_value *value)
{
	return value->kind == XDPX_VALUE_SET ? value->small : 0;
}

bool xdpx_value_is_small(const struct xdpx_value *value)
{
	return value->kind == XDPX_VALUE_SET && !value->other;
}

static bool equal(const struct xdpx_value *one, const struct xdpx_value *two)
{
	return one->kind == two->kind && one->number == two->number && one->map == two->map &&
	       one->small == two->small && one->other == two->other;
}

bool xdpx_value_join(struct xdpx_value *value, struct xdpx_value more)
{
	struct xdpx_value before = *value;

	if (equal(value, &more) || xdpx_value_is_none(&more))
		return false;
	if (xdpx_value_is_none(value)) {
		*value = more;
		return true;
	}
	*value = (struct xdpx_value){
		.small = xdpx_value_small(&before) | xdpx_value_small(&more),
		.other = !xdpx_value_is_small(&before) || !xdpx_value_is_small(&more),
	};
	return !equal(value, &before);
}

struct xdpx_value xdpx_value_truncate(struct xdpx_value value)
{
	if (value.kind == XDPX_VALUE_NUMBER)
		return xdpx_value_number((uint32_t)value.number);
	return value.kind == XDPX_VALUE_POINTER ? xdpx_value_unknown() : value;
}

static int64_t sign_extend(uint64_t number, bool narrow)
{
	return narrow ? (int32_t)(uint32_t)number : (int64_t)number;
}

/* False for operations that need not be followed. */
static bool number_compute(uint8_t op, bool narrow, uint64_t left, uint64_t right, uint64_t *result)
{
	const unsigned int shift = (unsigned int)right & (narrow ? 31 : 63);

	if (narrow)
		left = (uint32_t)left;
	switch (op) {
	case BPF_ADD:
		*result = left + right;
		break;
	case BPF_SUB:
		*result = left - right;
		break;
	case BPF_MUL:
		*result = left * right;
		break;
	case BPF_OR:
		*result = left | right;
		break;
	case BPF_AND:
		*result = left & right;
		break;
	case BPF_XOR:
		*result = left ^ right;
		break;
	case BPF_LSH:
		*result = left << shift;
		break;
	case BPF_RSH:
		*result = left >> shift;
		break;
	case BPF_ARSH:
		*result = (uint64_t)(sign_extend(left, narrow) >> shift);
		break;
	default:
		return false;
	}
	if (narrow)
		*result = (uint32_t)*result;
	return true;
}

/* The next constant among the values, from `*at` on: 0 to SMALL - 1 for the set's, SMALL for the one that is large. */
static bool next_number(const struct xdpx_value *value, unsigned int *at, uint64_t *number)
{
	for (; *at < SMALL; (*at)++) {
		if (!(xdpx_value_small(value) >> *at & 1))
			continue;
		*number = (*at)++;
		return true;
	}
	*number = value->number;
	return value->kind == XDPX_VALUE_NUMBER && (*at)++ == SMALL;
}

struct xdpx_value xdpx_value_compute(uint8_t op, bool narrow, const struct xdpx_value *left,
				     const struct xdpx_value *right)
{
	struct xdpx_value result = {.other = left->kind == XDPX_VALUE_SET && left->other};
	unsigned int at = 0;
	uint64_t operand;
	uint64_t number;

	if (op == BPF_MOV)
		return narrow ? xdpx_value_truncate(*right) : *right;
	if (!xdpx_value_is_number(right, &operand))
		return xdpx_value_unknown();
	if (left->kind == XDPX_VALUE_POINTER)
		return op == BPF_ADD && !narrow ? xdpx_value_pointer(left->map, left->number + operand)
						: xdpx_value_unknown();
	while (next_number(left, &at, &number)) {
		if (!number_compute(op, narrow, number, operand, &number))
			return xdpx_value_unknown();
		xdpx_value_join(&result, xdpx_value_number(number));
	}
	return result;
}

static bool number_compare(uint8_t op, bool narrow, uint64_t left, uint64_t right)
{
	const int64_t signed_left = sign_extend(left, narrow);
	const int64_t signed_right = sign_extend(right, narrow);

	if (narrow) {
		left = (uint32_t)left;
		right = (uint32_t)right;
	}
	switch (op) {
	case BPF_JEQ:
		return left == right;
	case BPF_JNE:
		return left != right;
	case BPF_JSET:
		return left & right;
	case BPF_JGT:
		return left > right;
	case BPF_JGE:
		return left >= right;
	case BPF_JLT:
		return left < right;
	case BPF_JLE:
		return left <= right;
	case BPF_JSGT:
		return signed_left > signed_right;
	case BPF_JSGE:
		return signed_left >= signed_right;
	case BPF_JSLT:
		return signed_left < signed_right;
	default:
		return signed_left <= signed_right;
	}
}

struct xdpx_ways xdpx_value_compare(uint8_t op, bool narrow, const struct xdpx_value *left,
				    const struct xdpx_value *right)
{
	struct xdpx_ways ways = {.jump = false, .pass = false};
	const bool known = op != BPF_JA && op != BPF_CALL && op != BPF_EXIT && op <= BPF_JSLE;
	unsigned int at = 0;
	uint64_t operand;
	uint64_t number;

	if (!known || left->kind == XDPX_VALUE_POINTER || left->other || !xdpx_value_is_number(right, &operand))
		return (struct xdpx_ways){.jump = true, .pass = true};
	while (next_number(left, &at, &number)) {
		if (number_compare(op, narrow, number, operand))
			ways.jump = true;
		else
			ways.pass = true;
	}
	return ways;
}

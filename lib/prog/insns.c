/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * Constant propagation over BPF instructions: each register holds a set of small constants, a pointer into constant
 * bytes, or something not known, and sets only grow where ways meet. Memory is not followed: what is loaded from
 * anywhere but constant bytes is not known.
 */
#include "prog/insns.h"

#include "prog/values.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

/* The stack pointer, r10, needs none: nothing writes it, and what it points to is not followed. */
#define REGISTERS 10
/* Past this a program is not followed: each instruction takes some 260 bytes. Few programs have a tenth of it. */
#define COUNT_LIMIT (1U << 17)
/*
 * How many instructions may be looked at before a program counts as too tangled: two tenths of a second's. Compilers'
 * output takes one look or two each; only one of more than 20,000 that are all looked at as often as can be comes here.
 */
#define STEPS (1U << 21)

#define CALL_HELPER 0
#define NO_CALL UINT32_MAX

struct slot {
	struct xdpx_value registers[REGISTERS];
	uint32_t function;
	uint32_t next_call; /* the next instruction that calls the same function */
	bool is_entry;
	bool reached;
	bool queued;
};

struct function {
	struct xdpx_value returns;
	uint32_t first_call;
};

struct scan {
	const struct xdpx_insns *insns;
	struct slot *slots;
	struct function *functions;
	uint32_t *queue; /* a stack of instructions to look at again */
	size_t queued;
};

static const struct bpf_insn *insn_at(const struct scan *scan, size_t at)
{
	return &scan->insns->at[at];
}

static bool is_wide_load(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW);
}

static bool is_call(const struct bpf_insn *insn, unsigned int kind)
{
	return insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == kind;
}

/* Where a call or a callback's address leads; `count` or more for a place outside. */
static size_t target_of(const struct scan *scan, size_t at)
{
	int64_t target = (int64_t)at + insn_at(scan, at)->imm + 1;

	return target < 0 ? scan->insns->count : (size_t)target;
}

static bool leads_to_function(const struct bpf_insn *insn)
{
	return is_call(insn, BPF_PSEUDO_CALL) || (is_wide_load(insn) && insn->src_reg == BPF_PSEUDO_FUNC);
}

/* Marks where functions begin, and numbers them: a function goes on until the next one begins. */
static size_t functions_number(struct scan *scan)
{
	const size_t count = scan->insns->count;
	uint32_t function = 0;
	size_t at;

	scan->slots[scan->insns->entry].is_entry = true;
	for (at = 0; at < count; at++) {
		if (leads_to_function(insn_at(scan, at)) && target_of(scan, at) < count)
			scan->slots[target_of(scan, at)].is_entry = true;
	}
	for (at = 0; at < count; at++) {
		function += scan->slots[at].is_entry;
		scan->slots[at].function = function;
		scan->slots[at].next_call = NO_CALL;
	}
	return (size_t)function + 1;
}

/* Lists the calls of each function: they go on when it is found to return something new. */
static void calls_list(struct scan *scan, size_t functions)
{
	size_t at;

	for (at = 0; at < functions; at++)
		scan->functions[at].first_call = NO_CALL;
	for (at = 0; at < scan->insns->count; at++) {
		struct function *function;

		if (!is_call(insn_at(scan, at), BPF_PSEUDO_CALL) || target_of(scan, at) >= scan->insns->count)
			continue;
		function = &scan->functions[scan->slots[target_of(scan, at)].function];
		scan->slots[at].next_call = function->first_call;
		function->first_call = (uint32_t)at;
	}
}

static void enqueue(struct scan *scan, size_t at)
{
	if (scan->slots[at].queued)
		return;
	scan->slots[at].queued = true;
	scan->queue[scan->queued++] = (uint32_t)at;
}

/* Control comes to an instruction with these registers. */
static void arrive(struct scan *scan, int64_t at, const struct xdpx_value *registers)
{
	struct slot *slot;
	bool changed;
	size_t number;

	if (at < 0 || (uint64_t)at >= scan->insns->count)
		return;
	slot = &scan->slots[at];
	changed = !slot->reached;
	slot->reached = true;
	for (number = 0; number < REGISTERS; number++)
		changed |= xdpx_value_join(&slot->registers[number], registers[number]);
	if (changed)
		enqueue(scan, (size_t)at);
}

/* What a function begins with: its arguments, and nothing known. */
static void arrive_in_function(struct scan *scan, size_t at, const struct xdpx_value *arguments)
{
	struct xdpx_value registers[REGISTERS];
	size_t number;

	for (number = 0; number < REGISTERS; number++) {
		bool argument = arguments && number >= BPF_REG_1 && number <= BPF_REG_5;

		registers[number] = argument ? arguments[number] : xdpx_value_unknown();
	}
	arrive(scan, (int64_t)at, registers);
}

/* The two helpers that return what the program then does. */
static struct xdpx_value helper_returns(int32_t id, const struct xdpx_value *registers)
{
	const struct xdpx_value actions = xdpx_value_number(XDP_ABORTED | XDP_DROP | XDP_PASS | XDP_TX);
	struct xdpx_value result = xdpx_value_number(XDP_REDIRECT);
	uint64_t flags;

	switch (id) {
	case BPF_FUNC_redirect:
		/* XDP_ABORTED for flags that it does not know; there are none yet for XDP */
		if (!xdpx_value_is_number(&registers[BPF_REG_2], &flags) || flags)
			xdpx_value_join(&result, xdpx_value_unknown());
		return result;
	case BPF_FUNC_redirect_map:
		/* the flags' low bits where the map has no such entry */
		xdpx_value_join(&result, xdpx_value_compute(BPF_AND, false, &registers[BPF_REG_3], &actions));
		return result;
	default:
		return xdpx_value_unknown();
	}
}

static void call(struct scan *scan, size_t at, struct xdpx_value *registers)
{
	const struct bpf_insn *insn = insn_at(scan, at);
	struct xdpx_value result = xdpx_value_unknown();
	size_t number;

	if (insn->src_reg == CALL_HELPER) {
		result = helper_returns(insn->imm, registers);
	} else if (insn->src_reg == BPF_PSEUDO_CALL && target_of(scan, at) < scan->insns->count) {
		arrive_in_function(scan, target_of(scan, at), registers);
		result = scan->functions[scan->slots[target_of(scan, at)].function].returns;
		/* it has not returned yet: this call is looked at again when it does */
		if (xdpx_value_is_none(&result))
			return;
	}

	registers[BPF_REG_0] = result;
	for (number = BPF_REG_1; number <= BPF_REG_5; number++)
		registers[number] = xdpx_value_unknown();
	arrive(scan, (int64_t)at + 1, registers);
}

static void leave(struct scan *scan, size_t at, const struct xdpx_value *registers)
{
	struct function *function = &scan->functions[scan->slots[at].function];
	uint32_t caller;

	if (!xdpx_value_join(&function->returns, xdpx_value_truncate(registers[BPF_REG_0])))
		return;
	for (caller = function->first_call; caller != NO_CALL; caller = scan->slots[caller].next_call)
		if (scan->slots[caller].reached)
			enqueue(scan, caller);
}

static struct xdpx_value source_of(const struct bpf_insn *insn, const struct xdpx_value *registers)
{
	if (BPF_SRC(insn->code) == BPF_K)
		return xdpx_value_number((uint64_t)(int64_t)insn->imm);
	return insn->src_reg < REGISTERS ? registers[insn->src_reg] : xdpx_value_unknown();
}

static void jump(struct scan *scan, size_t at, const struct xdpx_value *registers)
{
	const struct bpf_insn *insn = insn_at(scan, at);
	const bool narrow = BPF_CLASS(insn->code) == BPF_JMP32;
	struct xdpx_value left = insn->dst_reg < REGISTERS ? registers[insn->dst_reg] : xdpx_value_unknown();
	struct xdpx_value right = source_of(insn, registers);
	struct xdpx_ways ways = {.jump = true, .pass = true};

	if (BPF_OP(insn->code) == BPF_JA) {
		/* the 32-bit class has the long jump, whose distance is in the immediate (cpu v4) */
		arrive(scan, (int64_t)at + 1 + (narrow ? insn->imm : insn->off), registers);
		return;
	}
	if (!scan->insns->every_branch)
		ways = xdpx_value_compare(BPF_OP(insn->code), narrow, &left, &right);
	if (ways.jump)
		arrive(scan, (int64_t)at + 1 + insn->off, registers);
	if (ways.pass)
		arrive(scan, (int64_t)at + 1, registers);
}

static struct xdpx_value load_constant(const struct scan *scan, const struct bpf_insn *insn,
				       const struct xdpx_value *from)
{
	static const uint8_t lengths[] = {
		[BPF_W >> 3] = 4,
		[BPF_H >> 3] = 2,
		[BPF_B >> 3] = 1,
		[BPF_DW >> 3] = 8,
	};
	uint8_t length = lengths[BPF_SIZE(insn->code) >> 3];
	size_t available = 0;
	const void *bytes;
	uint32_t map;
	uint64_t at;

	if (BPF_MODE(insn->code) != BPF_MEM || !scan->insns->bytes || !xdpx_value_is_pointer(from, &map, &at))
		return xdpx_value_unknown();
	bytes = scan->insns->bytes(scan->insns->arg, map, &available);
	at += (uint64_t)(int64_t)insn->off;
	if (!bytes || at > available || length > available - at)
		return xdpx_value_unknown();
	return xdpx_value_read((const unsigned char *)bytes + at, length);
}

static struct xdpx_value wide_load(const struct scan *scan, size_t at)
{
	const struct bpf_insn *insn = insn_at(scan, at);
	uint32_t high;

	if (at + 1 >= scan->insns->count)
		return xdpx_value_unknown();
	high = (uint32_t)insn[1].imm;
	if (insn->src_reg == 0)
		return xdpx_value_number((uint64_t)high << 32 | (uint32_t)insn->imm);
	if (insn->src_reg == BPF_PSEUDO_MAP_IDX_VALUE)
		return xdpx_value_pointer((uint32_t)insn->imm, high);
	return xdpx_value_unknown();
}

/* An atomic operation gives the old value back to its source register, or to r0. */
static void atomic(const struct bpf_insn *insn, struct xdpx_value *registers)
{
	registers[BPF_REG_0] = xdpx_value_unknown();
	if (insn->src_reg < REGISTERS)
		registers[insn->src_reg] = xdpx_value_unknown();
}

/* What the instruction, which is no jump, makes of its destination register. */
static void compute(const struct scan *scan, size_t at, struct xdpx_value *registers)
{
	const struct bpf_insn *insn = insn_at(scan, at);
	struct xdpx_value *to = insn->dst_reg < REGISTERS ? &registers[insn->dst_reg] : NULL;
	const struct xdpx_value right = source_of(insn, registers);

	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		/* with an offset these are others: sign extension, signed division, casts (cpu v4) */
		if (to)
			*to = insn->off ? xdpx_value_unknown()
					: xdpx_value_compute(BPF_OP(insn->code), BPF_CLASS(insn->code) == BPF_ALU, to,
							     &right);
		break;
	case BPF_LDX:
		if (to)
			*to = insn->src_reg < REGISTERS ? load_constant(scan, insn, &registers[insn->src_reg])
							: xdpx_value_unknown();
		break;
	case BPF_STX:
		if (BPF_MODE(insn->code) == BPF_ATOMIC)
			atomic(insn, registers);
		break;
	case BPF_LD:
		if (to && is_wide_load(insn))
			*to = wide_load(scan, at);
		/* the old ways to read a packet */
		else if (BPF_MODE(insn->code) != BPF_IMM)
			registers[BPF_REG_0] = xdpx_value_unknown();
		break;
	default:
		break;
	}
}

static void step(struct scan *scan, size_t at)
{
	const struct bpf_insn *insn = insn_at(scan, at);
	struct xdpx_value registers[REGISTERS];

	memcpy(registers, scan->slots[at].registers, sizeof(registers));
	if (insn->code == (BPF_JMP | BPF_EXIT)) {
		leave(scan, at, registers);
		return;
	}
	if (insn->code == (BPF_JMP | BPF_CALL)) {
		call(scan, at, registers);
		return;
	}
	if (BPF_CLASS(insn->code) == BPF_JMP || BPF_CLASS(insn->code) == BPF_JMP32) {
		jump(scan, at, registers);
		return;
	}

	if (is_wide_load(insn) && insn->src_reg == BPF_PSEUDO_FUNC && target_of(scan, at) < scan->insns->count)
		arrive_in_function(scan, target_of(scan, at), NULL);
	compute(scan, at, registers);
	arrive(scan, (int64_t)at + (is_wide_load(insn) ? 2 : 1), registers);
}

/* Whether it came to an end. */
static bool follow(struct scan *scan)
{
	unsigned int left = STEPS;

	arrive_in_function(scan, scan->insns->entry, NULL);
	while (scan->queued) {
		size_t at = scan->queue[--scan->queued];

		if (!left--)
			return false;
		scan->slots[at].queued = false;
		step(scan, at);
	}
	return true;
}

static void scan_end(struct scan *scan)
{
	free(scan->slots);
	free(scan->functions);
	free(scan->queue);
}

static int scan_begin(struct scan *scan, const struct xdpx_insns *insns)
{
	size_t functions;

	scan->insns = insns;
	scan->slots = calloc(insns->count, sizeof(*scan->slots));
	scan->queue = calloc(insns->count, sizeof(*scan->queue));
	if (!scan->slots || !scan->queue)
		return -ENOMEM;
	functions = functions_number(scan);
	scan->functions = calloc(functions, sizeof(*scan->functions));
	if (!scan->functions)
		return -ENOMEM;
	calls_list(scan, functions);
	return 0;
}

static void give_up(const struct xdpx_insns *insns, unsigned char *reached, struct xdpx_insns_returns *returns)
{
	memset(reached, 1, insns->count);
	*returns = (struct xdpx_insns_returns){.computed = true};
}

static void result_take(const struct scan *scan, unsigned char *reached, struct xdpx_insns_returns *returns)
{
	const struct xdpx_value *value = &scan->functions[scan->slots[scan->insns->entry].function].returns;
	size_t at;

	for (at = 0; at < scan->insns->count; at++)
		reached[at] = scan->slots[at].reached;
	returns->constants = xdpx_value_small(value);
	returns->computed = !xdpx_value_is_small(value);
}

int xdpx_insns_scan(const struct xdpx_insns *insns, unsigned char *reached, struct xdpx_insns_returns *returns)
{
	struct scan scan = {.insns = insns};
	int err;

	if (insns->count > COUNT_LIMIT || insns->entry >= insns->count) {
		give_up(insns, reached, returns);
		return 0;
	}
	err = scan_begin(&scan, insns);
	if (!err && follow(&scan))
		result_take(&scan, reached, returns);
	else if (!err)
		give_up(insns, reached, returns);
	scan_end(&scan);
	return err;
}

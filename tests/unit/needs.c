/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "prog/needs.h"
#include "prog/code.h"
#include "prog/insns.h"
#include "prog/prog.h"
#include "run.h"

#include <xdpx/error.h>
#include <xdpx/needs.h>
#include <xdpx/prog.h>

#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BIT(need) (1ULL << XDPX_NEED_##need)
#define RETURNS(action) (1U << XDP_##action)
#define PLAIN (BIT(RUN) | BIT(LINEAR))
#define COUNT(table) (sizeof(table) / sizeof(*(table)))

#define LOAD_WIDE (BPF_LD | BPF_IMM | BPF_DW)
#define MOV(register, value)                                                               \
	{                                                                                  \
		.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = (register), .imm = (value) \
	}
#define EXIT                               \
	{                                  \
		.code = BPF_JMP | BPF_EXIT \
	}
#define CALL(kind, which)                                                     \
	{                                                                     \
		.code = BPF_JMP | BPF_CALL, .src_reg = (kind), .imm = (which) \
	}

static struct xdpx_prog *open_named(const char *object, const char *name)
{
	struct xdpx_prog_opts opts = {.size = sizeof(opts), .name = name};
	struct xdpx_prog *prog = NULL;
	char path[512];

	snprintf(path, sizeof(path), "%s/%s.bpf.o", TEST_OBJECTS, object);
	ck_assert_msg(xdpx_prog_open(path, &opts, &prog) == 0, "%s", xdpx_error_last()->message);
	return prog;
}

static struct xdpx_needs needs_of(const struct xdpx_prog *prog)
{
	struct xdpx_needs needs = {.size = sizeof(needs)};

	ck_assert_int_eq(xdpx_prog_needs(prog, &needs), 0);
	return needs;
}

struct expected {
	const char *program;
	uint64_t needs;
	uint32_t actions;
	uint32_t computed;
};

static void check_object(const char *object, const struct expected *expected, size_t count)
{
	for (; count--; expected++) {
		struct xdpx_prog *prog = open_named(object, expected->program);
		struct xdpx_needs needs = needs_of(prog);

		ck_assert_msg(needs.needs == expected->needs, "%s needs 0x%llx, not 0x%llx", expected->program,
			      (unsigned long long)needs.needs, (unsigned long long)expected->needs);
		ck_assert_msg(needs.actions == expected->actions, "%s returns 0x%x, not 0x%x", expected->program,
			      needs.actions, expected->actions);
		ck_assert_msg(needs.computed == expected->computed, "%s: computed %u", expected->program,
			      needs.computed);
		ck_assert_uint_eq(needs.known, 1);
		xdpx_prog_free(prog);
	}
}

START_TEST(the_needs_of_an_object_are_found_before_it_is_loaded)
{
	static const struct expected expected[] = {
		{"constants", PLAIN, RETURNS(DROP) | RETURNS(PASS), 0},
		{"computed", PLAIN, RETURNS(PASS), 1},
		{"to_devices", PLAIN | BIT(REDIRECT_MAP) | BIT(DEVMAP),
		 RETURNS(REDIRECT) | RETURNS(DROP) | RETURNS(PASS), 0},
		{"to_processors", PLAIN | BIT(REDIRECT_MAP) | BIT(CPUMAP), RETURNS(REDIRECT), 1},
		{"to_sockets", PLAIN | BIT(REDIRECT_MAP) | BIT(XSKMAP), RETURNS(REDIRECT) | RETURNS(PASS), 0},
		{"to_programs", PLAIN | BIT(TAIL_CALL), RETURNS(PASS), 1},
		{"if_variable", PLAIN | BIT(REDIRECT), RETURNS(PASS) | RETURNS(REDIRECT), 0},
		{"other_lengths", BIT(RUN) | BIT(FRAGS) | BIT(ADJUST_META) | BIT(ADJUST_TAIL) | BIT(FRAG_BYTES),
		 RETURNS(DROP) | RETURNS(PASS), 0},
		{"routes", PLAIN | BIT(FIB_LOOKUP), RETURNS(DROP) | RETURNS(PASS), 0},
	};

	check_object("needs", expected, COUNT(expected));
}
END_TEST

START_TEST(functions_and_callbacks_count_where_they_are_called)
{
	static const struct expected expected[] = {
		{"in_static_function", PLAIN | BIT(ADJUST_HEAD) | BIT(TX),
		 RETURNS(TX) | RETURNS(ABORTED) | RETURNS(PASS), 0},
		{"in_global_function", PLAIN | BIT(REDIRECT), RETURNS(REDIRECT), 0},
		{"in_callback", PLAIN | BIT(REDIRECT), 0, 1},
	};

	check_object("needs", expected, COUNT(expected));
}
END_TEST

START_TEST(code_behind_a_constant_counts_while_the_constant_lets_it_run)
{
	static const struct expected off = {"if_constant", PLAIN, RETURNS(PASS), 0};
	struct xdpx_prog *prog = open_named("needs", "if_constant");
	struct xdpx_needs needs;
	uint32_t value = 7;

	check_object("needs", &off, 1);
	ck_assert_int_eq(xdpx_prog_global_set(prog, "redirecting", &value, sizeof(value)), 0);
	needs = needs_of(prog);
	ck_assert_uint_eq(needs.needs, PLAIN | BIT(REDIRECT));
	ck_assert_uint_eq(needs.actions, RETURNS(REDIRECT));
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(what_co_re_fits_to_the_kernel_is_no_constant)
{
	static const struct expected expected = {"if_the_kernel_has", PLAIN | BIT(TX), RETURNS(DROP) | RETURNS(TX), 0};

	check_object("needs", &expected, 1);
}
END_TEST

START_TEST(metadata_functions_bind_a_program_to_a_device_even_where_they_never_run)
{
	static const struct expected expected[] = {
		{"timestamp", PLAIN | BIT(RX_TIMESTAMP) | BIT(BOUND), RETURNS(DROP) | RETURNS(PASS), 0},
		{"hash_and_vlan", PLAIN | BIT(RX_HASH) | BIT(RX_VLAN) | BIT(BOUND), RETURNS(DROP) | RETURNS(PASS), 0},
		{"only_if_asked", PLAIN | BIT(BOUND), RETURNS(PASS), 0},
		{"missing_and_weak", PLAIN, RETURNS(PASS), 0},
	};
	static const struct expected other = {"missing", PLAIN | BIT(KFUNC), 0, 1};

	check_object("metadata", expected, COUNT(expected));
	check_object("missing", &other, 1);
}
END_TEST

START_TEST(needs_go_into_a_shorter_struct_as_far_as_they_fit)
{
	struct xdpx_prog *prog = open_named("needs", "constants");
	struct xdpx_needs needs = {.size = offsetof(struct xdpx_needs, actions), .actions = 77};

	ck_assert_int_eq(xdpx_prog_needs(prog, &needs), 0);
	ck_assert_uint_eq(needs.needs, PLAIN);
	ck_assert_uint_eq(needs.actions, 77);
	needs.size = 0;
	ck_assert_int_eq(xdpx_prog_needs(prog, &needs), -EINVAL);
	ck_assert_int_eq(xdpx_prog_needs(prog, NULL), -EINVAL);
	ck_assert_int_eq(xdpx_prog_needs(NULL, &needs), -EINVAL);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(each_need_has_a_name_and_none_past_the_last)
{
	int need;

	for (need = XDPX_NEED_RUN; need <= XDPX_NEED_OTHERS; need++)
		ck_assert_ptr_nonnull(xdpx_need_name((enum xdpx_need)need));
	ck_assert_ptr_null(xdpx_need_name((enum xdpx_need)need));
	ck_assert_ptr_null(xdpx_need_name((enum xdpx_need) - 1));
}
END_TEST

/* Scans instructions whose exact length the sanitizer knows. */
static struct xdpx_insns_returns scan(const struct bpf_insn *insns, size_t count, unsigned char *reached)
{
	struct bpf_insn *copy = malloc(count * sizeof(*copy));
	const struct xdpx_insns whole = {.at = copy, .count = count};
	struct xdpx_insns_returns returns;

	memcpy(copy, insns, count * sizeof(*copy));
	ck_assert_int_eq(xdpx_insns_scan(&whole, reached, &returns), 0);
	free(copy);
	return returns;
}

START_TEST(constants_are_followed_through_arithmetic_and_branches)
{
	static const struct bpf_insn insns[] = {
		MOV(BPF_REG_1, 1000),
		{.code = BPF_ALU64 | BPF_SUB | BPF_K, .dst_reg = BPF_REG_1, .imm = 998},
		{.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_0, .src_reg = BPF_REG_1},
		{.code = BPF_JMP | BPF_JSGT | BPF_K, .dst_reg = BPF_REG_0, .imm = -1, .off = 1},
		MOV(BPF_REG_0, XDP_TX),
		EXIT,
	};
	static const unsigned char expected[] = {1, 1, 1, 1, 0, 1};
	unsigned char reached[COUNT(insns)];
	struct xdpx_insns_returns returns = scan(insns, COUNT(insns), reached);

	ck_assert_uint_eq(returns.constants, RETURNS(PASS));
	ck_assert(!returns.computed);
	ck_assert_mem_eq(reached, expected, sizeof(expected));
}
END_TEST

START_TEST(a_loop_that_counts_comes_to_an_end)
{
	static const struct bpf_insn insns[] = {
		MOV(BPF_REG_0, 0),
		{.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_0, .imm = 1},
		{.code = BPF_JMP | BPF_JNE | BPF_K, .dst_reg = BPF_REG_0, .imm = 1000000, .off = -2},
		EXIT,
	};
	unsigned char reached[COUNT(insns)];

	ck_assert(scan(insns, COUNT(insns), reached).computed);
	ck_assert_uint_eq(reached[3], 1);
}
END_TEST

START_TEST(functions_that_call_one_another_for_ever_are_followed)
{
	static const struct bpf_insn insns[] = {
		CALL(BPF_PSEUDO_CALL, 1), EXIT, CALL(BPF_PSEUDO_CALL, -3), EXIT, CALL(BPF_PSEUDO_CALL, -1), EXIT,
	};
	unsigned char reached[COUNT(insns)];

	scan(insns, COUNT(insns), reached);
	ck_assert_uint_eq(reached[0], 1);
	ck_assert_uint_eq(reached[2], 1);
	ck_assert_uint_eq(reached[1], 0);
}
END_TEST

START_TEST(jumps_and_calls_out_of_the_program_lead_nowhere)
{
	static const struct bpf_insn insns[] = {
		{.code = BPF_JMP | BPF_JEQ | BPF_K, .off = 32767},
		{.code = BPF_JMP | BPF_JEQ | BPF_K, .off = -32768},
		CALL(BPF_PSEUDO_CALL, INT32_MAX),
		CALL(BPF_PSEUDO_CALL, INT32_MIN),
		{.code = BPF_JMP32 | BPF_JA, .imm = INT32_MAX},
		{.code = LOAD_WIDE},
	};
	unsigned char reached[COUNT(insns)];
	size_t at;

	for (at = 0; at < COUNT(insns); at++)
		scan(insns + at, COUNT(insns) - at, reached);
	ck_assert_uint_eq(reached[0], 1);
}
END_TEST

START_TEST(a_program_too_long_to_follow_counts_as_reached_everywhere)
{
	const size_t count = (1U << 17) + 1;
	struct bpf_insn *insns = calloc(count, sizeof(*insns));
	unsigned char *reached = calloc(count, 1);

	ck_assert(scan(insns, count, reached).computed);
	ck_assert_uint_eq(reached[count - 1], 1);
	free(reached);
	free(insns);
}
END_TEST

/* Ten counters, each in a way of its own back to the begin: all is looked at again whenever one of them grows. */
START_TEST(a_program_too_tangled_to_follow_counts_as_reached_everywhere)
{
	const size_t count = 1U << 17;
	const size_t ways = count - 31;
	struct bpf_insn *insns = calloc(count, sizeof(*insns));
	unsigned char *reached = calloc(count, 1);
	size_t at;

	for (at = 0; at < count; at++)
		insns[at] = (struct bpf_insn){.code = BPF_JMP | BPF_JEQ | BPF_X, .dst_reg = 10, .src_reg = 10};
	for (at = 0; at < 10; at++) {
		insns[at] = (struct bpf_insn)MOV(at, 0);
		insns[ways + 3 * at].off = 2;
		insns[ways + 3 * at + 1] =
			(struct bpf_insn){.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = at, .imm = 1};
		insns[ways + 3 * at + 2] =
			(struct bpf_insn){.code = BPF_JMP32 | BPF_JA, .imm = 9 - (int32_t)(ways + 3 * at + 2)};
	}
	insns[ways - 2] = (struct bpf_insn){.code = BPF_JMP | BPF_JA, .off = 1};
	insns[count - 1] = (struct bpf_insn)EXIT;

	ck_assert(scan(insns, count, reached).computed);
	ck_assert_uint_eq(reached[ways - 1], 1);
	free(reached);
	free(insns);
}
END_TEST

START_TEST(random_instructions_crash_nothing)
{
	struct bpf_insn insns[200];
	unsigned char reached[200];
	unsigned int round;
	size_t at;

	srand(2);
	for (round = 0; round < 20000; round++) {
		size_t count = 1 + (size_t)rand() % 200;

		for (at = 0; at < sizeof(insns); at++)
			((unsigned char *)insns)[at] = (unsigned char)rand();
		/* mostly distances that stay inside, so that more than the first few are looked at */
		for (at = 0; round % 2 && at < count; at++) {
			insns[at].off = (int16_t)(rand() % 20 - 10);
			insns[at].imm = rand() % 20 - 10;
			insns[at].dst_reg = (unsigned int)rand() % 11;
		}
		scan(insns, count, reached);
	}
}
END_TEST

static void scan_code(const struct xdpx_code *code)
{
	const struct xdpx_insns insns = {.at = code->insns, .count = code->count, .entry = code->entry};
	unsigned char *reached = malloc(code->count);
	struct xdpx_insns_returns returns;
	size_t at;

	ck_assert_int_eq(xdpx_insns_scan(&insns, reached, &returns), 0);
	for (at = 0; at < code->count; at++)
		ck_assert_ptr_nonnull(xdpx_code_name(code, code->insns[at].imm));
	free(reached);
}

/* An object with some bytes other than the compiler's, where the bounds check lets it through. */
START_TEST(spoilt_objects_crash_nothing)
{
	struct xdpx_elf elf;
	unsigned int passed = 0;
	unsigned char *spoilt;
	unsigned int round;
	size_t length;
	void *bytes;

	ck_assert_int_eq(xdpx_prog_file_read(TEST_OBJECTS "/needs.bpf.o", &bytes, &length), 0);
	spoilt = malloc(length);
	srand(3);
	for (round = 0; round < 20000; round++) {
		unsigned int left = 1 + (unsigned int)rand() % 16;
		struct xdpx_code *code;

		memcpy(spoilt, bytes, length);
		while (left--)
			spoilt[(size_t)rand() % length] = (unsigned char)rand();
		if (xdpx_elf_check(spoilt, length, &elf) || xdpx_code_new(&elf, "xdp", "in_callback", &code))
			continue;
		passed++;
		scan_code(code);
		xdpx_code_free(code);
	}
	ck_assert_uint_ne(passed, 0);
	free(spoilt);
	free(bytes);
}
END_TEST

START_TEST(an_object_with_no_btf_beside_its_btf_ext_is_opened)
{
	static const char btf[] = ".BTF";
	struct xdpx_prog *prog = NULL;
	unsigned char *at;
	size_t length;
	void *bytes;

	ck_assert_int_eq(xdpx_prog_file_read(TEST_OBJECTS "/pass.bpf.o", &bytes, &length), 0);
	at = memmem(bytes, length, btf, sizeof(btf));
	ck_assert_ptr_nonnull(at);
	at[1] = 'X';
	ck_assert_msg(xdpx_prog_open_memory(bytes, length, NULL, &prog) == 0, "%s", xdpx_error_last()->message);
	ck_assert_uint_eq(needs_of(prog).actions, RETURNS(PASS));
	xdpx_prog_free(prog);
	free(bytes);
}
END_TEST

START_TEST(a_program_without_its_function_is_a_damaged_object)
{
	struct xdpx_code *code = NULL;
	struct xdpx_elf elf;
	size_t length;
	void *bytes;

	ck_assert_int_eq(xdpx_prog_file_read(TEST_OBJECTS "/needs.bpf.o", &bytes, &length), 0);
	ck_assert_int_eq(xdpx_elf_check(bytes, length, &elf), 0);
	ck_assert_int_eq(xdpx_code_new(&elf, "xdp", "no_such_function", &code), -EINVAL);
	ck_assert_ptr_null(code);
	ck_assert_str_eq(xdpx_code_name(&(struct xdpx_code){.names_length = 0}, -1), "");
	free(bytes);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("needs");
	TCase *object = tcase_create("object");
	TCase *insns = tcase_create("insns");

	tcase_add_test(object, the_needs_of_an_object_are_found_before_it_is_loaded);
	tcase_add_test(object, functions_and_callbacks_count_where_they_are_called);
	tcase_add_test(object, code_behind_a_constant_counts_while_the_constant_lets_it_run);
	tcase_add_test(object, what_co_re_fits_to_the_kernel_is_no_constant);
	tcase_add_test(object, metadata_functions_bind_a_program_to_a_device_even_where_they_never_run);
	tcase_add_test(object, needs_go_into_a_shorter_struct_as_far_as_they_fit);
	tcase_add_test(object, each_need_has_a_name_and_none_past_the_last);
	tcase_add_test(object, spoilt_objects_crash_nothing);
	tcase_add_test(object, an_object_with_no_btf_beside_its_btf_ext_is_opened);
	tcase_add_test(object, a_program_without_its_function_is_a_damaged_object);
	suite_add_tcase(suite, object);

	tcase_add_test(insns, constants_are_followed_through_arithmetic_and_branches);
	tcase_add_test(insns, a_loop_that_counts_comes_to_an_end);
	tcase_add_test(insns, functions_that_call_one_another_for_ever_are_followed);
	tcase_add_test(insns, jumps_and_calls_out_of_the_program_lead_nowhere);
	tcase_add_test(insns, a_program_too_long_to_follow_counts_as_reached_everywhere);
	tcase_add_test(insns, a_program_too_tangled_to_follow_counts_as_reached_everywhere);
	tcase_add_test(insns, random_instructions_crash_nothing);
	suite_add_tcase(suite, insns);
	return run_suite(suite);
}

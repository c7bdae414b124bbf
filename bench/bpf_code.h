/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The few BPF instructions of the benchmarks' programs, which are too short for a compiler. */
#ifndef BENCH_BPF_CODE_H
#define BENCH_BPF_CODE_H

#include <linux/bpf.h>

/* clang-format off */
#define BPF_CODE_SET(register, value) \
	{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = (register), .imm = (value)}
#define BPF_CODE_LOAD32(register, from, offset) \
	{.code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = (register), .src_reg = (from), .off = (offset)}
#define BPF_CODE_MAP(register, fd) /* takes two places */ \
	{.code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = (register), .src_reg = BPF_PSEUDO_MAP_FD, .imm = (fd)}, {0}
#define BPF_CODE_CALL(helper) \
	{.code = BPF_JMP | BPF_CALL, .imm = (helper)}
#define BPF_CODE_EXIT \
	{.code = BPF_JMP | BPF_EXIT}
/* clang-format on */

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The instructions of an object, with what they refer to, as they are before libbpf loads them. */
#ifndef XDPX_PROG_CODE_H
#define XDPX_PROG_CODE_H

#include "prog/elf_check.h"

#include <stddef.h>
#include <stdint.h>

struct bpf_insn;

/*
 * All sections of instructions, one behind the other. Calls reach their functions by distance, across sections too.
 * What else they refer to is a name, by its place in the table of names: a kfunc's in the immediate of a
 * BPF_PSEUDO_KFUNC_CALL, a map's in that of a BPF_PSEUDO_MAP_IDX, and a data section's in that of a
 * BPF_PSEUDO_MAP_IDX_VALUE.
 */
struct xdpx_code {
	struct bpf_insn *insns;
	size_t count;
	size_t entry; /* where the program begins */
	char *names;
	size_t names_length;
};

/*
 * The code of a checked object, whose program is this function in this section. To be freed. -ENOMEM, or -EINVAL for
 * an object without the function; recorded.
 */
int xdpx_code_new(const struct xdpx_elf *elf, const char *section, const char *function, struct xdpx_code **code);
void xdpx_code_free(struct xdpx_code *code);

/*
 * Makes instructions whose constants CO-RE fits to the running kernel ones that load something not known. `bases` has
 * the place of each section's first instruction, XDPX_CODE_NO_BASE for a section without any.
 */
#define XDPX_CODE_NO_BASE SIZE_MAX
void xdpx_code_core_forget(struct xdpx_code *code, const struct xdpx_elf *elf, const size_t *bases);

/* The name at a place, "" for a place outside: instructions may hold any number. */
const char *xdpx_code_name(const struct xdpx_code *code, int32_t place);

#endif

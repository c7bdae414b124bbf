/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What a program's instructions can do, found without running them. */
#ifndef XDPX_PROG_INSNS_H
#define XDPX_PROG_INSNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bpf_insn;

/*
 * The bytes that instructions load constants from: of the map that BPF_PSEUDO_MAP_IDX_VALUE names by this number, and
 * how many there are. NULL where they are not known, or may change while the program runs.
 */
typedef const void *xdpx_insns_bytes_fn(void *arg, uint32_t map, size_t *length);

/* A program and its subprograms, which its calls reach by their distance, as the kernel takes them. */
struct xdpx_insns {
	const struct bpf_insn *at;
	size_t count;
	size_t entry;		    /* where the program begins */
	xdpx_insns_bytes_fn *bytes; /* NULL: no constants are known */
	void *arg;
	bool every_branch; /* go both ways, also where constants tell that one is never taken: what the verifier sees */
};

/* What the program returns, as far as constants tell. */
struct xdpx_insns_returns {
	uint32_t constants; /* bit N: the constant N reaches an exit */
	bool computed;	    /* something else may reach one as well */
};

/*
 * Follows the program from its entry through branches, calls and callbacks. `reached` gets a byte for each instruction,
 * 1 for those that may run. Any instructions may come in: unknown ones are taken to change their destination register
 * and go on, and a program too long or too tangled to follow counts as reached everywhere. 0 or -ENOMEM.
 */
int xdpx_insns_scan(const struct xdpx_insns *insns, unsigned char *reached, struct xdpx_insns_returns *returns);

#endif

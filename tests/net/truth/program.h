/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The programs of truth.bpf.c, loaded and attached with libbpf alone. */
#ifndef TESTS_NET_TRUTH_PROGRAM_H
#define TESTS_NET_TRUTH_PROGRAM_H

#include "../../bpf/truth.h"

#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <stdbool.h>

struct stand;

/* Flags of loading that older headers do not have. */
#define PROGRAM_FRAGS (1U << 5)
#define PROGRAM_BOUND (1U << 6)

struct program {
	struct bpf_object *object; /* NULL: the kernel did not take it */
	struct truth *truth;	   /* shared with the program */
	int fd;
	unsigned int index; /* of the device that it is attached to, or 0 */
	unsigned int mode;
};

/* Loads one program; for one device only where `device` is not NULL. False: the kernel does not take it. */
bool program_load(struct program *program, const char *name, unsigned int flags, const char *device);

/* Attaches it with XDP_FLAGS_..._MODE. False: the kernel refuses. */
bool program_attach(struct program *program, const char *device, unsigned int mode);

/* Loads and attaches it natively, as one that takes frags where no other is taken. False: the kernel refuses. */
bool program_native(struct program *program, const char *name, const char *device, unsigned int flags);

/* The same, or in generic mode where the kernel refuses, or where that is said to be the only one. */
bool program_any(struct program *program, const char *name, const struct stand *stand);

/* Loads one of tc's programs, and attaches it at that point. */
bool program_tc(struct program *program, const char *name, const char *device, enum bpf_tc_attach_point point);

/* The device that the program `redirect` sends to. */
void program_target(const struct program *program, const char *device);

/* Whether the program sees a marked packet within so many milliseconds. */
bool program_sees(const struct program *program, unsigned int patience);

/* Detaches it, and frees it. */
void program_end(struct program *program);

#endif

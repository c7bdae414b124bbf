/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What other files of the library may do with a program, and its body for the files of this folder. */
#ifndef XDPX_PROG_PROG_H
#define XDPX_PROG_PROG_H

#include <xdpx/prog.h>

#include <stdbool.h>

struct bpf_map;
struct bpf_object;
struct bpf_program;
struct xdpx_code;

struct xdpx_prog {
	struct bpf_object *object;   /* NULL for a program from a file descriptor */
	struct bpf_program *program; /* in `object` */
	struct xdpx_code *code;	     /* of `object`, NULL without */
	int fd;			     /* -1 until loaded; `object` owns it where there is one */
	uint32_t id;
	uint32_t place_index; /* of the device that it was loaded for, 0: for any */
	bool offloaded;	      /* ... and runs on */
	int load_error;	      /* why loading failed: libbpf loads an object once */
	char *name;
};

/*
 * Says, before loading, whether the program takes packets that span several buffers: kernels before 5.18 refuse to load
 * one that does. A program in SEC("xdp.frags") always does (clearing it is -EOPNOTSUPP); put it in SEC("xdp") to
 * choose.
 */
int xdpx_prog_frags_set(struct xdpx_prog *prog, bool frags);
bool xdpx_prog_frags(const struct xdpx_prog *prog);

/* Sets how many entries a map of the object has, before loading. */
int xdpx_prog_map_resize(struct xdpx_prog *prog, const char *map, uint32_t entries);

/* -EBUSY once loaded, -EOPNOTSUPP where there is no object: for what can only be done before loading. */
int xdpx_prog_unloaded_check(const struct xdpx_prog *prog, const char *stage, const char *what);

/* The object's map of that name, or NULL with -ENOENT recorded, which names the maps there are. */
struct bpf_map *xdpx_prog_map_find(const struct xdpx_prog *prog, const char *name, const char *stage);

/* The whole file, to be freed, in `*bytes`. -EINVAL for what is no regular file, -EFBIG past a bound. */
int xdpx_prog_file_read(const char *path, void **bytes, size_t *length);

#endif

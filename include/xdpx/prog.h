/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/**
 * @file xdpx/prog.h
 * An XDP program, from an ELF file, from memory or from a file descriptor.
 *
 * BPF objects are trusted code, as libbpf holds them to be: bounds of the ELF headers and the BTF header are checked
 * before libbpf sees them, but never load an object for somebody of lesser privilege.
 */
#ifndef XDPX_PROG_H
#define XDPX_PROG_H

#include <xdpx/api.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xdpx_nic;

/** An XDP program, with the object it came from. */
struct xdpx_prog;

/** Options of xdpx_prog_open() and xdpx_prog_open_memory(). */
struct xdpx_prog_opts {
	size_t size;	  /**< sizeof(struct xdpx_prog_opts) */
	uint64_t flags;	  /**< none yet: 0 */
	const char *name; /**< the program's function name; NULL: the object's only XDP program */
};

/**
 * Opens an XDP program from an ELF file, without loading it.
 *
 * @param path  the object file
 * @param opts  options, or NULL for the defaults
 * @param prog  out: the program, to be freed with xdpx_prog_free(); untouched on failure
 * @return 0, or
 *         -EINVAL: `path` is NULL; bad options; not a BPF object, or a damaged one; it holds no XDP program, or
 *                  several and `opts->name` is NULL
 *         -ENOENT: no such file; no program of that name
 *         -EFBIG: the file is larger than 64 MiB
 *         -ENOMEM: out of memory
 *         or another errno that reading the file gave
 * @since 0.1
 */
XDPX_API int xdpx_prog_open(const char *path, const struct xdpx_prog_opts *opts, struct xdpx_prog **prog);

/**
 * Opens an XDP program from an ELF object in memory, without loading it.
 *
 * @param elf    the object; it is copied
 * @param bytes  its length
 * @param opts   options, or NULL for the defaults
 * @param prog   out: the program, to be freed with xdpx_prog_free(); untouched on failure
 * @return 0, or as xdpx_prog_open()
 * @since 0.1
 */
XDPX_API int xdpx_prog_open_memory(const void *elf, size_t bytes, const struct xdpx_prog_opts *opts,
				   struct xdpx_prog **prog);

/**
 * Takes a program that somebody else has loaded.
 *
 * @param fd    the program's file descriptor; it is duplicated and stays the caller's
 * @param prog  out: the program, to be freed with xdpx_prog_free(); untouched on failure
 * @return 0, or
 *         -EINVAL: not a BPF program, or not an XDP one
 *         -EBADF: `fd` is not open
 *         -ENOMEM: out of memory
 * @since 0.1
 */
XDPX_API int xdpx_prog_from_fd(int fd, struct xdpx_prog **prog);

/**
 * Frees a program. Where it is attached, it stays attached for as long as its link.
 *
 * @param prog  the program, or NULL
 * @since 0.1
 */
XDPX_API void xdpx_prog_free(struct xdpx_prog *prog);

/**
 * Sets a global variable of the object, before it is loaded.
 *
 * @param prog   the program
 * @param name   the variable's name
 * @param value  its new value
 * @param bytes  the length of the value; must equal the variable's size
 * @return 0, or
 *         -ENOENT: no such variable
 *         -EINVAL: NULL arguments; wrong length
 *         -EBUSY: the program is loaded already
 *         -EOPNOTSUPP: the program came from a file descriptor, or its object has no BTF
 * @since 0.1
 */
XDPX_API int xdpx_prog_global_set(struct xdpx_prog *prog, const char *name, const void *value, size_t bytes);

/**
 * Makes the object use an existing map in place of one of its own, before it is loaded.
 *
 * @param prog  the program
 * @param map   the name of the object's map
 * @param fd    the map to use; it is duplicated and stays the caller's
 * @return 0, or
 *         -ENOENT: the object has no such map
 *         -EINVAL: NULL argument; the map's type or sizes differ from what the object declares
 *         -EBADF: `fd` is not a map
 *         -EBUSY: the program is loaded already
 *         -EOPNOTSUPP: the program came from a file descriptor
 * @since 0.1
 */
XDPX_API int xdpx_prog_map_reuse(struct xdpx_prog *prog, const char *map, int fd);

/**
 * Loads the program into the kernel. On refusal the error carries the verifier's log.
 *
 * A program is loaded once: after a failure only xdpx_prog_free() is of use, and further calls give the same error.
 *
 * xdpx_link_attach() does it where it has not been done.
 *
 * A program that holds calls of metadata functions (bpf_xdp_metadata_rx_timestamp() and the like) is loaded for one
 * device, and can be attached to no other; the verifier wants that also where the calls never run. For all others `nic`
 * makes no difference.
 *
 * @param prog  the program
 * @param nic   the device that it is for, which must be in this network namespace; NULL: any
 * @return 0, also when it is loaded already; or
 *         -EPERM: not allowed; the message names the missing capability where one is missing
 *         -EACCES: the verifier refused the program
 *         -EINVAL: the verifier or the kernel refused the program, metadata functions without `nic` included; it is
 *                  loaded already for another device
 *         -EOPNOTSUPP: it calls a function that the kernel has not, or metadata functions of a device whose driver
 *                      runs no XDP programs
 *         or another errno that the kernel gave
 * @since 0.1
 */
XDPX_API int xdpx_prog_load(struct xdpx_prog *prog, const struct xdpx_nic *nic);

/**
 * The loaded program's file descriptor.
 *
 * @param prog  the program, which owns the descriptor: do not close it
 * @return the descriptor, or
 *         -EINVAL: the program is not loaded
 * @since 0.1
 */
XDPX_API int xdpx_prog_fd(const struct xdpx_prog *prog);

/**
 * The loaded program's id.
 *
 * @param prog  the program
 * @return the id, or 0 while the program is not loaded
 * @since 0.1
 */
XDPX_API uint32_t xdpx_prog_id(const struct xdpx_prog *prog);

/**
 * The program's function name.
 *
 * @param prog  the program, which owns the string
 * @return the name; for a program from a file descriptor, as the kernel keeps it (15 bytes at most)
 * @since 0.1
 */
XDPX_API const char *xdpx_prog_name(const struct xdpx_prog *prog);

/**
 * The file descriptor of one of the program's maps, once it is loaded.
 *
 * @param prog  the program, which owns the descriptor: do not close it
 * @param map   the map's name
 * @return the descriptor, or
 *         -ENOENT: no such map
 *         -EINVAL: the program is not loaded; `map` is NULL
 *         -EOPNOTSUPP: the program came from a file descriptor
 * @since 0.1
 */
XDPX_API int xdpx_prog_map_fd(const struct xdpx_prog *prog, const char *map);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Bounds of a BPF object, checked before libelf and libbpf follow its offsets. */
#ifndef XDPX_PROG_ELF_CHECK_H
#define XDPX_PROG_ELF_CHECK_H

#include <elf.h>
#include <stddef.h>

/* An object whose bounds were checked, for reading it. The bytes are the caller's. */
struct xdpx_elf {
	const unsigned char *bytes;
	size_t length;
	Elf64_Ehdr head;
	Elf64_Shdr names;
};

/*
 * -EINVAL with a sentence unless `bytes` is an ELF object for BPF in this machine's byte order whose sections, names,
 * symbols, relocations, BTF types and BTF strings all lie where they say. Any bytes may come in.
 */
int xdpx_elf_check(const void *bytes, size_t length, struct xdpx_elf *elf);

/* A section header of a checked object, `index` below its head.e_shnum, and its name. */
Elf64_Shdr xdpx_elf_section(const struct xdpx_elf *elf, unsigned int index);
const char *xdpx_elf_section_name(const struct xdpx_elf *elf, const Elf64_Shdr *section);

/* The same for the content of a .BTF and of a .BTF.ext section. */
int xdpx_btf_check(const void *bytes, size_t length);
int xdpx_btf_ext_check(const void *bytes, size_t length);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "prog/elf_check.h"

#include "base/fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#ifndef EM_BPF
#define EM_BPF 247
#endif

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define HOST_ORDER ELFDATA2LSB
#define HOST_ORDER_NAME "little-endian"
#else
#define HOST_ORDER ELFDATA2MSB
#define HOST_ORDER_NAME "big-endian"
#endif

/* A map's value size is 32 bits wide, and the kernel stops far below. */
#define NOBITS_LIMIT (1U << 30)

static int damaged(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int damaged(const char *format, ...)
{
	char what[256];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	return xdpx_fail(-EINVAL, "prog.elf", "damaged BPF object: %s", what);
}

static bool inside(uint64_t offset, uint64_t length, uint64_t whole)
{
	return offset <= whole && length <= whole - offset;
}

Elf64_Shdr xdpx_elf_section(const struct xdpx_elf *elf, unsigned int index)
{
	Elf64_Shdr section;

	memcpy(&section, elf->bytes + elf->head.e_shoff + index * sizeof(section), sizeof(section));
	return section;
}

static bool string_table_ends(const struct xdpx_elf *elf, const Elf64_Shdr *table)
{
	return table->sh_type == SHT_STRTAB && table->sh_size &&
	       inside(table->sh_offset, table->sh_size, elf->length) &&
	       !elf->bytes[table->sh_offset + table->sh_size - 1];
}

const char *xdpx_elf_section_name(const struct xdpx_elf *elf, const Elf64_Shdr *section)
{
	return (const char *)elf->bytes + elf->names.sh_offset + section->sh_name;
}

static int not_for_us(const char *what, const char *hint)
{
	xdpx_fail(-EINVAL, "prog.elf", "not a BPF object for this machine: %s", what);
	xdpx_fail_hint("%s", hint);
	return -EINVAL;
}

static int kind_check(const Elf64_Ehdr *head)
{
	static const char compile[] = "compile it with 'clang -target bpf -g -O2 -c'";

	if (memcmp(head->e_ident, ELFMAG, SELFMAG))
		return not_for_us("it does not begin with the ELF magic", compile);
	if (head->e_ident[EI_CLASS] != ELFCLASS64)
		return not_for_us("it is not a 64-bit ELF file", compile);
	if (head->e_ident[EI_DATA] != HOST_ORDER)
		return not_for_us("its byte order is not " HOST_ORDER_NAME, compile);
	if (head->e_machine != EM_BPF)
		return not_for_us("its code is for another processor", compile);
	if (head->e_type != ET_REL)
		return not_for_us("it is linked, and libbpf wants it as the compiler left it", compile);
	if (head->e_ident[EI_VERSION] != EV_CURRENT || head->e_version != EV_CURRENT)
		return not_for_us("its ELF version is unknown", compile);
	return 0;
}

static int head_check(struct xdpx_elf *elf)
{
	Elf64_Ehdr *head = &elf->head;
	int err;

	if (elf->length < sizeof(*head))
		return damaged("%zu bytes do not hold an ELF header, which has %zu", elf->length, sizeof(*head));
	memcpy(head, elf->bytes, sizeof(*head));

	err = kind_check(head);
	if (err)
		return err;
	if (head->e_ehsize != sizeof(*head) || head->e_shentsize != sizeof(Elf64_Shdr))
		return damaged("its ELF header says %u bytes for itself and %u for a section header", head->e_ehsize,
			       head->e_shentsize);
	if (!head->e_shnum || !inside(head->e_shoff, (uint64_t)head->e_shnum * sizeof(Elf64_Shdr), elf->length))
		return damaged("%u section headers at byte %llu do not fit into %zu bytes", head->e_shnum,
			       (unsigned long long)head->e_shoff, elf->length);
	/* libelf reads them in place */
	if (head->e_shoff % sizeof(uint64_t))
		return damaged("its section headers begin at byte %llu, which is no multiple of 8",
			       (unsigned long long)head->e_shoff);
	if (head->e_phnum)
		return damaged("it has %u program headers, and a BPF object has none", head->e_phnum);
	return 0;
}

static int names_check(struct xdpx_elf *elf)
{
	if (elf->head.e_shstrndx >= elf->head.e_shnum)
		return damaged("section %u of the section names does not exist; there are %u", elf->head.e_shstrndx,
			       elf->head.e_shnum);
	elf->names = xdpx_elf_section(elf, elf->head.e_shstrndx);
	if (!string_table_ends(elf, &elf->names))
		return damaged("the section names are no string table, or run past the end");
	return 0;
}

static int symbol_check(const struct xdpx_elf *elf, unsigned int number, const Elf64_Sym *symbol,
			const Elf64_Shdr *strings)
{
	Elf64_Shdr home;

	if (symbol->st_name >= strings->sh_size)
		return damaged("symbol %u has its name outside the string table", number);
	if (symbol->st_shndx == SHN_UNDEF || symbol->st_shndx >= SHN_LORESERVE)
		return 0;
	if (symbol->st_shndx >= elf->head.e_shnum)
		return damaged("symbol %u lies in section %u, which does not exist", number, symbol->st_shndx);

	home = xdpx_elf_section(elf, symbol->st_shndx);
	if (!inside(symbol->st_value, symbol->st_size, home.sh_size))
		return damaged("symbol %u reaches past the end of its section", number);
	return 0;
}

static int symbols_check(const struct xdpx_elf *elf, const Elf64_Shdr *table)
{
	Elf64_Shdr strings;
	uint64_t at;
	int err = 0;

	if (table->sh_entsize != sizeof(Elf64_Sym) || table->sh_size % sizeof(Elf64_Sym))
		return damaged("its symbol table does not consist of symbols");
	if (table->sh_link >= elf->head.e_shnum)
		return damaged("the symbols' names are in section %u, which does not exist", table->sh_link);
	strings = xdpx_elf_section(elf, table->sh_link);
	if (!string_table_ends(elf, &strings))
		return damaged("the symbols' names are no string table, or run past the end");

	for (at = 0; !err && at < table->sh_size; at += sizeof(Elf64_Sym)) {
		Elf64_Sym symbol;

		memcpy(&symbol, elf->bytes + table->sh_offset + at, sizeof(symbol));
		err = symbol_check(elf, at / sizeof(symbol), &symbol, &strings);
	}
	return err;
}

static int relocations_check(const struct xdpx_elf *elf, const Elf64_Shdr *table)
{
	Elf64_Shdr symbols;
	Elf64_Shdr target;
	uint64_t at;

	if (table->sh_entsize != sizeof(Elf64_Rel) || table->sh_size % sizeof(Elf64_Rel))
		return damaged("section %s does not consist of relocations", xdpx_elf_section_name(elf, table));
	if (table->sh_link >= elf->head.e_shnum || table->sh_info >= elf->head.e_shnum)
		return damaged("section %s names sections that do not exist", xdpx_elf_section_name(elf, table));
	symbols = xdpx_elf_section(elf, table->sh_link);
	target = xdpx_elf_section(elf, table->sh_info);
	if (symbols.sh_type != SHT_SYMTAB)
		return damaged("section %s refers to section %u, which is no symbol table",
			       xdpx_elf_section_name(elf, table), table->sh_link);

	for (at = 0; at < table->sh_size; at += sizeof(Elf64_Rel)) {
		Elf64_Rel relocation;

		memcpy(&relocation, elf->bytes + table->sh_offset + at, sizeof(relocation));
		if (relocation.r_offset >= target.sh_size ||
		    ELF64_R_SYM(relocation.r_info) >= symbols.sh_size / sizeof(Elf64_Sym))
			return damaged("a relocation in section %s points outside its section or the symbols",
				       xdpx_elf_section_name(elf, table));
	}
	return 0;
}

/* Sections whose content libbpf reads whatever their type says. */
static const struct {
	const char *name;
	int (*check)(const void *bytes, size_t length);
} known_sections[] = {
	{".BTF", xdpx_btf_check}, {".BTF.ext", xdpx_btf_ext_check}, {".maps", NULL}, {"license", NULL},
	{"version", NULL},
};

static int content_check(const struct xdpx_elf *elf, const Elf64_Shdr *section)
{
	const char *name = xdpx_elf_section_name(elf, section);
	size_t at;

	for (at = 0; at < sizeof(known_sections) / sizeof(*known_sections); at++) {
		if (strcmp(name, known_sections[at].name))
			continue;
		if (section->sh_type != SHT_PROGBITS)
			return damaged("section %s has type %u, which holds no data", name, section->sh_type);
		if (!known_sections[at].check)
			return 0;
		return known_sections[at].check(elf->bytes + section->sh_offset, section->sh_size);
	}
	return 0;
}

/*
 * Takes the section's bytes out of those that no section has had yet, as far as counting tells. Many sections over the
 * same bytes would be read for hours.
 */
static int room_take(const struct xdpx_elf *elf, unsigned int index, const Elf64_Shdr *section, uint64_t *room)
{
	if (section->sh_type == SHT_NOBITS)
		return 0;
	if (section->sh_size > *room)
		return damaged("section %u (%s) lies over others: together they hold more than the %zu bytes there are",
			       index, xdpx_elf_section_name(elf, section), elf->length);
	*room -= section->sh_size;
	return 0;
}

static int section_check(const struct xdpx_elf *elf, unsigned int index, uint64_t *room)
{
	Elf64_Shdr section = xdpx_elf_section(elf, index);

	if (section.sh_name >= elf->names.sh_size)
		return damaged("section %u has its name outside the section names", index);
	if (section.sh_type == SHT_NOBITS ? section.sh_size > NOBITS_LIMIT
					  : !inside(section.sh_offset, section.sh_size, elf->length))
		return damaged("section %u (%s), %llu bytes at %llu, reaches past the end", index,
			       xdpx_elf_section_name(elf, &section), (unsigned long long)section.sh_size,
			       (unsigned long long)section.sh_offset);
	if (room_take(elf, index, &section, room))
		return -EINVAL;
	if (section.sh_addralign & (section.sh_addralign - 1))
		return damaged("section %u (%s) is aligned to %llu, which is no power of two", index,
			       xdpx_elf_section_name(elf, &section), (unsigned long long)section.sh_addralign);
	/* libelf would hand libbpf inflated data that nobody has checked */
	if (section.sh_flags & SHF_COMPRESSED)
		return damaged("section %u (%s) is compressed", index, xdpx_elf_section_name(elf, &section));

	if (section.sh_type == SHT_SYMTAB)
		return symbols_check(elf, &section);
	if (section.sh_type == SHT_REL)
		return relocations_check(elf, &section);
	return content_check(elf, &section);
}

int xdpx_elf_check(const void *bytes, size_t length, struct xdpx_elf *elf)
{
	uint64_t room = length;
	unsigned int index;
	int err;

	*elf = (struct xdpx_elf){.bytes = bytes, .length = length};
	err = head_check(elf);
	if (!err)
		err = names_check(elf);
	for (index = 1; !err && index < elf->head.e_shnum; index++)
		err = section_check(elf, index, &room);
	return err;
}

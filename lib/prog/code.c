/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "prog/code.h"

#include "base/fail.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define STAGE "prog.code"

#define INSN_BYTES sizeof(struct bpf_insn)

struct builder {
	const struct xdpx_elf *elf;
	struct xdpx_code *code;
	size_t *bases; /* where each section's instructions begin, in instructions */
	unsigned int symbol_section;
	Elf64_Shdr symbols;
	Elf64_Shdr strings; /* the symbols' names; they come behind the sections' names in the table */
};

static bool holds_code(const Elf64_Shdr *section)
{
	return section->sh_type == SHT_PROGBITS && section->sh_flags & SHF_EXECINSTR;
}

static const unsigned char *content_of(const struct xdpx_elf *elf, const Elf64_Shdr *section)
{
	return elf->bytes + section->sh_offset;
}

static int bases_find(struct builder *builder)
{
	const struct xdpx_elf *elf = builder->elf;
	size_t count = 0;
	unsigned int index;

	builder->bases = calloc(elf->head.e_shnum, sizeof(*builder->bases));
	if (!builder->bases)
		return xdpx_fail(-ENOMEM, STAGE, "no memory for the places of %u sections", elf->head.e_shnum);
	builder->bases[SHN_UNDEF] = XDPX_CODE_NO_BASE;
	for (index = 1; index < elf->head.e_shnum; index++) {
		Elf64_Shdr section = xdpx_elf_section(elf, index);

		builder->bases[index] = holds_code(&section) ? count : XDPX_CODE_NO_BASE;
		if (holds_code(&section))
			count += section.sh_size / INSN_BYTES;
	}
	builder->code->count = count;
	return 0;
}

static int insns_copy(struct builder *builder)
{
	const struct xdpx_elf *elf = builder->elf;
	struct xdpx_code *code = builder->code;
	unsigned int index;

	code->insns = calloc(code->count + 1, INSN_BYTES);
	if (!code->insns)
		return xdpx_fail(-ENOMEM, STAGE, "no memory for %zu instructions", code->count);
	for (index = 1; index < elf->head.e_shnum; index++) {
		Elf64_Shdr section = xdpx_elf_section(elf, index);

		if (builder->bases[index] != XDPX_CODE_NO_BASE)
			memcpy(code->insns + builder->bases[index], content_of(elf, &section),
			       section.sh_size / INSN_BYTES * INSN_BYTES);
	}
	return 0;
}

static void symbols_find(struct builder *builder)
{
	unsigned int index;

	for (index = 1; index < builder->elf->head.e_shnum; index++) {
		Elf64_Shdr section = xdpx_elf_section(builder->elf, index);

		if (section.sh_type != SHT_SYMTAB)
			continue;
		builder->symbol_section = index;
		builder->symbols = section;
		builder->strings = xdpx_elf_section(builder->elf, section.sh_link);
		return;
	}
}

static int names_copy(struct builder *builder)
{
	const struct xdpx_elf *elf = builder->elf;
	struct xdpx_code *code = builder->code;

	code->names_length = elf->names.sh_size + builder->strings.sh_size;
	code->names = malloc(code->names_length);
	if (!code->names)
		return xdpx_fail(-ENOMEM, STAGE, "no memory for %zu bytes of names", code->names_length);
	memcpy(code->names, content_of(elf, &elf->names), elf->names.sh_size);
	memcpy(code->names + elf->names.sh_size, content_of(elf, &builder->strings), builder->strings.sh_size);
	return 0;
}

static Elf64_Sym symbol_at(const struct builder *builder, size_t number)
{
	Elf64_Sym symbol;

	memcpy(&symbol, content_of(builder->elf, &builder->symbols) + number * sizeof(symbol), sizeof(symbol));
	return symbol;
}

static int32_t symbol_name_place(const struct builder *builder, const Elf64_Sym *symbol)
{
	return (int32_t)(builder->elf->names.sh_size + symbol->st_name);
}

/* NULL for a symbol that is in no section of this file: another file's, or a constant. */
static const char *symbol_home(const struct builder *builder, const Elf64_Sym *symbol, Elf64_Shdr *home)
{
	if (symbol->st_shndx == SHN_UNDEF || symbol->st_shndx >= builder->elf->head.e_shnum)
		return NULL;
	*home = xdpx_elf_section(builder->elf, symbol->st_shndx);
	return xdpx_elf_section_name(builder->elf, home);
}

static int entry_find(struct builder *builder, const char *section, const char *function)
{
	size_t number;

	for (number = 0; number < builder->symbols.sh_size / sizeof(Elf64_Sym); number++) {
		Elf64_Sym symbol = symbol_at(builder, number);
		Elf64_Shdr home;
		const char *name = symbol_home(builder, &symbol, &home);

		if (!name || builder->bases[symbol.st_shndx] == XDPX_CODE_NO_BASE ||
		    ELF64_ST_TYPE(symbol.st_info) != STT_FUNC)
			continue;
		/* libbpf takes the mark of programs that are not to be loaded off the name */
		if (strcmp(name[0] == '?' ? name + 1 : name, section) ||
		    strcmp(xdpx_code_name(builder->code, symbol_name_place(builder, &symbol)), function))
			continue;
		builder->code->entry = builder->bases[symbol.st_shndx] + symbol.st_value / INSN_BYTES;
		return 0;
	}
	return xdpx_fail(-EINVAL, STAGE, "damaged BPF object: section \"%s\" has no function \"%s\"", section,
			 function);
}

/* A call of a function, here or in the kernel. A static function's own distance is in the immediate. */
static void call_resolve(const struct builder *builder, size_t at, const Elf64_Sym *symbol)
{
	struct bpf_insn *insn = &builder->code->insns[at];
	Elf64_Shdr home;

	if (symbol->st_shndx == SHN_UNDEF) {
		insn->src_reg = BPF_PSEUDO_KFUNC_CALL;
		insn->imm = symbol_name_place(builder, symbol);
		return;
	}
	if (!symbol_home(builder, symbol, &home) || builder->bases[symbol->st_shndx] == XDPX_CODE_NO_BASE)
		return;
	insn->src_reg = BPF_PSEUDO_CALL;
	insn->imm = (int32_t)((int64_t)builder->bases[symbol->st_shndx] + (int64_t)(symbol->st_value / INSN_BYTES) +
			      insn->imm - (int64_t)at);
}

/* The address of a map, a variable or a function. */
static void address_resolve(const struct builder *builder, size_t at, const Elf64_Sym *symbol)
{
	struct bpf_insn *insn = &builder->code->insns[at];
	Elf64_Shdr home;
	const char *name = symbol_home(builder, symbol, &home);

	/* what another file or the kernel has is known at load */
	insn->src_reg = BPF_PSEUDO_BTF_ID;
	if (!name)
		return;
	if (builder->bases[symbol->st_shndx] != XDPX_CODE_NO_BASE) {
		insn->src_reg = BPF_PSEUDO_FUNC;
		insn->imm = (int32_t)((int64_t)builder->bases[symbol->st_shndx] +
				      ((int64_t)symbol->st_value + insn->imm) / (int64_t)INSN_BYTES - (int64_t)at - 1);
	} else if (!strcmp(name, ".maps")) {
		insn->src_reg = BPF_PSEUDO_MAP_IDX;
		insn->imm = symbol_name_place(builder, symbol);
	} else {
		insn->src_reg = BPF_PSEUDO_MAP_IDX_VALUE;
		insn[1].imm = (int32_t)((uint32_t)insn->imm + (uint32_t)symbol->st_value);
		insn->imm = (int32_t)home.sh_name;
	}
}

static void relocations_apply(const struct builder *builder, const Elf64_Shdr *table)
{
	const size_t base = builder->bases[table->sh_info];
	Elf64_Shdr target = xdpx_elf_section(builder->elf, table->sh_info);
	const size_t count = target.sh_size / INSN_BYTES;
	size_t offset;

	for (offset = 0; offset < table->sh_size; offset += sizeof(Elf64_Rel)) {
		Elf64_Rel relocation;
		Elf64_Sym symbol;
		size_t at;

		memcpy(&relocation, content_of(builder->elf, table) + offset, sizeof(relocation));
		symbol = symbol_at(builder, ELF64_R_SYM(relocation.r_info));
		at = relocation.r_offset / INSN_BYTES;
		if (at >= count)
			continue;
		if (builder->code->insns[base + at].code == (BPF_JMP | BPF_CALL))
			call_resolve(builder, base + at, &symbol);
		else if (builder->code->insns[base + at].code == (BPF_LD | BPF_IMM | BPF_DW) && at + 1 < count)
			address_resolve(builder, base + at, &symbol);
	}
}

static void references_resolve(const struct builder *builder)
{
	unsigned int index;

	for (index = 1; index < builder->elf->head.e_shnum; index++) {
		Elf64_Shdr section = xdpx_elf_section(builder->elf, index);

		if (section.sh_type == SHT_REL && section.sh_link == builder->symbol_section &&
		    builder->bases[section.sh_info] != XDPX_CODE_NO_BASE)
			relocations_apply(builder, &section);
	}
}

static int build(struct builder *builder, const char *section, const char *function)
{
	int err;

	symbols_find(builder);
	err = bases_find(builder);
	if (!err)
		err = insns_copy(builder);
	if (!err)
		err = names_copy(builder);
	if (!err)
		err = entry_find(builder, section, function);
	if (err)
		return err;
	references_resolve(builder);
	xdpx_code_core_forget(builder->code, builder->elf, builder->bases);
	return 0;
}

int xdpx_code_new(const struct xdpx_elf *elf, const char *section, const char *function, struct xdpx_code **out)
{
	struct builder builder = {.elf = elf};
	int err;

	builder.code = calloc(1, sizeof(*builder.code));
	if (!builder.code)
		return xdpx_fail(-ENOMEM, STAGE, "no memory for the program's code");
	err = build(&builder, section, function);
	free(builder.bases);
	if (err) {
		xdpx_code_free(builder.code);
		return err;
	}

	*out = builder.code;
	return 0;
}

void xdpx_code_free(struct xdpx_code *code)
{
	if (!code)
		return;
	free(code->insns);
	free(code->names);
	free(code);
}

const char *xdpx_code_name(const struct xdpx_code *code, int32_t place)
{
	return place >= 0 && (size_t)place < code->names_length ? code->names + place : "";
}

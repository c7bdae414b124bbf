/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Which instructions CO-RE rewrites at load, from the object's .BTF.ext. */
#include "prog/code.h"

#include <linux/bpf.h>
#include <stdbool.h>
#include <string.h>

#define INSN_BYTES sizeof(struct bpf_insn)
/* In the header of .BTF.ext, which may be shorter: where the table of CO-RE relocations stands, and its length. */
#define TABLE_OFFSET 24
#define HEAD_BYTES 32
/* In the header of .BTF. */
#define STRINGS_OFFSET 16

struct bytes {
	const unsigned char *at;
	size_t length;
};

static uint32_t word_at(struct bytes bytes, size_t offset)
{
	uint32_t word = 0;

	if (offset <= bytes.length && sizeof(word) <= bytes.length - offset)
		memcpy(&word, bytes.at + offset, sizeof(word));
	return word;
}

static struct bytes part_of(struct bytes bytes, size_t offset, size_t length)
{
	if (!bytes.at || offset > bytes.length || length > bytes.length - offset)
		return (struct bytes){.length = 0};
	return (struct bytes){bytes.at + offset, length};
}

static struct bytes section_named(const struct xdpx_elf *elf, const char *name)
{
	unsigned int index;

	for (index = 1; index < elf->head.e_shnum; index++) {
		Elf64_Shdr section = xdpx_elf_section(elf, index);

		if (section.sh_type == SHT_PROGBITS && !strcmp(xdpx_elf_section_name(elf, &section), name))
			return (struct bytes){elf->bytes + section.sh_offset, section.sh_size};
	}
	return (struct bytes){.length = 0};
}

/* A part of a BTF section: its place, which counts from the end of the section's header, and its length. */
static struct bytes btf_part(struct bytes section, size_t field)
{
	uint32_t head = word_at(section, 4);

	return part_of(section, (size_t)head + word_at(section, field), word_at(section, field + 4));
}

static unsigned int code_section(const struct xdpx_elf *elf, const size_t *bases, const char *name)
{
	unsigned int index;

	for (index = 1; index < elf->head.e_shnum; index++) {
		Elf64_Shdr section = xdpx_elf_section(elf, index);

		if (bases[index] != XDPX_CODE_NO_BASE && !strcmp(xdpx_elf_section_name(elf, &section), name))
			return index;
	}
	return 0;
}

static void forget(struct bpf_insn *insn)
{
	const uint8_t class = BPF_CLASS(insn->code);

	if (class == BPF_ALU || class == BPF_ALU64)
		*insn = (struct bpf_insn){
			.code = BPF_LDX | BPF_MEM | BPF_DW, .dst_reg = insn->dst_reg, .src_reg = BPF_REG_10};
	else if (class == BPF_LD)
		insn->src_reg = BPF_PSEUDO_BTF_ID;
}

static void section_forget(struct xdpx_code *code, const struct xdpx_elf *elf, const size_t *bases, unsigned int index,
			   struct bytes records, uint32_t record_bytes)
{
	size_t count = index ? xdpx_elf_section(elf, index).sh_size / INSN_BYTES : 0;
	size_t at;

	for (at = 0; at < records.length; at += record_bytes) {
		size_t insn = word_at(records, at) / INSN_BYTES;

		if (insn < count)
			forget(&code->insns[bases[index] + insn]);
	}
}

void xdpx_code_core_forget(struct xdpx_code *code, const struct xdpx_elf *elf, const size_t *bases)
{
	struct bytes ext = section_named(elf, ".BTF.ext");
	struct bytes strings = btf_part(section_named(elf, ".BTF"), STRINGS_OFFSET);
	struct bytes table;
	uint32_t record_bytes;
	unsigned int left;
	size_t at;

	if (word_at(ext, 4) < HEAD_BYTES)
		return;
	table = btf_part(ext, TABLE_OFFSET);
	record_bytes = word_at(table, 0);
	at = sizeof(record_bytes);
	/* a block for each section: its name, how many records, the records */
	for (left = elf->head.e_shnum; left && record_bytes && at < table.length; left--) {
		uint32_t name = word_at(table, at);
		uint64_t length = (uint64_t)word_at(table, at + 4) * record_bytes;
		struct bytes records = part_of(table, at + 8, length);

		if (name < strings.length)
			section_forget(code, elf, bases, code_section(elf, bases, (const char *)strings.at + name),
				       records, record_bytes);
		at += 8 + length;
	}
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Objects whose every part lies inside, and that would yet never be read to their end. */
#include "prog/elf_check.h"
#include "prog/prog.h"
#include "run.h"

#include <xdpx/error.h>

#include <elf.h>
#include <errno.h>
#include <linux/btf.h>
#include <stdlib.h>
#include <string.h>

#define ck_says(text, part) ck_assert_msg(strstr(text, part), "\"%s\" is not in: %s", part, text)

#ifndef EM_BPF
#define EM_BPF 247
#endif

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define HOST_ORDER ELFDATA2LSB
#else
#define HOST_ORDER ELFDATA2MSB
#endif

#define TYPES 3

/* Structs of one member each, whose types are the given ones. */
static int check_structs(const uint32_t *members, uint32_t count)
{
	struct {
		struct btf_type type;
		struct btf_member member;
	} * types;
	struct btf_header head = {.magic = BTF_MAGIC, .version = BTF_VERSION, .hdr_len = sizeof(head)};
	unsigned char *bytes;
	uint32_t at;
	int err;

	head.type_len = head.str_off = count * sizeof(*types);
	head.str_len = 1;
	bytes = calloc(1, sizeof(head) + head.type_len + head.str_len);
	memcpy(bytes, &head, sizeof(head));
	types = (void *)(bytes + sizeof(head));
	for (at = 0; at < count; at++) {
		types[at].type.info = BTF_KIND_STRUCT << 24 | 1;
		types[at].member.type = members[at];
	}
	err = xdpx_btf_check(bytes, sizeof(head) + head.type_len + head.str_len);
	free(bytes);
	return err;
}

START_TEST(structs_that_hold_themselves_are_refused)
{
	static const uint32_t sound[TYPES] = {2, 3, 0};
	static const uint32_t itself[TYPES] = {0, 2, 0};
	static const uint32_t circle[TYPES] = {2, 3, 1};

	ck_assert_int_eq(check_structs(sound, TYPES), 0);
	ck_assert_int_eq(check_structs(itself, TYPES), -EINVAL);
	ck_says(xdpx_error_last()->message, "type 2 refers to itself");
	ck_assert_int_eq(check_structs(circle, TYPES), -EINVAL);
}
END_TEST

START_TEST(structs_in_one_another_without_end_are_refused_whatever_their_order)
{
	enum { COUNT = 100000 };
	uint32_t *members = calloc(COUNT, sizeof(*members));
	uint32_t at;

	for (at = 0; at + 1 < COUNT; at++)
		members[at] = at + 2;
	ck_assert_int_eq(check_structs(members, COUNT), -EINVAL);
	for (at = 0; at < COUNT; at++)
		members[at] = at;
	ck_assert_int_eq(check_structs(members, COUNT), -EINVAL);
	ck_assert_int_eq(check_structs(members, 200), 0);
	free(members);
}
END_TEST

START_TEST(sections_that_lie_over_one_another_are_refused)
{
	const size_t length = 1U << 16;
	unsigned char *bytes = calloc(1, length);
	Elf64_Shdr *sections = (void *)(bytes + sizeof(Elf64_Ehdr));
	Elf64_Ehdr *head = (void *)bytes;
	struct xdpx_elf elf;

	*head = (Elf64_Ehdr){
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, HOST_ORDER, EV_CURRENT},
		.e_type = ET_REL,
		.e_machine = EM_BPF,
		.e_version = EV_CURRENT,
		.e_shoff = sizeof(*head),
		.e_ehsize = sizeof(*head),
		.e_shentsize = sizeof(*sections),
		.e_shnum = 4,
		.e_shstrndx = 1,
	};
	sections[1] = (Elf64_Shdr){.sh_type = SHT_STRTAB, .sh_offset = length - 1, .sh_size = 1};
	sections[2] = (Elf64_Shdr){.sh_type = SHT_PROGBITS, .sh_size = length / 2};
	sections[3] = (Elf64_Shdr){.sh_type = SHT_PROGBITS, .sh_offset = length / 2, .sh_size = length / 2 - 1};
	ck_assert_msg(!xdpx_elf_check(bytes, length, &elf), "%s", xdpx_error_last()->message);

	sections[3].sh_offset--;
	sections[3].sh_size += 2;
	ck_assert_int_eq(xdpx_elf_check(bytes, length, &elf), -EINVAL);
	ck_says(xdpx_error_last()->message, "section 3 () lies over others");
	sections[3].sh_type = SHT_NOBITS;
	ck_assert_int_eq(xdpx_elf_check(bytes, length, &elf), 0);
	free(bytes);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("elf");
	TCase *tcase = tcase_create("elf");

	tcase_add_test(tcase, structs_that_hold_themselves_are_refused);
	tcase_add_test(tcase, structs_in_one_another_without_end_are_refused_whatever_their_order);
	tcase_add_test(tcase, sections_that_lie_over_one_another_are_refused);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "prog/prog.h"
#include "prog/elf_check.h"
#include "prog/libbpf_print.h"
#include "run.h"
#include "xsk/objects.h"

#include <xdpx/error.h>

#include <bpf/libbpf.h>
#include <elf.h>
#include <errno.h>
#include <linux/btf.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ck_says(text, part) ck_assert_msg(strstr(text, part), "\"%s\" is not in: %s", part, text)

/* An object in memory, whose bytes a test may spoil. */
struct object {
	unsigned char *bytes;
	size_t length;
	size_t sections; /* where the section headers are */
	unsigned int section_count;
};

static struct object object_read(const char *path)
{
	struct object object;
	Elf64_Ehdr head;
	void *bytes;

	ck_assert_int_eq(xdpx_prog_file_read(path, &bytes, &object.length), 0);
	object.bytes = bytes;
	memcpy(&head, object.bytes, sizeof(head));
	ck_assert_uint_eq(head.e_ehsize, sizeof(head));
	object.sections = head.e_shoff;
	object.section_count = head.e_shnum;
	return object;
}

static Elf64_Shdr section_get(const struct object *object, unsigned int index)
{
	Elf64_Shdr section;

	memcpy(&section, object->bytes + object->sections + index * sizeof(section), sizeof(section));
	return section;
}

static Elf64_Shdr section_named(const struct object *object, const char *name)
{
	Elf64_Shdr section = {0};
	Elf64_Shdr names;
	Elf64_Ehdr head;
	unsigned int index;

	memcpy(&head, object->bytes, sizeof(head));
	names = section_get(object, head.e_shstrndx);
	for (index = 1; index < object->section_count; index++) {
		section = section_get(object, index);
		if (!strcmp((const char *)object->bytes + names.sh_offset + section.sh_name, name))
			return section;
	}
	ck_abort_msg("no section %s", name);
	return section;
}

/* Opens what may be spoilt: -EINVAL with a sentence, or libbpf takes it; a crash fails the test. */
static int open_spoilt(const void *bytes, size_t length)
{
	struct xdpx_prog_opts opts = {.size = sizeof(opts), .name = "test_globals"};
	struct xdpx_prog *prog = NULL;
	int err = xdpx_prog_open_memory(bytes, length, &opts, &prog);

	ck_assert_msg(err == 0 || err == -EINVAL || err == -ENOENT, "%d: %s", err, xdpx_error_last()->message);
	ck_assert(!err == !!prog);
	if (err)
		ck_assert_str_ne(xdpx_error_last()->message, "");
	xdpx_prog_free(prog);
	return err;
}

/* Flips each bit of a range, one at a time; returns how many of them were let through. */
static unsigned int flip_each(struct object *object, size_t from, size_t length)
{
	unsigned int passed = 0;
	size_t bit;

	ck_assert_uint_le(from + length, object->length);
	ck_assert_int_eq(open_spoilt(object->bytes, object->length), 0);
	for (bit = from * 8; bit < (from + length) * 8; bit++) {
		object->bytes[bit / 8] ^= 1U << bit % 8;
		passed += !open_spoilt(object->bytes, object->length);
		object->bytes[bit / 8] ^= 1U << bit % 8;
	}
	return passed;
}

static const char *const objects[] = {
	TEST_OBJECTS "/frags.bpf.o",   TEST_OBJECTS "/globals.bpf.o", TEST_OBJECTS "/pass.bpf.o",
	TEST_OBJECTS "/refused.bpf.o", TEST_OBJECTS "/several.bpf.o",
};

START_TEST(what_the_compiler_makes_is_accepted)
{
	struct xdpx_elf elf;
	size_t at;

	for (at = 0; at < sizeof(objects) / sizeof(*objects); at++) {
		struct object object = object_read(objects[at]);

		ck_assert_msg(!xdpx_elf_check(object.bytes, object.length, &elf), "%s: %s", objects[at],
			      xdpx_error_last()->message);
		free(object.bytes);
	}
	ck_assert_int_eq(xdpx_elf_check(xdpx_object_redirect, xdpx_object_redirect_bytes, &elf), 0);
}
END_TEST

START_TEST(an_object_cut_off_anywhere_is_refused_before_libbpf_sees_it)
{
	struct object object = object_read(TEST_OBJECTS "/globals.bpf.o");
	struct xdpx_elf elf;
	size_t length;

	for (length = 0; length < object.length; length++) {
		/* of its exact size, so that the sanitizer sees a read past the end */
		unsigned char *cut = malloc(length ? length : 1);

		memcpy(cut, object.bytes, length);
		ck_assert_msg(xdpx_elf_check(cut, length, &elf) == -EINVAL, "%zu bytes", length);
		ck_says(xdpx_error_last()->message, "BPF object");
		free(cut);
	}
	free(object.bytes);
}
END_TEST

START_TEST(no_flipped_bit_of_the_elf_header_gets_far)
{
	struct object object = object_read(TEST_OBJECTS "/globals.bpf.o");

	/* what may pass: padding, OS ABI, entry point, flags and where program headers would be */
	ck_assert_uint_eq(flip_each(&object, 0, EI_OSABI), 0);
	flip_each(&object, 0, sizeof(Elf64_Ehdr));
	free(object.bytes);
}
END_TEST

START_TEST(no_flipped_bit_of_the_section_headers_crashes)
{
	struct object object = object_read(TEST_OBJECTS "/globals.bpf.o");

	flip_each(&object, object.sections, object.section_count * sizeof(Elf64_Shdr));
	free(object.bytes);
}
END_TEST

START_TEST(no_flipped_bit_of_the_btf_headers_crashes)
{
	struct object object = object_read(TEST_OBJECTS "/globals.bpf.o");

	ck_assert_uint_eq(flip_each(&object, section_named(&object, ".BTF").sh_offset, 4), 0);
	flip_each(&object, section_named(&object, ".BTF").sh_offset, sizeof(struct btf_header));
	ck_assert_uint_eq(flip_each(&object, section_named(&object, ".BTF.ext").sh_offset, 4), 0);
	flip_each(&object, section_named(&object, ".BTF.ext").sh_offset, 32);
	free(object.bytes);
}
END_TEST

START_TEST(no_flipped_bit_of_types_symbols_and_relocations_crashes)
{
	static const char *const names[] = {".BTF", ".BTF.ext", ".symtab", ".strtab", ".relxdp", ".maps", "license"};
	struct object object = object_read(TEST_OBJECTS "/globals.bpf.o");
	size_t at;

	for (at = 0; at < sizeof(names) / sizeof(*names); at++) {
		Elf64_Shdr section = section_named(&object, names[at]);

		flip_each(&object, section.sh_offset, section.sh_size);
	}
	free(object.bytes);
}
END_TEST

START_TEST(random_bytes_over_the_headers_crash_nothing)
{
	struct object object = object_read(TEST_OBJECTS "/globals.bpf.o");
	unsigned char *spoilt = malloc(object.length);
	struct xdpx_elf elf;
	unsigned int round;

	srand(1);
	for (round = 0; round < 20000; round++) {
		unsigned int left = 1 + (unsigned int)rand() % 4;

		memcpy(spoilt, object.bytes, object.length);
		while (left--)
			spoilt[(size_t)rand() % object.length] = (unsigned char)rand();
		xdpx_elf_check(spoilt, object.length, &elf);
	}
	free(spoilt);
	free(object.bytes);
}
END_TEST

/* Sets one 32-bit word of the .BTF section. */
static void btf_word_set(struct object *object, size_t offset, uint32_t value)
{
	memcpy(object->bytes + section_named(object, ".BTF").sh_offset + offset, &value, sizeof(value));
}

START_TEST(damaged_btf_is_told_in_words)
{
	static const struct {
		size_t offset;
		uint32_t value;
		const char *words;
	} cases[] = {
		{0, 0x0100eb9e, "magic"},
		{offsetof(struct btf_header, hdr_len), 8, "header says it has 8 bytes"},
		{offsetof(struct btf_header, hdr_len), UINT32_MAX, "header says"},
		{offsetof(struct btf_header, type_off), UINT32_MAX - 3, "types at"},
		{offsetof(struct btf_header, type_len), UINT32_MAX - 3, "types at"},
		{offsetof(struct btf_header, str_len), 0, "strings at"},
		{offsetof(struct btf_header, str_off), UINT32_MAX, "strings at"},
		/* the first type: its name, its kind, what it refers to (a pointer here) */
		{sizeof(struct btf_header), UINT32_MAX, "name outside the strings"},
		{sizeof(struct btf_header) + 4, 0x1f000000, "kind 31"},
		{sizeof(struct btf_header) + 4, 0x0400ffff, "cut off"},
		{sizeof(struct btf_header) + 8, 100000, "type 100000, which does not exist"},
	};
	size_t at;

	for (at = 0; at < sizeof(cases) / sizeof(*cases); at++) {
		struct object object = object_read(TEST_OBJECTS "/globals.bpf.o");

		btf_word_set(&object, cases[at].offset, cases[at].value);
		ck_assert_int_eq(open_spoilt(object.bytes, object.length), -EINVAL);
		ck_says(xdpx_error_last()->message, cases[at].words);
		ck_assert_str_eq(xdpx_error_last()->stage, "prog.btf");
		free(object.bytes);
	}
}
END_TEST

/* Sets one 32-bit word of a section and expects the whole to be refused with these words. */
static void check_spoilt_word(const char *section, size_t offset, uint32_t value, const char *words)
{
	struct object object = object_read(TEST_OBJECTS "/globals.bpf.o");

	memcpy(object.bytes + section_named(&object, section).sh_offset + offset, &value, sizeof(value));
	ck_assert_int_eq(open_spoilt(object.bytes, object.length), -EINVAL);
	ck_says(xdpx_error_last()->message, words);
	ck_assert_str_eq(xdpx_error_last()->stage, "prog.elf");
	free(object.bytes);
}

START_TEST(damaged_symbols_and_relocations_are_told_in_words)
{
	check_spoilt_word(".symtab", 3 * sizeof(Elf64_Sym) + offsetof(Elf64_Sym, st_name), UINT32_MAX,
			  "symbol 3 has its name");
	check_spoilt_word(".symtab", 3 * sizeof(Elf64_Sym) + offsetof(Elf64_Sym, st_value), UINT32_MAX,
			  "symbol 3 reaches");
	check_spoilt_word(".relxdp", offsetof(Elf64_Rel, r_offset), UINT32_MAX, "relocation in section .relxdp");
	check_spoilt_word(".relxdp", offsetof(Elf64_Rel, r_info) + 4, 100000, "relocation in section .relxdp");
}
END_TEST

START_TEST(types_that_go_in_a_circle_are_refused)
{
	struct {
		struct btf_header head;
		struct btf_type types[2];
		char strings[4];
	} btf = {
		.head = {.magic = BTF_MAGIC,
			 .version = BTF_VERSION,
			 .hdr_len = sizeof(btf.head),
			 .type_len = sizeof(btf.types),
			 .str_off = sizeof(btf.types),
			 .str_len = sizeof(btf.strings)},
		.types = {{.info = BTF_KIND_CONST << 24, .type = 2}, {.info = BTF_KIND_VOLATILE << 24, .type = 0}},
	};

	ck_assert_int_eq(xdpx_btf_check(&btf, sizeof(btf)), 0);
	btf.types[1].type = 1;
	ck_assert_int_eq(xdpx_btf_check(&btf, sizeof(btf)), -EINVAL);
	ck_says(xdpx_error_last()->message, "refers to itself");
}
END_TEST

START_TEST(objects_for_something_else_are_told_what_they_are)
{
	static const struct {
		size_t offset;
		unsigned char value;
		const char *words;
	} cases[] = {
		{0, 'e', "ELF magic"},
		{EI_CLASS, ELFCLASS32, "64-bit"},
		{EI_DATA, __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2MSB : ELFDATA2LSB, "byte order"},
		{offsetof(Elf64_Ehdr, e_machine), EM_X86_64, "another processor"},
		{offsetof(Elf64_Ehdr, e_type), ET_DYN, "linked"},
	};
	size_t at;

	for (at = 0; at < sizeof(cases) / sizeof(*cases); at++) {
		struct object object = object_read(TEST_OBJECTS "/pass.bpf.o");

		object.bytes[cases[at].offset] = cases[at].value;
		ck_assert_int_eq(open_spoilt(object.bytes, object.length), -EINVAL);
		ck_says(xdpx_error_last()->message, cases[at].words);
		ck_says(xdpx_error_last()->hint, "clang -target bpf");
		free(object.bytes);
	}
}
END_TEST

START_TEST(files_that_are_no_objects_are_told_by_name)
{
	struct xdpx_prog *prog = NULL;
	char folder[] = "/tmp/xdpx-test-XXXXXX";
	char path[64];

	ck_assert_int_eq(xdpx_prog_open("/nonexistent/x.o", NULL, &prog), -ENOENT);
	ck_says(xdpx_error_last()->message, "/nonexistent/x.o");
	ck_assert_int_eq(xdpx_prog_open("/proc/self/exe", NULL, &prog), -EINVAL);
	ck_says(xdpx_error_last()->message, "/proc/self/exe: not a BPF object");
	ck_assert_int_eq(xdpx_prog_open("/dev/zero", NULL, &prog), -EINVAL);
	ck_says(xdpx_error_last()->message, "not a regular file");
	ck_assert_int_eq(xdpx_prog_open("/", NULL, &prog), -EINVAL);

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/fifo", folder);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(xdpx_prog_open(path, NULL, &prog), -EINVAL);
	unlink(path);

	snprintf(path, sizeof(path), "%s/large", folder);
	fclose(fopen(path, "w"));
	ck_assert_int_eq(truncate(path, (64 << 20) + 1), 0);
	ck_assert_int_eq(xdpx_prog_open(path, NULL, &prog), -EFBIG);
	ck_assert_int_eq(truncate(path, 0), 0);
	ck_assert_int_eq(xdpx_prog_open(path, NULL, &prog), -EINVAL);
	unlink(path);
	rmdir(folder);
	ck_assert_ptr_null(prog);
}
END_TEST

static int open_named(const char *object, const char *name)
{
	struct xdpx_prog_opts opts = {.size = sizeof(opts), .name = name};
	struct xdpx_prog *prog = NULL;
	char path[512];
	int err;

	snprintf(path, sizeof(path), "%s/%s.bpf.o", TEST_OBJECTS, object);
	err = xdpx_prog_open(path, &opts, &prog);
	if (!err && name)
		ck_assert_str_eq(xdpx_prog_name(prog), name);
	xdpx_prog_free(prog);
	return err;
}

START_TEST(of_several_programs_one_must_be_named)
{
	ck_assert_int_eq(open_named("several", NULL), -EINVAL);
	ck_says(xdpx_error_last()->message, "test_first, test_second");
	ck_assert_int_eq(open_named("several", "test_second"), 0);
	ck_assert_int_eq(open_named("several", "test_third"), -ENOENT);
	ck_says(xdpx_error_last()->hint, "test_first, test_second");
	ck_assert_int_eq(open_named("several", "test_tc"), -EINVAL);
	ck_says(xdpx_error_last()->message, "no XDP program");
}
END_TEST

START_TEST(missing_arguments_and_bad_options_are_refused)
{
	struct xdpx_prog_opts opts = {.size = sizeof(opts), .flags = 1};
	struct xdpx_prog *prog = NULL;

	ck_assert_int_eq(xdpx_prog_open(NULL, NULL, &prog), -EINVAL);
	ck_assert_int_eq(xdpx_prog_open(TEST_OBJECTS "/pass.bpf.o", NULL, NULL), -EINVAL);
	ck_assert_int_eq(xdpx_prog_open(TEST_OBJECTS "/pass.bpf.o", &opts, &prog), -EINVAL);
	opts.size = 0;
	ck_assert_int_eq(xdpx_prog_open(TEST_OBJECTS "/pass.bpf.o", &opts, &prog), -EINVAL);
	ck_assert_int_eq(xdpx_prog_open_memory(NULL, 1, NULL, &prog), -EINVAL);
	ck_assert_int_eq(xdpx_prog_open_memory("", 0, NULL, &prog), -EINVAL);
	ck_assert_int_eq(xdpx_prog_open_memory("", 0, NULL, NULL), -EINVAL);
	ck_assert_int_eq(xdpx_prog_load(NULL, NULL), -EINVAL);
	ck_assert_ptr_null(prog);
	xdpx_prog_free(NULL);
}
END_TEST

static unsigned int lines_to_the_application;
static unsigned int lines_to_another_hook;

static int application_hook(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	__atomic_fetch_add(&lines_to_the_application, 1, __ATOMIC_RELAXED);
	return 0;
}

static int another_hook(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	lines_to_another_hook++;
	return 0;
}

static void make_libbpf_warn(void)
{
	ck_assert_ptr_null(bpf_object__open_mem("no object", 9, NULL));
}

static void *warn_in_a_thread(void *arg)
{
	make_libbpf_warn();
	return arg;
}

static void in_another_thread(void *(*run)(void *))
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, run, NULL), 0);
	pthread_join(thread, NULL);
}

START_TEST(inside_a_call_words_are_caught_on_this_thread_only)
{
	struct xdpx_libbpf_words words;

	libbpf_set_print(application_hook);
	xdpx_libbpf_begin(&words);
	make_libbpf_warn();
	ck_assert_uint_eq(lines_to_the_application, 0);
	ck_assert_uint_gt(words.length, 0);
	ck_assert_ptr_null(strstr(words.text, "libbpf: "));

	in_another_thread(warn_in_a_thread);
	ck_assert_uint_gt(lines_to_the_application, 0);
	xdpx_libbpf_end(&words);
	ck_assert(libbpf_set_print(NULL) == application_hook);
}
END_TEST

static void *call_in_a_thread(void *arg)
{
	struct xdpx_libbpf_words words;

	xdpx_libbpf_begin(&words);
	make_libbpf_warn();
	ck_assert_uint_gt(words.length, 0);
	xdpx_libbpf_end(&words);
	return arg;
}

START_TEST(two_threads_inside_keep_the_hook_until_the_last_leaves)
{
	struct xdpx_libbpf_words words;

	libbpf_set_print(application_hook);
	xdpx_libbpf_begin(&words);
	in_another_thread(call_in_a_thread);
	make_libbpf_warn();
	ck_assert_uint_gt(words.length, 0);
	ck_assert_uint_eq(lines_to_the_application, 0);
	xdpx_libbpf_end(&words);
	ck_assert(libbpf_set_print(NULL) == application_hook);
}
END_TEST

START_TEST(a_hook_that_the_application_sets_meanwhile_stays)
{
	struct xdpx_libbpf_words words;
	libbpf_print_fn_t found;

	libbpf_set_print(application_hook);
	xdpx_libbpf_begin(&words);
	found = libbpf_set_print(another_hook);
	xdpx_libbpf_end(&words);
	make_libbpf_warn();
	ck_assert_uint_gt(lines_to_another_hook, 0);

	/* It puts back what it found, which was ours: that must not call itself for ever. */
	libbpf_set_print(found);
	xdpx_libbpf_begin(&words);
	in_another_thread(warn_in_a_thread);
	xdpx_libbpf_end(&words);
	make_libbpf_warn();
	ck_assert_uint_gt(lines_to_the_application, 0);
}
END_TEST

START_TEST(without_a_hook_of_the_application_nothing_is_called)
{
	struct xdpx_libbpf_words words;

	libbpf_set_print(NULL);
	xdpx_libbpf_begin(&words);
	in_another_thread(warn_in_a_thread);
	xdpx_libbpf_end(&words);
	ck_assert(!libbpf_set_print(NULL));
}
END_TEST

START_TEST(more_words_than_fit_are_cut_and_terminated)
{
	struct xdpx_libbpf_words words;
	unsigned int round;

	xdpx_libbpf_begin(&words);
	for (round = 0; round < 500; round++)
		make_libbpf_warn();
	xdpx_libbpf_end(&words);
	ck_assert_uint_eq(words.length, sizeof(words.text) - 1);
	ck_assert_uint_eq(strlen(words.text), words.length);
}
END_TEST

#define THREADS 4
#define ROUNDS 2000

static void *call_often(void *arg)
{
	unsigned int round;

	for (round = 0; round < ROUNDS; round++)
		call_in_a_thread(NULL);
	return arg;
}

START_TEST(many_threads_in_and_out_leave_the_applications_hook)
{
	pthread_t threads[THREADS];
	size_t at;

	libbpf_set_print(application_hook);
	for (at = 0; at < THREADS; at++)
		ck_assert_int_eq(pthread_create(&threads[at], NULL, call_often, NULL), 0);
	for (at = 0; at < THREADS; at++)
		pthread_join(threads[at], NULL);
	ck_assert_uint_eq(lines_to_the_application, 0);
	ck_assert(libbpf_set_print(NULL) == application_hook);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("prog");
	TCase *tcase = tcase_create("prog");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, what_the_compiler_makes_is_accepted);
	tcase_add_test(tcase, an_object_cut_off_anywhere_is_refused_before_libbpf_sees_it);
	tcase_add_test(tcase, no_flipped_bit_of_the_elf_header_gets_far);
	tcase_add_test(tcase, no_flipped_bit_of_the_section_headers_crashes);
	tcase_add_test(tcase, no_flipped_bit_of_the_btf_headers_crashes);
	tcase_add_test(tcase, no_flipped_bit_of_types_symbols_and_relocations_crashes);
	tcase_add_test(tcase, random_bytes_over_the_headers_crash_nothing);
	tcase_add_test(tcase, damaged_btf_is_told_in_words);
	tcase_add_test(tcase, damaged_symbols_and_relocations_are_told_in_words);
	tcase_add_test(tcase, types_that_go_in_a_circle_are_refused);
	tcase_add_test(tcase, objects_for_something_else_are_told_what_they_are);
	tcase_add_test(tcase, files_that_are_no_objects_are_told_by_name);
	tcase_add_test(tcase, of_several_programs_one_must_be_named);
	tcase_add_test(tcase, missing_arguments_and_bad_options_are_refused);
	tcase_add_test(tcase, inside_a_call_words_are_caught_on_this_thread_only);
	tcase_add_test(tcase, two_threads_inside_keep_the_hook_until_the_last_leaves);
	tcase_add_test(tcase, a_hook_that_the_application_sets_meanwhile_stays);
	tcase_add_test(tcase, without_a_hook_of_the_application_nothing_is_called);
	tcase_add_test(tcase, more_words_than_fit_are_cut_and_terminated);
	tcase_add_test(tcase, many_threads_in_and_out_leave_the_applications_hook);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}

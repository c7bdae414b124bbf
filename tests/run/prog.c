/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "prog/prog.h"
#include "net.h"
#include "run.h"

#include <xdpx/error.h>
#include <xdpx/prog.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct xdpx_prog *open_object(const char *object, const char *name)
{
	struct xdpx_prog_opts opts = {.size = sizeof(opts), .name = name};
	struct xdpx_prog *prog = NULL;
	char path[512];
	int err;

	snprintf(path, sizeof(path), "%s/%s.bpf.o", TEST_OBJECTS, object);
	err = xdpx_prog_open(path, &opts, &prog);
	ck_assert_msg(err == 0, "%s", xdpx_error_last()->message);
	return prog;
}

static struct xdpx_prog *load_object(const char *object, const char *name)
{
	struct xdpx_prog *prog = open_object(object, name);
	int err = xdpx_prog_load(prog, NULL);

	ck_assert_msg(err == 0, "%s: %s", xdpx_error_last()->message, xdpx_error_last()->kernel);
	return prog;
}

/* What the program returns for a packet of zeros. */
static unsigned int verdict(const struct xdpx_prog *prog)
{
	unsigned char packet[64] = {0};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet));

	ck_assert_int_eq(bpf_prog_test_run_opts(xdpx_prog_fd(prog), &opts), 0);
	return opts.retval;
}

static void set_word(struct xdpx_prog *prog, const char *name, uint32_t value)
{
	ck_assert_int_eq(xdpx_prog_global_set(prog, name, &value, sizeof(value)), 0);
}

static bool says(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

START_TEST(a_program_from_a_file_runs)
{
	struct xdpx_prog *prog = load_object("pass", NULL);

	ck_assert_uint_eq(verdict(prog), XDP_PASS);
	ck_assert_str_eq(xdpx_prog_name(prog), "test_pass");
	ck_assert_uint_ne(xdpx_prog_id(prog), 0);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(a_program_from_memory_at_an_odd_address_runs)
{
	struct xdpx_prog *prog;
	unsigned char *copy;
	size_t length;
	void *elf;

	ck_assert_int_eq(xdpx_prog_file_read(TEST_OBJECTS "/pass.bpf.o", &elf, &length), 0);
	copy = malloc(length + 1);
	memcpy(copy + 1, elf, length);
	ck_assert_int_eq(xdpx_prog_open_memory(copy + 1, length, NULL, &prog), 0);
	memset(copy, 0xff, length + 1);
	free(copy);
	free(elf);
	ck_assert_int_eq(xdpx_prog_load(prog, NULL), 0);
	ck_assert_uint_eq(verdict(prog), XDP_PASS);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(loading_twice_is_no_failure)
{
	struct xdpx_prog *prog = load_object("pass", NULL);
	uint32_t id = xdpx_prog_id(prog);

	ck_assert_int_eq(xdpx_prog_load(prog, NULL), 0);
	ck_assert_uint_eq(xdpx_prog_id(prog), id);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(globals_keep_what_the_source_says)
{
	struct xdpx_prog *prog = load_object("globals", NULL);

	ck_assert_uint_eq(verdict(prog), 11);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(globals_set_before_loading_are_what_the_program_sees)
{
	struct xdpx_prog *prog = open_object("globals", NULL);
	uint64_t wide = 4000;

	set_word(prog, "in_rodata", 2);
	set_word(prog, "in_data", 30);
	set_word(prog, "in_bss", 400);
	ck_assert_int_eq(xdpx_prog_global_set(prog, "wide", &wide, sizeof(wide)), 0);
	ck_assert_int_eq(xdpx_prog_load(prog, NULL), 0);
	ck_assert_uint_eq(verdict(prog), 4432);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(a_global_of_another_size_is_refused_with_both_sizes)
{
	struct xdpx_prog *prog = open_object("globals", NULL);
	uint32_t value = 1;

	ck_assert_int_eq(xdpx_prog_global_set(prog, "wide", &value, sizeof(value)), -EINVAL);
	ck_assert(says(xdpx_error_last()->message, "8 bytes"));
	ck_assert(says(xdpx_error_last()->message, "value 4"));
	ck_assert_int_eq(xdpx_prog_global_set(prog, NULL, &value, sizeof(value)), -EINVAL);
	ck_assert_int_eq(xdpx_prog_global_set(prog, "wide", NULL, sizeof(value)), -EINVAL);
	ck_assert_int_eq(xdpx_prog_global_set(NULL, "wide", &value, sizeof(value)), -EINVAL);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(an_unknown_global_is_refused)
{
	struct xdpx_prog *prog = open_object("globals", NULL);
	uint32_t value = 1;

	ck_assert_int_eq(xdpx_prog_global_set(prog, "test_runs", &value, sizeof(value)), -ENOENT);
	ck_assert_int_eq(xdpx_prog_global_set(prog, "in_rodat", &value, sizeof(value)), -ENOENT);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(after_loading_globals_and_maps_stay_as_they_are)
{
	struct xdpx_prog *prog = load_object("globals", NULL);
	uint32_t value = 1;

	ck_assert_int_eq(xdpx_prog_global_set(prog, "in_data", &value, sizeof(value)), -EBUSY);
	ck_assert_int_eq(xdpx_prog_map_reuse(prog, "test_runs", 0), -EBUSY);
	ck_assert_int_eq(xdpx_prog_map_resize(prog, "test_runs", 3), -EBUSY);
	ck_assert_int_eq(xdpx_prog_frags_set(prog, true), -EBUSY);
	xdpx_prog_free(prog);
}
END_TEST

static uint64_t runs_in(int fd)
{
	uint32_t slot = 1;
	uint64_t runs = 0;

	ck_assert_int_eq(bpf_map_lookup_elem(fd, &slot, &runs), 0);
	return runs;
}

START_TEST(a_map_is_found_by_name_and_is_the_programs)
{
	struct xdpx_prog *prog = load_object("globals", NULL);
	int fd = xdpx_prog_map_fd(prog, "test_runs");

	ck_assert_int_ge(fd, 0);
	verdict(prog);
	ck_assert_uint_eq(runs_in(fd), 1);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(an_unknown_map_is_refused_and_the_maps_are_named)
{
	struct xdpx_prog *prog = load_object("globals", NULL);

	ck_assert_int_eq(xdpx_prog_map_fd(prog, "test_run"), -ENOENT);
	ck_assert(says(xdpx_error_last()->hint, "test_runs"));
	ck_assert_int_eq(xdpx_prog_map_fd(prog, NULL), -EINVAL);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(before_loading_there_are_neither_descriptors_nor_an_id)
{
	struct xdpx_prog *prog = open_object("globals", NULL);

	ck_assert_int_eq(xdpx_prog_map_fd(prog, "test_runs"), -EINVAL);
	ck_assert_int_eq(xdpx_prog_fd(prog), -EINVAL);
	ck_assert_uint_eq(xdpx_prog_id(prog), 0);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(a_reused_map_is_counted_in_and_stays_the_callers)
{
	struct xdpx_prog *prog = open_object("globals", NULL);
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "mine", 4, 8, 2, NULL);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(xdpx_prog_map_reuse(prog, "test_runs", fd), 0);
	ck_assert_int_eq(xdpx_prog_load(prog, NULL), 0);
	verdict(prog);
	verdict(prog);
	xdpx_prog_free(prog);
	ck_assert_uint_eq(runs_in(fd), 2);
	close(fd);
}
END_TEST

START_TEST(a_map_of_another_shape_is_not_reused)
{
	static const struct {
		int type;
		unsigned int key, value, entries;
		const char *difference;
	} shapes[] = {
		{BPF_MAP_TYPE_HASH, 4, 8, 2, "type is 1"},
		{BPF_MAP_TYPE_ARRAY, 4, 16, 2, "value size is 16"},
		{BPF_MAP_TYPE_ARRAY, 4, 8, 3, "number of entries is 3"},
	};
	struct xdpx_prog *prog = open_object("globals", NULL);
	size_t at;

	for (at = 0; at < sizeof(shapes) / sizeof(*shapes); at++) {
		int fd = bpf_map_create(shapes[at].type, "other", shapes[at].key, shapes[at].value, shapes[at].entries,
					NULL);

		ck_assert_int_ge(fd, 0);
		ck_assert_int_eq(xdpx_prog_map_reuse(prog, "test_runs", fd), -EINVAL);
		ck_assert_msg(says(xdpx_error_last()->message, shapes[at].difference), "%s",
			      xdpx_error_last()->message);
		close(fd);
	}
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(a_descriptor_that_is_no_map_is_not_reused)
{
	struct xdpx_prog *prog = open_object("globals", NULL);
	struct xdpx_prog *other = load_object("pass", NULL);

	ck_assert_int_eq(xdpx_prog_map_reuse(prog, "test_runs", xdpx_prog_fd(other)), -EBADF);
	ck_assert_int_eq(xdpx_prog_map_reuse(prog, "test_runs", 999), -EBADF);
	ck_assert_int_eq(xdpx_prog_map_reuse(prog, "none", 999), -ENOENT);
	xdpx_prog_free(other);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(a_map_resized_before_loading_has_that_many_entries)
{
	struct xdpx_prog *prog = open_object("globals", NULL);
	struct bpf_map_info info = {0};
	uint32_t length = sizeof(info);

	ck_assert_int_eq(xdpx_prog_map_resize(prog, "test_runs", 7), 0);
	ck_assert_int_eq(xdpx_prog_map_resize(prog, "none", 7), -ENOENT);
	ck_assert_int_eq(xdpx_prog_load(prog, NULL), 0);
	ck_assert_int_eq(bpf_obj_get_info_by_fd(xdpx_prog_map_fd(prog, "test_runs"), &info, &length), 0);
	ck_assert_uint_eq(info.max_entries, 7);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(frags_can_be_set_and_cleared_before_loading)
{
	struct xdpx_prog *prog = open_object("pass", NULL);

	ck_assert(!xdpx_prog_frags(prog));
	ck_assert_int_eq(xdpx_prog_frags_set(prog, true), 0);
	ck_assert(xdpx_prog_frags(prog));
	ck_assert_int_eq(xdpx_prog_frags_set(prog, false), 0);
	ck_assert(!xdpx_prog_frags(prog));
	ck_assert_int_eq(xdpx_prog_frags_set(prog, true), 0);
	ck_assert_int_eq(xdpx_prog_load(prog, NULL), 0);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(a_frags_section_stays_frags_capable)
{
	struct xdpx_prog *prog = open_object("frags", NULL);

	ck_assert(xdpx_prog_frags(prog));
	ck_assert_int_eq(xdpx_prog_frags_set(prog, true), 0);
	ck_assert_int_eq(xdpx_prog_frags_set(prog, false), -EOPNOTSUPP);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(a_refused_program_gives_the_verifiers_log)
{
	struct xdpx_prog *prog = open_object("refused", NULL);

	ck_assert_int_eq(xdpx_prog_load(prog, NULL), -EACCES);
	ck_assert_msg(says(xdpx_error_last()->message, "invalid access to packet"), "%s", xdpx_error_last()->message);
	ck_assert(says(xdpx_error_last()->message, "test_refused"));
	ck_assert(says(xdpx_error_last()->message, "offset is outside of the packet"));
	ck_assert(says(xdpx_error_last()->kernel, "processed "));
	ck_assert_str_eq(xdpx_error_last()->stage, "prog.load");

	/* once more: the reason is not lost */
	ck_assert_int_eq(xdpx_prog_load(prog, NULL), -EACCES);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(only_the_chosen_program_is_loaded)
{
	struct xdpx_prog *prog = load_object("several", "test_first");

	ck_assert_uint_eq(verdict(prog), XDP_DROP);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(a_foreign_program_is_taken_by_its_descriptor)
{
	struct xdpx_prog *owner = load_object("pass", NULL);
	struct xdpx_prog *prog;
	uint32_t value = 0;

	ck_assert_int_eq(xdpx_prog_from_fd(xdpx_prog_fd(owner), &prog), 0);
	ck_assert_uint_eq(xdpx_prog_id(prog), xdpx_prog_id(owner));
	ck_assert_int_ne(xdpx_prog_fd(prog), xdpx_prog_fd(owner));
	ck_assert_str_eq(xdpx_prog_name(prog), "test_pass");
	xdpx_prog_free(owner);

	ck_assert_int_eq(xdpx_prog_load(prog, NULL), 0);
	ck_assert_uint_eq(verdict(prog), XDP_PASS);
	ck_assert_int_eq(xdpx_prog_global_set(prog, "x", &value, sizeof(value)), -EOPNOTSUPP);
	ck_assert_int_eq(xdpx_prog_map_reuse(prog, "x", 0), -EOPNOTSUPP);
	ck_assert_int_eq(xdpx_prog_map_fd(prog, "x"), -EOPNOTSUPP);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(a_descriptor_that_is_no_xdp_program_is_refused)
{
	/* PERCPU_ARRAY has the number among maps that XDP has among programs */
	int map = bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, "map", 4, 8, 2, NULL);
	struct bpf_insn insns[] = {{.code = 0xb7}, {.code = 0x95}};
	int filter = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "filter", "GPL", insns, 2, NULL);
	struct xdpx_prog *prog = NULL;

	ck_assert_int_ge(map, 0);
	ck_assert_int_ge(filter, 0);
	ck_assert_int_eq(xdpx_prog_from_fd(map, &prog), -EINVAL);
	ck_assert_int_eq(xdpx_prog_from_fd(filter, &prog), -EINVAL);
	ck_assert(says(xdpx_error_last()->message, "type 1, not XDP"));
	ck_assert_int_eq(xdpx_prog_from_fd(0, &prog), -EINVAL);
	ck_assert_int_eq(xdpx_prog_from_fd(-1, &prog), -EBADF);
	ck_assert_int_eq(xdpx_prog_from_fd(999, &prog), -EBADF);
	ck_assert_int_eq(xdpx_prog_from_fd(map, NULL), -EINVAL);
	ck_assert_ptr_null(prog);
	close(map);
	close(filter);
}
END_TEST

static void drop_capability(unsigned int capability)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	ck_assert_int_eq(syscall(SYS_capget, &header, data), 0);
	data[CAP_TO_INDEX(capability)].effective &= ~CAP_TO_MASK(capability);
	ck_assert_int_eq(syscall(SYS_capset, &header, data), 0);
}

START_TEST(the_missing_capability_is_named)
{
	struct xdpx_prog *prog = open_object("pass", NULL);

	drop_capability(CAP_SYS_ADMIN);
	drop_capability(CAP_BPF);
	ck_assert_int_eq(xdpx_prog_load(prog, NULL), -EPERM);
	ck_assert_msg(says(xdpx_error_last()->message, "capability CAP_BPF is missing"), "%s",
		      xdpx_error_last()->message);
	xdpx_prog_free(prog);

	prog = open_object("pass", NULL);
	drop_capability(CAP_NET_ADMIN);
	ck_assert_int_eq(xdpx_prog_load(prog, NULL), -EPERM);
	ck_assert_msg(says(xdpx_error_last()->message, "CAP_BPF and CAP_NET_ADMIN are missing"), "%s",
		      xdpx_error_last()->message);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(no_resource_capability_and_no_memlock_are_needed)
{
	struct xdpx_prog *prog;

	drop_capability(CAP_SYS_RESOURCE);
	drop_capability(CAP_IPC_LOCK);
	sh("prlimit --pid %d --memlock=0:0", (int)getpid());
	prog = load_object("globals", NULL);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(no_descriptor_is_left_behind)
{
	unsigned int before = fd_count();
	struct xdpx_prog *copy;
	struct xdpx_prog *prog;
	unsigned int round;

	for (round = 0; round < 4; round++) {
		prog = load_object("globals", NULL);
		ck_assert_int_eq(xdpx_prog_from_fd(xdpx_prog_fd(prog), &copy), 0);
		xdpx_prog_free(copy);
		xdpx_prog_free(prog);
		prog = open_object("refused", NULL);
		ck_assert_int_lt(xdpx_prog_load(prog, NULL), 0);
		xdpx_prog_free(prog);
	}
	ck_assert_uint_eq(fd_count(), before);
}
END_TEST

static unsigned int lines_to_the_application;

static int application_hook(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	lines_to_the_application++;
	return 0;
}

START_TEST(a_failing_load_prints_nothing_and_leaves_the_applications_hook)
{
	struct xdpx_prog *prog = open_object("refused", NULL);
	char path[] = "/tmp/xdpx-test-XXXXXX";
	int file = mkstemp(path);
	int out = dup(1);
	int err = dup(2);

	libbpf_set_print(application_hook);
	fflush(stdout);
	ck_assert(dup2(file, 1) == 1 && dup2(file, 2) == 2);
	ck_assert_int_lt(xdpx_prog_load(prog, NULL), 0);
	fflush(stdout);
	ck_assert(dup2(out, 1) == 1 && dup2(err, 2) == 2);

	ck_assert_int_eq(lseek(file, 0, SEEK_END), 0);
	ck_assert_uint_eq(lines_to_the_application, 0);
	ck_assert_ptr_null(bpf_object__open_mem("no object", 9, NULL));
	ck_assert_uint_gt(lines_to_the_application, 0);
	unlink(path);
	xdpx_prog_free(prog);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("prog");
	TCase *tcase = tcase_create("prog");

	tcase_add_test(tcase, a_program_from_a_file_runs);
	tcase_add_test(tcase, a_program_from_memory_at_an_odd_address_runs);
	tcase_add_test(tcase, loading_twice_is_no_failure);
	tcase_add_test(tcase, globals_keep_what_the_source_says);
	tcase_add_test(tcase, globals_set_before_loading_are_what_the_program_sees);
	tcase_add_test(tcase, a_global_of_another_size_is_refused_with_both_sizes);
	tcase_add_test(tcase, an_unknown_global_is_refused);
	tcase_add_test(tcase, after_loading_globals_and_maps_stay_as_they_are);
	tcase_add_test(tcase, a_map_is_found_by_name_and_is_the_programs);
	tcase_add_test(tcase, an_unknown_map_is_refused_and_the_maps_are_named);
	tcase_add_test(tcase, before_loading_there_are_neither_descriptors_nor_an_id);
	tcase_add_test(tcase, a_reused_map_is_counted_in_and_stays_the_callers);
	tcase_add_test(tcase, a_map_of_another_shape_is_not_reused);
	tcase_add_test(tcase, a_descriptor_that_is_no_map_is_not_reused);
	tcase_add_test(tcase, a_map_resized_before_loading_has_that_many_entries);
	tcase_add_test(tcase, frags_can_be_set_and_cleared_before_loading);
	tcase_add_test(tcase, a_frags_section_stays_frags_capable);
	tcase_add_test(tcase, a_refused_program_gives_the_verifiers_log);
	tcase_add_test(tcase, only_the_chosen_program_is_loaded);
	tcase_add_test(tcase, a_foreign_program_is_taken_by_its_descriptor);
	tcase_add_test(tcase, a_descriptor_that_is_no_xdp_program_is_refused);
	tcase_add_test(tcase, the_missing_capability_is_named);
	tcase_add_test(tcase, no_resource_capability_and_no_memlock_are_needed);
	tcase_add_test(tcase, no_descriptor_is_left_behind);
	tcase_add_test(tcase, a_failing_load_prints_nothing_and_leaves_the_applications_hook);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Where packet memory comes from. Huge pages that the machine has none of are tests/net/umem.c's to get. */
#include "run.h"
#include "xsk/umem.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <xdpx/error.h>
#include <xdpx/umem.h>

static struct xdpx_umem *umem;

static void made_of(struct xdpx_umem_opts opts)
{
	opts.size = sizeof(opts);
	ck_assert_int_eq(xdpx_umem_new(&opts, &umem), 0);
}

static void all_bytes_can_be_written(void)
{
	memset(xdpx_umem_base(umem), 0x55, (size_t)xdpx_umem_frame_count(umem) * xdpx_umem_frame_size(umem));
}

START_TEST(common_memory_says_that_it_is_such)
{
	char words[64];

	made_of((struct xdpx_umem_opts){.frame_count = 3});
	snprintf(words, sizeof(words), "pages of %ld KiB", sysconf(_SC_PAGESIZE) / 1024);
	ck_assert_str_eq(xdpx_umem_memory_why(umem), words);
	xdpx_umem_free(umem);
}
END_TEST

static char told[512];

static void keep_told(void *arg, enum xdpx_log_level level, const char *message)
{
	(void)arg;
	(void)level;
	snprintf(told, sizeof(told), "%s", message);
}

static const struct {
	uint64_t flags;
	const char *name;
} huge[] = {
	{XDPX_UMEM_HUGE_2M, "2 MiB"},
	{XDPX_UMEM_HUGE_2M | XDPX_UMEM_MEMFD, "2 MiB"},
	{XDPX_UMEM_HUGE_1G, "1 GiB"},
	{XDPX_UMEM_HUGE_1G | XDPX_UMEM_MEMFD, "1 GiB"},
};

START_TEST(without_huge_pages_smaller_ones_are_taken_and_the_reason_is_told)
{
	char had[64];
	char lacked[64];

	snprintf(had, sizeof(had), "pages of %s", huge[_i].name);
	snprintf(lacked, sizeof(lacked), "no pages of %s", huge[_i].name);
	xdpx_log_set(keep_told, NULL, XDPX_LOG_INFO);
	made_of((struct xdpx_umem_opts){.frame_count = 64, .flags = huge[_i].flags});
	if (strcmp(xdpx_umem_memory_why(umem), had) != 0) {
		ck_assert_ptr_nonnull(strstr(xdpx_umem_memory_why(umem), lacked));
		ck_assert_ptr_nonnull(strstr(xdpx_umem_memory_why(umem), ", pages of "));
		ck_assert_ptr_nonnull(strstr(told, lacked));
	}
	all_bytes_can_be_written();
	ck_assert_int_eq(xdpx_umem_fd(umem) >= 0, !!(huge[_i].flags & XDPX_UMEM_MEMFD));
	xdpx_umem_free(umem);
}
END_TEST

static long policy(int *mode, unsigned long *nodes)
{
	return syscall(SYS_get_mempolicy, mode, nodes, 1025UL, NULL, 0UL);
}

START_TEST(a_numa_node_is_taken_and_the_thread_s_policy_stays)
{
	unsigned long set[1024 / 64 + 1] = {1};
	unsigned long after[1024 / 64 + 1] = {0};
	int mode = -1;

	if (policy(&mode, after) && errno == ENOSYS)
		skip_test("this kernel has no NUMA");
	ck_assert_int_eq(syscall(SYS_set_mempolicy, MPOL_BIND, set, 1025UL), 0);
	made_of((struct xdpx_umem_opts){.frame_count = 64, .flags = XDPX_UMEM_NUMA_NODE});
	ck_assert_ptr_nonnull(strstr(xdpx_umem_memory_why(umem), "on NUMA node 0"));
	ck_assert_int_eq(policy(&mode, after), 0);
	ck_assert_int_eq(mode, MPOL_BIND);
	ck_assert_uint_eq(after[0], 1);
	ck_assert_int_eq(syscall(SYS_get_mempolicy, &mode, after, 1025UL, xdpx_umem_base(umem), MPOL_F_ADDR), 0);
	ck_assert_int_eq(mode, MPOL_PREFERRED);
	all_bytes_can_be_written();
	xdpx_umem_free(umem);
}
END_TEST

START_TEST(a_memfd_lies_on_a_numa_node_too)
{
	made_of((struct xdpx_umem_opts){.frame_count = 64, .flags = XDPX_UMEM_NUMA_NODE | XDPX_UMEM_MEMFD});
	ck_assert_ptr_nonnull(strstr(xdpx_umem_memory_why(umem), "on NUMA node 0"));
	xdpx_umem_free(umem);
}
END_TEST

/* An application's own packet buffers, one behind the other, with what it keeps of each in front. */
struct buffer {
	struct buffer *next;
	uint32_t uses;
	uint32_t reserved;
	unsigned char room[2048 + 256 + 128 - 16];
};

START_TEST(the_caller_s_buffers_are_the_frames_and_stay_when_the_umem_goes)
{
	const size_t bytes = 10 * sizeof(struct buffer);
	struct buffer *buffers = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct xdpx_frame frames[11];
	unsigned int at;

	for (at = 0; at < 10; at++)
		buffers[at].uses = at;
	made_of((struct xdpx_umem_opts){
		.flags = XDPX_UMEM_UNALIGNED,
		.frame_size = sizeof(struct buffer),
		.headroom = offsetof(struct buffer, room),
		.memory = buffers,
		.memory_bytes = bytes,
	});
	ck_assert_ptr_eq(xdpx_umem_base(umem), buffers);
	ck_assert_str_eq(xdpx_umem_memory_why(umem), "the caller's memory");
	ck_assert_uint_eq(xdpx_umem_frame_count(umem), 10);
	ck_assert_uint_eq(xdpx_frames_take(umem, frames, 11), 10);
	for (at = 0; at < 10; at++) {
		uint32_t number = xdpx_frame_number(umem, &frames[at]);

		ck_assert_uint_lt(number, 10);
		ck_assert_ptr_eq(xdpx_frame_data(xdpx_umem_base(umem), &frames[at]), buffers[number].room);
		ck_assert_uint_eq(buffers[number].uses, number);
		frames[at].addr += at * 100;
	}
	xdpx_frames_release(umem, frames, 10);
	ck_assert_int_eq(xdpx_umem_close(umem), 0);
	ck_assert_uint_eq(buffers[9].uses, 9);
	ck_assert_int_eq(munmap(buffers, bytes), 0);
}
END_TEST

START_TEST(of_the_caller_s_memory_only_whole_frames_are_used)
{
	static unsigned char memory[5 * 4096] __attribute__((aligned(65536)));

	made_of((struct xdpx_umem_opts){.memory = memory, .memory_bytes = 3 * 4096 + 4095});
	ck_assert_uint_eq(xdpx_umem_frame_count(umem), 3);
	xdpx_umem_free(umem);
	made_of((struct xdpx_umem_opts){.memory = memory, .memory_bytes = sizeof(memory), .frame_count = 2});
	ck_assert_uint_eq(xdpx_umem_frame_count(umem), 2);
	xdpx_umem_free(umem);
}
END_TEST

static const uint64_t too_many[] = {0, XDPX_UMEM_MEMFD, XDPX_UMEM_HUGE_2M, XDPX_UMEM_HUGE_1G | XDPX_UMEM_MEMFD};

START_TEST(more_memory_than_there_is_gives_ENOMEM)
{
	struct xdpx_umem_opts opts = {.size = sizeof(opts), .frame_count = INT32_MAX, .flags = too_many[_i]};

	ck_assert_int_eq(xdpx_umem_new(&opts, &umem), -ENOMEM);
}
END_TEST

/* So little that the memory can still be mapped, and the list of its frames can't be made. */
START_TEST(a_memfd_that_is_not_taken_over_stays_the_caller_s)
{
	const size_t bytes = (size_t)256 << 20;
	const struct xdpx_umem_opts opts = {.size = sizeof(opts), .frame_count = bytes >> 11, .frame_size = 2048};
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct rlimit limit = {.rlim_max = RLIM_INFINITY};
	unsigned long pages = 0;
	FILE *file;

	ck_assert_int_eq(ftruncate(fd, (off_t)bytes), 0);
	ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	file = fopen("/proc/self/statm", "r");
	ck_assert_int_eq(fscanf(file, "%lu", &pages), 1);
	fclose(file);
	limit.rlim_cur = pages * (unsigned long)sysconf(_SC_PAGESIZE) + bytes + (128 << 10);
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
	ck_assert_int_eq(xdpx_umem_new_on(fd, &opts, &umem), -ENOMEM);
	ck_assert_str_eq(xdpx_error_last()->stage, "umem.alloc");
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
}
END_TEST

START_TEST(no_place_for_the_umem_is_refused)
{
	ck_assert_int_eq(xdpx_umem_new(NULL, NULL), -EINVAL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("memory");
	TCase *tcase = tcase_create("memory");

	tcase_add_test(tcase, common_memory_says_that_it_is_such);
	tcase_add_loop_test(tcase, without_huge_pages_smaller_ones_are_taken_and_the_reason_is_told, 0,
			    sizeof(huge) / sizeof(huge[0]));
	tcase_add_test(tcase, a_numa_node_is_taken_and_the_thread_s_policy_stays);
	tcase_add_test(tcase, a_memfd_lies_on_a_numa_node_too);
	tcase_add_test(tcase, the_caller_s_buffers_are_the_frames_and_stay_when_the_umem_goes);
	tcase_add_test(tcase, of_the_caller_s_memory_only_whole_frames_are_used);
	tcase_add_loop_test(tcase, more_memory_than_there_is_gives_ENOMEM, 0, sizeof(too_many) / sizeof(too_many[0]));
	/* a sanitizer needs more addresses than the test leaves it */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	tcase_add_test(tcase, a_memfd_that_is_not_taken_over_stays_the_caller_s);
#else
	(void)a_memfd_that_is_not_taken_over_stays_the_caller_s;
#endif
	tcase_add_test(tcase, no_place_for_the_umem_is_refused);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}

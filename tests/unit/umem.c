/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "xsk/umem.h"
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xdpx/error.h>

static struct xdpx_umem *umem;

static struct xdpx_umem *umem_of(uint32_t frame_count)
{
	struct xdpx_umem_opts opts = {.size = sizeof(opts), .frame_count = frame_count, .frame_size = 2048};

	ck_assert_int_eq(xdpx_umem_new(&opts, &umem), 0);
	return umem;
}

START_TEST(defaults_are_4096_frames_of_4096_bytes_all_free)
{
	ck_assert_int_eq(xdpx_umem_new(NULL, &umem), 0);
	ck_assert_uint_eq(xdpx_umem_frame_count(umem), 4096);
	ck_assert_uint_eq(xdpx_umem_frame_size(umem), 4096);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), 4096);
	ck_assert_uint_eq(xdpx_umem_held_count(umem), 0);
	ck_assert_int_eq(xdpx_umem_close(umem), 0);
}
END_TEST

static unsigned char page[8192] __attribute__((aligned(65536)));

static const struct {
	struct xdpx_umem_opts opts;
	const char *word;
} refused[] = {
	{{.frame_size = 1024}, "2048"},
	{{.frame_size = 3000}, "powers of two"},
	{{.frame_size = 65536 * 4}, "page size"},
	{{.frame_size = 2048, .headroom = 2048}, "headroom"},
	{{.frame_size = 2048, .headroom = 1345}, "up to 1344"},
	{{.headroom = UINT32_MAX}, "headroom"},
	{{.frame_count = UINT32_MAX}, "frame_count"},
	{{.flags = XDPX_UMEM_UNALIGNED, .frame_size = 2047}, "2048"},
	{{.flags = XDPX_UMEM_UNALIGNED, .frame_size = 65537}, "page size"},
	{{.flags = XDPX_UMEM_UNALIGNED, .frame_size = 3000, .headroom = 2297}, "up to 2296"},
	{{.flags = 1ULL << 63}, "flags"},
	{{.numa_node = 1}, "XDPX_UMEM_NUMA_NODE"},
	{{.flags = XDPX_UMEM_NUMA_NODE, .numa_node = 1023}, "NUMA node 1023"},
	{{.flags = XDPX_UMEM_NUMA_NODE, .numa_node = UINT32_MAX}, "NUMA node 4294967295"},
	{{.memory_bytes = 4096}, "memory is NULL"},
	{{.memory = page + 1, .memory_bytes = 8192}, "begin a page"},
	{{.memory = page, .memory_bytes = 4095}, "less than a frame"},
	{{.memory = page, .memory_bytes = 2 * 4096, .frame_count = 3}, "too few for 3 frames"},
	{{.memory = page, .memory_bytes = UINT64_MAX, .frame_count = UINT32_MAX}, "frame_count"},
	{{.memory = page, .memory_bytes = 8192, .flags = XDPX_UMEM_HUGE_2M}, "gives its own"},
	{{.memory = page, .memory_bytes = 8192, .flags = XDPX_UMEM_HUGE_1G}, "gives its own"},
	{{.memory = page, .memory_bytes = 8192, .flags = XDPX_UMEM_MEMFD}, "gives its own"},
	{{.memory = page, .memory_bytes = 8192, .flags = XDPX_UMEM_NUMA_NODE}, "gives its own"},
};

START_TEST(bad_options_are_refused_in_words)
{
	struct xdpx_umem_opts opts = refused[_i].opts;
	struct xdpx_umem *untouched = (struct xdpx_umem *)&opts;

	opts.size = sizeof(opts);
	ck_assert_int_eq(xdpx_umem_new(&opts, &untouched), -EINVAL);
	ck_assert_ptr_eq(untouched, &opts);
	ck_assert_ptr_nonnull(strstr(xdpx_error_last()->message, refused[_i].word));
}
END_TEST

START_TEST(an_option_of_a_newer_library_is_refused)
{
	struct {
		struct xdpx_umem_opts known;
		uint64_t newer;
	} opts = {.known.size = sizeof(opts), .newer = 1};

	ck_assert_int_eq(xdpx_umem_new(&opts.known, &umem), -E2BIG);
}
END_TEST

START_TEST(every_frame_is_taken_once_and_lies_behind_the_headroom)
{
	struct xdpx_umem_opts opts = {.size = sizeof(opts), .frame_count = 100, .headroom = 64};
	struct xdpx_frame frames[101];
	unsigned char seen[100] = {0};
	unsigned int at;

	ck_assert_int_eq(xdpx_umem_new(&opts, &umem), 0);
	ck_assert_uint_eq(xdpx_frames_take(umem, frames, 101), 100);
	ck_assert_uint_eq(xdpx_frames_take(umem, frames + 100, 1), 0);
	for (at = 0; at < 100; at++) {
		ck_assert_uint_eq(frames[at].addr % 4096, 64);
		ck_assert_uint_lt(frames[at].addr / 4096, 100);
		ck_assert_uint_eq(seen[frames[at].addr / 4096]++, 0);
		ck_assert_uint_eq(frames[at].len, 0);
		ck_assert_uint_eq(frames[at].options, 0);
		memset(xdpx_frame_data(xdpx_umem_base(umem), &frames[at]), 0xaa, 4096 - 64);
		ck_assert_ptr_eq(xdpx_frame_address(xdpx_umem_base(umem), &frames[at]),
				 xdpx_frame_data(xdpx_umem_base(umem), &frames[at]));
	}
	ck_assert_uint_eq(xdpx_umem_held_count(umem), 100);
	xdpx_umem_free(umem);
}
END_TEST

START_TEST(a_frame_is_released_by_any_address_inside_it)
{
	struct xdpx_frame frame;

	umem_of(1);
	ck_assert_uint_eq(xdpx_frames_take(umem, &frame, 1), 1);
	frame.addr += 2047;
	xdpx_frames_release(umem, &frame, 1);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), 1);
	ck_assert_uint_eq(xdpx_frames_take(umem, &frame, 1), 1);
	ck_assert_uint_eq(frame.addr, 0);
	xdpx_umem_free(umem);
}
END_TEST

static int foreign_lines;

static void count_foreign(void *arg, enum xdpx_log_level level, const char *message)
{
	(void)arg;
	(void)level;
	ck_assert_ptr_nonnull(strstr(message, "not in this UMEM"));
	foreign_lines++;
}

START_TEST(a_foreign_address_is_ignored_and_logged)
{
	struct xdpx_frame frames[3] = {{.addr = 4 * 2048}, {.addr = 0}, {.addr = UINT64_MAX}};
	struct xdpx_frame taken[4];

	umem_of(4);
	ck_assert_uint_eq(xdpx_frames_take(umem, taken, 4), 4);
	xdpx_log_set(count_foreign, NULL, XDPX_LOG_WARN);
	xdpx_frames_release(umem, frames, 3);
	ck_assert_int_eq(foreign_lines, 2);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), 1);
	xdpx_frames_release(umem, frames, 0);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), 1);
	xdpx_umem_free(umem);
}
END_TEST

START_TEST(a_foreign_address_among_many_keeps_none_of_the_others_out)
{
	struct xdpx_frame frames[12];
	struct xdpx_frame taken[12];
	unsigned char seen[11] = {0};
	unsigned int at;

	umem_of(11);
	xdpx_log_set(count_foreign, NULL, XDPX_LOG_WARN);
	for (at = 0; at < 12; at++) {
		ck_assert_uint_eq(xdpx_frames_take(umem, frames, 11), 11);
		frames[11] = frames[at % 11];
		frames[at] = (struct xdpx_frame){.addr = at % 2 ? 11 * 2048 : 16 * 2048};
		xdpx_frames_release(umem, frames, 12 - (at == 11));
		if (at == 11)
			xdpx_frames_release(umem, frames + 11, 1);
		ck_assert_uint_eq(xdpx_umem_free_count(umem), 11);
	}
	ck_assert_int_eq(foreign_lines, 12);
	ck_assert_uint_eq(xdpx_frames_take(umem, taken, 12), 11);
	for (at = 0; at < 11; at++)
		ck_assert_uint_eq(seen[taken[at].addr / 2048]++, 0);
	xdpx_umem_free(umem);
}
END_TEST

/* As sent frames come back: by any address inside, 30 at the most at once. */
static void put_addresses(const struct xdpx_frame *frames, unsigned int count)
{
	uint64_t addresses[30];
	unsigned int at;

	ck_assert_uint_le(count, 30);
	for (at = 0; at < count; at++)
		addresses[at] = frames[at].addr + at;
	xdpx_pool_put_addresses(&umem->pool, addresses, count);
}

#define MANY (2 * XDPX_POOL_STACK)

START_TEST(more_frames_than_the_pool_stacks_come_back_by_their_addresses)
{
	static struct xdpx_frame frames[MANY];
	static unsigned char seen[MANY];
	unsigned int at;

	umem_of(MANY);
	ck_assert_uint_eq(xdpx_frames_take(umem, frames, MANY), MANY);
	for (at = 0; at < MANY; at += 30)
		put_addresses(&frames[at], at + 30 < MANY ? 30 : MANY - at);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), MANY);
	ck_assert_uint_eq(xdpx_frames_take(umem, frames, MANY), MANY);
	for (at = 0; at < MANY; at++) {
		ck_assert_uint_eq(frames[at].addr % 2048, 0);
		ck_assert_uint_eq(seen[frames[at].addr / 2048]++, 0);
	}
	xdpx_umem_free(umem);
}
END_TEST

START_TEST(a_foreign_address_that_comes_back_keeps_none_of_the_others_out)
{
	struct xdpx_frame frames[12];

	umem_of(11);
	xdpx_log_set(count_foreign, NULL, XDPX_LOG_WARN);
	ck_assert_uint_eq(xdpx_frames_take(umem, frames, 11), 11);
	frames[11] = (struct xdpx_frame){.addr = 11 * 2048};
	put_addresses(frames, 12);
	ck_assert_int_eq(foreign_lines, 1);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), 11);
	ck_assert_uint_eq(xdpx_frames_take(umem, frames, 12), 11);
	xdpx_umem_free(umem);
}
END_TEST

START_TEST(closing_with_frames_held_is_refused_and_says_how_many)
{
	struct xdpx_frame frames[3];

	umem_of(8);
	ck_assert_uint_eq(xdpx_frames_take(umem, frames, 3), 3);
	ck_assert_int_eq(xdpx_umem_close(umem), -EBUSY);
	ck_assert_ptr_nonnull(strstr(xdpx_error_last()->message, "3 of its 8 frames"));
	xdpx_frames_release(umem, frames, 3);
	ck_assert_int_eq(xdpx_umem_close(umem), 0);
	ck_assert_int_eq(xdpx_umem_close(NULL), 0);
	xdpx_umem_free(NULL);
}
END_TEST

START_TEST(a_memfd_holds_the_memory_and_is_sealed)
{
	struct xdpx_umem_opts opts = {.size = sizeof(opts), .frame_count = 8, .flags = XDPX_UMEM_MEMFD};
	unsigned char *base;
	unsigned char *other;
	int fd;

	ck_assert_int_eq(xdpx_umem_new(&opts, &umem), 0);
	fd = xdpx_umem_fd(umem);
	ck_assert_int_ge(fd, 0);
	other = mmap(NULL, 8 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(other, MAP_FAILED);
	base = xdpx_umem_base(umem);
	base[8 * 4096 - 1] = 42;
	ck_assert_uint_eq(other[8 * 4096 - 1], 42);

	ck_assert_int_eq(ftruncate(fd, 4096), -1);
	ck_assert_int_eq(errno, EPERM);
	ck_assert_int_eq(ftruncate(fd, 9 * 4096), -1);
	ck_assert_int_eq(errno, EPERM);
	ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
	ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	xdpx_umem_free(umem);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	munmap(other, 8 * 4096);
}
END_TEST

START_TEST(memory_outside_of_a_memfd_has_no_descriptor_and_says_so)
{
	umem_of(1);
	ck_assert_int_eq(xdpx_umem_fd(umem), -ENOENT);
	ck_assert_ptr_nonnull(strstr(xdpx_error_last()->hint, "XDPX_UMEM_MEMFD"));
	xdpx_umem_free(umem);
}
END_TEST

START_TEST(a_memfd_of_another_process_is_mapped_once_it_is_long_enough_and_sealed)
{
	struct xdpx_umem_opts opts = {.size = sizeof(opts), .frame_count = 8, .flags = XDPX_UMEM_MEMFD};
	struct xdpx_umem *worker = NULL;
	unsigned char *base;
	int unsealed = memfd_create("test", MFD_ALLOW_SEALING);
	int fd;

	ck_assert_int_eq(xdpx_umem_new(&opts, &umem), 0);
	fd = dup(xdpx_umem_fd(umem));
	ck_assert_int_eq(xdpx_umem_new_on(fd, &opts, &worker), 0);
	ck_assert_int_eq(xdpx_umem_fd(worker), fd);
	base = xdpx_umem_base(umem);
	base[5] = 1;
	base = xdpx_umem_base(worker);
	ck_assert_uint_eq(base[5], 1);
	xdpx_umem_free(worker);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);

	opts.frame_count = 9;
	ck_assert_int_eq(xdpx_umem_new_on(xdpx_umem_fd(umem), &opts, &worker), -EINVAL);
	ck_assert_ptr_nonnull(strstr(xdpx_error_last()->message, "shorter"));
	ck_assert_int_ge(fcntl(xdpx_umem_fd(umem), F_GETFD), 0);
	ck_assert_int_eq(ftruncate(unsealed, 9 * 4096), 0);
	ck_assert_int_eq(xdpx_umem_new_on(unsealed, &opts, &worker), -EINVAL);
	ck_assert_ptr_nonnull(strstr(xdpx_error_last()->message, "sealed"));
	close(unsealed);
	xdpx_umem_free(umem);
}
END_TEST

START_TEST(a_double_release_is_survived)
{
	struct xdpx_frame frames[4];
	struct xdpx_frame taken[16];
	int round;

	umem_of(4);
	ck_assert_uint_eq(xdpx_frames_take(umem, frames, 4), 4);
	for (round = 0; round < 3; round++) {
		xdpx_frames_release(umem, frames, 4);
		xdpx_frames_release(umem, frames + round, 1);
		ck_assert_uint_le(xdpx_frames_take(umem, taken, 16), 5);
		ck_assert_uint_eq(xdpx_frames_take(umem, taken, 16), 0);
	}
	xdpx_umem_free(umem);
}
END_TEST

/* Threads that take and give back at once: a frame that two hold at the same time shows in its owner's mark. */
#define STRESS_THREADS 4
#define STRESS_ROUNDS 25000
#define STRESS_FRAMES 256

static void *take_mark_release(void *arg)
{
	uint32_t self = (uint32_t)(uintptr_t)arg;
	unsigned int seed = self;
	struct xdpx_frame frames[32];
	uint32_t *mark;
	int round;

	for (round = 0; round < STRESS_ROUNDS; round++) {
		unsigned int wanted = 1 + (unsigned int)rand_r(&seed) % 32;
		unsigned int got = xdpx_frames_take(umem, frames, wanted);
		unsigned int at;

		for (at = 0; at < got; at++) {
			mark = xdpx_frame_data(xdpx_umem_base(umem), &frames[at]);
			ck_assert_uint_eq(__atomic_exchange_n(mark, self, __ATOMIC_RELAXED), 0);
		}
		for (at = 0; at < got; at++) {
			mark = xdpx_frame_data(xdpx_umem_base(umem), &frames[at]);
			ck_assert_uint_eq(__atomic_exchange_n(mark, 0, __ATOMIC_RELAXED), self);
		}
		for (at = 0; at < got / 2; at++)
			xdpx_frames_release(umem, &frames[at], 1);
		if (round % 2)
			put_addresses(frames + at, got - at);
		else
			xdpx_frames_release(umem, frames + at, got - at);
	}
	return NULL;
}

START_TEST(threads_that_take_and_release_at_once_never_share_a_frame)
{
	pthread_t threads[STRESS_THREADS];
	uintptr_t at;

	umem_of(STRESS_FRAMES);
	for (at = 0; at < STRESS_THREADS; at++)
		ck_assert_int_eq(pthread_create(&threads[at], NULL, take_mark_release, (void *)(at + 1)), 0);
	for (at = 0; at < STRESS_THREADS; at++)
		pthread_join(threads[at], NULL);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), STRESS_FRAMES);
	ck_assert_int_eq(xdpx_umem_close(umem), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("umem");
	TCase *tcase = tcase_create("umem");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, defaults_are_4096_frames_of_4096_bytes_all_free);
	tcase_add_loop_test(tcase, bad_options_are_refused_in_words, 0, sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(tcase, an_option_of_a_newer_library_is_refused);
	tcase_add_test(tcase, every_frame_is_taken_once_and_lies_behind_the_headroom);
	tcase_add_test(tcase, a_frame_is_released_by_any_address_inside_it);
	tcase_add_test(tcase, a_foreign_address_is_ignored_and_logged);
	tcase_add_test(tcase, a_memfd_holds_the_memory_and_is_sealed);
	tcase_add_test(tcase, memory_outside_of_a_memfd_has_no_descriptor_and_says_so);
	tcase_add_test(tcase, a_memfd_of_another_process_is_mapped_once_it_is_long_enough_and_sealed);
	tcase_add_test(tcase, a_foreign_address_among_many_keeps_none_of_the_others_out);
	tcase_add_test(tcase, more_frames_than_the_pool_stacks_come_back_by_their_addresses);
	tcase_add_test(tcase, a_foreign_address_that_comes_back_keeps_none_of_the_others_out);
	tcase_add_test(tcase, a_double_release_is_survived);
	tcase_add_test(tcase, closing_with_frames_held_is_refused_and_says_how_many);
	tcase_add_test(tcase, threads_that_take_and_release_at_once_never_share_a_frame);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}

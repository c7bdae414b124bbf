/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The socket's logic on rings in plain memory; tests/net/xsk.c has it on the kernel's. */
#include "xsk/xsk.h"
#include "memory_xsk.h"
#include "run.h"

#include <errno.h>
#include <linux/if_xdp.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <xdpx/error.h>

#define FRAMES 256
#define RING 64

static struct xdpx_umem *umem;
static struct memory_xsk *memory;
static struct xdpx_xsk *xsk;

static void setup(void)
{
	struct xdpx_umem_opts opts = {.size = sizeof(opts), .frame_count = FRAMES, .frame_size = 2048, .headroom = 32};

	ck_assert_int_eq(xdpx_umem_new(&opts, &umem), 0);
	memory = memory_xsk_new(umem, RING, RING);
	xsk = memory_xsk_socket(memory);
}

static void teardown(void)
{
	memory_xsk_free(memory);
	xdpx_umem_free(umem);
}

/* Stand in for the C library's. AF_XDP sockets of Linux 5.10 can't be received from; polling wakes their driver. */
static struct {
	int error;
	unsigned int receives;
	unsigned int polls;
} kernel;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic" /* of the address's type, a union in the GNU C library */
ssize_t recvfrom(int fd, void *buffer, size_t bytes, int flags, struct sockaddr *from, socklen_t *length)
{
	(void)fd, (void)buffer, (void)bytes, (void)flags, (void)from, (void)length;
	kernel.receives++;
	errno = kernel.error;
	return kernel.error ? -1 : 0;
}
#pragma GCC diagnostic pop

int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	ck_assert_uint_eq(count, 1);
	ck_assert_int_eq(fds[0].fd, xsk->rx.fd);
	ck_assert_int_eq(timeout, 0);
	kernel.polls++;
	return 0;
}

START_TEST(a_sleeping_driver_is_woken_by_a_receive_or_before_linux_5_11_by_a_poll)
{
	static const struct {
		int error;
		unsigned int polls;
	} kernels[] = {{0, 0}, {EOPNOTSUPP, 1}, {EAGAIN, 0}};
	struct xdpx_frame frame;

	xdpx_xsk_recv(xsk, &frame, 1);
	kernel.receives = kernel.polls = 0;
	kernel.error = kernels[_i].error;
	*xsk->rx.fill.flags = XDP_RING_NEED_WAKEUP;
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, &frame, 1), 0);
	ck_assert_uint_eq(kernel.receives, 1);
	ck_assert_uint_eq(kernel.polls, kernels[_i].polls);
	ck_assert_uint_eq(xsk->rx.kicks, 1);
	*xsk->rx.fill.flags = 0;
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, &frame, 1), 0);
	ck_assert_uint_eq(kernel.receives, 1);
	ck_assert_uint_eq(kernel.polls, kernels[_i].polls);
}
END_TEST

START_TEST(the_first_receive_supplies_the_kernel_up_to_the_target)
{
	struct xdpx_frame frame;

	ck_assert_uint_eq(xdpx_xsk_recv(xsk, &frame, 1), 0);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), FRAMES - RING);
	ck_assert_uint_eq(xdpx_umem_held_count(umem), 0);
	ck_assert_uint_eq(memory_xsk_arrive(memory, 2 * RING, 60), RING);
}
END_TEST

static void *receive_once(void *arg)
{
	struct xdpx_frame frames[RING];

	(void)arg;
	return (void *)(uintptr_t)xdpx_xsk_recv(xsk, frames, RING);
}

/* The lock is held while another socket is bound, which takes as long as its device likes. */
START_TEST(a_receive_does_not_wait_for_another_socket_to_be_opened)
{
	struct timespec end;
	pthread_t thread;
	void *count;

	receive_once(NULL);
	ck_assert_uint_eq(memory_xsk_arrive(memory, RING, 60), RING);
	pthread_mutex_lock(&umem->lock);
	ck_assert_int_eq(pthread_create(&thread, NULL, receive_once, NULL), 0);
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += 5;
	ck_assert_int_eq(pthread_timedjoin_np(thread, &count, &end), 0);
	pthread_mutex_unlock(&umem->lock);
	ck_assert_uint_eq((uintptr_t)count, RING);

	/* and gets the kernel new frames for those that it took */
	pthread_mutex_lock(&umem->lock);
	ck_assert_int_eq(pthread_create(&thread, NULL, receive_once, NULL), 0);
	ck_assert_int_eq(pthread_timedjoin_np(thread, &count, &end), 0);
	pthread_mutex_unlock(&umem->lock);
	ck_assert_uint_eq(memory_xsk_arrive(memory, RING, 60), RING);
}
END_TEST

START_TEST(packets_come_in_order_with_their_lengths_across_the_ring_s_end)
{
	struct xdpx_frame frames[RING];
	uint32_t round;
	uint32_t at;

	xdpx_xsk_recv(xsk, frames, RING);
	for (round = 1; round < 100; round++) {
		uint32_t burst = round % 48;

		for (at = 0; at < burst; at++)
			ck_assert_uint_eq(memory_xsk_arrive(memory, 1, round * 64 % 1500 + at), 1);
		ck_assert_uint_eq(xdpx_xsk_recv(xsk, frames, RING), burst);
		for (at = 0; at < burst; at++) {
			ck_assert_uint_eq(frames[at].len, round * 64 % 1500 + at);
			ck_assert_uint_eq(frames[at].addr % 2048, 256 + 32);
		}
		xdpx_xsk_release(xsk, frames, burst);
	}
	ck_assert_uint_eq(xdpx_umem_held_count(umem), 0);
}
END_TEST

START_TEST(a_receive_never_gives_more_than_asked_for)
{
	struct xdpx_frame frames[RING];
	struct xdpx_frame guard = {.addr = 1, .len = 2, .options = 3};

	xdpx_xsk_recv(xsk, frames, RING);
	memory_xsk_arrive(memory, 10, 60);
	frames[3] = guard;
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, frames, 3), 3);
	ck_assert_mem_eq(&frames[3], &guard, sizeof(guard));
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, frames, 0), 0);
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, frames, RING), 7);
}
END_TEST

/* The kernel takes 64 and uses 51 of them, 100,000 times: nothing stalls and nothing is lost. */
START_TEST(frames_released_out_of_step_never_stall_a_ring)
{
	struct xdpx_frame frames[RING];
	struct xdpx_frame kept[RING];
	uint32_t kept_count = 0;
	uint64_t total = 0;
	int round;

	xdpx_xsk_recv(xsk, frames, RING);
	for (round = 0; round < 100000; round++) {
		uint32_t got;

		memory_xsk_arrive(memory, 51, 60);
		got = xdpx_xsk_recv(xsk, frames, RING);
		ck_assert_uint_ge(got, 1);
		total += got;
		xdpx_frames_release(umem, kept, kept_count);
		kept_count = got / 3;
		memcpy(kept, frames, kept_count * sizeof(*kept));
		xdpx_xsk_release(xsk, frames + kept_count, got - kept_count);
	}
	ck_assert_uint_gt(total, 100000ULL * 40);
	ck_assert_uint_eq(xdpx_umem_held_count(umem), kept_count);
	xdpx_frames_release(umem, kept, kept_count);
	ck_assert_uint_eq(xdpx_umem_held_count(umem), 0);
}
END_TEST

START_TEST(frames_the_kernel_has_enough_of_go_to_the_pool)
{
	struct xdpx_frame frames[100];

	xdpx_xsk_recv(xsk, frames, 1);
	ck_assert_uint_eq(xdpx_frames_take(umem, frames, 100), 100);
	xdpx_xsk_release(xsk, frames, 100);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), FRAMES - RING);
	ck_assert_uint_eq(xdpx_umem_held_count(umem), 0);
}
END_TEST

START_TEST(an_address_outside_the_umem_never_reaches_the_kernel)
{
	struct xdpx_frame frames[3];
	uint64_t addresses[RING];
	uint32_t count;

	xdpx_xsk_recv(xsk, frames, 1);
	ck_assert_uint_eq(memory_xsk_arrive(memory, 3, 60), 3);
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, frames, 3), 3);
	frames[1].addr = FRAMES * 2048ULL;
	xdpx_xsk_release(xsk, frames, 3);
	ck_assert_uint_eq(xdpx_umem_held_count(umem), 1);
	count = memory_xsk_drain_fill(memory, addresses, RING);
	while (count--)
		ck_assert_uint_lt(addresses[count], FRAMES * 2048ULL);
}
END_TEST

START_TEST(an_empty_pool_is_counted_and_heals_once_frames_come_back)
{
	struct xdpx_frame held[FRAMES];
	struct xdpx_frame frames[RING];
	uint64_t addresses[RING];

	ck_assert_uint_eq(xdpx_frames_take(umem, held, FRAMES), FRAMES);
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, frames, RING), 0);
	ck_assert_uint_eq(memory_xsk_drain_fill(memory, addresses, RING), 0);
	xdpx_frames_release(umem, held, 40);
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, frames, RING), 0);
	ck_assert_uint_eq(memory_xsk_drain_fill(memory, addresses, RING), 40);
}
END_TEST

START_TEST(sent_frames_return_to_the_pool)
{
	struct xdpx_frame frames[RING + 1];
	struct xdpx_frame last;
	unsigned int at;

	ck_assert_uint_eq(xdpx_frames_take(umem, frames, RING + 1), RING + 1);
	for (at = 0; at < RING + 1; at++)
		frames[at].len = 60 + at;
	ck_assert_int_eq(xdpx_xsk_send(xsk, frames, RING + 1), RING);
	ck_assert_int_eq(xdpx_xsk_send(xsk, frames + RING, 1), 0);
	ck_assert_uint_eq(xdpx_umem_held_count(umem), 1);
	ck_assert_uint_eq(memory_xsk_transmit(memory, RING, &last), RING);
	ck_assert_mem_eq(&last, &frames[RING - 1], sizeof(last));
	ck_assert_int_eq(xdpx_xsk_send(xsk, frames + RING, 1), 1);
	ck_assert_uint_eq(memory_xsk_transmit(memory, RING, NULL), 1);
	ck_assert_uint_eq(xdpx_xsk_complete(xsk), 1);
	ck_assert_uint_eq(xdpx_xsk_complete(xsk), 0);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), FRAMES);
}
END_TEST

static void end_socket(void)
{
	xsk->rx.fill.map = xsk; /* of no bytes: the end reclaims, and unmaps nothing */
	xsk->control_fd = -1;
	xdpx_xsk_end(xsk);
	xsk->rx.fill.map = NULL;
}

START_TEST(a_close_finds_what_is_unread_unused_and_drawn_for_a_packet_that_did_not_fit)
{
	struct xdpx_frame frame;
	unsigned char seen[FRAMES] = {0};
	uint64_t drawn;
	unsigned int at;

	xdpx_xsk_recv(xsk, &frame, 0);
	ck_assert_uint_eq(memory_xsk_arrive(memory, 10, 60), 10);
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, &frame, 1), 1);
	ck_assert_uint_eq(memory_xsk_drain_fill(memory, &drawn, 1), 1);
	end_socket();
	ck_assert_uint_eq(umem->stranded, 0);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), FRAMES - 1);
	seen[frame.addr / 2048] = 1;
	for (at = 0; at < FRAMES - 1; at++) {
		ck_assert_uint_eq(xdpx_frames_take(umem, &frame, 1), 1);
		ck_assert_uint_eq(seen[frame.addr / 2048]++, 0);
	}
}
END_TEST

/* The copying transmit path publishes its index late before 6.17: frames come back that still seem to wait. */
START_TEST(a_close_doubles_no_frame_when_the_kernel_s_index_lags_behind_its_completions)
{
	struct xdpx_frame frames[FRAMES];
	unsigned int at;

	ck_assert_uint_eq(xdpx_frames_take(umem, frames, 40), 40);
	for (at = 0; at < 40; at++)
		frames[at].len = 60;
	ck_assert_int_eq(xdpx_xsk_send(xsk, frames, 40), 40);
	ck_assert_uint_eq(memory_xsk_transmit(memory, 30, NULL), 30);
	*xsk->tx.tx.shared_seen = 0;
	end_socket();
	ck_assert_uint_eq(xdpx_umem_free_count(umem), FRAMES);
	ck_assert_uint_eq(umem->stranded, 0);
}
END_TEST

START_TEST(what_a_close_finds_staged_can_be_released_where_releases_are_watched)
{
	struct xdpx_umem_opts opts = {
		.size = sizeof(opts), .flags = XDPX_UMEM_DEBUG, .frame_count = 4, .frame_size = 2048};
	struct memory_xsk *other;
	struct xdpx_umem *watched;
	struct xdpx_frame frame;

	ck_assert_int_eq(xdpx_umem_new(&opts, &watched), 0);
	other = memory_xsk_new(watched, RING, RING);
	ck_assert_uint_eq(xdpx_frames_take(watched, &frame, 1), 1);
	frame.len = 60;
	ck_assert_int_eq(xdpx_xsk_stage(memory_xsk_socket(other), &frame, 1), 1);
	memory_xsk_close(other);
	xdpx_frames_release(watched, &frame, 1);
	ck_assert_uint_eq(xdpx_umem_free_count(watched), 4);
	ck_assert_int_eq(xdpx_umem_close(watched), 0);
}
END_TEST

static const struct xdpx_frame unsendable[] = {
	{.addr = 0, .len = 0},			/* empty */
	{.addr = FRAMES * 2048ULL, .len = 60},	/* outside */
	{.addr = UINT64_MAX, .len = 1},		/* far outside */
	{.addr = 2048 - 30, .len = 60},		/* across the end of its frame */
	{.addr = 0, .len = UINT32_MAX},		/* longer than any */
	{.addr = 0, .len = 60, .options = 1},	/* asks for what we don't offer */
	{.addr = 1ULL << 48 | 2048, .len = 60}, /* an offset in the upper bits */
};

START_TEST(a_frame_that_can_t_be_sent_never_reaches_the_kernel)
{
	struct xdpx_frame frames[3];

	ck_assert_uint_eq(xdpx_frames_take(umem, frames, 3), 3);
	frames[0].len = frames[2].len = 60;
	frames[1] = unsendable[_i];
	ck_assert_int_eq(xdpx_xsk_send(xsk, frames, 3), 1);
	ck_assert_int_eq(xdpx_xsk_send(xsk, frames + 1, 2), -EINVAL);
	ck_assert_ptr_nonnull(strstr(xdpx_error_last()->message, "can't be sent"));
	ck_assert_uint_eq(memory_xsk_transmit(memory, RING, NULL), 1);
}
END_TEST

START_TEST(a_frame_that_fills_its_chunk_to_the_last_byte_is_sent)
{
	struct xdpx_frame frame = {.addr = 3 * 2048, .len = 2048};

	ck_assert_int_eq(xdpx_xsk_send(xsk, &frame, 1), 1);
}
END_TEST

START_TEST(received_frames_can_be_sent_on)
{
	struct xdpx_frame frames[RING];
	uint64_t total = 0;
	int round;

	xdpx_xsk_recv(xsk, frames, RING);
	for (round = 0; round < 1000; round++) {
		uint32_t got;

		memory_xsk_arrive(memory, 40, 64);
		got = xdpx_xsk_recv(xsk, frames, RING);
		ck_assert_int_eq(xdpx_xsk_send(xsk, frames, got), got);
		ck_assert_uint_eq(memory_xsk_transmit(memory, RING, NULL), got);
		total += got;
	}
	xdpx_xsk_complete(xsk);
	ck_assert_uint_gt(total, 30000);
	ck_assert_uint_eq(xdpx_umem_held_count(umem), 0);
}
END_TEST

/*
 * Three threads at once: one receives and releases, one gives frames back by way of the pool, one asks for levels.
 */
#define TOGETHER_ROUNDS 200000
#define PASSED 1024

static struct xdpx_frame passed[PASSED];
static uint32_t passed_in;
static uint32_t passed_out;
static int together_over;

static void *release_passed(void *arg)
{
	uint32_t at = 0;
	int over = 0;

	(void)arg;
	while (!over || at != __atomic_load_n(&passed_in, __ATOMIC_ACQUIRE)) {
		over = __atomic_load_n(&together_over, __ATOMIC_ACQUIRE);
		if (at == __atomic_load_n(&passed_in, __ATOMIC_ACQUIRE))
			continue;
		xdpx_frames_release(umem, &passed[at++ % PASSED], 1);
		__atomic_store_n(&passed_out, at, __ATOMIC_RELEASE);
	}
	return NULL;
}

static void *levels_ask(void *arg)
{
	uintptr_t worst = 0;
	uint32_t level;

	(void)arg;
	while (!__atomic_load_n(&together_over, __ATOMIC_ACQUIRE)) {
		level = xdpx_xsk_kernel_rx(xsk);
		worst = level > worst ? level : worst;
		level = xdpx_xsk_kernel_tx(xsk);
		worst = level > worst ? level : worst;
		xdpx_umem_held_count(umem);
	}
	return (void *)worst;
}

START_TEST(frames_released_elsewhere_come_back_and_levels_never_pass_the_ring)
{
	struct xdpx_frame frames[4];
	pthread_t releaser;
	pthread_t asker;
	void *worst;
	int round;

	ck_assert_int_eq(pthread_create(&releaser, NULL, release_passed, NULL), 0);
	ck_assert_int_eq(pthread_create(&asker, NULL, levels_ask, NULL), 0);
	for (round = 0; round < TOGETHER_ROUNDS; round++) {
		uint32_t in = passed_in;
		uint32_t got;

		memory_xsk_arrive(memory, 4, 60);
		got = xdpx_xsk_recv(xsk, frames, 4);
		if (got && in - __atomic_load_n(&passed_out, __ATOMIC_ACQUIRE) < PASSED) {
			passed[in % PASSED] = frames[--got];
			__atomic_store_n(&passed_in, in + 1, __ATOMIC_RELEASE);
		}
		if (round % 2)
			xdpx_xsk_release(xsk, frames, got);
		else
			ck_assert_int_eq(xdpx_xsk_send(xsk, frames, got), got);
		memory_xsk_transmit(memory, 4, NULL);
	}
	__atomic_store_n(&together_over, 1, __ATOMIC_RELEASE);
	pthread_join(releaser, NULL);
	pthread_join(asker, &worst);
	xdpx_xsk_complete(xsk);
	ck_assert_uint_eq(xdpx_umem_held_count(umem), 0);
	ck_assert_uint_le((uintptr_t)worst, RING);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("xsk");
	TCase *tcase = tcase_create("rings");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, a_sleeping_driver_is_woken_by_a_receive_or_before_linux_5_11_by_a_poll, 0, 3);
	tcase_add_test(tcase, the_first_receive_supplies_the_kernel_up_to_the_target);
	tcase_add_test(tcase, a_receive_does_not_wait_for_another_socket_to_be_opened);
	tcase_add_test(tcase, packets_come_in_order_with_their_lengths_across_the_ring_s_end);
	tcase_add_test(tcase, a_receive_never_gives_more_than_asked_for);
	tcase_add_test(tcase, frames_released_out_of_step_never_stall_a_ring);
	tcase_add_test(tcase, frames_the_kernel_has_enough_of_go_to_the_pool);
	tcase_add_test(tcase, an_address_outside_the_umem_never_reaches_the_kernel);
	tcase_add_test(tcase, an_empty_pool_is_counted_and_heals_once_frames_come_back);
	tcase_add_test(tcase, sent_frames_return_to_the_pool);
	tcase_add_test(tcase, a_close_finds_what_is_unread_unused_and_drawn_for_a_packet_that_did_not_fit);
	tcase_add_test(tcase, what_a_close_finds_staged_can_be_released_where_releases_are_watched);
	tcase_add_test(tcase, a_close_doubles_no_frame_when_the_kernel_s_index_lags_behind_its_completions);
	tcase_add_loop_test(tcase, a_frame_that_can_t_be_sent_never_reaches_the_kernel, 0,
			    sizeof(unsendable) / sizeof(unsendable[0]));
	tcase_add_test(tcase, a_frame_that_fills_its_chunk_to_the_last_byte_is_sent);
	tcase_add_test(tcase, received_frames_can_be_sent_on);
	tcase_add_test(tcase, frames_released_elsewhere_come_back_and_levels_never_pass_the_ring);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* An application that keeps a thousand packets at a time and gives them back shuffled, from four threads. */
#include "net.h"
#include "run.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <xdpx/error.h>
#include <xdpx/port.h>

#if defined(__SANITIZE_ADDRESS__)
#define PACKETS 500000ULL
#else
#define PACKETS 10000000ULL
#endif
#define FRAMES 8192
#define HELD 1000
#define RELEASERS 4
#define BATCH 64
#define PACKET 64
#define NUMBER_AT 16 /* where a packet carries its number */

/* For each frame: the number of the packet that the application holds in it, 0 while it does not. */
static _Atomic uint64_t holding[FRAMES];
static atomic_bool stop;
static struct xdpx_umem *umem;

/* Frames on their way from the receiver to one releasing thread. */
static struct hand {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct xdpx_frame frames[BATCH];
	unsigned int count;
} hands[RELEASERS];

static uint64_t *number_in(struct xdpx_umem *in, const struct xdpx_frame *frame)
{
	return (uint64_t *)(void *)((char *)xdpx_frame_data(xdpx_umem_base(in), frame) + NUMBER_AT);
}

static void frame_hold(const struct xdpx_frame *frame)
{
	uint64_t before;

	before = atomic_exchange(&holding[frame->addr / 4096], *number_in(umem, frame));
	ck_assert_msg(before == 0, "frame at %llu came twice: it still holds packet %llu",
		      (unsigned long long)frame->addr, (unsigned long long)before);
}

/* Before a frame goes back: nobody has written into it meanwhile. */
static void frame_let_go(const struct xdpx_frame *frame)
{
	uint64_t number = atomic_exchange(&holding[frame->addr / 4096], 0);

	ck_assert_msg(number && number == *number_in(umem, frame), "frame at %llu held packet %llu, and now holds %llu",
		      (unsigned long long)frame->addr, (unsigned long long)number,
		      (unsigned long long)*number_in(umem, frame));
}

static void release_in_pieces(struct xdpx_frame *frames, unsigned int count, unsigned int *seed)
{
	unsigned int at;

	for (at = 0; at < count; at++)
		frame_let_go(&frames[at]);
	while (count) {
		unsigned int piece = 1 + (unsigned int)rand_r(seed) % count;

		xdpx_frames_release(umem, frames, piece);
		frames += piece;
		count -= piece;
	}
}

static void *releaser(void *arg)
{
	struct hand *hand = arg;
	unsigned int seed = (unsigned int)(hand - hands) + 1;
	struct xdpx_frame frames[BATCH];
	unsigned int count;

	do {
		pthread_mutex_lock(&hand->lock);
		while (!hand->count && !atomic_load(&stop))
			pthread_cond_wait(&hand->changed, &hand->lock);
		count = hand->count;
		memcpy(frames, hand->frames, count * sizeof(*frames));
		hand->count = 0;
		pthread_cond_signal(&hand->changed);
		pthread_mutex_unlock(&hand->lock);
		release_in_pieces(frames, count, &seed);
	} while (count);
	return NULL;
}

static void hand_over(struct hand *hand, const struct xdpx_frame *frames, unsigned int count)
{
	pthread_mutex_lock(&hand->lock);
	while (hand->count)
		pthread_cond_wait(&hand->changed, &hand->lock);
	memcpy(hand->frames, frames, count * sizeof(*frames));
	hand->count = count;
	pthread_cond_signal(&hand->changed);
	pthread_mutex_unlock(&hand->lock);
}

/* Sends numbered packets as fast as they go, until told to stop. */
static void *sender(void *arg)
{
	struct xdpx_xsk *xsk = arg;
	struct xdpx_umem *own = xdpx_xsk_umem(xsk);
	struct xdpx_frame frames[BATCH];
	uint64_t number = 0;
	unsigned int count;
	unsigned int at;
	int sent;

	while (!atomic_load(&stop)) {
		xdpx_xsk_complete(xsk);
		count = xdpx_frames_take(own, frames, BATCH);
		for (at = 0; at < count; at++) {
			unsigned char *data = xdpx_frame_data(xdpx_umem_base(own), &frames[at]);

			memset(data, 2, PACKET);
			data[12] = 0x88;
			data[13] = 0xb5;
			*number_in(own, &frames[at]) = ++number;
			frames[at].len = PACKET;
		}
		sent = xdpx_xsk_send(xsk, frames, count);
		ck_assert_int_ge(sent, 0);
		xdpx_frames_release(own, frames + sent, count - (unsigned int)sent);
	}
	return NULL;
}

/* Swaps a random batch of what is held to the end, and returns it. */
static struct xdpx_frame *shuffle_out(struct xdpx_frame *frames, unsigned int count, unsigned int *seed)
{
	unsigned int at;

	for (at = 1; at <= BATCH; at++) {
		unsigned int other = (unsigned int)rand_r(seed) % (count - at + 1);
		struct xdpx_frame frame = frames[other];

		frames[other] = frames[count - at];
		frames[count - at] = frame;
	}
	return &frames[count - BATCH];
}

static void receive_and_hold(struct xdpx_xsk *xsk)
{
	static struct xdpx_frame held[HELD + 2 * BATCH];
	unsigned int count = 0;
	unsigned int next = 0;
	unsigned int seed = 1;
	uint64_t total = 0;

	while (total < PACKETS) {
		unsigned int got = xdpx_xsk_recv(xsk, held + count, BATCH);
		unsigned int at;

		if (!got) {
			ck_assert_msg(xdpx_xsk_wait(xsk, 5000) == 1, "nothing comes any more after %llu packets",
				      (unsigned long long)total);
			continue;
		}
		for (at = count; at < count + got; at++)
			frame_hold(&held[at]);
		count += got;
		total += got;
		while (count >= HELD + BATCH) {
			hand_over(&hands[next++ % RELEASERS], shuffle_out(held, count, &seed), BATCH);
			count -= BATCH;
		}
	}
	release_in_pieces(held, count, &seed);
}

START_TEST(a_thousand_held_frames_released_shuffled_by_four_threads_are_never_mixed_up)
{
	struct xdpx_umem_opts umem_opts = {.size = sizeof(umem_opts), .frame_count = FRAMES};
	struct xdpx_port_opts opts = {.size = sizeof(opts), .traffic = XDPX_TRAFFIC_ALL};
	struct xdpx_xsk_opts send_opts = {.size = sizeof(send_opts), .flags = XDPX_XSK_TX_ONLY};
	pthread_t threads[RELEASERS + 1];
	struct xdpx_umem *send_umem;
	struct xdpx_port *port;
	struct xdpx_xsk *xsk;
	int at;

	net_isolate();
	net_veth("v0", "v1", 1);
	ck_assert_int_eq(xdpx_umem_new(&umem_opts, &umem), 0);
	ck_assert_int_eq(xdpx_umem_new(NULL, &send_umem), 0);
	opts.umem = umem;
	ck_assert_int_eq(xdpx_port_open("v0", &opts, &port), 0);
	ck_assert_int_eq(xdpx_xsk_open(send_umem, "v1", 0, &send_opts, &xsk), 0);

	for (at = 0; at < RELEASERS; at++) {
		pthread_mutex_init(&hands[at].lock, NULL);
		pthread_cond_init(&hands[at].changed, NULL);
		ck_assert_int_eq(pthread_create(&threads[at], NULL, releaser, &hands[at]), 0);
	}
	ck_assert_int_eq(pthread_create(&threads[at], NULL, sender, xsk), 0);
	receive_and_hold(xdpx_port_xsk(port, 0));

	atomic_store(&stop, true);
	for (at = 0; at < RELEASERS; at++) {
		pthread_mutex_lock(&hands[at].lock);
		pthread_cond_signal(&hands[at].changed);
		pthread_mutex_unlock(&hands[at].lock);
	}
	for (at = 0; at <= RELEASERS; at++)
		pthread_join(threads[at], NULL);

	ck_assert_uint_eq(xdpx_umem_held_count(umem), 0);
	xdpx_xsk_close(xsk);
	ck_assert_int_eq(xdpx_port_close(port), 0);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), FRAMES);
	ck_assert_uint_eq(xdpx_umem_free_count(send_umem), 4096);
	ck_assert_int_eq(xdpx_umem_close(send_umem), 0);
	ck_assert_int_eq(xdpx_umem_close(umem), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hold");
	TCase *tcase = tcase_create("hold");

	tcase_set_timeout(tcase, 240);
	tcase_add_test(tcase, a_thousand_held_frames_released_shuffled_by_four_threads_are_never_mixed_up);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}

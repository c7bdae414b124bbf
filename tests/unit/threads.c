/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * Several threads on one UMEM, the kernel one of them. What is in the packets they read and write plainly: under a
 * thread sanitizer any ordering that the rings or the pool lack shows there.
 *
 * XDPX_THREADS_PACKETS: how many packets, in place of a few.
 */
#include "memory_xsk.h"
#include "run.h"
#include "xsk/xsk.h"

#include <linux/if_xdp.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define PACKETS 100000
#define FRAMES 2048
#define RING 128
#define HELD 1000
#define RELEASERS 4
#define FORWARDED 64

struct packet {
	uint64_t number;
	uint64_t digest;
};

/* Frames on their way from one thread to others, which take them in any order. */
struct bag {
	pthread_mutex_t lock;
	struct xdpx_frame frames[HELD];
	unsigned int count;
	bool over; /* nothing comes any more */
};

static struct xdpx_umem *umem;
static struct memory_xsk *memory;
static struct xdpx_xsk *xsk;
static struct bag bag = {.lock = PTHREAD_MUTEX_INITIALIZER};
static struct bag forward = {.lock = PTHREAD_MUTEX_INITIALIZER};
static uint64_t packets;
static uint64_t transmitted;
static unsigned char in_use[FRAMES]; /* 1: with the application, as threads say that hand it over */
static int over;

/* There is no descriptor behind a socket in memory; the kernel's counts are all 0. */
int getsockopt(int fd, int level, int option, void *value, socklen_t *length)
{
	must(fd == -1);
	must(level == SOL_XDP);
	must(option == XDP_STATISTICS);
	memset(value, 0, *length);
	return 0;
}

static uint64_t digest_of(uint64_t number)
{
	return (number + 1) * 0x9e3779b97f4a7c15ULL;
}

static struct packet *packet_of(const struct xdpx_frame *frame)
{
	return xdpx_frame_data(xdpx_umem_base(umem), frame);
}

static void bag_put(struct bag *to, const struct xdpx_frame *frame)
{
	bool done = false;

	while (!done) {
		pthread_mutex_lock(&to->lock);
		done = to->count < (to == &bag ? HELD : FORWARDED);
		if (done)
			to->frames[to->count++] = *frame;
		pthread_mutex_unlock(&to->lock);
		if (!done)
			sched_yield();
	}
}

static void bag_end(struct bag *last)
{
	pthread_mutex_lock(&last->lock);
	last->over = true;
	pthread_mutex_unlock(&last->lock);
}

/* Takes frames at random once `enough` are there, or nothing follows. Returns how many, or -1: no more will come. */
static int bag_take(struct bag *from, unsigned int enough, unsigned int *seed, struct xdpx_frame *frames, int max)
{
	int count = 0;
	bool ended;

	pthread_mutex_lock(&from->lock);
	ended = from->over;
	if (from->count >= enough || ended)
		for (; from->count && count < max; count++) {
			unsigned int at = (unsigned int)rand_r(seed) % from->count;

			frames[count] = from->frames[at];
			from->frames[at] = from->frames[--from->count];
		}
	pthread_mutex_unlock(&from->lock);
	return !count && ended ? -1 : count;
}

/* The kernel: receives into frames of the fill ring, and sends what is in the transmit ring. */
static void *kernel(void *arg)
{
	struct xdpx_frame frames[16];
	struct xdpx_frame frame = {.len = 60};
	uint64_t number = 0;
	bool drawn = false;
	unsigned int count;
	unsigned int at;

	(void)arg;
	while (number < packets || !__atomic_load_n(&over, __ATOMIC_ACQUIRE)) {
		drawn = drawn || (number < packets && memory_xsk_drain_fill(memory, &frame.addr, 1));
		if (drawn) {
			frame.addr = frame.addr / 2048 * 2048 + XDPX_KERNEL_HEADROOM;
			*packet_of(&frame) = (struct packet){number, digest_of(number)};
			drawn = !memory_xsk_receive(memory, &frame);
			number += !drawn;
		}
		count = memory_xsk_fetch(memory, frames, 16);
		memory_xsk_tell(memory);
		for (at = 0; at < count; at++) {
			must(packet_of(&frames[at])->digest == digest_of(packet_of(&frames[at])->number));
			packet_of(&frames[at])->digest = 0;
			memory_xsk_finish(memory, frames[at].addr);
		}
		__atomic_store_n(&transmitted, transmitted + count, __ATOMIC_RELEASE);
		if (!drawn && !count)
			sched_yield();
	}
	return NULL;
}

/* Notes that the frame comes from the kernel, or goes back. */
static void use(const struct xdpx_frame *frame, unsigned char now)
{
	must(__atomic_exchange_n(&in_use[frame->addr / 2048], now, __ATOMIC_RELAXED) == !now);
}

static void *releaser(void *arg)
{
	unsigned int seed = (unsigned int)(uintptr_t)arg;
	struct xdpx_frame frames[8];
	int count;
	int at;

	while ((count = bag_take(&bag, HELD - 100, &seed, frames, 1 + (int)(seed % 8))) >= 0) {
		for (at = 0; at < count; at++) {
			must(packet_of(&frames[at])->digest == digest_of(packet_of(&frames[at])->number));
			packet_of(&frames[at])->digest = 1;
			use(&frames[at], 0);
		}
		if (count % 2)
			xdpx_frames_release(umem, frames, (unsigned int)count);
		else
			for (at = 0; at < count; at++)
				xdpx_frames_release(umem, &frames[at], 1);
		if (!count)
			sched_yield();
	}
	return NULL;
}

/* Sends on what it was handed, and what it takes itself. */
static void *sender(void *arg)
{
	struct xdpx_frame frames[17];
	unsigned int seed = 77;
	unsigned int sent;
	int count;

	(void)arg;
	while ((count = bag_take(&forward, 1, &seed, frames, 16)) >= 0) {
		if (count && xdpx_frames_take(umem, &frames[count], 1)) {
			*packet_of(&frames[count]) = (struct packet){0, digest_of(0)};
			frames[count++].len = 60;
		}
		for (sent = 0; sent < (unsigned int)count;) {
			int accepted = xdpx_xsk_send(xsk, frames + sent, (unsigned int)count - sent);

			must(accepted >= 0);
			sent += (unsigned int)accepted;
			if (!accepted)
				sched_yield();
		}
		if (!count)
			sched_yield();
	}
	return NULL;
}

static void *asker(void *arg)
{
	struct xdpx_xsk_stats stats = {.size = sizeof(stats)};
	struct xdpx_xsk_stats before = {0};

	(void)arg;
	while (!__atomic_load_n(&over, __ATOMIC_ACQUIRE)) {
		must(xdpx_xsk_stats(xsk, &stats) == 0);
		must(stats.received >= before.received);
		must(stats.sent >= before.sent);
		must(stats.completed >= before.completed);
		must(stats.rx_level <= RING);
		must(xdpx_umem_held_count(umem) <= FRAMES);
		must(xdpx_umem_free_count(umem) <= FRAMES);
		before = stats;
		sched_yield();
	}
	return NULL;
}

/* Another socket on the same UMEM comes and goes meanwhile. */
static void *opener(void *arg)
{
	struct memory_xsk *other;
	struct xdpx_frame frame;

	(void)arg;
	while (!__atomic_load_n(&over, __ATOMIC_ACQUIRE)) {
		other = memory_xsk_new(umem, 16, 16);
		xdpx_xsk_recv(memory_xsk_socket(other), &frame, 1);
		memory_xsk_close(other);
		sched_yield();
	}
	return NULL;
}

/* Sees each packet once, in order and whole, and hands two thirds of them to other threads. */
static void receive_all(void)
{
	struct xdpx_frame frames[32];
	uint64_t number = 0;
	unsigned int kept;
	unsigned int got;
	unsigned int at;

	while (number < packets) {
		got = xdpx_xsk_recv(xsk, frames, 32);
		for (kept = at = 0; at < got; at++, number++) {
			must(packet_of(&frames[at])->number == number);
			must(packet_of(&frames[at])->digest == digest_of(number));
			switch (number % 3) {
			case 0:
				use(&frames[at], 1);
				bag_put(&bag, &frames[at]);
				break;
			case 1:
				bag_put(&forward, &frames[at]);
				break;
			default:
				packet_of(&frames[at])->digest = 2;
				frames[kept++] = frames[at];
			}
		}
		xdpx_xsk_release(xsk, frames, kept);
		if (!got)
			sched_yield();
	}
}

static pthread_t start(void *(*fn)(void *), uintptr_t arg)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, fn, (void *)arg), 0);
	return thread;
}

START_TEST(packets_stay_whole_and_frames_single_while_nine_threads_handle_them)
{
	struct xdpx_umem_opts opts = {.size = sizeof(opts), .frame_count = FRAMES, .frame_size = 2048};
	const char *wanted = getenv("XDPX_THREADS_PACKETS");
	pthread_t others[3];
	pthread_t releasers[RELEASERS];
	pthread_t sending;
	unsigned int at;

	packets = wanted ? strtoull(wanted, NULL, 10) : PACKETS;
	ck_assert_int_eq(xdpx_umem_new(&opts, &umem), 0);
	memory = memory_xsk_new(umem, RING, RING);
	xsk = memory_xsk_socket(memory);
	others[0] = start(kernel, 0);
	others[1] = start(asker, 0);
	others[2] = start(opener, 0);
	sending = start(sender, 0);
	for (at = 0; at < RELEASERS; at++)
		releasers[at] = start(releaser, at + 1);

	receive_all();
	bag_end(&bag);
	bag_end(&forward);
	pthread_join(sending, NULL);
	for (at = 0; at < RELEASERS; at++)
		pthread_join(releasers[at], NULL);
	while (__atomic_load_n(&transmitted, __ATOMIC_ACQUIRE) != xsk->tx.sent)
		sched_yield();
	xdpx_xsk_complete(xsk);
	__atomic_store_n(&over, 1, __ATOMIC_RELEASE);
	for (at = 0; at < 3; at++)
		pthread_join(others[at], NULL);

	ck_assert_uint_eq(xdpx_umem_held_count(umem), 0);
	memory_xsk_close(memory);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), FRAMES);
	ck_assert_int_eq(xdpx_umem_close(umem), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("threads");
	TCase *tcase = tcase_create("threads");

	tcase_set_timeout(tcase, 250);
	tcase_add_test(tcase, packets_stay_whole_and_frames_single_while_nine_threads_handle_them);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}

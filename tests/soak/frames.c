/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * Many packets through a veth. Each is seen once and whole, or the kernel's own counters say where it was dropped; a
 * thousand frames at a time are held, and given back in random order by four other threads.
 *
 * XDPX_SOAK_PACKETS, XDPX_SOAK_SECONDS: how many, and how long at the most. XDPX_SOAK_RATE: packets a second; 0, and
 * unless told otherwise: as many as go. XDPX_SOAK_SUMMARY: a file that a line on what was seen goes to.
 */
#include "net.h"
#include "run.h"
#include "soak.h"
#include "stream.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <xdpx/error.h>
#include <xdpx/port.h>

#define PACKETS 1000000
#define SECONDS 120
#define WINDOW 1024
#define FRAMES 8192
#define FRAME_BYTES 2048
#define BATCH 64
#define RELEASERS 4
#define HELD_BY_ONE 256 /* a releaser begins once it has so many */
#define PASSED 1024

/* Frames from the receiver to one releaser: written by one, read by the other. */
struct pipe {
	uint32_t in __attribute__((aligned(64)));
	uint32_t out __attribute__((aligned(64)));
	int over;
	struct xdpx_frame frames[PASSED];
	uint64_t numbers[PASSED];
};

static struct xdpx_port *port;
static struct xdpx_umem *umem;
static struct stream *stream;
static struct pipe pipes[RELEASERS];
/* 1 while the application has the frame: one that comes again before it was given back shows. */
static unsigned char ours[FRAMES];
static uint64_t released_elsewhere[RELEASERS];

struct seen {
	uint64_t next; /* the number that should come */
	uint64_t received;
	uint64_t missing;
	uint64_t late; /* came again, or behind a later one */
	uint64_t spoilt;
	uint64_t twice; /* the frame was still held */
	uint32_t held_most;
};

static void mark(const struct xdpx_frame *frame, unsigned char now, uint64_t *wrong)
{
	*wrong += __atomic_exchange_n(&ours[frame->addr / FRAME_BYTES], now, __ATOMIC_RELAXED) == now;
}

/* Gives back some of its frames, chosen at random, as single ones or a few together. */
static unsigned int some_release(struct xdpx_frame *mine, uint64_t *numbers, unsigned int count, unsigned int *seed)
{
	unsigned int some = 1 + (unsigned int)rand_r(seed) % 16;
	struct xdpx_frame frames[16];
	uint64_t wrong = 0;
	uint64_t number;
	uint16_t from;
	unsigned int at;
	unsigned int pick;

	for (at = 0; at < some && count; at++) {
		pick = (unsigned int)rand_r(seed) % count;
		frames[at] = mine[pick];
		/* nobody wrote into it while it was held */
		must(stream_packet(xdpx_frame_data(xdpx_umem_base(umem), &frames[at]), frames[at].len, &from, &number));
		must(number == numbers[pick]);
		mark(&frames[at], 0, &wrong);
		mine[pick] = mine[--count];
		numbers[pick] = numbers[count];
	}
	must(wrong == 0);
	if (some > 8)
		xdpx_frames_release(umem, frames, at);
	else
		while (at--)
			xdpx_frames_release(umem, &frames[at], 1);
	return count;
}

static void *releaser(void *arg)
{
	unsigned int self = (unsigned int)(uintptr_t)arg;
	struct pipe *pipe = &pipes[self];
	struct xdpx_frame mine[2 * HELD_BY_ONE];
	uint64_t numbers[2 * HELD_BY_ONE];
	unsigned int count = 0;
	unsigned int seed = self + 1;
	uint32_t in;
	int over;

	do {
		over = __atomic_load_n(&pipe->over, __ATOMIC_ACQUIRE);
		in = __atomic_load_n(&pipe->in, __ATOMIC_ACQUIRE);
		while (pipe->out != in && count < 2 * HELD_BY_ONE) {
			mine[count] = pipe->frames[pipe->out % PASSED];
			numbers[count++] = pipe->numbers[pipe->out % PASSED];
			__atomic_store_n(&pipe->out, pipe->out + 1, __ATOMIC_RELEASE);
		}
		if (count <= HELD_BY_ONE && !over)
			soak_pause_us(200);
		while (count > HELD_BY_ONE || (over && count)) {
			unsigned int left = some_release(mine, numbers, count, &seed);

			released_elsewhere[self] += count - left;
			count = left;
		}
	} while (!over || count || pipe->out != in);
	return NULL;
}

/* Hands the frame to one of the releasers; false: it has enough. */
static bool hand_over(const struct xdpx_frame *frame, uint64_t number, unsigned int to)
{
	struct pipe *pipe = &pipes[to];

	if (pipe->in - __atomic_load_n(&pipe->out, __ATOMIC_ACQUIRE) >= PASSED)
		return false;
	pipe->frames[pipe->in % PASSED] = *frame;
	pipe->numbers[pipe->in % PASSED] = number;
	__atomic_store_n(&pipe->in, pipe->in + 1, __ATOMIC_RELEASE);
	return true;
}

static void look_at(struct seen *seen, const struct xdpx_frame *frame, uint64_t *number)
{
	uint16_t from;

	mark(frame, 1, &seen->twice);
	seen->received++;
	if (!stream_packet(xdpx_frame_data(xdpx_umem_base(umem), frame), frame->len, &from, number)) {
		seen->spoilt++;
		return;
	}
	if (*number < seen->next) {
		seen->late++;
		return;
	}
	seen->missing += *number - seen->next;
	seen->next = *number + 1;
}

/* Every other batch goes to the releasers, to one after the other; the rest goes back from here. */
static void batch_handle(struct seen *seen, struct xdpx_xsk *xsk, struct xdpx_frame *frames, unsigned int got)
{
	static unsigned int batch;
	unsigned int kept = 0;
	uint64_t number;
	uint64_t wrong = 0;
	unsigned int at;

	batch++;
	for (at = 0; at < got; at++) {
		look_at(seen, &frames[at], &number);
		if (batch % 2 && hand_over(&frames[at], number, batch / 2 % RELEASERS))
			continue;
		mark(&frames[at], 0, &wrong);
		frames[kept++] = frames[at];
	}
	must(wrong == 0);
	xdpx_xsk_release(xsk, frames, kept);
}

static void receive_all(struct seen *seen, struct xdpx_xsk *xsk, uint64_t packets, double seconds)
{
	struct xdpx_frame frames[BATCH];
	double end = soak_now() + seconds;
	unsigned int turns = 0;
	int idle = 0;
	unsigned int got;

	while (seen->next < packets && idle < 50) {
		got = xdpx_xsk_recv(xsk, frames, BATCH);
		batch_handle(seen, xsk, frames, got);
		if (got) {
			idle = 0;
			stream_seen(stream, seen->next);
		} else if (xdpx_xsk_wait(xsk, 10) == 0) {
			/* what was sent and does not come is lost */
			idle += stream_sent(stream) == packets || soak_now() > end;
			stream_seen(stream, stream_sent(stream));
		}
		if (!(++turns % 4096)) {
			uint32_t held = xdpx_umem_held_count(umem);

			seen->held_most = held > seen->held_most ? held : seen->held_most;
			if (soak_now() > end)
				stream_limit(stream, 0);
		}
	}
	seen->missing += stream_sent(stream) - seen->next;
}

static void port_open(void)
{
	struct xdpx_port_opts opts = {
		.size = sizeof(opts),
		.traffic = XDPX_TRAFFIC_ALL,
		.frame_count = FRAMES,
		.frame_size = FRAME_BYTES,
	};

	ck_assert_msg(xdpx_port_open("va", &opts, &port) == 0, "%s", xdpx_error_last()->message);
}

static void summary(const struct seen *seen, const struct stream_losses *losses, const struct xdpx_xsk_stats *stats,
		    double seconds)
{
	uint64_t elsewhere = 0;
	unsigned int at;

	for (at = 0; at < RELEASERS; at++)
		elsewhere += released_elsewhere[at];
	soak_summary(
		"frames: %llu sent, %llu received in %.1f s (%.2f million a second); lost %llu (by the kernel's "
		"counters: %llu on the way, %llu at the receiver, of which ring full %llu, no frame %llu); out of "
		"order %llu, spoilt %llu, in a held frame %llu; %llu released by %d other threads, %u held at most",
		(unsigned long long)stream_sent(stream), (unsigned long long)seen->received, seconds,
		(double)seen->received / seconds / 1e6, (unsigned long long)seen->missing,
		(unsigned long long)losses->on_the_way, (unsigned long long)losses->at_the_end,
		(unsigned long long)stats->rx_ring_full, (unsigned long long)stats->rx_fill_ring_empty_descs,
		(unsigned long long)seen->late, (unsigned long long)seen->spoilt, (unsigned long long)seen->twice,
		(unsigned long long)elsewhere, RELEASERS, seen->held_most);
}

START_TEST(every_packet_is_seen_once_and_whole_while_four_threads_release_in_any_order)
{
	struct stream_opts opts = {.device = "vb", .window = WINDOW};
	struct xdpx_xsk_stats stats = {.size = sizeof(stats)};
	struct stream_losses losses;
	struct seen seen = {0};
	pthread_t threads[RELEASERS];
	struct xdpx_xsk *xsk;
	const char *reason;
	uintptr_t at;
	double begun;
	double seconds;

	if (!stream_possible(&reason))
		skip_test(reason);
	opts.packets = soak_number("XDPX_SOAK_PACKETS", PACKETS);
	opts.rate = soak_number("XDPX_SOAK_RATE", 0);
	net_isolate();
	net_veth("va", "vb", 1);
	port_open();
	ck_assert_int_eq(xdpx_port_claim(port, &xsk), 0);
	umem = xdpx_xsk_umem(xsk);
	soak_cpu(1);
	for (at = 0; at < RELEASERS; at++)
		ck_assert_int_eq(pthread_create(&threads[at], NULL, releaser, (void *)at), 0);
	stream = stream_start(&opts);

	begun = soak_now();
	receive_all(&seen, xsk, opts.packets, (double)soak_number("XDPX_SOAK_SECONDS", SECONDS));
	seconds = soak_now() - begun;
	for (at = 0; at < RELEASERS; at++)
		__atomic_store_n(&pipes[at].over, 1, __ATOMIC_RELEASE);
	for (at = 0; at < RELEASERS; at++)
		pthread_join(threads[at], NULL);
	ck_assert_int_eq(xdpx_xsk_stats(xsk, &stats), 0);
	stream_losses("vb", "va", &losses);
	summary(&seen, &losses, &stats, seconds);
	stream_end(stream);

	ck_assert_uint_eq(seen.late, 0);
	ck_assert_uint_eq(seen.spoilt, 0);
	ck_assert_uint_eq(seen.twice, 0);
	ck_assert_uint_eq(seen.missing, losses.on_the_way + losses.at_the_end);
	ck_assert_uint_eq(xdpx_umem_held_count(umem), 0);
	ck_assert_int_eq(xdpx_port_close(port), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("frames");
	TCase *frames = tcase_create("frames");

	tcase_set_timeout(frames, (double)soak_number("XDPX_SOAK_SECONDS", SECONDS) + 60);
	tcase_add_test(frames, every_packet_is_seen_once_and_whole_while_four_threads_release_in_any_order);
	suite_add_tcase(suite, frames);
	return run_suite(suite);
}

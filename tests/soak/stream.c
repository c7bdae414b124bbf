/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "stream.h"

#include "net.h"
#include "soak.h"

#include <bpf/bpf.h>
#include <check.h>
#include <errno.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <xdpx/error.h>
#include <xdpx/prog.h>

#include "../bpf/stamp.h"

/* A call waits for an RCU grace period at its begin and at its end: so few calls, each ended by a timer. */
#define RUNS_A_CALL 2000000000
#define CALL_SECONDS 1
#define BATCH 64

struct stream {
	struct stream_opts opts;
	struct xdpx_prog *prog;
	volatile struct stamp_stream *shared;
	pthread_t thread;
	int over;
	int error;
};

/* Of each length so many calls, one after the other. */
static const uint32_t lengths[] = {60, 60, 60, 60, 60, STAMP_LONG_BYTES, STAMP_LONG_BYTES, 1024};

static void packet_make(unsigned char *packet, uint32_t bytes)
{
	static const unsigned char headers[STAMP_AT] = {
		2,    2, 2, 2,	2, 2,  6, 6, 6,	 6,  6, 6, 8,	0,		       /* Ethernet */
		0x45, 0, 0, 46, 0, 0,  0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, /* IPv4, UDP */
		0,    9, 0, 9,	0, 26, 0, 0,
	};

	memset(packet, 0xa5, bytes);
	memcpy(packet, headers, sizeof(headers));
	packet[16] = (unsigned char)((bytes - 14) >> 8);
	packet[17] = (unsigned char)(bytes - 14);
	packet[38] = (unsigned char)((bytes - 34) >> 8);
	packet[39] = (unsigned char)(bytes - 34);
}

/* Interrupts this thread's calls. */
static timer_t timer_begin(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1};
	struct itimerspec period = {{CALL_SECONDS, 0}, {CALL_SECONDS, 0}};
	timer_t timer;

	event._sigev_un._tid = gettid();
	ck_assert_int_eq(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
	timer_settime(timer, 0, &period, NULL);
	return timer;
}

static void *stream_send(void *arg)
{
	struct stream *stream = arg;
	timer_t timer = timer_begin();
	unsigned char packet[2048];
	unsigned int call;

	soak_cpu(stream->opts.number);
	for (call = 0; !__atomic_load_n(&stream->over, __ATOMIC_RELAXED); call++) {
		uint32_t bytes = lengths[call % (sizeof(lengths) / sizeof(lengths[0]))];
		LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = packet, .data_size_in = bytes, .repeat = RUNS_A_CALL,
			    .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = BATCH);
		int err;

		packet_make(packet, bytes);
		err = bpf_prog_test_run_opts(xdpx_prog_fd(stream->prog), &run);
		if (err && err != -EINTR) {
			stream->error = err;
			break;
		}
		if (stream->shared->sent >= stream->opts.packets)
			break;
	}
	timer_delete(timer);
	return NULL;
}

static void wake(int signal)
{
	(void)signal;
}

bool stream_possible(const char **reason)
{
	struct bpf_insn insns[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_DROP},
		{.code = BPF_JMP | BPF_EXIT},
	};
	unsigned char packet[64] = {0};
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = packet, .data_size_in = sizeof(packet), .repeat = 1,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES);
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "tried", "GPL", insns, 2, NULL);
	int err = fd < 0 ? fd : bpf_prog_test_run_opts(fd, &run);

	if (fd >= 0)
		close(fd);
	*reason = "the kernel runs no XDP program on live frames";
	return !err;
}

struct stream *stream_start(const struct stream_opts *opts)
{
	struct stream *stream = calloc(1, sizeof(*stream));
	struct sigaction action = {.sa_handler = wake};
	uint32_t device = if_nametoindex(opts->device);

	ck_assert_ptr_nonnull(stream);
	stream->opts = *opts;
	ck_assert_int_eq(xdpx_prog_open(TEST_OBJECTS "/stamp.bpf.o", NULL, &stream->prog), 0);
	ck_assert_int_eq(xdpx_prog_global_set(stream->prog, "device", &device, sizeof(device)), 0);
	ck_assert_int_eq(
		xdpx_prog_global_set(stream->prog, "stream_number", &stream->opts.number, sizeof(stream->opts.number)),
		0);
	ck_assert_msg(xdpx_prog_load(stream->prog, NULL) == 0, "%s: %s", xdpx_error_last()->message,
		      xdpx_error_last()->kernel);
	stream->shared = mmap(NULL, sizeof(*stream->shared), PROT_READ | PROT_WRITE, MAP_SHARED,
			      xdpx_prog_map_fd(stream->prog, "streams"), 0);
	ck_assert(stream->shared != MAP_FAILED);
	stream->shared->end = opts->packets;
	stream->shared->window = opts->window;
	stream->shared->rate = opts->rate;
	sigaction(SIGUSR1, &action, NULL);
	ck_assert_int_eq(pthread_create(&stream->thread, NULL, stream_send, stream), 0);
	return stream;
}

void stream_limit(struct stream *stream, uint64_t packets)
{
	stream->shared->end = packets < stream->opts.packets ? packets : stream->opts.packets;
}

void stream_end(struct stream *stream)
{
	__atomic_store_n(&stream->over, 1, __ATOMIC_RELAXED);
	pthread_join(stream->thread, NULL);
	ck_assert_msg(!stream->error, "live frames: %s", strerror(-stream->error));
	munmap((void *)(uintptr_t)stream->shared, sizeof(*stream->shared));
	xdpx_prog_free(stream->prog);
	free(stream);
}

uint64_t stream_sent(const struct stream *stream)
{
	return stream->shared->sent;
}

void stream_seen(struct stream *stream, uint64_t number)
{
	stream->shared->seen = number;
}

bool stream_packet(const void *data, uint32_t len, uint16_t *stream, uint64_t *number)
{
	const unsigned char *bytes = data;
	struct stamp stamp;
	uint64_t word;
	unsigned int at;

	if (len < STAMP_BYTES)
		return false;
	memcpy(&stamp, bytes + STAMP_AT, sizeof(stamp));
	*stream = stamp.stream;
	*number = stamp.number;
	if (stamp.digest != stamp_digest(stamp.stream, stamp.number))
		return false;
	for (at = 0; len >= STAMP_LONG_BYTES && at < STAMP_WORDS; at++) {
		memcpy(&word, bytes + STAMP_BYTES + at * sizeof(word), sizeof(word));
		if (word != stamp_word(stamp.digest, at))
			return false;
	}
	return len <= STAMP_LONG_BYTES || bytes[len - 1] == 0xa5;
}

static uint64_t counters_add(const char *device, const char *pattern)
{
	char out[64];

	sh_read(out, sizeof(out), "ethtool -S %s | awk '/%s/ { sum += $2 } END { printf \"%%.0f\", sum }'", device,
		pattern);
	return strtoull(out, NULL, 10);
}

void stream_losses(const char *from, const char *to, struct stream_losses *losses)
{
	losses->on_the_way = counters_add(from, "xdp_xmit_errors");
	losses->at_the_end = counters_add(to, "rx_queue_[0-9]+_(xdp_)?drops");
}

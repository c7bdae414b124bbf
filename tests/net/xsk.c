/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Sockets on the kernel's rings: veth pairs in a namespace of the test's own. */
#include "xsk/xsk.h"
#include "drop_caps.h"
#include "kernel_log.h"
#include "net.h"
#include "run.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <xdpx/error.h>
#include <xdpx/link.h>
#include <xdpx/port.h>
#include <xdpx/xsk.h>

#define PACKET 100

static struct xdpx_umem *umem;

static void setup(void)
{
	net_isolate();
	ck_assert_int_eq(xdpx_umem_new(NULL, &umem), 0);
}

static void port_setup(void)
{
	net_isolate();
	net_veth("v0", "v1", 1);
}

static const char *message(void)
{
	return xdpx_error_last()->message;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

START_TEST(every_queue_can_be_bound_and_the_next_one_is_refused_in_words)
{
	struct xdpx_xsk *xsk[3];
	uint32_t at;

	net_veth("v0", "v1", 3);
	for (at = 0; at < 3; at++)
		ck_assert_int_eq(xdpx_xsk_open(umem, "v0", at, NULL, &xsk[at]), 0);
	ck_assert_int_eq(xdpx_xsk_open(umem, "v0", 3, NULL, xsk), -EINVAL);
	ck_assert_str_eq(message(), "v0: queue 3 does not exist; it has 3 (0 to 2)");
	for (at = 0; at < 3; at++) {
		ck_assert_uint_eq(xdpx_xsk_queue(xsk[at]), at);
		ck_assert_ptr_eq(xdpx_xsk_umem(xsk[at]), umem);
		ck_assert_int_eq(xdpx_xsk_is_zerocopy(xsk[at]), 0);
		ck_assert_int_eq(xdpx_xsk_close(xsk[at]), 0);
	}
	ck_assert_int_eq(xdpx_umem_close(umem), 0);
}
END_TEST

START_TEST(sockets_on_one_umem_can_be_closed_in_any_order)
{
	struct xdpx_xsk *xsk[3];

	net_veth("v0", "v1", 3);
	ck_assert_int_eq(xdpx_xsk_open(umem, "v0", 0, NULL, &xsk[0]), 0);
	ck_assert_int_eq(xdpx_xsk_open(umem, "v0", 1, NULL, &xsk[1]), 0);
	xdpx_xsk_close(xsk[0]);
	ck_assert_int_eq(xdpx_xsk_open(umem, "v0", 2, NULL, &xsk[2]), 0);
	xdpx_xsk_close(xsk[1]);
	ck_assert_int_eq(xdpx_xsk_open(umem, "v0", 0, NULL, &xsk[0]), 0);
	xdpx_xsk_close(xsk[2]);
	xdpx_xsk_close(xsk[0]);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), 4096);
	ck_assert_int_eq(xdpx_umem_close(umem), 0);
}
END_TEST

START_TEST(one_queue_opens_and_closes_100_times)
{
	struct xdpx_xsk *xsk;
	int round;

	net_veth("v0", "v1", 1);
	ck_assert_int_eq(xdpx_xsk_open(umem, "v0", 7, NULL, &xsk), -EINVAL);
	for (round = 0; round < 100; round++) {
		ck_assert_msg(xdpx_xsk_open(umem, "v0", 0, NULL, &xsk) == 0, "round %d: %s", round, message());
		ck_assert_int_eq(xdpx_xsk_close(xsk), 0);
		ck_assert_int_eq(xdpx_error_last()->code, -EINVAL); /* tries that found the queue busy leave no error */
	}
	ck_assert_uint_eq(xdpx_umem_free_count(umem), 4096);
}
END_TEST

START_TEST(a_queue_held_by_another_is_busy_within_the_deadline)
{
	struct xdpx_xsk_opts opts = {.size = sizeof(opts), .deadline_ms = 150};
	struct xdpx_xsk *untouched = (struct xdpx_xsk *)&opts;
	unsigned int fds;
	struct xdpx_xsk *xsk;
	int64_t start;

	net_veth("v0", "v1", 1);
	ck_assert_int_eq(xdpx_xsk_open(umem, "v0", 0, NULL, &xsk), 0);
	fds = fd_count();
	start = now_ms();
	ck_assert_int_eq(xdpx_xsk_open(umem, "v0", 0, &opts, &untouched), -EBUSY);
	ck_assert_int_ge(now_ms() - start, 150);
	ck_assert_int_lt(now_ms() - start, 1000);
	ck_assert_str_eq(message(), "v0: queue 0 is in use by another AF_XDP socket");
	ck_assert_ptr_eq(untouched, &opts);
	ck_assert_uint_eq(fd_count(), fds);
	xdpx_xsk_close(xsk);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), 4096);
}
END_TEST

static const struct {
	struct xdpx_xsk_opts opts;
	const char *word;
} refused[] = {
	{{.rx_size = 3}, "rx_size is 3"},
	{{.tx_size = 1}, "tx_size is 1"},
	{{.fill_size = 1U << 31}, "fill_size"},
	{{.completion_size = 1000}, "completion_size is 1000"},
	{{.fill_size = 64, .fill_target = 65}, "fill_target is 65"},
	{{.zerocopy = 3}, "zerocopy is 3"},
	{{.flags = XDPX_XSK_RX_ONLY | XDPX_XSK_TX_ONLY}, "both"},
	{{.flags = 1ULL << 40}, "flags"},
};

START_TEST(bad_options_are_refused_in_words)
{
	struct xdpx_xsk_opts opts = refused[_i].opts;
	struct xdpx_xsk *xsk;

	opts.size = sizeof(opts);
	ck_assert_int_eq(xdpx_xsk_open(umem, "lo", 0, &opts, &xsk), -EINVAL);
	ck_assert_ptr_nonnull(strstr(message(), refused[_i].word));
}
END_TEST

START_TEST(null_arguments_and_unknown_devices_are_refused)
{
	struct xdpx_xsk *xsk;

	ck_assert_int_eq(xdpx_xsk_open(NULL, "lo", 0, NULL, &xsk), -EINVAL);
	ck_assert_int_eq(xdpx_xsk_open(umem, "lo", 0, NULL, NULL), -EINVAL);
	ck_assert_int_eq(xdpx_xsk_open(umem, NULL, 0, NULL, &xsk), -EINVAL);
	ck_assert_int_eq(xdpx_xsk_open(umem, "nosuch", 0, NULL, &xsk), -ENODEV);
	ck_assert_ptr_nonnull(strstr(message(), "nosuch"));
	ck_assert_int_eq(xdpx_xsk_close(NULL), 0);
}
END_TEST

START_TEST(a_socket_for_receiving_only_refuses_to_send)
{
	struct xdpx_xsk_opts opts = {.size = sizeof(opts), .flags = XDPX_XSK_RX_ONLY};
	struct xdpx_frame frame;
	struct xdpx_xsk *xsk;

	net_veth("v0", "v1", 1);
	ck_assert_int_eq(xdpx_xsk_open(umem, "v0", 0, &opts, &xsk), 0);
	ck_assert_uint_eq(xdpx_frames_take(umem, &frame, 1), 1);
	frame.len = 60;
	ck_assert_int_eq(xdpx_xsk_send(xsk, &frame, 1), -EINVAL);
	ck_assert_ptr_nonnull(strstr(message(), "receiving only"));
	ck_assert_int_eq(xdpx_xsk_kick(xsk), 0);
	ck_assert_uint_eq(xdpx_xsk_complete(xsk), 0);
	xdpx_frames_release(umem, &frame, 1);
	ck_assert_int_eq(xdpx_xsk_close(xsk), 0);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), 4096);
}
END_TEST

START_TEST(zero_copy_that_is_required_and_not_to_be_had_is_refused)
{
	struct xdpx_xsk_opts opts = {.size = sizeof(opts), .zerocopy = XDPX_ZEROCOPY_REQUIRE};
	struct xdpx_xsk *xsk;

	net_veth("v0", "v1", 1);
	ck_assert_int_eq(xdpx_xsk_open(umem, "v0", 0, &opts, &xsk), -EOPNOTSUPP);
	ck_assert_str_eq(message(), "v0: queue 0 can't do zero-copy (driver veth)");
	ck_assert_int_eq(xdpx_xsk_open(umem, "lo", 0, &opts, &xsk), -EOPNOTSUPP);
	ck_assert_str_eq(message(), "lo: queue 0 can't do zero-copy (kind loopback)");
	opts.zerocopy = XDPX_ZEROCOPY_NEVER;
	ck_assert_int_eq(xdpx_xsk_open(umem, "v0", 0, &opts, &xsk), 0);
	xdpx_xsk_close(xsk);
}
END_TEST

START_TEST(too_little_lockable_memory_is_said_so)
{
	struct rlimit limit = {.rlim_cur = 64 * 1024, .rlim_max = 64 * 1024};
	struct xdpx_xsk *xsk;

	net_veth("v0", "v1", 1);
	ck_assert_int_eq(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
	drop_caps(1ULL << CAP_IPC_LOCK);
	ck_assert_int_eq(xdpx_xsk_open(umem, "v0", 0, NULL, &xsk), -ENOMEM);
	ck_assert_ptr_nonnull(strstr(message(), "RLIMIT_MEMLOCK is 64 KiB"));
	ck_assert_int_eq(xdpx_error_last()->kernel_code, -ENOBUFS);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), 4096);
}
END_TEST

/* A capability that is in force in a user namespace of one's own locks no memory. */
START_TEST(too_little_lockable_memory_is_said_so_in_a_user_namespace)
{
	struct rlimit limit = {.rlim_cur = 64 * 1024, .rlim_max = 64 * 1024};
	struct xdpx_xsk *xsk;

	ck_assert_int_eq(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
		skip_test("no user namespaces");
	ck_assert_int_eq(xdpx_xsk_open(umem, "lo", 0, NULL, &xsk), -ENOMEM);
	ck_assert_ptr_nonnull(strstr(message(), "RLIMIT_MEMLOCK is 64 KiB"));
}
END_TEST

START_TEST(a_low_memlock_limit_does_not_matter_with_the_capability)
{
	struct rlimit limit = {.rlim_cur = 0, .rlim_max = 0};
	struct xdpx_xsk *xsk;

	net_veth("v0", "v1", 1);
	ck_assert_int_eq(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
	ck_assert_int_eq(xdpx_xsk_open(umem, "v0", 0, NULL, &xsk), 0);
	xdpx_xsk_close(xsk);
}
END_TEST

START_TEST(without_the_capability_the_error_names_it)
{
	struct xdpx_xsk *xsk;

	drop_caps(1ULL << CAP_NET_RAW);
	ck_assert_int_eq(xdpx_xsk_open(umem, "lo", 0, NULL, &xsk), -EPERM);
	ck_assert_ptr_nonnull(strstr(message(), "CAP_NET_RAW"));
}
END_TEST

/* Frames of this size are in two pages at times; of which no other than the kernel's pages are known to be. */
static struct xdpx_umem *unaligned(uint32_t frame_size, void *memory, uint64_t bytes)
{
	const struct xdpx_umem_opts opts = {
		.size = sizeof(opts),
		.flags = XDPX_UMEM_UNALIGNED,
		.frame_count = 16,
		.frame_size = frame_size,
		.memory = memory,
		.memory_bytes = bytes,
	};

	xdpx_umem_free(umem);
	ck_assert_int_eq(xdpx_umem_new(&opts, &umem), 0);
	return umem;
}

START_TEST(zero_copy_is_refused_where_the_kernel_would_lose_frames_in_two_pages)
{
	static unsigned char memory[16 * 4096] __attribute__((aligned(65536)));
	const struct xdpx_xsk_opts opts = {.size = sizeof(opts), .zerocopy = XDPX_ZEROCOPY_REQUIRE};
	struct xdpx_xsk *xsk;

	ck_assert_int_eq(xdpx_xsk_open(unaligned(2304, NULL, 0), "lo", 0, &opts, &xsk), -EINVAL);
	ck_assert_ptr_nonnull(strstr(message(), "unaligned frames of 2304 bytes"));
	ck_assert_int_eq(xdpx_xsk_open(unaligned(3000, memory, sizeof(memory)), "lo", 0, &opts, &xsk), -EINVAL);
	ck_assert_ptr_nonnull(strstr(message(), "unaligned frames of 3000 bytes"));
	ck_assert_ptr_nonnull(strstr(xdpx_error_last()->hint, "XDPX_UMEM_HUGE_2M"));
}
END_TEST

START_TEST(zero_copy_is_not_refused_for_unaligned_frames_that_are_in_one_page_each)
{
	const struct xdpx_xsk_opts opts = {.size = sizeof(opts), .zerocopy = XDPX_ZEROCOPY_REQUIRE};
	struct xdpx_xsk *xsk;

	ck_assert_int_eq(xdpx_xsk_open(unaligned(2048, NULL, 0), "lo", 0, &opts, &xsk), -EOPNOTSUPP);
	ck_assert_str_eq(message(), "lo: queue 0 can't do zero-copy (kind loopback)");
}
END_TEST

/* The fewest that a packet of 64 KiB fits into, with what the kernel keeps of each. */
static const struct {
	struct xdpx_umem_opts umem;
	const char *words;
} too_few_held[] = {
	{{.max_held = 17}, "fewer than the 18 frames"},
	{{.max_held = 36, .frame_size = 2048}, "fewer than the 37 frames"},
	{{.max_held = 46, .frame_size = 4096, .headroom = 2432}, "fewer than the 47 frames"},
};

START_TEST(a_limit_on_held_frames_that_a_packet_can_exceed_is_refused)
{
	struct xdpx_umem_opts umem_opts = too_few_held[_i].umem;
	struct xdpx_xsk_opts opts = {.size = sizeof(opts), .flags = XDPX_XSK_MULTI_BUFFER};
	struct xdpx_xsk *xsk;

	umem_opts.size = sizeof(umem_opts);
	xdpx_umem_free(umem);
	ck_assert_int_eq(xdpx_umem_new(&umem_opts, &umem), 0);
	net_veth("v0", "v1", 1);
	ck_assert_int_eq(xdpx_xsk_open(umem, "v0", 0, &opts, &xsk), -EINVAL);
	ck_assert_ptr_nonnull(strstr(message(), too_few_held[_i].words));
	opts.flags = XDPX_XSK_MULTI_BUFFER | XDPX_XSK_TX_ONLY;
	ck_assert_int_eq(xdpx_xsk_open(umem, "v0", 0, &opts, &xsk), 0);
	xdpx_xsk_close(xsk);
	xdpx_umem_free(umem);

	umem_opts.max_held++;
	ck_assert_int_eq(xdpx_umem_new(&umem_opts, &umem), 0);
	opts.flags = XDPX_XSK_MULTI_BUFFER;
	ck_assert_int_eq(xdpx_xsk_open(umem, "v0", 0, &opts, &xsk), 0);
	xdpx_xsk_close(xsk);
}
END_TEST

static const struct {
	enum bpf_map_type type;
	uint32_t value_size;
	uint32_t entries;
	uint64_t flags;
	int code;
	const char *word;
} unsteerable[] = {
	{BPF_MAP_TYPE_XSKMAP, 4, 1, 0, -E2BIG, "max_entries"},
	{BPF_MAP_TYPE_ARRAY, 4, 8, 0, -EINVAL, "takes no AF_XDP socket"},
	{BPF_MAP_TYPE_HASH, 64, 8, 0, -EINVAL, "takes no AF_XDP socket"},
	{BPF_MAP_TYPE_XSKMAP, 4, 8, XDPX_XSK_TX_ONLY, -EINVAL, "sending only"},
	{BPF_MAP_TYPE_XSKMAP, 4, 8, 0, 0, ""},
};

START_TEST(a_map_that_can_t_take_the_socket_is_refused_in_words)
{
	struct xdpx_xsk_opts opts = {.size = sizeof(opts), .flags = unsteerable[_i].flags};
	struct xdpx_xsk *xsk;
	int map;

	net_veth("v0", "v1", 2);
	map = bpf_map_create(unsteerable[_i].type, "sockets", 4, unsteerable[_i].value_size, unsteerable[_i].entries,
			     NULL);
	ck_assert_int_ge(map, 0);
	ck_assert_int_eq(xdpx_xsk_open(umem, "v0", 1, &opts, &xsk), 0);
	ck_assert_int_eq(xdpx_xsk_steer(xsk, map), unsteerable[_i].code);
	ck_assert_msg(strstr(message(), unsteerable[_i].word), "%s", message());
	xdpx_xsk_close(xsk);
	close(map);
}
END_TEST

START_TEST(a_descriptor_that_is_no_map_is_refused)
{
	struct xdpx_xsk *xsk;

	net_veth("v0", "v1", 1);
	ck_assert_int_eq(xdpx_xsk_open(umem, "v0", 0, NULL, &xsk), 0);
	ck_assert_int_eq(xdpx_xsk_steer(xsk, -1), -EBADF);
	ck_assert_int_eq(xdpx_xsk_steer(xsk, xdpx_xsk_fd(xsk)), -EINVAL);
	xdpx_xsk_close(xsk);
}
END_TEST

static void packet_fill(unsigned char *packet, uint32_t number)
{
	uint32_t at;

	memset(packet, 0xff, 6);
	memset(packet + 6, 2, 6);
	packet[12] = 0x88;
	packet[13] = 0xb5; /* an EtherType for experiments */
	for (at = 14; at < PACKET; at++)
		packet[at] = (unsigned char)(number + at);
}

START_TEST(what_is_sent_arrives_at_the_other_end_byte_for_byte)
{
	struct xdpx_xsk_opts opts = {.size = sizeof(opts), .flags = XDPX_XSK_TX_ONLY};
	unsigned char expected[PACKET];
	unsigned char got[PACKET + 1];
	struct xdpx_frame frame;
	struct xdpx_xsk *xsk;
	uint32_t number;
	int fd;

	net_veth("v0", "v1", 1);
	fd = net_packet_socket("v1");
	ck_assert_int_eq(xdpx_xsk_open(umem, "v0", 0, &opts, &xsk), 0);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), 4096);
	for (number = 0; number < 10000; number++) {
		while (!xdpx_frames_take(umem, &frame, 1))
			xdpx_xsk_complete(xsk);
		packet_fill(xdpx_frame_data(xdpx_umem_base(umem), &frame), number);
		frame.len = PACKET;
		ck_assert_int_eq(xdpx_xsk_send(xsk, &frame, 1), 1);
		packet_fill(expected, number);
		ck_assert_int_eq(recv(fd, got, sizeof(got), 0), PACKET);
		ck_assert_mem_eq(got, expected, PACKET);
	}
	ck_assert_int_eq(xdpx_xsk_recv(xsk, &frame, 1), 0);
	ck_assert_int_eq(xdpx_xsk_wait(xsk, 0), -EINVAL);
	xdpx_xsk_close(xsk);
	ck_assert_uint_eq(xdpx_umem_free_count(umem), 4096);
}
END_TEST

static struct xdpx_port *port_of(const char *nic, uint32_t frame_count)
{
	struct xdpx_port_opts opts = {
		.size = sizeof(opts), .traffic = XDPX_TRAFFIC_ALL, .frame_count = frame_count, .deadline_ms = 5000};
	struct xdpx_port *port;

	ck_assert_msg(xdpx_port_open(nic, &opts, &port) == 0, "%s: %s", message(), xdpx_error_last()->kernel);
	return port;
}

START_TEST(what_arrives_is_received_byte_for_byte)
{
	struct xdpx_port *port = port_of("v0", 64);
	struct xdpx_xsk *xsk = xdpx_port_xsk(port, 0);
	void *base = xdpx_umem_base(xdpx_xsk_umem(xsk));
	int fd = net_packet_socket("v1");
	unsigned char packet[PACKET];
	struct xdpx_frame frame;
	uint32_t number;

	for (number = 0; number < 10000; number++) {
		packet_fill(packet, number);
		ck_assert_int_eq(send(fd, packet, PACKET, 0), PACKET);
		ck_assert_int_eq(xdpx_xsk_wait(xsk, 1000), 1);
		ck_assert_uint_eq(xdpx_xsk_recv(xsk, &frame, 1), 1);
		ck_assert_uint_eq(frame.len, PACKET);
		ck_assert_mem_eq(xdpx_frame_data(base, &frame), packet, PACKET);
		if (number % 2)
			xdpx_xsk_release(xsk, &frame, 1);
		else
			xdpx_frames_release(xdpx_xsk_umem(xsk), &frame, 1);
	}
	ck_assert_int_eq(xdpx_port_close(port), 0);
}
END_TEST

START_TEST(a_wait_times_out_when_nothing_comes)
{
	struct xdpx_port *port = port_of("v0", 64);
	int64_t start = now_ms();

	ck_assert_int_eq(xdpx_xsk_wait(xdpx_port_xsk(port, 0), 120), 0);
	ck_assert_int_ge(now_ms() - start, 119);
	ck_assert_int_lt(now_ms() - start, 1000);
	ck_assert_int_eq(xdpx_xsk_wait(xdpx_port_xsk(port, 0), 0), 0);
	xdpx_port_close(port);
}
END_TEST

START_TEST(a_wait_ends_when_the_device_goes_down_or_away)
{
	struct xdpx_port *port = port_of("v0", 64);
	struct xdpx_xsk *xsk = xdpx_port_xsk(port, 0);
	struct xdpx_frame frame;

	sh("ip link set v0 down");
	ck_assert_int_eq(xdpx_xsk_wait(xsk, -1), -ENETDOWN);
	ck_assert_str_eq(message(), "v0: the device is down");
	sh("ip link set v0 up");
	ck_assert_int_eq(xdpx_xsk_wait(xsk, 10), 0);
	ck_assert_uint_eq(xdpx_frames_take(xdpx_xsk_umem(xsk), &frame, 1), 1);
	frame.len = 60;
	sh("ip link del v0");
	ck_assert_int_eq(xdpx_xsk_wait(xsk, -1), -ENODEV);
	ck_assert_int_eq(xdpx_xsk_send(xsk, &frame, 1), 1);
	ck_assert_int_eq(xdpx_xsk_kick(xsk), -ENODEV);
	ck_assert_int_eq(xdpx_port_close(port), 0);
}
END_TEST

static struct xdpx_frame held[64];
static unsigned int held_count;

static void *release_later(void *arg)
{
	usleep(50000);
	xdpx_frames_release(arg, held, held_count);
	return NULL;
}

START_TEST(a_wait_without_a_free_frame_wakes_once_frames_are_released)
{
	struct xdpx_port *port = port_of("v0", 32);
	struct xdpx_xsk *xsk = xdpx_port_xsk(port, 0);
	struct xdpx_umem *own = xdpx_xsk_umem(xsk);
	int fd = net_packet_socket("v1");
	unsigned char packet[PACKET];
	pthread_t thread;

	packet_fill(packet, 0);
	while (held_count < 32) {
		ck_assert_int_eq(send(fd, packet, PACKET, 0), PACKET);
		ck_assert_int_eq(xdpx_xsk_wait(xsk, 1000), 1);
		held_count += xdpx_xsk_recv(xsk, held + held_count, 1);
	}
	ck_assert_uint_eq(xdpx_umem_held_count(own), 32);

	ck_assert_int_eq(pthread_create(&thread, NULL, release_later, own), 0);
	ck_assert_int_eq(xdpx_xsk_wait(xsk, 200), 0);
	ck_assert_int_eq(send(fd, packet, PACKET, 0), PACKET);
	ck_assert_int_eq(xdpx_xsk_wait(xsk, 1000), 1);
	pthread_join(thread, NULL);
	xdpx_port_free(port);
}
END_TEST

START_TEST(statistics_are_complete_and_go_on_over_a_reopen)
{
	struct xdpx_umem_opts umem_opts = {.size = sizeof(umem_opts), .frame_count = 16};
	struct xdpx_port_opts opts = {.size = sizeof(opts), .traffic = XDPX_TRAFFIC_ALL, .rx_size = 8};
	struct xdpx_xsk_stats stats = {.size = sizeof(stats)};
	struct xdpx_xsk_stats later = {.size = sizeof(later)};
	struct xdpx_frame frames[16];
	unsigned char packet[PACKET];
	struct xdpx_port *port;
	struct xdpx_umem *own;
	struct xdpx_xsk *xsk;
	int fd = net_packet_socket("v1");
	int sent;

	ck_assert_int_eq(xdpx_umem_new(&umem_opts, &own), 0);
	opts.umem = own;
	ck_assert_int_eq(xdpx_port_open("v0", &opts, &port), 0);
	xsk = xdpx_port_xsk(port, 0);
	packet_fill(packet, 0);
	for (sent = 0; sent < 40; sent++)
		ck_assert_int_eq(send(fd, packet, PACKET, 0), PACKET);
	ck_assert_int_eq(xdpx_xsk_wait(xsk, 1000), 1);
	usleep(50000);
	ck_assert_int_eq(xdpx_xsk_stats(xsk, &stats), 0);
	ck_assert_uint_eq(stats.rx_level,
			  8); /* the receive ring is full, though eight frames were for it: none is left */
	ck_assert_uint_eq(stats.fill_level, 0);
	ck_assert_uint_gt(stats.rx_ring_full + stats.rx_fill_ring_empty_descs, 0);
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, frames, 16), 8);
	ck_assert_int_eq(xdpx_xsk_stats(xsk, &stats), 0);
	ck_assert_uint_eq(stats.received, 8);
	ck_assert_uint_eq(stats.rx_level, 0);
	ck_assert_uint_eq(stats.held, 8);

	frames[0].len = PACKET;
	ck_assert_int_eq(xdpx_xsk_send(xsk, frames, 1), 1);
	while (!xdpx_xsk_complete(xsk))
		;
	ck_assert_int_eq(xdpx_xsk_stats(xsk, &stats), 0);
	ck_assert_uint_eq(stats.sent, 1);
	ck_assert_uint_eq(stats.completed, 1);
	ck_assert_uint_ge(stats.kicks, 1);
	ck_assert_uint_eq(stats.tx_level, 0);
	ck_assert_uint_eq(stats.completion_level, 0);
	ck_assert_uint_eq(stats.held, 7);
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, frames + 8, 1), 0);
	ck_assert_int_eq(xdpx_xsk_stats(xsk, &stats), 0);
	ck_assert_uint_eq(stats.fill_level, 8);

	xdpx_frames_release(own, frames + 1, 7);
	ck_assert_int_eq(xdpx_port_close(port), 0);
	ck_assert_int_eq(xdpx_port_open("v0", &opts, &port), 0);
	xsk = xdpx_port_xsk(port, 0);
	ck_assert_int_eq(xdpx_xsk_stats(xsk, &later), 0);
	ck_assert_uint_eq(later.received, 8);
	ck_assert_uint_eq(later.completed, 1);
	ck_assert_uint_eq(later.rx_ring_full, stats.rx_ring_full);
	ck_assert_uint_eq(later.rx_fill_ring_empty_descs, stats.rx_fill_ring_empty_descs);
	ck_assert_int_eq(send(fd, packet, PACKET, 0), PACKET);
	ck_assert_int_eq(xdpx_xsk_wait(xsk, 1000), 1);
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, frames, 1), 1);
	ck_assert_int_eq(xdpx_xsk_stats(xsk, &later), 0);
	ck_assert_uint_eq(later.received, 9);
	xdpx_xsk_release(xsk, frames, 1);
	ck_assert_int_eq(xdpx_port_close(port), 0);
	ck_assert_int_eq(xdpx_umem_close(own), 0);
}
END_TEST

START_TEST(a_foreign_address_released_doubles_no_frame_at_close)
{
	struct xdpx_umem_opts umem_opts = {.size = sizeof(umem_opts), .frame_count = 64};
	struct xdpx_port_opts opts = {.size = sizeof(opts), .traffic = XDPX_TRAFFIC_ALL};
	struct xdpx_frame foreign = {.addr = 1ULL << 40};
	int fd = net_packet_socket("v1");
	unsigned char packet[PACKET];
	struct xdpx_frame kept;
	struct xdpx_frame frame;
	struct xdpx_port *port;
	struct xdpx_umem *own;
	struct xdpx_xsk *xsk;
	int round;

	ck_assert_int_eq(xdpx_umem_new(&umem_opts, &own), 0);
	opts.umem = own;
	ck_assert_int_eq(xdpx_port_open("v0", &opts, &port), 0);
	xsk = xdpx_port_xsk(port, 0);
	packet_fill(packet, 0);
	for (round = 0; round < 40; round++) {
		ck_assert_int_eq(send(fd, packet, PACKET, 0), PACKET);
		ck_assert_int_eq(xdpx_xsk_wait(xsk, 1000), 1);
		ck_assert_uint_eq(xdpx_xsk_recv(xsk, &frame, 1), 1);
		if (round)
			xdpx_xsk_release(xsk, &frame, 1);
		else
			kept = frame;
		xdpx_xsk_release(xsk, &foreign, round == 0);
	}
	xdpx_port_free(port);
	ck_assert_uint_eq(xdpx_umem_free_count(own), 63);
	xdpx_frames_release(own, &kept, 1);
	ck_assert_int_eq(xdpx_umem_close(own), 0);
}
END_TEST

START_TEST(a_frame_that_the_kernel_drew_for_a_packet_that_did_not_fit_comes_back_at_close)
{
	struct xdpx_umem_opts umem_opts = {.size = sizeof(umem_opts), .frame_count = 32};
	struct xdpx_port_opts opts = {.size = sizeof(opts), .traffic = XDPX_TRAFFIC_ALL, .rx_size = 8};
	struct xdpx_xsk_stats stats = {.size = sizeof(stats)};
	int fd = net_packet_socket("v1");
	unsigned char packet[PACKET];
	struct xdpx_port *port;
	struct xdpx_umem *own;
	int64_t end = now_ms() + 5000;
	int sent;

	ck_assert_int_eq(xdpx_umem_new(&umem_opts, &own), 0);
	opts.umem = own;
	ck_assert_int_eq(xdpx_port_open("v0", &opts, &port), 0);
	packet_fill(packet, 0);
	for (sent = 0; sent < 20; sent++)
		ck_assert_int_eq(send(fd, packet, PACKET, 0), PACKET);
	while (stats.rx_ring_full < 12 && now_ms() < end)
		ck_assert_int_eq(xdpx_xsk_stats(xdpx_port_xsk(port, 0), &stats), 0);
	ck_assert_uint_eq(stats.rx_ring_full, 12);
	ck_assert_int_eq(xdpx_port_close(port), 0);
	ck_assert_uint_eq(xdpx_umem_free_count(own), 32);
	ck_assert_int_eq(xdpx_umem_close(own), 0);
}
END_TEST

static atomic_bool flood_stop;

static void *flood(void *arg)
{
	unsigned char packet[PACKET];
	int fd = *(int *)arg;

	packet_fill(packet, 0);
	while (!atomic_load(&flood_stop))
		(void)send(fd, packet, PACKET, MSG_DONTWAIT);
	return NULL;
}

START_TEST(a_flood_during_close_100_times_loses_no_frame_and_upsets_no_kernel)
{
	struct xdpx_umem_opts umem_opts = {.size = sizeof(umem_opts), .frame_count = 64, .frame_size = 2048};
	struct xdpx_port_opts opts = {
		.size = sizeof(opts), .traffic = XDPX_TRAFFIC_ALL, .rx_size = 16, .deadline_ms = 5000};
	int fd = net_packet_socket("v1");
	struct xdpx_frame frames[16];
	uint64_t received = 0;
	struct xdpx_umem *own;
	pthread_t thread;
	int round;
	int log;

	log = kernel_log_open();
	ck_assert_int_eq(xdpx_umem_new(&umem_opts, &own), 0);
	opts.umem = own;
	ck_assert_int_eq(pthread_create(&thread, NULL, flood, &fd), 0);
	for (round = 0; round < 100; round++) {
		struct xdpx_port *port;
		struct xdpx_xsk *xsk;
		uint32_t got;
		int turn;

		ck_assert_msg(xdpx_port_open("v0", &opts, &port) == 0, "round %d: %s", round, message());
		xsk = xdpx_port_xsk(port, 0);
		for (turn = 0; turn < round % 7; turn++) {
			xdpx_xsk_wait(xsk, 10);
			got = xdpx_xsk_recv(xsk, frames, 16);
			received += got;
			if (turn % 2)
				xdpx_xsk_release(xsk, frames, got);
			else if (xdpx_xsk_send(xsk, frames, got) < (int)got)
				ck_abort_msg("not sent");
		}
		xdpx_port_free(port);
		ck_assert_uint_eq(xdpx_umem_free_count(own), 64);
	}
	atomic_store(&flood_stop, true);
	pthread_join(thread, NULL);
	ck_assert_uint_gt(received, 100);
	ck_assert_int_eq(xdpx_umem_close(own), 0);
	kernel_log_check(log);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("xsk");
	TCase *alone = tcase_create("alone");
	TCase *port = tcase_create("port");

	tcase_set_timeout(alone, 60);
	tcase_add_checked_fixture(alone, setup, NULL);
	tcase_add_test(alone, every_queue_can_be_bound_and_the_next_one_is_refused_in_words);
	tcase_add_test(alone, sockets_on_one_umem_can_be_closed_in_any_order);
	tcase_add_test(alone, one_queue_opens_and_closes_100_times);
	tcase_add_test(alone, a_queue_held_by_another_is_busy_within_the_deadline);
	tcase_add_loop_test(alone, bad_options_are_refused_in_words, 0, sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(alone, null_arguments_and_unknown_devices_are_refused);
	tcase_add_test(alone, a_socket_for_receiving_only_refuses_to_send);
	tcase_add_test(alone, zero_copy_that_is_required_and_not_to_be_had_is_refused);
	tcase_add_test(alone, zero_copy_is_refused_where_the_kernel_would_lose_frames_in_two_pages);
	tcase_add_test(alone, zero_copy_is_not_refused_for_unaligned_frames_that_are_in_one_page_each);
	tcase_add_loop_test(alone, a_limit_on_held_frames_that_a_packet_can_exceed_is_refused, 0,
			    sizeof(too_few_held) / sizeof(too_few_held[0]));
	tcase_add_test(alone, too_little_lockable_memory_is_said_so);
	tcase_add_test(alone, too_little_lockable_memory_is_said_so_in_a_user_namespace);
	tcase_add_test(alone, a_low_memlock_limit_does_not_matter_with_the_capability);
	tcase_add_test(alone, without_the_capability_the_error_names_it);
	tcase_add_loop_test(alone, a_map_that_can_t_take_the_socket_is_refused_in_words, 0,
			    sizeof(unsteerable) / sizeof(unsteerable[0]));
	tcase_add_test(alone, a_descriptor_that_is_no_map_is_refused);
	tcase_add_test(alone, what_is_sent_arrives_at_the_other_end_byte_for_byte);
	suite_add_tcase(suite, alone);

	tcase_set_timeout(port, 120);
	tcase_add_checked_fixture(port, port_setup, NULL);
	tcase_add_test(port, what_arrives_is_received_byte_for_byte);
	tcase_add_test(port, a_wait_times_out_when_nothing_comes);
	tcase_add_test(port, a_wait_ends_when_the_device_goes_down_or_away);
	tcase_add_test(port, a_wait_without_a_free_frame_wakes_once_frames_are_released);
	tcase_add_test(port, statistics_are_complete_and_go_on_over_a_reopen);
	tcase_add_test(port, a_foreign_address_released_doubles_no_frame_at_close);
	tcase_add_test(port, a_frame_that_the_kernel_drew_for_a_packet_that_did_not_fit_comes_back_at_close);
	tcase_add_test(port, a_flood_during_close_100_times_loses_no_frame_and_upsets_no_kernel);
	suite_add_tcase(suite, port);
	return run_suite(suite);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Probes of devices that each test makes for itself. */
#include "drop_caps.h"
#include "kernel_log.h"
#include "net.h"
#include "run.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <xdpx/error.h>
#include <xdpx/probe.h>
#include <xdpx/xsk.h>

#define BIT(feature) (1ULL << XDPX_FEATURE_##feature)
#define IP_ATTACH "ip link set dev %s %s obj " TEST_OBJECTS "/pass.bpf.o sec xdp"

/* With 256 bytes of headroom, of which the kernel keeps 40 to itself. */
#define ROOM 216

#define ck_says(text, part) ck_assert_msg(strstr(text, part), "\"%s\" is not in: %s", part, text)

static int log_fd;

static void setup(void)
{
	log_fd = kernel_log_open();
	net_isolate();
}

static void teardown(void)
{
	kernel_log_check(log_fd);
}

static void pause_ms(long ms)
{
	const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&time, NULL);
}

static struct xdpx_nic *probe(const char *name, const struct xdpx_probe_opts *opts)
{
	struct xdpx_nic *nic = NULL;

	ck_assert_msg(xdpx_probe(name, opts, &nic) == 0, "%s: %s", name, xdpx_error_last()->message);
	ck_assert_uint_eq(net_prog_id(name), 0);
	return nic;
}

static void answer_is(const struct xdpx_nic *nic, enum xdpx_feature feature, enum xdpx_answer answer)
{
	ck_assert_msg(xdpx_nic_can(nic, feature) == answer, "%s: %s", xdpx_feature_name(feature),
		      xdpx_nic_why(nic, feature));
	ck_assert_msg(xdpx_nic_source(nic, feature) == XDPX_SOURCE_PROBE, "%s: %s", xdpx_feature_name(feature),
		      xdpx_nic_why(nic, feature));
	ck_says(xdpx_nic_why(nic, feature), "tried: ");
}

static void limit_is(const struct xdpx_nic *nic, enum xdpx_limit limit, int64_t value)
{
	ck_assert_msg(xdpx_nic_limit(nic, limit) == value, "%s is %lld: %s", xdpx_limit_name(limit),
		      (long long)xdpx_nic_limit(nic, limit), xdpx_nic_limit_why(nic, limit));
	ck_assert_int_eq(xdpx_nic_limit_source(nic, limit), XDPX_SOURCE_PROBE);
}

/* The answer is the one that a plain snapshot gives, and the reason says why trying did not change it. */
static void answer_stays(const struct xdpx_nic *nic, enum xdpx_feature feature, const char *why)
{
	struct xdpx_nic *plain;

	ck_assert_int_eq(xdpx_nic_open(xdpx_nic_name(nic), NULL, &plain), 0);
	ck_assert_int_eq(xdpx_nic_can(nic, feature), xdpx_nic_can(plain, feature));
	ck_assert_int_eq(xdpx_nic_source(nic, feature), xdpx_nic_source(plain, feature));
	ck_says(xdpx_nic_why(nic, feature), xdpx_nic_why(plain, feature));
	ck_says(xdpx_nic_why(nic, feature), why);
	xdpx_nic_free(plain);
}

static void limit_stays(const struct xdpx_nic *nic, enum xdpx_limit limit, const char *why)
{
	struct xdpx_nic *plain;

	ck_assert_int_eq(xdpx_nic_open(xdpx_nic_name(nic), NULL, &plain), 0);
	ck_assert_int_eq(xdpx_nic_limit(nic, limit), xdpx_nic_limit(plain, limit));
	ck_assert_int_eq(xdpx_nic_limit_source(nic, limit), xdpx_nic_limit_source(plain, limit));
	ck_says(xdpx_nic_limit_why(nic, limit), why);
	xdpx_nic_free(plain);
}

/* Packets that arrive while a probe waits: written again and again by a thread of their own. */
static struct {
	pthread_t thread;
	atomic_bool over;
	int fd;
	size_t bytes;
	uint8_t frame[2048];
} traffic;

static void *traffic_run(void *arg)
{
	while (!atomic_load(&traffic.over)) {
		ck_assert_int_ge(write(traffic.fd, traffic.frame, traffic.bytes), 0);
		pause_ms(2);
	}
	return arg;
}

static void traffic_begin(int fd, size_t bytes, const void *start, size_t start_bytes)
{
	memset(traffic.frame, 0x5a, sizeof(traffic.frame));
	memcpy(traffic.frame, start, start_bytes);
	traffic.fd = fd;
	traffic.bytes = bytes;
	atomic_store(&traffic.over, false);
	ck_assert_int_eq(pthread_create(&traffic.thread, NULL, traffic_run, NULL), 0);
}

static void traffic_end(void)
{
	atomic_store(&traffic.over, true);
	pthread_join(traffic.thread, NULL);
}

static int tun_open(const char *name, short flags)
{
	struct ifreq request = {.ifr_flags = (short)(flags | IFF_NO_PI)};
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	strcpy(request.ifr_name, name);
	ck_assert_msg(fd >= 0 && !ioctl(fd, TUNSETIFF, &request), "TUNSETIFF: %s", strerror(errno));
	sh("echo 1 > /proc/sys/net/ipv6/conf/%s/disable_ipv6; ip link set %s up", name, name);
	return fd;
}

static const uint8_t ethernet[14] = {2, 0, 0, 0, 0, 7, 2, 0, 0, 0, 0, 8, 0x88, 0xb5};

START_TEST(a_veth_without_and_with_gro_is_what_it_is_known_to_be)
{
	const struct xdpx_probe_opts opts = {.size = sizeof(opts), .flags = XDPX_PROBE_INJECT};
	struct xdpx_nic *nic;

	net_veth("v0", "v1", 1);
	sh("ethtool -K v0 gro %s", _i ? "on" : "off");
	nic = probe("v0", &opts);
	answer_is(nic, XDPX_FEATURE_NATIVE, XDPX_YES);
	answer_is(nic, XDPX_FEATURE_GENERIC, XDPX_YES);
	answer_is(nic, XDPX_FEATURE_XSK_COPY, XDPX_YES);
	answer_is(nic, XDPX_FEATURE_ZEROCOPY, XDPX_NO);
	answer_is(nic, XDPX_FEATURE_DATA_META, XDPX_YES);
	answer_is(nic, XDPX_FEATURE_TAIL_GROW, XDPX_YES);
	ck_says(xdpx_nic_why(nic, XDPX_FEATURE_DATA_META), "in native mode");
	answer_stays(nic, XDPX_FEATURE_RX_FRAGS, "but no such packet came");
	limit_is(nic, XDPX_LIMIT_DATA_META, ROOM);
	limit_is(nic, XDPX_LIMIT_HEADROOM, ROOM);
	ck_assert_int_eq(xdpx_nic_limit_source(nic, XDPX_LIMIT_TAILROOM), XDPX_SOURCE_PROBE);
	ck_assert_int_gt(xdpx_nic_limit(nic, XDPX_LIMIT_TAILROOM), 0);
	ck_says(xdpx_nic_limit_why(nic, XDPX_LIMIT_TAILROOM), "a packet of 1514 bytes, which fills the MTU");
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(packets_are_measured_in_generic_mode_where_that_is_asked_for)
{
	const struct xdpx_probe_opts opts = {
		.size = sizeof(opts), .flags = XDPX_PROBE_INJECT, .mode = XDPX_MODE_GENERIC};
	struct xdpx_nic *nic;

	net_veth("v0", "v1", 1);
	nic = probe("v0", &opts);
	answer_is(nic, XDPX_FEATURE_NATIVE, XDPX_YES);
	answer_is(nic, XDPX_FEATURE_DATA_META, XDPX_YES);
	ck_says(xdpx_nic_why(nic, XDPX_FEATURE_DATA_META), "in generic mode");
	limit_is(nic, XDPX_LIMIT_DATA_META, ROOM);
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(lo_has_generic_mode_only)
{
	const struct xdpx_probe_opts opts = {.size = sizeof(opts), .flags = XDPX_PROBE_INJECT, .wait_ms = 200};
	struct xdpx_nic *nic;

	nic = probe("lo", &opts);
	answer_is(nic, XDPX_FEATURE_NATIVE, XDPX_NO);
	ck_says(xdpx_nic_why(nic, XDPX_FEATURE_NATIVE), "does not support XDP in native mode");
	answer_is(nic, XDPX_FEATURE_RX_FRAGS, XDPX_NO);
	answer_is(nic, XDPX_FEATURE_GENERIC, XDPX_YES);
	answer_is(nic, XDPX_FEATURE_XSK_COPY, XDPX_YES);
	answer_is(nic, XDPX_FEATURE_ZEROCOPY, XDPX_NO);
	answer_is(nic, XDPX_FEATURE_DATA_META, XDPX_YES);
	limit_is(nic, XDPX_LIMIT_DATA_META, ROOM);
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(a_tap_is_measured_on_what_arrives)
{
	const struct xdpx_probe_opts opts = {.size = sizeof(opts)};
	int fd = tun_open("t0", IFF_TAP);
	struct xdpx_nic *nic;

	traffic_begin(fd, 1514, ethernet, sizeof(ethernet));
	nic = probe("t0", &opts);
	traffic_end();
	answer_is(nic, XDPX_FEATURE_NATIVE, XDPX_YES);
	answer_is(nic, XDPX_FEATURE_GENERIC, XDPX_YES);
	answer_is(nic, XDPX_FEATURE_XSK_COPY, XDPX_YES);
	answer_is(nic, XDPX_FEATURE_ZEROCOPY, XDPX_NO);
	answer_is(nic, XDPX_FEATURE_TAIL_GROW, XDPX_YES);
	answer_stays(nic, XDPX_FEATURE_RX_FRAGS, "but no such packet came");
	limit_is(nic, XDPX_LIMIT_HEADROOM, ROOM);
	ck_assert_int_gt(xdpx_nic_limit(nic, XDPX_LIMIT_TAILROOM), 0);
	/* from 6.15 on; before, the driver has no room for metadata */
	if (xdpx_nic_can(nic, XDPX_FEATURE_DATA_META) == XDPX_YES)
		limit_is(nic, XDPX_LIMIT_DATA_META, ROOM);
	else
		answer_is(nic, XDPX_FEATURE_DATA_META, XDPX_NO);
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(a_tun_is_measured_in_generic_mode)
{
	static const uint8_t ip[20] = {0x45, 0, 0, 100, 0, 0, 0, 0, 64, 253, 0, 0, 192, 0, 2, 2, 192, 0, 2, 1};
	const struct xdpx_probe_opts opts = {.size = sizeof(opts), .wait_ms = 1000};
	int fd = tun_open("u0", IFF_TUN);
	struct xdpx_nic *nic;

	traffic_begin(fd, 100, ip, sizeof(ip));
	nic = probe("u0", &opts);
	traffic_end();
	answer_is(nic, XDPX_FEATURE_NATIVE, XDPX_NO);
	answer_is(nic, XDPX_FEATURE_GENERIC, XDPX_YES);
	answer_is(nic, XDPX_FEATURE_DATA_META, XDPX_YES);
	ck_says(xdpx_nic_why(nic, XDPX_FEATURE_DATA_META), "in generic mode");
	limit_stays(nic, XDPX_LIMIT_TAILROOM, "no packet that fills the MTU of 1500 came within 1000 ms");
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(a_bridge_is_measured_in_generic_mode)
{
	const struct xdpx_probe_opts opts = {.size = sizeof(opts), .wait_ms = 1000};
	struct xdpx_nic *nic;

	net_veth("v0", "v1", 1);
	sh("ip link add br0 type bridge; echo 1 > /proc/sys/net/ipv6/conf/br0/disable_ipv6; "
	   "ip link set br0 address 02:00:00:00:00:07; ip link set v0 master br0; ip link set br0 up");
	traffic_begin(net_packet_socket("v1"), 100, ethernet, sizeof(ethernet));
	nic = probe("br0", &opts);
	traffic_end();
	answer_is(nic, XDPX_FEATURE_NATIVE, XDPX_NO);
	answer_is(nic, XDPX_FEATURE_GENERIC, XDPX_YES);
	answer_is(nic, XDPX_FEATURE_XSK_COPY, XDPX_YES);
	answer_is(nic, XDPX_FEATURE_DATA_META, XDPX_YES);
	ck_assert_int_ge(xdpx_nic_limit(nic, XDPX_LIMIT_DATA_META), ROOM);
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(packets_of_several_buffers_are_proven_by_one)
{
	const struct xdpx_probe_opts opts = {.size = sizeof(opts), .flags = XDPX_PROBE_INJECT};
	struct xdpx_nic *nic;

	net_veth("v0", "v1", 1);
	sh("ip link set v0 mtu 9000; ip link set v1 mtu 9000");
	nic = probe("v0", &opts);
	answer_is(nic, XDPX_FEATURE_RX_FRAGS, XDPX_YES);
	answer_is(nic, XDPX_FEATURE_NATIVE, XDPX_YES);
	ck_says(xdpx_nic_why(nic, XDPX_FEATURE_NATIVE), "MTU is too large");
	answer_is(nic, XDPX_FEATURE_TAIL_GROW, XDPX_YES);
	limit_stays(nic, XDPX_LIMIT_TAILROOM, "longer than what can be measured");
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(without_packets_the_answers_stay_and_say_so)
{
	const struct xdpx_probe_opts opts = {
		.size = sizeof(opts), .features = BIT(DATA_META) | BIT(TAIL_GROW), .wait_ms = 50};
	struct xdpx_nic *nic;

	net_veth("v0", "v1", 1);
	nic = probe("v0", &opts);
	answer_stays(nic, XDPX_FEATURE_DATA_META, "no packet came within 50 ms in native mode");
	answer_stays(nic, XDPX_FEATURE_TAIL_GROW, "no packet came within 50 ms");
	limit_stays(nic, XDPX_LIMIT_DATA_META, "no packet came within 50 ms");
	limit_stays(nic, XDPX_LIMIT_HEADROOM, "no packet came within 50 ms");
	limit_stays(nic, XDPX_LIMIT_TAILROOM, "no packet came within 50 ms");
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(where_nothing_can_be_injected_the_reason_says_so)
{
	const struct xdpx_probe_opts opts = {
		.size = sizeof(opts), .flags = XDPX_PROBE_INJECT, .features = BIT(DATA_META), .wait_ms = 50};
	struct xdpx_nic *nic;

	sh("ip link add br0 type bridge; ip link set br0 up");
	tun_open("t0", IFF_TAP);
	nic = probe("t0", &opts);
	answer_stays(nic, XDPX_FEATURE_DATA_META, "nothing on this machine can send any to it");
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(a_device_that_is_down_is_not_waited_for)
{
	const struct xdpx_probe_opts opts = {.size = sizeof(opts), .wait_ms = 30000};
	struct xdpx_nic *nic;

	net_veth("v0", "v1", 1);
	sh("ip link set v0 down");
	nic = probe("v0", &opts);
	answer_is(nic, XDPX_FEATURE_NATIVE, XDPX_YES);
	answer_stays(nic, XDPX_FEATURE_DATA_META, "the device is down");
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(only_what_is_asked_for_is_tried)
{
	const struct xdpx_probe_opts opts = {.size = sizeof(opts), .features = BIT(GENERIC), .wait_ms = 30000};
	struct xdpx_nic *nic;
	int feature;

	net_veth("v0", "v1", 1);
	nic = probe("v0", &opts);
	for (feature = 0; xdpx_feature_name(feature); feature++)
		ck_assert_msg((xdpx_nic_source(nic, feature) == XDPX_SOURCE_PROBE) == (feature == XDPX_FEATURE_GENERIC),
			      "%s: %s", xdpx_feature_name(feature), xdpx_nic_why(nic, feature));
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(a_foreign_program_is_named_and_left_alone)
{
	/* would work all the same */
	const struct xdpx_probe_opts opts = {.size = sizeof(opts), .features = BIT(XSK_COPY)};
	static const char *const modes[] = {"xdpdrv", "xdpgeneric"};
	struct xdpx_nic *untouched = (struct xdpx_nic *)&traffic;
	struct xdpx_nic *nic = untouched;
	char id[32];

	net_veth("v0", "v1", 1);
	sh(IP_ATTACH, "v0", modes[_i]);
	snprintf(id, sizeof(id), "program %u (\"", net_prog_id("v0"));
	ck_assert_int_eq(xdpx_probe("v0", &opts, &nic), -EBUSY);
	ck_assert_int_eq(xdpx_probe("v0", NULL, &nic), -EBUSY);
	ck_assert_ptr_eq(nic, untouched);
	ck_says(xdpx_error_last()->message, id);
	ck_says(xdpx_error_last()->message, _i ? "in generic mode" : "in native mode");
	ck_assert_int_eq(sh_try("ip -d link show v0 | grep -q 'prog/xdp id %s'", strtok(id + 8, " ")), 0);
}
END_TEST

START_TEST(a_foreign_socket_is_left_alone)
{
	struct xdpx_probe_opts opts = {.size = sizeof(opts), .features = BIT(NATIVE), .queue = 1};
	struct xdpx_umem *umem;
	struct xdpx_nic *nic;
	struct xdpx_xsk *xsk;

	net_veth("v0", "v1", 2);
	ck_assert_int_eq(xdpx_umem_new(NULL, &umem), 0);
	ck_assert_int_eq(xdpx_xsk_open(umem, "v0", 1, NULL, &xsk), 0);
	ck_assert_int_eq(xdpx_probe("v0", &opts, &nic), -EBUSY);
	ck_says(xdpx_error_last()->message, "queue 1");
	ck_assert_int_eq(xdpx_xsk_wait(xsk, 0), 0);
	opts.queue = 0;
	xdpx_nic_free(probe("v0", &opts));
	xdpx_xsk_close(xsk);
	xdpx_umem_free(umem);
}
END_TEST

/* A host with a ping at the other end, in a namespace of its own. */
static pid_t host_start(void)
{
	char command[128];
	pid_t host;
	int tries;

	host = fork();
	ck_assert_int_ge(host, 0);
	if (!host) {
		net_isolate();
		for (;;)
			pause();
	}
	net_veth("v0", "v1", 1);
	sh("ip address add 192.0.2.1/24 dev v0");
	snprintf(command, sizeof(command), "nsenter -t %d -n ip link show lo | grep -q 'UP'", host);
	for (tries = 0; tries < 500 && sh_try("%s", command); tries++)
		pause_ms(10);
	sh("ip link set v1 netns %d; nsenter -t %d -n ip link set v1 up; "
	   "nsenter -t %d -n ip address add 192.0.2.2/24 dev v1; nsenter -t %d -n ping -c 1 -W 5 192.0.2.1",
	   host, host, host, host);
	return host;
}

static void end(pid_t child)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

/* 100 pings, of which ping itself compares what comes back with what it sent. */
START_TEST(traffic_passes_unchanged_and_none_is_lost)
{
	const struct xdpx_probe_opts opts = {.size = sizeof(opts), .wait_ms = 1500};
	pid_t host = host_start();
	struct xdpx_nic *nic;
	FILE *ping;
	char out[4096];
	char command[128];
	size_t length;

	snprintf(command, sizeof(command), "nsenter -t %d -n ping -q -i 0.05 -s 1472 -c 100 -W 2 192.0.2.1 2>&1", host);
	ping = popen(command, "re");
	ck_assert_ptr_nonnull(ping);
	nic = probe("v0", &opts);
	answer_is(nic, XDPX_FEATURE_DATA_META, XDPX_YES);
	ck_assert_int_gt(xdpx_nic_limit(nic, XDPX_LIMIT_TAILROOM), 0);
	xdpx_nic_free(nic);
	length = fread(out, 1, sizeof(out) - 1, ping);
	out[length] = '\0';
	ck_assert_int_eq(pclose(ping), 0);
	ck_says(out, "100 received, 0% packet loss");
	ck_assert_ptr_null(strstr(out, "wrong"));
	end(host);
}
END_TEST

/* Received by a packet socket behind the program, byte for byte. */
START_TEST(frames_come_out_as_they_went_in)
{
	const struct xdpx_probe_opts opts = {.size = sizeof(opts),
					     .features = BIT(DATA_META) | BIT(TAIL_GROW),
					     .mode = _i ? XDPX_MODE_GENERIC : XDPX_MODE_NATIVE,
					     .wait_ms = 1000};
	unsigned int received = 0;
	uint8_t frame[4096];
	struct xdpx_nic *nic;
	ssize_t bytes;
	int fd;

	net_veth("v0", "v1", 1);
	fd = net_packet_socket("v0");
	traffic_begin(net_packet_socket("v1"), 1000, ethernet, sizeof(ethernet));
	nic = probe("v0", &opts);
	traffic_end();
	answer_is(nic, XDPX_FEATURE_DATA_META, XDPX_YES);
	while ((bytes = recv(fd, frame, sizeof(frame), MSG_DONTWAIT)) > 0) {
		ck_assert_int_eq(bytes, 1000);
		ck_assert_mem_eq(frame, traffic.frame, 1000);
		received++;
	}
	ck_assert_uint_gt(received, 10);
	xdpx_nic_free(nic);
}
END_TEST

static void prog_id_becomes(const char *name, bool there)
{
	int tries;

	for (tries = 0; tries < 300 && !net_prog_id(name) == there; tries++)
		pause_ms(10);
	ck_assert_msg(!net_prog_id(name) != there, "%s: program %u", name, net_prog_id(name));
}

START_TEST(a_probe_killed_midway_leaves_nothing)
{
	const struct xdpx_probe_opts opts = {
		.size = sizeof(opts), .features = BIT(XSK_COPY) | BIT(DATA_META), .mode = _i, .wait_ms = 60000};
	struct xdpx_umem *umem;
	struct xdpx_xsk *xsk;
	struct xdpx_nic *nic;
	pid_t child;

	net_veth("v0", "v1", 1);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (!child)
		_exit(!!xdpx_probe("v0", &opts, &nic));
	prog_id_becomes("v0", true);
	end(child);
	prog_id_becomes("v0", false);
	ck_assert_int_eq(xdpx_umem_new(NULL, &umem), 0);
	ck_assert_int_eq(xdpx_xsk_open(umem, "v0", 0, NULL, &xsk), 0);
	xdpx_xsk_close(xsk);
	xdpx_umem_free(umem);
}
END_TEST

/* At whatever moment: while it binds sockets, loads, attaches or waits. */
START_TEST(a_probe_killed_at_any_time_leaves_nothing)
{
	const struct xdpx_probe_opts opts = {.size = sizeof(opts), .wait_ms = 20};
	struct xdpx_nic *nic;
	pid_t child;
	long ms;

	net_veth("v0", "v1", 1);
	for (ms = 0; ms < 40; ms++) {
		child = fork();
		ck_assert_int_ge(child, 0);
		if (!child)
			for (;;)
				if (xdpx_probe("v0", &opts, &nic) == 0)
					xdpx_nic_free(nic);
		pause_ms(3 * ms);
		end(child);
		prog_id_becomes("v0", false);
	}
	xdpx_nic_free(probe("v0", &opts));
}
END_TEST

static void links_hold(void)
{
	for (;;) {
		uint32_t id = 0;

		while (!bpf_link_get_next_id(id, &id)) {
			int fd = bpf_link_get_fd_by_id(id);

			pause_ms(50);
			if (fd >= 0)
				close(fd);
		}
	}
}

START_TEST(the_program_goes_also_while_others_look_at_it)
{
	const struct xdpx_probe_opts opts = {.size = sizeof(opts), .features = BIT(DATA_META), .wait_ms = 100};
	pid_t child;

	net_veth("v0", "v1", 1);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (!child)
		links_hold();
	xdpx_nic_free(probe("v0", &opts));
	xdpx_nic_free(probe("v0", &opts));
	end(child);
}
END_TEST

START_TEST(nothing_stays_open_and_the_last_error_is_left_alone)
{
	const struct xdpx_probe_opts opts = {.size = sizeof(opts), .wait_ms = 20};
	unsigned int before;

	net_veth("v0", "v1", 1);
	xdpx_nic_free(probe("v0", &opts));
	before = fd_count();
	ck_assert_int_eq(xdpx_error_last()->code, 0);
	xdpx_nic_free(probe("lo", &opts));
	ck_assert_int_eq(xdpx_error_last()->code, 0);
	ck_assert_uint_eq(fd_count(), before);
}
END_TEST

static const struct {
	struct xdpx_probe_opts opts;
	int code;
	const char *word;
} refused[] = {
	{{.size = 0}, -EINVAL, "`size` is 0"},
	{{.size = 4}, -EINVAL, "`size` is 4"},
	{{.size = sizeof(refused[0].opts), .flags = 2}, -EINVAL, "unknown flags 0x2"},
	{{.size = sizeof(refused[0].opts), .features = BIT(OFFLOAD)}, -EINVAL, "feature 2 (offload) can't be tried"},
	{{.size = sizeof(refused[0].opts), .features = 1ULL << 63}, -EINVAL, "feature 63 can't be tried"},
	{{.size = sizeof(refused[0].opts), .mode = XDPX_MODE_OFFLOAD}, -EINVAL, "mode is 3"},
	{{.size = sizeof(refused[0].opts), .mode = 77}, -EINVAL, "mode is 77"},
	{{.size = sizeof(refused[0].opts), .queue = 9}, -EINVAL, "queue 9 does not exist"},
};

START_TEST(bad_options_are_refused_in_words)
{
	struct xdpx_nic *untouched = (struct xdpx_nic *)&traffic;
	struct xdpx_nic *nic = untouched;

	ck_assert_int_eq(xdpx_probe("lo", &refused[_i].opts, &nic), refused[_i].code);
	ck_says(xdpx_error_last()->message, refused[_i].word);
	ck_assert_ptr_eq(nic, untouched);
}
END_TEST

START_TEST(bad_arguments_are_refused_in_words)
{
	struct {
		struct xdpx_probe_opts opts;
		uint64_t more;
	} newer = {.opts.size = sizeof(newer), .more = 1};
	struct xdpx_nic *nic;

	ck_assert_int_eq(xdpx_probe(NULL, NULL, &nic), -EINVAL);
	ck_says(xdpx_error_last()->message, "NULL");
	ck_assert_int_eq(xdpx_probe("lo", NULL, NULL), -EINVAL);
	ck_says(xdpx_error_last()->message, "NULL");
	ck_assert_int_eq(xdpx_probe("lo", &newer.opts, &nic), -E2BIG);
	ck_assert_int_eq(xdpx_probe("", NULL, &nic), -EINVAL);
	ck_assert_int_eq(xdpx_probe("nope", NULL, &nic), -ENODEV);
	ck_says(xdpx_error_last()->message, "nope");
}
END_TEST

static void needs(uint64_t dropped, uint64_t features, uint64_t flags, const char *name)
{
	const struct xdpx_probe_opts opts = {.size = sizeof(opts), .features = features, .flags = flags, .wait_ms = 20};
	struct xdpx_nic *nic;

	net_veth("v0", "v1", 1);
	drop_caps(dropped);
	ck_assert_int_eq(xdpx_probe("v0", &opts, &nic), -EPERM);
	ck_says(xdpx_error_last()->message, name);
}

START_TEST(without_the_capability_for_sockets_it_is_named)
{
	needs(1ULL << CAP_NET_RAW, BIT(XSK_COPY), 0, "CAP_NET_RAW");
}
END_TEST

START_TEST(without_the_capability_to_inject_it_is_named)
{
	needs(1ULL << CAP_NET_RAW, BIT(DATA_META), XDPX_PROBE_INJECT, "CAP_NET_RAW");
}
END_TEST

START_TEST(without_the_capabilities_for_programs_they_are_named)
{
	needs(1ULL << CAP_BPF | 1ULL << CAP_SYS_ADMIN, BIT(NATIVE), 0, "CAP_BPF");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("probe");
	TCase *answers = tcase_create("answers");
	TCase *care = tcase_create("care");
	TCase *errors = tcase_create("errors");

	tcase_add_loop_test(answers, a_veth_without_and_with_gro_is_what_it_is_known_to_be, 0, 2);
	tcase_add_test(answers, packets_are_measured_in_generic_mode_where_that_is_asked_for);
	tcase_add_test(answers, lo_has_generic_mode_only);
	tcase_add_test(answers, a_tap_is_measured_on_what_arrives);
	tcase_add_test(answers, a_tun_is_measured_in_generic_mode);
	tcase_add_test(answers, a_bridge_is_measured_in_generic_mode);
	tcase_add_test(answers, packets_of_several_buffers_are_proven_by_one);
	tcase_add_test(answers, without_packets_the_answers_stay_and_say_so);
	tcase_add_test(answers, where_nothing_can_be_injected_the_reason_says_so);
	tcase_add_test(answers, a_device_that_is_down_is_not_waited_for);
	tcase_add_test(answers, only_what_is_asked_for_is_tried);
	tcase_add_loop_test(care, a_foreign_program_is_named_and_left_alone, 0, 2);
	tcase_add_test(care, a_foreign_socket_is_left_alone);
	tcase_add_test(care, traffic_passes_unchanged_and_none_is_lost);
	tcase_add_loop_test(care, frames_come_out_as_they_went_in, 0, 2);
	tcase_add_loop_test(care, a_probe_killed_midway_leaves_nothing, XDPX_MODE_NATIVE, XDPX_MODE_GENERIC + 1);
	tcase_add_test(care, a_probe_killed_at_any_time_leaves_nothing);
	tcase_add_test(care, the_program_goes_also_while_others_look_at_it);
	tcase_add_test(care, nothing_stays_open_and_the_last_error_is_left_alone);
	tcase_add_loop_test(errors, bad_options_are_refused_in_words, 0, sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(errors, bad_arguments_are_refused_in_words);
	tcase_add_test(errors, without_the_capability_for_sockets_it_is_named);
	tcase_add_test(errors, without_the_capability_to_inject_it_is_named);
	tcase_add_test(errors, without_the_capabilities_for_programs_they_are_named);
	tcase_add_checked_fixture(answers, setup, teardown);
	tcase_add_checked_fixture(care, setup, teardown);
	tcase_add_checked_fixture(errors, setup, teardown);
	tcase_set_timeout(answers, 60);
	tcase_set_timeout(care, 120);
	suite_add_tcase(suite, answers);
	suite_add_tcase(suite, care);
	suite_add_tcase(suite, errors);
	return run_suite(suite);
}

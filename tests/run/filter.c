/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The program that takes packets to chosen ports, run on packets of the test's own. */
#include "net.h"
#include "packet.h"
#include "prog/prog.h"
#include "run.h"
#include "xsk/objects.h"
#include "xsk/traffic.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <xdpx/error.h>
#include <xdpx/port.h>

/* What the kernel runs no program on. */
#define SHORTEST 14

static struct xdpx_umem *umem;
static struct xdpx_xsk *xsk;
static struct xdpx_prog *prog;
static int traffic;

/* The program, loaded, with a socket for what it redirects; UDP, TCP and SCTP to PACKET_PORT and ICMP are taken. */
static void load(uint32_t ethernet, bool frags)
{
	static const struct xdpx_filter_key keys[] = {
		{.protocol = IPPROTO_UDP, .port = PACKET_PORT},
		{.protocol = IPPROTO_TCP, .port = PACKET_PORT},
		{.protocol = IPPROTO_SCTP, .port = PACKET_PORT},
		{.protocol = IPPROTO_ICMP},
	};
	const xdpx_filter_value value = 0;
	const struct xdpx_umem_opts umem_opts = {.size = sizeof(umem_opts), .frame_count = 16};
	size_t at;

	net_isolate();
	ck_assert_int_eq(xdpx_prog_open_memory(xdpx_object_filter, xdpx_object_filter_bytes, NULL, &prog), 0);
	ck_assert_int_eq(xdpx_prog_global_set(prog, "xdpx_ethernet", &ethernet, sizeof(ethernet)), 0);
	ck_assert_int_eq(xdpx_prog_frags_set(prog, frags), 0);
	ck_assert_msg(!xdpx_prog_load(prog, NULL), "%s", xdpx_error_last()->kernel);
	traffic = xdpx_prog_map_fd(prog, "xdpx_traffic");
	for (at = 0; at < sizeof(keys) / sizeof(keys[0]); at++)
		ck_assert_int_eq(bpf_map_update_elem(traffic, &keys[at], &value, BPF_ANY), 0);
	ck_assert_int_eq(xdpx_umem_new(&umem_opts, &umem), 0);
	ck_assert_int_eq(xdpx_xsk_open(umem, "lo", 0, NULL, &xsk), 0);
	ck_assert_int_eq(xdpx_xsk_steer(xsk, xdpx_prog_map_fd(prog, "xdpx_xsks")), 0);
}

static void unload(void)
{
	xdpx_xsk_close(xsk);
	ck_assert_int_eq(xdpx_umem_close(umem), 0);
	xdpx_prog_free(prog);
}

static uint32_t run(const void *packet, size_t bytes)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = (uint32_t)bytes);

	ck_assert_int_eq(bpf_prog_test_run_opts(xdpx_prog_fd(prog), &opts), 0);
	ck_assert(opts.retval == XDP_PASS || opts.retval == XDP_REDIRECT);
	return opts.retval;
}

static const struct {
	uint8_t layers[16];
	bool taken;
} vectors[] = {
	{{LAYER_V4, LAYER_UDP}, true},
	{{LAYER_V4, LAYER_TCP}, true},
	{{LAYER_V4, LAYER_SCTP}, true},
	{{LAYER_V4, LAYER_ICMP}, true},
	{{LAYER_V6, LAYER_UDP}, true},
	{{LAYER_V6, LAYER_TCP}, true},
	{{LAYER_V4_OPTIONS, LAYER_UDP}, true},
	{{LAYER_V4_OPTIONS, LAYER_TCP}, true},
	{{LAYER_V4_DF, LAYER_UDP}, true},
	{{LAYER_V4_FIRST, LAYER_UDP}, false},
	{{LAYER_V4_LATER, LAYER_UDP}, false},
	{{LAYER_V4_SHORT, LAYER_UDP}, false},
	{{LAYER_V4_IS_6, LAYER_UDP}, false},
	{{LAYER_V6_IS_4, LAYER_UDP}, false},
	{{LAYER_V6, LAYER_HOP, LAYER_UDP}, true},
	{{LAYER_V6, LAYER_ROUTING, LAYER_UDP}, true},
	{{LAYER_V6, LAYER_OPTIONS, LAYER_TCP}, true},
	{{LAYER_V6, LAYER_OPTIONS_LONG, LAYER_UDP}, true},
	{{LAYER_V6, LAYER_AUTH, LAYER_UDP}, true},
	{{LAYER_V6, LAYER_ATOMIC, LAYER_UDP}, true},
	{{LAYER_V6, LAYER_FIRST, LAYER_UDP}, false},
	{{LAYER_V6, LAYER_LATER, LAYER_UDP}, false},
	{{LAYER_V6, LAYER_HOP, LAYER_OPTIONS, LAYER_ROUTING, LAYER_ATOMIC, LAYER_AUTH, LAYER_OPTIONS, LAYER_TCP}, true},
	{{LAYER_V6, LAYER_HOP, LAYER_ROUTING, LAYER_FIRST, LAYER_OPTIONS, LAYER_UDP}, false},
	{{LAYER_V6, LAYER_HOP, LAYER_HOP, LAYER_HOP, LAYER_HOP, LAYER_HOP, LAYER_HOP, LAYER_HOP, LAYER_HOP, LAYER_UDP},
	 true},
	{{LAYER_V6, LAYER_HOP, LAYER_HOP, LAYER_HOP, LAYER_HOP, LAYER_HOP, LAYER_HOP, LAYER_HOP, LAYER_HOP, LAYER_HOP,
	  LAYER_UDP},
	 false},
	{{LAYER_VLAN, LAYER_V4, LAYER_UDP}, true},
	{{LAYER_VLAN, LAYER_V6, LAYER_TCP}, true},
	{{LAYER_QINQ, LAYER_VLAN, LAYER_V4_OPTIONS, LAYER_UDP}, true},
	{{LAYER_QINQ, LAYER_VLAN, LAYER_V6, LAYER_HOP, LAYER_UDP}, true},
	{{LAYER_QINQ_OLD, LAYER_VLAN, LAYER_V4, LAYER_TCP}, true},
	{{LAYER_QINQ, LAYER_VLAN, LAYER_VLAN, LAYER_V4, LAYER_UDP}, false},
	{{LAYER_VLAN, LAYER_V4_FIRST, LAYER_UDP}, false},
	{{LAYER_MPLS}, false},
	{{LAYER_VLAN, LAYER_MPLS}, false},
};

/* Each packet, cut off at every length: it is taken as soon as all that decides is there. */
START_TEST(a_packet_is_taken_once_it_is_long_enough_to_tell_its_port)
{
	struct packet packet;
	size_t bytes;

	load(1, false);
	packet_build(&packet, vectors[_i].layers);
	for (bytes = SHORTEST; bytes <= packet.bytes; bytes++) {
		bool taken = vectors[_i].taken && bytes >= packet.needed;

		ck_assert_msg(run(packet.at, bytes) == (taken ? XDP_REDIRECT : XDP_PASS),
			      "vector %d, %zu bytes of %zu, %zu are needed", _i, bytes, packet.bytes, packet.needed);
	}
}
END_TEST

START_TEST(without_an_ethernet_header_the_same_packets_are_taken)
{
	struct packet packet;
	size_t bytes;

	load(0, false);
	packet_build(&packet, vectors[_i].layers);
	if (packet.at[12] != 0x08 && packet.at[12] != 0x86)
		return; /* has a tag, which needs such a header */
	if (vectors[_i].layers[0] == LAYER_V4_IS_6 || vectors[_i].layers[0] == LAYER_V6_IS_4)
		return; /* is then just what its version says */
	for (bytes = SHORTEST; bytes <= packet.bytes - PACKET_ETHERNET; bytes++) {
		bool taken = vectors[_i].taken && bytes + PACKET_ETHERNET >= packet.needed;

		ck_assert_msg(run(packet.at + PACKET_ETHERNET, bytes) == (taken ? XDP_REDIRECT : XDP_PASS),
			      "vector %d, %zu bytes", _i, bytes);
	}
}
END_TEST

START_TEST(what_is_not_in_the_map_is_passed_and_the_map_may_change_at_any_time)
{
	static const uint8_t layers[] = {LAYER_V4, LAYER_UDP, LAYER_END};
	struct xdpx_filter_key key = {.protocol = IPPROTO_UDP, .port = PACKET_PORT};
	const xdpx_filter_value value = 7;
	struct packet packet;

	load(1, false);
	packet_build(&packet, layers);
	ck_assert_uint_eq(run(packet.at, packet.bytes), XDP_REDIRECT);
	ck_assert_int_eq(bpf_map_delete_elem(traffic, &key), 0);
	ck_assert_uint_eq(run(packet.at, packet.bytes), XDP_PASS);
	/* the source port decides nothing, nor does the same number of another protocol */
	key.port = 9;
	ck_assert_int_eq(bpf_map_update_elem(traffic, &key, &value, BPF_ANY), 0);
	ck_assert_uint_eq(run(packet.at, packet.bytes), XDP_PASS);
	key.port = PACKET_PORT;
	ck_assert_int_eq(bpf_map_update_elem(traffic, &key, &value, BPF_ANY), 0);
	ck_assert_uint_eq(run(packet.at, packet.bytes), XDP_REDIRECT);
}
END_TEST

/* The first buffer has the headers; where it has not, the packet is the stack's. */
START_TEST(packets_of_several_buffers_are_taken_by_the_headers_in_the_first)
{
	static const uint8_t plain[] = {LAYER_V4, LAYER_TCP, LAYER_END};
	static const uint8_t far[] = {LAYER_V6, LAYER_OPTIONS_LONG, LAYER_OPTIONS_LONG, LAYER_UDP, LAYER_END};
	struct packet packet;

	load(1, true);
	packet_build(&packet, plain);
	ck_assert_uint_eq(run(packet.at, sizeof(packet.at)), XDP_REDIRECT);
	packet_build(&packet, far);
	ck_assert_uint_eq(run(packet.at, packet.bytes), XDP_PASS);
}
END_TEST

START_TEST(random_bytes_behind_each_header_harm_nothing)
{
	static const uint8_t layers[] = {LAYER_V6, LAYER_END};
	struct packet packet;
	unsigned int state = 1;
	int round;
	int at;

	load(1, false);
	for (round = 0; round < 20000; round++) {
		packet_build(&packet, layers);
		packet.at[20] = (uint8_t[]){0, 43, 44, 51, 60}[round % 5];
		for (at = PACKET_ETHERNET + 40; at < 200; at++) {
			state = state * 1103515245 + 12345;
			packet.at[at] = (uint8_t)(state >> 16) % (round % 2 ? 64 : 256);
		}
		run(packet.at, 200);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("filter");
	TCase *tcase = tcase_create("filter");
	const int count = sizeof(vectors) / sizeof(vectors[0]);

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, NULL, unload);
	tcase_add_loop_test(tcase, a_packet_is_taken_once_it_is_long_enough_to_tell_its_port, 0, count);
	tcase_add_loop_test(tcase, without_an_ethernet_header_the_same_packets_are_taken, 0, count);
	tcase_add_test(tcase, what_is_not_in_the_map_is_passed_and_the_map_may_change_at_any_time);
	tcase_add_test(tcase, packets_of_several_buffers_are_taken_by_the_headers_in_the_first);
	tcase_add_test(tcase, random_bytes_behind_each_header_harm_nothing);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}

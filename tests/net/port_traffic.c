/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Ports that take some of the packets only. */
#include "net.h"
#include "packet.h"
#include "run.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xdpx/error.h>
#include <xdpx/port.h>

static const uint16_t the_port[] = {53, PACKET_PORT};
static const uint16_t other_port[] = {1};

static const char *message(void)
{
	return xdpx_error_last()->message;
}

static struct xdpx_port *open_on(const char *name, const struct xdpx_port_opts *more)
{
	struct xdpx_port_opts opts = *more;
	struct xdpx_port *port;

	opts.size = sizeof(opts);
	opts.frame_count = 64;
	ck_assert_msg(xdpx_port_open(name, &opts, &port) == 0, "%s: %s", message(), xdpx_error_last()->kernel);
	return port;
}

/* An IPv4 packet of this protocol, which comes in on the device whose far end the socket is. */
static void packet_send(int fd, enum layer protocol)
{
	const uint8_t layers[] = {LAYER_V4, (uint8_t)protocol, LAYER_END};
	struct packet packet;

	packet_build(&packet, layers);
	ck_assert_int_eq(send(fd, packet.at, packet.bytes, 0), packet.bytes);
}

/* The protocol of the next packet on any of the port's queues, which is given back; -1 when none comes. */
static int taken(struct xdpx_port *port, int timeout_ms)
{
	struct xdpx_frame frame;
	struct xdpx_xsk *xsk;
	int waited;
	int protocol;
	uint32_t at;

	for (waited = 0; waited <= timeout_ms; waited += 10) {
		for (at = 0; (xsk = xdpx_port_xsk(port, at)); at++) {
			if (!xdpx_xsk_recv(xsk, &frame, 1))
				continue;
			protocol = ((uint8_t *)xdpx_frame_data(xdpx_umem_base(xdpx_xsk_umem(xsk)), &frame))[14 + 9];
			xdpx_xsk_release(xsk, &frame, 1);
			return protocol;
		}
		usleep(10000);
	}
	return -1;
}

/* The same of what the network stack gets to see. */
static int passed(int fd)
{
	uint8_t packet[256];

	do
		ck_assert_int_gt(recv(fd, packet, sizeof(packet), 0), 0);
	while (packet[12] != 0x08 || packet[13] != 0x00);
	return packet[14 + 9];
}

START_TEST(packets_to_the_ports_are_taken_and_others_reach_the_network_stack)
{
	const struct xdpx_port_opts opts = {
		.traffic = XDPX_TRAFFIC_PORTS,
		.udp_ports = the_port,
		.udp_count = 2,
		.tcp_ports = other_port,
		.tcp_count = 1,
	};
	struct xdpx_port *port;
	int near;
	int far;

	net_veth("v0", "v1", 2);
	port = open_on("v0", &opts);
	near = net_packet_socket("v0");
	far = net_packet_socket("v1");
	packet_send(far, LAYER_TCP);
	packet_send(far, LAYER_UDP);
	ck_assert_int_eq(taken(port, 1000), IPPROTO_UDP);
	ck_assert_int_eq(taken(port, 20), -1);
	ck_assert_int_eq(passed(near), IPPROTO_TCP);
	ck_assert_int_eq(xdpx_port_close(port), 0);
}
END_TEST

static int map_new(enum bpf_map_type type, uint32_t key, uint32_t value)
{
	int fd = bpf_map_create(type, "taken", key, value, 16, NULL);

	ck_assert_int_ge(fd, 0);
	return fd;
}

START_TEST(the_caller_s_map_decides_and_may_change_at_any_time)
{
	const struct xdpx_traffic_key tcp = {.protocol = IPPROTO_TCP, .port = PACKET_PORT};
	const struct xdpx_traffic_key icmp = {.protocol = IPPROTO_ICMP};
	struct xdpx_port_opts opts = {.traffic = XDPX_TRAFFIC_MAP};
	const uint32_t any = 5;
	struct xdpx_port *port;
	int near;
	int far;

	net_veth("v0", "v1", 1);
	opts.traffic_map = map_new(BPF_MAP_TYPE_HASH, sizeof(tcp), sizeof(any));
	port = open_on("v0", &opts);
	near = net_packet_socket("v0");
	far = net_packet_socket("v1");
	packet_send(far, LAYER_TCP);
	ck_assert_int_eq(passed(near), IPPROTO_TCP);
	ck_assert_int_eq(bpf_map_update_elem(opts.traffic_map, &tcp, &any, BPF_ANY), 0);
	ck_assert_int_eq(bpf_map_update_elem(opts.traffic_map, &icmp, &any, BPF_ANY), 0);
	packet_send(far, LAYER_TCP);
	ck_assert_int_eq(taken(port, 1000), IPPROTO_TCP);
	packet_send(far, LAYER_ICMP);
	ck_assert_int_eq(taken(port, 1000), IPPROTO_ICMP);
	ck_assert_int_eq(bpf_map_delete_elem(opts.traffic_map, &tcp), 0);
	packet_send(far, LAYER_TCP);
	ck_assert_int_eq(passed(near), IPPROTO_TCP);

	/* it is the caller's to close, and the program's as long as that runs */
	close(opts.traffic_map);
	packet_send(far, LAYER_ICMP);
	ck_assert_int_eq(taken(port, 1000), IPPROTO_ICMP);
	ck_assert_int_eq(xdpx_port_close(port), 0);
}
END_TEST

START_TEST(a_device_that_is_made_anew_filters_as_before)
{
	const struct xdpx_port_opts opts = {.traffic = XDPX_TRAFFIC_PORTS, .tcp_ports = the_port, .tcp_count = 2};
	struct xdpx_port *port;
	int near;
	int far;

	net_veth("v0", "v1", 1);
	port = open_on("v0", &opts);
	sh("ip link del v0");
	net_veth("v0", "v1", 1);
	ck_assert_int_eq(xdpx_port_recover(port, NULL), 0);
	near = net_packet_socket("v0");
	far = net_packet_socket("v1");
	packet_send(far, LAYER_UDP);
	ck_assert_int_eq(passed(near), IPPROTO_UDP);
	packet_send(far, LAYER_TCP);
	ck_assert_int_eq(taken(port, 1000), IPPROTO_TCP);
	ck_assert_int_eq(xdpx_port_close(port), 0);
}
END_TEST

START_TEST(a_tun_has_no_ethernet_header_and_is_filtered_as_well)
{
	static const uint8_t layers[] = {LAYER_V4, LAYER_UDP, LAYER_END};
	const struct xdpx_port_opts opts = {.traffic = XDPX_TRAFFIC_PORTS, .udp_ports = the_port, .udp_count = 2};
	struct ifreq request = {.ifr_name = "t0", .ifr_flags = IFF_TUN | IFF_NO_PI};
	int tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	struct xdpx_frame frame;
	struct packet packet;
	struct xdpx_port *port;
	struct xdpx_xsk *xsk;
	ssize_t bytes;

	ck_assert_int_ge(tun, 0);
	ck_assert_int_eq(ioctl(tun, TUNSETIFF, &request), 0);
	sh("ip link set t0 up");
	port = open_on("t0", &opts);
	xsk = xdpx_port_xsk(port, 0);
	packet_build(&packet, layers);
	bytes = (ssize_t)packet.bytes - PACKET_ETHERNET;
	ck_assert_int_eq(write(tun, packet.at + PACKET_ETHERNET, (size_t)bytes), bytes);
	ck_assert_int_eq(xdpx_xsk_wait(xsk, 1000), 1);
	ck_assert_uint_eq(xdpx_xsk_recv(xsk, &frame, 1), 1);
	ck_assert_uint_eq(frame.len, bytes);
	xdpx_xsk_release(xsk, &frame, 1);
	ck_assert_int_eq(xdpx_port_close(port), 0);
}
END_TEST

static const struct {
	struct xdpx_port_opts opts;
	const char *word;
} refused[] = {
	{{.traffic = XDPX_TRAFFIC_PORTS}, "needs ports"},
	{{.traffic = XDPX_TRAFFIC_PORTS, .udp_count = 1}, "not given"},
	{{.traffic = XDPX_TRAFFIC_PORTS, .tcp_count = 1}, "not given"},
	{{.traffic = XDPX_TRAFFIC_PORTS, .tcp_ports = the_port, .tcp_count = 65537}, "more than there are"},
	{{.traffic = XDPX_TRAFFIC_PORTS, .udp_ports = the_port, .udp_count = 1, .traffic_map = 1}, "looks into none"},
	{{.traffic = XDPX_TRAFFIC_ALL, .udp_ports = the_port, .udp_count = 1}, "does not look at them"},
	{{.traffic = XDPX_TRAFFIC_MAP, .tcp_ports = the_port, .tcp_count = 1}, "does not look at them"},
	{{.traffic = XDPX_TRAFFIC_PORTS, .udp_ports = the_port, .udp_count = 1, .xskmap = "m"}, "none but its own"},
};

START_TEST(options_that_do_not_go_together_are_refused_in_words)
{
	struct xdpx_port_opts opts = refused[_i].opts;
	struct xdpx_port *port;

	opts.size = sizeof(opts);
	ck_assert_int_eq(xdpx_port_open("lo", &opts, &port), -EINVAL);
	ck_assert_msg(strstr(message(), refused[_i].word), "\"%s\" is not in \"%s\"", refused[_i].word, message());
}
END_TEST

START_TEST(a_map_that_does_not_fit_is_refused_in_words)
{
	struct xdpx_port_opts opts = {.size = sizeof(opts), .traffic = XDPX_TRAFFIC_MAP};
	struct xdpx_port *port;

	net_veth("v0", "v1", 1);
	opts.traffic_map = map_new(BPF_MAP_TYPE_HASH, 8, 4);
	ck_assert_int_eq(xdpx_port_open("v0", &opts, &port), -EINVAL);
	ck_assert_ptr_nonnull(strstr(message(), "xdpx_traffic"));
	opts.traffic_map = map_new(BPF_MAP_TYPE_ARRAY, 4, 4);
	ck_assert_int_eq(xdpx_port_open("v0", &opts, &port), -EINVAL);
	opts.traffic_map = open("/dev/null", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(xdpx_port_open("v0", &opts, &port), -EBADF);
	opts.traffic_map = -1;
	ck_assert_int_eq(xdpx_port_open("v0", &opts, &port), -EBADF);
	ck_assert_uint_eq(net_prog_id("v0"), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("port_traffic");
	TCase *tcase = tcase_create("port_traffic");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, net_isolate, NULL);
	tcase_add_test(tcase, packets_to_the_ports_are_taken_and_others_reach_the_network_stack);
	tcase_add_test(tcase, the_caller_s_map_decides_and_may_change_at_any_time);
	tcase_add_test(tcase, a_device_that_is_made_anew_filters_as_before);
	tcase_add_test(tcase, a_tun_has_no_ethernet_header_and_is_filtered_as_well);
	tcase_add_loop_test(tcase, options_that_do_not_go_together_are_refused_in_words, 0,
			    sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(tcase, a_map_that_does_not_fit_is_refused_in_words);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}

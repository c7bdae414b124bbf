/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Ports on devices of another network namespace, and on devices that must be in order first. */
#include "base/netns.h"
#include "drop_caps.h"
#include "net.h"
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xdpx/error.h>
#include <xdpx/port.h>

#define PACKET 64

static const char *message(void)
{
	return xdpx_error_last()->message;
}

/* A namespace "far" with a veth pair v0 and v1; this process sees none of it, and its name is seen by nobody else. */
static void far_make(void)
{
	net_isolate();
	ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
	ck_assert_int_eq(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	ck_assert_int_eq(mount("none", "/run", "tmpfs", 0, NULL), 0);
	sh("ip netns add far; ip -n far link add v0 type veth peer name v1; ip -n far link set v0 up;"
	   "ip -n far link set v1 up");
}

static struct xdpx_port_opts options(void)
{
	return (struct xdpx_port_opts){
		.size = sizeof(struct xdpx_port_opts), .traffic = XDPX_TRAFFIC_ALL, .frame_count = 64};
}

static int packet_send(void *arg)
{
	unsigned char packet[PACKET] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 2, 2, 2, 2, 2, 0x88, 0xb5};
	int fd = net_packet_socket(arg);

	ck_assert_int_eq(send(fd, packet, PACKET, 0), PACKET);
	close(fd);
	return 0;
}

/* A packet that is sent into v0 in there arrives. */
static void receives(struct xdpx_port *port)
{
	static char far_end[] = "v1";
	struct xdpx_xsk *xsk = xdpx_port_xsk(port, 0);
	struct xdpx_frame frame;
	unsigned int got = 0;
	int there = xdpx_netns_open("far");

	ck_assert_int_eq(xdpx_netns_run(there, packet_send, far_end), 0);
	close(there);
	while (!got) {
		ck_assert_int_eq(xdpx_xsk_wait(xsk, 2000), 1);
		if (xdpx_xsk_recv(xsk, &frame, 1) && frame.len == PACKET)
			got++;
		xdpx_xsk_release(xsk, &frame, 1);
	}
}

static int far_has_program(void)
{
	return sh_try("ip -n far -d link show v0 | grep -q prog/xdp") == 0;
}

START_TEST(a_device_is_opened_in_the_namespace_of_that_name)
{
	struct xdpx_port_opts opts = options();
	uint64_t here = xdpx_netns_id();
	struct xdpx_port *port;

	opts.netns = _i ? "/run/netns/far" : "far";
	ck_assert_msg(xdpx_port_open("v0", &opts, &port) == 0, "%s", message());
	ck_assert_uint_eq(xdpx_netns_id(), here);
	ck_assert(far_has_program());
	receives(port);
	ck_assert_int_eq(xdpx_port_close(port), 0);
	ck_assert(!far_has_program());
	ck_assert_uint_eq(xdpx_netns_id(), here);
}
END_TEST

START_TEST(a_device_is_opened_in_the_namespace_on_the_descriptor)
{
	struct xdpx_port_opts opts = options();
	uint64_t here = xdpx_netns_id();
	struct xdpx_port *port;

	opts.flags = XDPX_PORT_NETNS_FD;
	opts.netns_fd = open("/run/netns/far", O_RDONLY | O_CLOEXEC);
	ck_assert_msg(xdpx_port_open("v0", &opts, &port) == 0, "%s", message());
	close(opts.netns_fd);
	ck_assert_uint_eq(xdpx_netns_id(), here);
	receives(port);
	ck_assert_int_eq(xdpx_port_close(port), 0);
}
END_TEST

START_TEST(a_program_attached_over_netlink_is_taken_off_in_its_namespace)
{
	struct xdpx_port_opts opts = options();
	struct xdpx_port *port;

	opts.netns = "far";
	opts.attach_flags = XDPX_ATTACH_NETLINK;
	ck_assert_int_eq(xdpx_port_open("v0", &opts, &port), 0);
	ck_assert(far_has_program());
	ck_assert_int_eq(xdpx_port_close(port), 0);
	ck_assert(!far_has_program());
}
END_TEST

START_TEST(a_device_in_another_namespace_recovers)
{
	struct xdpx_port_opts opts = options();
	struct xdpx_frame frame;
	struct xdpx_port *port;
	struct xdpx_xsk *xsk;
	int state;

	opts.netns = "far";
	ck_assert_int_eq(xdpx_port_open("v0", &opts, &port), 0);
	xsk = xdpx_port_xsk(port, 0);
	sh("ip -n far link del v0");
	while ((state = xdpx_xsk_wait(xsk, -1)) == 1) /* what IPv6 sends by itself */
		xdpx_xsk_release(xsk, &frame, xdpx_xsk_recv(xsk, &frame, 1));
	ck_assert_int_eq(state, -ENODEV);
	ck_assert_int_eq(xdpx_port_recover(port, xsk), -ENODEV);
	sh("ip -n far link add v0 type veth peer name v1; ip -n far link set v0 up; ip -n far link set v1 up");
	ck_assert_int_eq(xdpx_port_recover(port, xsk), 0);
	receives(port);
	ck_assert_int_eq(xdpx_port_close(port), 0);
}
END_TEST

START_TEST(whatever_fails_the_calling_thread_stays_in_its_namespace)
{
	static const struct {
		const char *netns;
		const char *device;
		int code;
		const char *word;
	} failures[] = {
		{"nosuch", "v0", -ENOENT, "\"nosuch\""},
		{"", "v0", -EINVAL, "no network namespace"},
		{"/dev/null", "v0", -EINVAL, "no network namespace"},
		{"far", "nosuch", -ENODEV, "nosuch"},
		{"far", "v0", -EINVAL, "do not all exist"},
	};
	struct xdpx_port_opts opts = options();
	uint64_t here = xdpx_netns_id();
	unsigned int fds = fd_count();
	struct xdpx_port *port;
	size_t at;

	opts.queue_first = 77;
	for (at = 0; at < sizeof(failures) / sizeof(failures[0]); at++) {
		opts.netns = failures[at].netns;
		ck_assert_int_eq(xdpx_port_open(failures[at].device, &opts, &port), failures[at].code);
		ck_assert_msg(strstr(message(), failures[at].word), "%s", message());
		ck_assert_uint_eq(xdpx_netns_id(), here);
		ck_assert_uint_eq(fd_count(), fds);
	}
}
END_TEST

START_TEST(a_namespace_is_said_once)
{
	struct xdpx_port_opts opts = options();
	struct xdpx_port *port;

	opts.netns = "far";
	opts.flags = XDPX_PORT_NETNS_FD;
	ck_assert_int_eq(xdpx_port_open("v0", &opts, &port), -EINVAL);
	ck_assert_ptr_nonnull(strstr(message(), "two network namespaces"));
	opts.flags = 0;
	opts.netns_fd = 3;
	ck_assert_int_eq(xdpx_port_open("v0", &opts, &port), -EINVAL);
	ck_assert_ptr_nonnull(strstr(message(), "XDPX_PORT_NETNS_FD is not set"));
	opts = options();
	opts.flags = XDPX_PORT_NETNS_FD;
	opts.netns_fd = 900;
	ck_assert_int_eq(xdpx_port_open("v0", &opts, &port), -EBADF);
}
END_TEST

START_TEST(without_the_capability_the_error_names_it)
{
	struct xdpx_port_opts opts = options();
	struct xdpx_port *port;

	opts.netns = "far";
	drop_caps(1ULL << CAP_SYS_ADMIN);
	ck_assert_int_eq(xdpx_port_open("v0", &opts, &port), -EPERM);
	ck_assert_ptr_nonnull(strstr(message(), "CAP_SYS_ADMIN"));
	ck_assert_str_eq(xdpx_error_last()->stage, "netns.enter");
}
END_TEST

START_TEST(a_port_waits_for_the_link)
{
	struct xdpx_port_opts opts = options();
	struct xdpx_port *port;

	net_veth("w0", "w1", 1);
	sh("ip link set w1 down");
	opts.carrier_ms = 50;
	ck_assert_int_eq(xdpx_port_open("w0", &opts, &port), -ETIMEDOUT);
	ck_assert_str_eq(message(), "w0: there is no link after 50 ms");
	ck_assert_uint_eq(net_prog_id("w0"), 0);
	sh("ip link set w0 down");
	ck_assert_int_eq(xdpx_port_open("w0", &opts, &port), -ETIMEDOUT);
	ck_assert_str_eq(message(), "w0: there is no link after 50 ms: the device is down");
	sh("ip link set w0 up; { sleep 0.3; ip link set w1 up; } >/dev/null 2>&1 &");
	opts.carrier_ms = 10000;
	ck_assert_int_eq(xdpx_port_open("w0", &opts, &port), 0);
	ck_assert_int_eq(sh_try("ip link show w0 | grep -q LOWER_UP"), 0);
	ck_assert_int_eq(xdpx_port_close(port), 0);
}
END_TEST

START_TEST(a_device_that_may_split_connections_is_refused_when_asked_to)
{
	struct xdpx_port_opts opts = options();
	struct xdpx_port *port;

	net_veth("w0", "w1", 2);
	opts.flags = XDPX_PORT_SYMMETRIC_RSS;
	ck_assert_int_eq(xdpx_port_open("w0", &opts, &port), -EOPNOTSUPP);
	ck_assert_ptr_nonnull(strstr(message(), "two directions"));
	ck_assert_ptr_nonnull(strstr(xdpx_error_last()->hint, "ethtool -X w0"));
	sh("ethtool -L w1 tx 1; ethtool -L w0 rx 1");
	ck_assert_msg(xdpx_port_open("w0", &opts, &port) == 0, "%s", message());
	ck_assert_int_eq(xdpx_port_close(port), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("port_netns");
	TCase *tcase = tcase_create("port_netns");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, far_make, NULL);
	tcase_add_loop_test(tcase, a_device_is_opened_in_the_namespace_of_that_name, 0, 2);
	tcase_add_test(tcase, a_device_is_opened_in_the_namespace_on_the_descriptor);
	tcase_add_test(tcase, a_program_attached_over_netlink_is_taken_off_in_its_namespace);
	tcase_add_test(tcase, a_device_in_another_namespace_recovers);
	tcase_add_test(tcase, whatever_fails_the_calling_thread_stays_in_its_namespace);
	tcase_add_test(tcase, a_namespace_is_said_once);
	tcase_add_test(tcase, without_the_capability_the_error_names_it);
	tcase_add_test(tcase, a_port_waits_for_the_link);
	tcase_add_test(tcase, a_device_that_may_split_connections_is_refused_when_asked_to);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* `usable` against the kernel's own judgement: sockets bound by hand to each queue, and to the one past the last. */
#include "base/kernel.h"
#include "net.h"
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/if_xdp.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xdpx/error.h>
#include <xdpx/nic.h>

#define MEMORY_BYTES (16 * 4096)

/* The kernel frees a queue some time after the socket on it was closed. */
#define BUSY_TRIES 100
#define BUSY_WAIT_US 10000

static void isolate(void)
{
	net_isolate();
}

static int rings_make(int fd, void *memory)
{
	struct xdp_umem_reg umem = {.addr = (uintptr_t)memory, .len = MEMORY_BYTES, .chunk_size = 4096};
	int entries = 16;

	return setsockopt(fd, SOL_XDP, XDP_UMEM_REG, &umem, sizeof(umem)) ||
	       setsockopt(fd, SOL_XDP, XDP_UMEM_FILL_RING, &entries, sizeof(entries)) ||
	       setsockopt(fd, SOL_XDP, XDP_UMEM_COMPLETION_RING, &entries, sizeof(entries)) ||
	       setsockopt(fd, SOL_XDP, XDP_RX_RING, &entries, sizeof(entries));
}

static int bind_once(const char *name, uint32_t queue)
{
	struct sockaddr_xdp address = {
		.sxdp_family = AF_XDP,
		.sxdp_flags = XDP_COPY,
		.sxdp_ifindex = if_nametoindex(name),
		.sxdp_queue_id = queue,
	};
	void *memory = mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	int err;

	ck_assert_ptr_ne(memory, MAP_FAILED);
	ck_assert_int_ge(fd, 0);
	ck_assert_msg(!rings_make(fd, memory), "the rings: %s", strerror(errno));
	err = bind(fd, (struct sockaddr *)&address, sizeof(address)) ? -errno : 0;
	close(fd);
	munmap(memory, MEMORY_BYTES);
	return err;
}

static int bind_try(const char *name, uint32_t queue)
{
	int tries;
	int err = 0;

	for (tries = 0; tries < BUSY_TRIES; tries++) {
		err = bind_once(name, queue);
		if (err != -EBUSY)
			break;
		usleep(BUSY_WAIT_US);
	}
	return err;
}

static struct xdpx_queues queues_of(const char *name)
{
	struct xdpx_queues queues = {.size = sizeof(queues)};
	struct xdpx_nic *nic;

	ck_assert_msg(!xdpx_nic_open(name, NULL, &nic), "%s", xdpx_error_last()->message);
	ck_assert_int_eq(xdpx_nic_queues(nic, &queues), 0);
	ck_assert_str_ne(xdpx_nic_queues_why(nic), "");
	xdpx_nic_free(nic);
	return queues;
}

static struct xdpx_queues queues_in_list(const char *name)
{
	struct xdpx_queues queues = {.size = sizeof(queues)};
	struct xdpx_nic_list *list;
	size_t i;

	ck_assert_int_eq(xdpx_nic_list_new(NULL, &list), 0);
	for (i = 0; i < xdpx_nic_list_count(list); i++)
		if (!strcmp(xdpx_nic_name(xdpx_nic_list_at(list, i)), name))
			ck_assert_int_eq(xdpx_nic_queues(xdpx_nic_list_at(list, i), &queues), 0);
	xdpx_nic_list_free(list);
	return queues;
}

static void check_now(const char *name, unsigned int expected, const char *state)
{
	struct xdpx_queues queues = queues_of(name);
	struct xdpx_queues listed = queues_in_list(name);
	uint32_t queue;
	int err;

	ck_assert_msg(queues.usable == expected, "%s %s: %u usable, not %u", name, state, queues.usable, expected);
	ck_assert_mem_eq(&queues, &listed, sizeof(queues));
	for (queue = 0; queue < queues.usable; queue++) {
		err = bind_try(name, queue);
		ck_assert_msg(!err, "%s %s: queue %u of %u: %s", name, state, queue, queues.usable, strerror(-err));
	}
	err = bind_try(name, queues.usable);
	ck_assert_msg(err == -EINVAL, "%s %s: queue %u, past the last: %s", name, state, queue, strerror(-err));
}

static void check_both(const char *name, unsigned int expected)
{
	sh("ip link set %s down", name);
	check_now(name, expected, "down");
	sh("ip link set %s up", name);
	check_now(name, expected, "up");
}

START_TEST(every_usable_queue_of_a_veth_binds_and_the_next_does_not)
{
	static const unsigned int counts[] = {1, 2, 4};
	size_t i;

	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		net_veth("v0", "v1", counts[i]);
		check_both("v0", counts[i]);
		check_both("v1", counts[i]);
		sh("ip link del v0");
	}
}
END_TEST

START_TEST(the_larger_of_both_directions_counts_on_a_veth)
{
	sh("ip link add v0 numrxqueues 4 numtxqueues 2 type veth peer name v1 numrxqueues 1 numtxqueues 3");
	check_both("v0", 4);
	check_both("v1", 3);
}
END_TEST

/* Made without counts it has as many as there are CPUs, of which one is in use. */
START_TEST(queues_of_a_veth_that_are_not_in_use_do_not_count)
{
	sh("ip link add v0 type veth peer name v1");
	check_both("v0", 1);
	check_both("v1", 1);
}
END_TEST

START_TEST(a_veths_queues_count_as_they_are_set)
{
	sh("ip link add v0 numrxqueues 4 numtxqueues 4 type veth peer name v1 numrxqueues 4 numtxqueues 4");
	if (sh_try("ethtool -L v0 rx 2 tx 1"))
		skip_test("ethtool does not change the channels of a veth");
	check_both("v0", 2);
	ck_assert_uint_eq(queues_of("v0").rx, 2);
	ck_assert_uint_eq(queues_of("v0").tx, 1);
	ck_assert_uint_eq(queues_of("v0").rx_max, 4);
	ck_assert_uint_eq(queues_of("v0").tx_max, 4);
}
END_TEST

static int tun_attach(const char *name, short flags)
{
	struct ifreq request = {.ifr_flags = (short)(flags | IFF_NO_PI)};
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	ck_assert_msg(!ioctl(fd, TUNSETIFF, &request), "TUNSETIFF: %s", strerror(errno));
	return fd;
}

START_TEST(a_tap_with_one_queue_has_one_with_and_without_an_open_fd)
{
	int fd;

	sh("ip tuntap add t0 mode tap");
	check_both("t0", 1);
	sh("ip link set t0 down");
	ck_assert_uint_eq(queues_of("t0").rx, 1);
	ck_assert_uint_eq(queues_of("t0").tx, 1);
	fd = tun_attach("t0", IFF_TAP);
	check_both("t0", 1);
	close(fd);
	check_both("t0", 1);
}
END_TEST

START_TEST(a_multi_queue_tap_has_as_many_as_open_fds)
{
	int fds[4];
	unsigned int i;

	sh("ip tuntap add t0 mode tap multi_queue");
	check_both("t0", 1);
	for (i = 0; i < 4; i++) {
		fds[i] = tun_attach("t0", IFF_TAP | IFF_MULTI_QUEUE);
		check_both("t0", i + 1);
	}
	ck_assert_uint_eq(queues_of("t0").combined, 4);
	for (i = 4; i > 0; i--) {
		close(fds[i - 1]);
		check_both("t0", i > 1 ? i - 1 : 1);
	}
}
END_TEST

START_TEST(a_queue_of_a_tap_that_is_switched_off_does_not_count)
{
	struct ifreq off = {.ifr_flags = IFF_DETACH_QUEUE};
	int first;
	int second;

	first = tun_attach("t0", IFF_TAP | IFF_MULTI_QUEUE);
	second = tun_attach("t0", IFF_TAP | IFF_MULTI_QUEUE);
	check_both("t0", 2);
	ck_assert_int_eq(ioctl(second, TUNSETQUEUE, &off), 0);
	check_both("t0", 1);
	close(second);
	close(first);
}
END_TEST

START_TEST(every_usable_queue_of_a_tun_binds_and_the_next_does_not)
{
	int fds[2];

	sh("ip tuntap add u0 mode tun");
	check_both("u0", 1);
	fds[0] = tun_attach("u1", IFF_TUN | IFF_MULTI_QUEUE);
	fds[1] = tun_attach("u1", IFF_TUN | IFF_MULTI_QUEUE);
	check_both("u1", 2);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

START_TEST(lo_has_one_queue)
{
	check_both("lo", 1);
	ck_assert_uint_eq(queues_of("lo").rx, 1);
	ck_assert_uint_eq(queues_of("lo").tx, 1);
	ck_assert_uint_eq(queues_of("lo").combined, 0);
}
END_TEST

START_TEST(every_usable_queue_of_a_bridge_binds_and_the_next_does_not)
{
	sh("ip link add br0 type bridge");
	check_both("br0", 1);
	sh("ip link add br1 numtxqueues 4 numrxqueues 2 type bridge");
	check_both("br1", 4);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("queues");
	TCase *queues = tcase_create("queues");

	tcase_add_checked_fixture(queues, isolate, NULL);
	tcase_set_timeout(queues, 120);
	tcase_add_test(queues, every_usable_queue_of_a_veth_binds_and_the_next_does_not);
	tcase_add_test(queues, the_larger_of_both_directions_counts_on_a_veth);
	tcase_add_test(queues, queues_of_a_veth_that_are_not_in_use_do_not_count);
	tcase_add_test(queues, a_veths_queues_count_as_they_are_set);
	tcase_add_test(queues, a_tap_with_one_queue_has_one_with_and_without_an_open_fd);
	tcase_add_test(queues, a_multi_queue_tap_has_as_many_as_open_fds);
	tcase_add_test(queues, a_queue_of_a_tap_that_is_switched_off_does_not_count);
	tcase_add_test(queues, every_usable_queue_of_a_tun_binds_and_the_next_does_not);
	tcase_add_test(queues, lo_has_one_queue);
	tcase_add_test(queues, every_usable_queue_of_a_bridge_binds_and_the_next_does_not);
	suite_add_tcase(suite, queues);
	return run_suite(suite);
}

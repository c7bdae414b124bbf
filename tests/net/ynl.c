/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What the library reads off the running kernel is what the kernel's own ynl reads off it. */
#include "net.h"
#include "run.h"
#include "words.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xdpx/error.h>
#include <xdpx/port.h>

#define TEXT_BYTES (1024 * 1024)
#define LINE_BYTES 512

/* Counters of devices that are in use go on between two questions. */
#define TRIES 10

static const char *const families[] = {"netdev", "ethtool"};
#define FAMILIES 2

/* The first line that was not the same. */
static char difference[LINE_BYTES];

static bool ynl_is_there(void)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/from", getenv("XDPX_YNL"));
	return !access(path, R_OK);
}

#define skip_without_ynl()                                                                                \
	do {                                                                                              \
		if (!ynl_is_there())                                                                      \
			skip_test("the kernel's ynl is not there; scripts/ynl gets it, or says why not"); \
	} while (0)

/* Sets what the snapshot says of a family against what ynl printed; adds to the count of lines that were the same. */
static bool nic_differs(const struct xdpx_nic *nic, const char *family, const char *ynl_printed, size_t *same)
{
	char *words = words_of(nic);
	char ynl_head[64];
	char head[16];
	int count;

	snprintf(head, sizeof(head), "%s/", family);
	snprintf(ynl_head, sizeof(ynl_head), "%s %s/", xdpx_nic_name(nic), family);
	count = words_compare((struct words_part){words, head}, (struct words_part){ynl_printed, ynl_head}, difference,
			      sizeof(difference));
	free(words);
	if (count < 0)
		return true;
	*same += (size_t)count;
	return false;
}

/* About these devices; "": a dump of all. */
static char *ynl_print(const char *family, const char *devices)
{
	static char text[TEXT_BYTES];

	sh_read(text, sizeof(text), "%s/tests/net/ynl.py %s %s %s", getenv("XDPX_SOURCE"), getenv("XDPX_YNL"), family,
		devices);
	return text;
}

static bool list_differs(const char *family, size_t *same)
{
	const char *ynl_printed = ynl_print(family, "");
	struct xdpx_nic_list *list;
	bool differs = false;
	size_t i;

	ck_assert_msg(!xdpx_nic_list_new(NULL, &list), "%s", xdpx_error_last()->message);
	for (i = 0; !differs && i < xdpx_nic_list_count(list); i++)
		differs = nic_differs(xdpx_nic_list_at(list, i), family, ynl_printed, same);
	xdpx_nic_list_free(list);
	return differs;
}

/* That nothing differs says something where something was said. The netdev family came with 6.3. */
static void enough(const char *family, size_t same)
{
	ck_assert_msg(same || ynl_print(family, "")[0] == '\0', "nothing was compared");
}

static void devices_make(void)
{
	net_isolate();
	net_veth("v0", "v1", 4);
	sh("ethtool -K v0 gro on");
	sh("ip tuntap add t0 mode tap multi_queue");
	sh("ip tuntap add t1 mode tun");
	sh("ip link add b0 type bridge");
	sh("ip link set t0 up");
	/* a kind that the kernel was built without is of no use here */
	sh_try("ip link add m0 link v1 type macvlan");
	sh_try("ip link add d0 type dummy");
	sh_try("ip link add i0 type ifb");
}

static struct xdpx_port *port_open(const char *name)
{
	const struct xdpx_port_opts opts = {
		.size = sizeof(opts),
		.traffic = XDPX_TRAFFIC_ALL,
		.queue_first = 1,
		.queue_count = 1,
	};
	struct xdpx_port *port;

	ck_assert_msg(!xdpx_port_open(name, &opts, &port), "%s", xdpx_error_last()->message);
	return port;
}

START_TEST(a_list_of_devices_says_what_ynl_says)
{
	size_t same = 0;

	skip_without_ynl();
	devices_make();
	ck_assert_msg(!list_differs(families[_i], &same), "only one has %s", difference);
	enough(families[_i], same);
}
END_TEST

START_TEST(one_device_says_what_ynl_says)
{
	static const char *const names[] = {"lo", "v0", "v1", "t0", "t1", "b0"};
	const char *ynl_printed;
	struct xdpx_nic *nic;
	size_t same = 0;
	size_t i;

	skip_without_ynl();
	devices_make();
	ynl_printed = ynl_print(families[_i], "lo v0 v1 t0 t1 b0");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		ck_assert_msg(!xdpx_nic_open(names[i], NULL, &nic), "%s", xdpx_error_last()->message);
		ck_assert_msg(!nic_differs(nic, families[_i], ynl_printed, &same), "%s: only one has %s", names[i],
			      difference);
		xdpx_nic_free(nic);
	}
	enough(families[_i], same);
}
END_TEST

START_TEST(a_device_with_a_program_and_a_socket_says_what_ynl_says)
{
	struct xdpx_port *port;
	size_t same = 0;

	skip_without_ynl();
	devices_make();
	port = port_open("v0");
	ck_assert_msg(!list_differs("netdev", &same), "only one has %s", difference);
	enough("netdev", same);
	ck_assert_int_eq(xdpx_port_close(port), 0);
}
END_TEST

/* This test only reads. Others may be at work on the machine's devices meanwhile, and packets come and go. */
START_TEST(the_machines_own_devices_say_what_ynl_says)
{
	bool differs = true;
	size_t same = 0;
	int tries;

	skip_without_ynl();
	for (tries = 0; differs && tries < TRIES; tries++)
		differs = list_differs(families[_i], &same);
	ck_assert_msg(!differs, "only one has %s", difference);
	enough(families[_i], same);
}
END_TEST

START_TEST(the_fixtures_are_as_ynl_encodes_them)
{
	skip_without_ynl();
	sh("out=$(mktemp -d) && cd %s && scripts/ynl-fixtures %s \"$out\" && "
	   "diff -rq -x nics.py tests/fixtures \"$out\"; code=$?; rm -rf \"$out\"; exit $code",
	   getenv("XDPX_SOURCE"), getenv("XDPX_YNL"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ynl");
	TCase *tests = tcase_create("ynl");

	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, a_list_of_devices_says_what_ynl_says, 0, FAMILIES);
	tcase_add_loop_test(tests, one_device_says_what_ynl_says, 0, FAMILIES);
	tcase_add_test(tests, a_device_with_a_program_and_a_socket_says_what_ynl_says);
	tcase_add_loop_test(tests, the_machines_own_devices_say_what_ynl_says, 0, FAMILIES);
	tcase_add_test(tests, the_fixtures_are_as_ynl_encodes_them);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}

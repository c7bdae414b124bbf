/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What comes from ethtool netlink, beside what the command ethtool shows of the same devices. */
#include "net.h"
#include "run.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xdpx/error.h>
#include <xdpx/nic.h>

static const char make[] = "ip link add v0 numrxqueues 4 numtxqueues 4 type veth peer name v1 numrxqueues 4 "
			   "numtxqueues 4; ip tuntap add t0 mode tap; ip tuntap add u0 mode tun; "
			   "ip link add br0 type bridge; ip link add link v0 name m0 type macvlan";
static const char *const names[] = {"lo", "v0", "v1", "t0", "u0", "br0", "m0"};

#define NAMES (int)(sizeof(names) / sizeof(names[0]))

static void isolate(void)
{
	net_isolate();
	sh("%s", make);
}

static struct xdpx_nic *nic_of(const char *name)
{
	struct xdpx_nic *nic;

	ck_assert_msg(!xdpx_nic_open(name, NULL, &nic), "%s: %s", name, xdpx_error_last()->message);
	return nic;
}

static void offload_is(const char *name, enum xdpx_offload offload, const char *called)
{
	struct xdpx_nic *nic = nic_of(name);
	char shown[64];

	sh_read(shown, sizeof(shown), "ethtool -k %s | sed -n 's/^%s: //p'", name, called);
	ck_assert_msg(shown[0], "ethtool shows no %s of %s", called, name);
	ck_assert_msg(xdpx_nic_offload(nic, offload) == (strncmp(shown, "on", 2) ? XDPX_NO : XDPX_YES), "%s, %s: %s",
		      name, called, shown);
	ck_assert_msg(xdpx_nic_offload_changeable(nic, offload) == (strstr(shown, "fixed") ? XDPX_NO : XDPX_YES),
		      "%s, %s: %s", name, called, shown);
	xdpx_nic_free(nic);
}

static void offloads_are(const char *name)
{
	offload_is(name, XDPX_OFFLOAD_LRO, "large-receive-offload");
	offload_is(name, XDPX_OFFLOAD_GRO_HW, "rx-gro-hw");
	offload_is(name, XDPX_OFFLOAD_GRO, "generic-receive-offload");
	offload_is(name, XDPX_OFFLOAD_RX_VLAN, "rx-vlan-offload");
	offload_is(name, XDPX_OFFLOAD_TX_VLAN, "tx-vlan-offload");
	offload_is(name, XDPX_OFFLOAD_RX_CHECKSUM, "rx-checksumming");
}

START_TEST(offloads_are_those_that_ethtool_shows)
{
	offloads_are(names[_i]);
}
END_TEST

START_TEST(offloads_are_those_that_ethtool_shows_when_they_are_switched)
{
	sh("ethtool -K v0 gro on rx off rxvlan off");
	offloads_are("v0");
	sh("ethtool -K v0 gro off rx on rxvlan on txvlan off");
	offloads_are("v0");
}
END_TEST

/* The number that stands there, 0 for none: `which` counts the lines with this label, maximums first. */
static uint32_t shown(const char *name, const char *option, const char *label, int which)
{
	char text[64];

	sh_read(text, sizeof(text), "ethtool %s %s 2>/dev/null | sed -n 's/^%s:[[:space:]]*//p' | sed -n %dp", option,
		name, label, which);
	return (uint32_t)strtoul(text, NULL, 10);
}

static void channels_are(const char *name)
{
	struct xdpx_queues queues = {.size = sizeof(queues)};
	struct xdpx_nic *nic = nic_of(name);
	bool told = !sh_try("ethtool -l %s", name);

	ck_assert_int_eq(xdpx_nic_part_known(nic, XDPX_PART_CHANNELS), told ? XDPX_YES : XDPX_UNKNOWN);
	ck_assert_int_eq(xdpx_nic_queues(nic, &queues), 0);
	if (told) {
		uint32_t combined = shown(name, "-l", "Combined", 2);
		uint32_t combined_max = shown(name, "-l", "Combined", 1);

		ck_assert_uint_eq(queues.combined, combined);
		ck_assert_uint_eq(queues.combined_max, combined_max);
		/* a tun that no program holds has no channels, and a queue all the same */
		if (strcmp(xdpx_nic_driver(nic), "tun") != 0) {
			ck_assert_uint_eq(queues.rx, shown(name, "-l", "RX", 2) + combined);
			ck_assert_uint_eq(queues.tx, shown(name, "-l", "TX", 2) + combined);
		}
		ck_assert_uint_eq(queues.rx_max, shown(name, "-l", "RX", 1) + combined_max);
		ck_assert_uint_eq(queues.tx_max, shown(name, "-l", "TX", 1) + combined_max);
	}
	xdpx_nic_free(nic);
}

START_TEST(channels_are_those_that_ethtool_shows)
{
	channels_are(names[_i]);
}
END_TEST

START_TEST(channels_are_those_that_ethtool_shows_when_they_are_changed)
{
	if (sh_try("ethtool -L v0 rx 3 tx 2"))
		skip_test("a veth has no channels that can be set");
	channels_are("v0");
	channels_are("v1");
}
END_TEST

START_TEST(rings_are_those_that_ethtool_shows)
{
	struct xdpx_rings rings = {.size = sizeof(rings)};
	struct xdpx_nic *nic = nic_of(names[_i]);
	bool told = !sh_try("ethtool -g %s", names[_i]);

	ck_assert_int_eq(xdpx_nic_part_known(nic, XDPX_PART_RINGS), told ? XDPX_YES : XDPX_UNKNOWN);
	ck_assert_int_eq(xdpx_nic_rings(nic, &rings), 0);
	ck_assert_uint_eq(rings.rx_max, shown(names[_i], "-g", "RX", 1));
	ck_assert_uint_eq(rings.rx, shown(names[_i], "-g", "RX", 2));
	ck_assert_uint_eq(rings.tx_max, shown(names[_i], "-g", "TX", 1));
	ck_assert_uint_eq(rings.tx, shown(names[_i], "-g", "TX", 2));
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(what_ethtool_does_not_show_of_rss_and_coalescing_is_unknown)
{
	struct xdpx_nic *nic = nic_of(names[_i]);

	if (sh_try("ethtool -x %s", names[_i]))
		ck_assert_int_eq(xdpx_nic_part_known(nic, XDPX_PART_RSS), XDPX_UNKNOWN);
	if (sh_try("ethtool -c %s", names[_i]))
		ck_assert_int_eq(xdpx_nic_part_known(nic, XDPX_PART_COALESCE), XDPX_UNKNOWN);
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(the_speed_is_the_one_that_ethtool_shows)
{
	struct xdpx_nic *nic;
	char text[64];

	sh("ip link set v0 up; ip link set v1 up; ip link set %s up", names[_i]);
	sh_read(text, sizeof(text), "ethtool %s | sed -n 's/.*Speed: \\([0-9]*\\)Mb.*/\\1/p'", names[_i]);
	nic = nic_of(names[_i]);
	ck_assert_uint_eq(xdpx_nic_speed(nic), strtoul(text, NULL, 10));
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(the_clock_is_the_one_that_ethtool_shows)
{
	struct xdpx_clock clock = {.size = sizeof(clock)};
	struct xdpx_nic *nic = nic_of(names[_i]);
	char text[64];

	sh_read(text, sizeof(text), "ethtool -T %s | sed -n 's/^PTP Hardware Clock: //p'", names[_i]);
	ck_assert_int_eq(xdpx_nic_clock(nic, &clock), 0);
	ck_assert_int_eq(clock.phc_index, strcmp(text, "none") ? atoi(text) : -1);
	ck_assert_int_eq(clock.hw_rx,
			 sh_try("ethtool -T %s | grep -q hardware-receive", names[_i]) ? XDPX_NO : XDPX_YES);
	ck_assert_int_eq(clock.hw_tx,
			 sh_try("ethtool -T %s | grep -q hardware-transmit", names[_i]) ? XDPX_NO : XDPX_YES);
	xdpx_nic_free(nic);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ethtool");
	TCase *tcase = tcase_create("ethtool");

	tcase_add_checked_fixture(tcase, isolate, NULL);
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, offloads_are_those_that_ethtool_shows, 0, NAMES);
	tcase_add_test(tcase, offloads_are_those_that_ethtool_shows_when_they_are_switched);
	tcase_add_loop_test(tcase, channels_are_those_that_ethtool_shows, 0, NAMES);
	tcase_add_test(tcase, channels_are_those_that_ethtool_shows_when_they_are_changed);
	tcase_add_loop_test(tcase, rings_are_those_that_ethtool_shows, 0, NAMES);
	tcase_add_loop_test(tcase, what_ethtool_does_not_show_of_rss_and_coalescing_is_unknown, 0, NAMES);
	tcase_add_loop_test(tcase, the_speed_is_the_one_that_ethtool_shows, 0, NAMES);
	tcase_add_loop_test(tcase, the_clock_is_the_one_that_ethtool_shows, 0, NAMES);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Settings of devices that each test makes for itself, seen by ip and ethtool. Each test has a /run of its own. */
#include "tune.h"
#include "child.h"
#include "drop_caps.h"
#include "net.h"
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>
#include <xdpx/error.h>

#define CAP_NET_ADMIN 12
#define CAP_SYS_ADMIN 21

START_TEST(promiscuity_is_changed_and_put_back)
{
	struct xdpx_tune_opts want = {.size = sizeof(want), .promiscuous = XDPX_TUNE_ON};
	struct xdpx_tune *tune;
	unsigned int before;

	net_veth("v0", "v1", 1);
	before = fd_count();
	tune = tune_new("v0", &want);
	promiscuous_is("v0", true);
	tune_setting_is(tune, "promiscuous", XDPX_TUNE_CHANGED, "off", "on");
	ck_assert_uint_eq(tune_journal_files(), 1);
	xdpx_tune_free(tune);
	promiscuous_is("v0", false);
	ck_assert_uint_eq(tune_journal_files(), 0);
	ck_assert_uint_eq(fd_count(), before);
}
END_TEST

START_TEST(a_socket_that_listens_promiscuously_is_not_taken_for_the_setting)
{
	struct xdpx_tune_opts want = {.size = sizeof(want), .promiscuous = XDPX_TUNE_OFF};
	struct xdpx_tune *tune;

	net_veth("v0", "v1", 1);
	sh("ip link add br0 type bridge; ip link set v0 master br0");
	tune = tune_new("v0", &want);
	tune_setting_is(tune, "promiscuous", XDPX_TUNE_ALREADY, "off", "off");
	xdpx_tune_free(tune);
}
END_TEST

START_TEST(offloads_are_changed_and_put_back)
{
	struct xdpx_tune_opts want = {
		.size = sizeof(want),
		.gro = XDPX_TUNE_ON,
		.rx_vlan_offload = XDPX_TUNE_OFF,
		.tx_vlan_offload = XDPX_TUNE_OFF,
	};
	struct xdpx_tune *tune;

	tune_pair();
	feature_is("v0", "generic-receive-offload", "off");
	tune = tune_new("v0", &want);
	feature_is("v0", "generic-receive-offload", "on");
	feature_is("v0", "rx-vlan-offload", "off");
	feature_is("v0", "tx-vlan-offload", "off");
	tune_setting_is(tune, "gro", XDPX_TUNE_CHANGED, "off", "on");
	tune_setting_is(tune, "rx-vlan-offload", XDPX_TUNE_CHANGED, "on", "off");
	ck_assert_int_eq(xdpx_tune_restore(tune), 0);
	feature_is("v0", "generic-receive-offload", "off");
	feature_is("v0", "rx-vlan-offload", "on");
	feature_is("v0", "tx-vlan-offload", "on");
	tune_setting_is(tune, "gro", XDPX_TUNE_RESTORED, "off", "on");
	ck_assert_int_eq(xdpx_tune_restore(tune), 0);
	xdpx_tune_free(tune);
}
END_TEST

START_TEST(channels_are_changed_together_and_put_back)
{
	struct xdpx_tune_opts want = {.size = sizeof(want), .channels_rx = 2, .channels_tx = 3};
	struct xdpx_tune *tune;

	net_veth("v0", "v1", 4);
	if (sh_try("ethtool -L v0 rx 3"))
		skip_test("a veth has no channels to set here");
	sh("ethtool -L v0 rx 4");
	tune = tune_new("v0", &want);
	ethtool_shows("v0", "-l", "RX", "2");
	ethtool_shows("v0", "-l", "TX", "3");
	tune_setting_is(tune, "channels", XDPX_TUNE_CHANGED, "rx=4 tx=4 combined=0", "rx=2 tx=3 combined=0");
	xdpx_tune_free(tune);
	ethtool_shows("v0", "-l", "RX", "4");
	ethtool_shows("v0", "-l", "TX", "4");
}
END_TEST

static bool knobs_are_listed(const char *nic)
{
	struct xdpx_tune_opts want = {
		.size = sizeof(want),
		.flags = XDPX_TUNE_BEST_EFFORT | XDPX_TUNE_IRQ_SUSPEND_TIMEOUT,
		.irq_suspend_timeout = 1,
	};
	struct xdpx_tune *tune = tune_new(nic, &want);
	bool listed = xdpx_tune_setting_state(xdpx_tune_at(tune, 0)) == XDPX_TUNE_CHANGED;

	xdpx_tune_free(tune);
	return listed;
}

START_TEST(each_napi_that_gro_brings_is_set_and_put_back)
{
	struct xdpx_tune_opts want = {
		.size = sizeof(want),
		.flags = TUNE_NAPI_FLAGS | XDPX_TUNE_IRQ_SUSPEND_TIMEOUT,
		.napi_defer_hard_irqs = 2,
		.gro_flush_timeout = 200000,
		.irq_suspend_timeout = 20000000000,
	};
	struct xdpx_tune *tune;
	char name[64];
	size_t i;

	net_veth("v0", "v1", 2);
	sh("ethtool -K v0 gro on");
	if (!knobs_are_listed("v0"))
		skip_test("netlink lists no NAPI with its knobs here");
	tune = tune_new("v0", &want);
	ck_assert_uint_eq(xdpx_tune_count(tune), 6);
	for (i = 0; i < 6; i++)
		ck_assert_int_eq(xdpx_tune_setting_state(xdpx_tune_at(tune, i)), XDPX_TUNE_CHANGED);
	strcpy(name, xdpx_tune_setting_name(xdpx_tune_at(tune, 0)));
	has(name, "napi-defer-hard-irqs ");
	tune_setting_is(tune, "napi-irq-suspend-timeout", XDPX_TUNE_CHANGED, "0", "20000000000");
	ck_assert_int_eq(xdpx_tune_restore(tune), 0);
	for (i = 0; i < 6; i++)
		ck_assert_int_eq(xdpx_tune_setting_state(xdpx_tune_at(tune, i)), XDPX_TUNE_RESTORED);
	xdpx_tune_free(tune);

	want.flags = TUNE_NAPI_FLAGS;
	want.irq_suspend_timeout = 0;
	tune = tune_new("v0", &want);
	tune_setting_is(tune, name, XDPX_TUNE_CHANGED, "0", "2");
	xdpx_tune_free(tune);
}
END_TEST

START_TEST(napis_that_the_same_tune_brings_are_set_too)
{
	struct xdpx_tune_opts want = {
		.size = sizeof(want),
		.flags = XDPX_TUNE_GRO_FLUSH_TIMEOUT,
		.gro = XDPX_TUNE_ON,
		.channels_rx = 3,
		.gro_flush_timeout = 200000,
	};
	struct xdpx_tune *tune;

	net_veth("v0", "v1", 4);
	sh("ethtool -K v0 gro on");
	if (!knobs_are_listed("v0"))
		skip_test("netlink lists no NAPI with its knobs here");
	sh("ethtool -K v0 gro off");
	tune = tune_new("v0", &want);
	ck_assert_uint_eq(xdpx_tune_count(tune), 5);
	tune_setting_is(tune, "napi-gro-flush-timeout ", XDPX_TUNE_CHANGED, "0", "200000");
	ck_assert_int_eq(xdpx_tune_restore(tune), 0);
	xdpx_tune_free(tune);
	feature_is("v0", "generic-receive-offload", "off");
}
END_TEST

START_TEST(napis_that_are_gone_are_left_alone)
{
	struct xdpx_tune_opts want = {.size = sizeof(want), .flags = TUNE_NAPI_FLAGS, .napi_defer_hard_irqs = 2};
	struct xdpx_tune *tune;

	net_veth("v0", "v1", 1);
	sh("ethtool -K v0 gro on");
	if (!knobs_are_listed("v0"))
		skip_test("netlink lists no NAPI with its knobs here");
	tune = tune_new("v0", &want);
	sh("ethtool -K v0 gro off");
	ck_assert_int_eq(xdpx_tune_restore(tune), 1);
	tune_setting_is(tune, "napi-defer-hard-irqs", XDPX_TUNE_LEFT_ALONE, "0", "2");
	has(xdpx_tune_setting_why(tune_setting_of(tune, "napi-defer-hard-irqs")), "v0 has no NAPI");
	xdpx_tune_free(tune);
}
END_TEST

START_TEST(without_listed_napis_the_devices_knobs_are_set_through_sysfs)
{
	struct xdpx_tune_opts want = {
		.size = sizeof(want),
		.flags = TUNE_NAPI_FLAGS,
		.napi_defer_hard_irqs = 2,
		.gro_flush_timeout = 200000,
	};
	struct xdpx_tune *tune;

	sh("ip link add br0 type bridge");
	tune = tune_new("br0", &want);
	tune_setting_is(tune, "napi-defer-hard-irqs", XDPX_TUNE_CHANGED, "0", "2");
	sysfs_is("br0", "napi_defer_hard_irqs", "2");
	sysfs_is("br0", "gro_flush_timeout", "200000");
	sh("ip link set br0 name br1");
	xdpx_tune_free(tune);
	sysfs_is("br1", "napi_defer_hard_irqs", "0");
	sysfs_is("br1", "gro_flush_timeout", "0");
}
END_TEST

START_TEST(without_a_mount_of_its_own_it_uses_sys_where_that_is_this_namespaces)
{
	struct xdpx_tune *tune;
	char out[16];

	sh("ip link add br0 address 02:00:00:00:00:01 type bridge; mount -t sysfs none /sys");
	drop_caps(UINT64_C(1) << CAP_SYS_ADMIN);
	tune = tune_new("br0", &tune_defer);
	sh_read(out, sizeof(out), "cat /sys/class/net/br0/napi_defer_hard_irqs");
	ck_assert_str_eq(out, "2");
	xdpx_tune_free(tune);
	sh_read(out, sizeof(out), "cat /sys/class/net/br0/napi_defer_hard_irqs");
	ck_assert_str_eq(out, "0");
}
END_TEST

START_TEST(a_sys_of_another_namespace_is_not_written_to)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	sh("ip link add br0 index 77 address 02:00:00:00:00:01 type bridge; mount -t sysfs none /sys");
	ck_assert_int_eq(unshare(CLONE_NEWNET), 0);
	sh("ip link add br0 index 77 address 02:00:00:00:00:02 type bridge");
	drop_caps(UINT64_C(1) << CAP_SYS_ADMIN);
	tune_fails("br0", &tune_defer, -EOPNOTSUPP, "the sysfs at /sys is another network namespace's");
	tune_fails("lo", &tune_defer, -EOPNOTSUPP, "the sysfs at /sys is another network namespace's");
	sh("grep -qx 0 /sys/class/net/br0/napi_defer_hard_irqs");
	close(home);
}
END_TEST

START_TEST(a_knob_that_neither_netlink_nor_sysfs_has_is_unsupported)
{
	struct xdpx_tune_opts want = {.size = sizeof(want), .flags = XDPX_TUNE_IRQ_SUSPEND_TIMEOUT};

	sh("ip link add br0 type bridge");
	want.irq_suspend_timeout = 1000;
	tune_fails("br0", &want, -EOPNOTSUPP, "br0: napi-irq-suspend-timeout can't be reached");
	has(xdpx_error_last()->hint, "Linux 6.13");
}
END_TEST

START_TEST(what_is_so_already_is_not_put_back)
{
	struct xdpx_tune_opts want = {.size = sizeof(want), .rx_vlan_offload = XDPX_TUNE_ON};
	struct xdpx_tune *tune;

	net_veth("v0", "v1", 1);
	tune = tune_new("v0", &want);
	tune_setting_is(tune, "rx-vlan-offload", XDPX_TUNE_ALREADY, "on", "on");
	ck_assert_str_eq(xdpx_tune_token(tune), "");
	ck_assert_uint_eq(tune_journal_files(), 0);
	sh("ethtool -K v0 rxvlan off");
	xdpx_tune_free(tune);
	feature_is("v0", "rx-vlan-offload", "off");
}
END_TEST

START_TEST(what_somebody_has_changed_since_is_left_alone)
{
	const struct xdpx_tune_setting *setting;
	struct xdpx_tune *tune;

	sh("ip link add br0 type bridge");
	tune = tune_new("br0", &tune_defer);
	sysfs_set("br0", "napi_defer_hard_irqs", "3");
	ck_assert_int_eq(xdpx_tune_restore(tune), 1);
	sysfs_is("br0", "napi_defer_hard_irqs", "3");
	promiscuous_is("br0", false);
	setting = tune_setting_of(tune, "napi-defer-hard-irqs");
	ck_assert_int_eq(xdpx_tune_setting_state(setting), XDPX_TUNE_LEFT_ALONE);
	has(xdpx_tune_setting_why(setting), "br0: napi-defer-hard-irqs is 3 now, not the 2 that was set");
	ck_assert_uint_eq(tune_journal_files(), 0);
	xdpx_tune_free(tune);
	sysfs_is("br0", "napi_defer_hard_irqs", "3");
}
END_TEST

START_TEST(what_somebody_has_put_back_already_is_restored)
{
	struct xdpx_tune_opts want = {.size = sizeof(want), .promiscuous = XDPX_TUNE_ON};
	struct xdpx_tune *tune;

	net_veth("v0", "v1", 1);
	tune = tune_new("v0", &want);
	sh("ip link set v0 promisc off");
	ck_assert_int_eq(xdpx_tune_restore(tune), 0);
	tune_setting_is(tune, "promiscuous", XDPX_TUNE_RESTORED, "off", "on");
	xdpx_tune_free(tune);
}
END_TEST

START_TEST(a_refusal_half_way_puts_back_what_was_changed_and_says_why)
{
	struct xdpx_tune_opts want = {
		.size = sizeof(want),
		.rx_vlan_offload = XDPX_TUNE_OFF,
		.gro_hw = XDPX_TUNE_ON,
	};

	net_veth("v0", "v1", 4);
	tune_fails("v0", &want, -EOPNOTSUPP, "v0: gro-hw can't be changed: its driver has it fixed to off");
	has(xdpx_error_last()->hint, "ethtool -k v0");
	feature_is("v0", "rx-vlan-offload", "on");
	ck_assert_uint_eq(tune_journal_files(), 0);
}
END_TEST

START_TEST(an_offload_that_is_taken_but_not_in_force_is_an_error_and_taken_back)
{
	struct xdpx_tune_opts want = {.size = sizeof(want), .promiscuous = XDPX_TUNE_ON, .lro = XDPX_TUNE_ON};
	struct xdpx_tune *tune;

	net_veth("v0", "v1", 1);
	sh("ip link add link v0 name m0 type macvlan");
	feature_is("m0", "large-receive-offload", "off");
	tune_fails("m0", &want, -EIO, "m0: lro was set to on, but stays off");
	feature_is("m0", "large-receive-offload", "off");
	promiscuous_is("m0", false);
	want.flags = XDPX_TUNE_BEST_EFFORT;
	tune = tune_new("m0", &want);
	tune_setting_is(tune, "lro", XDPX_TUNE_REFUSED, "off", "on");
	feature_is("m0", "large-receive-offload", "off");
	promiscuous_is("m0", true);
	sh("! grep -q lro %s/*", TUNE_JOURNAL);
	xdpx_tune_free(tune);
	ck_assert_uint_eq(tune_journal_files(), 0);
}
END_TEST

START_TEST(more_channels_than_there_are_is_refused_in_the_kernels_words)
{
	struct xdpx_tune_opts want = {.size = sizeof(want), .channels_rx = 5};
	struct xdpx_tune *tune;

	net_veth("v0", "v1", 4);
	if (sh_try("ethtool -L v0 rx 3"))
		skip_test("a veth has no channels to set here");
	sh("ethtool -L v0 rx 4");
	tune_fails("v0", &want, -EINVAL, "v0: setting channels to rx=5 tx=4 combined=0 failed: Invalid argument");
	has(xdpx_error_last()->kernel, "exceeds maximum");
	has(xdpx_error_last()->hint, "ethtool -l v0");

	want.flags = XDPX_TUNE_BEST_EFFORT;
	tune = tune_new("v0", &want);
	tune_setting_is(tune, "channels", XDPX_TUNE_REFUSED, "rx=4 tx=4 combined=0", "rx=5 tx=4 combined=0");
	has(xdpx_tune_setting_why(tune_setting_of(tune, "channels")),
	    "(the kernel: requested channel count exceeds maximum)");
	xdpx_tune_free(tune);
}
END_TEST

START_TEST(best_effort_sets_what_it_can_and_reports_the_rest)
{
	struct xdpx_tune_opts want = {
		.size = sizeof(want),
		.flags = XDPX_TUNE_BEST_EFFORT,
		.gro_hw = XDPX_TUNE_ON,
		.symmetric_rss = XDPX_TUNE_ON,
		.promiscuous = XDPX_TUNE_ON,
	};
	struct xdpx_tune *tune;

	net_veth("v0", "v1", 4);
	ck_assert_int_eq(xdpx_tune_restore(NULL), -EINVAL);
	tune = tune_new("v0", &want);
	ck_assert_int_eq(xdpx_error_last()->code, -EINVAL);
	has(xdpx_error_last()->message, "the pointer is NULL");
	promiscuous_is("v0", true);
	tune_setting_is(tune, "gro-hw", XDPX_TUNE_REFUSED, "off", "on");
	tune_setting_is(tune, "symmetric-rss", XDPX_TUNE_REFUSED, "", "");
	has(xdpx_tune_setting_why(tune_setting_of(tune, "symmetric-rss")), "can't be read");
	tune_setting_is(tune, "promiscuous", XDPX_TUNE_CHANGED, "off", "on");
	xdpx_tune_free(tune);
	promiscuous_is("v0", false);
}
END_TEST

START_TEST(settings_that_a_device_does_not_offer_are_named)
{
	struct xdpx_tune_opts lro = {.size = sizeof(lro), .lro = XDPX_TUNE_ON};
	struct xdpx_tune_opts channels = {.size = sizeof(channels), .channels_combined = 2};
	struct xdpx_tune_opts rss = {.size = sizeof(rss), .symmetric_rss = XDPX_TUNE_ON};

	sh("ip tuntap add t0 mode tap; ip link add br0 type bridge");
	tune_fails("t0", &lro, -EOPNOTSUPP, "t0: lro can't be changed: its driver has it fixed to off");
	tune_fails("br0", &channels, -EOPNOTSUPP, "br0: channels can't be read");
	tune_fails("t0", &rss, -EOPNOTSUPP, "t0: symmetric-rss can't be read");
}
END_TEST

START_TEST(a_device_that_goes_away_meanwhile_is_enodev_and_free_is_fine)
{
	struct xdpx_tune *tune;

	tune_pair();
	tune = tune_new("v0", &tune_some);
	sh("ip link del v0");
	ck_assert_int_eq(xdpx_tune_restore(tune), -ENODEV);
	ck_assert_int_eq(xdpx_tune_setting_state(xdpx_tune_at(tune, 0)), XDPX_TUNE_LEFT_ALONE);
	ck_assert_uint_eq(tune_journal_files(), 0);
	xdpx_tune_free(tune);
}
END_TEST

START_TEST(a_thread_that_has_moved_on_puts_back_where_it_was)
{
	struct xdpx_tune_opts want = tune_some;
	struct xdpx_tune *tune;
	int home;

	tune_pair();
	sh("ip link add br0 type bridge");
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	tune = tune_new("v0", &want);
	ck_assert_int_eq(unshare(CLONE_NEWNET), 0);
	xdpx_tune_free(tune);
	ck_assert_int_eq(setns(home, CLONE_NEWNET), 0);
	tune_some_are_set("v0", false);
	close(home);
}
END_TEST

START_TEST(two_tunes_put_back_in_the_reverse_order_leave_nothing)
{
	struct xdpx_tune_opts second = tune_defer;
	struct xdpx_tune *outer;
	struct xdpx_tune *inner;

	second.napi_defer_hard_irqs = 5;
	sh("ip link add br0 type bridge");
	outer = tune_new("br0", &tune_defer);
	inner = tune_new("br0", &second);
	tune_setting_is(inner, "napi-defer-hard-irqs", XDPX_TUNE_CHANGED, "2", "5");
	tune_setting_is(inner, "promiscuous", XDPX_TUNE_ALREADY, "on", "on");
	xdpx_tune_free(inner);
	sysfs_is("br0", "napi_defer_hard_irqs", "2");
	promiscuous_is("br0", true);
	xdpx_tune_free(outer);
	sysfs_is("br0", "napi_defer_hard_irqs", "0");
}
END_TEST

START_TEST(without_the_capability_it_is_named)
{
	struct xdpx_tune *tune;

	tune_pair();
	tune = tune_new("v0", &tune_some);
	drop_caps(UINT64_C(1) << CAP_NET_ADMIN);
	tune_fails("v0", &tune_some, -EPERM, "CAP_NET_ADMIN is missing");
	ck_assert_int_eq(xdpx_tune_restore_token("0123456789abcdef"), -EPERM);
	has(xdpx_error_last()->message, "CAP_NET_ADMIN is missing");

	/* What can't be put back stays in the journal. */
	ck_assert_int_eq(xdpx_tune_restore(tune), -EPERM);
	has(xdpx_error_last()->message, "3 of the settings of v0 could not be put back");
	has(xdpx_error_last()->hint, xdpx_tune_token(tune));
	ck_assert_int_eq(xdpx_tune_setting_state(tune_setting_of(tune, "gro")), XDPX_TUNE_STUCK);
	xdpx_tune_free(tune);
	ck_assert_uint_eq(tune_journal_files(), 1);
}
END_TEST

START_TEST(bad_options_are_einval_in_words)
{
	struct xdpx_tune_opts want = {.size = sizeof(want), .gro = 3};
	struct xdpx_tune *tune;

	tune_fails("lo", &want, -EINVAL, "gro is 3");
	want = (struct xdpx_tune_opts){.size = sizeof(want), .flags = 1ULL << 60};
	tune_fails("lo", &want, -EINVAL, "unknown flags");
	want = (struct xdpx_tune_opts){.size = sizeof(want), .reserved = 1};
	tune_fails("lo", &want, -EINVAL, "reserved");
	want = (struct xdpx_tune_opts){.size = sizeof(want), .gro_flush_timeout = 7};
	tune_fails("lo", &want, -EINVAL, "gro_flush_timeout is 7, but its flag is not set");
	want = (struct xdpx_tune_opts){
		.size = sizeof(want), .flags = TUNE_NAPI_FLAGS, .napi_defer_hard_irqs = UINT32_MAX};
	tune_fails("lo", &want, -EINVAL, "the kernel takes up to 2147483647");
	want = (struct xdpx_tune_opts){.size = sizeof(want), .symmetric_rss = XDPX_TUNE_OFF};
	tune_fails("lo", &want, -EINVAL, "symmetric-rss can be set on, not off");
	want = (struct xdpx_tune_opts){.size = 0};
	tune_fails("lo", &want, -EINVAL, "size");
	want = (struct xdpx_tune_opts){.size = sizeof(want)};
	tune_fails("nope", &want, -ENODEV, "nope");
	tune_fails(NULL, &want, -EINVAL, "no device name");
	tune_fails("lo", NULL, -EINVAL, "NULL");
	ck_assert_int_eq(xdpx_tune_new("lo", &want, NULL), -EINVAL);
	ck_assert_int_eq(xdpx_tune_list_new(NULL), -EINVAL);
	ck_assert_int_eq(xdpx_tune_restore_token(NULL), -EINVAL);
	ck_assert_int_eq(xdpx_tune_restore_token("../../etc/passwd"), -EINVAL);
	ck_assert_int_eq(xdpx_tune_forget_token("0123456789ABCDEF"), -EINVAL);
	ck_assert_int_eq(xdpx_tune_forget_token("0123456789abcdef"), -ENOENT);
	xdpx_tune_free(NULL);
	xdpx_tune_list_free(NULL);
	ck_assert_int_eq(xdpx_tune_new("lo", &want, &tune), 0);
	ck_assert_uint_eq(xdpx_tune_count(tune), 0);
	xdpx_tune_free(tune);
}
END_TEST

START_TEST(options_of_a_newer_library_are_e2big)
{
	struct {
		struct xdpx_tune_opts known;
		uint64_t newer;
	} want = {.known = {.size = sizeof(want)}, .newer = 1};

	tune_fails("lo", &want.known, -E2BIG, "this library");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tune");
	TCase *tune = tcase_create("tune");

	tcase_add_checked_fixture(tune, tune_isolate, NULL);
	tcase_add_test(tune, promiscuity_is_changed_and_put_back);
	tcase_add_test(tune, a_socket_that_listens_promiscuously_is_not_taken_for_the_setting);
	tcase_add_test(tune, offloads_are_changed_and_put_back);
	tcase_add_test(tune, channels_are_changed_together_and_put_back);
	tcase_add_test(tune, each_napi_that_gro_brings_is_set_and_put_back);
	tcase_add_test(tune, napis_that_the_same_tune_brings_are_set_too);
	tcase_add_test(tune, napis_that_are_gone_are_left_alone);
	tcase_add_test(tune, without_listed_napis_the_devices_knobs_are_set_through_sysfs);
	tcase_add_test(tune, without_a_mount_of_its_own_it_uses_sys_where_that_is_this_namespaces);
	tcase_add_test(tune, a_sys_of_another_namespace_is_not_written_to);
	tcase_add_test(tune, a_knob_that_neither_netlink_nor_sysfs_has_is_unsupported);
	tcase_add_test(tune, what_is_so_already_is_not_put_back);
	tcase_add_test(tune, what_somebody_has_changed_since_is_left_alone);
	tcase_add_test(tune, what_somebody_has_put_back_already_is_restored);
	tcase_add_test(tune, a_refusal_half_way_puts_back_what_was_changed_and_says_why);
	tcase_add_test(tune, an_offload_that_is_taken_but_not_in_force_is_an_error_and_taken_back);
	tcase_add_test(tune, more_channels_than_there_are_is_refused_in_the_kernels_words);
	tcase_add_test(tune, best_effort_sets_what_it_can_and_reports_the_rest);
	tcase_add_test(tune, settings_that_a_device_does_not_offer_are_named);
	tcase_add_test(tune, a_device_that_goes_away_meanwhile_is_enodev_and_free_is_fine);
	tcase_add_test(tune, a_thread_that_has_moved_on_puts_back_where_it_was);
	tcase_add_test(tune, two_tunes_put_back_in_the_reverse_order_leave_nothing);
	tcase_add_test(tune, without_the_capability_it_is_named);
	tcase_add_test(tune, bad_options_are_einval_in_words);
	tcase_add_test(tune, options_of_a_newer_library_are_e2big);
	suite_add_tcase(suite, tune);
	return run_suite(suite);
}

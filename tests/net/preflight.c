/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "net.h"
#include "run.h"

#include <xdpx/error.h>
#include <xdpx/link.h>
#include <xdpx/needs.h>
#include <xdpx/prog.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define ck_says(text, part) ck_assert_msg(strstr(text, part), "\"%s\" is not in: %s", part, text)

static struct xdpx_prog *prog_named(const char *object, const char *name)
{
	struct xdpx_prog_opts opts = {.size = sizeof(opts), .name = name};
	struct xdpx_prog *prog = NULL;
	char path[512];

	snprintf(path, sizeof(path), "%s/%s.bpf.o", TEST_OBJECTS, object);
	ck_assert_msg(xdpx_prog_open(path, &opts, &prog) == 0, "%s", xdpx_error_last()->message);
	return prog;
}

static int attach_code(struct xdpx_prog *prog, const char *nic, enum xdpx_mode mode, uint64_t flags,
		       struct xdpx_link **link)
{
	struct xdpx_attach_opts opts = {.size = sizeof(opts), .mode = mode, .flags = flags};

	*link = NULL;
	return xdpx_link_attach(prog, nic, &opts, link);
}

static struct xdpx_link *attach(struct xdpx_prog *prog, const char *nic, enum xdpx_mode mode, uint64_t flags)
{
	struct xdpx_link *link;
	int err = attach_code(prog, nic, mode, flags, &link);

	ck_assert_msg(err == 0, "%s; kernel: %s", xdpx_error_last()->message, xdpx_error_last()->kernel);
	return link;
}

static struct xdpx_nic *nic_open(const char *name)
{
	struct xdpx_nic *nic = NULL;

	ck_assert_int_eq(xdpx_nic_open(name, NULL, &nic), 0);
	return nic;
}

static struct xdpx_report_entry entry_of(const struct xdpx_report *report, enum xdpx_need need)
{
	struct xdpx_report_entry entry = {.size = sizeof(entry)};
	size_t at;

	for (at = 0; at < xdpx_report_count(report); at++) {
		ck_assert_int_eq(xdpx_report_at(report, at, &entry), 0);
		if (entry.need == need)
			return entry;
	}
	ck_abort_msg("the report does not tell of %s", xdpx_need_name(need));
}

static void setup(void)
{
	net_isolate();
	net_veth("va", "vb", 1);
	sh("ethtool -K va gro off; ethtool -K vb gro off");
}

START_TEST(a_veth_whose_peer_takes_no_frames_is_refused_a_program_that_sends)
{
	struct xdpx_prog *prog = prog_named("needs", "in_static_function");
	struct xdpx_prog *pass = prog_named("pass", "test_pass");
	struct xdpx_link *link, *beyond;

	ck_assert_int_eq(attach_code(prog, "va", XDPX_MODE_BEST, 0, &link), -EOPNOTSUPP);
	ck_assert_str_eq(xdpx_error_last()->stage, "link.attach.check");
	ck_says(xdpx_error_last()->message, "va: program \"in_static_function\" returns XDP_TX");
	ck_says(xdpx_error_last()->message, "once its peer vb runs a native XDP program");
	ck_says(xdpx_error_last()->hint, "XDPX_MODE_GENERIC");
	ck_says(xdpx_error_last()->hint, "XDPX_ATTACH_ALLOW_LOSS");
	ck_assert_uint_eq(net_prog_id("va"), 0);
	/* nothing was loaded for it either */
	ck_assert_uint_eq(xdpx_prog_id(prog), 0);

	beyond = attach(pass, "vb", XDPX_MODE_NATIVE, 0);
	link = attach(prog, "va", XDPX_MODE_BEST, 0);
	ck_assert_int_eq(xdpx_link_mode(link), XDPX_MODE_NATIVE);
	ck_assert_uint_eq(entry_of(xdpx_link_report(link), XDPX_NEED_TX).verdict, XDPX_VERDICT_MET);
	xdpx_link_free(link);
	xdpx_link_free(beyond);
	xdpx_prog_free(pass);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(a_loss_that_is_allowed_is_attached_and_told)
{
	struct xdpx_prog *prog = prog_named("needs", "in_static_function");
	struct xdpx_link *link = attach(prog, "va", XDPX_MODE_NATIVE, XDPX_ATTACH_ALLOW_LOSS);
	struct xdpx_report_entry entry = entry_of(xdpx_link_report(link), XDPX_NEED_TX);

	ck_assert_int_eq(xdpx_link_mode(link), XDPX_MODE_NATIVE);
	ck_assert_uint_eq(entry.verdict, XDPX_VERDICT_UNMET);
	ck_assert_uint_eq(entry.loss, 1);
	ck_assert_uint_eq(entry_of(xdpx_link_report(link), XDPX_NEED_RUN).verdict, XDPX_VERDICT_MET);
	xdpx_link_free(link);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(a_loss_in_native_mode_is_none_in_generic_mode)
{
	struct xdpx_prog *prog = prog_named("needs", "in_static_function");
	struct xdpx_link *link = attach(prog, "va", XDPX_MODE_GENERIC, 0);

	xdpx_link_free(link);
	link = attach(prog, "va", XDPX_MODE_BEST, XDPX_ATTACH_FALLBACK_ANY);
	ck_assert_int_eq(xdpx_link_mode(link), XDPX_MODE_GENERIC);
	ck_says(xdpx_link_mode_why(link), "va would lose packets in native mode: ");
	ck_says(xdpx_link_mode_why(link), "returns XDP_TX");
	ck_assert_int_eq(xdpx_error_last()->code, 0);
	xdpx_link_free(link);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(programs_that_redirect_are_attached_where_the_device_can)
{
	static const char *const nics[] = {"va", "lo", "br0", "tap0"};
	static const char *const names[] = {"in_global_function", "to_devices", "to_sockets", "to_processors"};
	const char *nic = nics[_i];
	size_t at;

	sh("ip link add name br0 type bridge");
	sh("ip tuntap add tap0 mode tap; ip link set tap0 up");
	for (at = 0; at < sizeof(names) / sizeof(*names); at++) {
		struct xdpx_prog *prog = prog_named("needs", names[at]);

		xdpx_link_free(attach(prog, nic, XDPX_MODE_BEST, 0));
		xdpx_prog_free(prog);
	}
}
END_TEST

static char logged[2048];

static void keep_line(void *arg, enum xdpx_log_level level, const char *line)
{
	char *lines = arg;
	size_t length = strlen(lines);

	snprintf(lines + length, sizeof(logged) - length, "%d %s\n", level, line);
}

START_TEST(what_is_not_known_is_a_warning)
{
	struct xdpx_prog *prog = prog_named("needs", "to_programs");
	struct xdpx_link *link;
	char said[64];

	xdpx_log_set(keep_line, logged, XDPX_LOG_DEBUG);
	link = attach(prog, "va", XDPX_MODE_BEST, 0);
	xdpx_log_set(NULL, NULL, XDPX_LOG_DEBUG);
	snprintf(said, sizeof(said), "%d unknown: va: program \"to_programs\" calls bpf_tail_call()", XDPX_LOG_WARN);
	ck_says(logged, said);
	ck_assert_uint_eq(entry_of(xdpx_link_report(link), XDPX_NEED_TAIL_CALL).verdict, XDPX_VERDICT_UNKNOWN);
	xdpx_link_free(link);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(a_target_that_takes_no_frames_is_named_with_its_peer)
{
	struct xdpx_prog *prog = prog_named("needs", "to_devices");
	struct xdpx_nic *from = nic_open("va");
	struct xdpx_nic *to;
	struct xdpx_check_opts opts = {.size = sizeof(opts), .mode = XDPX_MODE_NATIVE};
	struct xdpx_report_entry entry;
	struct xdpx_report *report;

	net_veth("vc", "vd", 1);
	sh("ethtool -K vd gro off");
	to = nic_open("vc");
	opts.target = to;
	ck_assert_int_eq(xdpx_prog_check(prog, from, &opts, &report), 0);
	entry = entry_of(report, XDPX_NEED_TARGET);
	ck_assert_uint_eq(entry.loss, 1);
	ck_says(entry.text, "to vc: ");
	ck_says(entry.text, "vd");
	xdpx_report_free(report);
	xdpx_nic_free(to);
	xdpx_nic_free(from);
	xdpx_prog_free(prog);
}
END_TEST

/* What the report says of the packets' length, for a program that takes packets of one buffer. */
static enum xdpx_verdict linear_verdict(void)
{
	struct xdpx_prog *prog = prog_named("pass", NULL);
	struct xdpx_nic *nic = nic_open("v0");
	struct xdpx_report *report = NULL;
	enum xdpx_verdict verdict;

	ck_assert_int_eq(xdpx_prog_check(prog, nic, NULL, &report), 0);
	verdict = (enum xdpx_verdict)entry_of(report, XDPX_NEED_LINEAR).verdict;
	xdpx_report_free(report);
	xdpx_nic_free(nic);
	xdpx_prog_free(prog);
	return verdict;
}

START_TEST(of_a_veth_the_mtu_of_its_peer_counts)
{
	sh("ip link add v0 mtu 9000 type veth peer name v1");
	ck_assert_int_eq(linear_verdict(), XDPX_VERDICT_MET);
	sh("ip link set v1 mtu 9000; ip link set v0 mtu 1500");
	ck_assert_int_eq(linear_verdict(), XDPX_VERDICT_UNMET);
}
END_TEST

START_TEST(programs_with_metadata_functions_are_loaded_for_the_device)
{
	static const char *const names[] = {"timestamp", "hash_and_vlan", "only_if_asked"};
	struct xdpx_prog *prog = prog_named("metadata", names[_i]);
	struct xdpx_link *link = attach(prog, "va", XDPX_MODE_BEST, 0);
	struct xdpx_prog *next = prog_named("metadata", names[_i]);

	ck_assert_int_eq(xdpx_link_mode(link), XDPX_MODE_NATIVE);
	ck_assert_uint_eq(entry_of(xdpx_link_report(link), XDPX_NEED_BOUND).verdict, XDPX_VERDICT_MET);
	ck_assert_int_eq(xdpx_link_replace(link, next), 0);
	ck_assert_uint_eq(net_prog_id("va"), xdpx_prog_id(next));
	xdpx_link_free(link);
	xdpx_prog_free(next);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(a_replacement_that_would_lose_packets_is_refused_and_the_old_one_stays)
{
	struct xdpx_prog *prog = prog_named("pass", "test_pass");
	struct xdpx_prog *sends = prog_named("needs", "in_static_function");
	struct xdpx_link *link = attach(prog, "va", XDPX_MODE_NATIVE, 0);
	const struct xdpx_report *report = xdpx_link_report(link);

	ck_assert_int_eq(xdpx_link_replace(link, sends), -EOPNOTSUPP);
	ck_says(xdpx_error_last()->message, "va: program \"in_static_function\" returns XDP_TX");
	ck_says(xdpx_error_last()->hint, "XDPX_ATTACH_ALLOW_LOSS");
	ck_assert_uint_eq(xdpx_prog_id(sends), 0);
	ck_assert_uint_eq(net_prog_id("va"), xdpx_prog_id(prog));
	ck_assert_ptr_eq(xdpx_link_report(link), report);
	xdpx_link_free(link);

	link = attach(prog, "va", XDPX_MODE_GENERIC, 0);
	ck_assert_int_eq(xdpx_link_replace(link, sends), 0);
	ck_assert_uint_eq(entry_of(xdpx_link_report(link), XDPX_NEED_TX).verdict, XDPX_VERDICT_MET);
	xdpx_link_free(link);
	xdpx_prog_free(sends);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(a_loss_that_was_allowed_at_the_attaching_is_allowed_to_the_replacement)
{
	static const uint64_t over[] = {0, XDPX_ATTACH_NETLINK};
	struct xdpx_prog *prog = prog_named("pass", "test_pass");
	struct xdpx_prog *sends = prog_named("needs", "in_static_function");
	struct xdpx_link *link = attach(prog, "va", XDPX_MODE_NATIVE, XDPX_ATTACH_ALLOW_LOSS | over[_i]);

	ck_assert_int_eq(xdpx_link_replace(link, sends), 0);
	ck_assert_uint_eq(net_prog_id("va"), xdpx_prog_id(sends));
	ck_assert_uint_eq(entry_of(xdpx_link_report(link), XDPX_NEED_TX).verdict, XDPX_VERDICT_UNMET);
	ck_assert_uint_eq(entry_of(xdpx_link_report(link), XDPX_NEED_RUN).verdict, XDPX_VERDICT_MET);
	xdpx_link_free(link);
	xdpx_prog_free(sends);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(from_another_namespace_a_replacement_goes_unchecked)
{
	struct xdpx_prog *prog = prog_named("pass", "test_pass");
	struct xdpx_prog *sends = prog_named("needs", "in_static_function");
	struct xdpx_link *link = attach(prog, "va", XDPX_MODE_NATIVE, 0);
	const struct xdpx_report *report = xdpx_link_report(link);
	int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC); /* keeps it, and its devices */

	net_isolate();
	ck_assert_msg(!xdpx_link_replace(link, sends), "%s", xdpx_error_last()->message);
	ck_assert_ptr_eq(xdpx_link_report(link), report);
	close(here);
	xdpx_link_free(link);
	xdpx_prog_free(sends);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(metadata_functions_are_refused_before_loading_in_generic_mode)
{
	static const struct {
		const char *nic;
		enum xdpx_mode mode;
	} cases[] = {{"va", XDPX_MODE_GENERIC}, {"lo", XDPX_MODE_BEST}};
	struct xdpx_prog *prog = prog_named("metadata", "timestamp");
	struct xdpx_link *link;

	ck_assert_int_eq(attach_code(prog, cases[_i].nic, cases[_i].mode, 0, &link), -EOPNOTSUPP);
	ck_says(xdpx_error_last()->message, cases[_i].nic);
	ck_says(xdpx_error_last()->message, "native mode only");
	ck_says(xdpx_error_last()->hint, "leave the metadata functions out");
	/* it can still be loaded for another */
	xdpx_link_free(attach(prog, "va", XDPX_MODE_BEST, 0));
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(metadata_functions_that_a_driver_lacks_are_told_and_lose_nothing)
{
	struct xdpx_prog *prog = prog_named("metadata", "timestamp");
	struct xdpx_report_entry entry;
	struct xdpx_link *link;

	sh("ip tuntap add tap0 mode tap; ip link set tap0 up");
	link = attach(prog, "tap0", XDPX_MODE_NATIVE, 0);
	ck_assert_uint_eq(entry_of(xdpx_link_report(link), XDPX_NEED_BOUND).verdict, XDPX_VERDICT_MET);
	entry = entry_of(xdpx_link_report(link), XDPX_NEED_RX_TIMESTAMP);
	ck_assert_uint_eq(entry.verdict, XDPX_VERDICT_UNMET);
	ck_assert_uint_eq(entry.loss, 0);
	xdpx_link_free(link);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(a_program_loaded_for_one_device_is_not_attached_to_another)
{
	struct xdpx_prog *prog = prog_named("metadata", "timestamp");
	struct xdpx_nic *nic = nic_open("va");
	struct xdpx_prog *same;
	struct xdpx_link *link;
	char said[64];

	ck_assert_int_eq(xdpx_prog_load(prog, nic), 0);
	ck_assert_int_eq(xdpx_prog_load(prog, nic), 0);
	ck_assert_int_eq(xdpx_prog_load(prog, NULL), 0);
	ck_assert_int_eq(attach_code(prog, "vb", XDPX_MODE_BEST, 0, &link), -EINVAL);
	snprintf(said, sizeof(said), "another device, the one with index %u", if_nametoindex("va"));
	ck_says(xdpx_error_last()->message, said);
	ck_assert_uint_eq(net_prog_id("vb"), 0);

	/* of a descriptor only the kernel knows */
	ck_assert_int_eq(xdpx_prog_from_fd(xdpx_prog_fd(prog), &same), 0);
	ck_assert_int_eq(attach_code(same, "vb", XDPX_MODE_NATIVE, 0, &link), -EINVAL);
	ck_says(xdpx_error_last()->kernel, "bound to different device");
	ck_says(xdpx_error_last()->hint, "for this device");
	xdpx_link_free(attach(same, "va", XDPX_MODE_NATIVE, 0));
	xdpx_prog_free(same);
	xdpx_nic_free(nic);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(metadata_functions_without_a_device_are_refused_with_what_to_do)
{
	struct xdpx_prog *prog = prog_named("metadata", "only_if_asked");

	ck_assert_int_eq(xdpx_prog_load(prog, NULL), -EINVAL);
	ck_says(xdpx_error_last()->kernel, "device-bound");
	ck_says(xdpx_error_last()->hint, "loaded for one device");
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(loading_for_a_device_without_native_xdp_says_so)
{
	struct xdpx_prog *prog = prog_named("metadata", "timestamp");
	struct xdpx_nic *nic;

	sh("ip link add name br0 type bridge");
	nic = nic_open("br0");
	ck_assert_int_eq(xdpx_prog_load(prog, nic), -EOPNOTSUPP);
	ck_says(xdpx_error_last()->message, "br0: its driver (bridge) runs no XDP programs");
	ck_assert_int_eq(xdpx_error_last()->kernel_code, -EOPNOTSUPP);
	xdpx_nic_free(nic);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(a_function_that_the_kernel_has_not_is_named)
{
	struct xdpx_prog *prog = prog_named("missing", NULL);

	ck_assert_int_eq(xdpx_prog_load(prog, NULL), -EOPNOTSUPP);
	ck_says(xdpx_error_last()->message, "no function xdpx_test_no_such_function()");
	ck_says(xdpx_error_last()->message, "the object of program \"missing\" calls");
	ck_says(xdpx_error_last()->hint, "__weak");
	xdpx_prog_free(prog);

	prog = prog_named("metadata", "missing_and_weak");
	xdpx_link_free(attach(prog, "va", XDPX_MODE_BEST, 0));
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(devices_that_run_no_programs_themselves_say_so)
{
	static const struct {
		const char *nic;
		const char *driver;
		int kernel_code;
	} cases[] = {
		{"va", "(veth)", -EINVAL},
		{"tap0", "(tun)", -EINVAL},
		/* these have nothing to do with XDP at all */
		{"lo", "which has no name", -EOPNOTSUPP},
		{"br0", "(bridge)", -EOPNOTSUPP},
	};
	struct xdpx_prog *prog = prog_named("pass", NULL);
	struct xdpx_prog *loaded = prog_named("pass", NULL);
	struct xdpx_prog *same;
	struct xdpx_link *link;

	sh("ip tuntap add tap0 mode tap; ip link add name br0 type bridge");
	ck_assert_int_eq(attach_code(prog, cases[_i].nic, XDPX_MODE_OFFLOAD, 0, &link), -EOPNOTSUPP);
	ck_says(xdpx_error_last()->message, cases[_i].nic);
	ck_says(xdpx_error_last()->message, "cannot run on the device itself");
	ck_says(xdpx_error_last()->message, cases[_i].driver);
	ck_says(xdpx_error_last()->hint, "nfp");
	ck_assert_int_eq(xdpx_error_last()->kernel_code, cases[_i].kernel_code);
	xdpx_prog_free(prog);

	ck_assert_int_eq(xdpx_prog_load(loaded, NULL), 0);
	ck_assert_int_eq(attach_code(loaded, cases[_i].nic, XDPX_MODE_OFFLOAD, 0, &link), -EINVAL);
	ck_says(xdpx_error_last()->message, "is loaded already, to run on this machine's processors");
	ck_assert_int_eq(xdpx_prog_from_fd(xdpx_prog_fd(loaded), &same), 0);
	ck_assert_int_lt(attach_code(same, cases[_i].nic, XDPX_MODE_OFFLOAD, 0, &link), 0);
	ck_assert_uint_eq(net_prog_id(cases[_i].nic), 0);
	xdpx_prog_free(same);
	xdpx_prog_free(loaded);
}
END_TEST

START_TEST(of_a_descriptor_the_maps_tell_the_needs)
{
	struct xdpx_needs needs = {.size = sizeof(needs)};
	struct xdpx_prog *prog = prog_named("needs", "to_devices");
	struct xdpx_prog *same;
	struct xdpx_link *link;

	ck_assert_int_eq(xdpx_prog_load(prog, NULL), 0);
	ck_assert_int_eq(xdpx_prog_from_fd(xdpx_prog_fd(prog), &same), 0);
	ck_assert_int_eq(xdpx_prog_needs(same, &needs), 0);
	ck_assert_uint_eq(needs.needs, 1ULL << XDPX_NEED_RUN | 1ULL << XDPX_NEED_DEVMAP);
	ck_assert_uint_eq(needs.known, 0);
	ck_assert_uint_eq(needs.computed, 1);
	link = attach(same, "va", XDPX_MODE_BEST, 0);
	ck_assert_uint_eq(entry_of(xdpx_link_report(link), XDPX_NEED_OTHERS).verdict, XDPX_VERDICT_UNKNOWN);
	xdpx_link_free(link);
	xdpx_prog_free(same);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(needs_stay_the_same_once_loaded)
{
	struct xdpx_needs before = {.size = sizeof(before)};
	struct xdpx_needs after = {.size = sizeof(after)};
	struct xdpx_prog *prog = prog_named("needs", "if_constant");
	uint32_t value = 1;

	ck_assert_int_eq(xdpx_prog_global_set(prog, "redirecting", &value, sizeof(value)), 0);
	ck_assert_int_eq(xdpx_prog_needs(prog, &before), 0);
	ck_assert_int_eq(xdpx_prog_load(prog, NULL), 0);
	ck_assert_int_eq(xdpx_prog_needs(prog, &after), 0);
	ck_assert_mem_eq(&before, &after, sizeof(before));
	ck_assert(before.needs & 1ULL << XDPX_NEED_REDIRECT);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(no_descriptor_is_left_behind)
{
	struct xdpx_prog *prog;
	struct xdpx_link *link;
	unsigned int before = fd_count();

	prog = prog_named("needs", "in_static_function");
	ck_assert_int_eq(attach_code(prog, "va", XDPX_MODE_BEST, 0, &link), -EOPNOTSUPP);
	ck_assert_int_eq(attach_code(prog, "va", XDPX_MODE_OFFLOAD, 0, &link), -EOPNOTSUPP);
	xdpx_prog_free(prog);
	prog = prog_named("metadata", "timestamp");
	xdpx_link_free(attach(prog, "va", XDPX_MODE_BEST, 0));
	xdpx_prog_free(prog);
	ck_assert_uint_eq(fd_count(), before);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("preflight");
	TCase *tcase = tcase_create("preflight");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, a_veth_whose_peer_takes_no_frames_is_refused_a_program_that_sends);
	tcase_add_test(tcase, a_loss_that_is_allowed_is_attached_and_told);
	tcase_add_test(tcase, a_loss_in_native_mode_is_none_in_generic_mode);
	tcase_add_loop_test(tcase, programs_that_redirect_are_attached_where_the_device_can, 0, 4);
	tcase_add_test(tcase, what_is_not_known_is_a_warning);
	tcase_add_test(tcase, a_target_that_takes_no_frames_is_named_with_its_peer);
	tcase_add_test(tcase, of_a_veth_the_mtu_of_its_peer_counts);
	tcase_add_loop_test(tcase, programs_with_metadata_functions_are_loaded_for_the_device, 0, 3);
	tcase_add_test(tcase, a_replacement_that_would_lose_packets_is_refused_and_the_old_one_stays);
	tcase_add_loop_test(tcase, a_loss_that_was_allowed_at_the_attaching_is_allowed_to_the_replacement, 0, 2);
	tcase_add_test(tcase, from_another_namespace_a_replacement_goes_unchecked);
	tcase_add_loop_test(tcase, metadata_functions_are_refused_before_loading_in_generic_mode, 0, 2);
	tcase_add_test(tcase, metadata_functions_that_a_driver_lacks_are_told_and_lose_nothing);
	tcase_add_test(tcase, a_program_loaded_for_one_device_is_not_attached_to_another);
	tcase_add_test(tcase, metadata_functions_without_a_device_are_refused_with_what_to_do);
	tcase_add_test(tcase, loading_for_a_device_without_native_xdp_says_so);
	tcase_add_test(tcase, a_function_that_the_kernel_has_not_is_named);
	tcase_add_loop_test(tcase, devices_that_run_no_programs_themselves_say_so, 0, 4);
	tcase_add_test(tcase, of_a_descriptor_the_maps_tell_the_needs);
	tcase_add_test(tcase, needs_stay_the_same_once_loaded);
	tcase_add_test(tcase, no_descriptor_is_left_behind);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}

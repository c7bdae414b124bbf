/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "prog/link.h"
#include "net.h"
#include "run.h"

#include <xdpx/error.h>
#include <xdpx/link.h>
#include <xdpx/prog.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/if_link.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Another one's program, attached with `ip`: over netlink, as libxdp does. */
#define IP_ATTACH "ip link set dev %s xdp obj " TEST_OBJECTS "/pass.bpf.o sec xdp"

static struct xdpx_prog *prog_open(const char *object)
{
	struct xdpx_prog *prog = NULL;
	char path[512];

	snprintf(path, sizeof(path), "%s/%s.bpf.o", TEST_OBJECTS, object);
	ck_assert_msg(xdpx_prog_open(path, NULL, &prog) == 0, "%s", xdpx_error_last()->message);
	return prog;
}

static struct xdpx_link *attach(struct xdpx_prog *prog, const char *nic, enum xdpx_mode mode, uint64_t flags)
{
	struct xdpx_attach_opts opts = {.size = sizeof(opts), .mode = mode, .flags = flags};
	struct xdpx_link *link = NULL;
	int err = xdpx_link_attach(prog, nic, &opts, &link);

	ck_assert_msg(err == 0, "%s; kernel: %s", xdpx_error_last()->message, xdpx_error_last()->kernel);
	return link;
}

static int attach_code(struct xdpx_prog *prog, const char *nic, enum xdpx_mode mode, uint64_t flags, uint32_t expect)
{
	struct xdpx_attach_opts opts = {.size = sizeof(opts), .mode = mode, .flags = flags, .expect_id = expect};
	struct xdpx_link *link = NULL;
	int err = xdpx_link_attach(prog, nic, &opts, &link);

	ck_assert(err == 0 || !link);
	xdpx_link_free(link);
	return err;
}

/* Of a 64-bit seccomp argument. */
#define LOW_HALF (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0 : 4)

#define ck_says(text, part) ck_assert_msg(strstr(text, part), "\"%s\" is not in: %s", part, text)

static void setup(void)
{
	net_isolate();
	net_veth("va", "vb", 1);
}

START_TEST(best_is_native_on_a_veth)
{
	struct xdpx_prog *prog = prog_open("pass");
	struct xdpx_link *link = NULL;

	ck_assert_int_eq(xdpx_link_attach(prog, "va", NULL, &link), 0);
	ck_assert_int_eq(xdpx_link_mode(link), XDPX_MODE_NATIVE);
	ck_assert_uint_eq(xdpx_link_nic_index(link), if_nametoindex("va"));
	ck_assert_uint_eq(net_prog_id("va"), xdpx_prog_id(prog));
	ck_assert_int_ge(xdpx_link_fd(link), 0);
	xdpx_prog_free(prog);
	ck_assert_uint_ne(net_prog_id("va"), 0);
	xdpx_link_free(link);
	ck_assert_uint_eq(net_prog_id("va"), 0);
}
END_TEST

START_TEST(best_is_generic_where_the_driver_has_no_native_xdp)
{
	static const char *const nics[] = {"lo", "br0"};
	struct xdpx_prog *prog = prog_open("pass");
	size_t at;

	sh("ip link add name br0 type bridge");
	for (at = 0; at < sizeof(nics) / sizeof(*nics); at++) {
		struct xdpx_link *link = attach(prog, nics[at], XDPX_MODE_BEST, 0);

		ck_assert_int_eq(xdpx_link_mode(link), XDPX_MODE_GENERIC);
		ck_says(xdpx_link_mode_why(link), "does not support XDP in native mode");
		ck_says(xdpx_link_mode_why(link), nics[at]);
		ck_assert_uint_eq(net_prog_id(nics[at]), xdpx_prog_id(prog));
		xdpx_link_free(link);
		ck_assert_uint_eq(net_prog_id(nics[at]), 0);
	}
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(a_successful_fallback_records_no_error)
{
	struct xdpx_prog *prog = prog_open("pass");

	xdpx_link_free(attach(prog, "lo", XDPX_MODE_BEST, 0));
	ck_assert_int_eq(xdpx_error_last()->code, 0);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(fixed_modes_are_taken_as_asked)
{
	static const uint64_t flags[] = {0, XDPX_ATTACH_NETLINK};
	struct xdpx_prog *prog = prog_open("pass");
	struct xdpx_link *link;
	size_t at;

	for (at = 0; at < 2; at++) {
		link = attach(prog, "va", XDPX_MODE_GENERIC, flags[at]);
		ck_assert_int_eq(xdpx_link_mode(link), XDPX_MODE_GENERIC);
		ck_assert_int_eq(sh_try("ip link show dev va | grep -q xdpgeneric"), 0);
		xdpx_link_free(link);
		ck_assert_uint_eq(net_prog_id("va"), 0);

		link = attach(prog, "va", XDPX_MODE_NATIVE, flags[at]);
		ck_assert_int_eq(xdpx_link_mode(link), XDPX_MODE_NATIVE);
		ck_assert_int_eq(sh_try("ip link show dev va | grep -q 'xdp '"), 0);
		xdpx_link_free(link);
		ck_assert_uint_eq(net_prog_id("va"), 0);
	}
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(native_mode_without_native_xdp_is_refused_in_words)
{
	struct xdpx_prog *prog = prog_open("pass");

	ck_assert_int_eq(attach_code(prog, "lo", XDPX_MODE_NATIVE, 0, 0), -EOPNOTSUPP);
	ck_says(xdpx_error_last()->message, "lo");
	ck_says(xdpx_error_last()->message, "no native XDP");
	ck_says(xdpx_error_last()->kernel, "does not support XDP in native mode");
	ck_assert_str_eq(xdpx_error_last()->stage, "link.attach.native");
	ck_assert_uint_eq(net_prog_id("lo"), 0);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(a_refusal_that_can_be_mended_fails_with_the_mend)
{
	struct xdpx_prog *prog = prog_open("pass");

	sh("ip link set dev vb mtu 9000");
	ck_assert_int_eq(attach_code(prog, "va", XDPX_MODE_BEST, 0, 0), -ERANGE);
	ck_says(xdpx_error_last()->message, "Peer MTU is too large");
	ck_says(xdpx_error_last()->kernel, "Peer MTU is too large");
	ck_says(xdpx_error_last()->hint, "mtu 1500");
	ck_says(xdpx_error_last()->hint, "xdp.frags");
	ck_says(xdpx_error_last()->hint, "XDPX_ATTACH_FALLBACK_ANY");
	ck_assert_uint_eq(net_prog_id("va"), 0);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(fallback_any_takes_generic_and_keeps_the_reason)
{
	struct xdpx_prog *prog = prog_open("pass");
	struct xdpx_link *link;

	sh("ip link set dev vb mtu 9000");
	link = attach(prog, "va", XDPX_MODE_BEST, XDPX_ATTACH_FALLBACK_ANY);
	ck_assert_int_eq(xdpx_link_mode(link), XDPX_MODE_GENERIC);
	ck_says(xdpx_link_mode_why(link), "Peer MTU is too large");
	xdpx_link_free(link);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(a_frags_program_is_native_at_mtu_9000)
{
	struct xdpx_prog *prog = prog_open("frags");
	struct xdpx_link *link;

	sh("ip link set dev vb mtu 9000");
	link = attach(prog, "va", XDPX_MODE_BEST, 0);
	ck_assert_int_eq(xdpx_link_mode(link), XDPX_MODE_NATIVE);
	xdpx_link_free(link);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(too_few_receive_queues_are_told_with_the_command)
{
	struct xdpx_prog *prog = prog_open("pass");

	sh("ip link add vc numrxqueues 1 numtxqueues 1 type veth peer name vd numrxqueues 2 numtxqueues 2");
	sh("ip link set vc up; ip link set vd up");
	ck_assert_int_eq(attach_code(prog, "vc", XDPX_MODE_BEST, 0, 0), -ENOSPC);
	ck_says(xdpx_error_last()->hint, "ethtool -L vc rx");
	xdpx_prog_free(prog);
}
END_TEST

/* Drivers that this machine does not have, with the words they were seen or read to use. */
START_TEST(known_refusals_of_drivers_come_with_their_mend)
{
	static const struct {
		int code;
		const char *text;
		const char *mend;
	} cases[] = {
		{-EOPNOTSUPP,
		 "virtio_net: Can't set XDP while host is implementing GRO_HW/CSUM, disable GRO_HW/CSUM first",
		 "ethtool -K va rx-gro-hw off"},
		{-EINVAL, "virtio_net: MTU too large to enable XDP without frags", "ip link set dev va mtu 1500"},
		{-EINVAL, "igb: The RX buffer size is too small for the frame size", "ip link set dev va mtu 1500"},
		{-EINVAL, "LRO is not supported with XDP", "ethtool -K va lro off"},
		{-ENOSPC, "idpf: No Tx queues available for XDP", "ethtool -L va combined"},
		{-EEXIST, "Cannot attach when an upper device already has a program", "ip -d link show dev va"},
		{-EOPNOTSUPP, "No native XDP support for the current bonding mode", "active-backup"},
		{-EINVAL, "", "dmesg"},
	};
	const struct xdpx_link link = {.nic_index = if_nametoindex("va"), .nic_name = "va", .prog_name = "p"};
	struct xdpx_refusal refusal;
	enum xdpx_mode mode;
	uint32_t id;
	size_t at;

	sh(IP_ATTACH, "va");
	for (at = 0; at < sizeof(cases) / sizeof(*cases); at++) {
		refusal.code = refusal.bpf_link_code = cases[at].code;
		snprintf(refusal.text, sizeof(refusal.text), "%s", cases[at].text);
		ck_assert(!xdpx_refusal_is_occupied(&link, &refusal, &id, &mode));
		ck_assert_int_eq(xdpx_fail_refused(&link, &refusal, XDPX_MODE_NATIVE, true), cases[at].code);
		ck_says(xdpx_error_last()->hint, cases[at].mend);
		ck_says(xdpx_error_last()->hint, "XDPX_ATTACH_FALLBACK_ANY");
		ck_assert_str_eq(xdpx_error_last()->kernel, cases[at].text);
	}
}
END_TEST

/* Attach attempts of each mode and way meet a foreign program: none changes it. */
static void check_left_alone(const char *nic, const char *mode_word)
{
	static const uint64_t ways[] = {0, XDPX_ATTACH_NETLINK, XDPX_ATTACH_FALLBACK_ANY};
	struct xdpx_prog *prog = prog_open("pass");
	unsigned int id = net_prog_id(nic);
	char said[64];
	size_t way;
	int mode;

	ck_assert_uint_ne(id, 0);
	snprintf(said, sizeof(said), "program %u (\"test_pass\")", id);
	for (mode = XDPX_MODE_BEST; mode <= XDPX_MODE_GENERIC; mode++) {
		for (way = 0; way < sizeof(ways) / sizeof(*ways); way++) {
			ck_assert_int_eq(attach_code(prog, nic, (enum xdpx_mode)mode, ways[way], 0), -EBUSY);
			ck_says(xdpx_error_last()->message, said);
			ck_says(xdpx_error_last()->message, mode_word);
			ck_assert_str_ne(xdpx_error_last()->hint, "");
			ck_assert_uint_eq(net_prog_id(nic), id);
		}
	}
	xdpx_prog_free(prog);
}

START_TEST(attach_leaves_a_foreign_native_program_alone)
{
	sh(IP_ATTACH, "va");
	check_left_alone("va", "native mode");
	ck_says(xdpx_error_last()->hint, "xdpdrv off");
}
END_TEST

START_TEST(attach_leaves_a_foreign_generic_program_alone)
{
	sh("ip link set dev va xdpgeneric obj " TEST_OBJECTS "/pass.bpf.o sec xdp");
	check_left_alone("va", "generic mode");
	ck_says(xdpx_error_last()->hint, "xdpgeneric off");
}
END_TEST

START_TEST(attach_leaves_a_foreign_bpf_link_alone_and_names_it)
{
	struct xdpx_prog *other = prog_open("pass");
	struct xdpx_link *link = attach(other, "va", XDPX_MODE_BEST, 0);
	struct bpf_link_info info = {0};
	uint32_t length = sizeof(info);
	char said[32];

	check_left_alone("va", "native mode");
	ck_assert_int_eq(bpf_obj_get_info_by_fd(xdpx_link_fd(link), &info, &length), 0);
	snprintf(said, sizeof(said), "bpf_link %u holds it", info.id);
	ck_says(xdpx_error_last()->hint, said);
	xdpx_link_free(link);
	xdpx_prog_free(other);
}
END_TEST

START_TEST(a_libxdp_dispatcher_is_called_by_its_name)
{
	int fd = net_prog_with_map("xdp_dispatcher", "xdp_disp.rodata");
	struct xdpx_prog *prog = prog_open("pass");

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bpf_xdp_attach((int)if_nametoindex("va"), fd, XDP_FLAGS_DRV_MODE, NULL), 0);
	ck_assert_int_eq(attach_code(prog, "va", XDPX_MODE_BEST, 0, 0), -EBUSY);
	ck_says(xdpx_error_last()->message, "libxdp dispatcher");
	ck_says(xdpx_error_last()->hint, "xdp-loader unload va --all");
	xdpx_prog_free(prog);
	close(fd);
}
END_TEST

START_TEST(a_freed_link_is_detached_also_while_somebody_looks_at_it)
{
	struct bpf_link_info info = {0};
	uint32_t length = sizeof(info);
	struct xdpx_prog *prog = prog_open("pass");
	struct xdpx_link *link = attach(prog, "va", XDPX_MODE_BEST, 0);
	int look;

	ck_assert_int_eq(bpf_obj_get_info_by_fd(xdpx_link_fd(link), &info, &length), 0);
	look = bpf_link_get_fd_by_id(info.id);
	ck_assert_int_ge(look, 0);
	xdpx_link_free(link);
	ck_assert_uint_eq(net_prog_id("va"), 0);
	close(look);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(a_killed_process_leaves_nothing)
{
	int pipes[2];
	char byte;
	pid_t child;

	ck_assert_int_eq(pipe(pipes), 0);
	child = fork();
	if (!child) {
		attach(prog_open("pass"), "va", XDPX_MODE_BEST, 0);
		if (write(pipes[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	ck_assert_int_eq(read(pipes[0], &byte, 1), 1);
	ck_assert_uint_ne(net_prog_id("va"), 0);
	kill(child, SIGKILL);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	ck_assert_uint_eq(net_prog_id("va"), 0);
}
END_TEST

/* As on a kernel before 5.9: BPF_LINK_CREATE is -EINVAL. */
static void take_bpf_links_away(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bpf, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0]) + LOW_HALF),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, BPF_LINK_CREATE, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = sizeof(filter) / sizeof(*filter), .filter = filter};

	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

START_TEST(a_kernel_without_bpf_links_is_served_over_netlink)
{
	struct xdpx_prog *prog = prog_open("pass");
	struct xdpx_link *link;

	take_bpf_links_away();
	link = attach(prog, "va", XDPX_MODE_BEST, 0);
	ck_assert_int_eq(xdpx_link_mode(link), XDPX_MODE_NATIVE);
	ck_assert_int_eq(xdpx_link_fd(link), -EOPNOTSUPP);
	ck_assert_uint_eq(net_prog_id("va"), xdpx_prog_id(prog));
	ck_assert_int_eq(attach_code(prog, "va", XDPX_MODE_BEST, 0, 0), -EBUSY);
	xdpx_link_free(link);
	ck_assert_uint_eq(net_prog_id("va"), 0);

	link = attach(prog, "lo", XDPX_MODE_BEST, 0);
	ck_assert_int_eq(xdpx_link_mode(link), XDPX_MODE_GENERIC);
	xdpx_link_free(link);
	ck_assert_uint_eq(net_prog_id("lo"), 0);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(over_netlink_a_program_is_attached_and_detached)
{
	struct xdpx_prog *prog = prog_open("pass");
	struct xdpx_link *link = attach(prog, "va", XDPX_MODE_BEST, XDPX_ATTACH_NETLINK);

	ck_assert_uint_eq(net_prog_id("va"), xdpx_prog_id(prog));
	ck_assert_int_eq(xdpx_link_fd(link), -EOPNOTSUPP);
	xdpx_prog_free(prog);
	xdpx_link_free(link);
	ck_assert_uint_eq(net_prog_id("va"), 0);
}
END_TEST

START_TEST(replace_swaps_the_program_over_either_way)
{
	static const uint64_t flags[] = {0, XDPX_ATTACH_NETLINK};
	size_t at;

	for (at = 0; at < 2; at++) {
		struct xdpx_prog *first = prog_open("pass");
		struct xdpx_prog *second = prog_open("frags");
		struct xdpx_link *link = attach(first, "va", XDPX_MODE_BEST, flags[at]);

		ck_assert_int_eq(xdpx_link_replace(link, second), 0);
		ck_assert_uint_eq(net_prog_id("va"), xdpx_prog_id(second));
		ck_assert_int_eq(xdpx_link_replace(link, first), 0);
		ck_assert_uint_eq(net_prog_id("va"), xdpx_prog_id(first));
		xdpx_prog_free(first);
		xdpx_prog_free(second);
		xdpx_link_free(link);
		ck_assert_uint_eq(net_prog_id("va"), 0);
	}
}
END_TEST

START_TEST(replace_does_not_touch_what_somebody_else_put_there_over_netlink)
{
	struct xdpx_prog *prog = prog_open("pass");
	struct xdpx_prog *second = prog_open("frags");
	struct xdpx_link *link = attach(prog, "va", XDPX_MODE_BEST, XDPX_ATTACH_NETLINK);
	unsigned int foreign;

	sh("ip link set dev va xdp off");
	sh(IP_ATTACH, "va");
	foreign = net_prog_id("va");
	ck_assert_int_eq(xdpx_link_replace(link, second), -EEXIST);
	ck_says(xdpx_error_last()->message, "somebody else");
	ck_assert_uint_eq(net_prog_id("va"), foreign);
	xdpx_link_free(link);
	ck_assert_uint_eq(net_prog_id("va"), foreign);
	xdpx_prog_free(prog);
	xdpx_prog_free(second);
}
END_TEST

START_TEST(replace_does_not_touch_what_somebody_else_put_into_the_bpf_link)
{
	struct xdpx_prog *prog = prog_open("pass");
	struct xdpx_prog *second = prog_open("frags");
	struct xdpx_prog *theirs = prog_open("pass");
	struct xdpx_link *link = attach(prog, "va", XDPX_MODE_BEST, 0);

	ck_assert_int_eq(xdpx_prog_load(theirs, NULL), 0);
	ck_assert_int_eq(bpf_link_update(xdpx_link_fd(link), xdpx_prog_fd(theirs), NULL), 0);
	ck_assert_int_eq(xdpx_link_replace(link, second), -EEXIST);
	ck_assert_int_eq(xdpx_error_last()->kernel_code, -EPERM);
	ck_assert_uint_eq(net_prog_id("va"), xdpx_prog_id(theirs));
	xdpx_link_free(link);
	xdpx_prog_free(prog);
	xdpx_prog_free(second);
	xdpx_prog_free(theirs);
}
END_TEST

START_TEST(replace_on_a_device_that_is_gone_says_so)
{
	static const uint64_t flags[] = {0, XDPX_ATTACH_NETLINK};
	struct xdpx_prog *prog = prog_open("pass");
	struct xdpx_prog *second = prog_open("frags");
	size_t at;

	for (at = 0; at < 2; at++) {
		struct xdpx_link *link = attach(prog, "va", XDPX_MODE_BEST, flags[at]);

		sh("ip link del va");
		ck_assert_int_eq(xdpx_link_replace(link, second), -ENODEV);
		ck_says(xdpx_error_last()->message, "va (index");
		xdpx_link_free(link);
		net_veth("va", "vb", 1);
	}
	xdpx_prog_free(prog);
	xdpx_prog_free(second);
}
END_TEST

START_TEST(a_refused_replacement_leaves_the_old_program)
{
	struct xdpx_prog *frags = prog_open("frags");
	struct xdpx_prog *plain = prog_open("pass");
	struct xdpx_prog *refused = prog_open("refused");
	struct xdpx_link *link;

	sh("ip link set dev vb mtu 9000");
	link = attach(frags, "va", XDPX_MODE_BEST, 0);
	ck_assert_int_eq(xdpx_link_replace(link, refused), -EACCES);
	ck_assert_int_lt(xdpx_link_replace(link, plain), 0);
	ck_assert_uint_eq(net_prog_id("va"), xdpx_prog_id(frags));
	ck_assert_int_eq(xdpx_link_replace(link, NULL), -EINVAL);
	ck_assert_int_eq(xdpx_link_replace(NULL, plain), -EINVAL);
	xdpx_link_free(link);
	xdpx_prog_free(frags);
	xdpx_prog_free(plain);
	xdpx_prog_free(refused);
}
END_TEST

START_TEST(a_netlink_program_named_by_its_id_is_replaced)
{
	struct xdpx_attach_opts opts = {.size = sizeof(opts), .flags = XDPX_ATTACH_REPLACE};
	struct xdpx_prog *prog = prog_open("frags");
	struct xdpx_link *link;

	sh("ip link set dev va xdpgeneric obj " TEST_OBJECTS "/pass.bpf.o sec xdp");
	opts.expect_id = net_prog_id("va");
	ck_assert_int_eq(xdpx_link_attach(prog, "va", &opts, &link), 0);
	ck_assert_int_eq(xdpx_link_mode(link), XDPX_MODE_GENERIC);
	ck_assert_uint_eq(net_prog_id("va"), xdpx_prog_id(prog));
	xdpx_link_free(link);
	ck_assert_uint_eq(net_prog_id("va"), 0);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(replacing_wants_the_program_that_is_there)
{
	struct xdpx_prog *prog = prog_open("frags");
	struct xdpx_prog *other = prog_open("pass");
	unsigned int foreign;

	ck_assert_int_eq(xdpx_prog_load(other, NULL), 0);
	ck_assert_int_eq(attach_code(prog, "va", XDPX_MODE_BEST, XDPX_ATTACH_REPLACE, xdpx_prog_id(other)), -ENOENT);
	sh(IP_ATTACH, "va");
	foreign = net_prog_id("va");
	ck_assert_int_eq(attach_code(prog, "va", XDPX_MODE_BEST, XDPX_ATTACH_REPLACE, xdpx_prog_id(other)), -EBUSY);
	ck_assert_int_eq(attach_code(prog, "va", XDPX_MODE_GENERIC, XDPX_ATTACH_REPLACE, foreign), -EINVAL);
	ck_assert_uint_eq(net_prog_id("va"), foreign);
	xdpx_prog_free(prog);
	xdpx_prog_free(other);
}
END_TEST

START_TEST(a_program_held_by_a_bpf_link_is_not_replaced)
{
	struct xdpx_prog *prog = prog_open("frags");
	struct xdpx_prog *other = prog_open("pass");
	struct xdpx_link *link = attach(other, "va", XDPX_MODE_BEST, 0);

	ck_assert_int_eq(attach_code(prog, "va", XDPX_MODE_BEST, XDPX_ATTACH_REPLACE, xdpx_prog_id(other)), -EBUSY);
	ck_says(xdpx_error_last()->message, "held by a bpf_link");
	ck_assert_uint_eq(net_prog_id("va"), xdpx_prog_id(other));
	xdpx_link_free(link);
	xdpx_prog_free(prog);
	xdpx_prog_free(other);
}
END_TEST

START_TEST(in_another_namespace_a_netlink_attachment_touches_nothing)
{
	struct xdpx_prog *prog = prog_open("pass");
	struct xdpx_link *link = attach(prog, "va", XDPX_MODE_BEST, XDPX_ATTACH_NETLINK);
	unsigned int index = if_nametoindex("va");

	net_isolate();
	sh("ip link add same index %u type veth peer name other", index);
	sh("ip link set same up; ip link set other up");
	ck_assert_int_eq(bpf_xdp_attach((int)index, xdpx_prog_fd(prog), XDP_FLAGS_DRV_MODE, NULL), 0);
	xdpx_link_free(link);
	ck_assert_uint_eq(net_prog_id("same"), xdpx_prog_id(prog));
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(unknown_devices_and_bad_options_are_refused)
{
	struct xdpx_attach_opts unset = {.size = 0};
	struct xdpx_prog *prog = prog_open("pass");
	struct xdpx_link *link = NULL;

	ck_assert_int_eq(xdpx_link_attach(prog, "nosuch", NULL, &link), -ENODEV);
	ck_says(xdpx_error_last()->message, "nosuch");
	ck_assert_int_eq(xdpx_link_attach(NULL, "va", NULL, &link), -EINVAL);
	ck_assert_int_eq(xdpx_link_attach(prog, NULL, NULL, &link), -EINVAL);
	ck_assert_int_eq(xdpx_link_attach(prog, "va", NULL, NULL), -EINVAL);
	ck_assert_int_eq(xdpx_link_attach(prog, "va", &unset, &link), -EINVAL);
	ck_assert_int_eq(attach_code(prog, "va", (enum xdpx_mode)4, 0, 0), -EINVAL);
	ck_assert_int_eq(attach_code(prog, "va", XDPX_MODE_BEST, 1ULL << 40, 0), -EINVAL);
	ck_assert_int_eq(attach_code(prog, "va", XDPX_MODE_BEST, XDPX_ATTACH_REPLACE, 0), -EINVAL);
	ck_assert_int_eq(attach_code(prog, "va", XDPX_MODE_BEST, 0, 7), -EINVAL);
	ck_assert_ptr_null(link);
	ck_assert_uint_eq(net_prog_id("va"), 0);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(modes_have_names)
{
	ck_assert_str_eq(xdpx_mode_name(XDPX_MODE_BEST), "best");
	ck_assert_str_eq(xdpx_mode_name(XDPX_MODE_NATIVE), "native");
	ck_assert_str_eq(xdpx_mode_name(XDPX_MODE_GENERIC), "generic");
	ck_assert_str_eq(xdpx_mode_name(XDPX_MODE_OFFLOAD), "offload");
	ck_assert_ptr_null(xdpx_mode_name((enum xdpx_mode)4));
	ck_assert_ptr_null(xdpx_mode_name((enum xdpx_mode) - 1));
}
END_TEST

START_TEST(without_net_admin_the_capability_is_named)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};
	struct xdpx_prog *prog = prog_open("pass");

	ck_assert_int_eq(xdpx_prog_load(prog, NULL), 0);
	ck_assert_int_eq(syscall(SYS_capset, &header, data), 0);
	ck_assert_int_eq(attach_code(prog, "va", XDPX_MODE_BEST, XDPX_ATTACH_NETLINK, 0), -EPERM);
	ck_says(xdpx_error_last()->message, "CAP_NET_ADMIN is missing");
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(no_descriptor_is_left_behind)
{
	struct xdpx_prog *prog = prog_open("pass");
	struct xdpx_prog *second = prog_open("frags");
	unsigned int before;
	unsigned int round;

	ck_assert_int_eq(xdpx_prog_load(prog, NULL), 0);
	ck_assert_int_eq(xdpx_prog_load(second, NULL), 0);
	before = fd_count();
	for (round = 0; round < 4; round++) {
		struct xdpx_link *link = attach(prog, "va", XDPX_MODE_BEST, round & 1 ? XDPX_ATTACH_NETLINK : 0);

		ck_assert_int_eq(xdpx_link_replace(link, second), 0);
		ck_assert_int_eq(attach_code(prog, "va", XDPX_MODE_BEST, 0, 0), -EBUSY);
		ck_assert_int_eq(attach_code(prog, "lo", XDPX_MODE_NATIVE, 0, 0), -EOPNOTSUPP);
		ck_assert_int_eq(attach_code(prog, "lo", XDPX_MODE_BEST, 0, 0), 0);
		xdpx_link_free(link);
	}
	ck_assert_uint_eq(fd_count(), before);
	xdpx_prog_free(prog);
	xdpx_prog_free(second);
}
END_TEST

static unsigned int lines_to_the_application;

static int application_hook(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	lines_to_the_application++;
	return 0;
}

START_TEST(failures_print_nothing_and_leave_the_applications_hook)
{
	struct xdpx_prog *prog = prog_open("pass");
	struct xdpx_prog *refused = prog_open("refused");
	char path[] = "/tmp/xdpx-test-XXXXXX";
	int file = mkstemp(path);
	int out = dup(1);
	int err = dup(2);

	unlink(path);
	sh(IP_ATTACH, "va");
	libbpf_set_print(application_hook);
	fflush(stdout);
	ck_assert(dup2(file, 1) == 1 && dup2(file, 2) == 2);
	ck_assert_int_eq(attach_code(prog, "va", XDPX_MODE_BEST, 0, 0), -EBUSY);
	ck_assert_int_eq(attach_code(prog, "lo", XDPX_MODE_NATIVE, 0, 0), -EOPNOTSUPP);
	ck_assert_int_eq(attach_code(refused, "vb", XDPX_MODE_BEST, 0, 0), -EACCES);
	fflush(stdout);
	ck_assert(dup2(out, 1) == 1 && dup2(err, 2) == 2);

	ck_assert_int_eq(lseek(file, 0, SEEK_END), 0);
	ck_assert_uint_eq(lines_to_the_application, 0);
	ck_assert_ptr_null(bpf_object__open_mem("no object", 9, NULL));
	ck_assert_uint_gt(lines_to_the_application, 0);
	xdpx_prog_free(prog);
	xdpx_prog_free(refused);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("link");
	TCase *tcase = tcase_create("link");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, best_is_native_on_a_veth);
	tcase_add_test(tcase, best_is_generic_where_the_driver_has_no_native_xdp);
	tcase_add_test(tcase, a_successful_fallback_records_no_error);
	tcase_add_test(tcase, fixed_modes_are_taken_as_asked);
	tcase_add_test(tcase, native_mode_without_native_xdp_is_refused_in_words);
	tcase_add_test(tcase, a_refusal_that_can_be_mended_fails_with_the_mend);
	tcase_add_test(tcase, fallback_any_takes_generic_and_keeps_the_reason);
	tcase_add_test(tcase, a_frags_program_is_native_at_mtu_9000);
	tcase_add_test(tcase, too_few_receive_queues_are_told_with_the_command);
	tcase_add_test(tcase, known_refusals_of_drivers_come_with_their_mend);
	tcase_add_test(tcase, attach_leaves_a_foreign_native_program_alone);
	tcase_add_test(tcase, attach_leaves_a_foreign_generic_program_alone);
	tcase_add_test(tcase, attach_leaves_a_foreign_bpf_link_alone_and_names_it);
	tcase_add_test(tcase, a_libxdp_dispatcher_is_called_by_its_name);
	tcase_add_test(tcase, a_freed_link_is_detached_also_while_somebody_looks_at_it);
	tcase_add_test(tcase, a_killed_process_leaves_nothing);
	tcase_add_test(tcase, a_kernel_without_bpf_links_is_served_over_netlink);
	tcase_add_test(tcase, over_netlink_a_program_is_attached_and_detached);
	tcase_add_test(tcase, replace_swaps_the_program_over_either_way);
	tcase_add_test(tcase, replace_does_not_touch_what_somebody_else_put_there_over_netlink);
	tcase_add_test(tcase, replace_does_not_touch_what_somebody_else_put_into_the_bpf_link);
	tcase_add_test(tcase, replace_on_a_device_that_is_gone_says_so);
	tcase_add_test(tcase, a_refused_replacement_leaves_the_old_program);
	tcase_add_test(tcase, a_netlink_program_named_by_its_id_is_replaced);
	tcase_add_test(tcase, replacing_wants_the_program_that_is_there);
	tcase_add_test(tcase, a_program_held_by_a_bpf_link_is_not_replaced);
	tcase_add_test(tcase, in_another_namespace_a_netlink_attachment_touches_nothing);
	tcase_add_test(tcase, unknown_devices_and_bad_options_are_refused);
	tcase_add_test(tcase, modes_have_names);
	tcase_add_test(tcase, without_net_admin_the_capability_is_named);
	tcase_add_test(tcase, no_descriptor_is_left_behind);
	tcase_add_test(tcase, failures_print_nothing_and_leave_the_applications_hook);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Snapshots of devices that each test makes for itself. */
#include "drop_caps.h"
#include "net.h"
#include "netlink/netlink.h"
#include "netlink/socket.h"
#include "nic/sources.h"
#include "run.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <grp.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xdpx/error.h>

static void isolate(void)
{
	net_isolate();
}

static struct xdpx_nic *nic_of(const char *name)
{
	struct xdpx_nic *nic;

	ck_assert_msg(!xdpx_nic_open(name, NULL, &nic), "%s: %s", name, xdpx_error_last()->message);
	return nic;
}

#define BIT(feature) (1U << XDPX_FEATURE_##feature)

/* What every device can, and what is not the kernel's word on XDP. */
static const uint32_t always = BIT(GENERIC) | BIT(XSK_COPY) | BIT(REDIRECT);
static const uint32_t not_netdevs = BIT(DATA_META) | BIT(TAIL_GROW) | BIT(RSS_SYMMETRIC);
static const uint32_t veth_alone = BIT(NATIVE) | BIT(RX_FRAGS) | BIT(RX_TIMESTAMP) | BIT(RX_HASH) | BIT(RX_VLAN);

static void features_are(const char *name, uint64_t yes)
{
	struct xdpx_nic *nic = nic_of(name);
	int feature;

	for (feature = 0; xdpx_feature_name(feature); feature++) {
		enum xdpx_answer expected = yes & (1U << feature) ? XDPX_YES : XDPX_NO;

		if (xdpx_nic_source(nic, feature) == XDPX_SOURCE_TABLE || not_netdevs & (1U << feature))
			continue;
		ck_assert_msg(xdpx_nic_can(nic, feature) == expected, "%s, %s: %s", name, xdpx_feature_name(feature),
			      xdpx_nic_why(nic, feature));
	}
	xdpx_nic_free(nic);
}

static bool netdev_family_missing(void)
{
	struct xdpx_nl *nl;
	int id;

	ck_assert_int_eq(xdpx_nl_open(NETLINK_GENERIC, &nl), 0);
	id = xdpx_nl_family(nl, "netdev");
	xdpx_nl_close(nl);
	return id < 0;
}

START_TEST(a_device_is_found_by_name_alternative_name_and_index)
{
	struct xdpx_nic *nic;
	char index[16];

	net_veth("v0", "v1", 1);
	sh("ip link property add dev v0 altname another-name-that-is-longer-than-15-bytes altname short");
	nic = nic_of("v0");
	ck_assert_uint_eq(xdpx_nic_index(nic), if_nametoindex("v0"));
	snprintf(index, sizeof(index), "#%u", xdpx_nic_index(nic));
	xdpx_nic_free(nic);

	nic = nic_of("another-name-that-is-longer-than-15-bytes");
	ck_assert_str_eq(xdpx_nic_name(nic), "v0");
	xdpx_nic_free(nic);
	nic = nic_of("short");
	ck_assert_str_eq(xdpx_nic_name(nic), "v0");
	xdpx_nic_free(nic);
	nic = nic_of(index);
	ck_assert_str_eq(xdpx_nic_name(nic), "v0");
	xdpx_nic_free(nic);
}
END_TEST

static void missing(const char *name)
{
	struct xdpx_nic untouched;
	struct xdpx_nic *nic = &untouched;
	unsigned int before = fd_count();

	ck_assert_int_eq(xdpx_nic_open(name, NULL, &nic), -ENODEV);
	ck_assert_ptr_eq(nic, &untouched);
	ck_assert_uint_eq(fd_count(), before);
	ck_assert_str_eq(xdpx_error_last()->stage, "nic.find");
	ck_assert_ptr_nonnull(strstr(xdpx_error_last()->message, "in this network namespace"));
	ck_assert_ptr_nonnull(strstr(xdpx_error_last()->hint, "ip link"));
}

START_TEST(a_device_that_does_not_exist_is_enodev_in_words)
{
	char long_name[100 + 1];

	memset(long_name, 'x', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	missing("nope");
	missing("a-name-of-16-byt");
	missing(long_name);
	missing("#99999");
	missing("#2147483647");
}
END_TEST

static void driver_and_kind(const char *name, const char *driver, const char *kind)
{
	struct xdpx_nic *nic = nic_of(name);

	ck_assert_str_eq(xdpx_nic_driver(nic), driver);
	ck_assert_str_eq(xdpx_nic_kind(nic), kind);
	xdpx_nic_free(nic);
}

START_TEST(driver_and_kind_tell_lo_veth_tap_tun_and_bridge_apart)
{
	net_veth("v0", "v1", 1);
	sh("ip tuntap add t0 mode tap; ip tuntap add u0 mode tun; ip link add br0 type bridge");
	driver_and_kind("lo", "", "loopback");
	driver_and_kind("v0", "veth", "veth");
	driver_and_kind("t0", "tun", "tap");
	driver_and_kind("u0", "tun", "tun");
	driver_and_kind("br0", "bridge", "bridge");
}
END_TEST

START_TEST(mac_and_mtu_are_as_set)
{
	static const uint8_t expected[] = {2, 0, 0, 0, 0, 7};
	struct xdpx_nic *nic;
	const uint8_t *mac;

	net_veth("v0", "v1", 1);
	sh("ip link set v0 address 02:00:00:00:00:07 mtu 2345; ip tuntap add u0 mode tun");
	nic = nic_of("v0");
	ck_assert_uint_eq(xdpx_nic_mtu(nic), 2345);
	ck_assert_uint_eq(xdpx_nic_mac(nic, &mac), sizeof(expected));
	ck_assert_mem_eq(mac, expected, sizeof(expected));
	xdpx_nic_free(nic);
	nic = nic_of("u0");
	ck_assert_uint_eq(xdpx_nic_mac(nic, &mac), 0);
	xdpx_nic_free(nic);
}
END_TEST

static void link_state(const char *name, enum xdpx_answer up, enum xdpx_answer carrier)
{
	struct xdpx_nic *nic = nic_of(name);

	ck_assert_int_eq(xdpx_nic_up(nic), up);
	ck_assert_int_eq(xdpx_nic_carrier(nic), carrier);
	xdpx_nic_free(nic);
}

START_TEST(up_and_carrier_follow_the_device)
{
	net_veth("v0", "v1", 1);
	link_state("v0", XDPX_YES, XDPX_YES);
	sh("ip link set v1 down");
	link_state("v0", XDPX_YES, XDPX_NO);
	link_state("v1", XDPX_NO, XDPX_UNKNOWN);
	sh("ip tuntap add t0 mode tap; ip link set t0 up");
	link_state("t0", XDPX_YES, XDPX_NO);
}
END_TEST

START_TEST(features_of_a_veth_follow_its_peer)
{
	uint64_t base = always | veth_alone;

	if (netdev_family_missing())
		skip_test("no netdev netlink family");
	net_veth("v0", "v1", 2);
	features_are("v0", base);
	sh("ethtool -K v1 gro on");
	features_are("v0", base | BIT(REDIRECT_TARGET) | BIT(TARGET_FRAGS));
}
END_TEST

START_TEST(a_veth_whose_peer_sends_on_more_queues_has_no_native_xdp_and_says_why)
{
	struct xdpx_nic *nic;

	if (netdev_family_missing())
		skip_test("no netdev netlink family");
	sh("ip link add v0 numrxqueues 1 numtxqueues 1 type veth peer name v1 numrxqueues 2 numtxqueues 2");
	nic = nic_of("v0");
	ck_assert_int_eq(xdpx_nic_can(nic, XDPX_FEATURE_NATIVE), XDPX_NO);
	ck_assert_ptr_nonnull(strstr(xdpx_nic_why(nic, XDPX_FEATURE_NATIVE), "peer v1 has no more transmit queues"));
	xdpx_nic_free(nic);
	features_are("v1", always | veth_alone);
}
END_TEST

START_TEST(features_of_tap_tun_lo_and_bridge_are_the_kernels)
{
	if (netdev_family_missing())
		skip_test("no netdev netlink family");
	sh("ip tuntap add t0 mode tap; ip tuntap add u0 mode tun; ip link add br0 type bridge");
	features_are("t0", always | BIT(NATIVE) | BIT(REDIRECT_TARGET) | BIT(TX) | BIT(RX_FRAGS));
	features_are("u0", always | BIT(TX));
	features_are("lo", always | BIT(TX));
	features_are("br0", always | BIT(TX));
}
END_TEST

static int pass_load(void)
{
	static const struct bpf_insn program[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "test_pass", "GPL", program, 2, NULL);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static void prog_id_seen(const char *name, uint32_t mode)
{
	char text[XDPX_NL_TEXT_BYTES];
	struct xdpx_nic *nic;

	ck_assert_int_eq(xdpx_nl_xdp_set(if_nametoindex(name), pass_load(), mode, -1, text, sizeof(text)), 0);
	nic = nic_of(name);
	ck_assert_uint_ne(xdpx_nic_prog_id(nic), 0);
	ck_assert_uint_eq(xdpx_nic_prog_id(nic), net_prog_id(name));
	xdpx_nic_free(nic);
	ck_assert_int_eq(xdpx_nl_xdp_set(if_nametoindex(name), -1, mode, -1, text, sizeof(text)), 0);
	nic = nic_of(name);
	ck_assert_uint_eq(xdpx_nic_prog_id(nic), 0);
	xdpx_nic_free(nic);
}

START_TEST(the_program_on_a_device_is_seen_in_either_mode)
{
	net_veth("v0", "v1", 1);
	prog_id_seen("v0", XDP_FLAGS_DRV_MODE);
	prog_id_seen("v0", XDP_FLAGS_SKB_MODE);
}
END_TEST

static struct xdpx_attachment only_attachment(struct xdpx_nic *nic)
{
	struct xdpx_attachment entry = {.size = sizeof(entry)};

	ck_assert_int_eq(xdpx_nic_part_known(nic, XDPX_PART_PROGRAMS), XDPX_YES);
	ck_assert_uint_eq(xdpx_nic_attachment_count(nic), 1);
	ck_assert_int_eq(xdpx_nic_attachment(nic, 0, &entry), 0);
	ck_assert_uint_eq(entry.prog_id, net_prog_id("v0"));
	ck_assert_uint_eq(strlen(entry.tag), 16);
	ck_assert_uint_gt(entry.loaded_ns, 0);
	return entry;
}

/* Who holds it, of a program attached to v0 over netlink. */
static enum xdpx_owner owner_of(int fd)
{
	struct xdpx_attachment entry;
	struct xdpx_nic *nic;

	ck_assert_int_eq(bpf_xdp_attach((int)if_nametoindex("v0"), fd, XDP_FLAGS_SKB_MODE, NULL), 0);
	nic = nic_of("v0");
	entry = only_attachment(nic);
	ck_assert_uint_eq(entry.mode, XDPX_MODE_GENERIC);
	ck_assert_uint_eq(entry.link_id, 0);
	ck_assert_str_ne(entry.owner_name, "");
	xdpx_nic_free(nic);
	ck_assert_int_eq(bpf_xdp_detach((int)if_nametoindex("v0"), XDP_FLAGS_SKB_MODE, NULL), 0);
	close(fd);
	return (enum xdpx_owner)entry.owner;
}

START_TEST(who_holds_a_program_is_told_by_links_names_and_maps)
{
	struct xdpx_attachment entry;
	struct xdpx_nic *nic;
	int other, link;

	net_veth("v0", "v1", 1);
	other = pass_load();
	ck_assert_int_eq(owner_of(pass_load()), XDPX_OWNER_NETLINK);
	ck_assert_int_eq(owner_of(net_prog_with_map("xdp_dispatcher", "xdp_disp.rodata")), XDPX_OWNER_LIBXDP);
	ck_assert_int_eq(owner_of(net_prog_with_map("xdpx_chain", "xdpx_registry")), XDPX_OWNER_CHAIN);
	/* the name alone makes nobody a chain, or libxdp */
	ck_assert_int_eq(owner_of(net_prog_with_map("xdpx_chain", "other")), XDPX_OWNER_NETLINK);

	/* nor does a link that holds it on another device */
	link = bpf_link_create(dup(other), (int)if_nametoindex("v1"), BPF_XDP, NULL);
	ck_assert_int_ge(link, 0);
	ck_assert_int_eq(owner_of(other), XDPX_OWNER_NETLINK);
	close(link);

	link = bpf_link_create(pass_load(), (int)if_nametoindex("v0"), BPF_XDP, NULL);
	ck_assert_int_ge(link, 0);
	nic = nic_of("v0");
	entry = only_attachment(nic);
	ck_assert_uint_eq(entry.mode, XDPX_MODE_NATIVE);
	ck_assert_uint_eq(entry.owner, XDPX_OWNER_LINK);
	ck_assert_uint_ne(entry.link_id, 0);
	ck_assert_str_eq(entry.name, "test_pass");
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(without_privileges_a_program_has_its_id_and_no_more)
{
	struct xdpx_attachment entry = {.size = sizeof(entry)};
	unsigned int id;
	struct xdpx_nic *nic;

	net_veth("v0", "v1", 1);
	ck_assert_int_eq(bpf_xdp_attach((int)if_nametoindex("v0"), pass_load(), XDP_FLAGS_DRV_MODE, NULL), 0);
	id = net_prog_id("v0");
	drop_caps(UINT64_MAX);
	nic = nic_of("v0");
	ck_assert_uint_eq(xdpx_nic_attachment_count(nic), 1);
	ck_assert_int_eq(xdpx_nic_attachment(nic, 0, &entry), 0);
	ck_assert_uint_eq(entry.prog_id, id);
	ck_assert_uint_eq(entry.owner, XDPX_OWNER_UNKNOWN);
	ck_assert_str_eq(entry.name, "");
	ck_assert_int_eq(xdpx_nic_part_known(nic, XDPX_PART_PROGRAMS), XDPX_UNKNOWN);
	ck_assert_ptr_nonnull(strstr(xdpx_nic_part_why(nic, XDPX_PART_PROGRAMS), "privileges"));
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(a_program_that_went_away_meanwhile_is_no_lack_of_the_kernels)
{
	struct xdpx_nic_list list = {.count = 0};
	struct xdpx_nic *nic = xdpx_nic_list_add(&list);
	struct xdpx_attachment entry = {.size = sizeof(entry)};

	ck_assert_ptr_nonnull(nic);
	nic->programs.native = INT32_MAX;
	ck_assert_int_eq(xdpx_nic_attachments(&list), 0);
	xdpx_nic_parts_settle(nic);
	ck_assert_int_eq(xdpx_nic_attachment(nic, 0, &entry), 0);
	ck_assert_uint_eq(entry.prog_id, INT32_MAX);
	ck_assert_uint_eq(entry.owner, XDPX_OWNER_UNKNOWN);
	ck_assert_int_eq(xdpx_nic_part_known(nic, XDPX_PART_PROGRAMS), XDPX_UNKNOWN);
	ck_assert_msg(strstr(xdpx_nic_part_why(nic, XDPX_PART_PROGRAMS), "went away"), "%s",
		      xdpx_nic_part_why(nic, XDPX_PART_PROGRAMS));
	xdpx_nic_list_end(&list);
}
END_TEST

static void related_is(const char *name, enum xdpx_relation relation, const char *other)
{
	struct xdpx_related entry = {.size = sizeof(entry)};
	struct xdpx_nic *nic = nic_of(name);
	bool found = false;
	size_t at;

	for (at = 0; !xdpx_nic_related(nic, at, &entry); at++)
		found |= entry.relation == relation && !strcmp(entry.name, other);
	ck_assert_msg(found, "%s: no %s %s", name, xdpx_relation_name(relation), other);
	xdpx_nic_free(nic);
}

START_TEST(devices_above_below_and_beside_are_named)
{
	net_veth("v0", "v1", 1);
	sh("ip link add link v0 name m0 type macvlan; ip link add br0 type bridge; ip link set v1 master br0");
	related_is("v0", XDPX_RELATION_PEER, "v1");
	related_is("v0", XDPX_RELATION_UPPER, "m0");
	related_is("m0", XDPX_RELATION_LOWER, "v0");
	related_is("v1", XDPX_RELATION_MASTER, "br0");
	related_is("br0", XDPX_RELATION_MEMBER, "v1");
}
END_TEST

START_TEST(a_device_without_page_pools_is_known_to_have_none)
{
	struct xdpx_nic *nic = nic_of("lo");

	if (xdpx_nic_part_known(nic, XDPX_PART_PAGE_POOLS) != XDPX_YES)
		skip_test("netdev netlink lists no page pools");
	ck_assert_uint_eq(xdpx_nic_page_pool_count(nic), 0);
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(a_redirect_to_a_macvlan_names_the_device_below)
{
	struct xdpx_nic *nic;

	if (netdev_family_missing())
		skip_test("no netdev netlink family");
	net_veth("v0", "v1", 1);
	sh("ip link add link v0 name m0 type macvlan");
	nic = nic_of("m0");
	ck_assert_int_eq(xdpx_nic_can(nic, XDPX_FEATURE_REDIRECT_TARGET), XDPX_NO);
	ck_assert_ptr_nonnull(strstr(xdpx_nic_why(nic, XDPX_FEATURE_REDIRECT_TARGET), "redirect to v0, below it"));
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(a_list_holds_every_device_in_the_order_of_indices)
{
	struct xdpx_nic_list *list;
	bool found = false;
	uint32_t last = 0;
	char count[16];
	size_t i;

	sh("ip link add v0 index 700 type veth peer name v1 index 600; ip link add br0 index 650 type bridge");
	sh_read(count, sizeof(count), "ip -o link | wc -l");
	ck_assert_int_eq(xdpx_nic_list_new(NULL, &list), 0);
	ck_assert_uint_eq(xdpx_nic_list_count(list), strtoul(count, NULL, 10));
	for (i = 0; i < xdpx_nic_list_count(list); i++) {
		const struct xdpx_nic *nic = xdpx_nic_list_at(list, i);

		ck_assert_uint_gt(xdpx_nic_index(nic), last);
		last = xdpx_nic_index(nic);
		if (last == 650) {
			ck_assert_str_eq(xdpx_nic_name(nic), "br0");
			found = true;
		}
	}
	ck_assert(found);
	ck_assert_ptr_null(xdpx_nic_list_at(list, xdpx_nic_list_count(list)));
	xdpx_nic_list_free(list);
	xdpx_nic_list_free(NULL);
}
END_TEST

/* The steps of an open or a list, with the sockets in the test's hands. */
struct steps {
	struct xdpx_nl *route;
	struct xdpx_nl *genl;
	struct xdpx_nic_list list;
};

static void steps_begin(struct steps *steps)
{
	memset(steps, 0, sizeof(*steps));
	ck_assert_int_eq(xdpx_nl_open(NETLINK_ROUTE, &steps->route), 0);
	ck_assert_int_eq(xdpx_nl_open(NETLINK_GENERIC, &steps->genl), 0);
}

static void steps_end(struct steps *steps)
{
	xdpx_nic_list_end(&steps->list);
	xdpx_nl_close(steps->route);
	xdpx_nl_close(steps->genl);
}

static unsigned int requests_of_a_list(size_t *count)
{
	const struct xdpx_nic_target all = {.index = 0};
	struct steps steps;
	unsigned int requests;

	steps_begin(&steps);
	ck_assert_int_eq(xdpx_nic_gather(steps.route, steps.genl, &all, &steps.list), 0);
	requests = xdpx_nl_requests(steps.route) + xdpx_nl_requests(steps.genl);
	*count = steps.list.count;
	steps_end(&steps);
	return requests;
}

START_TEST(a_list_of_a_thousand_pairs_takes_as_many_requests_as_one_of_five)
{
	unsigned int few;
	size_t before;
	size_t count;

	sh("for i in $(seq 5); do echo link add v$i type veth peer name w$i; done | ip -batch -");
	few = requests_of_a_list(&before);
	sh("for i in $(seq 6 1000); do echo link add v$i type veth peer name w$i; done | ip -batch -");
	ck_assert_uint_eq(requests_of_a_list(&count), few);
	ck_assert_uint_eq(count, before + 1990);
	ck_assert_uint_le(few, 20);
}
END_TEST

/* As on a kernel before 6.3: the socket already knows that there is no such family. */
START_TEST(without_the_netdev_family_features_are_unknown_and_never_no)
{
	const struct xdpx_nic_target target = {.name = "lo"};
	const struct xdpx_nic *nic;
	struct steps steps;
	int feature;

	steps_begin(&steps);
	steps.genl->families[steps.genl->family_count++] = (struct xdpx_nl_family){.name = "netdev", .id = -ENOENT};
	ck_assert_int_eq(xdpx_nic_gather(steps.route, steps.genl, &target, &steps.list), 0);
	nic = &steps.list.nics[0];
	for (feature = 0; xdpx_feature_name(feature); feature++) {
		if (xdpx_nic_source(nic, feature) == XDPX_SOURCE_KERNEL ||
		    xdpx_nic_source(nic, feature) == XDPX_SOURCE_TABLE || not_netdevs & (1U << feature))
			continue;
		ck_assert_int_eq(xdpx_nic_can(nic, feature), XDPX_UNKNOWN);
		ck_assert_ptr_nonnull(strstr(xdpx_nic_why(nic, feature), "Linux 6.3"));
	}
	ck_assert_int_eq(xdpx_nic_can(nic, XDPX_FEATURE_GENERIC), XDPX_YES);
	ck_assert_uint_eq(nic->queues.usable, 1);
	steps_end(&steps);
}
END_TEST

START_TEST(no_privilege_is_needed)
{
	struct xdpx_nic *nic;
	struct xdpx_queues queues = {.size = sizeof(queues)};

	net_veth("v0", "v1", 2);
	ck_assert_int_eq(setgroups(0, NULL), 0);
	ck_assert_int_eq(setresgid(65534, 65534, 65534), 0);
	ck_assert_int_eq(setresuid(65534, 65534, 65534), 0);
	nic = nic_of("v0");
	ck_assert_int_eq(xdpx_nic_queues(nic, &queues), 0);
	ck_assert_uint_eq(queues.usable, 2);
	ck_assert_int_eq(xdpx_nic_can(nic, XDPX_FEATURE_GENERIC), XDPX_YES);
	ck_assert_int_ne(xdpx_nic_can(nic, XDPX_FEATURE_NATIVE), XDPX_NO);
	xdpx_nic_free(nic);
}
END_TEST

START_TEST(nothing_stays_open_after_an_open_or_a_list)
{
	unsigned int before = fd_count();
	struct xdpx_nic_list *list;

	xdpx_nic_free(nic_of("lo"));
	ck_assert_int_eq(xdpx_nic_list_new(NULL, &list), 0);
	xdpx_nic_list_free(list);
	ck_assert_uint_eq(fd_count(), before);
	xdpx_nic_free(NULL);
}
END_TEST

static TCase *tcase_isolated(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, isolate, NULL);
	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("nic");
	TCase *open = tcase_isolated(suite, "open");
	TCase *features = tcase_isolated(suite, "features");
	TCase *list = tcase_isolated(suite, "list");

	tcase_add_test(open, a_device_is_found_by_name_alternative_name_and_index);
	tcase_add_test(open, a_device_that_does_not_exist_is_enodev_in_words);
	tcase_add_test(open, driver_and_kind_tell_lo_veth_tap_tun_and_bridge_apart);
	tcase_add_test(open, mac_and_mtu_are_as_set);
	tcase_add_test(open, up_and_carrier_follow_the_device);
	tcase_add_test(open, the_program_on_a_device_is_seen_in_either_mode);
	tcase_add_test(open, who_holds_a_program_is_told_by_links_names_and_maps);
	tcase_add_test(open, without_privileges_a_program_has_its_id_and_no_more);
	tcase_add_test(open, a_program_that_went_away_meanwhile_is_no_lack_of_the_kernels);
	tcase_add_test(open, devices_above_below_and_beside_are_named);
	tcase_add_test(open, a_device_without_page_pools_is_known_to_have_none);
	tcase_add_test(features, a_redirect_to_a_macvlan_names_the_device_below);
	tcase_add_test(open, no_privilege_is_needed);
	tcase_add_test(open, nothing_stays_open_after_an_open_or_a_list);
	tcase_add_test(features, features_of_a_veth_follow_its_peer);
	tcase_add_test(features, a_veth_whose_peer_sends_on_more_queues_has_no_native_xdp_and_says_why);
	tcase_add_test(features, features_of_tap_tun_lo_and_bridge_are_the_kernels);
	tcase_add_test(features, without_the_netdev_family_features_are_unknown_and_never_no);
	tcase_add_test(list, a_list_holds_every_device_in_the_order_of_indices);
	tcase_add_test(list, a_list_of_a_thousand_pairs_takes_as_many_requests_as_one_of_five);
	return run_suite(suite);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The library's answers about devices, against what happens when the thing is tried. */
#include "net.h"
#include "program.h"
#include "run.h"
#include "trials.h"

#include <linux/if_tun.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xdpx/error.h>

/* How long to wait for what should happen, and for what should not. */
#define YES_MS 3000
#define NO_MS 50

/* What is wrong about one device, all of it. */
struct faults {
	char text[8192];
	size_t bytes;
	unsigned int known;
	bool told; /* by the netdev family, which there is from Linux 6.3 on */
};

static void fault(struct faults *faults, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void fault(struct faults *faults, const char *format, ...)
{
	size_t room = sizeof(faults->text) - faults->bytes;
	va_list args;
	int bytes;

	va_start(args, format);
	bytes = vsnprintf(faults->text + faults->bytes, room, format, args);
	va_end(args);
	faults->bytes += (size_t)bytes < room ? (size_t)bytes : room - 1;
}

static struct xdpx_nic *nic_of(const struct device *device)
{
	struct xdpx_nic *nic;

	ck_assert_msg(!xdpx_nic_open(device->name, NULL, &nic), "%s: %s", device->words, xdpx_error_last()->message);
	return nic;
}

/* What runs elsewhere while something is tried. */
static void surround(const struct device *device, struct program *program)
{
	*program = (struct program){.fd = -1};
	if (device->busy)
		ck_assert(program_load(program, "count", PROGRAM_FRAGS, NULL) &&
			  program_attach(program, device->far, XDP_FLAGS_DRV_MODE));
	if (device->self)
		program_native(program, "count", device->name, PROGRAM_FRAGS);
	if (!device->fed)
		return;
	ck_assert(program_tc(program, "feed", device->fed, BPF_TC_INGRESS));
	program->truth->amount = (int32_t)if_nametoindex(device->name);
}

/* Not all can be tried everywhere. What zero-copy sockets can have beside is tried where there are none. */
static bool is_tried(const struct device *device, const struct xdpx_nic *nic, enum xdpx_feature feature)
{
	bool zerocopy = xdpx_nic_can(nic, XDPX_FEATURE_ZEROCOPY) == XDPX_YES;

	switch (feature) {
	case XDPX_FEATURE_TX:
		return !device->mute;
	case XDPX_FEATURE_GENERIC:
		return !device->self;
	case XDPX_FEATURE_TX_TIMESTAMP:
	case XDPX_FEATURE_TX_CHECKSUM:
	case XDPX_FEATURE_TX_LAUNCH_TIME:
		return !zerocopy;
	default:
		return true;
	}
}

static void feature_holds(const struct device *device, enum xdpx_feature feature, struct faults *faults)
{
	const struct trial *trial = trial_of(feature);
	struct program around;
	struct stand stand;
	struct xdpx_nic *nic;
	enum xdpx_answer answer;
	bool happens;

	ck_assert(stand_make(&stand, device, trial->large));
	surround(device, &around);
	nic = nic_of(device);
	stand.generic = xdpx_nic_can(nic, XDPX_FEATURE_NATIVE) == XDPX_NO;
	answer = xdpx_nic_can(nic, feature);
	faults->told = faults->told || xdpx_nic_source(nic, feature) == XDPX_SOURCE_NETDEV;
	if (answer != XDPX_UNKNOWN && is_tried(device, nic, feature)) {
		faults->known++;
		stand.patience = answer == XDPX_YES ? YES_MS : NO_MS;
		ck_assert_msg(trial->happens, "%s is tried by nothing", xdpx_feature_name(feature));
		happens = trial->happens(&stand);
		if (happens != (answer == XDPX_YES))
			fault(faults, "%s: %s, but it %s; %s: %s\n", xdpx_feature_name(feature),
			      answer == XDPX_YES ? "yes" : "no", happens ? "happens" : "does not happen",
			      xdpx_source_name(xdpx_nic_source(nic, feature)), xdpx_nic_why(nic, feature));
	}
	xdpx_nic_free(nic);
	program_end(&around);
	stand_end(&stand);
}

static bool limit_works(const struct device *device, enum xdpx_limit limit, int64_t value)
{
	struct program around;
	struct xdpx_nic *nic;
	struct stand stand;
	bool works;

	ck_assert(stand_make(&stand, device, false));
	surround(device, &around);
	nic = nic_of(device);
	stand.generic = xdpx_nic_can(nic, XDPX_FEATURE_NATIVE) == XDPX_NO;
	xdpx_nic_free(nic);
	works = bound_of(limit)->works(&stand, value);
	program_end(&around);
	stand_end(&stand);
	return works;
}

struct number {
	int64_t value;
	bool least; /* some packets get more: the next number may work or not */
};

static struct number number_of(const struct device *device, enum xdpx_limit limit)
{
	struct number number = {.least = false};
	struct program around;
	struct stand stand;
	struct xdpx_nic *nic;

	ck_assert(stand_make(&stand, device, false));
	surround(device, &around);
	nic = nic_of(device);
	number.value = xdpx_nic_limit(nic, limit);
	if (limit == XDPX_LIMIT_HEADROOM || limit == XDPX_LIMIT_DATA_META)
		number.least = strstr(xdpx_nic_limit_why(nic, XDPX_LIMIT_HEADROOM), "or more");
	xdpx_nic_free(nic);
	program_end(&around);
	stand_end(&stand);
	return number;
}

static void limit_holds(const struct device *device, enum xdpx_limit limit, struct faults *faults)
{
	const struct bound *bound = bound_of(limit);
	struct number number;

	if (!bound->works)
		return;
	number = number_of(device, limit);
	if (number.value < 0)
		return;
	if (!limit_works(device, limit, number.value))
		fault(faults, "%s: %lld does not work\n", xdpx_limit_name(limit), (long long)number.value);
	if (!number.least && limit_works(device, limit, number.value + bound->step))
		fault(faults, "%s: %lld, but %lld works\n", xdpx_limit_name(limit), (long long)number.value,
		      (long long)number.value + bound->step);
}

/* False: this kernel has no such device. */
static bool answers_hold(const struct device *device)
{
	struct faults faults = {.bytes = 0};
	struct stand stand;
	int each;

	if (!stand_make(&stand, device, false))
		return false;
	stand_end(&stand);
	for (each = 0; xdpx_feature_name(each); each++)
		feature_holds(device, each, &faults);
	for (each = 0; xdpx_limit_name(each); each++)
		limit_holds(device, each, &faults);
	if (faults.told && faults.known < device->known)
		fault(&faults, "only %u features are known\n", faults.known);
	ck_assert_msg(!faults.bytes, "%s\n%s", device->words, faults.text);
	return true;
}

#define VETH "ip link add d0 numrxqueues 2 numtxqueues 2 type veth peer name p0 numrxqueues 2 numtxqueues 2"
#define BELOW "ip link add l0 type veth peer name l1; ip link set l0 up; ip link set l1 up; "
#define BELOW_LARGE "ip link set l0 mtu 9000; ip link set l1 mtu 9000; ip link set d0 mtu 9000"

static const struct device veth = {
	.words = "a veth",
	.add = VETH,
	.set = "ip link set p0 up",
	.name = "d0",
	.far = "p0",
	.large = "ip link set d0 mtu 9000; ip link set p0 mtu 9000",
	.mtu_device = "p0",
	.known = 17,
};

START_TEST(answers_hold_on_a_veth)
{
	ck_assert(answers_hold(&veth));
}
END_TEST

START_TEST(answers_hold_on_a_veth_whose_peer_has_gro)
{
	struct device device = veth;

	device.set = "ip link set p0 up; ethtool -K p0 gro on";
	ck_assert(answers_hold(&device));
}
END_TEST

START_TEST(answers_hold_on_a_veth_whose_peer_runs_a_program)
{
	struct device device = veth;

	device.busy = true;
	ck_assert(answers_hold(&device));
}
END_TEST

START_TEST(answers_hold_on_a_veth_with_one_queue)
{
	struct device device = veth;

	device.add = "ip link add d0 type veth peer name p0";
	device.set = "ip link set p0 up; ethtool -K p0 gro on";
	ck_assert(answers_hold(&device));
}
END_TEST

START_TEST(answers_hold_on_a_veth_whose_peer_has_more_transmit_queues)
{
	struct device device = veth;

	device.add = "ip link add d0 numrxqueues 1 numtxqueues 1 type veth peer name p0 numrxqueues 2 numtxqueues 2";
	ck_assert(answers_hold(&device));
}
END_TEST

/* Native programs attach here only if they take frags. */
START_TEST(answers_hold_on_a_veth_whose_mtu_is_9000)
{
	struct device device = veth;

	device.set = "ip link set p0 up; ethtool -K p0 gro on; ip link set d0 mtu 9000; ip link set p0 mtu 9000";
	ck_assert(answers_hold(&device));
}
END_TEST

START_TEST(answers_hold_on_a_tap)
{
	static const struct device tap = {
		.words = "a tap",
		.name = "d0",
		.tun = IFF_TAP,
		.large = "ip link set d0 mtu 9000",
		.mtu_device = "d0",
		.known = 16,
	};

	ck_assert(answers_hold(&tap));
}
END_TEST

START_TEST(answers_hold_on_a_tun)
{
	static const struct device tun = {
		.words = "a tun",
		.name = "d0",
		.tun = IFF_TUN,
		.large = "ip link set d0 mtu 9000",
		.mtu_device = "d0",
		.known = 16,
	};

	ck_assert(answers_hold(&tun));
}
END_TEST

START_TEST(answers_hold_on_lo)
{
	static const struct device lo = {.words = "lo", .name = "lo", .far = "lo", .mtu_device = "lo", .known = 16};

	ck_assert(answers_hold(&lo));
}
END_TEST

/* Of a kind to which nothing is sent from afar, and which does not send it back. */
static bool fed_holds(const char *words, const char *add, const char *large)
{
	char command[128];
	struct device fed = {
		.words = words,
		.below = BELOW,
		.add = command,
		.name = "d0",
		.far = "l1",
		.large = large,
		.mtu_device = "d0",
		.fed = "l0",
		.mute = true,
		.known = 16,
	};

	snprintf(command, sizeof(command), "ip link add %s", add);
	return answers_hold(&fed);
}

START_TEST(answers_hold_on_an_ifb)
{
	if (!fed_holds("an ifb", "d0 type ifb", BELOW_LARGE))
		skip_test("no ifb");
}
END_TEST

START_TEST(answers_hold_on_a_dummy)
{
	if (!fed_holds("a dummy", "d0 type dummy", BELOW_LARGE))
		skip_test("no dummy");
}
END_TEST

START_TEST(answers_hold_on_a_vxlan)
{
	if (!fed_holds("a vxlan", "d0 type vxlan id 5 dstport 4789 dev l0 remote 192.0.2.9",
		       "ip link set l0 mtu 9100; ip link set l1 mtu 9100; ip link set d0 mtu 9000"))
		skip_test("no vxlan");
}
END_TEST

START_TEST(answers_hold_on_a_vlan)
{
	if (!fed_holds("a vlan", "link l0 name d0 type vlan id 7", BELOW_LARGE))
		skip_test("no vlan");
}
END_TEST

/* Of a kind that is made on top of l0, or of which l0 is a part. */
static bool based_holds(const char *words, const char *add, const char *set)
{
	char command[128];
	struct device based = {
		.words = words,
		.below = BELOW,
		.add = command,
		.set = set,
		.name = "d0",
		.far = "l1",
		.large = BELOW_LARGE,
		.mtu_device = "d0",
		.known = 15,
	};

	snprintf(command, sizeof(command), "ip link add %s", add);
	return answers_hold(&based);
}

START_TEST(answers_hold_on_a_bridge)
{
	if (!based_holds("a bridge", "d0 type bridge", "ip link set l0 master d0"))
		skip_test("no bridge");
}
END_TEST

START_TEST(answers_hold_on_a_macvlan)
{
	if (!based_holds("a macvlan", "link l0 name d0 type macvlan", NULL))
		skip_test("no macvlan");
}
END_TEST

START_TEST(answers_hold_on_a_macvtap)
{
	if (!based_holds("a macvtap", "link l0 name d0 type macvtap", NULL))
		skip_test("no macvtap");
}
END_TEST

START_TEST(answers_hold_on_an_ipvlan)
{
	if (!based_holds("an ipvlan", "link l0 name d0 type ipvlan", NULL))
		skip_test("no ipvlan");
}
END_TEST

#define INTO_BOND "ip link set l0 down; ip link set l0 master d0; ip link set l0 up"

static const char *const bond_modes[] = {
	"active-backup", "balance-rr", "balance-xor", "balance-xor xmit_hash_policy vlan+srcmac",
	"802.3ad",	 "broadcast",  "balance-tlb", "balance-alb",
};

START_TEST(answers_hold_on_a_bond_of_any_mode)
{
	char words[64], add[128];

	snprintf(words, sizeof(words), "a bond, %s", bond_modes[_i]);
	snprintf(add, sizeof(add), "d0 type bond miimon 100 mode %s", bond_modes[_i]);
	if (!based_holds(words, add, INTO_BOND))
		skip_test("no bond");
}
END_TEST

START_TEST(answers_hold_on_a_bond_whose_member_takes_frames)
{
	if (!based_holds("a bond of a veth whose peer has GRO", "d0 type bond mode active-backup",
			 "ethtool -K l1 gro on; " INTO_BOND))
		skip_test("no bond");
}
END_TEST

START_TEST(answers_hold_on_a_netkit)
{
	struct device netkit = veth;

	netkit.words = "a netkit";
	netkit.add = "ip link add d0 type netkit mode l2 peer name p0";
	netkit.known = 16;
	if (!answers_hold(&netkit))
		skip_test("no netkit, or an ip that does not know it");
}
END_TEST

/*
 * Two joined devices that XDPX_TRUTH_NIC names, the first one judged ("eth1 eth2"). The kernel gives them back to the
 * first namespace when that of the test ends. In a virtual machine, that is: they have to be nobody else's.
 */
static struct {
	char name[16], far[16];
	char take[512], large[128], add[128], set[128];
} given;

static struct device given_device(void)
{
	ck_assert_int_eq(sscanf(getenv("XDPX_TRUTH_NIC"), "%15s %15s", given.name, given.far), 2);
	snprintf(given.take, sizeof(given.take),
		 "for nic in %s %s; do i=0; until nsenter --net=/proc/1/ns/net ip link set $nic netns $PPID; do "
		 "i=$((i + 1)); [ $i -lt 100 ] || exit 1; sleep 0.1; done; ip link set $nic mtu 1500 promisc on up; "
		 "done",
		 given.name, given.far);
	snprintf(given.large, sizeof(given.large), "ip link set %s mtu 9000; ip link set %s mtu 9000", given.name,
		 given.far);
	return (struct device){
		.words = "the device given",
		.below = given.take,
		.name = given.name,
		.far = given.far,
		.large = given.large,
		.mtu_device = given.name,
		.known = 13,
	};
}

START_TEST(answers_hold_on_the_device_given)
{
	const struct device device = given_device();

	ck_assert(answers_hold(&device));
}
END_TEST

START_TEST(answers_hold_on_the_device_given_while_it_runs_a_program)
{
	struct device device = given_device();
	struct stand stand;
	struct xdpx_nic *nic;
	bool native;

	ck_assert(stand_make(&stand, &device, false));
	nic = nic_of(&device);
	native = xdpx_nic_can(nic, XDPX_FEATURE_NATIVE) != XDPX_NO;
	xdpx_nic_free(nic);
	stand_end(&stand);
	device.self = true;
	if (native)
		ck_assert(answers_hold(&device));
}
END_TEST

/* Of a kind that is made on top of the device given. */
static struct device given_base(const char *words, const char *add)
{
	struct device device = given_device();
	size_t bytes = strlen(given.large);

	snprintf(given.large + bytes, sizeof(given.large) - bytes, "; ip link set d0 mtu 9000");
	device.words = words;
	device.add = add;
	device.name = device.mtu_device = "d0";
	return device;
}

START_TEST(answers_hold_on_a_vlan_on_the_device_given)
{
	struct device device = given_base("a vlan on the device given", given.add);

	snprintf(given.add, sizeof(given.add), "ip link add link %s name d0 type vlan id 7", given.name);
	device.fed = given.name;
	device.mute = true;
	ck_assert(answers_hold(&device));
}
END_TEST

START_TEST(answers_hold_on_a_bond_of_the_device_given)
{
	struct device device = given_base("a bond of the device given", "ip link add d0 type bond mode active-backup");

	snprintf(given.set, sizeof(given.set), "ip link set %s down; ip link set %s master d0; ip link set %s up",
		 given.name, given.name, given.name);
	device.set = given.set;
	ck_assert(answers_hold(&device));
}
END_TEST

static TCase *given_tests(void)
{
	TCase *tests = tcase_create("given");

	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, answers_hold_on_the_device_given);
	tcase_add_test(tests, answers_hold_on_the_device_given_while_it_runs_a_program);
	return tests;
}

static TCase *based_tests(void)
{
	TCase *tests = tcase_create("based");

	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, answers_hold_on_a_vlan_on_the_device_given);
	tcase_add_test(tests, answers_hold_on_a_bond_of_the_device_given);
	return tests;
}

static TCase *bond_tests(void)
{
	TCase *tests = tcase_create("bonds");

	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, answers_hold_on_a_bond_of_any_mode, 0, sizeof(bond_modes) / sizeof(bond_modes[0]));
	tcase_add_test(tests, answers_hold_on_a_bond_whose_member_takes_frames);
	return tests;
}

int main(void)
{
	Suite *suite = suite_create("truth");
	TCase *devices = tcase_create("devices");

	tcase_set_timeout(devices, 120);
	tcase_add_test(devices, answers_hold_on_a_veth);
	tcase_add_test(devices, answers_hold_on_a_veth_whose_peer_has_gro);
	tcase_add_test(devices, answers_hold_on_a_veth_whose_peer_runs_a_program);
	tcase_add_test(devices, answers_hold_on_a_veth_with_one_queue);
	tcase_add_test(devices, answers_hold_on_a_veth_whose_peer_has_more_transmit_queues);
	tcase_add_test(devices, answers_hold_on_a_veth_whose_mtu_is_9000);
	tcase_add_test(devices, answers_hold_on_a_tap);
	tcase_add_test(devices, answers_hold_on_a_tun);
	tcase_add_test(devices, answers_hold_on_lo);
	tcase_add_test(devices, answers_hold_on_a_bridge);
	tcase_add_test(devices, answers_hold_on_an_ifb);
	tcase_add_test(devices, answers_hold_on_a_dummy);
	tcase_add_test(devices, answers_hold_on_a_vxlan);
	tcase_add_test(devices, answers_hold_on_a_vlan);
	tcase_add_test(devices, answers_hold_on_a_macvlan);
	tcase_add_test(devices, answers_hold_on_a_macvtap);
	tcase_add_test(devices, answers_hold_on_an_ipvlan);
	tcase_add_test(devices, answers_hold_on_a_netkit);
	suite_add_tcase(suite, devices);
	suite_add_tcase(suite, bond_tests());
	if (getenv("XDPX_TRUTH_NIC")) {
		suite_add_tcase(suite, given_tests());
		suite_add_tcase(suite, based_tests());
	}
	return run_suite(suite);
}

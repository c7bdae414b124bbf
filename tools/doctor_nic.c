/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* A device and its settings. */
#include "doctor.h"
#include "words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Of a frame of 4,096 bytes, less what the kernel keeps in front, and the Ethernet header with a VLAN tag. */
#define FRAME_MTU (4096 - 256 - 18)

bool is_veth(const struct patient *patient)
{
	return !strcmp(xdpx_nic_kind(patient->nic), "veth");
}

void doctor_link(const struct patient *patient, struct findings *findings)
{
	const char *name = xdpx_nic_name(patient->nic);

	if (xdpx_nic_up(patient->nic) != XDPX_YES) {
		find(findings, STATUS_FAIL, "link", "%s is down: no socket can be bound to it, and no packet arrives",
		     name);
		find_mend(findings, "ip link set dev %s up", patient->word);
		return;
	}
	if (xdpx_nic_carrier(patient->nic) == XDPX_YES) {
		find(findings, STATUS_OK, "link", "%s is up", name);
		return;
	}
	find(findings, STATUS_WARN, "link", "%s is up, but sees no link: no packet arrives", name);
	if (patient->peer && xdpx_nic_up(patient->peer) != XDPX_YES)
		find_mend(findings, "ip link set dev %s up", patient->peer_word);
	else
		find_hint(findings, "look at the cable, the other end, or the program that should hold the device");
}

static void removal_mend(const struct patient *patient, struct findings *findings,
			 const struct xdpx_attachment *program)
{
	static const char *const words[] = {
		[XDPX_MODE_NATIVE] = "xdpdrv",
		[XDPX_MODE_GENERIC] = "xdpgeneric",
		[XDPX_MODE_OFFLOAD] = "xdpoffload",
	};

	switch (program->owner) {
	case XDPX_OWNER_LINK:
	case XDPX_OWNER_CHAIN:
		find_mend(findings, "bpftool link detach id %u", program->link_id);
		find_hint(findings, "or end the process that holds it: 'bpftool link show id %u' names it",
			  program->link_id);
		return;
	case XDPX_OWNER_LIBXDP:
		find_mend(findings, "xdp-loader unload %s --all", patient->word);
		return;
	case XDPX_OWNER_NETLINK:
		find_mend(findings, "ip link set dev %s %s off", patient->word,
			  program->mode >= XDPX_MODE_NATIVE && program->mode <= XDPX_MODE_OFFLOAD ? words[program->mode]
												  : "xdp");
		return;
	default:
		find_hint(findings, "who holds it can be seen with CAP_SYS_ADMIN: run the doctor as root");
	}
}

void doctor_programs(const struct patient *patient, struct findings *findings)
{
	struct xdpx_attachment program = {.size = sizeof(program)};
	size_t at;

	for (at = 0; !xdpx_nic_attachment(patient->nic, at, &program); at++) {
		char link[32] = "";

		if (program.link_id)
			snprintf(link, sizeof(link), " %u", program.link_id);
		find(findings, STATUS_FAIL, "program",
		     "program %u%s%s%s is attached in %s mode (%s%s): the kernel takes no second one beside it",
		     program.prog_id, *program.name ? " (\"" : "", program.name, *program.name ? "\")" : "",
		     xdpx_mode_name((enum xdpx_mode)program.mode), program.owner_name, link);
		removal_mend(patient, findings, &program);
	}
	if (!at)
		find(findings, STATUS_OK, "program", "no XDP program is attached");
}

/* A veth has native XDP while its peer has no more transmit queues than it has receive queues. */
static void veth_queues_mend(const struct patient *patient, struct findings *findings)
{
	struct xdpx_queues own = {.size = sizeof(own)};
	struct xdpx_queues other = {.size = sizeof(other)};

	if (!patient->peer)
		return;
	xdpx_nic_queues(patient->nic, &own);
	xdpx_nic_queues(patient->peer, &other);
	if (other.tx <= own.rx)
		return;
	if (own.rx_max >= other.tx)
		find_mend(findings, "ethtool -L %s rx %u", patient->word, other.tx);
	else
		find_mend(findings, "ethtool -L %s tx %u", patient->peer_word, own.rx);
}

void doctor_native(const struct patient *patient, struct findings *findings)
{
	enum xdpx_answer native = xdpx_nic_can(patient->nic, XDPX_FEATURE_NATIVE);
	const char *why = xdpx_nic_why(patient->nic, XDPX_FEATURE_NATIVE);

	if (native == XDPX_YES) {
		find(findings, STATUS_OK, "native", "%s", why);
	} else if (native == XDPX_UNKNOWN) {
		find(findings, STATUS_UNKNOWN, "native", "%s", why);
	} else if (is_veth(patient)) {
		find(findings, STATUS_FAIL, "native", "%s", why);
		veth_queues_mend(patient, findings);
	} else {
		find(findings, STATUS_WARN, "native",
		     "%s; programs run in generic mode, which is slower, and on packets already copied", why);
	}
}

/* The bounds of native mode. The kernel looks at the MTU of a veth's peer, whose packets these are. */
static void native_mtu_check(const struct patient *patient, struct findings *findings)
{
	const struct xdpx_nic *sender = is_veth(patient) && patient->peer ? patient->peer : patient->nic;
	const char *word = sender == patient->peer ? patient->peer_word : patient->word;
	int64_t most = xdpx_nic_limit(patient->nic, XDPX_LIMIT_MTU_NATIVE);
	int64_t frags = xdpx_nic_limit(patient->nic, XDPX_LIMIT_MTU_NATIVE_FRAGS);
	const char *why = xdpx_nic_limit_why(patient->nic, XDPX_LIMIT_MTU_NATIVE);
	uint32_t mtu = xdpx_nic_mtu(sender);

	if (most < 0) {
		find(findings, STATUS_UNKNOWN, "mtu", "the MTU is %u; up to which native mode works, is not known: %s",
		     mtu, why);
		return;
	}
	if (is_veth(patient) && !patient->peer) {
		find(findings, STATUS_UNKNOWN, "mtu",
		     "the MTU of its peer counts, which is in another network namespace; it may be up to %" PRId64
		     ": %s",
		     most, why);
		return;
	}
	if (mtu <= most) {
		find(findings, STATUS_OK, "mtu", "the MTU of %s is %u, and may be up to %" PRId64 ": %s",
		     xdpx_nic_name(sender), mtu, most, why);
		return;
	}
	find(findings, patient->linear || mtu > frags ? STATUS_FAIL : STATUS_WARN, "mtu",
	     "the MTU of %s is %u: native mode takes programs without frags up to %" PRId64 ", others up to %" PRId64
	     ": %s",
	     xdpx_nic_name(sender), mtu, most, frags < 0 ? most : frags, why);
	find_mend(findings, "ip link set dev %s mtu %" PRId64, word, most);
	if (mtu <= frags)
		find_hint(findings, "or build the program with SEC(\"xdp.frags\")");
}

static void frame_mtu_check(const struct patient *patient, struct findings *findings)
{
	if (xdpx_nic_mtu(patient->nic) <= FRAME_MTU) {
		find(findings, STATUS_OK, "frame", "a packet of the MTU fits into one frame of an AF_XDP socket");
		return;
	}
	find(findings, STATUS_WARN, "frame",
	     "the MTU is %u: packets beyond %d bytes do not fit into one frame of an AF_XDP socket; where it takes one "
	     "frame a packet, they are dropped and counted",
	     xdpx_nic_mtu(patient->nic), FRAME_MTU);
	find_mend(findings, "ip link set dev %s mtu %d", patient->word, FRAME_MTU);
}

void doctor_mtu(const struct patient *patient, struct findings *findings)
{
	if (xdpx_nic_can(patient->nic, XDPX_FEATURE_NATIVE) == XDPX_NO)
		find(findings, STATUS_OK, "mtu", "the MTU is %u: generic mode takes any", xdpx_nic_mtu(patient->nic));
	else
		native_mtu_check(patient, findings);
	frame_mtu_check(patient, findings);
}

static const struct colliding {
	enum xdpx_offload offload;
	bool refused; /* by drivers that can't turn it off */
	const char *check;
	const char *command;
	const char *setting;
} colliding[] = {
	{XDPX_OFFLOAD_LRO, true, "lro", "ethtool -K", "lro off"},
	{XDPX_OFFLOAD_GRO_HW, true, "gro-hw", "ethtool -K", "rx-gro-hw off"},
	{XDPX_OFFLOAD_HEADER_SPLIT, false, "header-split", "ethtool -G", "tcp-data-split off"},
};

static void offload_check(const struct patient *patient, struct findings *findings, const struct colliding *row)
{
	enum xdpx_answer on = xdpx_nic_offload(patient->nic, row->offload);
	bool fixed = xdpx_nic_offload_changeable(patient->nic, row->offload) == XDPX_NO;

	if (on != XDPX_YES) {
		find(findings, on == XDPX_NO ? STATUS_OK : STATUS_UNKNOWN, row->check,
		     on == XDPX_NO ? "it is off" : "nothing tells whether it is on");
		return;
	}
	find(findings, fixed && row->refused ? STATUS_FAIL : STATUS_WARN, row->check, "it is on%s: %s",
	     fixed ? ", and can't be turned off here" : "", offload_collides(row->offload));
	if (!fixed)
		find_mend(findings, "%s %s %s", row->command, patient->word, row->setting);
	else
		find_hint(findings,
			  "generic mode works all the same; in a virtual machine the host sets it, with QEMU by "
			  "ctrl_guest_offloads=on");
}

void doctor_offloads(const struct patient *patient, struct findings *findings)
{
	for (size_t at = 0; at < sizeof(colliding) / sizeof(colliding[0]); at++)
		offload_check(patient, findings, &colliding[at]);
}

/* What is redirected to a veth, its peer takes with GRO on; what XDP_TX sends, with a native program only. */
static void veth_peer_mend(const struct patient *patient, struct findings *findings, enum xdpx_feature feature)
{
	const char *peer = patient->peer ? patient->peer_word : "PEER";

	if (!is_veth(patient))
		return;
	if (feature == XDPX_FEATURE_TX)
		find_hint(findings, "only for programs that send: 'ip link set dev %s xdpdrv obj PASS.o sec xdp'",
			  peer);
	else if (patient->peer)
		find_mend(findings, "ethtool -K %s gro on", peer);
	else
		find_hint(findings, "in the network namespace of its peer: 'ethtool -K %s gro on'", peer);
}

static void sending_check(const struct patient *patient, struct findings *findings, enum xdpx_feature feature,
			  const char *what)
{
	enum xdpx_answer answer = xdpx_nic_can(patient->nic, feature);
	const char *name = xdpx_feature_name(feature);
	const char *why = xdpx_nic_why(patient->nic, feature);

	if (answer == XDPX_YES) {
		find(findings, STATUS_OK, name, "%s works: %s", what, why);
		return;
	}
	if (answer == XDPX_UNKNOWN) {
		find(findings, STATUS_UNKNOWN, name, "whether %s works is not known: %s", what, why);
		return;
	}
	find(findings, STATUS_WARN, name, "%s does not work: %s", what, why);
	veth_peer_mend(patient, findings, feature);
}

void doctor_redirect(const struct patient *patient, struct findings *findings)
{
	enum xdpx_answer from = xdpx_nic_can(patient->nic, XDPX_FEATURE_REDIRECT);
	const char *why = xdpx_nic_why(patient->nic, XDPX_FEATURE_REDIRECT);

	if (from == XDPX_YES)
		find(findings, STATUS_OK, "redirect", "redirecting from it, to AF_XDP too, works: %s", why);
	else if (from == XDPX_UNKNOWN)
		find(findings, STATUS_UNKNOWN, "redirect", "%s", why);
	else
		find(findings, STATUS_FAIL, "redirect",
		     "redirecting from it, to AF_XDP too, does not work in native mode: %s", why);
	sending_check(patient, findings, XDPX_FEATURE_REDIRECT_TARGET, "redirecting to it");
	sending_check(patient, findings, XDPX_FEATURE_TX, "XDP_TX");
}

void doctor_firmware(const struct patient *patient, struct findings *findings)
{
	const char *driver = xdpx_nic_driver(patient->nic);
	const char *firmware = xdpx_nic_firmware(patient->nic);

	find(findings, STATUS_INFO, "firmware", "the driver is %s, the firmware %s", *driver ? driver : "not known",
	     *firmware ? firmware : "not told, or there is none");
}

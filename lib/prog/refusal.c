/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What the kernel's refusals mean, and what can be done about them. */
#include "base/fail.h"
#include "netlink/netlink.h"
#include "prog/link.h"
#include "prog/permission.h"

#include <xdpx/nic.h>
#include <xdpx/nic_lists.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* In the order of looking: the first whose words are in the kernel's text. Each %s of a mend is the device. */
static const struct {
	const char *words;
	const char *mend;
} mends[] = {
	{"Peer MTU is too large",
	 "lower the MTU of the other end of the pair ('ip link set dev PEER mtu 1500'), or build the program with "
	 "SEC(\"xdp.frags\")"},
	{"number of rx queues not less than peer tx queues",
	 "give it as many receive queues as its peer has transmit queues ('ethtool -L %s rx N', or 'ethtool -L PEER tx "
	 "N')"},
	{"GRO_HW",
	 "'ethtool -K %s rx-gro-hw off'; where that is fixed, start the virtual machine with guest offloads that can "
	 "be controlled (QEMU: ctrl_guest_offloads=on) or without them"},
	{"HW-GRO", "'ethtool -K %s rx-gro-hw off lro off'"},
	{"LRO", "'ethtool -K %s lro off'"},
	{"RX buffer size is too small", "'ip link set dev %s mtu 1500', or a larger receive buffer ('ethtool -g %s')"},
	{"MTU",
	 "'ip link set dev %s mtu 1500', or build the program with SEC(\"xdp.frags\") where the driver takes such"},
	{"mtu",
	 "'ip link set dev %s mtu 1500', or build the program with SEC(\"xdp.frags\") where the driver takes such"},
	{"upper device already has a program",
	 "the bond or team above the device has a program: attach to that one ('ip -d link show dev %s' names it)"},
	{"Slave device does not support XDP", "attach in generic mode, or take that device out of the bond"},
	{"current bonding mode",
	 "attach in generic mode, or use the bonding mode active-backup, balance-rr, balance-xor or "
	 "802.3ad"},
	{"can not be attached to a device", "the program is made for a DEVMAP or a CPUMAP: put its fd into such a map"},
	{"device-bound programs in generic mode", "a program with metadata functions runs in native mode only"},
	{"bound to different device", "load the program once more, for this device"},
	{"Tx queues",
	 "'ethtool -L %s combined N' with fewer queues leaves some to XDP; 'ethtool -l %s' shows how many there are"},
	{"queue",
	 "'ethtool -L %s combined N' with fewer queues leaves some to XDP; 'ethtool -l %s' shows how many there are"},
};

const char *xdpx_refusal_words(const struct xdpx_refusal *refusal)
{
	return refusal->text[0] ? refusal->text : xdpx_errno_text(refusal->code);
}

bool xdpx_refusal_is_no_native(const struct xdpx_refusal *refusal, const struct xdpx_nic *nic)
{
	if (refusal->code != -EOPNOTSUPP)
		return false;
	if (refusal->text[0])
		return strstr(refusal->text, "does not support XDP in native mode") != NULL;
	return xdpx_nic_can(nic, XDPX_FEATURE_NATIVE) == XDPX_NO;
}

bool xdpx_refusal_is_occupied(const struct xdpx_link *link, const struct xdpx_refusal *refusal, uint32_t *id,
			      enum xdpx_mode *mode)
{
	struct xdpx_nl_xdp now;

	if (refusal->code != -EBUSY && refusal->code != -EEXIST)
		return false;
	/* the only EEXIST that is about another device */
	if (strstr(refusal->text, "upper device"))
		return false;
	if (xdpx_nl_xdp_get(link->nic_index, &now))
		return false;
	*id = now.native ? now.native : now.generic ? now.generic : now.offload;
	*mode = now.native ? XDPX_MODE_NATIVE : now.generic ? XDPX_MODE_GENERIC : XDPX_MODE_OFFLOAD;
	return *id;
}

/* What the device's snapshot says of the program; nothing but its id where that can't be asked for. */
static void attachment_find(const struct xdpx_nic *nic, uint32_t id, struct xdpx_attachment *found)
{
	size_t at;

	for (at = 0; nic && !xdpx_nic_attachment(nic, at, found); at++)
		if (found->prog_id == id)
			return;
	*found = (struct xdpx_attachment){.size = sizeof(*found), .prog_id = id, .name = ""};
}

static void occupied_hint(const char *nic, const struct xdpx_attachment *theirs, enum xdpx_mode mode)
{
	static const char *const switches[] = {
		[XDPX_MODE_NATIVE] = "xdpdrv", [XDPX_MODE_GENERIC] = "xdpgeneric", [XDPX_MODE_OFFLOAD] = "xdpoffload"};
	uint32_t held = theirs->link_id;

	if (theirs->owner == XDPX_OWNER_LIBXDP)
		xdpx_fail_hint("'xdp-loader status %s' shows its programs, 'xdp-loader unload %s --all' removes them",
			       nic, nic);
	else if (held)
		xdpx_fail_hint(
			"bpf_link %u holds it: 'bpftool link show id %u' names its process, with whose end it goes, or "
			"'bpftool link detach id %u' removes it",
			held, held, held);
	else
		xdpx_fail_hint("'bpftool prog show id %u' tells more; 'ip link set dev %s %s off' removes it",
			       theirs->prog_id, nic, switches[mode]);
}

int xdpx_fail_occupied(const struct xdpx_link *link, const struct xdpx_refusal *refusal, uint32_t id,
		       enum xdpx_mode mode)
{
	struct xdpx_attachment theirs = {.size = sizeof(theirs)};
	struct xdpx_nic *now = NULL;
	char name[16];

	snprintf(name, sizeof(name), "#%u", link->nic_index);
	xdpx_nic_open(name, NULL, &now);
	attachment_find(now, id, &theirs);
	xdpx_fail(-EBUSY, "link.attach", "%s: program %u%s%s%s%s is attached in %s mode, and is left alone",
		  link->nic_name, id, theirs.name[0] ? " (\"" : "", theirs.name, theirs.name[0] ? "\")" : "",
		  theirs.owner == XDPX_OWNER_LIBXDP ? ", the libxdp dispatcher," : "", xdpx_mode_name(mode));
	xdpx_fail_kernel(refusal->text);
	xdpx_fail_kernel_code(refusal->bpf_link_code);
	occupied_hint(link->nic_name, &theirs, mode);
	xdpx_nic_free(now);
	return -EBUSY;
}

static const char *mend_for(const char *text)
{
	size_t at;

	for (at = 0; at < sizeof(mends) / sizeof(*mends); at++)
		if (strstr(text, mends[at].words))
			return mends[at].mend;
	return NULL;
}

static void mend_hint(const struct xdpx_link *link, const struct xdpx_refusal *refusal, bool best)
{
	static const char any_way[] = "; XDPX_ATTACH_FALLBACK_ANY takes generic mode all the same";
	const char *mend = mend_for(refusal->text);
	char hint[400];

	if (mend)
		snprintf(hint, sizeof(hint), mend, link->nic_name, link->nic_name);
	else if (!refusal->text[0])
		snprintf(hint, sizeof(hint), "the driver gave no reason; 'dmesg' may have it");
	else
		hint[0] = '\0';
	if (best && hint[0])
		xdpx_fail_hint("%s%s", hint, any_way);
	else
		xdpx_fail_hint("%s", best ? any_way + 2 : hint);
}

int xdpx_fail_refused(const struct xdpx_link *link, const struct xdpx_refusal *refusal, enum xdpx_mode mode, bool best)
{
	char stage[32];
	char what[160];

	snprintf(stage, sizeof(stage), "link.attach.%s", xdpx_mode_name(mode));
	snprintf(what, sizeof(what), "%s: attaching program \"%s\" in %s mode", link->nic_name, link->prog_name,
		 xdpx_mode_name(mode));
	if (refusal->code == -EPERM) {
		xdpx_fail_attach_permission(stage, what);
	} else if (refusal->code == -EOPNOTSUPP && strstr(refusal->text, "in native mode")) {
		xdpx_fail(refusal->code, stage, "%s failed: the driver has no native XDP", what);
		xdpx_fail_hint("attach in generic mode, or with XDPX_MODE_BEST, which finds that out");
	} else {
		xdpx_fail(refusal->code, stage, "%s failed: %s", what, xdpx_refusal_words(refusal));
		mend_hint(link, refusal, best);
	}
	xdpx_fail_kernel(refusal->text);
	xdpx_fail_kernel_code(refusal->bpf_link_code);
	return refusal->code;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Yes, no or unknown for each feature, with source and reason: the running kernel's word first, the table's last. */
#include "nic/drivers.h"
#include "nic/netdev.h"
#include "nic/rss.h"

#include <string.h>

#define XDP_WORDS "netdev netlink, xdp-features: "
#define RX_WORDS "netdev netlink, rx-metadata-features: "
#define TX_WORDS "netdev netlink, xsk-features: "

/* Which word of the netdev family has the bit. */
enum word { WORD_NONE, WORD_XDP, WORD_RX_METADATA, WORD_XSK };

struct feature {
	const char *name;
	enum word word;
	uint64_t bit;
	const char *yes;
	const char *no;
};

static const struct feature features[XDPX_NIC_FEATURES] = {
	[XDPX_FEATURE_NATIVE] = {"native", WORD_XDP, XDPX_NETDEV_BASIC, XDP_WORDS "the driver runs XDP programs",
				 XDP_WORDS "the driver does not run XDP programs, or not in its present settings"},
	[XDPX_FEATURE_GENERIC] = {"generic", WORD_NONE, 0, "", ""},
	[XDPX_FEATURE_OFFLOAD] = {"offload", WORD_XDP, XDPX_NETDEV_HW_OFFLOAD,
				  XDP_WORDS "the device itself runs XDP programs",
				  XDP_WORDS "the device itself does not run XDP programs"},
	[XDPX_FEATURE_REDIRECT] = {"redirect", WORD_XDP, XDPX_NETDEV_REDIRECT,
				   XDP_WORDS "the driver implements XDP_REDIRECT",
				   XDP_WORDS "the driver does not implement XDP_REDIRECT; in generic mode it works"},
	[XDPX_FEATURE_REDIRECT_TARGET] = {"redirect-target", WORD_XDP, XDPX_NETDEV_NDO_XMIT,
					  XDP_WORDS "the driver sends frames that are redirected to it",
					  XDP_WORDS
					  "the driver does not take frames that native programs redirect to it, "
					  "or not in its present settings; they would be dropped"},
	[XDPX_FEATURE_ZEROCOPY] = {"zerocopy", WORD_XDP, XDPX_NETDEV_ZEROCOPY,
				   XDP_WORDS "the driver has AF_XDP zero-copy",
				   XDP_WORDS "the driver does not have AF_XDP zero-copy; sockets copy"},
	[XDPX_FEATURE_RX_FRAGS] = {"rx-frags", WORD_XDP, XDPX_NETDEV_RX_SG,
				   XDP_WORDS "the driver hands packets of several buffers to programs that take them",
				   XDP_WORDS "the driver does not run XDP programs on packets of several buffers"},
	[XDPX_FEATURE_TARGET_FRAGS] = {"target-frags", WORD_XDP, XDPX_NETDEV_NDO_XMIT_SG,
				       XDP_WORDS
				       "the driver sends packets of several buffers that are redirected to it",
				       XDP_WORDS "the driver does not take packets of several buffers that native "
						 "programs redirect to it, or not in its present settings"},
	[XDPX_FEATURE_TX] = {"tx", WORD_XDP, XDPX_NETDEV_BASIC,
			     XDP_WORDS "a driver that runs XDP programs implements XDP_TX",
			     XDP_WORDS "the driver does not run XDP programs, or not in its present settings"},
	[XDPX_FEATURE_XSK_COPY] = {"xsk-copy", WORD_NONE, 0, "", ""},
	[XDPX_FEATURE_ZEROCOPY_FRAGS] = {"zerocopy-frags", WORD_NONE, 0, "", ""},
	[XDPX_FEATURE_RX_TIMESTAMP] = {"rx-timestamp", WORD_RX_METADATA, XDPX_NETDEV_RX_TIMESTAMP,
				       RX_WORDS "programs can read the time of reception",
				       RX_WORDS "the driver hands no time of reception to programs"},
	[XDPX_FEATURE_RX_HASH] = {"rx-hash", WORD_RX_METADATA, XDPX_NETDEV_RX_HASH,
				  RX_WORDS "programs can read the RSS hash",
				  RX_WORDS "the driver hands no RSS hash to programs"},
	[XDPX_FEATURE_RX_VLAN] = {"rx-vlan", WORD_RX_METADATA, XDPX_NETDEV_RX_VLAN,
				  RX_WORDS "programs can read the VLAN tag that the device took off",
				  RX_WORDS "the driver hands no VLAN tag to programs"},
	[XDPX_FEATURE_TX_TIMESTAMP] = {"tx-timestamp", WORD_XSK, XDPX_NETDEV_TX_TIMESTAMP,
				       TX_WORDS "zero-copy sockets are told when the device sent a packet",
				       TX_WORDS "the driver does not tell zero-copy sockets when it sent a packet; a "
						"copying socket gets the kernel's time"},
	[XDPX_FEATURE_TX_CHECKSUM] = {"tx-checksum", WORD_XSK, XDPX_NETDEV_TX_CHECKSUM,
				      TX_WORDS "the device fills in checksums of zero-copy sockets",
				      TX_WORDS "the device does not fill in checksums of zero-copy sockets; for a "
					       "copying socket the kernel can (XDP_UMEM_TX_SW_CSUM)"},
	[XDPX_FEATURE_TX_LAUNCH_TIME] = {"tx-launch-time", WORD_XSK, XDPX_NETDEV_TX_LAUNCH_TIME,
					 TX_WORDS "the device sends packets of zero-copy sockets at the time set",
					 TX_WORDS "the device sends packets of zero-copy sockets at once"},
	[XDPX_FEATURE_DATA_META] = {"data-meta", WORD_NONE, 0, "", ""},
	[XDPX_FEATURE_TAIL_GROW] = {"tail-grow", WORD_NONE, 0, "", ""},
	[XDPX_FEATURE_RSS_SYMMETRIC] = {"rss-symmetric", WORD_NONE, 0, "", ""},
};

const char *xdpx_feature_name(enum xdpx_feature feature)
{
	return (unsigned int)feature < XDPX_NIC_FEATURES ? features[feature].name : NULL;
}

static void tell(struct xdpx_nic *nic, enum xdpx_feature feature, enum xdpx_answer answer, enum xdpx_source source,
		 const char *why)
{
	nic->answers[feature] = (struct xdpx_nic_answer){answer, source, why};
}

void xdpx_nic_answer_set(struct xdpx_nic *nic, enum xdpx_feature feature, enum xdpx_answer answer,
			 enum xdpx_source source, const char *why)
{
	tell(nic, feature, answer, source, why);
}

/* Of all features this one is settled first. */
static bool lacks_native(const struct xdpx_nic *nic)
{
	return nic->answers[XDPX_FEATURE_NATIVE].answer == XDPX_NO;
}

/* What the netdev family says of a feature. False: it says nothing. */
static bool netdev_tells(struct xdpx_nic *nic, enum xdpx_feature feature)
{
	const struct feature *row = &features[feature];
	const struct {
		bool known;
		uint64_t bits;
	} words[] = {
		[WORD_NONE] = {false, 0},
		[WORD_XDP] = {nic->netdev.xdp_known, nic->netdev.xdp},
		[WORD_RX_METADATA] = {nic->netdev.rx_metadata_known, nic->netdev.rx_metadata},
		[WORD_XSK] = {nic->netdev.xsk_known, nic->netdev.xsk},
	};
	bool yes = words[row->word].bits & row->bit;

	if (!words[row->word].known)
		return false;
	tell(nic, feature, yes ? XDPX_YES : XDPX_NO, XDPX_SOURCE_NETDEV, yes ? row->yes : row->no);
	return true;
}

/* What virtio says against it, whatever others say for it. */
static bool virtio_tells(struct xdpx_nic *nic, enum xdpx_feature feature)
{
	const char *why = xdpx_nic_virtio_no_native(nic);

	if (!why || (feature != XDPX_FEATURE_NATIVE && feature != XDPX_FEATURE_RX_FRAGS))
		return false;
	tell(nic, feature, XDPX_NO, XDPX_SOURCE_SYSFS, why);
	return true;
}

/* A device without native XDP runs programs in the network stack, whose rows these are. */
static const char *table_name(const struct xdpx_nic *nic, enum xdpx_feature feature)
{
	if (lacks_native(nic) && (feature == XDPX_FEATURE_DATA_META || feature == XDPX_FEATURE_TAIL_GROW))
		return XDPX_DRIVER_GENERIC;
	return xdpx_nic_driver_name(nic);
}

static bool table_tells(struct xdpx_nic *nic, enum xdpx_feature feature, uint32_t kernel)
{
	const struct xdpx_nic_rule *rule = xdpx_nic_rule_find(table_name(nic, feature), feature, kernel);

	if (!rule)
		return false;
	tell(nic, feature, rule->answer, rule->answer == XDPX_UNKNOWN ? XDPX_SOURCE_NONE : XDPX_SOURCE_TABLE,
	     xdpx_nic_rule_words(rule));
	return true;
}

static void nothing_tells(struct xdpx_nic *nic, enum xdpx_feature feature)
{
	static const char *const untold[] = {
		[WORD_NONE] = "no interface of the kernel's tells, and the table of drivers has no row for it; only "
			      "trying would",
		[WORD_XDP] = NULL,
		[WORD_RX_METADATA] = "netdev netlink tells rx-metadata-features from Linux 6.7 on; only trying would",
		[WORD_XSK] = "netdev netlink tells xsk-features from Linux 6.8 on; only trying would",
	};
	enum word word = features[feature].word;
	const char *why = untold[word];

	if (!why || (word != WORD_NONE && nic->parts[XDPX_PART_FEATURES].state))
		why = xdpx_nic_say(nic, "%s; only trying would", nic->parts[XDPX_PART_FEATURES].why);
	tell(nic, feature, XDPX_UNKNOWN, XDPX_SOURCE_NONE, why);
}

/* Features of the network stack, whatever the driver. */
static void stack_tells(struct xdpx_nic *nic, enum xdpx_answer xsk)
{
	static const char *const xsk_why[] = {
		[XDPX_UNKNOWN] = "whether the kernel has AF_XDP could not be tried",
		[XDPX_NO] = "the kernel was built without AF_XDP sockets (CONFIG_XDP_SOCKETS)",
		[XDPX_YES] = "the kernel: a copying socket can be bound to any device",
	};

	tell(nic, XDPX_FEATURE_GENERIC, XDPX_YES, XDPX_SOURCE_KERNEL,
	     "the kernel: its network stack runs XDP programs for every device, after the driver");
	tell(nic, XDPX_FEATURE_XSK_COPY, xsk, xsk == XDPX_UNKNOWN ? XDPX_SOURCE_NONE : XDPX_SOURCE_KERNEL,
	     xsk_why[xsk]);
}

/* Without native XDP a program runs in generic mode, where the stack redirects and sends, and hands out no metadata. */
static void generic_tells(struct xdpx_nic *nic)
{
	static const enum xdpx_feature metadata[] = {XDPX_FEATURE_RX_TIMESTAMP, XDPX_FEATURE_RX_HASH,
						     XDPX_FEATURE_RX_VLAN};
	size_t i;

	if (!lacks_native(nic))
		return;
	tell(nic, XDPX_FEATURE_REDIRECT, XDPX_YES, XDPX_SOURCE_KERNEL,
	     "the kernel: there is no native XDP, and in generic mode the network stack redirects for every device");
	tell(nic, XDPX_FEATURE_TX, XDPX_YES, XDPX_SOURCE_KERNEL,
	     "the kernel: there is no native XDP, and in generic mode the network stack sends for every device");
	for (i = 0; i < sizeof(metadata) / sizeof(metadata[0]); i++)
		tell(nic, metadata[i], XDPX_NO, XDPX_SOURCE_KERNEL,
		     "the kernel: there is no native XDP, and only native programs can read it");
}

/* The other end of a pair, in words. */
static const char *peer_words(struct xdpx_nic *nic)
{
	const struct xdpx_related *peer = xdpx_nic_related_find(nic, XDPX_RELATION_PEER);

	if (!peer)
		return "its peer";
	if (peer->name[0])
		return xdpx_nic_say(nic, "its peer %s", peer->name);
	return xdpx_nic_say(nic, "its peer (index %u in another network namespace)", peer->index);
}

/* With GRO at its peer a veth takes frames, but the driver wakes the peer for those of XDP_TX only if it runs XDP. */
static void veth_tx_mends(struct xdpx_nic *nic, const char *words)
{
	bool taken = nic->netdev.xdp & XDPX_NETDEV_NDO_XMIT;

	if (lacks_native(nic) || (taken && nic->place.lower_native == XDPX_YES))
		return;
	if (taken && nic->place.lower_native == XDPX_UNKNOWN)
		tell(nic, XDPX_FEATURE_TX, XDPX_UNKNOWN, XDPX_SOURCE_NONE,
		     xdpx_nic_say(nic,
				  "it takes a native XDP program on %s, which cannot be seen from here; only trying "
				  "would tell",
				  words));
	else
		tell(nic, XDPX_FEATURE_TX, XDPX_NO, taken ? XDPX_SOURCE_RTNETLINK : XDPX_SOURCE_NETDEV,
		     xdpx_nic_say(
			     nic,
			     "%snot in its present settings: a veth delivers what XDP_TX sends once %s runs a native "
			     "XDP program, too; GRO there is not enough, for nothing would wake it",
			     taken ? "rtnetlink: " : XDP_WORDS, words));
}

/* A veth hands frames to its peer's NAPI, which runs with GRO or an XDP program there only. */
static void veth_mends(struct xdpx_nic *nic)
{
	static const enum xdpx_feature targets[] = {XDPX_FEATURE_REDIRECT_TARGET, XDPX_FEATURE_TARGET_FRAGS};
	const struct xdpx_related *peer = xdpx_nic_related_find(nic, XDPX_RELATION_PEER);
	const char *name = peer && peer->name[0] ? peer->name : "PEER";
	const char *words = peer_words(nic);
	size_t i;

	if (lacks_native(nic))
		tell(nic, XDPX_FEATURE_NATIVE, XDPX_NO, XDPX_SOURCE_NETDEV,
		     xdpx_nic_say(nic,
				  XDP_WORDS
				  "not in its present settings: a veth runs XDP programs only while %s has no "
				  "more transmit queues than it has receive queues ('ethtool -L' changes them)",
				  words));
	veth_tx_mends(nic, words);
	if (nic->netdev.xdp & XDPX_NETDEV_NDO_XMIT)
		return;
	for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		tell(nic, targets[i], XDPX_NO, XDPX_SOURCE_NETDEV,
		     xdpx_nic_say(nic,
				  XDP_WORDS
				  "not in its present settings: a veth delivers frames from XDP once %s has GRO "
				  "on ('ethtool -K %s gro on') or runs a native XDP program; they would be "
				  "dropped",
				  words, name));
}

static void tap_mends(struct xdpx_nic *nic)
{
	if (lacks_native(nic) || nic->netdev.xdp & XDPX_NETDEV_RX_SG)
		return;
	tell(nic, XDPX_FEATURE_RX_FRAGS, XDPX_YES, XDPX_SOURCE_KERNEL,
	     XDP_WORDS "not in the driver, but it leaves packets of more than a page to the network stack, which runs "
		       "the program on them");
}

/* Not where the kernel has none anyway: nothing that the host offers would change that. */
static void virtio_zerocopy_tells(struct xdpx_nic *nic)
{
	const char *why = xdpx_nic_virtio_no_zerocopy(nic);

	if (why && nic->answers[XDPX_FEATURE_ZEROCOPY].answer != XDPX_NO)
		tell(nic, XDPX_FEATURE_ZEROCOPY, XDPX_NO, XDPX_SOURCE_SYSFS, why);
}

static void virtio_mends(struct xdpx_nic *nic)
{
	if (nic->netdev.xdp & XDPX_NETDEV_NDO_XMIT)
		return;
	tell(nic, XDPX_FEATURE_REDIRECT_TARGET, XDPX_NO, XDPX_SOURCE_NETDEV,
	     XDP_WORDS "not in its present settings: virtio_net takes redirected frames once it runs a native XDP "
		       "program itself; they would be dropped");
}

/* Bonds have the features of their members, and none while they have none; yet they take a program. */
static void bond_mends(struct xdpx_nic *nic)
{
	static const enum xdpx_feature members[] = {XDPX_FEATURE_NATIVE, XDPX_FEATURE_REDIRECT, XDPX_FEATURE_TX};
	bool alone = lacks_native(nic) && !xdpx_nic_related_find(nic, XDPX_RELATION_MEMBER);
	size_t i;

	if (!lacks_native(nic))
		tell(nic, XDPX_FEATURE_TX, XDPX_UNKNOWN, XDPX_SOURCE_NONE,
		     "the members of a bond send what XDP_TX gives back, each as its driver does; ask for theirs");
	for (i = 0; alone && i < sizeof(members) / sizeof(members[0]); i++)
		tell(nic, members[i], XDPX_UNKNOWN, XDPX_SOURCE_NONE,
		     XDP_WORDS "a bond runs XDP programs in the drivers of its members, and it has none now");
}

/* A device made on another one: frames can be redirected to that. */
static void lower_mends(struct xdpx_nic *nic)
{
	const struct xdpx_related *lower = xdpx_nic_related_find(nic, XDPX_RELATION_LOWER);

	if (!lower || nic->netdev.xdp & XDPX_NETDEV_NDO_XMIT)
		return;
	tell(nic, XDPX_FEATURE_REDIRECT_TARGET, XDPX_NO, XDPX_SOURCE_NETDEV,
	     xdpx_nic_say(nic,
			  XDP_WORDS
			  "a %s takes no frames that native programs redirect to it; redirect to %s, below it, "
			  "or run the program in generic mode, where every device is a target",
			  nic->kind, lower->name[0] ? lower->name : "the device"));
}

/* Where a driver's "no" depends on something that can be named. */
static const struct {
	const char *driver;
	void (*mend)(struct xdpx_nic *nic);
} mends[] = {
	{"veth", veth_mends},	 {"tun", tap_mends},	   {"virtio_net", virtio_mends},
	{"bond", bond_mends},	 {"macvlan", lower_mends}, {"macvtap", lower_mends},
	{"ipvlan", lower_mends}, {"ipvtap", lower_mends},  {"vlan", lower_mends},
};

static void settings_tell(struct xdpx_nic *nic)
{
	size_t i;

	for (i = 0; nic->netdev.xdp_known && i < sizeof(mends) / sizeof(mends[0]); i++)
		if (!strcmp(mends[i].driver, nic->driver))
			mends[i].mend(nic);
}

static void zerocopy_frags_tell(struct xdpx_nic *nic)
{
	const struct xdpx_nic_answer *zerocopy = &nic->answers[XDPX_FEATURE_ZEROCOPY];
	uint32_t segments = nic->netdev.zerocopy_segments;

	if (zerocopy->answer == XDPX_YES && segments)
		tell(nic, XDPX_FEATURE_ZEROCOPY_FRAGS, segments > 1 ? XDPX_YES : XDPX_NO, XDPX_SOURCE_NETDEV,
		     xdpx_nic_say(nic, "netdev netlink, xdp-zc-max-segs: %u descriptors a packet", segments));
	else if (nic->answers[XDPX_FEATURE_ZEROCOPY_FRAGS].answer != XDPX_UNKNOWN)
		return; /* the table knows kernels in which no driver has it */
	else if (zerocopy->answer != XDPX_YES)
		nic->answers[XDPX_FEATURE_ZEROCOPY_FRAGS] = *zerocopy;
	else
		tell(nic, XDPX_FEATURE_ZEROCOPY_FRAGS, XDPX_UNKNOWN, XDPX_SOURCE_NONE,
		     "netdev netlink tells xdp-zc-max-segs from Linux 6.6 on; only trying would");
}

static void rss_tells(struct xdpx_nic *nic)
{
	static const struct xdpx_nic_answer answers[] = {
		[XDPX_NIC_SYMMETRY_UNKNOWN] = {XDPX_UNKNOWN, XDPX_SOURCE_NONE, ""},
		[XDPX_NIC_SYMMETRY_NONE] = {XDPX_NO, XDPX_SOURCE_ETHTOOL,
					    "ethtool netlink: the Toeplitz key does not repeat every 16 bits, and no "
					    "symmetric transform of the hash's input is set"},
		[XDPX_NIC_SYMMETRY_KEY] = {XDPX_YES, XDPX_SOURCE_ETHTOOL,
					   "ethtool netlink: the Toeplitz key repeats every 16 bits"},
		[XDPX_NIC_SYMMETRY_TRANSFORM] = {XDPX_YES, XDPX_SOURCE_ETHTOOL,
						 "ethtool netlink: a symmetric transform of the hash's input is set"},
	};
	enum xdpx_nic_symmetry symmetry = xdpx_nic_rss_symmetry(nic);

	if (nic->queues.rx == 1)
		tell(nic, XDPX_FEATURE_RSS_SYMMETRIC, XDPX_YES, XDPX_SOURCE_KERNEL,
		     xdpx_nic_say(nic, "there is but one receive queue (%s)", nic->queues_why));
	else if (symmetry == XDPX_NIC_SYMMETRY_UNKNOWN)
		tell(nic, XDPX_FEATURE_RSS_SYMMETRIC, XDPX_UNKNOWN, XDPX_SOURCE_NONE,
		     nic->parts[XDPX_PART_RSS].state
			     ? nic->parts[XDPX_PART_RSS].why
			     : "ethtool netlink: the hash function is not Toeplitz, or has no key");
	else
		nic->answers[XDPX_FEATURE_RSS_SYMMETRIC] = answers[symmetry];
}

void xdpx_nic_answers_settle(struct xdpx_nic *nic, const struct xdpx_nic_machine *machine)
{
	unsigned int i;

	for (i = 0; i < XDPX_NIC_FEATURES; i++)
		if (!virtio_tells(nic, (enum xdpx_feature)i) && !netdev_tells(nic, (enum xdpx_feature)i) &&
		    !table_tells(nic, (enum xdpx_feature)i, machine->kernel))
			nothing_tells(nic, (enum xdpx_feature)i);
	stack_tells(nic, machine->xsk);
	generic_tells(nic);
	settings_tell(nic);
	virtio_zerocopy_tells(nic);
	zerocopy_frags_tell(nic);
	rss_tells(nic);
}

static const struct xdpx_nic_answer *answer_of(const struct xdpx_nic *nic, enum xdpx_feature feature)
{
	static const struct xdpx_nic_answer none = {.why = "this library does not know the feature"};

	return (unsigned int)feature < XDPX_NIC_FEATURES ? &nic->answers[feature] : &none;
}

enum xdpx_answer xdpx_nic_can(const struct xdpx_nic *nic, enum xdpx_feature feature)
{
	return answer_of(nic, feature)->answer;
}

const char *xdpx_nic_why(const struct xdpx_nic *nic, enum xdpx_feature feature)
{
	return answer_of(nic, feature)->why;
}

enum xdpx_source xdpx_nic_source(const struct xdpx_nic *nic, enum xdpx_feature feature)
{
	return answer_of(nic, feature)->source;
}

static const char *const source_names[] = {
	[XDPX_SOURCE_NONE] = "nothing",
	[XDPX_SOURCE_KERNEL] = "the kernel",
	[XDPX_SOURCE_RTNETLINK] = "rtnetlink",
	[XDPX_SOURCE_NETDEV] = "netdev netlink",
	[XDPX_SOURCE_ETHTOOL] = "ethtool netlink",
	[XDPX_SOURCE_DEVLINK] = "devlink netlink",
	[XDPX_SOURCE_IOCTL] = "ethtool ioctl",
	[XDPX_SOURCE_SYSFS] = "sysfs",
	[XDPX_SOURCE_BPF] = "the bpf system call",
	[XDPX_SOURCE_TABLE] = "the table of drivers",
	[XDPX_SOURCE_PROBE] = "a probe",
};

const char *xdpx_source_name(enum xdpx_source source)
{
	return (unsigned int)source < sizeof(source_names) / sizeof(source_names[0]) ? source_names[source] : NULL;
}

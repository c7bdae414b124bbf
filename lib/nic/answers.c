/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Yes, no or unknown for each feature, with the reason in words. */
#include "nic/nic.h"

#include <string.h>

/* xdp-features of the netdev family (6.3). */
enum {
	XDP_BASIC = 1,
	XDP_REDIRECT_FROM = 2,
	XDP_NDO_XMIT = 4,
	XDP_XSK_ZEROCOPY = 8,
	XDP_HW_OFFLOAD = 16,
	XDP_RX_SG = 32,
	XDP_NDO_XMIT_SG = 64,
};

#define SOURCE "netdev netlink, xdp-features: "

struct feature {
	const char *name;
	uint64_t bit;
	const char *yes;
	const char *no;
};

static const struct feature features[] = {
	[XDPX_FEATURE_NATIVE] = {"native", XDP_BASIC, SOURCE "the driver runs XDP programs",
				 SOURCE "the driver does not run XDP programs, or not in its present settings"},
	[XDPX_FEATURE_GENERIC] = {"generic", 0,
				  "the kernel: its network stack runs XDP programs for every device, after the driver",
				  ""},
	[XDPX_FEATURE_OFFLOAD] = {"offload", XDP_HW_OFFLOAD, SOURCE "the device itself runs XDP programs",
				  SOURCE "the device itself does not run XDP programs"},
	[XDPX_FEATURE_REDIRECT] = {"redirect", XDP_REDIRECT_FROM, SOURCE "the driver implements XDP_REDIRECT",
				   SOURCE "the driver does not implement XDP_REDIRECT; in generic mode it works"},
	[XDPX_FEATURE_REDIRECT_TARGET] = {"redirect-target", XDP_NDO_XMIT,
					  SOURCE "the driver sends frames that are redirected to it",
					  SOURCE "the driver does not take frames that native programs redirect to it, "
						 "or not in its present settings; they would be dropped"},
	[XDPX_FEATURE_ZEROCOPY] = {"zerocopy", XDP_XSK_ZEROCOPY, SOURCE "the driver has AF_XDP zero-copy",
				   SOURCE "the driver does not have AF_XDP zero-copy; sockets copy"},
	[XDPX_FEATURE_RX_FRAGS] = {"rx-frags", XDP_RX_SG,
				   SOURCE "the driver hands packets of several buffers to programs that take them",
				   SOURCE "the driver does not run XDP programs on packets of several buffers"},
	[XDPX_FEATURE_TARGET_FRAGS] = {"target-frags", XDP_NDO_XMIT_SG,
				       SOURCE "the driver sends packets of several buffers that are redirected to it",
				       SOURCE "the driver does not take packets of several buffers that native "
					      "programs redirect to it, or not in its present settings"},
};

/* Where a driver's "no" depends on a setting that can be named. */
static const struct {
	const char *driver;
	enum xdpx_feature feature;
	const char *why;
} mendable[] = {
	{"veth", XDPX_FEATURE_NATIVE,
	 SOURCE "not in its present settings: a veth runs XDP programs only while its peer has no more transmit queues "
		"than it has receive queues (ethtool -L changes them)"},
	{"veth", XDPX_FEATURE_REDIRECT_TARGET,
	 SOURCE "not in its present settings: a veth takes redirected frames once its peer has GRO on (ethtool -K PEER "
		"gro on) or runs a native XDP program"},
	{"veth", XDPX_FEATURE_TARGET_FRAGS,
	 SOURCE "not in its present settings: a veth takes redirected frames once its peer has GRO on (ethtool -K PEER "
		"gro on) or runs a native XDP program"},
	{"virtio_net", XDPX_FEATURE_REDIRECT_TARGET,
	 SOURCE "not in its present settings: virtio_net takes redirected frames once it runs a native XDP program"},
};

static const struct feature *feature_find(enum xdpx_feature feature)
{
	size_t at = (size_t)(unsigned int)feature;

	return at < sizeof(features) / sizeof(features[0]) ? &features[at] : NULL;
}

const char *xdpx_feature_name(enum xdpx_feature feature)
{
	const struct feature *found = feature_find(feature);

	return found ? found->name : NULL;
}

/* Without native XDP a program runs in generic mode, where the stack redirects. */
static bool redirects_generic(const struct xdpx_nic *nic, enum xdpx_feature feature)
{
	return feature == XDPX_FEATURE_REDIRECT && nic->features_known && !(nic->features & XDP_BASIC);
}

enum xdpx_answer xdpx_nic_can(const struct xdpx_nic *nic, enum xdpx_feature feature)
{
	const struct feature *found = feature_find(feature);

	if (!found)
		return XDPX_UNKNOWN;
	if (!found->bit || redirects_generic(nic, feature))
		return XDPX_YES;
	if (!nic->features_known)
		return XDPX_UNKNOWN;
	return nic->features & found->bit ? XDPX_YES : XDPX_NO;
}

static const char *no_why(const struct xdpx_nic *nic, enum xdpx_feature feature)
{
	size_t i;

	for (i = 0; i < sizeof(mendable) / sizeof(mendable[0]); i++)
		if (mendable[i].feature == feature && !strcmp(mendable[i].driver, nic->driver))
			return mendable[i].why;
	return feature_find(feature)->no;
}

const char *xdpx_nic_why(const struct xdpx_nic *nic, enum xdpx_feature feature)
{
	const struct feature *found = feature_find(feature);

	if (!found)
		return "this library does not know the feature";
	if (redirects_generic(nic, feature))
		return SOURCE
			"there is no native XDP, and in generic mode the network stack redirects for every device";

	switch (xdpx_nic_can(nic, feature)) {
	case XDPX_YES:
		return found->yes;
	case XDPX_NO:
		return no_why(nic, feature);
	default:
		return nic->features_why;
	}
}

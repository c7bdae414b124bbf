/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * Offloads, by the names that the kernel has for them. A device has a wish and what came of it: the wish is what is
 * set and put back, since the kernel gives up and takes up offloads by itself as other settings change.
 */
#include "base/fail.h"
#include "netlink/netlink.h"
#include "tune/tune.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <string.h>

#define FEATURES_GET 11
#define FEATURES_SET 12

enum { FEATURES_HW = 2, FEATURES_WANTED = 3, FEATURES_ACTIVE = 4, FEATURES_NOCHANGE = 5, FEATURES_COUNT = 6 };
enum { BITSET_BITS = 3, BITSET_COUNT = 4 };
enum { BIT_NAME = 2, BIT_VALUE = 3, BIT_COUNT = 4 };
#define BITS_BIT 1

#define NAME_BYTES 64

struct feature {
	const char *name;
	bool known;
	bool changeable;
	bool wanted;
	bool active;
};

/* A bit that is looked for by its name. */
struct bit {
	const char *name;
	bool found;
	bool value;
};

static int bit_take(const struct nlattr *attr, void *arg)
{
	const struct nlattr *parts[BIT_COUNT];
	struct bit *bit = arg;
	char name[NAME_BYTES];

	xdpx_nl_nested(attr, parts, BIT_COUNT);
	xdpx_nl_string(parts[BIT_NAME], name, sizeof(name));
	if (strcmp(name, bit->name) != 0)
		return 0;
	bit->found = true;
	bit->value = parts[BIT_VALUE];
	return 1;
}

static struct bit bit_find(const struct nlattr *bitset, const char *name)
{
	const struct nlattr *parts[BITSET_COUNT];
	struct bit bit = {.name = name};

	xdpx_nl_nested(bitset, parts, BITSET_COUNT);
	xdpx_nl_each(parts[BITSET_BITS], BITS_BIT, bit_take, &bit);
	return bit;
}

static int feature_take(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *attrs[FEATURES_COUNT];
	struct feature *feature = arg;
	struct bit changeable;

	xdpx_nl_message_attrs(message, GENL_HDRLEN, attrs, FEATURES_COUNT);
	/* This set has every feature that the kernel knows, with a value; the others list what is in them. */
	changeable = bit_find(attrs[FEATURES_HW], feature->name);
	feature->known = changeable.found;
	feature->changeable = changeable.value && !bit_find(attrs[FEATURES_NOCHANGE], feature->name).found;
	feature->wanted = bit_find(attrs[FEATURES_WANTED], feature->name).found;
	feature->active = bit_find(attrs[FEATURES_ACTIVE], feature->name).found;
	return 0;
}

static int feature_ask(struct xdpx_tune *tune, const struct xdpx_tune_setting *setting, struct feature *feature)
{
	union xdpx_nl_request request;
	struct nlmsghdr *message;
	int err = xdpx_tune_ethtool(tune, &request, FEATURES_GET, &message);

	*feature = (struct feature){.name = setting->kind->word};
	if (!err)
		err = xdpx_nl_do(tune->genl, message, feature_take, feature);
	if (err)
		return xdpx_tune_read_refused(tune, setting, err, xdpx_nl_text(tune->genl));
	return feature->known ? 0 : xdpx_tune_read_refused(tune, setting, -EOPNOTSUPP, "");
}

static int feature_read(struct xdpx_tune *tune, const struct xdpx_tune_setting *setting, char *text)
{
	struct feature feature;
	int err = feature_ask(tune, setting, &feature);

	if (err)
		return err;
	strcpy(text, (feature.changeable ? feature.wanted : feature.active) ? "on" : "off");
	return 0;
}

static int fixed(const struct xdpx_tune *tune, const struct xdpx_tune_setting *setting, bool active)
{
	xdpx_fail(-EOPNOTSUPP, "tune.write", "%s: %s can't be changed: its driver has it fixed to %s",
		  tune->journal.nic, setting->name, active ? "on" : "off");
	xdpx_fail_hint("`ethtool -k %s` shows which offloads are fixed", tune->journal.nic);
	return -EOPNOTSUPP;
}

static void bit_put(struct nlmsghdr *message, const char *name, bool on)
{
	struct nlattr *bitset = mnl_attr_nest_start(message, FEATURES_WANTED);
	struct nlattr *bits = mnl_attr_nest_start(message, BITSET_BITS);
	struct nlattr *bit = mnl_attr_nest_start(message, BITS_BIT);

	mnl_attr_put_strz(message, BIT_NAME, name);
	if (on)
		mnl_attr_put(message, BIT_VALUE, 0, NULL);
	mnl_attr_nest_end(message, bit);
	mnl_attr_nest_end(message, bits);
	mnl_attr_nest_end(message, bitset);
}

static int feature_write(struct xdpx_tune *tune, const struct xdpx_tune_setting *setting, const char *from,
			 const char *to)
{
	union xdpx_nl_request request;
	struct nlmsghdr *message;
	struct feature feature;
	int err;

	(void)from;
	/* The kernel passes over what is fixed, and says nothing. */
	err = feature_ask(tune, setting, &feature);
	if (err)
		return err;
	if (!feature.changeable)
		return fixed(tune, setting, feature.active);

	err = xdpx_tune_ethtool(tune, &request, FEATURES_SET, &message);
	if (!err) {
		bit_put(message, feature.name, !strcmp(to, "on"));
		err = xdpx_nl_do(tune->genl, message, NULL, NULL);
	}
	return err ? xdpx_tune_write_refused(tune, setting, to, err, xdpx_nl_text(tune->genl)) : 0;
}

static int feature_check(struct xdpx_tune *tune, const struct xdpx_tune_setting *setting)
{
	bool on = !strcmp(setting->set, "on");
	struct feature feature;
	int err = feature_ask(tune, setting, &feature);

	if (err || feature.active == on)
		return err;
	xdpx_fail(-EIO, "tune.check", "%s: %s was set to %s, but stays %s", tune->journal.nic, setting->name,
		  setting->set, on ? "off" : "on");
	xdpx_fail_hint("another setting decides: an XDP program, the MTU, another offload, or the device above it; "
		       "'dmesg' may have the driver's words");
	return -EIO;
}

const struct xdpx_tune_ops xdpx_tune_feature_ops = {
	.wanted = xdpx_tune_switch_wanted,
	.aim = xdpx_tune_switch_aim,
	.valid = xdpx_tune_switch_valid,
	.read = feature_read,
	.write = feature_write,
	.check = feature_check,
};

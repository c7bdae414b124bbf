/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* devlink: the versions that a device tells (5.1). A devlink device has the bus and the name of the netdev's parent. */
#include "nic/sources.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <string.h>

enum {
	DEVLINK_BUS_NAME = 1,
	DEVLINK_DEV_NAME = 2,
	DEVLINK_INFO_SERIAL = 99,
	DEVLINK_VERSION_FIXED = 100,
	DEVLINK_VERSION_RUNNING = 101,
	DEVLINK_VERSION_STORED = 102,
	DEVLINK_VERSION_NAME = 103,
	DEVLINK_VERSION_VALUE = 104,
	DEVLINK_COUNT = 105,
};

/* By the attributes in which they come. */
static const char *const kinds[] = {
	[DEVLINK_VERSION_FIXED - DEVLINK_VERSION_FIXED] = "fixed",
	[DEVLINK_VERSION_RUNNING - DEVLINK_VERSION_FIXED] = "running",
	[DEVLINK_VERSION_STORED - DEVLINK_VERSION_FIXED] = "stored",
};

struct version_walk {
	struct xdpx_nic *nic;
	const char *kind;
};

static bool ask(struct nlmsghdr *message, const struct xdpx_nic *one)
{
	if (!one)
		return true;
	if (!one->parent_bus[0] || !one->parent_name[0])
		return false;
	mnl_attr_put_strz(message, DEVLINK_BUS_NAME, one->parent_bus);
	mnl_attr_put_strz(message, DEVLINK_DEV_NAME, one->parent_name);
	return true;
}

static int version_add(struct xdpx_nic *nic, const char *kind, const char *name, const char *value)
{
	struct xdpx_version_entry *entry = xdpx_nic_entry_add(&nic->versions, sizeof(*entry));

	if (!entry)
		return -ENOMEM;
	entry->kind = kind;
	entry->name = xdpx_nic_say(nic, "%s", name);
	entry->value = xdpx_nic_say(nic, "%s", value);
	return 0;
}

static int version_take(const struct nlattr *version, void *arg)
{
	const struct version_walk *walk = arg;
	const struct nlattr *attrs[DEVLINK_COUNT];
	char name[XDPX_NIC_WORD_BYTES];
	char value[XDPX_NIC_NAME_BYTES];

	xdpx_nl_nested(version, attrs, DEVLINK_COUNT);
	if (!attrs[DEVLINK_VERSION_NAME] || !attrs[DEVLINK_VERSION_VALUE])
		return 0;
	xdpx_nl_string(attrs[DEVLINK_VERSION_NAME], name, sizeof(name));
	xdpx_nl_string(attrs[DEVLINK_VERSION_VALUE], value, sizeof(value));
	return version_add(walk->nic, walk->kind, name, value);
}

/* The nests of versions repeat, so that the sorted table of attributes has but the last of each. */
static int versions_read(struct xdpx_nic *nic, const struct nlmsghdr *message)
{
	struct version_walk walk = {.nic = nic};
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		walk.kind = kinds[i];
		err = xdpx_nl_message_each(message, GENL_HDRLEN, (uint16_t)(DEVLINK_VERSION_FIXED + i), version_take,
					   &walk);
	}
	return err;
}

static void forget(struct xdpx_nic *nic)
{
	xdpx_nic_entries_forget(&nic->versions);
}

static int info_read(struct xdpx_nic *nic, const struct nlmsghdr *message, const struct nlattr **attrs)
{
	char serial[XDPX_NIC_NAME_BYTES];

	nic->parts[XDPX_PART_VERSIONS].state = 0;
	forget(nic);
	xdpx_nl_string(attrs[DEVLINK_INFO_SERIAL], serial, sizeof(serial));
	if (serial[0] && version_add(nic, kinds[0], "serial", serial))
		return -ENOMEM;
	return versions_read(nic, message);
}

/* One devlink device may have several network devices. */
static int take(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *attrs[DEVLINK_COUNT];
	struct xdpx_nic_list *list = arg;
	char bus[XDPX_NIC_WORD_BYTES];
	char name[XDPX_NIC_WORD_BYTES];
	size_t i;
	int err = 0;

	xdpx_nl_message_attrs(message, GENL_HDRLEN, attrs, DEVLINK_COUNT);
	xdpx_nl_string(attrs[DEVLINK_BUS_NAME], bus, sizeof(bus));
	xdpx_nl_string(attrs[DEVLINK_DEV_NAME], name, sizeof(name));
	if (!bus[0] || !name[0])
		return 0;
	for (i = 0; !err && i < list->count; i++)
		if (!strcmp(list->nics[i].parent_bus, bus) && !strcmp(list->nics[i].parent_name, name))
			err = info_read(&list->nics[i], message, attrs);
	return err;
}

const struct xdpx_nic_source xdpx_nic_versions_source = {
	.part = XDPX_PART_VERSIONS,
	.family = "devlink",
	.request = 51,
	.reply = 51,
	.ask = ask,
	.take = take,
	.forget = forget,
};

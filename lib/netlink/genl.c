/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Generic netlink: families by name. */
#include "netlink/socket.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <string.h>

#define FAMILY_VERSION 1

/* The families of interest have at most three groups, numbered from 1. */
#define GROUPS 16

struct nlmsghdr *xdpx_nl_genl_request(union xdpx_nl_request *request, int family, uint8_t command)
{
	struct nlmsghdr *message = xdpx_nl_request(request, (uint16_t)family, GENL_HDRLEN);
	struct genlmsghdr *header = mnl_nlmsg_get_payload(message);

	header->cmd = command;
	header->version = FAMILY_VERSION;
	return message;
}

static int id_read(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *attrs[CTRL_ATTR_FAMILY_NAME + 1];
	int *id = arg;

	xdpx_nl_message_attrs(message, GENL_HDRLEN, attrs, CTRL_ATTR_FAMILY_NAME + 1);
	*id = (int)(xdpx_nl_uint(attrs[CTRL_ATTR_FAMILY_ID]) & UINT16_MAX);
	return 0;
}

static int id_ask(struct xdpx_nl *nl, const char *name)
{
	union xdpx_nl_request request;
	struct nlmsghdr *message;
	int id = 0;
	int err;

	message = xdpx_nl_genl_request(&request, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	mnl_attr_put_strz(message, CTRL_ATTR_FAMILY_NAME, name);
	err = xdpx_nl_do(nl, message, id_read, &id);
	if (err)
		return err;
	return id < NLMSG_MIN_TYPE ? -EBADMSG : id;
}

int xdpx_nl_family(struct xdpx_nl *nl, const char *name)
{
	struct xdpx_nl_family *family;
	unsigned int i;
	int id;

	for (i = 0; i < nl->family_count; i++)
		if (!strcmp(nl->families[i].name, name))
			return nl->families[i].id;
	if (strlen(name) >= GENL_NAMSIZ)
		return -ENOENT;

	id = id_ask(nl, name);
	if ((id < 0 && id != -ENOENT) || nl->family_count == XDPX_NL_FAMILIES)
		return id;
	family = &nl->families[nl->family_count++];
	snprintf(family->name, sizeof(family->name), "%s", name);
	family->id = id;
	return id;
}

struct group {
	const char *name;
	int id;
};

static int group_read(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *attrs[CTRL_ATTR_MCAST_GROUPS + 1];
	const struct nlattr *groups[GROUPS];
	const struct nlattr *each[CTRL_ATTR_MCAST_GRP_ID + 1];
	struct group *group = arg;
	char name[GENL_NAMSIZ];
	size_t i;

	xdpx_nl_message_attrs(message, GENL_HDRLEN, attrs, CTRL_ATTR_MCAST_GROUPS + 1);
	xdpx_nl_nested(attrs[CTRL_ATTR_MCAST_GROUPS], groups, GROUPS);
	for (i = 0; i < GROUPS; i++) {
		xdpx_nl_nested(groups[i], each, CTRL_ATTR_MCAST_GRP_ID + 1);
		xdpx_nl_string(each[CTRL_ATTR_MCAST_GRP_NAME], name, sizeof(name));
		if (!strcmp(name, group->name))
			group->id = (int)(xdpx_nl_uint(each[CTRL_ATTR_MCAST_GRP_ID]) & INT32_MAX);
	}
	return 0;
}

int xdpx_nl_group(struct xdpx_nl *nl, const char *family, const char *name)
{
	struct group group = {.name = name};
	union xdpx_nl_request request;
	struct nlmsghdr *message;
	int err;

	message = xdpx_nl_genl_request(&request, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	mnl_attr_put_strz(message, CTRL_ATTR_FAMILY_NAME, family);
	err = xdpx_nl_do(nl, message, group_read, &group);
	if (err)
		return err;
	return group.id ? group.id : -ENOENT;
}

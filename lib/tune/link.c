/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* rtnetlink: which device has the index now, and whether it is promiscuous. */
#include "base/fail.h"
#include "netlink/netlink.h"
#include "tune/tune.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

/* The address that a device keeps whatever is set (5.6); software devices have none. */
#define LINK_PERM_ADDRESS 54
#define LINK_COUNT 55

struct link {
	unsigned int flags;
	char name[IF_NAMESIZE];
	char address[XDPX_TUNE_MAC_BYTES];
	char mac[XDPX_TUNE_MAC_BYTES]; /* the permanent one where there is one */
};

static void mac_text(const struct nlattr *address, char *text)
{
	const void *payload = NULL;
	size_t length = xdpx_nl_payload(address, &payload);
	const uint8_t *bytes = payload;
	size_t i;

	strcpy(text, "-");
	for (i = 0; i < length && 3 * i + 3 <= XDPX_TUNE_MAC_BYTES; i++)
		sprintf(text + 3 * i - !!i, i ? ":%02x" : "%02x", bytes[i]);
}

static int link_take(const struct nlmsghdr *message, void *arg)
{
	const struct ifinfomsg *header = mnl_nlmsg_get_payload(message);
	const struct nlattr *attrs[LINK_COUNT];
	struct link *link = arg;

	if (message->nlmsg_len < NLMSG_HDRLEN + sizeof(*header))
		return -EBADMSG;
	xdpx_nl_message_attrs(message, sizeof(*header), attrs, LINK_COUNT);
	link->flags = header->ifi_flags;
	xdpx_nl_string(attrs[IFLA_IFNAME], link->name, sizeof(link->name));
	mac_text(attrs[IFLA_ADDRESS], link->address);
	mac_text(attrs[LINK_PERM_ADDRESS] ? attrs[LINK_PERM_ADDRESS] : attrs[IFLA_ADDRESS], link->mac);
	return 0;
}

static struct nlmsghdr *link_request(const struct xdpx_tune *tune, union xdpx_nl_request *request, uint16_t type)
{
	struct nlmsghdr *message = xdpx_nl_request(request, type, sizeof(struct ifinfomsg));
	struct ifinfomsg *header = mnl_nlmsg_get_payload(message);

	header->ifi_index = (int)tune->journal.ifindex;
	return message;
}

static int link_ask(struct xdpx_tune *tune, struct link *link)
{
	union xdpx_nl_request request;

	memset(link, 0, sizeof(*link));
	return xdpx_nl_do(tune->route, link_request(tune, &request, RTM_GETLINK), link_take, link);
}

static int gone(const struct xdpx_tune *tune, const struct link *now)
{
	if (now)
		xdpx_fail(-ENODEV, "tune.device",
			  "%s (index %u, address %s) is gone: the index is now %s's, address %s", tune->journal.nic,
			  tune->journal.ifindex, tune->journal.mac, now->name, now->mac);
	else
		xdpx_fail(-ENODEV, "tune.device", "%s (index %u) is gone, or in another network namespace",
			  tune->journal.nic, tune->journal.ifindex);
	xdpx_fail_hint("nothing is left to put back; a device that is made again begins with its defaults");
	return -ENODEV;
}

int xdpx_tune_same_device(struct xdpx_tune *tune)
{
	struct xdpx_tune_journal *journal = &tune->journal;
	struct link now;
	int err = link_ask(tune, &now);

	if (err == -ENODEV)
		return gone(tune, NULL);
	if (err) {
		xdpx_fail(err, "tune.device", "asking rtnetlink for %s (index %u) failed: %s", journal->nic,
			  journal->ifindex, xdpx_errno_text(err));
		xdpx_fail_kernel(xdpx_nl_text(tune->route));
		return err;
	}
	/* Either may have been changed on purpose, and a device made anew can have the index; not both at once. */
	if (journal->mac[0] && strcmp(now.name, journal->nic) != 0 && strcmp(now.mac, journal->mac) != 0)
		return gone(tune, &now);
	strcpy(tune->address, now.address);
	strcpy(journal->nic, now.name);
	if (!journal->mac[0])
		strcpy(journal->mac, now.mac);
	return 0;
}

/* The flag as the administrator has set it: packet sockets count apart, and don't show in it. */
static int promiscuous_read(struct xdpx_tune *tune, const struct xdpx_tune_setting *setting, char *text)
{
	struct link link;
	int err = link_ask(tune, &link);

	if (err)
		return xdpx_tune_read_refused(tune, setting, err, xdpx_nl_text(tune->route));
	strcpy(text, link.flags & IFF_PROMISC ? "on" : "off");
	return 0;
}

static int promiscuous_write(struct xdpx_tune *tune, const struct xdpx_tune_setting *setting, const char *from,
			     const char *to)
{
	union xdpx_nl_request request;
	struct nlmsghdr *message = link_request(tune, &request, RTM_SETLINK);
	struct ifinfomsg *header = mnl_nlmsg_get_payload(message);
	int err;

	(void)from;
	header->ifi_change = IFF_PROMISC;
	header->ifi_flags = strcmp(to, "on") ? 0 : IFF_PROMISC;
	err = xdpx_nl_do(tune->route, message, NULL, NULL);
	return err ? xdpx_tune_write_refused(tune, setting, to, err, xdpx_nl_text(tune->route)) : 0;
}

const struct xdpx_tune_ops xdpx_tune_promiscuous_ops = {
	.wanted = xdpx_tune_switch_wanted,
	.aim = xdpx_tune_switch_aim,
	.valid = xdpx_tune_switch_valid,
	.read = promiscuous_read,
	.write = promiscuous_write,
};

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "kernel.h"

#include "netlink/socket.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DUMP_TRIES 2
#define REPLY_BYTES 512

static const char *const families[] = {
	[KERNEL_NETDEV] = "netdev", [KERNEL_ETHTOOL] = "ethtool", [KERNEL_DEVLINK] = "devlink"};
#define FAMILIES (sizeof(families) / sizeof(families[0]))
#define FAMILY_ID_FIRST 0x20

static struct {
	uint8_t part;
	uint8_t command;
	const void *bytes;
	size_t count;
	bool once;
	int dump_err;
} given;

union reply {
	struct nlmsghdr header;
	unsigned char bytes[REPLY_BYTES];
};

const char *kernel_family(uint8_t part)
{
	return part < FAMILIES ? families[part] : NULL;
}

void kernel_answers(uint8_t part, uint8_t command, const void *bytes, size_t count)
{
	given.part = part;
	given.command = command;
	given.bytes = bytes;
	given.count = count;
	given.once = false;
	given.dump_err = 0;
}

void kernel_answers_once(uint8_t part, uint8_t command, const void *bytes, size_t count)
{
	kernel_answers(part, command, bytes, count);
	given.once = true;
}

void kernel_dump_fails(uint8_t part, uint8_t command, const void *bytes, size_t count, int err)
{
	kernel_answers(part, command, bytes, count);
	given.dump_err = err;
}

static bool is_given(const struct nlmsghdr *request)
{
	const struct genlmsghdr *generic = mnl_nlmsg_get_payload(request);

	switch (given.part) {
	case KERNEL_ROUTE:
		return request->nlmsg_type == RTM_GETLINK;
	case KERNEL_FAMILIES:
		return request->nlmsg_type == GENL_ID_CTRL;
	default:
		return request->nlmsg_type == FAMILY_ID_FIRST + given.part && generic->cmd == given.command;
	}
}

/* In memory of just that size, so that the sanitizer sees a step beyond. */
static int bytes_take(struct xdpx_nl_answer *answer)
{
	void *datagram = malloc(given.count ? given.count : 1);
	int result;

	if (!datagram)
		return -ENOMEM;
	memcpy(datagram, given.bytes, given.count);
	result = xdpx_nl_take(datagram, given.count, answer);
	free(datagram);
	if (given.once)
		given.count = 0;
	if (result < 0)
		return result;
	return answer->error;
}

static int link_tell(struct xdpx_nl_answer *answer, uint32_t index)
{
	union reply reply = {.bytes = {0}};
	struct nlmsghdr *message = mnl_nlmsg_put_header(&reply);
	struct ifinfomsg *body = mnl_nlmsg_put_extra_header(message, sizeof(*body));
	char name[16];

	message->nlmsg_type = RTM_NEWLINK;
	body->ifi_index = (int)index;
	snprintf(name, sizeof(name), "nic%u", index);
	mnl_attr_put_strz(message, IFLA_IFNAME, name);
	mnl_attr_put_u32(message, IFLA_MTU, 1500);
	return answer->fn(message, answer->arg);
}

static int links_tell(const struct nlmsghdr *request, struct xdpx_nl_answer *answer)
{
	const struct ifinfomsg *asked = mnl_nlmsg_get_payload(request);
	uint32_t index;
	int err = 0;

	if (!(request->nlmsg_flags & NLM_F_DUMP))
		return link_tell(answer, (uint32_t)asked->ifi_index);
	for (index = KERNEL_DEVICE_FIRST; !err && index <= KERNEL_DEVICE_LAST; index++)
		err = link_tell(answer, index);
	return err;
}

static int family_tell(const struct nlmsghdr *request, struct xdpx_nl_answer *answer)
{
	const struct nlattr *attrs[CTRL_ATTR_FAMILY_NAME + 1];
	union reply reply = {.bytes = {0}};
	struct nlmsghdr *message = mnl_nlmsg_put_header(&reply);
	char name[GENL_NAMSIZ];
	size_t i;

	mnl_nlmsg_put_extra_header(message, GENL_HDRLEN);
	xdpx_nl_message_attrs(request, GENL_HDRLEN, attrs, CTRL_ATTR_FAMILY_NAME + 1);
	xdpx_nl_string(attrs[CTRL_ATTR_FAMILY_NAME], name, sizeof(name));
	for (i = 0; i < FAMILIES; i++) {
		if (!families[i] || strcmp(families[i], name) != 0)
			continue;
		mnl_attr_put_u16(message, CTRL_ATTR_FAMILY_ID, (uint16_t)(FAMILY_ID_FIRST + i));
		return answer->fn(message, answer->arg);
	}
	return -ENOENT;
}

static int answer_make(struct xdpx_nl *nl, const struct nlmsghdr *request, xdpx_nl_fn *fn, void *arg)
{
	nl->requests++;
	nl->answer = (struct xdpx_nl_answer){.sequence = KERNEL_SEQUENCE, .port = KERNEL_PORT, .fn = fn, .arg = arg};
	if (is_given(request) && given.dump_err && request->nlmsg_flags & NLM_F_DUMP)
		return given.dump_err;
	if (is_given(request))
		return bytes_take(&nl->answer);
	if (request->nlmsg_type == RTM_GETLINK)
		return links_tell(request, &nl->answer);
	if (request->nlmsg_type == GENL_ID_CTRL)
		return family_tell(request, &nl->answer);
	return -EOPNOTSUPP;
}

int xdpx_nl_open(int protocol, struct xdpx_nl **nl)
{
	(void)protocol;
	*nl = calloc(1, sizeof(**nl));
	return *nl ? 0 : -ENOMEM;
}

void xdpx_nl_close(struct xdpx_nl *nl)
{
	free(nl);
}

int xdpx_nl_fd(const struct xdpx_nl *nl)
{
	(void)nl;
	return -1;
}

const char *xdpx_nl_text(const struct xdpx_nl *nl)
{
	return nl->answer.text;
}

unsigned int xdpx_nl_requests(const struct xdpx_nl *nl)
{
	return nl->requests;
}

int xdpx_nl_do(struct xdpx_nl *nl, struct nlmsghdr *request, xdpx_nl_fn *fn, void *arg)
{
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	return answer_make(nl, request, fn, arg);
}

int xdpx_nl_dump(struct xdpx_nl *nl, struct nlmsghdr *request, xdpx_nl_fn *fn, xdpx_nl_again_fn *again, void *arg)
{
	int tries;
	int err;

	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	for (tries = 0; tries < DUMP_TRIES; tries++) {
		if (tries && again)
			again(arg);
		err = answer_make(nl, request, fn, arg);
		if (err || !nl->answer.interrupted)
			return err;
	}
	return -EAGAIN;
}

struct nlmsghdr *xdpx_nl_request(union xdpx_nl_request *request, uint16_t type, size_t extra_header_bytes)
{
	memset(request, 0, sizeof(*request));
	mnl_nlmsg_put_header(request->bytes);
	mnl_nlmsg_put_extra_header(&request->header, extra_header_bytes);
	request->header.nlmsg_type = type;
	return &request->header;
}

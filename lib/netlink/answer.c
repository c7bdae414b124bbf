/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What the kernel sends back: message by message, acknowledgements and their words. */
#include "netlink/netlink.h"

#include <errno.h>

/* Since 4.12; told apart from the flags of requests by the message's type. */
#ifndef NLM_F_CAPPED
#define NLM_F_CAPPED 0x100
#endif
#ifndef NLM_F_ACK_TLVS
#define NLM_F_ACK_TLVS 0x200
#endif

/* Of the extended acknowledgement. */
#define ACK_MSG 1
#define ACK_COUNT 2

static void text_read(const struct nlmsghdr *message, size_t at, char *text, size_t text_bytes)
{
	const struct nlattr *attrs[ACK_COUNT];

	text[0] = '\0';
	if (!(message->nlmsg_flags & NLM_F_ACK_TLVS) || at > message->nlmsg_len)
		return;
	xdpx_nl_attrs((const unsigned char *)message + at, message->nlmsg_len - at, attrs, ACK_COUNT);
	xdpx_nl_string(attrs[ACK_MSG], text, text_bytes);
}

/* An errno from the kernel: 0 or negative, and no number that could not be one. */
static int errno_read(int error)
{
	return error <= 0 && error >= -4095 ? error : -EBADMSG;
}

int xdpx_nl_ack(const struct nlmsghdr *message, char *text, size_t text_bytes)
{
	const struct nlmsgerr *body = (const void *)((const unsigned char *)message + NLMSG_HDRLEN);
	size_t at = NLMSG_HDRLEN + sizeof(*body);
	int error;

	text[0] = '\0';
	if (message->nlmsg_len < at)
		return -EBADMSG;

	error = errno_read(body->error);
	/* The request comes back whole in front of the attributes, unless the kernel says that it cut it off. */
	if (!(message->nlmsg_flags & NLM_F_CAPPED)) {
		if (body->msg.nlmsg_len < NLMSG_HDRLEN || body->msg.nlmsg_len > message->nlmsg_len - NLMSG_HDRLEN)
			return error;
		at += NLMSG_ALIGN(body->msg.nlmsg_len) - NLMSG_HDRLEN;
	}
	text_read(message, at, text, text_bytes);
	return error;
}

/* The end of a dump carries its errno, from kernels that have one to tell. */
static int done_read(const struct nlmsghdr *message, struct xdpx_nl_answer *answer)
{
	const int *error = (const void *)((const unsigned char *)message + NLMSG_HDRLEN);

	if (message->nlmsg_len < NLMSG_HDRLEN + sizeof(*error))
		return 0;
	text_read(message, NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(*error)), answer->text, sizeof(answer->text));
	return *error > 0 ? 0 : errno_read(*error);
}

static int end(const struct xdpx_nl_answer *answer, int err)
{
	if (err)
		return err;
	return answer->error ? answer->error : 1;
}

static int message_take(const struct nlmsghdr *message, struct xdpx_nl_answer *answer)
{
	if (message->nlmsg_seq != answer->sequence || message->nlmsg_pid != answer->port)
		return 0;
	if (message->nlmsg_flags & NLM_F_DUMP_INTR && message->nlmsg_type != NLMSG_ERROR)
		answer->interrupted = true;

	switch (message->nlmsg_type) {
	case NLMSG_ERROR:
		return end(answer, xdpx_nl_ack(message, answer->text, sizeof(answer->text)));
	case NLMSG_DONE:
		return end(answer, done_read(message, answer));
	case NLMSG_OVERRUN:
		return -ENOBUFS;
	}
	/* After an error the rest is still read, to the end: a dump left unread makes the next one fail with -EBUSY. */
	if (message->nlmsg_type >= NLMSG_MIN_TYPE && answer->fn && !answer->error)
		answer->error = answer->fn(message, answer->arg);
	return 0;
}

int xdpx_nl_take(const void *datagram, size_t bytes, struct xdpx_nl_answer *answer)
{
	const unsigned char *at = datagram;
	const struct nlmsghdr *message;
	size_t step;
	int result;

	while (bytes >= sizeof(*message)) {
		message = (const void *)at;
		if (message->nlmsg_len < sizeof(*message) || message->nlmsg_len > bytes)
			return -EBADMSG;
		result = message_take(message, answer);
		if (result)
			return result;

		/* Only the last message may come without its padding. */
		step = NLMSG_ALIGN(message->nlmsg_len);
		if (step >= bytes)
			return 0;
		at += step;
		bytes -= step;
	}
	return bytes ? -EBADMSG : 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The messages between broker and worker: all that either reads of what the other has sent. */
#include "base/fail.h"
#include "xsk/share.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef SCM_PIDFD
#define SCM_PIDFD 0x04
#endif

/* How long a message of each kind is; 0: there is no such kind. */
static const uint16_t lengths[] = {
	[XDPX_SHARE_JOIN] = sizeof(struct xdpx_share_header),
	[XDPX_SHARE_GRANT] = sizeof(struct xdpx_share_header) + sizeof(struct xdpx_share_grant),
	[XDPX_SHARE_MAPPED] = sizeof(struct xdpx_share_header),
	[XDPX_SHARE_START] = sizeof(struct xdpx_share_header) + sizeof(struct xdpx_share_start),
	[XDPX_SHARE_REFUSE] = sizeof(struct xdpx_share_header) + sizeof(struct xdpx_share_refusal),
};

_Static_assert(offsetof(struct xdpx_share_message, grant) == sizeof(struct xdpx_share_header), "no padding");
_Static_assert(sizeof(struct xdpx_share_grant) == 104, "no padding");
_Static_assert(sizeof(struct xdpx_share_refusal) == 512, "the same in all versions");

#define STAGE "share.message"

/* Of another version: what can be said of it is that it is one, unless it is a refusal. */
static int version_check(const struct xdpx_share_header *header)
{
	if (header->version == XDPX_SHARE_VERSION || header->kind == XDPX_SHARE_REFUSE)
		return 0;
	xdpx_fail(-EPROTONOSUPPORT, STAGE,
		  "the other side speaks version %u of the protocol between broker and worker, this library (%s) "
		  "version %u",
		  header->version, xdpx_version(), XDPX_SHARE_VERSION);
	xdpx_fail_hint("broker and worker must use libxdpx of about the same age");
	return -EPROTONOSUPPORT;
}

static int strings_check(const struct xdpx_share_message *message)
{
	const struct xdpx_share_refusal *refusal = &message->refusal;

	if (message->header.kind == XDPX_SHARE_GRANT &&
	    !memchr(message->grant.nic_name, '\0', sizeof(message->grant.nic_name)))
		return xdpx_fail(-EPROTO, STAGE, "a grant whose device has no name that ends");
	if (message->header.kind != XDPX_SHARE_REFUSE)
		return 0;
	if (!memchr(refusal->message, '\0', sizeof(refusal->message)) ||
	    !memchr(refusal->hint, '\0', sizeof(refusal->hint)))
		return xdpx_fail(-EPROTO, STAGE, "a refusal whose words don't end");
	if (refusal->code >= 0 || refusal->code < -4095)
		return xdpx_fail(-EPROTO, STAGE, "a refusal with %d, which is no errno", refusal->code);
	return 0;
}

int xdpx_share_parse(const void *bytes, size_t count, struct xdpx_share_message *message)
{
	struct xdpx_share_header header;
	int err;

	if (count < sizeof(header))
		return xdpx_fail(-EPROTO, STAGE, "%zu bytes are no message of the protocol", count);
	memcpy(&header, bytes, sizeof(header));
	if (header.magic != XDPX_SHARE_MAGIC)
		return xdpx_fail(-EPROTO, STAGE, "a message that begins with 0x%08x is none of the protocol",
				 header.magic);
	err = version_check(&header);
	if (err)
		return err;
	if (header.kind >= sizeof(lengths) / sizeof(lengths[0]) || !lengths[header.kind])
		return xdpx_fail(-EPROTO, STAGE, "a message of kind %u, which the protocol doesn't have", header.kind);
	if (count != lengths[header.kind])
		return xdpx_fail(-EPROTO, STAGE, "a message of kind %u has %zu bytes, not %u", header.kind, count,
				 lengths[header.kind]);

	memset(message, 0, sizeof(*message));
	memcpy(message, bytes, count);
	return strings_check(message);
}

int xdpx_share_connection_check(int connection, const char *stage)
{
	int domain = 0;
	int type = 0;
	socklen_t length = sizeof(int);

	if (getsockopt(connection, SOL_SOCKET, SO_DOMAIN, &domain, &length) ||
	    getsockopt(connection, SOL_SOCKET, SO_TYPE, &type, &length) || domain != AF_UNIX ||
	    type != SOCK_SEQPACKET) {
		xdpx_fail(-EINVAL, stage, "descriptor %d is no Unix socket of type SOCK_SEQPACKET", connection);
		xdpx_fail_hint("make it so: systemd's word is ListenSequentialPacket=");
		return -EINVAL;
	}
	return 0;
}

int xdpx_share_send(int connection, struct xdpx_share_message *message, enum xdpx_share_kind kind, const int *fds)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(XDPX_SHARE_FDS * sizeof(int))];
	} control = {0};
	struct iovec part = {.iov_base = message, .iov_len = lengths[kind]};
	struct msghdr packet = {.msg_iov = &part, .msg_iovlen = 1};

	message->header = (struct xdpx_share_header){XDPX_SHARE_MAGIC, XDPX_SHARE_VERSION, (uint16_t)kind};
	if (fds) {
		packet.msg_control = control.bytes;
		packet.msg_controllen = sizeof(control.bytes);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(XDPX_SHARE_FDS * sizeof(int));
		memcpy(CMSG_DATA(&control.header), fds, XDPX_SHARE_FDS * sizeof(int));
	}
	return sendmsg(connection, &packet, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

void xdpx_share_fds_close(int *fds)
{
	int at;

	for (at = 0; fds && at < XDPX_SHARE_FDS; at++) {
		if (fds[at] >= 0)
			close(fds[at]);
		fds[at] = -1;
	}
}

/* Takes the descriptors of one control message: the first ones that there is room for; the rest is closed. */
static void fds_take(struct cmsghdr *control, int *fds, int *count)
{
	size_t bytes = control->cmsg_len - CMSG_LEN(0);
	size_t at;
	int fd;

	for (at = 0; at + sizeof(fd) <= bytes; at += sizeof(fd)) {
		memcpy(&fd, CMSG_DATA(control) + at, sizeof(fd));
		if (control->cmsg_type == SCM_RIGHTS && *count < XDPX_SHARE_FDS)
			fds[(*count)++] = fd;
		else
			close(fd);
	}
}

static void fds_read(struct msghdr *packet, int *fds)
{
	struct cmsghdr *control;
	int count = 0;

	for (control = CMSG_FIRSTHDR(packet); control; control = CMSG_NXTHDR(packet, control))
		if (control->cmsg_level == SOL_SOCKET &&
		    (control->cmsg_type == SCM_RIGHTS || control->cmsg_type == SCM_PIDFD))
			fds_take(control, fds, &count);
}

static int receive_failed(int err)
{
	if (err == -ECONNRESET || err == -EPIPE)
		return 0;
	if (err == -EAGAIN)
		return err;
	return xdpx_fail(err, STAGE, "nothing can be received: %s", xdpx_errno_text(err));
}

int xdpx_share_receive(int connection, struct xdpx_share_message *message, int *fds)
{
	union {
		struct cmsghdr header;
		char bytes[512]; /* more than ours, for what socket options of the application add */
	} control;
	char bytes[sizeof(*message) + 1];
	struct iovec part = {.iov_base = bytes, .iov_len = sizeof(bytes)};
	struct msghdr packet = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = fds ? control.bytes : NULL,
		.msg_controllen = fds ? sizeof(control.bytes) : 0,
	};
	ssize_t got;
	int err;

	if (fds)
		memset(fds, 0xff, XDPX_SHARE_FDS * sizeof(int));
	do {
		got = recvmsg(connection, &packet, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return receive_failed(-errno);

	if (fds)
		fds_read(&packet, fds);
	err = got ? xdpx_share_parse(bytes, (size_t)got, message) : 0;
	if (err || !got)
		xdpx_share_fds_close(fds);
	return err ? err : got > 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * Any packet is a message or an error, for broker and worker alike, with any number of descriptors; none stays open.
 * The first byte says how many come along; the rest is the packet.
 */
#include "xsk/share.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xdpx/share.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

#define MOST_FDS 8
#define MOST_BYTES 2048

static void packet_send(int connection, const uint8_t *bytes, size_t count, int fds)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(MOST_FDS * sizeof(int))];
	} control = {.header = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
	uint8_t copy[MOST_BYTES];
	struct iovec part = {.iov_base = copy, .iov_len = count};
	struct msghdr packet = {.msg_iov = &part, .msg_iovlen = 1};
	int at;

	memcpy(copy, bytes, count);
	control.header.cmsg_len = CMSG_LEN((size_t)fds * sizeof(int));
	for (at = 0; at < fds; at++)
		memcpy(CMSG_DATA(&control.header) + (size_t)at * sizeof(int), &connection, sizeof(int));
	if (fds) {
		packet.msg_control = control.bytes;
		packet.msg_controllen = CMSG_SPACE((size_t)fds * sizeof(int));
	}
	if (sendmsg(connection, &packet, 0) < 0)
		abort();
}

/* The lowest number that is free is that of before, unless something stayed open. */
static void none_open(int lowest)
{
	int fd = dup(STDERR_FILENO);

	if (fd != lowest)
		abort();
	close(fd);
}

static void strings_end(const struct xdpx_share_message *message)
{
	if (message->header.kind == XDPX_SHARE_GRANT && strlen(message->grant.nic_name) >= 16)
		abort();
	if (message->header.kind == XDPX_SHARE_REFUSE &&
	    (strlen(message->refusal.message) >= 256 || strlen(message->refusal.hint) >= 252 ||
	     message->refusal.code >= 0))
		abort();
}

static void received(int connection, int *fds, int lowest)
{
	struct xdpx_share_message message;
	int got = xdpx_share_receive(connection, &message, fds);

	if (got > 1 || got == -EAGAIN)
		abort();
	if (got == 1)
		strings_end(&message);
	xdpx_share_fds_close(fds);
	none_open(lowest);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	const struct xdpx_worker_opts opts = {.size = sizeof(opts), .timeout_ms = 1};
	struct xdpx_worker *worker;
	int fds[XDPX_SHARE_FDS];
	int come;
	int lowest;
	int pair[2];

	if (!count || count > MOST_BYTES)
		return 0;
	come = bytes[0] % (MOST_FDS + 1);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair))
		abort();
	lowest = dup(pair[0]);
	close(lowest);

	packet_send(pair[0], bytes + 1, count - 1, come);
	received(pair[1], NULL, lowest);
	packet_send(pair[0], bytes + 1, count - 1, come);
	received(pair[1], fds, lowest);
	/* and the whole worker, whose broker says this and no more */
	packet_send(pair[0], bytes + 1, count - 1, come);
	shutdown(pair[0], SHUT_WR);
	if (!xdpx_worker_join(pair[1], &opts, &worker))
		abort();
	none_open(lowest);
	close(pair[0]);
	close(pair[1]);
	return 0;
}

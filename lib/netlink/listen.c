/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What the kernel announces without being asked. */
#include "netlink/socket.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <sys/socket.h>

/* A receive buffer of the usual size holds fewer: whoever announces without a pause does not keep us for ever. */
#define DATAGRAMS_AT_ONCE 4096

int xdpx_nl_join(struct xdpx_nl *nl, int group)
{
	return mnl_socket_setsockopt(nl->socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) ? -errno : 0;
}

void xdpx_nl_room(struct xdpx_nl *nl, int bytes)
{
	int fd = mnl_socket_get_fd(nl->socket);

	/* past net.core.rmem_max with CAP_NET_ADMIN, up to it without */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

int xdpx_nl_hear(const void *datagram, size_t bytes, xdpx_nl_fn *fn, void *arg)
{
	const unsigned char *at = datagram;
	const struct nlmsghdr *message;
	size_t step;

	while (bytes >= sizeof(*message)) {
		message = (const void *)at;
		if (message->nlmsg_len < sizeof(*message) || message->nlmsg_len > bytes ||
		    message->nlmsg_type == NLMSG_OVERRUN)
			return -ENOBUFS;
		if (message->nlmsg_type >= NLMSG_MIN_TYPE && fn(message, arg))
			return -ENOBUFS;

		step = NLMSG_ALIGN(message->nlmsg_len);
		if (step >= bytes)
			return 0;
		at += step;
		bytes -= step;
	}
	return bytes ? -ENOBUFS : 0;
}

/* One datagram: 0, -EAGAIN for none, -ENOBUFS, or another negative errno. */
static int hear_next(struct xdpx_nl *nl, xdpx_nl_fn *fn, void *arg)
{
	ssize_t length = xdpx_nl_receive(nl);

	if (length == -EMSGSIZE || length == -ENOMEM) {
		/* it would be in the way for ever */
		recv(mnl_socket_get_fd(nl->socket), nl->buffer, 0, MSG_DONTWAIT);
		return -ENOBUFS;
	}
	return length < 0 ? (int)length : xdpx_nl_hear(nl->buffer, (size_t)length, fn, arg);
}

int xdpx_nl_listen(struct xdpx_nl *nl, xdpx_nl_fn *fn, void *arg)
{
	unsigned int i;
	int lost = 0;
	int err = 0;

	for (i = 0; i < DATAGRAMS_AT_ONCE; i++) {
		err = hear_next(nl, fn, arg);
		if (err == -EAGAIN)
			return lost;
		if (err == -ENOBUFS)
			lost = err;
		else if (err)
			return err;
	}
	return lost;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "netlink/socket.h"

#include "base/clock.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* A dump comes in pieces of at most 32 KiB; single messages can be longer and let the buffer grow, to this. */
#define BUFFER_BYTES (32 * 1024)
#define BUFFER_BYTES_MAX (16 * 1024 * 1024)

/* The kernel answers while it takes the request: this long only if it lost the answer. */
#define RECEIVE_MS 5000

#define DUMP_TRIES 10

/* None of these has to be there: without them there are fewer words and looser checks. */
static void options_set(struct mnl_socket *socket)
{
	static const int options[] = {NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK};
	int on = 1;
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		mnl_socket_setsockopt(socket, options[i], &on, sizeof(on));
}

static int socket_set_up(struct xdpx_nl *nl, int protocol)
{
	nl->socket = mnl_socket_open2(protocol, SOCK_CLOEXEC);
	if (!nl->socket)
		return -errno;
	if (mnl_socket_bind(nl->socket, 0, MNL_SOCKET_AUTOPID))
		return -errno;
	options_set(nl->socket);
	return 0;
}

int xdpx_nl_open(int protocol, struct xdpx_nl **out)
{
	struct xdpx_nl *nl = calloc(1, sizeof(*nl));
	int err;

	if (!nl)
		return -ENOMEM;

	nl->buffer_bytes = BUFFER_BYTES;
	nl->buffer = malloc(nl->buffer_bytes);
	err = nl->buffer ? socket_set_up(nl, protocol) : -ENOMEM;
	if (err) {
		xdpx_nl_close(nl);
		return err;
	}

	*out = nl;
	return 0;
}

void xdpx_nl_close(struct xdpx_nl *nl)
{
	if (!nl)
		return;
	if (nl->socket)
		mnl_socket_close(nl->socket);
	free(nl->buffer);
	free(nl);
}

int xdpx_nl_fd(const struct xdpx_nl *nl)
{
	return mnl_socket_get_fd(nl->socket);
}

const char *xdpx_nl_text(const struct xdpx_nl *nl)
{
	return nl->answer.text;
}

unsigned int xdpx_nl_requests(const struct xdpx_nl *nl)
{
	return nl->requests;
}

static int request_send(struct xdpx_nl *nl, struct nlmsghdr *request)
{
	ssize_t sent;

	request->nlmsg_seq = ++nl->sequence;
	nl->requests++;
	do {
		sent = mnl_socket_sendto(nl->socket, request, request->nlmsg_len);
	} while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : 0;
}

/* Against a deadline: a receive timeout of the socket's would begin anew after each signal. */
static int answer_wait(const struct xdpx_nl *nl)
{
	struct pollfd ready = {.fd = mnl_socket_get_fd(nl->socket), .events = POLLIN};
	int64_t deadline = xdpx_now_ms() + RECEIVE_MS;
	int64_t left;
	int count;

	for (left = RECEIVE_MS; left > 0; left = deadline - xdpx_now_ms()) {
		count = poll(&ready, 1, (int)left);
		if (count > 0)
			return 0;
		if (count < 0 && errno != EINTR)
			return -errno;
	}
	return -ETIMEDOUT;
}

/* Receives a datagram, or with MSG_PEEK looks how long the next one is. Returns its length, sent by another: 0. */
static ssize_t datagram_receive(struct xdpx_nl *nl, int flags)
{
	struct iovec part = {.iov_base = nl->buffer, .iov_len = flags & MSG_PEEK ? 0 : nl->buffer_bytes};
	struct sockaddr_nl from = {.nl_family = AF_NETLINK};
	struct msghdr message = {.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &part, .msg_iovlen = 1};
	ssize_t length;

	do {
		length = recvmsg(mnl_socket_get_fd(nl->socket), &message, flags | MSG_TRUNC | MSG_DONTWAIT);
	} while (length < 0 && errno == EINTR);
	if (length < 0)
		return -errno;
	return from.nl_pid ? 0 : length;
}

static int buffer_fit(struct xdpx_nl *nl, size_t bytes)
{
	void *larger;

	if (bytes <= nl->buffer_bytes)
		return 0;
	if (bytes > BUFFER_BYTES_MAX)
		return -EMSGSIZE;

	larger = realloc(nl->buffer, bytes);
	if (!larger)
		return -ENOMEM;
	nl->buffer = larger;
	nl->buffer_bytes = bytes;
	return 0;
}

ssize_t xdpx_nl_receive(struct xdpx_nl *nl)
{
	ssize_t length;
	int err;

	length = datagram_receive(nl, MSG_PEEK);
	if (length < 0)
		return length;
	err = buffer_fit(nl, (size_t)length);
	if (err)
		return err;
	length = datagram_receive(nl, 0);
	return length > 0 && (size_t)length > nl->buffer_bytes ? -EMSGSIZE : length;
}

static int answer_receive(struct xdpx_nl *nl)
{
	ssize_t length;
	int result;

	do {
		result = answer_wait(nl);
		if (result)
			return result;
		length = xdpx_nl_receive(nl);
		if (length < 0)
			return (int)length;
		result = xdpx_nl_take(nl->buffer, (size_t)length, &nl->answer);
	} while (!result);
	return result < 0 ? result : 0;
}

static int exchange(struct xdpx_nl *nl, struct nlmsghdr *request, xdpx_nl_fn *fn, void *arg)
{
	int err;

	nl->answer.text[0] = '\0';
	err = request_send(nl, request);
	if (err)
		return err;

	nl->answer = (struct xdpx_nl_answer){
		.sequence = nl->sequence,
		.port = mnl_socket_get_portid(nl->socket),
		.fn = fn,
		.arg = arg,
	};
	return answer_receive(nl);
}

int xdpx_nl_do(struct xdpx_nl *nl, struct nlmsghdr *request, xdpx_nl_fn *fn, void *arg)
{
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	return exchange(nl, request, fn, arg);
}

int xdpx_nl_dump(struct xdpx_nl *nl, struct nlmsghdr *request, xdpx_nl_fn *fn, xdpx_nl_again_fn *again, void *arg)
{
	int tries;
	int err;

	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	for (tries = 0; tries < DUMP_TRIES; tries++) {
		if (tries && again)
			again(arg);
		err = exchange(nl, request, fn, arg);
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

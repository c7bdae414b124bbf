/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * All netlink of the library: requests, dumps, the kernel's words, families by name, XDP over rtnetlink.
 *
 * Nothing here records an error: the caller knows what was asked, and xdpx_nl_text() has the kernel's words for
 * xdpx_fail_kernel(). The parsers take any bytes; the only demand is a buffer aligned to 4 bytes.
 */
#ifndef XDPX_NETLINK_NETLINK_H
#define XDPX_NETLINK_NETLINK_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for the kernel's sentence; it has none longer than about 150 bytes. */
#define XDPX_NL_TEXT_BYTES 256

/* Room for one of our requests, attributes included. */
#define XDPX_NL_REQUEST_BYTES 512

/* A netlink socket. One thread at a time. */
struct xdpx_nl;

/* A request being built: header and attributes, with libmnl's mnl_attr_put functions. */
union xdpx_nl_request {
	struct nlmsghdr header;
	unsigned char bytes[XDPX_NL_REQUEST_BYTES];
};

/*
 * Gets one message of the answer, whose payload is message->nlmsg_len bytes long with its header, all of it readable.
 * A negative errno makes the request fail with it, and no further message is handed over.
 */
typedef int xdpx_nl_fn(const struct nlmsghdr *message, void *arg);

/* Told to forget all that was gathered: the dump changed while it was read, and begins again. */
typedef void xdpx_nl_again_fn(void *arg);

/* Opens a socket of a protocol such as NETLINK_ROUTE, to be closed with xdpx_nl_close(), which takes NULL. */
int xdpx_nl_open(int protocol, struct xdpx_nl **nl);
void xdpx_nl_close(struct xdpx_nl *nl);

/* Its descriptor: to poll, and for ioctls on devices of its network namespace. */
int xdpx_nl_fd(const struct xdpx_nl *nl);

/* Sends a request and waits for its acknowledgement; replies before that go to `fn`, which may be NULL. */
int xdpx_nl_do(struct xdpx_nl *nl, struct nlmsghdr *request, xdpx_nl_fn *fn, void *arg);

/*
 * Asks for a dump; each message goes to `fn`. A dump that changed underway is repeated a few times, after a call of
 * `again` (which may be NULL): -EAGAIN when it never came out whole.
 */
int xdpx_nl_dump(struct xdpx_nl *nl, struct nlmsghdr *request, xdpx_nl_fn *fn, xdpx_nl_again_fn *again, void *arg);

/* What the kernel said, error or warning, about the last request; "" for nothing. Valid until the next request. */
const char *xdpx_nl_text(const struct xdpx_nl *nl);

/* How many requests were sent on this socket so far. */
unsigned int xdpx_nl_requests(const struct xdpx_nl *nl);

/* The id of a generic netlink family, on a NETLINK_GENERIC socket, which remembers it; -ENOENT: no such family. */
int xdpx_nl_family(struct xdpx_nl *nl, const char *name);

/* The id of a multicast group of a generic netlink family; -ENOENT: no such family, or it has no such group. */
int xdpx_nl_group(struct xdpx_nl *nl, const char *family, const char *group);

/* Joins a multicast group. Such a socket is for listening alone: what is announced would come between answers. */
int xdpx_nl_join(struct xdpx_nl *nl, int group);

/* Room for announcements in bytes, or as much as this process may have. */
void xdpx_nl_room(struct xdpx_nl *nl, int bytes);

/*
 * Hands all announcements that have come to `fn`, without waiting; or many of them, while more are coming. Returns 0;
 * -ENOBUFS when some are lost, as they came too fast, were too long, or `fn` failed; or another negative errno.
 */
int xdpx_nl_listen(struct xdpx_nl *nl, xdpx_nl_fn *fn, void *arg);

/* Takes one datagram of announcements, as xdpx_nl_listen() does. */
int xdpx_nl_hear(const void *datagram, size_t bytes, xdpx_nl_fn *fn, void *arg);

/* Begins a request: the headers, zeroed. */
struct nlmsghdr *xdpx_nl_request(union xdpx_nl_request *request, uint16_t type, size_t extra_header_bytes);
struct nlmsghdr *xdpx_nl_genl_request(union xdpx_nl_request *request, int family, uint8_t command);

/*
 * Sorts attributes by type: table[type] points to the last one of that type, or is NULL. Types from `count` on are
 * passed over. Attributes after a broken one are not seen.
 */
void xdpx_nl_attrs(const void *attrs, size_t bytes, const struct nlattr **table, size_t count);

/* The same for what follows a message's own header of `header_bytes`, and for what is in a nest (NULL: nothing). */
void xdpx_nl_message_attrs(const struct nlmsghdr *message, size_t header_bytes, const struct nlattr **table,
			   size_t count);
void xdpx_nl_nested(const struct nlattr *nest, const struct nlattr **table, size_t count);

/* A number of 1, 2, 4 or 8 bytes, 0 for NULL and for other lengths. Newer families send either 4 or 8. */
uint64_t xdpx_nl_uint(const struct nlattr *attr);

/* The same as a signed number, or `missing` for NULL and for a number past INT64_MAX. */
int64_t xdpx_nl_int_or(const struct nlattr *attr, int64_t missing);

/*
 * Calls `fn` for each attribute of one type in a nest, or of a message behind its own header, for those that repeat.
 * Ends early with what `fn` returns, unless that is 0.
 */
typedef int xdpx_nl_attr_fn(const struct nlattr *attr, void *arg);
int xdpx_nl_each(const struct nlattr *nest, uint16_t type, xdpx_nl_attr_fn *fn, void *arg);
int xdpx_nl_message_each(const struct nlmsghdr *message, size_t header_bytes, uint16_t type, xdpx_nl_attr_fn *fn,
			 void *arg);

/* A string, cut to fit, "" for NULL. */
void xdpx_nl_string(const struct nlattr *attr, char *out, size_t bytes);

/* The bytes of an attribute's payload, 0 for NULL. */
size_t xdpx_nl_payload(const struct nlattr *attr, const void **bytes);

/* What is being waited for, and what came so far. */
struct xdpx_nl_answer {
	uint32_t sequence;
	uint32_t port;
	xdpx_nl_fn *fn;
	void *arg;
	int error; /* the first error of `fn` */
	bool interrupted;
	char text[XDPX_NL_TEXT_BYTES];
};

/*
 * Takes one datagram of the answer. Returns 0 when more is to come, 1 when this was the end, a negative errno when
 * the kernel refused, or -EBADMSG when what came is not netlink. Messages for others are passed over.
 */
int xdpx_nl_take(const void *datagram, size_t bytes, struct xdpx_nl_answer *answer);

/*
 * Reads an NLMSG_ERROR: returns the errno in it, 0 for an acknowledgement, -EBADMSG when it is too short, and puts
 * the extended acknowledgement's sentence into `text`, "" where there is none.
 */
int xdpx_nl_ack(const struct nlmsghdr *message, char *text, size_t text_bytes);

/* Which XDP programs run on a device: ids, 0 for none. */
struct xdpx_nl_xdp {
	uint32_t native;
	uint32_t generic;
	uint32_t offload;
};

/* Reads an IFLA_XDP nest; NULL: none. */
void xdpx_nl_xdp_read(const struct nlattr *nest, struct xdpx_nl_xdp *xdp);

/*
 * Attaches program `fd` to a device, or detaches what is there with -1. `flags` are XDP_FLAGS_*; with
 * XDP_FLAGS_REPLACE the program there now must be `expected_fd`'s, or none with -1. Returns 0 or a negative errno,
 * and the kernel's words in `text`, "" where it said nothing; a success can carry a warning.
 *
 * Detaching with another mode's flag succeeds and does nothing: look with xdpx_nl_xdp_get().
 */
int xdpx_nl_xdp_set(uint32_t ifindex, int fd, uint32_t flags, int expected_fd, char *text, size_t text_bytes);

/* The programs on a device, 0 or a negative errno: -ENODEV for no such device. */
int xdpx_nl_xdp_get(uint32_t ifindex, struct xdpx_nl_xdp *xdp);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * What broker and worker say to one another, and how it comes across.
 *
 *	worker			broker
 *	JOIN		->
 *			<-	GRANT, with three descriptors	or REFUSE
 *	MAPPED		->					the rings are mapped, the kernel has frames
 *			<-	START				packets come; or REFUSE
 *
 * Both are on one machine, so numbers are in its byte order. Each message is one packet of the socket, of the length
 * that its kind has. The header and REFUSE are the same in all versions: so that one side can tell the other.
 */
#ifndef XDPX_XSK_SHARE_H
#define XDPX_XSK_SHARE_H

#include <stddef.h>
#include <stdint.h>

#define XDPX_SHARE_MAGIC 0x58504458 /* "XDPX" */
#define XDPX_SHARE_VERSION 1

enum xdpx_share_kind {
	XDPX_SHARE_JOIN = 1,
	XDPX_SHARE_GRANT = 2,
	XDPX_SHARE_MAPPED = 3,
	XDPX_SHARE_START = 4,
	XDPX_SHARE_REFUSE = 5,
};

/* The descriptors that come with GRANT, in this order. */
enum {
	XDPX_SHARE_SOCKET,  /* the AF_XDP socket */
	XDPX_SHARE_MEMORY,  /* the memfd, sealed */
	XDPX_SHARE_CONTROL, /* for questions about the device: good for nothing else */
	XDPX_SHARE_FDS,
};

struct xdpx_share_header {
	uint32_t magic;
	uint16_t version;
	uint16_t kind;
};

/* What the socket and its memory are: the options they were made with, defaults filled in. */
struct xdpx_share_grant {
	uint64_t netns;
	uint64_t umem_flags;
	uint64_t xsk_flags;
	uint32_t frame_count;
	uint32_t frame_size;
	uint32_t headroom;
	uint32_t max_held;
	uint32_t tx_metadata;
	uint32_t rx_size;
	uint32_t tx_size;
	uint32_t fill_size;
	uint32_t completion_size;
	uint32_t fill_target;
	uint32_t zerocopy;
	uint32_t busy_poll_us;
	uint32_t busy_poll_budget;
	uint32_t nic_index;
	uint32_t queue;
	uint32_t reserved;
	char nic_name[16];
};

/* What is known once the socket is bound. */
struct xdpx_share_start {
	uint32_t packet_frames; /* in one packet that is sent, at the most */
	uint32_t busy;		/* the device is polled: 1 or 0 */
	uint64_t requests;	/* XDPX_TX_ flags of what can be asked of the device */
};

struct xdpx_share_refusal {
	int32_t code; /* a negative errno */
	char message[256];
	char hint[252];
};

struct xdpx_share_message {
	struct xdpx_share_header header;
	union {
		struct xdpx_share_grant grant;
		struct xdpx_share_start start;
		struct xdpx_share_refusal refusal;
	};
};

/*
 * Reads one message: -EPROTO when the bytes are none, -EPROTONOSUPPORT when they are of another version. What comes out
 * has a known kind, and strings that end. Records errors.
 */
int xdpx_share_parse(const void *bytes, size_t count, struct xdpx_share_message *message);

/* -EINVAL, recorded, unless this is a Unix socket that keeps messages apart. */
int xdpx_share_connection_check(int connection, const char *stage);

/* Sends a message of this kind, with its body filled in; never waits. A negative errno, which is not recorded. */
int xdpx_share_send(int connection, struct xdpx_share_message *message, enum xdpx_share_kind kind, const int *fds);

/*
 * Receives one message; never waits. `fds` has room for XDPX_SHARE_FDS descriptors, which are the caller's on success,
 * -1 those that did not come; with NULL the kernel drops what is sent.
 *
 * 1; 0 when the other side has gone; -EAGAIN, not recorded, when nothing is there; or as xdpx_share_parse().
 */
int xdpx_share_receive(int connection, struct xdpx_share_message *message, int *fds);

/* Closes what of the descriptors is not -1. */
void xdpx_share_fds_close(int *fds);

#endif

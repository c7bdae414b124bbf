/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The packets of a capture file, in memory, to be sent. */
#ifndef TOOLS_TRACE_H
#define TOOLS_TRACE_H

#include <stddef.h>
#include <stdint.h>

struct trace_packet {
	size_t at; /* in the trace's bytes */
	uint32_t len;
	uint64_t gap_ns; /* until the next one was captured; after the last one, the mean */
};

struct trace {
	uint8_t *bytes;
	size_t byte_count;
	size_t byte_room;
	struct trace_packet *packets;
	size_t count;
	size_t room;
	uint64_t duration_ns; /* from the first to the last */
	/* not among the packets: */
	uint64_t too_long;  /* for the device, or for a frame */
	uint64_t too_short; /* less than an Ethernet header */
	/* among them: */
	uint64_t cut; /* in the capture, which has only their first part */
};

/* What a packet may have. */
struct trace_limits {
	uint32_t mtu;	     /* without its Ethernet header and VLAN tag */
	uint32_t frame_size; /* with them */
	uint64_t count;	     /* no more packets than that are read; 0: all */
};

/*
 * Reads a pcap or pcapng file of Ethernet packets; "-" is the standard input. Returns an exit code, with words on
 * stderr when it can't be read to its end, or has no packet that can be sent. trace_free() is due in any case.
 */
int trace_read(struct trace *trace, const char *path, const struct trace_limits *limits);
void trace_free(struct trace *trace);

#endif

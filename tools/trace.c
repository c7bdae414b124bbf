/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "trace.h"

#include "tool.h"

#include <inttypes.h>
#include <net/ethernet.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#define NS_A_SECOND 1000000000
#define FIRST_ROOM 4096
#define VLAN_TAG_BYTES 4
#define ETH_TYPE_AT (2 * ETH_ALEN)
#define TYPE_VLAN 0x8100
#define TYPE_VLAN_SERVICE 0x88a8

/* Reading: the time of the latest packet so far, for packets of several devices need not be in order. */
struct reader {
	struct trace *trace;
	const struct trace_limits *limits;
	int64_t first_ns;
	int64_t latest_ns;
	uint64_t seen;
};

static void *room_grow(void *memory, size_t *room, size_t needed, size_t size)
{
	size_t wanted = *room ? *room : FIRST_ROOM;
	void *grown;

	while (wanted < needed)
		wanted *= 2;
	if (wanted == *room)
		return memory;
	grown = reallocarray(memory, wanted, size);
	if (grown)
		*room = wanted;
	return grown;
}

static bool has_vlan(const uint8_t *packet)
{
	unsigned int type = (unsigned int)packet[ETH_TYPE_AT] << 8 | packet[ETH_TYPE_AT + 1];

	return type == TYPE_VLAN || type == TYPE_VLAN_SERVICE;
}

static bool fits(const struct trace_limits *limits, const uint8_t *packet, uint32_t len)
{
	uint64_t most = (uint64_t)limits->mtu + ETH_HLEN + (has_vlan(packet) ? VLAN_TAG_BYTES : 0);

	return len <= most && len <= limits->frame_size;
}

static int keep(struct trace *trace, const uint8_t *packet, uint32_t len)
{
	void *packets = room_grow(trace->packets, &trace->room, trace->count + 1, sizeof(*trace->packets));
	void *bytes;

	if (!packets)
		return fail_with(NULL, "out of memory: %zu packets were read", trace->count);
	trace->packets = packets;
	bytes = room_grow(trace->bytes, &trace->byte_room, trace->byte_count + len, 1);
	if (!bytes)
		return fail_with(NULL, "out of memory: %zu packets were read", trace->count);
	trace->bytes = bytes;
	memcpy(trace->bytes + trace->byte_count, packet, len);
	trace->packets[trace->count++] = (struct trace_packet){.at = trace->byte_count, .len = len};
	trace->byte_count += len;
	return EXIT_SUCCESS;
}

static void time_note(struct reader *reader, const struct timeval *when)
{
	struct trace *trace = reader->trace;
	/* libpcap was asked for nanoseconds; a file's times may be any number */
	int64_t seconds = when->tv_sec < INT32_MAX * 4LL && when->tv_sec > 0 ? when->tv_sec : 0;
	int64_t now = seconds * NS_A_SECOND + (int64_t)((uint64_t)when->tv_usec % NS_A_SECOND);

	if (!trace->count)
		reader->first_ns = reader->latest_ns = now;
	if (now <= reader->latest_ns)
		return;
	trace->packets[trace->count - 1].gap_ns = (uint64_t)(now - reader->latest_ns);
	reader->latest_ns = now;
}

static int packet_take(struct reader *reader, const struct pcap_pkthdr *header, const uint8_t *packet)
{
	struct trace *trace = reader->trace;

	reader->seen++;
	if (header->caplen < ETH_HLEN) {
		trace->too_short++;
		return EXIT_SUCCESS;
	}
	if (!fits(reader->limits, packet, header->caplen)) {
		trace->too_long++;
		return EXIT_SUCCESS;
	}
	if (header->caplen < header->len)
		trace->cut++;
	time_note(reader, &header->ts);
	return keep(trace, packet, header->caplen);
}

static int link_type_fail(const char *path, int type)
{
	const char *name = pcap_datalink_val_to_name(type);
	const char *text = pcap_datalink_val_to_description(type);
	bool any = type == DLT_LINUX_SLL || type == DLT_LINUX_SLL2;

	return fail_with(any ? "capture on the device itself rather than on 'any'" : NULL,
			 "%s has packets of link type %s (%s); only those of Ethernet can be sent", path,
			 name ? name : "unknown", text ? text : "no name is known");
}

static int packets_read(struct reader *reader, pcap_t *pcap, const char *path)
{
	struct pcap_pkthdr *header;
	const u_char *packet;
	int code = EXIT_SUCCESS;
	int got = PCAP_ERROR_BREAK;

	while (!code && (!reader->limits->count || reader->trace->count < reader->limits->count)) {
		got = pcap_next_ex(pcap, &header, &packet);
		if (got != 1)
			break;
		code = packet_take(reader, header, packet);
	}
	if (code || got != PCAP_ERROR)
		return code;
	return fail_with(reader->trace->count ? "--count sends those from its beginning" : NULL,
			 "%s can't be read to its end: after %" PRIu64 " packets: %s", path, reader->seen,
			 pcap_geterr(pcap));
}

static int trace_check(const struct trace *trace, const char *path, const struct trace_limits *limits)
{
	if (trace->count)
		return EXIT_SUCCESS;
	if (!trace->too_long && !trace->too_short)
		return fail_with(NULL, "%s has no packets", path);
	return fail_with(NULL,
			 "%s has no packet that can be sent; too long: %" PRIu64
			 " (the device's MTU is %u, a frame has %u "
			 "bytes), shorter than an Ethernet header: %" PRIu64,
			 path, trace->too_long, limits->mtu, limits->frame_size, trace->too_short);
}

int trace_read(struct trace *trace, const char *path, const struct trace_limits *limits)
{
	struct reader reader = {.trace = trace, .limits = limits};
	char error[PCAP_ERRBUF_SIZE] = "";
	pcap_t *pcap;
	int code;

	pcap = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, error);
	/* libpcap's words need not name the file */
	if (!pcap)
		return fail_with(NULL, "%s is no capture file that can be read: %s", path, error);
	if (pcap_datalink(pcap) == DLT_EN10MB)
		code = packets_read(&reader, pcap, path);
	else
		code = link_type_fail(path, pcap_datalink(pcap));
	pcap_close(pcap);
	if (!code)
		code = trace_check(trace, path, limits);
	if (code)
		return code;

	trace->duration_ns = (uint64_t)(reader.latest_ns - reader.first_ns);
	if (trace->count > 1)
		trace->packets[trace->count - 1].gap_ns = trace->duration_ns / (trace->count - 1);
	return EXIT_SUCCESS;
}

void trace_free(struct trace *trace)
{
	free(trace->bytes);
	free(trace->packets);
	*trace = (struct trace){0};
}

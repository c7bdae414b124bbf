/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Sending packets to the device's receive path, where the machine itself is at the other end. */
#include "probe/probe.h"

#include "base/caps.h"
#include "base/fail.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* IEEE 802's "local experimental EtherType 1": the network stack has no handler for it. */
#define EXPERIMENTAL 0x88b5
/* Not a multiple of what buffers are aligned to: a veth makes one for each packet, with no more room than that leaves.
 */
#define SHORT_BYTES 100

static const struct xdpx_related *sender_of(const struct xdpx_nic *nic)
{
	const struct xdpx_related *peer = xdpx_nic_related_find(nic, XDPX_RELATION_PEER);

	return !strcmp(xdpx_nic_kind(nic), "veth") && peer && peer->name[0] ? peer : NULL;
}

static int socket_make(struct xdpx_probe_inject *inject)
{
	/* protocol 0: it receives nothing */
	inject->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (inject->fd >= 0)
		return 0;
	if (errno == EPERM && !xdpx_cap_have(XDPX_CAP_NET_RAW)) {
		xdpx_fail(-EPERM, "probe.inject", "packets can't be sent without the capability CAP_NET_RAW");
		xdpx_fail_hint("run as root, or probe without XDPX_PROBE_INJECT, on packets that arrive by themselves");
		return -EPERM;
	}
	return xdpx_fail(-errno, "probe.inject", "no packet socket: %s", xdpx_errno_text(errno));
}

static int frame_make(struct xdpx_probe_inject *inject, const struct xdpx_nic *nic, const struct xdpx_nic *from)
{
	uint32_t full = xdpx_probe_full_bytes(nic);
	uint32_t most = xdpx_probe_full_bytes(from);
	struct ethhdr *header;

	inject->bytes = full < most ? full : most;
	if (inject->bytes < SHORT_BYTES)
		inject->bytes = SHORT_BYTES;
	inject->frame = calloc(1, inject->bytes);
	if (!inject->frame)
		return xdpx_fail(-ENOMEM, "probe.alloc", "no memory for a packet of %zu bytes", inject->bytes);
	header = (struct ethhdr *)inject->frame;
	memcpy(header->h_dest, nic->mac, sizeof(header->h_dest));
	memcpy(header->h_source, from->mac, sizeof(header->h_source));
	header->h_proto = htons(EXPERIMENTAL);
	return 0;
}

static int begin_from(struct xdpx_probe *probe, const struct xdpx_nic *from)
{
	struct xdpx_probe_inject *inject = &probe->inject;
	int err;

	inject->from = xdpx_nic_index(from);
	snprintf(inject->how, sizeof(inject->how), "although frames of the type 0x%04x were sent from %s%s",
		 EXPERIMENTAL, xdpx_nic_name(from), xdpx_nic_up(from) == XDPX_YES ? "" : ", which is down");
	err = socket_make(inject);
	return err ? err : frame_make(inject, probe->nic, from);
}

int xdpx_probe_inject_begin(struct xdpx_probe *probe)
{
	const struct xdpx_related *peer = sender_of(probe->nic);
	struct xdpx_nic *from;
	char name[16];
	int err;

	if (!(probe->opts.flags & XDPX_PROBE_INJECT) || !xdpx_probe_wants_packets(probe))
		return 0;
	if (probe->nic->loopback)
		return begin_from(probe, probe->nic);
	if (!peer) {
		snprintf(probe->inject.how, sizeof(probe->inject.how),
			 "and nothing on this machine can send any to it");
		return 0;
	}
	snprintf(name, sizeof(name), "#%u", peer->index);
	err = xdpx_nic_open(name, NULL, &from);
	if (err)
		return err;
	err = begin_from(probe, from);
	xdpx_nic_free(from);
	return err;
}

/* What can't be sent does not arrive, and that is told. */
void xdpx_probe_inject_send(const struct xdpx_probe *probe)
{
	const struct xdpx_probe_inject *inject = &probe->inject;
	const struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(EXPERIMENTAL),
		.sll_ifindex = (int)inject->from,
	};

	if (inject->fd < 0)
		return;
	sendto(inject->fd, inject->frame, SHORT_BYTES, MSG_DONTWAIT, (const struct sockaddr *)&to, sizeof(to));
	sendto(inject->fd, inject->frame, inject->bytes, MSG_DONTWAIT, (const struct sockaddr *)&to, sizeof(to));
}

void xdpx_probe_inject_end(struct xdpx_probe *probe)
{
	if (probe->inject.fd >= 0)
		close(probe->inject.fd);
	free(probe->inject.frame);
}

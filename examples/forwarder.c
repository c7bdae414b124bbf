/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * A wire in user space: what arrives on one device leaves by the other, both ways, without being copied here.
 *
 *	forwarder eth0 eth1
 *
 * Both devices have one packet memory, so a packet that moves is a place in a ring that changes hands. Queue by queue:
 * the devices should have the same number. For packets to other hosts: ip link set eth0 promisc on.
 * Ctrl-C ends it and takes the programs off the devices.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <xdpx/xdpx.h>

#define BATCH 64
#define QUEUES 64
#define FRAMES 2048 /* for each queue */
/* How often it looks whether it should end, and fetches sent frames back where nothing arrives. */
#define WAIT_MS 100

static volatile sig_atomic_t stopping;

static void stop(int signal)
{
	(void)signal;
	stopping = 1;
}

static void fail(void)
{
	fprintf(stderr, "forwarder: %s (%s)\n", xdpx_error_last()->message, xdpx_error_last()->hint);
	exit(EXIT_FAILURE);
}

static uint32_t queues_of(const char *name)
{
	struct xdpx_queues queues = {.size = sizeof(queues)};
	struct xdpx_nic *nic;

	if (xdpx_nic_open(name, NULL, &nic) || xdpx_nic_queues(nic, &queues))
		fail();
	xdpx_nic_free(nic);
	return queues.usable;
}

static struct xdpx_port *port_over(const char *one, const char *other, uint32_t queues, struct xdpx_umem **umem)
{
	struct xdpx_umem_opts umem_opts = {.size = sizeof(umem_opts), .frame_count = 2 * queues * FRAMES};
	struct xdpx_port_opts opts = {
		.size = sizeof(opts), .traffic = XDPX_TRAFFIC_ALL, .queue_count = queues, .frame_count = FRAMES};
	struct xdpx_port *port;

	if (xdpx_umem_new(&umem_opts, umem))
		fail();
	opts.umem = *umem;
	if (xdpx_port_open(one, &opts, &port) || xdpx_port_add(port, other, &opts))
		fail();
	return port;
}

/* Sockets 0 to queues - 1 are those of the first device, the others those of the second. */
static uint64_t forward(struct xdpx_port *port, uint32_t queues)
{
	struct pollfd ready[2 * QUEUES];
	uint64_t forwarded = 0;
	int moved = 0;

	for (uint32_t at = 0; at < 2 * queues; at++)
		ready[at] = (struct pollfd){.fd = xdpx_xsk_fd(xdpx_port_xsk(port, at)), .events = POLLIN};
	while (!stopping) {
		if (!moved)
			poll(ready, 2 * queues, WAIT_MS);
		moved = 0;
		for (uint32_t at = 0; at < 2 * queues; at++) {
			struct xdpx_xsk *from = xdpx_port_xsk(port, at);
			struct xdpx_xsk *to = xdpx_port_xsk(port, at < queues ? at + queues : at - queues);

			moved += xdpx_xsk_forward(from, to, BATCH);
		}
		forwarded += (unsigned int)moved;
	}
	return forwarded;
}

int main(int argc, char **argv)
{
	struct xdpx_port *port;
	struct xdpx_umem *umem;
	uint32_t queues;

	if (argc != 3) {
		fprintf(stderr, "usage: forwarder DEVICE DEVICE\n");
		return 2;
	}
	signal(SIGINT, stop);
	signal(SIGTERM, stop);
	queues = queues_of(argv[1]) < queues_of(argv[2]) ? queues_of(argv[1]) : queues_of(argv[2]);
	if (queues > QUEUES)
		queues = QUEUES;

	port = port_over(argv[1], argv[2], queues, &umem);
	printf("forwarding on %u queue%s\n", queues, queues == 1 ? "" : "s");
	fflush(stdout);
	printf("forwarded %llu packets\n", (unsigned long long)forward(port, queues));
	xdpx_port_free(port);
	xdpx_umem_free(umem);
	return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * A host in user space: answers ARP, neighbour discovery, ping and one DNS name on all queues of a device.
 *
 *	responder eth0 192.0.2.1 2001:db8::1 host.example
 *
 * One thread a queue. Ctrl-C ends it and closes the port, which takes the program off the device.
 */
#include "answer.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xdpx/xdpx.h>

#define BATCH 64
/* How often a thread that waits for packets looks whether it should end. */
#define WAIT_MS 100

static struct answer_config config;
static struct xdpx_port *port;
static atomic_bool stopping;

static void fail(void)
{
	const struct xdpx_error *error = xdpx_error_last();

	fprintf(stderr, "responder: %s\n%s%s%s", error->message, *error->hint ? "hint: " : "", error->hint,
		*error->hint ? "\n" : "");
	exit(EXIT_FAILURE);
}

/* Answers go out in the frames of their questions; all other frames go back. */
static void respond(struct xdpx_xsk *xsk, const struct xdpx_frame *frames, unsigned int count)
{
	struct xdpx_umem *umem = xdpx_xsk_umem(xsk);
	uint32_t frame_size = xdpx_umem_frame_size(umem);
	struct xdpx_frame answers[BATCH];
	unsigned int answered = 0;
	int sent;

	for (unsigned int at = 0; at < count; at++) {
		struct xdpx_frame frame = frames[at];
		size_t room = frame_size - frame.addr % frame_size;
		size_t bytes = answer_frame(&config, xdpx_frame_data(xdpx_umem_base(umem), &frame), frame.len, room);

		if (!bytes) {
			xdpx_xsk_release(xsk, &frame, 1);
			continue;
		}
		frame.len = (uint32_t)bytes;
		answers[answered++] = frame;
	}

	sent = xdpx_xsk_send(xsk, answers, answered);
	if (sent < 0)
		sent = 0;
	/* those that found the ring full are dropped, as a NIC would */
	xdpx_xsk_release(xsk, answers + sent, answered - (unsigned int)sent);
}

static void *work(void *unused)
{
	struct xdpx_frame frames[BATCH];
	struct xdpx_xsk *xsk;

	(void)unused;
	if (xdpx_port_claim(port, &xsk))
		fail();
	while (!atomic_load(&stopping)) {
		unsigned int count = xdpx_xsk_recv(xsk, frames, BATCH);

		if (count) {
			respond(xsk, frames, count);
			continue;
		}
		xdpx_xsk_kick(xsk);
		if (xdpx_xsk_wait(xsk, WAIT_MS) < 0)
			fail();
	}
	return NULL;
}

static void config_read(char **argv)
{
	struct xdpx_nic *nic;
	const uint8_t *mac;

	if (xdpx_nic_open(argv[1], NULL, &nic))
		fail();
	if (xdpx_nic_mac(nic, &mac) != sizeof(config.mac) || inet_pton(AF_INET, argv[2], &config.host.address) != 1 ||
	    inet_pton(AF_INET6, argv[3], &config.host.address6) != 1 || dns_host_name(&config.host, argv[4])) {
		fprintf(stderr, "responder: no Ethernet device, no address or no name\n");
		exit(EXIT_FAILURE);
	}
	memcpy(config.mac, mac, sizeof(config.mac));
	xdpx_nic_free(nic);
}

int main(int argc, char **argv)
{
	struct xdpx_port_opts opts = {.size = sizeof(opts), .traffic = XDPX_TRAFFIC_ALL};
	pthread_t *threads;
	sigset_t signals;
	uint32_t queues;
	int signal;

	if (argc != 5) {
		fprintf(stderr, "usage: responder NIC IPV4 IPV6 NAME\n");
		return 2;
	}
	/* before the threads, which inherit it: main() alone takes the signals */
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);

	config_read(argv);
	if (xdpx_port_open(argv[1], &opts, &port))
		fail();
	queues = xdpx_port_queue_count(port);
	threads = calloc(queues, sizeof(*threads));
	for (uint32_t at = 0; at < queues; at++) {
		if (!threads || pthread_create(&threads[at], NULL, work, NULL))
			exit(EXIT_FAILURE);
	}

	printf("%s: answering on %u queues\n", argv[1], queues);
	fflush(stdout);
	sigwait(&signals, &signal);
	atomic_store(&stopping, true);
	for (uint32_t at = 0; at < queues; at++)
		pthread_join(threads[at], NULL);
	free(threads);
	if (xdpx_port_close(port))
		fail();
	return EXIT_SUCCESS;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * Sends one small UDP packet over and over, as fast as one core can.
 *
 * The frames are made inside the kernel (live frames of BPF_PROG_TEST_RUN, 5.18) and redirected to the device's
 * ndo_xdp_xmit: no socket buffers, so that the sender is not what is measured.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "bpf_code.h"

/*
 * More than a run ever sends: a signal ends the call. Each call waits for the end of an RCU grace period when it starts
 * and when it ends, some 10 ms on a kernel with 100 ticks a second, so that small numbers measure nothing else.
 */
#define FRAMES_A_CALL 2000000000

struct packet {
	struct ethhdr ethernet;
	struct iphdr ip;
	struct udphdr udp;
	unsigned char payload[18]; /* makes 60 bytes, the shortest frame on a wire */
} __attribute__((packed));

static volatile sig_atomic_t over;

static void end(int number)
{
	(void)number;
	over = 1;
}

static int redirect_to(unsigned int ifindex)
{
	const struct bpf_insn code[] = {
		BPF_CODE_SET(BPF_REG_1, (int)ifindex),
		BPF_CODE_SET(BPF_REG_2, 0),
		BPF_CODE_CALL(BPF_FUNC_redirect),
		BPF_CODE_EXIT,
	};

	return bpf_prog_load(BPF_PROG_TYPE_XDP, "flood", "Dual BSD/GPL", code, sizeof(code) / sizeof(code[0]), NULL);
}

static void packet_make(struct packet *packet)
{
	memset(packet, 0, sizeof(*packet));
	memset(packet->ethernet.h_dest, 0x02, ETH_ALEN);
	memset(packet->ethernet.h_source, 0x06, ETH_ALEN);
	packet->ethernet.h_proto = htons(ETH_P_IP);
	packet->ip.version = 4;
	packet->ip.ihl = 5;
	packet->ip.ttl = 64;
	packet->ip.protocol = IPPROTO_UDP;
	packet->ip.tot_len = htons(sizeof(*packet) - sizeof(packet->ethernet));
	packet->ip.saddr = htonl(0xc0000201); /* 192.0.2.1, a network kept for documentation */
	packet->ip.daddr = htonl(0xc0000202);
	packet->udp.source = htons(9);
	packet->udp.dest = htons(9);
	packet->udp.len = htons(sizeof(packet->udp) + sizeof(packet->payload));
}

static int send_until_over(int prog)
{
	struct packet packet;
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = &packet, .data_size_in = sizeof(packet), .repeat = FRAMES_A_CALL,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = 64);

	packet_make(&packet);
	while (!over) {
		int err = bpf_prog_test_run_opts(prog, &run);

		if (err && err != -EINTR) {
			fprintf(stderr, "flood: live frames: %s\n", strerror(-err));
			return 1;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct itimerval limit = {.it_value = {.tv_sec = argc == 3 ? atoi(argv[2]) : 0}};
	struct sigaction action = {.sa_handler = end};
	unsigned int ifindex = argc == 3 ? if_nametoindex(argv[1]) : 0;
	int prog;

	if (argc != 3 || limit.it_value.tv_sec < 1) {
		fprintf(stderr, "usage: flood DEVICE SECONDS\n");
		return 2;
	}
	if (!ifindex) {
		fprintf(stderr, "flood: no device %s\n", argv[1]);
		return 1;
	}
	prog = redirect_to(ifindex);
	if (prog < 0) {
		fprintf(stderr, "flood: program: %s\n", strerror(-prog));
		return 1;
	}
	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	setitimer(ITIMER_REAL, &limit, NULL);
	return send_until_over(prog);
}

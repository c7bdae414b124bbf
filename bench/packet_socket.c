/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * The work done with AF_PACKET: TPACKET_V3 for receiving, blocks that the kernel copies packets into and that the
 * process has mapped; sendmmsg() for sending, straight out of these blocks where packets are sent on. PACKET_TX_RING
 * was tried, and took a tenth more of the CPU's time.
 */
#include "work.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>

/* As much memory as the others' UMEM. */
#define BLOCK_SIZE (1U << 18)
#define BLOCKS (FRAMES * FRAME_SIZE / BLOCK_SIZE)
#define BLOCK_TIMEOUT_MS 1

/* The least that a ring's geometry may say; packets lie in blocks one behind the other. */
#define BLOCK_FRAME_SIZE 2048U

struct packet_side {
	int fd;
	char *rx;
	uint32_t block; /* the one to read */
	uint32_t left;	/* packets in it that were not read */
	struct tpacket3_hdr *at;
};

struct packet_ends {
	struct packet_side *from;
	struct packet_side *to;
	struct packet_side sides[2];
	struct packet sample[BATCH_MAX]; /* to be sent */
	struct iovec parts[BATCH_MAX];	 /* what each message is made of */
	struct mmsghdr messages[BATCH_MAX];
};

static struct tpacket_block_desc *block_now(const struct packet_side *side)
{
	return (void *)(side->rx + (size_t)side->block * BLOCK_SIZE);
}

/* Whether there is a packet to read, at `at`. */
static bool packet_there(struct packet_side *side)
{
	struct tpacket_block_desc *block = block_now(side);

	if (side->left)
		return true;
	if (!(__atomic_load_n(&block->hdr.bh1.block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
		return false;
	side->left = block->hdr.bh1.num_pkts;
	side->at = (void *)((char *)block + block->hdr.bh1.offset_to_first_pkt);
	return side->left;
}

static void packet_done(struct packet_side *side)
{
	side->at = (void *)((char *)side->at + side->at->tp_next_offset);
	side->left--;
}

/* Gives the block back when all of it was read. */
static void block_done(struct packet_side *side)
{
	if (side->left)
		return;
	__atomic_store_n(&block_now(side)->hdr.bh1.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
	side->block = (side->block + 1) % BLOCKS;
}

static void *packet_data(struct tpacket3_hdr *packet)
{
	return (char *)packet + packet->tp_mac;
}

/* Returns how many were sent; one that is refused does not stop those behind it. */
static unsigned int send_all(struct packet_ends *packet, unsigned int count)
{
	unsigned int sent = 0;
	unsigned int at = 0;
	int got;

	while (at < count) {
		got = sendmmsg(packet->to->fd, packet->messages + at, count - at, MSG_DONTWAIT);
		sent += got > 0 ? (unsigned int)got : 0;
		at += got > 0 ? (unsigned int)got : 1;
	}
	return sent;
}

static unsigned int counted_rx(void *ends, struct work *work)
{
	struct packet_side *side = ((struct packet_ends *)ends)->from;
	unsigned int count;

	for (count = 0; count < work->batch && packet_there(side); count++) {
		work->checksum += packet_read(packet_data(side->at));
		packet_done(side);
		block_done(side);
	}
	return count;
}

static unsigned int counted_tx(void *ends, struct work *work)
{
	struct packet_ends *packet = ends;

	for (unsigned int at = 0; at < work->batch; at++) {
		packet_write(&packet->sample[at]);
		packet->parts[at] = (struct iovec){&packet->sample[at], sizeof(packet_sample)};
	}
	return send_all(packet, work->batch);
}

/* What is left of a block, and no more: it must not go back before its packets are sent. */
static inline unsigned int forward(struct packet_ends *packet, struct work *work, bool turn)
{
	struct packet_side *from = packet->from;
	unsigned int count = 0;

	if (!packet_there(from))
		return 0;
	do {
		if (turn)
			work->checksum += packet_turn(packet_data(from->at));
		packet->parts[count++] = (struct iovec){packet_data(from->at), from->at->tp_snaplen};
		packet_done(from);
	} while (count < work->batch && from->left);
	count = send_all(packet, count);
	block_done(from);
	return count;
}

static unsigned int counted_forward(void *ends, struct work *work)
{
	return forward(ends, work, false);
}

static unsigned int counted_echo(void *ends, struct work *work)
{
	return forward(ends, work, true);
}

round_fn *const rounds_packet[ROUNDS] = {
	[ROUND_RX] = counted_rx,
	[ROUND_TX] = counted_tx,
	[ROUND_FORWARD] = counted_forward,
	[ROUND_ECHO] = counted_echo,
};

static int option_set(int fd, int option, int value)
{
	return setsockopt(fd, SOL_PACKET, option, &value, sizeof(value)) ? -errno : 0;
}

static int ring_make(struct packet_side *side)
{
	const struct tpacket_req3 ring = {
		.tp_block_size = BLOCK_SIZE,
		.tp_block_nr = BLOCKS,
		.tp_frame_size = BLOCK_FRAME_SIZE,
		.tp_frame_nr = BLOCK_SIZE / BLOCK_FRAME_SIZE * BLOCKS,
		.tp_retire_blk_tov = BLOCK_TIMEOUT_MS,
	};

	if (setsockopt(side->fd, SOL_PACKET, PACKET_RX_RING, &ring, sizeof(ring)))
		return -errno;
	side->rx =
		mmap(NULL, (size_t)BLOCK_SIZE * BLOCKS, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, side->fd, 0);
	return side->rx == MAP_FAILED ? -errno : 0;
}

static int side_open(struct packet_side *side, const char *device, bool receives, bool sends)
{
	const uint16_t protocol = receives ? htons(ETH_P_ALL) : 0;
	const struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = protocol,
		.sll_ifindex = (int)if_nametoindex(device),
	};
	int err;

	side->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (side->fd < 0)
		return -errno;
	err = option_set(side->fd, PACKET_VERSION, TPACKET_V3);
	if (!err && receives)
		err = ring_make(side);
	/* past the queueing discipline, as AF_XDP does */
	if (!err && sends)
		err = option_set(side->fd, PACKET_QDISC_BYPASS, 1);
	if (!err && receives)
		err = option_set(side->fd, PACKET_IGNORE_OUTGOING, 1);
	if (err)
		return err;
	return bind(side->fd, (const struct sockaddr *)&address, sizeof(address)) ? -errno : 0;
}

static int open_packet(const struct place *place, void **ends, const char **why)
{
	bool apart = place_apart(place);
	struct packet_ends *packet = calloc(1, sizeof(*packet));
	int err;

	*why = "open";
	if (!packet)
		return -ENOMEM;
	*ends = packet;
	for (unsigned int at = 0; at < BATCH_MAX; at++)
		packet->messages[at].msg_hdr = (struct msghdr){.msg_iov = &packet->parts[at], .msg_iovlen = 1};
	packet->from = &packet->sides[0];
	packet->to = &packet->sides[apart];
	err = side_open(&packet->sides[0], place_first(place), place->from, place->to && !apart);
	if (!err && apart)
		err = side_open(&packet->sides[1], place->to, false, true);
	return err ? err : packet->sides[0].fd;
}

static void idle(void *ends, bool spin)
{
	struct packet_ends *packet = ends;
	struct pollfd wait = {.fd = packet->from->fd, .events = POLLIN};

	if (packet->from->rx && !spin)
		poll(&wait, 1, WAIT_MS);
}

static void ended_by_exit(void *ends)
{
	(void)ends;
}

const struct contender contender_packet = {"packet", rounds_packet, open_packet, idle, ended_by_exit};

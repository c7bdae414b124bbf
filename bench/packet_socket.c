/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * The work done with AF_PACKET, TPACKET_V3: rings mapped into the process, packets copied by the kernel's stack into
 * blocks and out of frames. An echo and a forward copy a packet from the one ring to the other.
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

#define TX_FRAME_SIZE 2048U
#define TX_DATA (TPACKET3_HDRLEN - sizeof(struct sockaddr_ll))

struct packet_side {
	int fd;
	char *rx;
	char *tx;
	uint32_t block; /* the one to read */
	uint32_t left;	/* packets in it that were not read */
	struct tpacket3_hdr *at;
	uint32_t frame; /* the next to send from */
};

struct packet_ends {
	struct packet_side *from;
	struct packet_side *to;
	struct packet_side sides[2];
};

static struct tpacket_block_desc *block_now(const struct packet_side *side)
{
	return (void *)(side->rx + (size_t)side->block * BLOCK_SIZE);
}

/* The packet to read next, NULL when there is none. */
static struct tpacket3_hdr *packet_next(struct packet_side *side)
{
	struct tpacket_block_desc *block = block_now(side);

	if (side->left)
		return side->at;
	if (!(__atomic_load_n(&block->hdr.bh1.block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
		return NULL;
	side->left = block->hdr.bh1.num_pkts;
	side->at = (void *)((char *)block + block->hdr.bh1.offset_to_first_pkt);
	return side->at;
}

static void packet_done(struct packet_side *side)
{
	side->at = (void *)((char *)side->at + side->at->tp_next_offset);
	if (--side->left)
		return;
	__atomic_store_n(&block_now(side)->hdr.bh1.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
	side->block = (side->block + 1) % BLOCKS;
}

/* The frame to send from next, NULL when the kernel has it. */
static struct tpacket3_hdr *frame_next(const struct packet_side *side)
{
	struct tpacket3_hdr *frame = (void *)(side->tx + (size_t)side->frame * TX_FRAME_SIZE);

	return __atomic_load_n(&frame->tp_status, __ATOMIC_ACQUIRE) == TP_STATUS_AVAILABLE ? frame : NULL;
}

static void frame_done(struct packet_side *side, struct tpacket3_hdr *frame, uint32_t length)
{
	frame->tp_len = length;
	frame->tp_snaplen = length;
	frame->tp_next_offset = 0;
	__atomic_store_n(&frame->tp_status, TP_STATUS_SEND_REQUEST, __ATOMIC_RELEASE);
	side->frame = (side->frame + 1) % RING_SIZE;
}

static void *frame_data(struct tpacket3_hdr *frame)
{
	return (char *)frame + TX_DATA;
}

static void *packet_data(struct tpacket3_hdr *packet)
{
	return (char *)packet + packet->tp_mac;
}

static void kick(const struct packet_side *side)
{
	send(side->fd, NULL, 0, MSG_DONTWAIT);
}

static unsigned int counted_rx(void *ends, struct work *work)
{
	struct packet_side *side = ((struct packet_ends *)ends)->from;
	struct tpacket3_hdr *packet;
	unsigned int count;

	for (count = 0; count < work->batch && (packet = packet_next(side)); count++) {
		work->checksum += packet_read(packet_data(packet));
		packet_done(side);
	}
	return count;
}

static unsigned int counted_tx(void *ends, struct work *work)
{
	struct packet_side *side = ((struct packet_ends *)ends)->to;
	struct tpacket3_hdr *frame;
	unsigned int count;

	for (count = 0; count < work->batch && (frame = frame_next(side)); count++) {
		packet_write(frame_data(frame));
		frame_done(side, frame, sizeof(packet_sample));
	}
	kick(side);
	return count;
}

static inline unsigned int forward(struct packet_ends *packet, struct work *work, bool turn)
{
	struct tpacket3_hdr *received;
	struct tpacket3_hdr *frame;
	unsigned int count;

	for (count = 0; count < work->batch && (frame = frame_next(packet->to)); count++) {
		received = packet_next(packet->from);
		if (!received)
			break;
		memcpy(frame_data(frame), packet_data(received), received->tp_snaplen);
		if (turn)
			work->checksum += packet_turn(frame_data(frame));
		frame_done(packet->to, frame, received->tp_snaplen);
		packet_done(packet->from);
	}
	kick(packet->to);
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

static int rings_make(struct packet_side *side, bool receives, bool sends)
{
	const struct tpacket_req3 rx = {
		.tp_block_size = BLOCK_SIZE,
		.tp_block_nr = BLOCKS,
		.tp_frame_size = TX_FRAME_SIZE,
		.tp_frame_nr = BLOCK_SIZE / TX_FRAME_SIZE * BLOCKS,
		.tp_retire_blk_tov = BLOCK_TIMEOUT_MS,
	};
	const struct tpacket_req3 tx = {
		.tp_block_size = BLOCK_SIZE,
		.tp_block_nr = RING_SIZE * TX_FRAME_SIZE / BLOCK_SIZE,
		.tp_frame_size = TX_FRAME_SIZE,
		.tp_frame_nr = RING_SIZE,
	};
	const size_t rx_bytes = receives ? (size_t)BLOCK_SIZE * BLOCKS : 0;
	const size_t tx_bytes = sends ? (size_t)RING_SIZE * TX_FRAME_SIZE : 0;
	char *map;

	if (receives && setsockopt(side->fd, SOL_PACKET, PACKET_RX_RING, &rx, sizeof(rx)))
		return -errno;
	if (sends && setsockopt(side->fd, SOL_PACKET, PACKET_TX_RING, &tx, sizeof(tx)))
		return -errno;
	map = mmap(NULL, rx_bytes + tx_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, side->fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	side->rx = receives ? map : NULL;
	side->tx = sends ? map + rx_bytes : NULL;
	return 0;
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
	if (!err)
		err = rings_make(side, receives, sends);
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

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The peer: receives and drops with libxdp, its defaults and its own XDP program. */
#include <sys/socket.h>

#include "round_libxdp.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>

static int umem_create(struct peer *peer, struct xsk_umem **umem)
{
	const uint64_t bytes = (uint64_t)RX_FRAMES * RX_FRAME_SIZE;
	struct xsk_ring_cons *completion = calloc(1, sizeof(*completion));

	if (!completion)
		return -ENOMEM;
	peer->frames = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (peer->frames == MAP_FAILED)
		return -errno;
	return xsk_umem__create(umem, peer->frames, bytes, &peer->fill, completion, NULL);
}

static int fill_up(struct peer *peer)
{
	uint32_t at;

	if (xsk_ring_prod__reserve(&peer->fill, RX_RING_SIZE, &at) != RX_RING_SIZE)
		return -ENOSPC;
	for (uint32_t i = 0; i < RX_RING_SIZE; i++)
		*xsk_ring_prod__fill_addr(&peer->fill, at + i) = (uint64_t)i * RX_FRAME_SIZE;
	xsk_ring_prod__submit(&peer->fill, RX_RING_SIZE);
	return 0;
}

static int receiver_open(const struct rx *rx, struct peer *peer, struct xsk_socket **xsk)
{
	const struct xsk_socket_config config = {
		.rx_size = RX_RING_SIZE,
		.tx_size = RX_RING_SIZE,
		.bind_flags = XDP_USE_NEED_WAKEUP,
	};
	struct xsk_umem *umem = NULL;
	int err;

	err = umem_create(peer, &umem);
	if (!err)
		err = xsk_socket__create(xsk, rx->device, rx->queue, umem, &peer->rx, NULL, &config);
	if (!err)
		err = fill_up(peer);
	if (!err)
		peer->fd = xsk_socket__fd(*xsk);
	return err;
}

int main(int argc, char **argv)
{
	struct pollfd wait = {.events = POLLIN};
	struct xsk_socket *xsk = NULL;
	struct peer peer = {0};
	unsigned int count;
	struct rx rx;
	int err;

	rx_init(&rx, argc, argv);
	err = receiver_open(&rx, &peer, &xsk);
	if (err)
		return rx_fail("rx_libxdp: open", err);
	wait.fd = peer.fd;
	rx_ready();
	do {
		count = round_libxdp(&peer, rx.batch, &rx.checksum);
		if (!count && !rx.spin)
			poll(&wait, 1, RX_WAIT_MS);
		else if (!count && xsk_ring_prod__needs_wakeup(&peer.fill))
			peer_wake(&peer);
	} while (rx_count(&rx, count));
	err = rx_report(&rx, "libxdp", peer.fd);
	xsk_socket__delete(xsk); /* takes its XDP program off the device */
	return err;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The peer's sockets, with its defaults and its own XDP program. */
#include "rounds_libxdp.h"

#include <errno.h>
#include <linux/if_link.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>

static int umem_create(struct peer *peer)
{
	const uint64_t bytes = (uint64_t)FRAMES * FRAME_SIZE;

	peer->frames = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (peer->frames == MAP_FAILED)
		return -errno;
	return xsk_umem__create(&peer->umem, peer->frames, bytes, &peer->sides[0].fill, &peer->sides[0].completion,
				NULL);
}

static int fill_up(struct peer_side *side)
{
	uint32_t at;

	if (xsk_ring_prod__reserve(&side->fill, RING_SIZE, &at) != RING_SIZE)
		return -ENOSPC;
	for (uint32_t i = 0; i < RING_SIZE; i++)
		*xsk_ring_prod__fill_addr(&side->fill, at + i) = (uint64_t)i * FRAME_SIZE;
	xsk_ring_prod__submit(&side->fill, RING_SIZE);
	return 0;
}

static int side_open(struct peer *peer, struct peer_side *side, const char *device, bool receives, bool sends,
		     bool generic)
{
	const struct xsk_socket_config config = {
		.rx_size = RING_SIZE,
		.tx_size = RING_SIZE,
		.bind_flags = XDP_USE_NEED_WAKEUP,
		.libxdp_flags = receives ? 0 : XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD,
		.xdp_flags = generic ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE,
	};
	int err;

	err = xsk_socket__create_shared(&side->xsk, device, 0, peer->umem, receives ? &side->rx : NULL,
					sends ? &side->tx : NULL, &side->fill, &side->completion, &config);
	if (!err && receives)
		err = fill_up(side);
	if (!err)
		side->fd = xsk_socket__fd(side->xsk);
	return err;
}

/* One socket, or two where packets go from one device to another. */
static int sides_open(struct peer *peer, const struct place *place)
{
	bool apart = place_apart(place);
	int err = umem_create(peer);

	peer->from = &peer->sides[0];
	peer->to = &peer->sides[apart];
	if (!err)
		err = side_open(peer, &peer->sides[0], place_first(place), place->from, place->to && !apart,
				place->generic);
	if (!err && apart)
		err = side_open(peer, &peer->sides[1], place->to, false, true, place->generic);
	peer_free_fill(peer, place->from ? RING_SIZE : 0);
	return err ? err : peer->sides[0].fd;
}

static int open_libxdp(const struct place *place, void **ends, const char **why)
{
	struct peer *peer = calloc(1, sizeof(*peer));

	*why = "open";
	if (!peer)
		return -ENOMEM;
	*ends = peer;
	return sides_open(peer, place);
}

static void idle(void *ends, bool spin)
{
	struct peer *peer = ends;
	struct pollfd wait = {.fd = peer->from->fd, .events = POLLIN};

	if (!peer->from->rx.ring)
		return;
	if (!spin)
		poll(&wait, 1, WAIT_MS);
	else if (xsk_ring_prod__needs_wakeup(&peer->from->fill))
		peer_wake(peer->from);
}

static void close_libxdp(void *ends)
{
	struct peer *peer = ends;

	xsk_socket__delete(peer->sides[1].xsk);
	xsk_socket__delete(peer->sides[0].xsk); /* takes its XDP program off the device */
}

const struct contender contender_libxdp = {"libxdp", rounds_libxdp, open_libxdp, idle, close_libxdp};

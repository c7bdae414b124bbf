/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Sockets with nothing between the program and the kernel's rings. */
#include "bpf_code.h"
#include "rounds_raw.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>

static int umem_register(int fd, struct raw *raw)
{
	struct xdp_umem_reg reg = {.len = (uint64_t)FRAMES * FRAME_SIZE, .chunk_size = FRAME_SIZE};
	void *frames = mmap(NULL, reg.len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (frames == MAP_FAILED)
		return -errno;
	raw->frames = frames;
	reg.addr = (uintptr_t)frames;
	return setsockopt(fd, SOL_XDP, XDP_UMEM_REG, &reg, sizeof(reg)) ? -errno : 0;
}

static int ring_map(int fd, struct raw_ring *ring, int option, off_t where, const struct xdp_ring_offset *offsets,
		    size_t entry)
{
	const int size = RING_SIZE;
	char *map;

	if (setsockopt(fd, SOL_XDP, option, &size, sizeof(size)))
		return -errno;
	map = mmap(NULL, offsets->desc + RING_SIZE * entry, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd,
		   where);
	if (map == MAP_FAILED)
		return -errno;
	*ring = (struct raw_ring){
		.entries = map + offsets->desc,
		.producer = (void *)(map + offsets->producer),
		.consumer = (void *)(map + offsets->consumer),
		.flags = (void *)(map + offsets->flags),
		.mask = RING_SIZE - 1,
	};
	return 0;
}

static int rings_map(struct raw_side *side, bool receives, bool sends)
{
	struct xdp_mmap_offsets offsets;
	socklen_t bytes = sizeof(offsets);
	int err;

	if (getsockopt(side->fd, SOL_XDP, XDP_MMAP_OFFSETS, &offsets, &bytes))
		return -errno;
	err = ring_map(side->fd, &side->fill, XDP_UMEM_FILL_RING, (off_t)XDP_UMEM_PGOFF_FILL_RING, &offsets.fr,
		       sizeof(uint64_t));
	if (!err)
		err = ring_map(side->fd, &side->completion, XDP_UMEM_COMPLETION_RING,
			       (off_t)XDP_UMEM_PGOFF_COMPLETION_RING, &offsets.cr, sizeof(uint64_t));
	if (!err && receives)
		err = ring_map(side->fd, &side->rx, XDP_RX_RING, XDP_PGOFF_RX_RING, &offsets.rx,
			       sizeof(struct xdp_desc));
	if (!err && sends)
		err = ring_map(side->fd, &side->tx, XDP_TX_RING, XDP_PGOFF_TX_RING, &offsets.tx,
			       sizeof(struct xdp_desc));
	return err;
}

static void fill_up(struct raw_ring *fill)
{
	for (uint32_t i = 0; i < RING_SIZE; i++)
		fill->addresses[i] = (uint64_t)i * FRAME_SIZE;
	fill->at = RING_SIZE;
	__atomic_store_n(fill->producer, fill->at, __ATOMIC_RELEASE);
}

/* `owner` is the socket that has the UMEM, -1 for its own. */
static int socket_bind(int fd, const char *device, int owner)
{
	struct sockaddr_xdp address = {
		.sxdp_family = AF_XDP,
		.sxdp_flags = owner < 0 ? XDP_USE_NEED_WAKEUP : XDP_SHARED_UMEM,
		.sxdp_ifindex = if_nametoindex(device),
		.sxdp_shared_umem_fd = owner < 0 ? 0 : (uint32_t)owner,
	};

	return bind(fd, (struct sockaddr *)&address, sizeof(address)) ? -errno : 0;
}

/* The program, its map and the attachment end with the process. */
static int steer(int fd, const struct place *place)
{
	int map = bpf_map_create(BPF_MAP_TYPE_XSKMAP, "sockets", sizeof(uint32_t), sizeof(uint32_t), 64, NULL);
	const struct bpf_insn code[] = {
		BPF_CODE_LOAD32(BPF_REG_2, BPF_REG_1, offsetof(struct xdp_md, rx_queue_index)),
		BPF_CODE_MAP(BPF_REG_1, map),
		BPF_CODE_SET(BPF_REG_3, XDP_PASS),
		BPF_CODE_CALL(BPF_FUNC_redirect_map),
		BPF_CODE_EXIT,
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .prog_flags = BPF_F_XDP_HAS_FRAGS);
	LIBBPF_OPTS(bpf_link_create_opts, mode, .flags = place->generic ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE);
	const uint32_t queue = 0;
	int prog;
	int link;

	if (map < 0)
		return map;
	prog = bpf_prog_load(BPF_PROG_TYPE_XDP, "receive", "Dual BSD/GPL", code, sizeof(code) / sizeof(code[0]), &opts);
	if (prog < 0)
		return prog;
	if (bpf_map_update_elem(map, &queue, &fd, 0))
		return -errno;
	link = bpf_link_create(prog, (int)if_nametoindex(place->from), BPF_XDP, &mode);
	return link < 0 ? link : 0;
}

static int side_open(struct raw *raw, struct raw_side *side, const char *device, bool receives, bool sends)
{
	int owner = side == raw->sides ? -1 : raw->sides[0].fd;
	int err;

	side->fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (side->fd < 0)
		return -errno;
	err = owner < 0 ? umem_register(side->fd, raw) : 0;
	if (!err)
		err = rings_map(side, receives, sends);
	if (!err && receives)
		fill_up(&side->fill);
	return err ? err : socket_bind(side->fd, device, owner);
}

/* One socket, or two where packets go from one device to another. */
static int sides_open(struct raw *raw, const struct place *place)
{
	bool apart = place_apart(place);
	int err;

	raw->from = &raw->sides[0];
	raw->to = &raw->sides[apart];
	err = side_open(raw, &raw->sides[0], place_first(place), place->from, place->to && !apart);
	if (!err && apart)
		err = side_open(raw, &raw->sides[1], place->to, false, true);
	if (!err && place->from)
		err = steer(raw->from->fd, place);
	return err ? err : raw->sides[0].fd;
}

static int open_raw(const struct place *place, void **ends, const char **why)
{
	struct raw *raw = calloc(1, sizeof(*raw));

	*why = "open";
	if (!raw)
		return -ENOMEM;
	*ends = raw;
	return sides_open(raw, place);
}

static void idle(void *ends, bool spin)
{
	struct raw *raw = ends;
	struct pollfd wait = {.fd = raw->from->fd, .events = POLLIN};

	if (!raw->from->rx.entries)
		return;
	if (!spin)
		poll(&wait, 1, WAIT_MS);
	else if (*raw->from->fill.flags & XDP_RING_NEED_WAKEUP)
		recvfrom(wait.fd, NULL, 0, MSG_DONTWAIT, NULL, NULL);
}

static void ended_by_exit(void *ends)
{
	(void)ends;
}

const struct contender contender_raw = {"raw", rounds_raw, open_raw, idle, ended_by_exit};

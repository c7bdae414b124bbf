/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Receives and drops with nothing between the program and the kernel's rings. */
#include "bpf_code.h"
#include "round_raw.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>

static int umem_register(int fd, struct raw *raw)
{
	struct xdp_umem_reg reg = {.len = (uint64_t)RX_FRAMES * RX_FRAME_SIZE, .chunk_size = RX_FRAME_SIZE};
	void *frames = mmap(NULL, reg.len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (frames == MAP_FAILED)
		return -errno;
	raw->frames = frames;
	reg.addr = (uintptr_t)frames;
	return setsockopt(fd, SOL_XDP, XDP_UMEM_REG, &reg, sizeof(reg)) ? -errno : 0;
}

static int ring_sizes_set(int fd)
{
	static const int rings[] = {XDP_UMEM_FILL_RING, XDP_UMEM_COMPLETION_RING, XDP_RX_RING};
	const int size = RX_RING_SIZE;

	for (size_t i = 0; i < sizeof(rings) / sizeof(rings[0]); i++) {
		if (setsockopt(fd, SOL_XDP, rings[i], &size, sizeof(size)))
			return -errno;
	}
	return 0;
}

static void *ring_map(int fd, const struct xdp_ring_offset *offsets, size_t entry, off_t where)
{
	return mmap(NULL, offsets->desc + RX_RING_SIZE * entry, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd,
		    where);
}

static int rings_map(int fd, struct raw *raw)
{
	struct xdp_mmap_offsets offsets;
	socklen_t bytes = sizeof(offsets);
	char *rx;
	char *fill;

	if (getsockopt(fd, SOL_XDP, XDP_MMAP_OFFSETS, &offsets, &bytes))
		return -errno;
	rx = ring_map(fd, &offsets.rx, sizeof(*raw->rx), XDP_PGOFF_RX_RING);
	fill = ring_map(fd, &offsets.fr, sizeof(*raw->fill), (off_t)XDP_UMEM_PGOFF_FILL_RING);
	if (rx == MAP_FAILED || fill == MAP_FAILED)
		return -errno;

	raw->rx = (void *)(rx + offsets.rx.desc);
	raw->rx_producer = (void *)(rx + offsets.rx.producer);
	raw->rx_consumer = (void *)(rx + offsets.rx.consumer);
	raw->fill = (void *)(fill + offsets.fr.desc);
	raw->fill_producer = (void *)(fill + offsets.fr.producer);
	raw->fill_flags = (void *)(fill + offsets.fr.flags);
	raw->rx_mask = RX_RING_SIZE - 1;
	raw->fill_mask = RX_RING_SIZE - 1;
	return 0;
}

static void fill_up(struct raw *raw)
{
	for (uint32_t i = 0; i < RX_RING_SIZE; i++)
		raw->fill[i] = (uint64_t)i * RX_FRAME_SIZE;
	raw->fill_at = RX_RING_SIZE;
	__atomic_store_n(raw->fill_producer, raw->fill_at, __ATOMIC_RELEASE);
}

static int socket_bind(int fd, unsigned int ifindex, unsigned int queue)
{
	struct sockaddr_xdp address = {
		.sxdp_family = AF_XDP,
		.sxdp_flags = XDP_USE_NEED_WAKEUP,
		.sxdp_ifindex = ifindex,
		.sxdp_queue_id = queue,
	};

	return bind(fd, (struct sockaddr *)&address, sizeof(address)) ? -errno : 0;
}

/* The program, its map and the attachment end with the process. */
static int steer(int fd, unsigned int ifindex, unsigned int queue)
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
	int prog;
	int link;

	if (map < 0)
		return map;
	prog = bpf_prog_load(BPF_PROG_TYPE_XDP, "receive", "Dual BSD/GPL", code, sizeof(code) / sizeof(code[0]), &opts);
	if (prog < 0)
		return prog;
	if (bpf_map_update_elem(map, &queue, &fd, 0))
		return -errno;
	link = bpf_link_create(prog, (int)ifindex, BPF_XDP, NULL);
	return link < 0 ? link : 0;
}

static int receiver_open(const struct rx *rx, struct raw *raw)
{
	unsigned int ifindex = if_nametoindex(rx->device);
	int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return -errno;
	err = umem_register(fd, raw);
	if (!err)
		err = ring_sizes_set(fd);
	if (!err)
		err = rings_map(fd, raw);
	if (err)
		return err;
	fill_up(raw);
	err = socket_bind(fd, ifindex, rx->queue);
	if (!err)
		err = steer(fd, ifindex, rx->queue);
	return err ? err : fd;
}

int main(int argc, char **argv)
{
	struct pollfd wait = {.events = POLLIN};
	struct raw raw = {0};
	unsigned int count;
	struct rx rx;

	rx_init(&rx, argc, argv);
	wait.fd = receiver_open(&rx, &raw);
	if (wait.fd < 0)
		return rx_fail("rx_raw: open", wait.fd);
	rx_ready();
	do {
		count = round_raw(&raw, rx.batch, &rx.checksum);
		if (!count && !rx.spin)
			poll(&wait, 1, RX_WAIT_MS);
		else if (!count && *raw.fill_flags & XDP_RING_NEED_WAKEUP)
			recvfrom(wait.fd, NULL, 0, MSG_DONTWAIT, NULL, NULL);
	} while (rx_count(&rx, count));
	return rx_report(&rx, "raw", wait.fd);
}

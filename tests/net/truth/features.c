/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Each feature tried. */
#include "net.h"
#include "program.h"
#include "trials.h"

#include <bpf/bpf.h>
#include <check.h>
#include <errno.h>
#include <linux/if_xdp.h>
#include <net/if.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef XDP_USE_SG
#define XDP_USE_SG (1 << 4)
#endif

#define MEMORY_BYTES (16 * 4096)

static const struct flow forth = {.port = 1000};

static void receive(const struct stand *stand, size_t bytes)
{
	stand_receive(stand, bytes, forth);
}

static bool counts(const struct stand *stand, const struct program *program)
{
	receive(stand, FRAME_SMALL);
	return program_sees(program, stand->patience);
}

static bool runs_natively(const struct stand *stand)
{
	struct program program;
	bool happens = program_native(&program, "count", stand->device->name, 0) && counts(stand, &program);

	program_end(&program);
	return happens;
}

static bool runs_in_the_stack(const struct stand *stand)
{
	struct program program;
	bool happens;

	ck_assert(program_load(&program, "count", 0, NULL));
	happens = program_attach(&program, stand->device->name, XDP_FLAGS_SKB_MODE) && counts(stand, &program);
	program_end(&program);
	return happens;
}

static bool runs_on_the_device(const struct stand *stand)
{
	struct program program;
	bool happens = program_load(&program, "count", 0, stand->device->name) &&
		       program_attach(&program, stand->device->name, XDP_FLAGS_HW_MODE);

	program_end(&program);
	return happens;
}

static bool redirects(const struct stand *stand)
{
	struct program program, arrival;
	bool happens;

	net_veth("out0", "out1", 1);
	ck_assert(program_load(&arrival, "count", 0, NULL));
	ck_assert(program_attach(&arrival, "out1", XDP_FLAGS_DRV_MODE));
	happens = program_any(&program, "redirect", stand);
	if (happens) {
		program_target(&program, "out0");
		receive(stand, FRAME_SMALL);
		happens = program_sees(&arrival, stand->patience);
	}
	program_end(&program);
	program_end(&arrival);
	return happens;
}

/* A native program on a veth, on packets of any size, redirects to the device. */
static bool takes(const struct stand *stand, size_t bytes)
{
	struct program program;
	bool happens;

	net_veth("in0", "in1", 1);
	ck_assert(program_load(&program, "redirect", PROGRAM_FRAGS, NULL));
	program_target(&program, stand->device->name);
	ck_assert(program_attach(&program, "in0", XDP_FLAGS_DRV_MODE));
	sh("ip link set in0 mtu 9000; ip link set in1 mtu 9000");
	frame_send(stand, "in1", bytes);
	ck_assert(program_sees(&program, 2000));
	if (bytes == FRAME_JUMBO)
		ck_assert_uint_lt(program.truth->linear, bytes);
	happens = stand_sends(stand);
	program_end(&program);
	return happens;
}

static bool is_a_target(const struct stand *stand)
{
	return takes(stand, FRAME_SMALL);
}

static bool is_a_target_of_frags(const struct stand *stand)
{
	return takes(stand, FRAME_JUMBO);
}

static bool sends_back(const struct stand *stand)
{
	struct program program;
	bool happens;

	happens = program_any(&program, "bounce", stand);
	if (happens) {
		receive(stand, FRAME_SMALL);
		happens = program_sees(&program, stand->patience) && stand_sends(stand);
	}
	program_end(&program);
	return happens;
}

static bool runs_on_frags(const struct stand *stand)
{
	struct program program;
	bool happens;

	ck_assert(program_load(&program, "measure", PROGRAM_FRAGS, NULL));
	happens = program_attach(&program, stand->device->name, XDP_FLAGS_DRV_MODE);
	if (happens) {
		receive(stand, FRAME_JUMBO);
		happens = program_sees(&program, stand->patience) && program.truth->length > program.truth->linear;
	}
	program_end(&program);
	return happens;
}

static int rings_make(int fd, void *memory)
{
	struct xdp_umem_reg umem = {.addr = (uintptr_t)memory, .len = MEMORY_BYTES, .chunk_size = 4096};
	int entries = 16;

	return setsockopt(fd, SOL_XDP, XDP_UMEM_REG, &umem, sizeof(umem)) ||
	       setsockopt(fd, SOL_XDP, XDP_UMEM_FILL_RING, &entries, sizeof(entries)) ||
	       setsockopt(fd, SOL_XDP, XDP_UMEM_COMPLETION_RING, &entries, sizeof(entries)) ||
	       setsockopt(fd, SOL_XDP, XDP_RX_RING, &entries, sizeof(entries));
}

static bool socket_binds(const struct stand *stand, unsigned int flags)
{
	struct sockaddr_xdp address = {
		.sxdp_family = AF_XDP,
		.sxdp_flags = (uint16_t)flags,
		.sxdp_ifindex = if_nametoindex(stand->device->name),
	};
	void *memory = mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	bool binds;

	ck_assert_ptr_ne(memory, MAP_FAILED);
	if (fd < 0)
		return false;
	ck_assert_msg(!rings_make(fd, memory), "the rings: %s", strerror(errno));
	binds = !bind(fd, (struct sockaddr *)&address, sizeof(address));
	close(fd);
	munmap(memory, MEMORY_BYTES);
	return binds;
}

static bool copies_to_a_socket(const struct stand *stand)
{
	return socket_binds(stand, XDP_COPY);
}

/* What a zero-copy socket can have beside, none has where there is none; where there is one, nothing here tries it. */
static bool shares_with_a_socket(const struct stand *stand)
{
	return socket_binds(stand, XDP_ZEROCOPY);
}

static bool shares_frags_with_a_socket(const struct stand *stand)
{
	return socket_binds(stand, XDP_ZEROCOPY | XDP_USE_SG);
}

/* Runs a program that reads metadata on one packet. */
static bool reads(const struct stand *stand, struct program *program, const char *name)
{
	return program_native(program, name, stand->device->name, PROGRAM_BOUND) && counts(stand, program);
}

static bool reads_the_time(const struct stand *stand)
{
	struct program program;
	bool happens = reads(stand, &program, "hint_time") && !program.truth->time;

	program_end(&program);
	return happens;
}

static bool reads_the_hash(const struct stand *stand)
{
	struct program program;
	bool happens = reads(stand, &program, "hint_hash") && !program.truth->hash;

	program_end(&program);
	return happens;
}

static bool reads_the_tag(const struct stand *stand)
{
	struct program program, tag = {.object = NULL};
	bool happens;

	if (stand->device->far)
		ck_assert(program_tc(&tag, "tag", stand->device->far, BPF_TC_EGRESS));
	happens = reads(stand, &program, "hint_vlan") && !program.truth->vlan && program.truth->vlan_tag == 7;
	program_end(&program);
	program_end(&tag);
	return happens;
}

static bool has_room_for_metadata(const struct stand *stand)
{
	return helper_takes(stand, "meta", 4, FRAME_SMALL);
}

static bool has_room_behind(const struct stand *stand)
{
	return helper_takes(stand, "tail", 1, FRAME_SMALL);
}

static uint32_t queue_of(const struct stand *stand, struct program *program, struct flow flow)
{
	program->truth->seen = 0;
	stand_receive(stand, FRAME_SMALL, flow);
	ck_assert_msg(program_sees(program, 2000), "%s: no packet", stand->device->words);
	return program->truth->queue;
}

static bool spreads_alike(const struct stand *stand)
{
	struct program program;
	bool happens = true;
	uint16_t port;

	ck_assert(program_any(&program, "count", stand));
	for (port = 1000; port < 1032; port++)
		happens = happens && queue_of(stand, &program, (struct flow){port, false}) ==
					     queue_of(stand, &program, (struct flow){port, true});
	program_end(&program);
	return happens;
}

const struct trial *trial_of(enum xdpx_feature feature)
{
	static const struct trial trials[] = {
		[XDPX_FEATURE_NATIVE] = {runs_natively},
		[XDPX_FEATURE_GENERIC] = {runs_in_the_stack},
		[XDPX_FEATURE_OFFLOAD] = {runs_on_the_device},
		[XDPX_FEATURE_REDIRECT] = {redirects},
		[XDPX_FEATURE_REDIRECT_TARGET] = {is_a_target},
		[XDPX_FEATURE_ZEROCOPY] = {shares_with_a_socket},
		[XDPX_FEATURE_RX_FRAGS] = {runs_on_frags, true},
		[XDPX_FEATURE_TARGET_FRAGS] = {is_a_target_of_frags, true},
		[XDPX_FEATURE_TX] = {sends_back},
		[XDPX_FEATURE_XSK_COPY] = {copies_to_a_socket},
		[XDPX_FEATURE_ZEROCOPY_FRAGS] = {shares_frags_with_a_socket},
		[XDPX_FEATURE_RX_TIMESTAMP] = {reads_the_time},
		[XDPX_FEATURE_RX_HASH] = {reads_the_hash},
		[XDPX_FEATURE_RX_VLAN] = {reads_the_tag},
		[XDPX_FEATURE_TX_TIMESTAMP] = {shares_with_a_socket},
		[XDPX_FEATURE_TX_CHECKSUM] = {shares_with_a_socket},
		[XDPX_FEATURE_TX_LAUNCH_TIME] = {shares_with_a_socket},
		[XDPX_FEATURE_DATA_META] = {has_room_for_metadata},
		[XDPX_FEATURE_TAIL_GROW] = {has_room_behind},
		[XDPX_FEATURE_RSS_SYMMETRIC] = {spreads_alike},
	};
	static const struct trial none = {NULL};

	return (unsigned int)feature < sizeof(trials) / sizeof(trials[0]) ? &trials[feature] : &none;
}

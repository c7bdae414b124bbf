/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "prog/needs.h"

#include "base/fail.h"
#include "base/opts.h"
#include "prog/code.h"
#include "prog/insns.h"
#include "prog/prog.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STAGE "prog.needs"
/* More maps than this the kernel does not let a program use. */
#define MAPS 64

#define RX_NEEDS \
	(XDPX_NEED_BIT(XDPX_NEED_RX_TIMESTAMP) | XDPX_NEED_BIT(XDPX_NEED_RX_HASH) | XDPX_NEED_BIT(XDPX_NEED_RX_VLAN))

static const struct {
	const char *name;
	const char *words;
} needs_known[] = {
	[XDPX_NEED_RUN] = {"run", "runs"},
	[XDPX_NEED_REDIRECT] = {"redirect", "calls bpf_redirect()"},
	[XDPX_NEED_REDIRECT_MAP] = {"redirect-map", "calls bpf_redirect_map()"},
	[XDPX_NEED_DEVMAP] = {"devmap", "redirects to devices in a DEVMAP"},
	[XDPX_NEED_CPUMAP] = {"cpumap", "redirects to processors in a CPUMAP"},
	[XDPX_NEED_XSKMAP] = {"xskmap", "redirects to AF_XDP sockets in an XSKMAP"},
	[XDPX_NEED_TX] = {"tx", "returns XDP_TX"},
	[XDPX_NEED_ADJUST_HEAD] = {"adjust-head", "calls bpf_xdp_adjust_head()"},
	[XDPX_NEED_ADJUST_META] = {"adjust-meta", "calls bpf_xdp_adjust_meta()"},
	[XDPX_NEED_ADJUST_TAIL] = {"adjust-tail", "calls bpf_xdp_adjust_tail()"},
	[XDPX_NEED_FIB_LOOKUP] = {"fib-lookup", "calls bpf_fib_lookup()"},
	[XDPX_NEED_SOCKET_LOOKUP] = {"socket-lookup", "looks for sockets"},
	[XDPX_NEED_FRAG_BYTES] = {"frag-bytes", "copies from or to packets of several buffers"},
	[XDPX_NEED_TAIL_CALL] = {"tail-call", "calls bpf_tail_call()"},
	[XDPX_NEED_RX_TIMESTAMP] = {"rx-timestamp", "calls bpf_xdp_metadata_rx_timestamp()"},
	[XDPX_NEED_RX_HASH] = {"rx-hash", "calls bpf_xdp_metadata_rx_hash()"},
	[XDPX_NEED_RX_VLAN] = {"rx-vlan", "calls bpf_xdp_metadata_rx_vlan_tag()"},
	[XDPX_NEED_KFUNC] = {"kfunc", "calls other functions of the kernel"},
	[XDPX_NEED_BOUND] = {"bound", "holds metadata functions, so that it is loaded for one device"},
	[XDPX_NEED_FRAGS] = {"frags", "takes packets of several buffers"},
	[XDPX_NEED_LINEAR] = {"linear", "takes packets of one buffer only"},
	[XDPX_NEED_TARGET] = {"target", "redirects to another device"},
	[XDPX_NEED_OTHERS] = {"others", "came without its instructions"},
};

static const struct {
	int32_t id;
	enum xdpx_need need;
} helpers[] = {
	{BPF_FUNC_redirect, XDPX_NEED_REDIRECT},
	{BPF_FUNC_redirect_map, XDPX_NEED_REDIRECT_MAP},
	{BPF_FUNC_xdp_adjust_head, XDPX_NEED_ADJUST_HEAD},
	{BPF_FUNC_xdp_adjust_meta, XDPX_NEED_ADJUST_META},
	{BPF_FUNC_xdp_adjust_tail, XDPX_NEED_ADJUST_TAIL},
	{BPF_FUNC_fib_lookup, XDPX_NEED_FIB_LOOKUP},
	{BPF_FUNC_sk_lookup_tcp, XDPX_NEED_SOCKET_LOOKUP},
	{BPF_FUNC_sk_lookup_udp, XDPX_NEED_SOCKET_LOOKUP},
	{BPF_FUNC_skc_lookup_tcp, XDPX_NEED_SOCKET_LOOKUP},
	{BPF_FUNC_xdp_load_bytes, XDPX_NEED_FRAG_BYTES},
	{BPF_FUNC_xdp_store_bytes, XDPX_NEED_FRAG_BYTES},
	{BPF_FUNC_tail_call, XDPX_NEED_TAIL_CALL},
};

static const struct {
	const char *name;
	enum xdpx_need need;
} kfuncs[] = {
	{"bpf_xdp_metadata_rx_timestamp", XDPX_NEED_RX_TIMESTAMP},
	{"bpf_xdp_metadata_rx_hash", XDPX_NEED_RX_HASH},
	{"bpf_xdp_metadata_rx_vlan_tag", XDPX_NEED_RX_VLAN},
};

static const struct {
	uint32_t type;
	enum xdpx_need need;
} map_types[] = {
	{BPF_MAP_TYPE_DEVMAP, XDPX_NEED_DEVMAP},	{BPF_MAP_TYPE_DEVMAP_HASH, XDPX_NEED_DEVMAP},
	{BPF_MAP_TYPE_CPUMAP, XDPX_NEED_CPUMAP},	{BPF_MAP_TYPE_XSKMAP, XDPX_NEED_XSKMAP},
	{BPF_MAP_TYPE_PROG_ARRAY, XDPX_NEED_TAIL_CALL},
};

#define COUNT(table) (sizeof(table) / sizeof(*(table)))

const char *xdpx_need_name(enum xdpx_need need)
{
	return (size_t)(unsigned int)need < COUNT(needs_known) ? needs_known[need].name : NULL;
}

const char *xdpx_need_words(enum xdpx_need need)
{
	return needs_known[need].words;
}

static uint64_t helper_need(int32_t id)
{
	size_t at;

	for (at = 0; at < COUNT(helpers); at++)
		if (helpers[at].id == id)
			return XDPX_NEED_BIT(helpers[at].need);
	return 0;
}

static uint64_t kfunc_need(const char *name)
{
	size_t at;

	for (at = 0; at < COUNT(kfuncs); at++)
		if (!strcmp(kfuncs[at].name, name))
			return XDPX_NEED_BIT(kfuncs[at].need);
	return XDPX_NEED_BIT(XDPX_NEED_KFUNC);
}

static uint64_t map_need(uint32_t type)
{
	size_t at;

	for (at = 0; at < COUNT(map_types); at++)
		if (map_types[at].type == type)
			return XDPX_NEED_BIT(map_types[at].need);
	return 0;
}

static uint64_t insn_need(const struct xdpx_prog *prog, const struct bpf_insn *insn)
{
	const char *name = xdpx_code_name(prog->code, insn->imm);
	const struct bpf_map *map;

	if (insn->code == (BPF_JMP | BPF_CALL) && !insn->src_reg)
		return helper_need(insn->imm);
	if (insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == BPF_PSEUDO_KFUNC_CALL)
		return kfunc_need(name);
	if (insn->code == (BPF_LD | BPF_IMM | BPF_DW) && insn->src_reg == BPF_PSEUDO_MAP_IDX) {
		map = bpf_object__find_map_by_name(prog->object, name);
		return map ? map_need(bpf_map__type(map)) : 0;
	}
	return 0;
}

/* The content of a section of constants, as it will be loaded. A map that stands in for it may hold anything. */
static const void *constants_of(void *arg, uint32_t place, size_t *length)
{
	static const char rodata[] = ".rodata";
	const struct xdpx_prog *prog = arg;
	const char *name = xdpx_code_name(prog->code, (int32_t)place);
	struct bpf_map *map;

	if (strncmp(name, rodata, sizeof(rodata) - 1))
		return NULL;
	map = bpf_object__find_map_by_name(prog->object, name);
	if (!map || (prog->fd < 0 && bpf_map__fd(map) >= 0))
		return NULL;
	return bpf_map__initial_value(map, length);
}

/* Adds the needs of the instructions that may run; with `every_branch`, of those that the verifier looks at. */
static int code_needs(const struct xdpx_prog *prog, bool every_branch, uint64_t *needs,
		      struct xdpx_insns_returns *returns)
{
	const struct xdpx_insns insns = {
		.at = prog->code->insns,
		.count = prog->code->count,
		.entry = prog->code->entry,
		.bytes = constants_of,
		.arg = (void *)(uintptr_t)prog,
		.every_branch = every_branch,
	};
	unsigned char *reached = malloc(insns.count + 1);
	size_t at;
	int err;

	err = reached ? xdpx_insns_scan(&insns, reached, returns) : -ENOMEM;
	for (at = 0; !err && at < insns.count; at++)
		if (reached[at])
			*needs |= insn_need(prog, &insns.at[at]);
	free(reached);
	return err ? xdpx_fail(err, STAGE, "no memory to follow the %zu instructions of program \"%s\"", insns.count,
			       prog->name)
		   : 0;
}

static int object_needs(const struct xdpx_prog *prog, struct xdpx_needs *needs)
{
	struct xdpx_insns_returns returns;
	struct xdpx_insns_returns unused;
	uint64_t whole = 0;
	int err;

	err = code_needs(prog, false, &needs->needs, &returns);
	if (!err)
		err = code_needs(prog, true, &whole, &unused);
	if (err)
		return err;

	needs->known = 1;
	needs->actions = returns.constants;
	needs->computed = returns.computed || needs->needs & XDPX_NEED_BIT(XDPX_NEED_TAIL_CALL);
	if (needs->actions & 1U << XDP_TX)
		needs->needs |= XDPX_NEED_BIT(XDPX_NEED_TX);
	/* the verifier looks for them before it takes dead code out */
	if (whole & RX_NEEDS)
		needs->needs |= XDPX_NEED_BIT(XDPX_NEED_BOUND);
	needs->needs |= XDPX_NEED_BIT(xdpx_prog_frags(prog) ? XDPX_NEED_FRAGS : XDPX_NEED_LINEAR);
	return 0;
}

static uint64_t map_id_need(uint32_t id)
{
	struct bpf_map_info info = {0};
	uint32_t length = sizeof(info);
	int fd = bpf_map_get_fd_by_id(id);
	int err;

	if (fd < 0)
		return 0;
	err = bpf_obj_get_info_by_fd(fd, &info, &length);
	close(fd);
	return err ? 0 : map_need(info.type);
}

/* What the kernel tells of a program that it runs: its maps. */
static void kernel_needs(const struct xdpx_prog *prog, struct xdpx_needs *needs)
{
	uint32_t ids[MAPS];
	struct bpf_prog_info info = {.map_ids = (uintptr_t)ids, .nr_map_ids = MAPS};
	uint32_t length = sizeof(info);
	uint32_t at;

	needs->computed = 1;
	if (bpf_obj_get_info_by_fd(prog->fd, &info, &length) || !info.map_ids)
		return;
	for (at = 0; at < info.nr_map_ids && at < MAPS; at++)
		needs->needs |= map_id_need(ids[at]);
}

int xdpx_needs_find(const struct xdpx_prog *prog, struct xdpx_needs *needs)
{
	*needs = (struct xdpx_needs){.size = sizeof(*needs), .needs = XDPX_NEED_BIT(XDPX_NEED_RUN)};
	if (!prog->code) {
		kernel_needs(prog, needs);
		return 0;
	}
	return object_needs(prog, needs);
}

int xdpx_prog_needs(const struct xdpx_prog *prog, struct xdpx_needs *needs)
{
	struct xdpx_needs own;
	int err;

	if (!prog || !needs)
		return xdpx_fail(-EINVAL, STAGE, "the %s is NULL", prog ? "place for the needs" : "program");
	err = xdpx_needs_find(prog, &own);
	return err ? err : xdpx_out_give(needs, &own, sizeof(own), STAGE);
}

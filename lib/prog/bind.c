/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "prog/bind.h"

#include "base/fail.h"
#include "prog/libbpf_print.h"
#include "prog/needs.h"
#include "prog/prog.h"

#include <xdpx/nic.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define STAGE "prog.load"

#ifndef BPF_F_XDP_DEV_BOUND_ONLY
#define BPF_F_XDP_DEV_BOUND_ONLY (1U << 6)
#endif

struct xdpx_place xdpx_place_of(const struct xdpx_nic *nic, bool offload)
{
	return (struct xdpx_place){
		.index = xdpx_nic_index(nic),
		.nic = xdpx_nic_name(nic),
		.driver = xdpx_nic_driver(nic),
		.firmware = xdpx_nic_firmware(nic),
		.offload = offload,
	};
}

/* The first of them came together with binding (6.3). Where there is none, weak ones must not keep from loading. */
static bool kernel_binds(void)
{
	struct xdpx_libbpf_words words;
	struct btf *btf;
	bool found;

	xdpx_libbpf_begin(&words);
	btf = btf__load_vmlinux_btf();
	xdpx_libbpf_end(&words);
	if (!btf)
		return true;
	found = btf__find_by_name_kind(btf, "bpf_xdp_metadata_rx_timestamp", BTF_KIND_FUNC) > 0;
	btf__free(btf);
	return found;
}

static int refuse(const struct xdpx_prog *prog, const struct xdpx_place *place, int err)
{
	return xdpx_fail(err, STAGE, "libbpf does not let program \"%s\" be loaded for %s", prog->name, place->nic);
}

static int offload(struct xdpx_prog *prog, const struct xdpx_place *place)
{
	struct bpf_map *map;
	int err;

	bpf_object__for_each_map (map, prog->object) {
		err = bpf_map__set_ifindex(map, place->index);
		if (err)
			return refuse(prog, place, err);
	}
	bpf_program__set_ifindex(prog->program, place->index);
	prog->place_index = place->index;
	prog->offloaded = true;
	return 0;
}

int xdpx_bind(struct xdpx_prog *prog, const struct xdpx_place *place)
{
	struct xdpx_needs needs;
	int err;

	if (place->offload)
		return offload(prog, place);
	err = xdpx_needs_find(prog, &needs);
	if (err)
		return err;
	if (!(needs.needs & XDPX_NEED_BIT(XDPX_NEED_BOUND)) || !kernel_binds())
		return 0;

	err = bpf_program__set_flags(prog->program, bpf_program__flags(prog->program) | BPF_F_XDP_DEV_BOUND_ONLY);
	if (err)
		return refuse(prog, place, err);
	bpf_program__set_ifindex(prog->program, place->index);
	prog->place_index = place->index;
	return 0;
}

int xdpx_bound_check(const struct xdpx_prog *prog, const struct xdpx_place *place)
{
	if (!place || !prog->object)
		return 0;
	if (prog->place_index && prog->place_index != place->index) {
		xdpx_fail(-EINVAL, STAGE, "%s: program \"%s\" is loaded for another device, the one with index %u",
			  place->nic, prog->name, prog->place_index);
		xdpx_fail_hint("open the object again for each device");
		return -EINVAL;
	}
	if (prog->offloaded == place->offload)
		return 0;
	xdpx_fail(-EINVAL, STAGE, "%s: program \"%s\" is loaded already, to run %s", place->nic, prog->name,
		  prog->offloaded ? "on the device itself" : "on this machine's processors");
	xdpx_fail_hint("open the object again, and attach it without loading it before");
	return -EINVAL;
}

int xdpx_fail_no_offload(const struct xdpx_prog *prog, const struct xdpx_place *place, int err)
{
	char firmware[96] = "";

	if (place->firmware[0])
		snprintf(firmware, sizeof(firmware), ", firmware %.64s", place->firmware);
	xdpx_fail(-EOPNOTSUPP, STAGE,
		  "%s: program \"%s\" cannot run on the device itself: its driver (%s%s) takes none", place->nic,
		  prog->name, place->driver[0] ? place->driver : "which has no name", firmware);
	xdpx_fail_hint(
		"that takes a SmartNIC of driver nfp, whose firmware is the application \"bpf\" ('devlink dev info' "
		"shows it); native mode runs programs in the driver");
	xdpx_fail_kernel_code(err);
	return -EOPNOTSUPP;
}

/* The kernel's whole condition is that the driver takes programs. */
static int fail_no_driver(const struct xdpx_prog *prog, const struct xdpx_place *place, int err)
{
	xdpx_fail(-EOPNOTSUPP, STAGE,
		  "%s: its driver (%s) runs no XDP programs, and program \"%s\" holds metadata functions, which run in "
		  "drivers only",
		  place->nic, place->driver[0] ? place->driver : "which has no name", prog->name);
	xdpx_fail_hint("leave them out, also where they never run, for generic mode");
	xdpx_fail_kernel_code(err);
	return -EOPNOTSUPP;
}

/* "extern (func ksym) 'bpf_some': not found in kernel or module BTFs" */
static int fail_no_function(const struct xdpx_prog *prog, int err, const char *words)
{
	static const char begin[] = "extern (func ksym) '";
	const char *name = strstr(words, begin);
	size_t length;

	if (!name || !strstr(name, "not found in kernel"))
		return 0;
	name += sizeof(begin) - 1;
	length = strcspn(name, "'");
	xdpx_fail(-EOPNOTSUPP, STAGE,
		  "the running kernel has no function %.*s(), which the object of program \"%s\" calls", (int)length,
		  name, prog->name);
	xdpx_fail_hint("a newer kernel may have it; declared __weak, and called only where a read-only global lets it, "
		       "the program loads without");
	xdpx_fail_kernel(words);
	xdpx_fail_kernel_code(err);
	return -EOPNOTSUPP;
}

int xdpx_fail_bound(const struct xdpx_prog *prog, const struct xdpx_place *place, int err, const char *log,
		    const char *words)
{
	int told = fail_no_function(prog, err, words);

	if (told || log[0] || !place)
		return told;
	if (place->offload && (err == -EINVAL || err == -EOPNOTSUPP))
		return xdpx_fail_no_offload(prog, place, err);
	if (prog->place_index && err == -EOPNOTSUPP)
		return fail_no_driver(prog, place, err);
	return 0;
}

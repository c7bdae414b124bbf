/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "program.h"

#include "stand.h"

#include <bpf/bpf.h>
#include <check.h>
#include <net/if.h>
#include <string.h>
#include <sys/mman.h>

static int silent(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

static void choose(struct bpf_object *object, const char *name, unsigned int flags, const char *device)
{
	struct bpf_program *each;

	bpf_object__for_each_program (each, object) {
		bool chosen = !strcmp(bpf_program__name(each), name);

		bpf_program__set_autoload(each, chosen);
		if (chosen) {
			bpf_program__set_flags(each, flags);
			bpf_program__set_ifindex(each, device ? if_nametoindex(device) : 0);
		}
	}
}

bool program_load(struct program *program, const char *name, unsigned int flags, const char *device)
{
	struct bpf_object *object;

	*program = (struct program){.fd = -1};
	libbpf_set_print(silent);
	object = bpf_object__open_file(TEST_OBJECTS "/truth.bpf.o", NULL);
	ck_assert_ptr_nonnull(object);
	choose(object, name, flags, device);
	if (bpf_object__load(object)) {
		bpf_object__close(object);
		return false;
	}
	program->object = object;
	program->fd = bpf_program__fd(bpf_object__find_program_by_name(object, name));
	program->truth = mmap(NULL, sizeof(struct truth), PROT_READ | PROT_WRITE, MAP_SHARED,
			      bpf_object__find_map_fd_by_name(object, ".bss"), 0);
	ck_assert_ptr_ne(program->truth, MAP_FAILED);
	return true;
}

bool program_attach(struct program *program, const char *device, unsigned int mode)
{
	unsigned int index = if_nametoindex(device);

	ck_assert_msg(index, "no device %s", device);
	if (bpf_xdp_attach((int)index, program->fd, mode, NULL))
		return false;
	program->index = index;
	program->mode = mode;
	return true;
}

bool program_native(struct program *program, const char *name, const char *device, unsigned int flags)
{
	const char *bound = flags & PROGRAM_BOUND ? device : NULL;

	if (program_load(program, name, flags, bound) && program_attach(program, device, XDP_FLAGS_DRV_MODE))
		return true;
	program_end(program);
	return program_load(program, name, flags | PROGRAM_FRAGS, bound) &&
	       program_attach(program, device, XDP_FLAGS_DRV_MODE);
}

bool program_any(struct program *program, const char *name, const struct stand *stand)
{
	const char *device = stand->device->name;

	*program = (struct program){.fd = -1};
	if (!stand->generic && program_native(program, name, device, 0))
		return true;
	program_end(program);
	return program_load(program, name, 0, NULL) && program_attach(program, device, XDP_FLAGS_SKB_MODE);
}

bool program_tc(struct program *program, const char *name, const char *device, enum bpf_tc_attach_point point)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)if_nametoindex(device), .attach_point = point);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = 1);

	if (!program_load(program, name, 0, NULL))
		return false;
	opts.prog_fd = program->fd;
	return !bpf_tc_hook_create(&hook) && !bpf_tc_attach(&hook, &opts);
}

void program_target(const struct program *program, const char *device)
{
	unsigned int index = if_nametoindex(device);
	unsigned int key = 0;

	ck_assert_int_eq(
		bpf_map_update_elem(bpf_object__find_map_fd_by_name(program->object, "target"), &key, &index, BPF_ANY),
		0);
}

bool program_sees(const struct program *program, unsigned int patience)
{
	uint64_t end = now_ms() + patience;

	while (!__atomic_load_n(&program->truth->seen, __ATOMIC_ACQUIRE) && now_ms() < end)
		nap();
	return program->truth->seen;
}

void program_end(struct program *program)
{
	if (program->index)
		bpf_xdp_detach((int)program->index, program->mode, NULL);
	if (program->truth)
		munmap(program->truth, sizeof(struct truth));
	bpf_object__close(program->object);
	*program = (struct program){.fd = -1};
}

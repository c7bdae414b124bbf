/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "prog/prog.h"

#include "base/fail.h"
#include "base/opts.h"
#include "prog/code.h"
#include "prog/elf_check.h"
#include "prog/libbpf_print.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef BPF_F_XDP_HAS_FRAGS
#define BPF_F_XDP_HAS_FRAGS (1U << 5)
#endif

/* Puts the names into one line, as far as they fit, for an error that says what there is. */
struct name_list {
	char text[256];
	size_t length;
	unsigned int count;
};

static void name_add(struct name_list *list, const char *name)
{
	size_t room = sizeof(list->text) - list->length;
	int length = snprintf(list->text + list->length, room, "%s%s", list->count++ ? ", " : "", name);

	if (length > 0)
		list->length += (size_t)length < room ? (size_t)length : room - 1;
}

static bool is_attachable(const struct bpf_program *program)
{
	/* SEC("xdp/devmap") and SEC("xdp/cpumap") are of the type as well, and run in maps */
	return bpf_program__type(program) == BPF_PROG_TYPE_XDP && bpf_program__expected_attach_type(program) == BPF_XDP;
}

static int find_by_name(struct xdpx_prog *prog, const char *name)
{
	struct name_list names = {.text = ""};
	struct bpf_program *program;

	bpf_object__for_each_program (program, prog->object) {
		if (bpf_program__type(program) == BPF_PROG_TYPE_XDP)
			name_add(&names, bpf_program__name(program));
		if (!strcmp(bpf_program__name(program), name))
			prog->program = program;
	}

	if (!prog->program) {
		xdpx_fail(-ENOENT, "prog.open", "the object has no program \"%s\"", name);
		xdpx_fail_hint("its XDP programs: %s", names.count ? names.text : "none");
		return -ENOENT;
	}
	if (bpf_program__type(prog->program) != BPF_PROG_TYPE_XDP)
		return xdpx_fail(-EINVAL, "prog.open", "program \"%s\" is in section \"%s\", so it is no XDP program",
				 name, bpf_program__section_name(prog->program));
	return 0;
}

static int find_only(struct xdpx_prog *prog)
{
	struct name_list names = {.text = ""};
	struct bpf_program *program;

	bpf_object__for_each_program (program, prog->object) {
		if (!is_attachable(program))
			continue;
		name_add(&names, bpf_program__name(program));
		prog->program = program;
	}

	if (!names.count) {
		xdpx_fail(-EINVAL, "prog.open", "the object holds no XDP program");
		xdpx_fail_hint("mark the function with SEC(\"xdp\")");
		return -EINVAL;
	}
	if (names.count > 1) {
		xdpx_fail(-EINVAL, "prog.open", "the object holds %u XDP programs: %s", names.count, names.text);
		xdpx_fail_hint("say which in `name` of the options");
		return -EINVAL;
	}
	return 0;
}

/* Finds the program meant and leaves the others of the object out of the kernel. */
static int program_choose(struct xdpx_prog *prog, const char *name)
{
	struct bpf_program *program;
	int err;

	err = name ? find_by_name(prog, name) : find_only(prog);
	if (err)
		return err;
	bpf_object__for_each_program (program, prog->object)
		bpf_program__set_autoload(program, program == prog->program);

	prog->name = strdup(bpf_program__name(prog->program));
	if (!prog->name)
		return xdpx_fail(-ENOMEM, "prog.open", "no memory for the program's name");
	return 0;
}

static int object_open(struct xdpx_prog *prog, const void *elf, size_t bytes, const char *object_name)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = object_name);
	struct xdpx_libbpf_words words;
	int err;

	xdpx_libbpf_begin(&words);
	prog->object = bpf_object__open_mem(elf, bytes, &opts);
	err = prog->object ? 0 : -errno;
	xdpx_libbpf_end(&words);
	if (!err)
		return 0;

	/* libbpf has errnos of its own, past the kernel's, all for objects that it cannot read */
	xdpx_fail(err == -ENOMEM ? err : -EINVAL, "prog.open", "libbpf cannot read the BPF object");
	xdpx_fail_kernel(words.text);
	xdpx_fail_kernel_code(err);
	return err == -ENOMEM ? err : -EINVAL;
}

static struct xdpx_prog *prog_alloc(void)
{
	struct xdpx_prog *prog = calloc(1, sizeof(*prog));

	if (!prog) {
		xdpx_fail(-ENOMEM, "prog.alloc", "no memory for the program's handle");
		return NULL;
	}
	prog->fd = -1;
	return prog;
}

static int opts_take(struct xdpx_prog_opts *own, const struct xdpx_prog_opts *opts)
{
	int err = xdpx_opts_take(own, sizeof(*own), opts, "prog.open.options");

	return err ? err : xdpx_opts_flags(own->flags, 0, "prog.open.options");
}

static int prog_new(const void *elf, size_t bytes, const char *object_name, const char *name, struct xdpx_prog **out)
{
	struct xdpx_elf checked;
	struct xdpx_prog *prog;
	int err;

	err = xdpx_elf_check(elf, bytes, &checked);
	if (err)
		return err;
	prog = prog_alloc();
	if (!prog)
		return -ENOMEM;
	err = object_open(prog, elf, bytes, object_name);
	if (!err)
		err = program_choose(prog, name);
	if (!err)
		err = xdpx_code_new(&checked, bpf_program__section_name(prog->program), prog->name, &prog->code);
	if (err) {
		xdpx_prog_free(prog);
		return err;
	}

	*out = prog;
	return 0;
}

/* The object's name is the beginning of the names of its maps of globals, as libbpf's users know them. */
static void object_name_from(const char *path, char *name, size_t bytes)
{
	const char *base = strrchr(path, '/');

	snprintf(name, bytes, "%s", base ? base + 1 : path);
	name[strcspn(name, ".")] = '\0';
}

int xdpx_prog_open(const char *path, const struct xdpx_prog_opts *opts, struct xdpx_prog **prog)
{
	struct xdpx_prog_opts own;
	char object_name[64];
	char message[512];
	size_t length;
	void *elf;
	int err;

	if (!path || !prog)
		return xdpx_fail(-EINVAL, "prog.open", "the %s is NULL", path ? "place for the program" : "path");
	err = opts_take(&own, opts);
	if (err)
		return err;
	err = xdpx_prog_file_read(path, &elf, &length);
	if (err)
		return err;

	object_name_from(path, object_name, sizeof(object_name));
	err = prog_new(elf, length, object_name, own.name, prog);
	free(elf);
	if (err) {
		snprintf(message, sizeof(message), "%s", xdpx_error_last()->message);
		xdpx_fail_message("%s: %s", path, message);
	}
	return err;
}

int xdpx_prog_open_memory(const void *elf, size_t bytes, const struct xdpx_prog_opts *opts, struct xdpx_prog **prog)
{
	struct xdpx_prog_opts own;
	void *copy;
	int err;

	if (!elf || !prog)
		return xdpx_fail(-EINVAL, "prog.open", "the %s is NULL", elf ? "place for the program" : "object");
	err = opts_take(&own, opts);
	if (err)
		return err;

	/* libelf reads in place, so that the bytes must be aligned */
	copy = malloc(bytes + 1);
	if (!copy)
		return xdpx_fail(-ENOMEM, "prog.open", "no memory for the object's %zu bytes", bytes);
	memcpy(copy, elf, bytes);
	err = prog_new(copy, bytes, "xdpx", own.name, prog);
	free(copy);
	return err;
}

/* What the descriptor stands for: the kernel's BPF_OBJ_GET_INFO_BY_FD takes maps, programs and links alike. */
static bool fd_is(int fd, const char *what)
{
	char path[32];
	char target[64];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	length = readlink(path, target, sizeof(target) - 1);
	if (length < 0)
		return true;
	target[length] = '\0';
	return !strcmp(target, what);
}

static int take_fd(struct xdpx_prog *prog, int fd, const struct bpf_prog_info *info)
{
	prog->id = info->id;
	prog->name = strndup(info->name, sizeof(info->name));
	prog->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (!prog->name)
		return xdpx_fail(-ENOMEM, "prog.from_fd", "no memory for the program's name");
	if (prog->fd < 0)
		return xdpx_fail(-errno, "prog.from_fd", "duplicating the file descriptor failed: %s",
				 xdpx_errno_text(errno));
	return 0;
}

int xdpx_prog_from_fd(int fd, struct xdpx_prog **out)
{
	struct bpf_prog_info info = {0};
	uint32_t length = sizeof(info);
	struct xdpx_prog *prog;
	int err;

	if (!out)
		return xdpx_fail(-EINVAL, "prog.from_fd", "the place for the program is NULL");
	if (fcntl(fd, F_GETFD) < 0)
		return xdpx_fail(-EBADF, "prog.from_fd", "file descriptor %d is not open", fd);
	if (!fd_is(fd, "anon_inode:bpf-prog") || bpf_obj_get_info_by_fd(fd, &info, &length))
		return xdpx_fail(-EINVAL, "prog.from_fd", "file descriptor %d is not a BPF program", fd);
	if (info.type != BPF_PROG_TYPE_XDP)
		return xdpx_fail(-EINVAL, "prog.from_fd", "program %u (\"%.16s\") is of BPF type %u, not XDP", info.id,
				 info.name, info.type);

	prog = prog_alloc();
	if (!prog)
		return -ENOMEM;
	err = take_fd(prog, fd, &info);
	if (err) {
		xdpx_prog_free(prog);
		return err;
	}

	*out = prog;
	return 0;
}

void xdpx_prog_free(struct xdpx_prog *prog)
{
	struct xdpx_libbpf_words words;

	if (!prog)
		return;
	if (!prog->object && prog->fd >= 0)
		close(prog->fd);
	xdpx_libbpf_begin(&words);
	bpf_object__close(prog->object);
	xdpx_libbpf_end(&words);
	xdpx_code_free(prog->code);
	free(prog->name);
	free(prog);
}

int xdpx_prog_unloaded_check(const struct xdpx_prog *prog, const char *stage, const char *what)
{
	if (!prog->object)
		return xdpx_fail(-EOPNOTSUPP, stage,
				 "%s: program \"%s\" came from a file descriptor, without its object", what,
				 prog->name);
	if (prog->fd >= 0 || prog->load_error)
		return xdpx_fail(-EBUSY, stage, "%s: program \"%s\" is loaded already", what, prog->name);
	return 0;
}

struct bpf_map *xdpx_prog_map_find(const struct xdpx_prog *prog, const char *name, const char *stage)
{
	struct name_list names = {.text = ""};
	struct bpf_map *map;

	map = bpf_object__find_map_by_name(prog->object, name);
	if (map)
		return map;

	bpf_object__for_each_map (map, prog->object)
		name_add(&names, bpf_map__name(map));
	xdpx_fail(-ENOENT, stage, "the object of program \"%s\" has no map \"%s\"", prog->name, name);
	xdpx_fail_hint("its maps: %s", names.count ? names.text : "none");
	return NULL;
}

/* The first way in which the map differs from what the object declares, or NULL. */
static const char *map_difference(const struct bpf_map *map, const struct bpf_map_info *info, unsigned int *have,
				  unsigned int *want)
{
	const struct {
		const char *what;
		unsigned int have;
		unsigned int want;
	} sides[] = {
		{"type", info->type, bpf_map__type(map)},
		{"key size", info->key_size, bpf_map__key_size(map)},
		{"value size", info->value_size, bpf_map__value_size(map)},
		{"number of entries", info->max_entries, bpf_map__max_entries(map)},
	};
	size_t at;

	for (at = 0; at < sizeof(sides) / sizeof(*sides); at++) {
		*have = sides[at].have;
		*want = sides[at].want;
		if (*have != *want)
			return sides[at].what;
	}
	return NULL;
}

int xdpx_prog_map_reuse(struct xdpx_prog *prog, const char *name, int fd)
{
	struct bpf_map_info info = {0};
	uint32_t length = sizeof(info);
	const char *difference;
	unsigned int have;
	unsigned int want;
	struct bpf_map *map;
	int err;

	if (!prog || !name)
		return xdpx_fail(-EINVAL, "prog.map.reuse", "the %s is NULL", prog ? "map's name" : "program");
	err = xdpx_prog_unloaded_check(prog, "prog.map.reuse", "maps are chosen before loading");
	if (err)
		return err;
	map = xdpx_prog_map_find(prog, name, "prog.map.reuse");
	if (!map)
		return -ENOENT;
	if (!fd_is(fd, "anon_inode:bpf-map") || bpf_obj_get_info_by_fd(fd, &info, &length))
		return xdpx_fail(-EBADF, "prog.map.reuse", "file descriptor %d is not a BPF map", fd);

	difference = map_difference(map, &info, &have, &want);
	if (difference)
		return xdpx_fail(-EINVAL, "prog.map.reuse",
				 "map %u cannot be map \"%s\": its %s is %u, and the object wants %u", info.id, name,
				 difference, have, want);
	err = bpf_map__reuse_fd(map, fd);
	if (err)
		return xdpx_fail(err, "prog.map.reuse", "libbpf does not take map %u for \"%s\": %s", info.id, name,
				 xdpx_errno_text(err));
	return 0;
}

int xdpx_prog_map_resize(struct xdpx_prog *prog, const char *name, uint32_t entries)
{
	struct bpf_map *map;
	int err;

	err = xdpx_prog_unloaded_check(prog, "prog.map.resize", "maps are sized before loading");
	if (err)
		return err;
	map = xdpx_prog_map_find(prog, name, "prog.map.resize");
	if (!map)
		return -ENOENT;
	err = bpf_map__set_max_entries(map, entries);
	if (err)
		return xdpx_fail(err, "prog.map.resize", "map \"%s\" does not take %u entries: %s", name, entries,
				 xdpx_errno_text(err));
	return 0;
}

/* libbpf adds the flag at load for such a section, whatever the flags set say. */
static bool is_frags_section(const struct xdpx_prog *prog)
{
	static const char frags[] = "xdp.frags";

	return !strncmp(bpf_program__section_name(prog->program), frags, sizeof(frags) - 1);
}

int xdpx_prog_frags_set(struct xdpx_prog *prog, bool frags)
{
	uint32_t flags;
	int err;

	err = xdpx_prog_unloaded_check(prog, "prog.frags", "frags are chosen before loading");
	if (err)
		return err;
	if (!frags && is_frags_section(prog))
		return xdpx_fail(-EOPNOTSUPP, "prog.frags",
				 "program \"%s\" is in section \"%s\" and stays frags-capable", prog->name,
				 bpf_program__section_name(prog->program));
	flags = bpf_program__flags(prog->program) & ~BPF_F_XDP_HAS_FRAGS;
	err = bpf_program__set_flags(prog->program, flags | (frags ? BPF_F_XDP_HAS_FRAGS : 0));
	if (err)
		return xdpx_fail(err, "prog.frags", "libbpf does not take the flags of program \"%s\"", prog->name);
	return 0;
}

bool xdpx_prog_frags(const struct xdpx_prog *prog)
{
	return prog->program && (is_frags_section(prog) || bpf_program__flags(prog->program) & BPF_F_XDP_HAS_FRAGS);
}

int xdpx_prog_fd(const struct xdpx_prog *prog)
{
	if (!prog || prog->fd < 0)
		return xdpx_fail(-EINVAL, "prog.fd", "the program is not loaded");
	return prog->fd;
}

uint32_t xdpx_prog_id(const struct xdpx_prog *prog)
{
	return prog ? prog->id : 0;
}

const char *xdpx_prog_name(const struct xdpx_prog *prog)
{
	return prog ? prog->name : "";
}

int xdpx_prog_map_fd(const struct xdpx_prog *prog, const char *name)
{
	struct bpf_map *map;

	if (!prog || !name)
		return xdpx_fail(-EINVAL, "prog.map", "the %s is NULL", prog ? "map's name" : "program");
	if (!prog->object)
		return xdpx_fail(-EOPNOTSUPP, "prog.map",
				 "program \"%s\" came from a file descriptor, without its maps", prog->name);
	if (prog->fd < 0)
		return xdpx_fail(-EINVAL, "prog.map", "program \"%s\" is not loaded, so that it has no maps yet",
				 prog->name);
	map = xdpx_prog_map_find(prog, name, "prog.map");
	return map ? bpf_map__fd(map) : -ENOENT;
}

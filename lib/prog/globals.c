/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "base/fail.h"
#include "prog/prog.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Where a variable lies: its map's content, and the bytes in it. */
struct place {
	struct bpf_map *map;
	uint32_t offset;
	uint32_t length;
};

static bool find_in_section(const struct btf *btf, const struct btf_type *section, const char *name,
			    struct place *place)
{
	const struct btf_var_secinfo *variable = btf_var_secinfos(section);
	unsigned int left;

	for (left = btf_vlen(section); left; left--, variable++) {
		const struct btf_type *type = btf__type_by_id(btf, variable->type);

		if (!type || !btf_is_var(type) || strcmp(btf__name_by_offset(btf, type->name_off), name))
			continue;
		place->offset = variable->offset;
		place->length = variable->size;
		return true;
	}
	return false;
}

static bool find(const struct xdpx_prog *prog, const struct btf *btf, const char *name, struct place *place)
{
	struct bpf_map *map;

	bpf_object__for_each_map (map, prog->object) {
		const struct btf_type *section;

		if (!bpf_map__is_internal(map))
			continue;
		section = btf__type_by_id(btf, bpf_map__btf_value_type_id(map));
		/* libbpf writes .kconfig itself at load */
		if (!section || !btf_is_datasec(section) ||
		    !strcmp(btf__name_by_offset(btf, section->name_off), ".kconfig"))
			continue;
		if (!find_in_section(btf, section, name, place))
			continue;
		place->map = map;
		return true;
	}
	return false;
}

static int write_to(const struct place *place, const char *name, const void *value)
{
	size_t length = 0;
	const void *now = bpf_map__initial_value(place->map, &length);
	unsigned char *content;
	int err;

	if (!now || place->offset > length || place->length > length - place->offset)
		return xdpx_fail(-EINVAL, "prog.global", "variable \"%s\" lies outside its section: the BTF is wrong",
				 name);
	content = malloc(length);
	if (!content)
		return xdpx_fail(-ENOMEM, "prog.global", "no memory for the %zu bytes of globals", length);

	memcpy(content, now, length);
	memcpy(content + place->offset, value, place->length);
	err = bpf_map__set_initial_value(place->map, content, length);
	free(content);
	if (err)
		return xdpx_fail(-EINVAL, "prog.global",
				 "variable \"%s\" is in map \"%s\", which another map stands in for", name,
				 bpf_map__name(place->map));
	return 0;
}

int xdpx_prog_global_set(struct xdpx_prog *prog, const char *name, const void *value, size_t bytes)
{
	const struct btf *btf;
	struct place place;
	int err;

	if (!prog || !name || !value)
		return xdpx_fail(-EINVAL, "prog.global", "the %s is NULL",
				 !prog	 ? "program"
				 : !name ? "name"
					 : "value");
	err = xdpx_prog_unloaded_check(prog, "prog.global", "globals are set before loading");
	if (err)
		return err;
	btf = bpf_object__btf(prog->object);
	if (!btf) {
		xdpx_fail(-EOPNOTSUPP, "prog.global",
			  "the object of program \"%s\" has no BTF, which names the globals", prog->name);
		xdpx_fail_hint("compile it with 'clang -g'");
		return -EOPNOTSUPP;
	}

	if (!find(prog, btf, name, &place))
		return xdpx_fail(-ENOENT, "prog.global", "the object of program \"%s\" has no global variable \"%s\"",
				 prog->name, name);
	if (place.length != bytes)
		return xdpx_fail(-EINVAL, "prog.global", "variable \"%s\" has %u bytes, the value %zu", name,
				 place.length, bytes);
	return write_to(&place, name, value);
}

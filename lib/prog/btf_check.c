/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "prog/elf_check.h"

#include "base/fail.h"

#include <errno.h>
#include <linux/btf.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * More types in one another than any source has, modifiers and typedefs included: they go in a circle, which libbpf
 * follows for ever, or until its stack ends.
 */
#define DEPTH_LIMIT 256

/* Kinds that the oldest headers we build with do not have, or only as an enum that no #if sees. */
enum kind {
	KIND_INT = 1,
	KIND_PTR = 2,
	KIND_ARRAY = 3,
	KIND_STRUCT = 4,
	KIND_UNION = 5,
	KIND_ENUM = 6,
	KIND_FWD = 7,
	KIND_TYPEDEF = 8,
	KIND_VOLATILE = 9,
	KIND_CONST = 10,
	KIND_RESTRICT = 11,
	KIND_FUNC = 12,
	KIND_FUNC_PROTO = 13,
	KIND_VAR = 14,
	KIND_DATASEC = 15,
	KIND_FLOAT = 16,
	KIND_DECL_TAG = 17,
	KIND_TYPE_TAG = 18,
	KIND_ENUM64 = 19,
	KIND_COUNT,
};

#define NONE UINT8_MAX

/* What follows a type's record: `fixed` bytes and `vlen` entries, and where in an entry a name and a type id stand. */
static const struct {
	uint8_t fixed;
	uint8_t entry;
	uint8_t entry_name;
	uint8_t entry_type;
	bool refers; /* the record's own size field is a type id */
	bool chains; /* ... which is followed to the type meant */
} kinds[KIND_COUNT] = {
	[KIND_INT] = {4, 0, NONE, NONE, false, false},	   [KIND_PTR] = {0, 0, NONE, NONE, true, false},
	[KIND_ARRAY] = {12, 0, NONE, NONE, false, false},  [KIND_STRUCT] = {0, 12, 0, 4, false, false},
	[KIND_UNION] = {0, 12, 0, 4, false, false},	   [KIND_ENUM] = {0, 8, 0, NONE, false, false},
	[KIND_FWD] = {0, 0, NONE, NONE, false, false},	   [KIND_TYPEDEF] = {0, 0, NONE, NONE, true, true},
	[KIND_VOLATILE] = {0, 0, NONE, NONE, true, true},  [KIND_CONST] = {0, 0, NONE, NONE, true, true},
	[KIND_RESTRICT] = {0, 0, NONE, NONE, true, true},  [KIND_FUNC] = {0, 0, NONE, NONE, true, false},
	[KIND_FUNC_PROTO] = {0, 8, 0, 4, true, false},	   [KIND_VAR] = {4, 0, NONE, NONE, true, false},
	[KIND_DATASEC] = {0, 12, NONE, 0, false, false},   [KIND_FLOAT] = {0, 0, NONE, NONE, false, false},
	[KIND_DECL_TAG] = {4, 0, NONE, NONE, true, false}, [KIND_TYPE_TAG] = {0, 0, NONE, NONE, true, true},
	[KIND_ENUM64] = {0, 12, 0, NONE, false, false},
};

struct btf {
	const unsigned char *types;
	size_t types_length;
	uint32_t strings_length;
	uint32_t *offsets; /* of each type, by id; id 0 is void */
	uint16_t *depths;  /* how many types are in one another there; 0: not known yet */
	uint32_t count;	   /* ids, void included */
};

static int damaged(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int damaged(const char *format, ...)
{
	char what[256];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	xdpx_fail(-EINVAL, "prog.btf", "damaged BTF in the BPF object: %s", what);
	return -EINVAL;
}

static bool inside(uint64_t offset, uint64_t length, uint64_t whole)
{
	return offset <= whole && length <= whole - offset;
}

static uint32_t word_at(const unsigned char *bytes)
{
	uint32_t word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

static unsigned int kind_of(uint32_t info)
{
	return BTF_INFO_KIND(info) & 0x1f;
}

static size_t type_length(const struct btf_type *type)
{
	unsigned int kind = kind_of(type->info);

	return sizeof(*type) + kinds[kind].fixed + (size_t)kinds[kind].entry * BTF_INFO_VLEN(type->info);
}

/* Finds where each type begins: references go forwards too, so that all must be known before one is judged. */
static int types_find(struct btf *btf)
{
	size_t at = 0;

	btf->offsets = malloc((btf->types_length / sizeof(struct btf_type) + 1) * sizeof(*btf->offsets));
	if (!btf->offsets)
		return xdpx_fail(-ENOMEM, "prog.btf", "no memory to check %zu bytes of BTF", btf->types_length);

	btf->offsets[0] = 0;
	for (btf->count = 1; at < btf->types_length; btf->count++) {
		struct btf_type type;

		if (!inside(at, sizeof(type), btf->types_length))
			return damaged("type %u is cut off", btf->count);
		memcpy(&type, btf->types + at, sizeof(type));
		if (!kind_of(type.info) || kind_of(type.info) >= KIND_COUNT)
			return damaged("type %u is of kind %u, which is not known", btf->count, kind_of(type.info));
		if (!inside(at, type_length(&type), btf->types_length))
			return damaged("type %u is cut off", btf->count);
		btf->offsets[btf->count] = at;
		at += type_length(&type);
	}
	return 0;
}

static struct btf_type type_get(const struct btf *btf, uint32_t id)
{
	struct btf_type type;

	memcpy(&type, btf->types + btf->offsets[id], sizeof(type));
	return type;
}

static bool entry_is_sound(const struct btf *btf, unsigned int kind, const unsigned char *entry)
{
	if (kinds[kind].entry_name != NONE && word_at(entry + kinds[kind].entry_name) >= btf->strings_length)
		return false;
	return kinds[kind].entry_type == NONE || word_at(entry + kinds[kind].entry_type) < btf->count;
}

static int type_check(const struct btf *btf, uint32_t id)
{
	struct btf_type type = type_get(btf, id);
	const unsigned char *tail = btf->types + btf->offsets[id] + sizeof(type);
	unsigned int kind = kind_of(type.info);
	unsigned int entry;

	if (type.name_off >= btf->strings_length)
		return damaged("type %u has its name outside the strings", id);
	if (kinds[kind].refers && type.type >= btf->count)
		return damaged("type %u refers to type %u, which does not exist", id, type.type);
	if (kind == KIND_ARRAY && (word_at(tail) >= btf->count || word_at(tail + 4) >= btf->count))
		return damaged("array type %u refers to types that do not exist", id);

	if (!kinds[kind].entry)
		return 0;
	for (entry = 0; entry < BTF_INFO_VLEN(type.info); entry++) {
		if (!entry_is_sound(btf, kind, tail + (size_t)entry * kinds[kind].entry))
			return damaged("entry %u of type %u refers to a name or a type that does not exist", entry, id);
	}
	return 0;
}

static unsigned int depth_of(const struct btf *btf, uint32_t id, unsigned int room);

/* The depth of what the type holds, beyond DEPTH_LIMIT when there is no end to it. References are known to be sound. */
static unsigned int depth_inside(const struct btf *btf, uint32_t id, unsigned int room)
{
	const struct btf_type type = type_get(btf, id);
	const unsigned char *tail = btf->types + btf->offsets[id] + sizeof(type);
	unsigned int kind = kind_of(type.info);
	unsigned int deepest = 0;
	unsigned int entry;

	if (kinds[kind].chains)
		return depth_of(btf, type.type, room);
	if (kind == KIND_ARRAY)
		return depth_of(btf, word_at(tail), room);
	if (kind != KIND_STRUCT && kind != KIND_UNION)
		return 0;
	for (entry = 0; entry < BTF_INFO_VLEN(type.info) && deepest <= DEPTH_LIMIT; entry++) {
		uint32_t member = word_at(tail + (size_t)entry * kinds[kind].entry + kinds[kind].entry_type);
		unsigned int depth = depth_of(btf, member, room);

		deepest = depth > deepest ? depth : deepest;
	}
	return deepest;
}

/* Each type is looked into once: its depth is kept. */
static unsigned int depth_of(const struct btf *btf, uint32_t id, unsigned int room)
{
	unsigned int depth = btf->depths[id];

	if (!id || depth)
		return depth;
	if (!room)
		return DEPTH_LIMIT + 1;
	depth = 1 + depth_inside(btf, id, room - 1);
	if (depth <= DEPTH_LIMIT)
		btf->depths[id] = (uint16_t)depth;
	return depth;
}

static int depths_check(struct btf *btf)
{
	uint32_t id;

	btf->depths = calloc(btf->count, sizeof(*btf->depths));
	if (!btf->depths)
		return xdpx_fail(-ENOMEM, "prog.btf", "no memory to check %u types of BTF", btf->count);
	for (id = 1; id < btf->count; id++)
		if (depth_of(btf, id, DEPTH_LIMIT) > DEPTH_LIMIT)
			return damaged("type %u refers to itself", id);
	return 0;
}

static int types_check(struct btf *btf)
{
	uint32_t id;
	int err;

	err = types_find(btf);
	for (id = 1; !err && id < btf->count; id++)
		err = type_check(btf, id);
	if (!err)
		err = depths_check(btf);
	free(btf->depths);
	free(btf->offsets);
	return err;
}

int xdpx_btf_check(const void *bytes, size_t length)
{
	struct btf_header head;
	struct btf btf = {0};
	const char *strings;
	size_t body;

	if (length < sizeof(head))
		return damaged("%zu bytes do not hold its header, which has %zu", length, sizeof(head));
	memcpy(&head, bytes, sizeof(head));
	if (head.magic != BTF_MAGIC || head.version != BTF_VERSION || head.flags)
		return damaged("its magic is 0x%x, its version %u, its flags 0x%x", head.magic, head.version,
			       head.flags);
	if (head.hdr_len < sizeof(head) || head.hdr_len > length || head.hdr_len % 4)
		return damaged("its header says it has %u bytes, the section has %zu", head.hdr_len, length);

	body = length - head.hdr_len;
	if (!inside(head.type_off, head.type_len, body) || head.type_off % 4 || head.type_len % 4)
		return damaged("%u bytes of types at %u do not fit into %zu bytes", head.type_len, head.type_off, body);
	if (!inside(head.str_off, head.str_len, body) || !head.str_len)
		return damaged("%u bytes of strings at %u do not fit into %zu bytes", head.str_len, head.str_off, body);
	strings = (const char *)bytes + head.hdr_len + head.str_off;
	if (strings[0] || strings[head.str_len - 1])
		return damaged("its strings do not begin and end with a NUL byte");

	btf.types = (const unsigned char *)bytes + head.hdr_len + head.type_off;
	btf.types_length = head.type_len;
	btf.strings_length = head.str_len;
	return types_check(&btf);
}

/* Offset and length of its three tables; the third came later, so that `hdr_len` may end before it. */
struct btf_ext_head {
	uint16_t magic;
	uint8_t version;
	uint8_t flags;
	uint32_t hdr_len;
	struct {
		uint32_t offset;
		uint32_t length;
	} tables[3];
};

int xdpx_btf_ext_check(const void *bytes, size_t length)
{
	const size_t shortest = offsetof(struct btf_ext_head, tables[2]);
	struct btf_ext_head head = {0};
	unsigned int table;
	size_t body;

	if (length < shortest)
		return damaged("%zu bytes do not hold the header of .BTF.ext, which has %zu", length, shortest);
	memcpy(&head, bytes, shortest);
	if (head.magic != BTF_MAGIC || head.version != BTF_VERSION || head.flags)
		return damaged("the magic of .BTF.ext is 0x%x, its version %u, its flags 0x%x", head.magic,
			       head.version, head.flags);
	if (head.hdr_len < shortest || head.hdr_len > length || head.hdr_len % 4)
		return damaged("the header of .BTF.ext says it has %u bytes, the section has %zu", head.hdr_len,
			       length);
	memcpy(&head, bytes, head.hdr_len < sizeof(head) ? shortest : sizeof(head));

	body = length - head.hdr_len;
	for (table = 0; table < 3; table++) {
		if (!inside(head.tables[table].offset, head.tables[table].length, body) ||
		    head.tables[table].offset % 4)
			return damaged("table %u of .BTF.ext, %u bytes at %u, does not fit into %zu bytes", table,
				       head.tables[table].length, head.tables[table].offset, body);
	}
	return 0;
}

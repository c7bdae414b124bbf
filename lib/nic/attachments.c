/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The programs on devices: rtnetlink tells their ids, the bpf system call what they are and who holds them. */
#include "nic/sources.h"

#include "base/names.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Maps of a program that are looked at; a chain has no more. */
#define MAPS_MAX 64

struct holder {
	uint32_t link_id;
	uint32_t prog_id;
	uint32_t nic_index;
};

struct holders {
	struct holder *at;
	size_t count;
	bool known; /* every bpf_link could be looked at */
};

static const char *const owner_names[] = {
	[XDPX_OWNER_UNKNOWN] = "unknown",     [XDPX_OWNER_LINK] = "bpf_link",
	[XDPX_OWNER_NETLINK] = "netlink",     [XDPX_OWNER_LIBXDP] = "libxdp dispatcher",
	[XDPX_OWNER_CHAIN] = "libxdpx chain",
};

static int link_info(uint32_t id, struct bpf_link_info *info)
{
	uint32_t length = sizeof(*info);
	int fd = bpf_link_get_fd_by_id(id);
	int err;

	if (fd < 0)
		return fd;
	memset(info, 0, sizeof(*info));
	err = bpf_obj_get_info_by_fd(fd, info, &length);
	close(fd);
	return err;
}

static int holder_add(struct holders *holders, uint32_t id)
{
	struct bpf_link_info info;
	struct holder *larger;
	int err;

	err = link_info(id, &info);
	/* gone meanwhile */
	if (err == -ENOENT || (!err && info.type != BPF_LINK_TYPE_XDP))
		return 0;
	if (err)
		return err;
	larger = reallocarray(holders->at, holders->count + 1, sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	holders->at = larger;
	larger[holders->count++] = (struct holder){id, info.prog_id, info.xdp.ifindex};
	return 0;
}

/* Lack of privilege leaves it unknown; the only error is -ENOMEM. */
static int holders_find(struct holders *holders)
{
	uint32_t id = 0;
	int err;

	while (!(err = bpf_link_get_next_id(id, &id))) {
		err = holder_add(holders, id);
		if (err)
			break;
	}
	holders->known = err == -ENOENT;
	return err == -ENOMEM ? err : 0;
}

static uint32_t holder_of(const struct holders *holders, uint32_t nic_index, uint32_t prog_id)
{
	size_t i;

	for (i = 0; i < holders->count; i++)
		if (holders->at[i].nic_index == nic_index && holders->at[i].prog_id == prog_id)
			return holders->at[i].link_id;
	return 0;
}

static bool is_map_named(uint32_t id, const char *name)
{
	struct bpf_map_info info = {0};
	uint32_t length = sizeof(info);
	int fd = bpf_map_get_fd_by_id(id);
	bool is;

	if (fd < 0)
		return false;
	is = !bpf_obj_get_info_by_fd(fd, &info, &length) && !strncmp(info.name, name, sizeof(info.name));
	close(fd);
	return is;
}

static bool is_chain(const struct bpf_prog_info *info, const uint32_t *maps)
{
	uint32_t i;

	if (strncmp(info->name, XDPX_CHAIN_PROG, sizeof(info->name)) != 0)
		return false;
	for (i = 0; i < info->nr_map_ids && i < MAPS_MAX; i++)
		if (is_map_named(maps[i], XDPX_CHAIN_REGISTRY))
			return true;
	return false;
}

/* Its configuration lies in a map of constants: a program that has but the name is not it. */
static bool is_libxdp(const struct bpf_prog_info *info)
{
	return !strncmp(info->name, XDPX_LIBXDP_DISPATCHER, sizeof(info->name)) && info->nr_map_ids;
}

static enum xdpx_owner owner_of(const struct xdpx_attachment *entry, const struct holders *holders,
				const struct bpf_prog_info *info, const uint32_t *maps)
{
	if (is_libxdp(info))
		return XDPX_OWNER_LIBXDP;
	if (is_chain(info, maps))
		return XDPX_OWNER_CHAIN;
	if (entry->link_id)
		return XDPX_OWNER_LINK;
	return holders->known ? XDPX_OWNER_NETLINK : XDPX_OWNER_UNKNOWN;
}

static int prog_info(uint32_t id, struct bpf_prog_info *info)
{
	uint32_t length = sizeof(*info);
	int fd = bpf_prog_get_fd_by_id(id);
	int err;

	if (fd < 0)
		return fd;
	err = bpf_obj_get_info_by_fd(fd, info, &length);
	close(fd);
	return err;
}

static const char *tag_say(struct xdpx_nic *nic, const uint8_t *tag)
{
	char text[2 * BPF_TAG_SIZE + 1];
	size_t i;

	for (i = 0; i < BPF_TAG_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", tag[i]);
	return xdpx_nic_say(nic, "%s", text);
}

static int describe(struct xdpx_nic *nic, struct xdpx_attachment *entry, const struct holders *holders)
{
	uint32_t maps[MAPS_MAX] = {0};
	struct bpf_prog_info info = {.nr_map_ids = MAPS_MAX, .map_ids = (uintptr_t)maps};
	int err;

	entry->link_id = holder_of(holders, nic->index, entry->prog_id);
	err = prog_info(entry->prog_id, &info);
	if (err)
		return err;
	entry->name = xdpx_nic_say(nic, "%.*s", (int)sizeof(info.name), info.name);
	entry->tag = tag_say(nic, info.tag);
	entry->loaded_ns = info.load_time;
	entry->owner = owner_of(entry, holders, &info, maps);
	return 0;
}

static int attachment_add(struct xdpx_nic *nic, enum xdpx_mode mode, uint32_t id, const struct holders *holders)
{
	struct xdpx_attachment *entry;
	int err;

	if (!id)
		return 0;
	entry = xdpx_nic_entry_add(&nic->attachments, sizeof(*entry));
	if (!entry)
		return -ENOMEM;
	entry->mode = mode;
	entry->prog_id = id;
	entry->name = "";
	entry->tag = "";
	err = describe(nic, entry, holders);
	entry->owner_name = owner_names[entry->owner];
	return err;
}

/* What became of the part; of errors only -ENOMEM ends it. */
static int nic_describe(struct xdpx_nic *nic, const struct holders *holders)
{
	const struct {
		enum xdpx_mode mode;
		uint32_t id;
	} programs[] = {
		{XDPX_MODE_NATIVE, nic->programs.native},
		{XDPX_MODE_GENERIC, nic->programs.generic},
		{XDPX_MODE_OFFLOAD, nic->programs.offload},
	};
	int state = 0;
	size_t i;
	int err;

	for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		err = attachment_add(nic, programs[i].mode, programs[i].id, holders);
		if (err == -ENOMEM)
			return err;
		/* it went away since rtnetlink told of it */
		if (err == -ENOENT)
			err = XDPX_NIC_PART_UNTOLD;
		if (!state)
			state = err;
	}
	return state;
}

static bool has_program(const struct xdpx_nic_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (xdpx_nic_prog_id(&list->nics[i]))
			return true;
	return false;
}

int xdpx_nic_attachments(struct xdpx_nic_list *list)
{
	struct holders holders = {.at = NULL};
	size_t i;
	int err = 0;

	if (has_program(list))
		err = holders_find(&holders);
	for (i = 0; err != -ENOMEM && i < list->count; i++) {
		err = nic_describe(&list->nics[i], &holders);
		list->nics[i].parts[XDPX_PART_PROGRAMS].state = err;
	}
	free(holders.at);
	return err == -ENOMEM ? err : 0;
}

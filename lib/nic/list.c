/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "nic/nic.h"

#include <stdlib.h>

#define ROOM_FIRST 16

void xdpx_nic_list_end(struct xdpx_nic_list *list)
{
	while (list->count)
		xdpx_nic_end(&list->nics[--list->count]);
	free(list->nics);
	free(list->feature_bits);
	*list = (struct xdpx_nic_list){.nics = NULL};
}

void xdpx_nic_list_free(struct xdpx_nic_list *list)
{
	if (!list)
		return;
	xdpx_nic_list_end(list);
	free(list);
}

size_t xdpx_nic_list_count(const struct xdpx_nic_list *list)
{
	return list->count;
}

const struct xdpx_nic *xdpx_nic_list_at(const struct xdpx_nic_list *list, size_t at)
{
	return at < list->count ? &list->nics[at] : NULL;
}

struct xdpx_nic *xdpx_nic_list_add(struct xdpx_nic_list *list)
{
	struct xdpx_nic *nic;

	if (list->count == list->room) {
		size_t room = list->room ? list->room * 2 : ROOM_FIRST;
		struct xdpx_nic *larger = reallocarray(list->nics, room, sizeof(*larger));

		if (!larger)
			return NULL;
		list->nics = larger;
		list->room = room;
	}

	nic = &list->nics[list->count++];
	xdpx_nic_begin(nic);
	return nic;
}

static int by_index(const void *left, const void *right)
{
	const struct xdpx_nic *a = left;
	const struct xdpx_nic *b = right;

	return (a->index > b->index) - (a->index < b->index);
}

void xdpx_nic_list_sort(struct xdpx_nic_list *list)
{
	if (list->count)
		qsort(list->nics, list->count, sizeof(*list->nics), by_index);
}

static int index_compare(const void *key, const void *element)
{
	const struct xdpx_nic *nic = element;
	uint32_t index = *(const uint32_t *)key;

	return (index > nic->index) - (index < nic->index);
}

struct xdpx_nic *xdpx_nic_list_find(const struct xdpx_nic_list *list, uint32_t index)
{
	if (!list->count)
		return NULL;
	return bsearch(&index, list->nics, list->count, sizeof(*list->nics), index_compare);
}

void xdpx_nic_list_drop_unseen(struct xdpx_nic_list *list)
{
	size_t kept = 0;
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (list->nics[i].netdev.seen)
			list->nics[kept++] = list->nics[i];
		else
			xdpx_nic_end(&list->nics[i]);
	}
	list->count = kept;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What a snapshot holds several of. An entry is the public struct, as long as this library knows it. */
#include "nic/nic.h"

#include "base/fail.h"
#include "base/opts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 4

void *xdpx_nic_entry_add(struct xdpx_nic_entries *entries, size_t bytes)
{
	unsigned char *entry;

	if (entries->count == entries->room) {
		size_t room = entries->room ? entries->room * 2 : ROOM_FIRST;
		void *larger = reallocarray(entries->at, room, bytes);

		if (!larger)
			return NULL;
		entries->at = larger;
		entries->room = room;
	}

	entry = (unsigned char *)entries->at + bytes * entries->count++;
	memset(entry, 0, bytes);
	memcpy(entry, &bytes, sizeof(bytes));
	return entry;
}

void xdpx_nic_entries_forget(struct xdpx_nic_entries *entries)
{
	free(entries->at);
	*entries = (struct xdpx_nic_entries){.at = NULL};
}

static int give(const struct xdpx_nic_entries *entries, size_t at, size_t bytes, void *out, const char *stage)
{
	if (at >= entries->count)
		return xdpx_fail(-ERANGE, stage, "there is no entry %zu; the list has %zu", at, entries->count);
	return xdpx_out_give(out, (const unsigned char *)entries->at + bytes * at, bytes, stage);
}

size_t xdpx_nic_attachment_count(const struct xdpx_nic *nic)
{
	return nic->attachments.count;
}

int xdpx_nic_attachment(const struct xdpx_nic *nic, size_t at, struct xdpx_attachment *entry)
{
	return give(&nic->attachments, at, sizeof(*entry), entry, "nic.attachment");
}

size_t xdpx_nic_queue_count(const struct xdpx_nic *nic)
{
	return nic->queue_list.count;
}

int xdpx_nic_queue(const struct xdpx_nic *nic, size_t at, struct xdpx_queue *entry)
{
	return give(&nic->queue_list, at, sizeof(*entry), entry, "nic.queue");
}

size_t xdpx_nic_napi_count(const struct xdpx_nic *nic)
{
	return nic->napis.count;
}

int xdpx_nic_napi(const struct xdpx_nic *nic, size_t at, struct xdpx_napi *entry)
{
	return give(&nic->napis, at, sizeof(*entry), entry, "nic.napi");
}

size_t xdpx_nic_page_pool_count(const struct xdpx_nic *nic)
{
	return nic->page_pools.count;
}

int xdpx_nic_page_pool(const struct xdpx_nic *nic, size_t at, struct xdpx_page_pool *entry)
{
	return give(&nic->page_pools, at, sizeof(*entry), entry, "nic.page_pool");
}

size_t xdpx_nic_related_count(const struct xdpx_nic *nic)
{
	return nic->related.count;
}

int xdpx_nic_related(const struct xdpx_nic *nic, size_t at, struct xdpx_related *entry)
{
	return give(&nic->related, at, sizeof(*entry), entry, "nic.related");
}

size_t xdpx_nic_version_count(const struct xdpx_nic *nic)
{
	return nic->versions.count;
}

int xdpx_nic_version(const struct xdpx_nic *nic, size_t at, struct xdpx_version_entry *entry)
{
	return give(&nic->versions, at, sizeof(*entry), entry, "nic.version");
}

size_t xdpx_nic_private_flag_count(const struct xdpx_nic *nic)
{
	return nic->private_flags.count;
}

int xdpx_nic_private_flag(const struct xdpx_nic *nic, size_t at, struct xdpx_private_flag *entry)
{
	return give(&nic->private_flags, at, sizeof(*entry), entry, "nic.private_flag");
}

int xdpx_nic_qstats(const struct xdpx_nic *nic, struct xdpx_qstats *stats)
{
	return xdpx_out_give(stats, &nic->qstats, sizeof(nic->qstats), "nic.qstats");
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Which devices are above, below and beside a device: each link names what it is made on, and what it belongs to. */
#include "nic/sources.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
	[XDPX_RELATION_LOWER] = "lower",   [XDPX_RELATION_UPPER] = "upper",   [XDPX_RELATION_PEER] = "peer",
	[XDPX_RELATION_MASTER] = "master", [XDPX_RELATION_MEMBER] = "member",
};

const char *xdpx_relation_name(enum xdpx_relation relation)
{
	return (unsigned int)relation < sizeof(names) / sizeof(names[0]) ? names[relation] : NULL;
}

const struct xdpx_related *xdpx_nic_related_find(const struct xdpx_nic *nic, enum xdpx_relation relation)
{
	const struct xdpx_related *related = nic->related.at;
	size_t i;

	for (i = 0; i < nic->related.count; i++)
		if (related[i].relation == relation)
			return &related[i];
	return NULL;
}

/* Kinds whose link is the other end of a pair, not what they are made on. */
static bool is_pair(const struct xdpx_nic *nic)
{
	return !strcmp(nic->kind, "veth") || !strcmp(nic->kind, "netkit") || !strcmp(nic->kind, "vxcan");
}

static int add(struct xdpx_nic *nic, enum xdpx_relation relation, uint32_t index, int32_t netnsid, const char *name)
{
	struct xdpx_related *related = xdpx_nic_entry_add(&nic->related, sizeof(*related));

	if (!related)
		return -ENOMEM;
	related->relation = relation;
	related->index = index;
	related->netnsid = netnsid;
	related->name = xdpx_nic_say(nic, "%s", name);
	return 0;
}

/* The device below, or the other end of a pair, with what of it bounds this one; NULL: not in this namespace. */
static const struct xdpx_nic *lower_see(struct xdpx_nic_place *place, const struct xdpx_nic_list *all)
{
	const struct xdpx_nic *other = place->lower_netnsid < 0 ? xdpx_nic_list_find(all, place->lower) : NULL;

	if (!other)
		return NULL;
	place->lower_mtu = other->mtu;
	place->lower_native = other->programs.native ? XDPX_YES : XDPX_NO;
	return other;
}

/* What `nic` says of itself. */
static int add_named(struct xdpx_nic *nic, const struct xdpx_nic_list *all)
{
	struct xdpx_nic_place *place = &nic->place;
	const struct xdpx_nic *other;
	int err = 0;

	if (place->lower) {
		other = lower_see(place, all);
		err = add(nic, is_pair(nic) ? XDPX_RELATION_PEER : XDPX_RELATION_LOWER, place->lower,
			  place->lower_netnsid, other ? other->name : "");
	}
	if (!err && place->master) {
		other = xdpx_nic_list_find(all, place->master);
		err = add(nic, XDPX_RELATION_MASTER, place->master, -1, other ? other->name : "");
	}
	return err;
}

/* What `other` says of the devices in the list. */
static int add_naming(struct xdpx_nic_list *list, const struct xdpx_nic *other)
{
	const struct xdpx_nic_place *place = &other->place;
	struct xdpx_nic *nic;
	int err = 0;

	nic = place->lower && place->lower_netnsid < 0 && !is_pair(other) ? xdpx_nic_list_find(list, place->lower)
									  : NULL;
	if (nic)
		err = add(nic, XDPX_RELATION_UPPER, other->index, -1, other->name);
	nic = !err && place->master ? xdpx_nic_list_find(list, place->master) : NULL;
	return nic ? add(nic, XDPX_RELATION_MEMBER, other->index, -1, other->name) : err;
}

static int relate(struct xdpx_nic_list *list, const struct xdpx_nic_list *all)
{
	size_t i;
	int err = 0;

	for (i = 0; !err && i < list->count; i++) {
		list->nics[i].parts[XDPX_PART_RELATED].state = 0;
		err = add_named(&list->nics[i], all);
	}
	for (i = 0; !err && i < all->count; i++)
		err = add_naming(list, &all->nics[i]);
	return err;
}

int xdpx_nic_relate(struct xdpx_nl *route, const struct xdpx_nic *one, struct xdpx_nic_list *list)
{
	static const struct xdpx_nic_target every = {.index = 0};
	struct xdpx_nic_list all = {.nics = NULL};
	int err;

	if (!one)
		return relate(list, list);

	err = xdpx_nic_links(route, &every, &all);
	if (err)
		list->nics[0].parts[XDPX_PART_RELATED].state = err;
	else
		err = relate(list, &all);
	xdpx_nic_list_end(&all);
	return err == -ENOMEM ? err : 0;
}

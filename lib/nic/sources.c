/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "nic/sources.h"

#include <errno.h>

static const struct xdpx_nic_source *const sources[] = {
	&xdpx_nic_channels_source, &xdpx_nic_rings_source,	   &xdpx_nic_offloads_source,
	&xdpx_nic_rss_source,	   &xdpx_nic_speed_source,	   &xdpx_nic_coalesce_source,
	&xdpx_nic_clock_source,	   &xdpx_nic_private_flags_source, &xdpx_nic_versions_source,
	&xdpx_nic_napis_source,	   &xdpx_nic_page_pools_source,	   &xdpx_nic_qstats_source,
	&xdpx_nic_queues_source, /* last: it also tells which devices are still there */
	&xdpx_nic_features_source,
};

const struct xdpx_nic_source *xdpx_nic_source_at(size_t at)
{
	return at < sizeof(sources) / sizeof(sources[0]) ? sources[at] : NULL;
}

void xdpx_nic_sources_forget(struct xdpx_nic *nic)
{
	const struct xdpx_nic_source *source;
	size_t at;

	for (at = 0; (source = xdpx_nic_source_at(at)); at++)
		source->forget(nic);
}

/* What a dump gathers goes with its list; a begun list of one device is asked in the same way. */
struct dump {
	const struct xdpx_nic_source *source;
	struct xdpx_nic_list *list;
};

/* Until a reply tells of a device, or because nothing or but half of it was told: that is no word about it. */
static void unknown(const struct xdpx_nic_source *source, const struct xdpx_nic_list *list, int state)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		source->forget(&list->nics[i]);
		list->nics[i].parts[source->part].state = state;
	}
}

static void again(void *arg)
{
	const struct dump *dump = arg;

	unknown(dump->source, dump->list, XDPX_NIC_PART_UNTOLD);
}

static int take(const struct nlmsghdr *message, void *arg)
{
	const struct dump *dump = arg;

	return dump->source->take(message, dump->list);
}

static int request(const struct xdpx_nic_source *source, struct xdpx_nl *genl, const struct xdpx_nic *one,
		   struct xdpx_nic_list *list)
{
	struct dump dump = {.source = source, .list = list};
	int family = xdpx_nl_family(genl, source->family);
	union xdpx_nl_request request;

	if (family < 0)
		return family;
	if (!source->ask(xdpx_nl_genl_request(&request, family, source->request), one))
		return 0;
	if (one && !source->dump_only)
		return xdpx_nl_do(genl, &request.header, take, &dump);
	return xdpx_nl_dump(genl, &request.header, take, again, &dump);
}

/*
 * A dump ends where a driver fails, and says nothing of the devices behind it. These errors are not one driver's, or
 * would cost as much time again for each device; and features are told by no driver.
 */
static bool is_drivers(const struct xdpx_nic_source *source, int err)
{
	static const int others[] = {0, -ENOMEM, -ENOENT, -EOPNOTSUPP, -EPERM, -EAGAIN, -ETIMEDOUT};
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (err == others[i])
			return false;
	return !source->dump_only && source->part != XDPX_PART_FEATURES;
}

static int each_ask(const struct xdpx_nic_source *source, struct xdpx_nl *genl, struct xdpx_nic_list *list)
{
	struct xdpx_nic *nic;
	int err = 0;
	size_t i;

	unknown(source, list, XDPX_NIC_PART_UNTOLD);
	for (i = 0; err != -ENOMEM && i < list->count; i++) {
		nic = &list->nics[i];
		err = request(source, genl, nic, list);
		if (err) {
			source->forget(nic);
			nic->parts[source->part].state = err;
		}
	}
	return err == -ENOMEM ? err : 0;
}

int xdpx_nic_source_ask(const struct xdpx_nic_source *source, struct xdpx_nl *genl, const struct xdpx_nic *one,
			struct xdpx_nic_list *list)
{
	int err;

	unknown(source, list, source->complete ? 0 : XDPX_NIC_PART_UNTOLD);
	err = request(source, genl, one, list);
	if (err)
		unknown(source, list, err);
	if (!one && is_drivers(source, err))
		return each_ask(source, genl, list);
	return err == -ENOMEM ? err : 0;
}

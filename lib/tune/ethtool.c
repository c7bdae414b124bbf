/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Requests of the ethtool family (Linux 5.6) about the tune's device. */
#include "netlink/netlink.h"
#include "tune/tune.h"

#include <libmnl/libmnl.h>

#define FAMILY "ethtool"
/* The same in every message of the family. */
#define HEADER 1
#define HEADER_DEV_INDEX 1

int xdpx_tune_ethtool(struct xdpx_tune *tune, union xdpx_nl_request *request, uint8_t command,
		      struct nlmsghdr **message)
{
	int family = xdpx_nl_family(tune->genl, FAMILY);
	struct nlattr *header;

	if (family < 0)
		return family;
	*message = xdpx_nl_genl_request(request, family, command);
	header = mnl_attr_nest_start(*message, HEADER);
	mnl_attr_put_u32(*message, HEADER_DEV_INDEX, tune->journal.ifindex);
	mnl_attr_nest_end(*message, header);
	return 0;
}

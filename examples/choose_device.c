/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * Which devices can packets be received on without a copy, which in the driver, and which only after the network stack
 * has copied them? Says so of each device of this network namespace, and why it is no better.
 */
#include <stdio.h>
#include <xdpx/xdpx.h>

static void choose(const struct xdpx_nic *nic)
{
	const char *name = xdpx_nic_name(nic);

	if (xdpx_nic_can(nic, XDPX_FEATURE_ZEROCOPY) == XDPX_YES)
		printf("%s: zero-copy\n", name);
	else if (xdpx_nic_can(nic, XDPX_FEATURE_NATIVE) == XDPX_YES)
		printf("%s: native, with a copy (%s)\n", name, xdpx_nic_why(nic, XDPX_FEATURE_ZEROCOPY));
	else if (xdpx_nic_can(nic, XDPX_FEATURE_NATIVE) == XDPX_UNKNOWN)
		printf("%s: trying it would tell (%s)\n", name, xdpx_nic_why(nic, XDPX_FEATURE_NATIVE));
	else
		printf("%s: generic (%s)\n", name, xdpx_nic_why(nic, XDPX_FEATURE_NATIVE));
}

int main(void)
{
	struct xdpx_nic_list *list;

	if (xdpx_nic_list_new(NULL, &list) < 0) {
		fprintf(stderr, "%s (%s)\n", xdpx_error_last()->message, xdpx_error_last()->hint);
		return 1;
	}
	for (size_t at = 0; at < xdpx_nic_list_count(list); at++)
		choose(xdpx_nic_list_at(list, at));
	xdpx_nic_list_free(list);
	return 0;
}

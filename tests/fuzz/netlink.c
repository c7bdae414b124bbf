/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * Any answer of the kernel's makes a snapshot or an error, and nothing else.
 *
 * An input is three bytes, which part of the kernel answers which command, and what is then done; then the answer. Only
 * the parsers are run for most inputs, since all the sentences of a snapshot take ten times as long.
 */
#include "kernel.h"

#include "nic/sources.h"

#include <linux/netlink.h>
#include <sched.h>
#include <string.h>
#include <xdpx/nic.h>

#define HEADER_BYTES 3

enum { OPEN_ALL = 0, OPEN_ONE = 1, ACTIONS = 8 };

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

/* Where there are no devices: the names in the answers are not those of the machine's own. No more than is allowed. */
int LLVMFuzzerInitialize(int *count, char ***arguments)
{
	(void)count;
	(void)arguments;
	if (unshare(CLONE_NEWNET))
		unshare(CLONE_NEWUSER | CLONE_NEWNET);
	return 0;
}

/* Reads what the snapshot says, to the end of each string. */
static void read_all(const struct xdpx_nic *nic)
{
	volatile size_t sink = strlen(xdpx_nic_name(nic)) + strlen(xdpx_nic_driver(nic));
	unsigned int i;

	for (i = 0; xdpx_feature_name((enum xdpx_feature)i); i++) {
		sink += xdpx_nic_can(nic, (enum xdpx_feature)i);
		sink += strlen(xdpx_nic_why(nic, (enum xdpx_feature)i));
	}
	sink += strlen(xdpx_nic_queues_why(nic));
	(void)sink;
}

static void one_open(void)
{
	struct xdpx_nic *nic;

	if (xdpx_nic_open("#11", NULL, &nic))
		return;
	read_all(nic);
	xdpx_nic_free(nic);
}

static void all_open(void)
{
	struct xdpx_nic_list *list;
	size_t i;

	if (xdpx_nic_list_new(NULL, &list))
		return;
	for (i = 0; i < xdpx_nic_list_count(list); i++)
		read_all(xdpx_nic_list_at(list, i));
	xdpx_nic_list_free(list);
}

static void devices_make(struct xdpx_nic_list *list)
{
	uint32_t index;

	for (index = KERNEL_DEVICE_FIRST; index <= KERNEL_DEVICE_LAST; index++)
		xdpx_nic_list_add(list)->index = index;
	strcpy(list->nics[0].parent_bus, "pci");
	strcpy(list->nics[0].parent_name, "0000:3b:00.0");
}

static void sources_ask(struct xdpx_nl *nl, const char *family, uint8_t command, struct xdpx_nic_list *list)
{
	const struct xdpx_nic_source *source;
	size_t at;

	devices_make(list);
	if (xdpx_nic_feature_bits(nl, list))
		return;
	for (at = 0; (source = xdpx_nic_source_at(at)); at++)
		if (source->request == command && !strcmp(source->family, family))
			xdpx_nic_source_ask(source, nl, NULL, list);
}

static void links_read(struct xdpx_nl *nl, struct xdpx_nic_list *list)
{
	const struct xdpx_nic_target all = {.index = 0};
	struct xdpx_nl_xdp programs;

	xdpx_nic_links(nl, &all, list);
	xdpx_nl_xdp_get(KERNEL_DEVICE_FIRST, &programs);
}

static void parse(uint8_t part, uint8_t command)
{
	struct xdpx_nic_list list = {.nics = NULL};
	const char *family = kernel_family(part);
	struct xdpx_nl *nl;

	if (xdpx_nl_open(NETLINK_GENERIC, &nl))
		return;
	if (family)
		sources_ask(nl, family, command, &list);
	else if (part == KERNEL_ROUTE)
		links_read(nl, &list);
	else
		xdpx_nl_family(nl, "netdev");
	xdpx_nic_list_end(&list);
	xdpx_nl_close(nl);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	if (count < HEADER_BYTES)
		return 0;
	kernel_answers(bytes[0], bytes[1], bytes + HEADER_BYTES, count - HEADER_BYTES);
	switch (bytes[2] % ACTIONS) {
	case OPEN_ALL:
		all_open();
		break;
	case OPEN_ONE:
		one_open();
		break;
	default:
		parse(bytes[0], bytes[1]);
	}
	return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* All devices in a table. */
#include "nic.h"
#include "table.h"
#include "tool.h"

static const char *const titles[] = {"INDEX", "NAME",	"KIND",	  "DRIVER",    "LINK",
				     "MTU",   "QUEUES", "NATIVE", "ZERO-COPY", "PROGRAM"};
#define TITLES (sizeof(titles) / sizeof(titles[0]))
/* INDEX, MTU and QUEUES are numbers. */
#define TITLES_RIGHT (1U << 0 | 1U << 5 | 1U << 6)

static void answer_add(struct table *table, enum xdpx_answer answer)
{
	table_add_colored(table, answer_hue(answer), "%s", answer_word(answer));
}

static void row_add(struct table *table, const struct xdpx_nic *nic)
{
	struct xdpx_queues queues = {.size = sizeof(queues)};

	xdpx_nic_queues(nic, &queues);
	table_add(table, "%u", xdpx_nic_index(nic));
	table_add(table, "%s", xdpx_nic_name(nic));
	table_add(table, "%s", xdpx_nic_kind(nic));
	table_add(table, "%s", or_dash(xdpx_nic_driver(nic)));
	table_add(table, "%s", link_word(nic));
	table_add(table, "%u", xdpx_nic_mtu(nic));
	table_add(table, "%u", queues.usable);
	answer_add(table, xdpx_nic_can(nic, XDPX_FEATURE_NATIVE));
	answer_add(table, xdpx_nic_can(nic, XDPX_FEATURE_ZEROCOPY));
	if (xdpx_nic_prog_id(nic))
		table_add(table, "id %u", xdpx_nic_prog_id(nic));
	else
		table_add(table, "-");
}

int nic_list_print(const struct nics *nics)
{
	struct table table = {.titles = titles, .columns = TITLES, .right = TITLES_RIGHT};

	for (size_t at = 0; at < nics->count; at++)
		row_add(&table, nics->list[at]);
	table_print(&table, stdout);
	table_free(&table);
	return output_finish(stdout);
}

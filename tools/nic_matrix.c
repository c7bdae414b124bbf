/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Devices against features: each feature's name hangs above its column, on a line of its own. */
#include "nic.h"
#include "tool.h"

#define NAME_COLUMNS 16
#define CELL_COLUMNS 4

static void names_print(void)
{
	const char *name;

	for (unsigned int at = 0; (name = xdpx_feature_name((enum xdpx_feature)at)); at++) {
		printf("%*s", NAME_COLUMNS, "");
		for (unsigned int before = 0; before < at; before++)
			printf("%-*s", CELL_COLUMNS, "|");
		color_print(stdout, HUE_BOLD, name, 0);
		putchar('\n');
	}
}

static void row_print(const struct xdpx_nic *nic)
{
	char safe[MAC_TEXT_BYTES];

	printf("%-*s", NAME_COLUMNS, text_safe(xdpx_nic_name(nic), safe, sizeof(safe)));
	for (unsigned int at = 0; xdpx_feature_name((enum xdpx_feature)at); at++) {
		enum xdpx_answer answer = xdpx_nic_can(nic, (enum xdpx_feature)at);
		bool last = !xdpx_feature_name((enum xdpx_feature)(at + 1));

		color_print(stdout, answer_hue(answer), answer == XDPX_UNKNOWN ? "?" : answer_word(answer),
			    last ? 0 : CELL_COLUMNS);
	}
	putchar('\n');
}

int nic_matrix_print(const struct nics *nics)
{
	names_print();
	for (size_t at = 0; at < nics->count; at++)
		row_print(nics->list[at]);
	return output_finish(stdout);
}

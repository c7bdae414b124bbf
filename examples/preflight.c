/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Would this program work on that device? Reads what the program needs; loads and attaches nothing. */
#include <stdio.h>
#include <xdpx/xdpx.h>

static int fail(void)
{
	fprintf(stderr, "%s (%s)\n", xdpx_error_last()->message, xdpx_error_last()->hint);
	return 2;
}

/* Returns whether packets would be lost. */
static int print(const struct xdpx_report *report)
{
	struct xdpx_report_entry entry = {.size = sizeof(entry)};
	int loss = 0;

	for (size_t at = 0; at < xdpx_report_count(report); at++) {
		xdpx_report_at(report, at, &entry);
		printf("%-14s %-8s %s\n", xdpx_need_name((enum xdpx_need)entry.need),
		       xdpx_verdict_name((enum xdpx_verdict)entry.verdict), entry.text);
		if (entry.hint[0])
			printf("%24s%s\n", "", entry.hint);
		loss |= (int)entry.loss;
	}
	return loss;
}

int main(int argc, char **argv)
{
	struct xdpx_prog_opts opts = {.size = sizeof(opts), .name = argc > 3 ? argv[3] : NULL};
	struct xdpx_report *report;
	struct xdpx_prog *prog;
	struct xdpx_nic *nic;
	int code;

	if (argc < 3) {
		fprintf(stderr, "usage: preflight PROGRAM.o DEVICE [FUNCTION]\n");
		return 2;
	}
	if (xdpx_prog_open(argv[1], &opts, &prog) < 0)
		return fail();
	if (xdpx_nic_open(argv[2], NULL, &nic) < 0) {
		xdpx_prog_free(prog);
		return fail();
	}

	code = xdpx_prog_check(prog, nic, NULL, &report) < 0 ? fail() : 0;
	if (!code) {
		code = print(report);
		xdpx_report_free(report);
	}
	xdpx_nic_free(nic);
	xdpx_prog_free(prog);
	return code;
}

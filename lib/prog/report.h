/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* A report, for the files of this folder. */
#ifndef XDPX_PROG_REPORT_H
#define XDPX_PROG_REPORT_H

#include <xdpx/needs.h>

#include <stdbool.h>

/* One for each need. */
#define XDPX_REPORT_LINES (XDPX_NEED_OTHERS + 1)

struct xdpx_report_line {
	enum xdpx_need need;
	enum xdpx_verdict verdict;
	bool loss;
	char text[768];
	char hint[320];
};

struct xdpx_report {
	size_t count;
	struct xdpx_report_line lines[XDPX_REPORT_LINES];
};

/* The mode that xdpx_link_attach() begins with. */
enum xdpx_mode xdpx_mode_first(enum xdpx_mode asked, const struct xdpx_nic *nic);

/* As xdpx_prog_check(), in a mode that is not XDPX_MODE_BEST, and without a target. */
int xdpx_report_new(const struct xdpx_prog *prog, const struct xdpx_nic *nic, enum xdpx_mode mode,
		    struct xdpx_report **report);

/* The first need that is a loss, or NULL. */
const struct xdpx_report_line *xdpx_report_loss(const struct xdpx_report *report);

/* The program runs there now: what was to be proved. */
void xdpx_report_ran(struct xdpx_report *report, const char *nic, enum xdpx_mode mode);

#endif

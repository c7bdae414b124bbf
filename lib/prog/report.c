/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "prog/report.h"

#include "base/fail.h"
#include "base/opts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define STAGE "prog.report"

static const char *const verdict_names[] = {
	[XDPX_VERDICT_UNKNOWN] = "unknown",
	[XDPX_VERDICT_UNMET] = "unmet",
	[XDPX_VERDICT_MET] = "met",
};

const char *xdpx_verdict_name(enum xdpx_verdict verdict)
{
	return (size_t)(unsigned int)verdict < sizeof(verdict_names) / sizeof(*verdict_names) ? verdict_names[verdict]
											      : NULL;
}

size_t xdpx_report_count(const struct xdpx_report *report)
{
	return report->count;
}

int xdpx_report_at(const struct xdpx_report *report, size_t at, struct xdpx_report_entry *entry)
{
	const struct xdpx_report_line *line;

	if (!report || !entry)
		return xdpx_fail(-EINVAL, STAGE, "the %s is NULL", report ? "place for the entry" : "report");
	if (at >= report->count)
		return xdpx_fail(-ENOENT, STAGE, "there is no entry %zu; the report has %zu, counted from 0", at,
				 report->count);
	line = &report->lines[at];
	return xdpx_out_give(entry,
			     &(struct xdpx_report_entry){.size = sizeof(*entry),
							 .need = line->need,
							 .verdict = line->verdict,
							 .loss = line->loss,
							 .text = line->text,
							 .hint = line->hint},
			     sizeof(*entry), STAGE);
}

void xdpx_report_free(struct xdpx_report *report)
{
	free(report);
}

const struct xdpx_report_line *xdpx_report_loss(const struct xdpx_report *report)
{
	size_t at;

	for (at = 0; at < report->count; at++)
		if (report->lines[at].loss)
			return &report->lines[at];
	return NULL;
}

void xdpx_report_ran(struct xdpx_report *report, const char *nic, enum xdpx_mode mode)
{
	size_t at;

	for (at = 0; at < report->count; at++) {
		struct xdpx_report_line *line = &report->lines[at];

		if (line->need != XDPX_NEED_RUN)
			continue;
		line->verdict = XDPX_VERDICT_MET;
		line->hint[0] = '\0';
		snprintf(line->text, sizeof(line->text), "%s: the program was attached in %s mode", nic,
			 xdpx_mode_name(mode));
	}
}

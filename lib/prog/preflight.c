/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What is known before a program is attached: whether it would lose packets there. */
#include "base/fail.h"
#include "prog/link.h"
#include "prog/report.h"

#include <errno.h>

int xdpx_preflight(const struct xdpx_attempt *attempt, enum xdpx_mode mode)
{
	struct xdpx_report *report;
	int err;

	err = xdpx_report_new(attempt->prog, attempt->nic, mode, &report);
	if (err)
		return err;
	xdpx_report_free(attempt->link->report);
	attempt->link->report = report;
	return 0;
}

static const struct xdpx_report_line *loss_of(const struct xdpx_attempt *attempt)
{
	return attempt->opts->flags & XDPX_ATTACH_ALLOW_LOSS ? NULL : xdpx_report_loss(attempt->link->report);
}

const char *xdpx_preflight_loss(const struct xdpx_attempt *attempt)
{
	const struct xdpx_report_line *loss = loss_of(attempt);

	return loss ? loss->text : NULL;
}

int xdpx_fail_loss(const struct xdpx_attempt *attempt)
{
	const struct xdpx_report_line *loss = loss_of(attempt);

	xdpx_fail(-EOPNOTSUPP, "link.attach.check", "%s", loss->text);
	/* without the device's functions the program cannot even be loaded */
	if (loss->need == XDPX_NEED_BOUND)
		xdpx_fail_hint("%s", loss->hint);
	else
		xdpx_fail_hint("%s; XDPX_ATTACH_ALLOW_LOSS attaches it all the same", loss->hint);
	return -EOPNOTSUPP;
}

void xdpx_preflight_end(const struct xdpx_attempt *attempt)
{
	struct xdpx_link *link = attempt->link;
	size_t at;

	xdpx_report_ran(link->report, link->nic_name, link->mode);
	for (at = 0; at < link->report->count; at++) {
		const struct xdpx_report_line *line = &link->report->lines[at];

		if (line->verdict != XDPX_VERDICT_MET)
			xdpx_log(XDPX_LOG_WARN, "%s: %s", xdpx_verdict_name(line->verdict), line->text);
	}
}

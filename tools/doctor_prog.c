/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What a program needs, set against the device. */
#include "doctor.h"
#include "tool.h"

#include <stdlib.h>

/* The driver refuses a program that lacks these; for others it is attached, and can tell by itself. */
static bool stops(const struct xdpx_report_entry *entry)
{
	return entry->loss || entry->need == XDPX_NEED_RUN;
}

static enum status status_of(const struct xdpx_report_entry *entry)
{
	if (entry->verdict == XDPX_VERDICT_MET)
		return STATUS_OK;
	if (entry->verdict == XDPX_VERDICT_UNKNOWN)
		return STATUS_UNKNOWN;
	return stops(entry) ? STATUS_FAIL : STATUS_WARN;
}

int doctor_prog(const struct patient *patient, struct findings *findings)
{
	struct xdpx_report_entry entry = {.size = sizeof(entry)};
	struct xdpx_report *report;

	if (xdpx_prog_check(patient->prog, patient->nic, NULL, &report))
		return fail_library();
	for (size_t at = 0; at < xdpx_report_count(report); at++) {
		xdpx_report_at(report, at, &entry);
		/* doctor_mtu() tells it, and looks at the peer of a veth */
		if (entry.need == XDPX_NEED_LINEAR)
			continue;
		find(findings, status_of(&entry), "needs", "%s", entry.text);
		if (*entry.hint)
			find_hint(findings, "%s", entry.hint);
	}
	xdpx_report_free(report);
	return EXIT_SUCCESS;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "pace.h"

void pace_start(struct pace *pace, double ns_a_unit)
{
	*pace = (struct pace){.ns_a_unit = ns_a_unit};
}

uint64_t pace_wait(struct pace *pace, uint64_t now)
{
	double allowed = pace->gap > PACE_CATCH_UP_NS ? pace->gap : PACE_CATCH_UP_NS;
	double late = (double)now - pace->due;

	if (pace->ns_a_unit <= 0)
		return 0;
	if (late < 0)
		/* a clock that is read in whole nanoseconds must not find it due a fraction too early */
		return -late < (double)INT64_MAX ? (uint64_t)-late + 1 : INT64_MAX;
	if (late > allowed) {
		pace->behind += late - allowed;
		pace->due += late - allowed;
	}
	pace->gap = 0;
	return 0;
}

void pace_spend(struct pace *pace, double units)
{
	double gap = units * pace->ns_a_unit;

	pace->due += gap;
	pace->gap += gap;
}

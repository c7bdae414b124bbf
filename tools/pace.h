/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * A clock that says when the next packet may go. What it counts in is the caller's: packets or bits at a rate, or the
 * nanoseconds between the packets of a capture.
 */
#ifndef TOOLS_PACE_H
#define TOOLS_PACE_H

#include <stdint.h>

/*
 * Falling behind is made good by going faster, but no more of it than this, or than the last gap if that is longer: so
 * no burst is longer than what is due in that time.
 */
#define PACE_CATCH_UP_NS 20000000.0

struct pace {
	double ns_a_unit; /* 0: as fast as it goes */
	double due;	  /* of the next packet, in nanoseconds since the start */
	double gap;	  /* between that and the one before it */
	double behind;	  /* in all, beyond what was made good */
};

void pace_start(struct pace *pace, double ns_a_unit);

/* Nanoseconds from `now`, those since the start, until the next packet may go; 0 when it may. */
uint64_t pace_wait(struct pace *pace, uint64_t now);

/* A packet went, or was another's to send: the next may go so many units later. */
void pace_spend(struct pace *pace, double units);

#endif

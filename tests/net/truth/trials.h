/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What a device is said to do, tried. Each trial has a stand of its own. */
#ifndef TESTS_NET_TRUTH_TRIALS_H
#define TESTS_NET_TRUTH_TRIALS_H

#include "stand.h"

#include <xdpx/nic.h>

/* Whether it happened. */
typedef bool trial_fn(const struct stand *stand);

struct trial {
	trial_fn *happens;
	bool large; /* with packets of several buffers */
};

/* By feature; no function past the last. */
const struct trial *trial_of(enum xdpx_feature feature);

/* Whether it works with this number, of this limit, and with the next one that there could be. */
typedef bool limit_fn(const struct stand *stand, int64_t value);

struct bound {
	limit_fn *works;
	int step; /* from the last number that works to the first that does not */
};

/* By limit; no function where there is nothing to be tried on these devices. */
const struct bound *bound_of(enum xdpx_limit limit);

/* Whether the program's helper takes this amount, on a packet of so many bytes: natively, or else in generic mode. */
bool helper_takes(const struct stand *stand, const char *name, int64_t amount, size_t bytes);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#ifndef TESTS_DROP_CAPS_H
#define TESTS_DROP_CAPS_H

#include <stdint.h>

/* Takes capabilities from this process for good: those whose bits are set; all with UINT64_MAX. */
void drop_caps(uint64_t caps);

#endif

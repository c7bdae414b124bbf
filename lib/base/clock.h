/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Time for deadlines: milliseconds of a clock that nobody sets. */
#ifndef XDPX_BASE_CLOCK_H
#define XDPX_BASE_CLOCK_H

#include <stdint.h>

int64_t xdpx_now_ms(void);
void xdpx_sleep_ms(unsigned int ms);

#endif

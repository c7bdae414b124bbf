/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include <xdpx/api.h>

const char *xdpx_version(void)
{
	return XDPX_BUILD_VERSION;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What is behind an EPERM: the kernel says no more. */
#ifndef XDPX_PROG_PERMISSION_H
#define XDPX_PROG_PERMISSION_H

/* Records -EPERM for `what` ("loading program \"x\"") and names the capability that is missing, or what else it may be.
 */
int xdpx_fail_load_permission(const char *stage, const char *what);
int xdpx_fail_attach_permission(const char *stage, const char *what);

#endif

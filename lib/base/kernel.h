/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Kernel constants that the oldest headers we build with do not have yet. */
#ifndef XDPX_BASE_KERNEL_H
#define XDPX_BASE_KERNEL_H

#ifndef AF_XDP
#define AF_XDP 44
#endif
#ifndef SOL_XDP
#define SOL_XDP 283
#endif

#endif

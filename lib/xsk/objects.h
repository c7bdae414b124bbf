/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The BPF objects that are part of the library, written by bpf/embed. */
#ifndef XDPX_XSK_OBJECTS_H
#define XDPX_XSK_OBJECTS_H

#include <stddef.h>

extern const unsigned char xdpx_object_filter[];
extern const size_t xdpx_object_filter_bytes;

extern const unsigned char xdpx_object_probe[];
extern const size_t xdpx_object_probe_bytes;

extern const unsigned char xdpx_object_redirect[];
extern const size_t xdpx_object_redirect_bytes;

#endif

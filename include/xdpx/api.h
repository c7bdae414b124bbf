/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/**
 * @file xdpx/api.h
 * What every other header stands on: the export mark and the version.
 */
#ifndef XDPX_API_H
#define XDPX_API_H

#include <stddef.h>
#include <stdint.h>

/* Marks a function as part of the ABI; everything else in the library is hidden. */
#if defined(__GNUC__)
#define XDPX_API __attribute__((visibility("default")))
#else
#define XDPX_API
#endif

/** Version of the headers, as MAJOR.MINOR.PATCH. 0.x promises no stable ABI. */
#define XDPX_VERSION_MAJOR 0
#define XDPX_VERSION_MINOR 1
#define XDPX_VERSION_PATCH 0

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The version of the library that is running, such as "0.1.0".
 *
 * It can differ from the XDPX_VERSION_ macros, which tell the headers that were compiled against.
 *
 * @return a string that lives as long as the process
 * @since 0.1
 */
XDPX_API const char *xdpx_version(void);

#ifdef __cplusplus
}
#endif

#endif

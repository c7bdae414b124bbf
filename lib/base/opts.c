/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "base/opts.h"

#include "base/fail.h"

#include <errno.h>
#include <string.h>

/* Larger than any struct will grow: a `size` past it was never set. */
#define SIZE_LIMIT 65536

static int size_check(size_t size, const char *stage)
{
	if (size >= sizeof(size_t) && size <= SIZE_LIMIT)
		return 0;

	xdpx_fail(-EINVAL, stage, "the struct's `size` is %zu, which no version of this library knows", size);
	xdpx_fail_hint("set .size = sizeof(the struct) and the fields not used to 0");
	return -EINVAL;
}

int xdpx_opts_take(void *own, size_t known, const void *opts, const char *stage)
{
	const unsigned char *bytes = opts;
	size_t size;
	size_t at;
	int err;

	memset(own, 0, known);
	if (!opts)
		return 0;

	memcpy(&size, opts, sizeof(size));
	err = size_check(size, stage);
	if (err)
		return err;

	for (at = known; at < size; at++) {
		if (!bytes[at])
			continue;
		xdpx_fail(-E2BIG, stage, "the options set a field at byte %zu; this library (%s) knows %zu bytes", at,
			  xdpx_version(), known);
		xdpx_fail_hint("the application was built for a newer libxdpx: update the library");
		return -E2BIG;
	}

	memcpy(own, opts, size < known ? size : known);
	return 0;
}

int xdpx_opts_flags(uint64_t flags, uint64_t known, const char *stage)
{
	if (!(flags & ~known))
		return 0;

	return xdpx_fail(-EINVAL, stage, "unknown flags 0x%llx; this library (%s) knows 0x%llx here",
			 (unsigned long long)(flags & ~known), xdpx_version(), (unsigned long long)known);
}

int xdpx_out_give(void *out, const void *own, size_t known, const char *stage)
{
	size_t size;
	int err;

	if (!out)
		return xdpx_fail(-EINVAL, stage, "no struct to fill: the pointer is NULL");

	memcpy(&size, out, sizeof(size));
	err = size_check(size, stage);
	if (err)
		return err;

	memset(out, 0, size);
	memcpy(out, own, size < known ? size : known);
	memcpy(out, &size, sizeof(size));
	return 0;
}

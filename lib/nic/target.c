/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What callers write to mean a device: "eth0", an alternative name, "#2". */
#include "base/fail.h"
#include "nic/nic.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#define STAGE "nic.name"
#define HINT "`ip link` lists the devices; give a name, or an index as \"#2\""

/* Not strtoul(): it takes signs, blanks and what follows the number. 0 for anything that is no index. */
static uint32_t index_read(const char *digits)
{
	uint64_t value = 0;

	if (!*digits)
		return 0;
	for (; *digits; digits++) {
		if (*digits < '0' || *digits > '9')
			return 0;
		value = value * 10 + (uint64_t)(*digits - '0');
		if (value > INT_MAX)
			return 0;
	}
	return (uint32_t)value;
}

static int index_target(const char *name, struct xdpx_nic_target *target)
{
	target->index = index_read(name + 1);
	if (target->index)
		return 0;

	xdpx_fail(-EINVAL, STAGE, "\"%.32s\" is not a device index: after the # comes a number from 1 to %d", name,
		  INT_MAX);
	xdpx_fail_hint(HINT);
	return -EINVAL;
}

int xdpx_nic_target_read(const char *name, struct xdpx_nic_target *target)
{
	size_t length = name ? strlen(name) : 0;

	memset(target, 0, sizeof(*target));
	if (!length) {
		xdpx_fail(-EINVAL, STAGE, name ? "the device name is empty" : "no device name: the pointer is NULL");
		xdpx_fail_hint(HINT);
		return -EINVAL;
	}
	if (name[0] == '#')
		return index_target(name, target);
	if (length >= sizeof(target->name)) {
		xdpx_fail(-EINVAL, STAGE,
			  "the device name \"%.32s...\" has %zu bytes; even alternative names end at %zu", name, length,
			  sizeof(target->name) - 1);
		xdpx_fail_hint(HINT);
		return -EINVAL;
	}

	memcpy(target->name, name, length + 1);
	return 0;
}

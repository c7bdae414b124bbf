/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "drop_caps.h"

#include <check.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

void drop_caps(uint64_t caps)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];
	int at;

	ck_assert_int_eq(syscall(SYS_capget, &header, data), 0);
	for (at = 0; at < 2; at++) {
		data[at].effective &= ~(uint32_t)(caps >> (32 * at));
		data[at].permitted &= ~(uint32_t)(caps >> (32 * at));
		data[at].inheritable = 0;
	}
	ck_assert_int_eq(syscall(SYS_capset, &header, data), 0);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "kernel_log.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int kernel_log_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	ck_assert_msg(fd >= 0, "/dev/kmsg: %s", strerror(errno));
	ck_assert_int_ge(lseek(fd, 0, SEEK_END), 0);
	return fd;
}

void kernel_log_check(int fd)
{
	static const char *const words[] = {"WARNING:",	  "BUG:",     "Oops",	    "general protection",
					    "refcount_t", "Bad page", "soft lockup"};
	char line[8192];
	ssize_t length;
	size_t at;

	/* One line a read; EPIPE says that lines were overwritten meanwhile, and the next read goes on. */
	while ((length = read(fd, line, sizeof(line) - 1)) > 0 || (length < 0 && errno == EPIPE)) {
		line[length > 0 ? length : 0] = '\0';
		for (at = 0; at < sizeof(words) / sizeof(words[0]); at++)
			ck_assert_msg(!strstr(line, words[at]), "the kernel complained: %s", line);
	}
	close(fd);
}

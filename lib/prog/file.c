/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "base/fail.h"
#include "prog/prog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Far more than any BPF object has; a wrong path must not fill the memory. */
#define FILE_LIMIT (64U << 20)

static int fail_file(int error, const char *path, const char *doing)
{
	return xdpx_fail(-error, "prog.open.file", "%s: %s: %s", path, doing, xdpx_errno_text(error));
}

static int read_whole(int fd, const char *path, unsigned char *bytes, size_t length)
{
	size_t have = 0;

	while (have < length) {
		ssize_t got = read(fd, bytes + have, length - have);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_file(errno, path, "reading failed");
		if (!got)
			return xdpx_fail(-EINVAL, "prog.open.file", "%s: it became shorter while it was read", path);
		have += (size_t)got;
	}
	return 0;
}

static int size_check(const char *path, const struct stat *status)
{
	if (!S_ISREG(status->st_mode))
		return xdpx_fail(-EINVAL, "prog.open.file", "%s is not a regular file", path);
	if (status->st_size > FILE_LIMIT)
		return xdpx_fail(-EFBIG, "prog.open.file", "%s has %lld bytes; a BPF object may have %u", path,
				 (long long)status->st_size, FILE_LIMIT);
	return 0;
}

static int fd_read(int fd, const char *path, void **bytes, size_t *length)
{
	struct stat status;
	void *whole;
	int err;

	if (fstat(fd, &status))
		return fail_file(errno, path, "asking for its size failed");
	err = size_check(path, &status);
	if (err)
		return err;
	whole = malloc((size_t)status.st_size + 1);
	if (!whole)
		return xdpx_fail(-ENOMEM, "prog.open.file", "%s: no memory for its %lld bytes", path,
				 (long long)status.st_size);
	err = read_whole(fd, path, whole, (size_t)status.st_size);
	if (err) {
		free(whole);
		return err;
	}

	*bytes = whole;
	*length = (size_t)status.st_size;
	return 0;
}

int xdpx_prog_file_read(const char *path, void **bytes, size_t *length)
{
	/* Opening a FIFO must not wait for its other end. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int err;

	if (fd < 0)
		return fail_file(errno, path, "opening failed");
	err = fd_read(fd, path, bytes, length);
	close(fd);
	return err;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Files of the journal that are being written, and what is left of them by who was killed meanwhile. */
#include "base/clock.h"
#include "tune/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file that another process has opened to see whether it is left over is there again after so many milliseconds. */
#define TRIES 100

bool xdpx_tune_file_still_there(int folder, const char *name, int fd)
{
	struct stat by_name;
	struct stat by_fd;

	return !fstatat(folder, name, &by_name, AT_SYMLINK_NOFOLLOW) && !fstat(fd, &by_fd) &&
	       by_name.st_ino == by_fd.st_ino && by_name.st_dev == by_fd.st_dev;
}

static int fresh_once(int folder, const char *name)
{
	int fd = openat(folder, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int err;

	if (fd < 0)
		return -errno;
	err = xdpx_tune_file_lock(fd);
	if (!err && xdpx_tune_file_still_there(folder, name, fd))
		return fd;
	close(fd);
	return err && err != -EACCES ? err : -EAGAIN;
}

int xdpx_tune_file_fresh(int folder, const char *name)
{
	int tries;
	int fd;

	for (tries = 0; tries < TRIES; tries++) {
		fd = fresh_once(folder, name);
		if (fd != -EAGAIN && fd != -EEXIST)
			break;
		/* someone looks whether it is left over, and removes it */
		xdpx_sleep_ms(1);
	}
	return fd;
}

static void left_over_remove(int folder, const char *name)
{
	int fd = openat(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return;
	if (!xdpx_tune_file_lock(fd) && xdpx_tune_file_still_there(folder, name, fd))
		unlinkat(folder, name, 0);
	close(fd);
}

void xdpx_tune_left_over_remove(int folder)
{
	const size_t ending = strlen(XDPX_TUNE_FRESH);
	int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = again < 0 ? NULL : fdopendir(again);
	const struct dirent *entry;
	size_t length;

	if (!dir) {
		if (again >= 0)
			close(again);
		return;
	}
	while ((entry = readdir(dir))) {
		length = strlen(entry->d_name);
		if (length > ending && !strcmp(entry->d_name + length - ending, XDPX_TUNE_FRESH))
			left_over_remove(folder, entry->d_name);
	}
	closedir(dir);
}

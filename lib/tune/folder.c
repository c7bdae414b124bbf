/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "tune/folder.h"

#include "base/fail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TOKEN_DIGITS "0123456789abcdef"

/* Restoring is done with root's privilege: nobody else may have had a hand in what is read. */
static int trust(const struct stat *status, const char *what)
{
	if ((status->st_uid != 0 && status->st_uid != geteuid()) || status->st_mode & (S_IWGRP | S_IWOTH)) {
		xdpx_fail(-EPERM, "tune.journal", "%s is not to be trusted: it belongs to user %u, its mode is %03o",
			  what, status->st_uid, status->st_mode & 0777);
		xdpx_fail_hint("it has to be root's or this user's, and writable for nobody else");
		return -EPERM;
	}
	return 0;
}

static int folder_fail(int err)
{
	xdpx_fail(err, "tune.journal", "the journal's folder %s can't be opened: %s", XDPX_TUNE_FOLDER,
		  xdpx_errno_text(err));
	xdpx_fail_hint("it is root's; XDPX_TUNE_NO_JOURNAL goes without, and leaves the settings changed when the "
		       "process is killed");
	return err;
}

int xdpx_tune_folder_open(bool make)
{
	struct stat status;
	int folder;
	int err;

	if (make && mkdir(XDPX_TUNE_FOLDER, 0700) && errno != EEXIST)
		return folder_fail(-errno);
	folder = open(XDPX_TUNE_FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folder < 0)
		return errno == ENOENT && !make ? -ENOENT : folder_fail(-errno);
	err = fstat(folder, &status) ? folder_fail(-errno) : trust(&status, XDPX_TUNE_FOLDER);
	if (err) {
		close(folder);
		return err;
	}
	return folder;
}

bool xdpx_tune_token_valid(const char *token)
{
	size_t length = strlen(token);

	return length == XDPX_TUNE_TOKEN_BYTES - 1 && strspn(token, TOKEN_DIGITS) == length;
}

int xdpx_tune_token_check(const char *token)
{
	if (token && xdpx_tune_token_valid(token))
		return 0;
	xdpx_fail(-EINVAL, "tune.token", token ? "\"%.32s\" is no token" : "no token: the pointer is NULL%.0s",
		  token ? token : "");
	xdpx_fail_hint("a token is %d digits and letters from a to f, as xdpx_tune_token() gives it",
		       XDPX_TUNE_TOKEN_BYTES - 1);
	return -EINVAL;
}

void xdpx_tune_file_name(const char *token, char *name)
{
	snprintf(name, XDPX_TUNE_FILE_BYTES, XDPX_TUNE_FILE_PREFIX "%s", token);
}

int xdpx_tune_token_fail(int err, const char *token)
{
	if (err == -ENOENT)
		xdpx_fail(err, "tune.token", "there is nothing in the journal under %s", token);
	else
		xdpx_fail(err, "tune.token", "what is in the journal under %s can't be opened: %s", token,
			  xdpx_errno_text(err));
	xdpx_fail_hint("it may have been put back already; the journal is the folder %s", XDPX_TUNE_FOLDER);
	return err;
}

static int lock_set(int fd, short type)
{
	struct flock lock = {.l_type = type, .l_whence = SEEK_SET};

	return fcntl(fd, F_OFD_SETLK, &lock) ? -errno : 0;
}

int xdpx_tune_file_lock(int fd)
{
	return lock_set(fd, F_WRLCK);
}

int xdpx_tune_file_share(int fd)
{
	return lock_set(fd, F_RDLCK);
}

bool xdpx_tune_file_locked(int fd)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	return !fcntl(fd, F_OFD_GETLK, &lock) && lock.l_type != F_UNLCK;
}

static int text_read(int fd, char *text, size_t room, size_t *bytes)
{
	ssize_t got = 1;

	for (*bytes = 0; *bytes < room && got; *bytes += (size_t)got) {
		got = pread(fd, text + *bytes, room - *bytes, (off_t)*bytes);
		if (got < 0)
			return xdpx_fail(-errno, "tune.journal", "reading the journal failed: %s",
					 xdpx_errno_text(-errno));
	}
	return 0;
}

int xdpx_tune_file_read(int fd, struct xdpx_tune_journal *journal)
{
	struct stat status;
	size_t bytes;
	char *text;
	int err;

	if (fstat(fd, &status))
		return xdpx_fail(-errno, "tune.journal", "the journal can't be looked at: %s", xdpx_errno_text(-errno));
	if (!S_ISREG(status.st_mode) || status.st_size > XDPX_TUNE_JOURNAL_BYTES)
		return xdpx_fail(-EBADMSG, "tune.journal", "it is no file, or longer than %u bytes",
				 XDPX_TUNE_JOURNAL_BYTES);
	err = trust(&status, "the journal's file");
	if (err)
		return err;
	text = malloc((size_t)status.st_size + 1);
	if (!text)
		return xdpx_fail(-ENOMEM, "tune.alloc", "out of memory for the journal");
	err = text_read(fd, text, (size_t)status.st_size, &bytes);
	if (!err)
		err = xdpx_tune_journal_parse(text, bytes, journal);
	free(text);
	return err;
}

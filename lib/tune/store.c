/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "tune/store.h"

#include "base/clock.h"
#include "base/fail.h"
#include "base/netns.h"
#include "tune/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

int xdpx_tune_boot_id(char *boot)
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t bytes = fd < 0 ? -1 : read(fd, boot, XDPX_TUNE_BOOT_BYTES - 1);
	int err = bytes < 0 ? -errno : bytes < XDPX_TUNE_BOOT_BYTES - 1 ? -EIO : 0;

	if (fd >= 0)
		close(fd);
	if (!err) {
		boot[bytes] = '\0';
		return 0;
	}
	xdpx_fail(err, "tune.journal", "this boot's id can't be read from /proc: %s", xdpx_errno_text(err));
	xdpx_fail_hint("mount /proc; XDPX_TUNE_NO_JOURNAL goes without");
	return err;
}

int xdpx_tune_netns(uint64_t *netns)
{
	*netns = xdpx_netns_id();
	if (*netns)
		return 0;
	xdpx_fail(-ENOENT, "tune.journal", "this thread's network namespace can't be found in /proc");
	xdpx_fail_hint("mount /proc; XDPX_TUNE_NO_JOURNAL goes without");
	return -ENOENT;
}

static void token_make(char *token)
{
	uint64_t number = 0;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) != sizeof(number))
		number = (uint64_t)xdpx_now_ms() << 32 | (uint32_t)getpid();
	snprintf(token, XDPX_TUNE_TOKEN_BYTES, "%016llx", (unsigned long long)number);
}

static int all_written(int fd, const char *text, size_t bytes)
{
	ssize_t written;

	while (bytes) {
		written = write(fd, text, bytes);
		if (written < 0 && errno != EINTR)
			return -errno;
		if (written > 0) {
			text += written;
			bytes -= (size_t)written;
		}
	}
	return fsync(fd) ? -errno : 0;
}

/* A new file in place of the old one, locked before anybody can see it. Returns its descriptor. */
static int file_replace(int folder, const char *name, const char *text, size_t bytes)
{
	char fresh[XDPX_TUNE_FILE_BYTES + sizeof(XDPX_TUNE_FRESH)];
	int err;
	int fd;

	xdpx_tune_left_over_remove(folder);
	snprintf(fresh, sizeof(fresh), "%s" XDPX_TUNE_FRESH, name);
	fd = xdpx_tune_file_fresh(folder, fresh);
	if (fd < 0)
		return fd;
	err = all_written(fd, text, bytes);
	if (!err && renameat(folder, fresh, folder, name))
		err = -errno;
	if (err) {
		unlinkat(folder, fresh, 0);
		close(fd);
		return err;
	}
	fsync(folder);
	return fd;
}

static int write_fail(int err, const struct xdpx_tune *tune)
{
	xdpx_fail(err, "tune.journal", "%s: the journal of what to put back can't be written to %s: %s",
		  tune->journal.nic, XDPX_TUNE_FOLDER, xdpx_errno_text(err));
	xdpx_fail_hint("the folder is root's, or the user's of this process; XDPX_TUNE_NO_JOURNAL goes without, and "
		       "leaves the settings changed when the process is killed");
	return err;
}

int xdpx_tune_store_write(struct xdpx_tune *tune)
{
	char name[XDPX_TUNE_FILE_BYTES];
	size_t bytes;
	char *text;
	int folder;
	int fd;

	if (tune->flags & XDPX_TUNE_NO_JOURNAL)
		return 0;
	if (!xdpx_tune_pending_count(&tune->journal)) {
		xdpx_tune_store_remove(tune);
		return 0;
	}
	folder = xdpx_tune_folder_open(true);
	if (folder < 0)
		return folder;
	text = xdpx_tune_journal_text(&tune->journal, &bytes);
	if (!text) {
		close(folder);
		return xdpx_fail(-ENOMEM, "tune.alloc", "out of memory for the journal");
	}
	if (!tune->token[0])
		token_make(tune->token);
	xdpx_tune_file_name(tune->token, name);
	fd = file_replace(folder, name, text, bytes);
	free(text);
	close(folder);
	if (fd < 0)
		return write_fail(fd, tune);
	if (tune->file >= 0)
		close(tune->file);
	tune->file = fd;
	return 0;
}

void xdpx_tune_store_remove(struct xdpx_tune *tune)
{
	char name[XDPX_TUNE_FILE_BYTES];
	struct xdpx_fail_saved *saved;
	int folder;

	if (tune->file < 0)
		return;
	saved = xdpx_fail_save();
	folder = xdpx_tune_folder_open(false);
	if (folder >= 0) {
		xdpx_tune_file_name(tune->token, name);
		unlinkat(folder, name, 0);
		close(folder);
	}
	xdpx_fail_restore(saved);
	close(tune->file);
	tune->file = -1;
	tune->token[0] = '\0';
}

static int held(int folder, const char *token)
{
	struct xdpx_tune_journal journal = {.count = 0};
	char name[XDPX_TUNE_FILE_BYTES];
	int fd;

	xdpx_tune_file_name(token, name);
	fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0) {
		xdpx_tune_file_read(fd, &journal);
		close(fd);
	}
	xdpx_fail(-EBUSY, "tune.token", "the settings of %s are held under %s by process %u, which still runs",
		  journal.nic[0] ? journal.nic : "a device", token, journal.pid);
	xdpx_fail_hint("it puts them back when it ends; end it first");
	xdpx_tune_journal_clear(&journal);
	return -EBUSY;
}

static int take(struct xdpx_tune *tune, int folder, const char *token)
{
	char name[XDPX_TUNE_FILE_BYTES];
	int err;
	int fd;

	xdpx_tune_file_name(token, name);
	fd = openat(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return xdpx_tune_token_fail(-errno, token);
	tune->file = fd;
	err = xdpx_tune_file_lock(fd);
	if (err == -EAGAIN || err == -EACCES)
		return held(folder, token);
	if (!err && !xdpx_tune_file_still_there(folder, name, fd))
		err = -ENOENT;
	if (err)
		return xdpx_tune_token_fail(err, token);
	err = xdpx_tune_file_read(fd, &tune->journal);
	if (!err)
		strcpy(tune->token, token);
	return err;
}

int xdpx_tune_store_take(struct xdpx_tune *tune, const char *token)
{
	int folder;
	int err;

	err = xdpx_tune_token_check(token);
	if (err)
		return err;
	folder = xdpx_tune_folder_open(false);
	if (folder < 0)
		return folder == -ENOENT ? xdpx_tune_token_fail(-ENOENT, token) : folder;
	err = take(tune, folder, token);
	close(folder);
	return err;
}

int xdpx_tune_store_here(const struct xdpx_tune *tune)
{
	const struct xdpx_tune_journal *journal = &tune->journal;
	char boot[XDPX_TUNE_BOOT_BYTES];
	uint64_t netns;
	int err;

	err = xdpx_tune_boot_id(boot);
	if (!err)
		err = xdpx_tune_netns(&netns);
	if (err)
		return err;
	if (strcmp(boot, journal->boot) != 0)
		return xdpx_fail(-ESTALE, "tune.token",
				 "the settings of %s under %s are of an earlier boot: nothing is left to put back",
				 journal->nic, tune->token);
	if (netns == journal->netns)
		return 0;
	xdpx_fail(-EXDEV, "tune.token", "%s (index %u) is in the network namespace %llu; this one is %llu",
		  journal->nic, journal->ifindex, (unsigned long long)journal->netns, (unsigned long long)netns);
	xdpx_fail_hint("`lsns -t net` lists the namespaces; enter it with `nsenter`. If it is gone, so is the device, "
		       "and the token can be forgotten");
	return -EXDEV;
}

/* Whatever lies there is removed, readable or not; only what a process holds is not. */
static int forget(int folder, const char *token)
{
	char name[XDPX_TUNE_FILE_BYTES];
	int err = 0;
	int fd;

	xdpx_tune_file_name(token, name);
	fd = openat(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0) {
		err = xdpx_tune_file_lock(fd);
		if (err == -EAGAIN || err == -EACCES)
			err = held(folder, token);
		else
			err = 0;
	}
	if (!err && unlinkat(folder, name, 0))
		err = xdpx_tune_token_fail(-errno, token);
	if (fd >= 0)
		close(fd);
	return err;
}

int xdpx_tune_forget_token(const char *token)
{
	int folder;
	int err;

	err = xdpx_tune_token_check(token);
	if (err)
		return err;
	folder = xdpx_tune_folder_open(false);
	if (folder < 0)
		return folder == -ENOENT ? xdpx_tune_token_fail(-ENOENT, token) : folder;
	err = forget(folder, token);
	close(folder);
	return err;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What lies in the journal, to look at. */
#include "base/fail.h"
#include "tune/folder.h"
#include "tune/store.h"
#include "tune/tune.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct xdpx_tune_list {
	struct xdpx_tune **tunes;
	size_t count;
};

/* The last error is why it can't be restored. */
static int why_not(struct xdpx_tune *tune)
{
	return xdpx_tune_text_set(&tune->why, xdpx_error_last()->message);
}

static int look_at(struct xdpx_tune *tune, int fd)
{
	int err = xdpx_tune_file_read(fd, &tune->journal);

	if (!err && xdpx_tune_file_locked(fd))
		err = xdpx_fail(-EBUSY, "tune.token", "process %u, which changed them, still runs", tune->journal.pid);
	if (!err)
		err = xdpx_tune_store_here(tune);
	if (err == -ENOMEM)
		return err;
	return err ? why_not(tune) : 0;
}

static int add(struct xdpx_tune_list *list, struct xdpx_tune *tune)
{
	struct xdpx_tune **more = realloc(list->tunes, (list->count + 1) * sizeof(struct xdpx_tune *));

	if (!more)
		return xdpx_fail(-ENOMEM, "tune.alloc", "out of memory for the list of what is in the journal");
	list->tunes = more;
	list->tunes[list->count++] = tune;
	return 0;
}

static int file_add(struct xdpx_tune_list *list, int folder, const char *name)
{
	const char *token = name;
	struct xdpx_tune *tune = NULL;
	int err;
	int fd;

	if (!xdpx_tune_take_word(&token, XDPX_TUNE_FILE_PREFIX) || !xdpx_tune_token_valid(token))
		return 0;
	fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return 0;
	err = xdpx_tune_alloc(&tune);
	if (!err) {
		strcpy(tune->token, token);
		if (fd < 0) {
			xdpx_tune_token_fail(-errno, token);
			err = why_not(tune);
		} else {
			err = look_at(tune, fd);
		}
		if (!err)
			err = add(list, tune);
		if (err)
			xdpx_tune_drop(tune);
	}
	if (fd >= 0)
		close(fd);
	return err;
}

static int folder_read(struct xdpx_tune_list *list, int folder)
{
	const struct dirent *entry;
	DIR *dir = fdopendir(folder);
	int err = 0;

	if (!dir) {
		close(folder);
		return xdpx_fail(-ENOMEM, "tune.alloc", "out of memory for reading the journal's folder");
	}
	while (!err && (entry = readdir(dir)))
		err = file_add(list, folder, entry->d_name);
	closedir(dir);
	return err;
}

static int list_fill(struct xdpx_tune_list *list)
{
	int folder = xdpx_tune_folder_open(false);

	if (folder == -ENOENT)
		return 0;
	return folder < 0 ? folder : folder_read(list, folder);
}

int xdpx_tune_list_new(struct xdpx_tune_list **out)
{
	struct xdpx_fail_saved *saved;
	struct xdpx_tune_list *list;
	int err;

	if (!out)
		return xdpx_fail(-EINVAL, "tune.list", "the place for the list is NULL");
	list = calloc(1, sizeof(*list));
	if (!list)
		return xdpx_fail(-ENOMEM, "tune.alloc", "out of memory for the list of what is in the journal");
	saved = xdpx_fail_save();
	err = list_fill(list);
	if (err) {
		xdpx_fail_forget(saved);
		xdpx_tune_list_free(list);
		return err;
	}
	xdpx_fail_restore(saved);
	*out = list;
	return 0;
}

void xdpx_tune_list_free(struct xdpx_tune_list *list)
{
	if (!list)
		return;
	while (list->count)
		xdpx_tune_drop(list->tunes[--list->count]);
	free(list->tunes);
	free(list);
}

size_t xdpx_tune_list_count(const struct xdpx_tune_list *list)
{
	return list->count;
}

const struct xdpx_tune *xdpx_tune_list_at(const struct xdpx_tune_list *list, size_t at)
{
	return at < list->count ? list->tunes[at] : NULL;
}

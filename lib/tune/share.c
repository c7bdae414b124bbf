/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "tune/share.h"

#include "base/caps.h"
#include "base/fail.h"
#include "tune/folder.h"
#include "tune/store.h"
#include "tune/tune.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/*
 * Interrupts stay off for as long as the application polls at least this often, and for this many times more: long
 * enough for a batch of packets to be worked on, short enough for an application that sleeps.
 */
#define DEFER_HARD_IRQS 2
#define GRO_FLUSH_TIMEOUT_NS 200000

static const struct xdpx_tune_opts wanted = {
	.size = sizeof(wanted),
	.flags = XDPX_TUNE_DEFER_HARD_IRQS | XDPX_TUNE_GRO_FLUSH_TIMEOUT | XDPX_TUNE_KEEP_VALUES,
	.napi_defer_hard_irqs = DEFER_HARD_IRQS,
	.gro_flush_timeout = GRO_FLUSH_TIMEOUT_NS,
};

int xdpx_tune_reader(uint32_t ifindex, struct xdpx_tune **out)
{
	struct xdpx_tune *tune = NULL;
	int err;

	err = xdpx_tune_alloc(&tune);
	if (err)
		return err;
	tune->journal.ifindex = ifindex;
	err = xdpx_tune_sockets(tune);
	if (!err)
		err = xdpx_tune_same_device(tune);
	if (err) {
		xdpx_tune_drop(tune);
		return err;
	}
	*out = tune;
	return 0;
}

/* The same for all who share: FNV-1a of what they share. */
static void token_make(struct xdpx_tune *tune)
{
	const struct xdpx_tune_journal *journal = &tune->journal;
	uint64_t hash = 0xcbf29ce484222325;
	char text[96];
	const char *at;

	snprintf(text, sizeof(text), "knobs %llu %u %u", (unsigned long long)journal->netns, journal->ifindex,
		 tune->napi);
	for (at = text; *at; at++)
		hash = (hash ^ (unsigned char)*at) * 0x100000001b3;
	snprintf(tune->token, sizeof(tune->token), "%016llx", (unsigned long long)hash);
}

/* A driver that made its NAPIs anew meanwhile has forgotten them. */
static void set_again(struct xdpx_tune *tune)
{
	struct xdpx_tune_setting *setting;
	char now[XDPX_TUNE_VALUE_BYTES];
	size_t i;

	for (i = 0; i < tune->journal.count; i++) {
		setting = &tune->journal.settings[i];
		if (!setting->kind->ops->read(tune, setting, now) && !strcmp(now, setting->found))
			(void)setting->kind->ops->write(tune, setting, now, setting->set);
	}
}

static int join(struct xdpx_tune *tune, int fd)
{
	int err;

	err = xdpx_tune_file_share(fd);
	if (err)
		return xdpx_fail(-EBUSY, "tune.share", "%s: somebody is putting back the knobs of its NAPI just now",
				 tune->journal.nic);
	tune->file = fd;
	err = xdpx_tune_file_read(fd, &tune->journal);
	if (!err)
		err = xdpx_tune_same_device(tune);
	if (!err)
		set_again(tune);
	return err;
}

static int make(struct xdpx_tune *tune, int folder)
{
	char name[XDPX_TUNE_FILE_BYTES + 4];
	int err;

	/* Of one who was killed while writing it. */
	snprintf(name, sizeof(name), XDPX_TUNE_FILE_PREFIX "%s.new", tune->token);
	unlinkat(folder, name, 0);

	err = xdpx_tune_apply(tune, &wanted);
	if (err) {
		struct xdpx_fail_saved *saved = xdpx_fail_save();

		(void)xdpx_tune_restore(tune);
		xdpx_fail_restore(saved);
		return err;
	}
	if (tune->file >= 0)
		(void)xdpx_tune_file_share(tune->file);
	else
		tune->token[0] = '\0';
	return 0;
}

/* Under the folder's lock: nobody else comes or goes. */
static int join_or_make(struct xdpx_tune *tune, int folder)
{
	char name[XDPX_TUNE_FILE_BYTES];
	int err;
	int fd;

	xdpx_tune_file_name(tune->token, name);
	fd = openat(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? make(tune, folder) : xdpx_tune_token_fail(-errno, tune->token);

	err = xdpx_tune_file_lock(fd);
	if (err) {
		err = join(tune, fd);
		if (tune->file != fd)
			close(fd);
		return err;
	}
	/* Those who had it were killed. */
	close(fd);
	(void)xdpx_tune_restore_token(tune->token);
	return make(tune, folder);
}

/* Nothing to meet at: what is changed goes unrecorded, and the holder puts it back alone. */
static int without_journal(struct xdpx_tune *tune)
{
	xdpx_log(XDPX_LOG_WARN,
		 "%s: the knobs of its NAPI stay changed should this process be killed, for no journal can be kept: %s",
		 tune->journal.nic, xdpx_error_last()->message);
	tune->flags |= XDPX_TUNE_NO_JOURNAL;
	return make(tune, -1);
}

/* Until nobody else comes or goes; a signal is no reason to go on without. */
static int folder_lock(int folder)
{
	while (flock(folder, LOCK_EX))
		if (errno != EINTR)
			return -errno;
	return 0;
}

static int locked(struct xdpx_tune *tune)
{
	int folder = xdpx_tune_folder_open(true);
	int err;

	if (folder < 0)
		return without_journal(tune);
	err = folder_lock(folder);
	if (err)
		xdpx_fail(err, "tune.share", "the journal's folder can't be locked: %s", xdpx_errno_text(err));
	else
		err = join_or_make(tune, folder);
	close(folder);
	return err;
}

int xdpx_tune_share(uint32_t ifindex, uint32_t napi, struct xdpx_tune **out)
{
	struct xdpx_fail_saved *saved;
	struct xdpx_tune *tune;
	int err;

	if (!xdpx_cap_have(XDPX_CAP_NET_ADMIN))
		return xdpx_tune_no_permission("tune.share", "setting the knobs of a device's NAPI");
	saved = xdpx_fail_save();
	err = xdpx_tune_reader(ifindex, &tune);
	if (!err) {
		tune->one_napi = true;
		tune->napi = napi;
		err = xdpx_tune_sign(tune);
		token_make(tune);
		if (!err)
			err = locked(tune);
		if (err)
			xdpx_tune_drop(tune);
	}
	if (err) {
		xdpx_fail_forget(saved);
		return err;
	}
	xdpx_fail_restore(saved);
	*out = tune;
	return 0;
}

void xdpx_tune_unshare(struct xdpx_tune *tune)
{
	struct xdpx_fail_saved *saved;
	int folder;

	if (!tune)
		return;
	saved = xdpx_fail_save();
	folder = xdpx_tune_folder_open(false);
	if (folder >= 0)
		(void)folder_lock(folder);
	if (tune->file < 0 || !xdpx_tune_file_lock(tune->file))
		xdpx_tune_free(tune);
	else
		xdpx_tune_drop(tune);
	if (folder >= 0)
		close(folder);
	xdpx_fail_restore(saved);
}

static int knob_read(struct xdpx_tune *tune, uint32_t napi, uint64_t flag, uint64_t *value)
{
	struct xdpx_tune_setting setting = {.kind = xdpx_tune_kinds, .id = napi};
	char text[XDPX_TUNE_VALUE_BYTES];
	const char *at = text;
	int err;

	while (setting.kind->flag != flag)
		setting.kind++;
	snprintf(setting.name, sizeof(setting.name), napi ? "%s %u" : "%s", setting.kind->name, napi);
	err = setting.kind->ops->read(tune, &setting, text);
	if (!err)
		xdpx_tune_take_number(&at, UINT64_MAX, value);
	return err;
}

int xdpx_tune_knobs_read(struct xdpx_tune *tune, uint32_t napi, struct xdpx_tune_knobs *knobs)
{
	int err;

	err = knob_read(tune, napi, XDPX_TUNE_DEFER_HARD_IRQS, &knobs->defer_hard_irqs);
	return err ? err : knob_read(tune, napi, XDPX_TUNE_GRO_FLUSH_TIMEOUT, &knobs->gro_flush_timeout);
}

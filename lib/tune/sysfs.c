/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * The device's folder in sysfs. What is mounted at /sys belongs to the network namespace that it was mounted in, which
 * need not be ours: a mount of our own, which nobody else sees, shows ours.
 */
#include "tune/sysfs.h"

#include "tune/tune.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* linux/mount.h, since 5.2; it can't be included beside sys/mount.h everywhere. */
#define OPEN_CLOEXEC 1
#define CONFIG_CMD_CREATE 6
#define MOUNT_CLOEXEC 1

/* CAP_SYS_ADMIN is needed for it. */
static int own_mount(void)
{
	int context = (int)syscall(SYS_fsopen, "sysfs", OPEN_CLOEXEC);
	int mount = -1;

	if (context < 0)
		return -1;
	if (!syscall(SYS_fsconfig, context, CONFIG_CMD_CREATE, NULL, NULL, 0))
		mount = (int)syscall(SYS_fsmount, context, MOUNT_CLOEXEC, 0);
	close(context);
	return mount;
}

/* `own`: it is this thread's namespace for sure. */
static int folder_open(const char *nic, bool *own)
{
	int root = own_mount();
	char path[64];
	int folder;

	*own = root >= 0;
	if (root < 0)
		root = open("/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -errno;
	snprintf(path, sizeof(path), "class/net/%s", nic);
	folder = openat(root, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		folder = -errno;
	close(root);
	return folder;
}

/* The first line of a file there. */
static int line_read(int folder, const char *name, char *text, size_t room)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	ssize_t bytes;

	if (fd < 0)
		return -errno;
	bytes = read(fd, text, room - 1);
	if (bytes < 0)
		bytes = -errno;
	close(fd);
	if (bytes < 0)
		return (int)bytes;
	text[bytes] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return 0;
}

int xdpx_tune_sysfs_get(int folder, const char *name, uint64_t *number)
{
	const char *at;
	char text[32];
	int err;

	err = line_read(folder, name, text, sizeof(text));
	if (err)
		return err;
	at = text;
	return xdpx_tune_take_number(&at, UINT64_MAX, number) && !*at ? 0 : -EBADMSG;
}

int xdpx_tune_sysfs_put(int folder, const char *name, const char *text)
{
	int fd = openat(folder, name, O_WRONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (dprintf(fd, "%s", text) < 0)
		err = -errno;
	close(fd);
	return err;
}

/*
 * Names and indices are often the same in two namespaces, as in containers of one make; addresses are not, unless there
 * is none: then nothing tells whose it is.
 */
static int same_device(const struct xdpx_tune *tune, int folder)
{
	char mac[XDPX_TUNE_MAC_BYTES];
	uint64_t ifindex;
	int err;

	err = xdpx_tune_sysfs_get(folder, "ifindex", &ifindex);
	if (!err)
		err = line_read(folder, "address", mac, sizeof(mac));
	if (err)
		return err;
	if (ifindex != tune->journal.ifindex || strcmp(mac, tune->address) != 0 || !mac[strspn(mac, "0:")])
		return -EXDEV;
	return 0;
}

int xdpx_tune_sysfs(struct xdpx_tune *tune)
{
	bool own;
	int folder;
	int err;

	if (tune->sysfs >= 0)
		return tune->sysfs;
	folder = folder_open(tune->journal.nic, &own);
	if (folder < 0)
		return folder;
	err = own ? 0 : same_device(tune, folder);
	if (err) {
		close(folder);
		return err;
	}
	tune->sysfs = folder;
	return folder;
}

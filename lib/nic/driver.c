/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * What the device is under: the driver's name and the firmware's version from ethtool's ioctl, since netlink has
 * neither; of the parent device, from sysfs, the driver, the NUMA node and what virtio agreed on.
 */
#include "nic/nic.h"

#include <limits.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define PATH_BYTES (XDPX_NIC_WORD_BYTES * 2 + 64)

static void word_copy(char *out, const char *word)
{
	size_t length = strlen(word);

	if (length >= XDPX_NIC_WORD_BYTES)
		length = XDPX_NIC_WORD_BYTES - 1;
	memcpy(out, word, length);
	out[length] = '\0';
}

/*
 * The path of a file of the parent device. Buses are not of a namespace, unlike /sys/class/net: what is found here is
 * this device.
 */
static bool parent_path(const struct xdpx_nic *nic, const char *file, char *path, size_t bytes)
{
	if (!nic->parent_bus[0] || !nic->parent_name[0] || strchr(nic->parent_bus, '/') ||
	    strchr(nic->parent_name, '/'))
		return false;
	snprintf(path, bytes, "/sys/bus/%s/devices/%s/%s", nic->parent_bus, nic->parent_name, file);
	return true;
}

static void driver_of_parent(struct xdpx_nic *nic)
{
	char path[PATH_BYTES];
	char target[PATH_MAX];
	ssize_t length;
	char *slash;

	if (!parent_path(nic, "driver", path, sizeof(path)))
		return;
	length = readlink(path, target, sizeof(target) - 1);
	if (length <= 0)
		return;
	target[length] = '\0';
	slash = strrchr(target, '/');
	word_copy(nic->driver, slash ? slash + 1 : target);
}

/* A virtio device has no node of its own, but the device that it is on has. */
static void node_of_parent(struct xdpx_nic *nic)
{
	static const char *const files[] = {"numa_node", "../numa_node"};
	char path[PATH_BYTES];
	FILE *file;
	size_t i;

	for (i = 0; nic->numa_node < 0 && i < sizeof(files) / sizeof(files[0]); i++) {
		if (!parent_path(nic, files[i], path, sizeof(path)))
			return;
		file = fopen(path, "re");
		if (!file)
			continue;
		if (fscanf(file, "%d", &nic->numa_node) != 1 || nic->numa_node < 0)
			nic->numa_node = -1;
		fclose(file);
	}
}

static void virtio_of_parent(struct xdpx_nic *nic)
{
	char path[PATH_BYTES];
	FILE *file;

	if (strcmp(nic->parent_bus, "virtio") != 0 || !parent_path(nic, "features", path, sizeof(path)))
		return;
	file = fopen(path, "re");
	if (!file)
		return;
	xdpx_nic_virtio_read(file, nic);
	fclose(file);
}

/* By name, as the ioctl wants it: asked again which device that is, for it may have been renamed since. */
static bool drvinfo_get(const struct xdpx_nic *nic, int fd, struct ethtool_drvinfo *info)
{
	struct ifreq request = {.ifr_data = (void *)info};
	bool told;

	memset(info, 0, sizeof(*info));
	info->cmd = ETHTOOL_GDRVINFO;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", nic->name);
	told = !ioctl(fd, SIOCETHTOOL, &request) && !ioctl(fd, SIOCGIFINDEX, &request) &&
	       (uint32_t)request.ifr_ifindex == nic->index;
	info->driver[sizeof(info->driver) - 1] = '\0';
	info->fw_version[sizeof(info->fw_version) - 1] = '\0';
	return told;
}

/* devlink's running version of the firmware, where a driver tells it there. */
static const char *running_firmware(const struct xdpx_nic *nic)
{
	static const char *const names[] = {"fw", "fw.version", "fw.mgmt"};
	const struct xdpx_version_entry *versions = nic->versions.at;
	size_t i;
	size_t at;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (at = 0; at < nic->versions.count; at++)
			if (!strcmp(versions[at].kind, "running") && !strcmp(versions[at].name, names[i]))
				return versions[at].value;
	return "";
}

/* Software devices have neither, but a kind. */
static void ask_driver(struct xdpx_nic *nic, int fd)
{
	struct ethtool_drvinfo info;

	if (nic->kind[0] || nic->loopback || !drvinfo_get(nic, fd, &info))
		return;
	if (!nic->driver[0])
		word_copy(nic->driver, info.driver);
	/* what drivers write that have none */
	if (strcmp(info.fw_version, "N/A") != 0)
		word_copy(nic->firmware, info.fw_version);
}

void xdpx_nic_driver_find(struct xdpx_nic *nic, int fd)
{
	driver_of_parent(nic);
	node_of_parent(nic);
	virtio_of_parent(nic);
	if (!nic->driver[0])
		word_copy(nic->driver, nic->kind);
	ask_driver(nic, fd);
	if (!nic->firmware[0])
		word_copy(nic->firmware, running_firmware(nic));
}

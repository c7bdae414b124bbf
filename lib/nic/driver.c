/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The driver's name: the parent device's driver in sysfs, the kind of a software device, or ethtool. */
#include "nic/nic.h"

#include <limits.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static void word_copy(char *out, const char *word)
{
	size_t length = strlen(word);

	if (length >= XDPX_NIC_WORD_BYTES)
		length = XDPX_NIC_WORD_BYTES - 1;
	memcpy(out, word, length);
	out[length] = '\0';
}

/* Buses are not of a namespace, unlike /sys/class/net: what is found here is this device. */
static bool driver_of_parent(struct xdpx_nic *nic)
{
	char path[XDPX_NIC_WORD_BYTES * 2 + 64];
	char target[PATH_MAX];
	ssize_t length;
	char *slash;

	if (!nic->parent_bus[0] || !nic->parent_name[0] || strchr(nic->parent_bus, '/') ||
	    strchr(nic->parent_name, '/'))
		return false;

	snprintf(path, sizeof(path), "/sys/bus/%s/devices/%s/driver", nic->parent_bus, nic->parent_name);
	length = readlink(path, target, sizeof(target) - 1);
	if (length <= 0)
		return false;
	target[length] = '\0';
	slash = strrchr(target, '/');
	word_copy(nic->driver, slash ? slash + 1 : target);
	return true;
}

/* By name, as the ioctl wants it: asked again which device that is, for it may have been renamed since. */
static void driver_of_ethtool(struct xdpx_nic *nic)
{
	struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};
	struct ifreq request = {.ifr_data = (void *)&info};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", nic->name);
	if (!ioctl(fd, SIOCETHTOOL, &request) && !ioctl(fd, SIOCGIFINDEX, &request) &&
	    (uint32_t)request.ifr_ifindex == nic->index) {
		info.driver[sizeof(info.driver) - 1] = '\0';
		word_copy(nic->driver, info.driver);
	}
	close(fd);
}

void xdpx_nic_driver_find(struct xdpx_nic *nic)
{
	if (driver_of_parent(nic) || nic->driver[0])
		return;
	if (nic->kind[0])
		word_copy(nic->driver, nic->kind);
	else if (!nic->loopback)
		driver_of_ethtool(nic);
}

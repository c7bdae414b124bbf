/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What is the same for all devices: found once for a list. */
#include "nic/drivers.h"
#include "nic/nic.h"

#include "base/kernel.h"
#include "base/netns.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

/* Creating a socket needs CAP_NET_RAW, and is refused for lack of it only where there is such a family. */
static int xsk_try(enum xdpx_answer *answer)
{
	int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd >= 0)
		close(fd);
	else if (errno == ENOMEM)
		return -ENOMEM;
	if (fd >= 0 || errno == EPERM)
		*answer = XDPX_YES;
	else
		*answer = errno == EAFNOSUPPORT ? XDPX_NO : XDPX_UNKNOWN;
	return 0;
}

/* 0 where the release does not begin with two numbers. */
static uint32_t kernel_find(void)
{
	unsigned int major, minor;
	struct utsname name;

	if (uname(&name) || sscanf(name.release, "%u.%u", &major, &minor) != 2 || minor > 255)
		return 0;
	return XDPX_KERNEL(major, minor);
}

int xdpx_nic_machine_find(struct xdpx_nic_machine *machine)
{
	*machine = (struct xdpx_nic_machine){
		.netns = xdpx_netns_id(),
		.kernel = kernel_find(),
		.page = sysconf(_SC_PAGESIZE),
		.cpus = sysconf(_SC_NPROCESSORS_CONF),
	};
	return xsk_try(&machine->xsk);
}

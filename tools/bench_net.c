/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "bench_net.h"

#include "tool.h"

#include <errno.h>
#include <inttypes.h>
#include <libmnl/libmnl.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Router solicitations would be counted among the packets. Where it can't be said, they are a handful. */
static void ipv6_off(void)
{
	FILE *file = fopen("/proc/sys/net/ipv6/conf/default/disable_ipv6", "w");

	if (!file)
		return;
	fputs("1\n", file);
	fclose(file);
}

static void link_put(struct nlmsghdr *message, const char *name)
{
	mnl_nlmsg_put_extra_header(message, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(message, IFLA_IFNAME, name);
}

static int pair_make(struct mnl_socket *socket, const char *device, const char *peer)
{
	char buffer[1024];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct nlattr *info;
	struct nlattr *data;
	struct nlattr *other;
	ssize_t bytes;

	message->nlmsg_type = RTM_NEWLINK;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK;
	link_put(message, device);
	info = mnl_attr_nest_start(message, IFLA_LINKINFO);
	mnl_attr_put_strz(message, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(message, IFLA_INFO_DATA);
	other = mnl_attr_nest_start(message, VETH_INFO_PEER);
	link_put(message, peer);
	mnl_attr_nest_end(message, other);
	mnl_attr_nest_end(message, data);
	mnl_attr_nest_end(message, info);

	if (mnl_socket_sendto(socket, message, message->nlmsg_len) < 0)
		return -errno;
	bytes = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));
	/* the acknowledgement has the number 0, as the message */
	if (bytes < 0 || mnl_cb_run(buffer, (size_t)bytes, 0, 0, NULL, NULL) < 0)
		return -errno;
	return 0;
}

static int pairs_make(void)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	int err;

	if (!socket)
		return -errno;
	err = pair_make(socket, BENCH_FROM, BENCH_SOURCE);
	if (!err)
		err = pair_make(socket, BENCH_TO, BENCH_SINK);
	mnl_socket_close(socket);
	return err;
}

static int device_control(const char *device, unsigned long what, struct ifreq *request)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return -errno;
	strcpy(request->ifr_name, device);
	err = ioctl(fd, what, request) ? -errno : 0;
	close(fd);
	return err;
}

/* Without a native program veth takes frames of the kernel's own only where it has a NAPI, which this turns on. */
static int gro_on(const char *device)
{
	struct ethtool_value gro = {.cmd = ETHTOOL_SGRO, .data = 1};
	struct ifreq request = {.ifr_data = (void *)&gro};

	return device_control(device, SIOCETHTOOL, &request);
}

static int devices_ready(void)
{
	static const char *const devices[] = {BENCH_FROM, BENCH_SOURCE, BENCH_TO, BENCH_SINK};
	int err = gro_on(BENCH_FROM);

	for (size_t at = 0; !err && at < sizeof(devices) / sizeof(devices[0]); at++) {
		struct ifreq request = {.ifr_flags = IFF_UP};

		err = device_control(devices[at], SIOCSIFFLAGS, &request);
	}
	return err;
}

int bench_net_make(void)
{
	int err;

	if (unshare(CLONE_NEWNET)) {
		err = errno;
		return fail_with(err == EPERM ? "run it as root" : NULL, "no network namespace can be made: %s",
				 strerror(err));
	}
	ipv6_off();
	err = pairs_make();
	if (err)
		return fail_with(err == -EOPNOTSUPP ? "modprobe veth" : NULL, "no pair of veth devices can be made: %s",
				 strerror(-err));
	err = devices_ready();
	return err ? fail_with(NULL, "the veth devices can't be set up: %s", strerror(-err)) : EXIT_SUCCESS;
}

uint64_t bench_net_arrived(const char *device)
{
	FILE *file = fopen("/proc/self/net/dev", "r");
	uint64_t packets = 0;
	uint64_t found;
	char line[512];
	char name[32];

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, " %31[^:]: %*u %" SCNu64, name, &found) == 2 && !strcmp(name, device))
			packets = found;
	}
	if (file)
		fclose(file);
	return packets;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "stand.h"

#include "net.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void nap(void)
{
	usleep(1000);
}

static struct ifreq device_ask(const char *name, unsigned long what)
{
	struct ifreq request = {.ifr_name = ""};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
	ck_assert_int_eq(ioctl(fd, what, &request), 0);
	close(fd);
	return request;
}

/* A link comes up in its own time, and until then drops what it is given to send. */
static void await_running(const char *name)
{
	uint64_t end = now_ms() + 3000;

	while (!(device_ask(name, SIOCGIFFLAGS).ifr_flags & IFF_RUNNING)) {
		ck_assert_msg(now_ms() < end, "%s does not come up", name);
		nap();
	}
}

static int tun_open(const struct device *device)
{
	struct ifreq request = {.ifr_flags = (short)(device->tun | IFF_NO_PI)};
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	ck_assert_int_ge(fd, 0);
	strncpy(request.ifr_name, device->name, sizeof(request.ifr_name) - 1);
	ck_assert_int_eq(ioctl(fd, TUNSETIFF, &request), 0);
	return fd;
}

bool stand_make(struct stand *stand, const struct device *device, bool large)
{
	*stand = (struct stand){.device = device, .fd = -1, .ear = -1};
	net_isolate();
	sh("echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6; echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6");
	if (device->below)
		sh("%s", device->below);
	if (device->add && sh_try("%s", device->add))
		return false;
	if (device->tun)
		stand->fd = tun_open(device);
	sh("ip link set %s up", device->name);
	if (device->set)
		sh("%s", device->set);
	if (large && device->large)
		sh("%s", device->large);
	await_running(device->name);
	memcpy(stand->mac, device_ask(device->name, SIOCGIFHWADDR).ifr_hwaddr.sa_data, sizeof(stand->mac));
	if (device->far) {
		await_running(device->far);
		stand->fd = net_packet_socket(device->far);
	}
	stand->ear = stand->fd;
	return true;
}

void stand_end(struct stand *stand)
{
	if (stand->fd >= 0)
		close(stand->fd);
	stand->fd = stand->ear = -1;
}

/* A bridge may drop packets whose header has a wrong one. */
static uint16_t checksum(const struct iphdr *ip)
{
	const uint8_t *bytes = (const uint8_t *)ip;
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < sizeof(*ip); i += 2)
		sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

/* The packet has `bytes`, its Ethernet header included; the mark is in the same place with that header and without. */
static size_t frame_make(const struct stand *stand, uint8_t *frame, size_t bytes, struct flow flow)
{
	static const uint8_t sender[ETH_ALEN] = {2, 0, 0, 0, 0, 0x99};
	const uint64_t mark = TRUTH_MARK;
	bool ethernet = stand->device->tun != IFF_TUN;
	size_t at = ethernet ? sizeof(struct ethhdr) : 0;
	struct ethhdr eth = {.h_proto = htons(ETH_P_IP)};
	struct iphdr ip = {.version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP};
	struct udphdr udp = {.source = htons(flow.back ? 7 : flow.port), .dest = htons(flow.back ? flow.port : 7)};

	memset(frame, 0, bytes);
	memcpy(eth.h_dest, stand->mac, ETH_ALEN);
	memcpy(eth.h_source, sender, ETH_ALEN);
	ip.tot_len = htons((uint16_t)(bytes - sizeof(eth)));
	ip.saddr = htonl(flow.back ? 0xc0000201 : 0xc0000202);
	ip.daddr = htonl(flow.back ? 0xc0000202 : 0xc0000201);
	ip.check = checksum(&ip);
	udp.len = htons((uint16_t)(bytes - sizeof(eth) - sizeof(ip)));
	if (ethernet)
		memcpy(frame, &eth, sizeof(eth));
	memcpy(frame + at, &ip, sizeof(ip));
	memcpy(frame + at + sizeof(ip), &udp, sizeof(udp));
	memcpy(frame + TRUTH_MARK_AT, &mark, sizeof(mark));
	return ethernet ? bytes : bytes - sizeof(eth);
}

void stand_receive(const struct stand *stand, size_t bytes, struct flow flow)
{
	uint8_t frame[FRAME_BYTES];
	size_t length;

	if (stand->fd < 0)
		return;
	length = frame_make(stand, frame, bytes, flow);
	ck_assert_msg(write(stand->fd, frame, length) == (ssize_t)length, "%s: sending %zu bytes: %s",
		      stand->device->words, length, strerror(errno));
}

void frame_send(const struct stand *stand, const char *from, size_t bytes)
{
	uint8_t frame[FRAME_BYTES];
	int fd = net_packet_socket(from);
	size_t length;

	await_running(from);
	length = frame_make(stand, frame, bytes, (struct flow){.port = 7});

	ck_assert_int_eq(write(fd, frame, length), (ssize_t)length);
	close(fd);
}

/* One packet that waits at the ear: whether it is marked, and was sent by the device and not by the far one. */
static bool hears(const struct stand *stand)
{
	const uint64_t mark = TRUTH_MARK;
	uint8_t frame[FRAME_BYTES];
	struct sockaddr_ll from = {.sll_pkttype = PACKET_HOST};
	socklen_t from_bytes = sizeof(from);
	ssize_t length;

	if (stand->device->tun)
		length = read(stand->ear, frame, sizeof(frame));
	else
		length =
			recvfrom(stand->ear, frame, sizeof(frame), MSG_DONTWAIT, (struct sockaddr *)&from, &from_bytes);
	return length >= (ssize_t)(TRUTH_MARK_AT + sizeof(mark)) && from.sll_pkttype != PACKET_OUTGOING &&
	       !memcmp(frame + TRUTH_MARK_AT, &mark, sizeof(mark));
}

bool stand_sends(const struct stand *stand)
{
	uint64_t end = now_ms() + stand->patience;
	struct pollfd ear = {.fd = stand->ear, .events = POLLIN};

	if (stand->ear < 0)
		return false;
	while (now_ms() < end)
		if (poll(&ear, 1, 10) > 0 && hears(stand))
			return true;
	return false;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "base/clock.h"
#include "base/fail.h"
#include "xsk/busy.h"
#include "xsk/xsk.h"

#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* The kernel wakes nobody when a device goes down or away: a wait looks for itself this often. */
#define LOOK_MS 200
/* While the kernel has no frame it can't receive, and no packet will wake us: look for released ones this often. */
#define STARVED_MS 2

/* Its device went away, and perhaps came back under the same index: the kernel has untied the socket for good. */
static bool untied(const struct xdpx_xsk *xsk)
{
	ssize_t result = recvfrom(xsk->fd, NULL, 0, MSG_DONTWAIT, NULL, NULL);

	/* before 5.11 such a socket can't be received from, and sending tells */
	if (result < 0 && errno == EOPNOTSUPP)
		result = sendto(xsk->fd, NULL, 0, MSG_DONTWAIT, NULL, 0);
	return result < 0 && errno == ENXIO;
}

/* The flags of its device; 0, or -ENODEV. */
static int device_flags(const struct xdpx_xsk *xsk, int *flags)
{
	/* Asked through a socket of ours, which stays in the device's network namespace whatever thread asks. */
	struct ifreq request = {.ifr_ifindex = (int)xsk->nic_index};

	if (xsk->fd < 0)
		return -ENODEV;
	*flags = IFF_UP;
	if (ioctl(xsk->control_fd, SIOCGIFNAME, &request) || ioctl(xsk->control_fd, SIOCGIFFLAGS, &request))
		return errno == ENODEV || errno == ENXIO ? -ENODEV : 0;
	*flags = request.ifr_flags;
	return 0;
}

int xdpx_xsk_device_state(const struct xdpx_xsk *xsk)
{
	int flags;
	int err;

	err = device_flags(xsk, &flags);
	if (err)
		return err;
	if (!(flags & IFF_UP))
		return -ENETDOWN;
	return untied(xsk) ? -ENODEV : 0;
}

bool xdpx_xsk_device_running(const struct xdpx_xsk *xsk)
{
	int flags;

	return !device_flags(xsk, &flags) && flags & IFF_RUNNING;
}

int xdpx_xsk_device_fail(const struct xdpx_xsk *xsk, int err, const char *stage)
{
	if (err == -ENODEV) {
		xdpx_fail(err, stage, "%s: the device is gone", xsk->nic_name);
		xdpx_fail_hint("once the device is back, xdpx_port_recover() opens a port's socket again; close and "
			       "open another one yourself");
	} else if (err == -ENETDOWN) {
		xdpx_fail(err, stage, "%s: the device is down", xsk->nic_name);
		xdpx_fail_hint("ip link set %s up", xsk->nic_name);
	}
	return err;
}

static int slice_ms(const struct xdpx_xsk *xsk, int64_t left)
{
	int slice = xdpx_xsk_kernel_rx(xsk) ? LOOK_MS : STARVED_MS;

	return left >= 0 && left < slice ? (int)left : slice;
}

/* One sleep: 1, 0 or a negative errno as xdpx_xsk_wait(). */
static int wait_slice(struct xdpx_xsk *xsk, int64_t left)
{
	struct pollfd ready = {.fd = xsk->fd, .events = POLLIN};
	int slice;
	int err;

	if (xdpx_ring_look(&xsk->rx.rx) != xsk->rx.rx.own)
		return 1;
	if (xsk->rx.target - xdpx_xsk_kernel_rx(xsk) >= xsk->rx.low)
		xdpx_xsk_refill(xsk);

	slice = slice_ms(xsk, left);
	if (xsk->rx.busy && xdpx_busy_wait(xsk, slice))
		return 1;
	slice -= xsk->rx.busy ? (int)xdpx_smaller((uint32_t)slice, xsk->opts.busy_poll_us / 1000) : 0;

	if (poll(&ready, 1, slice) < 0) {
		err = -errno;
		return xdpx_fail(err, "xsk.wait", "%s queue %u: waiting was interrupted: %s", xsk->nic_name, xsk->queue,
				 xdpx_errno_text(err));
	}
	if (ready.revents & POLLIN)
		return 1;
	return xdpx_xsk_device_fail(xsk, xdpx_xsk_device_state(xsk), "xsk.wait");
}

int xdpx_xsk_wait(struct xdpx_xsk *xsk, int timeout_ms)
{
	int64_t end = timeout_ms < 0 ? INT64_MAX : xdpx_now_ms() + timeout_ms;
	int64_t left = timeout_ms;
	int ready;

	if (xsk->opts.flags & XDPX_XSK_TX_ONLY)
		return xdpx_fail(-EINVAL, "xsk.wait", "%s queue %u: the socket was opened for sending only",
				 xsk->nic_name, xsk->queue);
	do {
		ready = wait_slice(xsk, left);
		if (ready)
			return ready;
		if (timeout_ms >= 0)
			left = end - xdpx_now_ms();
	} while (left > 0 || timeout_ms < 0);
	return 0;
}

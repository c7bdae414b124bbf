/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "base/netns.h"

#include "base/caps.h"
#include "base/fail.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

uint64_t xdpx_netns_id(void)
{
	struct stat status;

	return stat("/proc/thread-self/ns/net", &status) ? 0 : status.st_ino;
}

int xdpx_netns_open(const char *name)
{
	char path[PATH_MAX];
	int err;
	int fd;

	snprintf(path, sizeof(path), "%s%s", strchr(name, '/') ? "" : "/run/netns/", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	err = -errno;
	xdpx_fail(err, "netns.open", "network namespace \"%s\" can't be opened: %s", name, xdpx_errno_text(err));
	if (err == -ENOENT)
		xdpx_fail_hint(
			"ip netns list shows their names; ip netns attach NAME PID gives one to that of a process");
	return err;
}

struct visit {
	int netns;
	int (*fn)(void *arg);
	void *arg;
	int result;
	struct xdpx_fail_saved *error;
};

static int fail_enter(int netns, int err)
{
	if (err == -EPERM && !xdpx_cap_have(XDPX_CAP_SYS_ADMIN)) {
		xdpx_fail(err, "netns.enter",
			  "another network namespace can't be entered without the capability CAP_SYS_ADMIN");
		xdpx_fail_hint("run as root, or start the process in there: ip netns exec, nsenter --net=");
		return err;
	}
	if (err == -EINVAL)
		return xdpx_fail(err, "netns.enter", "descriptor %d is that of no network namespace", netns);
	return xdpx_fail(err, "netns.enter", "the network namespace on descriptor %d can't be entered: %s", netns,
			 xdpx_errno_text(err));
}

static void *visit(void *arg)
{
	struct visit *now = arg;

	if (setns(now->netns, CLONE_NEWNET))
		now->result = fail_enter(now->netns, -errno);
	else
		now->result = now->fn(now->arg);
	if (now->result < 0)
		now->error = xdpx_fail_save();
	return NULL;
}

int xdpx_netns_run(int netns, int (*fn)(void *arg), void *arg)
{
	struct visit now = {.netns = netns, .fn = fn, .arg = arg};
	sigset_t all;
	sigset_t before;
	pthread_t thread;
	int err;

	if (netns < 0)
		return fn(arg);

	/* The application's handlers run on its own threads. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&thread, NULL, visit, &now);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (err)
		return xdpx_fail(-err, "netns.enter", "no thread that could enter the network namespace: %s",
				 xdpx_errno_text(err));
	pthread_join(thread, NULL);
	xdpx_fail_restore(now.error);
	return now.result;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "prog/permission.h"

#include "base/caps.h"
#include "base/fail.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* The first user namespace's inode number, PROC_USER_INIT_INO in the kernel. */
#define INITIAL_USER_NAMESPACE 0xeffffffdU

static bool in_a_user_namespace(void)
{
	struct stat status;

	return !stat("/proc/self/ns/user", &status) && status.st_ino != INITIAL_USER_NAMESPACE;
}

/* The kernel asks for its capabilities in the first user namespace, whatever root is called in another. */
static bool user_namespace_told(const char *stage, const char *what)
{
	if (!in_a_user_namespace())
		return false;
	xdpx_fail(-EPERM, stage,
		  "%s is not allowed: this process is in a user namespace, where no capability counts "
		  "for BPF",
		  what);
	xdpx_fail_hint("run it as root outside of the container's or unshare's user namespace");
	return true;
}

static void other_reasons_hint(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) || limit.rlim_cur == RLIM_INFINITY) {
		xdpx_fail_hint("a security policy of this system (lockdown, SELinux, seccomp) refuses it; see 'dmesg'");
		return;
	}
	/* Since 5.11 BPF memory counts against the memory cgroup. libbpf raises the limit before, where it may. */
	xdpx_fail_hint(
		"kernels before 5.11 count BPF memory against RLIMIT_MEMLOCK, which is %llu KiB here: raise it with "
		"'ulimit -l unlimited'; on a newer kernel a security policy (lockdown, SELinux, seccomp) refuses",
		(unsigned long long)limit.rlim_cur / 1024);
}

int xdpx_fail_load_permission(const char *stage, const char *what)
{
	bool admin = xdpx_cap_have(XDPX_CAP_SYS_ADMIN);
	bool bpf = admin || xdpx_cap_have(XDPX_CAP_BPF);
	bool net = admin || xdpx_cap_have(XDPX_CAP_NET_ADMIN);

	if (!bpf || !net) {
		xdpx_fail(-EPERM, stage, "%s is not allowed: %s missing", what,
			  bpf	? "the capability CAP_NET_ADMIN is"
			  : net ? "the capability CAP_BPF is"
				: "the capabilities CAP_BPF and CAP_NET_ADMIN are");
		xdpx_fail_hint(
			"run as root, or give the program file what it needs: 'setcap cap_bpf,cap_net_admin+ep FILE'");
		return -EPERM;
	}
	if (user_namespace_told(stage, what))
		return -EPERM;
	xdpx_fail(-EPERM, stage, "%s is not allowed, though CAP_BPF and CAP_NET_ADMIN (or CAP_SYS_ADMIN) are there",
		  what);
	other_reasons_hint();
	return -EPERM;
}

int xdpx_fail_attach_permission(const char *stage, const char *what)
{
	if (!xdpx_cap_have(XDPX_CAP_NET_ADMIN)) {
		xdpx_fail(-EPERM, stage, "%s is not allowed: the capability CAP_NET_ADMIN is missing", what);
		xdpx_fail_hint(
			"run as root, or give the program file what it needs: 'setcap cap_bpf,cap_net_admin+ep FILE'");
		return -EPERM;
	}
	if (user_namespace_told(stage, what))
		return -EPERM;
	xdpx_fail(-EPERM, stage, "%s is not allowed, though CAP_NET_ADMIN is there", what);
	xdpx_fail_hint("a security policy of this system (lockdown, SELinux, seccomp) refuses it; see 'dmesg'");
	return -EPERM;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What this process may do, and what the kernel has. */
#include "doctor.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define JIT_PATH "/proc/sys/net/core/bpf_jit_enable"
/* The first user namespace's inode number, PROC_USER_INIT_INO in the kernel. */
#define INITIAL_USER_NAMESPACE 0xeffffffdU
/* Memory of a port by default: 4,096 frames of 4,096 bytes for each queue. */
#define PORT_KIB_A_QUEUE (16 * 1024)

static bool cap_have(unsigned int cap)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	return !syscall(SYS_capget, &header, data) && data[CAP_TO_INDEX(cap)].effective & CAP_TO_MASK(cap);
}

static void setcap_mend(struct findings *findings)
{
	char path[256];
	char word[SHELL_WORD_BYTES(sizeof(path))];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

	find_hint(findings, "or run it as root; an application needs the same on its own file");
	if (length <= 0)
		return;
	path[length] = '\0';
	find_mend(findings, "sudo setcap cap_bpf,cap_net_admin,cap_net_raw+ep %s",
		  shell_word(path, word, sizeof(word)));
}

static bool in_user_namespace(void)
{
	struct stat status;

	return !stat("/proc/self/ns/user", &status) && status.st_ino != INITIAL_USER_NAMESPACE;
}

static void user_namespace_check(struct findings *findings)
{
	if (!in_user_namespace())
		return;
	find(findings, STATUS_FAIL, "privileges",
	     "this process is in a user namespace, where no capability counts for BPF, whatever root is called there");
	find_hint(findings, "run it as root outside of the container's or unshare's user namespace");
}

void doctor_privileges(const struct patient *patient, struct findings *findings)
{
	static const struct {
		unsigned int cap;
		bool or_sys_admin;
		const char *name;
		const char *use;
	} wanted[] = {
		{CAP_NET_ADMIN, false, "CAP_NET_ADMIN", "attaching programs"},
		{CAP_BPF, true, "CAP_BPF", "loading programs"},
		{CAP_NET_RAW, false, "CAP_NET_RAW", "opening AF_XDP sockets"},
	};

	(void)patient;
	for (size_t at = 0; at < sizeof(wanted) / sizeof(wanted[0]); at++) {
		if (cap_have(wanted[at].cap) || (wanted[at].or_sys_admin && cap_have(CAP_SYS_ADMIN))) {
			find(findings, STATUS_OK, "privileges", "%s, for %s, is there", wanted[at].name,
			     wanted[at].use);
			continue;
		}
		find(findings, STATUS_FAIL, "privileges", "%s is missing: %s takes it", wanted[at].name,
		     wanted[at].use);
		setcap_mend(findings);
	}
	if (cap_have(CAP_SYS_ADMIN))
		find(findings, STATUS_OK, "privileges", "CAP_SYS_ADMIN, for seeing whose programs run, is there");
	else
		find(findings, STATUS_INFO, "privileges",
		     "CAP_SYS_ADMIN is missing: XDP does without, but whose programs run can't be seen");
	user_namespace_check(findings);
}

static void jit_check(struct findings *findings)
{
	FILE *file = fopen(JIT_PATH, "re");
	int value = file ? fgetc(file) : EOF;

	if (file)
		fclose(file);
	if (value == EOF) {
		find(findings, STATUS_UNKNOWN, "jit",
		     JIT_PATH " can't be read: it shows in the first network namespace only, to privileged processes");
		return;
	}
	if (value != '0') {
		find(findings, STATUS_OK, "jit", "the kernel compiles BPF programs (net.core.bpf_jit_enable is %c)",
		     value);
		return;
	}
	find(findings, STATUS_WARN, "jit", "the kernel interprets BPF programs, which makes them many times slower");
	find_mend(findings, "sudo sysctl -w net.core.bpf_jit_enable=1");
}

void doctor_kernel(const struct patient *patient, struct findings *findings)
{
	static const enum status statuses[] = {
		[XDPX_UNKNOWN] = STATUS_UNKNOWN,
		[XDPX_NO] = STATUS_FAIL,
		[XDPX_YES] = STATUS_OK,
	};
	enum xdpx_answer xsk = xdpx_nic_can(patient->nic, XDPX_FEATURE_XSK_COPY);

	find(findings, statuses[xsk], "af-xdp", "%s", xdpx_nic_why(patient->nic, XDPX_FEATURE_XSK_COPY));
	if (xsk == XDPX_NO)
		find_hint(findings, "take a kernel that is built with CONFIG_XDP_SOCKETS=y");
	jit_check(findings);
}

/* AF_XDP pins its memory, and the kernel counts it against the limit. */
void doctor_memory(const struct patient *patient, struct findings *findings)
{
	struct xdpx_queues queues = {.size = sizeof(queues)};
	struct rlimit limit;
	uint64_t wanted;

	xdpx_nic_queues(patient->nic, &queues);
	wanted = (uint64_t)PORT_KIB_A_QUEUE * (queues.usable ? queues.usable : 1);
	/* the kernel asks for it in the first user namespace */
	if (cap_have(CAP_IPC_LOCK) && !in_user_namespace()) {
		find(findings, STATUS_OK, "memlock",
		     "CAP_IPC_LOCK is there: the memory of AF_XDP sockets counts against no limit");
		return;
	}
	if (getrlimit(RLIMIT_MEMLOCK, &limit)) {
		find(findings, STATUS_UNKNOWN, "memlock", "RLIMIT_MEMLOCK can't be read: %s", strerror(errno));
		return;
	}
	if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur / 1024 >= wanted) {
		find(findings, STATUS_OK, "memlock", "RLIMIT_MEMLOCK leaves room for the memory of AF_XDP sockets");
		return;
	}
	find(findings, STATUS_FAIL, "memlock",
	     "RLIMIT_MEMLOCK is %llu KiB; a port on all queues pins %llu KiB unless it is told otherwise",
	     (unsigned long long)limit.rlim_cur / 1024, (unsigned long long)wanted);
	if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max / 1024 >= wanted)
		find_mend(findings, "ulimit -l %llu", (unsigned long long)wanted);
	else
		find_mend(findings, "sudo prlimit --pid $$ --memlock=%llu:%llu", (unsigned long long)wanted * 1024,
			  (unsigned long long)wanted * 1024);
}

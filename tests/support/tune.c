/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "tune.h"

#include "child.h"
#include "net.h"

#include <check.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xdpx/error.h>

const struct xdpx_tune_opts tune_defer = {
	.size = sizeof(tune_defer),
	.flags = XDPX_TUNE_DEFER_HARD_IRQS,
	.promiscuous = XDPX_TUNE_ON,
	.napi_defer_hard_irqs = 2,
};

void tune_isolate(void)
{
	net_isolate();
	ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
	ck_assert_int_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	ck_assert_int_eq(mount("none", "/run", "tmpfs", 0, NULL), 0);
}

void ethtool_shows(const char *nic, const char *options, const char *name, const char *value)
{
	char out[128];

	sh_read(out, sizeof(out), "ethtool %s %s | sed -n 's/^%s:[[:space:]]*//p' | tail -n 1", options, nic, name);
	ck_assert_msg(!strcmp(out, value), "%s of %s is \"%s\", not \"%s\"", name, nic, out, value);
}

void feature_is(const char *nic, const char *name, const char *value)
{
	ethtool_shows(nic, "-k", name, value);
}

void promiscuous_is(const char *nic, bool on)
{
	ck_assert_int_eq(sh_try("ip link show dev %s | grep -q PROMISC", nic), on ? 0 : 1);
}

unsigned int tune_journal_files(void)
{
	char out[16];

	sh_read(out, sizeof(out), "ls %s 2>/dev/null | wc -l", TUNE_JOURNAL);
	return (unsigned int)strtoul(out, NULL, 10);
}

void tune_pair(void)
{
	net_veth("v0", "v1", 4);
	sh("ethtool -K v0 gro off");
}

void sysfs_is(const char *nic, const char *file, const char *value)
{
	char out[64];

	sh_read(out, sizeof(out), "mkdir -p /run/sys; mount -t sysfs none /run/sys; cat /run/sys/class/net/%s/%s", nic,
		file);
	ck_assert_str_eq(out, value);
	sh("umount /run/sys");
}

void sysfs_set(const char *nic, const char *file, const char *value)
{
	sh("mkdir -p /run/sys; mount -t sysfs none /run/sys; echo %s > /run/sys/class/net/%s/%s; umount /run/sys",
	   value, nic, file);
}

struct xdpx_tune *tune_new(const char *nic, const struct xdpx_tune_opts *want)
{
	struct xdpx_tune *tune;

	ck_assert_msg(!xdpx_tune_new(nic, want, &tune), "%s: %s (%s)", nic, xdpx_error_last()->message,
		      xdpx_error_last()->kernel);
	return tune;
}

const struct xdpx_tune_setting *tune_setting_of(const struct xdpx_tune *tune, const char *name)
{
	size_t i;

	for (i = 0; i < xdpx_tune_count(tune); i++)
		if (!strncmp(xdpx_tune_setting_name(xdpx_tune_at(tune, i)), name, strlen(name)))
			return xdpx_tune_at(tune, i);
	ck_abort_msg("%s is not in the report", name);
	return NULL;
}

void tune_setting_is(const struct xdpx_tune *tune, const char *name, enum xdpx_tune_state state, const char *found,
		     const char *set)
{
	const struct xdpx_tune_setting *setting = tune_setting_of(tune, name);

	ck_assert_msg(xdpx_tune_setting_state(setting) == state, "%s is %s: %s", name,
		      xdpx_tune_state_name(xdpx_tune_setting_state(setting)), xdpx_tune_setting_why(setting));
	ck_assert_str_eq(xdpx_tune_setting_found(setting), found);
	ck_assert_str_eq(xdpx_tune_setting_set(setting), set);
}

void tune_fails(const char *nic, const struct xdpx_tune_opts *want, int code, const char *part)
{
	struct xdpx_tune *untouched = (struct xdpx_tune *)&code;
	struct xdpx_tune *tune = untouched;
	unsigned int before = fd_count();
	int err = xdpx_tune_new(nic, want, &tune);

	ck_assert_msg(err == code, "gave %d: %s", err, xdpx_error_last()->message);
	ck_assert_ptr_eq(tune, untouched);
	ck_assert_int_eq(xdpx_error_last()->code, code);
	has(xdpx_error_last()->message, part);
	ck_assert_uint_eq(fd_count(), before);
}

pid_t tune_holder_start(const char *nic, const struct xdpx_tune_opts *want, char *token)
{
	int pipes[2];
	pid_t pid;

	ck_assert_int_eq(pipe(pipes), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (!pid) {
		struct xdpx_tune *tune;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (xdpx_tune_new(nic, want, &tune) ||
		    write(pipes[1], xdpx_tune_token(tune), strlen(xdpx_tune_token(tune))) < 0)
			_exit(1);
		close(pipes[1]);
		for (;;)
			pause();
	}
	close(pipes[1]);
	memset(token, 0, 17);
	ck_assert_int_eq(read(pipes[0], token, 16), 16);
	close(pipes[0]);
	return pid;
}

void tune_holder_kill(pid_t pid)
{
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

const struct xdpx_tune_opts tune_some = {
	.size = sizeof(tune_some),
	.promiscuous = XDPX_TUNE_ON,
	.gro = XDPX_TUNE_ON,
	.rx_vlan_offload = XDPX_TUNE_OFF,
};

void tune_some_are_set(const char *nic, bool set)
{
	promiscuous_is(nic, set);
	feature_is(nic, "generic-receive-offload", set ? "on" : "off");
	feature_is(nic, "rx-vlan-offload", set ? "off" : "on");
}

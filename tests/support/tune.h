/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* For tests that change settings of devices: what the settings are, seen by ip and ethtool, and what is reported. */
#ifndef TESTS_TUNE_H
#define TESTS_TUNE_H

#include <stdbool.h>
#include <sys/types.h>
#include <xdpx/tune.h>

#define TUNE_JOURNAL "/run/xdpx"
#define TUNE_NAPI_FLAGS (XDPX_TUNE_DEFER_HARD_IRQS | XDPX_TUNE_GRO_FLUSH_TIMEOUT)

/* A fixture: a network namespace, and a /run of the test's own. */
void tune_isolate(void);

/* A veth pair v0 and v1 with four queues, whose offloads are the same on all kernels. */
void tune_pair(void);

/* Three settings for v0, as tune_pair() makes it, and whether they are as wanted or as they were. */
extern const struct xdpx_tune_opts tune_some;
void tune_some_are_set(const char *nic, bool set);

/* Promiscuous, and a knob that can have more values than two, on devices without NAPIs, such as a bridge. */
extern const struct xdpx_tune_opts tune_defer;

/* `options` are ethtool's; `name` is how it calls the setting, `value` what it shows last. */
void ethtool_shows(const char *nic, const char *options, const char *name, const char *value);
void feature_is(const char *nic, const char *name, const char *value);
void promiscuous_is(const char *nic, bool on);

/* The device's file in the sysfs of the test's own namespace, whatever is at /sys. */
void sysfs_is(const char *nic, const char *file, const char *value);
void sysfs_set(const char *nic, const char *file, const char *value);

/* How many files are in the journal. */
unsigned int tune_journal_files(void);

/* Changes settings; the test fails unless it can be done. */
struct xdpx_tune *tune_new(const char *nic, const struct xdpx_tune_opts *want);

/* It can't be done, with this errno and these words, and nothing is left open. */
void tune_fails(const char *nic, const struct xdpx_tune_opts *want, int code, const char *part);

/* The first setting whose name begins like that; the test fails unless it is in the report. */
const struct xdpx_tune_setting *tune_setting_of(const struct xdpx_tune *tune, const char *name);
void tune_setting_is(const struct xdpx_tune *tune, const char *name, enum xdpx_tune_state state, const char *found,
		     const char *set);

/* Forks a process that changes settings, tells its token (17 bytes) and waits to be killed. */
pid_t tune_holder_start(const char *nic, const struct xdpx_tune_opts *want, char *token);
void tune_holder_kill(pid_t pid);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * The bodies, for the files of this folder. A setting's value is a text, the same in the report, in the journal and on
 * the way to the kernel: so each kind of setting reads and writes texts, and everything else only compares them.
 */
#ifndef XDPX_TUNE_TUNE_H
#define XDPX_TUNE_TUNE_H

#include "tune/journal.h"

#include <stdbool.h>
#include <xdpx/tune.h>

struct nlmsghdr;
struct xdpx_nl;
union xdpx_nl_request;

struct xdpx_tune {
	struct xdpx_tune_journal journal;
	uint64_t flags;
	bool stopped; /* the journal can't be kept: nothing more is changed */
	/* Of all NAPIs only this one; 0: none, the device's knobs in sysfs. */
	bool one_napi;
	uint32_t napi;
	/* Open as long as the handle, and of the namespace of its beginning: the thread may be in another at its end.
	 */
	struct xdpx_nl *route;
	struct xdpx_nl *genl;
	char address[XDPX_TUNE_MAC_BYTES]; /* the device's now */
	int sysfs;			   /* the device's folder there, or -1 */
	int file;			   /* the journal's file, locked, or -1 */
	char token[XDPX_TUNE_TOKEN_BYTES];
	char *why; /* of a list: why it can't be restored; NULL: nothing is in the way */
};

/* Kinds of settings. All fail with the error recorded. */
struct xdpx_tune_ops {
	bool (*wanted)(const struct xdpx_tune_kind *kind, const struct xdpx_tune_opts *want);
	/* What to set, from what was found. The first attempt is 0; false when there is no such attempt. */
	bool (*aim)(const struct xdpx_tune_setting *setting, const struct xdpx_tune_opts *want, unsigned int attempt,
		    char *text);
	/* The ids that the kind has on this device, to be freed; NULL where it has one setting, of id 0. */
	int (*ids)(struct xdpx_tune *tune, const struct xdpx_tune_kind *kind, uint32_t **ids, size_t *count);
	bool (*valid)(const char *text);
	/* -ENOENT: what has this id is gone. `text` has XDPX_TUNE_VALUE_BYTES. */
	int (*read)(struct xdpx_tune *tune, const struct xdpx_tune_setting *setting, char *text);
	int (*write)(struct xdpx_tune *tune, const struct xdpx_tune_setting *setting, const char *from, const char *to);
	/* Whether the value that is set is in force too; may be NULL. */
	int (*check)(struct xdpx_tune *tune, const struct xdpx_tune_setting *setting);
};

struct xdpx_tune_kind {
	const char *name;
	const struct xdpx_tune_ops *ops;
	size_t field;	    /* where the options have it */
	uint64_t flag;	    /* NAPI: the flag that says that the field counts */
	unsigned int attr;  /* NAPI: netlink's attribute */
	const char *word;   /* the name that ethtool or sysfs has for it */
	const char *looked; /* the command that shows it */
};

extern const struct xdpx_tune_ops xdpx_tune_promiscuous_ops;
extern const struct xdpx_tune_ops xdpx_tune_feature_ops;
extern const struct xdpx_tune_ops xdpx_tune_channels_ops;
extern const struct xdpx_tune_ops xdpx_tune_rss_ops;
extern const struct xdpx_tune_ops xdpx_tune_napi_ops;

/* A flag that only the library gives: a knob of NAPI that has a value keeps it. */
#define XDPX_TUNE_KEEP_VALUES (1ULL << 63)

/* The kinds, in the order of setting them. */
extern const struct xdpx_tune_kind xdpx_tune_kinds[];
extern const size_t xdpx_tune_kind_count;

/* Settings that are on or off. */
uint32_t xdpx_tune_switch_of(const struct xdpx_tune_kind *kind, const struct xdpx_tune_opts *want);
bool xdpx_tune_switch_wanted(const struct xdpx_tune_kind *kind, const struct xdpx_tune_opts *want);
bool xdpx_tune_switch_aim(const struct xdpx_tune_setting *setting, const struct xdpx_tune_opts *want,
			  unsigned int attempt, char *text);
bool xdpx_tune_switch_valid(const char *text);

/* The handle without settings, and its sockets. The error is recorded. */
int xdpx_tune_alloc(struct xdpx_tune **tune);
int xdpx_tune_sockets(struct xdpx_tune *tune);
void xdpx_tune_drop(struct xdpx_tune *tune); /* frees, and puts nothing back */

/* Sets what is wanted, kind by kind. */
int xdpx_tune_apply(struct xdpx_tune *tune, const struct xdpx_tune_opts *want);

/* Fills in whose the journal is. The error is recorded. */
int xdpx_tune_sign(struct xdpx_tune *tune);

/* Whether the device that has the index now is still the one: -ENODEV with the error recorded. */
int xdpx_tune_same_device(struct xdpx_tune *tune);

/* Begins a request of the ethtool family about the device; -ENOENT where the kernel has no such family. */
int xdpx_tune_ethtool(struct xdpx_tune *tune, union xdpx_nl_request *request, uint8_t command,
		      struct nlmsghdr **message);

/* Puts the last error's sentence, with the kernel's words, into the setting; -ENOMEM with the error recorded. */
int xdpx_tune_why_set(struct xdpx_tune_setting *setting);

/* Record why something can't be done with a setting; return the errno. */
int xdpx_tune_read_refused(const struct xdpx_tune *tune, const struct xdpx_tune_setting *setting, int err,
			   const char *kernel);
int xdpx_tune_write_refused(const struct xdpx_tune *tune, const struct xdpx_tune_setting *setting, const char *to,
			    int err, const char *kernel);
int xdpx_tune_no_permission(const char *stage, const char *what);

/* Take a number, or a word, from the front of the text; false, and the text stays, where it begins with another. */
bool xdpx_tune_take_number(const char **text, uint64_t max, uint64_t *number);
bool xdpx_tune_take_word(const char **text, const char *word);

#endif

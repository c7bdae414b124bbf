/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What the journal says, as text and as a struct. Files and locks are store.h's. */
#ifndef XDPX_TUNE_JOURNAL_H
#define XDPX_TUNE_JOURNAL_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xdpx/tune.h>

/* Room for a value: an RSS key of 256 bytes in hex is the longest. */
#define XDPX_TUNE_VALUE_BYTES 640
#define XDPX_TUNE_KEY_BYTES 256
#define XDPX_TUNE_TOKEN_BYTES 17
#define XDPX_TUNE_BOOT_BYTES 37
/* MAX_ADDR_LEN bytes in hex with colons. */
#define XDPX_TUNE_MAC_BYTES 96

/* A journal's text is no longer than this, and has no more settings. */
#define XDPX_TUNE_JOURNAL_BYTES (1024 * 1024)
#define XDPX_TUNE_JOURNAL_SETTINGS 4096

struct xdpx_tune_kind;

struct xdpx_tune_setting {
	const struct xdpx_tune_kind *kind;
	uint32_t id; /* of a NAPI, else 0 */
	enum xdpx_tune_state state;
	char name[48];
	char *found; /* NULL: not known */
	char *set;
	char *why;
};

/* Whose settings of which device. */
struct xdpx_tune_journal {
	uint64_t netns; /* the inode number */
	uint32_t pid;
	uint32_t ifindex;
	char boot[XDPX_TUNE_BOOT_BYTES];
	char nic[IF_NAMESIZE];
	char mac[XDPX_TUNE_MAC_BYTES]; /* the permanent one where there is one; "-" without any */
	struct xdpx_tune_setting *settings;
	size_t count;
};

/*
 * Reads a journal's text: any bytes. -EBADMSG with the line recorded as the error, or -ENOMEM; `journal` is untouched
 * then. Else it has settings of the state XDPX_TUNE_CHANGED, to be cleared by the caller.
 */
int xdpx_tune_journal_parse(const char *text, size_t bytes, struct xdpx_tune_journal *journal);

/* The text of what is to be put back, to be freed; NULL when out of memory. */
char *xdpx_tune_journal_text(const struct xdpx_tune_journal *journal, size_t *bytes);

/* Frees the settings. */
void xdpx_tune_journal_clear(struct xdpx_tune_journal *journal);

/* Another setting at the end, or NULL when out of memory. Setting pointers from before end with it. */
struct xdpx_tune_setting *xdpx_tune_journal_add(struct xdpx_tune_journal *journal, const struct xdpx_tune_kind *kind,
						uint32_t id);

/* Whether a setting is to be put back, and how many are. */
bool xdpx_tune_is_pending(const struct xdpx_tune_setting *setting);
size_t xdpx_tune_pending_count(const struct xdpx_tune_journal *journal);

/* Puts a copy of the text in place of the old one; -ENOMEM with the error recorded. */
int xdpx_tune_text_set(char **place, const char *text);

#endif

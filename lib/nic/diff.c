/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Two snapshots set against each other, row by row. */
#include "nic/describe.h"

#include "base/fail.h"
#include "base/opts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xdpx/nic_diff.h>

struct difference {
	char *name;
	char *before;
	char *after;
};

struct xdpx_nic_diff {
	struct difference *at;
	size_t count;
	size_t room;
};

/* What one comparison writes to; the strings are used again for each row. */
struct pair {
	const struct xdpx_nic *before, *after;
	struct xdpx_nic_words before_words, after_words;
	struct xdpx_nic_diff *diff;
};

void xdpx_nic_diff_free(struct xdpx_nic_diff *diff)
{
	size_t i;

	if (!diff)
		return;
	for (i = 0; i < diff->count; i++) {
		free(diff->at[i].name);
		free(diff->at[i].before);
		free(diff->at[i].after);
	}
	free(diff->at);
	free(diff);
}

static int add(struct xdpx_nic_diff *diff, const char *name, const char *entry, const char *before, const char *after)
{
	struct difference *row;

	if (diff->count == diff->room) {
		size_t room = diff->room ? diff->room * 2 : 4;
		struct difference *larger = reallocarray(diff->at, room, sizeof(*larger));

		if (!larger)
			return -ENOMEM;
		diff->at = larger;
		diff->room = room;
	}

	row = &diff->at[diff->count++];
	*row = (struct difference){
		.name = malloc(strlen(name) + strlen(entry) + 1),
		.before = strdup(before),
		.after = strdup(after),
	};
	if (!row->name || !row->before || !row->after)
		return -ENOMEM;
	strcat(strcpy(row->name, name), entry);
	return 0;
}

static int value_compare(struct pair *pair, const struct xdpx_nic_row *row, unsigned int at)
{
	const char *before;
	const char *after;

	xdpx_nic_words_clear(&pair->before_words);
	xdpx_nic_words_clear(&pair->after_words);
	row->say(&pair->before_words, pair->before, at);
	row->say(&pair->after_words, pair->after, at);
	if (pair->before_words.failed || pair->after_words.failed)
		return -ENOMEM;

	before = xdpx_nic_words_text(&pair->before_words);
	after = xdpx_nic_words_text(&pair->after_words);
	if (!strcmp(before, after))
		return 0;
	return add(pair->diff, row->name, row->entry ? row->entry(at) : "", before, after);
}

static int rows_compare(struct pair *pair)
{
	const struct xdpx_nic_row *row;
	unsigned int at;
	int err = 0;
	size_t i;

	for (i = 0; !err && (row = xdpx_nic_row_at(i)); i++) {
		if (!row->entry)
			err = value_compare(pair, row, 0);
		for (at = 0; row->entry && !err && row->entry(at); at++)
			err = value_compare(pair, row, at);
	}
	return err;
}

int xdpx_nic_diff_new(const struct xdpx_nic *before, const struct xdpx_nic *after, struct xdpx_nic_diff **diff)
{
	struct pair pair = {.before = before, .after = after};
	int err;

	if (!before || !after)
		return xdpx_fail(-EINVAL, "nic.diff", "the snapshot %s is NULL", before ? "after" : "before");

	pair.diff = calloc(1, sizeof(*pair.diff));
	err = pair.diff ? rows_compare(&pair) : -ENOMEM;
	xdpx_nic_words_end(&pair.before_words);
	xdpx_nic_words_end(&pair.after_words);
	if (err) {
		xdpx_nic_diff_free(pair.diff);
		return xdpx_fail(err, "nic.diff", "out of memory for the differences of %s", after->name);
	}

	*diff = pair.diff;
	return 0;
}

size_t xdpx_nic_diff_count(const struct xdpx_nic_diff *diff)
{
	return diff->count;
}

int xdpx_nic_diff_at(const struct xdpx_nic_diff *diff, size_t at, struct xdpx_difference *entry)
{
	struct xdpx_difference own = {.size = sizeof(own)};

	if (at >= diff->count)
		return xdpx_fail(-ERANGE, "nic.diff", "there is no difference %zu; the list has %zu", at, diff->count);
	own.name = diff->at[at].name;
	own.before = diff->at[at].before;
	own.after = diff->at[at].after;
	return xdpx_out_give(entry, &own, sizeof(own), "nic.diff");
}

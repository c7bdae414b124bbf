/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * The journal's text: a line "key=value" each, in a fixed order, so that what is missing, unknown, doubled or cut off
 * is found where it stands.
 *
 *	xdpx-tune=1
 *	boot=...	this boot's id
 *	netns=...	the namespace's inode number
 *	pid=...
 *	ifindex=...
 *	nic=...
 *	mac=...
 *	setting=...	and, for a NAPI, a space and its id
 *	found=...
 *	set=...		these three for each setting
 *	end=...		how many settings there are
 */
#include "tune/journal.h"

#include "base/fail.h"
#include "tune/tune.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERSION "1"

void xdpx_tune_journal_clear(struct xdpx_tune_journal *journal)
{
	struct xdpx_tune_setting *setting;

	for (; journal->count; journal->count--) {
		setting = &journal->settings[journal->count - 1];
		free(setting->found);
		free(setting->set);
		free(setting->why);
	}
	free(journal->settings);
	journal->settings = NULL;
}

struct xdpx_tune_setting *xdpx_tune_journal_add(struct xdpx_tune_journal *journal, const struct xdpx_tune_kind *kind,
						uint32_t id)
{
	struct xdpx_tune_setting *setting;

	setting = realloc(journal->settings, (journal->count + 1) * sizeof(*setting));
	if (!setting)
		return NULL;
	journal->settings = setting;
	setting += journal->count++;
	*setting = (struct xdpx_tune_setting){.kind = kind, .id = id, .state = XDPX_TUNE_REFUSED};
	snprintf(setting->name, sizeof(setting->name), id ? "%s %u" : "%s", kind->name, id);
	return setting;
}

bool xdpx_tune_is_pending(const struct xdpx_tune_setting *setting)
{
	return setting->state == XDPX_TUNE_CHANGED || setting->state == XDPX_TUNE_STUCK;
}

size_t xdpx_tune_pending_count(const struct xdpx_tune_journal *journal)
{
	size_t count = 0;
	size_t i;

	for (i = 0; i < journal->count; i++)
		count += xdpx_tune_is_pending(&journal->settings[i]);
	return count;
}

int xdpx_tune_text_set(char **place, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return xdpx_fail(-ENOMEM, "tune.alloc", "out of memory for the value of a setting");
	free(*place);
	*place = copy;
	return 0;
}

char *xdpx_tune_journal_text(const struct xdpx_tune_journal *journal, size_t *bytes)
{
	const struct xdpx_tune_setting *setting;
	char *text = NULL;
	FILE *out = open_memstream(&text, bytes);
	size_t i;

	if (!out)
		return NULL;
	fprintf(out, "xdpx-tune=" VERSION "\nboot=%s\nnetns=%llu\npid=%u\nifindex=%u\nnic=%s\nmac=%s\n", journal->boot,
		(unsigned long long)journal->netns, journal->pid, journal->ifindex, journal->nic, journal->mac);
	for (i = 0; i < journal->count; i++) {
		setting = &journal->settings[i];
		if (xdpx_tune_is_pending(setting))
			fprintf(out, "setting=%s\nfound=%s\nset=%s\n", setting->name, setting->found, setting->set);
	}
	fprintf(out, "end=%zu\n", xdpx_tune_pending_count(journal));
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

struct reader {
	const char *at;
	const char *end;
	unsigned int line;
	char value[XDPX_TUNE_VALUE_BYTES]; /* of the line last read */
};

static int bad(const struct reader *reader, const char *what)
{
	return xdpx_fail(-EBADMSG, "tune.journal", "line %u is broken: %s", reader->line, what);
}

static bool begins_with(const struct reader *reader, const char *key)
{
	size_t length = strlen(key);

	return (size_t)(reader->end - reader->at) > length && !memcmp(reader->at, key, length) &&
	       reader->at[length] == '=';
}

/* The value of the line that comes next and has to be this key's, into reader->value. */
static int value_read(struct reader *reader, const char *key, size_t room)
{
	const char *value;
	const char *end;
	const char *at;

	reader->line++;
	if (!begins_with(reader, key))
		return bad(reader, "it is not the key that belongs there");
	value = reader->at + strlen(key) + 1;
	end = memchr(value, '\n', (size_t)(reader->end - value));
	if (!end || end == value || (size_t)(end - value) >= room)
		return bad(reader, "its value is empty, too long or cut off");
	for (at = value; at < end; at++)
		if (*at < ' ' || *at > '~')
			return bad(reader, "it has a byte that is no plain text");
	memcpy(reader->value, value, (size_t)(end - value));
	reader->value[end - value] = '\0';
	reader->at = end + 1;
	return 0;
}

static int text_read(struct reader *reader, const char *key, char *out, size_t room)
{
	int err = value_read(reader, key, room);

	if (!err)
		memcpy(out, reader->value, strlen(reader->value) + 1);
	return err;
}

static int number_read(struct reader *reader, const char *key, uint64_t max, uint64_t *number)
{
	const char *at = reader->value;
	int err = value_read(reader, key, sizeof(reader->value));

	if (err)
		return err;
	if (!xdpx_tune_take_number(&at, max, number) || *at)
		return bad(reader, "it is no number, or too large");
	return 0;
}

static int u32_read(struct reader *reader, const char *key, uint32_t max, uint32_t *number)
{
	uint64_t value;
	int err = number_read(reader, key, max, &value);

	if (!err)
		*number = (uint32_t)value;
	return err;
}

static int head_read(struct reader *reader, struct xdpx_tune_journal *journal)
{
	int err;

	err = value_read(reader, "xdpx-tune", sizeof(reader->value));
	if (!err && strcmp(reader->value, VERSION) != 0)
		err = bad(reader, "another version of this library wrote it");
	if (!err)
		err = text_read(reader, "boot", journal->boot, sizeof(journal->boot));
	if (!err)
		err = number_read(reader, "netns", UINT64_MAX, &journal->netns);
	if (!err)
		err = u32_read(reader, "pid", INT32_MAX, &journal->pid);
	if (!err)
		err = u32_read(reader, "ifindex", INT32_MAX, &journal->ifindex);
	if (!err && !journal->ifindex)
		err = bad(reader, "no device has index 0");
	if (!err)
		err = text_read(reader, "nic", journal->nic, sizeof(journal->nic));
	if (!err)
		err = text_read(reader, "mac", journal->mac, sizeof(journal->mac));
	return err;
}

/* The kind of that name, and the id behind it where the kind has ids. */
static const struct xdpx_tune_kind *kind_read(const char *name, uint32_t *id)
{
	const struct xdpx_tune_kind *kind;
	uint64_t number;
	const char *at;
	size_t i;

	for (i = 0; i < xdpx_tune_kind_count; i++) {
		kind = &xdpx_tune_kinds[i];
		at = name;
		*id = 0;
		if (!xdpx_tune_take_word(&at, kind->name))
			continue;
		if (!*at)
			return kind;
		if (!kind->ops->ids || !xdpx_tune_take_word(&at, " ") ||
		    !xdpx_tune_take_number(&at, UINT32_MAX, &number) || *at || !number)
			continue;
		*id = (uint32_t)number;
		return kind;
	}
	return NULL;
}

static int setting_value_read(struct reader *reader, const char *key, const struct xdpx_tune_kind *kind, char **value)
{
	int err = value_read(reader, key, sizeof(reader->value));

	if (!err && !kind->ops->valid(reader->value))
		err = bad(reader, "it is no value of this setting");
	return err ? err : xdpx_tune_text_set(value, reader->value);
}

static int setting_read(struct reader *reader, struct xdpx_tune_journal *journal)
{
	const struct xdpx_tune_kind *kind;
	struct xdpx_tune_setting *setting;
	uint32_t id;
	int err;

	err = value_read(reader, "setting", sizeof(reader->value));
	if (err)
		return err;
	kind = kind_read(reader->value, &id);
	if (!kind)
		return bad(reader, "no setting has this name");
	if (journal->count == XDPX_TUNE_JOURNAL_SETTINGS)
		return bad(reader, "there are too many settings");
	setting = xdpx_tune_journal_add(journal, kind, id);
	if (!setting)
		return xdpx_fail(-ENOMEM, "tune.alloc", "out of memory for the journal");
	setting->state = XDPX_TUNE_CHANGED;
	err = setting_value_read(reader, "found", kind, &setting->found);
	return err ? err : setting_value_read(reader, "set", kind, &setting->set);
}

static int tail_read(struct reader *reader, const struct xdpx_tune_journal *journal)
{
	uint64_t count;
	int err = number_read(reader, "end", XDPX_TUNE_JOURNAL_SETTINGS, &count);

	if (!err && count != journal->count)
		err = bad(reader, "it tells another count of settings");
	if (!err && reader->at != reader->end)
		err = bad(reader, "something follows it");
	return err;
}

int xdpx_tune_journal_parse(const char *text, size_t bytes, struct xdpx_tune_journal *out)
{
	struct reader reader = {.at = text, .end = text + bytes};
	struct xdpx_tune_journal journal = {.count = 0};
	int err;

	err = head_read(&reader, &journal);
	while (!err && begins_with(&reader, "setting"))
		err = setting_read(&reader, &journal);
	if (!err)
		err = tail_read(&reader, &journal);
	if (err) {
		xdpx_tune_journal_clear(&journal);
		return err;
	}
	*out = journal;
	return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What came of trying, as answers with their reasons. */
#include "probe/probe.h"

#include "base/fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#define WORDS_BYTES 384

/* The kernel's own, which drivers let out. */
#define ENOTSUPP 524

enum xdpx_probe_verdict xdpx_probe_verdict(int err)
{
	static const struct {
		int code;
		enum xdpx_probe_verdict verdict;
	} verdicts[] = {
		{-EOPNOTSUPP, XDPX_PROBE_REFUSED}, {-ENOTSUPP, XDPX_PROBE_REFUSED}, {-EINVAL, XDPX_PROBE_REFUSED},
		{-ERANGE, XDPX_PROBE_REFUSED},	   {-ENOSPC, XDPX_PROBE_REFUSED},   {-EEXIST, XDPX_PROBE_REFUSED},
		{-EPERM, XDPX_PROBE_FAILED},	   {-ENODEV, XDPX_PROBE_FAILED},    {-ENOMEM, XDPX_PROBE_FAILED},
		{-EBUSY, XDPX_PROBE_FAILED},	   {-EMFILE, XDPX_PROBE_FAILED},    {-ENFILE, XDPX_PROBE_FAILED},
		{-ENOSYS, XDPX_PROBE_FAILED},
	};
	size_t at;

	for (at = 0; at < sizeof(verdicts) / sizeof(verdicts[0]); at++)
		if (verdicts[at].code == err)
			return verdicts[at].verdict;
	return XDPX_PROBE_UNTOLD;
}

const char *xdpx_probe_error_words(void)
{
	const struct xdpx_error *error = xdpx_error_last();

	return error->kernel[0] ? error->kernel : error->message;
}

void xdpx_probe_tell(struct xdpx_probe *probe, enum xdpx_feature feature, enum xdpx_answer answer, const char *format,
		     ...)
{
	char words[WORDS_BYTES];
	va_list args;

	va_start(args, format);
	vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	xdpx_nic_answer_set(probe->nic, feature, answer, XDPX_SOURCE_PROBE,
			    xdpx_nic_say(probe->nic, "tried: %s", words));
}

void xdpx_probe_keep(struct xdpx_probe *probe, enum xdpx_feature feature, const char *format, ...)
{
	const struct xdpx_nic_answer now = probe->nic->answers[feature];
	char words[WORDS_BYTES];
	va_list args;

	va_start(args, format);
	vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	xdpx_nic_answer_set(probe->nic, feature, now.answer, now.source,
			    xdpx_nic_say(probe->nic, "%s; trying told nothing: %s", now.why, words));
}

static void number_tell(struct xdpx_probe *probe, enum xdpx_limit limit, uint64_t value, const char *words)
{
	xdpx_nic_number_set(probe->nic, limit, (int64_t)value, XDPX_SOURCE_PROBE,
			    xdpx_nic_say(probe->nic, "tried: %s", words));
}

static void number_keep(struct xdpx_probe *probe, enum xdpx_limit limit, const char *words)
{
	const struct xdpx_nic_number now = probe->nic->numbers[limit];

	xdpx_nic_number_set(probe->nic, limit, now.value, now.source,
			    xdpx_nic_say(probe->nic, "%s; trying told nothing: %s", now.why, words));
}

/* The least room of all sorts, and the most behind those whose tail was tried. */
static struct xdpx_probe_room rooms_join(const struct xdpx_probe *probe)
{
	struct xdpx_probe_room all = {.seen = false};
	size_t sort;

	for (sort = 0; sort < XDPX_PROBE_SORTS; sort++) {
		const struct xdpx_probe_room *room = &probe->rooms[sort];

		if (!room->seen)
			continue;
		if (!all.seen || room->meta < all.meta) {
			all.meta = room->meta;
			all.meta_error = room->meta_error;
		}
		if (!all.seen || room->head < all.head)
			all.head = room->head;
		if (room->tail_most > all.tail_most)
			all.tail_most = room->tail_most;
		all.seen = true;
	}
	return all;
}

static void front_tell(struct xdpx_probe *probe, const struct xdpx_probe_room *room, const char *mode)
{
	char words[WORDS_BYTES];

	if (!room->meta)
		snprintf(words, sizeof(words),
			 "in %s mode a program that asked for %d bytes of metadata was refused: %s", mode,
			 XDPX_PROBE_META_STEP, xdpx_errno_text(room->meta_error));
	else if (room->meta_error)
		snprintf(words, sizeof(words),
			 "in %s mode a program was given %llu bytes of metadata, and refused %llu: %s", mode,
			 (unsigned long long)room->meta, (unsigned long long)room->meta + XDPX_PROBE_META_STEP,
			 xdpx_errno_text(room->meta_error));
	else
		snprintf(words, sizeof(words),
			 "in %s mode a program was given %llu bytes of metadata, the most that the kernel gives", mode,
			 (unsigned long long)room->meta);
	xdpx_probe_tell(probe, XDPX_FEATURE_DATA_META, room->meta ? XDPX_YES : XDPX_NO, "%s", words);
	number_tell(probe, XDPX_LIMIT_DATA_META, room->meta, words);

	snprintf(words, sizeof(words), "in %s mode a program was given %llu bytes in front of the packet", mode,
		 (unsigned long long)room->head);
	number_tell(probe, XDPX_LIMIT_HEADROOM, room->head, words);
}

static void tailroom_tell(struct xdpx_probe *probe, const char *mode)
{
	const struct xdpx_probe_room *several = &probe->rooms[XDPX_PROBE_SEVERAL];
	const struct xdpx_probe_room *full = &probe->rooms[XDPX_PROBE_FULL];
	char words[WORDS_BYTES];

	if (full->tail_tried) {
		snprintf(words, sizeof(words),
			 "in %s mode a program was given %llu bytes behind a packet of %llu bytes, which fills the MTU",
			 mode, (unsigned long long)full->tail, (unsigned long long)full->bytes);
		number_tell(probe, XDPX_LIMIT_TAILROOM, full->tail, words);
		return;
	}
	if (full->seen || several->bytes >= xdpx_probe_full_bytes(probe->nic))
		snprintf(words, sizeof(words), "packets that fill the MTU are longer than what can be measured");
	else
		snprintf(words, sizeof(words), "no packet that fills the MTU of %u came within %u ms in %s mode",
			 xdpx_nic_mtu(probe->nic), probe->opts.wait_ms, mode);
	number_keep(probe, XDPX_LIMIT_TAILROOM, words);
}

/*
 * A packet may just fill its buffer, so that a refusal tells nothing. Where a short one and a full one were both
 * refused, in a driver, there is no room behind any.
 */
static bool tail_refused(const struct xdpx_probe *probe, enum xdpx_mode mode)
{
	return mode == XDPX_MODE_NATIVE && probe->rooms[XDPX_PROBE_SHORT].tail_tried &&
	       probe->rooms[XDPX_PROBE_FULL].tail_tried;
}

static void tail_tell(struct xdpx_probe *probe, uint64_t most, enum xdpx_mode mode)
{
	const struct xdpx_probe_room *brief = &probe->rooms[XDPX_PROBE_SHORT];
	const char *name = xdpx_mode_name(mode);

	if (most)
		xdpx_probe_tell(probe, XDPX_FEATURE_TAIL_GROW, XDPX_YES,
				"in %s mode a program that grows the tail was given up to %llu bytes", name,
				(unsigned long long)most);
	else if (tail_refused(probe, mode))
		xdpx_probe_tell(probe, XDPX_FEATURE_TAIL_GROW, XDPX_NO,
				"in %s mode a program that grew packets of %llu and of %llu bytes by 1 was refused: %s",
				name, (unsigned long long)brief->bytes,
				(unsigned long long)probe->rooms[XDPX_PROBE_FULL].bytes,
				xdpx_errno_text(brief->tail_error));
	else
		xdpx_probe_keep(probe, XDPX_FEATURE_TAIL_GROW,
				"in %s mode only packets came that may just fill their buffers", name);
	tailroom_tell(probe, name);
}

void xdpx_probe_tell_rooms(struct xdpx_probe *probe, enum xdpx_mode mode)
{
	const struct xdpx_probe_room all = rooms_join(probe);
	const char *name = xdpx_mode_name(mode);
	char words[WORDS_BYTES];

	if (!all.seen) {
		if (xdpx_nic_up(probe->nic) == XDPX_NO)
			snprintf(words, sizeof(words), "the device is down, so that no packet comes");
		else
			snprintf(words, sizeof(words), "no packet came within %u ms in %s mode%s%s",
				 probe->opts.wait_ms, name, probe->inject.how[0] ? ", " : "", probe->inject.how);
		xdpx_probe_keep_rooms(probe, words);
		return;
	}
	if (xdpx_probe_wants(probe, XDPX_FEATURE_DATA_META))
		front_tell(probe, &all, name);
	if (xdpx_probe_wants(probe, XDPX_FEATURE_TAIL_GROW))
		tail_tell(probe, all.tail_most, mode);
}

void xdpx_probe_keep_rooms(struct xdpx_probe *probe, const char *why)
{
	if (xdpx_probe_wants(probe, XDPX_FEATURE_DATA_META)) {
		xdpx_probe_keep(probe, XDPX_FEATURE_DATA_META, "%s", why);
		number_keep(probe, XDPX_LIMIT_DATA_META, why);
		number_keep(probe, XDPX_LIMIT_HEADROOM, why);
	}
	if (xdpx_probe_wants(probe, XDPX_FEATURE_TAIL_GROW)) {
		xdpx_probe_keep(probe, XDPX_FEATURE_TAIL_GROW, "%s", why);
		number_keep(probe, XDPX_LIMIT_TAILROOM, why);
	}
}

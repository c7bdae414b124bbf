/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "xsk/debug.h"

#include "base/fail.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xdpx/umem.h>

/* What became of a frame. The application holds it, or gave it away in one of these ways. */
enum fate { HELD, FREE, RELEASED, SENT };

static const char *const fate_words[] = {
	[FREE] = "it was never handed out",
	[RELEASED] = "released before",
	[SENT] = "sent before",
};

struct history {
	const void *place; /* where it was given away */
	uint32_t fate;
	uint32_t reserved;
};

struct xdpx_debug {
	uint64_t frame_size;
	uint64_t double_releases;
	uint64_t late_writes;
	uint64_t foreign;
	struct history frames[];
};

struct xdpx_debug *xdpx_debug_new(uint32_t frame_count, uint64_t frame_size)
{
	struct xdpx_debug *debug = calloc(1, sizeof(*debug) + frame_count * sizeof(debug->frames[0]));
	uint32_t at;

	if (!debug)
		return NULL;
	debug->frame_size = frame_size;
	for (at = 0; at < frame_count; at++)
		debug->frames[at].fate = FREE;
	return debug;
}

void xdpx_debug_free(struct xdpx_debug *debug)
{
	free(debug);
}

struct place_text {
	char words[256];
};

/* Function and object where the symbols tell; else an address for addr2line. */
static struct place_text place_text(const void *place)
{
	struct place_text text;
	Dl_info info = {0};

	if (!place)
		snprintf(text.words, sizeof(text.words), "an unknown place");
	else if (!dladdr(place, &info) || !info.dli_fname)
		snprintf(text.words, sizeof(text.words), "%p", place);
	else if (info.dli_sname)
		snprintf(text.words, sizeof(text.words), "%s+0x%zx (%s)", info.dli_sname,
			 (size_t)((const char *)place - (const char *)info.dli_saddr), info.dli_fname);
	else
		snprintf(text.words, sizeof(text.words), "%s+0x%zx", info.dli_fname,
			 (size_t)((const char *)place - (const char *)info.dli_fbase));
	return text;
}

static void count_one(uint64_t *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

/* HELD becomes `fate`, with one exchange, as two threads may give the same frame away at once. */
static bool give_away(struct xdpx_debug *debug, uint32_t number, enum fate fate, const char *what, const void *place)
{
	struct history *frame = &debug->frames[number];
	uint32_t found = HELD;
	struct place_text now;
	struct place_text before;

	if (__atomic_compare_exchange_n(&frame->fate, &found, fate, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		__atomic_store_n(&frame->place, place, __ATOMIC_RELAXED);
		return true;
	}

	count_one(&debug->double_releases);
	now = place_text(place);
	if (found == FREE) {
		xdpx_log(XDPX_LOG_WARN, "frame %u (address 0x%llx) is %s by %s, but %s", number,
			 (unsigned long long)(number * debug->frame_size), what, now.words, fate_words[found]);
		return false;
	}
	before = place_text(__atomic_load_n(&frame->place, __ATOMIC_RELAXED));
	xdpx_log(XDPX_LOG_WARN, "frame %u (address 0x%llx) is %s by %s, but was %s by %s", number,
		 (unsigned long long)(number * debug->frame_size), what, now.words, fate_words[found], before.words);
	return false;
}

bool xdpx_debug_release(struct xdpx_debug *debug, uint32_t number, const void *place)
{
	return give_away(debug, number, RELEASED, "released", place);
}

bool xdpx_debug_send(struct xdpx_debug *debug, uint32_t number, const void *place)
{
	return give_away(debug, number, SENT, "sent", place);
}

void xdpx_debug_hold(struct xdpx_debug *debug, uint32_t number)
{
	__atomic_store_n(&debug->frames[number].fate, HELD, __ATOMIC_RELEASE);
}

void xdpx_debug_free_again(struct xdpx_debug *debug, uint32_t number)
{
	uint32_t held = HELD;

	/* What was sent or released stays known as such. */
	__atomic_compare_exchange_n(&debug->frames[number].fate, &held, FREE, false, __ATOMIC_ACQ_REL,
				    __ATOMIC_RELAXED);
}

void xdpx_debug_unwritten(struct xdpx_debug *debug, uint32_t number, const unsigned char *bytes, size_t count,
			  unsigned char filling)
{
	const struct history *frame = &debug->frames[number];
	struct place_text before;
	size_t at;

	if (!count || (bytes[0] == filling && !memcmp(bytes, bytes + 1, count - 1)))
		return;
	for (at = 0; at < count && bytes[at] == filling; at++)
		;
	if (at == count) /* put right by whoever wrote there */
		return;
	count_one(&debug->late_writes);
	before = place_text(__atomic_load_n(&frame->place, __ATOMIC_RELAXED));
	xdpx_log(XDPX_LOG_WARN,
		 "frame %u (address 0x%llx) was written to after it was given away by %s: byte 0x%llx is 0x%02x",
		 number, (unsigned long long)(number * debug->frame_size), before.words,
		 (unsigned long long)(number * debug->frame_size + at), bytes[at]);
}

void xdpx_debug_foreign(struct xdpx_debug *debug, uint64_t address, const void *place)
{
	struct place_text now = place_text(place);

	count_one(&debug->foreign);
	xdpx_log(XDPX_LOG_WARN, "address 0x%llx is given away by %s, but is not in this UMEM",
		 (unsigned long long)address, now.words);
}

void xdpx_debug_count(const struct xdpx_debug *debug, struct xdpx_umem_stats *stats)
{
	stats->double_releases = __atomic_load_n(&debug->double_releases, __ATOMIC_RELAXED);
	stats->late_writes = __atomic_load_n(&debug->late_writes, __ATOMIC_RELAXED);
	stats->foreign = __atomic_load_n(&debug->foreign, __ATOMIC_RELAXED);
}

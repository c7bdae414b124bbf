/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "nic/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define ROOM_FIRST 64

static bool room_make(struct xdpx_nic_words *words, size_t bytes)
{
	size_t room = words->room ? words->room : ROOM_FIRST;
	char *larger;

	if (bytes <= words->room)
		return true;
	while (room < bytes)
		room *= 2;
	larger = realloc(words->text, room);
	if (!larger)
		return false;
	words->text = larger;
	words->room = room;
	return true;
}

void xdpx_nic_words_say(struct xdpx_nic_words *words, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length < 0 || !room_make(words, words->length + (size_t)length + 1)) {
		words->failed = true;
		return;
	}

	va_start(args, format);
	vsnprintf(words->text + words->length, (size_t)length + 1, format, args);
	va_end(args);
	words->length += (size_t)length;
}

void xdpx_nic_words_clear(struct xdpx_nic_words *words)
{
	words->length = 0;
}

void xdpx_nic_words_end(struct xdpx_nic_words *words)
{
	free(words->text);
	*words = (struct xdpx_nic_words){.text = NULL};
}

const char *xdpx_nic_words_text(const struct xdpx_nic_words *words)
{
	return words->length ? words->text : "unknown";
}

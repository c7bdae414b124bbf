/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Any text is a journal or an error; and what a journal says is the same once written and read again. */
#include "tune/journal.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

/* The text of the journal, which `text` has to be; to be freed. */
static char *written(const char *text, size_t count, size_t *bytes)
{
	struct xdpx_tune_journal journal;
	char *again;

	if (xdpx_tune_journal_parse(text, count, &journal))
		return NULL;
	again = xdpx_tune_journal_text(&journal, bytes);
	xdpx_tune_journal_clear(&journal);
	if (!again)
		abort();
	return again;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	size_t first_bytes;
	size_t second_bytes;
	char *first = written((const char *)bytes, count, &first_bytes);
	char *second;

	if (!first)
		return 0;
	second = written(first, first_bytes, &second_bytes);
	if (!second || first_bytes != second_bytes || memcmp(first, second, first_bytes) != 0)
		abort();
	free(first);
	free(second);
	return 0;
}

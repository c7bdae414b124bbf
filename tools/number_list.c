/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "number_list.h"

#include <errno.h>
#include <stdlib.h>

/* A decimal number at `*text`, which moves behind it. */
static bool take(const char **text, uint32_t *number)
{
	unsigned long value;
	char *end;

	if (**text < '0' || **text > '9')
		return false;
	errno = 0;
	value = strtoul(*text, &end, 10);
	*text = end;
	*number = (uint32_t)value;
	return !errno && value <= UINT32_MAX;
}

static bool add_range(struct number_list *list, uint32_t first, uint32_t last)
{
	if (last < first || last - first >= NUMBER_LIST_MOST - list->count)
		return false;
	for (uint32_t number = first; list->count < NUMBER_LIST_MOST; number++) {
		list->numbers[list->count++] = number;
		if (number == last)
			break;
	}
	return true;
}

bool number_list_read(const char *text, struct number_list *list)
{
	struct number_list read = {.count = 0};
	uint32_t first;
	uint32_t last;

	do {
		if (!take(&text, &first))
			return false;
		last = first;
		if (*text == '-') {
			text++;
			if (!take(&text, &last))
				return false;
		}
		if (!add_range(&read, first, last))
			return false;
	} while (*text++ == ',');
	if (text[-1])
		return false;
	*list = read;
	return true;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "color.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const codes[] = {
	[HUE_NONE] = "",	   [HUE_GREEN] = "\033[32m", [HUE_RED] = "\033[31m",
	[HUE_YELLOW] = "\033[33m", [HUE_BOLD] = "\033[1m",
};

/* NO_COLOR is the convention of no-color.org: any value but the empty one. */
static bool wants_color(FILE *out)
{
	const char *refusal = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	if (refusal && *refusal)
		return false;
	if (!terminal || !*terminal || !strcmp(terminal, "dumb"))
		return false;
	return isatty(fileno(out));
}

void color_print(FILE *out, enum hue hue, const char *text, unsigned int columns)
{
	bool colored = hue != HUE_NONE && wants_color(out);
	size_t length = strlen(text);

	fprintf(out, "%s%s%s", colored ? codes[hue] : "", text, colored ? "\033[0m" : "");
	fprintf(out, "%*s", length < columns ? (int)(columns - length) : 0, "");
}

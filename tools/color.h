/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Colours for people at a terminal. A file, a pipe and a terminal that asks for none get plain text. */
#ifndef TOOLS_COLOR_H
#define TOOLS_COLOR_H

#include <stdio.h>

enum hue {
	HUE_NONE,
	HUE_GREEN,  /* yes, fine */
	HUE_RED,    /* no, in the way */
	HUE_YELLOW, /* unknown, or worth a look */
	HUE_BOLD,   /* a title */
};

/* Prints the text, and blanks up to so many columns. */
void color_print(FILE *out, enum hue hue, const char *text, unsigned int columns);

#endif

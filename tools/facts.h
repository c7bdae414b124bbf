/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Facts under titles: a label, and behind it a value that is broken into lines where it is long. */
#ifndef TOOLS_FACTS_H
#define TOOLS_FACTS_H

#include "color.h"

#include <xdpx/nic.h>

/* Where a value begins: behind two blanks and the label. */
#define FACT_COLUMN 20
/* No line is longer, unless a single word is. */
#define LINE_COLUMNS 120
/* What is longer is cut. */
#define FACT_TEXT_BYTES 2048

/* Prints the text from the present column on, in lines that begin there; makes it safe to print. */
void wrapped_print(FILE *out, unsigned int column, const char *text);

/* Begins a group; an empty line sets it apart. */
void facts_title(const char *title);
/* A value, printf-style; "-" for an empty one. */
void fact(const char *label, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* An answer and its reason. */
void fact_answer(const char *label, enum xdpx_answer answer, const char *why);
/* A word in a colour and its reason; the word takes so many columns. */
#define WORD_COLUMNS 11
void fact_word(const char *label, enum hue hue, const char *word, const char *why);

#endif

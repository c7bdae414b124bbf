/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* One feature or limit: the answer, its source and its reason. */
#include "facts.h"
#include "nic.h"
#include "tool.h"

#include <inttypes.h>
#include <string.h>

#define NAME_COLUMNS 16
#define SOURCE_COLUMNS 22
#define WHY_COLUMN (NAME_COLUMNS + WORD_COLUMNS + SOURCE_COLUMNS)

bool question_read(const char *name, struct question *question)
{
	const char *known;

	*question = (struct question){name, -1, -1};
	for (unsigned int at = 0; (known = xdpx_feature_name((enum xdpx_feature)at)); at++)
		if (!strcmp(name, known))
			question->feature = (int)at;
	for (unsigned int at = 0; (known = xdpx_limit_name((enum xdpx_limit)at)); at++)
		if (!strcmp(name, known))
			question->limit = (int)at;
	return question->feature >= 0 || question->limit >= 0;
}

const char *question_names(char *text, size_t bytes)
{
	struct question question;
	size_t at = 0;
	const char *name;

	*text = '\0';
	for (unsigned int i = 0; (name = xdpx_feature_name((enum xdpx_feature)i)) && at < bytes; i++)
		at += (size_t)snprintf(text + at, bytes - at, "%s%s", i ? ", " : "", name);
	for (unsigned int i = 0; (name = xdpx_limit_name((enum xdpx_limit)i)) && at < bytes; i++) {
		question_read(name, &question);
		/* told already where a feature has the same name */
		if (question.feature < 0)
			at += (size_t)snprintf(text + at, bytes - at, ", %s", name);
	}
	return text;
}

static void line_print(const struct xdpx_nic *nic, enum hue hue, const char *answer, enum xdpx_source source,
		       const char *why)
{
	char name[MAC_TEXT_BYTES];

	printf("%-*s ", NAME_COLUMNS - 1, text_safe(xdpx_nic_name(nic), name, sizeof(name)));
	color_print(stdout, hue, answer, WORD_COLUMNS);
	printf("%-*s", SOURCE_COLUMNS, xdpx_source_name(source));
	wrapped_print(stdout, WHY_COLUMN, why);
}

static void title_print(const char *kind)
{
	color_print(stdout, HUE_BOLD, "NAME", NAME_COLUMNS);
	color_print(stdout, HUE_BOLD, kind, WORD_COLUMNS);
	color_print(stdout, HUE_BOLD, "SOURCE", SOURCE_COLUMNS);
	color_print(stdout, HUE_BOLD, "WHY", 0);
	putchar('\n');
}

static void features_print(const struct nics *nics, enum xdpx_feature feature)
{
	title_print("ANSWER");
	for (size_t at = 0; at < nics->count; at++) {
		enum xdpx_answer answer = xdpx_nic_can(nics->list[at], feature);

		line_print(nics->list[at], answer_hue(answer), answer_word(answer),
			   xdpx_nic_source(nics->list[at], feature), xdpx_nic_why(nics->list[at], feature));
	}
}

static void limits_print(const struct nics *nics, enum xdpx_limit limit)
{
	title_print("LIMIT");
	for (size_t at = 0; at < nics->count; at++) {
		int64_t value = xdpx_nic_limit(nics->list[at], limit);
		char word[24];

		snprintf(word, sizeof(word), "%" PRId64, value);
		line_print(nics->list[at], value < 0 ? HUE_YELLOW : HUE_NONE, value < 0 ? "unknown" : word,
			   xdpx_nic_limit_source(nics->list[at], limit), xdpx_nic_limit_why(nics->list[at], limit));
	}
}

int nic_why_print(const struct nics *nics, const struct question *question)
{
	if (question->feature >= 0)
		features_print(nics, (enum xdpx_feature)question->feature);
	if (question->feature >= 0 && question->limit >= 0)
		putchar('\n');
	if (question->limit >= 0)
		limits_print(nics, (enum xdpx_limit)question->limit);
	return output_finish(stdout);
}

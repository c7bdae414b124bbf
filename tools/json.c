/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "json.h"

#include "tool.h"

#include <xdpx/api.h>

/* Names have at most 15 bytes and reasons are sentences; a longer text is cut. */
#define TEXT_BYTES 2048

void json_add(struct json_object *object, const char *key, struct json_object *value)
{
	json_object_object_add(object, key, value);
}

void json_add_number(struct json_object *object, const char *key, int64_t number)
{
	json_add(object, key, json_object_new_int64(number));
}

void json_add_number_or_null(struct json_object *object, const char *key, int64_t number, int64_t unknown)
{
	json_add(object, key, number == unknown ? NULL : json_object_new_int64(number));
}

struct json_object *json_text(const char *text)
{
	char safe[TEXT_BYTES];

	return json_object_new_string(text_safe(text, safe, sizeof(safe)));
}

void json_add_text(struct json_object *object, const char *key, const char *text)
{
	json_add(object, key, json_text(text));
}

void json_add_text_or_null(struct json_object *object, const char *key, const char *text)
{
	json_add(object, key, *text ? json_text(text) : NULL);
}

struct json_object *json_add_list(struct json_object *object, const char *key)
{
	struct json_object *list = json_object_new_array();

	json_add(object, key, list);
	return list;
}

struct json_object *json_document(void)
{
	struct json_object *document = json_object_new_object();

	json_add_text(document, "version", xdpx_version());
	return document;
}

static int print(struct json_object *object, int flags)
{
	const char *text = json_object_to_json_string_ext(object, flags | JSON_C_TO_STRING_NOSLASHESCAPE);

	if (text)
		puts(text);
	json_object_put(object);
	return text ? output_finish(stdout) : fail_with(NULL, "out of memory");
}

int json_print(struct json_object *document)
{
	return print(document, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED);
}

int json_line_print(struct json_object *object)
{
	return print(object, JSON_C_TO_STRING_PLAIN);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Short names for what json-c does, with texts that are safe: JSON is UTF-8, and names of devices need not be. */
#ifndef TOOLS_JSON_H
#define TOOLS_JSON_H

#include <json-c/json.h>
#include <stdint.h>

/* Each adds a field, and takes what it adds. */
void json_add(struct json_object *object, const char *key, struct json_object *value);
void json_add_number(struct json_object *object, const char *key, int64_t number);
/* null for a number that is not known, `unknown` */
void json_add_number_or_null(struct json_object *object, const char *key, int64_t number, int64_t unknown);
void json_add_text(struct json_object *object, const char *key, const char *text);
/* null for an empty text */
void json_add_text_or_null(struct json_object *object, const char *key, const char *text);
/* Adds an empty array and returns it, the object's own. */
struct json_object *json_add_list(struct json_object *object, const char *key);

/* A text that is safe, to be put into an array. */
struct json_object *json_text(const char *text);

/* A document that begins with the library's version. */
struct json_object *json_document(void);
/* Each prints it to stdout and frees it: over many lines, or as a line of its own. Returns an exit code. */
int json_print(struct json_object *document);
int json_line_print(struct json_object *object);

#endif

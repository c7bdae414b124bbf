#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""schema.py SCHEMA DEFINITION [--lines]: is the JSON on the standard input as the schema's definition says?

With --lines each line is a document. Fields that the schema does not tell of are an error here, though not for readers.
"""
import json
import sys

import jsonschema


def closed(schema):
    """The same, with no room for other fields."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: closed(value) for key, value in schema.items()}
    if "properties" in schema and "required" in schema:
        result.setdefault("additionalProperties", False)
    return result


def main(path, definition, lines=None):
    with open(path, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    schema = closed(schema)
    del schema["anyOf"]
    schema["$ref"] = "#/$defs/" + definition
    validator = jsonschema.Draft202012Validator(schema)
    text = sys.stdin.read()
    documents = [json.loads(line) for line in text.splitlines()] if lines else [json.loads(text)]
    errors = [error for document in documents for error in validator.iter_errors(document)]
    for error in errors:
        print(f"{'/'.join(map(str, error.absolute_path))}: {error.message[:400]}")
    if not documents:
        print("no document")
    sys.exit(1 if errors or not documents else 0)


main(*sys.argv[1:])

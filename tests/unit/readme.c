/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What the README shows is what is built and tested. */
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES 65536

static void file_read(const char *name, char *text)
{
	const char *root = getenv("XDPX_SOURCE");
	char path[4096];
	size_t bytes;
	FILE *file;

	ck_assert_msg(root, "XDPX_SOURCE is not set: run this through meson");
	snprintf(path, sizeof(path), "%s/%s", root, name);
	file = fopen(path, "re");
	ck_assert_msg(file, "%s can't be opened", path);
	bytes = fread(text, 1, FILE_BYTES - 1, file);
	fclose(file);
	ck_assert_uint_lt(bytes, FILE_BYTES - 1);
	text[bytes] = '\0';
}

START_TEST(the_receiver_in_the_readme_is_the_example)
{
	static char readme[FILE_BYTES];
	static char example[FILE_BYTES];
	const char *program;
	char *block;

	file_read("README.md", readme);
	file_read("examples/receiver.c", example);
	block = strstr(readme, "```c\n#include");
	ck_assert_msg(block, "the README has no C program");
	block += strlen("```c\n");
	*strstr(block, "```") = '\0';
	/* the first line is the licence's */
	program = strchr(example, '\n') + 1;
	ck_assert_str_eq(block, program);
}
END_TEST

START_TEST(the_receiver_in_the_readme_has_25_lines)
{
	static char example[FILE_BYTES];
	unsigned int lines = 0;

	file_read("examples/receiver.c", example);
	for (const char *at = example; (at = strchr(at, '\n')); at++)
		lines++;
	ck_assert_uint_eq(lines - 1, 25);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("readme");
	TCase *receiver = tcase_create("receiver");

	tcase_add_test(receiver, the_receiver_in_the_readme_is_the_example);
	tcase_add_test(receiver, the_receiver_in_the_readme_has_25_lines);
	suite_add_tcase(suite, receiver);
	return run_suite(suite);
}

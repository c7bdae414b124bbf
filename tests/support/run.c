/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "run.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int run_suite(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	setenv("CK_TAP_LOG_FILE_NAME", "-", 0);
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/*
 * One line a skip, to the file that XDPX_SKIP_LOG names: Check itself knows no skipped tests. It names a test's
 * function after the test, with "_fn" at the end.
 */
void skip_record(const char *function, const char *reason)
{
	const char *path = getenv("XDPX_SKIP_LOG");
	size_t length = strlen(function);

	if (length > 3 && !strcmp(function + length - 3, "_fn"))
		length -= 3;
	if (!path) {
		fprintf(stderr, "skipped: %.*s: %s\n", (int)length, function, reason);
		return;
	}

	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	ck_assert_int_ge(fd, 0);
	dprintf(fd, "%.*s: %s\n", (int)length, function, reason);
	close(fd);
}

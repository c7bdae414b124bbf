/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Queues or ports, as the command line names them: "0,2-5". */
#ifndef TOOLS_NUMBER_LIST_H
#define TOOLS_NUMBER_LIST_H

#include <stdbool.h>
#include <stdint.h>

#define NUMBER_LIST_MOST 1024

struct number_list {
	uint32_t numbers[NUMBER_LIST_MOST];
	uint32_t count;
};

/* Reads numbers and ranges in the order they are named. False, and an unchanged list, when it is none, or too long. */
bool number_list_read(const char *text, struct number_list *list);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* A choice of queues, as the command line names it: "0,2-5". */
#ifndef TOOLS_QUEUE_LIST_H
#define TOOLS_QUEUE_LIST_H

#include <stdbool.h>
#include <stdint.h>

#define QUEUE_LIST_MOST 1024

struct queue_list {
	uint32_t numbers[QUEUE_LIST_MOST];
	uint32_t count;
};

/* Reads numbers and ranges in the order they are named. False, and an unchanged list, when it is none, or too long. */
bool queue_list_read(const char *text, struct queue_list *list);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The ways in which `xdpx nic` shows devices. Each prints to stdout and returns an exit code. */
#ifndef TOOLS_NIC_H
#define TOOLS_NIC_H

#include "words.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xdpx/nic.h>
#include <xdpx/nic_lists.h>

/* Devices to be shown, in the order of their indices. */
struct nics {
	const struct xdpx_nic *const *list;
	size_t count;
};

/* A table, a line a device. */
int nic_list_print(const struct nics *nics);
/* All that is known about one. */
int nic_print(const struct xdpx_nic *nic);
/* The part of it about queues and what serves them. */
void nic_queues_print(const struct xdpx_nic *nic);
/* Devices against features, in single words. */
int nic_matrix_print(const struct nics *nics);

/* A feature, a limit, or both where they have the same name. */
struct question {
	const char *name;
	int feature; /* enum xdpx_feature, or -1 */
	int limit;   /* enum xdpx_limit, or -1 */
};

/* False: there is no feature and no limit of that name. */
bool question_read(const char *name, struct question *question);
/* All names, joined by ", ". */
const char *question_names(char *text, size_t bytes);
/* The answer, its source and its reason for each device. */
int nic_why_print(const struct nics *nics, const struct question *question);

struct watch_opts {
	uint64_t count;	  /* end after so many changes; 0: never */
	uint64_t seconds; /* end after so many seconds; 0: never */
	bool json;
};

/* Changes of the device, or of all with NULL, as they happen. */
int nic_watch(const char *name, const struct watch_opts *opts);

/* Documents as doc/json.md describes them: all there is; one question, or all features with NULL. */
int nic_json_print(const struct nics *nics);
int nic_json_answers_print(const struct nics *nics, const struct question *question);

#endif

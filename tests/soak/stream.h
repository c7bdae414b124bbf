/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Numbered packets with digests, sent by a thread through BPF_PROG_TEST_RUN's live frames (Linux 5.18). */
#ifndef TESTS_SOAK_STREAM_H
#define TESTS_SOAK_STREAM_H

#include <stdbool.h>
#include <stdint.h>

struct stream;

struct stream_opts {
	const char *device; /* packets leave here, and arrive at its peer */
	uint16_t number;    /* of the stream, in each packet; its thread runs on this CPU, too */
	uint64_t packets;
	uint64_t rate;	 /* packets a second; 0: as many as go */
	uint32_t window; /* sent and not seen, at most */
};

/* Whether the kernel can do it; where not, `reason` says so. */
bool stream_possible(const char **reason);

struct stream *stream_start(const struct stream_opts *opts);
/* Lets it send only so many altogether, from now on; up to what it has sent: nothing more. */
void stream_limit(struct stream *stream, uint64_t packets);
/* Ends it, whether all was sent or not. */
void stream_end(struct stream *stream);

uint64_t stream_sent(const struct stream *stream);
/* Lets the sender know that all packets before `number` were seen, or are lost. */
void stream_seen(struct stream *stream, uint64_t number);

/* Reads a packet; false: it is not as it was sent. */
bool stream_packet(const void *data, uint32_t len, uint16_t *stream, uint64_t *number);

/* What the two ends of a veth have dropped, by the kernel's own counters: on the way, and at the receiver. */
struct stream_losses {
	uint64_t on_the_way;
	uint64_t at_the_end;
};

void stream_losses(const char *from, const char *to, struct stream_losses *losses);

#endif

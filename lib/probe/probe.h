/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* A probe under way, for the files of this folder. */
#ifndef XDPX_PROBE_PROBE_H
#define XDPX_PROBE_PROBE_H

#include "nic/nic.h"
#include "probe/result.h"

#include <stdbool.h>
#include <xdpx/link.h>
#include <xdpx/probe.h>
#include <xdpx/prog.h>

/* What packets of one sort had room for, as far as they agree: the least of all, and the most behind them. */
struct xdpx_probe_room {
	bool seen;
	bool tail_tried;
	int meta_error;
	int tail_error;
	uint64_t bytes; /* of the packet with the least room behind it */
	uint64_t meta;
	uint64_t head;
	uint64_t tail;
	uint64_t tail_most;
};

/* Where packets for the program to measure are sent from. */
struct xdpx_probe_inject {
	int fd; /* -1: none are sent */
	uint32_t from;
	uint8_t *frame; /* as long as fills the MTU */
	size_t bytes;
	char how[160]; /* in words, or why not */
};

struct xdpx_probe {
	struct xdpx_probe_opts opts; /* with defaults filled in */
	struct xdpx_nic *nic;	     /* the answers go in here */
	char name[16];		     /* "#" and the index: stays right when the device is renamed meanwhile */
	struct xdpx_probe_inject inject;

	struct xdpx_prog *prog;
	struct xdpx_link *link;
	bool frags;	    /* the program takes packets of several buffers */
	bool plain_refused; /* one that takes packets of one buffer only was refused */
	bool measured;	    /* in native mode */
	struct xdpx_probe_room rooms[XDPX_PROBE_SORTS];
};

/* What becomes of an answer when what was tried fails. */
enum xdpx_probe_verdict {
	XDPX_PROBE_REFUSED, /* the answer is no */
	XDPX_PROBE_UNTOLD,  /* it says nothing about the device: the answer stays */
	XDPX_PROBE_FAILED,  /* the probe can't go on */
};

static inline bool xdpx_probe_wants(const struct xdpx_probe *probe, enum xdpx_feature feature)
{
	return probe->opts.features >> feature & 1;
}

/* Whether something is wanted for which packets are measured. */
static inline bool xdpx_probe_wants_packets(const struct xdpx_probe *probe)
{
	return xdpx_probe_wants(probe, XDPX_FEATURE_DATA_META) || xdpx_probe_wants(probe, XDPX_FEATURE_TAIL_GROW);
}

/* The length of a packet that fills the MTU. */
uint32_t xdpx_probe_full_bytes(const struct xdpx_nic *nic);

/* Fill in the options and their defaults; refuse a device that somebody uses. Errors are recorded (check.c). */
int xdpx_probe_opts_take(struct xdpx_probe_opts *own, const struct xdpx_probe_opts *opts);
int xdpx_probe_check(const struct xdpx_probe *probe);

/* Try sockets; with zero-copy, while the program runs if it does in native mode (sockets.c). */
int xdpx_probe_copy(struct xdpx_probe *probe);
int xdpx_probe_zerocopy(struct xdpx_probe *probe);

/* Try programs, and measure packets (modes.c). */
int xdpx_probe_native(struct xdpx_probe *probe);
int xdpx_probe_generic(struct xdpx_probe *probe);

/* Waits for packets until each question has its answer or the time is over, and reads what was measured (measure.c). */
int xdpx_probe_measure(struct xdpx_probe *probe);

/* Begin, send one packet of each length, end (inject.c). */
int xdpx_probe_inject_begin(struct xdpx_probe *probe);
void xdpx_probe_inject_send(const struct xdpx_probe *probe);
void xdpx_probe_inject_end(struct xdpx_probe *probe);

/* The answers in words (words.c). `format` of the first tells what was tried; that of the second, why it told nothing.
 */
void xdpx_probe_tell(struct xdpx_probe *probe, enum xdpx_feature feature, enum xdpx_answer answer, const char *format,
		     ...) __attribute__((format(printf, 4, 5)));
void xdpx_probe_keep(struct xdpx_probe *probe, enum xdpx_feature feature, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void xdpx_probe_tell_rooms(struct xdpx_probe *probe, enum xdpx_mode mode);
void xdpx_probe_keep_rooms(struct xdpx_probe *probe, const char *why);

/* Whether `err`, which is recorded, ends the probe; and the words that were recorded with it, the kernel's first. */
enum xdpx_probe_verdict xdpx_probe_verdict(int err);
const char *xdpx_probe_error_words(void);

#endif

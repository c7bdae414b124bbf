/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The attachment, for the files of this folder. */
#ifndef XDPX_PROG_LINK_H
#define XDPX_PROG_LINK_H

#include <xdpx/link.h>

#include "netlink/netlink.h"

#include <stdbool.h>

struct xdpx_nic;
struct xdpx_prog;
struct xdpx_report;

/* As xdpx_link_attach(), with a snapshot that is at hand. */
int xdpx_link_attach_on(struct xdpx_prog *prog, const struct xdpx_nic *nic, const struct xdpx_attach_opts *opts,
			struct xdpx_link **link);

struct xdpx_link {
	uint32_t nic_index;
	char nic_name[16];
	enum xdpx_mode mode;
	int fd;		       /* the bpf_link, -1 where attached over netlink */
	int prog_fd;	       /* our own: what we detach or replace must still be this one */
	uint32_t prog_id;      /* 0 until attached */
	uint64_t netns;	       /* where it was attached: the device's index means something there only */
	bool allow_loss;       /* XDPX_ATTACH_ALLOW_LOSS: of replacements too */
	const char *prog_name; /* valid while attaching */
	struct xdpx_report *report;
	char why[512];
};

/* What is to be attached, and where. */
struct xdpx_attempt {
	struct xdpx_link *link;
	struct xdpx_prog *prog;
	const struct xdpx_nic *nic;
	const struct xdpx_attach_opts *opts;
};

/* Sets the program against the device in this mode: the link's report. -ENOMEM, recorded. */
int xdpx_preflight(const struct xdpx_attempt *attempt, enum xdpx_mode mode);

/* The sentence of a loss that the report proves and the options do not allow, or NULL. */
const char *xdpx_preflight_loss(const struct xdpx_attempt *attempt);

/* Records that loss; -EOPNOTSUPP. */
int xdpx_fail_loss(const struct xdpx_attempt *attempt);

/* It is attached: the report says so, and what is not met goes to the log. */
void xdpx_preflight_end(const struct xdpx_attempt *attempt);

/* What the kernel answered to one attempt to attach. */
struct xdpx_refusal {
	int code;	   /* negative errno */
	int bpf_link_code; /* what bpf_link said before netlink was asked for words; else equal to `code` */
	char text[XDPX_NL_TEXT_BYTES];
};

/* Attaches in one mode, over a bpf_link unless `netlink`. 0, or the refusal's code. No error is recorded. */
int xdpx_attach_try(struct xdpx_link *link, enum xdpx_mode mode, bool netlink, struct xdpx_refusal *refusal);

/* Attaches over netlink in place of the program that `expected_fd` stands for. No error is recorded. */
int xdpx_attach_in_place(struct xdpx_link *link, enum xdpx_mode mode, int expected_fd, struct xdpx_refusal *refusal);

/* Takes a program attached over netlink away, if it is still there. */
void xdpx_detach_netlink(const struct xdpx_link *link);

/* Whether the refusal says that the driver knows no native XDP at all. */
bool xdpx_refusal_is_no_native(const struct xdpx_refusal *refusal, const struct xdpx_nic *nic);

/* Whether it comes from a program of somebody else that is attached; `id` and `mode` tell which. */
bool xdpx_refusal_is_occupied(const struct xdpx_link *link, const struct xdpx_refusal *refusal, uint32_t *id,
			      enum xdpx_mode *mode);

/* Record why attaching failed, and return the code. `best` tells whether another mode could have been taken. */
int xdpx_fail_occupied(const struct xdpx_link *link, const struct xdpx_refusal *refusal, uint32_t id,
		       enum xdpx_mode mode);
int xdpx_fail_refused(const struct xdpx_link *link, const struct xdpx_refusal *refusal, enum xdpx_mode mode, bool best);

/* The kernel's words, or the errno's where it said nothing. */
const char *xdpx_refusal_words(const struct xdpx_refusal *refusal);

#endif

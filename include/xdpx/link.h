/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/**
 * @file xdpx/link.h
 * An attachment of an XDP program to a network device.
 *
 * Only what a link attached is ever detached by it. Attachments are bpf_links where the kernel has them (5.9), so that
 * a killed process leaves nothing behind.
 */
#ifndef XDPX_LINK_H
#define XDPX_LINK_H

#include <xdpx/api.h>
#include <xdpx/nic.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xdpx_prog;
struct xdpx_report;

/** One attachment. */
struct xdpx_link;

/** With XDPX_MODE_BEST: take generic whatever the reason why native was refused, also one that could be mended. */
#define XDPX_ATTACH_FALLBACK_ANY (1ULL << 0)
/** Attach over netlink, as kernels before 5.9 do: the program stays when the process dies without detaching. */
#define XDPX_ATTACH_NETLINK (1ULL << 1)
/** Replace the program with the id `expect_id`, which must have been attached over netlink. */
#define XDPX_ATTACH_REPLACE (1ULL << 2)
/** Attach also where the program would lose packets on this device. */
#define XDPX_ATTACH_ALLOW_LOSS (1ULL << 3)

/** Options of xdpx_link_attach(). */
struct xdpx_attach_opts {
	size_t size;	    /**< sizeof(struct xdpx_attach_opts) */
	uint64_t flags;	    /**< XDPX_ATTACH_ flags */
	uint32_t mode;	    /**< enum xdpx_mode */
	uint32_t expect_id; /**< with XDPX_ATTACH_REPLACE: the id of the program that is there now; else 0 */
};

/**
 * Attaches a program to a network device; loads it first where that has not been done.
 *
 * What the program needs is set against what the device can do before, as xdpx_prog_check() does. A proven loss of
 * packets is refused; what else is not met, or not known, is in xdpx_link_report(), and a warning in the log.
 *
 * A program with metadata functions is loaded for this device, and one for XDPX_MODE_OFFLOAD for running on it: do not
 * load those before.
 *
 * With XDPX_MODE_BEST a refusal that can be mended (MTU, LRO, queue counts) fails and the hint names the mend, because
 * generic mode is many times slower than what the user most likely wants.
 *
 * @param prog  the program; may be freed while it is attached
 * @param nic   name, alternative name or index ("#2") of the device
 * @param opts  options, or NULL for the defaults
 * @param link  out: the attachment, to be ended with xdpx_link_free(); untouched on failure
 * @return 0, or
 *         -EBUSY: another program is attached; the message names it, and it is left alone
 *         -EOPNOTSUPP: the mode asked for is not to be had; or the program would lose packets on this device, and
 *                      XDPX_ATTACH_ALLOW_LOSS is not set
 *         -ENODEV: no such device
 *         -ENOENT: XDPX_ATTACH_REPLACE, and no program is attached
 *         -EPERM: not allowed; the message names the missing capability
 *         -EINVAL: NULL arguments; bad options; or the kernel's own reason, which the error carries
 *         -ERANGE, -ENOSPC, -EEXIST, ...: a driver's own refusal, with its words
 *         or as xdpx_prog_load()
 * @since 0.1
 */
XDPX_API int xdpx_link_attach(struct xdpx_prog *prog, const char *nic, const struct xdpx_attach_opts *opts,
			      struct xdpx_link **link);

/**
 * Replaces the running program by another without a gap: each packet sees the old one or the new one.
 *
 * The new one is held against the device as at the attaching, in the mode in force, and xdpx_link_report() is its own
 * afterwards; unless this thread is in another network namespace than it was then, from where the device is not seen.
 *
 * @param link  the attachment
 * @param prog  the new program; loaded first where that has not been done
 * @return 0, or
 *         -EEXIST: somebody else has replaced the program meanwhile; nothing was changed
 *         -ENODEV: the device is gone
 *         -EOPNOTSUPP: the new program would lose packets on this device, and XDPX_ATTACH_ALLOW_LOSS was not set at the
 *                      attaching
 *         -EINVAL: NULL arguments; or the kernel's own reason
 *         or as xdpx_prog_load(); the old program stays on any failure
 * @since 0.1
 */
XDPX_API int xdpx_link_replace(struct xdpx_link *link, struct xdpx_prog *prog);

/**
 * Detaches the program, if this link attached it and it is still there, and frees the link.
 *
 * An attachment over netlink ends only in the network namespace in which it was made: call it on a thread in there.
 *
 * @param link  the attachment, or NULL
 * @since 0.1
 */
XDPX_API void xdpx_link_free(struct xdpx_link *link);

/**
 * The mode in force.
 *
 * @param link  the attachment
 * @return XDPX_MODE_NATIVE, XDPX_MODE_GENERIC or XDPX_MODE_OFFLOAD
 * @since 0.1
 */
XDPX_API enum xdpx_mode xdpx_link_mode(const struct xdpx_link *link);

/**
 * Why this mode, and why not the one before it.
 *
 * @param link  the attachment, which owns the string
 * @return one sentence
 * @since 0.1
 */
XDPX_API const char *xdpx_link_mode_why(const struct xdpx_link *link);

/**
 * What the program needs of the device, as it was found when the program was attached; replacing it changes nothing.
 *
 * @param link  the attachment, which owns the report: do not free it
 * @return the report, to be read with xdpx_report_count() and xdpx_report_at()
 * @since 0.1
 */
XDPX_API const struct xdpx_report *xdpx_link_report(const struct xdpx_link *link);

/**
 * The index of the device.
 *
 * @param link  the attachment
 * @return the index
 * @since 0.1
 */
XDPX_API uint32_t xdpx_link_nic_index(const struct xdpx_link *link);

/**
 * The attachment's bpf_link file descriptor.
 *
 * @param link  the attachment, which owns the descriptor: do not close it
 * @return the descriptor, or
 *         -EOPNOTSUPP: attached over netlink, which has none
 * @since 0.1
 */
XDPX_API int xdpx_link_fd(const struct xdpx_link *link);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/**
 * @file xdpx/probe.h
 * Answers about a network device that are found by trying.
 *
 * A probe attaches a program to the device, binds an AF_XDP socket to it, and takes both away again. Packets pass
 * unchanged meanwhile, but a driver may reset its queues, and lose some, when a program comes or goes. Nothing is left
 * behind, also when the process is killed midway.
 */
#ifndef XDPX_PROBE_H
#define XDPX_PROBE_H

#include <xdpx/nic.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Send packets for the program to measure, where the machine can: to a veth from its peer in the same namespace, and
 * on lo. They are Ethernet frames to the device's own address, of the type 0x88b5 (for local experiments), which the
 * network stack drops.
 */
#define XDPX_PROBE_INJECT (1ULL << 0)

/**
 * Options of xdpx_probe().
 *
 * What can be tried: XDPX_FEATURE_NATIVE, _GENERIC, _RX_FRAGS, _XSK_COPY, _ZEROCOPY, _DATA_META with
 * XDPX_LIMIT_DATA_META and XDPX_LIMIT_HEADROOM, and _TAIL_GROW with XDPX_LIMIT_TAILROOM. The last two are measured on
 * packets that arrive, and the tailroom on one that fills the MTU.
 */
struct xdpx_probe_opts {
	size_t size;	   /**< sizeof(struct xdpx_probe_opts) */
	uint64_t flags;	   /**< XDPX_PROBE_ flags */
	uint64_t features; /**< what to try: 1ULL << enum xdpx_feature of each; 0: all that can be */
	uint32_t mode;	   /**< enum xdpx_mode in which packets are measured; best: native, generic without it */
	uint32_t queue;	   /**< the queue on which AF_XDP is tried */
	uint32_t wait_ms;  /**< how long to wait for packets at the most, in each mode; 0: 1000 */
	uint32_t reserved; /**< 0 */
};

/**
 * Takes a snapshot of a network device, and replaces answers in it by what came of trying.
 *
 * The source of such answers is XDPX_SOURCE_PROBE. What could not be found out, because no packet came for instance,
 * keeps its answer and its source, and the reason says so. Generic mode is not tried while the device joins packets in
 * hardware (LRO, HW-GRO): the kernel would switch that off for good.
 *
 * @param nic   name, alternative name or index ("#2") of the device
 * @param opts  options, or NULL for the defaults
 * @param out   out: the snapshot, to be freed with xdpx_nic_free(); untouched on failure
 * @return 0, or
 *         -EBUSY: a program is attached, in whatever mode, or an AF_XDP socket is bound to the queue; the message names
 *                 it, and it is left alone
 *         -EINVAL: NULL arguments; bad options; the queue does not exist
 *         -E2BIG: the options are those of a newer library, and one that this one does not know is set
 *         -ENODEV: no such device, or it went away
 *         -EPERM: not allowed; the message names the missing capability
 *         -ENOSYS: the kernel has no bpf_link for XDP (before 5.9): a program would outlive a killed process
 *         -ENOMEM: out of memory
 *         or another errno that the kernel gave
 * @since 0.1
 */
XDPX_API int xdpx_probe(const char *nic, const struct xdpx_probe_opts *opts, struct xdpx_nic **out);

#ifdef __cplusplus
}
#endif

#endif

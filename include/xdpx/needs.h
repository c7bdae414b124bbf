/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/**
 * @file xdpx/needs.h
 * What an XDP program needs, read from its instructions, and whether a network device has it.
 */
#ifndef XDPX_NEEDS_H
#define XDPX_NEEDS_H

#include <xdpx/api.h>
#include <xdpx/nic.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xdpx_prog;

/** What a program may need of the device that it runs on. */
enum xdpx_need {
	XDPX_NEED_RUN = 0,	      /**< to run at all, in the mode asked about */
	XDPX_NEED_REDIRECT = 1,	      /**< bpf_redirect(): packets go to a device by its index */
	XDPX_NEED_REDIRECT_MAP = 2,   /**< bpf_redirect_map(): packets go to an entry of a map */
	XDPX_NEED_DEVMAP = 3,	      /**< a DEVMAP or DEVMAP_HASH: devices to redirect to */
	XDPX_NEED_CPUMAP = 4,	      /**< a CPUMAP: processors to redirect to */
	XDPX_NEED_XSKMAP = 5,	      /**< an XSKMAP: AF_XDP sockets to redirect to */
	XDPX_NEED_TX = 6,	      /**< it returns XDP_TX: packets go back out of the device */
	XDPX_NEED_ADJUST_HEAD = 7,    /**< bpf_xdp_adjust_head(): headers are put on or taken off */
	XDPX_NEED_ADJUST_META = 8,    /**< bpf_xdp_adjust_meta(): metadata in front of the packet */
	XDPX_NEED_ADJUST_TAIL = 9,    /**< bpf_xdp_adjust_tail(): packets become shorter or longer */
	XDPX_NEED_FIB_LOOKUP = 10,    /**< bpf_fib_lookup(): the kernel's routes */
	XDPX_NEED_SOCKET_LOOKUP = 11, /**< bpf_sk_lookup_tcp() and the like: the kernel's sockets */
	XDPX_NEED_FRAG_BYTES = 12,    /**< bpf_xdp_load_bytes() and the like: packets of several buffers, by copy */
	XDPX_NEED_TAIL_CALL = 13,     /**< bpf_tail_call(): programs that are put into a PROG_ARRAY */
	XDPX_NEED_RX_TIMESTAMP = 14,  /**< bpf_xdp_metadata_rx_timestamp() */
	XDPX_NEED_RX_HASH = 15,	      /**< bpf_xdp_metadata_rx_hash() */
	XDPX_NEED_RX_VLAN = 16,	      /**< bpf_xdp_metadata_rx_vlan_tag() */
	XDPX_NEED_KFUNC = 17,	      /**< other functions of the kernel */
	XDPX_NEED_BOUND = 18,	      /**< to be loaded for one device: it holds calls of metadata functions */
	XDPX_NEED_FRAGS = 19,	      /**< it takes packets that span several buffers */
	XDPX_NEED_LINEAR = 20,	      /**< packets of one buffer each: it does not take others */
};

/** What a program needs. */
struct xdpx_needs {
	size_t size;	   /**< in: sizeof(struct xdpx_needs) */
	uint64_t needs;	   /**< 1ULL << enum xdpx_need for each that is known */
	uint32_t actions;  /**< 1U << XDP_ABORTED, XDP_DROP, ... for each that constants are seen to return */
	uint32_t computed; /**< 1: it also returns what can't be told beforehand: computed, or another program's */
	uint32_t known; /**< 1: the instructions were read; 0: the kernel does not give them, so needs may be missing */
	uint32_t reserved; /**< out: 0 */
};

/**
 * Finds what a program needs, from its instructions and those of the functions that it calls.
 *
 * It can be asked before the program is loaded. What lies behind a branch that is never taken, because of a constant or
 * of a read-only global variable as it is set now, does not count.
 *
 * A program from a file descriptor came without its object: its needs are not known, but for what its maps tell where
 * the kernel lets this process open them.
 *
 * @param prog   the program
 * @param needs  in: `size`; out: the needs, as much as fits
 * @return 0, or
 *         -EINVAL: a NULL argument, or `needs->size` is 0
 *         -ENOMEM: out of memory
 * @since 0.1
 */
XDPX_API int xdpx_prog_needs(const struct xdpx_prog *prog, struct xdpx_needs *needs);

/**
 * A need's name, such as "redirect-map".
 *
 * @param need  the need
 * @return the name, or NULL past the last need that this library knows: count up from 0 to see them all
 * @since 0.1
 */
XDPX_API const char *xdpx_need_name(enum xdpx_need need);

#ifdef __cplusplus
}
#endif

#endif

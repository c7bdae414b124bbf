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
	XDPX_NEED_TARGET = 21,	      /**< the device that it redirects to takes packets; in a report only */
	XDPX_NEED_OTHERS = 22, /**< what else, of a program whose instructions are not to be had; in a report only */
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

/** Whether a device has what a program needs. */
enum xdpx_verdict {
	XDPX_VERDICT_UNKNOWN = 0, /**< nothing that could be asked tells */
	XDPX_VERDICT_UNMET = 1,	  /**< it has not */
	XDPX_VERDICT_MET = 2,	  /**< it has */
};

/** The needs of a program, set against a device. */
struct xdpx_report;

/** One need in a report. */
struct xdpx_report_entry {
	size_t size;	   /**< in: sizeof(struct xdpx_report_entry) */
	uint32_t need;	   /**< enum xdpx_need */
	uint32_t verdict;  /**< enum xdpx_verdict */
	uint32_t loss;	   /**< 1: unmet, and packets would be lost without a word: xdpx_link_attach() refuses it */
	uint32_t reserved; /**< out: 0 */
	const char *text;  /**< why, in a sentence with names; the report owns it */
	const char *hint;  /**< what to do, "" for nothing; the report owns it */
};

/** Options of xdpx_prog_check(). */
struct xdpx_check_opts {
	size_t size;		       /**< sizeof(struct xdpx_check_opts) */
	uint64_t flags;		       /**< none yet: 0 */
	const struct xdpx_nic *target; /**< a device that the program will redirect to, or NULL: not asked about */
	uint32_t mode;		       /**< enum xdpx_mode; XDPX_MODE_BEST: native, or generic without native XDP */
	uint32_t reserved;	       /**< 0 */
};

/**
 * Sets what a program needs against what a device can do, in one mode. Nothing is loaded, attached or tried.
 *
 * Unmet with `loss` is what the snapshot proves: packets would go missing, or the program could not be loaded. All that
 * the program can notice by itself, because a helper tells it or the driver refuses to attach it, is unmet without.
 *
 * @param prog    the program
 * @param nic     the device that it is to run on
 * @param opts    options, or NULL for the defaults
 * @param report  out: the report, to be freed with xdpx_report_free(); untouched on failure
 * @return 0, or
 *         -EINVAL: a NULL argument; bad options
 *         -ENOMEM: out of memory
 * @since 0.1
 */
XDPX_API int xdpx_prog_check(const struct xdpx_prog *prog, const struct xdpx_nic *nic,
			     const struct xdpx_check_opts *opts, struct xdpx_report **report);

/**
 * How many needs the report tells of.
 *
 * @param report  the report
 * @return the count
 * @since 0.1
 */
XDPX_API size_t xdpx_report_count(const struct xdpx_report *report);

/**
 * One need of the report.
 *
 * @param report  the report
 * @param at      0 to xdpx_report_count() - 1
 * @param entry   in: `size`; out: the need, as much as fits
 * @return 0, or
 *         -EINVAL: a NULL argument; `entry->size` is 0
 *         -ENOENT: `at` is past the end
 * @since 0.1
 */
XDPX_API int xdpx_report_at(const struct xdpx_report *report, size_t at, struct xdpx_report_entry *entry);

/**
 * Frees a report.
 *
 * @param report  the report, or NULL
 * @since 0.1
 */
XDPX_API void xdpx_report_free(struct xdpx_report *report);

/**
 * A verdict's name: "unknown", "unmet" or "met".
 *
 * @param verdict  the verdict
 * @return the name, or NULL for a number that is no verdict
 * @since 0.1
 */
XDPX_API const char *xdpx_verdict_name(enum xdpx_verdict verdict);

#ifdef __cplusplus
}
#endif

#endif

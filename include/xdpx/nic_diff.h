/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/**
 * @file xdpx/nic_diff.h
 * In what two snapshots of a network device differ, in words.
 *
 * Compared is what describes the device: names and addresses, settings, every feature, limit and offload, programs,
 * related devices. Left out are counters and what passes by itself (page pools, NAPI instances, queue statistics), and
 * the timestamps that a device takes.
 */
#ifndef XDPX_NIC_DIFF_H
#define XDPX_NIC_DIFF_H

#include <xdpx/nic.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The differences between two snapshots. */
struct xdpx_nic_diff;

/** One difference. The strings live as long as the differences do; none is NULL. */
struct xdpx_difference {
	size_t size;	  /**< in: sizeof(struct xdpx_difference) */
	const char *name; /**< what differs: "mtu", "feature redirect-target", "queues rx", "offload gro", "program" */
	const char *before; /**< the older value in words, "unknown" where nothing told */
	const char *after;  /**< the newer value in words, "unknown" where nothing told */
};

/**
 * Compares two snapshots, of one device at two times, or of two devices.
 *
 * @param before  the older snapshot; not needed any more afterwards
 * @param after   the newer snapshot; not needed any more afterwards
 * @param diff    out: the differences, to be freed with xdpx_nic_diff_free(); untouched on failure
 * @return 0, also where nothing differs, or
 *         -EINVAL: a snapshot is NULL
 *         -ENOMEM: out of memory
 * @since 0.1
 */
XDPX_API int xdpx_nic_diff_new(const struct xdpx_nic *before, const struct xdpx_nic *after,
			       struct xdpx_nic_diff **diff);

/**
 * Frees the differences.
 *
 * @param diff  the differences, or NULL
 * @since 0.1
 */
XDPX_API void xdpx_nic_diff_free(struct xdpx_nic_diff *diff);

/**
 * How many differences there are.
 *
 * @param diff  the differences
 * @return the count
 * @since 0.1
 */
XDPX_API size_t xdpx_nic_diff_count(const struct xdpx_nic_diff *diff);

/**
 * One of the differences.
 *
 * @param diff   the differences
 * @param at     0 to xdpx_nic_diff_count() - 1
 * @param entry  in: `size`; out: the entry, as much as fits
 * @return 0, or
 *         -ERANGE: `at` is past the end
 *         -EINVAL: `entry` is NULL or its `size` is 0
 * @since 0.1
 */
XDPX_API int xdpx_nic_diff_at(const struct xdpx_nic_diff *diff, size_t at, struct xdpx_difference *entry);

#ifdef __cplusplus
}
#endif

#endif

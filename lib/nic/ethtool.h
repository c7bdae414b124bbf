/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The ethtool family of generic netlink (5.6): what requests and replies of all its commands have in common. */
#ifndef XDPX_NIC_ETHTOOL_H
#define XDPX_NIC_ETHTOOL_H

#include "nic/sources.h"

#define XDPX_ETHTOOL "ethtool"

/* The first attribute of every request and every reply: which device. */
#define XDPX_ETHTOOL_HEADER 1

/* For `ask`: bitsets come as words of bits, or bit by bit with their names. */
bool xdpx_ethtool_ask_compact(struct nlmsghdr *message, const struct xdpx_nic *one);
bool xdpx_ethtool_ask_named(struct nlmsghdr *message, const struct xdpx_nic *one);

/*
 * Sorts the reply's attributes and finds its device in the list, of which this part is known from now on. NULL: not one
 * of ours.
 */
struct xdpx_nic *xdpx_ethtool_reply(const struct nlmsghdr *message, struct xdpx_nic_list *list, enum xdpx_part part,
				    const struct nlattr **attrs, size_t count);

/* Whether a compact bitset, or its mask, has the bit; false past its end. */
bool xdpx_ethtool_bit(const struct nlattr *bitset, unsigned int bit);
bool xdpx_ethtool_mask_bit(const struct nlattr *bitset, unsigned int bit);

/* Calls `fn` for each bit of a bitset with names. A bit is set where the bitset lists it and it has a value, or no
 * mask. */
typedef void xdpx_ethtool_bit_fn(const char *name, bool set, void *arg);
void xdpx_ethtool_bits_each(const struct nlattr *bitset, xdpx_ethtool_bit_fn *fn, void *arg);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The ways in which `xdpx nic` shows devices. */
#ifndef TOOLS_NIC_H
#define TOOLS_NIC_H

#include <xdpx/nic.h>

const char *answer_word(enum xdpx_answer answer);

/* Bytes of a hardware address in words, InfiniBand's 20 bytes included. */
#define MAC_TEXT_BYTES 64
/* "02:00:00:00:00:01", or "" for a device that has none. */
const char *mac_text(const struct xdpx_nic *nic, char *text, size_t bytes);

/* A document as doc/json.md describes it, to stdout. Returns an exit code. */
int nic_json_print(const struct xdpx_nic *const *nics, size_t count);

#endif

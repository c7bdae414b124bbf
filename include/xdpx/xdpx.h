/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/**
 * @file xdpx/xdpx.h
 * The whole library.
 */
#ifndef XDPX_XDPX_H
#define XDPX_XDPX_H

#include <xdpx/api.h>
#include <xdpx/busy_poll.h>
#include <xdpx/error.h>
#include <xdpx/link.h>
#include <xdpx/metadata.h>
#include <xdpx/monitor.h>
#include <xdpx/needs.h>
#include <xdpx/nic.h>
#include <xdpx/nic_diff.h>
#include <xdpx/nic_lists.h>
#include <xdpx/port.h>
#include <xdpx/probe.h>
#include <xdpx/prog.h>
#include <xdpx/share.h>
#include <xdpx/tune.h>
#include <xdpx/umem.h>
#include <xdpx/xsk.h>

#endif

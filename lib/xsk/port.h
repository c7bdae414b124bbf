/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The inside of a port: a list of devices, each with its program, its packet memory and its sockets. */
#ifndef XDPX_XSK_PORT_H
#define XDPX_XSK_PORT_H

#include "prog/link.h"

#include <pthread.h>
#include <stdbool.h>
#include <xdpx/nic.h>
#include <xdpx/port.h>

struct xdpx_port_nic {
	struct xdpx_port_nic *next;
	/* With defaults filled in; of what its pointers lead to, only `prog` and `umem` are there after the opening. */
	struct xdpx_port_opts opts;
	struct xdpx_umem_opts umem_opts;
	struct xdpx_xsk_opts xsk_opts;

	uint32_t *queues;
	struct xdpx_umem **umems; /* of its own: one, one for each queue, or none */
	uint32_t umem_count;
	struct xdpx_xsk **xsks;
	uint32_t count; /* of its queues and sockets */

	int netns;		    /* a descriptor of its own; -1: that of whoever calls */
	char *name;		    /* as the caller gave it; the device's own where that was an index */
	uint32_t index;		    /* of the device, as it was when the program was attached */
	struct xdpx_prog *own_prog; /* NULL where the caller has brought one, and where none is needed */
	struct xdpx_link *link;	    /* NULL where none is needed */
	int map;		    /* the XSKMAP, which the program owns; -1: nothing is steered */
};

struct xdpx_port {
	struct xdpx_port_nic *nics;
	uint32_t claimed;     /* written by any thread */
	pthread_mutex_t lock; /* for the programs, which one worker restores for all */
};

/* Checks the options and copies them into the device's, with defaults filled in (port_opts.c). Records errors. */
int xdpx_port_opts_take(struct xdpx_port_nic *nic, const struct xdpx_port_opts *opts);

/* Which device, and which of its queues: from what the options want and it has (port_nic.c). Records errors. */
int xdpx_port_nic_choose(struct xdpx_port_nic *nic, const char *name, const struct xdpx_nic *snapshot);

/* A device that is none yet, or NULL. The end takes it at any time (port_nic.c). */
struct xdpx_port_nic *xdpx_port_nic_new(void);

/* Opens queues, memory, program and sockets on the device (port_nic.c); what a failure leaves, the end takes. */
int xdpx_port_nic_build(struct xdpx_port_nic *nic, const char *name, const struct xdpx_nic *snapshot);
void xdpx_port_nic_end(struct xdpx_port_nic *nic);

/* Waits for the device's link, as long as the options say. -ETIMEDOUT, recorded. */
int xdpx_port_carrier_wait(const struct xdpx_port_nic *nic);

/* The device of the port's that this is a socket of, or NULL. */
struct xdpx_port_nic *xdpx_port_nic_of(const struct xdpx_port *port, const struct xdpx_xsk *xsk);

/* Logs it where packets of the device's MTU do not fit into a frame. */
void xdpx_port_room_warn(const struct xdpx_port_nic *nic, const struct xdpx_nic *snapshot);

/* Loads the program that the traffic wants, where it wants one, and attaches it (port_traffic.c). Record errors. */
int xdpx_port_traffic_attach(struct xdpx_port_nic *nic, const struct xdpx_nic *snapshot);
void xdpx_port_traffic_detach(struct xdpx_port_nic *nic);

/* Attaches the program again if it is not on the device any more, or the device is another (port_recover.c). */
int xdpx_port_program_restore(struct xdpx_port_nic *nic, const struct xdpx_nic *snapshot);

/* With the sockets open: takes the program off that they turn out not to need for sending. */
void xdpx_port_traffic_settle(struct xdpx_port_nic *nic);

/* Whether sockets on this device may be such that they send nothing while the driver runs no program. */
bool xdpx_port_sends_with_program(const struct xdpx_nic *snapshot, uint32_t zerocopy);

#endif

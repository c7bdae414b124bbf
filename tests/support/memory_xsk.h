/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* A socket whose rings lie in plain memory, and the kernel's part on them: the library's own cost and logic alone. */
#ifndef TESTS_MEMORY_XSK_H
#define TESTS_MEMORY_XSK_H

#include <stdbool.h>
#include <xdpx/xsk.h>

struct memory_xsk;

/* Rings of `ring_size` entries over the UMEM; the kernel is kept supplied with `fill_target` frames. */
struct memory_xsk *memory_xsk_new(struct xdpx_umem *umem, uint32_t ring_size, uint32_t fill_target);
void memory_xsk_free(struct memory_xsk *memory);

/* Lets all indices begin there in place of 0; before the first use. */
void memory_xsk_start(struct memory_xsk *memory, uint32_t index);

/* Closes the socket as xdpx_xsk_close() does once the kernel has let go of it, and frees it. */
void memory_xsk_close(struct memory_xsk *memory);
struct xdpx_xsk *memory_xsk_socket(struct memory_xsk *memory);

/* Receives up to `count` packets of `len` bytes into frames from the fill ring, as the kernel would; returns how many.
 */
uint32_t memory_xsk_arrive(struct memory_xsk *memory, uint32_t count, uint32_t len);

/* The same with one packet of several frames; it lacks its end where they do not all find room. */
uint32_t memory_xsk_arrive_packet(struct memory_xsk *memory, uint32_t frames, uint32_t len);

/* Draws frames from the fill ring and drops them into `addresses`, without receiving into them. */
uint32_t memory_xsk_drain_fill(struct memory_xsk *memory, uint64_t *addresses, uint32_t max);

/* Sends up to `max` frames from the transmit ring and completes them; the last one's descriptor goes to `last`. */
uint32_t memory_xsk_transmit(struct memory_xsk *memory, uint32_t max, struct xdpx_frame *last);

/* The same in single steps. Puts a packet into the receive ring; false when that is full. */
bool memory_xsk_receive(struct memory_xsk *memory, const struct xdpx_frame *frame);
/* Takes frames out of the transmit ring, and does not tell how far it is: before 6.17 kernels that copy tell it late.
 */
uint32_t memory_xsk_fetch(struct memory_xsk *memory, struct xdpx_frame *frames, uint32_t max);
void memory_xsk_tell(struct memory_xsk *memory);
uint32_t memory_xsk_fetched(const struct memory_xsk *memory);
/* Gives a fetched frame back. */
void memory_xsk_finish(struct memory_xsk *memory, uint64_t address);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What the application, the kernel and the device may do; each is one step of a sequence. */
#ifndef TESTS_MODEL_OPERATIONS_H
#define TESTS_MODEL_OPERATIONS_H

#include "world.h"

void app_take(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance);
void app_release_anywhere(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance);
void app_release(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance);
void app_release_foreign(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance);
void app_recv(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance);
void app_peek(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance);
void app_send(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance);
void app_stage(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance);
void app_unstage(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance);
void app_submit(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance);
void app_complete(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance);
void app_complete_frames(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance);
void app_kick(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance);
void app_forward(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance);
void app_open(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance);
void app_close(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance);
void kernel_receive(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance);
void kernel_draw(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance);
void kernel_fetch(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance);
void kernel_tell(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance);
void kernel_finish(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance);
void kernel_ask(struct world *world, unsigned int socket, uint32_t amount, uint32_t *chance);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The doctor's patient, and what it is examined for. Each adds its findings. */
#ifndef TOOLS_DOCTOR_H
#define TOOLS_DOCTOR_H

#include "findings.h"

#include <xdpx/needs.h>
#include <xdpx/nic.h>
#include <xdpx/prog.h>

#define NIC_WORD_BYTES SHELL_WORD_BYTES(16)

struct patient {
	const struct xdpx_nic *nic;
	const struct xdpx_nic *peer;  /* the other end of a veth, where it is in this network namespace; or NULL */
	const struct xdpx_prog *prog; /* what is to run there, or NULL */
	char word[NIC_WORD_BYTES];    /* the device's name, for a shell */
	char peer_word[NIC_WORD_BYTES];
	bool linear; /* the program takes packets of one buffer only */
};

/* This process, and the kernel. */
void doctor_privileges(const struct patient *patient, struct findings *findings);
void doctor_kernel(const struct patient *patient, struct findings *findings);
void doctor_memory(const struct patient *patient, struct findings *findings);
/* The device and its settings. */
void doctor_link(const struct patient *patient, struct findings *findings);
void doctor_programs(const struct patient *patient, struct findings *findings);
void doctor_native(const struct patient *patient, struct findings *findings);
void doctor_mtu(const struct patient *patient, struct findings *findings);
void doctor_offloads(const struct patient *patient, struct findings *findings);
void doctor_redirect(const struct patient *patient, struct findings *findings);
void doctor_firmware(const struct patient *patient, struct findings *findings);
/* Its queues. */
void doctor_queues(const struct patient *patient, struct findings *findings);
void doctor_rss(const struct patient *patient, struct findings *findings);
void doctor_zerocopy(const struct patient *patient, struct findings *findings);
void doctor_polling(const struct patient *patient, struct findings *findings);
/* The program's needs. Returns an exit code, with a word on stderr where they could not be looked at. */
int doctor_prog(const struct patient *patient, struct findings *findings);

bool is_veth(const struct patient *patient);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "flood.h"

#include "bpf_code.h"
#include "packet.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <unistd.h>

/*
 * More than a run ever sends: a signal ends the call. Each call waits for the end of an RCU grace period when it starts
 * and when it ends, some 10 ms on a kernel with 100 ticks a second, so that small numbers measure nothing else.
 */
#define FRAMES_A_CALL 2000000000

static int redirect_to(unsigned int ifindex)
{
	const struct bpf_insn code[] = {
		BPF_CODE_SET(BPF_REG_1, (int)ifindex),
		BPF_CODE_SET(BPF_REG_2, 0),
		BPF_CODE_CALL(BPF_FUNC_redirect),
		BPF_CODE_EXIT,
	};

	return bpf_prog_load(BPF_PROG_TYPE_XDP, "flood", "Dual BSD/GPL", code, sizeof(code) / sizeof(code[0]), NULL);
}

int flood_until(unsigned int ifindex, const volatile sig_atomic_t *over)
{
	struct packet packet = packet_sample;
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = &packet, .data_size_in = sizeof(packet), .repeat = FRAMES_A_CALL,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = 64);
	int prog = redirect_to(ifindex);
	int err = prog < 0 ? prog : 0;

	while (!err && !*over) {
		err = bpf_prog_test_run_opts(prog, &run);
		if (err == -EINTR)
			err = 0;
	}
	if (prog >= 0)
		close(prog);
	return err;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "steer.h"

#include "prog/prog.h"
#include "run.h"
#include "xsk/objects.h"

#include <check.h>
#include <errno.h>
#include <xdpx/error.h>
#include <xdpx/link.h>

void steer(struct steered *steered, const char *nic, struct xdpx_umem *umem, uint64_t flags, uint32_t rx_size)
{
	struct xdpx_prog_opts prog_opts = {.size = sizeof(prog_opts), .name = "xdpx_redirect"};
	struct xdpx_xsk_opts opts = {.size = sizeof(opts),
				     .flags = flags,
				     .rx_size = rx_size,
				     .fill_target = STEERED_TARGET,
				     .deadline_ms = 5000};

	int err = xdpx_xsk_open(umem, nic, 0, &opts, &steered->xsk);

	if (err == -EOPNOTSUPP && flags & XDPX_XSK_MULTI_BUFFER)
		skip_test("packets of several frames came with Linux 6.6");
	ck_assert_msg(!err, "%s", xdpx_error_last()->message);
	ck_assert_int_eq(
		xdpx_prog_open_memory(xdpx_object_redirect, xdpx_object_redirect_bytes, &prog_opts, &steered->prog), 0);
	ck_assert_int_eq(xdpx_prog_frags_set(steered->prog, true), 0);
	ck_assert_msg(xdpx_link_attach(steered->prog, nic, NULL, &steered->link) == 0, "%s: %s",
		      xdpx_error_last()->message, xdpx_error_last()->kernel);
	ck_assert_int_eq(xdpx_xsk_steer(steered->xsk, xdpx_prog_map_fd(steered->prog, "xdpx_xsks")), 0);
}

void steer_end(struct steered *steered)
{
	xdpx_link_free(steered->link);
	xdpx_prog_free(steered->prog);
	ck_assert_int_eq(xdpx_xsk_close(steered->xsk), 0);
}

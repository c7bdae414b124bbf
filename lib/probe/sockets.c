/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Binding AF_XDP sockets, and closing them again. No program redirects to them. */
#include "probe/probe.h"

#include "xsk/xsk.h"

#include <errno.h>
#include <xdpx/umem.h>
#include <xdpx/xsk.h>

/* A copying socket is given no packet. With zero-copy the driver receives into the frames whatever the program does. */
#define COPY_FRAMES 64
#define ZEROCOPY_FRAMES 4096

static int bind_once(const struct xdpx_probe *probe, enum xdpx_zerocopy zerocopy, uint32_t frames)
{
	const struct xdpx_umem_opts umem_opts = {.size = sizeof(umem_opts), .frame_count = frames};
	const struct xdpx_xsk_opts opts = {.size = sizeof(opts), .zerocopy = zerocopy};
	struct xdpx_umem *umem;
	struct xdpx_xsk *xsk;
	int err;

	err = xdpx_umem_new(&umem_opts, &umem);
	if (err)
		return err;
	err = xdpx_xsk_open_on(umem, probe->nic, probe->opts.queue, &opts, &xsk);
	if (!err)
		xdpx_xsk_close(xsk);
	xdpx_umem_free(umem);
	return err;
}

static int settle(struct xdpx_probe *probe, enum xdpx_feature feature, const char *kind, int err)
{
	uint32_t queue = probe->opts.queue;

	if (!err) {
		xdpx_probe_tell(probe, feature, XDPX_YES, "%s socket was bound to queue %u", kind, queue);
		return 0;
	}
	switch (xdpx_probe_verdict(err)) {
	case XDPX_PROBE_REFUSED:
		xdpx_probe_tell(probe, feature, XDPX_NO, "%s socket could not be bound to queue %u: %s", kind, queue,
				xdpx_probe_error_words());
		return 0;
	case XDPX_PROBE_UNTOLD:
		xdpx_probe_keep(probe, feature, "%s socket could not be bound to queue %u: %s", kind, queue,
				xdpx_probe_error_words());
		return 0;
	default:
		return err;
	}
}

/* The kernel tells of sockets from 6.15 on, while the device is up. */
static enum xdpx_answer queue_taken(const struct xdpx_probe *probe)
{
	struct xdpx_queue entry = {.size = sizeof(entry)};
	enum xdpx_answer taken = XDPX_UNKNOWN;
	size_t at;

	for (at = 0; taken != XDPX_YES && !xdpx_nic_queue(probe->nic, at, &entry); at++)
		if (entry.id == probe->opts.queue)
			taken = (enum xdpx_answer)entry.xsk;
	return taken;
}

/* Binding also finds somebody else's socket, and waits for the end of one that was just closed. */
int xdpx_probe_copy(struct xdpx_probe *probe)
{
	int err;

	if (xdpx_probe_wants(probe, XDPX_FEATURE_XSK_COPY))
		return settle(probe, XDPX_FEATURE_XSK_COPY, "a copying AF_XDP",
			      bind_once(probe, XDPX_ZEROCOPY_NEVER, COPY_FRAMES));
	if (queue_taken(probe) == XDPX_NO)
		return 0;
	err = bind_once(probe, XDPX_ZEROCOPY_NEVER, COPY_FRAMES);
	return err == -EBUSY || err == -ENOMEM ? err : 0;
}

int xdpx_probe_zerocopy(struct xdpx_probe *probe)
{
	if (!xdpx_probe_wants(probe, XDPX_FEATURE_ZEROCOPY))
		return 0;
	return settle(probe, XDPX_FEATURE_ZEROCOPY, "a zero-copy AF_XDP",
		      bind_once(probe, XDPX_ZEROCOPY_REQUIRE, ZEROCOPY_FRAMES));
}

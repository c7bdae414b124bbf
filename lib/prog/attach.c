/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* One attempt to attach, and taking back what it attached. */
#include "base/fail.h"
#include "base/netns.h"
#include "netlink/netlink.h"
#include "prog/link.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>

static uint32_t mode_flag(enum xdpx_mode mode)
{
	static const uint32_t flags[] = {
		[XDPX_MODE_NATIVE] = XDP_FLAGS_DRV_MODE,
		[XDPX_MODE_GENERIC] = XDP_FLAGS_SKB_MODE,
		[XDPX_MODE_OFFLOAD] = XDP_FLAGS_HW_MODE,
	};

	return flags[mode];
}

static uint32_t id_in_mode(const struct xdpx_nl_xdp *now, enum xdpx_mode mode)
{
	const uint32_t ids[] = {
		[XDPX_MODE_NATIVE] = now->native,
		[XDPX_MODE_GENERIC] = now->generic,
		[XDPX_MODE_OFFLOAD] = now->offload,
	};

	return ids[mode];
}

static int bpf_link_attach(struct xdpx_link *link, enum xdpx_mode mode)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = mode_flag(mode));
	int fd = bpf_link_create(link->prog_fd, (int)link->nic_index, BPF_XDP, &opts);

	if (fd < 0)
		return fd;
	link->fd = fd;
	return 0;
}

/* Whether this program runs on the device in this mode; a negative errno where that can't be found out. */
static int runs_there(const struct xdpx_link *link, enum xdpx_mode mode)
{
	struct bpf_prog_info info = {0};
	uint32_t length = sizeof(info);
	struct xdpx_nl_xdp now;
	int err;

	if (bpf_obj_get_info_by_fd(link->prog_fd, &info, &length))
		return -errno;
	err = xdpx_nl_xdp_get(link->nic_index, &now);
	if (err)
		return err;
	return info.id == id_in_mode(&now, mode);
}

/* The kernel may have attached the program though its answer was lost: then what was there before comes back. */
static void lost_answer_undo(const struct xdpx_link *link, enum xdpx_mode mode, int expected_fd)
{
	char text[XDPX_NL_TEXT_BYTES];

	if (runs_there(link, mode) == 1)
		xdpx_nl_xdp_set(link->nic_index, expected_fd, mode_flag(mode) | XDP_FLAGS_REPLACE, link->prog_fd, text,
				sizeof(text));
}

/* `expected_fd` is the program that is to be replaced, or -1 for none. */
static int netlink_attach(struct xdpx_link *link, enum xdpx_mode mode, int expected_fd, char *text)
{
	uint32_t flags = mode_flag(mode) | (expected_fd < 0 ? XDP_FLAGS_UPDATE_IF_NOEXIST : XDP_FLAGS_REPLACE);
	int before = runs_there(link, mode);
	int err;

	if (before < 0)
		return before;
	err = xdpx_nl_xdp_set(link->nic_index, link->prog_fd, flags, expected_fd, text, XDPX_NL_TEXT_BYTES);
	if (err) {
		if (!before)
			lost_answer_undo(link, mode, expected_fd);
		return err;
	}
	if (text[0])
		xdpx_log(XDPX_LOG_WARN, "%s: attached, and the driver says: %s", link->nic_name, text);
	link->netns = xdpx_netns_id();
	return 0;
}

static int netlink_detach(const struct xdpx_link *link, enum xdpx_mode mode)
{
	char text[XDPX_NL_TEXT_BYTES];

	return xdpx_nl_xdp_set(link->nic_index, -1, mode_flag(mode) | XDP_FLAGS_REPLACE, link->prog_fd, text,
			       sizeof(text));
}

/* Errnos that need no words of a driver; asking again over netlink would only do harm. */
static bool speaks_for_itself(int err)
{
	return err == -EPERM || err == -ENODEV || err == -ENOMEM || err == -EMFILE || err == -ENFILE;
}

/*
 * A bpf_link gives an errno and no words, so the same is asked over netlink. Where that succeeds, whatever stood in
 * the way is gone, or the kernel has no bpf_link for XDP (before 5.9, -EINVAL): once more with a bpf_link tells.
 */
static int ask_for_words(struct xdpx_link *link, enum xdpx_mode mode, struct xdpx_refusal *refusal)
{
	int err;

	err = netlink_attach(link, mode, -1, refusal->text);
	if (err)
		return err;

	netlink_detach(link, mode);
	err = bpf_link_attach(link, mode);
	if (err != -EINVAL)
		return err;
	return netlink_attach(link, mode, -1, refusal->text);
}

int xdpx_attach_try(struct xdpx_link *link, enum xdpx_mode mode, bool netlink, struct xdpx_refusal *refusal)
{
	int err;

	refusal->text[0] = '\0';
	if (netlink) {
		err = netlink_attach(link, mode, -1, refusal->text);
		refusal->bpf_link_code = err;
	} else {
		err = bpf_link_attach(link, mode);
		refusal->bpf_link_code = err;
		if (err && !speaks_for_itself(err))
			err = ask_for_words(link, mode, refusal);
	}

	refusal->code = err;
	if (!err)
		link->mode = mode;
	return err;
}

int xdpx_attach_in_place(struct xdpx_link *link, enum xdpx_mode mode, int expected_fd, struct xdpx_refusal *refusal)
{
	int err = netlink_attach(link, mode, expected_fd, refusal->text);

	refusal->code = err;
	refusal->bpf_link_code = err;
	if (!err)
		link->mode = mode;
	return err;
}

void xdpx_detach_netlink(const struct xdpx_link *link)
{
	int err;

	if (link->netns != xdpx_netns_id()) {
		xdpx_log(XDPX_LOG_WARN, "%s: program %u stays attached: this thread has left its network namespace",
			 link->nic_name, link->prog_id);
		return;
	}
	if (runs_there(link, link->mode) != 1)
		return;
	err = netlink_detach(link, link->mode);
	/* The kernel checks the program, but does nothing and says 0 where the mode is not the one in use. */
	if (runs_there(link, link->mode) == 1)
		xdpx_log(XDPX_LOG_WARN, "%s: program %u could not be detached: %s", link->nic_name, link->prog_id,
			 err ? xdpx_errno_text(err) : "the kernel ignored the request");
}

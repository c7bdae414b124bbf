/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Attaching the program in each mode. A bpf_link holds it, which ends with the process. */
#include "probe/probe.h"

#include "base/fail.h"
#include "prog/prog.h"
#include "xsk/objects.h"

#include <errno.h>

/* The names that bpf/probe.bpf.c gives. */
#define PROBE_PROG "xdpx_probe_pass"
#define FULL_BYTES "xdpx_full_bytes"
#define FULL_SLACK "xdpx_full_slack"
#define TAIL_BYTES "xdpx_tail_bytes"
#define FRAGS "xdpx_frags"

/* Two VLAN tags. */
#define TAGS_BYTES 8

/*
 * Kernels of 2023 and before put a warning into their log when the tail of a packet is to grow whose buffer is larger
 * than a page. Drivers' buffers are not; for longer packets than these, those of generic mode are.
 */
#define NATIVE_TAIL_BYTES 3072
#define GENERIC_TAIL_BYTES 1600

static int globals_set(const struct xdpx_probe *probe, struct xdpx_prog *prog, enum xdpx_mode mode, bool frags)
{
	const struct {
		const char *name;
		uint32_t value;
	} globals[] = {
		{FULL_BYTES, xdpx_probe_full_bytes(probe->nic)},
		{FULL_SLACK, TAGS_BYTES},
		{TAIL_BYTES, mode == XDPX_MODE_NATIVE ? NATIVE_TAIL_BYTES : GENERIC_TAIL_BYTES},
		{FRAGS, frags},
	};
	size_t at;
	int err = 0;

	for (at = 0; !err && at < sizeof(globals) / sizeof(globals[0]); at++)
		err = xdpx_prog_global_set(prog, globals[at].name, &globals[at].value, sizeof(globals[at].value));
	return err;
}

static int prog_make(const struct xdpx_probe *probe, enum xdpx_mode mode, bool frags, struct xdpx_prog **out)
{
	const struct xdpx_prog_opts opts = {.size = sizeof(opts), .name = PROBE_PROG};
	struct xdpx_prog *prog;
	int err;

	err = xdpx_prog_open_memory(xdpx_object_probe, xdpx_object_probe_bytes, &opts, &prog);
	if (err)
		return err;
	err = globals_set(probe, prog, mode, frags);
	if (!err)
		err = xdpx_prog_frags_set(prog, frags);
	if (!err)
		err = xdpx_prog_load(prog, NULL);
	if (err) {
		xdpx_prog_free(prog);
		return err;
	}
	*out = prog;
	return 0;
}

static void detach(struct xdpx_probe *probe)
{
	xdpx_link_free(probe->link);
	xdpx_prog_free(probe->prog);
	probe->link = NULL;
	probe->prog = NULL;
}

static int attach(struct xdpx_probe *probe, enum xdpx_mode mode, bool frags)
{
	const struct xdpx_attach_opts opts = {.size = sizeof(opts), .mode = mode};
	int err;

	err = prog_make(probe, mode, frags, &probe->prog);
	if (!err)
		err = xdpx_link_attach(probe->prog, probe->name, &opts, &probe->link);
	if (err) {
		detach(probe);
		return err;
	}
	probe->frags = frags;
	if (xdpx_link_fd(probe->link) >= 0)
		return 0;

	detach(probe);
	xdpx_fail(-ENOSYS, "probe.attach",
		  "%s: the program could be attached over netlink only, by which it would "
		  "outlive this process",
		  xdpx_nic_name(probe->nic));
	xdpx_fail_hint("this kernel has no bpf_link for XDP (it came with Linux 5.9), or the device was just being "
		       "changed: try again");
	return -ENOSYS;
}

/* The program is there; puts the one in its place that takes packets of several buffers, too. */
static int frags_replace(struct xdpx_probe *probe)
{
	struct xdpx_prog *prog = NULL;
	int err;

	err = prog_make(probe, XDPX_MODE_NATIVE, true, &prog);
	if (!err)
		err = xdpx_link_replace(probe->link, prog);
	if (err) {
		xdpx_prog_free(prog);
		return err;
	}
	xdpx_prog_free(probe->prog);
	probe->prog = prog;
	probe->frags = true;
	return 0;
}

/* Records what becomes of an answer; 0, or the error that ends the probe. */
static int refusal_settle(struct xdpx_probe *probe, enum xdpx_feature feature, const char *what, int err)
{
	enum xdpx_probe_verdict verdict = xdpx_probe_verdict(err);

	if (verdict == XDPX_PROBE_FAILED)
		return err;
	if (!xdpx_probe_wants(probe, feature))
		return 0;
	if (verdict == XDPX_PROBE_REFUSED)
		xdpx_probe_tell(probe, feature, XDPX_NO, "%s was refused: %s", what, xdpx_probe_error_words());
	else
		xdpx_probe_keep(probe, feature, "%s failed: %s", what, xdpx_probe_error_words());
	return 0;
}

static void native_yes(struct xdpx_probe *probe)
{
	if (xdpx_probe_wants(probe, XDPX_FEATURE_NATIVE))
		xdpx_probe_tell(probe, XDPX_FEATURE_NATIVE, XDPX_YES, "a program was attached in native mode");
}

/* One that takes packets of one buffer was refused, and its answer is there: one that takes several may still fit. */
static int frags_attach(struct xdpx_probe *probe)
{
	int err;

	probe->plain_refused = true;
	err = attach(probe, XDPX_MODE_NATIVE, true);
	if (err)
		return refusal_settle(probe, XDPX_FEATURE_RX_FRAGS,
				      "attaching a program for packets of several buffers in native mode", err);
	if (xdpx_probe_wants(probe, XDPX_FEATURE_NATIVE))
		xdpx_probe_tell(probe, XDPX_FEATURE_NATIVE, XDPX_YES,
				"a program for packets of several buffers was attached in native mode; one for packets "
				"of one buffer was refused: %s",
				xdpx_probe_error_words());
	return 0;
}

static int native_attach(struct xdpx_probe *probe)
{
	int err = attach(probe, XDPX_MODE_NATIVE, false);

	if (err) {
		err = refusal_settle(probe, XDPX_FEATURE_NATIVE, "attaching a program in native mode", err);
		return err ? err : frags_attach(probe);
	}
	native_yes(probe);
	if (!xdpx_probe_wants(probe, XDPX_FEATURE_RX_FRAGS))
		return 0;
	err = frags_replace(probe);
	if (err)
		return refusal_settle(probe, XDPX_FEATURE_RX_FRAGS,
				      "a program for packets of several buffers in native mode", err);
	return 0;
}

/* That it attaches shows nothing: drivers take the program and may hand it no packet of several buffers. */
static void frags_tell(struct xdpx_probe *probe)
{
	if (!probe->frags || !xdpx_probe_wants(probe, XDPX_FEATURE_RX_FRAGS))
		return;
	if (probe->rooms[XDPX_PROBE_SEVERAL].seen)
		xdpx_probe_tell(probe, XDPX_FEATURE_RX_FRAGS, XDPX_YES,
				"in native mode a program was handed a packet of several buffers");
	else
		xdpx_probe_keep(probe, XDPX_FEATURE_RX_FRAGS,
				"a program for packets of several buffers was attached in native mode, but no such "
				"packet came");
}

static bool measured_in(const struct xdpx_probe *probe, enum xdpx_mode mode)
{
	return xdpx_probe_wants_packets(probe) && (probe->opts.mode == XDPX_MODE_BEST || probe->opts.mode == mode);
}

/* With the program attached, if it could be. */
static int native_use(struct xdpx_probe *probe)
{
	bool frags_wait = probe->plain_refused && xdpx_probe_wants(probe, XDPX_FEATURE_RX_FRAGS);
	int err;

	err = xdpx_probe_zerocopy(probe);
	if (err || !probe->link)
		return err;
	if (measured_in(probe, XDPX_MODE_NATIVE) || frags_wait)
		err = xdpx_probe_measure(probe);
	if (err)
		return err;
	frags_tell(probe);
	if (measured_in(probe, XDPX_MODE_NATIVE)) {
		xdpx_probe_tell_rooms(probe, XDPX_MODE_NATIVE);
		probe->measured = true;
	}
	return 0;
}

int xdpx_probe_native(struct xdpx_probe *probe)
{
	const uint64_t native = 1ULL << XDPX_FEATURE_NATIVE | 1ULL << XDPX_FEATURE_RX_FRAGS;
	int err = 0;

	if (probe->opts.features & native || measured_in(probe, XDPX_MODE_NATIVE) ||
	    xdpx_probe_wants(probe, XDPX_FEATURE_ZEROCOPY))
		err = native_attach(probe);
	if (!err)
		err = native_use(probe);
	detach(probe);
	return err;
}

/* The kernel switches these off when a program comes in generic mode, and not on again when it goes. */
static const char *joined_by(const struct xdpx_nic *nic)
{
	static const enum xdpx_offload offloads[] = {XDPX_OFFLOAD_LRO, XDPX_OFFLOAD_GRO_HW};
	size_t at;

	for (at = 0; at < sizeof(offloads) / sizeof(offloads[0]); at++)
		if (xdpx_nic_offload(nic, offloads[at]) != XDPX_NO)
			return xdpx_offload_name(offloads[at]);
	return NULL;
}

static int generic_attach(struct xdpx_probe *probe)
{
	int err = attach(probe, XDPX_MODE_GENERIC, false);

	if (err)
		return refusal_settle(probe, XDPX_FEATURE_GENERIC, "attaching a program in generic mode", err);
	if (xdpx_probe_wants(probe, XDPX_FEATURE_GENERIC))
		xdpx_probe_tell(probe, XDPX_FEATURE_GENERIC, XDPX_YES, "a program was attached in generic mode");
	return 0;
}

static void generic_spare(struct xdpx_probe *probe, const char *offload, bool measure)
{
	static const char why[] = "generic mode was not tried, because the kernel would switch %s off for good";

	if (xdpx_probe_wants(probe, XDPX_FEATURE_GENERIC))
		xdpx_probe_keep(probe, XDPX_FEATURE_GENERIC, why, offload);
	if (measure)
		xdpx_probe_keep_rooms(probe, xdpx_nic_say(probe->nic, why, offload));
}

int xdpx_probe_generic(struct xdpx_probe *probe)
{
	bool measure = !probe->measured && measured_in(probe, XDPX_MODE_GENERIC);
	const char *offload = joined_by(probe->nic);
	int err;

	if (!measure && !xdpx_probe_wants(probe, XDPX_FEATURE_GENERIC))
		return 0;
	if (offload) {
		generic_spare(probe, offload, measure);
		return 0;
	}
	err = generic_attach(probe);
	if (!err && probe->link && measure)
		err = xdpx_probe_measure(probe);
	if (!err && probe->link && measure)
		xdpx_probe_tell_rooms(probe, XDPX_MODE_GENERIC);
	detach(probe);
	return err;
}

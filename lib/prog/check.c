/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What a program needs, set against what a device can do. */
#include "base/fail.h"
#include "base/opts.h"
#include "nic/nic.h"
#include "prog/needs.h"
#include "prog/prog.h"
#include "prog/report.h"

#include <xdpx/nic.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STAGE "prog.check"
#define COUNT(table) (sizeof(table) / sizeof(*(table)))

#define STACK_REDIRECTS "in generic mode the network stack redirects for every device"
#define STACK_HAS_ROOM "in generic mode the network stack makes room around every packet"
#define GENERIC_HINT "generic mode does it on every device, and slower: XDPX_MODE_GENERIC"

struct check {
	const struct xdpx_prog *prog;
	const struct xdpx_nic *nic;
	const struct xdpx_nic *target;
	enum xdpx_mode mode;
	struct xdpx_needs needs;
	struct xdpx_report *report;
};

/* What only the driver can do, and is lost without a word where it does not. */
static const struct {
	enum xdpx_need need;
	enum xdpx_feature feature;
	bool loss;
	const char *hint;
} native_rules[] = {
	{XDPX_NEED_REDIRECT, XDPX_FEATURE_REDIRECT, true, GENERIC_HINT},
	{XDPX_NEED_REDIRECT_MAP, XDPX_FEATURE_REDIRECT, true, GENERIC_HINT},
	{XDPX_NEED_DEVMAP, XDPX_FEATURE_REDIRECT, true, GENERIC_HINT},
	{XDPX_NEED_CPUMAP, XDPX_FEATURE_REDIRECT, true, GENERIC_HINT},
	{XDPX_NEED_XSKMAP, XDPX_FEATURE_REDIRECT, true, GENERIC_HINT},
	{XDPX_NEED_TX, XDPX_FEATURE_TX, true, GENERIC_HINT},
	{XDPX_NEED_ADJUST_META, XDPX_FEATURE_DATA_META, true, GENERIC_HINT},
	/* bpf_xdp_adjust_tail() fails, and the program sees it */
	{XDPX_NEED_ADJUST_TAIL, XDPX_FEATURE_TAIL_GROW, false, "packets can be made shorter all the same"},
	/* they give -EOPNOTSUPP, and the program sees it */
	{XDPX_NEED_RX_TIMESTAMP, XDPX_FEATURE_RX_TIMESTAMP, false, ""},
	{XDPX_NEED_RX_HASH, XDPX_FEATURE_RX_HASH, false, ""},
	{XDPX_NEED_RX_VLAN, XDPX_FEATURE_RX_VLAN, false, ""},
	/* the driver hands it packets of one buffer, and bounds the MTU so that there are no others */
	{XDPX_NEED_FRAGS, XDPX_FEATURE_RX_FRAGS, false, ""},
};

static const struct {
	enum xdpx_need need;
	enum xdpx_verdict verdict;
	const char *why;
} generic_rules[] = {
	{XDPX_NEED_REDIRECT, XDPX_VERDICT_MET, STACK_REDIRECTS},
	{XDPX_NEED_REDIRECT_MAP, XDPX_VERDICT_MET, STACK_REDIRECTS},
	{XDPX_NEED_DEVMAP, XDPX_VERDICT_MET, STACK_REDIRECTS},
	{XDPX_NEED_CPUMAP, XDPX_VERDICT_UNKNOWN,
	 "in generic mode the network stack redirects to processors from Linux 5.15 on, and only trying would tell"},
	{XDPX_NEED_XSKMAP, XDPX_VERDICT_MET, STACK_REDIRECTS},
	{XDPX_NEED_TX, XDPX_VERDICT_MET, "in generic mode the network stack sends for every device"},
	{XDPX_NEED_ADJUST_HEAD, XDPX_VERDICT_MET, STACK_HAS_ROOM},
	{XDPX_NEED_ADJUST_META, XDPX_VERDICT_MET, STACK_HAS_ROOM},
	{XDPX_NEED_ADJUST_TAIL, XDPX_VERDICT_MET, STACK_HAS_ROOM},
	{XDPX_NEED_RX_TIMESTAMP, XDPX_VERDICT_UNMET, "only drivers hand it to programs, in native mode"},
	{XDPX_NEED_RX_HASH, XDPX_VERDICT_UNMET, "only drivers hand it to programs, in native mode"},
	{XDPX_NEED_RX_VLAN, XDPX_VERDICT_UNMET, "only drivers hand it to programs, in native mode"},
	{XDPX_NEED_FRAGS, XDPX_VERDICT_MET, "in generic mode the network stack copies what a program cannot take"},
	{XDPX_NEED_LINEAR, XDPX_VERDICT_MET, "in generic mode the network stack copies what a program cannot take"},
};

/* What the kernel does for every device. */
static const enum xdpx_need kernel_does[] = {XDPX_NEED_FIB_LOOKUP, XDPX_NEED_SOCKET_LOOKUP, XDPX_NEED_FRAG_BYTES};

static bool needs(const struct check *check, enum xdpx_need need)
{
	return check->needs.needs & XDPX_NEED_BIT(need);
}

static void tell(struct check *check, enum xdpx_need need, enum xdpx_verdict verdict, bool loss, const char *hint,
		 const char *format, ...) __attribute__((format(printf, 6, 7)));

static void tell(struct check *check, enum xdpx_need need, enum xdpx_verdict verdict, bool loss, const char *hint,
		 const char *format, ...)
{
	struct xdpx_report_line *line = &check->report->lines[check->report->count++];
	va_list args;
	int length;

	line->need = need;
	line->verdict = verdict;
	line->loss = loss && verdict == XDPX_VERDICT_UNMET;
	length = snprintf(line->text, sizeof(line->text), "%s: program \"%.64s\" %s: ", xdpx_nic_name(check->nic),
			  check->prog->name, xdpx_need_words(need));
	va_start(args, format);
	vsnprintf(line->text + length, sizeof(line->text) - (size_t)length, format, args);
	va_end(args);
	snprintf(line->hint, sizeof(line->hint), "%s", verdict == XDPX_VERDICT_UNMET ? hint : "");
}

static enum xdpx_verdict verdict_of(enum xdpx_answer answer)
{
	static const enum xdpx_verdict verdicts[] = {
		[XDPX_UNKNOWN] = XDPX_VERDICT_UNKNOWN,
		[XDPX_NO] = XDPX_VERDICT_UNMET,
		[XDPX_YES] = XDPX_VERDICT_MET,
	};

	return verdicts[answer];
}

static void tell_feature(struct check *check, enum xdpx_need need, enum xdpx_feature feature, bool loss,
			 const char *hint)
{
	tell(check, need, verdict_of(xdpx_nic_can(check->nic, feature)), loss, hint, "%s",
	     xdpx_nic_why(check->nic, feature));
}

static void check_run(struct check *check)
{
	static const struct {
		enum xdpx_feature feature;
		const char *hint;
	} modes[] = {
		[XDPX_MODE_NATIVE] = {XDPX_FEATURE_NATIVE, GENERIC_HINT},
		[XDPX_MODE_GENERIC] = {XDPX_FEATURE_GENERIC, ""},
		[XDPX_MODE_OFFLOAD] = {XDPX_FEATURE_OFFLOAD, "run it in native mode, on this machine's processors"},
	};

	/* the kernel says so itself when it is attached, and nothing is lost */
	tell_feature(check, XDPX_NEED_RUN, modes[check->mode].feature, false, modes[check->mode].hint);
}

/* It is loaded for any driver that runs programs; functions which that driver lacks give -EOPNOTSUPP. */
static void check_bound(struct check *check)
{
	static const char hint[] = "leave the metadata functions out: the verifier wants a driver for them also in "
				   "code that never runs; two "
				   "programs in one object, of which one is loaded, do";

	if (!needs(check, XDPX_NEED_BOUND))
		return;
	if (check->mode == XDPX_MODE_GENERIC)
		tell(check, XDPX_NEED_BOUND, XDPX_VERDICT_UNMET, true, hint, "such programs run in native mode only");
	else
		tell_feature(check, XDPX_NEED_BOUND, XDPX_FEATURE_NATIVE, false, hint);
}

static void check_headroom(struct check *check)
{
	int64_t room = xdpx_nic_limit(check->nic, XDPX_LIMIT_HEADROOM);
	const char *why = xdpx_nic_limit_why(check->nic, XDPX_LIMIT_HEADROOM);

	if (!needs(check, XDPX_NEED_ADJUST_HEAD))
		return;
	if (room < 0)
		tell(check, XDPX_NEED_ADJUST_HEAD, XDPX_VERDICT_UNKNOWN, false, "", "%s", why);
	else
		tell(check, XDPX_NEED_ADJUST_HEAD, room ? XDPX_VERDICT_MET : XDPX_VERDICT_UNMET, false,
		     "headers can be taken off all the same", "%lld bytes in front of the packet (%s)", (long long)room,
		     why);
}

/* The driver refuses the program itself where the MTU is too large, in words of its own: nothing is lost. */
static void check_mtu(struct check *check)
{
	int64_t most = xdpx_nic_limit(check->nic, XDPX_LIMIT_MTU_NATIVE);
	const char *why = xdpx_nic_limit_why(check->nic, XDPX_LIMIT_MTU_NATIVE);
	bool veth = !strcmp(xdpx_nic_kind(check->nic), "veth");
	uint32_t mtu = xdpx_nic_native_mtu(check->nic);
	char hint[160];

	if (!needs(check, XDPX_NEED_LINEAR) || most < 0)
		return;
	if (!mtu) {
		tell(check, XDPX_NEED_LINEAR, XDPX_VERDICT_UNKNOWN, false, "",
		     "the MTU of its peer, in another network namespace, may be up to %lld (%s)", (long long)most, why);
		return;
	}
	snprintf(hint, sizeof(hint), "'ip link set dev %s mtu %lld', or build the program with SEC(\"xdp.frags\")",
		 veth ? "PEER" : xdpx_nic_name(check->nic), (long long)most);
	tell(check, XDPX_NEED_LINEAR, mtu <= most ? XDPX_VERDICT_MET : XDPX_VERDICT_UNMET, false, hint,
	     "the MTU%s is %u, and may be up to %lld (%s)", veth ? " of its peer" : "", mtu, (long long)most, why);
}

static void check_native(struct check *check)
{
	size_t at;

	for (at = 0; at < COUNT(native_rules); at++)
		if (needs(check, native_rules[at].need))
			tell_feature(check, native_rules[at].need, native_rules[at].feature, native_rules[at].loss,
				     native_rules[at].hint);
	check_headroom(check);
	check_mtu(check);
	check_bound(check);
}

static void check_generic(struct check *check)
{
	size_t at;

	for (at = 0; at < COUNT(generic_rules); at++)
		if (needs(check, generic_rules[at].need))
			tell(check, generic_rules[at].need, generic_rules[at].verdict, false, "", "%s",
			     generic_rules[at].why);
	check_bound(check);
}

/* The device checks the program at load, and refuses what it cannot do. */
static void check_offload(struct check *check)
{
	int need;

	for (need = XDPX_NEED_RUN + 1; need < XDPX_NEED_TARGET; need++)
		if (needs(check, (enum xdpx_need)need))
			tell(check, (enum xdpx_need)need, XDPX_VERDICT_UNKNOWN, false, "",
			     "the device tells when the program is loaded for it");
}

static void check_kernel(struct check *check)
{
	size_t at;

	for (at = 0; at < COUNT(kernel_does); at++)
		if (needs(check, kernel_does[at]))
			tell(check, kernel_does[at], XDPX_VERDICT_MET, false, "",
			     "the kernel does it for every device");
	if (needs(check, XDPX_NEED_TAIL_CALL))
		tell(check, XDPX_NEED_TAIL_CALL, XDPX_VERDICT_UNKNOWN, false, "",
		     "the kernel does it for every device; what the programs called need is not known");
	if (needs(check, XDPX_NEED_KFUNC))
		tell(check, XDPX_NEED_KFUNC, check->prog->fd < 0 ? XDPX_VERDICT_UNKNOWN : XDPX_VERDICT_MET, false, "",
		     "the kernel tells when the program is loaded");
	if (!check->needs.known)
		tell(check, XDPX_NEED_OTHERS, XDPX_VERDICT_UNKNOWN, false, "", "what it needs is not known");
}

static bool redirects_to_devices(const struct check *check)
{
	return needs(check, XDPX_NEED_REDIRECT) || needs(check, XDPX_NEED_DEVMAP) || !check->needs.known;
}

/* In generic mode the stack sends to any device; from a driver, the target's driver must take the frames. */
static void check_target(struct check *check)
{
	const char *name;

	if (!check->target || !redirects_to_devices(check) || check->mode == XDPX_MODE_OFFLOAD)
		return;
	name = xdpx_nic_name(check->target);
	if (check->mode == XDPX_MODE_GENERIC)
		tell(check, XDPX_NEED_TARGET, XDPX_VERDICT_MET, false, "", "to %s: " STACK_REDIRECTS, name);
	else if (needs(check, XDPX_NEED_FRAGS) && xdpx_nic_can(check->target, XDPX_FEATURE_REDIRECT_TARGET) == XDPX_YES)
		tell(check, XDPX_NEED_TARGET, verdict_of(xdpx_nic_can(check->target, XDPX_FEATURE_TARGET_FRAGS)), false,
		     "", "to %s: %s", name, xdpx_nic_why(check->target, XDPX_FEATURE_TARGET_FRAGS));
	else
		tell(check, XDPX_NEED_TARGET, verdict_of(xdpx_nic_can(check->target, XDPX_FEATURE_REDIRECT_TARGET)),
		     true, GENERIC_HINT, "to %s: %s", name, xdpx_nic_why(check->target, XDPX_FEATURE_REDIRECT_TARGET));
}

static void check_all(struct check *check)
{
	check_run(check);
	if (check->mode == XDPX_MODE_OFFLOAD) {
		check_offload(check);
		return;
	}
	if (check->mode == XDPX_MODE_GENERIC)
		check_generic(check);
	else
		check_native(check);
	check_kernel(check);
	check_target(check);
}

static int report_new(struct check *check, struct xdpx_report **report)
{
	int err;

	err = xdpx_needs_find(check->prog, &check->needs);
	if (err)
		return err;
	check->report = calloc(1, sizeof(*check->report));
	if (!check->report)
		return xdpx_fail(-ENOMEM, STAGE, "no memory for the report");
	check_all(check);
	*report = check->report;
	return 0;
}

enum xdpx_mode xdpx_mode_first(enum xdpx_mode asked, const struct xdpx_nic *nic)
{
	if (asked != XDPX_MODE_BEST)
		return asked;
	return xdpx_nic_can(nic, XDPX_FEATURE_NATIVE) == XDPX_NO ? XDPX_MODE_GENERIC : XDPX_MODE_NATIVE;
}

int xdpx_report_new(const struct xdpx_prog *prog, const struct xdpx_nic *nic, enum xdpx_mode mode,
		    struct xdpx_report **report)
{
	struct check check = {.prog = prog, .nic = nic, .mode = mode};

	return report_new(&check, report);
}

int xdpx_prog_check(const struct xdpx_prog *prog, const struct xdpx_nic *nic, const struct xdpx_check_opts *opts,
		    struct xdpx_report **report)
{
	struct check check = {.prog = prog, .nic = nic};
	struct xdpx_check_opts own;
	int err;

	if (!prog || !nic || !report)
		return xdpx_fail(-EINVAL, STAGE, "the %s is NULL",
				 !prog	? "program"
				 : !nic ? "device"
					: "place for the report");
	err = xdpx_opts_take(&own, sizeof(own), opts, STAGE);
	if (!err)
		err = xdpx_opts_flags(own.flags, 0, STAGE);
	if (err)
		return err;
	if (!xdpx_mode_name((enum xdpx_mode)own.mode) || own.reserved)
		return xdpx_fail(-EINVAL, STAGE,
				 "unknown mode %u, or `reserved` is not 0; this library (%s) knows 0 to %u", own.mode,
				 xdpx_version(), XDPX_MODE_OFFLOAD);
	check.target = own.target;
	check.mode = xdpx_mode_first((enum xdpx_mode)own.mode, nic);
	return report_new(&check, report);
}

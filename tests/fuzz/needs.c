/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * Any instructions can be followed, and any object is opened or refused, and then tells its needs.
 *
 * An input that begins with INSNS goes on with where the program begins, then its instructions. Any other begins with
 * the length of a program's name, none for the only one, and the name; the object follows.
 */
#include "prog/insns.h"

#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <xdpx/needs.h>
#include <xdpx/prog.h>

#define INSNS 0xff
#define HEADER_BYTES 2

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

/* The instructions themselves are the constants. */
static const void *constants_of(void *arg, uint32_t map, size_t *length)
{
	const struct xdpx_insns *insns = arg;

	*length = insns->count * sizeof(*insns->at);
	return map % 2 ? NULL : insns->at;
}

static unsigned char *scan(const struct xdpx_insns *insns, struct xdpx_insns_returns *returns)
{
	unsigned char *reached = malloc(insns->count + 1);

	if (!reached || xdpx_insns_scan(insns, reached, returns))
		abort();
	return reached;
}

/* What runs as far as constants tell is among what the verifier sees. */
static void followed(const uint8_t *bytes, size_t count)
{
	const size_t length = (count - HEADER_BYTES) / sizeof(struct bpf_insn) * sizeof(struct bpf_insn);
	/* aligned, and of that very length, so that a sanitizer sees a read past it */
	struct bpf_insn *copy = malloc(length);
	struct xdpx_insns insns = {
		.at = copy, .count = length / sizeof(*copy), .entry = bytes[1], .bytes = constants_of, .arg = &insns};
	struct xdpx_insns_returns whole_returns;
	struct xdpx_insns_returns returns;
	unsigned char *reached;
	unsigned char *whole;
	size_t at;

	if (!copy)
		abort();
	memcpy(copy, bytes + HEADER_BYTES, length);
	reached = scan(&insns, &returns);
	insns.every_branch = true;
	whole = scan(&insns, &whole_returns);
	for (at = 0; at < insns.count; at++)
		if (reached[at] > whole[at])
			abort();
	if (!whole_returns.computed && (returns.computed || returns.constants & ~whole_returns.constants))
		abort();
	free(reached);
	free(whole);
	free(copy);
}

static void opened(const uint8_t *bytes, size_t count)
{
	struct xdpx_prog_opts opts = {.size = sizeof(opts)};
	struct xdpx_needs needs = {.size = sizeof(needs)};
	struct xdpx_prog *prog;
	char name[INSNS + 1];
	size_t length = bytes[0];

	if (length >= count)
		return;
	memcpy(name, bytes + 1, length);
	name[length] = '\0';
	opts.name = length ? name : NULL;
	if (xdpx_prog_open_memory(bytes + 1 + length, count - 1 - length, &opts, &prog))
		return;
	if (xdpx_prog_needs(prog, &needs) || !(needs.needs & 1ULL << XDPX_NEED_RUN))
		abort();
	xdpx_prog_free(prog);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	if (count < HEADER_BYTES)
		return 0;
	if (bytes[0] == INSNS)
		followed(bytes, count);
	else
		opened(bytes, count);
	return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The program that measures packets, run on packets of the test's own. */
#include "probe/result.h"
#include "prog/prog.h"
#include "run.h"
#include "xsk/objects.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <xdpx/error.h>

/* Packets up to here are in one. */
#define ONE_BUFFER 3000

static struct xdpx_prog *load(uint32_t frags)
{
	const uint32_t full = 1514;
	const uint32_t slack = 8;
	const uint32_t tail = 3072;
	struct xdpx_prog *prog;

	ck_assert_int_eq(xdpx_prog_open_memory(xdpx_object_probe, xdpx_object_probe_bytes, NULL, &prog), 0);
	ck_assert_int_eq(xdpx_prog_global_set(prog, "xdpx_full_bytes", &full, sizeof(full)), 0);
	ck_assert_int_eq(xdpx_prog_global_set(prog, "xdpx_full_slack", &slack, sizeof(slack)), 0);
	ck_assert_int_eq(xdpx_prog_global_set(prog, "xdpx_tail_bytes", &tail, sizeof(tail)), 0);
	ck_assert_int_eq(xdpx_prog_global_set(prog, "xdpx_frags", &frags, sizeof(frags)), 0);
	ck_assert_int_eq(xdpx_prog_frags_set(prog, frags), 0);
	ck_assert_msg(!xdpx_prog_load(prog, NULL), "%s", xdpx_error_last()->kernel);
	return prog;
}

/* What was noted of the sort, on whichever CPU. */
static struct xdpx_probe_result noted(const struct xdpx_prog *prog, uint32_t sort)
{
	int cpus = libbpf_num_possible_cpus();
	struct xdpx_probe_result *results = calloc((size_t)cpus, sizeof(*results));
	struct xdpx_probe_result found = {.done = 0};
	int cpu;

	ck_assert_ptr_nonnull(results);
	ck_assert_int_eq(bpf_map_lookup_elem(xdpx_prog_map_fd(prog, "xdpx_results"), &sort, results), 0);
	for (cpu = 0; cpu < cpus; cpu++)
		if (results[cpu].done)
			found = results[cpu];
	free(results);
	return found;
}

/* The packet, with `meta` bytes of metadata in front, comes out as it went in. */
static void passes_unchanged(const struct xdpx_prog *prog, uint32_t meta, uint32_t bytes)
{
	unsigned char in[9100];
	unsigned char out[sizeof(in)];
	struct xdp_md md = {.data = meta, .data_end = meta + bytes};
	struct xdp_md md_out;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in, .data_size_in = meta + bytes, .data_out = out,
		    .data_size_out = sizeof(out), .ctx_in = &md, .ctx_size_in = sizeof(md), .ctx_out = &md_out,
		    .ctx_size_out = sizeof(md_out));
	uint32_t at;

	for (at = 0; at < sizeof(in); at++)
		in[at] = (unsigned char)(at * 7 + 1);
	ck_assert_int_eq(bpf_prog_test_run_opts(xdpx_prog_fd(prog), &opts), 0);
	ck_assert_uint_eq(opts.retval, XDP_PASS);
	ck_assert_uint_eq(opts.data_size_out, meta + bytes);
	ck_assert_mem_eq(out, in, meta + bytes);
	ck_assert_uint_eq(md_out.data, meta);
	if (bytes <= ONE_BUFFER)
		ck_assert_uint_eq(md_out.data_end, meta + bytes);
}

START_TEST(what_was_given_is_given_back)
{
	static const struct {
		uint32_t meta;
		uint32_t bytes;
		enum xdpx_probe_sort sort;
	} packets[] = {
		{0, 14, XDPX_PROBE_SHORT},  {0, 60, XDPX_PROBE_SHORT},	 {0, 512, XDPX_PROBE_SHORT},
		{0, 513, XDPX_PROBE_OTHER}, {0, 1513, XDPX_PROBE_OTHER}, {0, 1514, XDPX_PROBE_FULL},
		{0, 1522, XDPX_PROBE_FULL}, {0, 1523, XDPX_PROBE_OTHER}, {0, 3000, XDPX_PROBE_OTHER},
		{8, 1514, XDPX_PROBE_FULL}, {32, 14, XDPX_PROBE_SHORT},
	};
	struct xdpx_prog *prog = load(0);
	struct xdpx_probe_result result;

	passes_unchanged(prog, packets[_i].meta, packets[_i].bytes);
	result = noted(prog, packets[_i].sort);
	ck_assert_uint_eq(result.done, 1);
	ck_assert_uint_eq(result.bytes, packets[_i].bytes);
	ck_assert_uint_gt(result.meta, 0);
	ck_assert_uint_gt(result.head, 0);
	ck_assert_uint_eq(result.tail_tried, 1);
	ck_assert_uint_gt(result.tail, 0);
	passes_unchanged(prog, packets[_i].meta, packets[_i].bytes);
	xdpx_prog_free(prog);
}
END_TEST

START_TEST(packets_of_several_buffers_are_told_apart)
{
	struct xdpx_prog *prog = load(1);
	struct xdpx_probe_result result;

	passes_unchanged(prog, 0, 9000);
	result = noted(prog, XDPX_PROBE_SEVERAL);
	ck_assert_uint_eq(result.done, 1);
	ck_assert_uint_eq(result.bytes, 9000);
	ck_assert_uint_gt(result.meta, 0);
	ck_assert_uint_eq(result.tail_tried, 0);
	xdpx_prog_free(prog);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("probe");
	TCase *run = tcase_create("run");

	tcase_add_loop_test(run, what_was_given_is_given_back, 0, 11);
	tcase_add_test(run, packets_of_several_buffers_are_told_apart);
	suite_add_tcase(suite, run);
	return run_suite(suite);
}

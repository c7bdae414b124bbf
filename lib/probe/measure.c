/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Waiting for packets, and reading what the program has noted of them. */
#include "probe/probe.h"

#include "base/clock.h"
#include "base/fail.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RESULTS_MAP "xdpx_results"
#define PAUSE_MS 5

static void room_take(struct xdpx_probe_room *room, const struct xdpx_probe_result *result)
{
	if (!result->done)
		return;
	if (!room->seen || result->meta < room->meta) {
		room->meta = result->meta;
		room->meta_error = (int)result->meta_error;
	}
	if (!room->seen || result->head < room->head)
		room->head = result->head;
	if (!room->tail_tried || (result->tail_tried && result->tail < room->tail)) {
		room->bytes = result->bytes;
		room->tail = result->tail;
		room->tail_error = (int)result->tail_error;
	}
	if (result->tail > room->tail_most)
		room->tail_most = result->tail;
	room->tail_tried |= result->tail_tried;
	room->seen = true;
}

static int rooms_read(struct xdpx_probe *probe, int map, struct xdpx_probe_result *results, int cpus)
{
	uint32_t sort;
	int cpu;

	memset(probe->rooms, 0, sizeof(probe->rooms));
	for (sort = 0; sort < XDPX_PROBE_SORTS; sort++) {
		int err = bpf_map_lookup_elem(map, &sort, results);

		if (err)
			return xdpx_fail(err, "probe.measure", "%s: what was measured could not be read: %s",
					 xdpx_nic_name(probe->nic), xdpx_errno_text(err));
		for (cpu = 0; cpu < cpus; cpu++)
			room_take(&probe->rooms[sort], &results[cpu]);
	}
	return 0;
}

/* Whether there is nothing more to wait for. */
static bool answered(const struct xdpx_probe *probe)
{
	const struct xdpx_probe_room *rooms = probe->rooms;
	/* full packets span several buffers then, and have no tail to be measured */
	bool several = probe->frags && probe->plain_refused;
	size_t sort;

	if (several && xdpx_probe_wants(probe, XDPX_FEATURE_RX_FRAGS) && !rooms[XDPX_PROBE_SEVERAL].seen)
		return false;
	if (!several && xdpx_probe_wants(probe, XDPX_FEATURE_TAIL_GROW))
		return rooms[XDPX_PROBE_FULL].seen && rooms[XDPX_PROBE_SHORT].seen;
	for (sort = 0; sort < XDPX_PROBE_SORTS; sort++)
		if (rooms[sort].seen)
			return true;
	return false;
}

static int await(struct xdpx_probe *probe, int map, struct xdpx_probe_result *results, int cpus)
{
	int64_t end = xdpx_now_ms() + probe->opts.wait_ms;
	int err;

	do {
		xdpx_probe_inject_send(probe);
		xdpx_sleep_ms(PAUSE_MS);
		err = rooms_read(probe, map, results, cpus);
	} while (!err && !answered(probe) && xdpx_now_ms() < end);
	return err;
}

int xdpx_probe_measure(struct xdpx_probe *probe)
{
	struct xdpx_probe_result *results;
	int cpus = libbpf_num_possible_cpus();
	int map;
	int err;

	memset(probe->rooms, 0, sizeof(probe->rooms));
	if (xdpx_nic_up(probe->nic) == XDPX_NO)
		return 0;
	map = xdpx_prog_map_fd(probe->prog, RESULTS_MAP);
	if (map < 0)
		return map;
	if (cpus < 0)
		return xdpx_fail(cpus, "probe.measure", "how many CPUs there are could not be read: %s",
				 xdpx_errno_text(cpus));
	results = calloc((size_t)cpus, sizeof(*results));
	if (!results)
		return xdpx_fail(-ENOMEM, "probe.alloc", "no memory for what is measured");
	err = await(probe, map, results, cpus);
	free(results);
	return err;
}

uint32_t xdpx_probe_full_bytes(const struct xdpx_nic *nic)
{
	return xdpx_nic_mtu(nic) + (nic->mac_bytes ? 14 : 0);
}

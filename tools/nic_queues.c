/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Queues of one device, and what serves and delays them. */
#include "facts.h"
#include "nic.h"
#include "tool.h"

#include <inttypes.h>

/* Of a list, more are in the JSON document alone. */
#define LIST_SHOWN 8

static void more_print(size_t count)
{
	if (count > LIST_SHOWN)
		fact("...", "%zu more", count - LIST_SHOWN);
}

static void count_print(const char *label, uint32_t now, uint32_t most)
{
	if (most)
		fact(label, "%u of at most %u", now, most);
	else
		fact(label, "%u", now);
}

static void counts_print(const struct xdpx_nic *nic)
{
	struct xdpx_queues queues = {.size = sizeof(queues)};

	xdpx_nic_queues(nic, &queues);
	facts_title("queues");
	count_print("for AF_XDP", queues.usable, 0);
	count_print("receive", queues.rx, queues.rx_max);
	count_print("transmit", queues.tx, queues.tx_max);
	count_print("combined", queues.combined, queues.combined_max);
	fact("source", "%s", xdpx_nic_queues_why(nic));
}

static void queue_print(const struct xdpx_queue *queue)
{
	char label[32];
	char napi[32] = "no NAPI instance told";

	snprintf(label, sizeof(label), "%s %u", queue->tx ? "transmit" : "receive", queue->id);
	if (queue->napi_id)
		snprintf(napi, sizeof(napi), "NAPI instance %u", queue->napi_id);
	fact(label, "%s%s", napi, queue->xsk == XDPX_YES ? ", an AF_XDP socket" : "");
}

static void list_print(const struct xdpx_nic *nic)
{
	size_t count = xdpx_nic_queue_count(nic);
	struct xdpx_queue queue = {.size = sizeof(queue)};

	for (size_t at = 0; at < count && at < LIST_SHOWN; at++) {
		xdpx_nic_queue(nic, at, &queue);
		queue_print(&queue);
	}
	more_print(count);
}

/* ", WORDS NUMBER UNIT", or nothing where it is not told. */
static const char *part(char *text, size_t bytes, const char *words, int64_t number, const char *unit)
{
	*text = '\0';
	if (number >= 0)
		snprintf(text, bytes, ", %s %" PRId64 "%s", words, number, unit);
	return text;
}

static void napi_print(const struct xdpx_napi *napi)
{
	char irq[64];
	char pid[64];
	char defer[64];
	char flush[64];
	char suspend[64];

	fact("NAPI instance", "%u%s%s%s%s%s", napi->id, part(irq, sizeof(irq), "interrupt", napi->irq, ""),
	     part(pid, sizeof(pid), "thread", napi->pid, ""),
	     part(defer, sizeof(defer), "interrupts deferred for", napi->defer_hard_irqs, " polls"),
	     part(flush, sizeof(flush), "flush after", napi->gro_flush_timeout_ns, " ns"),
	     part(suspend, sizeof(suspend), "suspended for", napi->irq_suspend_timeout_ns, " ns"));
}

static void napis_print(const struct xdpx_nic *nic)
{
	size_t count = xdpx_nic_napi_count(nic);
	struct xdpx_napi napi = {.size = sizeof(napi)};

	for (size_t at = 0; at < count && at < LIST_SHOWN; at++) {
		xdpx_nic_napi(nic, at, &napi);
		napi_print(&napi);
	}
	more_print(count);
}

static void rings_print(const struct xdpx_nic *nic)
{
	struct xdpx_rings rings = {.size = sizeof(rings)};

	if (xdpx_nic_part_known(nic, XDPX_PART_RINGS) != XDPX_YES)
		return;
	xdpx_nic_rings(nic, &rings);
	facts_title("rings, in entries");
	count_print("receive", rings.rx, rings.rx_max);
	count_print("transmit", rings.tx, rings.tx_max);
	if (rings.rx_buffer_bytes)
		fact("receive buffer", "%u bytes", rings.rx_buffer_bytes);
}

static void delay_print(const char *label, int64_t usecs, int64_t frames, int32_t adaptive)
{
	char time[64];
	char packets[64];

	if (usecs < 0 && frames < 0 && adaptive < 0)
		return;
	part(time, sizeof(time), "after", usecs, " us");
	part(packets, sizeof(packets), "after", frames, " packets");
	fact(label, "an interrupt%s%s%s", *time ? time + 1 : "", packets, adaptive > 0 ? ", the driver adapts" : "");
}

static void coalesce_print(const struct xdpx_nic *nic)
{
	struct xdpx_coalesce delay = {.size = sizeof(delay)};

	if (xdpx_nic_part_known(nic, XDPX_PART_COALESCE) != XDPX_YES)
		return;
	xdpx_nic_coalesce(nic, &delay);
	facts_title("interrupt coalescing");
	delay_print("receive", delay.rx_usecs, delay.rx_frames, delay.adaptive_rx);
	delay_print("transmit", delay.tx_usecs, delay.tx_frames, delay.adaptive_tx);
}

static void clock_print(const struct xdpx_nic *nic)
{
	struct xdpx_clock clock = {.size = sizeof(clock)};

	if (xdpx_nic_part_known(nic, XDPX_PART_CLOCK) != XDPX_YES)
		return;
	xdpx_nic_clock(nic, &clock);
	facts_title("timestamps by hardware");
	if (clock.phc_index >= 0)
		fact("clock", "/dev/ptp%d", clock.phc_index);
	fact("received packets", "%s", answer_word((enum xdpx_answer)clock.hw_rx));
	fact("all received", "%s", answer_word((enum xdpx_answer)clock.hw_rx_all));
	fact("sent packets", "%s", answer_word((enum xdpx_answer)clock.hw_tx));
}

static void pool_print(const struct xdpx_page_pool *pool)
{
	char napi[64] = "";
	char held[64];
	char bytes[64];
	char detached[64];

	if (pool->napi_id)
		snprintf(napi, sizeof(napi), ", NAPI instance %u", pool->napi_id);
	fact("page pool", "%" PRIu64 "%s%s%s%s%s", pool->id, napi,
	     part(held, sizeof(held), "held", pool->inflight, " pages"),
	     part(bytes, sizeof(bytes), "of", pool->inflight_bytes, " bytes"),
	     part(detached, sizeof(detached), "detached", pool->detach_time, " s after boot"),
	     pool->dmabuf ? ", memory of a DMA buffer" : "");
}

static void pools_print(const struct xdpx_nic *nic)
{
	size_t count = xdpx_nic_page_pool_count(nic);
	struct xdpx_page_pool pool = {.size = sizeof(pool)};

	if (count)
		facts_title("page pools");
	for (size_t at = 0; at < count && at < LIST_SHOWN; at++) {
		xdpx_nic_page_pool(nic, at, &pool);
		pool_print(&pool);
	}
	more_print(count);
}

static void counter_print(const char *label, int64_t number)
{
	if (number >= 0)
		fact(label, "%" PRId64, number);
}

static void counters_print(const struct xdpx_nic *nic)
{
	struct xdpx_qstats stats = {.size = sizeof(stats)};

	if (xdpx_nic_part_known(nic, XDPX_PART_QSTATS) != XDPX_YES)
		return;
	xdpx_nic_qstats(nic, &stats);
	facts_title("counters of all queues");
	counter_print("received", stats.rx_packets);
	counter_print("bytes received", stats.rx_bytes);
	counter_print("lost, no memory", stats.rx_alloc_fail);
	counter_print("dropped by device", stats.rx_hw_drops);
	counter_print("no descriptor", stats.rx_overruns);
	counter_print("sent", stats.tx_packets);
	counter_print("bytes sent", stats.tx_bytes);
	counter_print("not sent", stats.tx_hw_drops);
}

void nic_queues_print(const struct xdpx_nic *nic)
{
	counts_print(nic);
	list_print(nic);
	napis_print(nic);
	rings_print(nic);
	coalesce_print(nic);
	clock_print(nic);
	pools_print(nic);
	counters_print(nic);
}

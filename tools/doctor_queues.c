/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* A device's queues, and what serves them. */
#include "doctor.h"
#include "words.h"

#include <inttypes.h>

/* Repeated to the key's length, it gives both directions of a connection the same hash. */
static const uint8_t symmetric_key[] = {0x6d, 0x5a};
/* Keys have 40 or 52 bytes. */
#define KEY_BYTES 64

static void usable_check(const struct xdpx_nic *nic, struct findings *findings, const struct xdpx_queues *queues)
{
	const char *why = xdpx_nic_queues_why(nic);

	if (!queues->usable)
		find(findings, STATUS_FAIL, "queues", "it has no queue that an AF_XDP socket can be bound to (%s)",
		     why);
	else if (queues->usable < queues->rx)
		find(findings, STATUS_WARN, "queues",
		     "AF_XDP sockets can be bound to %u of its %u receive queues; what arrives on the others does not "
		     "reach them (%s)",
		     queues->usable, queues->rx, why);
	else
		find(findings, STATUS_OK, "queues", "AF_XDP sockets can be bound to all its queues, %u (%s)",
		     queues->usable, why);
}

/* What the driver sets aside for XDP's own sending. */
static void channels_check(const struct patient *patient, struct findings *findings, const struct xdpx_queues *queues)
{
	int64_t most = xdpx_nic_limit(patient->nic, XDPX_LIMIT_QUEUES_XDP);
	const char *why = xdpx_nic_limit_why(patient->nic, XDPX_LIMIT_QUEUES_XDP);
	uint32_t now = queues->combined ? queues->combined : queues->rx;

	if (most < 0) {
		find(findings, STATUS_UNKNOWN, "channels",
		     "how many channels leave transmit queues to XDP is not known: %s", why);
		return;
	}
	find(findings, now <= most ? STATUS_OK : STATUS_WARN, "channels",
	     "channels in use: %u; up to %" PRId64 " leave transmit queues to XDP: %s", now, most, why);
	if (now <= most)
		return;
	if (most > 0 && queues->combined)
		find_mend(findings, "ethtool -L %s combined %" PRId64, patient->word, most);
	else if (most > 0)
		find_mend(findings, "ethtool -L %s rx %" PRId64, patient->word, most);
}

void doctor_queues(const struct patient *patient, struct findings *findings)
{
	struct xdpx_queues queues = {.size = sizeof(queues)};

	xdpx_nic_queues(patient->nic, &queues);
	usable_check(patient->nic, findings, &queues);
	channels_check(patient, findings, &queues);
}

void doctor_rss(const struct patient *patient, struct findings *findings)
{
	enum xdpx_answer answer = xdpx_nic_can(patient->nic, XDPX_FEATURE_RSS_SYMMETRIC);
	const char *why = xdpx_nic_why(patient->nic, XDPX_FEATURE_RSS_SYMMETRIC);
	uint8_t wanted[KEY_BYTES];
	char text[HEX_BYTES(KEY_BYTES)];
	const uint8_t *key;
	size_t bytes = xdpx_nic_rss_key(patient->nic, &key);

	if (answer != XDPX_NO) {
		find(findings, answer == XDPX_YES ? STATUS_OK : STATUS_UNKNOWN, "rss", "%s", why);
		return;
	}
	find(findings, STATUS_WARN, "rss", "the two directions of a connection arrive on different queues: %s", why);
	if (!bytes || bytes > KEY_BYTES)
		return;
	for (size_t at = 0; at < bytes; at++)
		wanted[at] = symmetric_key[at % sizeof(symmetric_key)];
	find_mend(findings, "ethtool -X %s hkey %s", patient->word, hex_text(wanted, bytes, text, sizeof(text)));
}

void doctor_zerocopy(const struct patient *patient, struct findings *findings)
{
	static const enum status statuses[] = {
		[XDPX_UNKNOWN] = STATUS_UNKNOWN,
		[XDPX_NO] = STATUS_INFO,
		[XDPX_YES] = STATUS_OK,
	};

	find(findings, statuses[xdpx_nic_can(patient->nic, XDPX_FEATURE_ZEROCOPY)], "zerocopy", "%s",
	     xdpx_nic_why(patient->nic, XDPX_FEATURE_ZEROCOPY));
}

void doctor_polling(const struct patient *patient, struct findings *findings)
{
	struct xdpx_napi napi = {.size = sizeof(napi)};

	if (xdpx_nic_napi(patient->nic, 0, &napi) || napi.defer_hard_irqs < 0 || napi.gro_flush_timeout_ns < 0) {
		find(findings, STATUS_INFO, "polling", "how interrupts are deferred is not told: %s",
		     xdpx_nic_part_why(patient->nic, XDPX_PART_NAPIS));
		return;
	}
	find(findings, STATUS_INFO, "polling",
	     "NAPI instance %u defers interrupts for %" PRId64 " polls, and flushes after %" PRId64 " ns", napi.id,
	     napi.defer_hard_irqs, napi.gro_flush_timeout_ns);
	if (!napi.defer_hard_irqs || !napi.gro_flush_timeout_ns)
		find_hint(findings, "an application that polls (SO_PREFER_BUSY_POLL) wants both above 0");
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "words.h"

#include <stdio.h>
#include <time.h>

#define NS_A_SECOND UINT64_C(1000000000)

const char *answer_word(enum xdpx_answer answer)
{
	if (answer == XDPX_YES)
		return "yes";
	return answer == XDPX_NO ? "no" : "unknown";
}

enum hue answer_hue(enum xdpx_answer answer)
{
	if (answer == XDPX_YES)
		return HUE_GREEN;
	return answer == XDPX_NO ? HUE_RED : HUE_YELLOW;
}

const char *link_word(const struct xdpx_nic *nic)
{
	if (xdpx_nic_up(nic) != XDPX_YES)
		return "down";
	return xdpx_nic_carrier(nic) == XDPX_NO ? "no carrier" : "up";
}

const char *or_dash(const char *text)
{
	return *text ? text : "-";
}

const char *hex_text(const uint8_t *bytes, size_t count, char *text, size_t room)
{
	size_t at = 0;

	*text = '\0';
	for (size_t byte = 0; byte < count && at + 4 <= room; byte++)
		at += (size_t)snprintf(text + at, room - at, "%s%02x", byte ? ":" : "", bytes[byte]);
	return text;
}

const char *mac_text(const struct xdpx_nic *nic, char *text, size_t bytes)
{
	const uint8_t *mac;
	size_t count = xdpx_nic_mac(nic, &mac);

	return hex_text(mac, count, text, bytes);
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * NS_A_SECOND + (uint64_t)now.tv_nsec;
}

const char *boot_time_text(uint64_t ns, char *text, size_t bytes)
{
	struct tm when;
	time_t seconds;

	*text = '\0';
	if (!ns)
		return text;
	seconds = (time_t)((clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME) + ns) / NS_A_SECOND);
	if (gmtime_r(&seconds, &when))
		strftime(text, bytes, "%Y-%m-%dT%H:%M:%SZ", &when);
	return text;
}

const char *offload_collides(enum xdpx_offload offload)
{
	switch (offload) {
	case XDPX_OFFLOAD_LRO:
	case XDPX_OFFLOAD_GRO_HW:
		return "the device joins packets before a program sees them; drivers refuse XDP with it, or turn it "
		       "off";
	case XDPX_OFFLOAD_HEADER_SPLIT:
		return "headers and data arrive in separate buffers; drivers refuse XDP with it, or programs see "
		       "headers "
		       "only";
	default:
		return NULL;
	}
}

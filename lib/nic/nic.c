/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What a snapshot is made of, and what it says of the device itself. */
#include "nic/sources.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longer than any of our sentences with two of the kernel's names in it. */
#define TEXT_BYTES 1024

struct xdpx_nic_text {
	struct xdpx_nic_text *next;
	char text[];
};

void xdpx_nic_begin(struct xdpx_nic *nic)
{
	unsigned int i;

	memset(nic, 0, sizeof(*nic));
	nic->numa_node = -1;
	nic->place.lower_netnsid = -1;
	nic->place.bond_mode = -1;
	nic->queues_why = "";
	xdpx_nic_sources_forget(nic);
	for (i = 0; i < XDPX_NIC_PARTS; i++)
		nic->parts[i] = (struct xdpx_nic_part){.state = XDPX_NIC_PART_UNTOLD, .why = ""};
	for (i = 0; i < XDPX_NIC_FEATURES; i++)
		nic->answers[i].why = "";
	for (i = 0; i < XDPX_NIC_LIMITS; i++)
		nic->numbers[i] = (struct xdpx_nic_number){.value = -1, .why = ""};
}

void xdpx_nic_end(struct xdpx_nic *nic)
{
	struct xdpx_nic_text *text;

	xdpx_nic_sources_forget(nic);
	xdpx_nic_entries_forget(&nic->attachments);
	xdpx_nic_entries_forget(&nic->related);
	while ((text = nic->texts)) {
		nic->texts = text->next;
		free(text);
	}
}

const char *xdpx_nic_say(struct xdpx_nic *nic, const char *format, ...)
{
	struct xdpx_nic_text *text;
	char words[TEXT_BYTES];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	if (length <= 0)
		return "";
	if (length >= TEXT_BYTES)
		length = TEXT_BYTES - 1;
	text = malloc(sizeof(*text) + (size_t)length + 1);
	if (!text)
		return "";

	memcpy(text->text, words, (size_t)length + 1);
	text->next = nic->texts;
	nic->texts = text;
	return text->text;
}

void xdpx_nic_free(struct xdpx_nic *nic)
{
	if (!nic)
		return;
	xdpx_nic_end(nic);
	free(nic);
}

const char *xdpx_nic_name(const struct xdpx_nic *nic)
{
	return nic->name;
}

uint32_t xdpx_nic_index(const struct xdpx_nic *nic)
{
	return nic->index;
}

const char *xdpx_nic_driver(const struct xdpx_nic *nic)
{
	return nic->driver;
}

const char *xdpx_nic_kind(const struct xdpx_nic *nic)
{
	if (nic->kind[0])
		return nic->kind;
	return nic->loopback ? "loopback" : "physical";
}

size_t xdpx_nic_mac(const struct xdpx_nic *nic, const uint8_t **mac)
{
	*mac = nic->mac;
	return nic->mac_bytes;
}

uint32_t xdpx_nic_mtu(const struct xdpx_nic *nic)
{
	return nic->mtu;
}

enum xdpx_answer xdpx_nic_up(const struct xdpx_nic *nic)
{
	return nic->up ? XDPX_YES : XDPX_NO;
}

enum xdpx_answer xdpx_nic_carrier(const struct xdpx_nic *nic)
{
	if (!nic->up)
		return XDPX_UNKNOWN;
	return nic->carrier ? XDPX_YES : XDPX_NO;
}

uint32_t xdpx_nic_prog_id(const struct xdpx_nic *nic)
{
	if (nic->programs.native)
		return nic->programs.native;
	return nic->programs.offload ? nic->programs.offload : nic->programs.generic;
}

const char *xdpx_nic_bus(const struct xdpx_nic *nic)
{
	return nic->parent_bus;
}

const char *xdpx_nic_bus_address(const struct xdpx_nic *nic)
{
	return nic->parent_name;
}

const char *xdpx_nic_firmware(const struct xdpx_nic *nic)
{
	return nic->firmware;
}

int xdpx_nic_numa_node(const struct xdpx_nic *nic)
{
	return nic->numa_node;
}

uint64_t xdpx_nic_netns(const struct xdpx_nic *nic)
{
	return nic->netns;
}

static const char *const mode_names[] = {
	[XDPX_MODE_BEST] = "best",
	[XDPX_MODE_NATIVE] = "native",
	[XDPX_MODE_GENERIC] = "generic",
	[XDPX_MODE_OFFLOAD] = "offload",
};

const char *xdpx_mode_name(enum xdpx_mode mode)
{
	return (unsigned int)mode < sizeof(mode_names) / sizeof(*mode_names) ? mode_names[mode] : NULL;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "ids_rules.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RULES_MAX 256
#define ETHERNET_BYTES 14

struct rule {
	unsigned char protocol;
	unsigned short port;
	char name[32];
};

struct rules {
	unsigned int count;
	struct rule rules[RULES_MAX];
};

static int rule_read(const char *line, struct rule *rule)
{
	char protocol[8];

	if (sscanf(line, "%7s %hu %31s", protocol, &rule->port, rule->name) != 3)
		return -1;
	rule->protocol = !strcmp(protocol, "udp") ? IPPROTO_UDP : IPPROTO_TCP;
	return strcmp(protocol, "udp") && strcmp(protocol, "tcp") ? -1 : 0;
}

struct rules *rules_read(const char *path)
{
	struct rules *rules = calloc(1, sizeof(*rules));
	FILE *file = fopen(path, "re");
	char line[128];

	while (rules && file && rules->count < RULES_MAX && fgets(line, sizeof(line), file)) {
		if (rule_read(line, &rules->rules[rules->count])) {
			fprintf(stderr, "%s: not a rule: %s", path, line);
			free(rules);
			rules = NULL;
			break;
		}
		rules->count++;
	}
	if (!file) {
		perror(path);
		free(rules);
		return NULL;
	}
	fclose(file);
	return rules;
}

void rules_free(struct rules *rules)
{
	free(rules);
}

unsigned int rules_count(const struct rules *rules)
{
	return rules->count;
}

/* Where the transport header starts, with its protocol; 0: there is none. */
static size_t transport_find(const unsigned char *packet, size_t bytes, unsigned char *protocol)
{
	const unsigned char *ip = packet + ETHERNET_BYTES;
	size_t header;

	if (bytes < ETHERNET_BYTES + 20)
		return 0;
	if (packet[12] == 0x08 && packet[13] == 0x00 && ip[0] >> 4 == 4) {
		*protocol = ip[9];
		header = (size_t)(ip[0] & 15) * 4;
	} else if (packet[12] == 0x86 && packet[13] == 0xdd && bytes >= ETHERNET_BYTES + 40) {
		*protocol = ip[6];
		header = 40;
	} else {
		return 0;
	}
	return header >= 20 && bytes >= ETHERNET_BYTES + header + 4 ? ETHERNET_BYTES + header : 0;
}

static unsigned short port_at(const unsigned char *bytes)
{
	return (unsigned short)(bytes[0] << 8 | bytes[1]);
}

uint32_t packet_flow(const unsigned char *packet, size_t bytes)
{
	unsigned char protocol;
	size_t transport = transport_find(packet, bytes, &protocol);
	const unsigned char *from;
	uint32_t sum = 0;
	size_t length;
	size_t at;

	if (!transport)
		return 0;
	length = packet[ETHERNET_BYTES] >> 4 == 4 ? 4 : 16;
	from = packet + ETHERNET_BYTES + (length == 4 ? 12 : 8);
	for (at = 0; at < length; at++)
		sum += (uint32_t)(from[at] + from[at + length]) << at % 4 * 8;
	sum += (uint32_t)port_at(packet + transport) + port_at(packet + transport + 2);
	return (sum ^ protocol) * 0x9e3779b1U >> 8 | 1U << 24;
}

const char *rules_match(const struct rules *rules, const unsigned char *packet, size_t bytes)
{
	unsigned char protocol;
	size_t transport = transport_find(packet, bytes, &protocol);
	unsigned int at;

	for (at = 0; transport && at < rules->count; at++)
		if (rules->rules[at].protocol == protocol && rules->rules[at].port == port_at(packet + transport + 2))
			return rules->rules[at].name;
	return NULL;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "dns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define LABEL_BYTES 63
/* A length byte with both high bits set begins a compression pointer of two bytes; other high bits are reserved. */
#define LABEL_POINTER 0xc0

#define FLAG_RESPONSE 0x8000
#define FLAG_OPCODE 0x7800
#define FLAG_AUTHORITATIVE 0x0400
#define FLAG_RECURSION_DESIRED 0x0100

enum rcode { NOERROR = 0, FORMERR = 1, NXDOMAIN = 3, NOTIMP = 4, REFUSED = 5, BADVERS = 16 };
#define RCODE_HEADER_BITS 4
#define RCODE_HEADER_MASK 0xf

enum type { TYPE_A = 1, TYPE_AAAA = 28, TYPE_OPT = 41, TYPE_ANY = 255 };
enum class { CLASS_IN = 1, CLASS_ANY = 255 };

#define TTL_SECONDS 60
/* What fits into any path's packets, by the DNS flag day of 2020. */
#define EDNS_PAYLOAD_BYTES 1232
#define EDNS_DNSSEC_OK 0x8000

struct header {
	uint16_t id;
	uint16_t flags;
	uint16_t questions;
	uint16_t answers;
	uint16_t authorities;
	uint16_t additionals;
};

/* The part of a record behind its name. In an OPT record `class` is a payload size and `ttl` two bytes and flags. */
struct record {
	uint16_t type;
	uint16_t class;
	uint8_t ttl_high[2];
	uint16_t ttl_low;
	uint16_t bytes;
};

struct query {
	size_t question_end; /* 0: there is no question that could be repeated */
	size_t name_end;
	uint16_t type;
	uint16_t class;
	bool edns;
	uint8_t edns_version;
	bool dnssec_ok;
};

struct cursor {
	uint8_t *data;
	size_t at;
	size_t end;
};

static bool cursor_read(struct cursor *cursor, void *value, size_t bytes)
{
	if (bytes > cursor->end - cursor->at)
		return false;
	memcpy(value, cursor->data + cursor->at, bytes);
	cursor->at += bytes;
	return true;
}

static bool cursor_write(struct cursor *cursor, const void *value, size_t bytes)
{
	if (bytes > cursor->end - cursor->at)
		return false;
	memcpy(cursor->data + cursor->at, value, bytes);
	cursor->at += bytes;
	return true;
}

static bool cursor_skip(struct cursor *cursor, size_t bytes)
{
	if (bytes > cursor->end - cursor->at)
		return false;
	cursor->at += bytes;
	return true;
}

/* A pointer ends a name. Where it leads does not matter here: no name but the question's is ever compared. */
static bool name_skip(struct cursor *cursor, bool pointer_allowed)
{
	size_t start = cursor->at;
	uint8_t length;

	do {
		if (!cursor_read(cursor, &length, 1))
			return false;
		if ((length & LABEL_POINTER) == LABEL_POINTER)
			return pointer_allowed && cursor_skip(cursor, 1);
		if (length > LABEL_BYTES || !cursor_skip(cursor, length))
			return false;
	} while (length);
	return cursor->at - start <= DNS_NAME_BYTES;
}

static bool question_read(struct cursor *cursor, struct query *query)
{
	uint16_t fields[2];

	if (!name_skip(cursor, false))
		return false;
	query->name_end = cursor->at;
	if (!cursor_read(cursor, fields, sizeof(fields)))
		return false;
	query->type = ntohs(fields[0]);
	query->class = ntohs(fields[1]);
	query->question_end = cursor->at;
	return true;
}

static bool additional_read(struct cursor *cursor, struct query *query)
{
	size_t start = cursor->at;
	struct record record;
	bool root;

	if (!name_skip(cursor, true))
		return false;
	root = cursor->at - start == 1;
	if (!cursor_read(cursor, &record, sizeof(record)) || !cursor_skip(cursor, ntohs(record.bytes)))
		return false;
	if (ntohs(record.type) != TYPE_OPT)
		return true;
	if (!root || query->edns)
		return false;

	query->edns = true;
	query->edns_version = record.ttl_high[1];
	query->dnssec_ok = ntohs(record.ttl_low) & EDNS_DNSSEC_OK;
	return true;
}

static enum rcode query_read(struct cursor *cursor, const struct header *header, struct query *query)
{
	unsigned int additionals = ntohs(header->additionals);

	if (ntohs(header->flags) & FLAG_OPCODE)
		return NOTIMP;
	if (ntohs(header->questions) != 1 || header->answers || header->authorities)
		return FORMERR;
	if (!question_read(cursor, query))
		return FORMERR;
	while (additionals--) {
		if (!additional_read(cursor, query))
			return FORMERR;
	}
	return query->edns_version ? BADVERS : NOERROR;
}

/* Letters compare without case; the length bytes, at most 63, are below all letters. */
static bool name_equal(const uint8_t *left, const uint8_t *right, size_t bytes)
{
	while (bytes--) {
		uint8_t a = left[bytes];
		uint8_t b = right[bytes];

		if (a >= 'A' && a <= 'Z')
			a += 'a' - 'A';
		if (b >= 'A' && b <= 'Z')
			b += 'a' - 'A';
		if (a != b)
			return false;
	}
	return true;
}

/* The name itself has records; a name it ends in, such as "example" or the root, exists but has none. */
static enum rcode name_find(const struct dns_host *host, const uint8_t *name, size_t bytes, bool *found)
{
	size_t at;

	for (at = 0; at < host->name_bytes; at += host->name[at] + 1U) {
		if (bytes != host->name_bytes - at || !name_equal(name, host->name + at, bytes))
			continue;
		*found = at == 0;
		return NOERROR;
	}
	return NXDOMAIN;
}

static bool record_write(struct cursor *cursor, uint16_t type, const void *data, uint16_t bytes)
{
	/* the question's name follows the header */
	static const uint8_t pointer[] = {LABEL_POINTER, sizeof(struct header)};
	struct record record = {
		.type = htons(type),
		.class = htons(CLASS_IN),
		.ttl_low = htons(TTL_SECONDS),
		.bytes = htons(bytes),
	};

	return cursor_write(cursor, pointer, sizeof(pointer)) && cursor_write(cursor, &record, sizeof(record)) &&
	       cursor_write(cursor, data, bytes);
}

static bool records_write(struct cursor *cursor, const struct dns_host *host, uint16_t type, uint16_t *count)
{
	bool any = type == TYPE_ANY;

	if ((type == TYPE_A || any) && host->address.s_addr) {
		if (!record_write(cursor, TYPE_A, &host->address, sizeof(host->address)))
			return false;
		(*count)++;
	}
	if ((type == TYPE_AAAA || any) && !IN6_IS_ADDR_UNSPECIFIED(&host->address6)) {
		if (!record_write(cursor, TYPE_AAAA, &host->address6, sizeof(host->address6)))
			return false;
		(*count)++;
	}
	return true;
}

/* Options of the query, a cookie for one, are not answered: a server that does not know them does so. */
static bool edns_write(struct cursor *cursor, const struct query *query, enum rcode rcode)
{
	struct record record = {
		.type = htons(TYPE_OPT),
		.class = htons(EDNS_PAYLOAD_BYTES),
		.ttl_high = {(uint8_t)(rcode >> RCODE_HEADER_BITS)},
		.ttl_low = htons(query->dnssec_ok ? EDNS_DNSSEC_OK : 0),
	};
	static const uint8_t root;

	return cursor_write(cursor, &root, sizeof(root)) && cursor_write(cursor, &record, sizeof(record));
}

size_t dns_answer(const struct dns_host *host, uint8_t *message, size_t length, size_t capacity)
{
	struct cursor in = {.data = message, .end = length};
	struct cursor out = {.data = message, .end = capacity};
	struct query query = {0};
	struct header header;
	uint16_t answers = 0;
	bool found = false;
	enum rcode rcode;

	if (!host->name_bytes || length > capacity || !cursor_read(&in, &header, sizeof(header)))
		return 0;
	/* answering answers would let two servers shout at each other for ever */
	if (ntohs(header.flags) & FLAG_RESPONSE)
		return 0;

	rcode = query_read(&in, &header, &query);
	if (rcode == NOERROR && query.class != CLASS_IN && query.class != CLASS_ANY)
		rcode = REFUSED;
	if (rcode == NOERROR)
		rcode = name_find(host, message + sizeof(header), query.name_end - sizeof(header), &found);

	out.at = query.question_end ? query.question_end : sizeof(header);
	if (found && !records_write(&out, host, query.type, &answers))
		return 0;
	if (query.edns && !edns_write(&out, &query, rcode))
		return 0;

	header.flags =
		htons(FLAG_RESPONSE | (ntohs(header.flags) & (FLAG_OPCODE | FLAG_RECURSION_DESIRED)) |
		      (rcode == NOERROR || rcode == NXDOMAIN ? FLAG_AUTHORITATIVE : 0) | (rcode & RCODE_HEADER_MASK));
	header.questions = htons(query.question_end ? 1 : 0);
	header.answers = htons(answers);
	header.additionals = htons(query.edns ? 1 : 0);
	header.authorities = 0;
	memcpy(message, &header, sizeof(header));
	return out.at;
}

int dns_host_name(struct dns_host *host, const char *text)
{
	uint8_t name[DNS_NAME_BYTES];
	size_t bytes = 0;

	while (*text) {
		size_t label = strcspn(text, ".");

		/* room for the label, its length and the root's empty label */
		if (!label || label > LABEL_BYTES || bytes + label + 2 > sizeof(name))
			return -EINVAL;
		name[bytes++] = (uint8_t)label;
		memcpy(name + bytes, text, label);
		bytes += label;
		text += label;
		if (*text == '.')
			text++;
	}
	if (!bytes)
		return -EINVAL;

	name[bytes++] = 0;
	memcpy(host->name, name, bytes);
	host->name_bytes = bytes;
	return 0;
}

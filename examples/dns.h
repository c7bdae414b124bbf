/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The smallest name server that dig is content with: one name, its IPv4 and its IPv6 address. */
#ifndef EXAMPLES_DNS_H
#define EXAMPLES_DNS_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#define DNS_PORT 53
/* The longest name in wire form, the root's empty label included. */
#define DNS_NAME_BYTES 255

/* A host, as far as packets can ask for it. All zeros in an address or a name: it has none. */
struct dns_host {
	struct in_addr address;
	struct in6_addr address6;
	uint8_t name[DNS_NAME_BYTES]; /* wire form: each label behind its length */
	size_t name_bytes;
};

/* Takes a name such as "host.example" into `host`; a last dot is allowed. Returns 0, or -EINVAL for no valid name. */
int dns_host_name(struct dns_host *host, const char *text);

/*
 * Answers the DNS message of `length` bytes in place; up to `capacity` bytes may be written.
 * Returns the length of the answer, or 0 when the message is to be left alone; it may be changed then.
 */
size_t dns_answer(const struct dns_host *host, uint8_t *message, size_t length, size_t capacity);

#endif

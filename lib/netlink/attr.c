/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "netlink/netlink.h"

#include <string.h>

/*
 * The attribute at the front, past which `bytes` then lie behind `at`; NULL at the end, and at a broken one.
 *
 * Not libmnl's iterators: they round a message's end up to 4 bytes, which is past the end of a datagram whose last
 * message is not padded.
 */
static const struct nlattr *next(const unsigned char **at, size_t *bytes)
{
	const struct nlattr *attr = (const struct nlattr *)(const void *)*at;
	size_t step;

	if (*bytes < sizeof(*attr) || attr->nla_len < sizeof(*attr) || attr->nla_len > *bytes)
		return NULL;
	step = NLA_ALIGN(attr->nla_len);
	if (step > *bytes)
		step = *bytes;
	*at += step;
	*bytes -= step;
	return attr;
}

void xdpx_nl_attrs(const void *attrs, size_t bytes, const struct nlattr **table, size_t count)
{
	const unsigned char *at = attrs;
	const struct nlattr *attr;

	memset(table, 0, count * sizeof(*table));
	while ((attr = next(&at, &bytes)))
		if ((attr->nla_type & NLA_TYPE_MASK) < count)
			table[attr->nla_type & NLA_TYPE_MASK] = attr;
}

static int each(const void *attrs, size_t bytes, uint16_t type, xdpx_nl_attr_fn *fn, void *arg)
{
	const unsigned char *at = attrs;
	const struct nlattr *attr;
	int result = 0;

	while (!result && (attr = next(&at, &bytes)))
		if ((attr->nla_type & NLA_TYPE_MASK) == type)
			result = fn(attr, arg);
	return result;
}

int xdpx_nl_each(const struct nlattr *nest, uint16_t type, xdpx_nl_attr_fn *fn, void *arg)
{
	const void *bytes = NULL;
	size_t length = xdpx_nl_payload(nest, &bytes);

	return each(bytes, length, type, fn, arg);
}

int xdpx_nl_message_each(const struct nlmsghdr *message, size_t header_bytes, uint16_t type, xdpx_nl_attr_fn *fn,
			 void *arg)
{
	size_t skip = NLMSG_HDRLEN + NLMSG_ALIGN(header_bytes);

	if (message->nlmsg_len < skip)
		return 0;
	return each((const unsigned char *)message + skip, message->nlmsg_len - skip, type, fn, arg);
}

void xdpx_nl_message_attrs(const struct nlmsghdr *message, size_t header_bytes, const struct nlattr **table,
			   size_t count)
{
	size_t skip = NLMSG_HDRLEN + NLMSG_ALIGN(header_bytes);

	if (message->nlmsg_len < skip) {
		memset(table, 0, count * sizeof(*table));
		return;
	}
	xdpx_nl_attrs((const unsigned char *)message + skip, message->nlmsg_len - skip, table, count);
}

void xdpx_nl_nested(const struct nlattr *nest, const struct nlattr **table, size_t count)
{
	const void *bytes = NULL;
	size_t length = xdpx_nl_payload(nest, &bytes);

	xdpx_nl_attrs(bytes, length, table, count);
}

size_t xdpx_nl_payload(const struct nlattr *attr, const void **bytes)
{
	if (!attr)
		return 0;
	*bytes = (const unsigned char *)attr + NLA_HDRLEN;
	return attr->nla_len - (size_t)NLA_HDRLEN;
}

uint64_t xdpx_nl_uint(const struct nlattr *attr)
{
	const void *bytes = NULL;
	uint64_t u64;
	uint32_t u32;
	uint16_t u16;
	uint8_t u8;

	switch (xdpx_nl_payload(attr, &bytes)) {
	case sizeof(u8):
		memcpy(&u8, bytes, sizeof(u8));
		return u8;
	case sizeof(u16):
		memcpy(&u16, bytes, sizeof(u16));
		return u16;
	case sizeof(u32):
		memcpy(&u32, bytes, sizeof(u32));
		return u32;
	case sizeof(u64):
		memcpy(&u64, bytes, sizeof(u64));
		return u64;
	default:
		return 0;
	}
}

int64_t xdpx_nl_int_or(const struct nlattr *attr, int64_t missing)
{
	uint64_t value = xdpx_nl_uint(attr);

	return attr && value <= INT64_MAX ? (int64_t)value : missing;
}

void xdpx_nl_string(const struct nlattr *attr, char *out, size_t bytes)
{
	const void *text = NULL;
	size_t length = xdpx_nl_payload(attr, &text);

	if (!bytes)
		return;
	length = length ? strnlen(text, length) : 0;
	if (length >= bytes)
		length = bytes - 1;
	if (length)
		memcpy(out, text, length);
	out[length] = '\0';
}

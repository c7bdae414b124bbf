/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "answer.h"

#include "run.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FRAME_BYTES 2048

/* The host is 02:00:00:00:00:01, 192.0.2.1, 2001:db8::1; who asks is the same with a 2 at the end. */
#define TO_HOST "020000000001 020000000002 "
#define TO_ALL "ffffffffffff 020000000002 "
#define TO_NODE "3333ff000001 020000000002 "
#define FROM_HOST "020000000002 020000000001 "

#define HOST4 "c0000201 "
#define ASKER4 "c0000202 "
#define HOST6 "20010db8 00000000 00000000 00000001 "
#define ASKER6 "20010db8 00000000 00000000 00000002 "
#define NODE6 "ff020000 00000000 00000001 ff000001 "
#define NONE6 "00000000 00000000 00000000 00000000 "

#define ARP_REQUEST TO_ALL "0806 0001 0800 06 04 0001 020000000002 " ASKER4 "000000000000 " HOST4
#define ECHO TO_HOST "0800 45000024 1234 0000 40 01 0000 " ASKER4 HOST4 "0800 0000 abcd 0001 70617920 6c6f6164"
#define ECHO6 TO_HOST "86dd 60000000 000d 3a 3f " ASKER6 HOST6 "8000 0000 abcd 0001 0102030405"
#define SOLICIT(to, source, group) \
	to "86dd 60000000 0020 3a ff " source group "8700 0000 00000000 " HOST6 "0101 020000000002"
#define SOLICIT_BARE TO_NODE "86dd 60000000 0018 3a ff " NONE6 NODE6 "8700 0000 00000000 " HOST6

/* host.example, in mixed case as some resolvers send it */
#define NAME "04 486f5374 07 6578616d706c65 00 "
#define OPT "00 0029 1000 00 00 8000 000c 000a 0008 0102030405060708 "
#define QUERY(type) "1234 0120 0001 0000 0000 0000 " NAME type " 0001 "
#define QUERY_EDNS(type) "1234 0120 0001 0000 0000 0001 " NAME type " 0001 " OPT

static const char *const questions[] = {
	ARP_REQUEST, ECHO, ECHO6, SOLICIT(TO_NODE, ASKER6, NODE6), SOLICIT(TO_HOST, ASKER6, HOST6), SOLICIT_BARE,
};

static const char *const queries[] = {
	QUERY("0001"), QUERY("001c"), QUERY("00ff"), QUERY_EDNS("0001"), QUERY_EDNS("001c"),
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct answer_config config;

static void config_set(void)
{
	memset(&config, 0, sizeof(config));
	memcpy(config.mac, "\x02\0\0\0\0\x01", ETH_ALEN);
	inet_pton(AF_INET, "192.0.2.1", &config.host.address);
	inet_pton(AF_INET6, "2001:db8::1", &config.host.address6);
	ck_assert_int_eq(dns_host_name(&config.host, "host.example"), 0);
}

static size_t from_hex(uint8_t *bytes, const char *hex)
{
	size_t count = 0;

	while (*hex) {
		char pair[3] = {0};

		if (*hex == ' ') {
			hex++;
			continue;
		}
		memcpy(pair, hex, 2);
		bytes[count++] = (uint8_t)strtoul(pair, NULL, 16);
		hex += 2;
	}
	return count;
}

static void put16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static size_t get16(const uint8_t *at)
{
	return (size_t)at[0] << 8 | at[1];
}

/* A DNS message in UDP and IPv4 or IPv6, without checksums. */
static size_t wrap(uint8_t *frame, const char *message, int version)
{
	size_t at = from_hex(frame, version == 4 ? TO_HOST "0800 45000000 0000 4000 40 11 0000 " ASKER4 HOST4
						 : TO_HOST "86dd 60000000 0000 11 40 " ASKER6 HOST6);
	size_t udp = at;

	at += from_hex(frame + at, "9999 0035 0000 0000");
	at += from_hex(frame + at, message);
	put16(frame + udp + 4, at - udp);
	put16(frame + (version == 4 ? ETH_HLEN + 2 : ETH_HLEN + 4), version == 4 ? at - ETH_HLEN : at - udp);
	return at;
}

/* Another way to the same sum: words as they lie in memory, into 64 bits (RFC 1071, 2). 0xffff is a good one. */
static uint16_t sum_native(uint64_t sum, const uint8_t *bytes, size_t count)
{
	while (count) {
		uint16_t word = 0;
		size_t part = count < 2 ? 1 : 2;

		memcpy(&word, bytes, part);
		sum += word;
		bytes += part;
		count -= part;
	}
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static void sums_check(const uint8_t *frame, size_t length)
{
	const uint8_t *ip = frame + ETH_HLEN;
	uint8_t pseudo[40] = {0};

	if (get16(frame + 12) == ETHERTYPE_IP) {
		ck_assert_uint_eq(get16(ip + 2), length - ETH_HLEN);
		ck_assert_uint_eq(sum_native(0, ip, 20), 0xffff);
		if (ip[9] == IPPROTO_ICMP) {
			ck_assert_uint_eq(sum_native(0, ip + 20, length - 34), 0xffff);
			return;
		}
		ck_assert_uint_eq(get16(ip + 24), length - 34);
		memcpy(pseudo, ip + 12, 8);
		pseudo[9] = IPPROTO_UDP;
		put16(pseudo + 10, length - 34);
		ck_assert_uint_ne(get16(ip + 26), 0);
		ck_assert_uint_eq(sum_native(sum_native(0, pseudo, 12), ip + 20, length - 34), 0xffff);
		return;
	}
	if (get16(frame + 12) != ETHERTYPE_IPV6)
		return;

	ck_assert_uint_eq(get16(ip + 4), length - 54);
	memcpy(pseudo, ip + 8, 32);
	put16(pseudo + 34, length - 54);
	pseudo[39] = ip[6];
	ck_assert_uint_eq(sum_native(sum_native(0, pseudo, 40), ip + 40, length - 54), 0xffff);
}

static size_t ask(const char *hex, uint8_t *frame)
{
	size_t length = from_hex(frame, hex);

	return answer_frame(&config, frame, length, FRAME_BYTES);
}

/* The vectors hold 0 where an IPv4 header, ICMP or ICMPv6 has its checksum. */
static void sums_clear(uint8_t *frame)
{
	if (get16(frame + 12) == ETHERTYPE_IP) {
		put16(frame + 24, 0);
		put16(frame + 36, 0);
	}
	if (get16(frame + 12) == ETHERTYPE_IPV6)
		put16(frame + 56, 0);
}

static void answer_is(const char *question, const char *expected)
{
	uint8_t frame[FRAME_BYTES];
	uint8_t wanted[FRAME_BYTES];
	size_t length = ask(question, frame);

	ck_assert_uint_gt(length, 0);
	sums_check(frame, length);
	sums_clear(frame);
	ck_assert_uint_eq(from_hex(wanted, expected), length);
	ck_assert_mem_eq(frame, wanted, length);
}

static void left_alone(const char *question)
{
	uint8_t frame[FRAME_BYTES];

	ck_assert_uint_eq(ask(question, frame), 0);
}

static size_t query_both(const char *message, uint8_t *dns)
{
	uint8_t frame[FRAME_BYTES];
	size_t length4 = answer_frame(&config, frame, wrap(frame, message, 4), FRAME_BYTES);
	size_t length6;

	ck_assert_uint_ge(length4, 42 + 12);
	sums_check(frame, length4);
	ck_assert_mem_eq(frame + 34, "\0\x35\x99\x99", 4);
	memcpy(dns, frame + 42, length4 - 42);

	length6 = answer_frame(&config, frame, wrap(frame, message, 6), FRAME_BYTES);
	ck_assert_uint_eq(length6, length4 + 20);
	sums_check(frame, length6);
	ck_assert_mem_eq(frame + 62, dns, length4 - 42);
	return length4 - 42;
}

static void dns_answer_is(const char *message, const char *expected)
{
	uint8_t dns[FRAME_BYTES];
	uint8_t wanted[FRAME_BYTES];
	size_t length = query_both(message, dns);

	ck_assert_uint_eq(from_hex(wanted, expected), length);
	ck_assert_mem_eq(dns, wanted, length);
}

START_TEST(an_arp_request_gets_a_reply)
{
	answer_is(ARP_REQUEST, FROM_HOST "0806 0001 0800 06 04 0002 020000000001 " HOST4 "020000000002 " ASKER4);
	answer_is(ARP_REQUEST "000000000000 000000000000 000000000000",
		  FROM_HOST "0806 0001 0800 06 04 0002 020000000001 " HOST4 "020000000002 " ASKER4);
}
END_TEST

START_TEST(an_arp_packet_that_asks_nothing_of_us_is_left_alone)
{
	left_alone(TO_ALL "0806 0001 0800 06 04 0001 020000000002 " ASKER4 "000000000000 c0000203");
	left_alone(TO_ALL "0806 0001 0800 06 04 0002 020000000002 " ASKER4 "000000000000 " HOST4);
	left_alone(TO_ALL "0806 0001 0800 06 04 0001 020000000002 " HOST4 "000000000000 " HOST4);
	left_alone(TO_ALL "0806 0006 0800 06 04 0001 020000000002 " ASKER4 "000000000000 " HOST4);
}
END_TEST

START_TEST(an_echo_request_gets_a_reply)
{
	answer_is(ECHO,
		  FROM_HOST "0800 45000024 0000 4000 40 01 0000 " HOST4 ASKER4 "0000 0000 abcd 0001 70617920 6c6f6164");
}
END_TEST

START_TEST(padding_behind_a_packet_is_no_part_of_the_reply)
{
	answer_is(ECHO "0000 0000 0000",
		  FROM_HOST "0800 45000024 0000 4000 40 01 0000 " HOST4 ASKER4 "0000 0000 abcd 0001 70617920 6c6f6164");
	answer_is(ECHO6 "ffff", FROM_HOST "86dd 60000000 000d 3a 40 " HOST6 ASKER6 "8100 0000 abcd 0001 0102030405");
}
END_TEST

START_TEST(an_icmpv6_echo_request_gets_a_reply)
{
	answer_is(ECHO6, FROM_HOST "86dd 60000000 000d 3a 40 " HOST6 ASKER6 "8100 0000 abcd 0001 0102030405");
}
END_TEST

START_TEST(a_neighbour_solicitation_gets_an_advertisement)
{
	static const char advert[] =
		FROM_HOST "86dd 60000000 0020 3a ff " HOST6 ASKER6 "8800 0000 60000000 " HOST6 "0201 020000000001";

	answer_is(SOLICIT(TO_NODE, ASKER6, NODE6), advert);
	answer_is(SOLICIT(TO_HOST, ASKER6, HOST6), advert);
}
END_TEST

START_TEST(who_wants_our_address_for_itself_is_told_before_all)
{
	answer_is(SOLICIT_BARE, "333300000001 020000000001 86dd 60000000 0020 3a ff " HOST6
				"ff020000 00000000 00000000 00000001 8800 0000 20000000 " HOST6 "0201 020000000001");
}
END_TEST

START_TEST(a_solicitation_that_breaks_the_rules_is_left_alone)
{
	/* a hop limit that a router has touched; another's address; an option of no length; one cut off; no group */
	left_alone(TO_NODE "86dd 60000000 0018 3a fe " ASKER6 NODE6 "8700 0000 00000000 " HOST6);
	left_alone(TO_NODE "86dd 60000000 0018 3a ff " ASKER6 NODE6 "8700 0000 00000000 " ASKER6);
	left_alone(TO_NODE "86dd 60000000 0020 3a ff " ASKER6 NODE6 "8700 0000 00000000 " HOST6 "0100 020000000002");
	left_alone(TO_NODE "86dd 60000000 0020 3a ff " ASKER6 NODE6 "8700 0000 00000000 " HOST6 "0102 020000000002");
	left_alone(TO_HOST "86dd 60000000 0018 3a ff " NONE6 HOST6 "8700 0000 00000000 " HOST6);
}
END_TEST

START_TEST(an_advertisement_needs_room)
{
	uint8_t frame[FRAME_BYTES];
	size_t length = from_hex(frame, SOLICIT_BARE);

	ck_assert_uint_eq(answer_frame(&config, frame, length, length + 7), 0);
	length = from_hex(frame, SOLICIT_BARE);
	ck_assert_uint_eq(answer_frame(&config, frame, length, length + 8), length + 8);
}
END_TEST

START_TEST(options_fragments_extension_headers_and_tags_are_left_alone)
{
	left_alone(TO_HOST "0800 46000028 1234 0000 40 01 0000 " ASKER4 HOST4
			   "08000000 0800 0000 abcd 0001 70617920 6c6f6164");
	left_alone(TO_HOST "0800 45000024 1234 2000 40 01 0000 " ASKER4 HOST4 "0800 0000 abcd 0001 70617920 6c6f6164");
	left_alone(TO_HOST "0800 45000024 1234 0001 40 01 0000 " ASKER4 HOST4 "0800 0000 abcd 0001 70617920 6c6f6164");
	left_alone(TO_HOST "86dd 60000000 0010 00 40 " ASKER6 HOST6 "3a00 010400000000 8000 0000 abcd 0001");
	left_alone(TO_HOST "86dd 60000000 0010 2c 40 " ASKER6 HOST6 "3a00 0000 00000001 8000 0000 abcd 0001");
	left_alone(TO_HOST "8100 0001 0800 45000024 1234 0000 40 01 0000 " ASKER4 HOST4
			   "0800 0000 abcd 0001 70617920 6c6f6164");
}
END_TEST

START_TEST(what_is_for_or_from_others_is_left_alone)
{
	/* another's MAC address, a group's, a group as sender; another's IP address; senders that can't be answered */
	left_alone("020000000003 020000000002 0800 4500001c 0000 0000 40 01 0000 " ASKER4 HOST4 "0800 0000 abcd 0001");
	left_alone(TO_ALL "0800 4500001c 0000 0000 40 01 0000 " ASKER4 HOST4 "0800 0000 abcd 0001");
	left_alone(TO_NODE "86dd 60000000 0008 3a 40 " ASKER6 HOST6 "8000 0000 abcd 0001");
	left_alone("020000000001 030000000002 0800 4500001c 0000 0000 40 01 0000 " ASKER4 HOST4 "0800 0000 abcd 0001");
	left_alone(TO_HOST "0800 4500001c 0000 0000 40 01 0000 " ASKER4 "c0000203 0800 0000 abcd 0001");
	left_alone(TO_HOST "0800 4500001c 0000 0000 40 01 0000 " HOST4 HOST4 "0800 0000 abcd 0001");
	left_alone(TO_HOST "0800 4500001c 0000 0000 40 01 0000 00000000 " HOST4 "0800 0000 abcd 0001");
	left_alone(TO_HOST "0800 4500001c 0000 0000 40 01 0000 ffffffff " HOST4 "0800 0000 abcd 0001");
	left_alone(TO_HOST "0800 4500001c 0000 0000 40 01 0000 e0000001 " HOST4 "0800 0000 abcd 0001");
	left_alone(TO_HOST "86dd 60000000 0008 3a 40 " NONE6 HOST6 "8000 0000 abcd 0001");
	left_alone(TO_HOST "86dd 60000000 0008 3a 40 " HOST6 HOST6 "8000 0000 abcd 0001");
	left_alone(TO_HOST "86dd 60000000 0008 3a 40 " NODE6 HOST6 "8000 0000 abcd 0001");
	left_alone(TO_HOST "86dd 60000000 0008 3a 40 " ASKER6 ASKER6 "8000 0000 abcd 0001");
}
END_TEST

START_TEST(answers_and_unknown_protocols_are_left_alone)
{
	left_alone(TO_HOST "0800 4500001c 0000 0000 40 01 0000 " ASKER4 HOST4 "0000 0000 abcd 0001");
	left_alone(TO_HOST "0800 4500001c 0000 0000 40 01 0000 " ASKER4 HOST4 "0801 0000 abcd 0001");
	left_alone(TO_HOST "0800 4500001c 0000 0000 40 06 0000 " ASKER4 HOST4 "0800 0000 abcd 0001");
	left_alone(TO_HOST "86dd 60000000 0008 3a 40 " ASKER6 HOST6 "8100 0000 abcd 0001");
	left_alone(TO_HOST "86dd 60000000 0008 06 40 " ASKER6 HOST6 "8000 0000 abcd 0001");
	left_alone(TO_HOST "88cc 0000");
}
END_TEST

START_TEST(a_host_without_addresses_or_name_answers_nothing)
{
	uint8_t frame[FRAME_BYTES];
	size_t at;

	memset(&config.host, 0, sizeof(config.host));
	for (at = 0; at < COUNT(questions); at++)
		left_alone(questions[at]);
	config_set();
	config.host.name_bytes = 0;
	ck_assert_uint_eq(answer_frame(&config, frame, wrap(frame, queries[0], 4), FRAME_BYTES), 0);
}
END_TEST

START_TEST(a_question_for_the_name_gets_its_record)
{
	dns_answer_is(QUERY("0001"), "1234 8500 0001 0001 0000 0000 " NAME "0001 0001 "
				     "c00c 0001 0001 0000003c 0004 " HOST4);
	dns_answer_is(QUERY("001c"), "1234 8500 0001 0001 0000 0000 " NAME "001c 0001 "
				     "c00c 001c 0001 0000003c 0010 " HOST6);
	dns_answer_is(QUERY("00ff"), "1234 8500 0001 0002 0000 0000 " NAME "00ff 0001 "
				     "c00c 0001 0001 0000003c 0004 " HOST4 "c00c 001c 0001 0000003c 0010 " HOST6);
}
END_TEST

START_TEST(a_question_with_edns_gets_edns_back_without_the_cookie)
{
	dns_answer_is(QUERY_EDNS("0001"), "1234 8500 0001 0001 0000 0001 " NAME "0001 0001 "
					  "c00c 0001 0001 0000003c 0004 " HOST4 "00 0029 04d0 00 00 8000 0000");
	/* EDNS version 1 is not known: BADVERS, 16, of which the header holds the low 4 bits */
	dns_answer_is("1234 0000 0001 0000 0000 0001 " NAME "0001 0001 00 0029 1000 00 01 0000 0000",
		      "1234 8000 0001 0000 0000 0001 " NAME "0001 0001 00 0029 04d0 01 00 0000 0000");
}
END_TEST

START_TEST(a_question_for_another_type_gets_an_empty_answer)
{
	uint8_t frame[FRAME_BYTES];
	uint8_t wanted[FRAME_BYTES];
	size_t bytes = from_hex(wanted, "1234 8500 0001 0000 0000 0000 " NAME "001c 0001");

	dns_answer_is(QUERY("000f"), "1234 8500 0001 0000 0000 0000 " NAME "000f 0001");
	config.host.address6 = (struct in6_addr){0};
	ck_assert_uint_eq(answer_frame(&config, frame, wrap(frame, QUERY("001c"), 4), FRAME_BYTES), 42 + bytes);
	ck_assert_mem_eq(frame + 42, wanted, bytes);
}
END_TEST

START_TEST(a_question_for_another_name_gets_nxdomain)
{
	dns_answer_is("1234 0100 0001 0000 0000 0000 05 6f74686572 07 6578616d706c65 00 0001 0001",
		      "1234 8503 0001 0000 0000 0000 05 6f74686572 07 6578616d706c65 00 0001 0001");
	/* below the name, and the same letters cut into labels elsewhere */
	dns_answer_is("1234 0000 0001 0000 0000 0000 01 61 " NAME "0001 0001",
		      "1234 8403 0001 0000 0000 0000 01 61 " NAME "0001 0001");
	dns_answer_is("1234 0000 0001 0000 0000 0000 0c 686f7374 07 6578616d706c65 00 0001 0001",
		      "1234 8403 0001 0000 0000 0000 0c 686f7374 07 6578616d706c65 00 0001 0001");
}
END_TEST

START_TEST(names_above_the_name_exist_without_records)
{
	dns_answer_is("1234 0000 0001 0000 0000 0000 07 6578616d706c65 00 0001 0001",
		      "1234 8400 0001 0000 0000 0000 07 6578616d706c65 00 0001 0001");
	dns_answer_is("1234 0000 0001 0000 0000 0000 00 0001 0001", "1234 8400 0001 0000 0000 0000 00 0001 0001");
}
END_TEST

START_TEST(a_question_of_another_class_is_refused)
{
	dns_answer_is("1234 0000 0001 0000 0000 0000 " NAME "0001 0003",
		      "1234 8005 0001 0000 0000 0000 " NAME "0001 0003");
}
END_TEST

START_TEST(messages_that_are_no_plain_query_get_an_error_code)
{
	/* a NOTIFY; two questions; an answer in the query; a pointer in the question; a reserved label; one cut off */
	dns_answer_is("1234 2400 0001 0000 0000 0000 " NAME "0001 0001", "1234 a004 0000 0000 0000 0000");
	dns_answer_is("1234 0000 0002 0000 0000 0000 " NAME "0001 0001", "1234 8001 0000 0000 0000 0000");
	dns_answer_is("1234 0000 0001 0001 0000 0000 " NAME "0001 0001", "1234 8001 0000 0000 0000 0000");
	dns_answer_is("1234 0000 0001 0000 0000 0000 c00c 0001 0001", "1234 8001 0000 0000 0000 0000");
	dns_answer_is("1234 0000 0001 0000 0000 0000 40 00 0001 0001", "1234 8001 0000 0000 0000 0000");
	dns_answer_is("1234 0000 0001 0000 0000 0000 04 686f", "1234 8001 0000 0000 0000 0000");
	dns_answer_is("1234 0000 0001 0000 0000 0000", "1234 8001 0000 0000 0000 0000");
	/* an additional record that is not there; two OPT records; an OPT record with a name */
	dns_answer_is("1234 0000 0001 0000 0000 0001 " NAME "0001 0001",
		      "1234 8001 0001 0000 0000 0000 " NAME "0001 0001");
	dns_answer_is("1234 0000 0001 0000 0000 0002 " NAME "0001 0001 " OPT OPT,
		      "1234 8001 0001 0000 0000 0001 " NAME "0001 0001 00 0029 04d0 00 00 8000 0000");
	dns_answer_is("1234 0000 0001 0000 0000 0001 " NAME "0001 0001 c00c 0029 1000 00 00 8000 0000",
		      "1234 8001 0001 0000 0000 0000 " NAME "0001 0001");
}
END_TEST

START_TEST(a_name_too_long_is_a_format_error)
{
	static const uint8_t tail[] = {0, 0, 1, 0, 1};
	uint8_t frame[FRAME_BYTES];
	size_t at = wrap(frame, "1234 0000 0001 0000 0000 0000", 4);
	unsigned int label;

	for (label = 0; label < 4; label++) {
		frame[at] = 63;
		memset(frame + at + 1, 'x', 63);
		at += 64;
	}
	memcpy(frame + at, tail, sizeof(tail));
	at += sizeof(tail);
	put16(frame + 16, at - ETH_HLEN);
	put16(frame + 38, at - 34);
	ck_assert_uint_eq(answer_frame(&config, frame, at, FRAME_BYTES), 42 + 12);
	ck_assert_uint_eq(get16(frame + 44), 0x8001);
}
END_TEST

START_TEST(a_udp_checksum_of_zero_is_sent_as_its_twin)
{
	uint8_t frame[FRAME_BYTES];
	unsigned int twins = 0;
	unsigned int id;

	/* one of all the ids makes the sum 0 */
	for (id = 0; id < 0x10000; id++) {
		size_t length = wrap(frame, QUERY("0001"), 4);

		put16(frame + 42, id);
		sums_check(frame, answer_frame(&config, frame, length, FRAME_BYTES));
		twins += get16(frame + 40) == 0xffff;
	}
	ck_assert_uint_gt(twins, 0);
}
END_TEST

START_TEST(dns_answers_and_other_ports_are_left_alone)
{
	uint8_t frame[FRAME_BYTES];
	size_t length = wrap(frame, "1234 8000 0001 0000 0000 0000 " NAME "0001 0001", 4);

	ck_assert_uint_eq(answer_frame(&config, frame, length, FRAME_BYTES), 0);
	length = wrap(frame, QUERY("0001"), 4);
	put16(frame + 36, 54);
	ck_assert_uint_eq(answer_frame(&config, frame, length, FRAME_BYTES), 0);
	length = wrap(frame, QUERY("0001"), 4);
	put16(frame + 34, 0);
	ck_assert_uint_eq(answer_frame(&config, frame, length, FRAME_BYTES), 0);
	length = wrap(frame, QUERY("0001"), 4);
	put16(frame + 38, get16(frame + 38) + 1);
	ck_assert_uint_eq(answer_frame(&config, frame, length, FRAME_BYTES), 0);
	length = wrap(frame, QUERY("0001"), 4);
	put16(frame + 38, 7);
	ck_assert_uint_eq(answer_frame(&config, frame, length, FRAME_BYTES), 0);
}
END_TEST

START_TEST(a_name_is_taken_in_wire_form)
{
	struct dns_host host;

	ck_assert_int_eq(dns_host_name(&host, "a.bc"), 0);
	ck_assert_uint_eq(host.name_bytes, 6);
	ck_assert_mem_eq(host.name, "\1a\2bc", 6);
	ck_assert_int_eq(dns_host_name(&host, "a.bc."), 0);
	ck_assert_uint_eq(host.name_bytes, 6);
}
END_TEST

START_TEST(a_name_that_is_none_is_refused)
{
	struct dns_host host = {.name_bytes = 77};
	char text[300];

	ck_assert_int_eq(dns_host_name(&host, ""), -EINVAL);
	ck_assert_int_eq(dns_host_name(&host, "."), -EINVAL);
	ck_assert_int_eq(dns_host_name(&host, ".a"), -EINVAL);
	ck_assert_int_eq(dns_host_name(&host, "a..b"), -EINVAL);
	memset(text, 'x', sizeof(text));
	text[64] = '\0';
	ck_assert_int_eq(dns_host_name(&host, text), -EINVAL);
	/* 4 labels of 63 letters are a byte too long with the root's, and 253 characters fit */
	memset(text, 'x', sizeof(text));
	text[63] = text[127] = text[191] = '.';
	text[254] = '\0';
	ck_assert_int_eq(dns_host_name(&host, text), -EINVAL);
	ck_assert_uint_eq(host.name_bytes, 77);
	text[253] = '\0';
	ck_assert_int_eq(dns_host_name(&host, text), 0);
	ck_assert_uint_eq(host.name_bytes, DNS_NAME_BYTES);
}
END_TEST

/* In a block of its own size, so that a sanitizer sees each byte read or written past the end. */
static void answer_in_exact_room(const uint8_t *frame, size_t length, size_t capacity)
{
	uint8_t *copy = malloc(capacity ? capacity : 1);
	size_t answer;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, frame, length);
	answer = answer_frame(&config, copy, length, capacity);
	ck_assert_uint_le(answer, capacity);
	if (answer)
		sums_check(copy, answer);
	free(copy);
}

static size_t vector(size_t at, uint8_t *frame)
{
	if (at < COUNT(questions))
		return from_hex(frame, questions[at]);
	at -= COUNT(questions);
	return wrap(frame, queries[at / 2], at % 2 ? 4 : 6);
}

#define VECTORS (int)(COUNT(questions) + 2 * COUNT(queries))

START_TEST(no_truncated_frame_is_answered_or_read_past)
{
	uint8_t frame[FRAME_BYTES];
	size_t length = vector((size_t)_i, frame);
	uint8_t copy[FRAME_BYTES];
	size_t cut;

	for (cut = 0; cut < length; cut++) {
		memcpy(copy, frame, length);
		ck_assert_msg(answer_frame(&config, copy, cut, FRAME_BYTES) == 0, "%zu of %zu bytes", cut, length);
		answer_in_exact_room(frame, cut, cut);
	}
	memcpy(copy, frame, length);
	ck_assert_uint_gt(answer_frame(&config, copy, length, FRAME_BYTES), 0);
	for (cut = length; cut < length + 64; cut++)
		answer_in_exact_room(frame, length, cut);
	ck_assert_uint_eq(answer_frame(&config, copy, length, length - 1), 0);
}
END_TEST

START_TEST(damaged_frames_get_a_sound_answer_or_none)
{
	uint8_t frame[FRAME_BYTES];
	size_t length = vector((size_t)_i, frame);
	uint8_t copy[FRAME_BYTES];
	unsigned int round;
	unsigned int hit;

	srandom(4711U + (unsigned int)_i);
	for (round = 0; round < 20000; round++) {
		size_t cut = random() % 4 ? length : (size_t)random() % (length + 1);

		memcpy(copy, frame, length);
		for (hit = (unsigned int)random() % 4 + 1; hit; hit--)
			copy[(size_t)random() % length] = (uint8_t)random();
		answer_in_exact_room(copy, cut, cut + (size_t)random() % 64);
	}
}
END_TEST

START_TEST(damaged_dns_messages_get_a_sound_answer_or_none)
{
	uint8_t frame[FRAME_BYTES];
	size_t length = wrap(frame, queries[_i], 4);
	uint8_t copy[FRAME_BYTES];
	unsigned int round;

	srandom(815U + (unsigned int)_i);
	for (round = 0; round < 50000; round++) {
		size_t bytes = 8 + (size_t)random() % (length - 42 + 1);
		unsigned int hit;

		memcpy(copy, frame, length);
		put16(copy + 16, bytes + 20);
		put16(copy + 38, bytes);
		/* the response flag stays as it is, or half of all would be left alone at once */
		for (hit = (unsigned int)random() % 4; hit; hit--)
			copy[45 + (size_t)random() % (length - 45)] = (uint8_t)random();
		answer_in_exact_room(copy, 34 + bytes, 34 + bytes + (size_t)random() % 64);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("answer");
	TCase *frames = tcase_create("frames");
	TCase *dns = tcase_create("dns");
	TCase *damage = tcase_create("damage");

	tcase_add_checked_fixture(frames, config_set, NULL);
	tcase_add_test(frames, an_arp_request_gets_a_reply);
	tcase_add_test(frames, an_arp_packet_that_asks_nothing_of_us_is_left_alone);
	tcase_add_test(frames, an_echo_request_gets_a_reply);
	tcase_add_test(frames, padding_behind_a_packet_is_no_part_of_the_reply);
	tcase_add_test(frames, an_icmpv6_echo_request_gets_a_reply);
	tcase_add_test(frames, a_neighbour_solicitation_gets_an_advertisement);
	tcase_add_test(frames, who_wants_our_address_for_itself_is_told_before_all);
	tcase_add_test(frames, a_solicitation_that_breaks_the_rules_is_left_alone);
	tcase_add_test(frames, an_advertisement_needs_room);
	tcase_add_test(frames, options_fragments_extension_headers_and_tags_are_left_alone);
	tcase_add_test(frames, what_is_for_or_from_others_is_left_alone);
	tcase_add_test(frames, answers_and_unknown_protocols_are_left_alone);
	tcase_add_test(frames, a_host_without_addresses_or_name_answers_nothing);
	tcase_add_checked_fixture(dns, config_set, NULL);
	tcase_add_test(dns, a_question_for_the_name_gets_its_record);
	tcase_add_test(dns, a_question_with_edns_gets_edns_back_without_the_cookie);
	tcase_add_test(dns, a_question_for_another_type_gets_an_empty_answer);
	tcase_add_test(dns, a_question_for_another_name_gets_nxdomain);
	tcase_add_test(dns, names_above_the_name_exist_without_records);
	tcase_add_test(dns, a_question_of_another_class_is_refused);
	tcase_add_test(dns, messages_that_are_no_plain_query_get_an_error_code);
	tcase_add_test(dns, a_name_too_long_is_a_format_error);
	tcase_add_test(dns, a_udp_checksum_of_zero_is_sent_as_its_twin);
	tcase_add_test(dns, dns_answers_and_other_ports_are_left_alone);
	tcase_add_test(dns, a_name_is_taken_in_wire_form);
	tcase_add_test(dns, a_name_that_is_none_is_refused);
	tcase_add_checked_fixture(damage, config_set, NULL);
	tcase_set_timeout(damage, 60);
	tcase_add_loop_test(damage, no_truncated_frame_is_answered_or_read_past, 0, VECTORS);
	tcase_add_loop_test(damage, damaged_frames_get_a_sound_answer_or_none, 0, VECTORS);
	tcase_add_loop_test(damage, damaged_dns_messages_get_a_sound_answer_or_none, 0, (int)COUNT(queries));
	suite_add_tcase(suite, frames);
	suite_add_tcase(suite, dns);
	suite_add_tcase(suite, damage);
	return run_suite(suite);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The journal's text, and the hash of receive-side scaling, which no device here has. */
#include "tune/tune.h"
#include "netlink/netlink.h"
#include "run.h"
#include "tune/journal.h"
#include "tune/rss.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xdpx/error.h>

#define MUTATIONS 100000

static const char whole[] = "xdpx-tune=1\n"
			    "boot=c0ffee00-1111-2222-3333-444455556666\n"
			    "netns=4026531840\n"
			    "pid=1234\n"
			    "ifindex=3\n"
			    "nic=eth0\n"
			    "mac=02:00:00:00:00:01\n"
			    "setting=channels\n"
			    "found=rx=0 tx=0 combined=8\n"
			    "set=rx=0 tx=0 combined=4\n"
			    "setting=napi-gro-flush-timeout 8193\n"
			    "found=0\n"
			    "set=200000\n"
			    "end=2\n";

/* From memory of exactly that length, so that a sanitizer sees a read past it. */
static int parse(const char *text, size_t bytes, struct xdpx_tune_journal *journal)
{
	char *exact = malloc(bytes ? bytes : 1);
	int err;

	ck_assert_ptr_nonnull(exact);
	memcpy(exact, text, bytes);
	err = xdpx_tune_journal_parse(exact, bytes, journal);
	free(exact);
	return err;
}

START_TEST(a_journal_is_read_as_it_was_written)
{
	struct xdpx_tune_journal journal;
	size_t bytes;
	char *text;

	ck_assert_int_eq(parse(whole, strlen(whole), &journal), 0);
	ck_assert_str_eq(journal.boot, "c0ffee00-1111-2222-3333-444455556666");
	ck_assert_uint_eq(journal.netns, 4026531840);
	ck_assert_uint_eq(journal.pid, 1234);
	ck_assert_uint_eq(journal.ifindex, 3);
	ck_assert_str_eq(journal.nic, "eth0");
	ck_assert_str_eq(journal.mac, "02:00:00:00:00:01");
	ck_assert_uint_eq(journal.count, 2);
	ck_assert_str_eq(journal.settings[0].name, "channels");
	ck_assert_str_eq(journal.settings[0].found, "rx=0 tx=0 combined=8");
	ck_assert_uint_eq(journal.settings[1].id, 8193);
	ck_assert_int_eq(journal.settings[1].state, XDPX_TUNE_CHANGED);

	text = xdpx_tune_journal_text(&journal, &bytes);
	ck_assert_str_eq(text, whole);
	ck_assert_uint_eq(bytes, strlen(whole));
	free(text);
	xdpx_tune_journal_clear(&journal);
}
END_TEST

START_TEST(only_what_is_to_be_put_back_is_written)
{
	static const enum xdpx_tune_state others[] = {XDPX_TUNE_REFUSED, XDPX_TUNE_ALREADY, XDPX_TUNE_RESTORED,
						      XDPX_TUNE_LEFT_ALONE};
	struct xdpx_tune_journal journal;
	size_t bytes;
	size_t i;
	char *text;

	ck_assert_int_eq(parse(whole, strlen(whole), &journal), 0);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		journal.settings[0].state = others[i];
		text = xdpx_tune_journal_text(&journal, &bytes);
		ck_assert_ptr_null(strstr(text, "channels"));
		ck_assert_ptr_nonnull(strstr(text, "set=200000\nend=1\n"));
		free(text);
	}
	journal.settings[0].state = XDPX_TUNE_STUCK;
	text = xdpx_tune_journal_text(&journal, &bytes);
	ck_assert_ptr_nonnull(strstr(text, "channels"));
	free(text);
	xdpx_tune_journal_clear(&journal);
}
END_TEST

START_TEST(a_journal_cut_off_anywhere_is_refused)
{
	struct xdpx_tune_journal journal = {.pid = 7};
	size_t length;

	for (length = 0; length < strlen(whole); length++) {
		ck_assert_int_eq(parse(whole, length, &journal), -EBADMSG);
		ck_assert_uint_eq(journal.pid, 7);
	}
}
END_TEST

/* The whole journal with one part of it replaced. */
static void broken(const char *part, const char *with, const char *line)
{
	const char *at = strstr(whole, part);
	struct xdpx_tune_journal journal;
	char text[2048];
	int bytes;

	ck_assert_ptr_nonnull(at);
	bytes = snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - whole), whole, with, at + strlen(part));
	ck_assert_msg(parse(text, (size_t)bytes, &journal) == -EBADMSG, "\"%s\" is taken", with);
	ck_assert_msg(strstr(xdpx_error_last()->message, line), "\"%s\": %s", with, xdpx_error_last()->message);
}

START_TEST(whatever_is_wrong_is_refused_with_its_line)
{
	broken("xdpx-tune=1", "xdpx-tune=2", "line 1 ");
	broken("boot=", "boat=", "line 2 ");
	broken("boot=c0ffee00", "boot=c0ffee000", "line 2 ");
	broken("netns=4026531840", "netns=-1", "line 3 ");
	broken("netns=4026531840", "netns=18446744073709551616", "line 3 ");
	broken("pid=1234", "pid= 1234", "line 4 ");
	broken("pid=1234\n", "pid=1234\npid=1234\n", "line 5 ");
	broken("ifindex=3", "ifindex=0", "line 5 ");
	broken("ifindex=3", "ifindex=2147483648", "line 5 ");
	broken("ifindex=3", "ifindex=", "line 5 ");
	broken("nic=eth0", "nic=a-name-of-16-byt", "line 6 ");
	broken("nic=eth0", "nic=eth0\r", "line 6 ");
	broken("nic=eth0", "nic=\x1b[2J", "line 6 ");
	broken("setting=channels", "setting=channel", "line 8 ");
	broken("setting=channels", "setting=channels 1", "line 8 ");
	broken("found=rx=0", "found=rx=a", "line 9 ");
	broken("combined=8", "combined=8 ", "line 9 ");
	broken("found=rx=0 tx=0 combined=8\n", "", "line 9 ");
	broken("timeout 8193", "timeout 0", "line 11 ");
	broken("timeout 8193", "timeout 4294967296", "line 11 ");
	broken("timeout 8193", "timeout 8193x", "line 11 ");
	broken("set=200000", "set=on", "line 13 ");
	broken("end=2", "end=1", "line 14 ");
	broken("end=2\n", "end=2\nend=2\n", "line 14 ");
	broken("end=2\n", "end=2\n\n", "line 14 ");
}
END_TEST

START_TEST(too_many_settings_are_refused)
{
	static const char head[] = "xdpx-tune=1\nboot=x\nnetns=1\npid=1\nifindex=1\nnic=x\nmac=-\n";
	static const char one[] = "setting=gro\nfound=on\nset=off\n";
	size_t room = sizeof(head) + (XDPX_TUNE_JOURNAL_SETTINGS + 1) * sizeof(one);
	struct xdpx_tune_journal journal;
	char *text = malloc(room);
	size_t at = 0;
	size_t i;

	ck_assert_ptr_nonnull(text);
	at += (size_t)sprintf(text, "%s", head);
	for (i = 0; i < XDPX_TUNE_JOURNAL_SETTINGS + 1; i++)
		at += (size_t)sprintf(text + at, "%s", one);
	ck_assert_int_eq(parse(text, at, &journal), -EBADMSG);
	ck_assert_ptr_nonnull(strstr(xdpx_error_last()->message, "too many"));
	free(text);
}
END_TEST

START_TEST(mutated_journals_are_survived)
{
	struct xdpx_tune_journal journal;
	char text[sizeof(whole)];
	unsigned int seed = 1;
	unsigned int i;
	int flips;
	int err;

	for (i = 0; i < MUTATIONS; i++) {
		memcpy(text, whole, sizeof(text));
		for (flips = rand_r(&seed) % 4; flips >= 0; flips--)
			text[(unsigned int)rand_r(&seed) % (sizeof(text) - 1)] = (char)rand_r(&seed);
		err = xdpx_tune_journal_parse(text, sizeof(text) - 1, &journal);
		if (!err)
			xdpx_tune_journal_clear(&journal);
		else if (err != -EBADMSG)
			ck_abort_msg("mutation %u gave %d", i, err);
	}
}
END_TEST

static struct xdpx_tune_rss some_rss(void)
{
	struct xdpx_tune_rss rss = {.hfunc = 1, .key_bytes = 40};
	size_t i;

	for (i = 0; i < rss.key_bytes; i++)
		rss.key[i] = (uint8_t)(i * 7 + 1);
	return rss;
}

START_TEST(a_hash_is_the_same_after_its_text_was_read)
{
	struct xdpx_tune_rss rss = some_rss();
	struct xdpx_tune_rss back;
	char text[XDPX_TUNE_VALUE_BYTES];

	xdpx_tune_rss_text(&rss, text);
	ck_assert_int_eq(strncmp(text, "hfunc=1 xfrm=0 key=01080f16", 27), 0);
	ck_assert(xdpx_tune_rss_parse(text, &back));
	ck_assert_uint_eq(back.hfunc, 1);
	ck_assert_uint_eq(back.key_bytes, 40);
	ck_assert_mem_eq(back.key, rss.key, 40);

	rss.key_bytes = sizeof(rss.key);
	rss.hfunc = rss.xfrm = UINT8_MAX;
	xdpx_tune_rss_text(&rss, text);
	ck_assert(xdpx_tune_rss_parse(text, &back));
	ck_assert_uint_eq(back.key_bytes, sizeof(rss.key));
	ck_assert(!xdpx_tune_rss_parse("hfunc=256 xfrm=0 key=", &back));
	ck_assert(!xdpx_tune_rss_parse("hfunc=1 xfrm=0 key=6", &back));
	ck_assert(!xdpx_tune_rss_parse("hfunc=1 xfrm=0 key=6D", &back));
	ck_assert(!xdpx_tune_rss_parse("hfunc=1 xfrm=0", &back));
	strcat(text, "00");
	ck_assert(!xdpx_tune_rss_parse(text, &back));
}
END_TEST

START_TEST(symmetric_is_first_the_transform_and_then_the_repeating_key)
{
	struct xdpx_tune_rss rss = some_rss();
	size_t i;

	ck_assert(xdpx_tune_rss_aim(&rss, 0));
	ck_assert_uint_eq(rss.xfrm, 1);
	ck_assert_uint_eq(rss.key[1], 8);
	rss = some_rss();
	ck_assert(xdpx_tune_rss_aim(&rss, 1));
	ck_assert_uint_eq(rss.xfrm, 0);
	for (i = 0; i < rss.key_bytes; i++)
		ck_assert_uint_eq(rss.key[i], i % 2 ? 0x5a : 0x6d);
	rss = some_rss();
	ck_assert(!xdpx_tune_rss_aim(&rss, 2));
}
END_TEST

START_TEST(no_key_makes_another_hash_than_toeplitz_symmetric)
{
	struct xdpx_tune_rss rss = some_rss();

	rss.hfunc = 2;
	ck_assert(!xdpx_tune_rss_aim(&rss, 1));
	rss = some_rss();
	rss.key_bytes = 0;
	ck_assert(!xdpx_tune_rss_aim(&rss, 1));
}
END_TEST

START_TEST(what_is_symmetric_stays_as_it_is)
{
	struct xdpx_tune_rss rss = some_rss();
	struct xdpx_tune_rss before;

	ck_assert(xdpx_tune_rss_aim(&rss, 1));
	before = rss;
	ck_assert(xdpx_tune_rss_aim(&rss, 0));
	ck_assert_mem_eq(&rss, &before, sizeof(rss));
	ck_assert(!xdpx_tune_rss_aim(&rss, 1));

	rss = some_rss();
	rss.xfrm = 2;
	before = rss;
	ck_assert(xdpx_tune_rss_aim(&rss, 0));
	ck_assert_mem_eq(&rss, &before, sizeof(rss));
}
END_TEST

/* The Toeplitz hash, bit by bit as its specification has it. */
static uint32_t toeplitz(const uint8_t *key, const uint8_t *input, size_t bytes)
{
	uint32_t window = (uint32_t)key[0] << 24 | (uint32_t)key[1] << 16 | (uint32_t)key[2] << 8 | key[3];
	uint32_t hash = 0;
	size_t bit;

	for (bit = 0; bit < bytes * 8; bit++) {
		if (input[bit / 8] & 0x80 >> bit % 8)
			hash ^= window;
		window = window << 1 | (key[4 + bit / 8] >> (7 - bit % 8) & 1);
	}
	return hash;
}

START_TEST(the_repeating_key_hashes_a_packet_and_its_answer_alike)
{
	static const uint8_t there[] = {192, 0, 2, 1, 198, 51, 100, 7, 0x12, 0x34, 0, 53};
	static const uint8_t back[] = {198, 51, 100, 7, 192, 0, 2, 1, 0, 53, 0x12, 0x34};
	struct xdpx_tune_rss rss = some_rss();

	ck_assert_uint_ne(toeplitz(rss.key, there, sizeof(there)), toeplitz(rss.key, back, sizeof(back)));
	ck_assert(xdpx_tune_rss_aim(&rss, 1));
	ck_assert_uint_eq(toeplitz(rss.key, there, sizeof(there)), toeplitz(rss.key, back, sizeof(back)));
}
END_TEST

static struct nlmsghdr *genl_begin(union xdpx_nl_request *request)
{
	return xdpx_nl_genl_request(request, 0x20, 38);
}

static void attr_add(struct nlmsghdr *message, uint16_t type, const void *payload, uint16_t bytes)
{
	struct nlattr *attr = (void *)((unsigned char *)message + message->nlmsg_len);

	attr->nla_type = type;
	attr->nla_len = (uint16_t)(NLA_HDRLEN + bytes);
	if (bytes)
		memcpy(attr + 1, payload, bytes);
	message->nlmsg_len += NLA_ALIGN(attr->nla_len);
}

START_TEST(the_kernels_answer_is_read)
{
	static const uint8_t zeros[XDPX_TUNE_KEY_BYTES + 1];
	struct xdpx_tune_rss some = some_rss();
	union xdpx_nl_request request;
	struct nlmsghdr *message = genl_begin(&request);
	struct xdpx_tune_rss rss = {.hfunc = 9};
	uint32_t hfunc = 1;
	uint32_t xfrm = 1;

	attr_add(message, 6, &xfrm, sizeof(xfrm));
	attr_add(message, 3, &hfunc, sizeof(hfunc));
	attr_add(message, 5, some.key, 40);
	ck_assert_int_eq(xdpx_tune_rss_take(message, &rss), 0);
	ck_assert_uint_eq(rss.hfunc, 1);
	ck_assert_uint_eq(rss.xfrm, 1);
	ck_assert_uint_eq(rss.key_bytes, 40);
	ck_assert_mem_eq(rss.key, some.key, 40);

	message = genl_begin(&request);
	ck_assert_int_eq(xdpx_tune_rss_take(message, &rss), 0);
	ck_assert_uint_eq(rss.hfunc + rss.xfrm + rss.key_bytes, 0);

	attr_add(message, 5, zeros, sizeof(zeros));
	ck_assert_int_eq(xdpx_tune_rss_take(message, &rss), -EMSGSIZE);
}
END_TEST

START_TEST(only_what_differs_is_asked_for)
{
	struct xdpx_tune_rss from = some_rss();
	struct xdpx_tune_rss to = some_rss();
	const struct nlattr *attrs[8];
	union xdpx_nl_request request;
	struct nlmsghdr *message = genl_begin(&request);

	ck_assert(xdpx_tune_rss_aim(&to, 0));
	xdpx_tune_rss_put(message, &from, &to);
	xdpx_nl_message_attrs(message, GENL_HDRLEN, attrs, 8);
	ck_assert_uint_eq(xdpx_nl_uint(attrs[6]), 1);
	ck_assert_ptr_null(attrs[5]);

	to = some_rss();
	ck_assert(xdpx_tune_rss_aim(&to, 1));
	message = genl_begin(&request);
	xdpx_tune_rss_put(message, &from, &to);
	xdpx_nl_message_attrs(message, GENL_HDRLEN, attrs, 8);
	ck_assert_ptr_null(attrs[6]);
	ck_assert_mem_eq((const unsigned char *)attrs[5] + NLA_HDRLEN, to.key, 40);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tune");
	TCase *journal = tcase_create("journal");
	TCase *rss = tcase_create("rss");

	tcase_add_test(journal, a_journal_is_read_as_it_was_written);
	tcase_add_test(journal, only_what_is_to_be_put_back_is_written);
	tcase_add_test(journal, a_journal_cut_off_anywhere_is_refused);
	tcase_add_test(journal, whatever_is_wrong_is_refused_with_its_line);
	tcase_add_test(journal, too_many_settings_are_refused);
	tcase_add_test(journal, mutated_journals_are_survived);
	tcase_set_timeout(journal, 60);
	tcase_add_test(rss, a_hash_is_the_same_after_its_text_was_read);
	tcase_add_test(rss, symmetric_is_first_the_transform_and_then_the_repeating_key);
	tcase_add_test(rss, no_key_makes_another_hash_than_toeplitz_symmetric);
	tcase_add_test(rss, what_is_symmetric_stays_as_it_is);
	tcase_add_test(rss, the_repeating_key_hashes_a_packet_and_its_answer_alike);
	tcase_add_test(rss, the_kernels_answer_is_read);
	tcase_add_test(rss, only_what_differs_is_asked_for);
	suite_add_tcase(suite, journal);
	suite_add_tcase(suite, rss);
	return run_suite(suite);
}

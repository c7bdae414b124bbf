/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The netlink parsers, on messages made by hand: right ones, cut ones, broken ones. */
#include "netlink/netlink.h"
#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEQUENCE 7
#define PORT 1234
#define DATA_TYPE 100
#define ATTR_COUNT 4
#define CAPPED 0x100
#define ACK_TLVS 0x200
#define MUTATIONS 200000

struct buffer {
	size_t bytes;
	unsigned char at[1024] __attribute__((aligned(4)));
};

static void *put(struct buffer *buffer, const void *bytes, size_t length)
{
	void *place = &buffer->at[buffer->bytes];

	if (buffer->bytes + NLMSG_ALIGN(length) > sizeof(buffer->at))
		ck_abort_msg("the test's buffer is full");
	memset(place, 0, NLMSG_ALIGN(length));
	memcpy(place, bytes, length);
	buffer->bytes += NLMSG_ALIGN(length);
	return place;
}

static struct nlattr *attr_put(struct buffer *buffer, uint16_t type, const void *bytes, size_t length)
{
	struct nlattr header = {.nla_len = (uint16_t)(NLA_HDRLEN + length), .nla_type = type};
	struct nlattr *attr = put(buffer, &header, sizeof(header));

	put(buffer, bytes, length);
	return attr;
}

static struct nlmsghdr *message_put(struct buffer *buffer, uint16_t type, uint16_t flags)
{
	struct nlmsghdr header = {
		.nlmsg_len = NLMSG_HDRLEN,
		.nlmsg_type = type,
		.nlmsg_flags = flags,
		.nlmsg_seq = SEQUENCE,
		.nlmsg_pid = PORT,
	};

	return put(buffer, &header, sizeof(header));
}

static void message_end(const struct buffer *buffer, struct nlmsghdr *message)
{
	message->nlmsg_len = (uint32_t)(&buffer->at[buffer->bytes] - (unsigned char *)message);
}

/* An error as the kernel makes it: the refused request comes back unless capped, words follow if there are any. */
static struct nlmsghdr *error_put(struct buffer *buffer, int error, uint16_t flags, const char *words)
{
	static const unsigned char echoed[20] = {0xff, 0xff, 1, 0, 'n', 'o', 't'};
	struct nlmsgerr body = {.error = error, .msg.nlmsg_len = NLMSG_HDRLEN + sizeof(echoed)};
	struct nlmsghdr *message = message_put(buffer, NLMSG_ERROR, flags);

	put(buffer, &body, sizeof(body));
	if (!(flags & CAPPED))
		put(buffer, echoed, sizeof(echoed));
	if (words)
		attr_put(buffer, 1, words, strlen(words) + 1);
	message_end(buffer, message);
	return message;
}

static void done_put(struct buffer *buffer, int error, uint16_t flags, const char *words)
{
	struct nlmsghdr *message = message_put(buffer, NLMSG_DONE, flags);

	put(buffer, &error, sizeof(error));
	if (words)
		attr_put(buffer, 1, words, strlen(words) + 1);
	message_end(buffer, message);
}

static void data_put(struct buffer *buffer, uint16_t flags, uint32_t value)
{
	struct nlmsghdr *message = message_put(buffer, DATA_TYPE, flags);

	attr_put(buffer, 1, &value, sizeof(value));
	message_end(buffer, message);
}

/* What the callback was given. */
struct gathered {
	unsigned int count;
	uint64_t sum;
	int fail_at; /* the call that fails, 0 for none */
};

static int gather(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *attrs[ATTR_COUNT];
	struct gathered *gathered = arg;

	gathered->count++;
	xdpx_nl_message_attrs(message, 0, attrs, ATTR_COUNT);
	gathered->sum += xdpx_nl_uint(attrs[1]);
	return (int)gathered->count == gathered->fail_at ? -ENOMEM : 0;
}

static struct xdpx_nl_answer answer_for(struct gathered *gathered)
{
	return (struct xdpx_nl_answer){.sequence = SEQUENCE, .port = PORT, .fn = gather, .arg = gathered};
}

/* From memory that ends where the bytes end, so that a sanitizer sees each byte read past them. */
static int take_exactly(const void *bytes, size_t length, struct xdpx_nl_answer *answer)
{
	void *copy = malloc(length ? length : 1);
	int result;

	if (!copy)
		ck_abort_msg("out of memory");
	memcpy(copy, bytes, length);
	result = xdpx_nl_take(copy, length, answer);
	free(copy);
	return result;
}

START_TEST(attributes_are_sorted_by_type)
{
	const struct nlattr *attrs[ATTR_COUNT];
	struct buffer buffer = {.bytes = 0};
	uint32_t three = 3;
	uint8_t one = 1;

	attr_put(&buffer, 3 | NLA_F_NESTED | NLA_F_NET_BYTEORDER, &three, sizeof(three));
	attr_put(&buffer, 9, &three, sizeof(three));
	attr_put(&buffer, 1, &one, sizeof(one));
	xdpx_nl_attrs(buffer.at, buffer.bytes, attrs, ATTR_COUNT);
	ck_assert_uint_eq(xdpx_nl_uint(attrs[3]), 3);
	ck_assert_uint_eq(xdpx_nl_uint(attrs[1]), 1);
	ck_assert_ptr_null(attrs[0]);
	ck_assert_ptr_null(attrs[2]);
}
END_TEST

START_TEST(a_last_attribute_without_padding_is_read)
{
	const struct nlattr *attrs[ATTR_COUNT];
	struct buffer buffer = {.bytes = 0};
	uint8_t one = 1;

	attr_put(&buffer, 1, &one, sizeof(one));
	xdpx_nl_attrs(buffer.at, buffer.bytes - 3, attrs, ATTR_COUNT);
	ck_assert_uint_eq(xdpx_nl_uint(attrs[1]), 1);
}
END_TEST

START_TEST(attributes_after_a_broken_one_are_not_seen)
{
	static const uint16_t lengths[] = {0, 1, NLA_HDRLEN - 1, 200, UINT16_MAX};
	const struct nlattr *attrs[ATTR_COUNT];
	uint32_t value = 5;
	size_t i;

	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct buffer buffer = {.bytes = 0};

		attr_put(&buffer, 1, &value, sizeof(value));
		attr_put(&buffer, 2, &value, sizeof(value))->nla_len = lengths[i];
		attr_put(&buffer, 3, &value, sizeof(value));
		xdpx_nl_attrs(buffer.at, buffer.bytes, attrs, ATTR_COUNT);
		ck_assert_ptr_nonnull(attrs[1]);
		ck_assert_ptr_null(attrs[2]);
		ck_assert_ptr_null(attrs[3]);
	}
}
END_TEST

START_TEST(a_nest_that_is_missing_or_empty_holds_nothing)
{
	const struct nlattr *attrs[ATTR_COUNT] = {(void *)&attrs, (void *)&attrs};
	struct buffer buffer = {.bytes = 0};

	xdpx_nl_nested(NULL, attrs, ATTR_COUNT);
	ck_assert_ptr_null(attrs[1]);
	xdpx_nl_nested(attr_put(&buffer, 1, "", 0), attrs, ATTR_COUNT);
	ck_assert_ptr_null(attrs[1]);
}
END_TEST

START_TEST(a_message_shorter_than_its_own_header_holds_nothing)
{
	const struct nlattr *attrs[ATTR_COUNT];
	struct buffer buffer = {.bytes = 0};

	data_put(&buffer, 0, 5);
	xdpx_nl_message_attrs((void *)buffer.at, 16, attrs, ATTR_COUNT);
	ck_assert_ptr_null(attrs[1]);
}
END_TEST

START_TEST(numbers_of_1_2_4_and_8_bytes_are_read)
{
	static const uint64_t expected[] = {0, 0x11, 0x1111, 0, 0x11111111, 0, 0, 0, 0x1111111111111111, 0};
	unsigned char bytes[16];
	size_t length;

	memset(bytes, 0x11, sizeof(bytes));
	for (length = 0; length < 10; length++) {
		struct buffer buffer = {.bytes = 0};

		ck_assert_uint_eq(xdpx_nl_uint(attr_put(&buffer, 1, bytes, length)), expected[length]);
	}
	ck_assert_uint_eq(xdpx_nl_uint(NULL), 0);
}
END_TEST

START_TEST(a_string_is_cut_to_fit_and_always_ends)
{
	struct buffer buffer = {.bytes = 0};
	const struct nlattr *unterminated = attr_put(&buffer, 1, "abcdef", 6);
	const struct nlattr *short_one = attr_put(&buffer, 1, "ab\0cd", 6);
	char out[5] = "zzzz";

	xdpx_nl_string(unterminated, out, sizeof(out));
	ck_assert_str_eq(out, "abcd");
	xdpx_nl_string(short_one, out, sizeof(out));
	ck_assert_str_eq(out, "ab");
	xdpx_nl_string(NULL, out, sizeof(out));
	ck_assert_str_eq(out, "");
}
END_TEST

START_TEST(the_kernels_words_are_found_with_every_combination_of_flags)
{
	static const int errors[] = {0, -EINVAL};
	static const uint16_t caps[] = {0, CAPPED};
	char text[64];
	size_t i;
	size_t j;

	for (i = 0; i < 2; i++) {
		for (j = 0; j < 2; j++) {
			struct buffer buffer = {.bytes = 0};
			struct nlmsghdr *message = error_put(&buffer, errors[i], caps[j] | ACK_TLVS, "because");

			ck_assert_int_eq(xdpx_nl_ack(message, text, sizeof(text)), errors[i]);
			ck_assert_str_eq(text, "because");

			/* Without the flag the same bytes are not words. */
			message->nlmsg_flags = caps[j];
			ck_assert_int_eq(xdpx_nl_ack(message, text, sizeof(text)), errors[i]);
			ck_assert_str_eq(text, "");
		}
	}
}
END_TEST

START_TEST(an_error_without_words_has_none)
{
	struct buffer buffer = {.bytes = 0};
	uint32_t offset = 24;
	struct nlmsghdr *message = error_put(&buffer, -EBUSY, CAPPED | ACK_TLVS, NULL);
	char text[64] = "old";

	attr_put(&buffer, 2, &offset, sizeof(offset));
	message_end(&buffer, message);
	ck_assert_int_eq(xdpx_nl_ack(message, text, sizeof(text)), -EBUSY);
	ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(an_error_whose_echo_lies_about_its_length_keeps_the_errno)
{
	static const uint32_t lengths[] = {0, 15, 100, UINT32_MAX, UINT32_MAX - 2};
	char text[64];
	size_t i;

	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct buffer buffer = {.bytes = 0};
		struct nlmsghdr *message = error_put(&buffer, -EPERM, ACK_TLVS, "because");
		struct nlmsgerr *body = (void *)((unsigned char *)message + NLMSG_HDRLEN);

		body->msg.nlmsg_len = lengths[i];
		ck_assert_int_eq(xdpx_nl_ack(message, text, sizeof(text)), -EPERM);
		ck_assert_str_eq(text, "");
	}
}
END_TEST

START_TEST(an_error_that_is_no_errno_is_a_bad_message)
{
	static const int errors[] = {1, -4096, INT32_MIN, INT32_MAX};
	char text[64];
	size_t i;

	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		struct buffer buffer = {.bytes = 0};

		ck_assert_int_eq(xdpx_nl_ack(error_put(&buffer, errors[i], CAPPED, NULL), text, sizeof(text)),
				 -EBADMSG);
	}
}
END_TEST

START_TEST(an_error_cut_off_before_its_end_is_a_bad_message)
{
	struct buffer buffer = {.bytes = 0};
	struct nlmsghdr *message = error_put(&buffer, -EPERM, CAPPED, NULL);
	char text[64];

	message->nlmsg_len -= 4;
	ck_assert_int_eq(xdpx_nl_ack(message, text, sizeof(text)), -EBADMSG);
}
END_TEST

START_TEST(an_answer_ends_with_its_acknowledgement)
{
	struct gathered gathered = {.count = 0};
	struct xdpx_nl_answer answer = answer_for(&gathered);
	struct buffer buffer = {.bytes = 0};

	data_put(&buffer, 0, 40);
	ck_assert_int_eq(take_exactly(buffer.at, buffer.bytes, &answer), 0);
	buffer.bytes = 0;
	data_put(&buffer, 0, 2);
	error_put(&buffer, 0, CAPPED | ACK_TLVS, "a warning");
	ck_assert_int_eq(take_exactly(buffer.at, buffer.bytes, &answer), 1);
	ck_assert_uint_eq(gathered.sum, 42);
	ck_assert_str_eq(answer.text, "a warning");
}
END_TEST

/* With libmnl's mnl_cb_run2() a control array that is too long swallows NLMSG_DONE, and the reader waits for ever. */
START_TEST(done_ends_a_dump_also_after_other_control_messages)
{
	struct gathered gathered = {.count = 0};
	struct xdpx_nl_answer answer = answer_for(&gathered);
	struct buffer buffer = {.bytes = 0};

	message_put(&buffer, NLMSG_NOOP, 0);
	message_put(&buffer, NLMSG_MIN_TYPE - 1, 0);
	data_put(&buffer, 0, 3);
	done_put(&buffer, 0, NLM_F_MULTI, NULL);
	ck_assert_int_eq(take_exactly(buffer.at, buffer.bytes, &answer), 1);
	ck_assert_uint_eq(gathered.count, 1);
}
END_TEST

START_TEST(the_end_of_a_dump_carries_its_errno_and_words)
{
	struct gathered gathered = {.count = 0};
	struct xdpx_nl_answer answer = answer_for(&gathered);
	struct buffer buffer = {.bytes = 0};
	struct nlmsghdr *bare;

	done_put(&buffer, -EOPNOTSUPP, NLM_F_MULTI | ACK_TLVS, "not here");
	ck_assert_int_eq(take_exactly(buffer.at, buffer.bytes, &answer), -EOPNOTSUPP);
	ck_assert_str_eq(answer.text, "not here");

	buffer.bytes = 0;
	bare = message_put(&buffer, NLMSG_DONE, 0);
	message_end(&buffer, bare);
	ck_assert_int_eq(take_exactly(buffer.at, buffer.bytes, &answer), 1);
}
END_TEST

START_TEST(messages_for_others_are_passed_over)
{
	struct gathered gathered = {.count = 0};
	struct xdpx_nl_answer answer = answer_for(&gathered);
	struct buffer buffer = {.bytes = 0};

	error_put(&buffer, -EPERM, CAPPED, NULL)->nlmsg_seq = SEQUENCE - 1;
	error_put(&buffer, -EPERM, CAPPED, NULL)->nlmsg_pid = PORT + 1;
	data_put(&buffer, 0, 3);
	ck_assert_int_eq(take_exactly(buffer.at, buffer.bytes, &answer), 0);
	ck_assert_uint_eq(gathered.count, 1);
}
END_TEST

START_TEST(a_dump_that_changed_underway_is_noticed)
{
	struct gathered gathered = {.count = 0};
	struct xdpx_nl_answer answer = answer_for(&gathered);
	struct buffer buffer = {.bytes = 0};

	data_put(&buffer, NLM_F_MULTI, 3);
	done_put(&buffer, 0, NLM_F_MULTI, NULL);
	ck_assert_int_eq(take_exactly(buffer.at, buffer.bytes, &answer), 1);
	ck_assert(!answer.interrupted);

	buffer.bytes = 0;
	data_put(&buffer, NLM_F_MULTI | NLM_F_DUMP_INTR, 3);
	done_put(&buffer, 0, NLM_F_MULTI, NULL);
	ck_assert_int_eq(take_exactly(buffer.at, buffer.bytes, &answer), 1);
	ck_assert(answer.interrupted);
}
END_TEST

START_TEST(after_the_callback_failed_the_answer_is_read_to_its_end)
{
	struct gathered gathered = {.fail_at = 2};
	struct xdpx_nl_answer answer = answer_for(&gathered);
	struct buffer buffer = {.bytes = 0};

	data_put(&buffer, 0, 1);
	data_put(&buffer, 0, 1);
	data_put(&buffer, 0, 1);
	ck_assert_int_eq(take_exactly(buffer.at, buffer.bytes, &answer), 0);
	buffer.bytes = 0;
	done_put(&buffer, 0, 0, NULL);
	ck_assert_int_eq(take_exactly(buffer.at, buffer.bytes, &answer), -ENOMEM);
	ck_assert_uint_eq(gathered.count, 2);
}
END_TEST

START_TEST(a_message_that_does_not_fit_its_datagram_is_refused)
{
	static const uint32_t lengths[] = {0, NLMSG_HDRLEN - 1, 25, UINT32_MAX, UINT32_MAX - 2};
	struct gathered gathered = {.count = 0};
	struct xdpx_nl_answer answer = answer_for(&gathered);
	size_t i;

	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct buffer buffer = {.bytes = 0};

		data_put(&buffer, 0, 3);
		((struct nlmsghdr *)(void *)buffer.at)->nlmsg_len = lengths[i];
		ck_assert_int_eq(take_exactly(buffer.at, buffer.bytes, &answer), -EBADMSG);
	}
	ck_assert_uint_eq(gathered.count, 0);
}
END_TEST

START_TEST(an_overrun_is_an_error)
{
	struct gathered gathered = {.count = 0};
	struct xdpx_nl_answer answer = answer_for(&gathered);
	struct buffer buffer = {.bytes = 0};

	message_put(&buffer, NLMSG_OVERRUN, 0);
	ck_assert_int_eq(take_exactly(buffer.at, buffer.bytes, &answer), -ENOBUFS);
}
END_TEST

static void whole_answer(struct buffer *buffer)
{
	buffer->bytes = 0;
	data_put(buffer, NLM_F_MULTI, 1);
	data_put(buffer, NLM_F_MULTI, 2);
	error_put(buffer, -EPERM, ACK_TLVS, "because")->nlmsg_seq = SEQUENCE + 1;
	data_put(buffer, NLM_F_MULTI, 3);
	error_put(buffer, -EINVAL, ACK_TLVS, "because");
	done_put(buffer, -EINVAL, ACK_TLVS, "because");
}

START_TEST(an_answer_cut_off_anywhere_is_survived)
{
	struct buffer buffer;
	size_t length;

	whole_answer(&buffer);
	for (length = 0; length <= buffer.bytes; length++) {
		struct gathered gathered = {.count = 0};
		struct xdpx_nl_answer answer = answer_for(&gathered);
		int result = take_exactly(buffer.at, length, &answer);

		ck_assert_int_le(result, 0);
		ck_assert(result == 0 || result == -EBADMSG || result == -EINVAL);
		ck_assert_uint_le(gathered.count, 3);
	}
}
END_TEST

START_TEST(mutated_answers_are_survived)
{
	unsigned int seed = 1;
	struct buffer buffer;
	unsigned int i;
	int result;
	int flips;

	for (i = 0; i < MUTATIONS; i++) {
		struct gathered gathered = {.count = 0};
		struct xdpx_nl_answer answer = answer_for(&gathered);

		whole_answer(&buffer);
		for (flips = rand_r(&seed) % 8; flips >= 0; flips--)
			buffer.at[(unsigned int)rand_r(&seed) % buffer.bytes] = (unsigned char)rand_r(&seed);
		/* Check writes down each assertion, so that 200,000 of them take longer than the test itself. */
		result = take_exactly(buffer.at, buffer.bytes - (unsigned int)rand_r(&seed) % 8, &answer);
		if (result > 1 || !memchr(answer.text, '\0', sizeof(answer.text)))
			ck_abort_msg("mutation %u gave %d", i, result);
	}
}
END_TEST

START_TEST(the_programs_of_each_mode_are_told_apart)
{
	struct buffer buffer = {.bytes = 0};
	struct buffer nest = {.bytes = 0};
	uint32_t native = 11;
	uint32_t generic = 22;
	uint32_t offload = 33;
	struct xdpx_nl_xdp xdp;

	attr_put(&nest, 7, &offload, sizeof(offload));
	attr_put(&nest, 5, &native, sizeof(native));
	attr_put(&nest, 6, &generic, sizeof(generic));
	xdpx_nl_xdp_read(attr_put(&buffer, 43, nest.at, nest.bytes), &xdp);
	ck_assert_uint_eq(xdp.native, 11);
	ck_assert_uint_eq(xdp.generic, 22);
	ck_assert_uint_eq(xdp.offload, 33);
	xdpx_nl_xdp_read(NULL, &xdp);
	ck_assert_uint_eq(xdp.native + xdp.generic + xdp.offload, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("netlink");
	TCase *attr = tcase_create("attr");
	TCase *ack = tcase_create("ack");
	TCase *answer = tcase_create("answer");

	tcase_add_test(attr, attributes_are_sorted_by_type);
	tcase_add_test(attr, a_last_attribute_without_padding_is_read);
	tcase_add_test(attr, attributes_after_a_broken_one_are_not_seen);
	tcase_add_test(attr, a_nest_that_is_missing_or_empty_holds_nothing);
	tcase_add_test(attr, a_message_shorter_than_its_own_header_holds_nothing);
	tcase_add_test(attr, numbers_of_1_2_4_and_8_bytes_are_read);
	tcase_add_test(attr, a_string_is_cut_to_fit_and_always_ends);
	tcase_add_test(attr, the_programs_of_each_mode_are_told_apart);
	tcase_add_test(ack, the_kernels_words_are_found_with_every_combination_of_flags);
	tcase_add_test(ack, an_error_without_words_has_none);
	tcase_add_test(ack, an_error_whose_echo_lies_about_its_length_keeps_the_errno);
	tcase_add_test(ack, an_error_that_is_no_errno_is_a_bad_message);
	tcase_add_test(ack, an_error_cut_off_before_its_end_is_a_bad_message);
	tcase_add_test(answer, an_answer_ends_with_its_acknowledgement);
	tcase_add_test(answer, done_ends_a_dump_also_after_other_control_messages);
	tcase_add_test(answer, the_end_of_a_dump_carries_its_errno_and_words);
	tcase_add_test(answer, messages_for_others_are_passed_over);
	tcase_add_test(answer, a_dump_that_changed_underway_is_noticed);
	tcase_add_test(answer, after_the_callback_failed_the_answer_is_read_to_its_end);
	tcase_add_test(answer, a_message_that_does_not_fit_its_datagram_is_refused);
	tcase_add_test(answer, an_overrun_is_an_error);
	tcase_add_test(answer, an_answer_cut_off_anywhere_is_survived);
	tcase_add_test(answer, mutated_answers_are_survived);
	tcase_set_timeout(answer, 60);
	suite_add_tcase(suite, attr);
	suite_add_tcase(suite, ack);
	suite_add_tcase(suite, answer);
	return run_suite(suite);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What the tool says, and to whom: words, exit codes, JSON. */
#include "child.h"
#include "net.h"
#include "packets.h"
#include "run.h"

#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONG_NAME                                            \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define WITHOUT_CAPABILITIES "setpriv --bounding-set=-all --inh-caps=-all"

static const char *tool;

static void setup(void)
{
	child_setup();
	tool = program("XDPX_TOOL");
}

/* Runs the tool, which must exit with `code` and print nothing to stdout; `err` gets what it prints to stderr. */
static void fails(int code, const char *before, const char *args, char *err)
{
	char out[TEXT_BYTES];

	sh_read(err, TEXT_BYTES, "%s %s %s 2>&1 >%s/out; test $? -eq %d || { echo exited otherwise; exit 1; }", before,
		tool, args, scratch, code);
	sh_read(out, sizeof(out), "cat %s/out", scratch);
	ck_assert_str_eq(out, "");
	ck_assert_msg(!strncmp(err, "xdpx: ", 6), "stderr begins with: %s", err);
}

START_TEST(an_unknown_device_is_a_failure_with_a_hint)
{
	char err[TEXT_BYTES];

	fails(1, "", "nic eth7", err);
	has(err, "eth7");
	has(err, "\nhint: ");
	fails(1, "", "recv eth7", err);
	has(err, "eth7");
	fails(1, "", "doctor eth7", err);
	has(err, "eth7");
	fails(1, "", "nic --why native eth7", err);
	has(err, "eth7");
	fails(1, "", "ping-responder eth7", err);
	has(err, "eth7");
	fails(1, "", "send eth7 /dev/null", err);
	has(err, "eth7");
	fails(1, "", "forward lo eth7", err);
	has(err, "eth7");
}
END_TEST

START_TEST(a_name_of_100_characters_is_a_failure_in_one_sentence)
{
	char err[TEXT_BYTES];

	fails(1, "", "nic " LONG_NAME, err);
	fails(1, "", "recv " LONG_NAME, err);
	has(err, LONG_NAME);
}
END_TEST

START_TEST(an_index_that_does_not_exist_is_a_failure)
{
	char err[TEXT_BYTES];

	fails(1, "", "nic '#999999'", err);
	has(err, "999999");
	fails(1, "", "recv '#999999'", err);
	has(err, "999999");
}
END_TEST

START_TEST(a_missing_privilege_is_named)
{
	char packets[sizeof(scratch) + 16];
	char args[sizeof(packets) + 16];
	char err[TEXT_BYTES];

	net_veth("va", "vb", 1);
	snprintf(packets, sizeof(packets), "%s/packets", scratch);
	fails(1, WITHOUT_CAPABILITIES, "recv va --seconds 1", err);
	has(err, "CAP_");
	fails(1, WITHOUT_CAPABILITIES, "ping-responder va --address 192.0.2.1 --seconds 1", err);
	has(err, "CAP_");
	packets_write(packets, 1, 0);
	snprintf(args, sizeof(args), "send va %s", packets);
	fails(1, WITHOUT_CAPABILITIES, args, err);
	has(err, "CAP_");
	fails(1, WITHOUT_CAPABILITIES, "forward va vb --seconds 1", err);
	has(err, "CAP_");
	ck_assert_uint_eq(net_prog_id("va"), 0);
	sh(WITHOUT_CAPABILITIES " %s nic va", tool);
}
END_TEST

START_TEST(another_program_is_left_alone_and_named)
{
	char err[TEXT_BYTES];
	unsigned int id;
	pid_t pid;

	net_veth("va", "vb", 1);
	pid = child_start("%s recv va", tool);
	child_await("mode: ");
	id = net_prog_id("va");
	ck_assert_uint_ne(id, 0);
	sh_read(err, sizeof(err), "%s recv va 2>&1 >/dev/null; test $? -eq 1", tool);
	has(err, "xdpx: ");
	ck_assert_uint_eq(net_prog_id("va"), id);
	child_ends(pid, SIGTERM, 0);
	ck_assert_uint_eq(net_prog_id("va"), 0);
}
END_TEST

static const char *const misuses[] = {
	"",
	"no-such-command",
	"--no-such-option",
	"-x",
	"nic --no-such-option",
	"nic --json=yes",
	"nic -x",
	"nic lo lo",
	"nic --why",
	"nic --why no-such-feature",
	"nic --why native --matrix",
	"nic --matrix=yes",
	"nic --watch --matrix",
	"nic --count 1",
	"nic --probe",
	"nic lo --probe --watch",
	"nic lo --inject",
	"nic --watch --count 0",
	"nic --watch --seconds x",
	"doctor",
	"doctor --json",
	"doctor lo a.o b.o",
	"doctor lo --program steer",
	"doctor lo a.o --program",
	"doctor lo --no-such-option",
	"recv",
	"recv lo lo",
	"recv lo --count",
	"recv lo --count 0",
	"recv lo --count -1",
	"recv lo --count 1x",
	"recv lo --seconds ''",
	"recv lo --seconds 99999999999999999999999",
	"recv lo --mode fast",
	"recv lo --fallback=yes",
	"recv lo --queues 0,",
	"recv lo --queues 3-1",
	"recv lo --udp 0",
	"recv lo --udp 65536",
	"recv lo --tcp http",
	"send",
	"send lo",
	"send lo /dev/null /dev/null",
	"send lo /dev/null --rate 0",
	"send lo /dev/null --rate nan",
	"send lo /dev/null --rate inf",
	"send lo /dev/null --rate -1",
	"send lo /dev/null --rate 1e3",
	"send lo /dev/null --rate 99999999999999999999",
	"send lo /dev/null --rate 1.2.3",
	"send lo /dev/null --rate ''",
	"send lo /dev/null --mbps 0.0",
	"send lo /dev/null --speed 0",
	"send lo /dev/null --rate 1 --topspeed",
	"send lo /dev/null --as-captured --mbps 1",
	"send lo /dev/null --loop -1",
	"send lo /dev/null --count 0",
	"send lo /dev/null --seconds 0",
	"send lo /dev/null --queues all",
	"send lo /dev/null --queues 0 --all-queues",
	"send lo /dev/null --json=yes",
	"forward",
	"forward lo",
	"forward lo lo lo",
	"forward lo lo --one-way=yes",
	"forward lo lo --queues 0",
	"forward lo lo --seconds x",
	"ping-responder",
	"ping-responder lo --address 1.2.3",
	"ping-responder lo --address 0.0.0.0",
	"ping-responder lo --address6 192.0.2.1",
	"ping-responder lo --dns a..b",
};

START_TEST(wrong_usage_exits_2_with_a_hint)
{
	char err[TEXT_BYTES];

	fails(2, "", misuses[_i], err);
	has(err, "\nhint: xdpx");
	has(err, " --help");
}
END_TEST

START_TEST(help_and_version_go_to_the_standard_output)
{
	char out[TEXT_BYTES];

	sh_read(out, sizeof(out), "%s --help 2>/dev/null", tool);
	has(out, "usage: xdpx COMMAND");
	has(out, "ping-responder");
	sh_read(out, sizeof(out), "%s --version 2>/dev/null", tool);
	has(out, "xdpx 0.");
	sh_read(out, sizeof(out), "%s nic --help 2>/dev/null", tool);
	has(out, "usage: xdpx nic");
	has(out, "--why FEATURE");
	has(out, "--matrix");
	sh_read(out, sizeof(out), "%s doctor --help 2>/dev/null", tool);
	has(out, "usage: xdpx doctor NAME [PROG.o]");
	sh_read(out, sizeof(out), "%s recv --help 2>/dev/null", tool);
	has(out, "--pcap");
	sh_read(out, sizeof(out), "%s send --help 2>/dev/null", tool);
	has(out, "--topspeed");
	sh_read(out, sizeof(out), "%s forward --help 2>/dev/null", tool);
	has(out, "--one-way");
	sh_read(out, sizeof(out), "%s ping-responder --help 2>/dev/null", tool);
	has(out, "--address6");
}
END_TEST

START_TEST(each_command_is_in_the_readme)
{
	char commands[TEXT_BYTES];
	unsigned int count = 0;

	sh_read(commands, sizeof(commands), "%s --help | sed -n 's/^  \\([a-z-]*\\) .*/\\1/p'", tool);
	for (char *command = strtok(commands, "\n"); command; command = strtok(NULL, "\n"), count++)
		sh("grep -q '^    xdpx %s' %s/README.md || exit 1", command, program("XDPX_SOURCE"));
	ck_assert_uint_gt(count, 6);
}
END_TEST

static const char *const printers[] = {"--help",	   "--version",	  "nic",
				       "nic lo",	   "nic --json",  "nic --matrix",
				       "nic --why native", "doctor lo",	  "doctor lo --json",
				       "recv --help",	   "send --help", "forward --help"};

START_TEST(an_output_that_can_not_be_written_is_a_failure)
{
	char err[TEXT_BYTES];

	sh_read(err, sizeof(err), "%s %s 2>&1 >/dev/full; test $? -eq 1", tool, printers[_i]);
	has(err, "No space left on device");
	sh_read(err, sizeof(err), "%s %s 2>&1 >&-; test $? -eq 1", tool, printers[_i]);
	has(err, "closed");
	sh_read(err, sizeof(err),
		"{ sleep 0.1; %s %s 2>%s/err; echo $? >%s/code; } | true; sleep 0.3; cat %s/err %s/code", tool,
		printers[_i], scratch, scratch, scratch, scratch);
	has(err, "Broken pipe\n1");
}
END_TEST

START_TEST(no_byte_that_a_terminal_obeys_gets_through)
{
	char out[TEXT_BYTES];

	sh("ip link add dev \"$(printf 'x\\033[31m\\200y')\" type veth peer name vb");
	sh_read(out, sizeof(out), "%s nic", tool);
	has(out, "x\\x1b[31m\\x80y");
	sh_read(out, sizeof(out), "%s nic --json", tool);
	has(out, "x\\\\x1b[31m\\\\x80y");
	sh_read(out, sizeof(out), "%s nic \"$(printf 'x\\033[31m\\200y')\"", tool);
	has(out, "x\\x1b[31m\\x80y");
	sh_read(out, sizeof(out), "%s nic \"$(printf 'no\\nsuch\\033[2J')\" 2>&1; test $? -eq 1", tool);
	ck_assert_ptr_null(strchr(out, '\033'));
	sh_read(out, sizeof(out), "%s \"$(printf 'no\\033[2J')\" 2>&1; test $? -eq 2", tool);
	ck_assert_ptr_null(strchr(out, '\033'));
}
END_TEST

static struct json_object *field(struct json_object *object, const char *key, enum json_type type)
{
	struct json_object *value;

	ck_assert_msg(json_object_object_get_ex(object, key, &value), "no field %s", key);
	ck_assert_msg(json_object_is_type(value, type), "%s is of another type", key);
	return value;
}

static struct json_object *json_read(const char *args)
{
	static char out[TEXT_BYTES * 4];
	struct json_object *document;

	sh_read(out, sizeof(out), "%s %s", tool, args);
	document = json_tokener_parse(out);
	ck_assert_msg(document, "no JSON: %s", out);
	return document;
}

static void answer_check(struct json_object *object, const char *key)
{
	const char *answer = json_object_get_string(field(object, key, json_type_string));

	ck_assert_msg(!strcmp(answer, "yes") || !strcmp(answer, "no") || !strcmp(answer, "unknown"), "%s: %s", key,
		      answer);
}

START_TEST(json_has_the_fields_that_are_promised)
{
	static const char *const counts[] = {"usable", "rx", "tx", "combined", "rx_max", "tx_max", "combined_max"};
	static const char *const features[] = {"native",	  "generic",  "offload",  "redirect",
					       "redirect-target", "zerocopy", "rx-frags", "target-frags"};
	struct json_object *document;
	struct json_object *nics;
	struct json_object *nic;

	net_veth("va", "vb", 2);
	sh("ip link set va address 02:00:00:00:00:0a");
	document = json_read("nic va --json");
	ck_assert_str_eq(json_object_get_string(field(document, "version", json_type_string)), "0.1.0");
	nics = field(document, "nics", json_type_array);
	ck_assert_uint_eq(json_object_array_length(nics), 1);
	nic = json_object_array_get_idx(nics, 0);
	ck_assert_str_eq(json_object_get_string(field(nic, "name", json_type_string)), "va");
	ck_assert_str_eq(json_object_get_string(field(nic, "kind", json_type_string)), "veth");
	ck_assert_str_eq(json_object_get_string(field(nic, "driver", json_type_string)), "veth");
	ck_assert_str_eq(json_object_get_string(field(nic, "mac", json_type_string)), "02:00:00:00:00:0a");
	ck_assert_int_gt(json_object_get_int(field(nic, "index", json_type_int)), 0);
	ck_assert_int_eq(json_object_get_int(field(nic, "mtu", json_type_int)), 1500);
	field(nic, "prog_id", json_type_null);
	answer_check(nic, "up");
	answer_check(nic, "carrier");
	for (size_t at = 0; at < sizeof(counts) / sizeof(counts[0]); at++)
		field(field(nic, "queues", json_type_object), counts[at], json_type_int);
	ck_assert_int_eq(json_object_get_int(field(field(nic, "queues", json_type_object), "usable", json_type_int)),
			 2);
	field(field(nic, "queues", json_type_object), "why", json_type_string);
	for (size_t at = 0; at < sizeof(features) / sizeof(features[0]); at++) {
		struct json_object *feature =
			field(field(nic, "features", json_type_object), features[at], json_type_object);

		answer_check(feature, "answer");
		field(feature, "why", json_type_string);
	}
	json_object_put(document);
}
END_TEST

START_TEST(json_lists_all_devices_in_one_document)
{
	struct json_object *document;

	net_veth("va", "vb", 1);
	document = json_read("nic --json");
	ck_assert_uint_eq(json_object_array_length(field(document, "nics", json_type_array)),
			  (unsigned int)sh_try("exit $(ip -o link | wc -l)"));
	json_object_put(document);
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof((array)[0]))

int main(void)
{
	Suite *suite = suite_create("tool");
	TCase *words = tcase_create("words");

	tcase_add_checked_fixture(words, setup, child_teardown);
	tcase_set_timeout(words, 60);
	tcase_add_test(words, an_unknown_device_is_a_failure_with_a_hint);
	tcase_add_test(words, a_name_of_100_characters_is_a_failure_in_one_sentence);
	tcase_add_test(words, an_index_that_does_not_exist_is_a_failure);
	tcase_add_test(words, a_missing_privilege_is_named);
	tcase_add_test(words, another_program_is_left_alone_and_named);
	tcase_add_loop_test(words, wrong_usage_exits_2_with_a_hint, 0, COUNT(misuses));
	tcase_add_test(words, help_and_version_go_to_the_standard_output);
	tcase_add_test(words, each_command_is_in_the_readme);
	tcase_add_loop_test(words, an_output_that_can_not_be_written_is_a_failure, 0, COUNT(printers));
	tcase_add_test(words, no_byte_that_a_terminal_obeys_gets_through);
	tcase_add_test(words, json_has_the_fields_that_are_promised);
	tcase_add_test(words, json_lists_all_devices_in_one_document);
	suite_add_tcase(suite, words);
	return run_suite(suite);
}

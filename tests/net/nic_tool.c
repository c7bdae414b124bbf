/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What `xdpx nic` shows, for people and for programs. */
#include "child.h"
#include "net.h"
#include "packets.h"
#include "run.h"
#include "schema.h"

#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WITHOUT_CAPABILITIES "setpriv --bounding-set=-all --inh-caps=-all"
#define ESCAPE '\033'
#define LONGEST_LINE 120

static const char *tool;

static void setup(void)
{
	child_setup();
	tool = program("XDPX_TOOL");
}

/* Runs the tool on a terminal of its own, and puts all that appears there into `out`. */
static void terminal_read(char *out, const char *environment, const char *args)
{
	char line[1024];
	size_t length = 0;
	ssize_t bytes;
	int status;
	int fd;
	pid_t pid;

	snprintf(line, sizeof(line), "exec env %s %s %s", environment, tool, args);
	pid = forkpty(&fd, NULL, NULL, NULL);
	ck_assert_int_ge(pid, 0);
	if (!pid) {
		execl("/bin/sh", "sh", "-c", line, (char *)NULL);
		_exit(127);
	}
	/* EIO is the end of a terminal */
	while ((bytes = read(fd, out + length, TEXT_BYTES - 1 - length)) > 0)
		length += (size_t)bytes;
	out[length] = '\0';
	close(fd);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

static const char *const shown[] = {"nic", "nic va", "nic --why native", "nic --matrix", "nic --json"};

START_TEST(a_pipe_gets_no_colours)
{
	char out[TEXT_BYTES * 4];

	net_veth("va", "vb", 1);
	sh_read(out, sizeof(out), "TERM=xterm %s %s", tool, shown[_i]);
	ck_assert_ptr_null(strchr(out, ESCAPE));
}
END_TEST

/* The last is JSON, which has none anywhere. */
START_TEST(a_terminal_gets_colours)
{
	char out[TEXT_BYTES];

	net_veth("va", "vb", 1);
	terminal_read(out, "-u NO_COLOR TERM=xterm", shown[_i]);
	has(out, "\033[32myes\033[0m");
	has(out, "\033[31mno\033[0m");
}
END_TEST

static const char *const refusals[] = {"NO_COLOR=1 TERM=xterm", "-u NO_COLOR TERM=dumb", "-u NO_COLOR -u TERM"};

START_TEST(a_terminal_that_asks_for_none_gets_no_colours)
{
	char out[TEXT_BYTES];

	terminal_read(out, refusals[_i], "nic");
	has(out, "lo");
	ck_assert_ptr_null(strchr(out, ESCAPE));
	terminal_read(out, "NO_COLOR= TERM=xterm", "nic");
	ck_assert_ptr_nonnull(strchr(out, ESCAPE));
}
END_TEST

START_TEST(the_doctor_has_colours_at_a_terminal_only)
{
	char out[TEXT_BYTES];

	terminal_read(out, "-u NO_COLOR TERM=xterm", "doctor lo");
	has(out, "\033[32mok\033[0m ");
	has(out, "\033[33mwarn\033[0m ");
	sh_read(out, sizeof(out), "TERM=xterm %s doctor lo", tool);
	ck_assert_ptr_null(strchr(out, ESCAPE));
}
END_TEST

START_TEST(json_on_a_terminal_has_no_colours)
{
	char out[TEXT_BYTES];

	terminal_read(out, "-u NO_COLOR TERM=xterm", "nic --why native --json");
	ck_assert_ptr_null(strchr(out, ESCAPE));
}
END_TEST

START_TEST(a_device_is_shown_in_groups)
{
	static const char *const parts[] = {
		"\n  kind              veth\n",
		"\n  driver            veth\n",
		"\n  address           02:00:00:00:00:0a\n",
		"\n  mtu               1500 (can be set from 68 to 65535)\n",
		"\n  network namespace inode ",
		"\nrelated devices\n  peer              vb (index ",
		"\nprograms\n  program           none\n",
		"\nqueues\n  for AF_XDP        2\n",
		"\n  receive 1         ",
		"\noffloads\n  lro               off",
		"\nlimits\n  mtu-min           68         rtnetlink\n",
		"\nXDP\n  native            yes        netdev netlink",
		"\nnot known, and why\n",
		"\n  rings             ethtool netlink does not tell: ",
	};
	char out[TEXT_BYTES];

	net_veth("va", "vb", 2);
	sh("ip link set va address 02:00:00:00:00:0a");
	sh_read(out, sizeof(out), "%s nic va", tool);
	ck_assert_msg(!strncmp(out, "va\n  index             ", 22), "begins: %.40s", out);
	for (size_t at = 0; at < sizeof(parts) / sizeof(parts[0]); at++)
		has(out, parts[at]);
}
END_TEST

START_TEST(the_programs_on_a_device_are_shown_with_their_holder)
{
	char out[TEXT_BYTES];
	char id[64];

	net_veth("va", "vb", 1);
	sh("ip link set dev va xdp obj %s sec xdp", TEST_OBJECTS "/pass.bpf.o");
	sh_read(out, sizeof(out), "%s nic va", tool);
	snprintf(id, sizeof(id), "\n  native            id %u, \"test_pass\", tag ", net_prog_id("va"));
	has(out, id);
	has(out, "loaded at 20");
	has(out, "netlink");
	sh_read(out, sizeof(out), WITHOUT_CAPABILITIES " %s nic va", tool);
	snprintf(id, sizeof(id), "\n  native            id %u; held by ", net_prog_id("va"));
	has(out, id);
}
END_TEST

START_TEST(no_line_is_longer_than_a_terminal_is_wide)
{
	char out[TEXT_BYTES];
	char *line;

	net_veth("va", "vb", 2);
	sh_read(out, sizeof(out), "%s nic va; %s nic --why zerocopy; %s nic --matrix; %s nic", tool, tool, tool, tool);
	for (line = strtok(out, "\n"); line; line = strtok(NULL, "\n"))
		ck_assert_msg(strlen(line) <= LONGEST_LINE, "%zu columns: %s", strlen(line), line);
}
END_TEST

START_TEST(why_tells_answer_source_and_reason)
{
	char out[TEXT_BYTES];

	net_veth("va", "vb", 1);
	sh_read(out, sizeof(out), "%s nic --why native va", tool);
	has(out,
	    "\nva              yes        netdev netlink        netdev netlink, xdp-features: the driver runs XDP");
	sh_read(out, sizeof(out), "%s nic -w native", tool);
	has(out, "\nlo              no         netdev netlink ");
	has(out, "\nva              yes        netdev netlink ");
	has(out, "\nvb              yes        netdev netlink ");
}
END_TEST

START_TEST(why_knows_limits_and_what_is_both)
{
	char out[TEXT_BYTES];

	net_veth("va", "vb", 1);
	sh_read(out, sizeof(out), "%s nic --why mtu-max va", tool);
	has(out, "NAME            LIMIT      SOURCE                WHY\nva              65535      rtnetlink");
	sh_read(out, sizeof(out), "%s nic --why data-meta va", tool);
	has(out, "ANSWER");
	has(out, "LIMIT");
}
END_TEST

START_TEST(why_lists_what_there_is_where_the_name_is_unknown)
{
	char out[TEXT_BYTES];

	sh_read(out, sizeof(out), "%s nic --why \"$(printf 'wi-fi\\033')\" 2>&1; test $? -eq 2", tool);
	has(out, "there is no feature and no limit wi-fi\\x1b; there are native, generic, ");
	has(out, "rss-symmetric, mtu-min, ");
	has(out, "tailroom, zerocopy-segments");
	ck_assert_ptr_null(strchr(out, ESCAPE));
}
END_TEST

START_TEST(the_matrix_has_a_line_a_device_and_a_column_a_feature)
{
	char out[TEXT_BYTES];

	net_veth("va", "vb", 1);
	sh_read(out, sizeof(out), "%s nic --matrix", tool);
	ck_assert_msg(!strncmp(out, "                native\n                |   generic\n", 50), "%s", out);
	has(out, "|   rss-symmetric\nlo              no  yes no  yes no  no ");
	has(out, "\nva              yes yes no  yes no  no  yes ");
	sh_read(out, sizeof(out), "%s nic --matrix va | grep -c '^[a-z]'", tool);
	ck_assert_str_eq(out, "1");
}
END_TEST

static const struct {
	const char *args;
	const char *definition;
} documents[] = {
	{"nic --json", "nics"},
	{"nic va --json", "nics"},
	{"nic lo --json", "nics"},
	{"nic --why native --json", "answers"},
	{"nic --why data-meta --json va", "answers"},
	{"nic --why mtu-native --json", "answers"},
	{"nic --matrix --json", "answers"},
	{"nic --matrix --json va", "answers"},
};

START_TEST(json_is_as_its_schema_says)
{
	net_veth("va", "vb", 2);
	sh("ip link add br0 type bridge; ip link set vb master br0; ip tuntap add dev tap0 mode tap multi_queue");
	sh("ip link set dev va xdp obj %s sec xdp", TEST_OBJECTS "/pass.bpf.o");
	schema_check(documents[_i].definition, "%s %s", tool, documents[_i].args);
	schema_check(documents[_i].definition, WITHOUT_CAPABILITIES " %s %s", tool, documents[_i].args);
}
END_TEST

START_TEST(json_has_the_same_in_the_matrix_as_in_the_whole)
{
	net_veth("va", "vb", 1);
	sh("%s nic --json va | sed -n '/\"features\"/,/^      }/{p;/^      }/q}' | tr -d , >%s/whole", tool, scratch);
	sh("%s nic --json --matrix va | sed -n '/\"features\"/,/^      }/{p;/^      }/q}' | tr -d , >%s/matrix", tool,
	   scratch);
	sh("grep -q rss-symmetric %s/whole && cmp %s/whole %s/matrix", scratch, scratch, scratch);
}
END_TEST

/* Changes the MTU of va again and again for some seconds, for however long the watching takes to begin. */
static void changes_start(void)
{
	sh("(for step in $(seq 60); do ip link set va mtu $((1300 + step)) || exit; sleep 0.1; done) >/dev/null 2>&1 "
	   "&");
}

START_TEST(changes_are_told_as_they_happen)
{
	char out[TEXT_BYTES];
	pid_t pid;

	net_veth("va", "vb", 1);
	pid = child_start("%s nic --watch", tool);
	child_await("watching 3 devices");
	sh("ip link set va mtu 1400");
	child_await("mtu: 1500 -> 1400");
	sh("ip link set va name vc");
	child_await("name: va -> vc");
	sh("ip link add br0 type bridge");
	child_await("added: index ");
	sh("ip link del vc");
	child_await("removed: index ");
	child_output(out);
	has(out, "Z  va              mtu: 1500 -> 1400\n");
	has(out, "Z  br0             added: index ");
	ck_assert_ptr_null(strchr(out, ESCAPE));
	child_ends(pid, _i ? SIGINT : SIGTERM, 0);
}
END_TEST

START_TEST(a_program_that_comes_as_a_link_is_told)
{
	pid_t pid;

	net_veth("va", "vb", 1);
	pid = child_start("%s nic --watch va", tool);
	child_await("watching 1 device");
	sh("%s recv va --seconds 2 >/dev/null", tool);
	child_await("program");
	child_ends(pid, SIGTERM, 0);
}
END_TEST

START_TEST(watching_ends_after_so_many_changes_or_seconds)
{
	char out[TEXT_BYTES];

	net_veth("va", "vb", 1);
	sh("timeout 10 %s nic --watch --seconds 1", tool);
	changes_start();
	sh_read(out, sizeof(out), "timeout 10 %s nic va --watch --count 2 2>/dev/null | grep -c mtu:", tool);
	ck_assert_str_eq(out, "2");
}
END_TEST

START_TEST(a_device_that_is_not_there_can_not_be_watched)
{
	char out[TEXT_BYTES];

	sh_read(out, sizeof(out), "%s nic --watch eth7 2>&1; test $? -eq 1", tool);
	has(out, "xdpx: ");
	has(out, "eth7");
}
END_TEST

START_TEST(an_output_that_ends_ends_the_watching)
{
	char out[TEXT_BYTES];

	net_veth("va", "vb", 1);
	changes_start();
	sh_read(out, sizeof(out), "timeout 10 %s nic --watch 2>&1 >/dev/full; test $? -eq 1", tool);
	has(out, "No space left on device");
}
END_TEST

START_TEST(a_probe_answers_by_trying_and_leaves_nothing)
{
	char out[TEXT_BYTES];

	net_veth("va", "vb", 1);
	sh_read(out, sizeof(out), "%s nic va --probe --inject --why tail-grow", tool);
	has(out, "va              yes        a probe ");
	sh_read(out, sizeof(out), "%s nic va --probe", tool);
	has(out, "\nXDP\n");
	ck_assert_uint_eq(net_prog_id("va"), 0);
	schema_check("nics", "%s nic va --probe --json", tool);
}
END_TEST

START_TEST(a_probe_leaves_the_program_of_others_alone)
{
	char out[TEXT_BYTES];
	unsigned int id;

	net_veth("va", "vb", 1);
	sh("ip link set dev va xdp obj " TEST_OBJECTS "/pass.bpf.o sec xdp");
	id = net_prog_id("va");
	sh_read(out, sizeof(out), "%s nic va --probe 2>&1 >/dev/null; test $? -eq 1", tool);
	has(out, "xdpx: ");
	ck_assert_uint_eq(net_prog_id("va"), id);
}
END_TEST

START_TEST(a_probe_without_privileges_names_what_is_missing)
{
	char out[TEXT_BYTES];

	net_veth("va", "vb", 1);
	sh_read(out, sizeof(out), WITHOUT_CAPABILITIES " %s nic va --probe 2>&1; test $? -eq 1", tool);
	has(out, "CAP_");
}
END_TEST

/* The FILE of the documents. */
static void file_write(void)
{
	char path[sizeof(scratch) + 16];

	snprintf(path, sizeof(path), "%s/packets", scratch);
	packets_write(path, 100, 1000);
}

/* A command as it is written in the documents, made fit for this place. */
static void command_fit(const char *written, char *command, size_t bytes)
{
	sh_read(command, bytes,
		"echo '%s' | sed -e 's#^xdpx#%s#' -e 's/eth0/va/; s/NAME/va/; s/FEATURE/native/; s/ *-- *$//' "
		"-e 's/eth1/vb/; s/ A B/ va vb/; s#FILE#%s/packets#' -e 's#prog.o#" TEST_OBJECTS
		"/pass.bpf.o#' -e '/ recv \\| ping-responder \\| forward \\|--watch/s/$/ --seconds 2/'",
		written, tool, scratch);
}

START_TEST(every_command_in_the_readme_works)
{
	char list[TEXT_BYTES];
	char command[1024];
	unsigned int count = 0;

	net_veth("va", "vb", 1);
	file_write();
	sh_read(list, sizeof(list),
		"sed -n '/^## The tool/,/^## /s/^    \\(xdpx [^ ]*\\( [^ ][^ ]*\\)*\\).*/\\1/p' %s/README.md",
		program("XDPX_SOURCE"));
	for (char *line = strtok(list, "\n"); line; line = strtok(NULL, "\n"), count++) {
		command_fit(line, command, sizeof(command));
		sh("timeout 20 %s", command);
	}
	ck_assert_uint_gt(count, 6);
}
END_TEST

START_TEST(every_command_in_the_description_of_json_prints_what_is_said)
{
	char list[TEXT_BYTES];
	char command[1024];
	char *rest = NULL;
	unsigned int count = 0;

	net_veth("va", "vb", 1);
	file_write();
	/* lines of a definition and commands in backticks */
	sh_read(list, sizeof(list), "sed -n 's/^| \\(`xdpx .*\\) | .* | `\\([a-z]*\\)` |$/\\2`\\1/p' %s/doc/json.md",
		program("XDPX_SOURCE"));
	for (char *line = strtok_r(list, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *definition = strsep(&line, "`");

		for (char *part; (part = strsep(&line, "`"));) {
			if (strncmp(part, "xdpx ", 5))
				continue;
			command_fit(part, command, sizeof(command));
			if (!strcmp(definition, "event"))
				changes_start();
			schema_check(definition, "%s", command);
			count++;
		}
	}
	ck_assert_uint_gt(count, 4);
}
END_TEST

START_TEST(every_field_in_the_schema_is_described)
{
	sh("cd %s/doc; python3 -c '\n"
	   "import json, re\n"
	   "told = set(re.findall(\"`([a-z_]+)`\", open(\"json.md\").read()))\n"
	   "defs = json.load(open(\"nic.schema.json\"))[\"$defs\"].values()\n"
	   "untold = {field for part in defs for field in part.get(\"properties\", {})} - told\n"
	   "exit(\"not described: \" + \" \".join(sorted(untold)) if untold else 0)'",
	   program("XDPX_SOURCE"));
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof((array)[0]))

int main(void)
{
	Suite *suite = suite_create("nic_tool");
	TCase *words = tcase_create("words");
	TCase *watch = tcase_create("watch");
	TCase *probe = tcase_create("probe");
	TCase *json = tcase_create("json");

	tcase_add_checked_fixture(words, setup, child_teardown);
	tcase_set_timeout(words, 60);
	tcase_add_loop_test(words, a_pipe_gets_no_colours, 0, COUNT(shown));
	tcase_add_loop_test(words, a_terminal_gets_colours, 0, COUNT(shown) - 1);
	tcase_add_loop_test(words, a_terminal_that_asks_for_none_gets_no_colours, 0, COUNT(refusals));
	tcase_add_test(words, the_doctor_has_colours_at_a_terminal_only);
	tcase_add_test(words, json_on_a_terminal_has_no_colours);
	tcase_add_test(words, a_device_is_shown_in_groups);
	tcase_add_test(words, the_programs_on_a_device_are_shown_with_their_holder);
	tcase_add_test(words, no_line_is_longer_than_a_terminal_is_wide);
	tcase_add_test(words, why_tells_answer_source_and_reason);
	tcase_add_test(words, why_knows_limits_and_what_is_both);
	tcase_add_test(words, why_lists_what_there_is_where_the_name_is_unknown);
	tcase_add_test(words, the_matrix_has_a_line_a_device_and_a_column_a_feature);
	suite_add_tcase(suite, words);

	tcase_add_checked_fixture(watch, setup, child_teardown);
	tcase_set_timeout(watch, 60);
	tcase_add_loop_test(watch, changes_are_told_as_they_happen, 0, 2);
	tcase_add_test(watch, a_program_that_comes_as_a_link_is_told);
	tcase_add_test(watch, watching_ends_after_so_many_changes_or_seconds);
	tcase_add_test(watch, a_device_that_is_not_there_can_not_be_watched);
	tcase_add_test(watch, an_output_that_ends_ends_the_watching);
	suite_add_tcase(suite, watch);

	tcase_add_checked_fixture(probe, setup, child_teardown);
	tcase_set_timeout(probe, 60);
	tcase_add_test(probe, a_probe_answers_by_trying_and_leaves_nothing);
	tcase_add_test(probe, a_probe_leaves_the_program_of_others_alone);
	tcase_add_test(probe, a_probe_without_privileges_names_what_is_missing);
	suite_add_tcase(suite, probe);

	tcase_add_checked_fixture(json, setup, child_teardown);
	tcase_set_timeout(json, 60);
	tcase_add_loop_test(json, json_is_as_its_schema_says, 0, COUNT(documents));
	tcase_add_test(json, json_has_the_same_in_the_matrix_as_in_the_whole);
	tcase_add_test(json, every_command_in_the_description_of_json_prints_what_is_said);
	tcase_add_test(json, every_field_in_the_schema_is_described);
	tcase_add_test(json, every_command_in_the_readme_works);
	suite_add_tcase(suite, json);
	return run_suite(suite);
}

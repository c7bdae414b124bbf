/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* xdpx doctor: walks through all that would stop XDP or AF_XDP on a device, and says what would mend it. */
#include "doctor.h"

#include "color.h"
#include "facts.h"
#include "json.h"
#include "nic.h"
#include "tool.h"

#include <getopt.h>
#include <stdlib.h>

#define STATUS_COLUMNS 6
#define CHECK_COLUMNS 17
#define TEXT_COLUMN (STATUS_COLUMNS + CHECK_COLUMNS)

struct visit {
	const char *name;
	const char *path;    /* of the object with the program, or NULL */
	const char *program; /* its name there, or NULL */
	bool json;
};

static void (*const checks[])(const struct patient *patient, struct findings *findings) = {
	doctor_privileges, doctor_kernel,   doctor_memory,   doctor_link,     doctor_programs,
	doctor_native,	   doctor_mtu,	    doctor_offloads, doctor_redirect, doctor_queues,
	doctor_rss,	   doctor_zerocopy, doctor_polling,  doctor_firmware,
};

static void finding_print(const struct finding *finding)
{
	static const struct {
		const char *word;
		enum hue hue;
	} statuses[STATUS_COUNT] = {
		[STATUS_OK] = {"ok", HUE_GREEN},      [STATUS_INFO] = {"info", HUE_NONE},
		[STATUS_UNKNOWN] = {"?", HUE_YELLOW}, [STATUS_WARN] = {"warn", HUE_YELLOW},
		[STATUS_FAIL] = {"FAIL", HUE_RED},
	};
	char safe[TEXT_SAFE_BYTES(FINDING_MEND_BYTES)];

	color_print(stdout, statuses[finding->status].hue, statuses[finding->status].word, STATUS_COLUMNS);
	printf("%-*s", CHECK_COLUMNS, finding->check);
	wrapped_print(stdout, TEXT_COLUMN, finding->text);
	/* in one line, so that it can be pasted */
	if (*finding->mend)
		printf("%*smend: %s\n", TEXT_COLUMN, "", text_safe(finding->mend, safe, sizeof(safe)));
	if (*finding->hint) {
		printf("%*shint: ", TEXT_COLUMN, "");
		wrapped_print(stdout, TEXT_COLUMN + 6, finding->hint);
	}
}

static void findings_print(const struct patient *patient, const struct findings *findings)
{
	size_t fails = findings_count(findings, STATUS_FAIL);
	size_t warns = findings_count(findings, STATUS_WARN);
	char name[MAC_TEXT_BYTES];
	char verdict[160];

	for (size_t at = 0; at < findings->count; at++)
		finding_print(&findings->list[at]);
	if (fails)
		snprintf(verdict, sizeof(verdict), "%zu of these stop%s XDP or AF_XDP", fails, fails == 1 ? "s" : "");
	else
		snprintf(verdict, sizeof(verdict), "nothing stops XDP or AF_XDP");
	text_safe(xdpx_nic_name(patient->nic), name, sizeof(name));
	printf("\n%s: ", name);
	color_print(stdout, fails ? HUE_RED : HUE_GREEN, verdict, 0);
	if (warns)
		printf("; %zu warning%s", warns, warns == 1 ? "" : "s");
	putchar('\n');
}

static int findings_json_print(const struct visit *visit, const struct patient *patient,
			       const struct findings *findings)
{
	static const char *const statuses[STATUS_COUNT] = {"ok", "info", "unknown", "warn", "fail"};
	struct json_object *document = json_document();
	struct json_object *nic = json_object_new_object();
	struct json_object *list;

	json_add_text(nic, "name", xdpx_nic_name(patient->nic));
	json_add_number(nic, "index", xdpx_nic_index(patient->nic));
	json_add(document, "nic", nic);
	json_add_text_or_null(document, "program", visit->path ? visit->path : "");
	json_add(document, "healthy", json_object_new_boolean(!findings_count(findings, STATUS_FAIL)));
	list = json_add_list(document, "findings");
	for (size_t at = 0; at < findings->count; at++) {
		const struct finding *finding = &findings->list[at];
		struct json_object *entry = json_object_new_object();

		json_add_text(entry, "check", finding->check);
		json_add_text(entry, "status", statuses[finding->status]);
		json_add_text(entry, "text", finding->text);
		json_add_text_or_null(entry, "mend", finding->mend);
		json_add_text_or_null(entry, "hint", finding->hint);
		json_object_array_add(list, entry);
	}
	return json_print(document);
}

static int examine(const struct visit *visit, const struct patient *patient)
{
	struct findings findings = {0};
	int code = EXIT_SUCCESS;

	for (size_t at = 0; at < sizeof(checks) / sizeof(checks[0]); at++)
		checks[at](patient, &findings);
	if (patient->prog)
		code = doctor_prog(patient, &findings);
	if (code) {
		findings_free(&findings);
		return code;
	}
	if (visit->json)
		code = findings_json_print(visit, patient, &findings);
	else
		findings_print(patient, &findings);
	if (!code)
		code = output_finish(stdout);
	if (!code && findings_count(&findings, STATUS_FAIL))
		code = EXIT_FAILED;
	findings_free(&findings);
	return code;
}

/* The peer's snapshot; NULL where it is in another network namespace, or gone. */
static struct xdpx_nic *peer_open(const struct xdpx_nic *nic)
{
	struct xdpx_related related = {.size = sizeof(related)};
	struct xdpx_nic *peer;
	char index[16];

	for (size_t at = 0; !xdpx_nic_related(nic, at, &related); at++) {
		if (related.relation != XDPX_RELATION_PEER || related.netnsid >= 0)
			continue;
		snprintf(index, sizeof(index), "#%u", related.index);
		return xdpx_nic_open(index, NULL, &peer) ? NULL : peer;
	}
	return NULL;
}

static int nic_visit(const struct visit *visit, const struct xdpx_nic *nic, const struct xdpx_prog *prog)
{
	struct xdpx_needs needs = {.size = sizeof(needs)};
	struct xdpx_nic *peer = peer_open(nic);
	struct patient patient = {.nic = nic, .peer = peer, .prog = prog};
	int code;

	shell_word(xdpx_nic_name(nic), patient.word, sizeof(patient.word));
	if (peer)
		shell_word(xdpx_nic_name(peer), patient.peer_word, sizeof(patient.peer_word));
	if (prog && !xdpx_prog_needs(prog, &needs))
		patient.linear = needs.needs & 1ULL << XDPX_NEED_LINEAR;
	code = examine(visit, &patient);
	xdpx_nic_free(peer);
	return code;
}

static int visit_run(const struct visit *visit)
{
	struct xdpx_prog_opts opts = {.size = sizeof(opts), .name = visit->program};
	struct xdpx_prog *prog = NULL;
	struct xdpx_nic *nic;
	int code;

	if (xdpx_nic_open(visit->name, NULL, &nic))
		return fail_library();
	if (visit->path && xdpx_prog_open(visit->path, &opts, &prog))
		code = fail_library();
	else
		code = nic_visit(visit, nic, prog);
	xdpx_prog_free(prog);
	xdpx_nic_free(nic);
	return code;
}

static int doctor_run(const struct command *command, int argc, char **argv)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},
		{"program", required_argument, NULL, 'p'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	struct visit visit = {0};
	int option;

	while ((option = getopt_long(argc, argv, ":jp:h", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(command->help, stdout);
			return output_finish(stdout);
		}
		if (option == 'j')
			visit.json = true;
		else if (option == 'p')
			visit.program = optarg;
		else
			return fail_option(command, option, argv);
	}
	if (optind >= argc)
		return fail_usage(command, "no device was named");
	if (argc - optind > 2)
		return fail_usage(command, "one program at a time: %s is one too many", argv[optind + 2]);
	visit.name = argv[optind];
	visit.path = argv[optind + 1];
	if (visit.program && !visit.path)
		return fail_usage(command, "--program %s: no object was named that would have it", visit.program);
	return visit_run(&visit);
}

const struct command command_doctor = {
	.name = "doctor",
	.summary = "find what would stop XDP or AF_XDP on a device, and what would mend it",
	.help = "usage: xdpx doctor NAME [PROG.o] [OPTION]...\n"
		"\n"
		"Walks through all that would stop XDP or AF_XDP on the device: privileges, the kernel,\n"
		"the device and its settings, and with PROG.o what this program needs of it. A line each:\n"
		"\n"
		"  ok    in order\n"
		"  info  good to know\n"
		"  ?     nothing tells\n"
		"  warn  it works, but not as one would wish\n"
		"  FAIL  this stops XDP or AF_XDP\n"
		"\n"
		"'mend:' is a command that puts it right; nothing is changed by looking.\n"
		"\n"
		"  -p, --program NAME   the program in PROG.o, where it holds several\n"
		"  -j, --json           as JSON (doc/json.md)\n"
		"  -h, --help           this text\n"
		"\n"
		"Exit codes: 0 nothing stops it, 1 something does, or the doctor failed, 2 wrong usage.\n",
	.run = doctor_run,
};

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Live changes, a line each, until a signal comes or enough were seen. */
#include "facts.h"
#include "json.h"
#include "nic.h"
#include "tool.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>
#include <xdpx/monitor.h>

/* A program that comes as a bpf_link is announced by nobody. */
#define INTERVAL_MS 1000
#define MS_A_SECOND 1000
#define NS_A_MS 1000000
#define NAME_COLUMNS 16

struct watch {
	const struct watch_opts *opts;
	struct xdpx_monitor *monitor;
	int signal_fd;
	uint64_t changes;
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * MS_A_SECOND + now.tv_nsec / NS_A_MS;
}

/* "2026-11-24T07:31:03.250Z" */
static const char *time_text(char *text, size_t bytes)
{
	struct timespec now;
	struct tm when;
	size_t length = 0;

	clock_gettime(CLOCK_REALTIME, &now);
	if (gmtime_r(&now.tv_sec, &when))
		length = strftime(text, bytes, "%Y-%m-%dT%H:%M:%S", &when);
	snprintf(text + length, bytes - length, ".%03ldZ", now.tv_nsec / NS_A_MS);
	return text;
}

/* The device as it is, or was; NULL where the change is about none. */
static const struct xdpx_nic *nic_of(const struct xdpx_change *change)
{
	return xdpx_change_after(change) ? xdpx_change_after(change) : xdpx_change_before(change);
}

static void line_begin(const char *name)
{
	char safe[MAC_TEXT_BYTES];
	char time[TIME_TEXT_BYTES];

	printf("%s  %-*s ", time_text(time, sizeof(time)), NAME_COLUMNS - 1, text_safe(name, safe, sizeof(safe)));
}

static void differences_print(const char *name, const struct xdpx_nic_diff *diff)
{
	struct xdpx_difference entry = {.size = sizeof(entry)};
	char text[FACT_TEXT_BYTES];
	char safe[TEXT_SAFE_BYTES(sizeof(text))];

	for (size_t at = 0; !xdpx_nic_diff_at(diff, at, &entry); at++) {
		line_begin(name);
		snprintf(text, sizeof(text), "%s: %s -> %s", entry.name, or_dash(entry.before), or_dash(entry.after));
		puts(text_safe(text, safe, sizeof(safe)));
	}
}

static void change_print(const struct xdpx_change *change)
{
	const struct xdpx_nic *nic = nic_of(change);
	enum xdpx_change_kind kind = xdpx_change_kind(change);
	const char *name = nic ? xdpx_nic_name(nic) : "-";

	if (kind == XDPX_CHANGE_CHANGED) {
		differences_print(name, xdpx_change_diff(change));
		return;
	}
	line_begin(name);
	if (nic)
		printf("%s: index %u, kind %s\n", xdpx_change_kind_name(kind), xdpx_nic_index(nic), xdpx_nic_kind(nic));
	else
		printf("%s: changes came too fast to be told one by one; what follows leads to what is there\n",
		       xdpx_change_kind_name(kind));
}

static int change_json_print(const struct xdpx_change *change)
{
	struct json_object *event = json_object_new_object();
	struct json_object *list;
	const struct xdpx_nic *nic = nic_of(change);
	const struct xdpx_nic_diff *diff = xdpx_change_diff(change);
	struct xdpx_difference entry = {.size = sizeof(entry)};
	char time[TIME_TEXT_BYTES];

	json_add_text(event, "time", time_text(time, sizeof(time)));
	json_add_text(event, "kind", xdpx_change_kind_name(xdpx_change_kind(change)));
	json_add_text_or_null(event, "name", nic ? xdpx_nic_name(nic) : "");
	json_add_number_or_null(event, "index", nic ? xdpx_nic_index(nic) : 0, 0);
	list = json_add_list(event, "changes");
	for (size_t at = 0; diff && !xdpx_nic_diff_at(diff, at, &entry); at++) {
		struct json_object *object = json_object_new_object();

		json_add_text(object, "what", entry.name);
		json_add_text(object, "before", entry.before);
		json_add_text(object, "after", entry.after);
		json_object_array_add(list, object);
	}
	return json_line_print(event);
}

/* Tells all changes that are there. Sets `over` once there were enough. */
static int changes_tell(struct watch *watch, bool *over)
{
	struct xdpx_change *change;
	int code = EXIT_SUCCESS;
	int count;

	while (!code && (count = xdpx_monitor_next(watch->monitor, 0, &change)) != 0) {
		/* devices that come and go too fast are looked at again */
		if (count == -EINTR || count == -EAGAIN)
			return EXIT_SUCCESS;
		if (count < 0)
			return fail_library();
		if (watch->opts->json)
			code = change_json_print(change);
		else
			change_print(change);
		xdpx_change_free(change);
		code = code ? code : output_finish(stdout);
		*over = ++watch->changes == watch->opts->count;
		if (*over)
			break;
	}
	return code;
}

static int watch_loop(struct watch *watch)
{
	struct pollfd fds[] = {
		{.fd = watch->signal_fd, .events = POLLIN},
		{.fd = xdpx_monitor_fd(watch->monitor), .events = POLLIN},
	};
	int64_t end = now_ms() + (int64_t)watch->opts->seconds * MS_A_SECOND;
	bool over = false;
	int code = EXIT_SUCCESS;

	while (!code && !over) {
		int64_t left = watch->opts->seconds ? end - now_ms() : -1;

		if (watch->opts->seconds && left <= 0)
			break;
		if (poll(fds, 2, left > INT32_MAX ? INT32_MAX : (int)left) < 0 && errno != EINTR)
			return fail_with(NULL, "waiting failed: %s", strerror(errno));
		if (fds[0].revents)
			break;
		code = changes_tell(watch, &over);
	}
	return code;
}

/* What will not be heard, to people; a pipe gets changes alone. */
static void sources_print(const struct xdpx_monitor *monitor)
{
	static const enum xdpx_monitor_source sources[] = {XDPX_MONITOR_LINKS, XDPX_MONITOR_NETDEV,
							   XDPX_MONITOR_ETHTOOL};

	for (size_t at = 0; at < sizeof(sources) / sizeof(sources[0]); at++)
		if (xdpx_monitor_hears(monitor, sources[at]) != XDPX_YES)
			text_lines(stderr, "note: ", xdpx_monitor_why(monitor, sources[at]));
	fprintf(stderr, "watching %zu device%s\n", xdpx_monitor_nic_count(monitor),
		xdpx_monitor_nic_count(monitor) == 1 ? "" : "s");
}

int nic_watch(const char *name, const struct watch_opts *opts)
{
	struct xdpx_monitor_opts monitor_opts = {.size = sizeof(monitor_opts), .interval_ms = INTERVAL_MS};
	struct watch watch = {.opts = opts};
	sigset_t signals;
	int code;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	watch.signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
	if (watch.signal_fd < 0)
		return fail_with(NULL, "no descriptor for signals: %s", strerror(errno));
	if (xdpx_monitor_new(name, &monitor_opts, &watch.monitor)) {
		code = fail_library();
	} else {
		sources_print(watch.monitor);
		code = watch_loop(&watch);
	}
	xdpx_monitor_free(watch.monitor);
	close(watch.signal_fd);
	return code;
}

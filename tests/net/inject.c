/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Opening, with a system call refused at each place in turn: what is said, what is left behind, what works after. */
#include "inject.h"
#include "net.h"
#include "run.h"

#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_xdp.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xdpx/error.h>
#include <xdpx/link.h>
#include <xdpx/port.h>
#include <xdpx/probe.h>
#include <xdpx/prog.h>
#include <xdpx/xsk.h>

#define NIC "v0"
#define PEER "v1"
#define QUEUES 2
/* Together 16 MiB: more than an allocator grows by in one opening. */
#define FRAMES 2048
#define UMEM_KIB (QUEUES * FRAMES * 4)
#define PLACES_MIN 20
#define PLACES_MAX 1000
#define PACKET 64

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif
#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

/* What a process can leak. */
struct held {
	unsigned int fds;
	unsigned int bpf_fds;	/* programs, maps, links and BTF */
	unsigned int ring_maps; /* mappings of sockets */
	unsigned int prog;	/* the id of the program on the device */
	unsigned long kib;	/* of address space */
};

static unsigned int bpf_fd_count(void)
{
	unsigned int count = 0;
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	char target[64];
	ssize_t length;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir))) {
		length = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);
		target[length > 0 ? length : 0] = '\0';
		count += strstr(target, "bpf") != NULL || strstr(target, "btf") != NULL;
	}
	closedir(dir);
	return count;
}

/* Asks libbpf, which is faster than `ip` and no less another. */
static unsigned int prog_now(void)
{
	__u32 id = 0;

	ck_assert_int_eq(bpf_xdp_query_id((int)if_nametoindex(NIC), 0, &id), 0);
	return id;
}

static unsigned int lines_with(const char *path, const char *word, char *last, size_t bytes)
{
	unsigned int count = 0;
	FILE *file = fopen(path, "re");
	char line[512];

	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file)) {
		if (!strstr(line, word))
			continue;
		count++;
		if (last)
			snprintf(last, bytes, "%s", line);
	}
	fclose(file);
	return count;
}

static struct held held_now(void)
{
	char size[512] = "";
	struct held held = {
		.fds = fd_count(),
		.bpf_fds = bpf_fd_count(),
		.ring_maps = lines_with("/proc/self/maps", "socket:", NULL, 0),
		.prog = prog_now(),
	};

	ck_assert_uint_eq(lines_with("/proc/self/status", "VmSize:", size, sizeof(size)), 1);
	held.kib = strtoul(size + strlen("VmSize:"), NULL, 10);
	return held;
}

static void held_check(const char *where, const struct held *before)
{
	struct held now = held_now();

	ck_assert_msg(now.fds == before->fds, "%s: %u descriptors, %u before", where, now.fds, before->fds);
	ck_assert_msg(now.bpf_fds == before->bpf_fds, "%s: %u BPF objects, %u before", where, now.bpf_fds,
		      before->bpf_fds);
	ck_assert_msg(now.ring_maps == before->ring_maps, "%s: %u mapped rings, %u before", where, now.ring_maps,
		      before->ring_maps);
	ck_assert_msg(now.prog == 0, "%s: program %u stays on the device", where, now.prog);
#if !defined(__SANITIZE_ADDRESS__) /* which keeps what was freed for a while, and finds leaks by itself */
	ck_assert_msg(now.kib < before->kib + UMEM_KIB, "%s: %lu KiB mapped, %lu before", where, now.kib, before->kib);
#endif
}

/* Something that is opened with calls refused, and ended where it opens all the same. */
struct opening {
	int (*open)(void **out);
	void (*end)(void *object);
	void (*check)(const char *where); /* what else holds after both; or NULL */
};

static char place;
#define UNTOUCHED ((void *)&place)

static struct xdpx_umem *umem;

static int port_open(void **out)
{
	struct xdpx_port_opts opts = {
		.size = sizeof(opts),
		.traffic = XDPX_TRAFFIC_ALL,
		.frame_count = FRAMES,
	};
	struct xdpx_port *port = *out;
	int err = xdpx_port_open(NIC, &opts, &port);

	*out = port;
	return err;
}

static void port_end(void *port)
{
	ck_assert_int_eq(xdpx_port_close(port), 0);
}

static int xsk_open(void **out)
{
	struct xdpx_xsk *xsk = *out;
	int err = xdpx_xsk_open(umem, NIC, 0, NULL, &xsk);

	*out = xsk;
	return err;
}

static void xsk_end(void *xsk)
{
	ck_assert_int_eq(xdpx_xsk_close(xsk), 0);
}

static void frames_check(const char *where)
{
	ck_assert_msg(xdpx_umem_free_count(umem) == QUEUES * FRAMES, "%s: %u of %u frames are in the pool", where,
		      xdpx_umem_free_count(umem), QUEUES * FRAMES);
	ck_assert_uint_eq(xdpx_umem_held_count(umem), 0);
}

#define ANY UINT64_MAX

/*
 * Calls without whose success there is an answer all the same, from elsewhere or by another try. Of those that are out
 * of memory the library makes no unknowns.
 */
static const struct {
	const char *name;
	uint64_t args[3];
	bool memory; /* also when it is out of memory */
} dispensable[] = {
	/* words and checks of netlink that older kernels do not have */
	{"setsockopt", {ANY, SOL_NETLINK, ANY}, true},
	{"getsockopt", {ANY, SOL_SOCKET, SO_NETNS_COOKIE}, true},
	{"getsockopt", {ANY, SOL_XDP, XDP_OPTIONS}, true},
	/* asked for when a bind found the queue still busy and is tried again */
	{"getsockopt", {ANY, SOL_XDP, XDP_STATISTICS}, true},
	/* what one family does not tell about a device, another does, or it is unknown */
	{"sendto", {ANY, ANY, ANY}, false},
	{"recvmsg", {ANY, ANY, ANY}, false},
	/* the C library has two other ways to count processors */
	{"openat", {ANY, ANY, ANY}, true},
	/* closing it detaches it as well, if nobody else holds it */
	{"bpf", {BPF_LINK_DETACH, ANY, ANY}, true},
	/* libbpf goes on without BTF, and loads once more for the verifier's log */
	{"bpf", {BPF_BTF_LOAD, ANY, ANY}, true},
	{"bpf", {BPF_MAP_CREATE, ANY, ANY}, true},
	{"bpf", {BPF_PROG_LOAD, ANY, ANY}, true},
	{"bpf", {BPF_PROG_BIND_MAP, ANY, ANY}, true},
};

static bool matches(const struct inject_call *call, size_t at)
{
	size_t arg;

	if (strcmp(call->name, dispensable[at].name))
		return false;
	for (arg = 0; arg < 3; arg++)
		if (dispensable[at].args[arg] != ANY && dispensable[at].args[arg] != call->args[arg])
			return false;
	return true;
}

static bool is_dispensable(const struct inject_call *call, int error)
{
	size_t at;

	for (at = 0; at < sizeof(dispensable) / sizeof(dispensable[0]); at++)
		if (matches(call, at) && (dispensable[at].memory || error != ENOMEM))
			return true;
	return false;
}

static void failure_check(const char *where, int err, int error, const void *object)
{
	const struct xdpx_error *last = xdpx_error_last();

	ck_assert_msg(object == UNTOUCHED, "%s: the place for the object was written to", where);
	/* `code` may correct it: packet memory that can't be had is -ENOMEM */
	ck_assert_msg(last->kernel_code == -error, "%s: gives %d: %s", where, err, last->message);
	ck_assert_msg(last->code == err, "%s: gives %d, and the error says %d", where, err, last->code);
	ck_assert_msg(last->message[0] && last->stage[0], "%s: an error without words", where);
}

/* Opens with the nth call refused. Returns whether there was one. */
static bool opened_without(const struct opening *opening, unsigned int nth, int error, char *where, size_t bytes)
{
	void *object = UNTOUCHED;
	struct inject_call call;
	int err;

	inject_arm(nth, error);
	err = opening->open(&object);
	call = inject_disarm();
	snprintf(where, bytes, "call %u, %s(%#llx, %#llx, %#llx), refused with errno %d", nth,
		 call.name ? call.name : "none", (unsigned long long)call.args[0], (unsigned long long)call.args[1],
		 (unsigned long long)call.args[2], error);
	if (err) {
		failure_check(where, err, error, object);
		return true;
	}
	ck_assert_msg(!call.name || is_dispensable(&call, error), "%s: opens all the same", where);
	opening->end(object);
	return call.name;
}

static struct xdpx_frame frame_receive(struct xdpx_port *port, struct xdpx_xsk **from)
{
	struct pollfd wait[QUEUES];
	struct xdpx_frame frame = {.len = 0};
	uint32_t at;

	for (at = 0; at < QUEUES; at++)
		wait[at] = (struct pollfd){.fd = xdpx_xsk_fd(xdpx_port_xsk(port, at)), .events = POLLIN};
	ck_assert_int_eq(poll(wait, QUEUES, 1000), 1);
	for (at = 0; at < QUEUES && !frame.len; at++) {
		*from = xdpx_port_xsk(port, at);
		xdpx_xsk_recv(*from, &frame, 1);
	}
	return frame;
}

/* The process, the device and both queues are as good as before: a plain port opens and receives. */
static void receives_check(const char *where, int sender)
{
	struct xdpx_port_opts opts = {.size = sizeof(opts), .traffic = XDPX_TRAFFIC_ALL, .frame_count = 64};
	const unsigned char packet[PACKET] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 2, 2, 2, 2, 2, 0x88, 0xb5};
	struct xdpx_port *port;
	struct xdpx_frame frame;
	struct xdpx_xsk *xsk = NULL;

	ck_assert_msg(!xdpx_port_open(NIC, &opts, &port), "%s: no port opens after it: %s", where,
		      xdpx_error_last()->message);
	ck_assert_uint_eq(xdpx_port_queue_count(port), QUEUES);
	ck_assert_int_eq(send(sender, packet, PACKET, 0), PACKET);
	frame = frame_receive(port, &xsk);
	ck_assert_msg(frame.len == PACKET, "%s: no packet is received after it", where);
	xdpx_xsk_release(xsk, &frame, 1);
	ck_assert_int_eq(xdpx_port_close(port), 0);
}

struct run {
	const struct opening *opening;
	int error;
	int sender;
};

/* What happens once in a process (libbpf's looks at the kernel) is over after the first opening. */
static void each_place(void *arg)
{
	const struct run *run = arg;
	unsigned int nth = 0;
	struct held before;
	char where[160];
	char stage[64] = "";
	bool more;

	receives_check("nothing", run->sender);
	do {
		before = held_now();
		more = opened_without(run->opening, ++nth, run->error, where, sizeof(where));
		held_check(where, &before);
		if (run->opening->check)
			run->opening->check(where);
		if (strcmp(stage, xdpx_error_last()->stage)) /* once a step: binding again takes its time */
			receives_check(where, run->sender);
		snprintf(stage, sizeof(stage), "%s", xdpx_error_last()->stage);
	} while (more && nth < PLACES_MAX);
	ck_assert_msg(!more, "an opening that makes more than %u calls", PLACES_MAX);
	receives_check("the last place", run->sender);
	ck_assert_msg(nth > PLACES_MIN, "only %u calls were seen", nth);
}

static const int errors[] = {ENOMEM};

#define ERRORS (int)(sizeof(errors) / sizeof(errors[0]))

static int refused_at_each_place(const struct opening *opening, int error)
{
	struct run run = {.opening = opening, .error = error, .sender = net_packet_socket(PEER)};

	return inject_run(each_place, &run);
}

static void places_make(void)
{
	struct xdpx_umem_opts opts = {.size = sizeof(opts), .frame_count = QUEUES * FRAMES};

	net_isolate();
	net_veth(NIC, PEER, QUEUES);
	ck_assert_int_eq(xdpx_umem_new(&opts, &umem), 0);
}

static void places_end(void)
{
	ck_assert_int_eq(xdpx_umem_close(umem), 0);
}

#define NO_WATCHING "this kernel does not let a thread's system calls be watched (5.5)"

START_TEST(a_port_that_a_call_is_refused_to_gives_the_errno_and_leaves_nothing)
{
	static const struct opening opening = {.open = port_open, .end = port_end};

	if (refused_at_each_place(&opening, errors[_i]))
		skip_test(NO_WATCHING);
}
END_TEST

START_TEST(a_socket_that_a_call_is_refused_to_gives_the_errno_and_its_frames_back)
{
	static const struct opening opening = {.open = xsk_open, .end = xsk_end, .check = frames_check};

	if (refused_at_each_place(&opening, errors[_i]))
		skip_test(NO_WATCHING);
}
END_TEST

static struct xdpx_prog *pass;

static int netlink_link_open(void **out)
{
	struct xdpx_attach_opts opts = {.size = sizeof(opts), .flags = XDPX_ATTACH_NETLINK};

	return xdpx_link_attach(pass, NIC, &opts, (struct xdpx_link **)out);
}

static void netlink_link_end(void *link)
{
	xdpx_link_free(link);
}

START_TEST(an_attachment_over_netlink_whose_answer_is_lost_is_taken_back)
{
	static const struct opening opening = {.open = netlink_link_open, .end = netlink_link_end};

	ck_assert_int_eq(xdpx_prog_open(TEST_OBJECTS "/pass.bpf.o", NULL, &pass), 0);
	ck_assert_int_eq(xdpx_prog_load(pass, NULL), 0);
	if (refused_at_each_place(&opening, errors[_i]))
		skip_test(NO_WATCHING);
	xdpx_prog_free(pass);
}
END_TEST

static int probe_open(void **out)
{
	const struct xdpx_probe_opts opts = {
		.size = sizeof(opts),
		.features = 1ULL << XDPX_FEATURE_RX_FRAGS | 1ULL << XDPX_FEATURE_DATA_META |
			    1ULL << XDPX_FEATURE_XSK_COPY | 1ULL << XDPX_FEATURE_GENERIC,
		.wait_ms = 1,
	};

	return xdpx_probe(NIC, &opts, (struct xdpx_nic **)out);
}

static void probe_end(void *nic)
{
	xdpx_nic_free(nic);
}

START_TEST(a_probe_that_a_call_is_refused_to_gives_the_errno_and_leaves_nothing)
{
	static const struct opening opening = {.open = probe_open, .end = probe_end};

	if (refused_at_each_place(&opening, errors[_i]))
		skip_test(NO_WATCHING);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("inject");
	TCase *tcase = tcase_create("inject");

	tcase_set_timeout(tcase, 100);
	tcase_add_checked_fixture(tcase, places_make, places_end);
	tcase_add_loop_test(tcase, a_port_that_a_call_is_refused_to_gives_the_errno_and_leaves_nothing, 0, ERRORS);
	tcase_add_loop_test(tcase, a_socket_that_a_call_is_refused_to_gives_the_errno_and_its_frames_back, 0, ERRORS);
	tcase_add_loop_test(tcase, an_attachment_over_netlink_whose_answer_is_lost_is_taken_back, 0, ERRORS);
	tcase_add_loop_test(tcase, a_probe_that_a_call_is_refused_to_gives_the_errno_and_leaves_nothing, 0, ERRORS);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}

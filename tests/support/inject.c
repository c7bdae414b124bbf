/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "inject.h"

#include <check.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
	unsigned int number;
	const char *name;
} counted[] = {
	{SYS_socket, "socket"},
	{SYS_setsockopt, "setsockopt"},
	{SYS_getsockopt, "getsockopt"},
	{SYS_getsockname, "getsockname"},
	{SYS_bind, "bind"},
	{SYS_sendto, "sendto"},
	{SYS_sendmsg, "sendmsg"},
	{SYS_recvfrom, "recvfrom"},
	{SYS_recvmsg, "recvmsg"},
	{SYS_bpf, "bpf"},
	{SYS_ioctl, "ioctl"},
#ifdef SYS_open
	{SYS_open, "open"},
#endif
	{SYS_openat, "openat"},
#ifdef SYS_fcntl
	{SYS_fcntl, "fcntl"},
#endif
#ifdef SYS_fcntl64
	{SYS_fcntl64, "fcntl"},
#endif
/* The last: the filter looks at this one's arguments too. */
#ifdef SYS_mmap2
	{SYS_mmap2, "mmap"},
#else
	{SYS_mmap, "mmap"},
#endif
};

#define COUNTED (sizeof(counted) / sizeof(counted[0]))
#define MMAP_FLAGS_ARGUMENT 3
/* What follows the comparisons with the numbers. */
#define TAIL 5

/* Written by the watched thread, read by the watching one while that waits for its answer, and the other way round. */
static struct {
	unsigned int nth; /* 0: count nothing */
	unsigned int count;
	int error;
	struct inject_call failed;
} plan;

struct watched {
	void (*fn)(void *arg);
	void *arg;
	int listener; /* or a negative errno */
	int pipe[2];  /* a byte when the listener is there, and another at the end */
};

static size_t low_half(size_t argument)
{
	const size_t at = offsetof(struct seccomp_data, args) + argument * sizeof(__u64);

	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? at + sizeof(__u32) : at;
}

/*
 * Of the mappings, those that are filled at once: the rings and the packet memory. The C library and the sanitizers
 * make theirs without.
 */
static int filter_install(void)
{
	struct sock_filter code[1 + COUNTED + TAIL];
	struct sock_fprog program = {.len = 1 + COUNTED + TAIL, .filter = code};
	const size_t tail = 1 + COUNTED;
	size_t at;
	long fd;

	code[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (at = 0; at < COUNTED - 1; at++)
		code[1 + at] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, counted[at].number,
							    (__u8)(tail + 3 - (2 + at)), 0);
	code[COUNTED] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, counted[at].number, 1, 0);
	code[tail] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	code[tail + 1] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, low_half(MMAP_FLAGS_ARGUMENT));
	code[tail + 2] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, MAP_POPULATE, 0, 1);
	code[tail + 3] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	code[tail + 4] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
	return fd < 0 ? -errno : (int)fd;
}

static const char *name_of(int number)
{
	size_t at;

	for (at = 0; at < COUNTED; at++)
		if (counted[at].number == (unsigned int)number)
			return counted[at].name;
	return "?";
}

/* 0: let it go on; or the errno to fail with. */
static int verdict(const struct seccomp_notif *call)
{
	if (!plan.nth || ++plan.count != plan.nth)
		return 0;
	plan.failed.name = name_of(call->data.nr);
	memcpy(plan.failed.args, call->data.args, sizeof(plan.failed.args));
	return plan.error;
}

static int call_answer(int listener, struct seccomp_notif *call, struct seccomp_notif_resp *answer)
{
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, call))
		return errno == EINTR || errno == ENOENT ? 0 : -errno;

	answer->id = call->id;
	answer->error = -verdict(call);
	if (!answer->error)
		answer->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	/* ENOENT: a child of the thread that was killed meanwhile */
	return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, answer) && errno != ENOENT ? -errno : 0;
}

/* Newer kernels may have longer structs, and write all of theirs. */
static void calls_watch(const struct watched *watched)
{
	struct pollfd wait[] = {{.fd = watched->pipe[0], .events = POLLIN},
				{.fd = watched->listener, .events = POLLIN}};
	struct seccomp_notif_sizes sizes;
	struct seccomp_notif_resp *answer;
	struct seccomp_notif *call;
	int err = 0;

	ck_assert_int_eq(syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes), 0);
	while (!err) {
		ck_assert_int_ge(poll(wait, 2, -1), 0);
		if (wait[0].revents)
			break;
		if (!(wait[1].revents & POLLIN))
			continue;
		call = calloc(1, sizes.seccomp_notif + sizeof(*call));
		answer = calloc(1, sizes.seccomp_notif_resp + sizeof(*answer));
		ck_assert(call && answer);
		err = call_answer(watched->listener, call, answer);
		free(call);
		free(answer);
	}
	ck_assert_msg(!err, "answering a system call failed: %d", err);
}

static void byte_write(const struct watched *watched)
{
	ck_assert_int_eq(write(watched->pipe[1], "x", 1), 1);
}

static void *watched_run(void *arg)
{
	struct watched *watched = arg;

	watched->listener = filter_install();
	byte_write(watched);
	if (watched->listener < 0)
		return NULL;
	watched->fn(watched->arg);
	byte_write(watched);
	return NULL;
}

int inject_run(void (*fn)(void *arg), void *arg)
{
	struct watched watched = {.fn = fn, .arg = arg};
	pthread_t thread;
	char byte;

	ck_assert_int_eq(pipe(watched.pipe), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, watched_run, &watched), 0);
	ck_assert_int_eq(read(watched.pipe[0], &byte, 1), 1);
	if (watched.listener >= 0) {
		calls_watch(&watched);
		/* Before the thread has ended: what the C library calls on its way out gets ENOSYS, and no wait for an
		 * answer. */
		close(watched.listener);
	}
	pthread_join(thread, NULL);
	close(watched.pipe[0]);
	close(watched.pipe[1]);
	return watched.listener < 0 ? watched.listener : 0;
}

void inject_arm(unsigned int nth, int error)
{
	plan.count = 0;
	plan.error = error;
	plan.failed.name = NULL;
	__atomic_store_n(&plan.nth, nth, __ATOMIC_SEQ_CST);
}

struct inject_call inject_disarm(void)
{
	__atomic_store_n(&plan.nth, 0, __ATOMIC_SEQ_CST);
	return plan.failed;
}

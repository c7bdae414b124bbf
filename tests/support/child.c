/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "child.h"

#include "net.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

char scratch[64];

void child_setup(void)
{
	net_isolate();
	snprintf(scratch, sizeof(scratch), "/tmp/xdpx-test.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(scratch));
}

void child_teardown(void)
{
	sh_try("rm -rf %s", scratch);
}

const char *program(const char *variable)
{
	const char *path = getenv(variable);

	ck_assert_msg(path, "%s is not set: run this through meson", variable);
	return path;
}

void has(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part), "no \"%s\" in: %s", part, text);
}

void wait_ms(long ms)
{
	const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&pause, NULL);
}

pid_t child_start(const char *format, ...)
{
	char command[1024];
	char line[1280];
	va_list args;
	pid_t pid;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	snprintf(line, sizeof(line), "exec %s >%s/out 2>&1", command, scratch);
	/* before the shell does it: what an earlier command printed must not be taken for this one's */
	sh(": >%s/out", scratch);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl("/bin/sh", "sh", "-c", line, (char *)NULL);
		_exit(127);
	}
	return pid;
}

void child_output(char *out)
{
	sh_read(out, TEXT_BYTES, "cat %s/out", scratch);
}

void child_await(const char *part)
{
	char out[TEXT_BYTES];
	unsigned int tries;

	for (tries = 0; tries < 100; tries++) {
		wait_ms(50);
		child_output(out);
		if (strstr(out, part))
			return;
	}
	ck_abort_msg("no \"%s\" in 5 seconds: %s", part, out);
}

void child_ends(pid_t pid, int signal, int code)
{
	char out[TEXT_BYTES];
	int status;

	if (signal)
		kill(pid, signal);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	child_output(out);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == code, "status 0x%x: %s", status, out);
}

pid_t host_start(const char *peer, unsigned int number)
{
	int ready[2];
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWNET) || write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	sh("ip link set %s netns %d", peer, pid);
	sh("nsenter -t %d -n sh -ec 'echo 0 >/proc/sys/net/ipv6/conf/%s/disable_ipv6; ip link set %s up;"
	   "ip address add 192.0.2.%u/24 dev %s; ip address add 2001:db8::%u/64 dev %s nodad'",
	   pid, peer, peer, number, peer, number, peer);
	return pid;
}

pid_t client_start(const char *peer)
{
	return host_start(peer, 2);
}

/* After the last request ping waits for one interval, or two of the longest times so far: short ones lose late replies.
 */
void client_is_answered(pid_t client)
{
	char out[TEXT_BYTES];

	sh_read(out, sizeof(out), "nsenter -t %d -n ping -c 20 -i 0.1 -W 2 192.0.2.1", client);
	has(out, " 0% packet loss");
	sh_read(out, sizeof(out), "nsenter -t %d -n ping -6 -c 20 -i 0.1 -W 2 2001:db8::1", client);
	has(out, " 0% packet loss");
	sh_read(out, sizeof(out), "nsenter -t %d -n ping -s 1400 -c 3 -i 0.1 -W 2 192.0.2.1", client);
	has(out, " 0% packet loss");
	sh_read(out, sizeof(out), "nsenter -t %d -n dig +time=2 +short @192.0.2.1 host.example A", client);
	ck_assert_str_eq(out, "192.0.2.1");
	sh_read(out, sizeof(out), "nsenter -t %d -n dig +time=2 +short @2001:db8::1 host.example AAAA", client);
	ck_assert_str_eq(out, "2001:db8::1");
	sh_read(out, sizeof(out), "nsenter -t %d -n dig +time=2 @192.0.2.1 other.example", client);
	has(out, "status: NXDOMAIN");
	ck_assert_ptr_null(strstr(out, "malformed"));
	sh_read(out, sizeof(out), "nsenter -t %d -n dig +time=2 @192.0.2.1 host.example MX", client);
	has(out, "status: NOERROR");
	has(out, "ANSWER: 0");
}

size_t frame_make(uint8_t *frame, unsigned int number)
{
	size_t bytes = 60 + number * 4;

	memset(frame, (int)(number & 0xff), bytes);
	/* to all, of an Ethernet type for experiments */
	memset(frame, 0xff, 6);
	memcpy(frame + 6, "\x02\0\0\0\0\x0b\x88\xb5", 8);
	frame[14] = (uint8_t)(number >> 8);
	return bytes;
}

void frames_send(const char *nic, unsigned int count)
{
	int fd = net_packet_socket(nic);
	uint8_t frame[2048];

	for (unsigned int number = 0; number < count; number++) {
		ssize_t bytes = (ssize_t)frame_make(frame, number);
		ssize_t written;

		/* a device whose queue is full drops the frame and says so */
		while ((written = write(fd, frame, (size_t)bytes)) < 0 && errno == ENOBUFS)
			wait_ms(1);
		ck_assert_int_eq(written, bytes);
	}
	close(fd);
}

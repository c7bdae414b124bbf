/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "net.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <check.h>
#include <dirent.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define COMMAND_BYTES 2048

static int command_run(const char *command, char *out, size_t bytes)
{
	char line[COMMAND_BYTES + 64];
	size_t length;
	FILE *pipe;
	int status;

	snprintf(line, sizeof(line), "{ %s\n} 2>&1", command);
	pipe = popen(line, "re");
	ck_assert_msg(pipe, "popen: %s", command);
	length = fread(out, 1, bytes - 1, pipe);
	while (fgetc(pipe) != EOF)
		;
	status = pclose(pipe);
	while (length && out[length - 1] == '\n')
		length--;
	out[length] = '\0';
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#define FORMAT_COMMAND(command, format)                            \
	do {                                                       \
		va_list args;                                      \
		va_start(args, format);                            \
		vsnprintf(command, sizeof(command), format, args); \
		va_end(args);                                      \
	} while (0)

void sh(const char *format, ...)
{
	char command[COMMAND_BYTES];
	char out[1024];
	int code;

	FORMAT_COMMAND(command, format);
	code = command_run(command, out, sizeof(out));
	ck_assert_msg(code == 0, "`%s` exited %d: %s", command, code, out);
}

int sh_try(const char *format, ...)
{
	char command[COMMAND_BYTES];
	char out[64];

	FORMAT_COMMAND(command, format);
	return command_run(command, out, sizeof(out));
}

void sh_read(char *out, size_t bytes, const char *format, ...)
{
	char command[COMMAND_BYTES];
	int code;

	FORMAT_COMMAND(command, format);
	code = command_run(command, out, bytes);
	ck_assert_msg(code == 0, "`%s` exited %d: %s", command, code, out);
}

void net_isolate(void)
{
	ck_assert_msg(unshare(CLONE_NEWNET) == 0, "no new network namespace: this tier runs as root");
	sh("ip link set lo up");
}

void net_veth(const char *name, const char *peer, unsigned int queues)
{
	sh("ip link add %s numrxqueues %u numtxqueues %u type veth peer name %s numrxqueues %u numtxqueues %u", name,
	   queues, queues, peer, queues, queues);
	sh("echo 1 > /proc/sys/net/ipv6/conf/%s/disable_ipv6; echo 1 > /proc/sys/net/ipv6/conf/%s/disable_ipv6", name,
	   peer);
	sh("ip link set %s up; ip link set %s up", name, peer);
}

unsigned int net_prog_id(const char *name)
{
	char out[32];

	sh_read(out, sizeof(out),
		"ip -d link show dev %s | sed -n 's/.*prog\\/xdp id \\([0-9]*\\).*/\\1/p' | head -n 1", name);
	return (unsigned int)strtoul(out, NULL, 10);
}

int net_prog_with_map(const char *name, const char *map)
{
	struct bpf_insn insns[] = {
		{.code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = BPF_REG_1, .src_reg = BPF_PSEUDO_MAP_FD},
		{.code = 0},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int map_fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, map, 4, 4, 1, NULL);
	int fd;

	ck_assert_int_ge(map_fd, 0);
	insns[0].imm = map_fd;
	fd = bpf_prog_load(BPF_PROG_TYPE_XDP, name, "GPL", insns, 4, NULL);
	ck_assert_int_ge(fd, 0);
	close(map_fd);
	return fd;
}

unsigned int fd_count(void)
{
	unsigned int count = 0;
	DIR *dir = opendir("/proc/self/fd");

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 3; /* ".", ".." and the folder itself */
}

int net_packet_socket(const char *name)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(name),
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));

	ck_assert_int_ge(fd, 0);
	ck_assert_msg(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0, "bind to %s", name);
	return fd;
}

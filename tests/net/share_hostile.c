/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Workers and brokers that mean ill, or that are something else: the other side says so, and loses nothing. */
#include "net.h"
#include "run.h"
#include "share.h"
#include "xsk/share.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <xdpx/error.h>

static const char *message(void)
{
	return xdpx_error_last()->message;
}

static void setup(void)
{
	net_isolate();
	net_veth("v0", "v1", 1);
}

/* The broker is as good as new: it has all its queues, and a worker that joins receives. */
static void next_is_served(struct xdpx_broker *broker)
{
	int fd = net_packet_socket("v1");
	struct xdpx_worker *worker;
	int pair[2];

	ck_assert_uint_eq(xdpx_broker_free_count(broker), xdpx_broker_queue_count(broker));
	worker = share_join(broker, pair);
	ck_assert_uint_eq(share_frames(worker), SHARE_FRAMES);
	share_send(fd, 7);
	ck_assert_int_eq(share_mark(xdpx_worker_xsk(worker), 5000), 7);
	xdpx_worker_free(worker);
	close(pair[1]);
	ck_assert_int_eq(xdpx_broker_serve(broker, pair[0]), 0);
	close(pair[0]);
	close(fd);
}

#define GRANT_BYTES (sizeof(struct xdpx_share_header) + sizeof(struct xdpx_share_grant))
#define HEADER(kind)                                       \
	{                                                  \
		XDPX_SHARE_MAGIC, XDPX_SHARE_VERSION, kind \
	}

static const struct {
	struct xdpx_share_header header;
	size_t bytes;
	int code;
	const char *word;
} garbage[] = {
	{HEADER(XDPX_SHARE_JOIN), 1, -EPROTO, "1 bytes are no message"},
	{HEADER(XDPX_SHARE_JOIN), 7, -EPROTO, "7 bytes are no message"},
	{HEADER(XDPX_SHARE_JOIN), 9, -EPROTO, "has 9 bytes, not 8"},
	{HEADER(XDPX_SHARE_JOIN), 65536, -EPROTO, "not 8"},
	{HEADER(0), 8, -EPROTO, "kind 0, which the protocol doesn't have"},
	{HEADER(65535), 8, -EPROTO, "kind 65535, which the protocol doesn't have"},
	{{0x20544547, 1, 1}, 8, -EPROTO, "begins with 0x20544547"},
	{{XDPX_SHARE_MAGIC, 2, XDPX_SHARE_JOIN}, 8, -EPROTONOSUPPORT, "version 2 of the protocol"},
	{{XDPX_SHARE_MAGIC, 2, 99}, 300, -EPROTONOSUPPORT, "version 2 of the protocol"},
	{HEADER(XDPX_SHARE_MAPPED), 8, -EPROTO, "kind 3 out of turn"},
	{HEADER(XDPX_SHARE_START), 24, -EPROTO, "kind 4 out of turn"},
	{HEADER(XDPX_SHARE_GRANT), GRANT_BYTES, -EPROTO, "kind 2 out of turn"},
	{HEADER(XDPX_SHARE_REFUSE), 520, -EPROTO, "0, which is no errno"},
};

START_TEST(a_garbled_message_ends_its_own_connection_and_no_more)
{
	static char bytes[65536];
	struct xdpx_broker *broker = share_broker(NULL);
	unsigned int fds = fd_count();
	struct xdpx_share_message answer;
	int pair[2];

	memcpy(bytes, &garbage[_i].header, sizeof(garbage[_i].header));
	share_pair(pair);
	ck_assert_int_eq(send(pair[1], bytes, garbage[_i].bytes, 0), (ssize_t)garbage[_i].bytes);
	ck_assert_int_eq(xdpx_broker_serve(broker, pair[0]), garbage[_i].code);
	ck_assert_msg(strstr(message(), garbage[_i].word), "%s", message());
	ck_assert_int_eq(xdpx_share_receive(pair[1], &answer, NULL), 1);
	ck_assert_int_eq(answer.header.kind, XDPX_SHARE_REFUSE);
	ck_assert_str_eq(answer.refusal.message, message());
	close(pair[0]);
	close(pair[1]);
	ck_assert_uint_eq(fd_count(), fds);
	next_is_served(broker);
	xdpx_broker_free(broker);
}
END_TEST

START_TEST(a_worker_that_joins_twice_loses_what_it_had)
{
	struct xdpx_broker *broker = share_broker(NULL);
	struct xdpx_share_message join = {0};
	unsigned int fds = fd_count();
	int at;
	int pair[2];

	for (at = 0; at < 2; at++) {
		share_pair(pair);
		ck_assert_int_eq(xdpx_share_send(pair[1], &join, XDPX_SHARE_JOIN, NULL), 0);
		ck_assert_int_eq(xdpx_broker_serve(broker, pair[0]), 1);
		ck_assert_uint_eq(xdpx_broker_free_count(broker), 0);
		ck_assert_int_eq(xdpx_share_send(pair[1], &join, XDPX_SHARE_JOIN, NULL), 0);
		ck_assert_int_eq(xdpx_broker_serve(broker, pair[0]), -EPROTO);
		close(pair[0]);
		close(pair[1]);
		ck_assert_uint_eq(fd_count(), fds);
	}
	next_is_served(broker);
	xdpx_broker_free(broker);
}
END_TEST

START_TEST(a_worker_that_goes_before_its_grant_is_read_leaves_nothing)
{
	struct xdpx_broker *broker = share_broker(NULL);
	struct xdpx_share_message join = {0};
	unsigned int fds = fd_count();
	int pair[2];

	share_pair(pair);
	ck_assert_int_eq(xdpx_share_send(pair[1], &join, XDPX_SHARE_JOIN, NULL), 0);
	close(pair[1]);
	ck_assert_int_lt(xdpx_broker_serve(broker, pair[0]), 0);
	close(pair[0]);
	ck_assert_uint_eq(fd_count(), fds);

	share_pair(pair);
	ck_assert_int_eq(xdpx_share_send(pair[1], &join, XDPX_SHARE_JOIN, NULL), 0);
	ck_assert_int_eq(xdpx_broker_serve(broker, pair[0]), 1);
	close(pair[1]);
	ck_assert_int_eq(xdpx_broker_serve(broker, pair[0]), 0);
	close(pair[0]);
	ck_assert_uint_eq(fd_count(), fds);
	next_is_served(broker);
	xdpx_broker_free(broker);
}
END_TEST

START_TEST(a_connection_on_which_nothing_is_said_takes_nothing_and_holds_nobody_up)
{
	struct xdpx_broker *broker = share_broker(NULL);
	int silent[2];

	share_pair(silent);
	ck_assert_int_eq(xdpx_broker_serve(broker, silent[0]), 1);
	next_is_served(broker);
	ck_assert_int_eq(xdpx_broker_serve(broker, silent[0]), 1);
	/* a message of no bytes can't be told from the end */
	ck_assert_int_eq(send(silent[1], "", 0, 0), 0);
	ck_assert_int_eq(xdpx_broker_serve(broker, silent[0]), 0);
	xdpx_broker_free(broker);
}
END_TEST

static void fds_send(int connection, struct xdpx_share_message *with, size_t bytes, const int *fds, size_t count)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(253 * sizeof(int))];
	} control = {.header = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
	struct iovec part = {.iov_base = with, .iov_len = bytes};
	struct msghdr packet = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes};

	control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
	packet.msg_controllen = CMSG_SPACE(count * sizeof(int));
	memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
	ck_assert_int_eq(sendmsg(connection, &packet, 0), (ssize_t)bytes);
}

START_TEST(descriptors_that_a_worker_sends_are_never_opened)
{
	struct xdpx_share_message join = {.header = HEADER(XDPX_SHARE_JOIN)};
	struct xdpx_broker *broker = share_broker(NULL);
	unsigned int before;
	int fds[253];
	int pair[2];
	int on = 1;
	int at;

	share_pair(pair);
	for (at = 0; at < 253; at++)
		fds[at] = pair[1];
	/* what an application may have asked for to know its workers by */
	ck_assert_int_eq(setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)), 0);
	before = fd_count();
	fds_send(pair[1], &join, 1, fds, 253);
	ck_assert_int_eq(xdpx_broker_serve(broker, pair[0]), -EPROTO);
	ck_assert_uint_eq(fd_count(), before);
	fds_send(pair[1], &join, sizeof(join.header), fds, 253);
	ck_assert_int_eq(xdpx_broker_serve(broker, pair[0]), 1);
	xdpx_broker_release(broker, pair[0]);
	ck_assert_uint_eq(fd_count(), before);
	close(pair[0]);
	close(pair[1]);
	next_is_served(broker);
	xdpx_broker_free(broker);
}
END_TEST

START_TEST(a_stream_or_a_descriptor_of_another_kind_is_no_connection)
{
	struct xdpx_broker *broker = share_broker(NULL);
	struct xdpx_worker *worker;
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert_int_eq(xdpx_broker_serve(broker, pair[0]), -EINVAL);
	ck_assert_ptr_nonnull(strstr(xdpx_error_last()->hint, "ListenSequentialPacket"));
	ck_assert_int_eq(xdpx_worker_join(pair[1], NULL, &worker), -EINVAL);
	ck_assert_int_eq(xdpx_worker_join(-1, NULL, &worker), -EINVAL);
	ck_assert_int_eq(xdpx_broker_serve(broker, STDOUT_FILENO), -EINVAL);
	ck_assert_int_eq(xdpx_broker_serve(NULL, pair[0]), -EINVAL);
	ck_assert_int_eq(xdpx_worker_join(pair[1], NULL, NULL), -EINVAL);
	xdpx_broker_free(broker);
}
END_TEST

/* Takes the grant, without the library. */
static void grant_take(int connection, struct xdpx_share_grant *grant, int *fds)
{
	struct xdpx_share_message answer = {0};
	int got;

	NEED(!xdpx_share_send(connection, &answer, XDPX_SHARE_JOIN, NULL));
	while ((got = xdpx_share_receive(connection, &answer, fds)) == -EAGAIN)
		;
	NEED(got == 1 && answer.header.kind == XDPX_SHARE_GRANT);
	*grant = answer.grant;
}

static void shrink(int connection)
{
	struct xdpx_share_grant grant;
	int fds[XDPX_SHARE_FDS];

	grant_take(connection, &grant, fds);
	NEED(ftruncate(fds[XDPX_SHARE_MEMORY], 4096) == -1 && errno == EPERM);
	NEED(ftruncate(fds[XDPX_SHARE_MEMORY], 1 << 30) == -1 && errno == EPERM);
	NEED(fcntl(fds[XDPX_SHARE_MEMORY], F_ADD_SEALS, F_SEAL_WRITE) == -1 && errno == EPERM);
	/* a hole is a worker's own loss */
	(void)fallocate(fds[XDPX_SHARE_MEMORY], FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 65536);
}

START_TEST(a_worker_can_not_shrink_its_memory)
{
	struct xdpx_broker *broker = share_broker(NULL);
	int connection;
	pid_t pid = share_worker(&connection, shrink);

	ck_assert_int_eq(share_serve_out(broker, connection), 0);
	share_ends(pid);
	next_is_served(broker);
	xdpx_broker_free(broker);
}
END_TEST

static void use_control(int connection)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0xdpx-test-hostile"};
	struct ifreq request = {.ifr_name = "v0"};
	struct xdpx_share_grant grant;
	int fds[XDPX_SHARE_FDS];
	int fd;

	grant_take(connection, &grant, fds);
	fd = fds[XDPX_SHARE_CONTROL];
	NEED(!ioctl(fd, SIOCGIFFLAGS, &request));
	request.ifr_flags &= ~IFF_UP;
	NEED(ioctl(fd, SIOCSIFFLAGS, &request) == -1 && errno == EPERM);
	NEED(connect(fd, (struct sockaddr *)&name, sizeof(name)) == -1);
	NEED(bind(fd, (struct sockaddr *)&name, sizeof(name)) == -1);
	NEED(listen(fd, 1) == -1);
	NEED(sendto(fd, "", 1, MSG_NOSIGNAL, (struct sockaddr *)&name, sizeof(name)) == -1);
}

START_TEST(the_socket_for_questions_reaches_nobody_in_the_broker_s_namespace)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0xdpx-test-hostile"};
	struct xdpx_broker *broker = share_broker(NULL);
	int listening = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	int connection;
	pid_t pid;

	ck_assert_int_eq(bind(listening, (struct sockaddr *)&name, sizeof(name)), 0);
	ck_assert_int_eq(listen(listening, 8), 0);
	pid = share_worker(&connection, use_control);
	ck_assert_int_eq(share_serve_out(broker, connection), 0);
	share_ends(pid);
	xdpx_broker_free(broker);
}
END_TEST

/* All that the worker shares with the kernel, filled with rubbish, while it receives and sends. */
static void scribble(int connection)
{
	struct xdpx_worker *worker;
	struct xdpx_share_grant grant = {.rx_size = 2048};
	const off_t rings[] = {0, 0x80000000, 0x100000000, 0x180000000};
	uint32_t seed = (uint32_t)getpid();
	unsigned char *memory;
	int round;
	int fd;

	NEED(!xdpx_worker_join(connection, NULL, &worker));
	fd = xdpx_xsk_fd(xdpx_worker_xsk(worker));
	for (round = 0; round < 64; round++) {
		uint32_t *map = mmap(NULL, grant.rx_size * 8, PROT_READ | PROT_WRITE, MAP_SHARED, fd, rings[round % 4]);
		size_t at;

		NEED(map != MAP_FAILED);
		for (at = 0; at < grant.rx_size * 2; at++)
			map[at] = seed = seed * 1664525 + 1013904223;
		(void)sendto(fd, NULL, 0, MSG_DONTWAIT, NULL, 0);
		(void)recvfrom(fd, NULL, 0, MSG_DONTWAIT, NULL, NULL);
		munmap(map, grant.rx_size * 8);
	}
	memory = xdpx_umem_base(xdpx_xsk_umem(xdpx_worker_xsk(worker)));
	memset(memory, 0xa5, (size_t)SHARE_FRAMES * 4096);
	/* the library survives such rings, too */
	for (round = 0; round < 64; round++) {
		struct xdpx_frame frames[64];
		unsigned int count = xdpx_xsk_recv(xdpx_worker_xsk(worker), frames, 64);

		xdpx_xsk_release(xdpx_worker_xsk(worker), frames, count);
	}
	_exit(0);
}

START_TEST(a_worker_that_scribbles_over_rings_and_memory_harms_nobody_else)
{
	struct xdpx_broker *broker = share_broker(NULL);
	int fd = net_packet_socket("v1");
	int connection;
	pid_t pid;
	int at;

	for (at = 0; at < 5; at++) {
		pid = share_worker(&connection, scribble);
		share_serve_start(broker, connection);
		for (int mark = 0; mark < 100; mark++)
			share_send(fd, 1);
		ck_assert_int_eq(share_serve_out(broker, connection), 0);
		share_ends(pid);
		close(connection);
		next_is_served(broker);
	}
	xdpx_broker_free(broker);
}
END_TEST

START_TEST(a_broker_that_answers_nothing_is_waited_for_in_vain)
{
	struct xdpx_worker_opts opts = {.size = sizeof(opts), .timeout_ms = 50};
	struct xdpx_worker *worker;
	int pair[2];

	share_pair(pair);
	ck_assert_int_eq(xdpx_worker_join(pair[1], &opts, &worker), -ETIMEDOUT);
	close(pair[0]);
	ck_assert_int_eq(xdpx_worker_join(pair[1], &opts, &worker), -EPIPE);
	opts.flags = 1;
	ck_assert_int_eq(xdpx_worker_join(pair[1], &opts, &worker), -EINVAL);
	opts.size = 0;
	ck_assert_int_eq(xdpx_worker_join(pair[1], &opts, &worker), -EINVAL);
}
END_TEST

#define GRANT                                                                                                    \
	{                                                                                                        \
		.umem_flags = XDPX_UMEM_MEMFD, .frame_count = 4, .frame_size = 4096, .rx_size = 8, .tx_size = 8, \
		.fill_size = 8, .completion_size = 8, .nic_name = "v0"                                           \
	}

static const struct {
	struct xdpx_share_message message;
	size_t bytes;
	int fds;
	int code;
	const char *word;
} answers[] = {
	{{.header = HEADER(XDPX_SHARE_START)}, 24, 0, -EPROTO, "kind 4 where one of kind 2 was due"},
	{{.header = HEADER(XDPX_SHARE_GRANT), .grant = GRANT}, GRANT_BYTES, 0, -EPROTO, "without its descriptors"},
	{{.header = HEADER(XDPX_SHARE_GRANT), .grant = GRANT}, GRANT_BYTES, 2, -EPROTO, "without its descriptors"},
	{{.header = HEADER(XDPX_SHARE_GRANT), .grant = GRANT}, GRANT_BYTES, 3, -EOPNOTSUPP, "layout of its rings"},
	{{.header = HEADER(XDPX_SHARE_GRANT), .grant = GRANT}, GRANT_BYTES, 250, -EOPNOTSUPP, "layout of its rings"},
	{{.header = HEADER(XDPX_SHARE_GRANT), .grant = GRANT}, GRANT_BYTES - 1, 3, -EPROTO, "has 111 bytes"},
	{{.header = HEADER(XDPX_SHARE_GRANT), .grant = {.frame_count = 5, .frame_size = 4096, .nic_name = "v0"}},
	 GRANT_BYTES,
	 3,
	 -EINVAL,
	 "shorter"},
	{{.header = HEADER(XDPX_SHARE_GRANT), .grant = {.frame_count = 4, .frame_size = 5, .nic_name = "v0"}},
	 GRANT_BYTES,
	 3,
	 -EINVAL,
	 "frame_size is 5"},
	{{.header = HEADER(XDPX_SHARE_GRANT),
	  .grant = {.frame_count = 4, .frame_size = 4096, .rx_size = 3, .nic_name = "v0"}},
	 GRANT_BYTES,
	 3,
	 -EINVAL,
	 "rx_size is 3"},
	{{.header = HEADER(XDPX_SHARE_GRANT), .grant = {.nic_name = "v0"}}, GRANT_BYTES, 3, -EPROTO, "no frames"},
	{{.header = HEADER(XDPX_SHARE_GRANT), .grant = {.nic_name = "a name of 16 b.."}},
	 GRANT_BYTES,
	 3,
	 -EPROTO,
	 "no name"},
	{{.header = {XDPX_SHARE_MAGIC, 9, XDPX_SHARE_GRANT}, .grant = GRANT},
	 GRANT_BYTES,
	 3,
	 -EPROTONOSUPPORT,
	 "version 9"},
	{{.header = HEADER(XDPX_SHARE_REFUSE), .refusal = {.code = 5}}, 520, 0, -EPROTO, "5, which is no errno"},
	{{.header = {XDPX_SHARE_MAGIC, 9, XDPX_SHARE_REFUSE},
	  .refusal = {.code = -EPROTONOSUPPORT, .message = "I speak 9"}},
	 520,
	 3,
	 -EPROTONOSUPPORT,
	 "I speak 9"},
};

START_TEST(a_worker_takes_no_nonsense_from_a_broker_and_keeps_no_descriptor_of_it)
{
	struct xdpx_umem_opts opts = {.size = sizeof(opts), .frame_count = 4, .flags = XDPX_UMEM_MEMFD};
	struct xdpx_share_message answer = answers[_i].message;
	struct xdpx_worker *worker = NULL;
	struct xdpx_umem *umem;
	unsigned int before;
	int fds[250];
	int pair[2];
	int at;

	share_pair(pair);
	ck_assert_int_eq(xdpx_umem_new(&opts, &umem), 0);
	for (at = 0; at < 250; at++)
		fds[at] = at == XDPX_SHARE_MEMORY ? xdpx_umem_fd(umem) : pair[0];
	before = fd_count();
	if (answers[_i].fds)
		fds_send(pair[0], &answer, answers[_i].bytes, fds, (size_t)answers[_i].fds);
	else
		ck_assert_int_gt(send(pair[0], &answer, answers[_i].bytes, 0), 0);
	ck_assert_int_eq(xdpx_worker_join(pair[1], NULL, &worker), answers[_i].code);
	ck_assert_msg(strstr(message(), answers[_i].word), "%s", message());
	ck_assert_ptr_null(worker);
	ck_assert_uint_eq(fd_count(), before);
	xdpx_umem_free(umem);
}
END_TEST

START_TEST(rings_that_are_smaller_than_the_broker_says_are_not_mapped)
{
	struct xdpx_share_message message = {0};
	struct xdpx_broker *broker = share_broker(NULL);
	struct xdpx_worker *worker = NULL;
	uint32_t *sizes[] = {&message.grant.fill_size, &message.grant.completion_size, &message.grant.rx_size,
			     &message.grant.tx_size};
	int fds[XDPX_SHARE_FDS];
	unsigned int before;
	int real[2];
	int pair[2];
	int at;

	share_pair(real);
	share_pair(pair);
	ck_assert_int_eq(xdpx_share_send(real[1], &message, XDPX_SHARE_JOIN, NULL), 0);
	ck_assert_int_eq(xdpx_broker_serve(broker, real[0]), 1);
	ck_assert_int_eq(xdpx_share_receive(real[1], &message, fds), 1);
	before = fd_count();
	for (at = 0; at < 4; at++) {
		*sizes[at] <<= 8;
		fds_send(pair[0], &message, GRANT_BYTES, fds, XDPX_SHARE_FDS);
		ck_assert_int_eq(xdpx_worker_join(pair[1], NULL, &worker), -EINVAL);
		ck_assert_ptr_nonnull(strstr(xdpx_error_last()->message, "can't be mapped"));
		ck_assert_uint_eq(fd_count(), before);
		*sizes[at] >>= 8;
	}
	xdpx_share_fds_close(fds);
	xdpx_broker_free(broker);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("share_hostile");
	TCase *tcase = tcase_create("share_hostile");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, a_garbled_message_ends_its_own_connection_and_no_more, 0,
			    sizeof(garbage) / sizeof(garbage[0]));
	tcase_add_test(tcase, a_worker_that_joins_twice_loses_what_it_had);
	tcase_add_test(tcase, a_worker_that_goes_before_its_grant_is_read_leaves_nothing);
	tcase_add_test(tcase, a_connection_on_which_nothing_is_said_takes_nothing_and_holds_nobody_up);
	tcase_add_test(tcase, descriptors_that_a_worker_sends_are_never_opened);
	tcase_add_test(tcase, a_stream_or_a_descriptor_of_another_kind_is_no_connection);
	tcase_add_test(tcase, a_worker_can_not_shrink_its_memory);
	tcase_add_test(tcase, the_socket_for_questions_reaches_nobody_in_the_broker_s_namespace);
	tcase_add_test(tcase, a_worker_that_scribbles_over_rings_and_memory_harms_nobody_else);
	tcase_add_test(tcase, a_broker_that_answers_nothing_is_waited_for_in_vain);
	tcase_add_loop_test(tcase, a_worker_takes_no_nonsense_from_a_broker_and_keeps_no_descriptor_of_it, 0,
			    sizeof(answers) / sizeof(answers[0]));
	tcase_add_test(tcase, rings_that_are_smaller_than_the_broker_says_are_not_mapped);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}

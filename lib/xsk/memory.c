/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "xsk/memory.h"

#include "base/fail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>
#include <xdpx/umem.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/* Whoever holds the descriptor can write to the memory, but not take it away from under the others. */
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

struct pages {
	uint64_t flag;
	unsigned int shift;
	const char *name;
};

/* In the order in which they are tried. */
static const struct pages huge_pages[] = {
	{XDPX_UMEM_HUGE_1G, 30, "1 GiB"},
	{XDPX_UMEM_HUGE_2M, 21, "2 MiB"},
};

static size_t round_up(size_t bytes, size_t page)
{
	return (bytes + page - 1) & ~(page - 1);
}

static void why_add(struct xdpx_memory *memory, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void why_add(struct xdpx_memory *memory, const char *format, ...)
{
	size_t length = strlen(memory->why);
	va_list args;

	va_start(args, format);
	vsnprintf(memory->why + length, sizeof(memory->why) - length, format, args);
	va_end(args);
}

/* `huge`: NULL for pages of the common size. Its size has the same place in the flags of mmap() and memfd_create(). */
static int memfd_make(struct xdpx_memory *memory, const struct pages *huge)
{
	const unsigned int flags =
		MFD_CLOEXEC | MFD_ALLOW_SEALING | (huge ? MFD_HUGETLB | huge->shift << MAP_HUGE_SHIFT : 0);

	memory->fd = memfd_create("xdpx-umem", flags | MFD_NOEXEC_SEAL);
	if (memory->fd < 0 && errno == EINVAL) /* before 6.3 */
		memory->fd = memfd_create("xdpx-umem", flags);
	if (memory->fd < 0 || ftruncate(memory->fd, (off_t)memory->bytes) || fcntl(memory->fd, F_ADD_SEALS, SEALS))
		return -errno;
	return 0;
}

/* A memfd may be longer than all memory, and its pages are then looked for until the process ends: so this asks first.
 */
static int memfd_fits(const struct xdpx_memory *memory)
{
	void *base = mmap(NULL, memory->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (base == MAP_FAILED)
		return -errno;
	munmap(base, memory->bytes);
	return 0;
}

static int map(struct xdpx_memory *memory, const struct pages *huge)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | (huge ? MAP_HUGETLB | (int)(huge->shift << MAP_HUGE_SHIFT) : 0);
	void *base;

	base = mmap(NULL, memory->bytes, PROT_READ | PROT_WRITE, memory->fd >= 0 ? MAP_SHARED : flags, memory->fd, 0);
	if (base == MAP_FAILED)
		return -errno;
	memory->base = base;
	return 0;
}

/* Has every page there now: an error here, where a touch later on would end the process. */
static int populate(const struct xdpx_memory *memory)
{
	volatile unsigned char *bytes = memory->base;
	size_t at;

	if (!madvise(memory->base, memory->bytes, MADV_POPULATE_WRITE))
		return 0;
	if (errno != EINVAL)
		return -errno;
	for (at = 0; at < memory->bytes; at += memory->page) /* before 5.14 */
		bytes[at] = bytes[at];
	return 0;
}

static int pages_try(struct xdpx_memory *memory, const struct xdpx_umem_opts *opts, const struct pages *huge,
		     size_t bytes)
{
	int err = 0;

	memory->page = huge ? (size_t)1 << huge->shift : (size_t)sysconf(_SC_PAGESIZE);
	memory->bytes = round_up(bytes, memory->page);
	if (opts->flags & XDPX_UMEM_MEMFD)
		err = memfd_fits(memory);
	if (!err && opts->flags & XDPX_UMEM_MEMFD)
		err = memfd_make(memory, huge);
	if (!err)
		err = map(memory, huge);
	if (!err && opts->flags & XDPX_UMEM_NUMA_NODE)
		xdpx_memory_place(memory->base, memory->bytes, opts->numa_node);
	return err ? err : populate(memory);
}

static void undo(struct xdpx_memory *memory)
{
	xdpx_memory_unmap(memory);
	memory->base = NULL;
	memory->fd = -1;
}

/* Whether there are pages of a size that the caller asked for. */
static bool huge_map(struct xdpx_memory *memory, const struct xdpx_umem_opts *opts, size_t bytes)
{
	const struct pages *huge;
	size_t at;
	int err;

	for (at = 0; at < sizeof(huge_pages) / sizeof(huge_pages[0]); at++) {
		huge = &huge_pages[at];
		if (!(opts->flags & huge->flag))
			continue;
		err = pages_try(memory, opts, huge, bytes);
		if (!err) {
			why_add(memory, "pages of %s", huge->name);
			return true;
		}
		undo(memory);
		why_add(memory, "no pages of %s (%s), ", huge->name,
			err == -ENOMEM ? "fewer than needed are free" : xdpx_errno_text(err));
	}
	return false;
}

static int common_map(struct xdpx_memory *memory, const struct xdpx_umem_opts *opts, size_t bytes)
{
	int err = pages_try(memory, opts, NULL, bytes);

	if (!err) {
		why_add(memory, "pages of %zu KiB", memory->page / 1024);
		return 0;
	}
	if (!memory->base && err != -ENOMEM && err != -EAGAIN)
		return xdpx_fail(err, "umem.map", "no packet memory of %zu bytes: %s", memory->bytes,
				 xdpx_errno_text(err));
	xdpx_fail(-ENOMEM, "umem.map", "no memory for %zu bytes of packet memory", memory->bytes);
	xdpx_fail_kernel_code(err);
	return -ENOMEM;
}

static void numa_tell(struct xdpx_memory *memory, unsigned int node)
{
	unsigned int looked_at;
	unsigned int elsewhere = xdpx_memory_misplaced(memory, node, &looked_at);

	if (!elsewhere) {
		why_add(memory, " on NUMA node %u", node);
		return;
	}
	why_add(memory, ", and NUMA node %u had too few: of %u looked at, %u are elsewhere", node, looked_at,
		elsewhere);
	xdpx_log(XDPX_LOG_INFO, "packet memory: %s", memory->why);
}

/* The options were checked: it is aligned and long enough. */
static int foreign_take(struct xdpx_memory *memory, const struct xdpx_umem_opts *opts, size_t bytes)
{
	memory->base = opts->memory;
	memory->bytes = bytes;
	memory->page = (size_t)sysconf(_SC_PAGESIZE);
	memory->foreign = true;
	why_add(memory, "the caller's memory");
	return 0;
}

int xdpx_memory_map(struct xdpx_memory *memory, const struct xdpx_umem_opts *opts, size_t bytes)
{
	const bool huge_wanted = opts->flags & (XDPX_UMEM_HUGE_1G | XDPX_UMEM_HUGE_2M);
	int err;

	*memory = (struct xdpx_memory){.fd = -1};
	if (opts->memory)
		return foreign_take(memory, opts, bytes);

	err = opts->flags & XDPX_UMEM_NUMA_NODE ? xdpx_memory_node_check(opts->numa_node) : 0;
	if (err)
		return err;
	if (!huge_map(memory, opts, bytes)) {
		err = common_map(memory, opts, bytes);
		if (err)
			return err;
		if (huge_wanted)
			xdpx_log(XDPX_LOG_INFO, "packet memory: %s", memory->why);
	}
	if (opts->flags & XDPX_UMEM_NUMA_NODE)
		numa_tell(memory, opts->numa_node);
	return 0;
}

int xdpx_memory_adopt(struct xdpx_memory *memory, int fd, size_t bytes)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct statfs system;
	struct stat status;
	int err;

	*memory = (struct xdpx_memory){.fd = -1};
	if (seals < 0 || !(seals & F_SEAL_SHRINK) || fstatfs(fd, &system))
		return xdpx_fail(-EINVAL, "umem.memfd", "descriptor %d is no memfd that is sealed against shrinking",
				 fd);
	memory->page = (size_t)system.f_bsize; /* of huge pages too */
	if (fstat(fd, &status) || (uint64_t)status.st_size < round_up(bytes, memory->page))
		return xdpx_fail(-EINVAL, "umem.memfd",
				 "the memfd on descriptor %d is shorter than the UMEM's %zu bytes", fd, bytes);

	memory->bytes = (size_t)status.st_size;
	memory->fd = fd;
	err = map(memory, NULL);
	if (err) {
		memory->fd = -1;
		return xdpx_fail(err, "umem.memfd", "the memfd on descriptor %d can't be mapped: %s", fd,
				 xdpx_errno_text(err));
	}
	why_add(memory, "a memfd of another process");
	return 0;
}

void xdpx_memory_unmap(struct xdpx_memory *memory)
{
	if (memory->base && !memory->foreign)
		munmap(memory->base, memory->bytes);
	if (memory->fd >= 0)
		close(memory->fd);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "xsk/memory.h"

#include "base/fail.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xdpx/umem.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

/* Whoever holds the descriptor can write to the memory, but not take it away from under the others. */
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

static int map_failed(size_t bytes, int err)
{
	xdpx_fail(-ENOMEM, "umem.map", "no memory for %zu bytes of packet memory", bytes);
	xdpx_fail_kernel_code(err);
	return -ENOMEM;
}

static int map(struct xdpx_memory *memory)
{
	int flags = memory->fd >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
	void *base = mmap(NULL, memory->bytes, PROT_READ | PROT_WRITE, flags | MAP_POPULATE, memory->fd, 0);

	if (base == MAP_FAILED)
		return map_failed(memory->bytes, -errno);
	memory->base = base;
	return 0;
}

static int memfd_failed(size_t bytes, int err)
{
	return xdpx_fail(err, "umem.memfd", "no memfd of %zu bytes: %s", bytes, xdpx_errno_text(err));
}

static int memfd_make(struct xdpx_memory *memory)
{
	const unsigned int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;

	memory->fd = memfd_create("xdpx-umem", flags | MFD_NOEXEC_SEAL);
	if (memory->fd < 0 && errno == EINVAL) /* before 6.3 */
		memory->fd = memfd_create("xdpx-umem", flags);
	if (memory->fd < 0 || ftruncate(memory->fd, (off_t)memory->bytes) || fcntl(memory->fd, F_ADD_SEALS, SEALS))
		return memfd_failed(memory->bytes, -errno);
	return 0;
}

static size_t whole_pages(size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (bytes + page - 1) & ~(page - 1);
}

int xdpx_memory_map(struct xdpx_memory *memory, const struct xdpx_umem_opts *opts, size_t bytes)
{
	int err = 0;

	*memory = (struct xdpx_memory){.bytes = whole_pages(bytes), .fd = -1};
	if (opts->flags & XDPX_UMEM_MEMFD)
		err = memfd_make(memory);
	return err ? err : map(memory);
}

int xdpx_memory_adopt(struct xdpx_memory *memory, int fd, size_t bytes)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat status;
	int err;

	*memory = (struct xdpx_memory){.bytes = whole_pages(bytes), .fd = -1};
	if (seals < 0 || !(seals & F_SEAL_SHRINK))
		return xdpx_fail(-EINVAL, "umem.memfd", "descriptor %d is no memfd that is sealed against shrinking",
				 fd);
	if (fstat(fd, &status) || (uint64_t)status.st_size < memory->bytes)
		return xdpx_fail(-EINVAL, "umem.memfd",
				 "the memfd on descriptor %d is shorter than the UMEM's %zu bytes", fd, memory->bytes);

	memory->fd = fd;
	err = map(memory);
	if (err)
		memory->fd = -1;
	return err;
}

void xdpx_memory_unmap(struct xdpx_memory *memory)
{
	if (memory->base)
		munmap(memory->base, memory->bytes);
	if (memory->fd >= 0)
		close(memory->fd);
}

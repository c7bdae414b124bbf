/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* Each limit tried, with the number and with the first one past it. */
#include "net.h"
#include "program.h"
#include "trials.h"

#include <check.h>
#include <linux/if_ether.h>

static bool mtu_set(const char *device, int64_t mtu)
{
	return !sh_try("ip link set dev %s mtu %lld", device, (long long)mtu);
}

static bool mtu_is_taken(const struct stand *stand, int64_t mtu)
{
	return mtu_set(stand->device->name, mtu);
}

static bool attaches_at(const struct stand *stand, int64_t mtu, unsigned int flags)
{
	struct program program;
	bool works;

	if (!mtu_set(stand->device->mtu_device, mtu))
		return false;
	ck_assert(program_load(&program, "count", flags, NULL));
	works = program_attach(&program, stand->device->name, XDP_FLAGS_DRV_MODE);
	program_end(&program);
	return works;
}

static bool linear_at(const struct stand *stand, int64_t mtu)
{
	return attaches_at(stand, mtu, 0);
}

static bool frags_at(const struct stand *stand, int64_t mtu)
{
	return attaches_at(stand, mtu, PROGRAM_FRAGS);
}

bool helper_takes(const struct stand *stand, const char *name, int64_t amount, size_t bytes)
{
	struct program program;
	bool works;

	ck_assert_msg(program_any(&program, name, stand), "%s: attaching", stand->device->words);
	program.truth->amount = (int32_t)amount;
	stand_receive(stand, bytes, (struct flow){.port = 1000});
	ck_assert_msg(program_sees(&program, 2000), "%s: no packet", stand->device->words);
	works = !program.truth->result;
	program_end(&program);
	return works;
}

static bool meta_fits(const struct stand *stand, int64_t amount)
{
	return helper_takes(stand, "meta", amount, FRAME_SMALL);
}

static bool head_grows(const struct stand *stand, int64_t amount)
{
	return helper_takes(stand, "head", amount, FRAME_SMALL);
}

static bool tail_grows(const struct stand *stand, int64_t amount)
{
	return helper_takes(stand, "tail", amount, 1500 + ETH_HLEN);
}

const struct bound *bound_of(enum xdpx_limit limit)
{
	static const struct bound bounds[] = {
		[XDPX_LIMIT_MTU_MIN] = {mtu_is_taken, -1}, [XDPX_LIMIT_MTU_MAX] = {mtu_is_taken, 1},
		[XDPX_LIMIT_MTU_NATIVE] = {linear_at, 1},  [XDPX_LIMIT_MTU_NATIVE_FRAGS] = {frags_at, 1},
		[XDPX_LIMIT_HEADROOM] = {head_grows, 1},   [XDPX_LIMIT_TAILROOM] = {tail_grows, 1},
		[XDPX_LIMIT_DATA_META] = {meta_fits, 4},   [XDPX_LIMIT_ZEROCOPY_SEGMENTS] = {NULL, 0},
		[XDPX_LIMIT_QUEUES_XDP] = {NULL, 0},
	};
	static const struct bound none = {NULL, 0};

	return (unsigned int)limit < sizeof(bounds) / sizeof(bounds[0]) ? &bounds[limit] : &none;
}

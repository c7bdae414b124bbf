/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The table of drivers, and looking things up in it. */
#include "nic/drivers.h"
#include "nic/nic.h"

#include <string.h>

/* Each row's reason with where it was found, made whole when compiled. */
#define KERNEL(major, minor) #major "." #minor
#define WORDS(from, reason, file) "table of drivers (" file ", Linux " from "): " reason,

#define LIMIT(driver, limit, from, to, value, reason, file, string)
#define RULE(driver, feature, from, to, answer, reason, file, string) WORDS(from, reason, file)
#define RULE_ABSENT(driver, feature, from, to, answer, reason, file, string) WORDS(from, reason, file)
static const char *const rule_words[] = {
#include "nic/drivers.def"
};

#undef LIMIT
#undef RULE
#undef RULE_ABSENT
#define RULE(driver, feature, from, to, answer, reason, file, string)
#define RULE_ABSENT(driver, feature, from, to, answer, reason, file, string)
#define LIMIT(driver, limit, from, to, value, reason, file, string) WORDS(from, reason, file)
static const char *const limit_words[] = {
#include "nic/drivers.def"
};

#undef KERNEL
#undef LIMIT
#undef RULE
#undef RULE_ABSENT
#define KERNEL(major, minor) XDPX_KERNEL(major, minor)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define LIMIT(driver, limit, from, to, value, reason, file, string)
#define RULE(driver, feature, from, to, answer, reason, file, string) \
	{driver, XDPX_FEATURE_##feature, from, to, XDPX_##answer, reason, file},
#define RULE_ABSENT(driver, feature, from, to, answer, reason, file, string) \
	RULE(driver, feature, from, to, answer, reason, file, string)

const struct xdpx_nic_rule xdpx_nic_rules[] = {
#include "nic/drivers.def"
};
const size_t xdpx_nic_rules_count = COUNT(xdpx_nic_rules);

#undef LIMIT
#undef RULE
#undef RULE_ABSENT
#define RULE(driver, feature, from, to, answer, reason, file, string)
#define RULE_ABSENT(driver, feature, from, to, answer, reason, file, string)
#define LIMIT(driver, limit, from, to, value, reason, file, string) \
	{driver, XDPX_LIMIT_##limit, from, to, reason, file},

const struct xdpx_nic_limit_rule xdpx_nic_limit_rules[] = {
#include "nic/drivers.def"
};
const size_t xdpx_nic_limit_rules_count = COUNT(xdpx_nic_limit_rules);

/* SMP_CACHE_BYTES and NET_IP_ALIGN; struct skb_shared_info has 320 bytes on 64 bits with the usual 17 fragments. */
#if defined(__s390x__)
#define LINE 256
#elif defined(__powerpc64__)
#define LINE 128
#else
#define LINE 64
#endif
#if defined(__x86_64__) || defined(__aarch64__) || defined(__powerpc64__)
#define IP_ALIGN 0
#else
#define IP_ALIGN 2
#endif
#define SHINFO ((320 + LINE - 1) / LINE * LINE)

/* struct xdp_frame, which the kernel keeps in front of what programs may write; 32 bytes in some old kernels. */
#define FRAME 40

/* A row's value, with the sizes under the names that the table uses. */
static int64_t value_of(size_t row, const struct xdpx_nic_sizes *sizes, int64_t headroom)
{
#define PAGE (sizes->page)
#define MTU (sizes->mtu)
#define MTU_MAX (sizes->mtu_max)
#define RX_MAX (sizes->rx_max)
#define TX_MAX (sizes->tx_max)
#define COMBINED_MAX (sizes->combined_max)
#define CPUS (sizes->cpus)
#define HEADROOM (headroom)
#undef LIMIT
#define LIMIT(driver, limit, from, to, value, reason, file, string) (value),
	const int64_t values[] = {
#include "nic/drivers.def"
	};

	return values[row];
}

static bool covers(uint32_t from, uint32_t to, uint32_t kernel)
{
	return from <= kernel && (!to || kernel <= to);
}

void xdpx_nic_sizes_find(const struct xdpx_nic *nic, const struct xdpx_nic_machine *machine,
			 struct xdpx_nic_sizes *sizes)
{
	*sizes = (struct xdpx_nic_sizes){
		.page = machine->page,
		.mtu = nic->mtu,
		.mtu_max = nic->mtu_max ? (int64_t)nic->mtu_max : -1,
		.rx_max = nic->channels.known ? (int64_t)nic->channels.rx_max : -1,
		.tx_max = nic->channels.known ? (int64_t)nic->channels.tx_max : -1,
		.combined_max = nic->channels.known ? (int64_t)nic->channels.combined_max : -1,
		.cpus = machine->cpus,
	};
}

/* Features before names: most rows are of another feature, and a list of devices asks often. */
static const struct xdpx_nic_rule *rule_of(const char *driver, enum xdpx_feature feature, uint32_t kernel)
{
	const struct xdpx_nic_rule *rule = xdpx_nic_rules;
	size_t i;

	for (i = 0; i < xdpx_nic_rules_count; i++, rule++)
		if (rule->feature == feature && covers(rule->from, rule->to, kernel) && !strcmp(rule->driver, driver))
			return rule;
	return NULL;
}

/* A driver that runs no programs has none of these, whatever the table says of other drivers. */
static bool needs_native(enum xdpx_feature feature)
{
	return feature == XDPX_FEATURE_TX || feature == XDPX_FEATURE_RX_FRAGS || feature == XDPX_FEATURE_ZEROCOPY ||
	       feature == XDPX_FEATURE_OFFLOAD;
}

const struct xdpx_nic_rule *xdpx_nic_rule_find(const char *driver, enum xdpx_feature feature, uint32_t kernel)
{
	const struct xdpx_nic_rule *rule = rule_of(driver, feature, kernel);
	const struct xdpx_nic_rule *native;

	if (!rule && needs_native(feature)) {
		native = rule_of(driver, XDPX_FEATURE_NATIVE, kernel);
		if (native && native->answer == XDPX_NO)
			return native;
	}
	return rule ? rule : rule_of("*", feature, kernel);
}

static const struct xdpx_nic_limit_rule *limit_rule_of(const char *driver, enum xdpx_limit limit, uint32_t kernel)
{
	const struct xdpx_nic_limit_rule *rule = xdpx_nic_limit_rules;
	size_t i;

	for (i = 0; i < xdpx_nic_limit_rules_count; i++, rule++)
		if (rule->limit == limit && covers(rule->from, rule->to, kernel) && !strcmp(rule->driver, driver))
			return rule;
	return NULL;
}

/* What programs can take of the headroom, or -1. */
static int64_t headroom_of(const char *driver, uint32_t kernel, const struct xdpx_nic_sizes *sizes)
{
	const struct xdpx_nic_limit_rule *rule = limit_rule_of(driver, XDPX_LIMIT_HEADROOM, kernel);
	int64_t left;

	if (!rule)
		return -1;
	left = value_of((size_t)(rule - xdpx_nic_limit_rules), sizes, -1);
	return left < FRAME ? 0 : left - FRAME;
}

/* Of these, 0 stands for what nothing told: an MTU without bound, channels of a device that has none to set. */
static bool means_something(enum xdpx_limit limit, int64_t value, const struct xdpx_nic_sizes *sizes)
{
	switch (limit) {
	case XDPX_LIMIT_MTU_NATIVE:
	case XDPX_LIMIT_MTU_NATIVE_FRAGS:
		return value > 0;
	case XDPX_LIMIT_QUEUES_XDP:
		return value >= 0 && (sizes->combined_max > 0 || sizes->rx_max > 0 || sizes->tx_max > 0);
	default:
		return value >= 0;
	}
}

const struct xdpx_nic_limit_rule *xdpx_nic_limit_find(const char *driver, enum xdpx_limit limit, uint32_t kernel,
						      const struct xdpx_nic_sizes *sizes, int64_t *value)
{
	const struct xdpx_nic_limit_rule *rule = limit_rule_of(driver, limit, kernel);
	const struct xdpx_nic_rule *metadata;
	int64_t headroom, found;

	if (!rule)
		rule = limit_rule_of("*", limit, kernel);
	if (!rule)
		return NULL;
	if (limit == XDPX_LIMIT_DATA_META) {
		metadata = xdpx_nic_rule_find(driver, XDPX_FEATURE_DATA_META, kernel);
		if (metadata && metadata->answer == XDPX_NO)
			return NULL;
	}

	headroom = headroom_of(driver, kernel, sizes);
	found = limit == XDPX_LIMIT_HEADROOM ? headroom
					     : value_of((size_t)(rule - xdpx_nic_limit_rules), sizes, headroom);
	if (!means_something(limit, found, sizes))
		return NULL;
	*value = found;
	return rule;
}

const char *xdpx_nic_driver_name(const struct xdpx_nic *nic)
{
	return nic->kind[0] || nic->loopback ? xdpx_nic_kind(nic) : nic->driver;
}

const char *xdpx_nic_rule_words(const struct xdpx_nic_rule *rule)
{
	return rule_words[rule - xdpx_nic_rules];
}

const char *xdpx_nic_limit_words(const struct xdpx_nic_limit_rule *rule)
{
	return limit_words[rule - xdpx_nic_limit_rules];
}

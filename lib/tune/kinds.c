/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The kinds of settings, and what those that are on or off share. */
#include "tune/tune.h"

#include <string.h>

#define FIELD(name) offsetof(struct xdpx_tune_opts, name)
/* Numbers of the netdev family's NAPI attributes. */
#define DEFER_HARD_IRQS 5
#define GRO_FLUSH_TIMEOUT 6
#define IRQ_SUSPEND_TIMEOUT 7

const struct xdpx_tune_kind xdpx_tune_kinds[] = {
	{"channels", &xdpx_tune_channels_ops, 0, 0, 0, NULL, "ethtool -l"},
	{"symmetric-rss", &xdpx_tune_rss_ops, FIELD(symmetric_rss), 0, 0, NULL, "ethtool -x"},
	{"lro", &xdpx_tune_feature_ops, FIELD(lro), 0, 0, "rx-lro", "ethtool -k"},
	{"gro-hw", &xdpx_tune_feature_ops, FIELD(gro_hw), 0, 0, "rx-gro-hw", "ethtool -k"},
	{"gro", &xdpx_tune_feature_ops, FIELD(gro), 0, 0, "rx-gro", "ethtool -k"},
	{"rx-vlan-offload", &xdpx_tune_feature_ops, FIELD(rx_vlan_offload), 0, 0, "rx-vlan-hw-parse", "ethtool -k"},
	{"tx-vlan-offload", &xdpx_tune_feature_ops, FIELD(tx_vlan_offload), 0, 0, "tx-vlan-hw-insert", "ethtool -k"},
	{"promiscuous", &xdpx_tune_promiscuous_ops, FIELD(promiscuous), 0, 0, NULL, "ip link show"},
	{"napi-defer-hard-irqs", &xdpx_tune_napi_ops, FIELD(napi_defer_hard_irqs), XDPX_TUNE_DEFER_HARD_IRQS,
	 DEFER_HARD_IRQS, "napi_defer_hard_irqs", "ip link show"},
	{"napi-gro-flush-timeout", &xdpx_tune_napi_ops, FIELD(gro_flush_timeout), XDPX_TUNE_GRO_FLUSH_TIMEOUT,
	 GRO_FLUSH_TIMEOUT, "gro_flush_timeout", "ip link show"},
	{"napi-irq-suspend-timeout", &xdpx_tune_napi_ops, FIELD(irq_suspend_timeout), XDPX_TUNE_IRQ_SUSPEND_TIMEOUT,
	 IRQ_SUSPEND_TIMEOUT, NULL, "ip link show"},
};

const size_t xdpx_tune_kind_count = sizeof(xdpx_tune_kinds) / sizeof(xdpx_tune_kinds[0]);

uint32_t xdpx_tune_switch_of(const struct xdpx_tune_kind *kind, const struct xdpx_tune_opts *want)
{
	uint32_t value;

	memcpy(&value, (const unsigned char *)want + kind->field, sizeof(value));
	return value;
}

bool xdpx_tune_switch_wanted(const struct xdpx_tune_kind *kind, const struct xdpx_tune_opts *want)
{
	return xdpx_tune_switch_of(kind, want) != XDPX_TUNE_LEAVE;
}

bool xdpx_tune_switch_aim(const struct xdpx_tune_setting *setting, const struct xdpx_tune_opts *want,
			  unsigned int attempt, char *text)
{
	if (attempt)
		return false;
	strcpy(text, xdpx_tune_switch_of(setting->kind, want) == XDPX_TUNE_ON ? "on" : "off");
	return true;
}

bool xdpx_tune_switch_valid(const char *text)
{
	return !strcmp(text, "on") || !strcmp(text, "off");
}

/* Not strtoull(): it takes signs, blanks and other bases. */
bool xdpx_tune_take_number(const char **text, uint64_t max, uint64_t *number)
{
	const char *at = *text;
	uint64_t value = 0;
	unsigned int digit;

	for (; *at >= '0' && *at <= '9'; at++) {
		digit = (unsigned int)(*at - '0');
		if (value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	if (at == *text)
		return false;
	*text = at;
	*number = value;
	return true;
}

bool xdpx_tune_take_word(const char **text, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(*text, word, length) != 0)
		return false;
	*text += length;
	return true;
}

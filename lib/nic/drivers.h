/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What is known of drivers from the kernel's source: drivers.def, looked up by driver and kernel. */
#ifndef XDPX_NIC_DRIVERS_H
#define XDPX_NIC_DRIVERS_H

#include <stddef.h>
#include <stdint.h>
#include <xdpx/nic.h>

struct xdpx_nic;
struct xdpx_nic_machine;

#define XDPX_KERNEL(major, minor) ((uint32_t)(major) << 8 | (uint32_t)(minor))

/* The rows are in the library's own memory. */
struct xdpx_nic_rule {
	const char *driver;
	enum xdpx_feature feature;
	uint32_t from, to; /* XDPX_KERNEL(), both included; `to` is 0 where no end is known */
	enum xdpx_answer answer;
	const char *reason; /* a sentence without a full stop */
	const char *file;   /* of the kernel's source, which shows it */
};

struct xdpx_nic_limit_rule {
	const char *driver;
	enum xdpx_limit limit;
	uint32_t from, to;
	const char *reason;
	const char *file;
};

/* What the values of limits are made of; -1 for what is not known. */
struct xdpx_nic_sizes {
	int64_t page;
	int64_t mtu, mtu_max;
	int64_t rx_max, tx_max, combined_max; /* channels */
	int64_t cpus;			      /* that may ever be there */
};

extern const struct xdpx_nic_rule xdpx_nic_rules[];
extern const struct xdpx_nic_limit_rule xdpx_nic_limit_rules[];
extern const size_t xdpx_nic_rules_count;
extern const size_t xdpx_nic_limit_rules_count;

/* The sizes of this device on this machine. */
void xdpx_nic_sizes_find(const struct xdpx_nic *nic, const struct xdpx_nic_machine *machine,
			 struct xdpx_nic_sizes *sizes);

/*
 * What is known of a feature, or NULL. The driver is "tap" for a tun device that is one, the kind for other software
 * devices, "generic" for generic XDP. What the running kernel tells itself comes before it: kernels with patches of
 * newer ones are not told from others.
 */
const struct xdpx_nic_rule *xdpx_nic_rule_find(const char *driver, enum xdpx_feature feature, uint32_t kernel);

/*
 * What is known of a limit, and its value, which is not negative; NULL also where a size that it depends on is not
 * known, and for the metadata of a driver that has none.
 */
const struct xdpx_nic_limit_rule *xdpx_nic_limit_find(const char *driver, enum xdpx_limit limit, uint32_t kernel,
						      const struct xdpx_nic_sizes *sizes, int64_t *value);

/* The name under which the table has generic XDP, and that under which it has this device. */
#define XDPX_DRIVER_GENERIC "generic"
const char *xdpx_nic_driver_name(const struct xdpx_nic *nic);

/* A row's reason, with where it was found. */
const char *xdpx_nic_rule_words(const struct xdpx_nic_rule *rule);
const char *xdpx_nic_limit_words(const struct xdpx_nic_limit_rule *rule);

#endif

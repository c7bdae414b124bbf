/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * The knobs of NAPI: each NAPI's own over netlink (Linux 6.13), else the device's through sysfs, which reach all of
 * its NAPIs. Without NAPIs that netlink lists (they are listed while the device is up, by drivers that say which
 * queues are theirs) it is sysfs too.
 */
#include "base/fail.h"
#include "netlink/netlink.h"
#include "tune/share.h"
#include "tune/sysfs.h"
#include "tune/tune.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAMILY "netdev"
#define NAPI_GET 11
#define NAPI_SET 14

enum { NAPI_IFINDEX = 1, NAPI_ID = 2, NAPI_COUNT = 8 };

/* The kernel's limit is that of queues; more ids than this are not a device's. */
#define NAPI_LIMIT 65536

static bool napi_wanted(const struct xdpx_tune_kind *kind, const struct xdpx_tune_opts *want)
{
	return want->flags & kind->flag;
}

static bool napi_aim(const struct xdpx_tune_setting *setting, const struct xdpx_tune_opts *want, unsigned int attempt,
		     char *text)
{
	const unsigned char *field = (const unsigned char *)want + setting->kind->field;
	uint32_t u32 = 0;
	uint64_t u64 = 0;

	if (attempt)
		return false;
	if (want->flags & XDPX_TUNE_KEEP_VALUES && strcmp(setting->found, "0") != 0) {
		strcpy(text, setting->found);
		return true;
	}
	if (setting->kind->flag == XDPX_TUNE_DEFER_HARD_IRQS)
		memcpy(&u32, field, sizeof(u32));
	else
		memcpy(&u64, field, sizeof(u64));
	snprintf(text, XDPX_TUNE_VALUE_BYTES, "%llu", (unsigned long long)(u32 + u64));
	return true;
}

static bool napi_valid(const char *text)
{
	uint64_t number;

	return xdpx_tune_take_number(&text, UINT64_MAX, &number) && !*text;
}

struct napis {
	unsigned int attr;
	uint32_t ifindex;
	uint32_t *ids;
	size_t count;
};

static int id_take(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *attrs[NAPI_COUNT];
	struct napis *napis = arg;
	uint32_t *more;

	xdpx_nl_message_attrs(message, GENL_HDRLEN, attrs, NAPI_COUNT);
	if (xdpx_nl_uint(attrs[NAPI_IFINDEX]) != napis->ifindex || !attrs[NAPI_ID] || !attrs[napis->attr] ||
	    napis->count == NAPI_LIMIT)
		return 0;
	more = realloc(napis->ids, (napis->count + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	napis->ids = more;
	napis->ids[napis->count++] = (uint32_t)xdpx_nl_uint(attrs[NAPI_ID]);
	return 0;
}

static void ids_forget(void *arg)
{
	struct napis *napis = arg;

	napis->count = 0;
}

static int one_id(const struct xdpx_tune *tune, uint32_t **ids, size_t *count)
{
	*count = 0;
	*ids = malloc(sizeof(**ids));
	if (!*ids)
		return xdpx_fail(-ENOMEM, "tune.alloc", "out of memory for the id of a NAPI");
	if (tune->napi)
		(*ids)[(*count)++] = tune->napi;
	return 0;
}

/* No id: sysfs. Whatever keeps netlink from listing them keeps it from setting them. */
static int listed_ids(struct xdpx_tune *tune, const struct xdpx_tune_kind *kind, uint32_t **ids, size_t *count)
{
	struct napis napis = {.attr = kind->attr, .ifindex = tune->journal.ifindex};
	int family = xdpx_nl_family(tune->genl, FAMILY);
	union xdpx_nl_request request;
	struct nlmsghdr *message;
	int err = family;

	if (family >= 0) {
		message = xdpx_nl_genl_request(&request, family, NAPI_GET);
		mnl_attr_put_u32(message, NAPI_IFINDEX, tune->journal.ifindex);
		err = xdpx_nl_dump(tune->genl, message, id_take, ids_forget, &napis);
	}
	if (err == -ENOMEM) {
		free(napis.ids);
		return xdpx_fail(-ENOMEM, "tune.alloc", "out of memory for the list of NAPIs");
	}
	*ids = napis.ids;
	*count = err ? 0 : napis.count;
	return 0;
}

static int napi_ids(struct xdpx_tune *tune, const struct xdpx_tune_kind *kind, uint32_t **ids, size_t *count)
{
	return tune->one_napi ? one_id(tune, ids, count) : listed_ids(tune, kind, ids, count);
}

struct knob {
	unsigned int attr;
	bool known;
	uint32_t ifindex;
	uint64_t value;
};

static int knob_take(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *attrs[NAPI_COUNT];
	struct knob *knob = arg;

	xdpx_nl_message_attrs(message, GENL_HDRLEN, attrs, NAPI_COUNT);
	knob->ifindex = (uint32_t)xdpx_nl_uint(attrs[NAPI_IFINDEX]);
	knob->known = attrs[knob->attr];
	knob->value = xdpx_nl_uint(attrs[knob->attr]);
	return 0;
}

static int napi_gone(const struct xdpx_tune *tune, const struct xdpx_tune_setting *setting)
{
	xdpx_fail(-ENOENT, "tune.napi", "%s has no NAPI %u any more", tune->journal.nic, setting->id);
	xdpx_fail_hint("drivers make new ones when the device goes down and up, or when its channels change");
	return -ENOENT;
}

static int netlink_read(struct xdpx_tune *tune, const struct xdpx_tune_setting *setting, uint64_t *value)
{
	struct knob knob = {.attr = setting->kind->attr};
	int family = xdpx_nl_family(tune->genl, FAMILY);
	union xdpx_nl_request request;
	struct nlmsghdr *message;
	int err = family;

	if (family >= 0) {
		message = xdpx_nl_genl_request(&request, family, NAPI_GET);
		mnl_attr_put_u32(message, NAPI_ID, setting->id);
		err = xdpx_nl_do(tune->genl, message, knob_take, &knob);
		if (err == -ENOENT || (!err && knob.ifindex != tune->journal.ifindex))
			return napi_gone(tune, setting);
		if (!err && !knob.known)
			err = -EOPNOTSUPP;
	}
	if (err)
		return xdpx_tune_read_refused(tune, setting, err, xdpx_nl_text(tune->genl));
	*value = knob.value;
	return 0;
}

/* A number that fits is sent in 4 bytes: the first knob takes no 8, the others take either. */
static int netlink_write(struct xdpx_tune *tune, const struct xdpx_tune_setting *setting, const char *to)
{
	int family = xdpx_nl_family(tune->genl, FAMILY);
	union xdpx_nl_request request;
	struct nlmsghdr *message;
	uint64_t value = 0;
	int err = family;

	xdpx_tune_take_number(&(const char *){to}, UINT64_MAX, &value);
	if (family >= 0) {
		message = xdpx_nl_genl_request(&request, family, NAPI_SET);
		mnl_attr_put_u32(message, NAPI_ID, setting->id);
		if (value <= UINT32_MAX)
			mnl_attr_put_u32(message, (uint16_t)setting->kind->attr, (uint32_t)value);
		else
			mnl_attr_put_u64(message, (uint16_t)setting->kind->attr, value);
		err = xdpx_nl_do(tune->genl, message, NULL, NULL);
	}
	if (err == -ENOENT && family >= 0)
		return napi_gone(tune, setting);
	return err ? xdpx_tune_write_refused(tune, setting, to, err, xdpx_nl_text(tune->genl)) : 0;
}

/* Asked for a NAPI that never is, a kernel that knows the command doesn't find it; without privilege it says so. */
bool xdpx_tune_has_napi_knobs(struct xdpx_tune *tune)
{
	int family = xdpx_nl_family(tune->genl, FAMILY);
	union xdpx_nl_request request;
	struct nlmsghdr *message;
	int err;

	if (family < 0)
		return false;
	message = xdpx_nl_genl_request(&request, family, NAPI_SET);
	mnl_attr_put_u32(message, NAPI_ID, 1); /* ids begin behind the processors' numbers */
	err = xdpx_nl_do(tune->genl, message, NULL, NULL);
	return err == -ENOENT || err == -EPERM;
}

static int sysfs_missing(const struct xdpx_tune *tune, const struct xdpx_tune_setting *setting, int err)
{
	const char *nic = tune->journal.nic;

	xdpx_fail(-EOPNOTSUPP, "tune.sysfs", "%s: %s can't be reached: netlink lists no NAPI that has it, and %s", nic,
		  setting->name,
		  !setting->kind->word ? "sysfs does not have it"
		  : err == -EXDEV      ? "the sysfs at /sys is another network namespace's"
				       : "sysfs of this network namespace can't be read");
	xdpx_fail_kernel_code(err);
	xdpx_fail_hint("bring %s up; netlink has the knobs since Linux 6.13, for drivers that list their NAPIs", nic);
	return -EOPNOTSUPP;
}

static int napi_read(struct xdpx_tune *tune, const struct xdpx_tune_setting *setting, char *text)
{
	uint64_t value = 0;
	int folder;
	int err;

	if (setting->id) {
		err = netlink_read(tune, setting, &value);
	} else {
		folder = setting->kind->word ? xdpx_tune_sysfs(tune) : -EOPNOTSUPP;
		if (folder < 0)
			return sysfs_missing(tune, setting, folder);
		err = xdpx_tune_sysfs_get(folder, setting->kind->word, &value);
		if (err)
			err = xdpx_tune_read_refused(tune, setting, err, "");
	}
	if (!err)
		snprintf(text, XDPX_TUNE_VALUE_BYTES, "%llu", (unsigned long long)value);
	return err;
}

static int napi_write(struct xdpx_tune *tune, const struct xdpx_tune_setting *setting, const char *from, const char *to)
{
	int folder;
	int err;

	(void)from;
	if (setting->id)
		return netlink_write(tune, setting, to);
	folder = setting->kind->word ? xdpx_tune_sysfs(tune) : -EOPNOTSUPP;
	if (folder < 0)
		return sysfs_missing(tune, setting, folder);
	err = xdpx_tune_sysfs_put(folder, setting->kind->word, to);
	return err ? xdpx_tune_write_refused(tune, setting, to, err, "") : 0;
}

const struct xdpx_tune_ops xdpx_tune_napi_ops = {
	.wanted = napi_wanted,
	.aim = napi_aim,
	.ids = napi_ids,
	.valid = napi_valid,
	.read = napi_read,
	.write = napi_write,
};

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * Receive-side scaling that brings both directions of a flow to one queue: over netlink (RSS_GET of Linux 6.3, RSS_SET
 * of 6.17), else the ioctl.
 */
#include "tune/rss.h"

#include "base/fail.h"
#include "netlink/netlink.h"
#include "tune/tune.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#define RSS_GET 38
#define RSS_SET 48

enum { RSS_HFUNC = 3, RSS_HKEY = 5, RSS_INPUT_XFRM = 6, RSS_COUNT = 7 };

#define HASH_TOEPLITZ 1
#define XFRM_SYMMETRIC 3 /* xor, or the form of it that ors */
#define XFRM_XOR 1

/* A key of this period gives a packet and its answer the same Toeplitz hash. */
static const uint8_t symmetric_key[] = {0x6d, 0x5a};

/* The ioctl's struct; its second byte of flags was reserved before 6.8. */
#define GRSSH 0x46
#define SRSSH 0x47
#define INDIR_NO_CHANGE UINT32_MAX

struct rxfh {
	uint32_t cmd;
	uint32_t context;
	uint32_t indir_size;
	uint32_t key_size;
	uint8_t hfunc;
	uint8_t xfrm;
	uint8_t reserved[6];
	uint8_t key[XDPX_TUNE_KEY_BYTES];
};

void xdpx_tune_rss_text(const struct xdpx_tune_rss *rss, char *text)
{
	size_t at = (size_t)snprintf(text, XDPX_TUNE_VALUE_BYTES, "hfunc=%u xfrm=%u key=", rss->hfunc, rss->xfrm);
	size_t i;

	for (i = 0; i < rss->key_bytes; i++)
		at += (size_t)snprintf(text + at, XDPX_TUNE_VALUE_BYTES - at, "%02x", rss->key[i]);
}

static int digit(char letter)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = letter ? strchr(digits, letter) : NULL;

	return found ? (int)(found - digits) : -1;
}

static bool key_parse(const char *text, struct xdpx_tune_rss *rss)
{
	int high;
	int low;

	for (rss->key_bytes = 0; *text; text += 2) {
		high = digit(text[0]);
		low = digit(text[1]);
		if (high < 0 || low < 0 || rss->key_bytes == sizeof(rss->key))
			return false;
		rss->key[rss->key_bytes++] = (uint8_t)(high * 16 + low);
	}
	return true;
}

bool xdpx_tune_rss_parse(const char *text, struct xdpx_tune_rss *rss)
{
	uint64_t hfunc;
	uint64_t xfrm;

	if (!xdpx_tune_take_word(&text, "hfunc=") || !xdpx_tune_take_number(&text, UINT8_MAX, &hfunc) ||
	    !xdpx_tune_take_word(&text, " xfrm=") || !xdpx_tune_take_number(&text, UINT8_MAX, &xfrm) ||
	    !xdpx_tune_take_word(&text, " key="))
		return false;
	rss->hfunc = (uint32_t)hfunc;
	rss->xfrm = (uint32_t)xfrm;
	return key_parse(text, rss);
}

static void key_fill(struct xdpx_tune_rss *rss)
{
	size_t i;

	for (i = 0; i < rss->key_bytes; i++)
		rss->key[i] = symmetric_key[i % sizeof(symmetric_key)];
}

/* A key with a period of 2 bytes, whichever they are. */
static bool key_symmetric(const struct xdpx_tune_rss *rss)
{
	size_t i;

	for (i = 2; i < rss->key_bytes; i++)
		if (rss->key[i] != rss->key[i - 2])
			return false;
	return rss->key_bytes > 2;
}

bool xdpx_tune_rss_aim(struct xdpx_tune_rss *rss, unsigned int attempt)
{
	bool toeplitz = rss->hfunc == HASH_TOEPLITZ;

	if (rss->xfrm & XFRM_SYMMETRIC || (toeplitz && key_symmetric(rss)))
		return !attempt;
	if (!attempt) {
		rss->xfrm |= XFRM_XOR;
		return true;
	}
	if (attempt > 1 || !toeplitz || rss->key_bytes <= 2)
		return false;
	key_fill(rss);
	return true;
}

int xdpx_tune_rss_take(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *attrs[RSS_COUNT];
	struct xdpx_tune_rss *rss = arg;
	const void *key = NULL;
	size_t bytes;

	xdpx_nl_message_attrs(message, GENL_HDRLEN, attrs, RSS_COUNT);
	bytes = xdpx_nl_payload(attrs[RSS_HKEY], &key);
	if (bytes > sizeof(rss->key))
		return -EMSGSIZE;
	rss->hfunc = (uint32_t)xdpx_nl_uint(attrs[RSS_HFUNC]) & UINT8_MAX;
	rss->xfrm = (uint32_t)xdpx_nl_uint(attrs[RSS_INPUT_XFRM]) & UINT8_MAX;
	rss->key_bytes = bytes;
	if (bytes)
		memcpy(rss->key, key, bytes);
	return 0;
}

static bool key_differs(const struct xdpx_tune_rss *from, const struct xdpx_tune_rss *to)
{
	return from->key_bytes != to->key_bytes || memcmp(from->key, to->key, to->key_bytes) != 0;
}

void xdpx_tune_rss_put(struct nlmsghdr *message, const struct xdpx_tune_rss *from, const struct xdpx_tune_rss *to)
{
	if (key_differs(from, to))
		mnl_attr_put(message, RSS_HKEY, to->key_bytes, to->key);
	if (from->xfrm != to->xfrm)
		mnl_attr_put_u32(message, RSS_INPUT_XFRM, to->xfrm);
}

static int rxfh_ioctl(const struct xdpx_tune *tune, struct rxfh *rxfh)
{
	struct ifreq request = {.ifr_data = (char *)rxfh};

	strcpy(request.ifr_name, tune->journal.nic);
	return ioctl(xdpx_nl_fd(tune->route), SIOCETHTOOL, &request) ? -errno : 0;
}

/* The first call tells how long the key is; without room for the table, none is written. */
static int ioctl_get(const struct xdpx_tune *tune, struct xdpx_tune_rss *rss)
{
	struct rxfh rxfh = {.cmd = GRSSH};
	uint32_t key_bytes;
	int err;

	err = rxfh_ioctl(tune, &rxfh);
	if (err)
		return err;
	key_bytes = rxfh.key_size;
	if (key_bytes > sizeof(rxfh.key))
		return -EMSGSIZE;
	rxfh = (struct rxfh){.cmd = GRSSH, .key_size = key_bytes};
	err = rxfh_ioctl(tune, &rxfh);
	if (err)
		return err;
	*rss = (struct xdpx_tune_rss){.hfunc = rxfh.hfunc, .xfrm = rxfh.xfrm, .key_bytes = key_bytes};
	memcpy(rss->key, rxfh.key, key_bytes);
	return 0;
}

/* The function stays: 0 means that here. */
static int ioctl_set(const struct xdpx_tune *tune, const struct xdpx_tune_rss *from, const struct xdpx_tune_rss *to)
{
	struct rxfh rxfh = {.cmd = SRSSH, .indir_size = INDIR_NO_CHANGE, .xfrm = (uint8_t)to->xfrm};

	if (key_differs(from, to)) {
		rxfh.key_size = (uint32_t)to->key_bytes;
		memcpy(rxfh.key, to->key, to->key_bytes);
	}
	return rxfh_ioctl(tune, &rxfh);
}

/* What the family does not know yet it refuses with the same errno as a driver that does not offer it. */
static bool try_ioctl(int err)
{
	return err == -EOPNOTSUPP || err == -ENOENT;
}

static int rss_get(struct xdpx_tune *tune, const struct xdpx_tune_setting *setting, struct xdpx_tune_rss *rss)
{
	union xdpx_nl_request request;
	struct nlmsghdr *message;
	int err = xdpx_tune_ethtool(tune, &request, RSS_GET, &message);

	memset(rss, 0, sizeof(*rss));
	if (!err)
		err = xdpx_nl_do(tune->genl, message, xdpx_tune_rss_take, rss);
	if (try_ioctl(err))
		err = ioctl_get(tune, rss);
	return err ? xdpx_tune_read_refused(tune, setting, err, xdpx_nl_text(tune->genl)) : 0;
}

static int rss_read(struct xdpx_tune *tune, const struct xdpx_tune_setting *setting, char *text)
{
	struct xdpx_tune_rss rss;
	int err = rss_get(tune, setting, &rss);

	if (!err)
		xdpx_tune_rss_text(&rss, text);
	return err;
}

static int rss_write(struct xdpx_tune *tune, const struct xdpx_tune_setting *setting, const char *from, const char *to)
{
	union xdpx_nl_request request;
	struct xdpx_tune_rss before;
	struct xdpx_tune_rss after;
	struct nlmsghdr *message;
	int err;

	if (!xdpx_tune_rss_parse(from, &before) || !xdpx_tune_rss_parse(to, &after))
		return xdpx_tune_write_refused(tune, setting, to, -EINVAL, "");
	err = xdpx_tune_ethtool(tune, &request, RSS_SET, &message);
	if (!err) {
		xdpx_tune_rss_put(message, &before, &after);
		err = xdpx_nl_do(tune->genl, message, NULL, NULL);
	}
	if (try_ioctl(err))
		err = ioctl_set(tune, &before, &after);
	return err ? xdpx_tune_write_refused(tune, setting, to, err, xdpx_nl_text(tune->genl)) : 0;
}

static bool rss_aim(const struct xdpx_tune_setting *setting, const struct xdpx_tune_opts *want, unsigned int attempt,
		    char *text)
{
	struct xdpx_tune_rss rss;

	(void)want;
	if (!xdpx_tune_rss_parse(setting->found, &rss) || !xdpx_tune_rss_aim(&rss, attempt))
		return false;
	xdpx_tune_rss_text(&rss, text);
	return true;
}

static bool rss_valid(const char *text)
{
	struct xdpx_tune_rss rss;

	return xdpx_tune_rss_parse(text, &rss);
}

const struct xdpx_tune_ops xdpx_tune_rss_ops = {
	.wanted = xdpx_tune_switch_wanted,
	.aim = rss_aim,
	.valid = rss_valid,
	.read = rss_read,
	.write = rss_write,
};

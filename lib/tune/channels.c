/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* How many channels the driver has in use, as "rx=4 tx=4 combined=0". */
#include "netlink/netlink.h"
#include "tune/tune.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <string.h>

#define CHANNELS_GET 17
#define CHANNELS_SET 18

enum { CHANNELS_RX = 6, CHANNELS_TX = 7, CHANNELS_COMBINED = 9, CHANNELS_COUNT = 10 };

struct channels {
	uint32_t rx;
	uint32_t tx;
	uint32_t combined;
};

static void text_of(const struct channels *channels, char *text)
{
	snprintf(text, XDPX_TUNE_VALUE_BYTES, "rx=%u tx=%u combined=%u", channels->rx, channels->tx,
		 channels->combined);
}

static bool count_take(const char **text, const char *word, uint32_t *count)
{
	uint64_t number;

	if (!xdpx_tune_take_word(text, word) || !xdpx_tune_take_number(text, UINT32_MAX, &number))
		return false;
	*count = (uint32_t)number;
	return true;
}

static bool text_read(const char *text, struct channels *channels)
{
	return count_take(&text, "rx=", &channels->rx) && count_take(&text, " tx=", &channels->tx) &&
	       count_take(&text, " combined=", &channels->combined) && !*text;
}

static bool channels_valid(const char *text)
{
	struct channels channels;

	return text_read(text, &channels);
}

static bool channels_wanted(const struct xdpx_tune_kind *kind, const struct xdpx_tune_opts *want)
{
	(void)kind;
	return want->channels_rx || want->channels_tx || want->channels_combined;
}

static bool channels_aim(const struct xdpx_tune_setting *setting, const struct xdpx_tune_opts *want,
			 unsigned int attempt, char *text)
{
	struct channels channels = {.rx = 0};

	if (attempt || !text_read(setting->found, &channels))
		return false;
	if (want->channels_rx)
		channels.rx = want->channels_rx;
	if (want->channels_tx)
		channels.tx = want->channels_tx;
	if (want->channels_combined)
		channels.combined = want->channels_combined;
	text_of(&channels, text);
	return true;
}

/* A count whose maximum is 0 is not in the answer. */
static int channels_take(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *attrs[CHANNELS_COUNT];
	struct channels *channels = arg;

	xdpx_nl_message_attrs(message, GENL_HDRLEN, attrs, CHANNELS_COUNT);
	channels->rx = (uint32_t)xdpx_nl_uint(attrs[CHANNELS_RX]);
	channels->tx = (uint32_t)xdpx_nl_uint(attrs[CHANNELS_TX]);
	channels->combined = (uint32_t)xdpx_nl_uint(attrs[CHANNELS_COMBINED]);
	return 0;
}

static int channels_read(struct xdpx_tune *tune, const struct xdpx_tune_setting *setting, char *text)
{
	struct channels channels = {.rx = 0};
	union xdpx_nl_request request;
	struct nlmsghdr *message;
	int err = xdpx_tune_ethtool(tune, &request, CHANNELS_GET, &message);

	if (!err)
		err = xdpx_nl_do(tune->genl, message, channels_take, &channels);
	if (err)
		return xdpx_tune_read_refused(tune, setting, err, xdpx_nl_text(tune->genl));
	text_of(&channels, text);
	return 0;
}

static void count_put(struct nlmsghdr *message, uint16_t attr, uint32_t from, uint32_t to)
{
	if (from != to)
		mnl_attr_put_u32(message, attr, to);
}

/* All that change in one request: half of the way there may be no valid combination. */
static int channels_write(struct xdpx_tune *tune, const struct xdpx_tune_setting *setting, const char *from,
			  const char *to)
{
	struct channels before = {.rx = 0};
	struct channels after = {.rx = 0};
	union xdpx_nl_request request;
	struct nlmsghdr *message;
	int err;

	if (!text_read(from, &before) || !text_read(to, &after))
		return xdpx_tune_write_refused(tune, setting, to, -EINVAL, "");
	err = xdpx_tune_ethtool(tune, &request, CHANNELS_SET, &message);
	if (!err) {
		count_put(message, CHANNELS_RX, before.rx, after.rx);
		count_put(message, CHANNELS_TX, before.tx, after.tx);
		count_put(message, CHANNELS_COMBINED, before.combined, after.combined);
		err = xdpx_nl_do(tune->genl, message, NULL, NULL);
	}
	return err ? xdpx_tune_write_refused(tune, setting, to, err, xdpx_nl_text(tune->genl)) : 0;
}

const struct xdpx_tune_ops xdpx_tune_channels_ops = {
	.wanted = channels_wanted,
	.aim = channels_aim,
	.valid = channels_valid,
	.read = channels_read,
	.write = channels_write,
};

/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/**
 * @file xdpx/tune.h
 * Settings of a network device changed for a while, and put back.
 *
 * What was found is written to a journal under /run/xdpx before it is changed. xdpx_tune_restore() and
 * xdpx_tune_free() put it back; after a process that was killed, xdpx_tune_restore_token() does, with what the journal
 * says. Only what still has the value that was set is put back: what somebody has changed since is left alone.
 *
 * After a fork the settings are held until both processes have ended, and one of the two ends the handle; the other
 * leaves it alone.
 *
 * Two tunes of one setting: the second records what the first has set. Put them back in the reverse order.
 *
 * CAP_NET_ADMIN is needed, and write access to /run/xdpx, which is root's.
 */
#ifndef XDPX_TUNE_H
#define XDPX_TUNE_H

#include <xdpx/api.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The settings of one device that were changed, with what they were before. */
struct xdpx_tune;

/** One setting in it. */
struct xdpx_tune_setting;

/** What lies in the journal. */
struct xdpx_tune_list;

/** What is wanted of a setting that is on or off. */
enum xdpx_tune_switch {
	XDPX_TUNE_LEAVE = 0, /**< leave it alone */
	XDPX_TUNE_ON = 1,    /**< on */
	XDPX_TUNE_OFF = 2,   /**< off */
};

/** Set what can be set, and report the rest; else one refusal undoes all and fails. */
#define XDPX_TUNE_BEST_EFFORT (1ULL << 0)
/** Keep no journal: after a kill nothing can be put back. For processes that can't write to /run/xdpx. */
#define XDPX_TUNE_NO_JOURNAL (1ULL << 1)
/** The option `napi_defer_hard_irqs` counts. */
#define XDPX_TUNE_DEFER_HARD_IRQS (1ULL << 2)
/** The option `gro_flush_timeout` counts. */
#define XDPX_TUNE_GRO_FLUSH_TIMEOUT (1ULL << 3)
/** The option `irq_suspend_timeout` counts. */
#define XDPX_TUNE_IRQ_SUSPEND_TIMEOUT (1ULL << 4)

/** What xdpx_tune_new() is to set. Everything that is 0 is left alone. */
struct xdpx_tune_opts {
	size_t size;		    /**< sizeof(struct xdpx_tune_opts) */
	uint64_t flags;		    /**< XDPX_TUNE_ flags */
	uint32_t promiscuous;	    /**< enum xdpx_tune_switch: take frames for any address (IFF_PROMISC) */
	uint32_t gro;		    /**< enum xdpx_tune_switch: merge received packets in software */
	uint32_t gro_hw;	    /**< enum xdpx_tune_switch: merge received packets in the device */
	uint32_t lro;		    /**< enum xdpx_tune_switch: the same, past undoing; no XDP program goes with it */
	uint32_t rx_vlan_offload;   /**< enum xdpx_tune_switch: take VLAN tags out of received packets */
	uint32_t tx_vlan_offload;   /**< enum xdpx_tune_switch: let the device put VLAN tags into packets sent */
	uint32_t symmetric_rss;	    /**< XDPX_TUNE_ON: both directions of a flow arrive on one queue */
	uint32_t channels_rx;	    /**< receive channels; 0: leave alone */
	uint32_t channels_tx;	    /**< transmit channels; 0: leave alone */
	uint32_t channels_combined; /**< channels of a receive and a transmit queue; 0: leave alone */
	uint32_t napi_defer_hard_irqs; /**< polls that find nothing before interrupts are back; with its flag */
	uint32_t reserved;	       /**< 0 */
	uint64_t gro_flush_timeout;    /**< nanoseconds from one poll to the next meanwhile; with its flag */
	uint64_t irq_suspend_timeout;  /**< nanoseconds that a busy application keeps interrupts off; with its flag */
};

/** How a setting fared. */
enum xdpx_tune_state {
	XDPX_TUNE_REFUSED = 0,	  /**< it could not be set, and is as it was */
	XDPX_TUNE_ALREADY = 1,	  /**< it had the value wanted; there is nothing to put back */
	XDPX_TUNE_CHANGED = 2,	  /**< it was set, and is to be put back */
	XDPX_TUNE_RESTORED = 3,	  /**< it has the value that was found again */
	XDPX_TUNE_LEFT_ALONE = 4, /**< somebody has changed it since, or it is gone: it was not put back */
	XDPX_TUNE_STUCK = 5,	  /**< it could not be put back, and stays in the journal */
};

/**
 * Changes settings of a network device, and remembers what they were.
 *
 * Channels come first, then what is to be off, then what is to be on, then the knobs of NAPI. Those are set for each
 * NAPI that the device has then (Linux 6.13), else for the whole device through sysfs. Channels that are changed can
 * bring new NAPIs with values of their own, and can put the indirection table of RSS back to its default.
 *
 * `symmetric_rss` asks the driver to combine source and destination (symmetric-xor, Linux 6.8); where it can't, it sets
 * a hash key that repeats 0x6d5a, which needs the Toeplitz function. Which fields go into the hash is left alone: it
 * is symmetric when they are, as addresses with ports are.
 *
 * @param nic   name, alternative name or index ("#2") of the device
 * @param want  what to set
 * @param tune  out: the handle, to be ended with xdpx_tune_free(), which puts the settings back; untouched on failure
 * @return 0, or
 *         -EINVAL: NULL arguments; bad options; the kernel or driver refuses the value
 *         -E2BIG: the options are those of a newer library, and one that this one does not know is set
 *         -ENODEV: no such device in this network namespace, or it went away
 *         -EPERM: CAP_NET_ADMIN is missing; the journal's folder is somebody else's
 *         -EACCES: the journal can't be written; see XDPX_TUNE_NO_JOURNAL
 *         -EOPNOTSUPP: the device does not offer the setting, or it is fixed
 *         -EIO: the driver took the value, and does not have it in force afterwards
 *         -ENOMEM: out of memory
 *         or another errno that netlink or the journal gave. What had been changed is back as it was; where that
 *         failed as well, the hint says which token is left
 * @since 0.1
 */
XDPX_API int xdpx_tune_new(const char *nic, const struct xdpx_tune_opts *want, struct xdpx_tune **tune);

/**
 * Puts the settings back, in the reverse order. What can't be put back is tried again by the next call.
 *
 * @param tune  the handle; its report tells afterwards how each setting fared
 * @return how many settings were left alone, because somebody has changed them since or they are gone: 0 when all are
 *         as they were found; or
 *         -EINVAL: `tune` is NULL
 *         -ENODEV: the device is gone; so is the journal
 *         -EPERM: CAP_NET_ADMIN is missing by now
 *         or another errno that netlink gave for the first setting that could not be put back
 * @since 0.1
 */
XDPX_API int xdpx_tune_restore(struct xdpx_tune *tune);

/**
 * Puts the settings back, and ends the handle. What could not be put back stays in the journal.
 *
 * @param tune  the handle, or NULL
 * @since 0.1
 */
XDPX_API void xdpx_tune_free(struct xdpx_tune *tune);

/**
 * The name under which the journal has the settings.
 *
 * @param tune  the handle, which owns the string
 * @return the token, 16 characters, or "" where nothing is in the journal
 * @since 0.1
 */
XDPX_API const char *xdpx_tune_token(const struct xdpx_tune *tune);

/**
 * Puts back what a process has left that is no more.
 *
 * @param token  from xdpx_tune_token()
 * @return how many settings were left alone, as xdpx_tune_restore(); or
 *         -EINVAL: `token` is NULL or no token
 *         -ENOENT: there is nothing in the journal under this token
 *         -EBUSY: a process still holds it; the message names it
 *         -EXDEV: the device is in another network namespace, which the message names: call it there
 *         -ESTALE: this is of an earlier boot; it was removed from the journal
 *         -ENODEV: the device is gone; this was removed from the journal
 *         -EBADMSG: what is in the journal is not of this library's making
 *         -EPERM: CAP_NET_ADMIN is missing; the folder or file is somebody else's
 *         or another errno that netlink gave for the first setting that could not be put back
 * @since 0.1
 */
XDPX_API int xdpx_tune_restore_token(const char *token);

/**
 * Removes what is in the journal under a token, and puts nothing back.
 *
 * @param token  from xdpx_tune_token()
 * @return 0, or
 *         -EINVAL: `token` is NULL or no token
 *         -ENOENT: there is nothing in the journal under this token
 *         -EBUSY: a process still holds it
 *         or another errno that the file system gave
 * @since 0.1
 */
XDPX_API int xdpx_tune_forget_token(const char *token);

/**
 * Reads what lies in the journal: of living processes, and of those that were killed.
 *
 * @param list  out: the list, to be freed with xdpx_tune_list_free(); untouched on failure
 * @return 0, also where there is no journal; or
 *         -EINVAL: `list` is NULL
 *         -EACCES: the folder can't be read
 *         -EPERM: the folder is somebody else's
 *         -ENOMEM: out of memory
 *         or another errno that the file system gave
 * @since 0.1
 */
XDPX_API int xdpx_tune_list_new(struct xdpx_tune_list **list);

/**
 * Frees a list. Nothing is put back.
 *
 * @param list  the list, or NULL
 * @since 0.1
 */
XDPX_API void xdpx_tune_list_free(struct xdpx_tune_list *list);

/**
 * How many tunes the list holds.
 *
 * @param list  the list
 * @return the count
 * @since 0.1
 */
XDPX_API size_t xdpx_tune_list_count(const struct xdpx_tune_list *list);

/**
 * One tune of the list, to read from: it is restored by its token.
 *
 * @param list  the list, which owns the tune: do not free it
 * @param at    0 to xdpx_tune_list_count() - 1
 * @return the tune, or NULL when `at` is past the end
 * @since 0.1
 */
XDPX_API const struct xdpx_tune *xdpx_tune_list_at(const struct xdpx_tune_list *list, size_t at);

/**
 * The name that the device had.
 *
 * @param tune  the handle, which owns the string
 * @return the name, "" for one whose journal can't be read
 * @since 0.1
 */
XDPX_API const char *xdpx_tune_nic_name(const struct xdpx_tune *tune);

/**
 * The device's index in its network namespace.
 *
 * @param tune  the handle
 * @return the index, 0 for one whose journal can't be read
 * @since 0.1
 */
XDPX_API uint32_t xdpx_tune_nic_index(const struct xdpx_tune *tune);

/**
 * The process that changed the settings.
 *
 * @param tune  the handle
 * @return its id, as it saw it itself; 0 for one whose journal can't be read
 * @since 0.1
 */
XDPX_API uint32_t xdpx_tune_pid(const struct xdpx_tune *tune);

/**
 * Why xdpx_tune_restore_token() would refuse this one of a list.
 *
 * @param tune  the handle, which owns the string
 * @return a sentence; "" when nothing is in the way
 * @since 0.1
 */
XDPX_API const char *xdpx_tune_why(const struct xdpx_tune *tune);

/**
 * How many settings are in the report.
 *
 * @param tune  the handle
 * @return the count
 * @since 0.1
 */
XDPX_API size_t xdpx_tune_count(const struct xdpx_tune *tune);

/**
 * One setting of the report, in the order in which they were set.
 *
 * @param tune  the handle, which owns the setting
 * @param at    0 to xdpx_tune_count() - 1
 * @return the setting, or NULL when `at` is past the end
 * @since 0.1
 */
XDPX_API const struct xdpx_tune_setting *xdpx_tune_at(const struct xdpx_tune *tune, size_t at);

/**
 * The setting's name, such as "gro" or "channels"; one of NAPI has its id, as in "napi-defer-hard-irqs 8193".
 *
 * @param setting  the setting, which owns the string
 * @return the name
 * @since 0.1
 */
XDPX_API const char *xdpx_tune_setting_name(const struct xdpx_tune_setting *setting);

/**
 * The value that was found, such as "off", "200000" or "rx=4 tx=4 combined=0".
 *
 * Of an offload it is what was asked of the device, which it may not have in force: `ethtool -k` shows "requested".
 *
 * @param setting  the setting, which owns the string
 * @return the value, "" where it could not be read
 * @since 0.1
 */
XDPX_API const char *xdpx_tune_setting_found(const struct xdpx_tune_setting *setting);

/**
 * The value that was set, or was to be.
 *
 * @param setting  the setting, which owns the string
 * @return the value, "" where that was not known before the setting was refused
 * @since 0.1
 */
XDPX_API const char *xdpx_tune_setting_set(const struct xdpx_tune_setting *setting);

/**
 * How the setting fared.
 *
 * @param setting  the setting
 * @return the state
 * @since 0.1
 */
XDPX_API enum xdpx_tune_state xdpx_tune_setting_state(const struct xdpx_tune_setting *setting);

/**
 * Why it was refused, left alone or got stuck.
 *
 * @param setting  the setting, which owns the string
 * @return a sentence with the kernel's words, "" for the other states
 * @since 0.1
 */
XDPX_API const char *xdpx_tune_setting_why(const struct xdpx_tune_setting *setting);

/**
 * A state's name, such as "left alone".
 *
 * @param state  the state
 * @return the name, or NULL past the last state that this library knows
 * @since 0.1
 */
XDPX_API const char *xdpx_tune_state_name(enum xdpx_tune_state state);

#ifdef __cplusplus
}
#endif

#endif

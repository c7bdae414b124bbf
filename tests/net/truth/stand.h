/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/*
 * A device in a network namespace of its own, with what it takes to let it receive a frame and to see what it sends.
 * All of it goes past the library: shell commands, sockets and libbpf.
 */
#ifndef TESTS_NET_TRUTH_STAND_H
#define TESTS_NET_TRUTH_STAND_H

#include "../../bpf/truth.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_BYTES 16384

/* Of a packet of one buffer, and of one that fits into none. */
#define FRAME_SMALL 128
#define FRAME_JUMBO 8000

struct device {
	const char *words; /* what is said of it */
	const char *below; /* shell commands that make what it needs; NULL: nothing */
	const char *add; /* the one that makes it, if the kernel has its kind; NULL: it is there, or opening makes it */
	const char *set; /* shell commands that set it up; NULL: nothing */
	const char *name;  /* its name */
	const char *far;   /* what is sent from this device, it receives, and the reverse; NULL: by its descriptor */
	int tun;	   /* IFF_TAP or IFF_TUN: its descriptor is held open */
	const char *large; /* shell commands that let packets of FRAME_JUMBO bytes pass; NULL: none is needed */
	const char *mtu_device; /* the one whose MTU bounds native programs */
	unsigned int known;	/* so many features have a yes or no, at least */
	bool busy;		/* the far end runs a native program */
	bool self;		/* it runs one itself */
	const char *
		fed; /* nothing is sent to it from afar: what this device receives is taken for its own; NULL: not so */
	bool mute;   /* what it is given to send does not come out as it was */
};

struct stand {
	const struct device *device;
	int fd;	 /* of a tun or tap, or a packet socket on the far device */
	int ear; /* sees what the device sends: a packet socket there, or `fd` */
	uint8_t mac[6];
	bool generic;	       /* programs are to be attached in generic mode: there is said to be no native XDP */
	unsigned int patience; /* milliseconds to wait for something to happen */
};

/* Makes the device in a new namespace. False: the kernel has no such kind. */
bool stand_make(struct stand *stand, const struct device *device, bool large);
void stand_end(struct stand *stand);

/* A flow of UDP, and one of its two directions. */
struct flow {
	uint16_t port;
	bool back;
};

/* Lets the device receive a marked frame of `bytes`. */
void stand_receive(const struct stand *stand, size_t bytes, struct flow flow);

/* Sends a marked frame from another device of the stand's namespace. */
void frame_send(const struct stand *stand, const char *from, size_t bytes);

/* Whether the device sends a marked frame within the stand's patience. */
bool stand_sends(const struct stand *stand);

/* Milliseconds of the monotonic clock, and a short sleep. */
uint64_t now_ms(void);
void nap(void);

#endif

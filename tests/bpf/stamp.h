/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What stamp.bpf.c and who receives its packets agree on. */
#ifndef TESTS_BPF_STAMP_H
#define TESTS_BPF_STAMP_H

/* All of a stream's state, in an array of one that user space has mapped. Who writes a part has its cache line. */
struct stamp_stream {
	__u64 sent; /* packets so far: the next one's number */
	__u64 begun_ns;
	__u64 pad0[6];
	__u64 seen; /* how far the receiver is */
	__u64 pad1[7];
	__u64 end;    /* so many packets altogether */
	__u64 window; /* at most so many sent and not seen */
	__u64 rate;   /* at most so many a second; 0: no limit */
	__u64 pad2[5];
};

/* A packet: Ethernet, IPv4 and UDP headers, and these. */
struct stamp {
	__u16 stream;
	__u64 number;
	__u64 digest; /* of the two above */
} __attribute__((packed));

#define STAMP_AT 42
#define STAMP_BYTES 60 /* the shortest packet */

/* Where a packet is long enough, words of the digest follow. */
#define STAMP_WORDS 8
#define STAMP_LONG_BYTES (STAMP_BYTES + 8 * STAMP_WORDS)

static inline __u64 stamp_digest(__u16 stream, __u64 number)
{
	__u64 digest = (number + 1) * 0x9e3779b97f4a7c15ULL ^ stream;

	digest ^= digest >> 29;
	return digest * 0xbf58476d1ce4e5b9ULL;
}

static inline __u64 stamp_word(__u64 digest, unsigned int at)
{
	return digest * (2 * at + 3);
}

#endif

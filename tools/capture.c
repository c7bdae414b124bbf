/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
#include "capture.h"

#include "tool.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* No packet is cut. */
#define SNAP_BYTES 262144

struct capture {
	pcap_t *pcap;
	pcap_dumper_t *dumper;
	pthread_mutex_t lock;
	char *path;
};

struct capture *capture_new(const char *path, int ethernet)
{
	struct capture *capture = calloc(1, sizeof(*capture));

	if (!capture)
		return fail_with(NULL, "out of memory"), NULL;
	pthread_mutex_init(&capture->lock, NULL);
	capture->path = strdup(path);
	capture->pcap = pcap_open_dead(ethernet ? DLT_EN10MB : DLT_RAW, SNAP_BYTES);
	if (capture->path && capture->pcap)
		capture->dumper = pcap_dump_open(capture->pcap, path);
	if (!capture->dumper) {
		/* libpcap's words begin with the path */
		fail_with(NULL, "%s", capture->pcap ? pcap_geterr(capture->pcap) : "out of memory");
		capture_free(capture);
		return NULL;
	}
	return capture;
}

void capture_lock(struct capture *capture)
{
	pthread_mutex_lock(&capture->lock);
}

void capture_unlock(struct capture *capture)
{
	pthread_mutex_unlock(&capture->lock);
}

void capture_packet(struct capture *capture, const struct timeval *when, const uint8_t *packet, uint32_t bytes)
{
	const struct pcap_pkthdr header = {.ts = *when, .caplen = bytes, .len = bytes};

	pcap_dump((u_char *)capture->dumper, &header, packet);
}

int capture_flush(struct capture *capture)
{
	FILE *file = pcap_dump_file(capture->dumper);
	int failed;

	capture_lock(capture);
	errno = 0;
	failed = pcap_dump_flush(capture->dumper) || ferror(file);
	capture_unlock(capture);
	if (!failed)
		return EXIT_SUCCESS;
	return fail_with(NULL, "%s could not be written%s%s", capture->path, errno ? ": " : "",
			 errno ? strerror(errno) : "");
}

void capture_free(struct capture *capture)
{
	if (!capture)
		return;
	if (capture->dumper)
		pcap_dump_close(capture->dumper);
	if (capture->pcap)
		pcap_close(capture->pcap);
	pthread_mutex_destroy(&capture->lock);
	free(capture->path);
	free(capture);
}

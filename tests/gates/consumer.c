/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* An application, as small as one can be: what runs is what was compiled against, and a failure has a reason. */
#include <xdpx/xdpx.h>

#include <stdio.h>
#include <string.h>

int main(void)
{
	struct xdpx_nic *nic = NULL;
	char version[32];

	snprintf(version, sizeof(version), "%d.%d.%d", XDPX_VERSION_MAJOR, XDPX_VERSION_MINOR, XDPX_VERSION_PATCH);
	if (strcmp(version, xdpx_version()) != 0) {
		printf("the headers are %s, the library is %s\n", version, xdpx_version());
		return 1;
	}

	if (xdpx_nic_open("no-such-nic", NULL, &nic) >= 0 || nic || !xdpx_error_last()->message[0]) {
		printf("opening a device that is not there gave no error\n");
		return 1;
	}
	return 0;
}

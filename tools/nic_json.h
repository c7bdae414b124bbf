/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* The parts of a device's JSON object. */
#ifndef TOOLS_NIC_JSON_H
#define TOOLS_NIC_JSON_H

#include "json.h"

#include <xdpx/nic.h>

/* Each adds the fields of its kind to a device's object. */
void nic_json_lists_add(struct json_object *object, const struct xdpx_nic *nic);
void nic_json_settings_add(struct json_object *object, const struct xdpx_nic *nic);

#endif

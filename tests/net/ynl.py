#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Asks the running kernel with its own ynl about all devices of this network namespace, or about one.

    ynl.py YNL-FOLDER FAMILY [DEVICE...]    the folder that scripts/ynl has filled; netdev or ethtool

Prints a line "device family/operation/attribute=value" a value, sorted, as tests/support/words.h has them; nothing for a
family that the kernel does not have.
"""
import os
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
sys.dont_write_bytecode = True
import ynl_words  # noqa: E402  pylint: disable=wrong-import-position


def device_of(reply):
    index = reply["header"]["dev-index"] if "header" in reply else reply["ifindex"]
    return socket.if_indextoname(index)


def asked(family, operation, question):
    """What the kernel replies; nothing where it, or the driver, has no answer."""
    try:
        if question:
            return [family.do(operation.name, question)]
        return family.dump(operation.name, {})
    except Exception as error:  # pylint: disable=broad-except  the class is ynl's own
        if type(error).__name__ == "NlError":
            return []
        raise


def about(operation, device):
    """The request's attributes; of lists, all are asked for."""
    if operation.startswith("ethtool/"):
        return {"header": {"dev-name": device}}
    return {"ifindex": socket.if_nametoindex(device)} if operation == "netdev/dev-get" else None


def lines(family, operation, device):
    question = about(operation, device) if device else None
    seen = set()
    for reply in asked(family, family.ops[operation.split("/")[1]], question):
        # a context past the first is for flows that rules steer there
        if not reply or reply.get("context") or device not in (None, device_of(reply)):
            continue
        if operation in ynl_words.FIRST_ONLY and device_of(reply) in seen:
            continue
        seen.add(device_of(reply))
        for line in ynl_words.words(operation, reply):
            yield f"{device_of(reply)} {line}"


def main(folder, name, devices):
    try:
        family = ynl_words.family(name, folder)
    except Exception as error:  # pylint: disable=broad-except  the class is ynl's own
        if "not supported by the kernel" in str(error):
            return
        raise
    operations = [operation for operation in ynl_words.OPERATIONS if operation.split("/")[0] == name]
    found = [line for operation in operations for device in devices or [None]
             for line in lines(family, operation, device)]
    print("\n".join(sorted(found)))


main(sys.argv[1], sys.argv[2], sys.argv[3:])

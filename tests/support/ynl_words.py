# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""What netlink says of a device, in the words of the kernel's specs: a line "family/operation/attribute=value" a value.

Holds exactly what the library reads; tests/support/words.c prints the same out of a snapshot. The replies are as ynl,
the kernel's own Python library, hands them out and takes them.
"""
import glob
import os
import sys

try:
    import yaml  # noqa: F401  ynl needs it
except ImportError:
    # the distribution's own Python has its packages; the first one in the PATH may be another
    if os.path.realpath(sys.executable) != os.path.realpath("/usr/bin/python3"):
        os.execv("/usr/bin/python3", ["/usr/bin/python3"] + sys.argv)
    raise

# Where 0 says no more than an attribute that is not there.
COUNTS = {
    "netdev/dev-get": ["xdp-zc-max-segs"],
    "netdev/queue-get": ["napi-id"],
    "netdev/page-pool-get": ["napi-id", "dmabuf"],
    "ethtool/channels-get": ["rx-max", "tx-max", "combined-max", "rx-count", "tx-count", "combined-count"],
    "ethtool/rings-get": ["rx", "tx", "rx-max", "tx-max", "rx-buf-len"],
    "ethtool/linkmodes-get": ["speed"],
}
NUMBERS = {
    "netdev/napi-get": ["irq", "pid", "defer-hard-irqs", "gro-flush-timeout", "irq-suspend-timeout"],
    "netdev/page-pool-get": ["inflight", "inflight-mem", "detach-time"],
    "netdev/qstats-get": ["rx-packets", "rx-bytes", "rx-alloc-fail", "rx-hw-drops", "rx-hw-drop-overruns", "tx-packets",
                          "tx-bytes", "tx-hw-drops"],
    "ethtool/coalesce-get": ["rx-usecs", "rx-max-frames", "tx-usecs", "tx-max-frames", "use-adaptive-rx",
                             "use-adaptive-tx"],
    "ethtool/tsinfo-get": ["phc-index"],
}
FLAGS = {"netdev/dev-get": ["xdp-features", "xdp-rx-metadata-features", "xsk-features"]}
TEXTS = {"devlink/info-get": ["info-serial-number"]}

# The features that are among the library's offloads.
OFFLOADS = ["rx-lro", "rx-gro-hw", "rx-gro", "rx-vlan-hw-parse", "tx-vlan-hw-insert", "rx-checksum"]

SPEED_UNKNOWN = 0xFFFFFFFF


def family(name, folder, ids=None):
    """The family as ynl speaks it, by the spec in the folder that scripts/ynl has filled.

    With `ids`, families have these numbers, whether the running kernel knows them or not.
    """
    libraries = glob.glob(f"{folder}/tools/net/ynl/**/lib/ynl.py", recursive=True)
    libraries += glob.glob(f"{folder}/tools/net/ynl/lib/ynl.py")
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(libraries[0]))))
    sys.dont_write_bytecode = True
    # pylint: disable=import-error,import-outside-toplevel
    from lib import YnlFamily, ynl

    # where ynl remembers them depends on its version
    for place in (ynl, ynl.GenlProtocol):
        if ids and hasattr(place, "genl_family_name_to_id"):
            place.genl_family_name_to_id = {known: {"id": number} for known, number in ids.items()}
    return YnlFamily(f"{folder}/Documentation/netlink/specs/{name}.yaml", schema="", process_unknown=True)


def bits(bitset):
    """The names that a bitset says are set."""
    listed = bitset.get("bits", {}).get("bit", [])
    return {bit["name"] for bit in listed if bit.get("value") or bitset.get("nomask")}


def entry(operation, reply):
    """The name of one of several, with a slash, as part of the key."""
    if operation == "netdev/queue-get":
        return f"{reply['type']}-{reply['id']}/"
    if operation in ("netdev/napi-get", "netdev/page-pool-get"):
        return f"{reply['id']}/"
    return ""


def plain(operation, reply):
    """(attribute, value) of what needs no interpretation."""
    for name in COUNTS.get(operation, []):
        if reply.get(name, 0) not in (0, SPEED_UNKNOWN):
            yield name, reply[name]
    for name in NUMBERS.get(operation, []) + TEXTS.get(operation, []):
        if name in reply:
            yield name, reply[name]
    for name in FLAGS.get(operation, []):
        if name in reply:
            yield name, flags_text(reply[name])


def flags_text(names):
    """Set flags by name; the kernel may have newer ones than the spec."""
    return " ".join(sorted(name for name in names if not name.startswith("Unknown")))


def features(reply):
    changeable = bits(reply["hw"]) - bits(reply["nochange"])
    for name in OFFLOADS:
        yield f"active/{name}", int(name in bits(reply["active"]))
        yield f"changeable/{name}", int(name in changeable)


def rss(reply):
    if reply.get("indir"):
        yield "indir", " ".join(map(str, reply["indir"]))
    if reply.get("hkey"):
        yield "hkey", reply["hkey"].hex()
    if reply.get("hfunc"):
        yield "hfunc", ["toeplitz", "xor", "crc32"][reply["hfunc"].bit_length() - 1]
    if "input-xfrm" in reply:
        yield "input-xfrm", flags_text(reply["input-xfrm"])


def clock(reply):
    kinds = bits(reply.get("timestamping", {}))
    raw = "hardware-raw-clock" in kinds
    receives = raw and "hardware-receive" in kinds
    yield "hardware-receive", int(receives)
    yield "hardware-receive-all", int(receives and "all" in bits(reply.get("rx-filters", {})))
    yield "hardware-transmit", int(raw and "hardware-transmit" in kinds)


def split(reply):
    if reply.get("tcp-data-split") in ("disabled", "enabled"):
        yield "tcp-data-split", reply["tcp-data-split"]


def flags(reply):
    listed = reply.get("flags", {}).get("bits", {}).get("bit", [])
    for bit in listed:
        yield f"flags/{bit['name']}", int(bool(bit.get("value")))


def queue(reply):
    yield "xsk", int("xsk" in reply)


def versions(reply):
    for kind in ("fixed", "running", "stored"):
        for version in reply.get(f"info-version-{kind}", []):
            yield f"info-version-{kind}/{version['info-version-name']}", version["info-version-value"]


INTERPRETED = {
    "netdev/queue-get": queue,
    "ethtool/features-get": features,
    "ethtool/rss-get": rss,
    "ethtool/tsinfo-get": clock,
    "ethtool/rings-get": split,
    "ethtool/privflags-get": flags,
    "devlink/info-get": versions,
}

OPERATIONS = sorted(set(COUNTS) | set(NUMBERS) | set(FLAGS) | set(TEXTS) | set(INTERPRETED))


# Of several replies about a device, the first counts: a device's own clock comes before those of its PHYs.
FIRST_ONLY = ["ethtool/tsinfo-get"]


def words(operation, reply):
    """The lines of one reply."""
    said = list(plain(operation, reply)) + list(INTERPRETED.get(operation, lambda _: [])(reply))
    return [f"{operation}/{entry(operation, reply)}{name}={value}" for name, value in said]

"""Names to which this host gives numbers: services, network interfaces and cgroups."""

from __future__ import annotations

import os
import socket

_CGROUPS = ("", "/sys/fs/cgroup", "/sys/fs/cgroup/unified")
"""Where a path may begin."""


def find_service(name: str) -> int | None:
    """Return the port of a service, from /etc/services as a rule; None where there is none."""
    for proto in ("tcp", "udp"):
        try:
            return socket.getservbyname(name, proto)
        except (OSError, ValueError, UnicodeError):
            continue
    return None


def find_interface(name: str) -> int | None:
    """Return the index of an interface of this network namespace; None where there is none."""
    try:
        return socket.if_nametoindex(name)
    except (OSError, ValueError, UnicodeError):
        return None


def find_cgroup(path: str) -> int | None:
    """Return the id of a cgroup v2 folder, which is its inode; None where there is none.

    path: from the root of files, or from that of cgroups.
    """
    for root in _CGROUPS:
        try:
            if os.path.exists(f"{root}{path}/cgroup.controllers"):
                return os.stat(root + path).st_ino
        except (OSError, ValueError):
            continue
    return None

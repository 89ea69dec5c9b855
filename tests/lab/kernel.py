"""What newer kernels tell and older ones do not, found out by asking."""

from __future__ import annotations

import os
import socket
import struct
from functools import cache

_SOCK_DIAG, _BY_FAMILY, _DUMP, _BOUND = 4, 20, 0x301, 1 << 13


@cache
def lists_bound_sockets() -> bool:
    """Tell whether sockets that are bound and nothing else are listed (Linux 6.8)."""
    with (
        socket.socket() as bound,
        socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _SOCK_DIAG) as netlink,
    ):
        bound.bind(("127.0.0.1", 0))
        body = struct.pack("=BBBBI", socket.AF_INET, socket.IPPROTO_TCP, 0, 0, _BOUND) + bytes(48)
        netlink.send(struct.pack("=IHHII", 16 + len(body), _BY_FAMILY, _DUMP, 1, 0) + body)
        (kind,) = struct.unpack_from("=H", netlink.recv(1 << 16), 4)
    return bool(kind == _BY_FAMILY)  # and not the end of the dump


@cache
def counts_descriptors() -> bool:
    """Tell whether the size of /proc/PID/fd is the number of descriptors (Linux 6.2)."""
    return os.stat("/proc/self/fd").st_size > 0

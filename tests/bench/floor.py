"""What the kernel takes at least: every TCP socket received, every descriptor's link read.

python -I -S floor.py [dump] [walk]

Nothing is decoded and nothing is kept. It is written in Python, so that no compiler is needed:
receiving costs what it costs in C, reading links about a third more.
"""

from __future__ import annotations

import os
import socket
import struct
import sys

_DUMP = 0x301  # NLM_F_REQUEST | NLM_F_DUMP
_BY_FAMILY = 20
_DONE = 3


def dump_tcp() -> None:
    """Receive all TCP sockets of both families, without extensions."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, 4) as netlink:
        for family in (socket.AF_INET, socket.AF_INET6):
            body = struct.pack("=BBBBI48x", family, socket.IPPROTO_TCP, 0, 0, 0xFFFFFFFF)
            netlink.send(struct.pack("=IHHII", 16 + len(body), _BY_FAMILY, _DUMP, 1, 0) + body)
            _receive(netlink)


def _receive(netlink: socket.socket) -> None:
    buffer = bytearray(1 << 16)
    kind = 0
    while kind != _DONE:
        size = netlink.recv_into(buffer)
        last = 20 if size >= 20 and buffer[size - 20] == 20 else size  # NLMSG_DONE is 20 bytes
        (kind,) = struct.unpack_from("=H", buffer, size - last + 4)


def walk_descriptors() -> None:
    """Read where every descriptor of every process leads."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        folder = f"/proc/{pid}/fd"
        try:
            for name in os.listdir(folder):
                os.readlink(f"{folder}/{name}")
        except OSError:
            continue  # ended, or one of its descriptors did


if __name__ == "__main__":
    parts = sys.argv[1:] or ["dump", "walk"]
    if "dump" in parts:
        dump_tcp()
    if "walk" in parts:
        walk_descriptors()

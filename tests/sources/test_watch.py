"""Cookies become what sock_diag finds sockets by; the kernel is asked whether it agrees."""

from __future__ import annotations

import socket
import struct

import numpy as np
import pytest

from netinspect.model import Family, Proto, SocketTable, TcpState
from netinspect.probe.probe import Probe
from netinspect.probe.sock_diag import parse_watch
from netinspect.sources.watch import MOST_WATCHED, build_watch
from tests.probe.captures import parse_capture

MAPPED = 0xFFFF << 32


def make_table(family: int, message: bytes, state: int = TcpState.ESTABLISHED) -> SocketTable:
    """Make a table of the one socket of a netlink message, addresses as decoded."""
    local_port, remote_port = struct.unpack_from(">HH", message, 20)
    local, remote = message[24:40], message[40:56]
    interface, low, high = struct.unpack_from("=III", message, 56)
    halves = [struct.unpack(">QQ", _mapped(a) if family == 2 else a) for a in (local, remote)]
    values = {
        "family": family,
        "proto": Proto.TCP,
        "state": state,
        "local_port": local_port,
        "remote_port": remote_port,
        "local_hi": halves[0][0],
        "local_lo": halves[0][1],
        "remote_hi": halves[1][0],
        "remote_lo": halves[1][1],
        "interface": interface,
        "cookie": high << 32 | low,
    }
    return SocketTable.build(1, (), **{name: np.array([value]) for name, value in values.items()})


def _mapped(address: bytes) -> bytes:
    return bytes(10) + b"\xff\xff" + address[:4]


@pytest.mark.parametrize(
    ("family", "address", "section"),
    [(Family.INET, "127.0.0.1", "tcp4"), (Family.INET6, "::1", "tcp6")],
)
def test_kernel_finds_the_watched_socket(family: int, address: str, section: str) -> None:
    listener = socket.create_server((address, 0), family=socket.AddressFamily(family))
    with listener, socket.create_connection(listener.getsockname()[:2]) as client:
        probe = Probe(info_limit=0)
        port = client.getsockname()[1].to_bytes(2, "big")
        messages = parse_capture(probe.take_capture()).messages("sock_diag." + section)
        [message] = [m for m in messages if m[20:22] == port]
        table = make_table(family, message)

        probe.watch(parse_watch(build_watch(table, [int(table.cookie[0])])))
        capture = parse_capture(probe.take_capture())
        probe.close()

    [detail] = capture.messages("sock_diag.detail")
    assert detail[16 + 4 : 16 + 52] == message[20:68]


def test_only_tcp_with_tcp_info_is_watched() -> None:
    message = bytes(20) + b"\x01\xbb\x01\xbb" + bytes(36) + b"\x07\0\0\0\0\0\0\0"
    established = make_table(Family.INET, message)
    time_wait = make_table(Family.INET, message, TcpState.TIME_WAIT)
    udp = established.with_columns(proto=np.array([Proto.UDP], np.uint8))

    assert len(build_watch(established, [7])) == 1
    assert build_watch(time_wait, [7]) == build_watch(udp, [7]) == []


def test_unknown_cookies_are_not_asked_for() -> None:
    message = bytes(68)

    assert build_watch(make_table(Family.INET, message), [0, 99]) == []


def test_number_of_watched_sockets_is_bounded() -> None:
    message = bytes(60) + b"\x07\0\0\0\0\0\0\0"
    table = SocketTable.join([make_table(Family.INET, message)] * (MOST_WATCHED + 1))

    assert len(build_watch(table, [7])) == MOST_WATCHED

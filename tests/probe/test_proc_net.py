"""What happens where sock_diag is refused: the /proc/net tables stand in, and the Notes say so."""

from __future__ import annotations

import errno
import socket

import pytest

from netinspect.probe.netlink import Netlink
from netinspect.probe.probe import Probe, take_capture
from tests.probe.captures import Parsed, parse_capture

TABLES = ("tcp", "tcp6", "udp", "udp6", "unix")


def refuse() -> socket.socket:
    raise PermissionError(errno.EPERM, "Operation not permitted")


def capture_refused(source: str = "auto") -> Parsed:
    probe = Probe(source=source, netlink=Netlink(refuse))
    try:
        return parse_capture(probe.take_capture())
    finally:
        probe.close()


@pytest.mark.parametrize(
    ("family", "address", "table"),
    [(socket.AF_INET, "127.0.0.1", "tcp"), (socket.AF_INET6, "::1", "tcp6")],
)
def test_refused_sock_diag_is_replaced_by_proc_net(family: int, address: str, table: str) -> None:
    with socket.create_server((address, 0), family=socket.AddressFamily(family)) as listener:
        port = listener.getsockname()[1]

        capture = capture_refused()

    assert f":{port:04X} ".encode() in capture.sections["proc_net." + table]
    assert not [name for name in capture.sections if name.startswith("sock_diag.")]


def test_refusal_is_noted_with_errno_and_what_is_lost() -> None:
    capture = capture_refused()

    assert capture.notes_of("sock_diag.listen4")[0]["errno"] == errno.EPERM
    assert "accept queue limits" in capture.notes_of("proc_net.tcp")[0]["message"]
    assert "peers" in capture.notes_of("proc_net.unix")[0]["message"]


def test_source_netlink_reads_no_proc_net() -> None:
    capture = capture_refused("netlink")

    assert not [name for name in capture.sections if name.startswith("proc_net.")]
    assert capture.notes_of("sock_diag.udp6")[0]["errno"] == errno.EPERM


def test_source_proc_asks_no_sock_diag() -> None:
    capture = parse_capture(take_capture("proc"))

    assert {"proc_net." + table for table in TABLES} <= capture.sections.keys()
    assert not [name for name in capture.sections if name.startswith("sock_diag.")]
    assert not [note for note in capture.notes if note["source"].startswith("sock_diag.")]

"""Whole Captures: everything joined, in each shape a host may give it."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netinspect.decode import decode_capture, parse_inet_diag
from netinspect.errors import ParseError
from netinspect.model import (
    COLUMNS,
    UNKNOWN,
    OwnerReason,
    Proto,
    Sample,
    TcpState,
)
from tests.decode.golden import (
    NETNS,
    cut_messages,
    find_row,
    make_frame,
    read_wire,
    with_length,
)
from tests.decode.test_processes import LIMITS, STAT, STATUS

SOCK_DIAG = {
    "sock_diag.tcp4": read_wire("tcp4.bin"),
    "sock_diag.tcp6": read_wire("tcp6.bin"),
    "sock_diag.udp4": read_wire("udp4.bin"),
    "sock_diag.udp6": read_wire("udp6.bin"),
    "sock_diag.unix": read_wire("unix.bin"),
}
PROC_NET = {
    f"proc_net.{name}": read_wire(f"{name}.txt") for name in ("tcp", "tcp6", "udp", "udp6", "unix")
}


def process(pid: int, **members: Any) -> dict[str, Any]:
    return {
        "pid": pid,
        "fds": 12,
        "kinds": [1, 2, 3, 4, 2],
        "netns": NETNS,
        "stat": STAT.replace("812", str(pid)),
        "status": STATUS,
        "limits": LIMITS,
        "cgroup": "0::/system.slice/nginx.service\n",
        "cmdline": "nginx\0",
        "exe": "/usr/sbin/nginx",
        **members,
    }


def inode_of(port: int) -> int:
    sockets = parse_inet_diag(SOCK_DIAG["sock_diag.tcp4"], Proto.TCP)
    return int(sockets.inode[find_row(sockets, port, 0)])


OWNERS = b"".join(
    struct.pack("<QII", inode_of(port), pid, 5) for pid in (812, 813) for port in (8001, 8002)
)


def make_sections(**changed: bytes) -> dict[str, bytes]:
    sections = {
        "net.snmp": b"Tcp: ActiveOpens\nTcp: 63\n",
        "net.netstat": b"TcpExt: ListenDrops\nTcpExt: 4\n",
        "net.snmp6": b"Udp6NoPorts 3\n",
        "net.sockstat": b"TCP: inuse 4 tw 2\n",
        "net.sockstat6": b"TCP6: inuse 1\n",
        "net.conntrack": b"entries drop\n000000ff 00000001\n",
        "sysctl": b"net.ipv4.ip_local_port_range = 32768\t60999\nfs.file-max = 100\n",
        **SOCK_DIAG,
        "owners": OWNERS,
        "processes": json.dumps([process(812), process(813)]).encode(),
        "users": b"33:www-data\n",
    }
    return sections | {name.replace("_", ".", 1): data for name, data in changed.items()}


WHOLE = make_frame(make_sections())


def decode(sections: dict[str, bytes], **header: Any) -> Sample:
    return decode_capture(make_frame(sections, **header))


def test_capture_becomes_a_sample() -> None:
    sample = decode_capture(WHOLE)

    assert (sample.taken_at, sample.monotonic) == (1_700_000_000.5, 1234.5)
    assert (sample.host.name, sample.origin) == ("web-07", "sock_diag")
    assert len(sample.sockets) == sum(len(cut_messages(data)) for data in SOCK_DIAG.values())
    assert set(sample.sockets.netns.tolist()) == {NETNS}
    assert set(sample.processes) == {812, 813}
    assert sample.processes[812].user == "www-data"
    assert sample.limits.file_max == 100
    assert sample.self_pids == {42}
    namespace = sample.namespace(NETNS)
    assert namespace is not None
    assert namespace.counters == {
        "Tcp.ActiveOpens": 63,
        "TcpExt.ListenDrops": 4,
        "Udp6.NoPorts": 3,
    }
    assert namespace.sockstat == {"TCP.inuse": 4, "TCP.tw": 2, "TCP6.inuse": 1}
    assert namespace.conntrack == {"entries": 255, "drop": 1}
    assert namespace.port_range == (32768, 60999)


def test_protocols_and_names_survive_the_joining_of_the_tables() -> None:
    sockets = decode_capture(WHOLE).sockets

    counts = {proto: int(np.count_nonzero(sockets.proto == proto)) for proto in Proto}
    assert counts == {Proto.UNIX: 6, Proto.TCP: len(sockets) - 10, Proto.UDP: 4}
    named = sockets.path[sockets.proto == Proto.UNIX]
    assert sorted(sockets.paths[index] for index in named.tolist() if index >= 0) == sorted(
        sockets.paths
    )
    assert (sockets.path[sockets.proto != Proto.UNIX] == UNKNOWN).all()


def test_workers_that_share_a_listener_all_hold_it() -> None:
    sample = decode_capture(WHOLE)
    sockets = sample.sockets

    row = find_row(sockets, 8001, 0)
    start = int(sockets.owner_start[row])
    assert sockets.owner_reason[row] == OwnerReason.OWNED
    assert (sockets.owner_count[row], sockets.pid[row]) == (2, 812)
    assert sample.owners.pid[start : start + 2].tolist() == [812, 813]


def test_rows_nobody_can_hold_say_so() -> None:
    sockets = decode_capture(WHOLE).sockets

    for port, remote in ((9007, 8007), (9005, 8005), (8001, 40000), (8001, 9001)):
        assert sockets.owner_reason[find_row(sockets, port, remote)] == OwnerReason.NONE


@pytest.mark.parametrize(
    ("processes", "notes", "reason"),
    [
        ([process(812)], [], OwnerReason.ELSEWHERE),
        ([process(812), process(1, kinds=None)], [], OwnerReason.HIDDEN),
        ([], [{"source": "processes", "message": "hidepid"}], OwnerReason.HIDDEN),
        ([process(812)], [{"source": "net.snmp", "message": "refused"}], OwnerReason.ELSEWHERE),
    ],
)
def test_missing_owner_is_hidden_when_some_process_is(
    processes: list[dict[str, Any]], notes: list[dict[str, str]], reason: OwnerReason
) -> None:
    sections = {**SOCK_DIAG, "processes": json.dumps(processes).encode()}

    sockets = decode(sections, notes=notes).sockets

    assert sockets.owner_reason[find_row(sockets, 8002)] == reason


def test_fallback_has_the_same_sockets_from_the_text_tables() -> None:
    probed = decode_capture(WHOLE).sockets
    sample = decode({**PROC_NET, "owners": OWNERS})

    sockets = sample.sockets
    bound = np.count_nonzero(probed.state == TcpState.BOUND)
    assert sample.origin == "proc_net"
    assert len(sockets) == len(probed) - bound + 1  # unix_diag leaves out what nobody accepted
    assert sockets.pid[find_row(sockets, 8002)] == 812


def test_capture_without_sections_is_an_empty_sample() -> None:
    sample = decode({})

    assert (len(sample.sockets), len(sample.owners), sample.origin) == (0, 0, "none")
    assert (sample.processes, sample.namespaces) == ({}, ())


def test_details_complete_the_rows_of_their_cookies() -> None:
    full = read_wire("tcp4.bin")
    wanted = [m for m in cut_messages(full) if m[20:22] in (b"\x23\x29", b"\x23\x2b")]

    sockets = decode(
        {"sock_diag.tcp4": read_wire("plain4.bin"), "sock_diag.detail": b"".join(wanted)}
    ).sockets

    assert len(sockets) == len(cut_messages(full))
    whole = decode({"sock_diag.tcp4": full}).sockets
    for port in (9001, 9003):
        row = find_row(sockets, port)
        for name in COLUMNS:
            assert getattr(sockets, name)[row] == getattr(whole, name)[row], name
    assert np.count_nonzero(sockets.rtt != UNKNOWN) == 2


def test_detail_of_a_socket_that_is_not_listed_is_left_out() -> None:
    wanted = cut_messages(read_wire("tcp4.bin"))[0]

    sections = {"sock_diag.tcp6": read_wire("tcp6.bin"), "sock_diag.detail": wanted}

    assert len(decode(sections).sockets) == len(cut_messages(read_wire("tcp6.bin")))
    assert len(decode({"sock_diag.detail": wanted}).sockets) == 0


@pytest.mark.parametrize("name", [*SOCK_DIAG, "owners", "processes", "net.conntrack"])
def test_section_cut_short_is_an_error_that_names_it(name: str) -> None:
    whole = make_sections()[name]

    with pytest.raises(ParseError) as caught:
        decode({name: whole[:-9]})

    assert caught.value.origin == name


def check_survives(data: bytes) -> None:
    """A Sample or a ParseError, and nothing else."""
    try:
        sample = decode_capture(data)
    except ParseError:
        return
    assert all(len(getattr(sample.sockets, name)) == len(sample.sockets) for name in COLUMNS)
    assert len(sample.sockets) * 16 <= len(data)


@given(st.integers(0, len(WHOLE)))
@settings(max_examples=300, deadline=None)
def test_truncated_frame_is_an_error_or_a_sample(size: int) -> None:
    check_survives(WHOLE[:size])


@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=8))
@settings(max_examples=800, deadline=None)
def test_flipped_bytes_are_an_error_or_a_sample(changes: list[tuple[int, int]]) -> None:
    data = bytearray(WHOLE)
    for place, value in changes:
        data[place] = value

    check_survives(bytes(data))


@given(st.sampled_from(sorted(make_sections() | PROC_NET)), st.data())
@settings(max_examples=800, deadline=None)
def test_damaged_section_is_an_error_or_a_sample(name: str, data: st.DataObject) -> None:
    text = bytearray((make_sections() | PROC_NET)[name])
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 12))
        text[start : start + length] = data.draw(st.binary(max_size=12))

    check_survives(make_frame({name: bytes(text)}))


@given(st.sampled_from(sorted(make_sections() | PROC_NET)), st.binary(max_size=400))
@settings(max_examples=400, deadline=None)
def test_any_bytes_in_any_section_are_an_error_or_a_sample(name: str, data: bytes) -> None:
    check_survives(make_frame({name: data}))


def test_announced_sizes_allocate_nothing() -> None:
    message = cut_messages(read_wire("tcp4.bin"))[0]

    for length in (0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF):
        with pytest.raises(ParseError):
            decode({"sock_diag.tcp4": struct.pack("=I", length) + message[4:]})


def test_message_of_very_many_attributes_is_read() -> None:
    bare = cut_messages(read_wire("tcp4.bin"))[0][:88]
    message = with_length(bare + struct.pack("=HH", 4, 999) * 16_000)

    assert len(decode({"sock_diag.tcp4": message * 3}).sockets) == 3

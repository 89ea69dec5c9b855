"""struct tcp_info of known numbers, as older and newer kernels have it."""

from __future__ import annotations

import struct

import pytest

from netinspect.decode import parse_inet_diag
from netinspect.decode.tcp_info import TCP_INFO_COLUMNS
from netinspect.model import UNKNOWN, Proto, SocketTable
from tests.decode.golden import cut_messages, read_wire, with_attribute

# Where include/uapi/linux/tcp.h has what, and the release that added the last of each group.
FIELDS = [
    ("probes", "B", 3),
    ("backoff", "B", 4),
    ("rto", "I", 8),
    ("snd_mss", "I", 16),
    ("unacked", "I", 24),
    ("lost", "I", 32),
    ("last_data_sent", "I", 44),
    ("last_data_recv", "I", 52),
    ("last_ack_recv", "I", 56),
    ("rtt", "I", 68),
    ("rttvar", "I", 72),
    ("cwnd", "I", 80),
    ("total_retrans", "I", 100),
    ("bytes_acked", "Q", 120),
    ("bytes_received", "Q", 128),
    ("segs_out", "I", 136),
    ("segs_in", "I", 140),
    ("notsent_bytes", "I", 144),
    ("min_rtt", "I", 148),
    ("data_segs_in", "I", 152),
    ("data_segs_out", "I", 156),
    ("delivery_rate", "Q", 160),
    ("busy_time", "Q", 168),
    ("rwnd_limited", "Q", 176),
    ("sndbuf_limited", "Q", 184),
    ("bytes_sent", "Q", 200),
    ("bytes_retrans", "Q", 208),
    ("dsack_dups", "I", 216),
    ("snd_wnd", "I", 228),
    ("rcv_wnd", "I", 232),
]
SIZE = 280
OFFSETS = {name: (form, offset) for name, form, offset in FIELDS}


def make_info(**values: int) -> bytes:
    info = bytearray(b"\xee" * SIZE)
    for name, value in values.items():
        form, offset = OFFSETS[name]
        struct.pack_into("=" + form, info, offset, value)
    return bytes(info)


def parse(info: bytes) -> SocketTable:
    [bare] = [m[:88] for m in cut_messages(read_wire("plain4.bin")) if m[20:22] == b"\x23\x29"]
    return parse_inet_diag(with_attribute(bare, 2, info), Proto.TCP)


@pytest.mark.parametrize(("name", "form", "offset"), FIELDS, ids=[field[0] for field in FIELDS])
def test_field_is_read_from_its_place(name: str, form: str, offset: int) -> None:
    value = {"B": 200, "I": 4_000_000_000, "Q": 1 << 40 | 17}[form]

    sockets = parse(make_info(**{name: value}))

    assert getattr(sockets, name)[0] == value


def test_every_column_is_covered() -> None:
    assert sorted(TCP_INFO_COLUMNS) == sorted(OFFSETS)


@pytest.mark.parametrize("size", [0, 4, 104, 192, 232, 234])
def test_older_kernel_leaves_the_last_fields_unknown(size: int) -> None:
    values = {name: 7 for name, _, _ in FIELDS}

    sockets = parse(make_info(**values)[:size])

    ends = {name: offset + struct.calcsize(form) for name, (form, offset) in OFFSETS.items()}
    for name, end in ends.items():
        assert getattr(sockets, name)[0] == (7 if end <= size else UNKNOWN), name


def test_newer_kernel_has_a_tail_that_is_ignored() -> None:
    sockets = parse(make_info(rtt=250, rcv_wnd=65536) + b"\xff" * 40)

    assert (sockets.rtt[0], sockets.rcv_wnd[0]) == (250, 65536)


def test_round_trips_nobody_measured_are_unknown() -> None:
    sockets = parse(make_info(rtt=0, rttvar=250_000, min_rtt=0xFFFFFFFF, delivery_rate=0))

    for name in ("rtt", "rttvar", "min_rtt", "delivery_rate"):
        assert getattr(sockets, name)[0] == UNKNOWN

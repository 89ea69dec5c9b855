"""/proc/net/{tcp,udp}: the golden tables tell what inet_diag did in the same moment."""

from __future__ import annotations

import numpy as np
import pytest

from netinspect.decode import parse_inet_diag
from netinspect.decode.proc_net import parse_proc_net
from netinspect.errors import ParseError
from netinspect.model import COLUMNS, UNKNOWN, Family, Proto, SocketTable, TcpState
from tests.decode.golden import NETNS, endpoint, find_row, read_wire

TABLES = {
    "tcp": ("tcp4", Proto.TCP, Family.INET),
    "tcp6": ("tcp6", Proto.TCP, Family.INET6),
    "udp": ("udp4", Proto.UDP, Family.INET),
    "udp6": ("udp6", Proto.UDP, Family.INET6),
}
IDENTITY = (
    *("proto", "family", "netns", "state", "inode", "local_hi", "local_lo", "local_port"),
    *("remote_hi", "remote_lo", "remote_port", "recv_q", "uid", "timer"),
)
HEADER = b"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"
ROW = (
    b"   0: 0100007F:1F90 0200007F:C000 01 00000005:00000003 01:00000014 00000002"
    b"  1000        0 22335 2 0000000000000000 20 4 30 10 -1\n"
)


def parse(name: str) -> SocketTable:
    _, proto, family = TABLES[name]
    return parse_proc_net(read_wire(f"{name}.txt"), proto, family, NETNS, name, 100)


def parse_rows(data: bytes, clock_ticks: int | None = 100) -> SocketTable:
    return parse_proc_net(data, Proto.TCP, Family.INET, NETNS, "proc_net.tcp", clock_ticks)


def rows_of(sockets: SocketTable) -> list[tuple[int, ...]]:
    columns = [getattr(sockets, name).tolist() for name in IDENTITY]
    return sorted(zip(*columns, strict=True))


@pytest.mark.parametrize("name", TABLES)
def test_rows_are_those_of_inet_diag(name: str) -> None:
    dump, proto, _ = TABLES[name]
    other = parse_inet_diag(read_wire(f"{dump}.bin"), proto, NETNS)

    bound = other.state == TcpState.BOUND  # not in the tables
    assert rows_of(parse(name)) == rows_of(other.take(~bound))


def test_row_is_read_field_by_field() -> None:
    sockets = parse_rows(HEADER + ROW)

    assert endpoint(sockets, 0, "local") == "127.0.0.1:8080"
    assert endpoint(sockets, 0, "remote") == "127.0.0.2:49152"
    assert sockets.state[0] == TcpState.ESTABLISHED
    assert (sockets.send_q[0], sockets.recv_q[0]) == (5, 3)
    assert (sockets.timer[0], sockets.expires[0], sockets.retrans[0]) == (1, 200, 2)
    assert (sockets.uid[0], sockets.inode[0]) == (1000, 22335)


def test_what_the_tables_lack_is_unknown() -> None:
    sockets = parse("tcp")

    told = {*IDENTITY, "key", "send_q", "expires", "retrans"}
    for name, column in COLUMNS.items():
        if name not in told:
            assert (getattr(sockets, name) == column.unknown).all(), name


def test_accept_queue_limit_of_a_listener_is_unknown() -> None:
    sockets = parse("tcp")

    listen = sockets.state == TcpState.LISTEN
    assert (sockets.send_q[listen] == UNKNOWN).all()
    assert (sockets.send_q[~listen] >= 0).all()
    assert sockets.recv_q[find_row(sockets, 8001, 0)] == 2


def test_udp_tells_its_drops() -> None:
    sockets = parse("udp")

    assert sockets.drops[find_row(sockets, 8201)] == 14


def test_timers_count_in_clock_ticks() -> None:
    assert parse_rows(HEADER + ROW, clock_ticks=1024).expires[0] == 19
    assert parse_rows(HEADER + ROW, clock_ticks=None).expires[0] == UNKNOWN


def test_keys_stay_differ_and_are_no_cookies() -> None:
    first, again = (
        np.concatenate([parse(name).key for name in TABLES]) for _ in range(2)
    )  # fmt: skip

    assert np.array_equal(first, again)
    assert len(set(first.tolist())) == len(first)
    assert (first >> np.uint64(63)).all()


def test_empty_table_has_no_sockets() -> None:
    assert len(parse_rows(b"")) == len(parse_rows(HEADER)) == 0


@pytest.mark.parametrize(
    ("row", "place"),
    [
        (ROW[:40], "line 3"),
        (ROW.replace(b"0100007F", b"100007F"), "line 3"),
        (ROW.replace(b"0100007F", b"010000ZF"), "line 2 and following"),
        (ROW.replace(b"22335", b"x"), "line 3"),
        (ROW.replace(b"22335", b"9" * 30), "line 3"),
        (ROW.replace(b"  1000", b"  " + b"9" * 5000), "line 3"),
        (ROW[:90], "line 3"),
    ],
)
def test_bad_row_is_an_error_with_its_place(row: bytes, place: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_rows(HEADER + ROW + row)

    assert (caught.value.origin, caught.value.place) == ("proc_net.tcp", place)

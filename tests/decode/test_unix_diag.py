"""Unix sockets from unix_diag and from /proc/net/unix: the golden ones of one moment."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from netinspect.decode.proc_unix import parse_proc_unix
from netinspect.decode.unix_diag import parse_unix_diag
from netinspect.errors import ParseError
from netinspect.model import UNKNOWN, Family, Proto, SocketTable, TcpState
from tests.decode.golden import NETNS, cut_messages, read_wire, with_attribute

APP = "/tmp/netinspect-wire/app.sock"
HOSTILE = "/tmp/netinspect-wire/red \\x1b[31m\\x0a\\xff\\u202e.sock"
ABSTRACT = "@netinspect\\x00wire"


def parse(data: bytes) -> SocketTable:
    return parse_unix_diag(data, NETNS, "sock_diag.unix")


SOCKETS = parse(read_wire("unix.bin"))


def rows_at(sockets: SocketTable, path: str | None) -> list[int]:
    index = UNKNOWN if path is None else sockets.paths.index(path)
    return np.flatnonzero(sockets.path == index).tolist()


def told(sockets: SocketTable) -> list[tuple[int, ...]]:
    """Return what both ways tell."""
    names = ("proto", "family", "netns", "inode", "state")
    return sorted(zip(*(getattr(sockets, name).tolist() for name in names), strict=True))


def test_each_message_is_a_row_of_the_namespace() -> None:
    assert len(SOCKETS) == len(cut_messages(read_wire("unix.bin"))) == 6
    assert set(SOCKETS.proto.tolist()) == {Proto.UNIX}
    assert set(SOCKETS.family.tolist()) == {Family.UNIX}
    assert set(SOCKETS.netns.tolist()) == {NETNS}
    assert len(set(SOCKETS.key.tolist())) == 6


def test_listener_shows_who_waits_and_the_limit() -> None:
    [listener] = [row for row in rows_at(SOCKETS, APP) if SOCKETS.state[row] == TcpState.LISTEN]

    assert (SOCKETS.recv_q[listener], SOCKETS.send_q[listener]) == (1, 5)
    assert (SOCKETS.uid[listener], SOCKETS.peer_inode[listener]) == (0, UNKNOWN)
    assert SOCKETS.inode[listener] > 0


def test_ends_of_a_pair_know_each_other() -> None:
    pair = np.flatnonzero((SOCKETS.path == UNKNOWN) & (SOCKETS.uid == 65534)).tolist()

    left, right = pair
    assert SOCKETS.peer_inode[left] == SOCKETS.inode[right]
    assert SOCKETS.peer_inode[right] == SOCKETS.inode[left]
    assert sorted(int(SOCKETS.recv_q[row]) for row in pair)[0] == 0
    assert max(SOCKETS.recv_q[left], SOCKETS.recv_q[right]) > 0


def test_names_are_shown_and_safe() -> None:
    assert set(SOCKETS.paths) == {APP, HOSTILE, ABSTRACT}
    [abstract] = rows_at(SOCKETS, ABSTRACT)
    assert SOCKETS.state[abstract] == TcpState.CLOSE


def test_name_that_is_no_path_is_cut() -> None:
    bare = cut_messages(read_wire("unix.bin"))[0][:32]

    sockets = parse(with_attribute(bare, 0, b"\0" + b"\xff" * 8000))

    assert len(sockets.paths[0]) < 20_000


def test_attributes_too_short_or_unknown_are_skipped() -> None:
    bare = cut_messages(read_wire("unix.bin"))[0][:32]

    message = with_attribute(with_attribute(with_attribute(bare, 4, b"\1\0\0\0"), 2, b""), 99, b"?")

    sockets = parse(message)
    assert (sockets.recv_q[0], sockets.send_q[0], sockets.peer_inode[0]) == (UNKNOWN,) * 3


def test_cut_off_message_is_an_error_with_its_place() -> None:
    with pytest.raises(ParseError, match=r"sock_diag.unix: offset 0"):
        parse(struct.pack("=IHHII", 20, 20, 2, 1, 1) + bytes(4))


def test_proc_net_unix_lists_the_same_sockets_and_the_one_that_waits() -> None:
    sockets = parse_proc_unix(read_wire("unix.txt"), NETNS)

    waiting = (Proto.UNIX, Family.UNIX, NETNS, 0, TcpState.ESTABLISHED)  # not in unix_diag
    assert told(sockets) == sorted([*told(SOCKETS), waiting])


def test_proc_net_unix_keeps_line_breaks_in_names_and_counts_no_queues() -> None:
    sockets = parse_proc_unix(read_wire("unix.txt"), NETNS)

    assert set(sockets.paths) == {APP, HOSTILE, "@netinspect@wire"}
    assert set(sockets.recv_q.tolist()) == {UNKNOWN}
    assert len(set(sockets.key.tolist())) == len(sockets)
    assert (sockets.key >> np.uint64(63)).all()


def test_empty_proc_net_unix_has_no_sockets() -> None:
    assert len(parse_proc_unix(b"", 0)) == 0
    assert (
        len(parse_proc_unix(b"Num       RefCount Protocol Flags    Type St Inode Path\n", 0)) == 0
    )

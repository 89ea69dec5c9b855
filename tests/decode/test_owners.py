"""Holders, and their join into sockets."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from netinspect.decode.owners import join_owners, parse_owners
from netinspect.errors import ParseError
from netinspect.model import UNKNOWN, OwnerReason, OwnerTable, SocketTable


def owners_of(*rows: tuple[int, int, int]) -> OwnerTable:
    return parse_owners(b"".join(struct.pack("<QII", *row) for row in rows))


def rows_of(owners: OwnerTable) -> list[tuple[int, ...]]:
    return list(zip(owners.inode.tolist(), owners.pid.tolist(), owners.fd.tolist(), strict=True))


def sockets_of(*inodes: int) -> SocketTable:
    return SocketTable.build(len(inodes), inode=np.array(inodes, np.int64))


def join(sockets: SocketTable, owners: OwnerTable, *, hidden: bool = False) -> SocketTable:
    return join_owners(sockets, owners, some_hidden=hidden)


@pytest.mark.parametrize(
    "rows",
    [
        [(9, 1, 3), (5, 2, 7), (5, 2, 8), (9, 3, 3), (7, 3, 4)],
        [(9, 3, 3), (5, 2, 8), (7, 3, 4), (9, 1, 3), (5, 2, 7), (5, 2, 7)],
    ],
    ids=["as walked", "in any order, one twice"],
)
def test_rows_come_out_sorted_and_once(rows: list[tuple[int, int, int]]) -> None:
    owners = owners_of(*rows)

    assert rows_of(owners) == [(5, 2, 7), (5, 2, 8), (7, 3, 4), (9, 1, 3), (9, 3, 3)]


def test_every_holder_of_a_shared_socket_is_found() -> None:
    owners = owners_of((9, 30, 4), (9, 10, 4), (9, 20, 4), (9, 20, 5), (8, 1, 1))

    sockets = join(sockets_of(9, 8), owners)

    assert sockets.owner_count.tolist() == [4, 1]
    assert sockets.pid.tolist() == [10, 1]
    start = int(sockets.owner_start[0])
    assert owners.pid[start : start + 4].tolist() == [10, 20, 20, 30]
    assert set(sockets.owner_reason.tolist()) == {OwnerReason.OWNED}


@pytest.mark.parametrize(
    ("hidden", "missing"), [(False, OwnerReason.ELSEWHERE), (True, OwnerReason.HIDDEN)]
)
def test_reason_is_told_where_there_is_no_holder(hidden: bool, missing: OwnerReason) -> None:
    sockets = join(sockets_of(0, 5, 9, UNKNOWN), owners_of((0, 1, 1), (9, 1, 3)), hidden=hidden)

    expected = [OwnerReason.NONE, missing, OwnerReason.OWNED, missing]
    assert sockets.owner_reason.tolist() == expected
    assert sockets.owner_start.tolist() == [-1, -1, 1, -1]
    assert sockets.owner_count.tolist() == [0, 0, 1, 0]
    assert sockets.pid.tolist() == [-1, -1, 1, -1]


def test_no_owners_and_no_sockets_join() -> None:
    assert join(sockets_of(0, 7), owners_of()).owner_reason.tolist() == [
        OwnerReason.NONE,
        OwnerReason.ELSEWHERE,
    ]
    assert len(join(sockets_of(), owners_of((9, 1, 3)))) == 0
    assert len(join(sockets_of(), owners_of())) == 0


def test_inode_beyond_63_bits_owns_nothing() -> None:
    sockets = join(sockets_of(7, 0), owners_of(((1 << 64) - 1, 1, 1), (7, 2, 2)))

    assert sockets.pid.tolist() == [2, -1]


@pytest.mark.parametrize("data", [b"x" * 15, b"x" * 17])
def test_row_cut_off_is_an_error(data: bytes) -> None:
    with pytest.raises(ParseError, match=r"owners: offset (0|16): row cut off"):
        parse_owners(data)


def test_pid_that_cannot_be_is_an_error() -> None:
    with pytest.raises(ParseError, match="above 2147483647"):
        owners_of((9, 1 << 31, 3))

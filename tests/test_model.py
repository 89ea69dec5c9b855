"""Tables of sockets: joining and selecting."""

from __future__ import annotations

import numpy as np

from netinspect.model import COLUMNS, SocketTable


def table(*uids: int, netns: int = 1, paths: tuple[str, ...] = ()) -> SocketTable:
    size = len(uids)
    return SocketTable.build(
        size,
        paths,
        uid=np.array(uids, np.int64),
        netns=np.broadcast_to(np.uint64(netns), size),
        path=np.array([i if i < len(paths) else -1 for i in range(size)], np.int64),
    )


def takes_memory(sockets: SocketTable) -> set[str]:
    return {name for name in COLUMNS if getattr(sockets, name).strides != (0,)}


def test_columns_of_one_value_stay_thin_when_tables_are_joined() -> None:
    joined = SocketTable.join([table(1, 2), table(3), table(4, 5)])

    assert joined.uid.tolist() == [1, 2, 3, 4, 5]
    assert joined.netns.tolist() == [1] * 5
    assert takes_memory(joined) == {"uid", "path"}


def test_columns_of_several_values_are_joined() -> None:
    joined = SocketTable.join([table(1, 2, netns=7), table(3, netns=8)])

    assert joined.netns.tolist() == [7, 7, 8]


def test_names_are_found_after_joining() -> None:
    joined = SocketTable.join([table(1, 2), table(3, 4, paths=("/a",)), table(5, paths=("/b",))])

    assert joined.paths == ("/a", "/b")
    assert joined.path.tolist() == [-1, -1, 0, -1, 1]


def test_nothing_joined_is_an_empty_table() -> None:
    assert len(SocketTable.join([])) == len(SocketTable.join([table()])) == 0


def test_rows_are_taken_by_index_and_by_mask() -> None:
    sockets = table(1, 2, 3, netns=7)

    for rows in (np.array([2, 0]), np.array([True, False, True])):
        taken = sockets.take(rows)
        assert sorted(taken.uid.tolist()) == [1, 3]
        assert taken.netns.tolist() == [7, 7]
        assert "netns" not in takes_memory(taken)
    assert len(table().take(np.zeros(0, np.int64))) == 0

"""Unix sockets: messages of unix_diag. Source: include/uapi/linux/unix_diag.h, net/unix/diag.c."""

from __future__ import annotations

import numpy as np

from netinspect.decode.columns import Columns
from netinspect.decode.netlink import (
    HEADER_WORDS,
    Attributes,
    Messages,
    by_kind,
    parse_attributes,
    parse_messages,
)
from netinspect.decode.unix_paths import Paths
from netinspect.model import Family, Proto, SocketTable

_BODY = 16  # struct unix_diag_msg
_FIRST_ATTRIBUTE = HEADER_WORDS + _BODY // 4
_STATE, _INODE, _COOKIE = 4, 5, 6
_NAME, _PEER, _RQLEN, _SHUTDOWN, _UID = 0, 2, 4, 6, 7


def parse_unix_diag(data: bytes | memoryview, netns: int, origin: str) -> SocketTable:
    """Parse netlink messages, headers included: one row for each socket. Raises ParseError."""
    messages = parse_messages(origin, data, _BODY)
    columns, paths = Columns(len(messages)), Paths()
    if not len(messages):
        return columns.build()
    columns.fill("proto", Proto.UNIX)
    columns.fill("family", Family.UNIX)
    columns.fill("netns", netns)
    _put_message(messages, columns)
    for attributes in parse_attributes(messages, _FIRST_ATTRIBUTE):
        for kind, some in by_kind(attributes):
            _put_attribute(kind, some, columns, paths)
    return columns.build(paths.all())


def _put_message(messages: Messages, columns: Columns) -> None:
    columns.put("state", messages.word(_STATE).view(np.uint8).reshape(-1, 4)[:, 2].copy())
    columns.put("inode", messages.word(_INODE))
    low, high = messages.word(_COOKIE), messages.word(_COOKIE + 1)
    cookie = high.astype(np.uint64) << np.uint64(32) | low
    columns.put("cookie", cookie)
    columns.put("key", cookie)


def _put_attribute(kind: int, attributes: Attributes, columns: Columns, paths: Paths) -> None:
    if kind == _NAME:
        columns.put("path", _indices(attributes, paths), attributes.row)
    elif kind == _PEER:
        known = attributes.at_least(4)
        columns.put("peer_inode", known.word(0), known.row)
    elif kind == _RQLEN:
        known = attributes.at_least(8)
        columns.put("recv_q", known.word(0), known.row)
        columns.put("send_q", known.word(1), known.row)
    elif kind == _SHUTDOWN:
        known = attributes.at_least(1)
        columns.put("shutdown", known.byte(0), known.row)
    elif kind == _UID:
        known = attributes.at_least(4)
        columns.put("uid", known.word(0), known.row)


def _indices(attributes: Attributes, paths: Paths) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    data = attributes.words.data.cast("B")
    start = attributes.at * 4
    ends = start + attributes.size
    names = (data[a:b] for a, b in zip(start.tolist(), ends.tolist(), strict=True))
    return np.array([paths.index(bytes(name)) for name in names], np.int64)

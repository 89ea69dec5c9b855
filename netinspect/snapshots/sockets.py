"""Sockets as columns of a snapshot → SocketTable and OwnerTable."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from netinspect.decode.columns import Columns
from netinspect.errors import ParseError
from netinspect.humanize import safe_text
from netinspect.measures.socket_names import (
    family_name,
    owner_reason_name,
    proto_name,
    timer_name,
)
from netinspect.model import (
    COLUMNS,
    UNKNOWN,
    Family,
    OwnerReason,
    OwnerTable,
    Proto,
    SocketTable,
    TcpState,
    Timer,
    state_name,
)

_IDS = ("key", "cookie", "cgroup")
"""64-bit numbers that are written as text."""

_UNREAD = frozenset(
    {
        *("local_hi", "local_lo", "remote_hi", "remote_lo", "path", "backlog"),
        *("owner_reason", "owner_start", "owner_count", "pid"),
        *("proto", "family", "state", "timer", *_IDS),
    }
)
_MAPPED = 0xFFFF << 32
_LOW = (1 << 64) - 1
_LARGEST_ID = (1 << 31) - 1


class Sockets(NamedTuple):
    """The sockets of a snapshot and who holds them."""

    table: SocketTable
    owners: OwnerTable


def parse_sockets(columns: Mapping[str, Sequence[object]], name: str) -> Sockets:
    """Build the tables; a column that is absent is unknown. Raises ParseError."""
    return _Reader(columns, name).read()


class _Reader:
    def __init__(self, columns: Mapping[str, Sequence[object]], name: str) -> None:
        self._given = columns
        self._name = name
        sizes = {len(values) for values in columns.values()}
        if len(sizes) > 1:
            self._fail("columns", "not all of one length")
        self._size = sizes.pop() if sizes else 0
        self._columns = Columns(self._size)

    def read(self) -> Sockets:
        if not self._size:
            return Sockets(SocketTable.build(0), _no_owners())
        self._put_names("proto", dict(_names(Proto, proto_name)))
        self._put_names("family", dict(_names(Family, family_name)))
        self._put_names("state", dict(_names(TcpState, state_name)), "STATE_")
        self._put_names("timer", dict(_names(Timer, timer_name)), "timer-")
        for name in COLUMNS.keys() - _UNREAD:
            self._put_numbers(name, name)
        self._put_numbers("backlog", "sk_backlog")
        for name in _IDS:
            self._put_ids(name)
        for side in ("local", "remote"):
            self._put_addresses(side)
        paths = self._put_paths()
        owners = self._put_owners()
        return Sockets(self._columns.build(paths), owners)

    def _values(self, name: str, *types: type) -> Sequence[Any] | None:
        """Return a column, None where there is none; every value has one of these types."""
        values = self._given.get(name)
        if values is not None and not set(map(type, values)) <= {*types, type(None)}:
            self._fail(name, f"not all {types[0].__name__} or null")
        return values

    def _put_numbers(self, column: str, name: str) -> None:
        values = self._values(name, int)
        if values is not None:
            self._put(column, name, values)

    def _put(self, column: str, name: str, values: Sequence[int | None]) -> None:
        dtype, unknown = COLUMNS[column]
        numbers = [unknown if value is None else value for value in values]
        least, most = np.iinfo(dtype).min, np.iinfo(dtype).max
        if min(numbers) < least or max(numbers) > most:
            self._fail(name, f"a number that is not from {least} to {most}")
        self._columns.put(column, np.array(numbers, dtype))

    def _put_ids(self, name: str) -> None:
        texts = self._values(name, str)
        if texts is None:
            if name == "key":
                self._fail(name, "missing")
            return
        self._put(
            name, name, [None if text is None else self._number(name, text) for text in texts]
        )

    def _number(self, name: str, text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= 20):
            self._fail(name, "not a number as text")
        return int(text)

    def _put_names(self, name: str, numbers: Mapping[str, int], other: str | None = None) -> None:
        """Turn names into numbers. other: what stands before a number that has no name."""
        texts = self._values(name, str)
        if texts is None:
            if name != "timer":
                self._fail(name, "missing")
            return
        if name != "timer" and None in texts:
            self._fail(name, "null, which it cannot be")
        known: dict[str | None, int] = {None: COLUMNS[name].unknown}
        for text in set(texts) - {None}:
            if text in numbers:
                known[text] = numbers[text]
            elif other and text.startswith(other):
                known[text] = self._number(name, text[len(other) :])
            else:
                self._fail(name, f"{safe_text(text, 40)!r} is not known")
        self._put(name, name, [known[text] for text in texts])

    def _put_addresses(self, side: str) -> None:
        texts = self._values(f"{side}_addr", str)
        if texts is None:
            return
        known = {text: self._address(side, text) for text in set(texts)}
        high = [known[text] >> 64 for text in texts]
        low = [known[text] & _LOW for text in texts]
        self._columns.put(f"{side}_hi", np.array(high, np.uint64))
        self._columns.put(f"{side}_lo", np.array(low, np.uint64))

    def _address(self, side: str, text: str | None) -> int:
        if text is None or text == "*":
            return 0
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            self._fail(f"{side}_addr", f"{safe_text(text, 60)!r} is no address")
        return int(address) | (_MAPPED if address.version == 4 else 0)

    def _put_paths(self) -> tuple[str, ...]:
        texts = self._values("path", str)
        if texts is None:
            return ()
        rows = [row for row, text in enumerate(texts) if text is not None]
        place = np.full(self._size, UNKNOWN, np.int64)
        place[rows] = np.arange(len(rows))
        self._columns.put("path", place)
        return tuple(safe_text(texts[row]) for row in rows)

    def _put_owners(self) -> OwnerTable:
        lists = self._values("owners", list) or [None] * self._size
        counts = np.array([len(owners or ()) for owners in lists], np.int64)
        holders = [self._holder(owner) for owners in lists for owner in owners or ()]
        pid = np.array([pid for pid, _ in holders], np.int32)
        fd = np.array([fd for _, fd in holders], np.int32)
        self._put_reasons(counts > 0)
        inode = self._inodes()
        # Stable: the holders of a socket stay together, and in their order.
        order = np.argsort(np.repeat(inode, counts), kind="stable")
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        first = np.cumsum(counts) - counts
        held = np.flatnonzero(counts)
        start, lowest = np.full((2, self._size), UNKNOWN, np.int64)
        start[held] = place[first[held]]
        if len(held):
            lowest[held] = np.minimum.reduceat(pid, first[held])
        self._columns.put("owner_start", start)
        self._columns.put("owner_count", counts)
        self._columns.put("pid", lowest)
        return OwnerTable(np.repeat(inode, counts)[order], pid[order], fd[order])

    def _inodes(self) -> NDArray[np.uint64]:
        if not self._columns.has("inode"):
            return np.zeros(self._size, np.uint64)
        return np.maximum(self._columns.get("inode"), 0).astype(np.uint64)

    def _put_reasons(self, owned: NDArray[np.bool_]) -> None:
        names = self._values("owner_reason", str) or [None] * self._size
        known = {text: number for text, number in _names(OwnerReason, owner_reason_name) if text}
        # Without holders and without a reason, nobody we know of holds it.
        reasons = [known.get(text or "", OwnerReason.ELSEWHERE) for text in names]
        reason = np.where(owned, OwnerReason.OWNED, np.array(reasons, np.uint8))
        self._columns.put("owner_reason", reason)

    def _holder(self, owner: object) -> tuple[int, int]:
        if not isinstance(owner, dict):
            self._fail("owners", "not all objects")
        fd = owner.get("fd")
        return self._holder_id(owner.get("pid")), UNKNOWN if fd is None else self._holder_id(fd)

    def _holder_id(self, value: object) -> int:
        """Take a pid, or a descriptor that is known."""
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _LARGEST_ID:
            self._fail("owners", "a pid or fd that is none")
        return value

    def _fail(self, column: str, wrong: str) -> NoReturn:
        raise ParseError(self._name, f"sockets.{column}", wrong)


def _names(numbers: Any, name_of: Callable[[int], str | None]) -> list[tuple[str, int]]:
    named = ((name_of(int(number)), int(number)) for number in numbers)
    return [(name, number) for name, number in named if name is not None]


def _no_owners() -> OwnerTable:
    return OwnerTable(np.zeros(0, np.uint64), np.zeros(0, np.int32), np.zeros(0, np.int32))

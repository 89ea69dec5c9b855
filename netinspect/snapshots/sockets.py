"""Sockets as columns of a snapshot → SocketTable and OwnerTable, a column at a time."""

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
from netinspect.snapshots.owners import Holders, parse_holders

_IDS = ("key", "cookie", "cgroup")
"""64-bit numbers that are written as text."""
_NEEDED = ("key", "proto", "family", "state")
_JOINED = frozenset({"owner_reason", "owner_start", "owner_count", "pid"})
"""They follow from `owners`."""
_HALVES = frozenset({"local_hi", "local_lo", "remote_hi", "remote_lo"})
_RENAMED = {"sk_backlog": "backlog", "backlog": ""}
"""`backlog` is the limit of an accept queue to whoever reads fields."""
_MAPPED = 0xFFFF << 32
_LOW = (1 << 64) - 1


class Sockets(NamedTuple):
    """The sockets of a snapshot and who holds them."""

    table: SocketTable
    owners: OwnerTable


class SocketReader:
    """Takes columns in any order; one that does not come is unknown. Raises ParseError.

    name: of the file.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._size: int | None = None
        self._columns = Columns(0)
        self._paths: tuple[str, ...] = ()
        self._holders: Holders | None = None
        self._reasons: NDArray[np.uint8] | None = None

    def take(self, name: str, values: object) -> None:
        """Take a column; one that is not known is ignored."""
        if not isinstance(values, list):
            self._fail(safe_text(name, 60), "not a list")
        if self._size is None:
            self._size, self._columns = len(values), Columns(len(values))
        if len(values) != self._size:
            self._fail(safe_text(name, 60), f"{len(values)} values, and {self._size} sockets")
        special = _SPECIAL.get(name)
        column = _RENAMED.get(name, name)
        if special is not None:
            special(self, name, values)
        elif column in COLUMNS and column not in _JOINED | _HALVES:
            self._put(column, name, self._checked(name, values, int))

    def finish(self) -> Sockets:
        """Return the tables of what was taken."""
        if not self._size:
            return Sockets(SocketTable.build(0), _no_holders(0).table(np.zeros(0, np.uint64))[0])
        for name in _NEEDED:
            if not self._columns.has(name):
                self._fail(name, "missing")
        holders = self._holders or _no_holders(self._size)
        owners, joined = holders.table(self._inodes())
        for name, values in joined.items():
            self._columns.put(name, values)
        # Without holders and without a reason, nobody we know of holds it.
        reasons = np.full(self._size, OwnerReason.ELSEWHERE, np.uint8)
        reasons = reasons if self._reasons is None else self._reasons
        self._columns.put(
            "owner_reason", np.where(holders.counts > 0, np.uint8(OwnerReason.OWNED), reasons)
        )
        return Sockets(self._columns.build(self._paths), owners)

    def _inodes(self) -> NDArray[np.uint64]:
        if not self._columns.has("inode"):
            return np.zeros(self._size or 0, np.uint64)
        return np.maximum(self._columns.get("inode"), 0).astype(np.uint64)

    def _checked(self, name: str, values: list[Any], kind: type) -> list[Any]:
        """Return the values, which are all of one type or None."""
        if not set(map(type, values)) <= {kind, type(None)}:
            self._fail(name, f"not all {kind.__name__} or null")
        return values

    def _put(self, column: str, name: str, values: Sequence[int | None]) -> None:
        dtype, unknown = COLUMNS[column]
        numbers = [unknown if value is None else value for value in values]
        least, most = np.iinfo(dtype).min, np.iinfo(dtype).max
        if numbers and (min(numbers) < least or max(numbers) > most):
            self._fail(name, f"a number that is not from {least} to {most}")
        self._columns.put(column, np.array(numbers, dtype))

    def _put_ids(self, name: str, values: list[Any]) -> None:
        texts = self._checked(name, values, str)
        ids = [None if text is None else self._number(name, text) for text in texts]
        self._put(name, name, ids)

    def _number(self, name: str, text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= 20):
            self._fail(name, "not a number as text")
        return int(text)

    def _put_names(self, name: str, values: list[Any]) -> None:
        """Turn names into numbers; a number that has no name is written behind a prefix."""
        numbers, other = _NAMED[name]
        texts = self._checked(name, values, str)
        if name in _NEEDED and None in texts:
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

    def _put_addresses(self, name: str, values: list[Any]) -> None:
        texts = self._checked(name, values, str)
        known = {text: self._address(name, text) for text in set(texts)}
        high = [known[text] >> 64 for text in texts]
        low = [known[text] & _LOW for text in texts]
        side = name.removesuffix("_addr")
        self._columns.put(f"{side}_hi", np.array(high, np.uint64))
        self._columns.put(f"{side}_lo", np.array(low, np.uint64))

    def _address(self, name: str, text: str | None) -> int:
        if text is None or text == "*":
            return 0
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            self._fail(name, f"{safe_text(text, 60)!r} is no address")
        return int(address) | (_MAPPED if address.version == 4 else 0)

    def _put_paths(self, name: str, values: list[Any]) -> None:
        texts = self._checked(name, values, str)
        rows = [row for row, text in enumerate(texts) if text is not None]
        place = np.full(len(texts), UNKNOWN, np.int64)
        place[rows] = np.arange(len(rows))
        self._columns.put("path", place)
        self._paths = tuple(safe_text(texts[row]) for row in rows)

    def _put_reasons(self, name: str, values: list[Any]) -> None:
        known = {text: number for text, number in _names(OwnerReason, owner_reason_name) if text}
        texts = self._checked(name, values, str)
        reasons = [known.get(text or "", OwnerReason.ELSEWHERE) for text in texts]
        self._reasons = np.array(reasons, np.uint8)

    def _put_owners(self, name: str, values: list[Any]) -> None:
        try:
            self._holders = parse_holders(values)
        except ValueError as error:
            self._fail(name, str(error))

    def _fail(self, column: str, wrong: str) -> NoReturn:
        raise ParseError(self._name, f"sockets.{column}", wrong)


def _no_holders(size: int) -> Holders:
    return Holders(np.zeros(size, np.int64), np.zeros(0, np.int32), np.zeros(0, np.int32))


def _names(numbers: Any, name_of: Callable[[int], str | None]) -> list[tuple[str, int]]:
    named = ((name_of(int(number)), int(number)) for number in numbers)
    return [(name, number) for name, number in named if name is not None]


_NAMED: Mapping[str, tuple[dict[str, int], str | None]] = {
    "proto": (dict(_names(Proto, proto_name)), None),
    "family": (dict(_names(Family, family_name)), None),
    "state": (dict(_names(TcpState, state_name)), "STATE_"),
    "timer": (dict(_names(Timer, timer_name)), "timer-"),
}
"""Columns of names: their numbers, and what stands before a number that has no name."""

_SPECIAL: Mapping[str, Callable[[SocketReader, str, list[Any]], None]] = {
    **dict.fromkeys(_NAMED, SocketReader._put_names),
    **dict.fromkeys(_IDS, SocketReader._put_ids),
    **dict.fromkeys(("local_addr", "remote_addr"), SocketReader._put_addresses),
    "path": SocketReader._put_paths,
    "owners": SocketReader._put_owners,
    "owner_reason": SocketReader._put_reasons,
}
"""Columns that are not numbers as they are."""

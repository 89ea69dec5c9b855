"""The pane of ephemeral ports: who runs out of local ports towards which destination."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from netinspect.humanize import address_text, host_text
from netinspect.measures.commonest import find_commonest
from netinspect.measures.ephemeral_ports import (
    Destinations,
    budget_ports,
    find_destinations,
)
from netinspect.measures.grouping import group_rows
from netinspect.measures.history import read_ages, read_history
from netinspect.measures.row_ids import destination_ids
from netinspect.measures.states import is_timewait_sock
from netinspect.model import Row, RowKey, Sample, SocketTable, Value, Window
from netinspect.parts import Column, Rows, comparable

_Key = tuple[int, str, str, int]
"""netns, source, destination, port."""

_Numbers = NDArray[np.float64]

_FRACTIONS = {"used_share", "time_wait_share", "connect_rate", "time_to_exhaustion"}
_OF_NAMESPACE = ("usable", "held_elsewhere", "reserved")
_ENDS = ("netns", "local_hi", "local_lo", "remote_hi", "remote_lo", "remote_port")


class EphemeralPane:
    """One row per source address, destination address and port of outgoing connections.

    A row counts the whole tuple even when the filter lets only some of its sockets through.
    """

    name = "ephemeral"
    key = "5"
    title = "Ephemeral"
    help = (
        "Towards which destination do local ports run out? FREE is an upper bound: sockets that "
        "called bind() with port 0 take ports from every destination and look like any other."
    )
    fields: tuple[str, ...] = (
        *("local_addr", "remote_addr", "remote_port", "used", "history", "usable", "free"),
        *(
            "used_share",
            "free_with_reuse",
            "time_wait",
            "time_wait_share",
            "held_elsewhere",
            "reserved",
        ),
        *("connect_rate", "time_to_exhaustion", "pid", "process", "netns"),
    )
    columns: tuple[Column, ...] = (
        Column("FROM", ("local_addr",), 15, 3),
        Column("TO", ("remote_addr", "remote_port"), 21, 0, grow=True),
        Column("PROCESS", ("process",), 10, 5),
        Column("USED/USABLE", ("used", "usable"), 20, 0),
        Column("USED", ("used_share",), 4, 1),
        Column("HISTORY", ("history",), 9, 8),
        Column("TIME-WAIT", ("time_wait_share",), 9, 2),
        Column("HELD", ("held_elsewhere",), 6, 7),
        Column("NEW/s", ("connect_rate",), 5, 4),
        Column("EMPTY IN", ("time_to_exhaustion",), 8, 4),
    )
    sort = "used"
    descending = True
    empty = "Outgoing TCP connections by destination. There is none, or none passes the filter."

    def rows(self, window: Window) -> Rows:
        """Return a row per tuple that has a selected socket."""
        return DestinationRows(window, self.fields)

    def header(self, window: Window) -> str:
        """Tell range, reserved ports and parity of each namespace with outgoing connections."""
        sample = window.now
        found = find_destinations(sample)
        spaces = np.unique(sample.sockets.netns[found.first_rows]).tolist()
        spaces = spaces or [space.inode for space in sample.namespaces[:1]]
        if len(spaces) > 1:
            return f"{len(spaces)} network namespaces"
        return "".join(_namespace_text(sample, found, netns) for netns in spaces)


class DestinationRows:
    """One row per tuple that has a selected socket, made only when asked for."""

    def __init__(self, window: Window, fields: tuple[str, ...]) -> None:
        found = find_destinations(window.now)
        chosen = np.zeros(len(found), np.bool_)
        chosen[found.groups.of_row[window.selected[found.rows]]] = True
        self.fields = fields
        self._sample = window.now
        self._trail = window.trail
        self._first_rows = found.first_rows[chosen]
        numbers = _measure(window, found)
        self._numbers = {name: values[chosen] for name, values in numbers.items()}
        self._several = len(np.unique(window.now.sockets.netns[found.first_rows])) > 1

    def __len__(self) -> int:
        return len(self._first_rows)

    def row(self, index: int) -> Row:
        """Build one row."""
        key = netns, source, destination, port = self._key(index)
        known: dict[str, Value] = {
            name: _value(name, float(values[index])) for name, values in self._numbers.items()
        }
        pid = known["pid"]
        process = self._sample.processes.get(pid) if isinstance(pid, int) else None
        known |= {"local_addr": source, "remote_addr": destination, "remote_port": port}
        known |= {"process": process.name if process else None, "netns": netns or None}
        ids = destination_ids(self._sample.sockets, self._first_rows[index : index + 1])
        (known["history"],) = read_history(self._trail, "ephemeral", ids)
        (age,) = read_ages(self._trail, "ephemeral", ids)
        where = f" and netns {netns}" if self._several else ""
        drill = f"src {host_text(source)} and dst {host_text(destination)} and rport {port}{where}"
        return Row(key, tuple(known[name] for name in self.fields), drill, age)

    def sort_values(self, field: str) -> NDArray[np.float64] | NDArray[np.str_]:
        """Return one comparable value per row."""
        if field in self._numbers:
            return self._numbers[field]
        place = self.fields.index(field)
        return comparable([self.row(i).values[place] for i in range(len(self))])

    def find(self, key: RowKey) -> int | None:
        """Find the row with this key."""
        return next((i for i in range(len(self)) if self._key(i) == key), None)

    def _key(self, index: int) -> _Key:
        sockets, row = self._sample.sockets, int(self._first_rows[index])
        return (
            int(sockets.netns[row]),
            address_text(int(sockets.local_hi[row]), int(sockets.local_lo[row])),
            address_text(int(sockets.remote_hi[row]), int(sockets.remote_lo[row])),
            int(sockets.remote_port[row]),
        )


def _value(name: str, number: float) -> int | float | None:
    if math.isnan(number):
        return None
    return number if name in _FRACTIONS else int(number)


def _measure(window: Window, found: Destinations) -> dict[str, _Numbers]:
    """Work out every number of every tuple; NaN = not known."""
    sockets, elapsed = window.now.sockets, window.elapsed or math.nan
    fresh = (window.before_row < 0) & ~is_timewait_sock(sockets)
    new = np.bincount(found.groups.of_row[fresh[found.rows]], minlength=len(found))
    used = found.used.astype(np.float64)
    pid = _first_holders(sockets, found)
    budget = _budgets(window.now, sockets.netns[found.first_rows])
    free = np.maximum(0, budget["usable"] - used)
    gained = np.maximum(0, used - _used_before(window, found))
    with np.errstate(divide="ignore", invalid="ignore"):
        until_none = free / gained * elapsed
        used_share = used / budget["usable"]
    return budget | {
        "used": used,
        "free": free,
        "used_share": np.where(np.isfinite(used_share), used_share, np.nan),
        "free_with_reuse": free + found.reusable,
        "time_wait": found.time_wait.astype(np.float64),
        "time_wait_share": found.time_wait / used,
        "connect_rate": new / elapsed,
        "time_to_exhaustion": np.where(gained > 0, until_none, np.nan),
        "pid": np.where(pid >= 0, pid, np.nan),
    }


def _budgets(sample: Sample, netns: NDArray[np.uint64]) -> dict[str, _Numbers]:
    """Tell for each tuple what ports its namespace has."""
    known = {name: np.full(len(netns), np.nan) for name in _OF_NAMESPACE}
    for space in np.unique(netns).tolist():
        budget = budget_ports(sample, space)
        for name, values in known.items():
            values[netns == space] = math.nan if budget is None else getattr(budget, name)
    return known


def _first_holders(sockets: SocketTable, found: Destinations) -> NDArray[np.int64]:
    """Return per tuple the process that holds most of its sockets; -1 where none is known."""
    pid = sockets.pid[found.rows].astype(np.int64)
    held = pid >= 0
    return find_commonest(found.groups.of_row[held], pid[held], len(found))[0]


def _used_before(window: Window, found: Destinations) -> _Numbers:
    """Tell how many ports each tuple used in the Sample before; NaN where there was none."""
    if window.before is None:
        return np.full(len(found), np.nan)
    before = find_destinations(window.before)
    sides = ((window.now.sockets, found.first_rows), (window.before.sockets, before.first_rows))
    ends = [np.concatenate([getattr(table, name)[rows] for table, rows in sides]) for name in _ENDS]
    same = group_rows(*ends)
    used = np.zeros(len(same))
    used[same.of_row[len(found) :]] = before.used
    return used[same.of_row[: len(found)]]


def _namespace_text(sample: Sample, found: Destinations, netns: int) -> str:
    """Write e.g. "range 32768-60999, 12 reserved, 3 held, even/odd ports in use 500/0"."""
    budget = budget_ports(sample, netns)
    ports = np.unique(sample.sockets.local_port[found.rows])
    odd = int(np.count_nonzero(ports & 1))
    parity = f"even/odd ports in use {len(ports) - odd:,}/{odd:,}"
    if budget is None:
        return f"range not known, {parity}"
    return (
        f"range {budget.first}-{budget.last}, {budget.reserved:,} reserved, "
        f"{budget.held_elsewhere:,} held, {parity}"
    )


PANE = EphemeralPane()

"""The pane of ephemeral ports: who runs out of local ports towards which destination."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netinspect.humanize import address_text
from netinspect.measures.commonest import find_commonest
from netinspect.measures.ephemeral_ports import (
    Destinations,
    PortBudget,
    budget_ports,
    find_destinations,
)
from netinspect.measures.states import is_timewait_sock
from netinspect.model import Row, Sample, SocketTable, Value, Window
from netinspect.parts import Column, RowList, Rows

_Key = tuple[int, str, str, int]
"""netns, source, destination, port."""


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
        *("local_addr", "remote_addr", "remote_port", "used", "usable", "free", "used_share"),
        *("free_with_reuse", "time_wait", "time_wait_share", "held_elsewhere", "reserved"),
        *("connect_rate", "time_to_exhaustion", "pid", "process", "netns"),
    )
    columns: tuple[Column, ...] = (
        Column("FROM", ("local_addr",), 15, 3),
        Column("TO", ("remote_addr", "remote_port"), 21, 0, grow=True),
        Column("PROCESS", ("process",), 10, 5),
        Column("USED/USABLE", ("used", "usable"), 20, 0),
        Column("USED", ("used_share",), 4, 1),
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
        found = find_destinations(window.now)
        chosen = np.zeros(len(found), np.bool_)
        chosen[found.groups.of_row[window.selected[found.rows]]] = True
        facts = _Facts.gather(window, found)
        return RowList(self.fields, [facts.row(i) for i in np.flatnonzero(chosen).tolist()])

    def header(self, window: Window) -> str:
        """Tell range, reserved ports and parity of each namespace with outgoing connections."""
        sample = window.now
        found = find_destinations(sample)
        spaces = np.unique(sample.sockets.netns[found.rows]).tolist()
        spaces = spaces or [space.inode for space in sample.namespaces[:1]]
        if len(spaces) > 1:
            return f"{len(spaces)} network namespaces"
        return "".join(_namespace_text(sample, found, netns) for netns in spaces)


@dataclass(frozen=True, slots=True)
class _Facts:
    """All that rows are made from, per tuple."""

    sample: Sample
    found: Destinations
    budgets: dict[int, PortBudget | None]
    before: dict[_Key, int] | None  # ports used in the Sample before
    elapsed: float | None
    new: NDArray[np.int64]
    pids: NDArray[np.int64]

    @staticmethod
    def gather(window: Window, found: Destinations) -> _Facts:
        """Count what the rows need beside the ports."""
        sample = window.now
        spaces = np.unique(sample.sockets.netns[found.rows]).tolist()
        fresh = (window.before_row < 0) & ~is_timewait_sock(sample.sockets)
        return _Facts(
            sample,
            found,
            {netns: budget_ports(sample, netns) for netns in spaces},
            _used_before(window),
            window.elapsed,
            np.bincount(found.groups.of_row[fresh[found.rows]], minlength=len(found)),
            _first_holders(sample.sockets, found),
        )

    def row(self, i: int) -> Row:
        """Build the row of a tuple."""
        key = _key(self.sample.sockets, int(self.found.first_rows[i]))
        netns, source, destination, port = key
        budget = self.budgets[netns]
        used, waiting = int(self.found.used[i]), int(self.found.time_wait[i])
        usable = budget.usable if budget else None
        free = None if usable is None else max(0, usable - used)
        pid = int(self.pids[i]) if self.pids[i] >= 0 else None
        process = None if pid is None else self.sample.processes.get(pid)
        values: tuple[Value, ...] = (
            source,
            destination,
            port,
            used,
            usable,
            free,
            used / usable if usable else None,
            None if free is None else free + int(self.found.reusable[i]),
            waiting,
            waiting / used,
            budget.held_elsewhere if budget else None,
            budget.reserved if budget else None,
            int(self.new[i]) / self.elapsed if self.elapsed else None,
            self._time_to_exhaustion(key, used, free),
            pid,
            process.name if process else None,
            netns or None,
        )
        where = f" and netns {netns}" if len(self.budgets) > 1 else ""
        return Row(key, values, f"src {source} and dst {destination} and rport {port}{where}")

    def _time_to_exhaustion(self, key: _Key, used: int, free: int | None) -> float | None:
        """Return seconds; only while the use grows."""
        if self.before is None or not self.elapsed or free is None:
            return None
        gained = used - self.before.get(key, 0)
        return free / gained * self.elapsed if gained > 0 else None


def _first_holders(sockets: SocketTable, found: Destinations) -> NDArray[np.int64]:
    """Return per tuple the process that holds most of its sockets; -1 where none is known."""
    pid = sockets.pid[found.rows].astype(np.int64)
    held = pid >= 0
    return find_commonest(found.groups.of_row[held], pid[held], len(found))[0]


def _used_before(window: Window) -> dict[_Key, int] | None:
    if window.before is None:
        return None
    found = find_destinations(window.before)
    keys = [_key(window.before.sockets, row) for row in found.first_rows.tolist()]
    return dict(zip(keys, found.used.tolist(), strict=True))


def _key(sockets: SocketTable, row: int) -> _Key:
    return (
        int(sockets.netns[row]),
        address_text(int(sockets.local_hi[row]), int(sockets.local_lo[row])),
        address_text(int(sockets.remote_hi[row]), int(sockets.remote_lo[row])),
        int(sockets.remote_port[row]),
    )


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

"""Destinations whose local ports run out: how many are taken of how many, who dials, how fast.

A TIME_WAIT has no owner. Who closed the connection is concluded from live connections to the same
address and port, of this Sample or of the one before.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from netinspect.finding import Evidence, Unit
from netinspect.measures.ephemeral_ports import TIME_WAIT_MS, Destinations, PortBudget
from netinspect.measures.facts import Facts
from netinspect.model import Process, Sample, SocketTable, TcpState

_RECENT_MS = 10_000
_REMOTE = ("netns", "remote_hi", "remote_lo", "remote_port")


class Dialler(NamedTuple):
    """The process with most connections to a destination.

    processes: how many have some there. inferred: concluded from other connections than these.
    """

    process: Process | None
    processes: int
    inferred: bool


@dataclass(frozen=True, slots=True)
class PortUse:
    """The local ports towards one destination.

    taken: those that connect() cannot have. rows: of SocketTable.
    """

    rows: NDArray[np.int64]
    budget: PortBudget
    used: int
    time_wait: int
    reusable: int
    first_half: int  # of the taken: those that connect() tries first

    @property
    def taken(self) -> int:
        return self.used - self.reusable

    @property
    def share(self) -> float:
        """Return the part of the usable ports that is taken; 1 where none is usable."""
        return self.taken / self.budget.usable if self.budget.usable > 0 else 1.0

    @property
    def free(self) -> int:
        return max(0, self.budget.usable - self.used)

    @property
    def free_with_reuse(self) -> int:
        return max(0, self.budget.usable - self.taken)


class PortUses:
    """The use of local ports by destination; what is dear is only counted where it is asked for.

    usable, first_half: of the PortBudget, per destination; -1 where it is not known.
    """

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self.found: Destinations = facts.destinations
        netns = facts.sockets.netns[self.found.first_rows]
        self.usable = np.full(len(netns), -1, np.int64)
        self.first_half = np.full(len(netns), -1, np.int64)
        for inode in np.unique(netns).tolist():
            budget = facts.budget(inode)
            if budget is not None:
                self.usable[netns == inode] = budget.usable
                self.first_half[netns == inode] = budget.first_half

    def share_of_usable(self, ports: NDArray[np.int64]) -> NDArray[np.float64]:
        """Divide ports per destination by the usable ones; NaN where the range is not known."""
        known = self.usable >= 0
        share = np.full(len(ports), np.nan)
        np.divide(ports, self.usable, out=share, where=self.usable > 0)
        share[known & (self.usable == 0)] = 1.0
        return share

    def use(self, index: int) -> PortUse | None:
        """Return the use towards one destination; None where the range is not known."""
        found = self.found
        rows = self._rows(index)
        budget = self._facts.budget(int(self._facts.sockets.netns[rows[0]]))
        if budget is None:
            return None
        columns = (found.used, found.time_wait, found.reusable, found.first_half)
        return PortUse(rows, budget, *(int(column[index]) for column in columns))

    def _rows(self, index: int) -> NDArray[np.int64]:
        order, bounds = self._by_destination
        return self.found.rows[order[bounds[index] : bounds[index + 1]]]

    @cached_property
    def _by_destination(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        of_row = self.found.groups.of_row
        order = np.argsort(of_row, kind="stable")
        return order, np.searchsorted(of_row[order], np.arange(len(self.found) + 1))


def find_holder(facts: Facts, rows: NDArray[np.int64]) -> Dialler:
    """Find who holds most of these sockets."""
    held = _holders(facts.sockets, rows)
    return _most(facts.now, held, inferred=False) if len(held) else Dialler(None, 0, False)


def find_dialler(facts: Facts, rows: NDArray[np.int64]) -> Dialler:
    """Find who has most connections to the destination of these sockets."""
    own = find_holder(facts, rows)
    if own.processes:
        return own
    for sample in (facts.now, facts.before):
        if sample is not None:
            others = _to_same_end(sample.sockets, facts.sockets, int(rows[0]))
            held = _holders(sample.sockets, others)
            if len(held):
                return _most(sample, held, inferred=True)
    return Dialler(None, 0, False)


def count_closes(sockets: SocketTable, rows: NDArray[np.int64]) -> float | None:
    """Return how many of these connections were closed from here per second, of late.

    A TIME_WAIT tells when it began by when it ends.
    """
    expires = sockets.expires[rows[sockets.state[rows] == TcpState.TIME_WAIT]]
    if not len(expires) or (expires < 0).any():
        return None
    return float(np.count_nonzero(expires > TIME_WAIT_MS - _RECENT_MS)) * 1000 / _RECENT_MS


def expected_time_wait(closes: float | None) -> float | None:
    """Return how many TIME_WAIT rows a rate of closes leads to."""
    return None if closes is None else closes * TIME_WAIT_MS / 1000


def budget_evidence(facts: Facts, netns: int, budget: PortBudget) -> tuple[Evidence, ...]:
    """Return the numbers of a namespace that decide how many ports are usable."""
    namespace = facts.now.namespace(netns)
    reuse = namespace.sysctl_int("net.ipv4.tcp_tw_reuse") if namespace else None
    bound = "sock_diag LISTEN and BOUND rows"
    return (
        Evidence(
            "port_range",
            f"{budget.first}-{budget.last}",
            Unit.TEXT,
            "net.ipv4.ip_local_port_range",
        ),
        Evidence("reserved", budget.reserved, source="net.ipv4.ip_local_reserved_ports"),
        Evidence("held_elsewhere", budget.held_elsewhere, source=bound),
        Evidence("tw_reuse", reuse, Unit.TEXT, "net.ipv4.tcp_tw_reuse"),
    )


def _to_same_end(sockets: SocketTable, of: SocketTable, row: int) -> NDArray[np.int64]:
    same = np.ones(len(sockets), np.bool_)
    for name in _REMOTE:
        same &= getattr(sockets, name) == getattr(of, name)[row]
    return np.flatnonzero(same)


def _holders(sockets: SocketTable, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    pids = sockets.pid[rows].astype(np.int64)
    return pids[pids >= 0]


def _most(sample: Sample, held: NDArray[np.int64], *, inferred: bool) -> Dialler:
    pids, counts = np.unique(held, return_counts=True)
    process = sample.processes.get(int(pids[counts.argmax()]))
    return Dialler(process, len(pids), inferred)

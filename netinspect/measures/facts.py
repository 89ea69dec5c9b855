"""A Window and what several rules measure of it, each measured once.

Rules look at everything: the filter does not count here.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from netinspect.measures.attempts import Attempts, find_attempts
from netinspect.measures.children import Children, find_children
from netinspect.measures.ephemeral_ports import (
    Destinations,
    PortBudget,
    budget_ports,
    find_destinations,
)
from netinspect.measures.incoming import Incoming, sort_incoming
from netinspect.measures.listen_holders import HeldListener, find_held_listeners
from netinspect.measures.listened import Memory, remember_listeners
from netinspect.measures.peaks import find_peak_files, find_peak_queues, find_peak_rate
from netinspect.measures.reading import find_untouched
from netinspect.measures.states import is_loopback, is_tcp
from netinspect.model import UNKNOWN, Namespace, Process, Proto, Sample, SocketTable, Window

Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]


class Facts:
    """Answers what rules ask about a Window."""

    def __init__(self, window: Window, listened: Memory | None = None) -> None:
        """Take a Window. listened: what Samples before it showed; None = only the one in it."""
        self.window = window
        self.now: Sample = window.now
        self.before: Sample | None = window.before
        self.sockets: SocketTable = window.now.sockets
        self.elapsed = window.elapsed  # seconds between the Samples, None without a predecessor
        self._listened = listened
        # No lru_cache of a method: Facts and their Samples would live until the next collection.
        self._budgets: dict[int, PortBudget | None] = {}
        self._growths: dict[str, NDArray[np.int64]] = {}

    # sockets

    @cached_property
    def tcp(self) -> Mask:
        """Tell which rows are TCP."""
        return is_tcp(self.sockets)

    def in_state(self, *states: int) -> Mask:
        """Tell which rows are TCP sockets in one of these states."""
        mask: Mask = self.tcp & np.isin(self.sockets.state, states)
        return mask

    @cached_property
    def udp(self) -> Mask:
        """Tell which rows are UDP."""
        mask: Mask = self.sockets.proto == Proto.UDP
        return mask

    @cached_property
    def has_inode(self) -> Mask:
        """Tell which rows belong to a descriptor, whoever holds it.

        TIME_WAIT, orphans and connections that wait for accept() do not.
        """
        mask: Mask = (self.sockets.inode != 0) & (self.sockets.inode != UNKNOWN)
        return mask

    @cached_property
    def loopback(self) -> Mask:
        """Tell which rows have a loopback peer: 127.0.0.0/8 or ::1."""
        return is_loopback(self.sockets.remote_hi, self.sockets.remote_lo)

    def keys(self, rows: Rows | Mask) -> NDArray[np.uint64]:
        """Return the keys of these sockets, as a Finding holds them."""
        keys: NDArray[np.uint64] = self.sockets.key[rows]
        return keys

    def growth(self, column: str) -> NDArray[np.int64]:
        """Return how much a counter column grew, per row; UNKNOWN where that cannot be told.

        A socket that is new has grown by all it counts, unless there is no Sample before.
        """
        if column not in self._growths:
            self._growths[column] = self._measure_growth(column)
        return self._growths[column]

    def _measure_growth(self, column: str) -> NDArray[np.int64]:
        now: NDArray[np.int64] = getattr(self.sockets, column)
        if self.before is None:
            return np.full(len(now), UNKNOWN, np.int64)
        known = self.window.before_row >= 0
        earlier = np.zeros(len(now), np.int64)
        earlier[known] = getattr(self.before.sockets, column)[self.window.before_row[known]]
        grown = now.astype(np.int64) - earlier
        return np.where((now == UNKNOWN) | (earlier == UNKNOWN) | (grown < 0), UNKNOWN, grown)

    # joined

    @cached_property
    def children(self) -> Children:
        """Incoming connections by listener."""
        return find_children(self.sockets, self.now.owners)

    @cached_property
    def incoming(self) -> Incoming:
        """What became of the incoming connections."""
        return sort_incoming(self.sockets, self.children)

    @cached_property
    def held_listeners(self) -> tuple[HeldListener, ...]:
        """Listeners with all of their holders."""
        return find_held_listeners(self.now)

    @cached_property
    def untouched(self) -> Mask:
        """Tell which connections hold data of which nothing was read since the Sample before."""
        return find_untouched(self.window)

    @cached_property
    def attempts(self) -> Attempts:
        """Outgoing connection attempts that nobody answered since the Sample before."""
        return find_attempts(self.window)

    @cached_property
    def peak_queue(self) -> Rows:
        """Return recv_q of each socket; of listeners the most since the Sample before."""
        return find_peak_queues(self.now)

    @cached_property
    def peak_files(self) -> int | None:
        """Return the most open files of the host since the Sample before."""
        return find_peak_files(self.now)

    @cached_property
    def destinations(self) -> Destinations:
        """Outgoing connections by (netns, source, destination, port)."""
        return find_destinations(self.now)

    @cached_property
    def outgoing(self) -> Mask:
        """Tell which rows are connections that were dialled here."""
        mask: Mask = np.zeros(len(self.sockets), np.bool_)
        mask[self.destinations.rows] = True
        return mask

    @cached_property
    def listened(self) -> Memory:
        """What ports listened in Samples before this one."""
        if self._listened is None:
            return remember_listeners({}, self.before) if self.before else {}
        return self._listened

    def budget(self, netns: int) -> PortBudget | None:
        """Count the ephemeral ports of a namespace."""
        if netns not in self._budgets:
            self._budgets[netns] = budget_ports(self.now, netns)
        return self._budgets[netns]

    def holder(self, row: int) -> Process | None:
        """Return the first process that holds a socket."""
        return self.now.processes.get(int(self.sockets.pid[row]))

    # counters

    def delta(self, namespace: Namespace, counter: str) -> int | None:
        """Return how much a counter of a namespace grew, e.g. "TcpExt.ListenOverflows"."""
        earlier = self.before.namespace(namespace.inode) if self.before else None
        return _grown(namespace.counters, earlier.counters if earlier else {}, counter)

    def peak_rate(self, namespace: Namespace, counter: str) -> float | None:
        """Return the fastest growth of a counter per second within the time of `rate`."""
        return find_peak_rate(self.window, namespace, counter)

    def conntrack_delta(self, namespace: Namespace, counter: str) -> int | None:
        """Return how much a counter of connection tracking grew, e.g. "drop"."""
        earlier = self.before.namespace(namespace.inode) if self.before else None
        return _grown(namespace.conntrack, earlier.conntrack if earlier else {}, counter)

    def rate(self, namespace: Namespace, counter: str) -> float | None:
        """Return the growth of a counter per second."""
        delta = self.delta(namespace, counter)
        return None if delta is None or not self.elapsed else delta / self.elapsed


def _grown(now: Mapping[str, int], before: Mapping[str, int], counter: str) -> int | None:
    value, earlier = now.get(counter), before.get(counter)
    if value is None or earlier is None or value < earlier:
        return None
    return value - earlier

"""Sockets of a Window as values: what each field holds, for as many rows as asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netinspect.holders import find_holdings
from netinspect.humanize import address_text
from netinspect.measures.socket_names import (
    family_name,
    owner_reason_name,
    proto_name,
    timer_name,
)
from netinspect.measures.throughput import Throughput, measure_throughput
from netinspect.model import UNKNOWN, Family, Owner, Proto, TcpState, Value, Window, state_name
from netinspect.timing import measure_idle, measure_rtt

Indices = NDArray[np.int64]


class SocketValues:
    """Reads fields of sockets; None = not known, or the socket has no such thing."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self.sample = window.now
        self.sockets = window.now.sockets
        self.processes = window.now.processes

    def read(self, field: str, rows: Indices) -> list[Value]:
        """Return the values of a field for these rows of SocketTable."""
        special = _SPECIAL.get(field)
        if special is not None:
            return special(self, rows)
        return _optional(getattr(self.sockets, field)[rows])

    @cached_property
    def throughput(self) -> Throughput:
        """Bytes per second of every socket."""
        return measure_throughput(self._window)

    @cached_property
    def idle(self) -> NDArray[np.int64]:
        """Milliseconds since data was sent or received, of every socket."""
        return measure_idle(self.sockets)

    @cached_property
    def rtt(self) -> NDArray[np.int64]:
        """Round-trip time of every socket in microseconds."""
        return measure_rtt(self.sockets)

    @cached_property
    def users(self) -> Mapping[int, str]:
        """User names by uid, as far as processes show them."""
        named = ((process.uid, process.user) for process in self.processes.values())
        return {uid: user for uid, user in named if uid is not None and user is not None}

    def is_unix(self, rows: Indices) -> NDArray[np.bool_]:
        """Tell which rows have no address and no port."""
        mask: NDArray[np.bool_] = self.sockets.proto[rows] == Proto.UNIX
        return mask

    def accept_queue(self, column: str, rows: Indices) -> list[Value]:
        """Return recv_q or send_q where it counts connections: in LISTEN of TCP."""
        sockets = self.sockets
        listens = (sockets.proto[rows] == Proto.TCP) & (sockets.state[rows] == TcpState.LISTEN)
        return _optional(np.where(listens, getattr(sockets, column)[rows], UNKNOWN))


_Read = Callable[[SocketValues, Indices], list[Value]]


def _optional(values: NDArray[Any], unknown: int = UNKNOWN) -> list[Value]:
    missing = values == unknown
    if missing.all():
        return [None] * len(values)
    listed: list[Value] = values.tolist()
    if not missing.any():
        return listed
    return [None if value == unknown else value for value in listed]


def _named(column: str, name_of: Callable[[int], str | None]) -> _Read:
    def read(values: SocketValues, rows: Indices) -> list[Value]:
        distinct, which = np.unique(getattr(values.sockets, column)[rows], return_inverse=True)
        names = [name_of(number) for number in distinct.tolist()]
        return [names[i] for i in which.tolist()]

    return read


def _address(side: str) -> _Read:
    def read(values: SocketValues, rows: Indices) -> list[Value]:
        sockets = values.sockets
        high, low = getattr(sockets, f"{side}_hi")[rows], getattr(sockets, f"{side}_lo")[rows]
        # ss prints * for a socket that takes IPv4 and IPv6, and :: for one that takes IPv6 only.
        dual = (high == 0) & (low == 0) & (sockets.family[rows] == Family.INET6)
        dual &= sockets.v6only[rows] == 0
        texts: list[Value] = list(map(address_text, high.tolist(), low.tolist()))
        for i in np.flatnonzero(dual).tolist():
            texts[i] = "*"
        for i in np.flatnonzero(values.is_unix(rows)).tolist():
            texts[i] = None
        return texts

    return read


def _port(column: str) -> _Read:
    def read(values: SocketValues, rows: Indices) -> list[Value]:
        ports = getattr(values.sockets, column)[rows].astype(np.int64)
        return _optional(np.where(values.is_unix(rows), UNKNOWN, ports))

    return read


def _identity(column: str) -> _Read:
    return lambda values, rows: _optional(getattr(values.sockets, column)[rows], unknown=0)


def _digits(column: str, unknown: int) -> _Read:
    """Write 64-bit ids as text: many readers of JSON round such numbers."""

    def read(values: SocketValues, rows: Indices) -> list[Value]:
        numbers = getattr(values.sockets, column)[rows].tolist()
        return [None if number == unknown else str(number) for number in numbers]

    return read


def _path(values: SocketValues, rows: Indices) -> list[Value]:
    paths = values.sockets.paths
    indices = values.sockets.path[rows].tolist()
    return [paths[index] if index >= 0 else None for index in indices]


def _of_process(attribute: str) -> _Read:
    def read(values: SocketValues, rows: Indices) -> list[Value]:
        processes = values.processes
        pids = values.sockets.pid[rows].tolist()
        return [getattr(processes.get(pid), attribute, None) for pid in pids]

    return read


def _user(values: SocketValues, rows: Indices) -> list[Value]:
    return [values.users.get(uid) for uid in values.sockets.uid[rows].tolist()]


def _rate(side: str) -> _Read:
    def read(values: SocketValues, rows: Indices) -> list[Value]:
        rates = getattr(values.throughput, side)[rows].tolist()
        return [None if rate != rate else rate for rate in rates]

    return read


def _owners(values: SocketValues, rows: Indices) -> list[Value]:
    owners, processes = values.sample.owners, values.processes
    pairs = find_holdings(values.sockets, rows)
    pids, fds = owners.pid[pairs.owner].tolist(), owners.fd[pairs.owner].tolist()
    holders = (
        Owner(pid, fd if fd >= 0 else None, process.name if process else None)
        for pid, fd, process in zip(pids, fds, map(processes.get, pids), strict=True)
    )
    counts = np.where(values.sockets.owner_start[rows] >= 0, values.sockets.owner_count[rows], 0)
    return [tuple(islice(holders, count)) for count in counts.tolist()]


_SPECIAL: Mapping[str, _Read] = {
    "proto": _named("proto", proto_name),
    "family": _named("family", family_name),
    "state": _named("state", state_name),
    "local_addr": _address("local"),
    "local_port": _port("local_port"),
    "remote_addr": _address("remote"),
    "remote_port": _port("remote_port"),
    "path": _path,
    "backlog": lambda values, rows: values.accept_queue("send_q", rows),
    "sk_backlog": lambda values, rows: _optional(values.sockets.backlog[rows]),
    "timer": _named("timer", timer_name),
    "idle": lambda values, rows: _optional(values.idle[rows]),
    "rtt": lambda values, rows: _optional(values.rtt[rows]),
    "send_rate": _rate("send"),
    "recv_rate": _rate("recv"),
    "process": _of_process("name"),
    "unit": _of_process("unit"),
    "container": _of_process("container"),
    "owners": _owners,
    "owner_reason": _named("owner_reason", owner_reason_name),
    "user": _user,
    "netns": _identity("netns"),
    "cgroup": _digits("cgroup", UNKNOWN),
    "cookie": _digits("cookie", 0),
}
"""Fields that are not a column as it is."""

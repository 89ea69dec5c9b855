"""The pane of service ports: who listens, how full the accept queue is, who is connected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netinspect.humanize import address_text
from netinspect.measures.children import Children, find_children
from netinspect.measures.commonest import find_commonest
from netinspect.measures.grouping import group_rows
from netinspect.measures.history import read_ages, read_history
from netinspect.measures.socket_values import SocketValues
from netinspect.measures.states import (
    StateCounts,
    count_states,
    is_service,
    is_timewait_sock,
)
from netinspect.model import Proto, Row, SocketTable, Value, Window
from netinspect.parts import Column, RowList, Rows

_AS_THEY_ARE = (
    *("proto", "local_addr", "pid", "process", "owners", "owner_reason", "state", "backlog"),
    *("drops", "recv_q", "user", "unit", "container", "netns", "inode", "cookie"),
)
_INCOMING = ("states", "sockets", "new_rate", "top_peer", "top_peer_count")


class PortsPane:
    """One row per TCP listener, and per UDP socket that is bound and takes from anybody.

    Listeners that share a port (SO_REUSEPORT, IPv4 beside IPv6) are rows of their own.
    """

    name = "ports"
    key = "4"
    title = "Ports"
    help = (
        "Which service listens, does it keep up, and who is connected? Connections count for the "
        "listener of their port whose address fits best. Where listeners share one port and "
        "address (SO_REUSEPORT) a connection counts for the listener of the process that has it; "
        "those that no process has, such as TIME_WAIT, count for none there."
    )
    fields: tuple[str, ...] = (
        *("port", "proto", "local_addr", "pid", "process", "owners", "owner_reason", "state"),
        *("queue", "backlog", "queue_used", "states", "sockets", "history", "new_rate", "drops"),
        "drop_rate",
        *("top_peer", "top_peer_count", "recv_q", "user", "unit", "container", "netns"),
        *("inode", "cookie"),
    )
    columns: tuple[Column, ...] = (
        Column("PORT", ("port",), 5, 0),
        Column("", ("proto",), 3, 2),
        Column("ADDRESS", ("local_addr",), 15, 5),
        Column("OWNER", ("process", "owners", "owner_reason", "state"), 14, 0),
        Column("QUEUE", ("queue", "backlog"), 14, 0),
        Column("STATES", ("states",), 16, 1, grow=True),
        Column("HISTORY", ("history",), 12, 9),
        Column("NEW/s", ("new_rate",), 5, 3),
        Column("DROPS", ("drops",), 6, 2),
        Column("DROPS/s", ("drop_rate",), 7, 6),
        Column("TOP PEER", ("top_peer",), 15, 7),
    )
    sort = "states"
    descending = True
    empty = "Listening TCP sockets and bound UDP sockets. There is none, or none passes the filter."

    def rows(self, window: Window) -> Rows:
        """Return a row per selected listener, in order of port."""
        sockets = window.now.sockets
        chosen = np.flatnonzero(window.selected & is_service(sockets))
        chosen = chosen[np.lexsort((sockets.key[chosen], sockets.local_port[chosen]))]
        return RowList(self.fields, _RowBuilder(window, chosen).build(self.fields))

    def header(self, window: Window) -> str:
        """Say how many connections are in no bar because their listener cannot be told."""
        sample = window.now
        children = find_children(sample.sockets, sample.owners)
        if not children.ambiguous:
            return ""
        return f"{children.ambiguous:,} connections of shared ports have no owner: in no bar"


@dataclass(frozen=True, slots=True)
class _Traffic:
    """What came in through each listener, by position in `children.listeners`."""

    states: StateCounts
    new: NDArray[np.int64]
    top_peer: list[str | None]
    top_count: NDArray[np.int64]

    @staticmethod
    def count(window: Window, children: Children) -> _Traffic:
        """Count states, newcomers and peers."""
        sockets = window.now.sockets
        known = children.listener >= 0
        rows, listener = children.rows[known], children.listener[known]
        size = len(children.listeners)
        fresh = ((window.before_row < 0) & ~is_timewait_sock(sockets))[rows]
        peers = group_rows(sockets.remote_hi[rows], sockets.remote_lo[rows])
        top, count = find_commonest(listener, peers.of_row, size)
        return _Traffic(
            count_states(listener, sockets.state[rows], size),
            np.bincount(listener[fresh], minlength=size),
            [_peer_text(sockets, rows[peers.first[peer]]) if peer >= 0 else None for peer in top],
            count,
        )


class _RowBuilder:
    """Builds the rows of one Window, all at once."""

    def __init__(self, window: Window, rows: NDArray[np.int64]) -> None:
        sample = window.now
        children = find_children(sample.sockets, sample.owners)
        values = SocketValues(window)
        self._window = window
        self._rows = rows
        self._sockets = sample.sockets
        self._traffic = _Traffic.count(window, children)
        self._position = {row: i for i, row in enumerate(children.listeners.tolist())}
        netns = sample.sockets.netns[sample.sockets.proto != Proto.UNIX]
        self._several = bool((netns[1:] != netns[:-1]).any())
        self._known = {name: values.read(name, rows) for name in _AS_THEY_ARE}
        self._known["port"] = values.read("local_port", rows)
        self._known["queue"] = values.accept_queue("recv_q", rows)
        ids = sample.sockets.key[rows]
        self._known["history"] = list(read_history(window.trail, "ports", ids))
        self._ages = read_ages(window.trail, "ports", ids)

    def build(self, fields: Sequence[str]) -> list[Row]:
        """Return the rows in the order given."""
        return [self._row(i, row, fields) for i, row in enumerate(self._rows.tolist())]

    def _row(self, i: int, row: int, fields: Sequence[str]) -> Row:
        known: dict[str, Value] = {name: column[i] for name, column in self._known.items()}
        known |= self._incoming(row)
        known["queue_used"] = _share(known["queue"], known["backlog"])
        known["drop_rate"] = self._drop_rate(row)
        drill = f"lport {known['port']} and proto {known['proto']}"
        if self._several:
            drill += f" and netns {int(self._sockets.netns[row])}"
        key = int(self._sockets.key[row])
        return Row(key, tuple(known[name] for name in fields), drill, self._ages[i])

    def _incoming(self, row: int) -> dict[str, Value]:
        """Tell what came in; UDP has no connections."""
        i = self._position.get(row)
        if i is None:
            return dict.fromkeys(_INCOMING)
        elapsed = self._window.elapsed
        return {
            "states": self._traffic.states.by_name(i),
            "sockets": self._traffic.states.total(i),
            "new_rate": int(self._traffic.new[i]) / elapsed if elapsed else None,
            "top_peer": self._traffic.top_peer[i],
            "top_peer_count": int(self._traffic.top_count[i]),
        }

    def _drop_rate(self, row: int) -> float | None:
        before, earlier = self._window.before, int(self._window.before_row[row])
        elapsed, now = self._window.elapsed, int(self._sockets.drops[row])
        if before is None or earlier < 0 or elapsed is None:
            return None
        drops = int(before.sockets.drops[earlier])
        return (now - drops) / elapsed if 0 <= drops <= now else None


def _share(used: Value, limit: Value) -> float | None:
    if not isinstance(used, int) or not isinstance(limit, int) or not limit:
        return None
    return used / limit


def _peer_text(sockets: SocketTable, row: int) -> str:
    return address_text(int(sockets.remote_hi[row]), int(sockets.remote_lo[row]))


PANE = PortsPane()

"""The pane of sockets: what ss shows, one row per socket."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from netinspect.humanize import counted_text
from netinspect.measures.history import read_ages
from netinspect.measures.socket_order import SocketOrder
from netinspect.measures.socket_values import SocketValues
from netinspect.measures.states import is_tcp
from netinspect.model import Row, RowKey, Value, Window
from netinspect.parts import Column, Rows

_RATES = ("send_rate", "recv_rate")


class SocketsPane:
    """One row per socket of TCP and UDP; of unix when the filter names it."""

    name = "sockets"
    key = "3"
    title = "Sockets"
    help = "Which sockets are there, in which state, who holds them, what do they wait for?"
    fields: tuple[str, ...] = (
        *("proto", "family", "state", "local_addr", "local_port", "remote_addr", "remote_port"),
        *("path", "recv_q", "send_q", "backlog", "drops", "timer", "expires", "retrans", "idle"),
        *("rtt", "send_rate", "recv_rate", "pid", "process", "owners", "owner_reason", "uid"),
        *("user", "unit", "container", "netns", "cgroup", "inode", "cookie", "interface"),
    )
    columns: tuple[Column, ...] = (
        Column("", ("proto",), 4, 3),
        Column("STATE", ("state",), 11, 0),
        Column("LOCAL", ("local_addr", "local_port", "path"), 18, 0, grow=True),
        Column("REMOTE", ("remote_addr", "remote_port"), 18, 0, grow=True),
        Column("RECV-Q", ("recv_q",), 6, 1),
        Column("SEND-Q", ("send_q",), 6, 1),
        Column("OWNER", ("process", "owners", "owner_reason", "state"), 13, 0, grow=True),
        Column("TIMER", ("timer",), 10, 3),
        Column("RETR", ("retrans",), 4, 3),
        Column("IDLE", ("idle",), 5, 4),
        Column("RTT", ("rtt",), 6, 4),
        Column("SEND/s", ("send_rate",), 6, 5),
        Column("RECV/s", ("recv_rate",), 6, 5),
        Column("DROPS", ("drops",), 5, 6),
        Column("USER", ("user",), 8, 7),
        Column("NETNS", ("netns",), 10, 8),
    )
    sort = "state"
    descending = False
    empty = "TCP and UDP sockets. There is none, or none passes the filter."

    def rows(self, window: Window) -> Rows:
        """Return the selected sockets, each made into a row only when asked for."""
        return SocketRows(window, self.fields)

    def header(self, window: Window) -> str:
        """Say how many sockets of which protocol there are."""
        proto = window.now.sockets.proto[window.selected]
        tcp = int(np.count_nonzero(is_tcp(window.now.sockets)[window.selected]))
        return f"{tcp:,} TCP, {counted_text(len(proto) - tcp, 'other')}"


class SocketRows:
    """The selected sockets of a Window, made into rows only when asked for."""

    def __init__(self, window: Window, fields: tuple[str, ...]) -> None:
        self.fields = fields
        self._sample = window.now
        self._keys = window.now.sockets.key
        self._trail = window.trail
        self._index = np.flatnonzero(window.selected)
        self._values = SocketValues(window)

    def __len__(self) -> int:
        return len(self._index)

    def row(self, index: int) -> Row:
        """Build one row."""
        row = self._index[index : index + 1]
        values = tuple(self._values.read(field, row)[0] for field in self.fields)
        (age,) = read_ages(self._trail, "sockets", self._keys[row])
        return Row(int(self._keys[row[0]]), values, age=age)

    @property
    def keys(self) -> NDArray[np.uint64]:
        """Return the key of every row."""
        return self._keys[self._index]

    def read_columns(self, indices: NDArray[np.int64], fields: Sequence[str]) -> list[list[Value]]:
        """Return these fields of many rows, a column at a time."""
        rows = self._index[indices]
        return [self._values.read(field, rows) for field in fields]

    def sort_values(self, field: str) -> NDArray[np.float64] | NDArray[np.str_]:
        """Return one comparable value per row."""
        return self.sort_values_among(field, ())

    def sort_values_among(self, field: str, others: Sequence[Rows]) -> NDArray[np.float64]:
        """Return one comparable value per row, then those of other rows of the pane."""
        parts = [self, *(rows for rows in others if isinstance(rows, SocketRows))]
        if field in _RATES:
            return np.concatenate([rows._rates(field) for rows in parts])
        return SocketOrder(*((rows._sample, rows._index) for rows in parts)).values(field)

    def find(self, key: RowKey) -> int | None:
        """Find the row with this key."""
        if not isinstance(key, int):
            return None
        found = np.flatnonzero(self._keys[self._index] == np.uint64(key))
        return int(found[0]) if len(found) else None

    def _rates(self, field: str) -> NDArray[np.float64]:
        throughput = self._values.throughput
        rates = throughput.send if field == "send_rate" else throughput.recv
        return rates[self._index]


PANE = SocketsPane()

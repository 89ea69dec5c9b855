"""Comparable values of sockets for every field one may sort by, whole columns at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netinspect.measures.socket_names import owner_reason_name, timer_name
from netinspect.model import UNKNOWN, Family, Process, Proto, Sample, TcpState, state_name
from netinspect.timing import measure_idle, measure_rtt

_Ranks = NDArray[np.float64]


class SocketOrder:
    """Ranks sockets, those of several Samples among each other; NaN = not known.

    parts: Samples, and which of their sockets; ranks come in this order. Text ranks as it sorts.
    """

    def __init__(self, *parts: tuple[Sample, NDArray[np.int64]]) -> None:
        self._parts = parts

    def values(self, field: str) -> _Ranks:
        """Return one comparable value for each socket."""
        if field.endswith("_addr"):
            return self._addresses(field.removesuffix("_addr"))
        if field in ("local_port", "remote_port"):
            ports = self._column(field).astype(np.float64)
            return np.where(self._column("proto") == Proto.UNIX, np.nan, ports)
        if field in ("netns", "cookie"):
            return _known(self._column(field), 0)
        if field in ("idle", "rtt"):
            measure = measure_idle if field == "idle" else measure_rtt
            return _known(self._read(lambda sample: measure(sample.sockets)), UNKNOWN)
        if field == "backlog":
            listens = self._column("proto") == Proto.TCP
            listens &= self._column("state") == TcpState.LISTEN
            return _known(np.where(listens, self._column("send_q"), UNKNOWN), UNKNOWN)
        if field == "owners":
            counts: _Ranks = np.maximum(self._column("owner_count"), 0).astype(np.float64)
            return counts
        if field == "path":
            return self._path_ranks()
        column, name_of = self._texts().get(field, (field, None))
        values = self._column(column)
        return _known(values, UNKNOWN) if name_of is None else _rank(values, name_of)

    def _read(self, read: Callable[[Sample], NDArray[Any]]) -> NDArray[Any]:
        """Return what is read of each Sample for the sockets that are meant."""
        return np.concatenate([read(sample)[rows] for sample, rows in self._parts])

    def _column(self, name: str) -> NDArray[Any]:
        return self._read(lambda sample: getattr(sample.sockets, name))

    def _addresses(self, side: str) -> _Ranks:
        """Rank addresses by their number, IPv4 by its mapped form."""
        high, low = self._column(f"{side}_hi"), self._column(f"{side}_lo")
        order = np.lexsort((low, high))
        differs = (np.diff(high[order]) != 0) | (np.diff(low[order]) != 0)
        ranks = np.empty(len(high))
        ranks[order] = np.concatenate([[0.0], np.cumsum(differs)])[: len(high)]
        return np.where(self._column("proto") == Proto.UNIX, np.nan, ranks)

    def _path_ranks(self) -> _Ranks:
        """Rank names of unix sockets; each Sample numbers its own."""
        paths: list[str] = []
        numbers = []
        for sample, rows in self._parts:
            path = sample.sockets.path[rows]
            numbers.append(np.where(path >= 0, path + len(paths), UNKNOWN))
            paths += sample.sockets.paths
        joined = np.concatenate(numbers)
        return _rank(joined, lambda number: paths[number] if number >= 0 else None)

    def _texts(self) -> dict[str, tuple[str, Callable[[int], str | None]]]:
        """Map text fields to the column they come from and what its numbers mean."""
        processes: dict[int, Process] = {}
        for sample, _ in reversed(self._parts):
            processes |= sample.processes
        users = {p.uid: p.user for p in processes.values() if p.user is not None}

        def of_process(attribute: str) -> Callable[[int], str | None]:
            return lambda pid: getattr(processes.get(pid), attribute, None)

        return {
            "proto": ("proto", lambda number: Proto(number).name),
            "family": ("family", lambda number: Family(number).name),
            "state": ("state", state_name),
            "timer": ("timer", timer_name),
            "owner_reason": ("owner_reason", owner_reason_name),
            "process": ("pid", of_process("name")),
            "unit": ("pid", of_process("unit")),
            "container": ("pid", of_process("container")),
            "user": ("uid", users.get),
        }


def _known(values: NDArray[Any], unknown: int) -> _Ranks:
    return np.where(values == unknown, np.nan, values.astype(np.float64))


def _rank(values: NDArray[Any], name_of: Callable[[int], str | None]) -> _Ranks:
    """Rank numbers by the names they stand for."""
    distinct, which = np.unique(values, return_inverse=True)
    names = [name_of(number) for number in distinct.tolist()]
    place = {name: rank for rank, name in enumerate(sorted({n for n in names if n is not None}))}
    ranks = [np.nan if name is None else float(place[name]) for name in names]
    return np.array(ranks)[which] if len(values) else np.zeros(0)
